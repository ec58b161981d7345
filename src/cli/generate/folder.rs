//! Where the mails and the evidence of a revision are written, and what may be replaced there.

use std::path::{Path, PathBuf};

use super::{Made, Stop, Wish, downstream};
use crate::compose::Commits;
use crate::mail::export::Exported;
use crate::mail::{Mail, outgoing};
use crate::report::progress::Event;
use crate::report::terminal::Written;
use crate::target::Revision;
use crate::text::Problem;
use crate::verdict::{Account, Verdict};

/// Returns the folder of each revision, all of which may be written.
pub(super) fn folders(wish: &Wish, revisions: &[Revision]) -> Result<Vec<PathBuf>, Stop> {
    let output = &wish.typed.output;
    let one = |problem: Problem| vec![problem];
    if revisions.len() == 1 {
        outgoing::check(output, wish.typed.force).map_err(one)?;
        return Ok(vec![output.clone()]);
    }
    let folders: Vec<PathBuf> = revisions
        .iter()
        .map(|revision| output.join(folder_name(&revision.name)))
        .collect();
    let mut problems = Vec::new();
    for (at, folder) in folders.iter().enumerate() {
        if let Some(first) = folders[..at].iter().position(|known| known == folder) {
            let names = (&revisions[first].name, &revisions[at].name);
            let message = format!(
                "`{}` and `{}` would both be written to `{}`",
                names.0,
                names.1,
                folder.display()
            );
            problems.push(
                Problem::new("output-twice", message).help("run `generate` once for each of them"),
            );
        } else if folder.exists() {
            problems.extend(outgoing::check(folder, wish.typed.force).err());
        }
    }
    if output.join(outgoing::MANIFEST).exists() {
        let message = format!(
            "`{}` holds a series already, and would hold folders beside it",
            output.display()
        );
        problems
            .push(Problem::new("output-not-ours", message).help("name another folder with `-o`"));
    }
    if problems.is_empty() {
        Ok(folders)
    } else {
        Err(problems)
    }
}

/// A revision as the name of a folder.
fn folder_name(revision: &str) -> String {
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '~' | '^') {
            c
        } else {
            '-'
        }
    };
    let name: String = revision.chars().map(kept).collect();
    if name.trim_matches('.').is_empty() {
        "-".to_owned()
    } else {
        name
    }
}

impl Wish<'_> {
    /// Writes mails and evidence of what is ready, the evidence alone of what is not, and nothing where there is nothing to do.
    pub(super) fn write(
        &self,
        account: &mut Account,
        folder: &Path,
        made: &Made<'_>,
    ) -> Result<Option<Written>, Stop> {
        let strict = self.typed.checks.strict;
        let verdict = account.verdict(strict);
        if verdict == Verdict::NothingToDo {
            return Ok(None);
        }
        let ready = verdict == Verdict::Ready;
        let mails = self.kept_mails(account, made, ready)?;
        let mut exported = self.kept_files(account, &mails, made, ready)?;
        let folder = if ready {
            folder.to_owned()
        } else {
            failed_folder(folder)
        };
        let shown = folder.display().to_string();
        let (number, what) = self.contents(&mails, &exported, made);
        let mut written = Written {
            number,
            what,
            folder: shown.clone(),
            commands: Vec::new(),
            dry: true,
        };
        if self.typed.dry_run {
            return Ok(Some(written));
        }
        written.dry = false;
        self.progress.tell(&Event::Writing(&shown));
        if ready {
            written.commands = self.commands(&folder, &mails, &exported, made, &account.habits);
        }
        // What is in them is in the files.
        drop(mails);
        let mut files = std::mem::take(&mut exported.files);
        let evidence = self.evidence(account, &made.diffs());
        files.extend(evidence.map_err(|problem| vec![problem])?);
        self.make_parent(&folder)?;
        let force = self.typed.force;
        outgoing::publish_with_folders(&folder, files, &exported.folders, force)
            .map_err(|problem| vec![problem])?;
        if ready {
            outgoing::withdraw(&failed_folder(&folder));
            written.commands.extend(self.keep_branch(made.commits)?);
        } else {
            self.warn_of_earlier(&folder);
        }
        Ok(Some(written))
    }

    /// Renders the mails that are written: those of a ready series, and of any where the user asked to keep them.
    fn kept_mails(
        &self,
        account: &Account,
        made: &Made<'_>,
        ready: bool,
    ) -> Result<Vec<Mail>, Stop> {
        if made.commits.commits.is_empty() || !(ready || self.typed.keep_failed) {
            return Ok(Vec::new());
        }
        self.mails(account, made).map_err(|problem| vec![problem])
    }

    /// Puts the mails that are written into the form that was asked for, and tells the account where each patch is.
    fn kept_files(
        &self,
        account: &mut Account,
        mails: &[Mail],
        made: &Made<'_>,
        ready: bool,
    ) -> Result<Exported, Stop> {
        if mails.is_empty() {
            return Ok(Exported::default());
        }
        let exported = match self.export(mails, made) {
            // Told already, as the reason that nothing is ready.
            Err(problem) if !ready && downstream::is_unfit(&problem) => Exported::default(),
            exported => exported.map_err(|problem| vec![problem])?,
        };
        let mailed = account
            .patches
            .iter_mut()
            .filter(|patch| !patch.places.is_empty());
        for (patch, file) in mailed.zip(&exported.patches) {
            patch.file = ready.then(|| file.clone());
        }
        Ok(exported)
    }

    /// The folder that holds those of several revisions is made; that of a single one must be there.
    fn make_parent(&self, folder: &Path) -> Result<(), Stop> {
        let Some(parent) = folder.parent().filter(|_| self.subject.revisions.len() > 1) else {
            return Ok(());
        };
        std::fs::create_dir_all(parent).map_err(|error| {
            let message = format!("can't make `{}`: {error}", parent.display());
            vec![Problem::new("output-unwritable", message).help("name another folder with `-o`")]
        })
    }

    fn keep_branch(&self, commits: &Commits) -> Result<Option<(&'static str, String)>, Stop> {
        let (Some(branch), Some(tip)) = (&self.typed.branch, commits.commits.last()) else {
            return Ok(None);
        };
        let kept = self
            .subject
            .target
            .keep_branch(branch, &tip.id, &commits.objects);
        kept.map_err(|problem| vec![problem])?;
        Ok(Some(("branch", format!("git log {branch}"))))
    }

    /// Mails of an earlier run must not be taken for those of this one.
    fn warn_of_earlier(&self, failed: &Path) {
        let shown = failed.display().to_string();
        let earlier = shown.trim_end_matches(".failed");
        if Path::new(earlier).exists() {
            let text = format!(
                "{earlier} still holds what an earlier run wrote; nothing in it is of this one"
            );
            self.progress.tell(&Event::Notice(&text));
        }
    }
}

fn failed_folder(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".failed");
    folder.with_file_name(name)
}
