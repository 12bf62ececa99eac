//! `compare`: what differs between two exports, row by row and field by field. Needs neither configuration nor
//! network.

use std::fs::File;
use std::io;
use std::path::Path;

use concordat_compare::{Age, Both, Flaw, Form, compare};
use concordat_report::{Compared, Format, Mask, compared_text};

use crate::args::CompareArgs;
use crate::code::Code;
use crate::failure::{Exit, Failure, Place};
use crate::shell::Shell;

/// Compares two files.
pub fn run(args: &CompareArgs, shell: &Shell) -> Result<Exit, Failure> {
    args.reports.check_of_no_pair(&[&args.old, &args.new])?;
    let names = [&args.old, &args.new].map(|it| it.display().to_string());
    let wrong = |flaw| failure(flaw, &names);
    let files = Both { old: open(&args.old)?, new: open(&args.new)? };
    let form = args.form.map_or_else(|| form(args, &files), Ok)?;
    let comparison = compare(files, form, &args.key).map_err(wrong)?;
    let compared = Compared {
        names: Both { old: &names[0], new: &names[1] },
        form,
        key: &args.key,
        comparison: &comparison,
    };
    shell.say(&compared_text(&compared, shell.paint(), Mask::Reveal).map_err(wrong)?)?;
    shell.document(|out| compared.write(Format::Json, Mask::Reveal, out))?;
    args.reports.write_each(|format, mask, to| compared.write(format, mask, to))?;
    let totals = comparison.totals;
    let differs = totals.rows.old != totals.equal || totals.rows.new != totals.equal;
    Ok(if args.detailed_exitcode && differs { Exit::Pending } else { Exit::Ok })
}

/// The form of both.
fn form(args: &CompareArgs, files: &Both<File>) -> Result<Form, Failure> {
    let form = |file, path: &Path| Form::of(file).map_err(|error| unreadable(path, &error));
    match (form(&files.old, &args.old)?, form(&files.new, &args.new)?) {
        (Some(old), Some(new)) if old != new => {
            let says = format!(
                "{} is {}, and {} is {}",
                args.old.display(),
                old.name(),
                args.new.display(),
                new.name()
            );
            Err(Failure::new(Code::NotComparable, says)
                .hint("compare exports of one form, or say with --form what both are"))
        }
        (Some(form), _) | (None, Some(form)) => Ok(form),
        (None, None) => Ok(Form::Csv),
    }
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let says = format!("{} cannot be read: {error}", path.display());
    Failure::new(Code::NotComparable, says)
        .hint("name two files: CSV, or JSON lines; what comes through a pipe has to be saved first")
}

fn failure(flaw: Flaw, [old, new]: &[String; 2]) -> Failure {
    let file = match flaw.place.age {
        Age::Old => old,
        Age::New => new,
    };
    let place = Place { line: flaw.place.line, ..Place::file(file) };
    let failure = Failure::new(Code::NotComparable, flaw.fault.says).at(place);
    match flaw.fault.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
