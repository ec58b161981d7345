//! What moved between two accounts: lost, fixed, changed otherwise, gone, new. Pure.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::{Matrix, Row};
use crate::status::Status;

/// What moved since an earlier account. Revisions are known by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What was fixed, and is missing or open.
    pub lost: Vec<Move>,
    /// What was missing or open, and is fixed.
    pub fixed: Vec<Move>,
    /// What has another status otherwise.
    pub changed: Vec<Move>,
    /// Revisions that were judged then and are not now.
    pub gone: Vec<String>,
    /// Revisions that are judged now and were not then.
    pub new: Vec<String>,
}

/// A patch of a revision whose status is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The revision.
    pub revision: String,
    /// The patch.
    pub patch: String,
    /// The status that it had.
    pub from: Status,
    /// The status that it has.
    pub to: Status,
}

impl Moved {
    /// Compares an account with an earlier one.
    pub fn between(earlier: &Matrix, now: &Matrix) -> Self {
        let mut moved = Moved::default();
        let names = |rows: &[Row]| -> HashMap<String, usize> {
            let mut names = HashMap::new();
            for (number, row) in rows.iter().enumerate() {
                names.entry(row.revision.clone()).or_insert(number);
            }
            names
        };
        let (then, here) = (names(&earlier.rows), names(&now.rows));
        for (number, row) in now.rows.iter().enumerate() {
            match then.get(&row.revision) {
                // A name that was typed twice is told once.
                _ if here.get(&row.revision) != Some(&number) => {}
                None => moved.new.push(row.revision.clone()),
                Some(before) => moved.compare(&earlier.rows[*before], row),
            }
        }
        for (number, row) in earlier.rows.iter().enumerate() {
            let name = &row.revision;
            if !here.contains_key(name) && then.get(name) == Some(&number) {
                moved.gone.push(name.clone());
            }
        }
        moved
    }

    fn compare(&mut self, before: &Row, row: &Row) {
        for cell in &row.cells {
            let Some(old) = before.cells.iter().find(|old| old.patch == cell.patch) else {
                continue;
            };
            let is_bad = |status| matches!(status, Status::Missing | Status::Undetermined);
            let list = match (old.status, cell.status) {
                (from, to) if from == to => continue,
                (Status::Fixed, to) if is_bad(to) => &mut self.lost,
                (from, Status::Fixed) if is_bad(from) => &mut self.fixed,
                _ => &mut self.changed,
            };
            list.push(Move {
                revision: row.revision.clone(),
                patch: cell.patch.clone(),
                from: old.status,
                to: cell.status,
            });
        }
    }

    /// Returns whether nothing moved.
    pub fn is_still(&self) -> bool {
        *self == Moved::default()
    }
}
