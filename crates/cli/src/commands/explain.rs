//! `explain`: why a record is as it is, and what would happen to it now. Works on the mirror as last
//! pulled and reads the ledger without taking it; network and credentials are needed only for what is
//! asked live.

mod live;

use concordat_engine::Outcome;
use concordat_engine::account::{
    Account, FieldAccount, ReplicaAccount, SetAccount, Standing, Subject, Survey,
};
use concordat_ledger::{History, Ledger};
use concordat_mapping as mapping;
use concordat_model::{Field, Scope, Side, Sides, View};
use concordat_remote::Clock;
use concordat_report::explain::{
    AgreedFacts, Contest, EndFacts, Glance, ReplicaFacts, RuleFacts, SetEndFacts, SetFacts, Stands,
    Strength, Touched, Upshot, Written,
};
use concordat_report::{ExplainDocument, Explanation, FieldFacts, explain_text};

use crate::args::ExplainArgs;
use crate::clock::OsClock;
use crate::code::Code;
use crate::desk::never_pulled;
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::shell::Shell;

/// So many candidates are listed of a name that many records have.
const CANDIDATES_MAX: usize = 12;

/// Finds the one thing that is meant, and tells what a plan would do with it and why.
pub async fn run(args: &ExplainArgs, session: &Session, shell: &Shell) -> Result<Exit, Failure> {
    let told = tell(&args.record, session, shell)?;
    let Told { mut explanation, fields, replicas, field_named, mirrored } = told;
    if args.live {
        let highlevel = session.highlevel()?;
        explanation.beside = live::ask(&highlevel, &explanation.records, &mirrored).await;
    }
    shell.say(&explain_text(&explanation, &fields, &replicas, field_named, shell.paint()))?;
    shell.document(|out| ExplainDocument::of(explanation, fields, replicas).write(out))?;
    Ok(Exit::Ok)
}

/// What is told.
pub struct Told {
    /// About the thing as a whole.
    pub explanation: Explanation,
    /// About its fields, or the one that was asked for.
    pub fields: Vec<FieldFacts>,
    /// About what its records share with others, or about the one field or set of it.
    pub replicas: Vec<ReplicaFacts>,
    /// Whether one was asked for.
    pub field_named: bool,
    /// HighLevel, as last pulled.
    pub mirrored: View,
}

/// Finds what is called `wanted`.
///
/// # Errors
/// If nothing is called so or several things are, or the state cannot be read.
pub fn tell(wanted: &str, session: &Session, shell: &Shell) -> Result<Told, Failure> {
    let views = session.mirrored(shell)?.ok_or_else(never_pulled)?;
    let history = Ledger::read(&session.ledger_dir())?;
    let standing = history.standing(&session.pair);
    let scope = Scope::default();
    let (agreements, in_doubt) = (&standing.agreements, standing.in_doubt());
    let inputs = session.terms().inputs(agreements, in_doubt, &views, &scope, OsClock.now());
    let survey = Survey::of(&inputs);
    let (subject, field) = find(&survey, wanted)?;
    let account = chosen(survey.account(subject), field)?;
    let limit = session.rules.skew_limit_ms;
    Ok(Told {
        fields: account.fields.iter().map(|it| facts(it, limit)).collect(),
        replicas: account.replicas.iter().map(|it| replica(it, limit)).collect(),
        explanation: explanation(session, &views, &history, account),
        field_named: field.is_some(),
        mirrored: views.highlevel,
    })
}

