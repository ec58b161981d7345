//! The checks: is each stage good? Each asks one question of one patch and answers with evidence; none judges the series.

pub mod c;
pub mod code;
mod crew;
pub mod given;
pub mod inquiry;
pub mod lint;
pub mod outside;
pub mod package;
pub mod prep;
pub mod sandbox;
pub mod scenario;
pub mod scriptlet;
pub mod spec;
pub mod tool;

use serde::{Deserialize, Serialize};

/// The checks, in the order in which they are reported.
pub const NAMES: [&str; 8] = [
    "lint",
    "syntax",
    "compile",
    "behaviour",
    "package",
    "object",
    "daemon",
    "build",
];

/// Those that are asked unless others are named: what takes a moment, and needs nothing that the user has to bring.
pub const USUAL: [&str; 4] = ["lint", "syntax", "compile", "behaviour"];

/// Returns the programs that a check needs and this machine lacks; a compiler goes by several names, and its want is told where it is.
pub fn lacking(check: &str) -> Vec<&'static tool::Known> {
    let needed: &[&str] = match check {
        "syntax" | "behaviour" => &["rpmspec", "bash", "find"],
        "compile" => &["cc"],
        "daemon" => &["ninja"],
        "package" => &["rpmbuild", "rpm", "rpmspec", "bash", "find"],
        _ => &[],
    };
    let missing = needed.iter().filter(|name| tool::find(name).is_none());
    missing.filter_map(|name| tool::known_as(name)).collect()
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Asked, and good.
    Passed,
    /// Asked, and bad.
    Failed,
    /// Could not be asked on this machine; never a pass.
    Skipped,
    /// The check itself went wrong; counts as a failure.
    Error,
}

impl Outcome {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Skipped => "skipped",
            Outcome::Error => "error",
        }
    }
}

/// What a check observed of one patch: facts, not a judgement of the series.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// Name of the check.
    pub check: &'static str,
    /// What came of it.
    pub outcome: Outcome,
    /// What came of the same question at the stage before, where it has one.
    pub before: Option<Outcome>,
    /// What came of it at the patch's own stage.
    pub after: Option<Outcome>,
    /// One line for people.
    pub detail: String,
    /// What code it was played with, where there is a choice.
    pub ground: Option<Ground>,
    /// What was found, one entry a spot.
    pub findings: Vec<Finding>,
    /// What the check had and got: files for the evidence folder, by relative name.
    pub records: Vec<Record>,
}

/// What code a check was played with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// Whether the tree's own code decided, saved and loaded, rather than a stand-in.
    pub is_real: bool,
    /// One line for people.
    pub told: String,
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable kebab-case name, known to `explain`.
    pub code: &'static str,
    /// Whether it fails the check, or is told only.
    pub severity: Severity,
    /// What was found.
    pub message: String,
}

/// Weight of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A habit of the target; fails under `--strict` alone.
    Note,
    /// It fails the check.
    Error,
}

/// A file of the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Relative path in the evidence folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Evidence {
    /// Adds what was found besides; an error among it fails the check.
    pub fn add(&mut self, findings: Vec<Finding>) {
        let fails = |finding: &Finding| finding.severity == Severity::Error;
        if findings.iter().any(fails) {
            self.outcome = Outcome::Failed;
            self.after = self.after.map(|_| Outcome::Failed);
        }
        self.findings.extend(findings);
    }

    /// Takes findings back that do not matter here; a check that they alone failed has passed.
    pub fn leave_out(&mut self, codes: &[&str]) {
        let before = self.findings.len();
        self.findings
            .retain(|finding| !codes.contains(&finding.code));
        let fails = |finding: &Finding| finding.severity == Severity::Error;
        let passes = self.findings.len() < before && !self.findings.iter().any(fails);
        if passes && self.outcome == Outcome::Failed {
            self.outcome = Outcome::Passed;
            self.after = self.after.map(|_| Outcome::Passed);
        }
    }

    /// Makes evidence of a check that could not be asked, and why.
    pub fn skipped(check: &'static str, why: impl Into<String>) -> Self {
        Evidence {
            check,
            outcome: Outcome::Skipped,
            before: None,
            after: None,
            detail: why.into(),
            ground: None,
            findings: Vec::new(),
            records: Vec::new(),
        }
    }
}
