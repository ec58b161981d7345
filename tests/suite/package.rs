//! Packages that carry the spec's scriptlets, and what the real rpm makes of them.

use serde_json::Value;

use crate::given::{Ground, assert_refused, evidence, replaced, told};
use crate::support::{Bench, have};
use patchwright::check::Outcome;

const FILE: &str = "libvirt.spec.in";
const PATCH: &str = "spec-post-cache-removal";
const DIR: &str = "%{_localstatedir}/cache/libvirt/qemu/capabilities";

fn ground() -> Option<Ground> {
    let ground = have(&["rpmbuild", "rpm"]).then(|| Ground::at("mainline"))??;
    Some(ground.asking(&["package"]).for_two_distributions())
}

#[test]
fn real_packages_go_wrong_before_the_patch_and_right_after_it() {
    if !have(&["rpmbuild", "rpm", "rpmspec", "bwrap"]) {
        return;
    }
    let bench = Bench::new();
    let args = ["generate", "--sample", "--check", "package", "--strict"];
    let left = bench
        .run(&[&args[..], &["--format", "json"]].concat())
        .ends_with(0);
    let document = left.json();
    let checks = document["patches"][0]["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 1, "{document:#}");
    assert_eq!(checks[0]["check"], "package");
    assert_eq!(
        (&checks[0]["before"], &checks[0]["after"]),
        (&Value::from("failed"), &Value::from("passed"))
    );
    assert_eq!(document["patches"][1]["checks"], Value::Array(Vec::new()));
    let name = format!("outgoing/evidence/{PATCH}/package/transactions.json");
    let rows: Value = serde_json::from_str(&bench.read(&name)).unwrap();
    let transaction = |state: &str, at: usize| &rows[0][state][at];
    for (at, (name, argument)) in [
        ("install", "1"),
        ("reinstall", "2"),
        ("upgrade", "2"),
        ("downgrade", "2"),
    ]
    .into_iter()
    .enumerate()
    {
        for (state, kept) in [("before", true), ("after", false)] {
            let told = transaction(state, at);
            assert_eq!(told["transaction"], name, "{told:#}");
            assert_eq!(told["scriptlets"][0]["section"], "%post", "{told:#}");
            assert_eq!(told["scriptlets"][0]["argument"], argument, "{told:#}");
            let wrong = told["wrong"].as_array().unwrap();
            assert_eq!(!wrong.is_empty(), kept, "{told:#}");
        }
    }
    // Only the scriptlet of what is installed can help.
    let (to_it, from_it) = (transaction("between", 1), transaction("between", 2));
    assert_eq!(to_it["scriptlets"][0]["of"]["patched"], true, "{to_it:#}");
    assert_eq!(to_it["wrong"], Value::Array(Vec::new()), "{to_it:#}");
    assert_eq!(
        from_it["scriptlets"][0]["of"]["patched"], false,
        "{from_it:#}"
    );
    assert_ne!(from_it["wrong"], Value::Array(Vec::new()), "{from_it:#}");
}

#[test]
fn packages_are_asked_for_by_name_and_skipped_without_rpmbuild() {
    let bench = Bench::new();
    let left = bench.run(&["generate", "--sample", "--dry-run", "--format", "json"]);
    assert!(!left.stdout.contains("\"package\""), "{left}");
    let args = ["generate", "--sample", "--check", "package"];
    let left = bench.run_without_tools(&args);
    assert!(left.stdout.contains("package    skipped"), "{left}");
    let left = bench.run_without_tools(&[&args[..], &["--strict"]].concat());
    let _ = left.ends_with(5);
}

#[test]
fn packages_of_given_patches_are_taken_or_refused_by_what_rpm_does() {
    let Some(ground) = ground() else { return };
    let text = ground.text(FILE);
    let with = |lines: &str| replaced(&text, "%post daemon\n", &format!("%post daemon\n{lines}\n"));
    let right = format!("find {DIR} -mindepth 1 -delete >/dev/null 2>&1 || :");
    let account = ground.change(FILE, &with(&right));
    let packaged = evidence(&account, 0, "package");
    assert_eq!(packaged.len(), 1, "{}", told(&account));
    assert_eq!(packaged[0].before, Some(Outcome::Failed));
    assert_eq!(
        packaged[0].after,
        Some(Outcome::Passed),
        "{}",
        told(&account)
    );
    assert!(
        packaged[0].detail.contains("transactions"),
        "{}",
        told(&account)
    );

    let late = format!("%posttrans daemon\n{right}\n\n%preun daemon\n");
    let account = ground.change(FILE, &replaced(&text, "%preun daemon\n", &late));
    let packaged = evidence(&account, 0, "package");
    assert_eq!(
        packaged[0].after,
        Some(Outcome::Passed),
        "{}",
        told(&account)
    );

    for (lines, said) in [
        (format!("rm -f {DIR}/*.xml"), "still there"),
        (format!("[ $1 -ne 1 ] || {{ {right}; }}"), "an upgrade"),
        (format!("[ $1 -eq 1 ] || {{ {right}; }}"), "an install"),
        (format!("{right}\nexit 3"), "exit status 3"),
        (
            "rm -rf %{_localstatedir}/cache/libvirt/".to_owned(),
            "is gone",
        ),
    ] {
        let account = ground.change(FILE, &with(&lines));
        assert_refused(&lines, &account, &["package"]);
        let findings = &evidence(&account, 0, "package")[0].findings;
        let found = findings.iter().any(|found| found.message.contains(said));
        assert!(found, "{lines}\n{}", told(&account));
    }
}

#[test]
fn a_directory_that_the_package_owns_is_missed_by_rpm() {
    let Some(ground) = ground() else { return };
    let text = ground.text(FILE);
    let lines = "find %{_localstatedir}/cache/libvirt/qemu/capabilities -mindepth 1 -delete || :\n\
                 rm -rf %{_sysconfdir}/libvirt/ %{_localstatedir}/cache/libvirt/owned";
    let owned = "%dir %attr(0711, root, root) %{_localstatedir}/cache/libvirt/\n";
    let text = replaced(
        &text,
        owned,
        &format!("{owned}%dir %{{_localstatedir}}/cache/libvirt/owned\n"),
    );
    let after = replaced(&text, "%post daemon\n", &format!("%post daemon\n{lines}\n"));
    let account = ground.change(FILE, &after);
    assert_refused("an owned directory", &account, &["package"]);
    let all = told(&account);
    assert!(all.contains("package"), "{all}");
    let findings = &evidence(&account, 0, "package")[0].findings;
    let missed = |path: &str| findings.iter().any(|found| found.message.contains(path));
    assert!(missed("/etc/libvirt"), "{all}");
}
