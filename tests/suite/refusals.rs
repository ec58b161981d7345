//! Wrong fixes, and series that are wrong in other ways.

use crate::support::{Bench, Left, have};

/// Copies the embedded series to `series`, with a text of one of its files replaced.
pub(crate) fn series(bench: &Bench, file: &str, from: &str, to: &str) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    copy(
        &root.join("patches/capabilities-cache"),
        &bench.path("series"),
    );
    copy(
        &root.join("templates/capabilities-cache"),
        &bench.path("series/templates"),
    );
    bench.replace(&format!("series/{file}"), from, to);
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn generate(bench: &Bench) -> Left {
    bench.run(&["generate", "--sample", "--series", "series"])
}

/// What is wrong with one patch shows without the other.
fn generate_only(bench: &Bench, patch: &str) -> Left {
    bench.run(&[
        "generate", "--sample", "--series", "series", "--only", patch,
    ])
}

#[test]
fn a_wrong_comparison_is_refused_by_its_behaviour() {
    if !have(&["cc", "bwrap"]) {
        return;
    }
    for wrong in ["$CACHED > ", "$CACHED <= ", "$CACHED == ", "$CACHED >= "] {
        let bench = Bench::new();
        let becomes = "pattern = \"$CACHED < virGetSelfLastChanged()\", becomes = \"$CACHED != ";
        series(
            &bench,
            "ctime-comparison/patch.toml",
            becomes,
            &becomes.replace("$CACHED != ", wrong),
        );
        let left = generate_only(&bench, "ctime-comparison").ends_with(1);
        assert!(left.stdout.contains("behaviour-wrong"), "{wrong}: {left}");
        assert!(bench.names("outgoing").is_empty());
    }
}

#[test]
fn code_that_does_not_compile_is_refused() {
    if !have(&["cc", "bwrap"]) {
        return;
    }
    let bench = Bench::new();
    let becomes =
        "becomes = \"$CACHED != virGetSelfLastChanged()\" },\n    { pattern = \"$CACHED <=";
    series(
        &bench,
        "ctime-comparison/patch.toml",
        becomes,
        &becomes.replace("LastChanged()\" }", "LastChangd()\" }"),
    );
    let left = generate_only(&bench, "ctime-comparison").ends_with(1);
    assert!(left.stdout.contains("compile-new-diagnostic"), "{left}");
}

#[test]
fn a_wrong_cleanup_is_refused() {
    if !have(&["rpmspec", "bwrap"]) {
        return;
    }
    let dir = "%{_localstatedir}/cache/libvirt/qemu/capabilities";
    let find = format!("find {dir} -xdev -mindepth 1 \\\n     -delete >/dev/null 2>&1 || :");
    for wrong in [
        format!("rm -rf {dir}/* || :"),
        format!("rm -rf {dir} || :"),
        format!("[ -L {dir} ] || rm -rf {dir}/* || :"),
        format!("find {dir}/ -mindepth 1 -delete || :"),
        format!("find -L {dir} -mindepth 1 -delete || :"),
        format!("rm -f {dir}/*.xml || :"),
        format!("[ $1 -eq 1 ] && {find}"),
        format!("find {dir}/.. -xdev -mindepth 1 -delete || :"),
        "find %{_localstatdir}/cache/libvirt/qemu/capabilities -xdev -mindepth 1 -delete || :"
            .to_owned(),
        format!("%if 0\n{find}\n%endif"),
        format!("%if 0%{{?fedora}}\n{find}\n%endif"),
        format!("if true; then\n{find}"),
        format!("{find}\nexit 1"),
        ":".to_owned(),
    ] {
        let bench = Bench::new();
        series(&bench, "templates/empty-cache.spec", &find, &wrong);
        let left = generate_only(&bench, "spec-post-cache-removal").ends_with(1);
        assert!(bench.names("outgoing").is_empty(), "{wrong}: {left}");
    }
}

/// File, what stands in it, what is put there, the code that is told, and where.
const MISTAKES: [(&str, &str, &str, &str, &str); 11] = [
    (
        "spec-post-cache-removal/patch.toml",
        "keyword = \"post\"",
        "keyword = \"%post\"",
        "series-step",
        "patch.toml:",
    ),
    (
        "ctime-comparison/harness.toml",
        "[defaults]",
        "[defauts]",
        "series-manifest",
        "harness.toml:",
    ),
    (
        "ctime-comparison/harness.toml",
        "binary = '(?i)^",
        "binary = '(?i^",
        "series-harness",
        "harness.toml:",
    ),
    (
        "spec-post-cache-removal/scriptlet.toml",
        "arg = 1",
        "arg = \"one\"",
        "series-manifest",
        "scriptlet.toml:",
    ),
    (
        "series.toml",
        "require = \"any\"",
        "require = \"some\"",
        "series-require",
        "series.toml:",
    ),
    (
        "series.toml",
        "patches = [",
        "patches = [\"missing\", ",
        "series-file-missing",
        "series.toml:",
    ),
    (
        "series.toml",
        "title = ",
        "titel = ",
        "series-manifest",
        "series.toml:2",
    ),
    (
        "ctime-comparison/patch.toml",
        "places = \"1..\"",
        "places = \"some\"",
        "series-places",
        "patch.toml:",
    ),
    (
        "ctime-comparison/patch.toml",
        "\"$CACHED < virGetSelfLastChanged()\"",
        "\"$CACHED <\"",
        "series-pattern",
        "patch.toml:",
    ),
    (
        "ctime-comparison/patch.toml",
        "above = \"comparison\"",
        "above = \"nothing\"",
        "series-step",
        "patch.toml:",
    ),
    (
        "templates/cover-letter.txt",
        "{{ base }}",
        "{{ nothing }}",
        "template",
        "cover-letter.txt:",
    ),
];

#[test]
fn a_mistake_in_a_manifest_is_shown_at_its_place() {
    for (file, from, to, code, place) in MISTAKES {
        let bench = Bench::new();
        series(&bench, file, from, to);
        let left = generate(&bench).ends_with(2);
        assert!(
            left.stderr.contains(&format!("error[{code}]")),
            "{code}: {left}"
        );
        assert!(left.stderr.contains(place), "{place}: {left}");
        assert!(bench.names("outgoing").is_empty() && bench.names("outgoing.failed").is_empty());
    }
}

#[test]
fn a_mistake_in_a_harness_is_shown_whatever_its_patch_is_judged_by() {
    let bench = Bench::new();
    series(&bench, "series.toml", "title = ", "title = ");
    let file = "series/spec-post-cache-removal/harness.toml";
    bench.write(file, "nothing = true\n");
    let left = generate(&bench).ends_with(2);
    assert!(left.stderr.contains("error[series-manifest]"), "{left}");
    assert!(left.stderr.contains(file), "{left}");
}

#[test]
fn a_step_with_too_many_places_shows_each() {
    let bench = Bench::new();
    series(
        &bench,
        "ctime-comparison/patch.toml",
        "places = \"1..\"",
        "places = \"2..3\"",
    );
    let left = generate(&bench).ends_with(3);
    assert!(left.stderr.contains("error[place-ambiguous]"), "{left}");
    assert!(
        left.stderr
            .contains("src/qemu/qemu_capabilities.c@mainline"),
        "{left}"
    );
    assert!(
        left.stderr.contains("found in virQEMUCapsInitCached"),
        "{left}"
    );
}
