//! Where do reports go? `--report FMT=FILE`, checked before anything is done. A run is reported even
//! if it is refused or fails. A report replaces the file of its name, for a nightly job writes the
//! same one each night; it replaces nothing but files. `{pair}` in its name stands for the pair's.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use concordat_model::PairId;
use concordat_report::{Format, Mask, Report};

use crate::failure::Failure;
use crate::shell::write_file;

/// Which reports are written, and what may be seen in them.
#[derive(Clone, Debug, Default, Args)]
pub struct Reports {
    /// Write a report: text, json, markdown (md), csv or html; may be repeated. Replaces the file.
    /// {pair} in FILE becomes the pair's id.
    #[arg(long = "report", value_name = "FMT=FILE")]
    pub files: Vec<ReportFile>,
    /// Show personal data in reports, which is masked otherwise.
    #[arg(long, requires = "files")]
    pub reveal: bool,
}

/// A report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// As what.
    pub format: Format,
    /// To where.
    pub path: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or("it is written FMT=FILE, as in html=plan.html")?;
        Ok(ReportFile { format: format.parse()?, path: path.into() })
    }
}

/// What stands for the pair's id in the name of a report.
const PAIR: &str = "{pair}";

impl Reports {
    /// The reports of one pair.
    #[must_use]
    pub fn of(&self, pair: &PairId) -> Reports {
        let file = |it: &ReportFile| {
            let path = it.path.to_str().map(|text| text.replace(PAIR, pair.as_str()).into());
            ReportFile { format: it.format, path: path.unwrap_or_else(|| it.path.clone()) }
        };
        Reports { files: self.files.iter().map(file).collect(), reveal: self.reveal }
    }

    /// Whether every report of these pairs can be written, as far as can be known; `taken` are other
    /// files of this command.
    ///
    /// # Errors
    /// If one cannot, or two are one file.
    pub fn check(&self, pairs: &[PairId], taken: &[&Path]) -> Result<(), Failure> {
        let is_shared = |it: &&ReportFile| !it.path.to_str().is_some_and(|it| it.contains(PAIR));
        if let Some(shared) = self.files.iter().find(is_shared).filter(|_| pairs.len() > 1) {
            let (count, path) = (pairs.len(), shared.path.display());
            return Err(Failure::usage(format!("{count} pairs would write the report {path}"))
                .hint(format!(
                    "write {PAIR} into its name, which becomes the pair's id, or name one pair \
                     with --pair"
                )));
        }
        let files: Vec<ReportFile> = pairs.iter().flat_map(|it| self.of(it).files).collect();
        are_free(&files, taken)
    }

    /// The same for a command that is about no pair.
    ///
    /// # Errors
    /// As [`Reports::check`].
    pub fn check_of_no_pair(&self, taken: &[&Path]) -> Result<(), Failure> {
        are_free(&self.files, taken)
    }

    /// Writes every report of a plan or a run, even if one of them cannot be written.
    ///
    /// # Errors
    /// The first that could not.
    pub fn write(&self, report: Report<'_>) -> Result<(), Failure> {
        self.write_each(|format, mask, to| report.write(format, mask, to))
    }

    /// Has `write` write every report, even if one of them cannot be written.
    ///
    /// # Errors
    /// The first that could not.
    pub fn write_each(
        &self,
        write: impl Fn(Format, Mask, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mask = if self.reveal { Mask::Reveal } else { Mask::Personal };
        let all = self.files.iter();
        all.map(|it| write_file(&it.path, true, |to| write(it.format, mask, to)))
            .fold(Ok(()), Result::and)
    }
}

/// Whether each of these can be written, and none of them is another or one of those taken.
fn are_free(files: &[ReportFile], taken: &[&Path]) -> Result<(), Failure> {
    let mut places: Vec<PathBuf> = taken.iter().filter_map(|it| place(it)).collect();
    for ReportFile { path, .. } in files {
        let shown = path.display();
        let Some(place) = place(path) else {
            return Err(Failure::usage(format!("the report {shown} has no directory to go to"))
                .hint("make the directory, or choose another"));
        };
        if std::fs::symlink_metadata(&place).is_ok_and(|it| !it.is_file()) {
            return Err(Failure::usage(format!(
                "the report {shown} would replace what is no file"
            ))
            .hint("choose another name"));
        }
        if places.contains(&place) {
            return Err(Failure::usage(format!(
                "{shown} is written or read by this command already"
            ))
            .hint("give every report a file of its own"));
        }
        places.push(place);
    }
    Ok(())
}

/// The file that `path` names, in a directory that is there.
fn place(path: &Path) -> Option<PathBuf> {
    let dir = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().filter(|_| !ends_in_slash(path.as_os_str()))?;
    Some(dir.canonicalize().ok().filter(|it| it.is_dir())?.join(name))
}

fn ends_in_slash(path: &OsStr) -> bool {
    path.as_bytes().ends_with(b"/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<ReportFile, String> {
        text.parse()
    }

    #[test]
    fn a_report_names_its_format_and_its_file() {
        let file = parsed("md=a=b.md").unwrap();
        assert_eq!(file, ReportFile { format: Format::Markdown, path: "a=b.md".into() });
        assert_eq!(
            parsed("plan.html").unwrap_err(),
            "it is written FMT=FILE, as in html=plan.html"
        );
        assert_eq!(parsed("html=").unwrap_err(), "it is written FMT=FILE, as in html=plan.html");
        let unknown = "there is no format \"pdf\"; there are text, json, markdown (md), csv, html";
        assert_eq!(parsed("pdf=x.pdf").unwrap_err(), unknown);
    }

    #[test]
    fn what_cannot_be_written_is_said_before_anything_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::os::unix::fs::symlink("elsewhere", at("link")).unwrap();
        std::fs::create_dir(at("dir")).unwrap();
        std::fs::write(at("old.html"), "old").unwrap();
        let check = |names: &[&str], taken: &[&str]| {
            let file = |name: &&str| ReportFile { format: Format::Html, path: at(name) };
            let reports = Reports { files: names.iter().map(file).collect(), reveal: false };
            let taken: Vec<PathBuf> = taken.iter().map(|it| at(it)).collect();
            let taken: Vec<&Path> = taken.iter().map(PathBuf::as_path).collect();
            reports.check(&[PairId::new("default")], &taken).map_err(|failure| failure.message)
        };
        assert_eq!(check(&["new.html", "old.html"], &["plan.json"]), Ok(()));
        let says = |names: &[&str], taken: &[&str]| check(names, taken).unwrap_err();
        assert!(says(&["no/such/dir.html"], &[]).ends_with("has no directory to go to"));
        assert!(says(&["link"], &[]).ends_with("would replace what is no file"));
        assert!(says(&["dir/"], &[]).ends_with("has no directory to go to"));
        assert!(says(&["dir"], &[]).ends_with("would replace what is no file"));
        assert!(says(&["a.html", "./a.html"], &[]).ends_with("by this command already"));
        assert!(says(&["plan.json"], &["plan.json"]).ends_with("by this command already"));
    }
}
