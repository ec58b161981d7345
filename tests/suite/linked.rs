//! The target's own cache code, linked with its tree: what the reports say of it, and whether the evidence links it again.

use std::os::unix::fs::symlink;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Bench, have};

const TOOLS: [&str; 4] = ["gcc", "rpmspec", "bwrap", "git"];
const GENERATE: [&str; 5] = [
    "generate",
    "--format",
    "json",
    "--from",
    "E <e@example.org>",
];
const EVIDENCE: &str = "outgoing/evidence/ctime-comparison";

/// What the check `behaviour` of the patch of C code says.
fn behaviour(document: &Value) -> &Value {
    let patches = document["patches"].as_array().unwrap();
    let patch = patches
        .iter()
        .find(|patch| patch["patch"] == "ctime-comparison");
    let mut checks = patch.unwrap()["checks"].as_array().unwrap().iter();
    checks.find(|check| check["check"] == "behaviour").unwrap()
}

/// A sample repository, and the series made for it.
fn generated() -> Option<Bench> {
    if !have(&TOOLS) {
        return None;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let args = [&GENERATE[..], &["--repo", "repo"]].concat();
    let _ = bench.run(&args).ends_with(0);
    Some(bench)
}

#[test]
fn code_that_can_be_linked_is_and_every_report_says_so() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    let document = bench
        .run(&[&GENERATE[..], &["--sample"]].concat())
        .ends_with(0)
        .json();
    let told = behaviour(&document);
    assert_eq!(told["played"]["real"], true, "{told:#}");
    assert_eq!(document["scenarios_played"]["real"], true);
    let decisions = |name: &str| document["scenarios_played"][name].as_u64().unwrap();
    assert!(
        decisions("real_decisions") > 80 && decisions("real_decisions") <= decisions("decisions")
    );
    let words = "linked with the code of the same tree";
    let letter = bench
        .read("outgoing/0000-cover-letter.patch")
        .replace('\n', " ");
    assert!(letter.contains(words), "{letter}");
    assert!(letter.contains("; linked: 3 of 14, 0"), "{letter}");
    let page = bench.read("outgoing/evidence/report.html");
    assert!(
        page.contains("linked with 3 files of its own tree"),
        "{page}"
    );
    let told = bench
        .run(&["generate", "--sample", "-o", "again"])
        .ends_with(0)
        .stdout;
    assert!(told.contains("cache files and ctimes are real"), "{told}");
}

#[test]
fn code_that_cannot_be_linked_is_played_with_a_stand_in_and_every_report_says_why() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let head = "int\nvirFileMakePath(const char *path)\n{";
    let calling = format!("void elsewhere(void);\n\n{head}\n    elsewhere();");
    bench.commit("repo", "src/util/virutil.c", head, &calling);
    let args = [&GENERATE[..], &["--repo", "repo"]].concat();
    let document = bench.run(&args).ends_with(0).json();
    let why = "it calls `elsewhere`, which is not among what is linked";
    let told = behaviour(&document);
    assert_eq!(
        (&told["outcome"], &told["played"]["real"]),
        (&"passed".into(), &false.into())
    );
    let with = told["played"]["with"].as_str().unwrap();
    assert!(with.contains("stand-in") && with.contains(why), "{with}");
    assert_eq!(document["scenarios_played"]["because"], why);
    let letter = bench
        .read("outgoing/0000-cover-letter.patch")
        .replace('\n', " ");
    assert!(
        letter.contains("compiled alone with a stand-in for all that it calls"),
        "{letter}"
    );
    assert!(!letter.contains("linked"), "{letter}");
    let page = bench.read("outgoing/evidence/report.html");
    assert!(
        page.contains("Not linked with its own tree, because it calls"),
        "{page}"
    );
    let told = bench.run(&[
        "generate",
        "--repo",
        "repo",
        "-o",
        "again",
        "--from",
        "E <e@example.org>",
    ]);
    assert!(told.ends_with(0).stdout.contains(why));
}

