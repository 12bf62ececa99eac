//! `pull`: mirrors both systems. Run it more often than `reconcile`: the more closely a field is
//! watched, the more often the later of two changes can be proven.

use std::fmt::Write as _;

use concordat_model::{Resource, Side, View};
use concordat_report::write_json;

use crate::desk::Desk;
use crate::documents::{Count, PullDocument, SCHEMA_VERSION, Told};
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::session::Session;
use crate::shell::Shell;

/// Pulls every pair.
pub async fn run(pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    pairs.each(shell, Told::Pull, pull).await
}

/// Pulls both sides and says what they hold.
async fn pull(session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let mut desk = Desk::open(session, shell)?;
    let view = desk.look(shell).await?;
    let counts: Vec<Count> = Side::BOTH
        .into_iter()
        .flat_map(|side| counts(&view.views[side], session.rules.resources(side)))
        .collect();
    let mut text = String::new();
    for it in &counts {
        let complete = if it.complete { "" } else { "  (listing incomplete)" };
        let entity = format!("{} {} records", it.side, it.entity);
        writeln!(text, "{entity:28} {:>8}{complete}", it.records).expect("writing to a string");
    }
    shell.report(&text, view.exit())?;
    let document = PullDocument {
        schema_version: SCHEMA_VERSION,
        resources: counts,
        incomplete: view.incomplete(),
    };
    shell.document(|out| write_json(&document, out))?;
    Ok(view.exit())
}

fn counts(view: &View, resources: Vec<Resource>) -> Vec<Count> {
    let count = |resource: Resource| Count {
        side: resource.side(),
        entity: resource.entity(),
        records: view.population(resource),
        complete: view.is_complete(resource),
    };
    resources.into_iter().map(count).collect()
}
