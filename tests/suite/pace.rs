//! How long a history takes, beside what git needs to read the same contents. Run by itself, in release, on a machine that has
//! nothing else to do: `PATCHWRIGHT_BENCH=generated cargo test --release --test suite pace -- --nocapture`.

mod mails;

use crate::support::{Bench, have};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATHS: [&str; 3] = [
    "libvirt.spec.in",
    "libvirt.spec",
    "src/qemu/qemu_capabilities.c",
];
/// The commit that mended the comparison in the real history.
const MENDED: &str = "0b4211f905";
const TIMES: usize = 5;

/// A history that is judged, and a fix that `git merge-tree` brings to each of its revisions.
struct History {
    git_dir: PathBuf,
    fix: Option<String>,
}

impl History {
    fn open(bench: &Bench, named: &str) -> Self {
        let git_dir = match named {
            "generated" => generate(bench),
            path => PathBuf::from(path),
        };
        let mut history = History { git_dir, fix: None };
        let names = ["fixed", MENDED].map(|name| format!("{name}^{{commit}}"));
        history.fix = names.into_iter().find_map(|name| {
            let told = history.git(bench, &["rev-parse", "-q", "--verify", &name], "");
            Some(told.trim().to_owned()).filter(|id| !id.is_empty())
        });
        history
    }

    fn command(&self, bench: &Bench) -> Command {
        let mut command = bench.command("git");
        command.arg("--git-dir").arg(&self.git_dir);
        command
    }

    fn git(&self, bench: &Bench, args: &[&str], input: &str) -> String {
        let mut command = self.command(bench);
        let (_, told) = timed(command.args(args), input);
        String::from_utf8_lossy(&told).into_owned()
    }

    /// The commits of all tags and branches.
    fn commits(&self, bench: &Bench) -> Vec<String> {
        let refs = self.git(
            bench,
            &[
                "for-each-ref",
                "--format=%(refname)",
                "refs/tags",
                "refs/heads",
                "refs/remotes",
            ],
            "",
        );
        let names: String = refs
            .lines()
            .map(|name| format!("{name}^{{commit}}\n"))
            .collect();
        let told = self.git(
            bench,
            &["cat-file", "--batch-check=%(objectname) %(objecttype)"],
            &names,
        );
        let commits = told.lines().filter_map(|line| line.strip_suffix(" commit"));
        commits.map(str::to_owned).collect()
    }

    /// The distinct contents that have to be looked at as well, since the code may have moved there: the sources beside it, and all
    /// sources where it is not in its file.
    fn searched(&self, bench: &Bench, commits: &[String]) -> Vec<String> {
        let mut blobs = Vec::new();
        for commit in commits {
            let told = self.git(bench, &["ls-tree", "-r", commit, "src/"], "");
            let files = told.lines().filter_map(|line| {
                let (head, path) = line.split_once('\t')?;
                Some((head.split(' ').nth(2)?, path))
            });
            let files: Vec<(&str, &str)> = files.filter(|(_, path)| path.ends_with(".c")).collect();
            let is_there = files.iter().any(|(_, path)| *path == PATHS[2]);
            let matters = |path: &str| !is_there || path.starts_with("src/qemu/");
            let found = files.iter().filter(|(_, path)| matters(path));
            blobs.extend(found.map(|(id, _)| (*id).to_owned()));
        }
        blobs
    }

    /// The distinct contents that the revisions are judged by.
    fn blobs(&self, bench: &Bench, commits: &[String]) -> Vec<String> {
        let names: String = commits
            .iter()
            .flat_map(|commit| PATHS.map(|path| format!("{commit}:{path}\n")))
            .collect();
        let told = self.git(
            bench,
            &["cat-file", "--batch-check=%(objectname) %(objecttype)"],
            &names,
        );
        let blobs = told.lines().filter_map(|line| line.strip_suffix(" blob"));
        let mut blobs: Vec<String> = blobs.map(str::to_owned).collect();
        blobs.sort();
        blobs.dedup();
        blobs
    }

    /// Merges the fix into every commit, with nothing written to the repository.
    fn merge(&self, bench: &Bench, commits: &[String]) -> Option<Duration> {
        let fix = self.fix.as_ref()?;
        let lines = commits
            .iter()
            .map(|commit| format!("{fix}^ -- {commit} {fix}\n"));
        let objects = bench.path("scratch-objects");
        std::fs::create_dir_all(&objects).unwrap();
        let mut command = self.command(bench);
        command
            .env("GIT_OBJECT_DIRECTORY", &objects)
            .env(
                "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                self.git_dir.join("objects"),
            )
            .args(["merge-tree", "--stdin"]);
        Some(timed(&mut command, &lines.collect::<String>()).0)
    }
}

