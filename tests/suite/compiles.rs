//! `compile` of patches that nobody made for the series: what the compiler says of any file of the tree, and whose doing it is.

use crate::support::{Bench, have};

const OTHER: &str = "src/util/other.c";
const UNUSED: &str = "static inline int f(void)\n{\n    int unused_before;\n\n    return 0;\n}\n";

/// Mails the last commit, which makes `to` of `from` in a file that stands in the base with a warning; returns what is told.
fn mailed(path: &str, from: &str, to: &str, code: i32) -> String {
    let told = judged(path, UNUSED, (from, to), code);
    assert!(told.contains("\"compile\""), "{told}");
    told
}

fn judged(path: &str, added: &str, (from, to): (&str, &str), code: i32) -> String {
    let bench = Bench::new();
    bench.sample("repo");
    let file = format!("repo/{path}");
    let text = std::fs::read_to_string(bench.path(&file)).unwrap_or_default();
    bench.write(&file, &format!("{text}\n{added}"));
    bench.git("repo", &["add", "-A"]);
    bench.git("repo", &["commit", "-qm", "base"]);
    bench.replace(&file, from, to);
    let message = "other: Change a function\n\nSince a test asks for it.\n";
    bench.git("repo", &["commit", "-qam", message]);
    let left = bench.run(&[
        "generate",
        "--repo",
        "repo",
        "--from",
        "A <a@example.org>",
        "--commits",
        "HEAD^!",
        "--check",
        "compile",
        "--format",
        "json",
    ]);
    let document = left.ends_with(code).json();
    document["patches"][0]["checks"].to_string()
}

#[test]
fn a_warning_of_a_kind_that_the_file_has_is_a_note_and_any_other_is_refused() {
    if !have(&["git", "cc", "bwrap"]) {
        return;
    }
    let declared = "    int unused_before;\n";
    let two = format!("{declared}    int unused_as_well;\n");
    let told = mailed(OTHER, declared, &two, 0);
    assert!(told.contains("compile-usual-warning"), "{told}");
    assert!(told.contains("unused_as_well"), "{told}");
    // It is the file that the series is about: there it is an error.
    let told = mailed("src/qemu/qemu_capabilities.c", declared, &two, 1);
    assert!(told.contains("compile-new-diagnostic"), "{told}");
    let told = mailed(OTHER, "    return 0;\n", "", 1);
    assert!(told.contains("compile-new-diagnostic"), "{told}");
    // What is usual is left out beside what is not.
    let told = mailed(OTHER, "\n    return 0;\n", "    int unused_as_well;\n", 1);
    assert!(told.contains("return"), "{told}");
    assert!(!told.contains("unused"), "{told}");
}

#[test]
fn a_patch_that_breaks_any_file_is_refused_and_one_that_mends_it_is_not() {
    if !have(&["git", "cc", "bwrap"]) {
        return;
    }
    let told = mailed(OTHER, "return 0;", "return 0", 1);
    assert!(told.contains("compile-new-diagnostic"), "{told}");
    let told = mailed(OTHER, "return 0;", "return undeclared;", 1);
    assert!(told.contains("undeclared"), "{told}");
    let told = mailed(OTHER, "    int unused_before;\n", "", 0);
    assert!(told.contains("passed"), "{told}");
}

#[test]
fn a_header_that_is_missing_before_as_well_is_nobody_s_fault_and_a_new_one_is_told() {
    if !have(&["git", "cc", "bwrap"]) {
        return;
    }
    let lacking = format!("#include \"nowhere.h\"\n{UNUSED}");
    let change = ("return 0;", "return 1;");
    assert_eq!(judged(OTHER, &lacking, change, 0), "[]");
    let change = (
        "int unused_before;",
        "int unused_before;\n#include \"nowhere.h\"",
    );
    let told = judged(OTHER, UNUSED, change, 1);
    assert!(told.contains("nowhere.h: No such file"), "{told}");
}
