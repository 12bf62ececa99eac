//! What do the two vendors publish, and does an exchange fit it? Descriptions of both formats (OpenAPI
//! 3.0, Swagger 2.0) become JSON Schemas. An object that lists its members and does not say that it is
//! open, is closed. Knows no deviation that is expected.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use concordat_connectors::Operation;
use concordat_model::Side;
use concordat_remote::{Request, Response};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::{Map, Value as Json, json};

/// The published descriptions of both systems.
pub struct Published {
    documents: Vec<(Side, Json)>,
}

/// One operation as it is published.
pub struct Declared {
    /// The scopes or the sentence that name the needed permission.
    pub grants: String,
    parameters: Vec<Parameter>,
    body: Option<(Media, Validator)>,
    answers: Vec<(u16, Option<Validator>)>,
}

/// In what a body is written.
#[derive(Clone, Copy, PartialEq)]
enum Media {
    Json,
    Form,
}

impl Media {
    const BOTH: [Media; 2] = [Media::Json, Media::Form];

    fn name(self) -> &'static str {
        match self {
            Media::Json => "application/json",
            Media::Form => "application/x-www-form-urlencoded",
        }
    }

    /// A body as its schema describes it.
    fn read(self, body: &[u8]) -> Json {
        match self {
            Media::Json => serde_json::from_slice(body).expect("a JSON body"),
            Media::Form => {
                let members = url::form_urlencoded::parse(body).into_owned();
                Json::Object(members.map(|(name, value)| (name, Json::String(value))).collect())
            }
        }
    }
}

struct Parameter {
    place: String,
    name: String,
    required: bool,
    /// The values of an array stand in one parameter, separated by commas.
    separated: bool,
    kind: Kind,
    fits: Validator,
}

/// What a text of a query stands for.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Bool,
}

impl Published {
    /// Reads every description below `folder`.
    pub fn read(folder: &Path) -> Self {
        let common = parsed(&folder.join("highlevel/common/common-schemas.json"));
        let read = |side: Side, below: &str| {
            let entries =
                fs::read_dir(folder.join(below)).unwrap_or_else(|it| panic!("{below}: {it}"));
            let paths = entries.map(|it| it.expect("an entry").path());
            let documents = paths.filter(|it| it.extension().is_some_and(|it| it == "json"));
            let documents = documents.map(|it| (side, closed(&parsed(&it))));
            documents.filter(|(_, it)| it["paths"].is_object()).collect::<Vec<_>>()
        };
        let mut documents = read(Side::Highlevel, "highlevel/apps");
        for (_, document) in &mut documents {
            document["common"] = closed(&common);
        }
        documents.extend(read(Side::Upguard, "upguard"));
        Published { documents }
    }

    /// The declaration of an operation.
    pub fn declared(&self, operation: &Operation) -> Option<Declared> {
        let method = operation.method.as_str().to_lowercase();
        let of_side = self.documents.iter().filter(|(side, _)| *side == operation.side);
        of_side.map(|(_, document)| document).find_map(|document| {
            let paths = document["paths"].as_object()?;
            let (_, path) = paths.iter().find(|(path, _)| same(path, operation.template))?;
            path.get(&method).map(|it| Declared::of(document, it))
        })
    }
}

impl Declared {
    fn of(document: &Json, declared: &Json) -> Self {
        let parameters = declared["parameters"].as_array().into_iter().flatten();
        let parameters = parameters.map(|it| resolved(document, it));
        let (bodies, parameters): (Vec<_>, Vec<_>) = parameters.partition(|it| it["in"] == "body");
        let newer = Media::BOTH.into_iter().find_map(|media| {
            let schema = &declared["requestBody"]["content"][media.name()]["schema"];
            (!schema.is_null()).then_some((media, schema))
        });
        let body = bodies.first().map(|it| (Media::Json, &it["schema"])).or(newer);
        let answers =
            declared["responses"].as_object().into_iter().flatten().map(|(status, it)| {
                let newer = &it["content"]["application/json"]["schema"];
                let schema = [newer, &it["schema"]].into_iter().find(|it| !it.is_null());
                (status.parse().unwrap_or(0), schema.map(|it| validator(document, it)))
            });
        Declared {
            grants: format!("{} {}", declared["security"], declared["description"]),
            parameters: parameters.into_iter().map(|it| Parameter::of(document, it)).collect(),
            body: body.map(|(media, it)| (media, validator(document, it))),
            answers: answers.collect(),
        }
    }

