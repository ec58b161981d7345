//! `MAINTAINERS` as Linux, QEMU and Xen keep it: sections of `M:`, `R:`, `L:`, `F:`, `X:` and `N:` lines. Finds whom a change
//! concerns; does not look into the change itself, as `K:` would ask for.

use regex::Regex;

use super::{Fate, Habit, Text, What, address};
use crate::text::Globs;

/// Where it stands.
pub const PATHS: &[&str] = &["MAINTAINERS"];

/// A line of a section.
struct Line<'l> {
    /// The letter before the colon.
    letter: char,
    value: &'l str,
    offset: usize,
}

/// Returns the people and lists that look after any of `paths`, each once, in the order of the file.
///
/// A section whose only patterns take everything (`F: *`) speaks for its lists; for its people only where no other section has any.
pub fn concerned(text: &Text, paths: &[String]) -> Vec<Habit> {
    let sections = sections(text.source.text());
    let matching: Vec<&Vec<Line>> = sections
        .iter()
        .filter(|section| covers(section, paths))
        .collect();
    let is_rest = |section: &[Line]| {
        let mut files = section
            .iter()
            .filter(|line| matches!(line.letter, 'F' | 'N'));
        files.all(|line| matches!(line.value, "*" | "*/" | "."))
    };
    let is_kept = matching
        .iter()
        .any(|section| !is_rest(section) && section.iter().any(|line| line.letter == 'M'));
    let mut found = Vec::new();
    for section in matching {
        let skips_people = is_kept && is_rest(section);
        for line in section
            .iter()
            .filter(|line| matches!(line.letter, 'M' | 'R' | 'L'))
        {
            if !(skips_people && line.letter != 'L') {
                found.push(habit(text, line));
            }
        }
    }
    found
}

fn habit(text: &Text, line: &Line) -> Habit {
    let what = if line.letter == 'M' {
        What::Keeper
    } else {
        What::Cc
    };
    // The bytes tell what the text shows as question marks.
    let bytes = &text.source.bytes()[line.offset..line.offset + line.value.len()];
    let address = match address::split(line.value).as_slice() {
        [one] if std::str::from_utf8(bytes).is_ok() => address::read(one),
        _ => None,
    };
    let fate = match address {
        None => Fate::Unused("is no mail address"),
        Some(_) if line.value.contains("subscribers-only") => {
            Fate::Unused("takes mail of subscribers only")
        }
        Some(_) => Fate::Used,
    };
    Habit {
        what,
        key: line.letter.to_string(),
        value: address.unwrap_or_else(|| line.value.to_owned()),
        origin: text.origin(line.offset),
        fate,
    }
}

/// Splits the file at what is no `X: value` line; what is indented explains the form.
fn sections(text: &str) -> Vec<Vec<Line<'_>>> {
    let mut sections = vec![Vec::new()];
    let mut offset = 0;
    for full in text.split_inclusive('\n') {
        let line = full.trim_end();
        let parts = line.split_once(':').filter(|(letter, _)| letter.len() == 1);
        let letter = parts.and_then(|(letter, _)| letter.chars().next());
        match (letter.filter(char::is_ascii_uppercase), parts) {
            (Some(letter), Some((_, rest))) => {
                let value = rest.trim_start();
                let offset = offset + line.len() - value.len();
                sections.iter_mut().last().into_iter().for_each(|section| {
                    section.push(Line {
                        letter,
                        value,
                        offset,
                    });
                });
            }
            _ => sections.push(Vec::new()),
        }
        offset += full.len();
    }
    sections.retain(|section| !section.is_empty());
    sections
}

fn covers(section: &[Line], paths: &[String]) -> bool {
    let lines = |letter: char| section.iter().filter(move |line| line.letter == letter);
    // What is no regular expression names nothing.
    let by_name: Vec<Regex> = lines('N')
        .filter_map(|line| Regex::new(line.value).ok())
        .collect();
    paths.iter().any(|path| {
        let is_in = lines('F').any(|line| names(line.value, path));
        (is_in || by_name.iter().any(|regex| regex.is_match(path)))
            && !lines('X').any(|line| names(line.value, path))
    })
}

