//! What a change of a spec did to its packages: the inserted text and nothing else, or findings. Runs nothing.

use std::collections::BTreeSet;

use super::Finding;
use super::query::{Inserted, Queried};

/// Compares what rpm says of a spec before and after a text was inserted, for one distribution.
///
/// `after` must have been asked with the inserted text, so that it knows what rpm makes of it.
pub fn compare(before: &Queried, after: &Queried, inserted: &Inserted) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(new_errors(&before.errors, &after.errors));
    let expanded: Vec<&str> = lines(after.expanded.as_deref().unwrap_or_default());
    let Some(tag) = inserted.tag() else {
        findings.push(Finding::new(
            "spec-section-unknown",
            format!("`{}` does not open a scriptlet", inserted.header),
        ));
        return findings;
    };
    let target = (inserted.package(&after.name), tag);
    findings.extend(elsewhere(before, after, (&target.0, tag)));
    findings.extend(in_scriptlet(
        before,
        after,
        (&target.0, tag),
        inserted,
        &expanded,
    ));
    match added(&lines_of(&before.parsed), &lines_of(&after.parsed)) {
        Some(block) if same(&block, &expanded) => {}
        Some(block) if block.is_empty() => {}
        _ if findings
            .iter()
            .any(|finding| finding.code != "spec-new-error") => {}
        _ => findings.push(Finding::new(
            "spec-changed-elsewhere",
            format!(
                "the expanded spec differs by more than the inserted lines: `{}`",
                first_lost(&before.parsed, &after.parsed)
            ),
        )),
    }
    findings
}

/// Compares what rpm says of a spec before and after a change of any form: no error line is new, and no macro stays as it is
/// written that rpm expanded before. `added` are the lines that the change puts into the spec, `known` the macros that it used before.
///
/// A macro that this machine does not know may be one of a distribution's: it is `macro-unknown`, and `macro-unexpanded` only
/// where it is spelt nearly like a known one.
pub fn compare_loosely(
    before: &Queried,
    after: &Queried,
    added: &str,
    known: &BTreeSet<String>,
) -> Vec<Finding> {
    let mut findings = new_errors(&before.errors, &after.errors);
    let old = leftovers(before);
    let new = leftovers(after).into_iter();
    for reference in new.filter(|new| !old.contains(new) && added.contains(new.as_str())) {
        let name = reference.trim_matches(|sign: char| "%{}?!".contains(sign));
        let near = known.iter().find(|known| {
            name.len() >= SHORTEST && strsim::levenshtein(name, known) <= NEAR && *known != name
        });
        findings.push(match near {
            Some(known) => Finding::new(
                "macro-unexpanded",
                format!(
                    "`{reference}` is no macro of this spec and stays as it is; `{known}` is one"
                ),
            ),
            None => Finding::new(
                "macro-unknown",
                format!("rpm here does not know `{reference}`"),
            ),
        });
    }
    findings
}

/// A macro's name that differs from another by so many signs is a slip of the fingers, unless it is shorter than that.
const NEAR: usize = 2;
const SHORTEST: usize = 6;

/// The references to macros that rpm left as they are: in scriptlets those of any form, elsewhere those in braces, since `%name`
/// there may be a word of rpm's own. The changelog tells of macros, and uses none.
fn leftovers(queried: &Queried) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let scriptlets = queried
        .packages
        .values()
        .flat_map(|package| package.scriptlets.values());
    for line in scriptlets.flat_map(|scriptlet| scriptlet.text.lines()) {
        found.extend(references(line).into_iter().map(str::to_owned));
    }
    let parsed = queried.parsed.iter();
    for line in parsed.take_while(|line| *line != "%changelog") {
        let braced = references(line)
            .into_iter()
            .filter(|reference| reference.starts_with("%{"));
        found.extend(braced.map(str::to_owned));
    }
    found
}

