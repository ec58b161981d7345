//! What the cover letter claims, done again from the mails alone by the command that it names.

use crate::support::{Bench, have};

/// The command that a letter names, as a shell takes it.
fn command(letter: &str) -> String {
    let start = letter.find("\n  patchwright validate ").expect(letter);
    let rest = &letter[start..];
    rest[..rest.find("\n\n").unwrap()].to_owned()
}

/// The lines of the table of a letter, and the sentences below it in one line.
fn told(letter: &str) -> (Vec<&str>, String) {
    let lines = letter.lines().map(str::trim);
    let mut lines =
        lines.skip_while(|line| !line.starts_with("none  ") && *line != "before  after");
    let table = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let sentences = lines.take_while(|line| !line.is_empty());
    (table, sentences.collect::<Vec<_>>().join(" "))
}

/// Generates with these words, gives the mails alone to a clone, and does there what the letter says.
fn done_again(revision: &str, words: &[&str]) {
    let bench = Bench::new();
    bench.sample("repo");
    let args = [
        "generate",
        "-q",
        "--repo",
        "repo",
        "-o",
        "out",
        "--from",
        "É <e@example.org>",
    ];
    let _ = bench
        .run(&[&args[..], words, &[revision]].concat())
        .ends_with(0);
    bench.git(".", &["clone", "-q", "repo", "clone"]);
    let _ = bench.shell(".", "cp out/*.patch clone").ends_with(0);
    let letters = bench.names("out");
    let letter = bench.read(&format!(
        "out/{}",
        letters
            .iter()
            .find(|name| name.contains("cover-letter"))
            .unwrap()
    ));
    let command = command(&letter);
    assert!(command.lines().all(|line| line.len() <= 72), "{command}");
    let command = command.replace(
        "patchwright validate",
        concat!(env!("CARGO_BIN_EXE_patchwright"), " validate"),
    );
    let again = bench.shell("clone", &command).ends_with(0).stdout;
    let here: Vec<&str> = again.lines().map(str::trim).collect();
    let (table, sentences) = told(&letter);
    assert!(table.len() > 12, "{letter}");
    for line in table {
        assert!(here.contains(&line), "{line}\n is not in\n{again}");
    }
    assert!(
        sentences.contains("go wrong without the series"),
        "{letter}"
    );
    assert!(
        here.join(" ").contains(&sentences),
        "{sentences}\n is not in\n{again}"
    );
    // The verdict of each check is that of the letter.
    for line in letter
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("behaviour"))
    {
        assert!(here.contains(&line), "{line}\n is not in\n{again}");
    }
}

#[test]
fn the_command_that_the_letter_names_gets_the_same_table_from_the_mails_alone() {
    if !have(&["git", "gcc", "rpmspec", "bwrap"]) {
        return;
    }
    done_again("mainline", &[]);
    done_again("maintenance", &["-v", "2", "--rfc"]);
    done_again("mainline", &["--only", "ctime-comparison"]);
}

#[test]
fn a_letter_of_some_checks_names_those() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    let args = ["generate", "-q", "--sample", "-o", "out", "--check", "lint"];
    let _ = bench.run(&args).ends_with(0);
    let letter = bench.read("out/0000-cover-letter.patch");
    assert!(command(&letter).ends_with(" --check lint"), "{letter}");
    assert!(!letter.contains("verdicts and table"), "{letter}");
}

#[test]
fn what_a_check_did_is_done_again_from_the_evidence_alone() {
    if !have(&["gcc", "rpmspec", "bwrap"]) {
        return;
    }
    let bench = Bench::new();
    let args = [
        "generate",
        "-q",
        "--sample",
        "-o",
        "out",
        "--check",
        "behaviour",
    ];
    let _ = bench.run(&args).ends_with(0);
    let folder = "out/evidence/ctime-comparison/behaviour";
    for when in ["before", "after"] {
        let name = format!("virQEMUCapsInitCached-{when}");
        let told: serde_json::Value =
            serde_json::from_str(&bench.read(&format!("{folder}/{name}.json"))).unwrap();
        let again = bench
            .shell(folder, &format!("sh ./{name}.sh"))
            .ends_with(0)
            .stdout;
        for case in told.as_array().unwrap() {
            let id = case["case"].as_str().unwrap();
            assert!(
                again.lines().any(|line| line.split(' ').next() == Some(id)),
                "{id}: {again}"
            );
        }
    }
    // The scriptlet stands there as rpm expanded it, and as each case names it.
    let folder = "out/evidence/spec-post-cache-removal/behaviour";
    let told: serde_json::Value =
        serde_json::from_str(&bench.read(&format!("{folder}/scriptlet.json"))).unwrap();
    let number = told[0]["scriptlet"].as_u64().unwrap();
    let text = bench.read(&format!("{folder}/scriptlet-{number}-after.sh"));
    assert!(text.contains("find /var/cache/libvirt"), "{text}");
}
