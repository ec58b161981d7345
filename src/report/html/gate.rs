//! Judged revisions as a page: a matrix to search and filter, and the diff that would fix what is missing. Decides nothing.

use serde::Serialize;
use std::collections::HashMap;

use super::diff;
use crate::report::matrix;
use crate::series::Require;
use crate::target::commit::short;
use crate::text::Problem;
use crate::verdict::gate::{Agreement, Cell, Exemption, Matrix, Moved, Row, Standing, Summary};

const TEMPLATE: &str = include_str!("../../../templates/report/gate.html.j2");

/// Runs of equal answers that are longer than this are folded.
const LONGEST: usize = 3;

#[derive(Serialize)]
struct Page<'p> {
    series: &'p str,
    require: String,
    summary: &'p Summary,
    excused: usize,
    since: Option<&'p Moved>,
    still: bool,
    exemptions: &'p [Exemption],
    patches: Vec<&'p str>,
    filters: Vec<Filter>,
    groups: Vec<Group<'p>>,
    details: Vec<Detail<'p>>,
    diffs: Vec<String>,
}

#[derive(Serialize)]
struct Filter {
    word: &'static str,
    count: usize,
}

/// Neighbours with equal answers.
#[derive(Serialize)]
struct Group<'p> {
    is_folded: bool,
    first: &'p str,
    last: &'p str,
    count: usize,
    ok: bool,
    verdict: &'static str,
    /// Why it is excused, where that is all that makes it ok.
    excuse: Option<&'p str>,
    /// What it is found by.
    words: Vec<&'static str>,
    /// Its answers, with what is shown of the last.
    cells: Vec<Shown<'p>>,
    lines: Vec<Line<'p>>,
}

/// Neighbours of which the same is shown.
#[derive(Serialize)]
struct Line<'p> {
    names: Vec<Name<'p>>,
    cells: Vec<Shown<'p>>,
}

#[derive(Serialize)]
struct Name<'p> {
    name: &'p str,
    commit: &'p str,
}

#[derive(Clone, PartialEq, Serialize)]
struct Shown<'p> {
    status: &'p str,
    passes: bool,
    detail: usize,
}

/// What is shown of a cell; cells share it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
struct Detail<'p> {
    status: &'p str,
    reason: &'p str,
    code: &'p str,
    exempt: Option<&'p str>,
    places: Vec<String>,
    applies: bool,
    /// What playing it told: in a word, and how the cases came out.
    proof: Option<(&'static str, String)>,
    diff: Option<usize>,
}

/// Returns the page of judged revisions. What is equal stands there once, so that it grows with the distinct answers, and with the
/// revisions by little more than their names.
///
/// # Errors
/// `template` where it can't be rendered, which is a bug.
pub fn draw(matrix: &Matrix) -> Result<String, Problem> {
    let mut details = Details::default();
    let groups = matrix::runs(matrix, LONGEST);
    let groups: Vec<Group> = groups
        .filter_map(|rows| group(matrix, rows, &mut details))
        .collect();
    let excused = matrix.rows.iter().filter(|row| row.exempt.is_some());
    let page = Page {
        series: &matrix.series,
        require: match &matrix.require {
            Require::All => "each of the patches".to_owned(),
            Require::Any => "any of the patches".to_owned(),
            Require::These(ids) => ids.join(" and "),
        },
        summary: &matrix.summary,
        excused: excused.count(),
        since: matrix.since.as_ref(),
        still: matrix.since.as_ref().is_some_and(Moved::is_still),
        exemptions: &matrix.exemptions,
        patches: matrix::patches(matrix),
        filters: filters(&groups),
        groups,
        details: details.list,
        diffs: matrix.diffs.iter().map(|text| diff::html(text)).collect(),
    };
    super::page("templates/report/gate.html.j2", TEMPLATE, page)
}

/// Returns what one can filter by, and how many revisions each finds.
fn filters(groups: &[Group]) -> Vec<Filter> {
    let words = [
        "not-ok",
        "missing",
        "undetermined",
        "fixed",
        "not-affected",
        "exempt",
        "overruled",
    ];
    let count = |word: &str| {
        let found = groups.iter().filter(|group| group.words.contains(&word));
        found.map(|group| group.count).sum()
    };
    let counted = words.map(|word| Filter {
        word,
        count: count(word),
    });
    counted
        .into_iter()
        .filter(|filter| filter.count > 0)
        .collect()
}