fn new_errors(before: &[String], after: &[String]) -> Vec<Finding> {
    let mut known = before.to_vec();
    after
        .iter()
        .filter(|line| match known.iter().position(|old| old == *line) {
            Some(at) => {
                known.swap_remove(at);
                false
            }
            None => true,
        })
        .map(|line| Finding::new("spec-new-error", format!("rpmspec says a new `{line}`")))
        .collect()
}

fn elsewhere(before: &Queried, after: &Queried, target: (&str, &str)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let names: BTreeSet<&String> = before
        .packages
        .keys()
        .chain(after.packages.keys())
        .collect();
    for name in names {
        let (Some(old), Some(new)) = (before.packages.get(name), after.packages.get(name)) else {
            findings.push(Finding::new(
                "spec-changed-elsewhere",
                format!("package `{name}` is there only before or only after the patch"),
            ));
            continue;
        };
        let tags: BTreeSet<&&str> = old.scriptlets.keys().chain(new.scriptlets.keys()).collect();
        for tag in tags {
            if (name.as_str(), *tag) != target
                && old.scriptlets.get(*tag) != new.scriptlets.get(*tag)
            {
                findings.push(Finding::new(
                    "scriptlet-elsewhere",
                    format!(
                        "{tag} of `{name}` changes, expected a change of {} of `{}` only",
                        target.1, target.0
                    ),
                ));
            }
        }
        if old.triggers != new.triggers {
            findings.push(Finding::new(
                "spec-changed-elsewhere",
                format!("the triggers of `{name}` change"),
            ));
        }
        // A package gets the interpreter of its first scriptlet as a requirement.
        let first = old.scriptlets.is_empty() && name == target.0;
        if !first && old.requires != new.requires {
            findings.push(Finding::new(
                "spec-changed-elsewhere",
                format!("what `{name}` requires changes"),
            ));
        }
    }
    findings
}

fn in_scriptlet(
    before: &Queried,
    after: &Queried,
    (package, tag): (&str, &str),
    inserted: &Inserted,
    expanded: &[&str],
) -> Vec<Finding> {
    let scriptlet = |queried: &Queried| {
        queried
            .packages
            .get(package)
            .and_then(|p| p.scriptlets.get(tag).cloned())
    };
    let (old, new) = (scriptlet(before), scriptlet(after));
    let old_text = old.map(|scriptlet| scriptlet.text).unwrap_or_default();
    let (old_lines, new_lines) = (
        lines(&old_text),
        new.as_ref().map(|new| lines(&new.text)).unwrap_or_default(),
    );
    let mut findings = Vec::new();
    match added(&old_lines, &new_lines) {
        None => findings.push(Finding::new(
            "scriptlet-not-an-insertion",
            format!("{tag} of `{package}` loses or changes lines that it had"),
        )),
        Some(block) if block.is_empty() => findings.push(Finding::new(
            "scriptlet-not-reached",
            format!("{tag} of `{package}` is as it was: what was inserted is switched off or stands elsewhere"),
        )),
        Some(block) if !same(&block, expanded) => findings.push(Finding::new(
            "scriptlet-differs",
            format!("{tag} of `{package}` gains other lines than rpm makes of the inserted text by itself"),
        )),
        Some(block) => {
            findings.extend(unexpanded(&inserted.text, &block));
            if let Some(new) = new.filter(|new| !new.is_shell()) {
                findings.push(Finding::new(
                    "scriptlet-not-shell",
                    format!("{tag} of `{package}` is run by `{}`, the inserted text is shell", new.interpreter),
                ));
            }
        }
    }
    findings
}

fn unexpanded(text: &str, block: &[&str]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for line in block {
        for reference in references(line)
            .into_iter()
            .filter(|reference| text.contains(reference))
        {
            findings.push(Finding::new(
                "macro-unexpanded",
                format!("`{reference}` is no macro of this spec and stays as it is"),
            ));
        }
    }
    findings.dedup();
    findings
}

