//! The report files that a command is asked for beside what it prints: read, probed, and written whole or not at all. Does not
//! know what stands in them.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

use super::{Stop, explain};
use crate::report::cases::Suite;
use crate::report::{annotations, junit, sarif};
use crate::text::Problem;

/// A form that a report can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Junit,
    Sarif,
    Html,
    Github,
    Gitlab,
}

/// A report that is asked for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) form: Form,
    file: PathBuf,
}

impl Form {
    /// All of them.
    const ALL: [Form; 6] = [
        Form::Json,
        Form::Junit,
        Form::Sarif,
        Form::Html,
        Form::Github,
        Form::Gitlab,
    ];

    fn word(self) -> &'static str {
        match self {
            Form::Json => "json",
            Form::Junit => "junit",
            Form::Sarif => "sarif",
            Form::Html => "html",
            Form::Github => "github",
            Form::Gitlab => "gitlab",
        }
    }
}

/// What reports tell: the cases of a command that was run for a series.
pub(super) struct Told<'t> {
    pub(super) command: &'t str,
    pub(super) series: &'t str,
    pub(super) suites: Vec<Suite>,
}

impl Told<'_> {
    /// Returns the text of a report of cases.
    ///
    /// # Errors
    /// Where it can't be written, or the form is none of cases: a bug.
    pub(super) fn text(&self, form: Form) -> Result<String, Problem> {
        let lost = |why: String| {
            Problem::new(
                "bug",
                format!("the {} report can't be written: {why}", form.word()),
            )
        };
        match form {
            Form::Junit => {
                junit::draw(self.series, &self.suites).map_err(|error| lost(error.to_string()))
            }
            Form::Sarif => {
                let of = format!("{}/{}", self.command, self.series);
                sarif::draw(&of, &self.suites, &explain::meaning)
                    .map_err(|error| lost(error.to_string()))
            }
            Form::Github => Ok(annotations::github(&self.suites)),
            Form::Gitlab => {
                annotations::gitlab(&self.suites).map_err(|error| lost(error.to_string()))
            }
            Form::Json | Form::Html => Err(lost("it has no cases".to_owned())),
        }
    }
}

/// Reads `--report FORMAT=FILE`.
pub(super) fn files(typed: &[OsString]) -> Result<Vec<Wanted>, Stop> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for text in typed {
        // A file may have any name; the word in front of it is one of ours.
        let bytes = text.as_bytes();
        let end = memchr::memchr(b'=', bytes).unwrap_or(bytes.len());
        let file = OsStr::from_bytes(bytes.get(end + 1..).unwrap_or_default());
        let mut forms = Form::ALL.into_iter();
        let known = forms.find(|form| form.word().as_bytes() == &bytes[..end]);
        let Some(form) = known.filter(|_| !file.is_empty()) else {
            return Err(refused(&text.to_string_lossy()));
        };
        let file = PathBuf::from(file);
        if wanted.iter().any(|other| other.file == file) {
            let message = format!("two reports would be written to `{}`", file.display());
            return Err(vec![
                Problem::new("report-format", message).help("give each a file of its own"),
            ]);
        }
        wanted.push(Wanted { form, file });
    }
    Ok(wanted)
}

fn refused(text: &str) -> Stop {
    let words = Form::ALL.map(Form::word).join(", ");
    vec![
        Problem::new("report-format", format!("`{text}` names no report")).help(format!(
            "write `--report FORMAT=FILE`, FORMAT one of {words}"
        )),
    ]
}

/// Tells beforehand whether reports can be written: each file is opened, which may make it, and left as it is. A pipe is left alone:
/// who reads it would take the end of this for the end of all.
pub(super) fn probe(wanted: &[Wanted]) -> Result<(), Stop> {
    for Wanted { file, .. } in wanted {
        let is_new = match std::fs::metadata(file) {
            Ok(found) if !found.is_file() && !found.is_dir() => continue,
            found => found.is_err(),
        };
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .map_err(|error| unwritable(file, &error))?;
        if is_new {
            // It was made to see that it can be; a run that writes nothing leaves nothing.
            let _ = std::fs::remove_file(file);
        }
    }
    Ok(())
}

fn unwritable(file: &Path, error: &std::io::Error) -> Stop {
    let message = format!("can't write `{}`: {error}", file.display());
    vec![
        Problem::new("report-unwritable", message)
            .help("name a file in a folder that can be written to"),
    ]
}

/// Writes the reports: all of them are made and laid beside their places before the first is put there.
pub(super) fn write(
    wanted: &[Wanted],
    mut text: impl FnMut(Form) -> Result<String, Problem>,
) -> Result<(), Stop> {
    let mut laid = Vec::new();
    let mut direct = Vec::new();
    for Wanted { form, file } in wanted {
        let text = text(*form).map_err(|problem| vec![problem])?;
        match lay(file, &text) {
            Ok(Some(beside)) => laid.push((file, beside)),
            Ok(None) => direct.push((file, text)),
            Err(error) => return Err(unwritable(file, &error)),
        }
    }
    for (file, text) in direct {
        let opened = std::fs::OpenOptions::new().append(true).open(file);
        opened
            .and_then(|mut opened| opened.write_all(text.as_bytes()))
            .map_err(|error| unwritable(file, &error))?;
    }
    for (file, (beside, place)) in laid {
        beside
            .persist(place)
            .map_err(|error| unwritable(file, &error.error))?;
    }
    Ok(())
}

/// Writes a text to a new file beside the place where it belongs; `None` where that is a pipe or a device, which is written to as it is.
fn lay(file: &Path, text: &str) -> std::io::Result<Option<(NamedTempFile, PathBuf)>> {
    let place = match std::fs::metadata(file) {
        Ok(found) if !found.is_file() || file.starts_with("/dev") || file.starts_with("/proc") => {
            return Ok(None);
        }
        // Where a link stands, the file that it leads to is replaced.
        Ok(_) => file.canonicalize()?,
        Err(_) => file.to_owned(),
    };
    let folder = place
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut beside = builder().tempfile_in(folder.unwrap_or(Path::new(".")))?;
    beside.write_all(text.as_bytes())?;
    beside.flush()?;
    Ok(Some((beside, place)))
}

/// A report may be read by whom the user's umask lets, unlike other temporary files.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".patchwright-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_report_may_have_any_name() {
        let typed = OsStr::from_bytes(b"json=a=\xff").to_owned();
        let wanted = files(&[typed]).unwrap();
        assert_eq!(wanted[0].file.as_os_str().as_bytes(), b"a=\xff");
        for refused in [&b"json="[..], b"json", b"\xff=a", b"=a"] {
            let problems = files(&[OsStr::from_bytes(refused).to_owned()]).unwrap_err();
            assert_eq!(problems[0].code, "report-format", "{refused:?}");
        }
    }
}
