//! Tests of the C checks over small C of our own, and over real trees where the machine has them.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use super::*;
use crate::check::Outcome;
use crate::check::sandbox::Sandbox;
use crate::series::Rules;
use crate::series::harness::Manifest;
use crate::text::Source;

const MANIFEST: &str =
    include_str!("../../../patches/capabilities-cache/ctime-comparison/harness.toml");
pub(super) const FILE: &str = "src/qemu/qemu_capabilities.c";

pub(super) fn kit() -> Kit {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/capabilities-cache");
    let source = Source::new("harness.toml", MANIFEST.as_bytes().to_vec());
    let rules = Rules::new(source, Manifest::parse(MANIFEST).unwrap()).unwrap();
    Kit::new(Arc::new(rules), &|name| {
        std::fs::read_to_string(templates.join(name)).ok()
    })
    .unwrap()
}

/// Opens a sandbox; what these tests run is their own, or a release of libvirt, so that none will do.
pub(super) fn sandbox() -> Sandbox {
    Sandbox::open(true).unwrap()
}

pub(super) fn has_gcc() -> bool {
    let found = Command::new("gcc").arg("--version").output().is_ok();
    assert!(
        found || std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none(),
        "no gcc"
    );
    if !found {
        println!("skipped: no gcc: the C checks are not played");
    }
    found
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

pub(super) fn source(text: &str) -> Source {
    Source::new(FILE, text.as_bytes())
}

fn wrong(playing: &Playing) -> Vec<&str> {
    let wrong = playing.cases.iter().filter(|case| !case.right);
    wrong.map(|case| case.id.as_str()).collect()
}

fn report(playing: &Playing) -> String {
    let lines = playing.diagnostics.iter().map(|d| format!("{d}\n"));
    format!(
        "{:?} {:?}\n{}{:#?}",
        playing.outcome,
        playing.reason,
        lines.collect::<String>(),
        playing.cases
    )
}

/// A tag of the real history, or the directory of the real tree.
pub(super) enum Tree {
    Tag {
        repo: Mutex<git2::Repository>,
        tree: git2::Oid,
    },
    Directory(String),
}

impl Tree {
    pub(super) fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        match self {
            Tree::Directory(folder) => std::fs::read(Path::new(folder).join(path))
                .ok()
                .map(Into::into),
            Tree::Tag { repo, tree } => {
                let repo = repo.lock().unwrap();
                let tree = repo.find_tree(*tree).ok()?;
                let entry = tree.get_path(Path::new(path)).ok()?;
                let blob = repo.find_blob(entry.id()).ok()?;
                Some(blob.content().into())
            }
        }
    }

    pub(super) fn source(&self) -> Source {
        Source::new(FILE, self.read(FILE).unwrap())
    }
}

pub(super) fn history() -> Option<String> {
    let found = std::env::var("PATCHWRIGHT_LIBVIRT_GIT").ok();
    if found.is_none() {
        println!("skipped: no PATCHWRIGHT_LIBVIRT_GIT: the real history is not played");
    }
    found.filter(|_| has_gcc())
}

pub(super) fn tag(git: &str, tag: &str) -> Tree {
    let repo = git2::Repository::open(git).unwrap();
    let tree = repo
        .revparse_single(tag)
        .unwrap()
        .peel_to_tree()
        .unwrap()
        .id();
    Tree::Tag {
        repo: Mutex::new(repo),
        tree,
    }
}

const ROLLED_BACK: [&str; 5] = [
    "cache-newer",
    "cache-newer-by-a-second",
    "own-ctime-unknown",
    "beyond-2038-newer",
    "low-32-bits-equal",
];

