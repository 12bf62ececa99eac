//! Does a new configuration say what was answered, safely, and explain every key there is?

use std::os::unix::fs::PermissionsExt as _;

use concordat_mapping::{Fallback, Settings};
use serde_json::Value as Json;

use super::*;
use crate::config::file::Config;
use crate::config::load::tests::{MINIMAL, loaded};
use crate::config::show::schema;

fn answers() -> Answers {
    Answers {
        upguard_base_url: "https://cyber-risk.upguard.com/api/public".parse().unwrap(),
        api_key: SecretSource::Env("UPGUARD_API_KEY".into()),
        highlevel_base_url: "https://services.leadconnectorhq.com".parse().unwrap(),
        token: SecretSource::Env("HIGHLEVEL_TOKEN".into()),
        location_id: "loc1".into(),
        attributes: Attributes::default(),
        adopt: None,
    }
}

/// The template with every setting switched on.
fn all_on(text: &str) -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|it: char| it.is_ascii_lowercase() || it == '[') => {
            format!("{rest}\n")
        }
        Some(_) | None => format!("{line}\n"),
    };
    text.lines().map(on).collect()
}

#[test]
fn the_plain_template_says_no_more_than_the_least() {
    assert_eq!(loaded(&text(&answers())).config, loaded(MINIMAL).config);
}

#[test]
fn every_answer_is_in_it() {
    let attributes =
        Attributes { phone: Some("Main \"phone\" \\ ü".into()), ..Attributes::default() };
    let answers = Answers {
        upguard_base_url: "https://proxy.example.com/ug".parse().unwrap(),
        api_key: SecretSource::Command(["pass", "show", "a \"b\""].map(String::from).to_vec()),
        highlevel_base_url: "http://127.0.0.1:4001".parse().unwrap(),
        token: SecretSource::File("/run/token".into()),
        location_id: "l\"1".into(),
        attributes: attributes.clone(),
        adopt: Some(Side::Highlevel),
    };
    let Config { upguard, highlevel, network, mapping, .. } = loaded(&text(&answers)).config;
    assert_eq!((upguard.base_url, upguard.api_key), (answers.upguard_base_url, answers.api_key));
    assert_eq!((highlevel.base_url, highlevel.token), (answers.highlevel_base_url, answers.token));
    assert_eq!(highlevel.location_id, Some(answers.location_id));
    assert_eq!(network.allow_hosts, ["proxy.example.com"]);
    let Settings { vendors, contacts, .. } = mapping;
    assert_eq!(vendors.attributes, attributes);
    let adopted = |fields: &std::collections::BTreeMap<String, _>| -> Vec<String> {
        let field = |(name, it): (&String, &concordat_mapping::settings::FieldSettings)| {
            assert_eq!(it.adopt, Some(Fallback::Highlevel));
            name.clone()
        };
        fields.iter().map(field).collect()
    };
    assert_eq!(adopted(&vendors.fields), ["name", "phone", "website"]);
    assert_eq!(adopted(&contacts.fields), ["email", "first_name", "last_name", "phone"]);
    let credential = Answers { token: SecretSource::Credential("hl".into()), ..self::answers() };
    let token = loaded(&text(&credential)).config.highlevel.token;
    assert_eq!(token, SecretSource::Credential("hl".into()));
}

#[test]
fn every_setting_can_be_switched_on() {
    let config = loaded(&all_on(&text(&answers()))).config;
    assert_eq!(config.limits.requests_per_run, Some(20_000));
    assert_eq!(config.pairs.len(), 1);
    assert!(config.mapping.vendors.attributes.description.is_some());
}

#[test]
fn every_key_of_the_schema_is_in_it() {
    let text: toml::Table = all_on(&text(&answers())).parse().unwrap();
    let schema = schema();
    covered(&schema, &schema, &toml::Value::Table(text), "");
}

/// Follows the schema and the template side by side. The rules of one field stand for all.
fn covered(root: &Json, schema: &Json, text: &toml::Value, path: &str) {
    let target = schema["$ref"].as_str().or(schema["items"]["$ref"].as_str());
    let schema = target.map_or(schema, |it| root.pointer(it.trim_start_matches('#')).unwrap());
    let first = text.as_array().and_then(|it| it.first()).unwrap_or(text);
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        let below = first.get(name).unwrap_or_else(|| panic!("{path} is not explained"));
        match path.as_str() {
            ".guards.canaries" => {}
            ".mapping.vendors.fields" => {
                let settings = below.get("name").unwrap();
                covered(root, &part["additionalProperties"], settings, &path);
            }
            path => covered(root, part, below, path),
        }
    }
}

#[test]
fn a_new_file_is_for_its_owner_and_never_replaces_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("concordat.toml");
    write_new(&path, "first").unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(write_new(&path, "second").unwrap_err().code, Code::Exists);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(dir.path().join("elsewhere"), &link).unwrap();
    assert_eq!(write_new(&link, "x").unwrap_err().code, Code::Exists);
    let nowhere = dir.path().join("no/where");
    assert_eq!(write_new(&nowhere, "x").unwrap_err().code, Code::System);
}
