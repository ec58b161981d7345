//! The checks `object` and `build`: what the tree's own build says of each stage. They need what the user brings, and no series.

mod database;
mod materialise;
mod object;
mod suite;

use std::path::PathBuf;

use rayon::prelude::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::Evidence;
use super::inquiry::{Inquiry, Place, Stages};
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

/// What the user brings for checks beyond the tree.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// A folder in which the tree was built, with its `compile_commands.json`.
    pub build_dir: Option<PathBuf>,
    /// A command line that builds the tree or tests it.
    pub build: Option<String>,
}

/// A stage: the trees before and behind its patch, and what the patch changes.
struct Step<'s> {
    before: &'s Tree,
    after: &'s Tree,
    changed: Vec<String>,
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
    let behind: Vec<(&Tree, Vec<String>)> = match inquiry.stages {
        Stages::Made(stages, _) => stages
            .iter()
            .map(|stage| {
                let paths = stage.changes.iter().map(|change| change.path.clone());
                (&stage.tree, paths.collect())
            })
            .collect(),
        Stages::Given(stages) => stages
            .iter()
            .map(|stage| {
                let changes = stage.given.commit.changes.iter();
                (
                    &stage.tree,
                    changes.map(|change| change.path.clone()).collect(),
                )
            })
            .collect(),
    };
    let mut before = &inquiry.base.tree;
    let mut steps = Vec::new();
    for (after, changed) in behind {
        steps.push(Step {
            before,
            after,
            changed,
        });
        before = after;
    }
    steps
}
