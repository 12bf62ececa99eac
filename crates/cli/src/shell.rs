//! How does the program speak? Results on stdout, everything else on stderr; a document instead of
//! text with `--json`; colour and progress only where a person looks.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use concordat_engine::Progress;
use concordat_model::PairId;
use concordat_report::Paint;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::args::{Cli, Colour};
use crate::code::Code;
use crate::failure::{Exit, Failure};

/// The width of text that does not go to a terminal, in columns.
const WIDTH: usize = 100;

/// Where the program speaks.
pub struct Shell {
    /// Whether stdout carries one JSON document.
    pub json: bool,
    /// Whether anything may be asked.
    pub may_ask: bool,
    quiet: bool,
    colour: bool,
    width: usize,
    bars: Option<Bars>,
    among: Option<Among>,
}

/// One pair of several, while it speaks.
struct Among {
    pair: PairId,
    /// Whether its heading was printed.
    headed: AtomicBool,
    /// What would be its document, if it spoke alone.
    document: Mutex<Option<Value>>,
}

struct Bars {
    all: MultiProgress,
    sides: Mutex<concordat_model::Sides<Option<ProgressBar>>>,
    push: Mutex<Option<ProgressBar>>,
}

impl Shell {
    /// As the command line asks.
    pub fn new(cli: &Cli) -> Shell {
        let stdout = io::stdout().is_terminal();
        let colour = match cli.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => stdout && std::env::var_os("NO_COLOR").is_none(),
        };
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let shows_progress = io::stderr().is_terminal() && !cli.quiet && !cli.json;
        Shell {
            json: cli.json,
            may_ask: !cli.no_input && io::stdin().is_terminal() && stdout,
            quiet: cli.quiet,
            colour,
            width: width.filter(|_| stdout).unwrap_or(WIDTH).clamp(60, 140),
            bars: shows_progress.then(Bars::new),
            among: None,
        }
    }

    /// The same for one pair of several: it speaks under a heading of its own, its remarks begin with
    /// its name, and its document is kept to become a part of theirs.
    pub fn among(&self, pair: &PairId) -> Shell {
        let (headed, document) = (AtomicBool::new(false), Mutex::default());
        Shell {
            json: self.json,
            may_ask: self.may_ask,
            quiet: self.quiet,
            colour: self.colour,
            width: self.width,
            bars: self.bars.is_some().then(Bars::new),
            among: Some(Among { pair: pair.clone(), headed, document }),
        }
    }

    /// The document of one pair of several, if it has said one.
    pub fn kept(self) -> Option<Value> {
        let kept = self.among?.document.into_inner();
        kept.unwrap_or_else(|held| held.into_inner())
    }

    /// How text looks.
    pub fn paint(&self) -> Paint {
        Paint { colour: self.colour, width: self.width }
    }

    /// Says a result: nothing with `--json`.
    pub fn say(&self, text: &str) -> Result<(), Failure> {
        if self.json {
            return Ok(());
        }
        let heading = self.among.as_ref().filter(|it| !it.headed.swap(true, Ordering::Relaxed));
        write_out(|out| {
            if let Some(Among { pair, .. }) = heading {
                writeln!(out, "\n━━ {pair} ━━\n")?;
            }
            out.write_all(text.as_bytes())?;
            if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }
        })
    }

    /// Prints what is meant for another program, whether or not there is `--json`.
    pub fn print(&self, text: &[u8]) -> Result<(), Failure> {
        write_out(|out| out.write_all(text))
    }

    /// Says how something went: with `--quiet` only if it did not go well, so that cron mails what a
    /// person should read and nothing else.
    pub fn report(&self, text: &str, exit: Exit) -> Result<(), Failure> {
        if self.quiet && exit == Exit::Ok { Ok(()) } else { self.say(text) }
    }

    /// Says the one document of `--json`: nothing otherwise.
    pub fn document(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        match &self.among {
            _ if !self.json => Ok(()),
            None => write_out(write),
            Some(among) => {
                let mut bytes = Vec::new();
                let value = write(&mut bytes)
                    .and_then(|()| serde_json::from_slice(&bytes).map_err(io::Error::from))
                    .map_err(|error| Failure::new(Code::Unforeseen, error.to_string()))?;
                *among.document.lock().unwrap_or_else(|held| held.into_inner()) = Some(value);
                Ok(())
            }
        }
    }

    /// Says something beside the result, on stderr.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// Says something a person must know even in a quiet run, on stderr.
    pub fn warn(&self, text: &str) {
        self.put(&concordat_report::visible(text));
    }

    /// Puts a text that steers no terminal on stderr, after the name of a pair that is one of several.
    fn put(&self, text: &str) {
        let pair = self.among.as_ref().map(|it| format!("{}: ", it.pair)).unwrap_or_default();
        match &self.bars {
            Some(bars) => bars.all.suspend(|| say(&format!("{pair}{text}"))),
            None => say(&format!("{pair}{text}")),
        }
    }

    /// Says why one pair of several failed; with `--json` its error stands in the document.
    pub fn fails(&self, failure: &Failure) {
        if !self.json {
            self.put(failure.to_string().trim_end());
        }
    }

    /// Shows how far a run is.
    pub fn progress(&self, progress: Progress) {
        let Some(bars) = &self.bars else { return };
        match progress {
            Progress::Pull(it) => {
                let mut sides = bars.sides.lock().unwrap_or_else(|held| held.into_inner());
                let bar = sides[it.side].get_or_insert_with(|| bars.add(spinner()));
                let listings = match it.total {
                    0 | 1 => String::new(),
                    total => format!(", {} of {total} listings", it.done),
                };
                bar.set_message(format!(
                    "reading {}: {} {} records{listings}",
                    it.side,
                    it.rows,
                    it.resource.noun()
                ));
            }
            Progress::Push(done, total) => {
                let mut push = bars.push.lock().unwrap_or_else(|held| held.into_inner());
                let bar = push.get_or_insert_with(|| bars.add(steps(total)));
                bar.set_position(done as u64);
            }
        }
    }

    /// Takes the progress away.
    pub fn progress_ended(&self) {
        let Some(bars) = &self.bars else { return };
        let mut sides = bars.sides.lock().unwrap_or_else(|held| held.into_inner());
        let sides = std::mem::take(&mut *sides);
        let mut push = bars.push.lock().unwrap_or_else(|held| held.into_inner());
        let bars = [sides.upguard, sides.highlevel, push.take()];
        bars.into_iter().flatten().for_each(|bar| bar.finish_and_clear());
    }
}

