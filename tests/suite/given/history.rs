//! What is asked of patches that have nothing to do with the series, and of very large ones.

use super::{Ground, assert_refused, evidence, told};
use crate::support::Bench;
use std::time::Instant;

/// A repository of another project.
fn other() -> Option<Ground> {
    let bench = Bench::new();
    bench.write("other/a.c", "#include \"nowhere.h\"\nint f(int a)\n{\n    g_autofree char *x = g(a);\n    return a;\n}\n");
    bench.write(
        "other/run",
        "#!/bin/bash\nif true; then\n    echo one\nfi\n",
    );
    bench.write("other/x.spec", "Name: x\nVersion: 1\nRelease: 1\nSummary: x\nLicense: MIT\n%description\nx\n%post\n: one\n%files\n");
    bench.git("other", &["init", "-q"]);
    bench.git("other", &["add", "-A"]);
    bench.git("other", &["commit", "-qm", "start"]);
    Ground::of(bench, "other", "HEAD")
}

#[test]
fn a_patch_of_another_project_is_asked_only_what_needs_no_series() {
    let Some(ground) = other() else { return };
    for (path, from, to) in [
        (
            "a.c",
            "    return a;",
            "    g_autofree char *y = NULL;\n    list_for_each(x, y) {\n        a++;\n    }\n    return a + 1;",
        ),
        (
            "run",
            "echo one",
            "a=(1 2)\n    [[ -n $a ]] && echo \"${a[1]}\"",
        ),
        (
            "x.spec",
            ": one",
            "[ \"${1%%x}\" = 1 ] && printf '%%s' two\n%some_macro_of_a_distribution",
        ),
    ] {
        let account = ground.change(path, &super::replaced(&ground.text(path), from, to));
        assert_eq!(account.exit(false).code(), 0, "{}", told(&account));
        let checks: Vec<&str> = account.patches[0]
            .evidence
            .iter()
            .map(|evidence| evidence.check)
            .collect();
        assert_eq!(checks, ["lint", "syntax"], "{}", told(&account));
        assert!(account.fixes.as_ref().unwrap().is_empty());
        if path != "x.spec" {
            assert_eq!(account.exit(true).code(), 0, "{}", told(&account));
        }
    }
}

#[test]
fn what_is_broken_for_sure_is_refused_in_any_project() {
    let Some(ground) = other() else { return };
    for (path, from, to) in [
        ("a.c", "return a;", "if (a &&) return a;"),
        ("a.c", "return a;\n}", "if (a) {\n    return a;\n}"),
        ("run", "fi\n", ""),
        ("x.spec", ": one", "if true; then"),
        ("x.spec", "%files", "%if 1\n%files"),
    ] {
        let account = ground.change(path, &super::replaced(&ground.text(path), from, to));
        assert_refused(&format!("{path}: {to}"), &account, &["syntax"]);
    }
}

#[test]
fn a_patch_of_five_hundred_files_is_asked_in_a_moment_and_told_what_was_left() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let path = |number: usize| format!("src/util/many{number}.c");
    let body = "#include <stdio.h>\nint f(void);\nint f(void)\n{\n    return 1;\n}\n";
    let paths: Vec<String> = (0..500).map(path).collect();
    let create = paths
        .iter()
        .map(|path| (path.as_str(), None, Some(body.to_owned())));
    let change = paths.iter().map(|path| {
        (
            path.as_str(),
            Some(body.to_owned()),
            Some(body.replace('1', "2")),
        )
    });
    let began = Instant::now();
    let account = ground.judge(vec![create.collect(), change.collect()]);
    let took = began.elapsed();
    assert!(took.as_secs() < 60, "{took:?}");
    assert_eq!(account.exit(false).code(), 0);
    for number in 0..2 {
        let compile = evidence(&account, number, "compile");
        assert_eq!(compile[0].outcome.word(), "passed", "{}", compile[0].detail);
        assert!(
            compile[1].detail.contains("488 sources"),
            "{}",
            compile[1].detail
        );
    }
    assert_eq!(account.exit(true).code(), 5);
}
