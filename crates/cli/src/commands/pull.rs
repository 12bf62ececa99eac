//! `pull`: mirrors both systems. Run it more often than `reconcile`: the more closely a field is
//! watched, the more often the later of two changes can be proven.

use std::fmt::Write as _;

use concordat_model::{Resource, Side};
use concordat_report::write_json;

use crate::args::PullArgs;
use crate::desk::Desk;
use crate::documents::{Count, PullDocument, SCHEMA_VERSION, Told};
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::session::Session;
use crate::shell::Shell;

/// Pulls every pair.
pub async fn run(args: &PullArgs, pairs: &Pairs, shell: &Shell) -> Result<Exit, Failure> {
    let each = async |session: &Session, shell: &Shell| pull(args, session, shell).await;
    pairs.each(shell, Told::Pull, each).await
}

/// Pulls both sides and says what they hold.
async fn pull(args: &PullArgs, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let mut desk = Desk::open(session, "pull", shell)?;
    let view = desk.look(args.look(), shell).await?;
    let population = desk.population(&view)?;
    let count = |resource: Resource| Count {
        side: resource.side(),
        entity: resource.entity(),
        records: population.get(&resource).copied().unwrap_or(0),
        complete: view.heads[resource.side()].is_complete(resource),
    };
    let resources = Side::BOTH.into_iter().flat_map(|side| session.rules.resources(side));
    let counts: Vec<Count> = resources.map(count).collect();
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
