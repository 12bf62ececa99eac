//! How does a plan read? One line per thing it says, in the words of the model: for golden texts.

use concordat_model::plan::Notice;
use concordat_model::{Action, Agreement, FieldStep, Held, Matched, Plan, RecordKey, Sides, Why};

/// The plan as lines; `nothing` if there are none.
pub fn text(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for step in &plan.steps {
        let fields = |show: &dyn Fn(&FieldStep) -> String| {
            step.fields.iter().map(show).collect::<Vec<_>>().join("; ")
        };
        lines.push(match (step.action, &step.record) {
            (Action::Update, Some(record)) => {
                let change = |it: &FieldStep| {
                    let (before, after) = (held(&it.before), held(&it.after));
                    format!("{} {before} -> {after} [{}]", it.name, why(&it.why))
                };
                format!("write {}: {}", record.id, fields(&change))
            }
            (Action::Create, None) => {
                let value = |it: &FieldStep| format!("{} {}", it.name, held(&it.after));
                let marked = if step.marker.is_some() { ", marked" } else { "" };
                let (entity, from) = (&step.entity, ids(&step.sources));
                format!("create {entity} from {from}{marked}: {}", fields(&value))
            }
            (Action::Archive, Some(record)) => {
                format!("archive {} [{}]", record.id, why(&step.why))
            }
            (Action::Delete, Some(record)) => {
                format!("delete {} [{}]", record.id, why(&step.why))
            }
            (Action::Update | Action::Archive | Action::Delete, None)
            | (Action::Create, Some(_)) => {
                format!("nonsense: {:?} of {:?}", step.action, step.record)
            }
        });
    }
    for it in &plan.endowments {
        let fields: Vec<&str> = it.fields.iter().map(|it| it.name.as_str()).collect();
        lines.push(format!("endow from {}: {}", it.one.id, fields.join(", ")));
    }
    for it in &plan.settlements {
        let agreed: Vec<String> = it
            .fields
            .iter()
            .map(|(name, agreed)| {
                let how = match agreed.how {
                    Agreement::Equal => "equal",
                    Agreement::Normalised => "normalised",
                    Agreement::Drift => "drift",
                    Agreement::Decided => "decided",
                    Agreement::Left => "left",
                };
                format!("{name} {how}")
            })
            .collect();
        let matched = it.matched.as_ref().map_or(String::new(), |it| format!(" {}", by(it)));
        let ends = format!("{} = {}", ids(&it.ends.upguard), ids(&it.ends.highlevel));
        let agreed =
            if agreed.is_empty() { String::new() } else { format!(": {}", agreed.join(", ")) };
        lines.push(format!("settle {ends}{matched}{agreed}"));
    }
    for it in &plan.conflicts {
        let name = format!("{}.{}", it.name, it.field);
        lines.push(format!("ask {name}: {} [{}]", both(&it.held), why(&it.why)));
    }
    for it in &plan.cases {
        let candidates: Vec<&str> = it.candidates.iter().map(|it| it.record.id.as_str()).collect();
        lines.push(format!("case {}: {} ({})", it.record.id, it.says, candidates.join(", ")));
    }
    for it in &plan.quarantined {
        let ruling = it.ruling.map_or(String::new(), |it| format!(", {it:?}").to_lowercase());
        let certified = if it.certified { "" } else { ", not certified" };
        let (id, gone, views) = (&it.record.id, ids(&it.gone), it.views);
        let to = if it.action == Action::Delete { "to delete " } else { "" };
        let needed = it.needed;
        lines.push(format!("wait {to}{id} for {gone}: {views} of {needed}{certified}{ruling}"));
    }
    for it in &plan.dismissals {
        let (gone, sources) = (ids(&it.gone), ids(&it.sources));
        lines.push(format!("dismiss {gone} of {sources} [{}]", why(&it.why)));
    }
    lines.extend(plan.drift.iter().map(|it| notice("drift", it)));
    lines.extend(plan.held.iter().map(|it| notice("held", it)));
    if lines.is_empty() { "nothing".into() } else { lines.join("\n") }
}

fn notice(kind: &str, it: &Notice) -> String {
    let field = it.field.as_ref().map_or(String::new(), |field| format!(".{field}"));
    let values = it.held.as_ref().map_or(String::new(), |it| format!(" {}", both(it)));
    format!("{kind} {}{field}{values} [{}]", it.record.id, why(&it.why))
}

/// A value, or a dash.
pub fn held(held: &Held) -> String {
    held.as_ref().map_or("-".into(), ToString::to_string)
}

fn both(sides: &Sides<Held>) -> String {
    format!("{} / {}", held(&sides.upguard), held(&sides.highlevel))
}

fn ids(keys: &[RecordKey]) -> String {
    keys.iter().map(|it| it.id.as_str()).collect::<Vec<_>>().join("+")
}

fn why(why: &Why) -> String {
    let rule = format!("{:?}", why.rule);
    let parts = [
        Some(rule),
        why.side.map(|it| it.to_string()),
        why.evidence.map(|it| it.to_string()),
        why.apart_ms.map(|it| format!("{} s", it / 1000)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn by(matched: &Matched) -> String {
    match matched {
        Matched::ByMarker => "by marker".into(),
        Matched::ByKey(key) => format!("by {key}"),
        Matched::ByPerson => "by a person".into(),
        Matched::ByCreation => "by creation".into(),
        Matched::ByBelonging => "by belonging".into(),
        Matched::Succeeds(key) => format!("in place of a gone one by {key}"),
    }
}
