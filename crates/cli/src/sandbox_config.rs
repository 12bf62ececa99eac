//! A configuration that points at a sandbox, with its credentials in files beside it: secrets never
//! stand in a configuration, not even a sandbox's. A sandbox of several locations makes several pairs.

use std::path::Path;

use concordat_sandbox::Running;
use serde_json::Value;

use crate::failure::Failure;
use crate::shell::write_file;

/// Writes `path`, and the credentials beside it.
///
/// # Errors
/// If one of the files cannot be written.
pub fn write(path: &Path, running: &Running) -> Result<(), Failure> {
    let key = path.with_extension("upguard.key");
    let token = path.with_extension("highlevel.token");
    for (file, secret) in [(&key, &running.api_key), (&token, &running.token)] {
        write_file(file, true, |out| out.write_all(secret.as_bytes()))?;
    }
    let state = running.with_world(|it| it.state());
    let (pairs, threats) = (pairs(path, running, &state)?, threats(&state));
    let text = format!(
        r#"# Points at a sandbox: two simulated systems on this machine.

[upguard]
base_url = "{upguard}"
api_key = {{ file = {key} }}

[highlevel]
base_url = "{highlevel}"
token = {{ file = {token} }}
location_id = "{location}"

[state]
dir = {state}

[mapping]
phone_region = "US"

# UpGuard vendor attributes that hold what the CRM knows about a company.
[mapping.vendors.attributes]
phone = "Main phone"
email = "Main email"
address = "Postal address"
description = "Relationship notes"

# First agreement: whose value to adopt where both systems have one and they differ. Without these
# lines a person is asked about each.
[mapping.vendors.fields]
name = {{ adopt = "upguard" }}
website = {{ adopt = "upguard" }}
phone = {{ adopt = "highlevel" }}
email = {{ adopt = "highlevel" }}
address = {{ adopt = "highlevel" }}
description = {{ adopt = "highlevel" }}

[mapping.contacts.fields]
first_name = {{ adopt = "upguard" }}
last_name = {{ adopt = "upguard" }}
phone = {{ adopt = "upguard" }}
{threats}{pairs}"#,
        upguard = running.upguard_base_url,
        highlevel = running.highlevel_base_url,
        location = running.location_id,
        state = name(&path.with_extension("state")),
        key = name(&key),
        token = name(&token),
    );
    write_file(path, true, |out| out.write_all(text.as_bytes()))
}

/// What a task may do to its threat, and where tasks stand, if there are threats.
fn threats(state: &Value) -> String {
    let Some(anchor) = anchor(&state["highlevel"]).filter(|_| has_threats(state)) else {
        return String::new();
    };
    format!(
        r#"
# Threats become tasks at this contact. A completed task closes its threat, and so on: in a sandbox
# that reaches nobody.
[mapping.anchors]
organisation = {anchor:?}

[mapping.people]
"ada.brook@concordat.example" = "adaBrookInTheCrm0001"
"yuki.mori@concordat.example" = "yukiMoriInTheCrm0001"

[mapping.threats]
allow = ["close", "reopen", "assign"]

[mapping.threats.close]
reason = "remediated"
remediation_reason = "requested_takedown"
"#
    )
}

fn has_threats(state: &Value) -> bool {
    state["upguard"]["threats"].as_array().is_some_and(|it| !it.is_empty())
}

/// The first contact of a location whose e-mail address no other there has.
fn anchor(location: &Value) -> Option<String> {
    let contacts = location["contacts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let emails: Vec<String> =
        contacts.iter().filter_map(|it| Some(it["email"].as_str()?.to_lowercase())).collect();
    let is_alone = |it: &&String| emails.iter().filter(|other| other == it).count() == 1;
    emails.iter().find(is_alone).cloned()
}

/// The pairs, if there are several locations: `pair-1`, which is the location above, `pair-2` and so on,
/// each with its token in a file of its own and, if there are threats, a contact of its own for tasks.
fn pairs(path: &Path, running: &Running, state: &Value) -> Result<String, Failure> {
    let mut text = String::new();
    if running.locations.len() < 2 {
        return Ok(text);
    }
    for (location, number) in running.locations.iter().zip(1_usize..) {
        let token = path.with_extension(format!("pair-{number}.token"));
        write_file(&token, true, |out| out.write_all(location.token.as_bytes()))?;
        text += &format!(
            "\n[[pair]]\nid = \"pair-{number}\"\nlocation_id = \"{}\"\ntoken = {{ file = {} }}\n",
            location.id,
            name(&token)
        );
        let is_it = |it: &&Value| it["location_id"] == location.id.as_str();
        let places = state["highlevel"]["locations"].as_array();
        let place = places.and_then(|places| places.iter().find(is_it));
        if let Some(anchor) = place.and_then(anchor).filter(|_| has_threats(state)) {
            text += &format!("anchors = {{ organisation = {anchor:?} }}\n");
        }
    }
    Ok(text)
}

/// A file's absolute name as TOML takes it.
fn name(file: &Path) -> String {
    let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    format!("{:?}", absolute.display().to_string())
}
