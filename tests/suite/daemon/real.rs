//! libvirt's own daemon: the source of 9.0.0 with the comparison turned back, configured by meson and built by ninja as anybody would.

use serde_json::Value;

use crate::support::{Bench, have, missing};

const FILE: &str = "tree/src/qemu/qemu_capabilities.c";
const RIGHT: &str = "libvirtCtime != virGetSelfLastChanged()";
const TURNED: &str = "libvirtCtime < virGetSelfLastChanged()";
const MESON: &str = "meson setup build tree -Dauto_features=disabled -Ddriver_qemu=enabled -Ddriver_libvirtd=enabled \
    -Ddriver_remote=enabled -Dyajl=enabled -Dtests=disabled -Dnls=disabled -Ddocs=disabled >meson.log 2>&1 || { cat meson.log; exit 1; }; \
    ninja -C build src/virtqemud src/libvirtd src/libvirt_driver_qemu.so tools/virsh >ninja.log 2>&1 || { tail -n 40 ninja.log; exit 1; }";

/// The real tree, turned back, and a build of it; none where the long suite is not asked for.
fn built() -> Option<Bench> {
    std::env::var_os("PATCHWRIGHT_LIBVIRT_BUILD").or_else(|| {
        println!("skipped: PATCHWRIGHT_LIBVIRT_BUILD is not set");
        None
    })?;
    let Ok(tree) = std::env::var("PATCHWRIGHT_LIBVIRT_TREE") else {
        missing("PATCHWRIGHT_LIBVIRT_TREE is not set");
        return None;
    };
    if !have(&["cc", "meson", "ninja", "bwrap", "rpmspec", "cp", "diff"]) {
        return None;
    }
    let bench = Bench::new();
    let _ = bench.shell("", &format!("cp -a {tree} tree")).ends_with(0);
    bench.replace(FILE, RIGHT, TURNED);
    let _ = bench.shell("", MESON).ends_with(0);
    Some(bench)
}

fn check<'d>(document: &'d Value, patch: usize, name: &str) -> &'d Value {
    let checks = document["patches"][patch]["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {document:#}"))
}

/// Judges a mail that puts `to` where the comparison stands; returns what `object` and `daemon` came to.
fn judged(bench: &Bench, to: &str) -> (Value, Value) {
    let own = bench.read(FILE);
    bench.write("turned.c", &own);
    bench.write("mended.c", &own.replace(TURNED, to));
    let path = FILE.trim_start_matches("tree/");
    let differ = format!("diff -u --label a/{path} --label b/{path} turned.c mended.c");
    let diff = bench.shell("", &differ).ends_with(1).stdout;
    let mail = format!(
        "From: A <a@example.org>\nDate: Wed, 20 May 2015 08:05:17 -0400\nSubject: [PATCH] qemu: Mend it\n\nSo it is.\n---\n{diff}"
    );
    bench.write("mail", &mail);
    let args = [
        "validate", "mail", "--repo", "tree", "--format", "json", "-q",
    ];
    let more = ["--check", "object,daemon", "--build-dir", "build"];
    let document = bench.run(&[args.as_slice(), &more].concat()).json();
    let of = |name: &str| check(&document, 0, name).clone();
    (of("object"), of("daemon"))
}

/// Generates what `series` says, else the series that ships; every check has to pass.
fn generate(bench: &Bench, output: &str, series: &[&str]) -> Value {
    let args = [
        "generate",
        "--repo",
        "tree",
        "--from",
        "A <a@example.org>",
        "-q",
        "--strict",
        "--format",
        "json",
        "--check",
        "lint,compile,object,daemon",
        "--build-dir",
        "build",
        "-o",
        output,
    ];
    bench.run(&[&args[..], series].concat()).ends_with(0).json()
}

fn goes_wrong_before_and_right_behind(document: &Value, program: &str) {
    let told = check(document, 1, "daemon");
    let words = (&told["before"], &told["after"]);
    assert_eq!(words, (&"failed".into(), &"passed".into()), "{told:#}");
    assert_eq!(told["detail"], "3 of 8 cases wrong before, 0 after");
    let with = format!("the tree's own daemon, built and run: {program}, asked through virsh");
    assert_eq!(told["played"]["with"], with);
    assert_eq!(check(document, 1, "object")["outcome"], "passed");
}

/// The series as a folder that knows libvirtd alone.
fn series_of_libvirtd(bench: &Bench) -> &'static str {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/patches/capabilities-cache");
    let copy = format!(
        "mkdir -p own/patches own/templates && cp -R {own} own/patches/ && cp -R {own}/../../templates/capabilities-cache own/templates/"
    );
    let _ = bench.shell("", &copy).ends_with(0);
    let other = "own/patches/capabilities-cache";
    let manifest = format!("{other}/ctime-comparison/daemon.toml");
    bench.replace(&manifest, "^build src/virtqemud[ :]", "^build none:");
    other
}

#[test]
fn the_real_daemons_serve_a_stale_cache_before_the_patch_and_not_behind_it_and_show_wrong_fixes() {
    let Some(bench) = built() else { return };
    let made = bench.contents("build");
    let document = generate(&bench, "outgoing", &[]);
    goes_wrong_before_and_right_behind(&document, "virtqemud");
    assert!(made == bench.contents("build"), "the build is another");
    // The same again, byte for byte.
    let _ = generate(&bench, "again", &[]);
    let evidence =
        |folder: &str| bench.contents(&format!("{folder}/evidence/ctime-comparison/daemon"));
    assert!(evidence("outgoing") == evidence("again"));
    assert_eq!(evidence("again").len(), 6);
    let letter = bench.read("outgoing/0000-cover-letter.patch");
    assert!(
        letter.contains("The daemon of the last check is real"),
        "{letter}"
    );

    let other = series_of_libvirtd(&bench);
    let document = generate(&bench, "libvirtd", &["--series", other]);
    goes_wrong_before_and_right_behind(&document, "libvirtd");

    let own = "libvirtCtime";
    let subject = "virGetSelfLastChanged()";
    for (to, object, daemon, message) in [
        (
            format!("{own} > {subject}"),
            "passed",
            "failed",
            "older daemon: the daemon was upgraded: expected discarded, saw used",
        ),
        (
            format!("{own} <= {subject}"),
            "passed",
            "failed",
            "this very emulator: expected used, saw discarded",
        ),
        (
            format!("{own} != virGetSelfLastChange()"),
            "failed",
            "failed",
            "building ends with status",
        ),
        (
            format!("{own} != ({{ int unused; {subject}; }})"),
            "failed",
            "passed",
            "warning: unused variable",
        ),
    ] {
        let (built, ran) = judged(&bench, &to);
        let words = (&built["outcome"], &ran["outcome"]);
        assert_eq!(
            words,
            (&object.into(), &daemon.into()),
            "{to}: {built:#} {ran:#}"
        );
        assert!(
            format!("{built}{ran}").contains(message),
            "{to}: {built:#} {ran:#}"
        );
    }
}