#[test]
fn every_release_with_the_defect_goes_wrong_before_and_right_after() {
    let Some(git) = history() else { return };
    let (kit, sandbox) = (kit(), sandbox());
    for minor in 3..=15 {
        let before = tag(&git, &format!("v1.2.{minor}")).source();
        let after = source(
            &before
                .text()
                .replace("selfctime < virGetSelf", "selfctime != virGetSelf"),
        );
        let bench = Bench::new(&kit, &sandbox);
        let function = names(&["virQEMUCapsInitCached"]);
        let played = bench.play(FILE, &before, &before, &function);
        assert_eq!(
            wrong(&played[0]),
            ROLLED_BACK,
            "v1.2.{minor} {}",
            report(&played[0])
        );
        let played = bench.play(FILE, &after, &before, &function);
        assert_eq!(
            played[0].outcome,
            Outcome::Passed,
            "v1.2.{minor} {}",
            report(&played[0])
        );
    }
}

pub(super) fn later_shapes() -> Vec<(Tree, &'static str)> {
    let mut found = Vec::new();
    let shapes = [
        ("v1.2.16", "virQEMUCapsInitCached"),
        ("v1.3.3", "virQEMUCapsInitCached"),
        ("v2.3.0", "virQEMUCapsInitCached"),
        ("v2.5.0", "virQEMUCapsInitCached"),
        ("v3.5.0", "virQEMUCapsInitCached"),
        ("v3.6.0", "virQEMUCapsIsValid"),
        ("v4.0.0", "virQEMUCapsIsValid"),
        ("v4.1.0-rc1", "virQEMUCapsIsValid"),
    ];
    if let Some(git) = history() {
        found.extend(shapes.map(|(name, function)| (tag(&git, name), function)));
    }
    if let Ok(folder) = std::env::var("PATCHWRIGHT_LIBVIRT_TREE") {
        found.push((Tree::Directory(folder.clone()), "virQEMUCapsLoadCache"));
        found.push((Tree::Directory(folder), "virQEMUCapsIsValid"));
    }
    found
}

#[test]
fn every_later_shape_is_right_as_shipped_and_wrong_with_the_old_comparison() {
    let (kit, sandbox) = (kit(), sandbox());
    for (tree, function) in later_shapes() {
        let shipped = tree.source();
        let text = shipped.text();
        let reverted = source(&text.replace("time != virGetSelf", "time < virGetSelf"));
        let bench = Bench::new(&kit, &sandbox);
        let played = &bench.play(FILE, &shipped, &shipped, &names(&[function]))[0];
        assert_eq!(
            played.outcome,
            Outcome::Passed,
            "{function} {}",
            report(played)
        );
        let played = &bench.play(FILE, &reverted, &shipped, &names(&[function]))[0];
        let expected: Vec<_> = ROLLED_BACK.into_iter().collect();
        assert_eq!(wrong(played), expected, "{function} {}", report(played));
    }
}

/// Compiles `file` and the base of a real tree, and says how it went.
fn compiled(tree: &Tree, file: &Source, function: &str) -> Compile {
    let (kit, sandbox) = (kit(), sandbox());
    let read = |path: &str| tree.read(path);
    let base = tree.source();
    let bench = Bench::new(&kit, &sandbox);
    let stage = CTree {
        path: FILE,
        file,
        read: &read,
        beside: None,
    };
    let before = CTree {
        path: FILE,
        file: &base,
        read: &read,
        beside: None,
    };
    bench.compile(stage, before, &names(&[function]))
}

#[test]
fn real_files_compile_whole_and_damage_is_seen() {
    let mut trees = later_shapes();
    if let Some(git) = history() {
        let defective =
            (3..=15).map(|minor| (tag(&git, &format!("v1.2.{minor}")), "virQEMUCapsInitCached"));
        trees.extend(defective);
    }
    for (tree, function) in trees {
        let shipped = tree.source();
        let good = compiled(&tree, &shipped, function);
        assert_eq!(
            (good.how, good.outcome),
            (How::WholeFile, Outcome::Passed),
            "{function} {good:?}"
        );
        let misspelt = source(
            &shipped
                .text()
                .replace("virGetSelfLastChanged()", "virGetSelfLastChange()"),
        );
        let bad = compiled(&tree, &misspelt, function);
        assert_eq!(bad.outcome, Outcome::Failed, "{function} {bad:?}");
    }
}

