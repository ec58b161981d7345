//! What one mail of a series is put on: its commit's parent where the commit is there, else its base with the patches before it that
//! lie beside it, or a commit with the files that it was made on. Does not know what is checked.

use std::path::Path;

use super::super::base::holding;
use super::super::{Stop, one, parsed};
use crate::compose::{Standing, mailed};
use crate::mail::incoming::{Reading, Received, take, title};
use crate::syntax::patch::FilePatch;
use crate::target::{Revision, Target};
use crate::text::{Problem, Source};

/// Commits that are looked at for the one that a mail stands for.
const NEWEST: usize = 1000;
/// Files beside a mail that are looked at, and how large one may be: a patch that is mailed is far smaller.
const MOST_FILES: usize = 2000;
const LARGEST: u64 = 16 * 1024 * 1024;

/// What a mail is put on.
pub(super) struct Ground {
    pub(super) base: Revision,
    /// Whether somebody named it: that a patch does not fit what nobody named shows little.
    pub(super) is_named: bool,
}

/// Where the ground of a mail is looked for.
pub(super) struct Search<'s> {
    pub(super) target: &'s Target,
    /// What was typed.
    pub(super) onto: Option<&'s str>,
    /// Names of the newest commits that the mail's commit may be behind.
    pub(super) tips: Vec<String>,
    /// What is stood on where nobody names anything.
    pub(super) default: String,
    /// The file that the mail came in, none for standard input.
    pub(super) file: Option<&'s Path>,
}

impl Search<'_> {
    /// Returns what a mail is put on, or why nothing can be told of that.
    pub(super) fn ground(
        &self,
        mail: &Received,
        files: &[FilePatch],
    ) -> Result<Result<Ground, String>, Stop> {
        let named = |base: Revision| Ground {
            base,
            is_named: true,
        };
        if self.onto.is_none()
            && let Some(parent) = self.parent(mail, files)?
        {
            return Ok(Ok(named(parent)));
        }
        let beside = self.beside(mail);
        let (base, is_named) = match self.onto {
            Some(onto) => (
                self.target
                    .revision(onto)
                    .map_err(|problem| vec![problem])?,
                true,
            ),
            None => self.base(mail, &beside)?,
        };
        let before = before(mail, beside);
        let mut ground = Ground { base, is_named };
        // What the patch itself, or the first of those before it, was made on is as good as a name.
        if self.onto.is_none() && (!is_named || before.is_err()) {
            let known = before.as_deref().unwrap_or_default().iter();
            let known = known.flat_map(|mail| parsed(mail).unwrap_or_default());
            let all: Vec<FilePatch> = known.chain(files.iter().cloned()).collect();
            if let Some(found) = holding(self.target, &self.default, &all) {
                let base = self.target.revision(&found);
                ground = named(base.map_err(|problem| vec![problem])?);
                if before.is_err() {
                    return Ok(Ok(ground));
                }
            }
        }
        let before = match before {
            Ok(before) => before,
            Err(why) => return Ok(Err(why)),
        };
        for mail in &before {
            let put = one(&ground.base, mail, String::new())?;
            if let Standing::Refused(problems) = put.standing {
                let why = problems
                    .first()
                    .map_or(String::new(), |why| format!(": {why}"));
                let number = mail.tags.number.unwrap_or_default();
                let base = &ground.base.name;
                return Ok(Err(format!(
                    "patch {number}, which it needs, does not fit {base}{why}"
                )));
            }
            ground.base.tree = ground.base.tree.changed(&put.commit.changes);
        }
        Ok(Ok(ground))
    }

    /// The parent of the commit that a mail stands for: it has the mail's title, and the mail makes its tree.
    fn parent(&self, mail: &Received, files: &[FilePatch]) -> Result<Option<Revision>, Stop> {
        let is_asked = |found: &str| title(found) == mail.subject;
        for tip in &self.tips {
            let ids = self.target.titled(tip, NEWEST, &is_asked);
            for id in ids.unwrap_or_default() {
                let revision = |name: &str| self.target.revision(name).map_err(|why| vec![why]);
                let (commit, parent) = (revision(&id)?, revision(&format!("{id}^"))?);
                let site = |span| mail.patch.site(span);
                let put = mailed::put(&parent.tree, &parent.name, files, &site);
                let put = put.map_err(|fault| vec![Problem::from(fault)])?;
                let made = parent.tree.changed(&put.changes).objects();
                let made = made.map_err(|fault| vec![Problem::from(fault)])?;
                let is_made = made
                    .zip(commit.tree.id())
                    .is_some_and(|((made, _), wanted)| made == wanted.to_string());
                if matches!(put.standing, Standing::Applies) && is_made {
                    return Ok(Some(parent));
                }
            }
        }
        Ok(None)
    }

    /// The base that the mails name where it is there, else what one stands on.
    fn base(&self, mail: &Received, beside: &[Received]) -> Result<(Revision, bool), Stop> {
        let mut mails = std::iter::once(mail).chain(beside);
        let named = mails.find_map(|mail| mail.base_commit.as_deref());
        if let Some(Ok(base)) = named.map(|named| self.target.revision(named)) {
            return Ok((base, true));
        }
        let base = self
            .target
            .revision(&self.default)
            .map_err(|problem| vec![problem])?;
        Ok((base, false))
    }

    /// The mails of the same series and version that lie in the same folder, as `git send-email DIR` finds them; those that can't
    /// be read are passed over.
    fn beside(&self, mail: &Received) -> Vec<Received> {
        let file = self.file.filter(|_| mail.tags.number.is_some());
        let folder =
            file.and_then(Path::parent)
                .map(|folder| match folder.as_os_str().is_empty() {
                    true => Path::new("."),
                    false => folder,
                });
        let Some((file, entries)) = file.zip(folder.and_then(|folder| folder.read_dir().ok()))
        else {
            return Vec::new();
        };
        let is_beside = |path: &Path| {
            let is_alike =
                path.extension() == file.extension() && path.file_name() != file.file_name();
            let is_small = path
                .metadata()
                .is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
            is_alike && is_small
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let paths = paths.filter(|path| is_beside(path)).take(MOST_FILES);
        let read = |path: std::path::PathBuf| {
            let bytes = std::fs::read(&path).ok()?;
            let source = Source::new(path.display().to_string(), bytes);
            Some(take(&source, Reading::default()))
        };
        let same = |other: &Received| {
            other.tags.of == mail.tags.of
                && other.tags.version == mail.tags.version
                && other.tags.words == mail.tags.words
                && other.tags.number.is_some()
        };
        paths.filter_map(read).flatten().filter(same).collect()
    }
}

/// The patches before a mail, in order, or why they are not known.
fn before(mail: &Received, beside: Vec<Received>) -> Result<Vec<Received>, String> {
    let number = mail.tags.number.unwrap_or(1);
    let mut before: Vec<Received> = Vec::new();
    for mail in beside {
        let is_before = mail
            .tags
            .number
            .is_some_and(|other| (1..number).contains(&other));
        if is_before {
            before.push(mail);
        }
    }
    before.sort_by_key(|mail| mail.tags.number);
    let numbers = before.iter().filter_map(|mail| mail.tags.number);
    if numbers.eq(1..number) {
        return Ok(before);
    }
    Err(format!(
        "patch {number} of a series came without those before it, and no commit here is the one that it stands for: it was not put on a tree"
    ))
}
