//! The histories of a series, played on a tree with neither patch, with each alone and with all: does a start serve what is
//! installed? The machine is a model; what decides and what cleans is the tree's own. Judges no patch.

mod ask;
mod machine;
mod records;
mod scene;
pub(in crate::check) mod stages;
pub(in crate::check) mod standing;
mod theatre;
mod trees;
mod walk;

#[cfg(test)]
mod tests;

pub use machine::{Decision, Started};
pub use scene::{Held, Scene, Told};
use theatre::Theatre;
pub use walk::Walked;

use super::Record;
use super::c::{Beside, Kit};
use super::inquiry::Place;
use crate::series::{Scenarios, Series};
use crate::target::Tree;

/// A tree with some of the patches.
pub struct Combination<'t> {
    /// `none`, a patch, or `all`.
    pub id: String,
    /// The tree.
    pub tree: &'t Tree,
    /// The sources of C that its patches add or change.
    pub sources: Beside,
}

/// The histories, played.
#[derive(Clone, Debug)]
pub struct Played {
    /// What the series tells.
    pub scenarios: Scenarios,
    /// Ids of the combinations, in the order of the outcomes; the first is the base.
    pub columns: Vec<String>,
    /// The named histories, in the order of the series.
    pub histories: Vec<History>,
    /// Every order of some steps, for each combination; empty where the series walks none.
    pub walked: Vec<Walked>,
    /// What it was played with.
    pub with: Means,
    /// Files for the evidence.
    pub records: Vec<Record>,
}

/// One history, played.
#[derive(Clone, Debug)]
pub struct History {
    /// Its place in the list of the series.
    pub at: usize,
    /// What came of it, for each combination.
    pub outcomes: Vec<Outcome>,
}

/// What came of a history in one combination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether every start serves what is installed, on every distribution.
    pub right: bool,
    /// What each start came to, with the number of its step: on the first distribution where one does not.
    pub starts: Vec<(usize, Started)>,
    /// How the machine of these starts stood after each step.
    pub scenes: Vec<Scene>,
    /// The distributions where one does not.
    pub wrong_on: Vec<String>,
}

impl Outcome {
    /// Returns how many starts probed although the last cache written was good.
    pub fn needless(&self) -> usize {
        self.starts
            .iter()
            .filter(|(_, started)| started.needless)
            .count()
    }
}

/// What the histories were played with.
#[derive(Clone, Debug, Default)]
pub struct Means {
    /// The file and the functions that decide.
    pub functions: (String, Vec<String>),
    /// The spec and the section that cleans; empty where the series has none.
    pub section: (String, String),
    /// The files of the base that these are in: path, and id as a blob of git.
    pub blobs: Vec<(String, String)>,
    /// Distributions whose scriptlet was run.
    pub variants: Vec<String>,
    /// Distributions that the spec is not for.
    pub inapplicable: Vec<String>,
    /// Decisions asked of each distinct function.
    pub decisions: usize,
    /// Those of them that the file took itself, linked with its tree: the others can't be brought about with real files.
    pub real_decisions: usize,
    /// Why the functions alone decided, where they did.
    pub stand_in: Option<String>,
    /// Runs of a scriptlet.
    pub cleanings: usize,
}

impl Means {
    /// Tells in a sentence what decided: the tree's own code, or a stand-in, and why.
    pub fn decided(&self) -> String {
        let (real, all) = (self.real_decisions, self.decisions);
        match &self.stand_in {
            None if real == all => format!(
                "All {all} decisions were taken by the real code, linked with its tree, on real files whose ctimes stand in the \
                 same order."
            ),
            None => format!(
                "Of {all} decisions, {real} were taken by the real code, linked with its tree, on real files whose ctimes stand in \
                 the same order; for the others there are no such files, and the function took them alone."
            ),
            Some(reason) => format!(
                "The function decided alone, with a stand-in for all that it calls, because {reason}."
            ),
        }
    }
}

/// What there is to tell of the histories of a series.
#[derive(Clone, Debug, Default)]
pub enum Histories {
    /// Nobody asked, or the series tells none.
    #[default]
    Unasked,
    /// They can't be played here, and why.
    Unplayed(String),
    /// They were played.
    Played(Box<Played>),
}

impl Histories {
    /// Returns them where they were played.
    pub fn played(&self) -> Option<&Played> {
        match self {
            Histories::Played(played) => Some(played),
            Histories::Unasked | Histories::Unplayed(_) => None,
        }
    }
}

/// More rounds of asking than this are no progress.
const MOST_ROUNDS: usize = 40;

/// Plays the histories of a series.
///
/// The first combination is the base: what does not carry the patches does as it does.
///
/// # Errors
/// Why they can't be played here, in words; never a guess.
pub fn play(
    series: &Series,
    combinations: &[Combination<'_>],
    place: &Place,
) -> Result<Played, String> {
    let scenarios = told(series)?;
    let kit = kit(series, &scenarios.decide.patch)?;
    let sandbox = place.as_ref().map_err(ToString::to_string)?;
    let mut theatre = Theatre::open(series, scenarios, &kit, combinations, sandbox)?;
    let mut played = to_the_end(&mut theatre)?;
    played.records = records::records(&theatre, &played);
    Ok(played)
}

fn told(series: &Series) -> Result<&Scenarios, String> {
    let scenarios = series.scenarios.as_ref();
    scenarios.ok_or_else(|| "the series tells no histories".to_owned())
}

fn to_the_end(theatre: &mut Theatre) -> Result<Played, String> {
    for _ in 0..MOST_ROUNDS {
        match theatre.play() {
            Ok(played) => return Ok(played),
            Err(open) => theatre.ask(&open)?,
        }
    }
    Err("the histories come to no end".to_owned())
}

fn kit(series: &Series, patch: &str) -> Result<Kit, String> {
    let kit = series.patch(patch).and_then(|patch| Kit::of(series, patch));
    let kit = kit.ok_or_else(|| format!("the patch `{patch}` has no harness"))?;
    kit.map_err(|fault| fault.to_string())
}
