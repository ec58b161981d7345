//! The histories that a patch of the series is to mend, as a tree behaves in them, joined with how its cases come out there. Plays
//! nothing.

use serde::{Deserialize, Serialize};

use super::judged::{Played, Wrong};
use crate::check::scenario::standing::Stood;
use crate::series::{Patch, Scenarios};

/// What the histories that a patch is to mend came to on a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mended {
    /// How many there are.
    pub all: usize,
    /// Those that go wrong: id and title, in the order of the series.
    pub wrong: Vec<(String, String)>,
    /// Why they could not be played; then nothing is known of them.
    pub skipped: Option<String>,
    /// Why functions alone decided in them, with a stand-in for all that they call, where they did.
    pub stand_in: Option<String>,
    /// Whether the tree's own code, linked with it, decided in one that goes wrong.
    pub(super) is_wrong_for_real: bool,
}

impl Mended {
    /// Returns whether they were played, and decided by the tree's own code: another time they come to the same.
    pub(super) fn is_lasting(&self) -> bool {
        self.skipped.is_none() && self.stand_in.is_none()
    }

    /// Takes from what all histories came to on a tree what a patch is to mend.
    pub(super) fn of(scenarios: &Scenarios, patch: &Patch, stood: Result<&Stood, &str>) -> Self {
        let own = scenarios.mended_by(&patch.id);
        let mut mended = Mended {
            all: own.len(),
            ..Mended::default()
        };
        let stood = match stood {
            Ok(stood) => stood,
            Err(why) => {
                mended.skipped = Some(why.to_owned());
                return mended;
            }
        };
        mended.stand_in.clone_from(&stood.stand_in);
        for wrong in stood.wrong.iter().filter(|wrong| own.contains(&wrong.at)) {
            let history = &scenarios.scenarios[wrong.at];
            mended
                .wrong
                .push((history.id.clone(), history.title.clone()));
            mended.is_wrong_for_real |= wrong.is_real;
        }
        mended
    }
}

/// Joins how the cases of a patch come out with what the histories came to: a history that goes wrong by the tree's own code is as
/// wrong as a case. By a function alone, with a stand-in for all that it calls, it tells no more than that cases which come out right
/// are not enough.
pub(super) fn joined(cases: &Played, mended: Option<&Mended>) -> Played {
    let mut played = cases.clone();
    let Some(mended) = mended.filter(|_| played.unknown.is_none()) else {
        return played;
    };
    let Some((_, title)) = mended.wrong.first() else {
        return played;
    };
    let told = format!(
        "{} of {} histories that it is to mend go wrong: {title}",
        mended.wrong.len(),
        mended.all
    );
    if mended.is_wrong_for_real {
        played.is_wrong_for_real = true;
        if played.wrong.is_empty() {
            played.all += mended.all;
            for (id, title) in &mended.wrong {
                let wrong = Wrong {
                    of: None,
                    code: "behaviour-wrong",
                    message: format!("in a history: {title}"),
                    is_case: true,
                };
                played.wrong.insert(format!("history {id}"), wrong);
            }
        }
    } else if played.wrong.is_empty() {
        return Played::unknown(format!("{}; but {told}, with a stand-in", played.told()));
    }
    played
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(wrong: usize, is_wrong_for_real: bool) -> Mended {
        let wrong = (0..wrong).map(|at| (format!("h{at}"), format!("story {at}")));
        Mended {
            all: 3,
            wrong: wrong.collect(),
            skipped: None,
            stand_in: None,
            is_wrong_for_real,
        }
    }

    fn right() -> Played {
        Played {
            all: 5,
            ..Played::default()
        }
    }

    #[test]
    fn a_history_that_goes_wrong_for_real_overrules_cases_that_come_out_right() {
        assert_eq!(
            joined(&right(), Some(&mended(0, false))).is_right(),
            Some(true)
        );
        assert_eq!(joined(&right(), None).is_right(), Some(true));
        let wrong = joined(&right(), Some(&mended(2, true)));
        assert_eq!(wrong.is_right(), Some(false));
        assert!(wrong.is_wrong_for_real);
        assert!(wrong.told().contains("2 of 8 cases"), "{}", wrong.told());
        assert!(
            wrong.told().contains("in a history: story 0"),
            "{}",
            wrong.told()
        );
    }

    #[test]
    fn a_history_that_a_stand_in_decided_leaves_it_open_and_what_is_unknown_stays_so() {
        let open = joined(&right(), Some(&mended(1, false)));
        assert_eq!(open.is_right(), None);
        let why = open.unknown.unwrap();
        assert!(why.contains("1 of 3 histories"), "{why}");
        let unknown = Played::unknown("why");
        assert_eq!(joined(&unknown, Some(&mended(1, true))).is_right(), None);
    }
}
