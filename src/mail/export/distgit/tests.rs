//! Specs and commits, and the files that come of them.

use super::*;
use crate::mail::{FileChange, Ident, When};
use crate::target::Blob;

const SPEC: &str = "Name: tool\nSource: tool.tar.gz\nPatch0011: 0011-old.patch\nRelease: 3\n%prep\n%autosetup -S git_am\n\
                    %post\nnew line\n%changelog\n* x\n";

fn blob(text: &str) -> Option<Blob> {
    Some(Blob::new(0o100_644, text.as_bytes()))
}

fn commit(title: &str, paths: &[&str]) -> Commit {
    let change = |path: &&str| FileChange {
        path: (*path).to_owned(),
        before: blob("a\n"),
        after: blob("b\n"),
        ..FileChange::default()
    };
    Commit {
        id: "0".repeat(40),
        author: Ident {
            name: "É".to_owned(),
            email: "e@example.org".to_owned(),
        },
        date: When::at(0, 0),
        message: format!("{title}\n\nWhy.\n"),
        changes: paths.iter().map(change).collect(),
    }
}

fn options() -> Options {
    Options {
        signature: Some("2".to_owned()),
        ..Options::plain(commit("", &[]).author)
    }
}

fn packaging(files: &[&str]) -> Packaging {
    Packaging {
        path: "tool.spec".to_owned(),
        folder: String::new(),
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        inside: Some("tool.spec".to_owned()),
    }
}

fn written(packaging: &Packaging, spec: &str, commits: &[Commit]) -> Exported {
    let spec = Source::new("tool.spec", spec.as_bytes());
    export(packaging, &spec, commits, &options()).unwrap()
}

fn text_of(exported: &Exported, at: usize) -> &str {
    std::str::from_utf8(&exported.files[at].1).unwrap()
}

#[test]
fn the_spec_is_changed_itself_and_sources_are_patches() {
    let commits = [
        commit("spec: Change", &["tool.spec"]),
        commit("a: Change", &["a.c"]),
        commit("b: Both", &["b.c", "tool.spec"]),
    ];
    let exported = written(&packaging(&["0011-old.patch", "tool.spec"]), SPEC, &commits);
    assert_eq!(
        exported.patches,
        ["tool.spec", "0012-a-Change.patch", "0013-b-Both.patch"]
    );
    let tags =
        "Patch0011: 0011-old.patch\nPatch0012: 0012-a-Change.patch\nPatch0013: 0013-b-Both.patch\n";
    let expected = SPEC.replace("Patch0011: 0011-old.patch\n", tags);
    assert_eq!(text_of(&exported, 0), expected);
    let patch = text_of(&exported, 1);
    let start = format!(
        "From {} Mon Sep 17 00:00:00 2001\nFrom: =?UTF-8?q?=C3=89?= <e@example.org>\n",
        "0".repeat(40)
    );
    assert!(patch.starts_with(&start), "{patch}");
    assert!(patch.contains("\nSubject: [PATCH] a: Change\n"), "{patch}");
    assert!(!text_of(&exported, 2).contains("tool.spec"));
}

#[test]
fn a_series_for_the_spec_alone_names_no_patch() {
    let exported = written(
        &packaging(&[]),
        SPEC,
        &[commit("spec: Change", &["tool.spec"])],
    );
    assert_eq!(exported.files.len(), 1);
    assert_eq!(text_of(&exported, 0), SPEC);
}

#[test]
fn files_are_named_as_those_that_are_there() {
    let one = [commit("a: Change", &["a.c"])];
    let name = |tag: &str, files: &[&str]| {
        let spec = SPEC.replace("Patch0011: 0011-old.patch\n", tag);
        written(&packaging(files), &spec, &one).patches.remove(0)
    };
    assert_eq!(name("Patch1: tool-fix.patch\n", &[]), "tool-a-Change.patch");
    let taken = ["tool-a-Change.patch"];
    assert_eq!(
        name("Patch1: tool-a-Change.patch\n", &taken),
        "tool-2-a-Change.patch"
    );
    assert_eq!(name("Patch7: fix.patch\n", &[]), "0008-a-Change.patch");
    assert_eq!(name("", &[]), "0001-a-Change.patch");
    // One that no tag names any more is not written over.
    assert_eq!(name("", &["0001-a-Change.patch"]), "0002-a-Change.patch");
    assert_eq!(name("Patch7: 03-fix.patch\n", &[]), "04-a-Change.patch");
}

#[test]
fn folders_of_a_packaging_tree_are_kept() {
    let packaging = Packaging {
        path: "SPECS/tool.spec".to_owned(),
        folder: "SOURCES".to_owned(),
        ..packaging(&[])
    };
    let exported = written(&packaging, SPEC, &[commit("a: Change", &["a.c"])]);
    assert_eq!(exported.files[0].0, PathBuf::from("SPECS/tool.spec"));
    assert_eq!(exported.patches, ["SOURCES/0012-a-Change.patch"]);
}

#[test]
fn what_patch_cannot_apply_is_refused_unless_git_applies_it() {
    let mut binary = commit("a: Change", &["a.bin"]);
    binary.changes[0].after = blob("\0");
    let spec = |way: &str| Source::new("tool.spec", SPEC.replace("-S git_am", way).into_bytes());
    let run = |way: &str| export(&packaging(&[]), &spec(way), &[binary.clone()], &options());
    assert_eq!(run("-p1").unwrap_err().code, "export-not-for-patch");
    assert!(run("-S git").is_ok());
}
