//! The refs of a repository: their full names, what they lead to, the shortest name of each, and the order of versions. Does not
//! know which of them are asked for.

use git2::{ErrorCode, ObjectType, Reference, ReferenceType, Repository};
use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::installed::Installed;
use super::object::Kind;

/// The refs of a repository, with the names that they are known by.
#[derive(Clone, Debug, Default)]
pub struct Refs {
    all: Vec<Ref>,
    names: BTreeSet<String>,
}

/// A ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// Its full name, as `refs/tags/v1.0`. Bytes that are no UTF-8 stand as `\u{fffd}`.
    pub name: String,
    /// What it leads to.
    pub end: End,
}

/// What a ref leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// A commit, by its id; annotated tags are followed.
    Commit(String),
    /// Another ref of that name.
    Ref(String),
    /// Something that is no commit: a tree or a blob.
    Other(&'static str),
    /// Nothing that can be read; the id that it names where it names one, and why.
    Broken(Option<String>, String),
}

impl Refs {
    /// Reads the refs of a repository.
    ///
    /// # Errors
    /// Where they can't be listed.
    pub(super) fn read(repository: &Repository) -> Result<Self, git2::Error> {
        let mut all = Vec::new();
        for reference in repository.references()? {
            let reference = reference?;
            all.push(Ref {
                name: String::from_utf8_lossy(reference.name_bytes()).into_owned(),
                end: end_of(&reference),
            });
        }
        let mut refs = Refs {
            names: all.iter().map(|found| found.name.clone()).collect(),
            all,
        };
        refs.add_pseudo(|name| repository.find_reference(name).is_ok());
        Ok(refs)
    }

    /// Reads the refs of a repository that the installed git reads.
    ///
    /// # Errors
    /// Where git can't list them.
    pub(super) fn told(git: &Installed) -> Result<Self, String> {
        let format = "--format=%(refname) %(objectname) %(symref)";
        let told = git
            .tell(&["for-each-ref", format])
            .ok_or("`git for-each-ref` fails")?;
        let mut all = Vec::new();
        for line in told.lines() {
            let mut words = line.split(' ');
            let (Some(name), Some(id)) = (words.next(), words.next()) else {
                continue;
            };
            let end = match words.next().filter(|target| !target.is_empty()) {
                Some(target) => End::Ref(target.to_owned()),
                None => end_told(git, id),
            };
            all.push(Ref {
                name: name.to_owned(),
                end,
            });
        }
        let names: BTreeSet<String> = all.iter().map(|found| found.name.clone()).collect();
        let mut refs = Refs { names, all };
        refs.add_pseudo(|name| git.dir().join(name).is_file());
        Ok(refs)
    }

    /// Names at the top, as `HEAD`, come before those of tags and branches when git resolves a name.
    fn add_pseudo(&mut self, is_there: impl Fn(&str) -> bool) {
        let short: Vec<String> = self
            .all
            .iter()
            .filter_map(|found| found.name.rsplit('/').next().map(str::to_owned))
            .filter(|name| {
                name.bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            })
            .filter(|name| is_there(name))
            .collect();
        self.names.extend(short);
    }

    /// Returns all refs, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Ref> {
        self.all.iter()
    }

    /// Returns whether there is a ref of that full name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Returns the shortest name under which git finds the ref and no other (gitrevisions(7), "refname").
    pub fn shortest(&self, name: &str) -> String {
        let prefixes = ["refs/tags/", "refs/heads/", "refs/remotes/", "refs/"];
        let short = prefixes
            .iter()
            .filter_map(|prefix| name.strip_prefix(prefix))
            .find(|short| self.is_unambiguous(short, name));
        short.unwrap_or(name).to_owned()
    }

    fn is_unambiguous(&self, short: &str, name: &str) -> bool {
        let is_id = matches!(short.len(), 40 | 64) && short.bytes().all(|b| b.is_ascii_hexdigit());
        let places = [
            short.to_owned(),
            format!("refs/{short}"),
            format!("refs/tags/{short}"),
            format!("refs/heads/{short}"),
            format!("refs/remotes/{short}"),
            format!("refs/remotes/{short}/HEAD"),
        ];
        let mut found = places.iter().filter(|place| self.has(place));
        !is_id
            && !short.starts_with('-')
            && found.next().is_some_and(|place| place == name)
            && found.next().is_none()
    }
}

/// What an id leads to, by the installed git.
fn end_told(git: &Installed, id: &str) -> End {
    let broken = |why: String| End::Broken(Some(id.to_owned()), why);
    match git.read(&format!("{id}^{{commit}}")) {
        Ok(Some(commit)) => End::Commit(commit.id),
        Ok(None) => match git.read(&format!("{id}^{{}}")) {
            Ok(Some(answer)) if answer.kind == Some(Kind::Tree) => End::Other("a tree"),
            Ok(Some(_)) => End::Other("a blob"),
            Ok(None) => broken("the object that it names is not there".to_owned()),
            Err(fault) => broken(fault.reason),
        },
        Err(fault) => broken(fault.reason),
    }
}

