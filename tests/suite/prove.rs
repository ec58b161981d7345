//! `gate --prove`: what happens is played, and overrules what structure alone tells.

use crate::support::{Bench, Left, have};
use serde_json::Value;

const FILE: &str = "src/qemu/qemu_capabilities.c";
const SPEC: &str = "libvirt.spec.in";
const WRONG: &str = "selfctime < virGetSelfLastChanged()";
const RIGHT: &str = "selfctime != virGetSelfLastChanged()";
const TOOLS: [&str; 4] = ["git", "cc", "rpmspec", "bwrap"];

fn gate(bench: &Bench, more: &[&str]) -> Left {
    let args = ["gate", "-q", "--format", "json", "--repo", "repo"];
    bench.run(&[&args[..], more].concat())
}

/// The answers of a patch: status by structure, status by play, and whether they agree.
fn cell(left: &Left, row: usize, column: usize) -> (String, String, String) {
    let document = left.json();
    let cell = &document["revisions"][row]["patches"][column];
    let text = |value: &Value| {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{cell:#}"))
            .to_owned()
    };
    (
        text(&cell["proof"]["structure"]),
        text(&cell["status"]),
        text(&cell["proof"]["outcome"]),
    )
}

fn told(structure: &str, status: &str, outcome: &str) -> (String, String, String) {
    (structure.to_owned(), status.to_owned(), outcome.to_owned())
}

#[test]
fn answers_that_are_right_are_confirmed() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let left = gate(&bench, &["--prove", "mainline", "fixed", "before-cache"]).ends_with(1);
    for column in 0..2 {
        assert_eq!(
            cell(&left, 0, column),
            told("missing", "missing", "agrees"),
            "{left}"
        );
        assert_eq!(
            cell(&left, 1, column),
            told("fixed", "fixed", "agrees"),
            "{left}"
        );
    }
    let document = left.json();
    let proved = |row: usize| document["revisions"][row]["proved"].clone();
    assert_eq!([proved(0), proved(1), proved(2)], [true, true, false]);
    // What each patch is to mend in the life of a machine goes wrong without it, and right with it.
    let histories = |row: usize, column: usize| {
        document["revisions"][row]["patches"][column]["proof"]["histories"].clone()
    };
    for (column, count) in [(0, 4), (1, 12)] {
        let wrong = histories(0, column)["wrong"].as_array().unwrap().len();
        assert_eq!(wrong, count, "{left}");
        let right = serde_json::json!({"count": count, "wrong": []});
        assert_eq!(histories(1, column), right, "{left}");
    }
    // The cache code of the tree itself was asked; of a scriptlet there is nothing else to ask.
    let cell = |row: usize, column: usize| document["revisions"][row]["patches"][column].clone();
    for row in 0..2 {
        assert_eq!(cell(row, 1)["proof"]["played"]["real"], true, "{left}");
        assert!(cell(row, 0)["proof"]["played"].is_null(), "{left}");
    }
    // Where there is nothing to play, nothing is said of playing.
    assert!(document["revisions"][2]["patches"][0]["proof"].is_null());
    assert_eq!(left.stderr, "", "{left}");
    let without = gate(&bench, &["fixed"]).ends_with(0).json();
    assert!(without["revisions"][0]["patches"][0]["proof"].is_null());
    assert_eq!(without["revisions"][0]["proved"], false);
}

