//! What UpGuard tells and notes in the demo: two notifications, and what people note of a vendor and of a
//! person there; and which notes it became, looked up in the CRM.

use concordat_model::{RecordKey, Resource, Side};
use serde_json::{Value, json};

use super::Demo;
use super::talk::{rows, text};
use crate::code::Code;
use crate::failure::Failure;

const ABOUT_US: &str = "The score for our own organisation dropped below 600 with a score of 599";
const OF_VENDOR: &str = "Renewal is due in March.";
const OF_PERSON: &str = "Prefers to be called before noon.";

/// What was told and noted.
pub struct Noted {
    about_vendor: String,
    /// The contacts of the vendor's people.
    contacts: Vec<String>,
    /// Whether what is about our own organisation has a place.
    has_anchor: bool,
}

/// UpGuard tells of something, and people note something. Nothing: no vendor has a contact.
///
/// # Errors
/// If the sandbox refuses an edit.
pub fn edits(demo: &Demo<'_>) -> Result<Option<Noted>, Failure> {
    let state = demo.state();
    let contact_of = |person: &Value| {
        let email = text(&person["email_address"]).to_lowercase();
        let mut all = rows(&state, "highlevel", "contacts");
        let is_it = |it: &&Value| !email.is_empty() && text(&it["email"]).to_lowercase() == email;
        Some(text(&all.find(is_it)?["id"]).to_owned())
    };
    let monitored = |person: &Value| {
        let mut all = rows(&state, "upguard", "vendors");
        all.find(|it| it["id"] == person["vendor_id"] && it["monitored"] != false)
    };
    let mut people = rows(&state, "upguard", "contacts");
    let chosen = people.find_map(|it| Some((it, monitored(it)?, contact_of(it)?)));
    let Some((person, vendor, _)) = chosen else { return Ok(None) };
    let colleagues =
        rows(&state, "upguard", "contacts").filter(|it| it["vendor_id"] == vendor["id"]);
    let contacts = colleagues.filter_map(contact_of).collect();

    let about_vendor =
        format!("User published a new risk assessment for vendor '{}'", text(&vendor["name"]));
    let published = json!({
        "type": "RiskAssessmentPublished", "description": about_vendor,
        "context": { "Domain": vendor["primary_hostname"] },
    });
    demo.add(Side::Upguard, "notification", &about_vendor, published)?;
    let has_anchor = demo.session.anchor().is_some();
    if has_anchor {
        let dropped = json!({ "type": "CustomerCSTARUnderThreshold", "description": ABOUT_US });
        demo.add(Side::Upguard, "notification", ABOUT_US, dropped)?;
    }
    let of = |resource, row: &Value| RecordKey::new(resource, row["id"].to_string());
    demo.edit("noted", &of(Resource::Vendor, vendor), json!({ "note": OF_VENDOR }))?;
    demo.edit("noted", &of(Resource::VendorContact, person), json!({ "notes": OF_PERSON }))?;
    Ok(Some(Noted { about_vendor, contacts, has_anchor }))
}

/// Which notes it became, one sentence for each.
///
/// # Errors
/// If anything is not as it has to be.
pub fn look_up(demo: &Demo<'_>, noted: &Noted) -> Result<Vec<String>, Failure> {
    let state = demo.state();
    let said = |what: &str| -> Vec<&Value> {
        rows(&state, "highlevel", "notes").filter(|it| text(&it["body"]).contains(what)).collect()
    };
    let stands = |note: &Value| noted.contacts.iter().any(|it| note["contactId"] == it.as_str());
    let once = |what: &str| match said(what).as_slice() {
        [note] => stands(note),
        _ => false,
    };
    let comments = rows(&state, "upguard", "threats").flat_map(|it| it["comments"].as_array());
    let back = comments.flatten().any(|it| text(&it["content"]).contains("UpGuard's note"));
    let mut sentences = vec![
        (once(&noted.about_vendor), "a notification about a vendor is a note at its contact, once"),
        (once(OF_VENDOR), "what is noted of a vendor is one note at its contact"),
        (once(OF_PERSON), "what is noted of a person is one note at the person's contact"),
        (!back, "and none of them went back as a comment"),
    ];
    if noted.has_anchor {
        let is_one = said(ABOUT_US).len() == 1;
        sentences.push((is_one, "one about our own organisation is a note at the anchor, once"));
    }
    let mut told = Vec::new();
    for (is_so, says) in sentences {
        if !is_so {
            return Err(Failure::new(Code::Unforeseen, format!("it is not so: {says}")));
        }
        told.push(says.to_owned());
    }
    Ok(told)
}
