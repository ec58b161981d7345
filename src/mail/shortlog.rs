//! The list of patches in a cover letter, by author. Does not know the patches' content.

use std::collections::BTreeMap;

use super::wrap::{Start, wrapped};
use super::{Commit, subject};

/// Columns that git gives it in a mail.
const WIDTH: usize = 72;
const INDENT: usize = 2;
const CONTINUATION: usize = 4;

/// Returns the titles of `commits`, grouped by what their authors are called in the order of the bytes, each group in the order of
/// the series.
pub fn shortlog(commits: &[Commit], authors: &[&str]) -> String {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (commit, author) in commits.iter().zip(authors) {
        let entries = groups.entry(author).or_default();
        entries.push(entry(&commit.message));
    }
    let mut out = String::new();
    for (name, entries) in groups {
        out.push_str(&format!("{name} ({}):\n", entries.len()));
        for entry in entries {
            out.push_str(&wrapped(&entry, Start::Indent(INDENT), CONTINUATION, WIDTH));
            out.push('\n');
        }
        out.push('\n');
    }
    out
}

/// Returns the title as git lists it: without a `[PATCH…]` it may begin with.
fn entry(message: &str) -> String {
    let (title, _) = subject::split(message);
    let title = title.trim_start();
    let rest = match (title.starts_with("[PATCH"), title.find(']')) {
        (true, Some(at)) => &title[at + 1..],
        _ => title,
    };
    rest.trim_start().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Ident, When};

    fn commit(name: &str, message: &str) -> Commit {
        Commit {
            id: "1".repeat(40),
            author: Ident {
                name: name.to_string(),
                email: "a@b.c".to_string(),
            },
            date: When::at(0, 0),
            message: message.to_string(),
            changes: Vec::new(),
        }
    }

    #[test]
    fn authors_stand_by_name_and_their_patches_in_series_order() {
        let commits = [
            commit("Z", "two: b\n"),
            commit("A", "one\n\nbody\n"),
            commit("Z", "a\n"),
        ];
        assert_eq!(
            shortlog(&commits, &["Z", "A", "Z"]),
            "A (1):\n  one\n\nZ (2):\n  two: b\n  a\n\n"
        );
    }

    #[test]
    fn a_long_title_goes_on_in_the_next_line() {
        let text = shortlog(&[commit("A", &"word ".repeat(20))], &["A"]);
        assert!(text.lines().all(|line| line.len() <= WIDTH));
        assert!(text.contains("\n    word"));
    }

    #[test]
    fn a_prefix_in_a_title_is_not_listed() {
        assert_eq!(entry("[PATCH 1/2] a: b"), "a: b");
    }
}
