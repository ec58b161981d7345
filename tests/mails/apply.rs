//! Patches put on trees in memory, against what the installed `git apply` makes of the same patch and tree: whether it applies, and
//! which tree comes of it.

use std::collections::BTreeMap;
use std::fs;

use patchwright::compose::{Standing, hostile, mailed};
use patchwright::syntax::patch::{Body, Side, parse};
use patchwright::target::Target;
use patchwright::text::Source;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::bench::{Bench, cases, git_is_there, tree_of};
use crate::random::spliced;

type Text = Vec<u8>;
pub(crate) type Files = BTreeMap<&'static str, (u32, Text)>;
/// What came of a patch: the id of the tree, or why there is none.
pub(crate) type Came = Result<String, String>;

/// Few lines, so that a hunk may fit in several places.
const LINES: &[&str] = &[
    "",
    "a",
    "a",
    "b",
    "{",
    "}",
    "\tx = 1;",
    "été",
    "trailing  ",
    "-- ",
    "--- a/a",
    "+x",
    "@@ -1 +1 @@",
    "windows\r",
    "From here",
    "\\ x",
];
/// Some can't be in a tree together: a name is a file or a folder.
const PATHS: &[&str] = &[
    "a",
    "d",
    "d/b",
    "d/e/c",
    "d/e/c/f",
    "with space",
    "été",
    "\"q\"",
    "tab\there",
];

fn text() -> impl Strategy<Value = Text> {
    let lines = (0..24_usize).prop_flat_map(|most| vec(select(LINES), 0..=most));
    prop_oneof![
        9 => (lines, any::<bool>()).prop_map(|(lines, ends)| {
            let mut text = lines.join("\n");
            if ends && !text.is_empty() {
                text.push('\n');
            }
            text.into_bytes()
        }),
        1 => vec(any::<u8>(), 1..60).prop_map(|mut bytes| {
            bytes.push(0);
            bytes
        }),
    ]
}

