//! `compile` of patches that nobody made for the series: what the compiler says of any file of the tree, and whose doing it is.

use crate::support::{Bench, have};

const OTHER: &str = "src/util/other.c";
const UNUSED: &str = "static inline int f(void)\n{\n    int unused_before;\n\n    return 0;\n}\n";

/// Mails the last commit, which makes `to` of `from` in a file that stands in the base with a warning.
fn mailed(path: &str, from: &str, to: &str, code: i32) -> String {
    let bench = Bench::new();
    bench.sample("repo");
    let file = format!("repo/{path}");
    let text = std::fs::read_to_string(bench.path(&file)).unwrap_or_default();
    bench.write(&file, &format!("{text}\n{UNUSED}"));
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
    let check = &document["patches"][0]["checks"][0];
    assert_eq!(check["check"], "compile", "{document}");
    check.to_string()
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