#[derive(Default)]
struct Details<'p> {
    list: Vec<Detail<'p>>,
    numbers: HashMap<Detail<'p>, usize>,
}

impl<'p> Details<'p> {
    fn number(&mut self, cell: &'p Cell) -> usize {
        let places = cell.places.iter();
        let detail = Detail {
            status: cell.status.word(),
            reason: &cell.reason,
            code: &cell.code,
            exempt: cell.exempt.as_ref().map(|excuse| excuse.reason.as_str()),
            places: places
                .map(|spot| format!("{}:{}", spot.path, spot.line))
                .collect(),
            applies: cell.applies,
            proof: cell
                .proof
                .as_ref()
                .map(|proof| (proof.outcome.told(), proof.told())),
            diff: cell.diff,
        };
        let next = self.list.len();
        let number = *self.numbers.entry(detail.clone()).or_insert(next);
        if number == next {
            self.list.push(detail);
        }
        number
    }
}

fn group<'p>(matrix: &Matrix, rows: &'p [Row], details: &mut Details<'p>) -> Option<Group<'p>> {
    let (first, last) = (rows.first()?, rows.last()?);
    let mut words: Vec<&str> = last.cells.iter().map(|cell| cell.status.word()).collect();
    if !last.ok {
        words.push("not-ok");
    }
    if last.exempt.is_some() {
        words.push("exempt");
    }
    let is_overruled = |cell: &Cell| {
        let proof = cell.proof.as_ref();
        proof.is_some_and(|proof| proof.outcome == Agreement::Overrules)
    };
    if last.cells.iter().any(is_overruled) {
        words.push("overruled");
    }
    words.dedup();
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let cells = shown(matrix, row, details);
        let commit = row.commit.as_deref().unwrap_or_default();
        let name = Name {
            name: &row.revision,
            commit: short(commit),
        };
        match lines.last_mut() {
            Some(line) if line.cells == cells => line.names.push(name),
            _ => lines.push(Line {
                names: vec![name],
                cells,
            }),
        }
    }
    Some(Group {
        is_folded: rows.len() > LONGEST,
        first: &first.revision,
        last: &last.revision,
        count: rows.len(),
        ok: last.ok,
        verdict: match (&last.exempt, last.ok) {
            (Some(_), true) => "exempt",
            (None, true) => "ok",
            (_, false) => "not ok",
        },
        excuse: last.exempt.as_ref().map(|excuse| excuse.reason.as_str()),
        words,
        cells: shown(matrix, last, details),
        lines,
    })
}

fn shown<'p>(matrix: &Matrix, row: &'p Row, details: &mut Details<'p>) -> Vec<Shown<'p>> {
    let cells = row.cells.iter().zip(matrix.standings(row));
    let cells = cells.map(|(cell, standing)| Shown {
        status: cell.status.word(),
        passes: standing == Standing::LetPass,
        detail: details.number(cell),
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;
    use crate::verdict::gate::{Proven, With};

    #[test]
    fn what_was_played_is_told_and_what_it_overrules_is_found() {
        let cell = |outcome| Cell {
            patch: "p".to_owned(),
            status: Status::Missing,
            applies: false,
            code: format!("{outcome:?}"),
            reason: "why".to_owned(),
            places: Vec::new(),
            exempt: None,
            proof: Some(Proven {
                outcome,
                structure: Status::Fixed,
                detail: "5 of 15 cases wrong".to_owned(),
                played: (outcome != Agreement::Unplayed).then(|| With {
                    real: true,
                    with: "its tree".to_owned(),
                }),
                histories: None,
            }),
            diff: None,
        };
        let row = |outcome| Row {
            position: None,
            revision: "v1".to_owned(),
            commit: None,
            ok: false,
            exempt: None,
            proved: true,
            cells: vec![cell(outcome)],
        };
        let rows = [Agreement::Agrees, Agreement::Overrules, Agreement::Unplayed].map(row);
        let page = draw(&Matrix::new("s", Require::All, rows.to_vec())).unwrap();
        assert!(
            page.contains("Played, and it is so: 5 of 15 cases wrong (its tree)"),
            "{page}"
        );
        assert!(
            page.contains("It could not be played: 5 of 15 cases wrong"),
            "{page}"
        );
        assert!(page.contains(">overruled 1<"), "{page}");
    }
}
