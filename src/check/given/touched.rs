//! The files of given patches that a check has something to ask about: sources of C, specs, shell scripts. Asks nothing.

use std::collections::BTreeMap;

use crate::check::c::Beside;
use crate::target::commit::mode;
use crate::target::hunks::{self, Origin};
use crate::target::{Blob, Commit, FileChange, Tree};
use crate::text::Source;

/// A file above this is no source that somebody wrote, and is not read.
const LARGEST: usize = 4 << 20;

/// What a file is to the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A source of C.
    C,
    /// A header of C.
    Header,
    /// An RPM spec, or the template of one.
    Spec,
    /// A script for bash or sh.
    Shell,
}

/// A file that a patch changed or created.
pub(super) struct Touched<'t> {
    pub(super) kind: Kind,
    /// Its path.
    pub(super) path: &'t str,
    /// Its path before.
    pub(super) old_path: &'t str,
    pub(super) before: Option<Source>,
    pub(super) after: Source,
}

/// Returns the files of a patch that are of a kind that some check asks about, in their order.
pub(super) fn touched(commit: &Commit) -> Vec<Touched<'_>> {
    commit.changes.iter().filter_map(of).collect()
}

/// Returns how many sources of C a patch changes or creates.
pub(super) fn sources(commit: &Commit) -> usize {
    let changes = commit.changes.iter();
    changes
        .filter(|change| change.after.is_some() && change.path.ends_with(".c"))
        .count()
}

fn of(change: &FileChange) -> Option<Touched<'_>> {
    let after = change.after.as_ref().filter(|blob| is_text(blob))?;
    let before = change.before.as_ref().filter(|blob| is_text(blob));
    if before.is_some_and(|before| before.bytes == after.bytes) {
        return None;
    }
    let origin = change.origin.as_ref();
    Some(Touched {
        kind: kind(&change.path, &after.bytes)?,
        path: &change.path,
        old_path: origin.map_or(&change.path, |origin| &origin.path),
        before: before.map(|blob| Source::new(change.path.as_str(), blob.bytes.clone())),
        after: Source::new(change.path.as_str(), after.bytes.clone()),
    })
}

fn is_text(blob: &Blob) -> bool {
    blob.kind() == mode::REGULAR && blob.bytes.len() <= LARGEST && !hunks::is_binary(&blob.bytes)
}

fn kind(path: &str, bytes: &[u8]) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "c" => Some(Kind::C),
        "h" => Some(Kind::Header),
        "spec" => Some(Kind::Spec),
        "in" if name.ends_with(".spec.in") => Some(Kind::Spec),
        "sh" | "bash" => Some(Kind::Shell),
        _ if is_shell(bytes) => Some(Kind::Shell),
        _ => None,
    }
}

/// Whether the first line says that bash or sh runs the file.
fn is_shell(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"#!") else {
        return false;
    };
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
    let mut words = line
        .split_whitespace()
        .map(|word| word.rsplit('/').next().unwrap_or(word));
    let program = words.next();
    let program = if program == Some("env") {
        words.next()
    } else {
        program
    };
    matches!(program, Some("sh" | "bash" | "dash"))
}

/// Returns the sources and headers of C that changes add or change, as they stand in a tree and as they stood in the base.
pub(in crate::check) fn beside(changes: &[&FileChange], base: &Tree, tree: &Tree) -> Beside {
    let read = |tree: &Tree, path: &str| {
        let blob = tree.read(path).ok().flatten().filter(is_text)?;
        Some(Source::new(path, blob.bytes))
    };
    let mut files = BTreeMap::new();
    for change in changes {
        let is_c = change.path.ends_with(".c") || change.path.ends_with(".h");
        let Some(after) = read(tree, &change.path).filter(|_| is_c) else {
            continue;
        };
        let origin = change.origin.as_ref().map(|origin| origin.path.as_str());
        let before = read(base, &change.path).or_else(|| read(base, origin?));
        files.insert(change.path.clone(), (before, after));
    }
    let files = files.into_iter();
    Beside::of(files.map(|(path, (before, after))| (path, before, after)))
}

/// Returns the lines that a change puts into a file and those that it takes out, each with its line feed.
pub(in crate::check) fn changed_lines(before: &[u8], after: &[u8]) -> (String, String) {
    let (mut added, mut removed) = (String::new(), String::new());
    // What libgit2 can't compare has no lines to look at; no check passes for it.
    for hunk in hunks::hunks(before, after).unwrap_or_default() {
        for line in hunk.lines {
            let into = match line.origin {
                Origin::Added => &mut added,
                Origin::Removed => &mut removed,
                Origin::Context => continue,
            };
            into.push_str(&String::from_utf8_lossy(&line.text));
            into.push('\n');
        }
    }
    (added, removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_by_its_name_or_its_first_line() {
        let kinds = [
            ("a/b.sh", &b"echo"[..], true),
            ("tool", b"#!/bin/sh\n", true),
            ("tool", b"#! /usr/bin/env bash\n", true),
            ("tool", b"#!/usr/bin/env python3\n", false),
            ("tool", b"#!/bin/zsh\n", false),
            ("tool", b"", false),
        ];
        for (path, bytes, expected) in kinds {
            assert_eq!(
                kind(path, bytes) == Some(Kind::Shell),
                expected,
                "{path} {bytes:?}"
            );
        }
        assert_eq!(kind("x/libvirt.spec.in", b""), Some(Kind::Spec));
        assert_eq!(kind("config.in", b""), None);
        assert_eq!(kind("src/a.c", b"#!/bin/sh"), Some(Kind::C));
    }
}
