//! What holds for any text where a configuration is expected? It is one, and then what is shown of it says the same
//! when it is read; or it is told what is wrong, at a place that the text has, and no secret in it is quoted. Values
//! that a mapping writes to the other side never come back as others.

use std::path::PathBuf;

use concordat_cli::code::Code;
use concordat_cli::config::{Loaded, StateDir, StateOrigin, read, show};
use concordat_cli::failure::Failure;
use concordat_mapping::{Access, Back, Rules, Trip};
use concordat_model::{Side, Value};

/// What every configuration must say.
const MINIMAL: &str = "[upguard]\napi_key = { env = \"UPGUARD_API_KEY\" }\n[highlevel]\n\
                       token = { env = \"HIGHLEVEL_TOKEN\" }\nlocation_id = \"loc1\"\n";
/// Keys that name where a secret is kept, and the tables they are in.
const SECRETS: [&str; 4] = ["api_key", "token", "client_id", "client_secret"];
const TABLES: [&str; 3] = ["[upguard]", "[highlevel]", "[highlevel.oauth]"];
/// Must never be told.
const CANARY: &str = "canary-3f-9a";

fn understood(text: &str) -> Result<Loaded, Failure> {
    read(PathBuf::from("/etc/concordat.toml"), text.to_owned())
}

/// The law of configurations.
pub fn any_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match understood(&text) {
        Ok(loaded) => is_shown_as_it_is(&loaded),
        Err(failure) => is_told(&failure, &text),
    }
    if let Some(leaky) = with_a_secret(&text)
        && let Err(failure) = understood(&leaky)
    {
        let told = format!("{failure} {failure:?}");
        assert!(!told.contains(CANARY), "a secret is quoted: {told}");
    }
}

/// The law of mappings: the input follows a configuration that says the least.
pub fn any_mapping(input: &[u8]) {
    let text = format!("{MINIMAL}{}", String::from_utf8_lossy(input));
    let loaded = match understood(&text) {
        Ok(loaded) => loaded,
        Err(failure) => return is_told(&failure, &text),
    };
    is_shown_as_it_is(&loaded);
    loaded.pairs.iter().for_each(|pair| come_back(&pair.rules));
}

fn is_shown_as_it_is(loaded: &Loaded) {
    let state = StateDir { path: "/var/lib/concordat".into(), origin: StateOrigin::Flag };
    let mut expected = loaded.config.clone();
    expected.state.dir = Some(state.path.clone());
    for origins in [false, true] {
        let settings = show(loaded, &state).expect("a configuration can be shown");
        let mut shown = Vec::new();
        show::write_toml(&settings, origins, &mut shown).expect("memory");
        let shown = String::from_utf8(shown).expect("text");
        match understood(&shown) {
            Ok(again) => assert!(again.config == expected, "it is shown as another:\n{shown}"),
            Err(failure) => panic!("what is shown is none: {failure}\n{shown}"),
        }
    }
}

fn is_told(failure: &Failure, text: &str) {
    assert_eq!(failure.code, Code::Config);
    assert!(!failure.message.is_empty());
    let lines = text.split('\n').count();
    let details = failure.details.iter().map(|it| &it.place);
    for place in details.chain([&failure.place]).flatten() {
        let Some(line) = place.line else { continue };
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
        let there = text.split('\n').nth(line - 1).unwrap_or_default().chars().count();
        let column = place.column.unwrap_or(1);
        assert!((1..=there + 1).contains(&column), "column {column} of {there} in line {line}");
    }
    let mut shown = Vec::new();
    failure.write_text(&mut shown).expect("memory");
    failure.write_json(&mut shown).expect("memory");
}

/// The same with a secret pasted where only its place belongs; nothing if it has no such place.
fn with_a_secret(text: &str) -> Option<String> {
    // What looks like a line may be part of a text.
    if ["\"\"\"", "'''"].iter().any(|it| text.contains(it)) {
        return None;
    }
    let (mut table, mut is_leaky) = ("", false);
    let lines = text.split('\n').map(|line| {
        let line = line.trim();
        let key = line.split_once('=').map(|(key, _)| key.trim());
        if line.starts_with('[') {
            table = line;
        }
        match key {
            Some(key) if SECRETS.contains(&key) && TABLES.contains(&table) => {
                is_leaky = true;
                format!("{key} = \"{CANARY}\"")
            }
            Some(_) | None => line.to_owned(),
        }
    });
    let lines: Vec<_> = lines.collect();
    is_leaky.then(|| lines.join("\n"))
}

/// Follows values there and back.
fn come_back(rules: &Rules) {
    let texts = ["Acme Ltd", "ann@example.com", "+1 617 555 0100", "www.acme.com", "yes", "High"];
    let more = ["3", "2.50", "-0", "1e3", "2026-02-28", "28.02.2026", "ß", " x ", "e\u{301}"];
    let numbers = [0, 3, -7, i64::MAX].map(Value::Integer);
    let values: Vec<Value> =
        texts.iter().chain(&more).map(|it| Value::text(*it)).chain(numbers).collect();
    for rule in rules.mappings.iter().flat_map(|it| &it.fields) {
        for from in Side::BOTH.into_iter().filter(|it| rule.ends[*it].access == Access::Always) {
            for value in &values {
                if rule.ends[from.other()].access != Access::Always {
                    continue;
                }
                let trip = Trip::of(rule, from, value.clone(), rules.region);
                let is_other = matches!(&trip.back, Back::Other(Some(_))) && trip.there.is_some();
                assert!(!is_other, "{}: {trip}", rule.name);
            }
        }
    }
}
