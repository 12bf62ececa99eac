//! Do the fakes behave as the fact sheets say? One module per question, all against the pure core
//! except `serving`.

mod apps;
mod control;
mod damages;
mod desk;
mod disclosures;
mod edits;
mod faults;
mod fixtures;
mod highlevel;
mod leads;
mod locations;
mod malformed;
mod notes;
mod notifications;
mod people;
mod population;
mod questionnaires;
mod risks;
mod search;
mod serving;
mod tasks;
mod threats;
mod unpublished;
mod upguard;
mod waivers;
mod webhooks;
