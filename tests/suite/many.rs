//! A long history over a few contents: it costs what the contents cost, and little for each revision.

use crate::support::{Bench, Left, have, left};
use serde_json::Value;
use std::fmt::Write as _;
use std::process::Stdio;

const MANY: usize = 10_000;
/// The first of them, which have all contents.
const FEW: usize = 10;
/// KiB of memory that the run may take, on two threads: a history whose contents were held for each revision would need more.
const MEMORY: usize = 192 << 10;

/// Seconds of processors' time that it may take, ten times what it takes: what is compiled for debugging would need twice as many to
/// judge each revision anew.
const PROCESSORS: usize = 20;

/// Makes many revisions, each with a tree of its own: every other one carries the fixes, and none of the files that are judged is new.
fn history(bench: &Bench) {
    bench.sample("repo");
    let bases = ["mainline", "fixed"].map(|name| bench.git("repo", &["rev-parse", name]));
    let mut stream = String::new();
    for number in 0..MANY {
        let from = match number.checked_sub(2) {
            None => bases[number % 2].clone(),
            Some(before) => format!(":{}", before + 1),
        };
        let text = number.to_string();
        write!(
            stream,
            "commit refs/heads/{}\nmark :{}\ncommitter C <c@example.org> {} +0000\ndata 1\nc\nfrom {from}\nM 644 inline NEWS\ndata {}\n{text}\n\n",
            if number % 2 == 0 { "even" } else { "odd" },
            number + 1,
            1_700_000_000 + number,
            text.len(),
        )
        .unwrap();
    }
    bench.write("stream", &stream);
    let import = "git fast-import --quiet --export-marks=marks < ../stream && mv .git/marks . 2>/dev/null; test -e marks";
    let _ = bench.shell("repo", import).ends_with(0);
    // Ten thousand refs of a file each would take longer to write than to judge.
    let mut packed = "# pack-refs with: peeled fully-peeled sorted \n".to_owned();
    let marks = bench.read("repo/marks");
    let id = |line: &str| {
        let (mark, id) = line.split_once(' ')?;
        Some((mark[1..].parse::<usize>().ok()? - 1, id.to_owned()))
    };
    let mut ids: Vec<(usize, String)> = marks.lines().filter_map(id).collect();
    ids.sort();
    for (number, id) in ids {
        writeln!(packed, "{id} refs/tags/v{number:05}").unwrap();
    }
    bench.write("repo/.git/packed-refs", &packed);
}

/// Judges the revisions of a glob within the memory and the time that are given, and keeps the answers in a folder of their own.
fn judge(bench: &Bench, refs: &str, kept: &str) -> Left {
    let limited = format!("ulimit -d {MEMORY} && ulimit -t {PROCESSORS} && exec \"$0\" \"$@\"");
    let mut command = bench.command("sh");
    command
        .env("RAYON_NUM_THREADS", "2")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_patchwright")])
        .args(["gate", "-q", "--format", "json", "--repo", "repo"])
        .args(["--refs", refs, "--cache-dir", kept])
        .stdin(Stdio::null());
    left(&mut command)
}

/// What was kept: how many answers there are, each of contents of its own, and how many trees they are of.
fn kept(bench: &Bench, folder: &str) -> (usize, usize) {
    let names = bench.names(&format!("{folder}/gate"));
    let text = bench.read(&format!("{folder}/gate/{}", names[0]));
    let document: Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
    let count = |what: &str| document[what].as_array().unwrap().len();
    (count("answers"), count("trees"))
}

#[test]
fn ten_thousand_revisions_are_judged_by_as_many_contents_as_ten() {
    if !have(&["git", "sh"]) {
        return;
    }
    let bench = Bench::new();
    history(&bench);
    let few = judge(&bench, "refs/tags/v0000?", "few").ends_with(1).json();
    let many = judge(&bench, "refs/tags/v?????", "many")
        .ends_with(1)
        .json();
    let rows = |document: &Value| document["revisions"].as_array().unwrap().clone();
    let (few, many) = (rows(&few), rows(&many));
    assert_eq!((few.len(), many.len()), (FEW, MANY));
    for (number, row) in many.iter().enumerate() {
        let wanted = &few[number % 2];
        assert_eq!(row["patches"], wanted["patches"], "{number}");
        assert_eq!(row["ok"], number % 2 == 1, "{number}");
    }
    let (answers, trees) = kept(&bench, "few");
    assert_eq!((answers, trees), (4, FEW));
    assert_eq!(kept(&bench, "many"), (answers, MANY));
}
