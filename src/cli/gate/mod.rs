//! `patchwright gate`: judges whether revisions carry the fixes.

mod judging;
mod require;
mod selection;

use super::args::{Format, Gate};
use super::reports::{self, Form, Told, Wanted};
use super::subject::Subject;
use super::{Stop, print, use_color};
use crate::report::progress::Progress;
use crate::report::{cases, json, matrix};
use crate::text::Problem;
use crate::verdict::Exit;
use crate::verdict::gate::Matrix;

/// The mistakes that are told here: code, meaning, what to do.
pub(super) const CODES: &[(&str, &str, &str)] = &[
    (
        "refs-unmatched",
        "A glob over refs, `--all-tags` or `--all-branches` matches no ref that leads to a commit.",
        "Write full names, as 'refs/tags/v1.2.*'; `git for-each-ref` lists what there is.",
    ),
    (
        "refs-glob",
        "A pattern over refs can't be read.",
        "Write it as 'refs/tags/v1.2.*', in quotes.",
    ),
];

pub(super) fn run(typed: &Gate) -> Result<Exit, Stop> {
    use_color(typed.common.color);
    let progress = Progress {
        quiet: typed.common.quiet,
    };
    let subject = Subject::open(&typed.common, &[])?;
    let require = require::required(&subject, typed.require.as_deref())?;
    let files = reports::files(&typed.common.reports, &Form::GATE)?;
    let asked = selection::select(&subject, &typed.selection.wishes, progress)?;
    reports::probe(&files)?;
    let rows = judging::judge(&subject, &asked, progress)?;
    let matrix = Matrix::new(&subject.series.name, require, rows);
    tell(typed, &matrix, &files)?;
    Ok(if matrix.is_ok() {
        Exit::Good
    } else {
        Exit::Failed
    })
}

fn tell(typed: &Gate, matrix: &Matrix, files: &[Wanted]) -> Result<(), Stop> {
    let document = json::gate(matrix).map_err(|error| {
        vec![Problem::new(
            "bug",
            format!("the report can't be written: {error}"),
        )]
    })?;
    let told = Told {
        command: "gate",
        series: &matrix.series,
        suites: cases::of_matrix(matrix),
    };
    reports::write(files, |form| match form {
        Form::Json => Ok(document.clone()),
        form => told.text(form),
    })?;
    match typed.common.format {
        Format::Json => print(&document),
        Format::Terminal => print(&matrix::draw(matrix, typed.common.verbose)),
    }
}
