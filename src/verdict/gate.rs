//! Judged revisions, and what is made of them: which are ok, and which of their patches are the reason where one is not. Pure; the
//! form in which it is kept is that of the document `patchwright/gate/1`, so that an earlier account can be read back.

mod exemption;
mod moved;
mod partition;
mod proven;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::series::Require;
use crate::status::{Judgement, Status};

pub use exemption::{Exemption, State};
pub use moved::{Move, Moved};
pub use partition::{Partition, Unfit, assign, merge};
pub use proven::{Agreement, Histories, Proven, With};

/// The name of the document's form.
pub const SCHEMA: &str = "patchwright/gate/1";

/// Revisions down, patches across.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// [`SCHEMA`].
    pub schema: String,
    /// The series' name.
    pub series: String,
    /// What a revision needs.
    #[serde(with = "require")]
    pub require: Require,
    /// Which part of a run this is, where it is no whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Partition>,
    /// The revisions, in the order asked.
    #[serde(rename = "revisions")]
    pub rows: Vec<Row>,
    /// The exemptions that were given, and what became of each; none where none were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
    /// The diffs that would fix what is missing, each once; there where a report shows them, and in a part of a run, from which such
    /// a report is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diffs: Vec<String>,
    /// What moved since an earlier report, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Moved>,
    /// What they come to.
    pub summary: Summary,
}

/// A revision that was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its place among all revisions that were asked for, from 0; told where only a part of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    /// Its name, as it was typed.
    pub revision: String,
    /// Its commit, none for a directory.
    pub commit: Option<String>,
    /// Whether nothing that it needs is wrong.
    pub ok: bool,
    /// Why it is excused, where that is all that makes it ok.
    pub exempt: Option<Excuse>,
    /// Whether its answers were confirmed by playing the scenarios.
    pub proved: bool,
    /// An answer for each patch.
    #[serde(rename = "patches")]
    pub cells: Vec<Cell>,
}

/// The answer for a patch at a revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The patch.
    pub patch: String,
    /// Its status.
    pub status: Status,
    /// Whether it can be placed; `false` unless missing.
    pub applies: bool,
    /// Stable name of the reason.
    pub code: String,
    /// The reason, in words.
    pub reason: String,
    /// The places that show it.
    pub places: Vec<Spot>,
    /// Why its lack is excused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Excuse>,
    /// What playing it told, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proven>,
    /// Which of [`Matrix::diffs`] would fix it, from 0; told where they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<usize>,
}

/// A place in a file of a revision; line and column count from 1, the column in bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// Path from the root of the tree.
    pub path: String,
    /// The line.
    pub line: usize,
    /// The column.
    #[serde(default = "first")]
    pub column: usize,
}

fn first() -> usize {
    1
}

/// Why something that is wrong is let pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Excuse {
    /// The reason that was given.
    pub reason: String,
    /// The last day on which it counts, as `2026-01-31`.
    pub until: Option<String>,
}

/// How many revisions there are and how many are ok; how many answers there are of each status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// Revisions.
    pub revisions: usize,
    /// Those that are ok.
    pub ok: usize,
    /// Answers that are missing.
    pub missing: usize,
    /// Answers that are fixed.
    pub fixed: usize,
    /// Answers that are not affected.
    pub not_affected: usize,
    /// Answers that are undetermined.
    pub undetermined: usize,
}

/// What an answer means to its revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The fix is there, or nothing needs it.
    Good,
    /// It is a reason that the revision is not ok.
    Failing,
    /// It is not good, and the revision does not need it, or is excused.
    LetPass,
}

impl Matrix {
    /// Makes the account of rows; whether each is ok is told from its answers.
    pub fn new(series: &str, require: Require, mut rows: Vec<Row>) -> Self {
        for row in &mut rows {
            row.ok = standings(&require, &row.cells)
                .iter()
                .all(|standing| *standing != Standing::Failing);
        }
        Matrix {
            schema: SCHEMA.to_owned(),
            series: series.to_owned(),
            require,
            partition: None,
            summary: Summary::of(&rows),
            rows,
            exemptions: Vec::new(),
            diffs: Vec::new(),
            since: None,
        }
    }

    /// Returns the account without diffs.
    #[must_use]
    pub fn without_diffs(&self) -> Self {
        let mut plain = self.clone();
        plain.diffs.clear();
        for cell in plain.rows.iter_mut().flat_map(|row| &mut row.cells) {
            cell.diff = None;
        }
        plain
    }

    /// Returns whether every revision is ok.
    pub fn is_ok(&self) -> bool {
        self.rows.iter().all(|row| row.ok)
    }

    /// Returns what each answer of a row means to it.
    pub fn standings(&self, row: &Row) -> Vec<Standing> {
        standings(&self.require, &row.cells)
    }
}

/// Returns what each answer of a revision means to it. A revision is ok when none of them is failing.
pub fn standings(require: &Require, cells: &[Cell]) -> Vec<Standing> {
    let one_is_enough =
        *require == Require::Any && cells.iter().any(|cell| cell.status == Status::Fixed);
    let is_needed = |cell: &Cell| match require {
        Require::All => true,
        Require::Any => !one_is_enough,
        Require::These(ids) => ids.contains(&cell.patch),
    };
    let standing = |cell: &Cell| match cell.status {
        Status::Fixed | Status::NotAffected => Standing::Good,
        Status::Missing | Status::Undetermined if is_needed(cell) && cell.exempt.is_none() => {
            Standing::Failing
        }
        Status::Missing | Status::Undetermined => Standing::LetPass,
    };
    cells.iter().map(standing).collect()
}