/// A wrong fix: a name, what is replaced in the right one, and by what.
type Fix = (&'static str, &'static str, &'static str);

const COMPARISONS: &[Fix] = &[
    (
        "the old comparison",
        "time != virGetSelf",
        "time < virGetSelf",
    ),
    ("greater", "time != virGetSelf", "time > virGetSelf"),
    ("less or equal", "time != virGetSelf", "time <= virGetSelf"),
    (
        "greater or equal",
        "time != virGetSelf",
        "time >= virGetSelf",
    ),
    ("equal", "time != virGetSelf", "time == virGetSelf"),
    ("an assignment", "time != virGetSelf", "time = virGetSelf"),
    (
        "the function, not its value",
        "virGetSelfLastChanged()",
        "virGetSelfLastChanged",
    ),
    (
        "a misspelt function",
        "virGetSelfLastChanged()",
        "virGetSelfLastChange()",
    ),
    (
        "a narrowed time",
        "time != virGetSelfLastChanged()",
        "time != (int)virGetSelfLastChanged()",
    ),
    (
        "compared with nothing",
        "time != virGetSelfLastChanged()",
        "time != 0",
    ),
];

/// Every wrong fix of a function.
fn wrong_fixes(function: &str) -> Vec<Fix> {
    let mut fixes = COMPARISONS.to_vec();
    match function {
        "virQEMUCapsInitCached" => fixes.extend([
            ("a misspelt variable", "selfctime != virGet", "selfctme != virGet"),
            ("its address", " selfctime != virGet", " &selfctime != virGet"),
            ("the emulator's half dropped", "qemuctime != qemuCaps->ctime ||", ""),
            ("and for or", "qemuctime != qemuCaps->ctime ||", "qemuctime != qemuCaps->ctime &&"),
            ("dead code", "if (qemuctime != qemuCaps->ctime ||", "if (0 && qemuctime != qemuCaps->ctime ||"),
            (
                "dead code in parentheses",
                "if (qemuctime != qemuCaps->ctime ||\n        selfctime != virGetSelfLastChanged())",
                "if (0 && (qemuctime != qemuCaps->ctime ||\n        selfctime != virGetSelfLastChanged()))",
            ),
            ("the file kept", "        ignore_value(unlink(capsfile));\n        virQEMU", "        virQEMU"),
            ("the capabilities kept", "(unlink(capsfile));\n        virQEMUCapsReset(qemuCaps);\n", "(unlink(capsfile));\n"),
            ("used though outdated", "Reset(qemuCaps);\n        ret = 0;\n        goto cleanup;\n    }\n\n    VIR_DEBUG", "Reset(qemuCaps);\n        ret = 1;\n        goto cleanup;\n    }\n\n    VIR_DEBUG"),
            ("a failure", "Reset(qemuCaps);\n        ret = 0;\n        goto cleanup;\n    }\n\n    VIR_DEBUG", "Reset(qemuCaps);\n        ret = -1;\n        goto cleanup;\n    }\n\n    VIR_DEBUG"),
            ("always discarded", "    ret = 1;\n", "    ret = 0;\n"),
            ("an endless loop", "    ret = 1;\n", "    while (selfctime);\n    ret = 1;\n"),
            ("a crash", "    ret = 1;\n", "    *(volatile char *)0 = 1;\n    ret = 1;\n"),
        ]),
        "virQEMUCapsIsValid" => fixes.extend([
            ("a misspelt member", "qemuCaps->libvirtCtime != virGet", "qemuCaps->libvirtCtme != virGet"),
            ("and for or", "LastChanged() ||", "LastChanged() &&"),
            ("dead code", "if (qemuCaps->libvirtCtime != ", "if (0 && qemuCaps->libvirtCtime != "),
            ("the emulator's check dropped", "if (sb.st_ctime != qemuCaps->ctime)", "if (0)"),
        ]),
        _ => fixes.extend([
            ("a failure", "        return 1;\n", "        return -1;\n"),
            ("used though outdated", "        return 1;\n", "        return 0;\n"),
            ("and for or", "LastChanged() ||", "LastChanged() &&"),
            ("never", "if (!skipInvalidation &&", "if (skipInvalidation &&"),
        ]),
    }
    fixes
}

fn shipped_and_fixed() -> Vec<(Source, Source, &'static str)> {
    let mut found: Vec<_> = later_shapes()
        .into_iter()
        .filter(|(_, function)| *function != "virQEMUCapsInitCached")
        .map(|(tree, function)| (tree.source(), tree.source(), function))
        .collect();
    if let Some(git) = history() {
        let defective = tag(&git, "v1.2.15").source();
        let fixed = source(
            &defective
                .text()
                .replace("selfctime < virGetSelf", "selfctime != virGetSelf"),
        );
        found.push((defective, fixed, "virQEMUCapsInitCached"));
    }
    found
}

#[test]
fn wrong_fixes_of_real_files_are_refused() {
    let (kit, sandbox) = (kit(), sandbox());
    for (base, fixed, function) in shipped_and_fixed() {
        let bench = Bench::new(&kit, &sandbox);
        let span = super::scene::Scanned::new(&fixed)
            .function(function)
            .unwrap()
            .span;
        for (name, from, to) in wrong_fixes(function) {
            let body = fixed.slice(span);
            let broken = body.replacen(from, to, 1);
            assert_ne!(body, broken, "{function}: {name} changes nothing");
            let text = format!(
                "{}{broken}{}",
                &fixed.text()[..span.start],
                &fixed.text()[span.end..]
            );
            let played = &bench.play(FILE, &source(&text), &base, &names(&[function]))[0];
            println!(
                "{function}: {name}: {:?} {:?}",
                wrong(played),
                played.reason
            );
            assert_eq!(
                played.outcome,
                Outcome::Failed,
                "{function}: {name}: {}",
                report(played)
            );
        }
    }
}

/// A file of our own that holds the comparison in four forms, none of which any release has.
const OWN: &str = r#"
#include "own.h"

struct _virQEMUCaps {
    int refs;
    char *binary; /* its path */
    time_t ctime, probed;
    Unheard *unheard;
    time_t daemonLastChanged;
    unsigned int flags[OWN_MAX];
};

static int
pullCache(virQEMUCaps *self, const char *path,
          time_t *emulator_ctime, time_t *libvirtdCtime)
{
    long long number = 0;
    return virXPathLongLong("string(./selfctime)", path, &number);
}

static bool
daemonChanged(time_t self_ctime)
{
    return self_ctime OPERATOR virGetSelfLastChanged();
}

int freshen(virQEMUCaps *self, const char *folder, unsigned int flags)
{
    g_autofree char *path = g_strdup_printf("%s/own.xml", folder);
    time_t emulator, daemon;
    Unheard *unheard = NULL;

    if (!(unheard = unheardOf(self->unheard, flags)))
        return -1;
    if (pullCache(self, path, &emulator, &daemon) < 0) {
        virQEMUCapsReset(self);
        return 0;
    }
    if (daemon
            OPERATOR
        virGetSelfLastChanged() || (emulator != self->ctime)) {
        VIR_INFO("%s: %lld", path, (long long) daemon);
        unlink(path);
        virQEMUCapsReset(self);
        return 0;
    }
    return 1;
}

static bool
stillGood(const void *opaque, void *unused G_GNUC_UNUSED)
{
    const virQEMUCaps *capabilities = opaque;
    time_t now = virGetSelfLastChanged();
    struct stat sb;

    if (!ownIsReady(OWN_READY))
        return false;
    if (stat(capabilities->binary, &sb) < 0 || sb.st_ctime != capabilities->ctime)
        return false;
    if (capabilities->daemonLastChanged OPERATOR now)
        return false;
    return true;
}
"#;

fn own(operator: &str) -> Source {
    source(&OWN.replace("OPERATOR", operator))
}

#[test]
fn a_drifted_function_is_played_under_any_name() {
    if !has_gcc() {
        return;
    }
    let (kit, sandbox) = (kit(), sandbox());
    let bench = Bench::new(&kit, &sandbox);
    let functions = names(&["freshen", "stillGood", "daemonChanged"]);
    let before = bench.play(FILE, &own("<"), &own("<"), &functions);
    let shapes: Vec<_> = before
        .iter()
        .map(|playing| playing.shape.as_str())
        .collect();
    assert_eq!(
        shapes,
        ["init", "valid", "outdated"],
        "{}",
        before.iter().map(report).collect::<String>()
    );
    for playing in &before {
        assert_eq!(
            wrong(playing),
            ROLLED_BACK,
            "{} {}",
            playing.function,
            report(playing)
        );
    }
    for playing in bench.play(FILE, &own("!="), &own("<"), &functions) {
        assert_eq!(
            playing.outcome,
            Outcome::Passed,
            "{} {}",
            playing.function,
            report(&playing)
        );
    }
    for playing in bench.play(FILE, &own(">"), &own("<"), &functions) {
        assert_eq!(
            playing.outcome,
            Outcome::Failed,
            "{} {}",
            playing.function,
            report(&playing)
        );
    }
}

#[test]
fn what_a_patch_brings_in_is_not_stood_in_for() {
    if !has_gcc() {
        return;
    }
    let (kit, sandbox) = (kit(), sandbox());
    let bench = Bench::new(&kit, &sandbox);
    let base = own("<");
    for (from, to) in [
        ("unheardOf(", "unheardOff("),
        ("ownIsReady(OWN_READY)", "ownIsReady(OWN_REDY)"),
        ("Unheard *unheard = NULL", "Unhard *unheard = NULL"),
        ("self->ctime", "self->cctime"),
    ] {
        let broken = source(&own("!=").text().replace(from, to));
        let functions = names(&["freshen", "stillGood"]);
        let played = bench.play(FILE, &broken, &base, &functions);
        let refused = played
            .iter()
            .filter(|playing| !playing.diagnostics.is_empty())
            .count();
        assert_eq!(
            refused,
            1,
            "{to} {}",
            played.iter().map(report).collect::<String>()
        );
    }
}

#[test]
fn what_cannot_be_played_is_an_error_and_never_passed() {
    if !has_gcc() {
        return;
    }
    let (kit, sandbox) = (kit(), sandbox());
    let bench = Bench::new(&kit, &sandbox);
    let odd = source("int odd(int a)\n{\n    return a < virGetSelfLastChanged();\n}\n");
    let damaged = source(
        "static bool damaged(time_t selfctime)\n{\n    return selfctime !== virGetSelfLastChanged();\n}\n",
    );
    for (file, function) in [(&odd, "odd"), (&damaged, "damaged"), (&odd, "absent")] {
        let played = &bench.play(FILE, file, file, &names(&[function]))[0];
        assert_eq!(
            played.outcome,
            Outcome::Error,
            "{function} {}",
            report(played)
        );
        assert!(played.reason.is_some());
    }
    let gone = source("int other(void)\n{\n    return 0;\n}\n");
    let played = &bench.play(FILE, &gone, &own("<"), &names(&["daemonChanged"]))[0];
    assert_eq!(played.outcome, Outcome::Failed);
}

fn compile_own(stage: &Source, base: &Source, header: Option<&'static str>) -> Compile {
    let (kit, sandbox) = (kit(), sandbox());
    let read = |path: &str| {
        header
            .filter(|_| path == "src/own.h")
            .map(|text| text.as_bytes().into())
    };
    let tree = |file| CTree {
        path: FILE,
        file,
        read: &read,
        beside: None,
    };
    let bench = Bench::new(&kit, &sandbox);
    bench.compile(tree(stage), tree(base), &names(&["daemonChanged"]))
}

#[test]
fn without_its_headers_a_file_is_compiled_by_its_functions() {
    if !has_gcc() {
        return;
    }
    let good = compile_own(&own("!="), &own("<"), None);
    assert_eq!(
        (good.how, good.outcome),
        (How::Harness, Outcome::Passed),
        "{good:?}"
    );
    let reason = good.reason.unwrap();
    assert!(
        reason.contains("own.h") && !reason.contains("/tmp"),
        "{reason}"
    );
    // It compiles, so that it is wrong is not told here.
    assert_eq!(
        compile_own(&own(">"), &own("<"), None).outcome,
        Outcome::Passed
    );
    let bad = compile_own(&own("!=="), &own("<"), None);
    assert_eq!(
        (bad.how, bad.outcome),
        (How::Harness, Outcome::Failed),
        "{bad:?}"
    );
    assert!(bad.diagnostics[0].file == FILE, "{bad:?}");
}

const OWN_HEADER: &str =
    "#include <stdbool.h>\n#include <time.h>\ntime_t virGetSelfLastChanged(void);\n";

#[test]
fn a_new_warning_fails_and_an_old_one_does_not() {
    if !has_gcc() {
        return;
    }
    let file = |body: &str| {
        let old = "static bool f(time_t selfctime)\n{\n    int old;\n";
        source(&format!(
            "#include \"own.h\"\n{old}{body}}}\nbool (*g)(time_t) = f;\n"
        ))
    };
    let base = file("    return selfctime < virGetSelfLastChanged();\n");
    let good = compile_own(
        &file("    \n    return selfctime != virGetSelfLastChanged();\n"),
        &base,
        Some(OWN_HEADER),
    );
    assert_eq!(
        (good.how, good.outcome),
        (How::WholeFile, Outcome::Passed),
        "{good:?}"
    );
    let bad = file("    bool new = 0;\n    return selfctime != virGetSelfLastChanged();\n");
    let bad = compile_own(&bad, &base, Some(OWN_HEADER));
    assert_eq!(bad.outcome, Outcome::Failed);
    let told: Vec<_> = bad.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [format!(
            "{FILE}:5: warning: unused variable 'new' [-Wunused-variable]"
        )]
    );
}

