//! Real libvirt trees, where the environment names one: PATCHWRIGHT_LIBVIRT_GIT a clone with the tags v1.2.3 to v4.0.0,
//! PATCHWRIGHT_LIBVIRT_TREE the source of 9.0.0. Where neither is named these tests say so and pass.

use crate::support::{Bench, have};

fn named(variable: &str) -> Option<String> {
    let path = std::env::var(variable).ok();
    if path.is_none() {
        println!("skipped: {variable} names no tree");
    }
    path
}

const RELEASES: [&str; 13] = [
    "v1.2.3", "v1.2.4", "v1.2.5", "v1.2.6", "v1.2.7", "v1.2.8", "v1.2.9", "v1.2.10", "v1.2.11",
    "v1.2.12", "v1.2.13", "v1.2.14", "v1.2.15",
];

#[test]
fn every_release_with_the_defect_gets_a_series_that_passes_every_check() {
    let Some(repository) = named("PATCHWRIGHT_LIBVIRT_GIT") else {
        return;
    };
    if !have(&["git", "cc", "rpmspec", "bwrap"]) {
        return;
    }
    let bench = Bench::new();
    let args = [
        "generate",
        "-q",
        "--repo",
        &repository,
        "--from",
        "E <e@example.org>",
        "--strict",
        "--format",
        "json",
    ];
    let document = bench
        .run(&[&args[..], &RELEASES].concat())
        .ends_with(0)
        .json();
    for one in document["series"].as_array().unwrap() {
        assert_eq!(one["verdict"], "ready", "{one:#}");
        for patch in one["patches"].as_array().unwrap() {
            let behaviour = patch["checks"]
                .as_array()
                .unwrap()
                .iter()
                .find(|check| check["check"] == "behaviour")
                .unwrap();
            assert_eq!(
                (&behaviour["before"], &behaviour["after"]),
                (&"failed".into(), &"passed".into()),
                "{patch:#}"
            );
        }
    }
    let cover = bench.read("outgoing/v1.2.15/0000-cover-letter.patch");
    let diffstat = " libvirt.spec.in              | 11 +++++++++++\n src/qemu/qemu_capabilities.c |  6 ++++--\n \
                    2 files changed, 15 insertions(+), 2 deletions(-)\n";
    assert!(cover.contains(diffstat), "{cover}");
}

#[test]
fn real_packages_of_releases_go_wrong_before_the_patch_and_right_after_it() {
    if !have(&["rpmbuild", "rpm", "rpmspec", "bwrap"]) {
        return;
    }
    let git = named("PATCHWRIGHT_LIBVIRT_GIT");
    let tree = named("PATCHWRIGHT_LIBVIRT_TREE");
    let mut targets: Vec<Vec<&str>> = Vec::new();
    for release in ["v1.2.15", "v1.2.8", "v1.2.3", "v4.0.0"] {
        targets.extend(git.iter().map(|git| vec![git.as_str(), release]));
    }
    targets.extend(tree.iter().map(|tree| vec![tree.as_str()]));
    let bench = Bench::new();
    for target in targets {
        let args = [
            "generate",
            "-q",
            "--from",
            "E <e@example.org>",
            "--strict",
            "--format",
            "json",
            "--only",
            "spec-post-cache-removal",
            "--check",
            "package",
            "--repo",
        ];
        let document = bench
            .run(&[&args[..], &target].concat())
            .ends_with(0)
            .json();
        let checks = document["patches"][0]["checks"].as_array().unwrap();
        assert_eq!(
            (&checks[0]["before"], &checks[0]["after"]),
            (&"failed".into(), &"passed".into()),
            "{target:?}: {document:#}"
        );
    }
}

#[test]
fn git_am_takes_the_mails_of_every_release() {
    let Some(repository) = named("PATCHWRIGHT_LIBVIRT_GIT") else {
        return;
    };
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    let args = [
        "generate",
        "-q",
        "--repo",
        &repository,
        "--from",
        "E <e@example.org>",
        "--check",
        "lint",
    ];
    let _ = bench.run(&[&args[..], &RELEASES].concat()).ends_with(0);
    bench.git(
        "",
        &[
            "clone",
            "-q",
            "--shared",
            "--no-checkout",
            &repository,
            "clone",
        ],
    );
    for release in RELEASES {
        // No work tree of thousands of files is needed: the index has what is patched.
        bench.git(
            "clone",
            &[
                "sparse-checkout",
                "set",
                "--no-cone",
                "/libvirt.spec.in",
                "/src/qemu/qemu_capabilities.c",
            ],
        );
        bench.git("clone", &["checkout", "-q", "-f", "--detach", release]);
        let folder = bench.path(&format!("outgoing/{release}"));
        for name in bench
            .names(&format!("outgoing/{release}"))
            .iter()
            .filter(|name| name.starts_with("000"))
            .skip(1)
        {
            bench.git("clone", &["am", "-q", folder.join(name).to_str().unwrap()]);
        }
    }
}

