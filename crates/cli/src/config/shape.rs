//! Is the file shaped as the schema says? Every unknown key, missing key and value of the wrong kind
//! in one pass, each with its place, where serde would stop at the first and quote what it found.

use std::ops::Range;

use concordat_mapping::{Expression, nearest};
use serde_json::Value as Json;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::document::{KeyPath, Problem};
use super::secret::{self, INSTEAD};
use super::values::{Address, Span};

/// Everything about `root` that `schema` (of the configuration) does not allow.
pub(super) fn check(root: &DeTable<'_>, schema: &Json) -> Vec<Problem> {
    let mut walk = Walk { schema, problems: Vec::new() };
    walk.table(&mut Vec::new(), None, root, walk.resolved(schema));
    walk.problems
}

struct Walk<'s> {
    schema: &'s Json,
    problems: Vec<Problem>,
}

/// What a part of the schema asks for.
enum Shape<'s> {
    Table(&'s Json),
    List(&'s Json),
    Secret(&'s Json),
    Word(Vec<&'s str>),
    Text(Option<&'s str>),
    Number {
        min: i64,
    },
    /// Text or a whole number.
    Cell,
    Flag,
    Anything,
}

impl<'s> Walk<'s> {
    /// The schema behind a reference; for something that may be left out, what it is if not.
    fn resolved(&self, schema: &'s Json) -> &'s Json {
        let reference = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
        if let Some(target) = reference.and_then(|it| self.schema.pointer(it)) {
            return self.resolved(target);
        }
        let choices = schema["anyOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        match choices.iter().find(|it| it["type"] != "null") {
            Some(choice) => self.resolved(choice),
            None => schema,
        }
    }

    fn shape(&self, schema: &'s Json) -> Shape<'s> {
        let schema = self.resolved(schema);
        let choices = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        if choices.iter().any(|it| it["properties"].is_object()) {
            return Shape::Secret(schema);
        }
        let consts = choices.iter().filter_map(|it| it["const"].as_str());
        let listed = [schema].into_iter().chain(choices).filter_map(|it| it["enum"].as_array());
        let words: Vec<&str> = consts.chain(listed.flatten().filter_map(Json::as_str)).collect();
        if !words.is_empty() {
            return Shape::Word(words);
        }
        let kinds = schema["type"].as_array().map(Vec::as_slice).unwrap_or_default();
        let takes = |kind: &str| kinds.iter().any(|it| it == kind);
        if takes("string") && takes("integer") {
            return Shape::Cell;
        }
        let kind = kinds.iter().find(|it| *it != "null").unwrap_or(&schema["type"]);
        match kind.as_str() {
            Some("object") => Shape::Table(schema),
            Some("array") => Shape::List(&schema["items"]),
            Some("string") => Shape::Text(schema["format"].as_str()),
            Some("integer") => {
                Shape::Number { min: schema["minimum"].as_i64().unwrap_or(i64::MIN) }
            }
            Some("boolean") => Shape::Flag,
            Some(_) | None => Shape::Anything,
        }
    }

    fn value(&mut self, path: &mut KeyPath, value: &Spanned<DeValue<'_>>, schema: &'s Json) {
        let at = value.span();
        match (self.shape(schema), value.get_ref()) {
            (Shape::Table(schema), DeValue::Table(table)) => {
                self.table(path, Some(at), table, schema);
            }
            (Shape::List(items), DeValue::Array(values)) => {
                for (number, item) in values.iter().enumerate() {
                    path.push(number.to_string());
                    self.value(path, item, items);
                    path.pop();
                }
            }
            (Shape::Secret(schema), value) => self.secret(path, at, value, schema),
            (Shape::Word(words), DeValue::String(text)) => {
                if !words.contains(&text.as_ref()) {
                    let hint = match nearest(text, words.iter().copied()) {
                        Some(word) => format!("did you mean \"{word}\"?"),
                        None => format!("one of {}", quoted(&words)),
                    };
                    self.report("this is none of its values".into(), Some(hint), at, true);
                }
            }
            (Shape::Text(format), DeValue::String(text)) => {
                if let Err(says) = formatted(format, text) {
                    self.report(says, None, at, false);
                }
            }
            (Shape::Number { min }, DeValue::Integer(number)) => match integer(number) {
                Some(number) if number >= min => {}
                Some(_) | None => {
                    let says = format!("this must be a whole number, {min} or more");
                    self.report(says, None, at, true);
                }
            },
            (Shape::Cell, DeValue::String(_) | DeValue::Integer(_))
            | (Shape::Flag, DeValue::Boolean(_))
            | (Shape::Anything, _) => {}
            (shape, value) => self.mismatch(path, at, &shape, value),
        }
    }

    fn mismatch(&mut self, path: &KeyPath, at: Range<usize>, shape: &Shape, value: &DeValue<'_>) {
        let expected = match shape {
            Shape::Table(_) | Shape::Secret(_) => "a table",
            Shape::List(_) => "an array: [\"…\", \"…\"]",
            Shape::Word(_) | Shape::Text(_) => "text in quotes",
            Shape::Number { .. } => "a whole number",
            Shape::Cell => "text in quotes, or a whole number",
            Shape::Flag => "true or false",
            Shape::Anything => "something else",
        };
        let found = match value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let says = format!("{} must be {expected}, not {found}", path.join("."));
        let harmless = !matches!(value, DeValue::String(_));
        self.report(says, None, at, harmless);
    }

    fn table(
        &mut self,
        path: &mut KeyPath,
        at: Option<Range<usize>>,
        table: &DeTable<'_>,
        schema: &'s Json,
    ) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let others = &schema["additionalProperties"];
            path.push(name.to_owned());
            match schema["properties"].get(name) {
                Some(schema) => self.value(path, value, schema),
                None if others.is_object() => self.value(path, value, others),
                None => self.unknown(path, key.span(), schema),
            }
            path.pop();
        }
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        for name in required.iter().filter_map(Json::as_str) {
            if !table.contains_key(name) {
                let about = self.about(&schema["properties"][name]);
                let says = match path.as_slice() {
                    [] => format!("the table [{name}] is missing"),
                    path => format!("[{}] has no {name}", path.join(".")),
                };
                self.problems.push(Problem {
                    message: says,
                    hint: about,
                    at: at.clone(),
                    shown: false,
                });
            }
        }
    }

    fn unknown(&mut self, path: &KeyPath, at: Range<usize>, schema: &'s Json) {
        let Some((name, table)) = path.split_last() else { return };
        let known: Vec<&str> = schema["properties"]
            .as_object()
            .map_or(Vec::new(), |it| it.keys().map(String::as_str).collect());
        let elsewhere = self.tables_with(name);
        let hint = match (nearest(name, known.iter().copied()), elsewhere.as_slice()) {
            (_, [table]) => format!("{name} belongs to [{table}]"),
            (Some(near), _) => format!("did you mean {near}?"),
            (None, _) => format!("there are {}", known.join(", ")),
        };
        let says = match table {
            [] => format!("there is no key or table {name} at the top of the file"),
            table => format!("there is no key {name} in [{}]", table.join(".")),
        };
        self.report(says, Some(hint), at, true);
    }

    fn secret(
        &mut self,
        path: &mut KeyPath,
        at: Range<usize>,
        value: &DeValue<'_>,
        schema: &'s Json,
    ) {
        let choices = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        let DeValue::Table(table) = value else {
            let says = format!("{}: secrets never stand in the configuration", path.join("."));
            return self.report(says, Some(INSTEAD.into()), at, false);
        };
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            path.push(name.to_owned());
            match choices.iter().find_map(|it| it["properties"].get(name)) {
                Some(schema) => self.value(path, value, schema),
                None => {
                    let says = format!("a secret cannot be kept in {name:?}");
                    self.report(says, Some(INSTEAD.into()), key.span(), true);
                }
            }
            path.pop();
        }
        if table.len() != 1 {
            let says = format!("{} must name one place, not {}", path.join("."), table.len());
            self.report(says, Some(INSTEAD.into()), at, false);
        }
    }

    /// The tables in which a key of this name would be right.
    fn tables_with(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.search(self.schema, name, &mut Vec::new(), &mut found);
        found
    }

    fn search(&self, schema: &'s Json, name: &str, path: &mut KeyPath, found: &mut Vec<String>) {
        let schema = self.resolved(schema);
        let Some(properties) = schema["properties"].as_object() else { return };
        if properties.contains_key(name) && !path.is_empty() {
            found.push(path.join("."));
        }
        for (key, schema) in properties {
            path.push(key.clone());
            self.search(schema, name, path, found);
            path.pop();
        }
    }

    /// What the schema says a key is for.
    fn about(&self, schema: &'s Json) -> Option<String> {
        let says = schema["description"].as_str().or(self.resolved(schema)["description"].as_str());
        says.map(|it| it.replace('\n', " "))
    }

    fn report(&mut self, message: String, hint: Option<String>, at: Range<usize>, shown: bool) {
        self.problems.push(Problem { message, hint, at: Some(at), shown });
    }
}

fn formatted(format: Option<&str>, text: &str) -> Result<(), String> {
    match format {
        Some("uri") => text.parse::<Address>().map(drop),
        Some("expression") => text.parse::<Expression>().map(drop),
        Some("span") => text.parse::<Span>().map(drop),
        Some("environment-variable") => secret::variable_name(text),
        Some("credential") => secret::credential_name(text),
        Some(_) | None => Ok(()),
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ")
}