/// A history of revisions that each differ a little from the one before, in a file as long as the real one.
fn generate(bench: &Bench) -> PathBuf {
    bench.sample("generated");
    let file = PATHS[2];
    let text = bench.read(&format!("generated/{file}"));
    let mut stream = String::new();
    let from = bench.git("generated", &["rev-parse", "mainline"]);
    for number in 0..1010 {
        let filler = (0..300).map(|at| {
            let changed = if at <= number % 300 { number } else { 0 };
            format!("int filler{at}(int value)\n{{\n    /* {changed} */\n    if (value > {at})\n        return value * {at};\n    return {changed};\n}}\n\n")
        });
        let text = format!("{text}\n{}", filler.collect::<String>());
        let parent = if number == 0 {
            format!("from {from}\n")
        } else {
            String::new()
        };
        stream.push_str(&format!(
            "commit refs/heads/long\nmark :{mark}\ncommitter C <c@example.org> {number} +0000\ndata 1\nc\n{parent}M 644 inline {file}\ndata {length}\n{text}\nreset refs/tags/v1.0.{number}\nfrom :{mark}\n\n",
            mark = number + 1,
            length = text.len(),
        ));
    }
    let dir = bench.path("generated/.git");
    let mut command = bench.command("git");
    let command = command.arg("--git-dir").arg(&dir);
    let _ = timed(command.args(["fast-import", "--quiet"]), &stream);
    bench.git("generated", &["repack", "-adfq"]);
    dir
}

fn timed(command: &mut Command, input: &str) -> (Duration, Vec<u8>) {
    let begins = Instant::now();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // It may end before it has read all.
        let _ = stdin.write_all(input.as_bytes());
    });
    let output = child.wait_with_output().unwrap();
    let took = begins.elapsed();
    writer.join().unwrap();
    (took, output.stdout)
}

/// The shortest of several: whatever else the machine does makes it longer.
fn shortest(mut run: impl FnMut() -> Duration) -> Duration {
    (0..TIMES).map(|_| run()).min().unwrap()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How long git reads contents, and how many bytes they are.
fn read(bench: &Bench, history: &History, blobs: &[String]) -> (Duration, usize) {
    let names: String = blobs.iter().map(|blob| format!("{blob}\n")).collect();
    let mut bytes = 0;
    let took = shortest(|| {
        let mut command = history.command(bench);
        let (took, told) = timed(command.args(["cat-file", "--batch"]), &names);
        bytes = told.len();
        took
    });
    (took, bytes)
}

fn judge(bench: &Bench, git_dir: &Path, more: &[&str]) -> (Duration, Vec<u8>) {
    let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
    command.args([
        "gate",
        "-q",
        "--format=json",
        "--all-tags",
        "--all-branches",
        "--repo",
    ]);
    timed(command.arg(git_dir).args(more), "")
}

#[test]
fn a_history_is_judged_about_as_fast_as_its_contents_are_read() {
    let Some(named) = std::env::var_os("PATCHWRIGHT_BENCH").filter(|_| have(&["git"])) else {
        println!("skipped: PATCHWRIGHT_BENCH names no history");
        return;
    };
    let bench = Bench::new();
    let history = History::open(&bench, &named.to_string_lossy());
    let commits = history.commits(&bench);
    let blobs = history.blobs(&bench, &commits);
    let mut all = [&history.searched(&bench, &commits)[..], &blobs].concat();
    all.sort();
    all.dedup();
    let (judged, _) = read(&bench, &history, &blobs);
    let (floor, bytes) = read(&bench, &history, &all);
    let mut documents = Vec::new();
    let mut run = |more: &[&str]| {
        let (took, told) = judge(&bench, &history.git_dir, more);
        documents.push(told);
        took
    };
    let cold = shortest(|| run(&["--no-cache"]));
    let kept = shortest(|| run(&["--cache-dir", "kept"]));
    let revisions = commits.len();
    println!(
        "{revisions} revisions, {} contents that are judged, {} with those that are searched, {} MB",
        blobs.len(),
        all.len(),
        bytes >> 20
    );
    let told = [
        ("git cat-file --batch", floor),
        ("  of what is judged", judged),
        ("gate, cold", cold),
        ("gate, answers kept", kept),
    ];
    let merged = history.merge(&bench, &commits);
    let merged = merged.map(|took| ("git merge-tree --stdin", took));
    for (what, took) in told.into_iter().chain(merged) {
        let took = milliseconds(took);
        let each = took / f64::from(u32::try_from(revisions).unwrap());
        let (all, own) = (took / milliseconds(floor), took / milliseconds(judged));
        println!(
            "{what:24} {took:8.1} ms  {all:6.2} of reading all  {own:6.2} of reading what is judged  {each:6.3} ms a revision"
        );
    }
    documents.dedup();
    assert_eq!(documents.len(), 1, "answers that were kept are others");
    let document: serde_json::Value = serde_json::from_slice(&documents[0]).unwrap();
    assert!(document["revisions"].as_array().unwrap().len() > 100);
}