/// A change that drift brings and that means nothing.
type Drift = (&'static str, fn(&str) -> String);

const DRIFT: [Drift; 7] = [
    ("reindented with tabs", |text| {
        text.replace("        ", "\t")
    }),
    ("variables renamed", |text| {
        let text = text
            .replace("selfctime", "daemon_ctime")
            .replace("libvirtCtime", "selfCtime");
        text.replace("qemuctime", "emulatorCtime")
            .replace("qemuCaps->", "caps->")
            .replace("qemuCaps", "caps")
    }),
    ("functions renamed", |text| {
        text.replace("virQEMUCapsLoadCache", "qemuCacheRead")
            .replace("virQEMUCapsInitCached", "qemuCacheUse")
    }),
    ("the condition on one line", |text| {
        text.replace(" ||\n        ", " || ")
    }),
    ("the condition split", |text| {
        text.replace("time < virGet", "time\n<\nvirGet")
            .replace("time != virGet", "time\n!=\nvirGet")
    }),
    ("a comment inside", |text| {
        text.replace(
            "virGetSelfLastChanged() ||",
            "virGetSelfLastChanged() /* != ) { */ ||",
        )
    }),
    ("another condition", |text| {
        text.replace(
            "virGetSelfLastChanged() ||",
            "virGetSelfLastChanged() || virQEMUCapsGet(NULL, 0) ||",
        )
    }),
];

#[test]
fn a_drifted_release_is_played_as_the_release_is() {
    let (kit, sandbox) = (kit(), sandbox());
    for (base, fixed, function) in shipped_and_fixed() {
        for (name, drift) in DRIFT {
            let bench = Bench::new(&kit, &sandbox);
            let function = names(&[&drift(function)]);
            let broken = fixed
                .text()
                .replace("time != virGetSelf", "time < virGetSelf");
            let [base, fixed, broken] =
                [base.text(), fixed.text(), &broken].map(|text| source(&drift(text)));
            let played = &bench.play(FILE, &fixed, &base, &function)[0];
            assert_eq!(
                played.outcome,
                Outcome::Passed,
                "{function:?} {name} {}",
                report(played)
            );
            let played = &bench.play(FILE, &broken, &base, &function)[0];
            assert_eq!(
                wrong(played),
                ROLLED_BACK,
                "{function:?} {name} {}",
                report(played)
            );
        }
    }
}

#[test]
fn a_release_without_libxml2_is_compiled_by_its_functions() {
    let Some(git) = history() else { return };
    let (mut kit, sandbox) = (kit(), sandbox());
    let rules = Arc::get_mut(&mut kit.rules).unwrap();
    rules.manifest.whole_file.packages.clear();
    let tree = tag(&git, "v1.2.15");
    let file = tree.source();
    let read = |path: &str| tree.read(path);
    let stage = CTree {
        path: FILE,
        file: &file,
        read: &read,
        beside: None,
    };
    let bench = Bench::new(&kit, &sandbox);
    let compile = bench.compile(stage, stage, &names(&["virQEMUCapsInitCached"]));
    assert_eq!(compile.how, How::Harness);
    assert_eq!(compile.outcome, Outcome::Passed, "{compile:?}");
    assert!(compile.reason.unwrap().contains("libxml"));
}

#[test]
fn a_function_that_a_patch_brings_along_is_played_as_it_stands() {
    if !has_gcc() {
        return;
    }
    let (kit, sandbox) = (kit(), sandbox());
    let bench = Bench::new(&kit, &sandbox);
    let with_helper = |operator: &str| {
        let helper = format!(
            "static bool\nsameDaemon(time_t then)\n{{\n    return then {operator} virGetSelfLastChanged();\n}}\n\n"
        );
        let text = own("<").text().replace(
            "daemon\n            <\n        virGetSelfLastChanged()",
            "!sameDaemon(daemon)",
        );
        source(&text.replace("int freshen", &format!("{helper}int freshen")))
    };
    let function = names(&["freshen"]);
    let right = &bench.play(FILE, &with_helper("=="), &own("<"), &function)[0];
    assert_eq!(right.outcome, Outcome::Passed, "{}", report(right));
    let wrong = &bench.play(FILE, &with_helper(">="), &own("<"), &function)[0];
    assert_eq!(wrong.outcome, Outcome::Failed, "{}", report(wrong));
    assert!(wrong.diagnostics.is_empty());
}

#[test]
fn equal_functions_are_played_once_wherever_they_stand() {
    if !has_gcc() {
        return;
    }
    let (kit, sandbox) = (kit(), sandbox());
    let bench = Bench::new(&kit, &sandbox);
    let text = "struct _virQEMUCaps {\n    long libvirtCtime;\n    long ctime;\n};\ntypedef struct _virQEMUCaps virQEMUCaps;\n\
                static bool virQEMUCapsIsValid(virQEMUCaps *qemuCaps)\n{\n    return qemuCaps->libvirtCtime == virGetSelfLastChanged();\n}\n";
    let function = names(&["virQEMUCapsIsValid"]);
    let played = |text: &str| {
        let file = source(text);
        bench.play(FILE, &file, &file, &function).remove(0)
    };
    let (first, second) = (played(text), played(&format!("\n\n{text}")));
    assert_eq!(first.outcome, Outcome::Passed, "{}", report(&first));
    assert_ne!(first.harness, second.harness);
    let plain = harness::without_lines;
    assert_eq!(plain(&first.harness), plain(&second.harness));
    // A refusal is told at the lines of its own file.
    let broken = text.replace("==", "= =");
    let at = |text: &str| played(text).diagnostics[0].line;
    assert_eq!(at(&broken) + 2, at(&format!("\n\n{broken}")));
}