fn end_of(reference: &Reference) -> End {
    if reference.kind() == Some(ReferenceType::Symbolic) {
        let target = reference.symbolic_target_bytes().unwrap_or_default();
        return End::Ref(String::from_utf8_lossy(target).into_owned());
    }
    let id = reference.target().map(|id| id.to_string());
    match reference.peel(ObjectType::Any) {
        Ok(object) => match object.kind() {
            Some(ObjectType::Commit) => End::Commit(object.id().to_string()),
            Some(ObjectType::Tree) => End::Other("a tree"),
            _ => End::Other("a blob"),
        },
        Err(error) if error.code() == ErrorCode::NotFound => {
            End::Broken(id, "the object that it names is not there".to_owned())
        }
        Err(error) => End::Broken(id, error.message().to_owned()),
    }
}

/// Compares names as versions: numbers by value, and what comes before a release (`-rc`, `-alpha`, `-beta`, `-pre`) before it.
pub fn by_version(left: &str, right: &str) -> Ordering {
    parts(left).cmp(&parts(right)).then_with(|| left.cmp(right))
}

/// A part of a name; the order of the variants is that of versions: `1.0-rc1` < `1.0` < `1.0-maint` < `1.0.1`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part<'n> {
    /// What comes before a release.
    Before(&'n str),
    End,
    Text(&'n str),
    /// A number without leading zeros: the longer is the greater.
    Number(usize, &'n str),
}

fn parts(name: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != is_digit)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if is_digit {
            let digits = part.trim_start_matches('0');
            parts.push(Part::Number(digits.len(), digits));
        } else {
            text_parts(part, !parts.is_empty(), &mut parts);
        }
        rest = after;
    }
    parts.push(Part::End);
    parts
}

/// Splits what stands between numbers where something that comes before a release begins; it has a version before it.
fn text_parts<'n>(text: &'n str, has_version: bool, parts: &mut Vec<Part<'n>>) {
    const BEFORE: [&str; 6] = ["alpha", "beta", "dev", "pre", "preview", "rc"];
    let word = text.trim_start_matches(['-', '.', '_', '~', '+']);
    let name = word.trim_end_matches(['-', '.', '_']);
    if has_version && BEFORE.contains(&name) {
        parts.push(Part::Before(name));
    } else {
        parts.push(Part::Text(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(names: &[&str]) -> Refs {
        let all = names.iter().map(|name| Ref {
            name: (*name).to_owned(),
            end: End::Commit("0".repeat(40)),
        });
        Refs {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            all: all.collect(),
        }
    }

    #[test]
    fn versions_are_in_order_of_their_numbers_and_a_candidate_comes_before_its_release() {
        let ordered = [
            "LIBVIR_0_0_1",
            "v1.2.9",
            "v1.2.10-rc1",
            "v1.2.10-rc2",
            "v1.2.10-rc10",
            "v1.2.10",
            "v1.2.10-maint",
            "v1.2.10.1",
            "v1.2.11",
            "v2.0.0-alpha.1",
            "v2.0.0-alpha.2",
            "v2.0.0-beta",
            "v2.0.0-rc.1",
            "v2.0.0rc2",
            "v2.0.0",
            "v10",
            "v99999999999999999999999999999",
            "v100000000000000000000000000000",
        ];
        let mut sorted = ordered;
        sorted.reverse();
        sorted.sort_by(|left, right| by_version(left, right));
        assert_eq!(sorted, ordered);
    }

    #[test]
    fn the_shortest_name_is_one_that_leads_to_this_ref_alone() {
        let refs = refs(&[
            "refs/heads/main",
            "refs/heads/v1",
            "refs/heads/origin/twice",
            "refs/remotes/origin/main",
            "refs/remotes/origin/twice",
            "refs/tags/v1",
            "refs/tags/v2",
            "refs/tags/-x",
            "refs/tags/0123456789012345678901234567890123456789",
            "refs/stash",
        ]);
        for (full, short) in [
            ("refs/heads/main", "main"),
            ("refs/heads/v1", "heads/v1"),
            ("refs/tags/v1", "tags/v1"),
            ("refs/tags/v2", "v2"),
            ("refs/remotes/origin/main", "origin/main"),
            ("refs/remotes/origin/twice", "remotes/origin/twice"),
            ("refs/heads/origin/twice", "heads/origin/twice"),
            ("refs/tags/-x", "tags/-x"),
            (
                "refs/tags/0123456789012345678901234567890123456789",
                "tags/0123456789012345678901234567890123456789",
            ),
            ("refs/stash", "stash"),
        ] {
            assert_eq!(refs.shortest(full), short);
        }
    }
}
