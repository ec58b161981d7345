//! `CODEOWNERS` as GitHub, GitLab and Gitea read it: a pattern and its owners a line, the last one that matches decides. An owner
//! that is a handle (`@user`, `@org/team`) has no address, and is told.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Fate, Habit, Text, What, address};

/// Where it stands, in the order in which it is looked for.
pub const PATHS: &[&str] = &[
    ".github/CODEOWNERS",
    ".gitlab/CODEOWNERS",
    "CODEOWNERS",
    "docs/CODEOWNERS",
];

/// A part of the file; GitLab's has a heading and owners of its own, and each decides for itself.
#[derive(Default)]
struct Section<'s> {
    owners: Vec<(usize, &'s str)>,
    rules: Vec<Rule<'s>>,
}

struct Rule<'r> {
    pattern: &'r str,
    /// Offset and text of each.
    owners: Vec<(usize, &'r str)>,
}

/// Returns the owners of `paths`, each once, in the order of the file.
pub fn concerned(text: &Text, paths: &[String]) -> Vec<Habit> {
    let mut owners: Vec<(usize, &str)> = Vec::new();
    for section in sections(text.source.text()) {
        owners.extend(section.owners_of(paths));
    }
    owners.sort_unstable();
    owners.dedup();
    owners
        .into_iter()
        .map(|(offset, owner)| habit(text, offset, owner))
        .collect()
}

fn habit(text: &Text, offset: usize, owner: &str) -> Habit {
    let address = address::read(owner).filter(|_| !owner.starts_with('@'));
    let fate = match address {
        Some(_) => Fate::Used,
        None if owner.starts_with('@') => Fate::Unused("is a handle, and no mail address"),
        None => Fate::Unused("is no mail address"),
    };
    Habit {
        what: What::Keeper,
        key: "owner".to_owned(),
        value: address.unwrap_or_else(|| owner.to_owned()),
        origin: text.origin(offset),
        fate,
    }
}

impl<'s> Section<'s> {
    fn owners_of(&self, paths: &[String]) -> Vec<(usize, &'s str)> {
        let mut open: Vec<&String> = paths.iter().collect();
        let mut owners = Vec::new();
        for rule in self.rules.iter().rev() {
            if open.is_empty() {
                break;
            }
            let matcher = rule.matcher();
            let (decided, rest) = open
                .into_iter()
                .partition(|path| rule.matches(&matcher, path));
            open = rest;
            if !Vec::<&String>::is_empty(&decided) {
                let of_rule = if rule.owners.is_empty() {
                    &self.owners
                } else {
                    &rule.owners
                };
                owners.extend(of_rule);
            }
        }
        owners
    }
}

impl Rule<'_> {
    /// Returns the pattern as `.gitignore` would have it. A line that is no pattern matches nothing, as the forges have it; so does
    /// one that would take a match back.
    fn matcher(&self) -> Gitignore {
        let mut builder = GitignoreBuilder::new("");
        if self.pattern.starts_with('!') || builder.add_line(None, self.pattern).is_err() {
            return Gitignore::empty();
        }
        builder.build().unwrap_or_else(|_| Gitignore::empty())
    }

    /// Returns whether it names the path, or a folder above it; `docs/*` names the files in a folder and none below.
    fn matches(&self, matcher: &Gitignore, path: &str) -> bool {
        if matcher.matched(path, false).is_ignore() {
            return true;
        }
        let mut folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        !self.pattern.ends_with("/*")
            && folders.any(|folder| matcher.matched(folder, true).is_ignore())
    }
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section::default()];
    let mut offset = 0;
    for full in text.split_inclusive('\n') {
        let line = uncommented(full);
        let words = words(line, offset);
        let is_heading = line.starts_with('[') || line.starts_with("^[");
        if is_heading && let Some(end) = line.find(']') {
            let end = offset + end;
            let owners = words
                .into_iter()
                .filter(|(at, word)| *at > end && !word.starts_with('['));
            sections.push(Section {
                owners: owners.collect(),
                rules: Vec::new(),
            });
        } else if let Some(((_, pattern), owners)) = words.split_first() {
            let rule = Rule {
                pattern,
                owners: owners.to_vec(),
            };
            if let Some(section) = sections.last_mut() {
                section.rules.push(rule);
            }
        }
        offset += full.len();
    }
    sections
}

fn uncommented(line: &str) -> &str {
    if line.trim_start().starts_with('#') {
        return "";
    }
    line.find(" #").map_or(line, |at| &line[..at]).trim_end()
}

/// Splits a line at its blanks but for those behind a backslash.
fn words(line: &str, offset: usize) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        let is_blank = c.is_whitespace() && !escaped;
        escaped = c == '\\' && !escaped;
        match (start, is_blank) {
            (None, false) => start = Some(at),
            (Some(from), true) => {
                words.push((offset + from, &line[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| (offset + from, &line[from..])));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn found(text: &str, path: &str) -> Vec<(String, String, Fate)> {
        let text = Text::new(
            Source::new("CODEOWNERS", text.as_bytes()),
            "CODEOWNERS",
            None,
        );
        let found = concerned(&text, &[path.to_owned()]).into_iter();
        found
            .map(|habit| (habit.value, habit.origin, habit.fate))
            .collect()
    }

    fn owners(text: &str, path: &str) -> Vec<String> {
        found(text, path)
            .into_iter()
            .map(|(value, ..)| value)
            .collect()
    }

    const FILE: &str = "\
# comment
*            all@x.org   # everybody
/src/        src@x.org @octocat
docs/*       docs@x.org
apps/        apps@x.org
*.spec.in    spec@x.org @org/rpm
/src/free/
a\\ b.c      blank@x.org
!x           never@x.org
";

    #[test]
    fn the_last_pattern_that_matches_decides() {
        assert_eq!(owners(FILE, "x"), ["all@x.org"]);
        assert_eq!(owners(FILE, "src/qemu/a.c"), ["src@x.org", "@octocat"]);
        assert_eq!(owners(FILE, "other/src/a.c"), ["all@x.org"]);
        assert_eq!(owners(FILE, "docs/a.md"), ["docs@x.org"]);
        assert_eq!(owners(FILE, "docs/sub/a.md"), ["all@x.org"]);
        assert_eq!(owners(FILE, "other/apps/a"), ["apps@x.org"]);
        assert_eq!(owners(FILE, "a b.c"), ["blank@x.org"]);
        assert!(owners(FILE, "src/free/a").is_empty());
    }

    #[test]
    fn a_handle_is_told_and_has_no_address() {
        let found = found(FILE, "libvirt.spec.in");
        assert_eq!(
            found[0],
            ("spec@x.org".into(), "CODEOWNERS:6".into(), Fate::Used)
        );
        assert_eq!(found[1].2, Fate::Unused("is a handle, and no mail address"));
    }

    #[test]
    fn sections_of_gitlab_decide_each_for_itself() {
        let text = "* all@x.org\n[Docs][2] docs@x.org\ndocs/\nREADME me@x.org\n^[Optional]\ndocs/ two@x.org\n";
        assert_eq!(
            owners(text, "docs/a"),
            ["all@x.org", "docs@x.org", "two@x.org"]
        );
        assert_eq!(owners(text, "README"), ["all@x.org", "me@x.org"]);
    }
}