/// The one thing that is meant: the whole text, or what stands before its last full stop and, after
/// it, a field. Names have full stops, too.
fn find<'w>(survey: &Survey<'_>, wanted: &'w str) -> Result<(Subject, Option<&'w str>), Failure> {
    let split = wanted.rsplit_once('.').map(|(record, field)| (record, Some(field)));
    for (record, field) in [Some((wanted, None)), split].into_iter().flatten() {
        let mut found = survey.find(record);
        match found.len() {
            0 => {}
            1 => return Ok((found.remove(0), field)),
            _ => return Err(ambiguous(record, &found)),
        }
    }
    let record = split.map_or(wanted, |(record, _)| record);
    let names: Vec<&str> = survey.like(record).into_iter().take(3).map(|it| it.as_str()).collect();
    let failure = Failure::new(
        Code::NotFound,
        format!("nothing in the mirror as last pulled is called {wanted}"),
    );
    Err(failure.hint(match names.is_empty() {
        true => "give a record's id, a link's id or a name; `concordat pull` looks again".into(),
        false => format!("did you mean {}?", names.join(", or ")),
    }))
}

fn ambiguous(wanted: &str, found: &[Subject]) -> Failure {
    let says = |it: &Subject| {
        let records: Vec<String> = it.records.iter().map(ToString::to_string).collect();
        let link = it.link.as_ref().map(|link| format!(", link {link}")).unwrap_or_default();
        format!("{}: {}{link}", it.name, records.join(" = "))
    };
    let mut listed: Vec<String> = found.iter().take(CANDIDATES_MAX).map(says).collect();
    if found.len() > CANDIDATES_MAX {
        listed.push(format!("and {} more", found.len() - CANDIDATES_MAX));
    }
    Failure::new(Code::Ambiguous, format!("{} things are called {wanted}", found.len()))
        .each(listed)
        .hint("ask for one of them by its link, or by side, kind and id as they stand above")
}

/// Leaves the one field or set that is meant.
fn chosen<'a>(mut account: Account<'a>, field: Option<&str>) -> Result<Account<'a>, Failure> {
    let Some(wanted) = field else { return Ok(account) };
    let mut names: Vec<String> = Vec::new();
    let mut is_it = |name: &Field| {
        if !names.contains(&name.to_string()) {
            names.push(name.to_string());
        }
        name.as_str().eq_ignore_ascii_case(wanted)
    };
    account.fields.retain(|it| is_it(&it.contender.rule.name));
    for replica in &mut account.replicas {
        replica.fields.retain(|it| is_it(&it.contender.rule.name));
        replica.sets.retain(|it| is_it(&it.rule.name));
    }
    account.replicas.retain(|it| !it.fields.is_empty() || !it.sets.is_empty());
    if !account.fields.is_empty() || !account.replicas.is_empty() {
        return Ok(account);
    }
    let failure =
        Failure::new(Code::NotFound, format!("{} has no field {wanted}", account.subject.name));
    Err(failure.hint(match names.is_empty() {
        true => "its fields are not compared now; ask without the field to see why".into(),
        false => format!("its fields are {}", names.join(", ")),
    }))
}

fn explanation(
    session: &Session,
    views: &Sides<View>,
    history: &History,
    account: Account<'_>,
) -> Explanation {
    let touched = account.known.and_then(|link| {
        let mut entries = history.entries().filter_map(|it| it.entry());
        let entry = entries.find(|it| it.seq == link.touched.entry)?;
        Some(Touched { entry: entry.seq, at: entry.at, run: entry.run.clone() })
    });
    Explanation {
        pair: session.pair.clone(),
        mapping: account.subject.mapping,
        link: account.subject.link,
        name: account.subject.name,
        records: account.subject.records,
        mirrored: views.as_ref().map(|_, view| Glance {
            listed: view.certificates.values().map(|it| it.ended).max(),
            ahead_ms: view.offset.ahead_ms,
        }),
        touched,
        stands: stands(account.standing),
        beside: Vec::new(),
    }
}

