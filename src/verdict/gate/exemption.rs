//! Exemptions: which lack of which revision is excused, and whether each exemption is needed still. Pure.

use serde::{Deserialize, Serialize};

use super::{Excuse, Row, Standing, standings};
use crate::series::Require;

/// An exemption, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// The revision, or a glob over them, as it was written.
    pub revision: String,
    /// The patch; all of them where none is named.
    pub patch: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it counts, as `2026-01-31`.
    pub until: Option<String>,
    /// What became of it.
    pub state: State,
}

/// What became of an exemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// None of the revisions that were judged is one of its own.
    Unused,
    /// What it excuses is not wrong, or not any more.
    Unneeded,
    /// It excuses something that would fail.
    Needed,
    /// Its last day is over: it excuses nothing.
    Expired,
}

impl Exemption {
    /// Excuses what fails in rows; `is_about` tells of the number of an exemption and
    /// that of a row whether the one is about the other. Expired ones excuse nothing.
    pub fn excuse(
        exemptions: &mut [Exemption],
        require: &Require,
        rows: &mut [Row],
        is_about: impl Fn(usize, usize) -> bool,
    ) {
        for (number, row) in rows.iter_mut().enumerate() {
            let failing = standings(require, &row.cells);
            let of_row = exemptions.iter_mut().enumerate();
            let of_row =
                of_row.filter(|(at, one)| one.state != State::Expired && is_about(*at, number));
            let mut excuses: Vec<Excuse> = Vec::new();
            for (_, exemption) in of_row {
                let cells = row.cells.iter_mut().zip(&failing);
                for (cell, standing) in cells.filter(|(cell, _)| {
                    exemption
                        .patch
                        .as_ref()
                        .is_none_or(|patch| *patch == cell.patch)
                }) {
                    let state = if *standing == Standing::Failing {
                        State::Needed
                    } else {
                        State::Unneeded
                    };
                    exemption.state = exemption.state.max(state);
                    if *standing == Standing::Failing && cell.exempt.is_none() {
                        let excuse = Excuse {
                            reason: exemption.reason.clone(),
                            until: exemption.until.clone(),
                        };
                        cell.exempt = Some(excuse.clone());
                        if !excuses.contains(&excuse) {
                            excuses.push(excuse);
                        }
                    }
                }
            }
            let fails = standings(require, &row.cells).contains(&Standing::Failing);
            row.exempt = whole(&excuses).filter(|_| !fails);
        }
    }
}

/// The excuse of a revision is made of those of its patches; it counts as long as the first of them.
fn whole(excuses: &[Excuse]) -> Option<Excuse> {
    let reasons: Vec<&str> = excuses
        .iter()
        .map(|excuse| excuse.reason.as_str())
        .collect();
    (!excuses.is_empty()).then(|| Excuse {
        reason: reasons.join("; "),
        until: excuses
            .iter()
            .filter_map(|excuse| excuse.until.clone())
            .min(),
    })
}
