//! The checks `object`, `daemon` and `build`: what the tree's own build, and what it makes, say of each stage. They need what the user brings.

mod copy;
mod daemon;
mod database;
mod materialise;
mod object;
mod stand_in;
mod suite;
mod works;

use std::path::PathBuf;
use std::time::Duration;

use rayon::prelude::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::Evidence;
use super::inquiry::{Inquiry, Place, Stages};
use super::sandbox::Limits;
use crate::target::Tree;

/// The findings that these checks tell.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "object-new-diagnostic",
        "A file, compiled as its own build does, brings a warning or error that it did not bring before the patch.",
        "Mend what the compiler says.",
    ),
    (
        "object-base",
        "A file does not compile as its own build does before the patch already.",
        "Bring the build directory up to date with the revision, or mend the base first.",
    ),
    (
        "daemon-wrong",
        "The target's own daemon, built with the patch in, does something else in a case than it should.",
        "The fix is not complete, or the case's expectation is wrong; `evidence/` has what it said.",
    ),
    (
        "daemon-broken",
        "The target's own daemon can't be built with the patch in, or does not start and answer any more.",
        "Build it on the patched tree, and start it.",
    ),
    (
        DAEMON_BASE,
        "The target's own daemon can't be built, or does not start and answer, before the patch already.",
        "Build it in the build directory; what a build runs in the sandbox has `/usr`, and neither network nor home.",
    ),
    (
        "build-fails",
        "The command of the build fails behind the patch, and succeeds before it.",
        "Run the command on the patched tree.",
    ),
    (
        "build-base",
        "The command of the build fails on the base already.",
        "Mend the base, the command, or what the command needs: it runs without network, home and environment.",
    ),
];

/// The finding that the daemon of a base could not be asked.
pub const DAEMON_BASE: &str = "daemon-base";

/// What the user brings for checks beyond the tree.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// A folder in which the tree was built, with its `compile_commands.json`.
    pub build_dir: Option<PathBuf>,
    /// A command line that builds the tree or tests it.
    pub build: Option<String>,
}

/// What building a whole tree is limited to.
fn whole_build() -> Limits {
    Limits {
        time: Duration::from_secs(3600),
        memory: 16 << 30,
        disk: 32 << 30,
        processes: 4096,
        output: 64 << 20,
    }
}

/// The last lines of what a tool said that are not empty.
fn last_lines(said: &str, most: usize) -> String {
    let lines = said.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<&str> = lines.collect();
    lines[lines.len().saturating_sub(most)..].join("\n")
}

/// A stage: the trees before and behind its patch, and what the patch changes.
struct Step<'s> {
    before: &'s Tree,
    after: &'s Tree,
    changed: Vec<String>,
    /// Paths that what it changes was moved from.
    left: Vec<String>,
}

/// Asks of every stage; `hear` is told what is asked of which patch.
pub(super) fn ask(
    inquiry: &Inquiry,
    place: &Place,
    hear: &(dyn Fn(&str, &str) + Sync),
) -> Vec<Vec<Evidence>> {
    let steps = steps(inquiry);
    let mut told = vec![Vec::new(); steps.len()];
    let names: Vec<&str> = match inquiry.stages {
        Stages::Made(stages, _) => stages.iter().map(|stage| stage.patch.id.as_str()).collect(),
        Stages::Given(stages) => stages.iter().map(|stage| stage.given.id.as_str()).collect(),
    };
    if inquiry.checks.contains(&"object") {
        let asked: Vec<Option<Evidence>> = steps
            .par_iter()
            .zip(&names)
            .map(|(step, name)| {
                hear(name, "object");
                object::ask(step, inquiry.outside.build_dir.as_deref(), place)
            })
            .collect();
        for (told, evidence) in told.iter_mut().zip(asked) {
            told.extend(evidence);
        }
    }
    if inquiry.checks.contains(&"daemon") {
        let asked = daemon::ask(inquiry, &steps, &names, place, hear);
        for (told, evidence) in told.iter_mut().zip(asked) {
            told.extend(evidence);
        }
    }
    if inquiry.checks.contains(&"build") {
        names.iter().for_each(|name| hear(name, "build"));
        let asked = suite::ask(&steps, inquiry.outside.build.as_deref(), place);
        for (told, evidence) in told.iter_mut().zip(asked) {
            told.push(evidence);
        }
    }
    told
}

fn steps<'i>(inquiry: &'i Inquiry<'i>) -> Vec<Step<'i>> {
    let mut before = &inquiry.base.tree;
    let mut steps = Vec::new();
    let mut put = |after: &'i Tree, changed: Vec<String>, left: Vec<String>| {
        steps.push(Step {
            before,
            after,
            changed,
            left,
        });
        before = after;
    };
    match inquiry.stages {
        Stages::Made(stages, _) => {
            for stage in stages {
                let paths = stage.changes.iter().map(|change| change.path.clone());
                put(&stage.tree, paths.collect(), Vec::new());
            }
        }
        Stages::Given(stages) => {
            for stage in stages {
                let changes = &stage.given.commit.changes;
                let paths = changes.iter().map(|change| change.path.clone());
                let left = changes.iter().filter_map(|change| change.origin.as_ref());
                let left = left.map(|origin| origin.path.clone());
                put(&stage.tree, paths.collect(), left.collect());
            }
        }
    }
    steps
}
