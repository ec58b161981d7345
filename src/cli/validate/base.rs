//! What given patches are put on: what was typed, what the mails name, where the files are that they were made on, else what one
//! stands on. Does not put them there.

use std::collections::HashSet;

use super::{Stop, parsed};
use crate::cli::args::Validate;
use crate::cli::subject::Subject;
use crate::mail::incoming::Received;
use crate::report::progress::{Event, Progress};
use crate::syntax::patch::FilePatch;
use crate::target::commit::short;
use crate::target::{Revision, Target, Wanted};
use crate::text::Problem;

/// Commits that are looked at for one that holds what the patches were made on.
const NEWEST: usize = 2000;
/// Digits of an id that are too few to tell a content by.
const FEW: usize = 7;

/// Returns the base of a series, and says which it is where nobody typed one and the mails name none.
pub(super) fn base(
    typed: &Validate,
    subject: &Subject,
    cover: Option<&Received>,
    mails: &[&Received],
    progress: Progress,
) -> Result<Revision, Stop> {
    let one = |problem: Problem| vec![problem];
    let resolve = |name: &str| subject.target.revision(name);
    if let Some(onto) = &typed.onto {
        return resolve(onto).map_err(one);
    }
    let named = cover.into_iter().chain(mails.iter().copied());
    let named = named.into_iter().find_map(|mail| mail.base_commit.clone());
    let default = subject.revisions.first().cloned().unwrap_or_default();
    if subject.target.default_revision() == "." {
        return resolve(&default).map_err(one);
    }
    if let Some(Ok(found)) = named.as_deref().map(resolve) {
        return Ok(found);
    }
    let files: Vec<FilePatch> = mails
        .iter()
        .flat_map(|mail| parsed(mail).unwrap_or_default())
        .collect();
    let found = holding(&subject.target, &default, &files);
    let why = match named {
        Some(named) => format!("the mails are made on {named}, which is not in the repository"),
        None => "no base is named".to_owned(),
    };
    let taken = match &found {
        Some(found) if *found == default => {
            format!("{default} is taken, which has the files that the patches were made on")
        }
        Some(found) => format!(
            "{} is taken, the newest commit with the files that the patches were made on",
            short(found)
        ),
        None => format!("{default} is taken"),
    };
    progress.tell(&Event::Notice(&format!(
        "{why}; {taken} (`--onto` names another)"
    )));
    resolve(found.as_deref().unwrap_or(&default)).map_err(one)
}

/// Returns the name of a commit that holds what the patches of a series were made on, as `git am -3` looks for it by the lines
/// `index`: `default` where that is one, else the newest below it, else that of any branch. None where the patches do not tell, or
/// none of the newest is one.
pub(super) fn holding(target: &Target, default: &str, files: &[FilePatch]) -> Option<String> {
    let wanted = wanted(files);
    let look = |tip, most| target.holding(tip, most, &wanted).ok().flatten();
    if look(Some(default), 1).is_some() {
        return Some(default.to_owned());
    }
    look(Some(default), NEWEST).or_else(|| look(None, NEWEST))
}

/// The files that patches were made on: of each path, what the first that touches it says that it was.
fn wanted(files: &[FilePatch]) -> Vec<Wanted> {
    let mut touched: HashSet<&str> = HashSet::new();
    let mut wanted = Vec::new();
    for file in files {
        let id = &file.ids.0;
        let is_id = id.len() >= FEW
            && id.bytes().all(|byte| byte.is_ascii_hexdigit())
            && id.bytes().any(|byte| byte != b'0');
        if let Some(old) = file.old.as_deref().filter(|old| !touched.contains(old))
            && is_id
        {
            wanted.push((old.to_owned(), id.to_ascii_lowercase()));
        }
        touched.extend(file.old.as_deref());
        touched.extend(file.new.as_deref());
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::patch::parse;

    #[test]
    fn the_first_patch_of_a_path_tells_what_it_was() {
        let text = |path: &str, index: &str| {
            format!(
                "diff --git a/{path} b/{path}\nindex {index}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n"
            )
        };
        let all = [
            text("a", "1111111..2222222 100644"),
            text("a", "2222222..3333333 100644"),
            text("b", "0000000..4444444 100644"),
            text("c", "55555..6666666 100644"),
            text("d", "ABCDEF12..6666666 100644"),
            "diff --git a/d b/e\nsimilarity index 100%\nrename from d\nrename to e\n".to_owned(),
            text("e", "7777777..6666666 100644"),
        ];
        let files = parse(all.concat().as_bytes()).unwrap();
        let of = |path: &str, id: &str| (path.to_owned(), id.to_owned());
        assert_eq!(wanted(&files), [of("a", "1111111"), of("d", "abcdef12")]);
    }
}
