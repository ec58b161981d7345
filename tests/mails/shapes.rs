//! Patches that no `git diff` writes: headers that belie each other, submodules, last lines without a line feed, what other tools
//! write. Each is put on a tree as the installed `git apply` puts it.

use std::collections::BTreeMap;

use crate::apply::{Files, Stage};
use crate::bench::git_is_there;

const UNTERMINATED: &str = "\\ No newline at end of file\n";

fn files() -> Files {
    BTreeMap::from([
        ("a", (0o100_644, b"1\n2\n3\n".to_vec())),
        ("open", (0o100_644, b"1\n2\n3".to_vec())),
        ("one", (0o100_644, b"1\n".to_vec())),
        ("empty", (0o100_644, Vec::new())),
        ("run", (0o100_755, b"1\n2\n3\n".to_vec())),
        ("link", (0o120_000, b"1".to_vec())),
        ("sub", (0o160_000, b"1".to_vec())),
        ("d/f", (0o100_644, b"1\n2\n3\n".to_vec())),
    ])
}

/// Requires the same of both for each, and returns how many of them apply.
fn require_same(shapes: &[String]) -> usize {
    let stage = Stage::new();
    let onto = stage.commit(&files());
    for shape in shapes {
        stage.require_same(shape.as_bytes(), &onto);
    }
    let applied = |shape: &&String| stage.ours(shape.as_bytes(), &onto).is_ok();
    shapes.iter().filter(applied).count()
}

/// The commit that the submodule of the tree is at.
fn commit_of_sub() -> String {
    let id = git2::Oid::hash_object(git2::ObjectType::Blob, b"1").unwrap();
    id.to_string()
}

#[test]
fn a_submodule_is_changed_by_the_line_that_names_its_commit_alone() {
    if !git_is_there() {
        return;
    }
    let (here, next, other) = (commit_of_sub(), "1".repeat(40), "2".repeat(40));
    let mut shapes = Vec::new();
    for index in [
        String::new(),
        format!("index {here}..{next} 160000\n"),
        format!("index {other}..{here} 160000\n"),
    ] {
        for was in [here.clone(), other.clone(), format!("{here}-dirty")] {
            for is in [
                format!("Subproject commit {next}"),
                format!("Subproject commit {next}-dirty"),
                format!("Subproject commit {}", &next[..12]),
                format!("Subproject {next}"),
                format!("Subproject commit {next}\n+more"),
            ] {
                let lines = 1 + is.matches('\n').count();
                shapes.push(format!(
                    "diff --git a/sub b/sub\n{index}--- a/sub\n+++ b/sub\n@@ -1 +1,{lines} @@\n-Subproject commit {was}\n+{is}\n"
                ));
            }
        }
    }
    for line in [
        format!("Subproject commit {next}\n"),
        format!("Subproject commit {next}\n{UNTERMINATED}"),
        format!("Subproject commit {}\n", &next[..39]),
        "Subproject commit\n".to_owned(),
        "x\n".to_owned(),
    ] {
        shapes.push(format!(
            "diff --git a/new b/new\nnew file mode 160000\n--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+{line}"
        ));
    }
    shapes.push("diff --git a/new b/new\nnew file mode 160000\n".to_owned());
    shapes.push("diff --git a/sub b/new\nrename from sub\nrename to new\n".to_owned());
    shapes.push("diff --git a/a b/a\nold mode 100644\nnew mode 160000\n".to_owned());
    assert!(require_same(&shapes) > 5);
}

#[test]
fn a_last_line_is_the_one_that_the_patch_expects_with_its_line_feed_or_without() {
    if !git_is_there() {
        return;
    }
    let mut shapes = Vec::new();
    for file in ["a", "open"] {
        for end in ["", UNTERMINATED] {
            let opening = format!("diff --git a/{file} b/{file}\n--- a/{file}\n+++ b/{file}\n");
            shapes.push(format!("{opening}@@ -1,3 +1,3 @@\n 1\n 2\n-3\n{end}+4\n"));
            shapes.push(format!(
                "{opening}@@ -1,3 +1,3 @@\n 1\n 2\n-3\n{end}+4\n{UNTERMINATED}"
            ));
            shapes.push(format!("{opening}@@ -1,3 +1,2 @@\n 1\n 2\n-3\n{end}"));
            shapes.push(format!("{opening}@@ -1,3 +1,3 @@\n-1\n+0\n 2\n 3\n{end}"));
            shapes.push(format!("{opening}@@ -1,3 +1,4 @@\n 1\n 2\n 3\n{end}+4\n"));
            shapes.push(format!("{opening}@@ -1,3 +1,3 @@\n 1\n-2\n{end}+2\n 3\n"));
            shapes.push(format!("{opening}@@ -1,2 +1,2 @@\n 1\n-2\n+2\n{end}"));
            shapes.push(format!(
                "diff --git a/{file} b/{file}\ndeleted file mode 100644\n--- a/{file}\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-1\n-2\n-3\n{end}"
            ));
            shapes.push(format!(
                "--- a/{file}\n+++ b/{file}\n@@ -2,2 +2,2 @@\n 2\n-3\n{end}+3\n"
            ));
        }
    }
    for end in ["", UNTERMINATED] {
        shapes.push(format!(
            "diff --git a/link b/link\n--- a/link\n+++ b/link\n@@ -1 +1 @@\n-1\n{end}+2\n"
        ));
    }
    assert!(require_same(&shapes) > 5);
}

