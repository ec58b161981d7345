//! A series in the form that was asked for, and the commands that go on with it.

use std::path::Path;

use super::{Made, Wish, downstream};
use crate::check::inquiry::Place;
use crate::check::lint::OF_MAILS;
use crate::check::{Evidence, Finding};
use crate::cli::args::ExportForm;
use crate::compose::Commits;
use crate::habit::Settled;
use crate::mail::export::{self, Exported, Form, mbox};
use crate::mail::readback::{self, read_back};
use crate::mail::{self, Mail};
use crate::report::progress::Event;
use crate::target::Commit;
use crate::text::Problem;

impl Wish<'_> {
    /// Writes the mails of a series in the form that was asked for.
    pub(super) fn export(&self, mails: &[Mail], made: &Made<'_>) -> Result<Exported, Problem> {
        let commits = &made.commits.commits;
        if let Some(package) = &made.ground.package {
            let options = mail::Options {
                signature: Some(self.signature()),
                ..mail::Options::plain(self.sender.clone())
            };
            return package.export(commits, made.end, &options);
        }
        let origin = |commit: &Commit| match made.range {
            Some(_) => format!("other, commit {}", commit.id),
            None => format!("other, series {} of patchwright", self.subject.series.name),
        };
        export::export(form(self.typed.export), mails, commits, origin)
    }

    /// Reads what would be written again, and returns for each patch how it differs from its commit. The patches of a packaging
    /// repository are no mails; they are tried.
    pub(super) fn read_back(
        &self,
        mails: &[Mail],
        made: &Made<'_>,
    ) -> Result<Vec<Vec<Finding>>, Problem> {
        let commits = &made.commits.commits;
        if made.ground.package.is_some() {
            return Ok(vec![Vec::new(); commits.len()]);
        }
        let exported = self.export(mails, made)?;
        Ok(self.compared(&exported, mails, made.commits))
    }

    /// Reads mails in the form that they are written in again, and returns for each commit how it differs.
    pub(super) fn compared(
        &self,
        exported: &Exported,
        mails: &[Mail],
        commits: &Commits,
    ) -> Vec<Vec<Finding>> {
        let form = form(self.typed.export);
        read_back(form, exported, mails, &commits.commits)
    }

    /// Returns why the form that was asked for does not take a series that can be mailed: its packaging would not apply it. What
    /// is written for a packaging repository is tried.
    pub(super) fn unfit(
        &self,
        mails: &[Mail],
        made: &Made<'_>,
        place: &Place,
    ) -> Result<Option<Problem>, Problem> {
        let exported = self.export(mails, made);
        let Some(package) = &made.ground.package else {
            return exported.map(|_| None);
        };
        let commits = &made.commits.commits;
        match exported.and_then(|exported| package.prove(place, &exported, commits, made.end)) {
            Ok(tried) => {
                if !tried {
                    let text = "the source was unpacked before, so the patches were not tried with rpmbuild -bp";
                    self.progress.tell(&Event::Notice(text));
                }
                Ok(None)
            }
            Err(problem) if downstream::is_unfit(&problem) => Ok(Some(problem)),
            Err(problem) => Err(problem),
        }
    }

    /// Adds how a mail read back differs to what lint says of it; where patches are written and no mails, takes what matters to mails
    /// alone back.
    pub(super) fn tell(&self, evidence: &mut [Evidence], read_back: Vec<Finding>) {
        readback::tell(evidence, read_back);
        if matches!(self.typed.export, ExportForm::Quilt | ExportForm::DistGit) {
            let lint = evidence.iter_mut().find(|entry| entry.check == "lint");
            lint.into_iter().for_each(|lint| lint.leave_out(OF_MAILS));
        }
    }

    /// What the folder holds, and how many of them.
    pub(super) fn contents(
        &self,
        mails: &[Mail],
        exported: &Exported,
        made: &Made<'_>,
    ) -> (usize, &'static str) {
        match self.typed.export {
            ExportForm::Quilt => (made.commits.commits.len(), "patch"),
            ExportForm::DistGit => (exported.files.len(), "file"),
            ExportForm::Mail | ExportForm::Mbox | ExportForm::Maildir => (mails.len(), "mail"),
        }
    }

    /// Returns the commands that go on with what was written.
    pub(super) fn commands(
        &self,
        folder: &Path,
        mails: &[Mail],
        exported: &Exported,
        made: &Made<'_>,
        habits: &Settled,
    ) -> Vec<(&'static str, String)> {
        let shown = as_argument(folder);
        let within = |name: &str| quoted(&format!("{shown}/{name}"));
        let mut commands = match self.typed.export {
            ExportForm::Mail => vec![
                ("apply", apply(&shown, mails, exported)),
                ("send", send(&shown, habits)),
            ],
            ExportForm::Mbox => {
                let how = if mbox::is_quoted(mails) {
                    " --patch-format=mboxrd"
                } else {
                    ""
                };
                let file = within(mbox::NAME);
                vec![
                    (
                        "apply",
                        format!("git am{how}{} {file}", past_cover(mails, exported)),
                    ),
                    ("read", format!("mutt -R -f {file}")),
                ]
            }
            ExportForm::Maildir => {
                let folder = quoted(&shown);
                vec![
                    (
                        "apply",
                        format!("git am{} {folder}", past_cover(mails, exported)),
                    ),
                    ("read", format!("mutt -R -f {folder}")),
                ]
            }
            ExportForm::DistGit => Vec::new(),
            ExportForm::Quilt => {
                let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
                let patches = quoted(&absolute.join("patches").display().to_string());
                vec![(
                    "apply",
                    format!("QUILT_PATCHES={patches} quilt push -a --fuzz=0"),
                )]
            }
        };
        if let Some(package) = &made.ground.package {
            commands.push(("apply", package.copy(exported, within)));
        }
        commands.push(("evidence", within("evidence/report.html")));
        commands
    }
}

