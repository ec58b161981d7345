//! The histories that a series is played in, on the sample repository and with fixes that are wrong.

use serde_json::Value;

use crate::refusals::series;
use crate::support::{Bench, have};

const TOOLS: [&str; 3] = ["cc", "rpmspec", "bwrap"];

/// What came of a history, one letter a column: `r`ight or `w`rong.
fn outcome(document: &Value, id: &str) -> String {
    let scenarios = document["scenarios"].as_array().unwrap();
    let found = scenarios.iter().find(|told| told["scenario"] == id);
    let found = found.unwrap_or_else(|| panic!("{id}: {document:#}"));
    let outcomes = found["outcomes"].as_object().unwrap().values();
    outcomes.map(|word| &word.as_str().unwrap()[..1]).collect()
}

fn outcomes<const N: usize>(document: &Value, ids: [&str; N]) -> [String; N] {
    ids.map(|id| outcome(document, id))
}

const SAMPLE: [&str; 4] = ["generate", "--sample", "--format", "json"];

#[test]
fn each_patch_helps_where_the_other_does_not_and_some_histories_stay_wrong() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    let document = bench.run(&SAMPLE).ends_with(0).json();
    let told = document["scenarios"].as_array().unwrap();
    assert!(told.len() >= 20, "{}", told.len());
    for one in told {
        let columns: Vec<&String> = one["outcomes"].as_object().unwrap().keys().collect();
        let expected = ["none", "spec-post-cache-removal", "ctime-comparison", "all"];
        assert_eq!(columns, expected, "{one:#}");
        assert_eq!(
            one["labels"],
            serde_json::json!({"right": "fresh", "wrong": "stale"})
        );
    }
    let ids = [
        "the-story-by-rpm",
        "clock-set-back",
        "two-installs-in-one-second",
        "older-mainline-by-rollback",
        "linked-directory",
        "module-rolled-back",
        "unpatched-by-rollback",
    ];
    let expected = ["rrrr", "wrrr", "wrwr", "wwrr", "wwrr", "wwww", "wwww"];
    assert_eq!(outcomes(&document, ids), expected);
    let wrong = |column: &str| {
        document["walk"]["columns"][column]["wrong"]
            .as_u64()
            .unwrap()
    };
    let columns = ["none", "spec-post-cache-removal", "ctime-comparison", "all"];
    let [none, spec, code, all] = columns.map(wrong);
    assert!(
        none > spec && none > code && spec > all && code > all && all > 0,
        "{document:#}"
    );
    let names = bench.names("outgoing/evidence/scenarios");
    for name in [
        "outcomes.json",
        "walk.json",
        "decisions.json",
        "scriptlets.json",
        "scriptlet-1.sh",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
}

/// The groups that a patch mends, by the manifest.
fn mended_by(manifest: &toml::Table, patch: &str) -> Vec<String> {
    let groups = manifest["group"].as_array().unwrap().iter();
    let mended = groups.filter(|group| {
        let by = group.get("mended-by").and_then(toml::Value::as_array);
        by.is_some_and(|by| by.iter().any(|id| id.as_str() == Some(patch)))
    });
    mended
        .map(|group| group["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn each_patch_mends_alone_what_the_manifest_says_and_nothing_else() {
    if !have(&TOOLS) {
        return;
    }
    let manifest = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/patches/capabilities-cache/scenarios.toml"
    );
    let manifest: toml::Table = std::fs::read_to_string(manifest).unwrap().parse().unwrap();
    let bench = Bench::new();
    for revision in ["mainline", "maintenance"] {
        let args = [&SAMPLE[..], &["--force", revision]].concat();
        let document = bench.run(&args).ends_with(0).json();
        for patch in ["spec-post-cache-removal", "ctime-comparison"] {
            let groups = mended_by(&manifest, patch);
            assert!(!groups.is_empty());
            for told in document["scenarios"].as_array().unwrap() {
                let outcomes = &told["outcomes"];
                let is_mended = outcomes["none"] == "wrong" && outcomes[patch] == "right";
                let group = told["group"].as_str().unwrap();
                let is_told = groups.iter().any(|id| id == group);
                assert_eq!(is_mended, is_told, "{revision} {patch}: {told:#}");
            }
        }
    }
}

#[test]
fn what_the_evidence_holds_gives_the_answers_again() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    let _ = bench.run(&SAMPLE).ends_with(0);
    let evidence = "outgoing/evidence/scenarios";
    let decisions: Value =
        serde_json::from_str(&bench.read(&format!("{evidence}/decisions.json"))).unwrap();
    for decider in decisions.as_array().unwrap() {
        let function = &decider["functions"][0];
        let built = bench
            .command("sh")
            .current_dir(bench.path("outgoing/evidence"))
            .args(["-c", function["compile"].as_str().unwrap()])
            .output()
            .unwrap();
        assert!(built.status.success(), "{built:?}");
        let answers = decider["answers"].as_array().unwrap();
        let arguments = answers.iter().map(|answer| {
            let given = answer["given"].as_object().unwrap();
            let given: String = given
                .iter()
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            format!("asked{given} otherwise=0")
        });
        let printed = bench
            .command(bench.path("outgoing/evidence/harness"))
            .args(arguments)
            .output()
            .unwrap()
            .stdout;
        let printed = String::from_utf8(printed).unwrap();
        assert!(answers.len() > 50 && printed.lines().count() == answers.len());
        for (line, answer) in printed.lines().zip(answers) {
            assert_eq!(
                line.starts_with("asked returned 1"),
                answer["used"],
                "{line} {answer}"
            );
        }
    }
}

