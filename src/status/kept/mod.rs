//! Answers of earlier runs: by tree, and by the contents that a patch was told from. Right or absent: only what ids tell is kept,
//! and an id is taken at its word, as git takes it. Does not know how a patch is judged.

mod folder;

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::history::{Grounded, Matter};
use super::{CODES, Judgement, Spot, Status};
use crate::compose::place;
use crate::series::Series;
use crate::target::Id;
use crate::text::Place;

pub use folder::Folder;

/// Bytes that are kept of one series.
const MOST: usize = 8 << 20;

/// What is known from earlier runs, and what this run adds.
#[derive(Default)]
pub struct Kept {
    /// The answers for a tree, one for each patch.
    trees: HashMap<Id, Vec<Arc<Told>>>,
    /// The answers by what they were told from.
    matters: HashMap<Matter, Arc<Told>>,
    /// The trees that this run asked for, then those of earlier runs.
    asked: Vec<Id>,
    earlier: Vec<Id>,
    is_new: bool,
}

/// An answer, and what it was told from where ids tell that.
struct Told {
    matter: Option<Matter>,
    answer: Judgement,
}

/// The form in which answers are kept.
#[derive(Default, Serialize, Deserialize)]
struct Document {
    answers: Vec<Answer>,
    /// The ids of trees, and the numbers of their answers.
    trees: Vec<(String, Vec<usize>)>,
}

#[derive(Serialize, Deserialize)]
struct Answer {
    patch: String,
    /// Paths and the ids of their contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files: Option<Vec<(String, String)>>,
    status: Status,
    applies: bool,
    code: String,
    reason: String,
    /// Path; line and column where it begins, and where it ends.
    places: Vec<(String, [usize; 4])>,
}

impl Kept {
    /// Returns the answers for a tree, one for each patch, with what each was told from.
    pub(super) fn tree(&mut self, id: Id) -> Option<Vec<Grounded>> {
        self.asked.push(id);
        let told = self.trees.get(&id)?.iter();
        let told = told.map(|told| (told.matter.clone(), told.answer.clone()));
        Some(told.collect())
    }

    /// Returns the answers that are known by what they were told from.
    pub(super) fn matters(&self) -> HashMap<Matter, Judgement> {
        let known = self.matters.iter();
        known
            .map(|(matter, told)| (matter.clone(), told.answer.clone()))
            .collect()
    }

    /// Takes the answers for a tree, with what each was told from. What could not be read may be there another time: it is not
    /// taken.
    pub(super) fn learn(&mut self, id: Id, told: Vec<Grounded>) {
        let is_lasting = |(_, answer): &(_, Judgement)| known_code(answer.code).is_some();
        if !told.iter().all(is_lasting) {
            return;
        }
        let told = told.into_iter().map(|(matter, answer)| {
            let known = matter.as_ref().and_then(|matter| self.matters.get(matter));
            if let Some(known) = known {
                return known.clone();
            }
            let told = Arc::new(Told {
                matter: matter.clone(),
                answer,
            });
            self.matters
                .extend(matter.map(|matter| (matter, told.clone())));
            told
        });
        let told = told.collect();
        self.trees.insert(id, told);
        self.asked.push(id);
        self.is_new = true;
    }

    /// Adds what another run has kept meanwhile.
    fn join(&mut self, other: Kept) {
        for id in other.earlier {
            if let Some(told) = other
                .trees
                .get(&id)
                .filter(|_| !self.trees.contains_key(&id))
            {
                self.trees.insert(id, told.clone());
                self.earlier.push(id);
            }
        }
    }

    /// Reads what was kept; `None` where it is not of this form or of another series.
    fn read(text: &[u8], series: &Series) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        let mut kept = Kept::default();
        let mut answers = Vec::new();
        for answer in document.answers {
            let told = Arc::new(answer.read(series)?);
            let matter = told.matter.clone();
            kept.matters
                .extend(matter.map(|matter| (matter, told.clone())));
            answers.push(told);
        }
        for (id, numbers) in document.trees {
            let id = Id::from_hex(&id)?;
            let told = numbers.into_iter().map(|at| answers.get(at).cloned());
            let told: Vec<Arc<Told>> = told.collect::<Option<_>>()?;
            let of = told.iter().map(|told| &told.answer.patch);
            if !of.eq(series.patches.iter().map(|patch| &patch.id)) {
                return None;
            }
            kept.trees.insert(id, told);
            kept.earlier.push(id);
        }
        Some(kept)
    }

    /// Returns what is to be kept: what was asked for first, and of the rest as much as there is room for.
    fn write(&self, most: usize) -> Option<Vec<u8>> {
        let mut document = Document::default();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut seen = HashSet::new();
        let mut size = 0;
        for id in self.asked.iter().chain(&self.earlier) {
            let Some(told) = self.trees.get(id).filter(|_| seen.insert(*id)) else {
                continue;
            };
            let mut of_tree = Vec::new();
            for told in told {
                let answer = Answer::of(told);
                let text = serde_json::to_string(&answer).ok()?;
                let length = text.len();
                let next = document.answers.len();
                let number = *numbers.entry(text).or_insert(next);
                if number == next {
                    size += length;
                    document.answers.push(answer);
                }
                of_tree.push(number);
            }
            // The id, and a few digits for each answer.
            size += 70 + 8 * of_tree.len();
            if size > most {
                break;
            }
            document.trees.push((id.to_string(), of_tree));
        }
        serde_json::to_vec(&document).ok()
    }
}

impl Answer {
    fn of(told: &Told) -> Self {
        let answer = &told.answer;
        let files = told.matter.as_ref().map(|matter| {
            let files = matter.files.iter();
            files
                .map(|(path, id)| (path.clone(), id.to_string()))
                .collect()
        });
        let places = answer.places.iter().map(|spot| {
            let (from, to) = (spot.begins, spot.ends);
            (
                spot.path.clone(),
                [from.line, from.column, to.line, to.column],
            )
        });
        Answer {
            patch: answer.patch.clone(),
            files,
            status: answer.status,
            applies: answer.applies,
            code: answer.code.to_owned(),
            reason: answer.reason.clone(),
            places: places.collect(),
        }
    }

    fn read(self, series: &Series) -> Option<Told> {
        let patch = series
            .patches
            .iter()
            .position(|patch| patch.id == self.patch)?;
        let matter = match self.files {
            None => None,
            Some(files) => {
                let files = files.into_iter();
                let files = files.map(|(path, id)| Some((path, Id::from_hex(&id)?)));
                let files = files.collect::<Option<Vec<(String, Id)>>>()?;
                Some(Matter { patch, files })
            }
        };
        let places = self.places.into_iter().map(|(path, at)| Spot {
            path,
            begins: Place {
                line: at[0],
                column: at[1],
            },
            ends: Place {
                line: at[2],
                column: at[3],
            },
        });
        let answer = Judgement {
            patch: self.patch,
            status: self.status,
            applies: self.applies,
            code: known_code(&self.code)?,
            reason: self.reason,
            places: places.collect(),
            problems: Vec::new(),
        };
        Some(Told { matter, answer })
    }
}

/// Returns the code of a ground that lasts, by its name.
fn known_code(name: &str) -> Option<&'static str> {
    let known = CODES.iter().chain(place::CODES);
    let mut known = known.map(|(code, _, _)| *code);
    known.find(|code| *code == name)
}

#[cfg(test)]
mod tests;
