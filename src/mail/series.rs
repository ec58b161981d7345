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
    if commits.is_empty() {
        return Err(
            Problem::new("mail-empty-patch", "the series has no patches").help("name at least one"),
        );
    }
    let head = Letterhead::new(options)?;
    let mut drafts = Vec::with_capacity(commits.len() + 1);
    if let Some(text) = &options.cover {
        drafts.push(cover::cover(&head, text, commits)?);
    }
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
    for letter in letters {
        drafts.push(letter?);
    }
    let headers = thread::headers(&drafts, options)?;
    let mails = drafts.into_iter().zip(headers).map(|(draft, ids)| {
        let mut bytes = draft.envelope.into_bytes();
        bytes.extend_from_slice(ids.as_bytes());
        bytes.extend_from_slice(&draft.rest);
        Mail {
            name: draft.name,
            bytes,
        }
    });
    Ok(mails.collect())
}

/// What stands below the first diff where no cover letter has it.
fn appended(options: &Options) -> String {
    let appendix = options.appendix.as_deref();
    appendix.map_or(String::new(), |text| format!("\n{text}"))
}
