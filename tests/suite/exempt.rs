//! What `gate` excuses, compares with and is spread by: exemptions, earlier reports, partitions.

use crate::support::{Bench, Left, have};
use serde_json::{Value, json};

/// 2026-06-15, noon.
const DAY: &str = "1781524800";

fn gate_on(bench: &Bench, args: &[&str]) -> Left {
    let output = bench
        .command(env!("CARGO_BIN_EXE_patchwright"))
        .env("SOURCE_DATE_EPOCH", DAY)
        .arg("gate")
        .args(args)
        .output()
        .unwrap();
    Left {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn exempt(bench: &Bench, toml: &str, args: &[&str]) -> Left {
    bench.write("exempt.toml", toml);
    let sample = [
        "--sample",
        "--format",
        "json",
        "-q",
        "--exempt",
        "exempt.toml",
    ];
    gate_on(bench, &[&sample, args].concat())
}

#[test]
fn what_is_exempt_is_ok_with_its_reason_and_told_when_it_is_not_needed() {
    let bench = Bench::new();
    let all = "[[exempt]]\nrevision = 'mainline'\nreason = 'end of life'\nuntil = 2026-06-15\n";
    let document = exempt(&bench, all, &["mainline"]).ends_with(0).json();
    let row = &document["revisions"][0];
    assert_eq!(row["ok"], true);
    assert_eq!(
        row["exempt"],
        json!({"reason": "end of life", "until": "2026-06-15"})
    );
    assert_eq!(row["patches"][0]["exempt"]["reason"], "end of life");
    assert_eq!(row["patches"][0]["status"], "missing");
    assert_eq!(document["exemptions"][0]["state"], "needed");
    assert_eq!(document["summary"]["ok"], 1);
    // One patch of two: the other is needed still, under `any` too.
    let one = "[[exempt]]\nrevision = 'main*'\npatch = 'ctime-comparison'\nreason = 'why'\n";
    for require in ["any", "all"] {
        let document = exempt(&bench, one, &["mainline", "--require", require])
            .ends_with(1)
            .json();
        assert_eq!(document["revisions"][0]["exempt"], Value::Null);
        assert_eq!(
            document["revisions"][0]["patches"][1]["exempt"]["reason"],
            "why"
        );
    }
    let args = ["mainline", "--require", "ctime-comparison"];
    let _ = exempt(&bench, one, &args).ends_with(0);
    // It is another revision's.
    let left = exempt(&bench, all, &["maintenance"]).ends_with(1);
    assert_eq!(left.json()["exemptions"][0]["state"], "unused");
    // Fixed by now.
    let fixed = all.replace("mainline", "fixed");
    let left = exempt(&bench, &fixed, &["fixed"]).ends_with(0);
    assert!(
        left.stderr
            .contains("the exemption of fixed is no longer needed"),
        "{left}"
    );
    assert_eq!(left.json()["exemptions"][0]["state"], "unneeded");
    assert_eq!(left.json()["revisions"][0]["exempt"], Value::Null);
    // Over.
    let late = all.replace("2026-06-15", "\"2026-06-14\"");
    let left = exempt(&bench, &late, &["mainline"]).ends_with(1);
    assert!(
        left.stderr
            .contains("the exemption of mainline ended on 2026-06-14"),
        "{left}"
    );
    assert_eq!(left.json()["exemptions"][0]["state"], "expired");
}

#[test]
fn a_mistake_in_an_exemption_is_shown_at_its_place() {
    let bench = Bench::new();
    for (toml, code, line) in [
        (
            "[[exempt]]\nrevision = 'nowhere'\nreason = 'r'\n",
            "exempt-unknown",
            2,
        ),
        (
            "[[exempt]]\nrevision = 'no*'\nreason = 'r'\n",
            "exempt-unknown",
            2,
        ),
        (
            "[[exempt]]\nrevision = 'fixed'\npatch = 'x'\nreason = 'r'\n",
            "exempt-unknown",
            3,
        ),
        ("[[exempt]]\nrevision = 'fixed'\n", "exempt-file", 1),
        (
            "[[exempt]]\nrevision = 'fixed'\nreason = ' '\n",
            "exempt-file",
            3,
        ),
        (
            "[[exempt]]\nrevision = 'fixed'\nreason = 'r'\nuntil = 'soon'\n",
            "exempt-file",
            4,
        ),
        (
            "[[exempt]]\nrevision = 'fixed'\nreason = 'r'\nuntill = 2026-01-01\n",
            "exempt-file",
            4,
        ),
        ("[[exempted]]\n", "exempt-file", 1),
        ("exempt = [\n", "exempt-file", 1),
    ] {
        let left = exempt(&bench, toml, &["fixed"]).ends_with(2);
        assert!(
            left.stderr.contains(&format!("error[{code}]")),
            "{toml}\n{left}"
        );
        assert!(
            left.stderr.contains(&format!("exempt.toml:{line}:")),
            "{toml}\n{left}"
        );
        assert_eq!(left.stdout, "");
    }
    let left = gate_on(&bench, &["--sample", "--exempt", "missing.toml"]).ends_with(2);
    assert!(left.stderr.contains("error[exempt-file]"), "{left}");
}

/// A repository whose branches moved since `before.json` was written.
fn bench_that_moved() -> Bench {
    let bench = Bench::new();
    bench.sample("repo");
    for (branch, at) in [
        ("a", "fixed"),
        ("b", "mainline"),
        ("c", "before-cache"),
        ("d", "fixed"),
    ] {
        bench.git("repo", &["branch", "-q", branch, at]);
    }
    let args = [
        "--repo",
        "repo",
        "--report",
        "json=before.json",
        "a",
        "b",
        "c",
        "d",
    ];
    let _ = gate_on(&bench, &args).ends_with(1);
    for (branch, to) in [("a", "mainline"), ("b", "fixed"), ("c", "mainline")] {
        bench.git("repo", &["branch", "-q", "-f", branch, to]);
    }
    bench
}

#[test]
fn what_moved_since_an_earlier_report_is_told_and_a_lost_fix_is_loudest() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench_that_moved();
    let now = [
        "--repo",
        "repo",
        "a",
        "b",
        "c",
        "mainline",
        "--since",
        "before.json",
    ];
    let since = gate_on(&bench, &[&now[..], &["--format", "json"]].concat())
        .ends_with(1)
        .json()["since"]
        .clone();
    let moves = |list: &str| -> Vec<String> {
        let moves = since[list].as_array().unwrap().iter();
        moves
            .map(|one| {
                format!("{} {} {}", one["revision"], one["from"], one["to"]).replace('"', "")
            })
            .collect()
    };
    assert_eq!(moves("lost"), ["a fixed missing"; 2]);
    assert_eq!(moves("fixed"), ["b missing fixed"; 2]);
    assert_eq!(moves("changed"), ["c not-affected missing"; 2]);
    assert_eq!(since["gone"], json!(["d"]));
    assert_eq!(since["new"], json!(["mainline"]));
    let left = gate_on(&bench, &now).ends_with(1);
    let lost = left
        .stdout
        .find(" LOST  a: spec-post-cache-removal was fixed and is missing");
    assert!(
        lost.is_some() && lost < left.stdout.find("  fixed    b: "),
        "{left}"
    );
    // The exit code is that of what is.
    let _ = gate_on(&bench, &["--repo", "repo", "b", "--since", "before.json"]).ends_with(0);
}

#[test]
fn what_is_no_earlier_report_is_a_mistake() {
    let bench = Bench::new();
    let left = gate_on(&bench, &["--sample", "--since", "missing.json"]).ends_with(2);
    assert!(left.stderr.contains("error[report-unreadable]"), "{left}");
    for text in [
        "{}",
        "[",
        "{\"schema\": \"patchwright/series/1\"}",
        "\u{fc}",
    ] {
        bench.write("wrong.json", text);
        let left = gate_on(&bench, &["--sample", "--since", "wrong.json"]).ends_with(2);
        assert!(
            left.stderr.contains("error[report-unreadable]"),
            "{text}: {left}"
        );
        assert!(left.stderr.contains("wrong.json:1:"), "{text}: {left}");
    }
}

/// A repository with tags over few contents, and exemptions of some.
fn bench_with_tags() -> Bench {
    let bench = Bench::new();
    bench.sample("repo");
    for at in 1..4 {
        bench.git("repo", &["tag", &format!("v1.{at}"), "mainline"]);
        bench.git("repo", &["tag", &format!("v2.{at}"), "fixed"]);
    }
    let exempt = "[[exempt]]\nrevision = 'v1.1'\nreason = 'old'\n[[exempt]]\nrevision = 'fixed'\nreason = 'r'\n";
    bench.write("exempt.toml", exempt);
    bench
}

#[test]
fn partitions_make_the_report_of_one_run_byte_for_byte() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench_with_tags();
    let asked = [
        "-q",
        "--repo",
        "repo",
        "before-cache",
        "--all-tags",
        "maintenance",
        "fixed",
        "--exempt",
        "exempt.toml",
    ];
    let forms = ["json", "junit", "sarif", "html", "github", "gitlab"];
    let reports = |name: &str| forms.map(|form| format!("--report={form}={name}.{form}"));
    let whole = reports("whole");
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    let one = gate_on(&bench, &[&asked[..], &whole].concat()).ends_with(1);
    let mut files = Vec::new();
    let mut seen = Vec::new();
    for index in 1..=3 {
        let partition = format!("--partition=hash:{index}/3");
        let file = format!("part{index}.json");
        let report = format!("--report=json={file}");
        let left = gate_on(&bench, &[&asked[..], &[&partition, &report]].concat());
        assert!(left.status < 2, "{left}");
        let part: Value = serde_json::from_str(&bench.read(&file)).unwrap();
        let rows = part["revisions"].as_array().unwrap().iter();
        seen.extend(rows.map(|row| (row["revision"].as_str().unwrap().to_owned(), index)));
        files.push(file);
    }
    // Each once, equal contents together.
    let of = |name: &str| -> Vec<i32> {
        seen.iter()
            .filter(|(other, _)| other == name)
            .map(|(_, index)| *index)
            .collect()
    };
    assert_eq!(seen.len(), 9, "{seen:?}");
    assert_eq!(of("v1.1"), of("v1.3"));
    assert_eq!(of("v2.1"), of("fixed"));
    files.reverse();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let merged = reports("merged");
    let merged: Vec<&str> = merged.iter().map(String::as_str).collect();
    let left = gate_on(
        &bench,
        &[&["-q"], &merged[..], &["--merge"], &files].concat(),
    )
    .ends_with(1);
    assert_eq!(left.stdout, one.stdout);
    assert_eq!(left.stderr, one.stderr);
    for form in forms {
        assert_eq!(
            bench.read(&format!("merged.{form}")),
            bench.read(&format!("whole.{form}")),
            "{form}"
        );
    }
}

