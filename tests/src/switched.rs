//! Which mappings does a script switch on? `on risks`, or `on threats at c1`, the contact of our own
//! organisation.

use concordat_mapping::Settings;

/// Switches a mapping on.
pub fn on(settings: &mut Settings, what: &str, place: &[&str]) {
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
        "leaks" => settings.disclosures.enabled = true,
        _ => panic!("nothing to switch on: {what}"),
    }
}