#[test]
fn what_structure_leaves_open_and_does_not_work_is_missing() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.replace(&format!("repo/{FILE}"), WRONG, RIGHT);
    // The right comparison is not always reached.
    let load = "    /* Ask again if what was kept";
    let other = "    if (capsdir) {\n        ret = 1;\n        goto cleanup;\n    }\n\n";
    bench.replace(&format!("repo/{FILE}"), load, &format!("{other}{load}"));
    bench.git("repo", &["commit", "-qam", "half"]);
    let left = gate(&bench, &["HEAD"]).ends_with(1);
    let alone = &left.json()["revisions"][0]["patches"][1];
    assert_eq!(alone["status"], "undetermined");
    assert_eq!(alone["code"], "comparison-partly");
    assert!(left.stdout.contains("`capsdir` holds"), "{left}");
    let left = gate(
        &bench,
        &["--prove", "HEAD", "--require", "ctime-comparison"],
    )
    .ends_with(1);
    assert_eq!(
        cell(&left, 0, 1),
        told("undetermined", "missing", "overrules"),
        "{left}"
    );
    assert_eq!(
        left.json()["revisions"][0]["patches"][1]["code"],
        "played-wrong"
    );
    assert!(
        left.stderr.contains("structure alone said undetermined"),
        "{left}"
    );
}

#[test]
fn what_structure_can_t_take_for_a_fix_and_works_is_fixed() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.git("repo", &["tag", "base", "mainline"]);
    // Other words for the comparison are followed without running it, and played they are the same.
    bench.git("repo", &["checkout", "-q", "-f", "--detach", "base"]);
    let form = "(selfctime - virGetSelfLastChanged())";
    bench.replace(&format!("repo/{FILE}"), WRONG, form);
    bench.git("repo", &["commit", "-qam", "other form"]);
    let args = ["--prove", "--require", "ctime-comparison", "HEAD"];
    let left = gate(&bench, &args).ends_with(0);
    assert_eq!(
        cell(&left, 0, 1),
        told("fixed", "fixed", "agrees"),
        "{left}"
    );
    // The same of a scriptlet.
    bench.git("repo", &["checkout", "-q", "-f", "--detach", "base"]);
    let own = "D=%{_localstatedir}/cache/libvirt/qemu/capabilities\n[ -L $D ] || find $D -xdev -mindepth 1 -type f -delete -o -mindepth 1 -delete >/dev/null 2>&1 || :\n";
    let text = bench.read(&format!("repo/{SPEC}"));
    bench.write(
        &format!("repo/{SPEC}"),
        &text.replace("\n%post daemon\n", &format!("\n%post daemon\n{own}")),
    );
    bench.git("repo", &["commit", "-qam", "other words"]);
    let left = gate(&bench, &["--prove", "HEAD"]);
    let (structure, _, outcome) = cell(&left, 0, 0);
    assert_eq!(structure, "undetermined", "{left}");
    assert_eq!(outcome, "overrules", "{left}");
}

#[test]
fn equal_contents_are_played_once_and_what_can_t_be_played_stays_as_it_was() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.git("repo", &["tag", "again", "mainline"]);
    bench.git("repo", &["commit", "-q", "--allow-empty", "-m", "nothing"]);
    let args = [
        "gate", "--repo", "repo", "--prove", "mainline", "again", "HEAD",
    ];
    let left = bench.run(&args).ends_with(1);
    assert_eq!(left.stderr.matches("the behaviour of").count(), 2, "{left}");
    assert_eq!(left.stderr.matches("the histories of").count(), 1, "{left}");
    // Without tools structure is all there is; under --strict that is told by the exit code.
    let base = [
        "gate", "-q", "--format", "json", "--repo", "repo", "--prove",
    ];
    let left = bench
        .run_without_tools(&[&base[..], &["fixed"]].concat())
        .ends_with(0);
    assert_eq!(
        cell(&left, 0, 1),
        told("fixed", "fixed", "unplayed"),
        "{left}"
    );
    assert_eq!(left.json()["revisions"][0]["proved"], false);
    assert!(left.stderr.contains("could not be played"), "{left}");
    let histories = left.json()["revisions"][0]["patches"][1]["proof"]["histories"].clone();
    assert!(histories["skipped"].is_string(), "{left}");
    let strict = [&base[..], &["--strict", "fixed"]].concat();
    let _ = bench.run_without_tools(&strict).ends_with(5);
    let strict = [&base[..], &["--strict", "mainline"]].concat();
    let _ = bench.run_without_tools(&strict).ends_with(1);
    let _ = bench.run(&["gate", "--sample", "--strict"]).ends_with(2);
}

