//! `config`: is it right, what is in force and who said so, and what may be said?

use std::io::Write;

use concordat_report::write_json;

use crate::args::{Cli, ConfigCommand};
use crate::code::Code;
use crate::config::{Checked, schema_text, show};
use crate::documents::{SCHEMA_VERSION, SettingsDocument};
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::shell::Shell;

/// Checks, shows or describes.
pub fn run(command: &ConfigCommand, cli: &Cli, shell: &Shell) -> Result<Exit, Failure> {
    match command {
        ConfigCommand::Check => {
            let checked = Checked::of(Pairs::load(cli)?.any().loaded());
            shell.say(&text(|to| checked.write_text(to))?)?;
            shell.document(|out| write_json(&checked, out))?;
        }
        ConfigCommand::Show { origin } => {
            let pairs = Pairs::load(cli)?;
            let session = pairs.any();
            let settings = show(session.loaded(), session.state())?;
            shell.say(&text(|to| crate::config::show::write_toml(&settings, *origin, to))?)?;
            let document = SettingsDocument { schema_version: SCHEMA_VERSION, settings };
            shell.document(|out| write_json(&document, out))?;
        }
        ConfigCommand::Schema => {
            shell.say(&schema_text())?;
            shell.document(|out| out.write_all(schema_text().as_bytes()))?;
        }
    }
    Ok(Exit::Ok)
}

fn text(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    write(&mut bytes).map_err(|error| {
        Failure::new(Code::Unforeseen, format!("this cannot be shown: {error}"))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
