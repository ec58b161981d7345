//! What playing a tree before and after a given patch says of the patch. Plays nothing.

use std::collections::BTreeMap;

use super::counted;
use crate::check::code::{concluded, error};
use crate::check::{Evidence, Finding, Ground, Outcome, Record, Severity};

/// A thing that came out wrong: told by what it is, with what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Wrong {
    /// Code of the finding that tells it.
    pub(in crate::check) code: &'static str,
    /// What was played, and for which distribution, where a case is played for several.
    pub(in crate::check) of: Option<(String, String)>,
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
    /// What is to be told of it although no case comes out wrong.
    pub(in crate::check) notes: Vec<String>,
    /// What was played, for the evidence.
    pub(in crate::check) records: Vec<Record>,
    /// What code it was played with, where there is a choice.
    pub(in crate::check) ground: Option<Ground>,
    /// Whether the tree's own code came out wrong, linked and on real files: then nothing that is stood in for is the reason.
    pub(in crate::check) is_wrong_for_real: bool,
}

impl Wrong {
    /// Says what came out wrong, for all distributions `on` which it did.
    fn told(&self, on: &[&str]) -> String {
        match &self.of {
            None => self.message.clone(),
            Some((played, _)) => format!("{played} ({}): {}", on.join(", "), self.message),
        }
    }

    fn on(&self) -> Option<&str> {
        self.of.as_ref().map(|(_, on)| on.as_str())
    }

    /// Whether it tells the same as another, for whichever distribution.
    fn is_same(&self, other: &Self) -> bool {
        let played = |wrong: &Self| wrong.of.as_ref().map(|(played, _)| played.clone());
        let told = |wrong: &Self| (wrong.code, wrong.message.clone(), wrong.is_case);
        played(self) == played(other) && told(self) == told(other)
    }
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

    /// Returns whether it would come to the same another time: all cases were played to their end, and nothing that may be had then was
    /// stood in for.
    pub(in crate::check) fn is_lasting(&self) -> bool {
        let is_ended = |wrong: &Wrong| wrong.is_case && wrong.code != "scriptlet-stopped";
        let is_real = self.ground.as_ref().is_none_or(|ground| ground.is_real);
        self.unknown.is_none() && is_real && self.wrong.values().all(is_ended)
    }

    /// Says how the cases come out.
    pub(in crate::check) fn told(&self) -> String {
        match self.wrong.values().next() {
            None => format!("{} right", cases(self.all, "comes out", "come out")),
            Some(first) => format!(
                "{} of {} wrong: {}",
                self.wrong.len(),
                cases(self.all, "comes out", "come out"),
                first.told(&first.on().into_iter().collect::<Vec<_>>())
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
        // What is the same for several distributions is told once.
        let mut told: Vec<(bool, &Wrong, Vec<&str>)> = Vec::new();
        for (name, wrong) in &self.after.wrong {
            let was_right = match self.before.is_right() {
                Some(false) => wrong.is_case && !self.before.wrong.contains_key(name),
                right => right == Some(true),
            };
            let same = told
                .iter_mut()
                .find(|(right, known, _)| *right == was_right && known.is_same(wrong));
            match same {
                Some((_, _, on)) => on.extend(wrong.on()),
                None => told.push((was_right, wrong, wrong.on().into_iter().collect())),
            }
        }
        let finding = |(was_right, wrong, on): &(bool, &Wrong, Vec<&str>)| match was_right {
            true => error(
                "behaviour-lost",
                format!("{}; it was right before", wrong.told(on)),
            ),
            false => error(wrong.code, wrong.told(on)),
        };
        let mut findings: Vec<Finding> = told.iter().map(finding).collect();
        findings.dedup();
        findings.extend(self.after.notes.iter().map(|note| Finding {
            code: "behaviour-asks",
            severity: Severity::Note,
            message: note.clone(),
        }));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(on: &str, message: &str) -> (String, Wrong) {
        let wrong = Wrong {
            code: "behaviour-wrong",
            of: Some(("a link, in bash".to_owned(), on.to_owned())),
            message: message.to_owned(),
            is_case: true,
        };
        (format!("link {on}"), wrong)
    }

    #[test]
    fn what_is_lost_on_several_distributions_is_told_once() {
        let before = Played {
            all: 3,
            ..Played::default()
        };
        let after = Played {
            all: 3,
            wrong: BTreeMap::from([
                wrong("fedora-20", "it follows"),
                wrong("rhel-6", "it fails"),
                wrong("rhel-7", "it follows"),
            ]),
            ..Played::default()
        };
        let step = Step {
            check: "behaviour",
            patch: "p",
            before: &before,
            after: &after,
            aims: true,
            completed: None,
        };
        let found = step.evidence().unwrap().findings;
        let told: Vec<(&str, &str)> = found
            .iter()
            .map(|found| (found.code, found.message.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    "behaviour-lost",
                    "a link, in bash (fedora-20, rhel-7): it follows; it was right before"
                ),
                (
                    "behaviour-lost",
                    "a link, in bash (rhel-6): it fails; it was right before"
                )
            ]
        );
    }
}