#[test]
fn a_fix_that_stands_where_it_can_t_be_played_is_not_taken_for_one() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.git("repo", &["tag", "base", "mainline"]);
    bench.replace(&format!("repo/{FILE}"), WRONG, RIGHT);
    // What is loaded is made to agree: the function that compares comes out right by itself.
    bench.replace(
        &format!("repo/{FILE}"),
        "    fclose(file);\n    return ret;",
        "    fclose(file);\n    qemuCaps->ctime = virGetSelfLastChanged();\n    return ret;",
    );
    bench.git("repo", &["commit", "-qam", "made to agree"]);
    let left = gate(
        &bench,
        &["--prove", "HEAD", "--require", "ctime-comparison"],
    )
    .ends_with(1);
    assert_ne!(cell(&left, 0, 1).1, "fixed", "{left}");
    // What else must hold is not varied by the cases.
    for form in [
        "(selfctime != virGetSelfLastChanged() && qemuCaps->nmachineTypes == 0)",
        "((selfctime - virGetSelfLastChanged()) && qemuCaps->nmachineTypes == 0)",
    ] {
        bench.git("repo", &["checkout", "-q", "-f", "--detach", "base"]);
        bench.replace(&format!("repo/{FILE}"), WRONG, form);
        bench.git("repo", &["commit", "-qam", "a further condition"]);
        let args = ["--prove", "HEAD", "--require", "ctime-comparison"];
        let left = gate(&bench, &args).ends_with(1);
        assert_eq!(
            cell(&left, 0, 1),
            told("undetermined", "undetermined", "unplayed"),
            "{left}"
        );
    }
    // A macro that nobody plays.
    bench.git("repo", &["checkout", "-q", "-f", "--detach", "base"]);
    bench.replace(&format!("repo/{FILE}"), WRONG, RIGHT);
    let text = bench.read(&format!("repo/{FILE}"));
    let other = "#define OLD(when) ((when) < virGetSelfLastChanged())\n";
    bench.write(&format!("repo/{FILE}"), &format!("{text}\n{other}"));
    bench.git("repo", &["commit", "-qam", "macro"]);
    let left = gate(
        &bench,
        &["--prove", "HEAD", "--require", "ctime-comparison"],
    )
    .ends_with(1);
    assert_eq!(
        cell(&left, 0, 1),
        told("undetermined", "undetermined", "unplayed"),
        "{left}"
    );
}

#[test]
fn a_history_that_goes_wrong_overrules_cases_that_come_out_right() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.git("repo", &["checkout", "-q", "-f", "--detach", "fixed"]);
    // The cleanup spares files that no case names, and those of the histories are among them.
    let text = bench.read(&format!("repo/{SPEC}"));
    let spares = text.replace(" -mindepth 1 -delete", " -mindepth 1 ! -name '3f*' -delete");
    assert_ne!(spares, text);
    bench.write(&format!("repo/{SPEC}"), &spares);
    // Without the other patch, nothing else mends them.
    bench.replace(&format!("repo/{FILE}"), RIGHT, WRONG);
    bench.git("repo", &["commit", "-qam", "spares some"]);
    let left = gate(&bench, &["--prove", "HEAD"]).ends_with(1);
    let document = left.json();
    let cell = &document["revisions"][0]["patches"][0];
    assert_eq!(cell["status"], "missing", "{left}");
    let proof = &cell["proof"];
    let detail = proof["detail"].as_str().unwrap();
    assert!(detail.contains("in a history: "), "{left}");
    assert_eq!(proof["histories"]["wrong"].as_array().unwrap().len(), 4);
}

/// A sample repository whose file of C was changed, and was committed with the change.
fn changed(changes: &[(&str, &str)]) -> Bench {
    let bench = Bench::new();
    bench.sample("repo");
    for (from, to) in changes {
        bench.replace(&format!("repo/{FILE}"), from, to);
    }
    bench.git("repo", &["commit", "-qam", "changed"]);
    bench
}

