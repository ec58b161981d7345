//! What is installed in CI: the shell that the GitHub action and the GitLab template run, taken from their YAML, and the hooks, with
//! real pushes.

use crate::support::{Bench, have};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

const ACTION: &str = ".github/actions/gate/action.yml";
const TEMPLATE: &str = ".gitlab/gate/template.yml";

fn kept(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(path).unwrap()
}

/// The block of shell that begins with a key, the first below a line that has a text.
fn script(file: &str, below: &str, key: &str) -> String {
    let text = kept(file);
    let mut lines = text.lines().skip_while(|line| !line.contains(below));
    let head = lines.by_ref().find(|line| line.trim() == key).unwrap();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let outer = indent(head);
    let block: Vec<&str> = lines
        .take_while(|line| line.trim().is_empty() || indent(line) > outer)
        .collect();
    let inner = indent(block[0]);
    let line = |line: &&str| line.get(inner..).unwrap_or_default().to_owned();
    block.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_patchwright")
}

/// A sample, and a folder to find the program in.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.sample("repo");
    std::fs::create_dir(bench.path("bin")).unwrap();
    std::os::unix::fs::symlink(program(), bench.path("bin/patchwright")).unwrap();
    bench
}

fn run(bench: &Bench, shell: &str, script: &str, variables: &[(&str, &str)]) -> Output {
    let path = std::env::var("PATH").unwrap();
    let mut command = bench.command(shell);
    command
        .current_dir(bench.path("repo"))
        .env("PATH", format!("{}:{path}", bench.path("bin").display()))
        .env("RUNNER_TEMP", bench.path("runner"))
        .env("GITHUB_OUTPUT", bench.path("output"))
        .env("GITHUB_PATH", bench.path("path"))
        .env("GITHUB_STEP_SUMMARY", bench.path("summary"))
        .envs(variables.iter().copied())
        .args(["-c", script]);
    std::fs::create_dir_all(bench.path("runner")).unwrap();
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_action_judges_annotates_and_keeps_the_reports() {
    if !have(&["git", "bash"]) {
        return;
    }
    let bench = bench();
    let judge = script(ACTION, "id: judge", "run: |");
    let variables = [
        ("REVISIONS", "mainline\nfixed\n"),
        ("OPTIONS", "--require=all\n"),
    ];
    let output = run(&bench, "bash", &judge, &variables);
    let text = told(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("::error file=src/qemu/qemu_capabilities.c,line="),
        "{text}"
    );
    assert!(
        text.contains("::error file=libvirt.spec.in,line="),
        "{text}"
    );
    assert_eq!(bench.read("output"), "exit-code=1\n");
    assert!(bench.read("summary").contains("mainline"));
    let names = [
        "annotations.txt",
        "gate.html",
        "gate.json",
        "gate.sarif",
        "gate.txt",
        "gate.xml",
    ];
    assert_eq!(bench.names("runner/patchwright-gate"), names);
    let output = run(
        &bench,
        "bash",
        &judge,
        &[("REVISIONS", "fixed"), ("OPTIONS", "")],
    );
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    // What can't be judged is never good, and what is typed is no shell.
    let hostile = [
        ("REVISIONS", "$(touch owned)\n`touch owned`"),
        ("OPTIONS", ""),
    ];
    let output = run(&bench, "bash", &judge, &hostile);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    assert!(!bench.path("repo/owned").exists());
}

/// A program that can be fetched, and what it hashes to.
fn fetched(bench: &Bench) -> (String, String) {
    bench.write(
        "served",
        &format!("#!/bin/sh\nexec '{}' \"$@\"\n", program()),
    );
    let sum = bench.shell("", "sha256sum served").ends_with(0).stdout;
    let url = format!("file://{}", bench.path("served").display());
    (url, sum.split(' ').next().unwrap().to_owned())
}

#[test]
fn a_program_is_fetched_by_what_it_hashes_to_or_not_at_all() {
    if !have(&["git", "bash", "curl", "sha256sum"]) {
        return;
    }
    let bench = bench();
    let (url, sum) = fetched(&bench);
    let fetch = script(ACTION, "Fetch the program", "run: |");
    let other = "0".repeat(64);
    for (sum, is_good) in [(sum.as_str(), true), (other.as_str(), false), ("", false)] {
        let output = run(&bench, "bash", &fetch, &[("BINARY", &url), ("SHA256", sum)]);
        assert_eq!(output.status.success(), is_good, "{}", told(&output));
    }
    let folder = bench.read("path");
    let output = bench.shell("", &format!("'{}'/patchwright --version", folder.trim()));
    assert!(output.ends_with(0).stdout.starts_with("patchwright "));
    let template = script(TEMPLATE, "  script:", "- |");
    let variables = |sum| {
        [
            ("PATCHWRIGHT_REVISIONS", "fixed"),
            ("PATCHWRIGHT_OPTIONS", ""),
            ("PATCHWRIGHT_BINARY", url.as_str()),
            ("PATCHWRIGHT_SHA256", sum),
        ]
    };
    for (sum, is_good) in [(sum.as_str(), true), (other.as_str(), false), ("", false)] {
        let output = run(&bench, "sh", &template, &variables(sum));
        assert_eq!(output.status.success(), is_good, "{}", told(&output));
    }
}

#[test]
fn the_template_judges_and_leaves_the_reports_that_it_names() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let template = script(TEMPLATE, "  script:", "- |");
    let variables = [
        ("PATCHWRIGHT_REVISIONS", "mainline\nfixed"),
        ("PATCHWRIGHT_OPTIONS", "--require=all"),
        ("PATCHWRIGHT_BINARY", ""),
        ("PATCHWRIGHT_SHA256", ""),
    ];
    let output = run(&bench, "sh", &template, &variables);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let text = kept(TEMPLATE);
    for line in text
        .lines()
        .filter(|line| line.contains("patchwright-gate/"))
    {
        let named = line.trim().trim_start_matches("- ");
        let name = named.rsplit(' ').next().unwrap();
        if line.contains("report=") || name.contains('$') {
            continue;
        }
        assert!(bench.path(&format!("repo/{name}")).exists(), "{line}");
    }
    let quality: serde_json::Value =
        serde_json::from_str(&bench.read("repo/patchwright-gate/quality.json")).unwrap();
    assert_eq!(quality.as_array().unwrap().len(), 2, "{quality:#}");
}

