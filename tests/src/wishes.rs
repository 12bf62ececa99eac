//! What does a line of a script wish for in the settings? `on risks`, or `on threats at c1`, the contact of our
//! own organisation; `gone contacts delete`; `rule contacts phone owner=upguard`.

use concordat_mapping::disclosures::Move;
use concordat_mapping::settings::Settings;
use concordat_mapping::threats::Reason;
use concordat_mapping::{Gate, WhenGone};

/// Takes up a line.
pub fn say(settings: &mut Settings, head: &[&str]) {
    match *head {
        ["on", what, ref place @ ..] => on(settings, what, place),
        ["organisation", "at", anchor] => {
            settings.anchors.organisation = Some(anchor.to_owned());
            settings.threats.enabled = false;
        }
        ["prefer", ref title @ ..] => {
            settings.anchors.vendor_titles.push(title.join(" "));
        }
        ["allow", "leak", word] => {
            let moved = if word == "close" { Move::Close } else { Move::Reopen };
            settings.disclosures.allow.insert(moved);
        }
        ["allow", gate] => {
            let gates = [Gate::Close, Gate::Reopen, Gate::Assign];
            let gate = gates.into_iter().find(|it| it.name() == gate).expect("a gate");
            settings.threats.allow.insert(gate);
        }
        ["reason", "false_positive"] => {
            settings.threats.close.reason = Some(Reason::FalsePositive);
        }
        ["gone", mapping, "delete"] => *gone(settings, mapping) = WhenGone::Delete,
        ["rule", mapping, field, ref wishes @ ..] => rule(settings, mapping, field, wishes),
        _ => panic!("no such wish: {head:?}"),
    }
}

fn on(settings: &mut Settings, what: &str, place: &[&str]) {
    if let ["at", anchor] = *place {
        settings.anchors.organisation = Some(anchor.to_owned());
    }
    match what {
        "risks" => settings.risks.enabled = true,
        "questionnaires" => settings.questionnaires.enabled = true,
        "leads" => settings.leads.enabled = true,
        "labels" => settings.labels.enabled = true,
        "profiles" => settings.profiles.enabled = true,
        "businesses" => settings.contacts.business = true,
        "activity" => settings.activity.enabled = true,
        "notes" => {
            settings.vendor_notes.enabled = true;
            settings.contact_notes.enabled = true;
        }
        "threats" => {}
        "waivers" => settings.waivers.enabled = true,
        "apps" => settings.usage_policies.enabled = true,
        "tiers" => settings.vendor_tiers.enabled = true,
        "assessments" => settings.vendor_assessments.enabled = true,
        "leaks" => settings.disclosures.enabled = true,
        _ => panic!("nothing to switch on: {what}"),
    }
}

fn gone<'s>(settings: &'s mut Settings, mapping: &str) -> &'s mut WhenGone {
    match mapping {
        "contacts" => &mut settings.contacts.gone,
        "leads" => &mut settings.leads.gone,
        "threats" => &mut settings.threats.gone,
        "disclosures" => &mut settings.disclosures.gone,
        "risks" => &mut settings.risks.gone,
        "waivers" => &mut settings.waivers.gone,
        "usage_policies" => &mut settings.usage_policies.gone,
        "questionnaires" => &mut settings.questionnaires.gone,
        "vendor_tiers" => &mut settings.vendor_tiers.gone,
        "vendor_assessments" => &mut settings.vendor_assessments.gone,
        _ => panic!("{mapping} deletes nothing"),
    }
}

fn rule(settings: &mut Settings, mapping: &str, field: &str, wishes: &[&str]) {
    let wishes: serde_json::Map<String, serde_json::Value> = wishes
        .iter()
        .map(|it| it.split_once('=').expect("key=value"))
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect();
    let wishes = serde_json::from_value(wishes.into()).expect("settings of a field");
    let fields = match mapping {
        "vendors" => &mut settings.vendors.fields,
        "contacts" => &mut settings.contacts.fields,
        "profiles" => &mut settings.profiles.fields,
        "vendor_notes" => &mut settings.vendor_notes.fields,
        "contact_notes" => &mut settings.contact_notes.fields,
        _ => panic!("no mapping {mapping}"),
    };
    fields.insert(field.to_owned(), wishes);
}
