//! What does UpGuard say that becomes a note? Its notifications, and what is noted there of vendors and
//! their people: the built-in mappings `activity`, `vendor_notes` and `contact_notes`, and what a person
//! may say about them.

use std::collections::BTreeMap;

use concordat_model::{MappingName, Path, Resource, Side, Sides};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use crate::builtin::field;
use crate::lens::{About, Kind, Lens};
use crate::parts::{HEADING_ROOM, NOTE_LONGEST};
use crate::rules::{Access, Contest, FieldRule, Joins, Mapping};
use crate::settings::{FieldSettings, Settings};

/// `[mapping.activity]`: what UpGuard notifies of becomes notes, each once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Activity {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// The types of notifications that become notes, as UpGuard names them: patterns, in which `*` is
    /// any text and `?` any character. Letter case means nothing.
    pub include: Vec<String>,
    /// The types that do not, although a pattern of `include` matches.
    pub exclude: Vec<String>,
}

impl Default for Activity {
    fn default() -> Self {
        Activity { enabled: true, include: vec!["*".into()], exclude: Vec::new() }
    }
}

/// `[mapping.vendor_notes]`: what is noted of a vendor is one note at a contact of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VendorNotes {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// A vendor's note is read anew once what is known of it is so many hours old. Each vendor that has
    /// people is one request.
    pub every_hours: u16,
    /// Rules for single fields, by name: `text`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for VendorNotes {
    fn default() -> Self {
        // Less than a day: a job that begins a little earlier than yesterday reads them too.
        VendorNotes { enabled: true, every_hours: 20, fields: BTreeMap::new() }
    }
}

/// `[mapping.contact_notes]`: what is noted of a vendor's contact is one note at its HighLevel contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContactNotes {
    /// Whether this mapping is on.
    pub enabled: bool,
    /// Rules for single fields, by name: `text`.
    pub fields: BTreeMap<String, FieldSettings>,
}

impl Default for ContactNotes {
    fn default() -> Self {
        ContactNotes { enabled: true, fields: BTreeMap::new() }
    }
}

/// At which contact something about a vendor or one of its people stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stands {
    /// The mapping that links a vendor's people with contacts.
    pub through: MappingName,
    /// Titles of people, best first, as patterns: who of a vendor's people is preferred.
    pub titles: Vec<String>,
}

impl Stands {
    /// How the contact of a vendor is found.
    pub(crate) fn of(settings: &Settings) -> Stands {
        Stands {
            through: MappingName::new("contacts"),
            titles: settings.anchors.vendor_titles.clone(),
        }
    }
}

/// Where the notes of a feed stand, and which there are.
#[derive(Clone, Debug)]
pub struct Feed {
    /// How a vendor's contact is found.
    pub stands: Stands,
    /// The contact, by id or e-mail address, for everything else; nothing: it is not noted.
    pub anchor: Option<String>,
    /// The kinds that are noted.
    pub kinds: Chosen,
    /// How many characters a note takes.
    pub longest: usize,
}

/// What the one note says, and where it stands.
#[derive(Clone, Debug)]
pub struct Memo {
    /// How the contact is found.
    pub stands: Stands,
    /// What it is about.
    pub about: About,
    /// How old what was read of it may become, in hours, where it is not listed with the others.
    pub every_hours: Option<u16>,
}

/// Which of several things are meant, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Those that one of these patterns matches,
    pub include: Vec<String>,
    /// and none of these.
    pub exclude: Vec<String>,
}

impl Chosen {
    /// Whether `name` is one of them.
    pub fn has(&self, name: &str) -> bool {
        place_of(&self.include, name).is_some() && place_of(&self.exclude, name).is_none()
    }
}

/// The first of `patterns` that matches `text`, without regard to letter case.
pub fn place_of(patterns: &[String], text: &str) -> Option<usize> {
    let text = text.to_lowercase();
    patterns.iter().position(|it| WildMatch::new(&it.to_lowercase()).matches(&text))
}

/// The mapping of the feed. `stands`: how a vendor's contact is found; `anchor`: the contact at which
/// stands what is about our own organisation.
pub(crate) fn activity(activity: &Activity, stands: Stands, anchor: Option<&str>) -> Mapping {
    let resources = Sides { upguard: Resource::Notification, highlevel: Resource::Note };
    let mut text =
        field(resources, "text", Kind::Text, ("description", Lens::Plain), ("body", Lens::Plain));
    // It is written once; what becomes of the note then is its reader's business.
    text.ends.highlevel.access = Access::OnCreate;
    let kinds = Chosen { include: activity.include.clone(), exclude: activity.exclude.clone() };
    Mapping {
        name: MappingName::new("activity"),
        resources,
        fields: vec![text],
        sets: Vec::new(),
        identity: Sides::default(),
        joins: Joins::Feed(Feed {
            stands,
            anchor: anchor.map(str::to_owned),
            kinds,
            longest: NOTE_LONGEST,
        }),
    }
}

/// The mapping of what is noted of vendors, read anew once it is `every_hours` old.
pub(crate) fn vendor_notes(stands: Stands, every_hours: u16) -> Mapping {
    memo("vendor_notes", Resource::VendorNote, "note", About::Vendor, stands, Some(every_hours))
}

/// The mapping of what is noted of a vendor's people.
pub(crate) fn contact_notes(stands: Stands) -> Mapping {
    memo("contact_notes", Resource::VendorContact, "notes", About::Person, stands, None)
}

fn memo(
    name: &str,
    source: Resource,
    path: &str,
    about: About,
    stands: Stands,
    every_hours: Option<u16>,
) -> Mapping {
    let resources = Sides { upguard: source, highlevel: Resource::Note };
    let memo = Memo { stands, about, every_hours };
    let (upguard, highlevel) = memo.lenses(1);
    let mut text = FieldRule {
        contest: Contest::Prefer(Side::Upguard),
        adopt: Some(Side::Upguard),
        ..field(resources, "text", Kind::Text, (path, upguard), ("body", highlevel))
    };
    // A note cannot be empty (`highlevel.md` §8); this lens says in words that there is nothing.
    text.ends.highlevel.clearable = true;
    Mapping {
        name: MappingName::new(name),
        resources,
        fields: vec![text],
        sets: Vec::new(),
        identity: Sides { upguard: Vec::new(), highlevel: vec![Path::from("contactId")] },
        joins: Joins::Memo(memo),
    }
}

impl Memo {
    /// How one `part` of the text is read and written.
    fn lenses(&self, part: u32) -> (Lens, Lens) {
        (Lens::Part { part, room: NOTE_LONGEST - HEADING_ROOM }, Lens::Memo(self.about, part))
    }
}

impl Mapping {
    /// The rules for one `part` of the texts of a memo; of any other mapping, its rules as they are.
    pub fn of_part(&self, part: u32) -> Mapping {
        let mut mapping = self.clone();
        if let Joins::Memo(memo) = &self.joins {
            let (upguard, highlevel) = memo.lenses(part);
            for rule in &mut mapping.fields {
                rule.ends.upguard.lens = upguard.clone();
                rule.ends.highlevel.lens = highlevel.clone();
            }
        }
        mapping
    }
}