/// Puts a hook into a repository, told where the program is.
fn install(bench: &Bench, hook: &str, repository: &str, hooks: &str) {
    let at: PathBuf = bench.path(&format!("{hooks}/{hook}"));
    bench.write(&format!("{hooks}/{hook}"), &kept(&format!(".hooks/{hook}")));
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755)).unwrap();
    bench.git(repository, &["config", "patchwright.program", program()]);
}

fn push(bench: &Bench, refspec: &str) -> (bool, String) {
    let script = format!("git push -q ../remote.git '{refspec}'");
    let left = bench.shell("repo", &script);
    (left.status == 0, format!("{left}"))
}

#[test]
fn the_hook_of_the_receiver_lets_in_what_has_the_fixes() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    bench.git("", &["init", "-q", "--bare", "remote.git"]);
    install(&bench, "pre-receive", "remote.git", "remote.git/hooks");
    let (is_in, said) = push(&bench, "fixed:refs/heads/good");
    assert!(is_in, "{said}");
    // Neither a new one nor one that loses what it had.
    for refspec in ["mainline:refs/heads/bad", "+mainline:refs/heads/good"] {
        let (is_in, said) = push(&bench, refspec);
        assert!(!is_in && said.contains("remote: "), "{said}");
        assert!(said.contains("ctime-comparison"), "{said}");
    }
    // A ref that is not judged, and one that goes.
    assert!(push(&bench, "mainline:refs/tags/old").0);
    assert!(push(&bench, ":refs/heads/good").0);
    let heads = bench.git("remote.git", &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(heads, "refs/tags/old");
    // Some branches alone, and with other options.
    bench.git(
        "remote.git",
        &["config", "--add", "patchwright.ref", "refs/heads/*-maint"],
    );
    assert!(push(&bench, "mainline:refs/heads/anything").0);
    assert!(!push(&bench, "mainline:refs/heads/v1-maint").0);
    assert!(push(&bench, "before-cache:refs/heads/v0-maint").0);
    bench.sample_with_the_comparison_fixed("other");
    bench.git("repo", &["fetch", "-q", "../other", "HEAD:half"]);
    assert!(push(&bench, "half:refs/heads/v2-maint").0);
    bench.git(
        "remote.git",
        &["config", "--add", "patchwright.option", "--require=all"],
    );
    assert!(!push(&bench, "half:refs/heads/v3-maint").0);
    // Without the program nothing is let in.
    bench.git(
        "remote.git",
        &["config", "patchwright.program", "/nowhere/patchwright"],
    );
    assert!(!push(&bench, "fixed:refs/heads/v4-maint").0);
}

#[test]
fn the_hook_of_the_sender_stops_what_lacks_them() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    bench.git("", &["init", "-q", "--bare", "remote.git"]);
    install(&bench, "pre-push", "repo", "repo/.git/hooks");
    let (is_out, said) = push(&bench, "mainline:refs/heads/bad");
    assert!(!is_out && said.contains("ctime-comparison"), "{said}");
    assert!(push(&bench, "fixed:refs/heads/good").0);
    assert!(push(&bench, ":refs/heads/good").0);
    assert_eq!(bench.git("remote.git", &["for-each-ref"]), "");
}
