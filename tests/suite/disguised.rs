//! Code whose fix is disguised, undone or drifted, as `disguised.toml` tells it: on the sample and, where `PATCHWRIGHT_LIBVIRT_GIT` names
//! a clone, on the real file. What each tree does is told from its code by a reader.

use std::collections::BTreeMap;
use std::process::Command;

use serde::Deserialize;

use crate::support::{Bench, have};

const FILE: &str = "src/qemu/qemu_capabilities.c";
const WRONG: &str = "selfctime < virGetSelfLastChanged()";
const FUNCTION: &str = "static int\nvirQEMUCapsInitCached(";
const DECISION: &str = "    if (qemuctime != qemuCaps->ctime ||";

#[derive(Deserialize)]
struct Trees {
    tree: Vec<Tree>,
}

/// A tree, by what is another in the file that decides.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tree {
    name: String,
    does: Does,
    said: String,
    /// What stands at the front of the file, before the function, and before the decision.
    first: Option<String>,
    top: Option<String>,
    before: Option<String>,
    /// What takes the place of the wrong comparison.
    form: Option<String>,
    #[serde(default)]
    edits: Vec<[String; 2]>,
    /// Other files.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Whether the file is written in that encoding.
    #[serde(default)]
    latin1: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Does {
    Right,
    Wrong,
}

impl Tree {
    /// The file that decides, made of the one that is wrong.
    fn bytes(&self, wrong: &str) -> Vec<u8> {
        let at = wrong.find(FUNCTION).unwrap();
        let (front, mut text) = (&wrong[..at], wrong[at..].to_owned());
        let mut replace = |from: &str, to: &str| {
            assert!(text.contains(from), "{}: {from}", self.name);
            text = text.replacen(from, to, 1);
        };
        for [from, to] in &self.edits {
            replace(from, to);
        }
        if let Some(form) = &self.form {
            replace(WRONG, form);
        }
        if let Some(before) = &self.before {
            replace(DECISION, &format!("{before}\n{DECISION}"));
        }
        if let Some(top) = &self.top {
            replace(FUNCTION, &format!("{top}\n\n{FUNCTION}"));
        }
        let first = self.first.as_deref().unwrap_or_default();
        let text = format!("{first}{front}{text}");
        if self.latin1 {
            let byte = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
            return text.chars().map(byte).collect();
        }
        text.into_bytes()
    }

    fn is_told_wrong(&self, said: &str) -> bool {
        match self.does {
            Does::Right => said == "missing",
            Does::Wrong => said == "fixed",
        }
    }
}

fn trees() -> Vec<Tree> {
    let trees: Trees = toml::from_str(include_str!("disguised.toml")).unwrap();
    trees.tree
}

/// Commits each tree on a revision of `repo`, and returns what `gate` says of each, and why.
fn said(bench: &Bench, trees: &[Tree], base: &str, more: &[&str]) -> Vec<(String, String)> {
    bench.git("repo", &["checkout", "-q", "-f", "--detach", base]);
    let wrong = bench.read(&format!("repo/{FILE}"));
    let names: Vec<String> = (0..trees.len()).map(|at| format!("tree-{at}")).collect();
    for (tree, name) in trees.iter().zip(&names) {
        bench.git("repo", &["checkout", "-q", "-f", "--detach", base]);
        std::fs::write(bench.path(&format!("repo/{FILE}")), tree.bytes(&wrong)).unwrap();
        for (path, text) in &tree.files {
            bench.write(&format!("repo/{path}"), text);
        }
        bench.git("repo", &["add", "-A"]);
        bench.git("repo", &["commit", "-qm", &tree.name]);
        bench.git("repo", &["tag", name]);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let args = ["gate", "-q", "--repo", "repo", "--format", "json"];
    let left = bench.run(&[&args[..], more, &names].concat()).ends_with(1);
    let document = left.json();
    let rows = document["revisions"].as_array().unwrap().iter();
    rows.map(|row| {
        let cell = &row["patches"][1];
        let text = |key: &str| cell[key].as_str().unwrap().to_owned();
        (text("status"), text("reason"))
    })
    .collect()
}

#[test]
fn disguised_undone_and_drifted_code_is_told_apart() {
    if !have(&["git"]) {
        return;
    }
    let (bench, trees) = (Bench::new(), trees());
    assert!(trees.len() >= 80, "{}", trees.len());
    bench.sample("repo");
    let told = said(&bench, &trees, "mainline", &[]);
    let wrong = trees
        .iter()
        .zip(told)
        .filter(|(tree, (said, _))| tree.is_told_wrong(said) || *said != tree.said);
    let wrong: Vec<String> = wrong
        .map(|(tree, (said, why))| format!("{}: {:?}, said {said}: {why}", tree.name, tree.does))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn none_of_them_is_told_wrong_on_the_real_file() {
    let Some(git) = std::env::var_os("PATCHWRIGHT_LIBVIRT_GIT") else {
        println!("skipped: PATCHWRIGHT_LIBVIRT_GIT is not set");
        return;
    };
    let (bench, trees) = (Bench::new(), trees());
    let mut archive = Command::new("git");
    archive.arg("--git-dir").arg(git);
    let archive = archive.args(["archive", "v1.2.15"]).output().unwrap();
    assert!(archive.status.success());
    std::fs::create_dir(bench.path("repo")).unwrap();
    std::fs::write(bench.path("tree.tar"), archive.stdout).unwrap();
    let _ = bench
        .shell("repo", "tar xf ../tree.tar && git init -q")
        .ends_with(0);
    bench.git("repo", &["add", "-A", "-f"]);
    bench.git("repo", &["commit", "-qm", "base"]);
    bench.git("repo", &["tag", "base"]);
    let told = said(&bench, &trees, "base", &[]);
    for (tree, (said, why)) in trees.iter().zip(told) {
        assert!(!tree.is_told_wrong(&said), "{}: {said}: {why}", tree.name);
    }
}

#[test]
fn played_none_of_them_is_told_wrong() {
    if std::env::var_os("PATCHWRIGHT_PLAY_TREES").is_none() {
        println!("skipped: PATCHWRIGHT_PLAY_TREES is not set");
        return;
    }
    if !have(&["git", "cc", "rpmspec", "bwrap"]) {
        return;
    }
    let (bench, trees) = (Bench::new(), trees());
    bench.sample("repo");
    let told = said(&bench, &trees, "mainline", &["--prove"]);
    for (tree, (said, why)) in trees.iter().zip(told) {
        assert!(!tree.is_told_wrong(&said), "{}: {said}: {why}", tree.name);
    }
}
