//! `init`: asks for keys and location, tries them, and writes an annotated configuration. Never
//! overwrites one.

use std::path::{Path, PathBuf};

use concordat_model::Side;
use inquire::Text;

use crate::args::InitArgs;
use crate::code::Code;
use crate::config::file::{HIGHLEVEL_URL, UPGUARD_URL};
use crate::config::{Address, Answers, Surroundings, read, template};
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::shell::{Shell, write_file};

/// Asks for what the flags do not say, and writes the file.
pub async fn run(args: &InitArgs, shell: &Shell) -> Result<Exit, Failure> {
    if args.out.exists() {
        return Err(Failure::new(Code::Exists, format!("{} exists already", args.out.display()))
            .hint("it is left as it is; choose another name with --out FILE"));
    }
    let answers = answers(args, shell)?;
    let text = template::text(&answers);
    if !args.no_check {
        check(&args.out, &text, shell).await?;
    }
    write_file(&args.out, false, |to| to.write_all(text.as_bytes()))?;
    shell.say(&format!(
        "{} is written. Next:\n  concordat doctor     checks everything\n  concordat plan       \
         shows what would be done; it writes to neither system",
        args.out.display()
    ))?;
    Ok(Exit::Ok)
}

fn answers(args: &InitArgs, shell: &Shell) -> Result<Answers, Failure> {
    let ask = |given: &Option<String>, flag: &str, question: &str, usual: &str| {
        ask(given.as_deref(), flag, question, usual, shell)
    };
    let address = |text: String| {
        text.parse::<Address>().map_err(|error| Failure::usage(format!("{text}: {error}")))
    };
    let upguard = ask(&args.upguard_url, "--upguard-url", "UpGuard's base address", UPGUARD_URL)?;
    let key = ask(
        &args.upguard_key_env,
        "--upguard-key-env",
        "Environment variable that holds the UpGuard API key",
        "UPGUARD_API_KEY",
    )?;
    let highlevel =
        ask(&args.highlevel_url, "--highlevel-url", "HighLevel's base address", HIGHLEVEL_URL)?;
    let token = ask(
        &args.highlevel_token_env,
        "--highlevel-token-env",
        "Environment variable that holds the HighLevel private integration token",
        "HIGHLEVEL_TOKEN",
    )?;
    let location = ask(&args.location, "--location", "HighLevel location id", "")?;
    if location.trim().is_empty() {
        return Err(Failure::usage("a HighLevel location id is needed")
            .hint("it stands in the address of the location's pages: /location/ID/…"));
    }
    Ok(Answers {
        upguard_base_url: address(upguard)?,
        api_key_env: key,
        highlevel_base_url: address(highlevel)?,
        token_env: token,
        location_id: location.trim().to_owned(),
    })
}

/// A flag's value, else an answer, else what is usual.
fn ask(
    given: Option<&str>,
    flag: &str,
    question: &str,
    usual: &str,
    shell: &Shell,
) -> Result<String, Failure> {
    match given {
        Some(given) => Ok(given.to_owned()),
        None if shell.may_ask => {
            Text::new(question).with_default(usual).prompt().map_err(|error| {
                Failure::new(Code::Interrupted, format!("no answer: {error}"))
                    .hint(format!("{flag} answers it beforehand"))
            })
        }
        None if usual.is_empty() => Err(Failure::usage(format!("{flag} is missing"))
            .hint("without a terminal nothing can be asked")),
        None => Ok(usual.to_owned()),
    }
}

/// Tries the credentials before anything is written.
async fn check(out: &Path, text: &str, shell: &Shell) -> Result<(), Failure> {
    let loaded = read(PathBuf::from(out), text.to_owned())?;
    let session = Session::of(loaded, Surroundings::of_process())?;
    let remotes = session.remotes().map_err(unchecked)?;
    for side in Side::BOTH {
        let tenant = remotes[side].tenant().await.map_err(|failure| unchecked(failure.into()))?;
        shell.note(&format!("{side} opens {} ({})", tenant.name, tenant.id));
    }
    Ok(())
}

fn unchecked(failure: Failure) -> Failure {
    match failure.hint {
        Some(_) => failure,
        None => failure.hint("--no-check writes the configuration without trying the keys"),
    }
}
