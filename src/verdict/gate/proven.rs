//! Answers that structure gave, joined with what playing them told: what was played is what happens. Pure.

use serde::{Deserialize, Serialize};

use super::Cell;
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
    /// Tells how it came out and with what code, in a line.
    pub fn told(&self) -> String {
        match &self.played {
            Some(played) => format!("{} ({})", self.detail, played.with),
            None => self.detail.clone(),
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
        });
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