fn stands(standing: Standing) -> Stands {
    match standing {
        Standing::Linked { matched } => Stands::Linked { matched },
        Standing::Late => Stands::Late,
        Standing::Held(why) => Stands::Held { why },
        Standing::Case(case) => Stands::Case { case },
        Standing::Create(step) => Stands::Create { step },
        Standing::Never(case) => Stands::Never { case },
        Standing::Quarantined(archive) => Stands::Quarantined { archive },
        Standing::Marked(why) => Stands::Marked { why },
        Standing::Deleted(why) => Stands::Deleted { why },
        Standing::Archived(side) => Stands::Archived { side },
        Standing::Dismissed(dismissal) => Stands::Dismissed { dismissal },
        Standing::Unmatched => Stands::Unmatched,
        Standing::Unlisted => Stands::Unlisted,
        Standing::Unmapped => Stands::Unmapped,
    }
}

fn facts(field: &FieldAccount<'_>, skew_limit_ms: i64) -> FieldFacts {
    let (contender, rule) = (&field.contender, field.contender.rule);
    let end = |side: Side| EndFacts {
        path: rule.ends[side].path.clone(),
        form: rule.ends[side].form(),
        written: match rule.ends[side].access {
            mapping::Access::Never => Written::Never,
            mapping::Access::OnCreate => Written::AtCreation,
            mapping::Access::Always => Written::Always,
        },
        covered: contender.now[side].is_some(),
        held: field.shown[side].clone(),
        moved: field.moved[side],
        since: contender.moved[side],
    };
    FieldFacts {
        name: rule.name.clone(),
        ends: Sides::from_fn(end),
        agreed: contender
            .base
            .zip(field.agreed.clone())
            .map(|(base, held)| AgreedFacts { held, how: base.how }),
        rule: RuleFacts {
            contest: match rule.contest {
                mapping::Contest::LastWriteWins { fallback } => {
                    Contest::LastWriteWins { fallback: fallback.side() }
                }
                mapping::Contest::Prefer(side) => Contest::Prefer { side },
                mapping::Contest::Hold => Contest::Hold,
            },
            strength: match rule.strength {
                mapping::Strength::Enforce => Strength::Enforce,
                mapping::Strength::Fill => Strength::Fill,
                mapping::Strength::Initial => Strength::Initial,
            },
            adopt: rule.adopt,
            restores: rule.drift == mapping::Drift::Restore,
            skew_limit_ms,
        },
        decided: contender.taken,
        outcome: upshot(&field.outcome, &field.conflict),
    }
}

fn upshot(outcome: &Outcome, conflict: &str) -> Upshot {
    match outcome {
        Outcome::Unmoved => Upshot::Nothing,
        Outcome::Agree(how) => Upshot::Agree { how: *how },
        Outcome::Write { to, after, why } => {
            Upshot::Write { to: *to, after: after.clone(), why: *why }
        }
        Outcome::Ask(why) => Upshot::Ask { conflict: conflict.to_owned(), why: *why },
        Outcome::Report(why) => Upshot::Report { why: *why },
        Outcome::Hold(why) => Upshot::Hold { why: *why },
    }
}

fn replica(account: &ReplicaAccount<'_>, skew_limit_ms: i64) -> ReplicaFacts {
    ReplicaFacts {
        mapping: account.mapping.clone(),
        link: account.link.clone(),
        record: account.record.clone(),
        name: account.name.clone(),
        stands: stands(account.standing.clone()),
        fields: account.fields.iter().map(|it| facts(it, skew_limit_ms)).collect(),
        sets: account.sets.iter().map(set).collect(),
    }
}

fn set(account: &SetAccount<'_>) -> SetFacts {
    let end = |side: Side| SetEndFacts {
        path: account.rule.ends[side].path.clone(),
        covered: account.native[side].is_some(),
        shared: account.shared[side].clone(),
        moved: account.moved[side],
        held: account.native[side].clone().flatten(),
    };
    let agreed = account.agreed.clone();
    SetFacts {
        name: account.rule.name.clone(),
        ends: Sides::from_fn(end),
        agreed: agreed.map(|(held, how)| AgreedFacts { held, how }),
        // Nobody is asked about an element of a set.
        outcomes: account.outcomes.iter().map(|it| upshot(it, "")).collect(),
    }
}