#[test]
fn the_source_of_9_0_0_gets_both_fixes_where_the_comparison_is_turned_back() {
    let Some(tree) = named("PATCHWRIGHT_LIBVIRT_TREE") else {
        return;
    };
    if !have(&["cc", "rpmspec", "bwrap", "cp"]) {
        return;
    }
    let bench = Bench::new();
    assert!(
        bench
            .command("cp")
            .args(["-a", &tree, "tree"])
            .status()
            .unwrap()
            .success()
    );
    let args = [
        "generate",
        "-q",
        "--repo",
        "tree",
        "--from",
        "E <e@example.org>",
        "--strict",
        "--format",
        "json",
    ];
    // As it ships only the spec lacks its fix.
    let document = bench.run(&args).ends_with(0).json();
    assert_eq!(document["patches"][1]["status"], "fixed", "{document:#}");
    assert_eq!(
        document["patches"][0]["places"][0]["within"],
        "%post daemon-driver-qemu"
    );
    let file = "tree/src/qemu/qemu_capabilities.c";
    bench.replace(
        file,
        "libvirtCtime != virGetSelfLastChanged",
        "libvirtCtime < virGetSelfLastChanged",
    );
    let document = bench.run(&args).ends_with(0).json();
    assert_eq!(document["patches"][1]["status"], "missing");
    assert_eq!(
        document["patches"][1]["places"].as_array().unwrap().len(),
        2,
        "{document:#}"
    );
    assert_eq!(document["verdict"], "ready");
}

#[test]
fn the_statuses_of_releases_are_those_of_their_history() {
    let Some(repository) = named("PATCHWRIGHT_LIBVIRT_GIT") else {
        return;
    };
    let bench = Bench::new();
    // When each state began is a fact of the history: the cache came with 1.2.3, the comparison was mended in 1.2.16, and
    // the spec never was.
    let affected = RELEASES.map(|release| (release, ["missing", "missing"]));
    let before = [
        "v0.0.1", "v0.1.0", "v0.4.6", "v0.9.0", "v1.0.0", "v1.1.3.9", "v1.2.2",
    ];
    let after = [
        "v1.2.16", "v1.2.21", "v1.3.5", "v2.0.0", "v2.5.0", "v3.0.0", "v3.6.0", "v4.0.0",
    ];
    let expected: Vec<(&str, [&str; 2])> = before
        .map(|release| (release, ["not-affected"; 2]))
        .into_iter()
        .chain(affected)
        .chain(after.map(|release| (release, ["missing", "fixed"])))
        .collect();
    let revisions: Vec<&str> = expected.iter().map(|(release, _)| *release).collect();
    let args = ["gate", "-q", "--repo", &repository, "--format", "json"];
    let document = bench
        .run(&[&args[..], &revisions].concat())
        .ends_with(1)
        .json();
    for (one, (release, statuses)) in document["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .zip(expected)
    {
        let found: Vec<&str> = (0..2)
            .map(|at| one["patches"][at]["status"].as_str().unwrap())
            .collect();
        assert_eq!(found, statuses, "{release}");
    }
}

/// Where each state began: the commit that brought the cache, and the one that mended the comparison.
const CACHE_BEGAN: &str = "v1.2.3-rc1";
const MENDED: &str = "0b4211f905";

#[test]
fn every_tag_and_maintenance_branch_has_the_status_that_its_ancestry_tells() {
    let Some(repository) = named("PATCHWRIGHT_LIBVIRT_GIT") else {
        return;
    };
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    let git = |args: &[&str]| {
        let output = bench
            .command("git")
            .arg("--git-dir")
            .arg(&repository)
            .args(args)
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let began = git(&[
        "log",
        "--format=%H",
        "-1",
        "-SvirQEMUCapsLoadCache",
        CACHE_BEGAN,
        "--",
        "src/qemu/qemu_capabilities.c",
    ]);
    let patterns = ["refs/tags", "refs/heads", "refs/remotes/*/*-maint"];
    let names = |contains: &str| -> Vec<String> {
        let filter = format!("--contains={contains}");
        let listed = git(&[
            &["for-each-ref", "--format=%(refname)", &filter],
            &patterns[..],
        ]
        .concat());
        listed.lines().map(str::to_owned).collect()
    };
    let (with_cache, mended) = (names(began.trim()), names(MENDED));
    assert!(mended.len() > 100 && with_cache.len() > mended.len());
    let args = [
        "gate",
        "-q",
        "--repo",
        &repository,
        "--format",
        "json",
        "--refs",
        "refs/tags",
        "--refs",
    ];
    let more = ["refs/heads", "--refs", "refs/remotes/*/*-maint"];
    let document = bench.run(&[&args[..], &more].concat()).ends_with(1).json();
    let mut judged = 0;
    for row in document["revisions"].as_array().unwrap() {
        let name = row["revision"].as_str().unwrap();
        let full = git(&["rev-parse", "--symbolic-full-name", name]);
        let has = |names: &[String]| names.iter().any(|known| known == full.trim());
        let expected = match (has(&with_cache), has(&mended)) {
            (_, true) => ["missing", "fixed"],
            (true, false) => ["missing", "missing"],
            (false, false) => ["not-affected", "not-affected"],
        };
        let found = [0, 1].map(|at| row["patches"][at]["status"].as_str().unwrap());
        assert_eq!(found, expected, "{name}");
        judged += 1;
    }
    assert!(judged > 450, "{judged}");
}
