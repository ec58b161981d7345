//! What the histories of a series answer, as a table and a sentence of plain text. Every word of the sentence follows from the
//! outcomes by rule; it knows no series.

use std::fmt::Write;

use crate::check::scenario::Played;

/// Columns of a line of a mail.
const WIDTH: usize = 72;
/// Blanks before a row's title.
const INDENT: usize = 2;

/// The histories of a series as they are told: the columns by the numbers of the patches that are mailed.
pub struct Answer<'a> {
    played: &'a Played,
    /// Heading of each column that is told, and its place in the outcomes.
    columns: Vec<(String, usize)>,
}

/// A row of the table.
pub struct Row {
    /// The place of its group among those of the series.
    pub group: usize,
    /// What its histories have in common.
    pub title: String,
    /// For each column, how many of them are right, and how many there are.
    pub right: Vec<(usize, usize)>,
}

impl<'a> Answer<'a> {
    /// Makes the answer for patches with these ids, in the order in which they are mailed.
    pub fn new(played: &'a Played, patches: &[&str]) -> Self {
        let last = played.columns.len().saturating_sub(1);
        let number = |id: &String| patches.iter().position(|patch| patch == id);
        let alone = played.columns.iter().enumerate().filter_map(|(at, id)| {
            let number = number(id).filter(|_| at > 0 && at < last)?;
            Some(((number + 1).to_string(), at))
        });
        let alone: Vec<(String, usize)> = alone.collect();
        let columns = match patches {
            [_] => vec![("before".to_owned(), 0), ("after".to_owned(), last)],
            _ => {
                let together = if patches.len() == 2 { "both" } else { "all" };
                let mut columns = vec![("none".to_owned(), 0)];
                columns.extend(alone);
                columns.push((together.to_owned(), last));
                columns
            }
        };
        Answer { played, columns }
    }

    /// Returns the columns that are told: the heading of each, and its place in the outcomes.
    pub fn columns(&self) -> impl Iterator<Item = (&str, usize)> {
        let columns = self.columns.iter();
        columns.map(|(heading, at)| (heading.as_str(), *at))
    }

