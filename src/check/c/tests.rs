//! Tests of the C checks over small C of our own, and over real trees where the machine has them.

use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::*;
use crate::check::Outcome;
use crate::check::sandbox::{Job, Ran};
use crate::text::Source;

const MANIFEST: &str = include_str!("../../../patches/capabilities-cache/ctime-comparison/harness.toml");
const FILE: &str = "src/qemu/qemu_capabilities.c";

fn kit() -> Kit {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/capabilities-cache");
    Kit::new(MANIFEST, &|name| std::fs::read_to_string(templates.join(name)).ok()).unwrap()
}

/// Runs a job without a sandbox: what these tests run is their own, or a release of libvirt.
fn plain(job: &Job) -> io::Result<Ran> {
    let output = Command::new(&job.command[0])
        .args(&job.command[1..])
        .current_dir(&job.mounts[0].outside)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .output()?;
    Ok(Ran {
        status: output.status.code().unwrap_or(128),
        stdout: output.stdout,
        stderr: output.stderr,
        stopped: None,
    })
}

fn has_gcc() -> bool {
    let found = Command::new("gcc").arg("--version").output().is_ok();
    assert!(found || std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none(), "no gcc");
    if !found {
        println!("skipped: no gcc: the C checks are not played");
    }
    found
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn source(text: &str) -> Source {
    Source::new(FILE, text.as_bytes())
}

fn wrong(playing: &Playing) -> Vec<&str> {
    let wrong = playing.cases.iter().filter(|case| !case.right);
    wrong.map(|case| case.id.as_str()).collect()
}

fn report(playing: &Playing) -> String {
    let lines = playing.diagnostics.iter().map(|d| format!("{d}\n"));
    format!("{:?} {:?}\n{}{:#?}", playing.outcome, playing.reason, lines.collect::<String>(), playing.cases)
}

/// A tag of the real history, or the directory of the real tree.
enum Tree {
    Tag { repo: git2::Repository, tree: git2::Oid },
    Directory(String),
}

impl Tree {
    fn read(&self, path: &str) -> Option<Arc<[u8]>> {
        match self {
            Tree::Directory(folder) => std::fs::read(Path::new(folder).join(path)).ok().map(Into::into),
            Tree::Tag { repo, tree } => {
                let tree = repo.find_tree(*tree).ok()?;
                let entry = tree.get_path(Path::new(path)).ok()?;
                let blob = repo.find_blob(entry.id()).ok()?;
                Some(blob.content().into())
            }
        }
    }

    fn source(&self) -> Source {
        Source::new(FILE, self.read(FILE).unwrap())
    }
}

fn history() -> Option<String> {
    let found = std::env::var("PATCHWRIGHT_LIBVIRT_GIT").ok();
    if found.is_none() {
        println!("skipped: no PATCHWRIGHT_LIBVIRT_GIT: the real history is not played");
    }
    found.filter(|_| has_gcc())
}

fn tag(git: &str, tag: &str) -> Tree {
    let repo = git2::Repository::open_bare(git).unwrap();
    let tree = repo.revparse_single(tag).unwrap().peel_to_tree().unwrap().id();
    Tree::Tag { repo, tree }
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
    let kit = kit();
    for minor in 3..=15 {
        let before = tag(&git, &format!("v1.2.{minor}")).source();
        let after = source(&before.text().replace("selfctime < virGetSelf", "selfctime != virGetSelf"));
        let bench = Bench::new(&kit, &plain);
        let function = names(&["virQEMUCapsInitCached"]);
        let played = bench.play(FILE, &before, &before, &function);
        assert_eq!(wrong(&played[0]), ROLLED_BACK, "v1.2.{minor} {}", report(&played[0]));
        let played = bench.play(FILE, &after, &before, &function);
        assert_eq!(played[0].outcome, Outcome::Passed, "v1.2.{minor} {}", report(&played[0]));
    }
}

fn later_shapes() -> Vec<(Tree, &'static str)> {
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
    let kit = kit();
    for (tree, function) in later_shapes() {
        let shipped = tree.source();
        let text = shipped.text();
        let reverted = source(&text.replace("time != virGetSelf", "time < virGetSelf"));
        let bench = Bench::new(&kit, &plain);
        let played = &bench.play(FILE, &shipped, &shipped, &names(&[function]))[0];
        assert_eq!(played.outcome, Outcome::Passed, "{function} {}", report(played));
        let played = &bench.play(FILE, &reverted, &shipped, &names(&[function]))[0];
        let expected: Vec<_> = ROLLED_BACK.into_iter().collect();
        assert_eq!(wrong(played), expected, "{function} {}", report(played));
    }
}

/// Compiles `file` and the base of a real tree, and says how it went.
fn compiled(tree: &Tree, file: &Source, function: &str) -> Compile {
    let kit = kit();
    let read = |path: &str| tree.read(path);
    let base = tree.source();
    let bench = Bench::new(&kit, &plain);
    let stage = CTree { path: FILE, file, read: &read };
    let before = CTree { path: FILE, file: &base, read: &read };
    bench.compile(stage, before, &names(&[function]))
}

#[test]
fn real_files_compile_whole_and_damage_is_seen() {
    let mut trees = later_shapes();
    if let Some(git) = history() {
        let defective = (3..=15).map(|minor| (tag(&git, &format!("v1.2.{minor}")), "virQEMUCapsInitCached"));
        trees.extend(defective);
    }
    for (tree, function) in trees {
        let shipped = tree.source();
        let good = compiled(&tree, &shipped, function);
        assert_eq!((good.how, good.outcome), (How::WholeFile, Outcome::Passed), "{function} {good:?}");
        let misspelt = source(&shipped.text().replace("virGetSelfLastChanged()", "virGetSelfLastChange()"));
        let bad = compiled(&tree, &misspelt, function);
        assert_eq!(bad.outcome, Outcome::Failed, "{function} {bad:?}");
    }
}

#[test]
fn timing() {
    use std::time::Instant;
    let git = history().unwrap();
    let kit = kit();
    for (tree, function) in later_shapes().into_iter().chain([(tag(&git, "v1.2.15"), "virQEMUCapsInitCached")]) {
        let read = |path: &str| tree.read(path);
        let base = tree.source();
        let t = Instant::now();
        let closure = super::closure::read(&kit, FILE, base.bytes(), &read);
        let t_closure = t.elapsed();
        let t = Instant::now();
        let scratch = tempfile::tempdir().unwrap();
        super::whole_file::lay(&closure, scratch.path()).unwrap();
        let t_lay = t.elapsed();
        let bench = Bench::new(&kit, &plain);
        let t = Instant::now();
        let before = CTree { path: FILE, file: &base, read: &read };
        bench.compile(before, before, &names(&[function]));
        let t_compile = t.elapsed();
        let t = Instant::now();
        bench.play(FILE, &base, &base, &names(&[function]));
        let t_play = t.elapsed();
        println!("{function} {} files: closure {t_closure:?} lay {t_lay:?} compile(2 closures) {t_compile:?} play {t_play:?}", closure.files.len());
    }
}


/// Every wrong fix: a name, what is replaced in the right one, and by what.
fn wrong_fixes(function: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut fixes = vec![
        ("the old comparison", "time != virGetSelf", "time < virGetSelf"),
        ("greater", "time != virGetSelf", "time > virGetSelf"),
        ("less or equal", "time != virGetSelf", "time <= virGetSelf"),
        ("greater or equal", "time != virGetSelf", "time >= virGetSelf"),
        ("equal", "time != virGetSelf", "time == virGetSelf"),
        ("an assignment", "time != virGetSelf", "time = virGetSelf"),
        ("the function, not its value", "virGetSelfLastChanged()", "virGetSelfLastChanged"),
        ("a misspelt function", "virGetSelfLastChanged()", "virGetSelfLastChange()"),
        ("a narrowed time", "time != virGetSelfLastChanged()", "time != (int)virGetSelfLastChanged()"),
        ("compared with nothing", "time != virGetSelfLastChanged()", "time != 0"),
    ];
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
        let fixed = source(&defective.text().replace("selfctime < virGetSelf", "selfctime != virGetSelf"));
        found.push((defective, fixed, "virQEMUCapsInitCached"));
    }
    found
}