#[test]
fn wrong_fixes_change_what_comes_of_the_histories() {
    if !have(&TOOLS) {
        return;
    }
    let code = (
        "ctime-comparison/patch.toml",
        "pattern = \"$CACHED < virGetSelfLastChanged()\", becomes = \"$CACHED != ",
    );
    let spec = (
        "templates/empty-cache.spec",
        "%{_localstatedir}/cache/libvirt/qemu/capabilities",
    );
    let newer_wrong = code.1.replace("!= ", "<= ");
    let only_newer = code.1.replace("!= ", "> ");
    let elsewhere = spec.1.replace("/qemu/capabilities", "/qemu/other");
    let ids = [
        "older-mainline-by-link",
        "the-story-by-rpm",
        "clock-set-back",
    ];
    let played = [
        // Never again right where the cache is newer, and no worse elsewhere.
        (code, &newer_wrong, ["wwww", "rrrr", "wrwr"]),
        // Right there, and wrong where it was right.
        (code, &only_newer, ["wwrr", "rrwr", "wrrr"]),
        (spec, &elsewhere, ["wwrr", "rrrr", "wwrr"]),
    ];
    for ((file, from), to, expected) in played {
        let bench = Bench::new();
        series(&bench, file, from, to);
        let arguments = [&SAMPLE[..], &["--series", "series"]].concat();
        let document = bench.run(&arguments).ends_with(1).json();
        assert_eq!(outcomes(&document, ids), expected, "{to}");
    }
}

#[test]
fn the_cover_letter_has_the_table_and_the_terminal_has_the_same() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.write("words", "My own words.\n");
    let arguments = ["generate", "--sample", "--description-file", "words"];
    let told = bench.run(&arguments).ends_with(0).stdout;
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    let body = cover.split_once("\n\n").unwrap().1;
    let rows: Vec<&str> = body
        .lines()
        .skip_while(|line| !line.ends_with("none      1      2   both"))
        .take_while(|line| !line.is_empty())
        .collect();
    assert!((10..=14).contains(&rows.len()), "{cover}");
    for row in &rows {
        assert!(told.contains(row), "{row}\n{told}");
    }
    assert!(body.find("My own words.").unwrap() < body.find(rows[0]).unwrap());
    assert!(
        body.contains("As far as these histories go, both\nshould be used"),
        "{cover}"
    );
    assert!(
        body.contains("  patchwright validate 0*.patch --onto "),
        "{cover}"
    );
    let letter = body.split("\n-- \n").next().unwrap();
    for line in letter.lines() {
        assert!(line.chars().count() <= 76, "{line}");
        let word = line.split(' ').next().unwrap_or_default();
        let is_header = word.len() > 1 && word.ends_with(':') && word != "base-commit:";
        assert!(!is_header && word != "From" && word != "---", "{line}");
        assert!(!line.contains('%') || line.contains("%post"), "{line}");
    }
}

#[test]
fn a_letter_of_one_patch_has_a_column_before_and_one_after() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    let arguments = ["generate", "--sample", "--only", "spec-post-cache-removal"];
    let _ = bench.run(&arguments).ends_with(0);
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    let row = cover
        .lines()
        .find(|line| line.contains("two installs in one second"));
    assert!(row.unwrap().ends_with("STALE  fresh"), "{cover}");
    assert!(cover.contains("before  after\n"), "{cover}");
    assert!(cover.contains("It mends 4; "), "{cover}");
}

#[test]
fn a_patch_alone_has_no_column_for_the_other() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    let arguments = [&SAMPLE[..], &["--only", "ctime-comparison"]].concat();
    let document = bench.run(&arguments).ends_with(0).json();
    let columns = document["scenarios"][0]["outcomes"].as_object().unwrap();
    assert!(
        columns.keys().eq(["none", "ctime-comparison", "all"]),
        "{columns:?}"
    );
    let ids = ["two-installs-in-one-second", "older-mainline-by-link"];
    assert_eq!(outcomes(&document, ids), ["www", "wrr"]);
}

#[test]
fn a_fix_that_is_there_already_is_in_every_column() {
    if !have(&TOOLS) {
        return;
    }
    let bench = Bench::new();
    bench.sample_with_the_comparison_fixed("repo");
    let arguments = [
        "generate",
        "--repo",
        "repo",
        "--from",
        "A <a@example.org>",
        "--format",
        "json",
    ];
    let document = bench.run(&arguments).ends_with(0).json();
    let columns = document["scenarios"][0]["outcomes"].as_object().unwrap();
    assert!(
        columns
            .keys()
            .eq(["none", "spec-post-cache-removal", "all"]),
        "{columns:?}"
    );
    let ids = ["two-installs-in-one-second", "older-mainline-by-link"];
    assert_eq!(outcomes(&document, ids), ["wrr", "rrr"]);
}

#[test]
fn where_nothing_can_be_run_the_histories_are_skipped_with_the_reason() {
    let bench = Bench::new();
    let document = bench.run_without_tools(&SAMPLE).ends_with(0).json();
    assert_eq!(document["scenarios"], serde_json::json!([]));
    let reason = document["scenarios_skipped"].as_str().unwrap();
    assert!(reason.contains("no sandbox"), "{reason}");
    assert!(reason.contains("apt install bubblewrap"), "{reason}");
    assert!(!bench.path("outgoing/evidence/scenarios").exists());
}