    /// Returns the headings of the columns.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(heading, _)| heading.as_str())
    }

    /// Returns the rows: a group of histories each, those without any left out.
    pub fn rows(&self) -> Vec<Row> {
        let tale = &self.played.scenarios;
        let groups = tale.groups.iter().enumerate();
        let rows = groups.map(|(at, group)| {
            let histories = self.played.histories.iter();
            let histories = histories.filter(|history| tale.scenarios[history.at].group == at);
            let count = histories.clone().count();
            let right = self.columns.iter().map(|(_, column)| {
                let is_right =
                    |history: &&crate::check::scenario::History| history.outcomes[*column].right;
                (histories.clone().filter(is_right).count(), count)
            });
            Row {
                group: at,
                title: group.title.clone(),
                right: right.collect(),
            }
        });
        rows.filter(|row| row.right.iter().any(|(_, count)| *count > 0))
            .collect()
    }

    /// Returns what a cell says: the word for right, that for wrong in capitals, or how many of how many are right.
    pub fn cell(&self, (right, count): (usize, usize)) -> String {
        let labels = &self.played.scenarios.labels;
        match right {
            _ if right == count => labels.right.clone(),
            0 => labels.wrong.to_uppercase(),
            _ => format!("{right} of {count}"),
        }
    }

    /// Returns how many starts of each column, all histories together, probed although the last cache was good.
    pub fn needless(&self) -> Vec<usize> {
        let sum = |column: usize| {
            let histories = self.played.histories.iter();
            histories
                .map(|history| history.outcomes[column].needless())
                .sum()
        };
        self.columns
            .iter()
            .map(|(_, column)| sum(*column))
            .collect()
    }

    /// Returns the table: a line of headings, a row a line, the cost at the end; no line is longer than a mail's.
    pub fn table(&self) -> String {
        let rows = self.rows();
        let mut lines: Vec<(String, Vec<String>)> =
            vec![(String::new(), self.headings().map(str::to_owned).collect())];
        lines.extend(rows.into_iter().map(|row| {
            let cells = row.right.iter().map(|right| self.cell(*right)).collect();
            (row.title, cells)
        }));
        let needless = self.needless().iter().map(usize::to_string).collect();
        lines.push((
            "probes anew although the cache was good".to_owned(),
            needless,
        ));
        let wide = |column: usize| {
            let cells = lines.iter().map(|(_, cells)| cells[column].chars().count());
            cells.max().unwrap_or(0) + 2
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(wide).collect();
        let cells: usize = widths.iter().sum();
        let title = WIDTH.saturating_sub(INDENT + cells).max(8);
        let mut out = String::new();
        for (text, cells) in &lines {
            let mut parts = wrapped(text, title);
            let last = parts.pop().unwrap_or_default();
            for part in parts {
                let _ = writeln!(out, "{:INDENT$}{part}", "");
            }
            let _ = write!(out, "{:INDENT$}{last:<title$}", "");
            for (cell, width) in cells.iter().zip(&widths) {
                let _ = write!(out, "{cell:>width$}");
            }
            out.push('\n');
        }
        out
    }

    /// Returns the answer to which of the patches are needed, as far as the histories tell.
    pub fn sentence(&self) -> String {
        let counts = self.counts();
        if counts.broken > 0 && !self.moves() {
            return format!(
                "Of {} {} with the series as without it.",
                histories(counts.all),
                match counts.broken {
                    1 => "1 goes wrong,".to_owned(),
                    some => format!("{some} go wrong,"),
                }
            );
        }
        let mut out = match counts.broken {
            0 => format!(
                "Of {} none goes wrong without the series.",
                histories(counts.all)
            ),
            1 => format!(
                "Of {} 1 goes wrong without the series.",
                histories(counts.all)
            ),
            some => format!(
                "Of {} {some} go wrong without the series.",
                histories(counts.all)
            ),
        };
        if counts.broken > 0 {
            out.push_str(&self.mends(&counts));
        }
        let _ = match counts.spoilt {
            0 => Ok(()),
            1 => write!(out, " 1 that is right without it goes wrong with it."),
            some => write!(out, " {some} that are right without it go wrong with it."),
        };
        if let Some(advice) = self.advice(&counts) {
            let _ = write!(out, " {advice}");
        }
        out
    }

    /// Returns whether a start is told otherwise in any column than without the patches.
    pub fn moves(&self) -> bool {
        let mut histories = self.played.histories.iter();
        let without = self.columns[0].1;
        let differs = |one: usize| {
            let walked = &self.played.walked;
            let wrong = |column: usize| walked.get(column).map(|walked| walked.wrong);
            wrong(one) != wrong(without)
        };
        let columns = || self.columns[1..].iter().map(|(_, column)| *column);
        columns().any(differs)
            || histories.any(|history| {
                let told = |column: usize| {
                    let outcome = &history.outcomes[column];
                    (outcome.right, outcome.needless())
                };
                columns().any(|column| told(column) != told(without))
            })
    }

    /// Returns the sentence, and behind it what a cell counts that tells a part of its histories, as `1 of 5` does.
    pub fn explained(&self) -> String {
        let rows = self.rows();
        let mut cells = rows.iter().flat_map(|row| &row.right);
        let part = cells.find(|(right, count)| *right > 0 && right < count);
        let mut out = self.sentence();
        if let Some(part) = part {
            let right = &self.played.scenarios.labels.right;
            let _ = write!(
                out,
                " {} in a row counts those that are {right}.",
                self.cell(*part)
            );
        }
        out
    }

    fn counts(&self) -> Counts {
        let wrong: Vec<Vec<bool>> = self
            .played
            .histories
            .iter()
            .map(|history| {
                let columns = self.columns.iter();
                columns
                    .map(|(_, at)| !history.outcomes[*at].right)
                    .collect()
            })
            .collect();
        let last = self.columns.len() - 1;
        let broken: Vec<&Vec<bool>> = wrong.iter().filter(|columns| columns[0]).collect();
        let mends = |column: usize| broken.iter().filter(|columns| !columns[column]).count();
        let only = |column: usize| {
            let alone = |columns: &&&Vec<bool>| {
                let others = (1..last).filter(|other| *other != column);
                !columns[column] && others.into_iter().all(|other| columns[other])
            };
            broken.iter().filter(alone).count()
        };
        Counts {
            all: wrong.len(),
            broken: broken.len(),
            alone: (1..last)
                .map(|column| (mends(column), only(column)))
                .collect(),
            together: mends(last),
            spoilt: wrong
                .iter()
                .filter(|columns| !columns[0] && columns[last])
                .count(),
        }
    }

    fn mends(&self, counts: &Counts) -> String {
        let mut out = String::from(" ");
        for (at, (mends, _)) in counts.alone.iter().enumerate() {
            let _ = write!(out, "{} alone mends {mends}, ", self.columns[at + 1].0);
        }
        let _ = match counts.alone.is_empty() {
            true => write!(out, "It mends {}", counts.together),
            false => write!(out, "{} mend {}", self.together(), counts.together),
        };
        let _ = match counts.broken - counts.together {
            0 => write!(out, "."),
            1 => write!(out, "; 1 stays wrong."),
            stay => write!(out, "; {stay} stay wrong."),
        };
        out
    }

    fn together(&self) -> &'static str {
        match self.columns.len() {
            4 => "both",
            _ => "all together",
        }
    }

    /// Whether a history that is right without the patches is wrong in a column.
    fn spoils(&self, column: usize) -> bool {
        let (before, after) = (self.columns[0].1, self.columns[column].1);
        let mut histories = self.played.histories.iter();
        histories.any(|history| history.outcomes[before].right && !history.outcomes[after].right)
    }

    /// What follows for the choice between patches.
    fn advice(&self, counts: &Counts) -> Option<String> {
        let (singles, all) = (&counts.alone, counts.together);
        let heading = |at: usize| self.columns[at + 1].0.as_str();
        let together = self.together();
        // What spoils a history is not advised, whatever it mends.
        if singles.len() < 2 || all == 0 || counts.spoilt > 0 {
            return None;
        }
        let most = singles.iter().map(|(mends, _)| *mends).max()?;
        let enough: Vec<&str> = (0..singles.len())
            .filter(|at| singles[*at].0 == all && !self.spoils(at + 1))
            .map(heading)
            .collect();
        let other = |at: usize| match singles.len() {
            2 => format!("{} does not", heading(1 - at)),
            _ => "no other does".to_owned(),
        };
        let needed: Vec<String> = (0..singles.len())
            .filter(|at| singles[*at].1 > 0)
            .map(|at| format!("{} mends {} that {}", heading(at), singles[at].1, other(at)))
            .collect();
        Some(match enough.as_slice() {
            [] if most < all && needed.len() == singles.len() => {
                format!(
                    "As far as these histories go, {together} should be used: {}.",
                    needed.join(", ")
                )
            }
            [] => format!("As far as these histories go, {together} mend more than any alone."),
            [one] => format!("As far as these histories go, {one} alone is enough."),
            many => format!(
                "As far as these histories go, {} is enough.",
                many.join(" or ")
            ),
        })
    }

    /// Returns what every order of some steps came to; none where the series walks none.
    pub fn walk(&self) -> Option<String> {
        let walk = self.played.scenarios.walk.as_ref()?;
        let orders = self.played.walked.first()?.orders;
        let counts: Vec<String> = self
            .columns
            .iter()
            .map(|(heading, at)| match heading.as_str() {
                "before" | "after" => format!("{} {heading}", self.played.walked[*at].wrong),
                _ => format!("{} with {heading}", self.played.walked[*at].wrong),
            })
            .collect();
        Some(format!(
            "Every order of up to {} of {} steps was played as well: of {orders} that can happen go wrong {}.",
            walk.length,
            walk.steps.len(),
            counts.join(", ")
        ))
    }

    /// Returns the first of the shortest orders in which each column goes wrong, as steps in plain words.
    pub fn shortest(&self) -> Vec<(&str, Option<Vec<String>>)> {
        let Some(walk) = &self.played.scenarios.walk else {
            return Vec::new();
        };
        let told = |at: &usize| self.played.scenarios.told(&walk.steps[*at]);
        let of = |column: usize| {
            let walked = self.played.walked.get(column)?;
            let steps = walked.shortest.as_ref()?;
            Some(steps.iter().map(told).collect())
        };
        self.columns
            .iter()
            .map(|(heading, at)| (heading.as_str(), of(*at)))
            .collect()
    }
}

/// What the sentence is made of.
struct Counts {
    all: usize,
    /// Wrong without the series.
    broken: usize,
    /// Of these, how many each patch mends alone, and how many no other does.
    alone: Vec<(usize, usize)>,
    /// How many all mend together.
    together: usize,
    /// Right without the series, and wrong with it.
    spoilt: usize,
}

fn histories(count: usize) -> String {
    match count {
        1 => "1 history".to_owned(),
        some => format!("{some} histories"),
    }
}

/// Breaks a text into lines of so many characters; a longer word has a line for itself.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests;
