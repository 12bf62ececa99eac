//! `completions` and `man`: what a shell and a manual know of the command line. Both are made from the
//! same definition that reads it, and printed on stdout.

use crate::args::CompletionsArgs;
use crate::code::Code;
use crate::examples;
use crate::failure::{Exit, Failure};
use crate::shell::Shell;

/// Prints the completions of one shell.
pub fn run(args: &CompletionsArgs, shell: &Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut examples::command(), "concordat", &mut script);
    print(&script, shell)
}

/// Prints the manual page: the program, then every command.
pub fn man(shell: &Shell) -> Result<Exit, Failure> {
    print(&manual().map_err(failed)?, shell)
}

/// The manual page as troff.
fn manual() -> std::io::Result<Vec<u8>> {
    let mut program = examples::command().disable_help_subcommand(true);
    program.build();
    let mut page = Vec::new();
    let whole = clap_mangen::Man::new(program.clone());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    commands(&program, &mut page)?;
    Ok(page)
}

/// One section for each command and each of its own commands.
fn commands(of: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    for command in of.get_subcommands().filter(|it| !it.is_hide_set()) {
        let mut name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
        name.make_ascii_uppercase();
        // What every command takes is told once, in front.
        let own = command.clone().mut_args(|it| {
            let told = it.is_global_set() || it.get_id() == "help";
            it.hide(told)
        });
        let own = clap_mangen::Man::new(own);
        let mut part = Vec::new();
        own.render_description_section(&mut part)?;
        part.extend_from_slice(examples(command).as_bytes());
        own.render_options_section(&mut part)?;
        let part = String::from_utf8_lossy(&part);
        let part = part.replace(".SH DESCRIPTION", &format!(".SH \"{name}\""));
        page.extend_from_slice(part.replace(".SH OPTIONS", ".SS Options").as_bytes());
        commands(command, page)?;
    }
    Ok(())
}

/// The examples of a command, as they are typed.
fn examples(command: &clap::Command) -> String {
    let text = command.get_before_help().map(ToString::to_string).unwrap_or_default();
    let line = |line: &str| format!("\\&{}\n", line.replace('\\', "\\\\"));
    format!(".PP\n.nf\n{}.fi\n", text.lines().map(line).collect::<String>())
}

fn print(text: &[u8], shell: &Shell) -> Result<Exit, Failure> {
    shell.print(text)?;
    Ok(Exit::Ok)
}

fn failed(error: std::io::Error) -> Failure {
    Failure::new(Code::System, format!("the manual cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use clap_complete::Shell as Target;

    use super::*;

    #[test]
    fn the_manual_has_every_command_and_its_examples() {
        let page = String::from_utf8(manual().unwrap()).unwrap();
        for name in ["RECONCILE", "CONFLICTS RESOLVE", "RUNS SHOW", "EXPLAIN"] {
            assert!(page.contains(&format!(".SH \"CONCORDAT {name}\"")), "{name} is missing");
        }
        assert!(page.contains("concordat explain 100038.phone"), "an example is missing");
        assert_eq!(page.matches("state\\-dir\\fR \\fI").count(), 1, "told once");
    }

    #[test]
    fn every_shell_can_be_completed() {
        for shell in [Target::Bash, Target::Zsh, Target::Fish, Target::Elvish, Target::PowerShell] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut examples::command(), "concordat", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("reconcile") && script.contains("explain"), "{shell}");
        }
    }
}
