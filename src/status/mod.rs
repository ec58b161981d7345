//! Series and revision into a status for each patch, with the grounds. By structure alone; what checks observe is joined later.

mod bridge;
mod code;
mod deciding;
mod effect;
mod hidden;
pub mod history;
pub mod kept;
mod masked;
mod scriptlet;
mod ways;

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::compose::place;
use crate::series::{Judge, Patch, Series};
use crate::target::{Fault, Revision, Tree};
use crate::text::{Place, Problem, Site, Source};

pub use bridge::{Bridge, bridge};
pub use deciding::{Deciding, deciding, is_judged, strays};
pub use hidden::brought;
pub use history::{Grounded, Matter};

/// The grounds of a status: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "project-unknown",
        "None of the marks that identify the project was found in the tree.",
        "Check --repo, or add a mark of the tree to the series.",
    ),
    (
        "code-absent",
        "The tree is the project, and has no code that the series is about: it is not affected.",
        "Nothing is to be done.",
    ),
    (
        "sources-absent",
        "The tree is the project, but has none of the sources that the code would stand in.",
        "Judge a tree with the sources: a package's spec alone does not tell what is in them.",
    ),
    (
        "no-decision",
        "The series does not say what tells this patch's status.",
        "Give the patch predicates.",
    ),
    (
        "comparison-wrong",
        "The code has a form that the patch repairs: the fix is missing.",
        "Apply the patch.",
    ),
    (
        "comparison-right",
        "Every form that decides is a right one: the tree is fixed.",
        "Nothing is to be done.",
    ),
    (
        "comparison-idle",
        "A comparison is right, but by its place it may have no effect.",
        "Look at the place shown; the behaviour decides.",
    ),
    (
        "comparison-unknown",
        "The value is used in a form that structure alone can't judge.",
        "Look at the place shown; add the form to the patch's predicates if it is sound.",
    ),
    (
        "comparison-partly",
        "The value is used where it should not be, or never used, but only where something else holds.",
        "Look at the place shown; the behaviour decides.",
    ),
    (
        "comparison-missing",
        "Nothing compares the value, although the tree has the code around it.",
        "Look for where the tree decides, and add its form to the patch.",
    ),
    (
        "cleanup-missing",
        "The scriptlet does not do what the patch makes it do: the fix is missing.",
        "Apply the patch.",
    ),
    (
        "cleanup-right",
        "The scriptlet does what the patch makes it do, safely: the tree is fixed.",
        "Nothing is to be done.",
    ),
    (
        "cleanup-unsafe",
        "The scriptlet does it in a way that can be turned against the machine.",
        "Remove that command, then apply the patch.",
    ),
    (
        "cleanup-unknown",
        "A command names what the patch is about, and structure alone can't tell what it does.",
        "Look at the place shown; add the command to the patch's predicates if it is sound.",
    ),
    (
        "cleanup-elsewhere",
        "Another scriptlet names what the patch is about.",
        "Look at the place shown.",
    ),
];

/// What a revision is to a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The defect is there.
    Missing,
    /// The code behaves as the patch would make it, however it got there.
    Fixed,
    /// This is the project, and it has no code that the patch repairs.
    NotAffected,
    /// None of these could be shown.
    Undetermined,
}

impl Status {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Status::Missing => "missing",
            Status::Fixed => "fixed",
            Status::NotAffected => "not-affected",
            Status::Undetermined => "undetermined",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A status and its grounds.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The patch.
    pub patch: String,
    /// The status.
    pub status: Status,
    /// Whether the patch can be placed; `false` unless missing.
    pub applies: bool,
    /// Stable name of the reason.
    pub code: &'static str,
    /// The reason, in words.
    pub reason: String,
    /// The places that show it.
    pub places: Vec<Spot>,
    /// Why the patch can't be placed.
    pub problems: Vec<Problem>,
}

/// A place in a file of the tree, without its text: lines and columns count from 1, columns in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file.
    pub path: String,
    /// Where it begins.
    pub begins: Place,
    /// Where it ends: the place behind its last byte.
    pub ends: Place,
}

