//! `patchwright gate`: judges whether revisions carry the fixes.

mod diffs;
mod earlier;
mod exemptions;
mod judging;
mod partition;
mod proving;
mod require;
mod selection;

use exemptions::Exemptions;
use std::path::PathBuf;

use super::args::{Format, Gate};
use super::reports::{self, Form, Told, Wanted};
use super::subject::Subject;
use super::{Stop, print, use_color};
use crate::report::progress::Progress;
use crate::report::{cases, html, json, matrix};
use crate::text::Problem;
use crate::verdict::Exit;
use crate::verdict::gate::{self, Cell, Matrix, Moved, Unfit};

/// The mistakes that are told here: code, meaning, what to do.
pub(super) const CODES: &[(&str, &str, &str)] = &[
    (
        "refs-unmatched",
        "A glob over refs, `--all-tags` or `--all-branches` matches no ref that leads to a commit.",
        "Write full names, as 'refs/tags/v1.2.*'; `git for-each-ref` lists what there is.",
    ),
    (
        "refs-narrow",
        "All tags or branches were asked for, and the clone is shallow or has some branches alone: what it lacks would go unjudged.",
        "Fetch the rest by the line that is told, or ask with `--refs` for those that are there.",
    ),
    (
        "refs-glob",
        "A pattern over refs can't be read.",
        "Write it as 'refs/tags/v1.2.*', in quotes.",
    ),
    (
        "exempt-file",
        "A file of exemptions can't be read, or has a key or a value that is none of its form.",
        "Mend it at the place shown: `[[exempt]]`, and below it `revision`, `reason`, and where they are needed `patch` and `until = 2026-01-31`.",
    ),
    (
        "exempt-unknown",
        "An exemption names a revision or a patch that there is none of.",
        "Correct the name at the place shown, or remove the exemption; a shallow clone may lack the revision.",
    ),
    (
        "partition",
        "`--partition` is not of the form `hash:I/N`, I from 1 to N.",
        "Write it as `hash:1/3`: the first of three.",
    ),
    (
        "report-unreadable",
        "A file is no JSON report of `gate`.",
        "Name one that `patchwright gate --report json=FILE` wrote.",
    ),
    (
        "report-unfit",
        "A report of an earlier run can't be compared with, or reports of partitions do not make a whole.",
        "Give reports of one series; to merge, those of all partitions of one run, each once.",
    ),
];

pub(super) fn run(typed: &Gate) -> Result<Exit, Stop> {
    use_color(typed.common.color);
    let progress = Progress {
        quiet: typed.common.quiet,
    };
    let files = reports::files(&typed.common.reports)?;
    let mut matrix = match typed.merge.as_slice() {
        [] => judge(typed, &files, progress)?,
        parts => merge(parts)?,
    };
    if let Some(file) = &typed.since {
        let earlier = earlier::read_since(file, &matrix.series)?;
        matrix.since = Some(Moved::between(&earlier, &matrix));
    }
    if !typed.merge.is_empty() {
        reports::probe(&files)?;
    }
    exemptions::tell(&matrix, progress);
    tell(typed, &matrix, &files)?;
    let cells = || matrix.rows.iter().flat_map(|row| &row.cells);
    let is_open = cells().any(Cell::is_open);
    Ok(match matrix.is_ok() {
        true if typed.strict && is_open => Exit::Skipped,
        true => Exit::Good,
        false => Exit::Failed,
    })
}

/// Judges what is asked for.
fn judge(typed: &Gate, files: &[Wanted], progress: Progress) -> Result<Matrix, Stop> {
    let one = |problem: Problem| vec![problem];
    let part = typed.partition.as_deref().map(partition::read);
    let part = part.transpose().map_err(one)?;
    let subject = Subject::open(&typed.common, &[])?;
    if let Some(file) = &typed.since {
        // Told before anything is judged for it.
        earlier::read_since(file, &subject.series.name)?;
    }
    let require = require::required(&subject, typed.require.as_deref())?;
    let asked = selection::select(&subject, &typed.selection.wishes, progress)?;
    let exempt = typed.exempt.as_deref();
    let exempt = exempt.map(|file| Exemptions::read(file, &subject, &asked));
    let exempt = exempt.transpose()?;
    reports::probe(files)?;
    let (told, positions, asked) = match part {
        None => (None, Vec::new(), asked),
        Some(part) => {
            let part = partition::take(&subject, asked, part)?;
            let (positions, asked) = part.asked.into_iter().unzip();
            (Some(part.told), positions, asked)
        }
    };
    let place = typed.common.kept();
    let mut answers = judging::judge(&subject, &asked, place.as_deref(), progress)?;
    if typed.prove {
        proving::prove(
            &subject,
            &mut answers,
            typed.unsandboxed,
            place.as_deref(),
            progress,
        )?;
    }
    let mut rows = judging::rows(&subject, &asked, answers);
    for (row, position) in rows.iter_mut().zip(positions) {
        row.position = Some(position);
    }
    let shown = told.is_some() || files.iter().any(|wanted| wanted.form == Form::Html);
    let diffs = shown.then(|| diffs::add(&subject, &asked, &mut rows));
    let exemptions = exempt.map(|exempt| exempt.excuse(&require, &asked, &mut rows));
    let mut matrix = Matrix::new(&subject.series.name, require, rows);
    matrix.exemptions = exemptions.unwrap_or_default();
    matrix.partition = told;
    matrix.diffs = diffs.unwrap_or_default();
    Ok(matrix)
}

/// Makes the account of a whole run from those of its parts.
fn merge(files: &[PathBuf]) -> Result<Matrix, Stop> {
    let parts = files.iter().map(|file| earlier::read(file));
    let parts = parts.collect::<Result<Vec<Matrix>, Stop>>()?;
    gate::merge(parts).map_err(|Unfit(at, why)| {
        let file = files
            .get(at)
            .map_or(String::new(), |file| file.display().to_string());
        let problem = Problem::new("report-unfit", format!("can't merge `{file}`: {why}"));
        vec![problem.help("give the reports of all partitions of one run, each once")]
    })
}

fn tell(typed: &Gate, matrix: &Matrix, files: &[Wanted]) -> Result<(), Stop> {
    // Diffs are for the page, and for what a page is made from.
    let plain = match matrix.partition {
        Some(_) => matrix.clone(),
        None => matrix.without_diffs(),
    };
    let document = json::gate(&plain).map_err(|error| {
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
        Form::Html => html::gate(matrix),
        form => told.text(form),
    })?;
    match typed.common.format {
        Format::Json => print(&document),
        Format::Terminal => print(&matrix::draw(matrix, typed.common.verbose)),
    }
}