#[test]
fn wrong_fixes_of_real_files_are_refused() {
    let kit = kit();
    for (base, fixed, function) in shipped_and_fixed() {
        let bench = Bench::new(&kit, &plain);
        let span = super::scene::Scanned::new(&fixed).function(function).unwrap().span;
        for (name, from, to) in wrong_fixes(function) {
            let body = fixed.slice(span);
            let broken = body.replacen(from, to, 1);
            assert_ne!(body, broken, "{function}: {name} changes nothing");
            let text = format!("{}{broken}{}", &fixed.text()[..span.start], &fixed.text()[span.end..]);
            let played = &bench.play(FILE, &source(&text), &base, &names(&[function]))[0];
            println!("{function}: {name}: {:?} {:?}", wrong(played), played.reason);
            assert_eq!(played.outcome, Outcome::Failed, "{function}: {name}: {}", report(played));
        }
    }
}

#[test]
fn extra() {
    let Ok(extra) = std::env::var("EXTRA") else { return };
    let kit = kit();
    for item in extra.split(' ') {
        let (git, name) = item.split_once('@').unwrap();
        let tree = tag(git, name);
        let base = tree.source();
        let scanned = super::scene::Scanned::new(&base);
        for f in &scanned.functions {
            if !scanned.file.code[f.body.start..f.body.end].contains("!= virGetSelfLastChanged") { continue }
            let bench = Bench::new(&kit, &plain);
            let played = &bench.play(FILE, &base, &base, &names(&[&f.name]))[0];
            println!("{name} {} {}: {:?} {:?} {:?} {:?}", f.name, played.shape, played.outcome, wrong(played), played.reason, played.diagnostics);
            let reverted = source(&base.text().replace("time != virGetSelf", "time < virGetSelf"));
            let played = &bench.play(FILE, &reverted, &base, &names(&[&f.name]))[0];
            println!("   reverted: {:?} {:?} {:?}", played.outcome, wrong(played), played.reason);
            let t = std::time::Instant::now();
            let c = compiled(&tree, &base, &f.name);
            println!("   compile: {c:?} {:?}", t.elapsed());
        }
    }
}