#[test]
fn partitions_that_make_no_whole_are_a_mistake() {
    let bench = Bench::new();
    let part = |name: &str, args: &[&str]| {
        let report = format!("--report=json={name}");
        let left = gate_on(&bench, &[&["--sample", "-q", &report], args].concat());
        assert!(left.status < 2, "{left}");
    };
    part("1", &["mainline", "fixed", "--partition", "hash:1/2"]);
    part("2", &["mainline", "fixed", "--partition", "hash:2/2"]);
    part(
        "all",
        &[
            "mainline",
            "fixed",
            "--partition",
            "hash:2/2",
            "--require",
            "all",
        ],
    );
    part(
        "other",
        &["mainline", "maintenance", "--partition", "hash:2/2"],
    );
    part(
        "of-three",
        &["mainline", "fixed", "--partition", "hash:2/3"],
    );
    part("whole", &["mainline", "fixed"]);
    let text = bench
        .read("2")
        .replace("\"version\": \"", "\"version\": \"9.");
    bench.write("version", &text);
    let text = bench
        .read("2")
        .replace("\"series\": \"cap", "\"series\": \"x-cap");
    bench.write("series", &text);
    let _ = gate_on(&bench, &["--merge", "1", "2"]).ends_with(1);
    for (files, word) in [
        (&["1"][..], "2/2"),
        (&["1", "1"], "is there already"),
        (&["1", "2", "2"], "is there already"),
        (&["1", "all"], "`require`"),
        (&["1", "other"], "other revisions"),
        (&["1", "of-three"], "number of partitions"),
        (&["1", "version"], "version of patchwright"),
        (&["1", "series"], "series"),
        (&["1", "whole"], "whole run"),
    ] {
        let left =
            gate_on(&bench, &[&["--report=json=out", "--merge"], files].concat()).ends_with(2);
        assert!(
            left.stderr.contains("error[report-unfit]"),
            "{files:?}: {left}"
        );
        assert!(left.stderr.contains(word), "{files:?}: {left}");
        assert!(!bench.path("out").exists());
    }
}

#[test]
fn a_part_is_named_by_its_number_and_may_be_empty() {
    let bench = Bench::new();
    for wrong in [
        "hash:0/2", "hash:3/2", "hash:1/0", "1/2", "hash:1", "hash:a/b",
    ] {
        let left = gate_on(&bench, &["--sample", "--partition", wrong]).ends_with(2);
        assert!(left.stderr.contains("error[partition]"), "{left}");
    }
    // A part that has nothing to judge is good.
    let _ = gate_on(&bench, &["--sample", "fixed", "--partition", "hash:2/2"]).ends_with(0);
}