/// What becomes of a file.
#[derive(Clone, Debug)]
enum Edit {
    Write(u32, Text),
    Lines(Vec<(usize, usize, Vec<&'static str>)>),
    Mode(u32),
    Delete,
    /// It is made of another file, which stays or goes.
    From(&'static str, bool),
}

fn edit() -> impl Strategy<Value = Edit> {
    let mode = || select(&[0o100_644, 0o100_644, 0o100_755, 0o120_000, 0o160_000][..]);
    let change = (
        any::<u16>().prop_map(usize::from),
        0..3_usize,
        vec(select(LINES), 0..3),
    );
    prop_oneof![
        2 => (mode(), text()).prop_map(|(mode, text)| Edit::Write(mode, text)),
        6 => vec(change, 1..4).prop_map(Edit::Lines),
        1 => mode().prop_map(Edit::Mode),
        1 => Just(Edit::Delete),
        2 => (select(PATHS), any::<bool>()).prop_map(|(path, stays)| Edit::From(path, stays)),
    ]
}

type Edits = BTreeMap<&'static str, Edit>;

fn edits(most: usize) -> impl Strategy<Value = Edits> {
    proptest::collection::btree_map(select(PATHS), edit(), 0..=most)
}

fn edited(files: &Files, edits: &Edits) -> Files {
    let mut made = files.clone();
    for (path, edit) in edits {
        let (mode, text) = made.get(path).cloned().unwrap_or((0o100_644, Vec::new()));
        match edit {
            Edit::Write(mode, text) => drop(made.insert(path, (*mode, text.clone()))),
            Edit::Mode(mode) => drop(made.insert(path, (*mode, text))),
            Edit::Delete => drop(made.remove(path)),
            Edit::From(other, stays) => {
                let Some(found) = made.get(other).cloned() else {
                    continue;
                };
                if !stays {
                    made.remove(other);
                }
                made.insert(path, found);
            }
            Edit::Lines(changes) => {
                made.insert(path, (mode, spliced(&text, changes)));
            }
        }
    }
    possible(made)
}

/// The files that can be in a tree together.
fn possible(mut files: Files) -> Files {
    let paths: Vec<&str> = files.keys().copied().collect();
    let is_folder = |path: &str| {
        paths.iter().any(|other| {
            other
                .strip_prefix(path)
                .is_some_and(|rest| rest.starts_with('/'))
        })
    };
    files.retain(|path, _| !is_folder(path));
    files
}

/// How the patch is made and what is done to it before it is applied.
#[derive(Clone, Debug)]
struct Way {
    context: u8,
    pairs: &'static str,
    damage: Damage,
}

#[derive(Clone, Debug)]
enum Damage {
    None,
    /// Hunks of a file change places.
    Swap(usize),
    /// A line of a header says something else.
    Header(usize, &'static str),
    /// A line says something else, is gone, or stands twice.
    Line(usize, Option<&'static str>),
    Double(usize),
    /// The numbers of a hunk are off.
    Numbers(usize, i32),
    /// Every line ends as on Windows.
    Crlf,
    Cut(usize),
}

/// What may stand in a patch instead of a line.
const WRONG: &[Option<&str>] = &[
    Some(" a\n"),
    Some("-b\n"),
    Some("+c\n"),
    Some("\n"),
    Some(" a"),
    Some("\\ No\n"),
    Some("\\ No newline at end of file\n"),
    Some("+Subproject commit 0123\n"),
    None,
];

/// What may stand in a header instead of a line, and belies the others.
const HEADERS: &[&str] = &[
    "diff --git a/a b/a\n",
    "diff --git a/a b/d\n",
    "--- a/a\n",
    "+++ b/a\n",
    "+++ b/d/b\n",
    "--- /dev/null\n",
    "--- a/a\t1970-01-01 00:00:00 +0000\n",
    "+++ b/a\t1970-01-01 00:00:00 +0000\n",
    "rename from a\n",
    "rename to a\n",
    "rename to d/b\n",
    "copy from a\n",
    "copy to d/b\n",
    "new file mode 100644\n",
    "new file mode 160000\n",
    "deleted file mode 100644\n",
    "old mode 100755\n",
    "new mode 120000\n",
    "index 0123456..89abcde 160000\n",
    "Index: a\n",
];

fn way() -> impl Strategy<Value = Way> {
    let at = || any::<u16>().prop_map(usize::from);
    let damage = prop_oneof![
        8 => Just(Damage::None),
        2 => at().prop_map(Damage::Swap),
        2 => (at(), select(WRONG)).prop_map(|(at, line)| Damage::Line(at, line)),
        2 => (at(), select(HEADERS)).prop_map(|(at, line)| Damage::Header(at, line)),
        1 => at().prop_map(Damage::Double),
        2 => (at(), -6..7_i32).prop_map(|(at, by)| Damage::Numbers(at, by)),
        1 => Just(Damage::Crlf),
        1 => at().prop_map(Damage::Cut),
    ];
    let pairs = select(&["--no-renames", "-M", "-C", "-M20%"][..]);
    (select(&[3, 3, 3, 1, 0][..]), pairs, damage).prop_map(|(context, pairs, damage)| Way {
        context,
        pairs,
        damage,
    })
}

fn damaged(patch: &[u8], damage: &Damage) -> Text {
    let mut lines: Vec<Text> = patch
        .split_inclusive(|&byte| byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let len = lines.len().max(1);
    let openings: Vec<usize> = (0..lines.len())
        .filter(|&at| lines[at].starts_with(b"@@ -"))
        .collect();
    match damage {
        Damage::None => {}
        Damage::Header(at, line) => {
            let is_header = |at: &usize| {
                !lines[*at].starts_with(b"@@ -")
                    && !matches!(lines[*at][0], b' ' | b'+' | b'-' | b'\\' | b'\n')
                    || lines[*at].starts_with(b"--- ")
                    || lines[*at].starts_with(b"+++ ")
            };
            let headers: Vec<usize> = (0..lines.len()).filter(is_header).collect();
            if let Some(&line_at) = headers.get(at % headers.len().max(1)) {
                lines[line_at] = line.as_bytes().to_vec();
            }
        }
        Damage::Line(at, Some(line)) if !lines.is_empty() => {
            lines[at % len] = line.as_bytes().to_vec();
        }
        Damage::Line(at, None) if !lines.is_empty() => drop(lines.remove(at % len)),
        Damage::Line(..) => {}
        Damage::Double(at) if !lines.is_empty() => {
            let line = lines[at % len].clone();
            lines.insert(at % len, line);
        }
        Damage::Double(_) => {}
        Damage::Cut(at) => lines.truncate(at % len),
        Damage::Crlf => lines.iter_mut().for_each(|line| {
            if line.pop().is_some() {
                line.extend_from_slice(b"\r\n");
            }
        }),
        Damage::Swap(at) => {
            let end = |from: usize| {
                let behind = (from + 1..lines.len())
                    .find(|&at| lines[at].starts_with(b"@@ -") || lines[at].starts_with(b"diff "));
                behind.unwrap_or(lines.len())
            };
            let pairs: Vec<(usize, usize, usize)> = openings
                .windows(2)
                .filter(|two| end(two[0]) == two[1])
                .map(|two| (two[0], two[1], end(two[1])))
                .collect();
            if let Some((first, second, end)) = pairs.get(at % pairs.len().max(1)) {
                lines[*first..*end].rotate_left(second - first);
            }
        }
        Damage::Numbers(at, by) => {
            if let Some(&line) = openings.get(at % openings.len().max(1)) {
                lines[line] = moved(&lines[line], *by);
            }
        }
    }
    lines.concat()
}

/// An `@@` line with other numbers.
fn moved(line: &[u8], by: i32) -> Text {
    let text = String::from_utf8_lossy(line).into_owned();
    let range = |range: &str| {
        let (sign, numbers) = range.split_at(1);
        let (start, count) = numbers.split_once(',').unwrap_or((numbers, ""));
        let start = (start.parse::<i32>().unwrap() + by).max(0);
        match count {
            "" => format!("{sign}{start}"),
            count => format!("{sign}{start},{count}"),
        }
    };
    let words: Vec<&str> = text.splitn(4, ' ').collect();
    format!("@@ {} {} {}", range(words[1]), range(words[2]), words[3]).into_bytes()
}

/// A repository to put patches on trees in.
pub(crate) struct Stage {
    pub(crate) bench: Bench,
    target: Target,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let bench = Bench::new();
        bench.git(&["config", "core.symlinks", "false"]);
        let target = Target::open(&bench.tree()).unwrap();
        Stage { bench, target }
    }

    /// Stores a commit of files on nothing, and returns its id.
    pub(crate) fn commit(&self, files: &Files) -> String {
        let repository = git2::Repository::open(self.bench.tree()).unwrap();
        let tree = tree_of(&repository, files);
        let who = git2::Signature::new("A", "a@example.org", &git2::Time::new(0, 0)).unwrap();
        repository
            .commit(None, &who, &who, "x", &tree, &[])
            .unwrap()
            .to_string()
    }

    /// The patch from one commit to another, as git writes it.
    fn patch(&self, old: &str, new: &str, way: &Way) -> Text {
        let context = format!("-U{}", way.context);
        let args = [
            "diff",
            "--binary",
            "--full-index",
            &context,
            way.pairs,
            old,
            new,
        ];
        let out = self.bench.run(&self.bench.tree(), &args, &[]);
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
        out.stdout
    }

    fn theirs(&self, patch: &[u8], onto: &str, reverse: bool) -> Came {
        let file = self.bench.root.path().join("patch");
        let index = self.bench.root.path().join("index");
        for name in ["index", "index.lock"] {
            fs::remove_file(self.bench.root.path().join(name)).ok();
        }
        fs::write(&file, patch).unwrap();
        let env = [("GIT_INDEX_FILE", index.to_str().unwrap())];
        let run = |args: &[&str]| self.bench.run(&self.bench.tree(), args, &env);
        let read = run(&["read-tree", onto]);
        assert!(read.status.success(), "{read:?}");
        let mut args = vec!["apply", "--cached", file.to_str().unwrap()];
        args.extend(reverse.then_some("-R"));
        let applied = run(&args);
        if !applied.status.success() {
            return Err(String::from_utf8_lossy(&applied.stderr).into_owned());
        }
        let written = run(&["write-tree"]);
        Ok(String::from_utf8_lossy(&written.stdout).trim().to_owned())
    }

    pub(crate) fn ours(&self, patch: &[u8], onto: &str) -> Came {
        let base = self.target.revision(onto).unwrap();
        let source = Source::new("patch", patch);
        let site = |span| source.site(span);
        let files = parse(patch).map_err(|malformed| malformed.message)?;
        if files.is_empty() {
            return Err("no patch".to_owned());
        }
        let hostile = hostile::problems(&files, &site);
        if let Some(problem) = hostile.first() {
            return Err(problem.to_string());
        }
        let put = mailed::put(&base.tree, onto, &files, &site).unwrap();
        match put.standing {
            Standing::Applies => Ok(base
                .tree
                .changed(&put.changes)
                .objects()
                .unwrap()
                .unwrap()
                .0),
            Standing::There => Err("there".to_owned()),
            Standing::Refused(problems) => {
                let placed = problems
                    .iter()
                    .all(|problem| !problem.labels.is_empty() && problem.help.is_some());
                assert!(placed, "a problem without a place: {problems:?}");
                Err(problems[0].to_string())
            }
        }
    }

    pub(crate) fn require_same(&self, patch: &[u8], onto: &str) {
        let (ours, theirs) = (self.ours(patch, onto), self.theirs(patch, onto, false));
        let same = match (&ours, &theirs) {
            // A git that fails itself (2.47 asserts that a header which breaks off is none) is no measure.
            (_, Err(theirs)) if theirs.contains("Assertion") => true,
            (Ok(ours), Ok(theirs)) => ours == theirs,
            // A patch that is cut behind the line that opens a file is whole to git.
            (Err(ours), Ok(_)) if ours.starts_with("no header follows") => true,
            // Git tells that a binary change is corrupt, and applies the rest.
            (Err(ours), Ok(_)) if ours.contains("binary change") => true,
            // Without the line that says so nothing is created or deleted, and git moves a file to or from `dev/null`.
            (Err(ours), Ok(_)) if ours.contains("the patch names `/dev/null`") => true,
            // Git renames, where no line says so, and over a file that is there.
            (Err(ours), Ok(_)) if ours.contains("the patch names two files for one change") => true,
            (Err(ours), Ok(_)) if joins(patch) => ours.contains("does not fit"),
            (Err(ours), Err(_)) if ours == "there" => self.theirs(patch, onto, true).is_ok(),
            (Err(_), Err(_)) => true,
            _ => false,
        };
        let shown = String::from_utf8_lossy(patch);
        let tree = || self.bench.git(&["ls-tree", "-r", onto]);
        assert!(
            same,
            "ours: {ours:?}\ntheirs: {theirs:?}\non:\n{}\nof:\n{shown}",
            tree()
        );
    }
}

/// Whether a patch has a hunk whose last line before has no line feed. Git takes it for one that has, in the midst of a file too, and
/// so joins two lines; we refuse it.
fn joins(patch: &[u8]) -> bool {
    let bodies = parse(patch)
        .unwrap_or_default()
        .into_iter()
        .map(|file| file.body);
    let hunks = bodies.flat_map(|body| match body {
        Body::Text(hunks) => hunks,
        Body::Binary(_) => Vec::new(),
    });
    let mut hunks = hunks;
    hunks.any(|hunk| {
        let last = hunk.version(Side::Old).last();
        last.is_some_and(|line| !line.bytes.ends_with(b"\n"))
    })
}

#[test]
fn any_patch_is_put_on_any_tree_as_git_apply_puts_it() {
    if !git_is_there() {
        return;
    }
    let stage = Stage::new();
    let (applied, refused) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let base = vec(
        proptest::option::weighted(
            0.6,
            (
                select(&[0o100_644, 0o100_755, 0o120_000, 0o160_000][..]),
                text(),
            ),
        ),
        PATHS.len(),
    );
    let strategy = (base, edits(3), edits(2), any::<bool>(), way());
    let run = TestRunner::new(cases(60)).run(&strategy, |(base, change, drift, drifts, way)| {
        let files = PATHS
            .iter()
            .copied()
            .zip(base)
            .filter_map(|(path, file)| Some((path, file?)));
        let files = possible(files.collect());
        let (old, new) = (stage.commit(&files), stage.commit(&edited(&files, &change)));
        let onto = if drifts {
            stage.commit(&edited(&files, &drift))
        } else {
            old.clone()
        };
        let patch = damaged(&stage.patch(&old, &new, &way), &way.damage);
        stage.require_same(&patch, &onto);
        let count = if stage.ours(&patch, &onto).is_ok() {
            &applied
        } else {
            &refused
        };
        count.set(count.get() + 1);
        Ok(())
    });
    println!("{} applied, {} refused", applied.get(), refused.get());
    run.unwrap();
    assert!(
        applied.get() > 5 && refused.get() > 5,
        "{applied:?} {refused:?}"
    );
}