/// Returns whether an `F:` pattern names a path: `dir/` all that is below, `dir/*` the files in it, `dir` or `file` itself.
fn names(pattern: &str, path: &str) -> bool {
    if pattern == "*" || pattern == "*/" {
        return true;
    }
    let whole = pattern.trim_end_matches('/');
    let literal = whole
        .find(['*', '?', '[', '{', '\\'])
        .unwrap_or(whole.len());
    if !path.starts_with(&whole[..literal]) {
        return false;
    }
    let below = format!("{whole}/**");
    // A pattern with a wildcard at its end names files; one without may be a folder.
    let may_be_folder = pattern.ends_with('/') || !whole.ends_with('*');
    let mut patterns = vec![];
    patterns.extend((!pattern.ends_with('/')).then_some(whole));
    patterns.extend(may_be_folder.then_some(below.as_str()));
    Globs::new(patterns).is_ok_and(|globs| globs.matches(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    const FILE: &[u8] = b"\
List of maintainers
\tM: *Mail* patches to: FullName <address@domain>

QEMU DRIVER
M:\tOne <one@x.org>
R:\tTwo, the second <two@x.org> (since 2015)
L:\tqemu@x.org (moderated for non-subscribers)
L:\tinner@x.org (subscribers-only)
S:\tMaintained
F:\tsrc/qemu/
X:\tsrc/qemu/test/
K:\tcapabilities

SPEC
M:\tThree <three@x.org>
M:\tFour\xe9 <four@x.org>
F:\t*.spec.in

TOP
M:\tFive <five@x.org>
F:\tsrc/*
F:\tdocs

BY NAME
M:\tSix <six@x.org>
N:\tcapabilit(y|ies)\\.c$
N:\t[

THE REST
M:\tBoss <boss@x.org>
L:\teverybody@x.org
F:\t*
F:\t*/
";

    fn found(paths: &[&str]) -> Vec<(What, String, String, Fate)> {
        let text = Text::new(
            Source::new("MAINTAINERS@v1", FILE),
            "MAINTAINERS",
            Some("v1"),
        );
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let found = concerned(&text, &paths).into_iter();
        found
            .map(|habit| (habit.what, habit.value, habit.origin, habit.fate))
            .collect()
    }

    fn used(paths: &[&str]) -> Vec<String> {
        let used = found(paths)
            .into_iter()
            .filter(|(.., fate)| *fate == Fate::Used);
        used.map(|(_, value, ..)| value).collect()
    }

    #[test]
    fn who_looks_after_a_folder_is_found_and_told_with_its_line() {
        let found = found(&["src/qemu/a.c"]);
        let line = |number: usize| format!("MAINTAINERS:{number} on v1");
        assert_eq!(
            found[0],
            (What::Keeper, "One <one@x.org>".into(), line(5), Fate::Used)
        );
        assert_eq!(found[1].2, line(6));
        assert_eq!(
            found[2],
            (What::Cc, "qemu@x.org".into(), line(7), Fate::Used)
        );
        assert_eq!(found[3].3, Fate::Unused("takes mail of subscribers only"));
        assert_eq!(found[4].1, "everybody@x.org");
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn patterns_mean_what_the_file_says_of_them() {
        assert_eq!(used(&["src/a.c"]), ["Five <five@x.org>", "everybody@x.org"]);
        assert_eq!(
            used(&["src/lib/a.c"]),
            ["Boss <boss@x.org>", "everybody@x.org"]
        );
        assert_eq!(
            used(&["docs/sub/a.rst"]),
            ["Five <five@x.org>", "everybody@x.org"]
        );
        assert_eq!(
            used(&["src/qemu/test/a.c"]),
            ["Boss <boss@x.org>", "everybody@x.org"]
        );
        assert_eq!(
            used(&["x/capability.c"]),
            ["Six <six@x.org>", "everybody@x.org"]
        );
        assert_eq!(used(&["y"]), ["Boss <boss@x.org>", "everybody@x.org"]);
    }

    #[test]
    fn a_name_that_is_not_utf8_is_told_and_left_out() {
        let found = found(&["libvirt.spec.in"]);
        assert_eq!(found[0].3, Fate::Used);
        assert_eq!(found[1].3, Fate::Unused("is no mail address"));
    }
}
