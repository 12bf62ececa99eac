//! What does concordat go by, and where was it said? Every setting with its origin; and the JSON
//! Schema of the file.
//!
//! Secrets are shown as the place they are kept in; nothing here reads them.

use std::fmt;
use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::document::KeyPath;
use super::file::Config;
use super::{Loaded, StateDir, StateOrigin};
use crate::code::Code;
use crate::failure::Failure;

/// Where a setting was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// In this line of the file.
    File {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// Nowhere.
    Default,
    /// By a flag or a variable, named here.
    Given(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { file, line } => write!(f, "{file}:{line}"),
            Origin::Default => f.write_str("default"),
            Origin::Given(by) => f.write_str(by),
        }
    }
}

/// One setting as it is in force.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Setting {
    /// The key, name by name.
    pub key: Vec<String>,
    /// Its value, as in the file.
    pub value: Json,
    /// Where it was said.
    pub origin: Origin,
}

/// Every setting in force, the keys of a table before the tables in it.
///
/// # Errors
/// A path that is not UTF-8 cannot be shown.
pub fn show(loaded: &Loaded, state: &StateDir) -> Result<Vec<Setting>, Failure> {
    let mut config = loaded.config.clone();
    config.state.dir = Some(state.path.clone());
    let tree = serde_json::to_value(&config).map_err(|error| {
        Failure::new(Code::Unforeseen, format!("this cannot be shown: {error}"))
    })?;
    let mut settings = Vec::new();
    flatten(tree, &mut Vec::new(), &mut |key, value| {
        let origin = match (key.join(".").as_str(), state.origin) {
            ("state.dir", StateOrigin::Flag | StateOrigin::Systemd) => {
                Origin::Given(state.origin.to_string())
            }
            (_, _) => origin(loaded, &key),
        };
        settings.push(Setting { key, value, origin });
    });
    Ok(settings)
}

fn origin(loaded: &Loaded, key: &[String]) -> Origin {
    match loaded.document.spot(key) {
        None => Origin::Default,
        Some(spot) => Origin::File {
            file: loaded.path().display().to_string(),
            line: loaded.document.line(spot.key.start),
        },
    }
}

/// A table whose one key names a place is a secret's source: a single value.
fn is_table(path: &[String], value: &Json) -> bool {
    let names = ["api_key", "token", "client_id", "client_secret"];
    let secret = matches!(path, [_, .., last] if names.contains(&last.as_str()));
    value.is_object() && !secret
}

fn flatten(tree: Json, path: &mut KeyPath, out: &mut impl FnMut(KeyPath, Json)) {
    let Json::Object(entries) = tree else { return };
    let mut tables = Vec::new();
    for (name, value) in entries {
        path.push(name);
        if is_table(path, &value) {
            tables.push((path.last().cloned().unwrap_or_default(), value));
        } else {
            out(path.clone(), value);
        }
        path.pop();
    }
    for (name, table) in tables {
        path.push(name);
        flatten(table, path, out);
        path.pop();
    }
}

/// Writes the settings as a configuration that says the same; with `origins`, each with a remark
/// where it was said.
///
/// # Errors
/// What the writer says.
pub fn write_toml(settings: &[Setting], origins: bool, to: &mut dyn Write) -> io::Result<()> {
    let mut open: &[String] = &[];
    for setting in settings {
        let Some((name, table)) = setting.key.split_last() else { continue };
        if table != open {
            let header: Vec<String> = table.iter().map(|it| bare_or_quoted(it)).collect();
            writeln!(to, "\n[{}]", header.join("."))?;
            open = table;
        }
        let value = toml::Value::try_from(&setting.value).map_err(io::Error::other)?;
        write!(to, "{} = {value}", bare_or_quoted(name))?;
        match origins {
            true => writeln!(to, "  # {}", setting.origin)?,
            false => writeln!(to)?,
        }
    }
    Ok(())
}

/// A key as TOML takes it.
fn bare_or_quoted(name: &str) -> String {
    let bare = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        toml::Value::from(name).to_string()
    }
}

/// The JSON Schema of the configuration.
pub(super) fn schema() -> Json {
    schemars::schema_for!(Config).to_value()
}

/// The JSON Schema of the configuration, as `config schema` prints it.
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::load::tests::{MINIMAL, loaded};
    use crate::config::read;
    use crate::config::surroundings::tests::machine;

    fn shown(loaded: &Loaded, origins: bool) -> String {
        let around = machine(Path::new("/r"), &[]);
        let state = StateDir::resolve(None, Some(loaded), &around).unwrap();
        let mut bytes = Vec::new();
        write_toml(&show(loaded, &state).unwrap(), origins, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_shown_says_the_same_when_read() {
        let text = format!(
            "{MINIMAL}[mapping.vendors.attributes]\nphone = \"Main \\\"phone\\\"\"\n\
             [mapping.vendors.fields.phone]\nrule = \"hold\"\n\
             [guards]\ncanaries = [{{ side = \"highlevel\", entity = \"contact\", id = \"c1\" }}]\n\
             [limits]\nrequests_per_run = 500\n[[pair]]\nid = \"eu\"\ntoken = {{ env = \"EU\" }}\n"
        );
        let first = loaded(&text);
        let again = read("/etc/concordat.toml".into(), shown(&first, true)).unwrap();
        let mut expected = first.config.clone();
        expected.state.dir = Some("/r/home/.local/state/concordat".into());
        assert_eq!(again.config, expected);
    }

    #[test]
    fn every_setting_names_its_origin() {
        let text = shown(&loaded(MINIMAL), true);
        for line in [
            "api_key = { env = \"UPGUARD_API_KEY\" }  # /etc/concordat.toml:2",
            "location_id = \"loc1\"  # /etc/concordat.toml:5",
            "max_age = \"24h\"  # default",
            "dir = \"/r/home/.local/state/concordat\"  # default",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let unexplained = |it: &&str| it.contains(" = ") && !it.contains("  # ");
        assert_eq!(text.lines().find(unexplained), None);
        assert!(!shown(&loaded(MINIMAL), false).contains('#'));
    }

    #[test]
    fn the_committed_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/config.json");
        if std::env::var_os("CONCORDAT_BLESS").is_some() {
            std::fs::write(path, schema_text()).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == schema_text(), "run this test with CONCORDAT_BLESS=1 and commit");
    }
}
