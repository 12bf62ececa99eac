//! Is everything we send declared in what the two vendors publish? Their API descriptions are not part
//! of this repository: `CONCORDAT_SPECS` names the folder. Not set, the test says that it was skipped;
//! set and missing, it fails.
//!
//! Checked of each operation: that it exists, that its permission is the declared one, that every query
//! parameter and every member of a body is declared, and that none that is required is left out.

mod side;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use concordat_connectors::{Operation, highlevel, upguard};
use concordat_model::Side;
use concordat_remote::Request;
use serde_json::Value as Json;
use side::feed::{documented, feed, is_of};

fn specs() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("CONCORDAT_SPECS") else {
        eprintln!("skipped: CONCORDAT_SPECS is not set, so there is nothing to compare with");
        return None;
    };
    let folder = PathBuf::from(folder);
    assert!(folder.is_dir(), "CONCORDAT_SPECS: {} is no folder", folder.display());
    Some(folder)
}

fn parsed(path: &Path) -> Json {
    let text = fs::read_to_string(path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The published documents of a side.
fn documents(folder: &Path, side: Side) -> Vec<Json> {
    match side {
        Side::Upguard => {
            let entries = fs::read_dir(folder.join("upguard")).expect("upguard");
            let paths = entries.map(|it| it.expect("an entry").path());
            paths
                .filter(|it| it.extension().is_some_and(|it| it == "json"))
                .map(|it| parsed(&it))
                .collect()
        }
        Side::Highlevel => {
            let entries = fs::read_dir(folder.join("highlevel/apps")).expect("highlevel/apps");
            entries.map(|it| parsed(&it.expect("an entry").path())).collect()
        }
    }
}

/// The document that declares an operation, and the declaration.
fn declared<'d>(documents: &'d [Json], operation: &Operation) -> Option<(&'d Json, &'d Json)> {
    let method = operation.method.as_str().to_lowercase();
    documents.iter().find_map(|document| {
        let paths = document["paths"].as_object()?;
        let (_, path) = paths.iter().find(|(path, _)| same(path, operation.template))?;
        Some((document, path.get(&method)?))
    })
}

/// Whether two templates are the same but for the names of their placeholders.
fn same(one: &str, other: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let blank = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
        path.split('/').map(blank).collect()
    };
    parts(one) == parts(other)
}

fn resolved<'d>(document: &'d Json, schema: &'d Json) -> &'d Json {
    match schema["$ref"].as_str() {
        Some(at) => document.pointer(at.trim_start_matches('#')).unwrap_or(&Json::Null),
        None => schema,
    }
}

/// The parameters that stand in `place`, and whether each is required.
fn parameters(document: &Json, declared: &Json, place: &str) -> Vec<(String, bool)> {
    let all = declared["parameters"].as_array().into_iter().flatten();
    all.map(|it| resolved(document, it))
        .filter(|it| it["in"] == place)
        .map(|it| (it["name"].as_str().unwrap_or_default().to_owned(), it["required"] == true))
        .collect()
}

/// The schema of a body, in either version of the description format; nothing: none is declared.
fn body<'d>(document: &'d Json, declared: &'d Json) -> Option<&'d Json> {
    let newer = &declared["requestBody"]["content"]["application/json"]["schema"];
    if !newer.is_null() {
        return Some(resolved(document, newer));
    }
    let parameters = declared["parameters"].as_array()?;
    let older = parameters.iter().find(|it| it["in"] == "body")?;
    Some(resolved(document, &older["schema"]))
}

fn members(document: &Json, schema: &Json) -> (BTreeSet<String>, BTreeSet<String>) {
    let text = |it: &Json| it.as_str().map(str::to_owned);
    let mut names: BTreeSet<String> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.clone())
        .collect();
    let mut required: BTreeSet<String> =
        schema["required"].as_array().into_iter().flatten().filter_map(text).collect();
    for part in ["allOf", "oneOf", "anyOf"] {
        for it in schema[part].as_array().into_iter().flatten() {
            let (more, needed) = members(document, resolved(document, it));
            names.extend(more);
            if part == "allOf" {
                required.extend(needed);
            }
        }
    }
    (names, required)
}

/// What is wrong with a request.
fn complaints(request: &Request, document: &Json, declared: &Json) -> Vec<String> {
    let mut wrong = Vec::new();
    let known = parameters(document, declared, "query");
    for (name, _) in &request.query {
        if !known.iter().any(|(known, _)| known == name) {
            wrong.push(format!("query parameter `{name}`"));
        }
    }
    for (name, _) in known.iter().filter(|(_, required)| *required) {
        if !request.query.iter().any(|(sent, _)| sent == name) {
            wrong.push(format!("no query parameter `{name}`"));
        }
    }
    if !request.body.is_empty() {
        let sent: Json = serde_json::from_slice(&request.body).expect("a JSON body");
        match body(document, declared) {
            None => wrong.push("a body".to_owned()),
            Some(schema) => {
                let (names, required) = members(document, schema);
                let sent: BTreeSet<&str> =
                    sent.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                let open = names.is_empty();
                wrong.extend(
                    sent.iter()
                        .filter(|it| !open && !names.contains(**it))
                        .map(|it| format!("member `{it}`")),
                );
                wrong.extend(
                    required
                        .iter()
                        .filter(|it| !sent.contains(it.as_str()))
                        .map(|it| format!("no member `{it}`")),
                );
            }
        }
    }
    wrong
}

/// The one parameter that is sent without being declared: the answer names a next page, and no way to ask
/// for it (`upguard.md` §5).
const UNDECLARED: &str = "GET /notifications: query parameter `page_token`";

#[test]
fn everything_we_send_is_declared() {
    let Some(folder) = specs() else { return };
    let sent = feed(200, documented().to_string().as_bytes());
    let mut problems = BTreeSet::new();
    let mut checked = 0;
    for side in [Side::Upguard, Side::Highlevel] {
        let documents = documents(&folder, side);
        let operations = match side {
            Side::Upguard => upguard::operations(),
            Side::Highlevel => highlevel::operations(),
        };
        for operation in operations {
            let name = operation.name();
            let Some((document, declared)) = declared(&documents, operation) else {
                problems.insert(format!("{name}: is not declared"));
                continue;
            };
            let text = declared.to_string();
            if !text.contains(operation.permission) {
                problems.insert(format!("{name}: {} is not its permission", operation.permission));
            }
            let requests = sent.iter().filter(|it| is_of(it, operation));
            for request in requests {
                checked += 1;
                let wrong = complaints(request, document, declared);
                let wrong = wrong.into_iter().map(|it| format!("{name}: {it}"));
                problems.extend(wrong.filter(|it| it != UNDECLARED));
            }
        }
    }
    eprintln!("{checked} requests checked");
    assert!(problems.is_empty(), "{problems:#?}");
    assert!(checked > 50, "only {checked} requests were checked");
}