    /// What of a request is not as published.
    pub fn request(&self, request: &Request) -> BTreeSet<String> {
        let mut wrong = self.sent(&request.query, "query");
        // Credentials and media type are declared once for all operations.
        let own = |it: &&(String, String)| {
            !matches!(it.0.as_str(), "authorization" | "content-type" | "accept")
        };
        let headers: Vec<_> = request.headers.iter().filter(own).cloned().collect();
        wrong.extend(self.sent(&headers, "header"));
        match (&self.body, request.body.as_slice()) {
            (Some((_, fits)), []) if fits.is_valid(&Json::Null) => {}
            (None, []) => {}
            (Some(_), []) => drop(wrong.insert("no body".to_owned())),
            (None, _) => drop(wrong.insert("a body".to_owned())),
            (Some((media, fits)), body) => {
                let said = request.headers.iter().find(|(name, _)| name == "content-type");
                if said.is_none_or(|(_, said)| said != media.name()) {
                    wrong.insert("header content-type: is another".to_owned());
                }
                wrong.extend(complaints("body", fits, &media.read(body)));
            }
        }
        wrong
    }

    /// The parameters at `place` that may not be left out.
    pub fn required<'a>(&'a self, place: &'a str) -> impl Iterator<Item = &'a str> {
        let all = self.parameters.iter().filter(move |it| it.place == place && it.required);
        all.map(|it| it.name.as_str())
    }

    /// Whether the body of a request may hold only what is listed.
    pub fn closes_body(&self, request: &Request) -> bool {
        !request.body.is_empty()
            && self.body.as_ref().is_some_and(|(_, it)| !it.is_valid(&json!("x")))
    }

    /// Whether the body of a request is a form.
    pub fn takes_form(&self) -> bool {
        self.body.as_ref().is_some_and(|(media, _)| *media == Media::Form)
    }

    /// Whether it is said what an answer with this status holds.
    pub fn describes(&self, status: u16) -> bool {
        self.answers.iter().any(|(known, fits)| *known == status && fits.is_some())
    }

    fn sent(&self, sent: &[(String, String)], place: &str) -> BTreeSet<String> {
        let mut wrong = BTreeSet::new();
        let known = || self.parameters.iter().filter(|it| it.place == place);
        for (name, value) in sent {
            match known().find(|it| it.name.eq_ignore_ascii_case(name)) {
                None => drop(wrong.insert(format!("{place} {name}: not declared"))),
                Some(it) => {
                    wrong.extend(complaints(&format!("{place} {name}"), &it.fits, &it.value(value)))
                }
            }
        }
        for it in known().filter(|it| it.required) {
            if !sent.iter().any(|(name, _)| it.name.eq_ignore_ascii_case(name)) {
                wrong.insert(format!("{place} {}: missing", it.name));
            }
        }
        wrong
    }

    /// What of an answer is not as published.
    pub fn answer(&self, answer: &Response) -> BTreeSet<String> {
        let status = answer.status;
        let declared = self.answers.iter().find(|(known, _)| *known == status);
        match declared.map(|(_, fits)| fits) {
            None => [format!("{status}: not declared")].into(),
            Some(None) => BTreeSet::new(),
            Some(Some(fits)) => match serde_json::from_slice(&answer.body) {
                Ok(body) => complaints(&status.to_string(), fits, &body),
                Err(_) => [format!("{status}: no JSON")].into(),
            },
        }
    }
}

