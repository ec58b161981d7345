//! An account as suites of cases, each good, failing or let pass: what JUnit, SARIF and annotations have in common, so that they
//! agree with each other. Knows none of their forms.

use crate::check::{Evidence, Outcome, Severity};
use crate::status::Status;
use crate::verdict::gate::{Cell, Matrix, Row, Standing};
use crate::verdict::{Account, PatchAccount, fails};

/// What was asked of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// The revision's name.
    pub name: String,
    /// Its commit, none for a directory.
    pub commit: Option<String>,
    /// The questions, in order.
    pub cases: Vec<Case>,
}

/// One question, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it is about: the patch.
    pub patch: String,
    /// The check that asked; none where the question is the patch's status.
    pub check: Option<&'static str>,
    /// What came of it.
    pub result: CaseResult,
    /// Stable name of the reason, known to `explain`.
    pub code: String,
    /// The reason, in words.
    pub reason: String,
    /// More of them, for people; may be empty.
    pub details: Vec<String>,
    /// The places that show it.
    pub places: Vec<Place>,
}

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseResult {
    /// It is good.
    Good,
    /// It is a reason that the run is not good.
    Failing,
    /// As failing; the check itself went wrong.
    Error,
    /// It is not good, and need not be, or it could not be asked.
    LetPass,
}

/// A place in a file; line and column count from 1, the column in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path from the root of the tree.
    pub path: String,
    /// The line.
    pub line: usize,
    /// The column, where it is known.
    pub column: Option<usize>,
}

impl Case {
    /// Returns whether it is a reason that the run is not good.
    pub fn is_failing(&self) -> bool {
        matches!(self.result, CaseResult::Failing | CaseResult::Error)
    }
}

/// Returns a suite for each revision of an account of `gate`, with a case for each patch.
pub fn of_matrix(matrix: &Matrix) -> Vec<Suite> {
    matrix.rows.iter().map(|row| of_row(matrix, row)).collect()
}

fn of_row(matrix: &Matrix, row: &Row) -> Suite {
    let cells = row.cells.iter().zip(matrix.standings(row));
    Suite {
        name: row.revision.clone(),
        commit: row.commit.clone(),
        cases: cells
            .map(|(cell, standing)| of_cell(cell, standing))
            .collect(),
    }
}

fn of_cell(cell: &Cell, standing: Standing) -> Case {
    let reason = match (&cell.exempt, standing) {
        (Some(excuse), _) => format!("exempt: {} ({})", excuse.reason, cell.reason),
        (None, Standing::LetPass) => format!("not required: {}", cell.reason),
        (None, _) => cell.reason.clone(),
    };
    let places = cell.places.iter().map(|spot| Place {
        path: spot.path.clone(),
        line: spot.line,
        column: Some(spot.column),
    });
    Case {
        patch: cell.patch.clone(),
        check: None,
        result: match standing {
            Standing::Good => CaseResult::Good,
            Standing::Failing => CaseResult::Failing,
            Standing::LetPass => CaseResult::LetPass,
        },
        code: cell.code.clone(),
        reason,
        details: Vec::new(),
        places: places.collect(),
    }
}

/// Returns a suite for each account of a series, with a case for whether each patch can be put and one for each check of it.
pub fn of_accounts<'a>(
    accounts: impl IntoIterator<Item = &'a Account>,
    strict: bool,
) -> Vec<Suite> {
    let of_account = |account: &Account| Suite {
        name: account.revision.clone(),
        commit: account.commit.clone(),
        cases: account
            .patches
            .iter()
            .filter(|patch| patch.wanted)
            .flat_map(|patch| of_patch(patch, strict))
            .collect(),
    };
    accounts.into_iter().map(of_account).collect()
}

fn of_patch(patch: &PatchAccount, strict: bool) -> Vec<Case> {
    let judgement = &patch.judgement;
    let result = match judgement.status {
        Status::Missing if judgement.applies => CaseResult::Good,
        Status::Missing | Status::Undetermined => CaseResult::Failing,
        Status::Fixed | Status::NotAffected => CaseResult::LetPass,
    };
    let labels = judgement
        .problems
        .iter()
        .flat_map(|problem| &problem.labels);
    let shown = labels.map(|label| {
        let name = label.site.source.name();
        let place = label.site.place();
        Place {
            path: name
                .rsplit_once('@')
                .map_or(name, |(path, _)| path)
                .to_owned(),
            line: place.line,
            column: Some(place.column),
        }
    });
    let grounds = judgement.places.iter().map(|spot| Place {
        path: spot.path.clone(),
        line: spot.begins.line,
        column: Some(spot.begins.column),
    });
    let problem = judgement.problems.first();
    let mut places: Vec<Place> = shown.collect();
    if places.is_empty() {
        places.extend(grounds);
    }
    let mut cases = vec![Case {
        patch: patch.patch.clone(),
        check: None,
        result,
        code: problem
            .map_or(judgement.code, |problem| problem.code)
            .to_owned(),
        reason: problem
            .map_or(&judgement.reason, |problem| &problem.message)
            .clone(),
        details: judgement
            .problems
            .iter()
            .skip(1)
            .map(|problem| problem.message.clone())
            .collect(),
        places,
    }];
    cases.extend(
        patch
            .evidence
            .iter()
            .map(|evidence| of_evidence(patch, evidence, strict)),
    );
    cases
}

fn of_evidence(patch: &PatchAccount, evidence: &Evidence, strict: bool) -> Case {
    let result = match evidence.outcome {
        Outcome::Error => CaseResult::Error,
        _ if fails(evidence, strict) => CaseResult::Failing,
        Outcome::Skipped => CaseResult::LetPass,
        _ => CaseResult::Good,
    };
    let weighty = |finding: &&crate::check::Finding| strict || finding.severity == Severity::Error;
    let first = evidence.findings.iter().find(weighty);
    let code = first.map_or("check-failed", |finding| finding.code);
    let places = patch.places.iter().map(|place| Place {
        path: place.path.clone(),
        line: place.line,
        column: None,
    });
    Case {
        patch: patch.patch.clone(),
        check: Some(evidence.check),
        result,
        code: if evidence.outcome == Outcome::Skipped {
            "check-skipped"
        } else {
            code
        }
        .to_owned(),
        reason: match first {
            Some(finding) if evidence.detail.is_empty() => finding.message.clone(),
            _ => evidence.detail.clone(),
        },
        details: evidence
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.code, finding.message))
            .collect(),
        places: places.collect(),
    }
}
