//! The forms in which a series is handed over: a folder of mails, a mailbox, a maildir, a quilt series, a change of packaging. Does not know where they are
//! written.

pub mod distgit;
pub mod maildir;
pub mod mbox;
pub mod plain;
pub mod quilt;

use std::path::PathBuf;

use super::{Commit, Mail};
use crate::text::Problem;

/// A form that needs nothing but the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file for each mail.
    Mail,
    /// All mails in one file.
    Mbox,
    /// A file for each mail, in the folders that a mail reader looks in.
    Maildir,
    /// Patches, and the list of them.
    Quilt,
}

/// What is written for a series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Paths, relative with `/`, and contents.
    pub files: Vec<(PathBuf, Vec<u8>)>,
    /// Folders that have to be there even with nothing in them.
    pub folders: Vec<PathBuf>,
    /// For each patch, in order, the file that it is in.
    pub patches: Vec<String>,
}

/// The problems that handing over a series can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[(
    "export-not-for-patch",
    "A change can't be told to `patch`, which applies the patches of this form: binary content, a link that is changed or \
     removed, a submodule, an empty file, a file in a folder's place.",
    "Leave that commit out, or export mails, which `git am` takes.",
)];

/// Writes a series in a form: `mails` are those of `commits`, behind a cover letter if they have one. `origin` tells where a patch
/// comes from, as DEP-3 has it.
///
/// # Errors
/// A problem with one of [`CODES`] or of [`super::CODES`].
pub fn export(
    form: Form,
    mails: &[Mail],
    commits: &[Commit],
    origin: impl Fn(&Commit) -> String,
) -> Result<Exported, Problem> {
    match form {
        Form::Mail => Ok(Exported {
            files: mails
                .iter()
                .map(|mail| (PathBuf::from(&mail.name), mail.bytes.clone()))
                .collect(),
            folders: Vec::new(),
            patches: last(mails, commits.len())
                .map(|mail| mail.name.clone())
                .collect(),
        }),
        Form::Mbox => Ok(mbox::export(mails, commits.len())),
        Form::Maildir => Ok(maildir::export(mails, commits.len())),
        Form::Quilt => quilt::export(commits, origin),
    }
}

/// Returns the mails that carry a patch.
fn last(mails: &[Mail], patches: usize) -> impl Iterator<Item = &Mail> {
    mails.iter().skip(mails.len().saturating_sub(patches))
}