impl Parameter {
    fn of(document: &Json, declared: &Json) -> Self {
        let text = |it: &Json| it.as_str().unwrap_or_default().to_owned();
        // Swagger keeps the schema of a parameter in the parameter.
        let schema = match &declared["schema"] {
            Json::Null => declared,
            schema => resolved(document, schema),
        };
        let list = schema["type"] == "array";
        let single = if list { &schema["items"] } else { schema };
        let kind = match single["type"].as_str() {
            Some("integer" | "number") => Kind::Number,
            Some("boolean") => Kind::Bool,
            Some(_) | None => Kind::Text,
        };
        let separated = list && declared["collectionFormat"] != "multi";
        let kept = ["type", "enum", "minimum", "maximum", "items", "pattern", "maxLength"];
        let members =
            kept.into_iter().filter_map(|it| Some((it.to_owned(), schema.get(it)?.clone())));
        let schema = Json::Object(members.collect());
        let schema = if list && !separated { schema["items"].clone() } else { schema };
        Parameter {
            place: text(&declared["in"]),
            name: text(&declared["name"]),
            required: declared["required"] == true,
            separated,
            kind,
            fits: validator(document, &schema),
        }
    }

    fn value(&self, text: &str) -> Json {
        if self.separated {
            let items = text.split(',').filter(|it| !it.is_empty());
            return items.map(|it| self.kind.value(it)).collect();
        }
        self.kind.value(text)
    }
}

impl Kind {
    fn value(self, text: &str) -> Json {
        let parsed = || serde_json::from_str(text).unwrap_or_else(|_| json!(text));
        match self {
            Kind::Text => json!(text),
            Kind::Number | Kind::Bool => parsed(),
        }
    }
}

fn parsed(path: &Path) -> Json {
    let text = fs::read_to_string(path);
    let text = text.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether two templates are the same but for the names of their placeholders.
fn same(one: &str, other: &str) -> bool {
    let blank = |part: &str| if part.starts_with('{') { "{}" } else { part }.to_owned();
    one.split('/').map(blank).eq(other.split('/').map(blank))
}

fn resolved<'d>(document: &'d Json, schema: &'d Json) -> &'d Json {
    match schema["$ref"].as_str() {
        Some(at) => document.pointer(at.trim_start_matches('#')).unwrap_or(&Json::Null),
        None => schema,
    }
}

/// A document in which every schema is a JSON Schema of draft 4: what may be null says so in its type,
/// references stay inside, and what lists its members is closed.
fn closed(published: &Json) -> Json {
    match published {
        Json::Array(items) => items.iter().map(closed).collect(),
        Json::Object(members) => {
            let mut made: Map<String, Json> =
                members.iter().map(|(name, it)| (name.clone(), closed(it))).collect();
            if let Some(at) = members.get("$ref").and_then(Json::as_str) {
                let at = at.replace("../common/common-schemas.json#", "#/common");
                made.insert("$ref".into(), json!(at));
            }
            if members.get("nullable") == Some(&json!(true))
                && let Some(kind) = members.get("type").and_then(Json::as_str)
            {
                made.insert("type".into(), json!([kind, "null"]));
            }
            let lists = members.get("properties").is_some_and(Json::is_object);
            if lists && !members.contains_key("additionalProperties") {
                made.insert("additionalProperties".into(), json!(false));
            }
            Json::Object(made)
        }
        other => other.clone(),
    }
}

fn validator(document: &Json, schema: &Json) -> Validator {
    let mut root = json!({"allOf": [schema]});
    for part in ["components", "definitions", "common"] {
        if let Some(it) = document.get(part) {
            root[part] = it.clone();
        }
    }
    let made =
        jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true).build(&root);
    made.unwrap_or_else(|error| panic!("{schema}: {error}"))
}

/// Where and how something does not fit, without what it says.
fn complaints(place: &str, fits: &Validator, value: &Json) -> BTreeSet<String> {
    fits.iter_errors(value).flat_map(|it| told(place, &it)).collect()
}

fn told(place: &str, error: &ValidationError<'_>) -> Vec<String> {
    let path = error.instance_path().to_string();
    let parts = path.split('/').map(|it| if it.parse::<usize>().is_ok() { "*" } else { it });
    let at = format!("{place}{}", parts.collect::<Vec<_>>().join("/"));
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().map(|it| format!("{at}/{it}: not declared")).collect()
        }
        ValidationErrorKind::Required { property } => {
            vec![format!("{at}/{}: missing", property.as_str().unwrap_or_default())]
        }
        ValidationErrorKind::Type { .. } => vec![format!("{at}: is {}", kind(error.instance()))],
        other => vec![format!("{at}: {}", other.keyword())],
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
