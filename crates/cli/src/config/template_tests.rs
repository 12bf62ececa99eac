//! Does a new configuration say what was answered, safely, and explain every key there is?

use serde_json::Value as Json;

use super::*;
use crate::config::SecretSource;
use crate::config::file::{Config, HIGHLEVEL_URL, UPGUARD_URL};
use crate::config::load::tests::{MINIMAL, loaded};
use crate::config::show::schema;

fn answers() -> Answers {
    Answers {
        upguard_base_url: UPGUARD_URL.parse().unwrap(),
        api_key_env: "UPGUARD_API_KEY".into(),
        highlevel_base_url: HIGHLEVEL_URL.parse().unwrap(),
        token_env: "HIGHLEVEL_TOKEN".into(),
        location_id: "loc1".into(),
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
    let answers = Answers {
        upguard_base_url: "https://proxy.example.com/ug".parse().unwrap(),
        api_key_env: "KEY_OF_OURS".into(),
        highlevel_base_url: "http://127.0.0.1:4001".parse().unwrap(),
        token_env: "TOKEN_OF_OURS".into(),
        location_id: "l\"1 \\ ü".into(),
    };
    let Config { upguard, highlevel, network, .. } = loaded(&text(&answers)).config;
    assert_eq!(upguard.base_url, answers.upguard_base_url);
    assert_eq!(upguard.api_key, SecretSource::Env(answers.api_key_env));
    assert_eq!(highlevel.base_url, answers.highlevel_base_url);
    assert_eq!(highlevel.token, Some(SecretSource::Env(answers.token_env)));
    assert_eq!(highlevel.location_id, Some(answers.location_id));
    assert_eq!(network.allow_hosts, ["proxy.example.com"]);
}

#[test]
fn every_setting_can_be_switched_on() {
    let config = loaded(&all_on(&text(&answers()))).config;
    assert_eq!(config.limits.requests_per_run, Some(20_000));
    assert_eq!(config.limits.steps_per_run["contacts"], 500);
    assert_eq!(config.pairs.len(), 1);
    assert!(config.mapping.vendors.attributes.description.is_some());
}

#[test]
fn every_key_of_the_schema_is_in_it() {
    let text: toml::Table = all_on(&text(&answers())).parse().unwrap();
    let schema = schema();
    covered(&schema, &schema, &toml::Value::Table(text), "");
}

/// Follows the schema and the template side by side. The fields of one mapping stand for all.
fn covered(root: &Json, schema: &Json, text: &toml::Value, path: &str) {
    let target = schema["$ref"].as_str().or(schema["items"]["$ref"].as_str());
    let schema = target.map_or(schema, |it| root.pointer(it.trim_start_matches('#')).unwrap());
    let first = text.as_array().and_then(|it| it.first()).unwrap_or(text);
    for (name, part) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        let below = first.get(name).unwrap_or_else(|| panic!("{path} is not explained"));
        match path.as_str() {
            ".guards.canaries" => {}
            // The settings of a field that is built in, and of one of one's own.
            ".mapping.profiles.fields" | ".mapping.lenses" => {
                let tables = below.as_table().unwrap().values().filter_map(toml::Value::as_table);
                let all: toml::Table = tables.flat_map(|it| it.clone()).collect();
                covered(root, &part["additionalProperties"], &toml::Value::Table(all), &path);
            }
            path => covered(root, part, below, path),
        }
    }
}