#[test]
fn a_function_that_alone_lacks_a_macro_of_its_file_is_not_called_wrong() {
    if !have(&TOOLS) {
        return;
    }
    let form = format!("\n#if CHECKS > 1\n        {RIGHT}\n#else\n        {WRONG}\n#endif\n");
    let head = "static int\nvirQEMUCapsInitCached(virQEMUCapsPtr";
    let defined = format!("#define CHECKS 2\n\n{head}");
    let bench = changed(&[(WRONG, &form), (head, &defined)]);
    let args = ["--prove", "HEAD", "--require", "ctime-comparison"];
    let left = gate(&bench, &args).ends_with(1);
    let expected = told("undetermined", "undetermined", "unplayed");
    assert_eq!(cell(&left, 0, 1), expected, "{left}");
    // Where the macro leaves the old comparison in, that is what happens.
    let defined = format!("#define CHECKS 1\n\n{head}");
    let bench = changed(&[(WRONG, &form), (head, &defined)]);
    let left = gate(&bench, &args).ends_with(1);
    assert_eq!(cell(&left, 0, 1).1, "missing", "{left}");
}

fn proof(left: &Left) -> Value {
    left.json()["revisions"][0]["patches"][1]["proof"].clone()
}

#[test]
fn a_fix_that_the_code_around_it_undoes_is_found_where_that_is_linked() {
    if !have(&TOOLS) {
        return;
    }
    // The comparison is right, and what is compared was not read from the cache.
    let read = (
        "*selfctime = date;",
        "*selfctime = date ? virGetSelfLastChanged() : 0;",
    );
    let bench = changed(&[(WRONG, RIGHT), read]);
    let only = ["--require", "ctime-comparison", "HEAD"];
    let left = gate(&bench, &[&["--prove"][..], &only].concat()).ends_with(1);
    assert_eq!(cell(&left, 0, 1).1, "missing", "{left}");
    let proved = proof(&left);
    assert_eq!(proved["played"]["real"], true, "{left}");
    let detail = proved["detail"].as_str().unwrap();
    assert!(detail.contains("linked with its tree: "), "{left}");
    // What can't be linked is played with a stand-in for what is called, and that is said.
    let bench = changed(&[(WRONG, RIGHT)]);
    let head = "int\nvirFileMakePath(const char *path)\n{";
    let calling = format!("void elsewhere(void);\n\n{head}\n    elsewhere();");
    bench.commit("repo", "src/util/virutil.c", head, &calling);
    let left = gate(&bench, &[&["--prove"][..], &only].concat()).ends_with(0);
    assert_eq!(
        cell(&left, 0, 1),
        told("fixed", "fixed", "agrees"),
        "{left}"
    );
    let proved = proof(&left);
    assert_eq!(proved["played"]["real"], false, "{left}");
    let with = proved["played"]["with"].as_str().unwrap();
    assert!(
        with.contains("it calls `elsewhere`, which is not among what is linked"),
        "{with}"
    );
    // People are told as well.
    let args = [
        "gate",
        "--repo",
        "repo",
        "--prove",
        "--verbose",
        "--report",
        "html=page.html",
    ];
    let left = bench.run(&[&args[..], &only].concat()).ends_with(0);
    assert!(left.stdout.contains("Played, and it is so: "), "{left}");
    assert!(
        left.stdout.contains("(a stand-in for all that it calls"),
        "{left}"
    );
    assert!(
        bench
            .read("page.html")
            .contains("(a stand-in for all that it calls"),
        "{left}"
    );
}

/// What was played in a run over kept proofs, how often, and what came of it.
fn played(bench: &Bench, more: &[&str]) -> (usize, String) {
    let args = ["gate", "--format", "json", "--repo", "repo", "--prove"];
    let left = bench.run(&[&args[..], &["--cache-dir", "kept"], more].concat());
    let plays = ["the behaviour of", "the histories of"];
    let count = plays.map(|play| left.stderr.matches(play).count());
    (count.iter().sum(), left.stdout)
}