// rpm knows no macro of a shorter name; within `${...}` the sign is the shell's.
fn references(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut depth = 0_i32;
    for (at, sign) in line.char_indices() {
        match sign {
            '$' if line[at + 1..].starts_with('{') => depth += 1,
            '}' => depth = (depth - 1).max(0),
            '%' if depth == 0 => found.extend(macro_at(&line[at..])),
            _ => {}
        }
    }
    found
}

fn macro_at(text: &str) -> Option<&str> {
    let rest = &text[1..];
    if rest.starts_with('{') || rest.starts_with('(') {
        let end = rest.find(['}', ')']).map_or(text.len(), |at| at + 2);
        return Some(&text[..end]);
    }
    let name = rest.trim_start_matches(['?', '!']);
    let length = name
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    let begins = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    (begins && length >= 3).then(|| &text[..1 + rest.len() - name.len() + length])
}

// The lines that `after` has beside those of `before`, in one place; none where it lacks some.
fn added<'a>(before: &[&str], after: &[&'a str]) -> Option<Vec<&'a str>> {
    let head = before
        .iter()
        .zip(after)
        .take_while(|(old, new)| old == new)
        .count();
    let tail = before[head..]
        .iter()
        .rev()
        .zip(after[head..].iter().rev())
        .take_while(|(old, new)| old == new)
        .count();
    (head + tail == before.len()).then(|| after[head..after.len() - tail].to_vec())
}

// Where a block begins like what follows it, the same lines can be counted from two places; both are the same text.
fn same(block: &[&str], expanded: &[&str]) -> bool {
    block.len() == expanded.len()
        && (0..block.len().max(1)).any(|by| {
            block[by.min(block.len())..]
                .iter()
                .chain(&block[..by.min(block.len())])
                .eq(expanded.iter())
        })
}

fn first_lost<'a>(before: &'a [String], after: &[String]) -> &'a str {
    let left: BTreeSet<&String> = after.iter().collect();
    before
        .iter()
        .find(|line| !left.contains(line))
        .map_or("", String::as_str)
}

fn lines(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect()
}

fn lines_of(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_block_in_one_place_is_an_insertion() {
        assert_eq!(
            added(&["a", "b"], &["a", "x", "y", "b"]),
            Some(vec!["x", "y"])
        );
        assert_eq!(added(&["a", "b"], &["a", "b"]), Some(vec![]));
        assert_eq!(added(&["a", "b"], &["x", "a", "y", "b"]), None);
        assert_eq!(added(&["a", "b"], &["a", "x"]), None);
        assert_eq!(added(&[], &["x"]), Some(vec!["x"]));
    }

    #[test]
    fn a_block_that_begins_like_what_follows_it_is_still_the_same() {
        let block = added(&["fi", "x"], &["if", "y", "fi", "fi", "x"]).unwrap();
        assert!(same(&block, &["if", "y", "fi"]));
        let block = added(&["#", "a"], &["#", "b", "#", "a"]).unwrap();
        assert!(same(&block, &["#", "b"]));
        assert!(!same(&["a", "b"], &["a", "c"]));
    }

    #[test]
    fn a_macro_left_over_is_found_and_a_percent_sign_of_the_shell_is_not() {
        let told = |line: &str| unexpanded(line, &[line]).len();
        assert_eq!(told("rm %{_localstatdir}/x"), 1);
        assert_eq!(told("rm %_localstatdir/x"), 1);
        assert_eq!(told("rm %(echo x)"), 1);
        assert_eq!(
            told("printf '%s %d' ${name%%.xml} ${x%suffix} $((3 % 2)) 50%"),
            0
        );
    }

    #[test]
    fn an_error_that_was_there_before_is_not_new() {
        let line = "error: line N: x".to_owned();
        let pair = [line.clone(), line.clone()];
        assert_eq!(new_errors(&pair[..1], &pair[..1]).len(), 0);
        assert_eq!(new_errors(&pair[..1], &pair).len(), 1);
    }
}