fn form(typed: ExportForm) -> Form {
    match typed {
        // What is packaged has a form of its own.
        ExportForm::Mail | ExportForm::DistGit => Form::Mail,
        ExportForm::Mbox => Form::Mbox,
        ExportForm::Maildir => Form::Maildir,
        ExportForm::Quilt => Form::Quilt,
    }
}

/// `git am` stops at a mail without a patch, unless it is told to go on.
fn past_cover(mails: &[Mail], exported: &Exported) -> &'static str {
    if mails.len() > exported.patches.len() {
        " --empty=drop"
    } else {
        ""
    }
}

/// The command that applies the patches; a long series is not named mail by mail.
fn apply(folder: &str, mails: &[Mail], exported: &Exported) -> String {
    const NAMED: usize = 8;
    let patches = exported.patches.iter();
    let named: Vec<String> = patches
        .map(|name| quoted(&format!("{folder}/{name}")))
        .collect();
    if named.len() <= NAMED {
        return format!("git am {}", named.join(" "));
    }
    let drop = past_cover(mails, exported);
    format!("git am{drop} {}/*.patch", quoted(folder))
}

/// The command that sends them. It names the recipients although the mails do: otherwise it asks for them, and some categories of
/// `--suppress-cc` leave those of the mails out.
fn send(folder: &str, habits: &Settled) -> String {
    let mut words = vec!["git send-email".to_owned()];
    for (flag, values) in [
        ("--suppress-cc", &habits.suppress_cc),
        ("--to", &habits.to),
        ("--cc", &habits.cc),
    ] {
        let flags = values
            .iter()
            .map(|value| quoted(&format!("{flag}={value}")));
        words.extend(flags);
    }
    if habits.to.is_empty() {
        words.push("--to=LIST".to_owned());
    }
    words.push(quoted(folder));
    words.join(" ")
}

/// A folder as a command takes it: no slash at its end, and never mistaken for an option.
fn as_argument(folder: &Path) -> String {
    let shown = folder.display().to_string();
    let shown = shown.trim_end_matches('/');
    if shown.starts_with('-') {
        format!("./{shown}")
    } else {
        shown.to_owned()
    }
}

pub(in crate::cli) fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | '.' | '-' | '_' | '+' | '=' | ':' | '@' | '%' | ',')
    };
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
