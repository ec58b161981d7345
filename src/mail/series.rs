//! A whole series as mails: cover letter, patches, thread. Does not know where they are written to.

use rayon::prelude::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::letter::{Draft, Letterhead, letter};
use super::subject::Number;
use super::{Commit, Mail, Options, cover, thread};
use crate::text::Problem;

/// Writes the mails of `commits`, which are in series order, the cover letter first.
///
/// Equal input gives equal bytes. The bytes are those of `git format-patch --full-index` with the same options, but for Message-IDs
/// and the compression of binary patches; a recipient who isn't ASCII is encoded, where git writes raw bytes.
///
/// # Errors
/// A problem with one of [`super::CODES`].
pub fn render(commits: &[Commit], options: &Options) -> Result<Vec<Mail>, Problem> {
    bound(&letters(commits, options)?, commits, options)
}

/// Writes the letter of each commit, which is what takes time; [`bound`] makes mails of them.
///
/// # Errors
/// As [`render`].
pub fn letters(commits: &[Commit], options: &Options) -> Result<Vec<Draft>, Problem> {
    if commits.is_empty() {
        return Err(
            Problem::new("mail-empty-patch", "the series has no patches").help("name at least one"),
        );
    }
    let head = Letterhead::new(options)?;
    let numbered = commits.len() > 1 || options.cover.is_some();
    let base = match options.cover {
        Some(_) => String::new(),
        None => appended(options) + &head.base()?,
    };
    let letters: Vec<Result<Draft, Problem>> = commits
        .par_iter()
        .enumerate()
        .map(|(at, commit)| {
            let number = numbered.then_some(Number {
                at: at + 1,
                of: commits.len(),
            });
            let below = if at == 0 { &*base } else { "" };
            letter(&head, commit, at + 1, number, below)
        })
        .collect();
    // Which problem is told must not depend on which thread was first.
    letters.into_iter().collect()
}

/// Makes mails of letters and the cover letter of the options, which are those that the letters were written with, but for what
/// stands in the cover letter.
///
/// # Errors
/// As [`render`].
pub fn bound(
    letters: &[Draft],
    commits: &[Commit],
    options: &Options,
) -> Result<Vec<Mail>, Problem> {
    let head = Letterhead::new(options)?;
    let cover = options.cover.as_ref();
    let cover = cover.map(|text| cover::cover(&head, text, commits));
    let cover = cover.transpose()?;
    let drafts: Vec<&Draft> = cover.iter().chain(letters).collect();
    let headers = thread::headers(&drafts, options)?;
    let mails = drafts.into_iter().zip(headers).map(|(draft, ids)| Mail {
        name: draft.name.clone(),
        bytes: [draft.envelope.as_bytes(), ids.as_bytes(), &draft.rest].concat(),
    });
    Ok(mails.collect())
}

/// What stands below the first diff where no cover letter has it.
fn appended(options: &Options) -> String {
    let appendix = options.appendix.as_deref();
    appendix.map_or(String::new(), |text| format!("\n{text}"))
}