impl Summary {
    fn of(rows: &[Row]) -> Self {
        let mut summary = Summary {
            revisions: rows.len(),
            ok: rows.iter().filter(|row| row.ok).count(),
            ..Summary::default()
        };
        for cell in rows.iter().flat_map(|row| &row.cells) {
            *match cell.status {
                Status::Missing => &mut summary.missing,
                Status::Fixed => &mut summary.fixed,
                Status::NotAffected => &mut summary.not_affected,
                Status::Undetermined => &mut summary.undetermined,
            } += 1;
        }
        summary
    }
}

impl From<Judgement> for Cell {
    fn from(judgement: Judgement) -> Self {
        let places = judgement.places.iter().map(|spot| Spot {
            path: spot.path.clone(),
            line: spot.begins.line,
            column: spot.begins.column,
        });
        Cell {
            places: places.collect(),
            patch: judgement.patch,
            status: judgement.status,
            applies: judgement.applies,
            code: judgement.code.to_owned(),
            reason: judgement.reason,
            exempt: None,
            proof: None,
            diff: None,
        }
    }
}

/// `"all"`, `"any"`, or a list of patches.
mod require {
    use super::{Deserialize, Deserializer, Require, Serialize, Serializer};
    use serde::de::Error;
    use serde_json::Value;

    pub(super) fn serialize<S: Serializer>(
        require: &Require,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match require {
            Require::All => serializer.serialize_str("all"),
            Require::Any => serializer.serialize_str("any"),
            Require::These(ids) => ids.serialize(serializer),
        }
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(
        deserializer: D,
    ) -> Result<Require, D::Error> {
        let expected = || D::Error::custom("`require` is `all`, `any`, or a list of patches");
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "all" => Ok(Require::All),
            Value::String(word) if word == "any" => Ok(Require::Any),
            Value::Array(ids) => {
                let ids = ids.iter().map(|id| id.as_str().map(str::to_owned));
                let ids: Option<Vec<String>> = ids.collect();
                ids.map(Require::These).ok_or_else(expected)
            }
            _ => Err(expected()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(patch: &str, status: Status) -> Cell {
        Cell {
            patch: patch.to_owned(),
            status,
            applies: false,
            code: "code".to_owned(),
            reason: String::new(),
            places: Vec::new(),
            exempt: None,
            proof: None,
            diff: None,
        }
    }

    fn fails(require: &Require, statuses: [Status; 2], exempt: [bool; 2]) -> [bool; 2] {
        let mut cells = [cell("a", statuses[0]), cell("b", statuses[1])];
        for (cell, exempt) in cells.iter_mut().zip(exempt) {
            let (reason, until) = ("why".to_owned(), None);
            cell.exempt = exempt.then_some(Excuse { reason, until });
        }
        let standings = standings(require, &cells);
        [0, 1].map(|at| standings[at] == Standing::Failing)
    }

    #[test]
    fn one_fix_is_enough_under_any_and_what_is_open_is_never_enough() {
        use Status::{Fixed, Missing, NotAffected, Undetermined};
        let any = |a, b| fails(&Require::Any, [a, b], [false; 2]);
        assert_eq!(any(Fixed, Missing), [false, false]);
        assert_eq!(any(Fixed, Undetermined), [false, false]);
        assert_eq!(any(NotAffected, NotAffected), [false, false]);
        assert_eq!(any(NotAffected, Missing), [false, true]);
        assert_eq!(any(NotAffected, Undetermined), [false, true]);
        assert_eq!(any(Missing, Undetermined), [true, true]);
    }

    #[test]
    fn only_what_is_needed_and_not_excused_fails() {
        use Status::{Fixed, Missing};
        let both = [Missing, Missing];
        assert_eq!(fails(&Require::All, both, [false; 2]), [true, true]);
        assert_eq!(fails(&Require::All, both, [true, false]), [false, true]);
        assert_eq!(
            fails(&Require::All, [Fixed, Missing], [false; 2]),
            [false, true]
        );
        // To excuse one patch is not to have the other.
        assert_eq!(fails(&Require::Any, both, [true, false]), [false, true]);
        assert_eq!(fails(&Require::Any, both, [true, true]), [false, false]);
        let b = Require::These(vec!["b".to_owned()]);
        assert_eq!(fails(&b, both, [false; 2]), [false, true]);
        assert_eq!(fails(&b, [Missing, Fixed], [false; 2]), [false, false]);
    }

    #[test]
    fn an_account_reads_back_as_it_was_written() {
        let row = Row {
            position: None,
            revision: "v1".to_owned(),
            commit: None,
            ok: false,
            exempt: None,
            proved: false,
            cells: vec![cell("a", Status::NotAffected)],
        };
        for require in [
            Require::All,
            Require::Any,
            Require::These(vec!["a".to_owned()]),
        ] {
            let matrix = Matrix::new("s", require, vec![row.clone()]);
            let text = serde_json::to_string(&matrix).unwrap();
            assert!(text.contains("\"not-affected\":1"), "{text}");
            assert_eq!(serde_json::from_str::<Matrix>(&text).unwrap(), matrix);
        }
    }
}
