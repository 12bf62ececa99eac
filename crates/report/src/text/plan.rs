//! What would be done, and why, before anybody lets it happen?

use std::collections::BTreeMap;

use concordat_model::plan::{Case, Conflict, Notice};
use concordat_model::{
    Action, Dismissal, MappingName, Path, Plan, Quarantined, Resource, Side, Step, Value,
};

use super::page::{FieldLine, Page};
use super::{summary, waiting};
use crate::PlanDocument;
use crate::style::{Paint, Tone, counted};

/// One thing the plan says about a record.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Step(&'a Step),
    Conflict(&'a Conflict),
    Case(&'a Case),
    Quarantined(&'a Quarantined),
    Dismissed(&'a Dismissal),
    Drift(&'a Notice),
    Held(&'a Notice),
}

/// The plan as a person reads it.
pub fn plan_text(document: &PlanDocument, paint: Paint) -> String {
    let mut page = Page::new(paint);
    let (plan, refusals) = (document.plan(), document.refusals());
    let mappings = by_mapping(plan);
    let quiet = quiet(document, mappings.is_empty());
    if let Some(says) = quiet.filter(|_| mappings.is_empty()) {
        page.line(says);
        return page.into_text();
    }
    head(&mut page, document);
    if let Some(says) = quiet {
        page.line(says);
    }
    for (name, items) in &mappings {
        page.gap();
        mapping(&mut page, plan, name, items);
    }
    page.gap();
    summary::refusals(&mut page, refusals);
    page.gap();
    summary::plan(&mut page, plan, document.forecast());
    page.into_text()
}

/// What is said where there is nothing to do; `bare`: there is nothing to list either.
pub(crate) fn quiet(document: &PlanDocument, bare: bool) -> Option<&'static str> {
    let quiet = document.plan().is_empty() && document.refusals().is_empty();
    quiet.then_some(match bare {
        true => "Both systems agree. Nothing to do.",
        false => "Both systems agree, except for what is listed here. Nothing to do.",
    })
}

fn head(page: &mut Page, document: &PlanDocument) {
    let plan = document.plan();
    let title = format!("Plan {} for {}", document.plan_hash().short(), plan.pair);
    let title = page.toned(Tone::Strong, &title);
    page.line(&format!("{title}, made {}", plan.made_at.format("%Y-%m-%d %H:%M UTC")));
    for (side, tenant) in plan.tenants.iter() {
        let name = crate::style::visible(&tenant.name).into_owned();
        let id = page.toned(Tone::Dim, &crate::style::visible(&tenant.id));
        page.line(&format!("  {:9}  {name}  {id}", side.title()));
    }
    if let Some(only) = &plan.scope.only {
        page.line(&format!("  only       {}", crate::style::visible(only)));
    }
    if let Some(limit) = plan.scope.limit {
        page.line(&format!("  limit      {}", counted(limit, "step")));
    }
    page.gap();
}

/// Everything the plan says, by mapping in the plan's order.
pub(crate) fn by_mapping(plan: &Plan) -> Vec<(&MappingName, Vec<Item<'_>>)> {
    let steps = plan.steps.iter().map(|it| (&it.mapping, Item::Step(it)));
    let conflicts = plan.conflicts.iter().map(|it| (&it.mapping, Item::Conflict(it)));
    let cases = plan.cases.iter().map(|it| (&it.mapping, Item::Case(it)));
    let drift = plan.drift.iter().map(|it| (&it.mapping, Item::Drift(it)));
    let held = plan.held.iter().map(|it| (&it.mapping, Item::Held(it)));
    let quarantined = plan.quarantined.iter().map(|it| (&it.mapping, Item::Quarantined(it)));
    let dismissed = plan.dismissals.iter().map(|it| (&it.mapping, Item::Dismissed(it)));
    let waiting = cases.chain(quarantined).chain(dismissed);
    let mut groups = grouped(steps.chain(conflicts).chain(waiting).chain(drift).chain(held));
    for settled in &plan.settlements {
        if groups.iter().all(|(name, _)| *name != &settled.mapping) {
            groups.push((&settled.mapping, Vec::new()));
        }
    }
    groups
}

/// Groups by key; groups stand in the order in which their keys first came.
pub(crate) fn grouped<K: Ord + Clone, T>(things: impl Iterator<Item = (K, T)>) -> Vec<(K, Vec<T>)> {
    let mut places = BTreeMap::new();
    let mut groups: Vec<(K, Vec<T>)> = Vec::new();
    for (key, thing) in things {
        let place = *places.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(thing);
    }
    groups
}

fn mapping(page: &mut Page, plan: &Plan, name: &MappingName, items: &[Item<'_>]) {
    let first = if plan.first_agreement.contains(name) { "  first agreement" } else { "" };
    let title = page.toned(Tone::Strong, name.as_str());
    let first = page.toned(Tone::Wants, first);
    page.line(&format!("{title}{first}"));
    page.align_names(items.iter().map(|item| item.name()));
    for (_, items) in grouped(items.iter().map(|item| (item.record(), *item))) {
        for item in items {
            tell(page, item);
        }
    }
    settled(page, plan, name);
}

impl<'a> Item<'a> {
    pub fn name(self) -> &'a str {
        match self {
            Item::Step(step) => &step.name,
            Item::Conflict(conflict) => &conflict.name,
            Item::Case(case) => &case.name,
            Item::Quarantined(it) => &it.name,
            Item::Dismissed(it) => &it.name,
            Item::Drift(notice) | Item::Held(notice) => &notice.name,
        }
    }

    /// What keeps the things said about one record together.
    pub fn record(self) -> String {
        match self {
            Item::Step(step) => step.link.to_string(),
            Item::Conflict(conflict) => conflict.link.to_string(),
            Item::Case(case) => case.record.to_string(),
            Item::Quarantined(it) => it.link.to_string(),
            Item::Dismissed(it) => it.link.to_string(),
            Item::Drift(notice) | Item::Held(notice) => match &notice.link {
                Some(link) => link.to_string(),
                None => notice.record.to_string(),
            },
        }
    }
}

fn tell(page: &mut Page, item: Item<'_>) {
    match item {
        Item::Step(step) => tell_step(page, step),
        Item::Conflict(conflict) => {
            let name = page.name(&conflict.name);
            let beside = waiting::records(conflict, &format!("conflict {}", conflict.id));
            page.record((Tone::Wants, "!"), &name, &beside);
            waiting::contested(page, conflict);
        }
        Item::Case(case) => {
            let name = page.name(&case.name);
            let beside = format!("{}, case {}", case.record, case.id);
            page.record((Tone::Wants, "?"), &name, &beside);
            waiting::candidates(page, case);
        }
        Item::Quarantined(it) => waiting::quarantined(page, it),
        Item::Dismissed(it) => waiting::dismissed(page, it),
        Item::Drift(notice) => tell_notice(page, (Tone::Wants, "≠"), notice),
        Item::Held(notice) => tell_notice(page, (Tone::Dim, "·"), notice),
    }
}

fn tell_step(page: &mut Page, step: &Step) {
    let name = page.name(&step.name);
    let symbol = match step.action {
        Action::Create => (Tone::New, "+"),
        Action::Update => (Tone::Changed, "~"),
        Action::Archive => (Tone::Changed, "-"),
        Action::Delete => (Tone::Wrong, "✂"),
    };
    page.record(symbol, &name, &beside(step));
    let is_new = step.action == Action::Create;
    let fields: Vec<FieldLine<'_>> = step
        .fields
        .iter()
        .map(|field| FieldLine {
            name: field.name.as_str(),
            before: (!is_new || field.before.is_some()).then_some(&field.before),
            after: &field.after,
            reason: if is_new { String::new() } else { field.why.says() },
        })
        .collect();
    page.fields(&fields);
    if is_new {
        page.remark(Tone::Plain, &arrives(&step.constants));
        page.remark(Tone::Dim, &format!("({})", step.why.says()));
    } else if let Some(linked) = linked(step) {
        page.remark(Tone::Plain, &linked);
    }
    for effect in &step.side_effects {
        page.remark(Tone::Wants, &format!("side effect: {effect}"));
    }
}

/// The record of a step, or what it is made from.
pub(crate) fn beside(step: &Step) -> String {
    match (&step.record, step.action) {
        (_, Action::Create) => format!("new {} {} from {}", step.side, step.entity, origin(step)),
        (Some(record), Action::Update | Action::Archive) => record.to_string(),
        (Some(record), Action::Delete) => format!("{record} is deleted"),
        (None, Action::Update | Action::Archive | Action::Delete) => {
            format!("{} {}", step.side, step.entity)
        }
    }
}

/// That a step links its record, and why.
pub(crate) fn linked(step: &Step) -> Option<String> {
    let matched = step.matched.as_ref().filter(|_| step.action == Action::Update)?;
    Some(format!("newly linked with {} {}", origin(step), matched.says()))
}

fn origin(step: &Step) -> String {
    step.sources.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What is sent beside the fields, in words where there are words for it: what is set when a record is
/// made, and what a side asks for with a change.
pub(crate) fn arrives(constants: &BTreeMap<Path, Value>) -> String {
    // Of a business that the same plan makes the field itself says the name.
    let business = Resource::Contact.names_by_link();
    let told = constants.iter().filter(|(path, _)| Some(*path) != business.as_ref());
    let parts: Vec<String> = told
        .map(|(path, value)| match (path.as_str(), value) {
            ("dnd", Value::Bool(true)) => "do-not-disturb on".into(),
            ("dnd", Value::Bool(false)) => "do-not-disturb off".into(),
            ("tags", tags) => format!("tagged {tags}"),
            ("contactId", contact) => format!("standing at contact {contact}"),
            ("contactId of link", _) => "standing at a contact that the same plan makes".into(),
            ("threat", threat) => format!("about threat {threat}"),
            ("dueDate", Value::Time(due)) => format!("due {}", due.format("%Y-%m-%d")),
            ("reopen.investigator", person) => format!("for {person}"),
            (path, value) => {
                let bare = path.strip_prefix("custom.").or(path.strip_prefix("close."));
                format!("{} {value}", bare.unwrap_or(path))
            }
        })
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    let is_asked_for =
        |path: &Path| path.as_str().starts_with("close.") || path.as_str().starts_with("reopen.");
    let verb = if constants.keys().all(is_asked_for) { "sent with" } else { "arrives with" };
    format!("{verb} {}", parts.join(", "))
}

fn tell_notice(page: &mut Page, symbol: (Tone, &str), notice: &Notice) {
    let name = page.name(&notice.name);
    page.record(symbol, &name, &notice.record.to_string());
    match (&notice.field, &notice.held) {
        (Some(field), Some(held)) => waiting::both_sides(page, field, held, None),
        (Some(field), None) => page.remark(Tone::Plain, field.as_str()),
        (None, _) => {}
    }
    page.remark(Tone::Dim, &format!("({})", notice.why.says()));
}

fn settled(page: &mut Page, plan: &Plan, name: &MappingName) {
    if let Some(agreed) = agreed(plan, name) {
        let says = page.toned(Tone::Dim, "(recorded, nothing is written)");
        page.line(&format!("  = {agreed} {says}"));
    }
}

/// Agreement is the normal case: a count is enough.
pub(crate) fn agreed(plan: &Plan, name: &MappingName) -> Option<String> {
    let settled = || plan.settlements.iter().filter(|it| it.mapping == *name);
    let links = settled().filter(|it| it.matched.is_some()).count() as u64;
    let fields: usize = settled().map(|it| it.fields.len()).sum();
    let links = (links > 0).then(|| counted(links, "new link"));
    let fields = (fields > 0).then(|| format!("{} already equal", counted(fields as u64, "field")));
    let parts: Vec<String> = links.into_iter().chain(fields).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How many fields of `side` the plan writes.
pub(crate) fn fields_written(plan: &Plan, side: Side) -> u64 {
    plan.steps.iter().filter(|it| it.side == side).map(|it| it.fields.len() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_same_plan_makes_is_not_told_by_its_link() {
        let told = |constants: &[(&str, Value)]| {
            arrives(&constants.iter().map(|(path, it)| (Path::from(*path), it.clone())).collect())
        };
        let link = Value::text("WQHS5QTVAA");
        assert_eq!(told(&[]), "");
        // The field beside says the name of the business.
        assert_eq!(told(&[("businessId of link", link.clone())]), "");
        assert_eq!(
            told(&[("businessId of link", link.clone()), ("dnd", Value::Bool(true))]),
            "arrives with do-not-disturb on"
        );
        assert_eq!(
            told(&[("contactId of link", link), ("title", Value::text("Acme"))]),
            "arrives with standing at a contact that the same plan makes, title Acme"
        );
    }
}