#[test]
fn proofs_are_kept_and_found_again_where_all_that_was_read_is_the_same() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let all = ["mainline", "fixed"];
    let (count, first) = played(&bench, &all);
    assert_eq!(count, 6);
    assert_eq!(played(&bench, &all), (0, first.clone()));
    assert_eq!(bench.names("kept/prove").len(), 1);
    let (count, again) = played(&bench, &[&all[..], &["--no-cache"]].concat());
    assert_eq!((count, &again), (6, &first));
    // What nobody reads for it changes nothing; what is linked does, although no structure looks at it.
    bench.git("repo", &["checkout", "-q", "-f", "--detach", "fixed"]);
    bench.write("repo/README", "another");
    bench.git("repo", &["commit", "-qam", "another README"]);
    assert_eq!(played(&bench, &["HEAD"]).0, 0);
    let now = "virGetSelfLastChanged(void)\n{";
    let never = format!("{now}\n    return 0;");
    bench.commit("repo", "src/util/virutil.c", now, &never);
    let (count, told) = played(&bench, &["HEAD"]);
    // The histories hang on it, and so do both patches.
    assert_eq!(count, 3, "{told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let cell = &told["revisions"][0]["patches"][1];
    assert_eq!(
        (&cell["status"], &cell["proof"]["structure"]),
        (&"missing".into(), &"fixed".into())
    );
    // In one run it is told apart from a tree whose judged files are the same.
    let (count, told) = played(&bench, &["fixed", "HEAD", "--no-cache"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    let status = |row: usize| told["revisions"][row]["patches"][1]["status"].clone();
    assert_eq!(
        (count, status(0), status(1)),
        (5, "fixed".into(), "missing".into())
    );
}

#[test]
fn what_could_not_be_played_is_not_kept_and_damage_is_no_proof() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let args = [
        "gate",
        "--repo",
        "repo",
        "--prove",
        "--cache-dir",
        "kept",
        "fixed",
    ];
    let _ = bench.run_without_tools(&args).ends_with(0);
    assert!(!bench.path("kept/prove").exists());
    let (count, first) = played(&bench, &["fixed"]);
    assert_eq!(count, 3);
    let name = format!("kept/prove/{}", bench.names("kept/prove")[0]);
    let text = bench.read(&name);
    bench.write(&name, &text.replacen("cases", "Cases", 1));
    assert_eq!(played(&bench, &["fixed"]), (3, first.clone()));
    assert_eq!(played(&bench, &["fixed"]), (0, first));
    // A folder in which nothing can be kept is told, and nothing else.
    std::fs::remove_dir_all(bench.path("kept/prove")).unwrap();
    bench.write("kept/prove", "");
    let left = bench.run(&[&args[..], &["-q"]].concat()).ends_with(0);
    assert!(left.stderr.contains("no proofs are kept in kept"), "{left}");
}

#[test]
fn runs_at_once_keep_what_each_has_proved() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let runs = ["mainline", "fixed", "mainline", "fixed"].map(|name| {
        let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
        command.args([
            "gate",
            "-q",
            "--repo",
            "repo",
            "--prove",
            "--cache-dir",
            "kept",
            name,
        ]);
        let command = command.stdout(std::process::Stdio::null());
        (name, command.spawn().unwrap())
    });
    for (name, mut run) in runs {
        let expected = i32::from(name == "mainline");
        assert_eq!(run.wait().unwrap().code(), Some(expected));
    }
    // Two that end in the same moment may keep the proofs of one; they are whole.
    let (count, told) = played(&bench, &["mainline", "fixed"]);
    assert!(count <= 3, "{count}");
    assert_eq!(played(&bench, &["mainline", "fixed", "--no-cache"]).1, told);
    assert_eq!(bench.names("kept/prove").len(), 1);
}