impl Bars {
    fn new() -> Bars {
        Bars { all: MultiProgress::new(), sides: Mutex::default(), push: Mutex::default() }
    }

    fn add(&self, bar: ProgressBar) -> ProgressBar {
        let bar = self.all.add(bar);
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

fn spinner() -> ProgressBar {
    ProgressBar::new_spinner()
}

fn steps(total: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("applying {bar:32} {pos} of {len} steps, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total as u64).with_style(style)
}

/// Puts a line on stderr. That nobody reads it any more stops no run.
pub fn say(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}

/// Writes to stdout. A reader that went away (`| head`) is no error.
fn write_out(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    // Stdout alone writes each line by itself.
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Code::System, format!("stdout cannot be written: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a file whole or not at all, readable by its owner only.
///
/// # Errors
/// If it cannot be written, or exists and `replace` is false.
pub fn write_file(
    path: &Path,
    replace: bool,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        Some(_) | None => Path::new("."),
    };
    let failed = |error: io::Error| {
        let failure =
            Failure::new(Code::System, format!("{} cannot be written: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::AlreadyExists => Failure { code: Code::Exists, ..failure }
                .hint("choose another name, or remove it first"),
            io::ErrorKind::NotFound => {
                failure.hint(format!("is there a directory {}?", dir.display()))
            }
            _ => failure,
        }
    };
    let mut file = tempfile::NamedTempFile::new_in(dir).map_err(failed)?;
    let mut buffered = io::BufWriter::new(file.as_file_mut());
    write(&mut buffered).and_then(|()| buffered.flush()).map_err(failed)?;
    drop(buffered);
    file.as_file().sync_all().map_err(failed)?;
    let kept = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map_err(|error| failed(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_new_file_is_for_its_owner_and_never_replaces_one() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            write_file(&path, false, |to| to.write_all(text.as_bytes())).map_err(|it| it.code)
        };
        let path = dir.path().join("file");
        assert_eq!(write("file", "first"), Ok(()));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(write("file", "second"), Err(Code::Exists));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first");
        symlink(dir.path().join("elsewhere"), dir.path().join("link")).unwrap();
        assert_eq!(write("link", "x"), Err(Code::Exists));
        assert_eq!(write("no/where", "x"), Err(Code::System));
    }
}
