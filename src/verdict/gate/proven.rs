//! Answers that structure gave, joined with what playing them told: what was played is what happens. Pure.

use serde::{Deserialize, Serialize};

use super::Cell;
use crate::check::given::mended::Mended;
use crate::check::given::proof::Proof;
use crate::status::Status;

/// What playing an answer told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// Whether structure and play say the same.
    pub outcome: Agreement,
    /// The status that structure alone told.
    pub structure: Status,
    /// How the cases came out, or why they were not played.
    pub detail: String,
    /// What code it was played with, where there is a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub played: Option<With>,
    /// What the histories came to that the patch is to mend, where the series tells such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub histories: Option<Histories>,
}

/// Histories that a patch is to mend, played on a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histories {
    /// How many there are.
    pub count: usize,
    /// The ids of those that go wrong.
    pub wrong: Vec<String>,
    /// The story of the first of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Why they could not be played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// Why functions alone decided in them, with a stand-in for all that they call, where they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<String>,
}

impl Histories {
    /// Tells what they came to, in a line.
    pub fn told(&self) -> String {
        let wrong = self.wrong.len();
        let all = match self.count {
            1 => "1 history that it is to mend".to_owned(),
            count => format!("{count} histories that it is to mend"),
        };
        match (&self.skipped, &self.first) {
            (Some(why), _) => format!("{all} could not be played: {why}"),
            (None, Some(first)) => format!("{wrong} of {all} wrong: {first}"),
            (None, None) => format!("{all}: none goes wrong"),
        }
    }
}

impl From<Mended> for Histories {
    fn from(mended: Mended) -> Self {
        let first = mended.wrong.first().map(|(_, title)| title.clone());
        Histories {
            count: mended.all,
            wrong: mended.wrong.into_iter().map(|(id, _)| id).collect(),
            first,
            skipped: mended.skipped,
            stand_in: mended.stand_in,
        }
    }
}

/// The code that an answer was played with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct With {
    /// Whether the tree's own code decided, saved and loaded, rather than a stand-in.
    pub real: bool,
    /// One line for people.
    pub with: String,
}

impl Proven {
    /// Tells how it came out, with what code, and what the histories came to.
    pub fn told(&self) -> String {
        let cases = match &self.played {
            Some(played) => format!("{} ({})", self.detail, played.with),
            None => self.detail.clone(),
        };
        match &self.histories {
            Some(histories) => format!("{cases}; {}", histories.told()),
            None => cases,
        }
    }
}

/// Whether structure and play say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// They do.
    Agrees,
    /// They do not, and the status is that of the play.
    Overrules,
    /// It could not be played: the status is that of structure.
    Unplayed,
}

impl Agreement {
    /// Returns what is said of it to people.
    pub fn told(self) -> &'static str {
        match self {
            Agreement::Agrees => "Played, and it is so",
            Agreement::Overrules => "Played, and it is not as structure says",
            Agreement::Unplayed => "It could not be played",
        }
    }
}

impl Cell {
    /// Joins the answer with what playing it told.
    pub fn join(&mut self, proof: Proof) {
        let structure = self.status;
        let status = proof.is_right.map(|is_right| match is_right {
            true => Status::Fixed,
            false => Status::Missing,
        });
        let outcome = match status {
            None => Agreement::Unplayed,
            Some(status) if status == structure => Agreement::Agrees,
            Some(status) => {
                self.status = status;
                self.applies = false;
                self.code = match status {
                    Status::Fixed => "played-right".to_owned(),
                    _ => "played-wrong".to_owned(),
                };
                self.reason = format!(
                    "{}; structure alone said {structure}: {}",
                    proof.told, self.reason
                );
                Agreement::Overrules
            }
        };
        self.proof = Some(Proven {
            outcome,
            structure,
            detail: proof.told,
            played: proof.ground.map(|ground| With {
                real: ground.is_real,
                with: ground.told,
            }),
            histories: proof.histories.map(Histories::from),
        });
    }

    /// Returns whether something was to be played and could not be.
    pub fn is_open(&self) -> bool {
        let proof = self.proof.as_ref();
        proof.is_some_and(|proof| {
            let histories = proof.histories.as_ref();
            let skipped = histories.is_some_and(|histories| histories.skipped.is_some());
            proof.outcome == Agreement::Unplayed || skipped
        })
    }

    /// Returns whether playing confirmed the answer, or gave it.
    pub fn is_proved(&self) -> bool {
        let proof = self.proof.as_ref();
        proof.is_some_and(|proof| proof.outcome != Agreement::Unplayed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(structure: Status, is_right: Option<bool>) -> Cell {
        let mut cell = Cell {
            patch: "p".to_owned(),
            status: structure,
            applies: structure == Status::Missing,
            code: "comparison-wrong".to_owned(),
            reason: "why".to_owned(),
            places: Vec::new(),
            exempt: None,
            proof: None,
            diff: None,
        };
        let told = "told".to_owned();
        cell.join(Proof {
            is_right,
            told,
            ground: None,
            histories: None,
        });
        cell
    }

    #[test]
    fn what_was_played_overrules_and_what_could_not_be_played_does_not() {
        use Agreement::{Agrees, Overrules, Unplayed};
        use Status::{Fixed, Missing, Undetermined};
        for (structure, is_right, status, outcome) in [
            (Missing, Some(false), Missing, Agrees),
            (Missing, Some(true), Fixed, Overrules),
            (Missing, None, Missing, Unplayed),
            (Fixed, Some(true), Fixed, Agrees),
            (Fixed, Some(false), Missing, Overrules),
            (Fixed, None, Fixed, Unplayed),
            (Undetermined, Some(true), Fixed, Overrules),
            (Undetermined, Some(false), Missing, Overrules),
        ] {
            let cell = joined(structure, is_right);
            assert_eq!(cell.status, status, "{structure} {is_right:?}");
            let proof = cell.proof.as_ref().unwrap();
            assert_eq!((proof.outcome, proof.structure), (outcome, structure));
            assert_eq!(cell.is_proved(), outcome != Unplayed);
            let is_told = cell.reason.contains("structure alone said");
            assert_eq!(is_told, outcome == Overrules);
        }
    }
}