#[test]
fn mails_are_judged_by_the_linked_code_too() {
    let Some(bench) = generated() else { return };
    let mut mails = bench.names("outgoing");
    mails.retain(|name| name.ends_with(".patch"));
    let paths: Vec<String> = mails
        .iter()
        .map(|name| format!("outgoing/{name}"))
        .collect();
    let mut args = vec![
        "validate", "--repo", "repo", "--onto", "mainline", "--format", "json",
    ];
    args.extend(paths.iter().map(String::as_str));
    let document = bench.run(&args).ends_with(0).json();
    let patches = document["patches"].as_array().unwrap();
    let checks = patches
        .iter()
        .flat_map(|patch| patch["checks"].as_array().unwrap());
    let real: Vec<&Value> = checks
        .filter(|check| check["played"]["real"] == true)
        .collect();
    assert_eq!(real.len(), 1, "{document:#}");
}

#[test]
fn the_evidence_compiles_and_links_the_file_again_and_it_answers_the_same() {
    let Some(bench) = generated() else { return };
    for name in [
        "compile/compile.sh",
        "compile/before.txt",
        "compile/after.txt",
        "syntax/functions.json",
    ] {
        let _ = bench.read(&format!("{EVIDENCE}/{name}"));
    }
    let spec = "outgoing/evidence/spec-post-cache-removal/syntax";
    assert!(
        bench
            .read(&format!("{spec}/rpmspec-1.sh"))
            .contains("rpmspec -P")
    );
    assert!(
        bench
            .read(&format!("{spec}/rpmspec-1.diff"))
            .contains("+find ")
    );
    let _ = bench
        .shell("repo", "git am -q ../outgoing/000[12]-*.patch")
        .ends_with(0);
    let evidence = bench.path(EVIDENCE).display().to_string();
    let _ = bench
        .shell(
            "repo",
            &format!("cp -r {evidence}/compile/. . && sh compile.sh"),
        )
        .ends_with(0);
    let script = format!(
        "cp -r {evidence}/behaviour/linked/. . && mkdir -p daemon && TIMES=../times sh linked.sh"
    );
    make_times(&bench);
    let told = bench.shell("repo", &script).ends_with(0);
    let after = bench.read(&format!("{EVIDENCE}/behaviour/linked/after.json"));
    same_answers(&told.stdout, &serde_json::from_str(&after).unwrap());
}

/// Files with ctimes in the order of their names: one is old, one a second older than the last.
fn make_times(bench: &Bench) {
    std::fs::create_dir(bench.path("times")).unwrap();
    symlink("/bin/sh", bench.path("times/1")).unwrap();
    bench.write("times/2", "");
    sleep(Duration::from_millis(1100));
    bench.write("times/3", "");
}

/// What the program printed is what the evidence says that it saw.
fn same_answers(told: &str, after: &Value) {
    let cases = after.as_array().unwrap();
    let answers: Vec<&str> = told.lines().collect();
    assert_eq!(answers.len(), cases.len(), "{told}");
    for (answer, case) in answers.iter().zip(cases) {
        let (id, words) = answer.split_once(' ').unwrap();
        assert_eq!(id, case["case"], "{told}");
        let observed = case["observed"].as_str().unwrap();
        assert!(
            observed.starts_with(words.split(' ').next().unwrap()),
            "{answer} {observed}"
        );
        assert_eq!(
            words.contains(" unlinked"),
            observed.contains(", unlinked"),
            "{answer} {observed}"
        );
    }
}

#[test]
fn real_releases_decide_for_themselves() {
    let Ok(repository) = std::env::var("PATCHWRIGHT_LIBVIRT_GIT") else {
        println!("skipped: PATCHWRIGHT_LIBVIRT_GIT names no clone");
        return;
    };
    if !have(&TOOLS) {
        return;
    }
    for revision in ["v1.2.3", "v1.2.8", "v1.2.15"] {
        let bench = Bench::new();
        let args = [&GENERATE[..], &["--repo", &repository, revision]].concat();
        let one = &bench.run(&args).ends_with(0).json();
        let told = behaviour(one);
        assert_eq!(told["played"]["real"], true, "{told:#}");
        let detail = told["detail"].as_str().unwrap();
        assert!(detail.ends_with("; linked: 3 of 14, 0"), "{detail}");
        assert_eq!(
            one["scenarios_played"]["real"], true,
            "{:#}",
            one["scenarios_played"]
        );
    }
}