impl Spot {
    fn of(path: String, site: &Site) -> Self {
        Spot {
            path,
            begins: site.place(),
            ends: site.source.place(site.span.end),
        }
    }
}

/// What a judge found, before it is known whether the patch can be placed.
struct Ground {
    status: Status,
    code: &'static str,
    reason: String,
    places: Vec<(String, Site)>,
}

impl Ground {
    fn new(status: Status, code: &'static str, reason: impl Into<String>) -> Self {
        Ground {
            status,
            code,
            reason: reason.into(),
            places: Vec::new(),
        }
    }

    fn at(mut self, places: Vec<(String, Site)>) -> Self {
        self.places = places;
        self
    }

    /// The judgement of a patch by this ground, before it is known whether the patch can be placed.
    fn judgement(self, patch: &Patch) -> Judgement {
        let places = self.places.into_iter();
        Judgement {
            patch: patch.id.clone(),
            status: self.status,
            applies: false,
            code: self.code,
            reason: self.reason,
            places: places.map(|(path, site)| Spot::of(path, &site)).collect(),
            problems: Vec::new(),
        }
    }
}

/// Judges every patch of a series at a revision.
pub fn judge(series: &Series, revision: &Revision) -> Vec<Judgement> {
    history::History::new(series).judge(revision)
}

/// What the tree is to the series as a whole.
enum Presence {
    Foreign,
    NoSuchCode,
    /// The project, without the sources that would have the code.
    NoSources,
    Affected,
    Unreadable(Fault),
}

impl Presence {
    /// The ground that every patch has by it; `None` where each is judged by itself.
    fn ground(&self, series: &Series) -> Option<Ground> {
        let project = &series.project.name;
        let about = &series.about.title;
        Some(match self {
            Presence::Affected => return None,
            Presence::Foreign => Ground::new(
                Status::Undetermined,
                "project-unknown",
                format!("nothing shows that this tree is {project}"),
            ),
            Presence::NoSuchCode => Ground::new(
                Status::NotAffected,
                "code-absent",
                format!("this is {project}, and it does not have {about}"),
            ),
            Presence::NoSources => Ground::new(
                Status::Undetermined,
                "sources-absent",
                format!(
                    "this is {project}, but none of the sources that could have {about} are in the tree"
                ),
            ),
            Presence::Unreadable(fault) => {
                Ground::new(Status::Undetermined, "target-unreadable", fault.to_string())
            }
        })
    }
}

/// Judges a patch in a tree that is affected; texts are named after `revision`.
fn judge_patch(patch: &Patch, tree: &Tree, revision: &str) -> Judgement {
    let ground = match &patch.judge {
        Judge::Code(judge) => code::judge(judge, patch, tree, revision),
        Judge::Scriptlet(judge) => scriptlet::judge(judge, patch, tree, revision),
    };
    let placed = match (ground.status, ground.code) {
        // A form known to be wrong stands in the way: put beside it, the patch would leave it there.
        (Status::Missing, "cleanup-unsafe") => Err(vec![unsafe_cleanup(&ground)]),
        (Status::Missing, _) => place::place(patch, tree, revision).map(|_| ()),
        _ => Ok(()),
    };
    let mut judgement = ground.judgement(patch);
    judgement.applies = judgement.status == Status::Missing && placed.is_ok();
    judgement.problems = placed.err().unwrap_or_default();
    judgement
}

fn unsafe_cleanup(ground: &Ground) -> Problem {
    let mut problem = Problem::new("cleanup-unsafe", ground.reason.clone());
    for (_, site) in &ground.places {
        problem = problem.at_site(site, "this command");
    }
    problem.help("remove this command first; the patch puts a safe one in its place")
}

/// Opens a file of a tree as a source named for people.
fn open(tree: &Tree, path: &str, revision: &str) -> Result<Option<Source>, Box<Ground>> {
    tree.source(path, revision).map_err(|fault| {
        Box::new(Ground::new(
            Status::Undetermined,
            "target-unreadable",
            fault.to_string(),
        ))
    })
}