#[test]
fn names_that_belie_each_other_are_taken_as_git_takes_them() {
    if !git_is_there() {
        return;
    }
    let hunk = "@@ -1,3 +1,3 @@\n-1\n+0\n 2\n 3\n";
    let mut shapes = Vec::new();
    for (old, new) in [("a", "a"), ("a", "new"), ("new", "a"), ("no", "new")] {
        let opening = format!("diff --git a/{old} b/{new}\n");
        for (from, to) in [
            ("a/a", "b/a"),
            ("a/a", "b/new"),
            ("a/new", "b/a"),
            ("/dev/null", "b/a"),
            ("a/run", "b/run"),
            ("b/a", "a/a"),
        ] {
            shapes.push(format!("{opening}--- {from}\n+++ {to}\n{hunk}"));
            shapes.push(format!("{opening}--- {from}\n{hunk}"));
            shapes.push(format!("{opening}+++ {to}\n{hunk}"));
            shapes.push(format!("{opening}+++ b/run\n--- {from}\n+++ {to}\n{hunk}"));
        }
        shapes.push(format!("{opening}{hunk}"));
        for (from, to) in [
            ("a", "new"),
            ("run", "new"),
            ("a", "a"),
            ("a", "run"),
            ("new", "a"),
        ] {
            for verb in ["rename", "copy"] {
                shapes.push(format!("{opening}{verb} from {from}\n{verb} to {to}\n"));
                shapes.push(format!(
                    "{opening}{verb} from {from}\n{verb} to {to}\n--- a/{old}\n+++ b/{new}\n{hunk}"
                ));
                shapes.push(format!(
                    "{opening}{verb} from {from}\n{verb} to {to}\n--- a/{from}\n+++ b/{to}\n{hunk}"
                ));
                shapes.push(format!("{opening}{verb} to {to}\nnew file mode 100644\n"));
            }
            shapes.push(format!("{opening}rename from {from}\n"));
            shapes.push(format!("{opening}rename to {to}\n"));
            shapes.push(format!("{opening}rename from {from}\ncopy to {to}\n"));
            shapes.push(format!("{opening}rename old {from}\nrename new {to}\n"));
        }
        shapes.push(format!("{opening}new file mode 100644\n"));
        shapes.push(format!(
            "{opening}new file mode 100644\n--- /dev/null\n+++ b/{new}\n@@ -0,0 +1 @@\n+x\n"
        ));
        shapes.push(format!("{opening}deleted file mode 100644\n--- a/{old}\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-1\n-2\n-3\n"));
        shapes.push(format!("{opening}old mode 100644\nnew mode 100755\n"));
    }
    assert!(require_same(&shapes) > 5);
}

/// What stands behind a name: nothing, a time, the start of 1970 in several forms, and what is none.
const TIMES: &[&str] = &[
    "",
    "\t2015-05-20 10:11:12.000000000 +0200",
    "\t1970-01-01 00:00:00.000000000 +0000",
    "\t1969-12-31 19:00:00.000000000 -0500",
    "\t1970-01-01 05:30:00 +05:30",
    "\tThu Jan  1 00:00:00 1970",
    "\t1970-01-01 00:00:00",
    "\t1970-01-01 01:00:00 +0000",
    " 1970-01-01 00:00:00 +0000",
    "\t(revision 0)",
];

#[test]
fn what_other_tools_write_is_taken_as_git_takes_it() {
    if !git_is_there() {
        return;
    }
    let change = "@@ -1,3 +1,3 @@\n-1\n+0\n 2\n 3\n";
    let (creation, removal) = ("@@ -0,0 +1 @@\n+x\n", "@@ -1,3 +0,0 @@\n-1\n-2\n-3\n");
    let mut shapes = Vec::new();
    for (old, new, hunk) in [
        ("a", "a", change),
        ("new", "new", creation),
        ("empty", "empty", creation),
        ("a", "a", removal),
        ("a.orig", "a", change),
        ("a", "a~", change),
        ("run", "a", removal),
    ] {
        for (from, to) in [("a/", "b/"), ("", ""), ("x/y/", "")] {
            for time in TIMES {
                shapes.push(format!("--- {from}{old}{time}\n+++ {to}{new}\n{hunk}"));
                shapes.push(format!(
                    "--- {from}{old}{}\n+++ {to}{new}{time}\n{hunk}",
                    TIMES[1]
                ));
            }
            shapes.push(format!("Index: {new}\n====\n--- {from}{old}\t(revision 1)\n+++ {to}{new}\t(working copy)\n{hunk}"));
            shapes.push(format!("--- /dev/null\n+++ {to}{new}\n{hunk}"));
            shapes.push(format!(
                "--- {from}{old}\n+++ /dev/null{}\n{hunk}",
                TIMES[2]
            ));
        }
    }
    // The names of the first file tell for the second.
    for (first, second) in [("a", "d/f"), ("d/f", "a"), ("x/a", "d/f")] {
        let of = |name: &str| format!("Index: {name}\n--- {name}\n+++ {name}\n{change}");
        shapes.push(format!("{}{}", of(first), of(second)));
        shapes.push(format!(
            "{}diff --git a/run b/run\n--- a/run\n+++ b/run\n{change}",
            of(first)
        ));
    }
    assert!(require_same(&shapes) > 20);
}
