//! What playing a tree before and after a given patch says of the patch. Plays nothing.

use std::collections::BTreeMap;

use super::counted;
use crate::check::code::{concluded, error};
use crate::check::{Evidence, Finding, Ground, Outcome, Record};

/// A thing that came out wrong: told by what it is, with what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Wrong {
    /// Code of the finding that tells it.
    pub(in crate::check) code: &'static str,
    /// What is expected and what was seen.
    pub(in crate::check) message: String,
    /// Whether it is a case, and not what keeps all of them from being played.
    pub(in crate::check) is_case: bool,
}

/// How a state of the tree comes out, by the cases of one patch of the series.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct Played {
    /// How many cases were played.
    pub(in crate::check) all: usize,
    /// Those that came out wrong, by name.
    pub(in crate::check) wrong: BTreeMap<String, Wrong>,
    /// Why it can't be told how they come out; then the rest says nothing.
    pub(in crate::check) unknown: Option<String>,
    /// What was played, for the evidence.
    pub(in crate::check) records: Vec<Record>,
    /// What code it was played with, where there is a choice.
    pub(in crate::check) ground: Option<Ground>,
    /// Whether the tree's own code came out wrong, linked and on real files: then nothing that is stood in for is the reason.
    pub(in crate::check) is_wrong_for_real: bool,
}

impl Played {
    /// Makes a state of which nothing can be told, and why.
    pub(in crate::check) fn unknown(why: impl Into<String>) -> Self {
        Played {
            unknown: Some(why.into()),
            ..Played::default()
        }
    }

    /// Returns whether all cases come out right; none where that can't be told.
    pub(in crate::check) fn is_right(&self) -> Option<bool> {
        self.unknown.is_none().then_some(self.wrong.is_empty())
    }

    /// Says how the cases come out.
    pub(in crate::check) fn told(&self) -> String {
        match self.wrong.values().next() {
            None => format!("{} right", cases(self.all, "comes out", "come out")),
            Some(first) => format!(
                "{} of {} wrong: {}",
                self.wrong.len(),
                cases(self.all, "comes out", "come out"),
                first.message
            ),
        }
    }
}

fn cases(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 case {one}"),
        _ => format!("{count} cases {many}"),
    }
}

/// What a given patch did to the state of the tree.
pub(in crate::check) struct Step<'s> {
    /// Name of the check that tells it.
    pub(in crate::check) check: &'static str,
    /// The series' patch whose cases were played.
    pub(in crate::check) patch: &'s str,
    pub(in crate::check) before: &'s Played,
    pub(in crate::check) after: &'s Played,
    /// Whether the patch is about what the cases ask, not only near it.
    pub(in crate::check) aims: bool,
    /// The position of a later patch after which all is right.
    pub(in crate::check) completed: Option<usize>,
}

impl Step<'_> {
    /// Returns the evidence; none of a patch that leaves a defect as it was and is about something else.
    pub(in crate::check) fn evidence(&self) -> Option<Evidence> {
        if let Some(why) = &self.after.unknown {
            let why = format!("whether `{}` is mended can't be played: {why}", self.patch);
            return Some(Evidence::skipped(self.check, why));
        }
        let (before, after) = (self.before.is_right(), self.after.is_right() == Some(true));
        let is_same = self.before.wrong.keys().eq(self.after.wrong.keys());
        if before == Some(false) && !after && is_same && !self.aims {
            return None;
        }
        let completed = self.completed.filter(|_| before == Some(false));
        let findings = if completed.is_some() {
            Vec::new()
        } else {
            self.findings()
        };
        let outcome = |right: bool| {
            if right {
                Outcome::Passed
            } else {
                Outcome::Failed
            }
        };
        let mut evidence = concluded(self.check, None, findings, self.detail());
        evidence.before = before.map(outcome);
        evidence.after = Some(outcome(after));
        evidence.records.clone_from(&self.after.records);
        evidence.ground.clone_from(&self.after.ground);
        Some(evidence)
    }

    fn findings(&self) -> Vec<Finding> {
        let told = |(name, wrong): (&String, &Wrong)| {
            let was_right = match self.before.is_right() {
                Some(false) => wrong.is_case && !self.before.wrong.contains_key(name),
                right => right == Some(true),
            };
            match was_right {
                true => error(
                    "behaviour-lost",
                    format!("{}; it was right before", wrong.message),
                ),
                false => error(wrong.code, wrong.message.clone()),
            }
        };
        let mut findings: Vec<Finding> = self.after.wrong.iter().map(told).collect();
        findings.dedup();
        findings
    }

    fn detail(&self) -> String {
        let (before, after) = (self.before, self.after);
        let patch = self.patch;
        let (wrong, left) = (before.wrong.len(), after.wrong.len());
        let all = after.all.max(before.all);
        let all = match self.check {
            "package" => counted(all, "transaction", "transactions"),
            _ => counted(all, "case", "cases"),
        };
        match (
            before.is_right(),
            after.is_right() == Some(true),
            self.completed,
        ) {
            (Some(false), true, _) => {
                format!("fixes {patch}: {wrong} of {all} wrong before, 0 after")
            }
            (Some(true), true, _) => format!("keeps {patch} fixed: {all} right before and after"),
            (None, true, _) => format!("{patch} is fixed: {all} right"),
            (Some(false), false, Some(position)) => {
                format!(
                    "{patch}: {wrong} of {all} wrong before, {left} after; patch {position} completes it"
                )
            }
            (Some(false), false, None) => {
                format!("does not fix {patch}: {wrong} of {all} wrong before, {left} after")
            }
            (Some(true), false, _) => {
                format!("breaks {patch}: {left} of {all} wrong that were right before")
            }
            (None, false, _) => format!("does not fix {patch}: {left} of {all} wrong"),
        }
    }
}
