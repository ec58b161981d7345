//! What hands patches to `patch` without any fuzz: quilt, dpkg-source with its `3.0 (quilt)`; and patchutils.

use super::meant::{AUTHOR, Meant};
use crate::support::{Bench, have};

/// The id of the tree that a folder's files would have, but for what quilt and the package put there.
fn tree_of(meant: &Meant, dir: &str) -> String {
    let script = format!(
        "git init -q --bare ../{dir}.git && export GIT_DIR=../{dir}.git GIT_WORK_TREE=. && \
         git add -A -f . ':!.pc' ':!debian' && git write-tree"
    );
    meant.shell(dir, &script).trim().to_owned()
}

fn unpacked(meant: &Meant, dir: &str) {
    std::fs::create_dir(meant.bench.path(dir)).unwrap();
    meant.shell("repo", &format!("git archive mainline | tar x -C ../{dir}"));
}

#[test]
fn quilt_pushes_the_series_without_fuzz_and_pops_it_again() {
    if !have(&["git", "quilt"]) {
        return;
    }
    let meant = Meant::new();
    let left = meant.generate("out", &["--export", "quilt"]).ends_with(0);
    unpacked(&meant, "tree");
    let push = Meant::printed(&left, "apply").replace("quilt push", "quilt --quiltrc - push");
    meant.shell("tree", &push);
    let git = |name: &str| meant.bench.git("repo", &["rev-parse", name]);
    assert_eq!(tree_of(&meant, "tree"), git("meant^{tree}"));
    let pop = push.replace("push -a --fuzz=0", "pop -a");
    meant.shell("tree", &pop);
    assert_eq!(tree_of(&meant, "tree"), git("mainline^{tree}"));
}

/// Names and contents that `patch` takes and b4 does not, and names that `patch` reads otherwise.
#[test]
fn quilt_pushes_what_it_was_given_or_is_not_given_it() {
    if !have(&["git", "quilt"]) {
        return;
    }
    for (name, before, change, is_taken) in [
        ("a b", "x", "echo y >'a b'; chmod +x 'a b'", true),
        ("é b", "x", "chmod +x 'é b'", true),
        ("a b", "x", "chmod +x 'a b'", false),
        ("a", "x", ": >'e f'", false),
        ("a ", "x", "echo y >'a '", false),
        ("a", "x", "echo y >'b '", false),
        ("d /f", "x", "echo y >'d /f'", true),
        ("a", "caf\\351", "printf 'caf\\351\\ny' >a", true),
        ("a", "x", "printf 'a\\rb\\n' >a", true),
        ("a", "\\357\\273\\277x", "printf y >a", true),
    ] {
        let bench = Bench::new();
        bench.git("", &["init", "-q", "-b", "main", "repo"]);
        bench.write(&format!("repo/{name}"), "");
        let script = format!(
            "printf '{before}\\n' >'{name}'; git add .; git commit -qm base; {change}; git add .; git commit -qm 'topic: Change' -m Why."
        );
        let _ = bench.shell("repo", &script).ends_with(0);
        let left = bench.run(&[
            "generate",
            "-q",
            "--repo",
            "repo",
            "--commits",
            "HEAD^!",
            "--from",
            "A <a@example.org>",
            "--check",
            "lint",
            "--export",
            "quilt",
        ]);
        assert_eq!(
            left.status,
            if is_taken { 0 } else { 2 },
            "{name} {change}: {left}"
        );
        if !is_taken {
            assert!(
                left.stderr.contains("error[export-not-for-patch]"),
                "{left}"
            );
            continue;
        }
        let script = "git checkout -q HEAD^ && QUILT_PATCHES=../outgoing/patches quilt --quiltrc - push -a --fuzz=0 && \
            git add -A . ':!.pc' && test $(git write-tree) = $(git rev-parse main^{tree})";
        let _ = bench.shell("repo", script).ends_with(0);
    }
}

#[test]
fn the_patches_have_headers_as_dep_3_has_them() {
    if !have(&["git"]) {
        return;
    }
    let meant = Meant::new();
    let _ = meant.generate("out", &["--export", "quilt"]).ends_with(0);
    let series = meant.bench.read("out/patches/series");
    let names: Vec<&str> = series.lines().collect();
    assert_eq!(meant.bench.names("out/patches").len(), names.len() + 1);
    for (name, commit) in names.iter().zip(["meant~1", "meant"]) {
        let patch = meant.bench.read(&format!("out/patches/{name}"));
        let (head, body) = patch.split_once("\n\n").unwrap();
        let git = |format: &str| {
            let format = format!("--format={format}");
            meant.bench.git("repo", &["log", "-1", &format, commit])
        };
        let expected = [
            format!("From: {AUTHOR}"),
            format!("Date: {}", git("%aD")),
            format!("Subject: {}", git("%s")),
            "Origin: other, series capabilities-cache of patchwright".to_owned(),
            "Forwarded: no".to_owned(),
            format!("Last-Update: {}", git("%as")),
        ];
        assert_eq!(head.lines().collect::<Vec<_>>(), expected, "{name}");
        assert!(body.starts_with(&git("%b")), "{name}");
    }
}

#[test]
fn dpkg_source_builds_a_package_with_the_series_and_unpacks_it_patched() {
    if !have(&["git", "dpkg-source", "quilt"]) {
        return;
    }
    let meant = Meant::new();
    let _ = meant.generate("out", &["--export", "quilt"]).ends_with(0);
    unpacked(&meant, "pk-1");
    meant.shell("", "tar czf pk_1.orig.tar.gz pk-1");
    let write = |name: &str, text: &str| meant.bench.write(&format!("pk-1/debian/{name}"), text);
    write("source/format", "3.0 (quilt)\n");
    write(
        "control",
        "Source: pk\nMaintainer: a <a@b.c>\n\nPackage: pk\nArchitecture: all\nDescription: x\n",
    );
    write(
        "changelog",
        "pk (1-1) unstable; urgency=low\n\n  * x\n\n -- a <a@b.c>  Thu, 01 Jan 2015 00:00:00 +0000\n",
    );
    meant.shell(
        "",
        "cp -r out/patches pk-1/debian/patches && dpkg-source -b pk-1",
    );
    meant.shell("", "dpkg-source --no-check -x pk_1-1.dsc unpacked");
    let wanted = meant.bench.git("repo", &["rev-parse", "meant^{tree}"]);
    assert_eq!(tree_of(&meant, "unpacked"), wanted);
}

#[test]
fn patchutils_find_the_files_of_every_form() {
    if !have(&["git", "lsdiff"]) {
        return;
    }
    let meant = Meant::new();
    let mut listed = Vec::new();
    for (form, files) in [
        ("mail", "mail/*.patch"),
        ("mbox", "mbox/series.mbox"),
        ("maildir", "maildir/new/*"),
        ("quilt", "quilt/patches/*.patch"),
    ] {
        let _ = meant.generate(form, &["--export", form]).ends_with(0);
        let script = format!("cat {files} | lsdiff --strip=1");
        listed.push(meant.shell("", &script));
    }
    let expected = "libvirt.spec.in\nsrc/qemu/qemu_capabilities.c\n";
    assert_eq!(listed, [expected; 4]);
}
