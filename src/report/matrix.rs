//! Judged revisions as a table for people: revisions down, patches across.

use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

use super::terminal::{BAD, DIM, GOOD, MEH};
use crate::status::Status;
use crate::verdict::gate::{Matrix, Move, Moved, Row};

/// Runs of equal answers that are longer than this are folded.
const LONGEST: usize = 3;

/// Tells judged revisions as a table: revisions down, patches across. Longer runs of equal answers are folded; `verbose` tells each
/// revision, and why and where.
pub fn draw(matrix: &Matrix, verbose: bool) -> String {
    let revisions = &matrix.rows;
    let mut out = String::new();
    let runs: Vec<&[Row]> = if verbose {
        revisions.chunks(1).collect()
    } else {
        runs(matrix, LONGEST).collect()
    };
    let names: Vec<String> = runs.iter().map(|run| name(run)).collect();
    let wide = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let wide = wide.max("revision".len());
    let _ = write!(out, "{DIM}{}{DIM:#}", padded("revision", wide));
    let patches = patches(matrix);
    for (at, patch) in (1..).zip(&patches) {
        // Nothing stands behind the last.
        let room = if at < patches.len() { WORD } else { 0 };
        let _ = write!(out, "  {DIM}{}{DIM:#}", padded(patch, room));
    }
    let _ = writeln!(out);
    for (run, name) in runs.iter().zip(&names) {
        let Some(first) = run.first() else { continue };
        row(&mut out, first, name, wide);
        // The reasons of a single revision, or of what can't be told, are what one asks for next.
        let is_open = first
            .cells
            .iter()
            .any(|cell| cell.status == Status::Undetermined);
        if verbose || is_open || (revisions.len() == 1 && !first.ok) {
            reasons(&mut out, first, wide);
        }
    }
    if let Some(moved) = &matrix.since {
        since(&mut out, moved);
    }
    let ok = matrix.summary.ok;
    let (noun, verb) = if revisions.len() == 1 {
        ("revision", "has what it needs")
    } else {
        ("revisions", "have what they need")
    };
    let _ = writeln!(out, "\n{ok} of {} {noun} {verb}", revisions.len());
    out
}

/// Width of the longest status.
const WORD: usize = 12;

/// Returns the patches, in order.
pub fn patches(matrix: &Matrix) -> Vec<&str> {
    let first = matrix.rows.first();
    first.map_or(Vec::new(), |row| {
        row.cells.iter().map(|cell| cell.patch.as_str()).collect()
    })
}

/// Returns the rows in runs of equal answers; those of a run that is not longer than `longest` come one by one.
pub fn runs(matrix: &Matrix, longest: usize) -> impl Iterator<Item = &[Row]> {
    let is_equal = |left: &Row, right: &Row| {
        let mut cells = left.cells.iter().zip(&right.cells);
        left.ok == right.ok
            && left.exempt == right.exempt
            && cells.all(|(left, right)| {
                left.status == right.status
                    && left.exempt == right.exempt
                    && left.code == right.code
            })
    };
    let runs = matrix.rows.chunk_by(is_equal);
    runs.flat_map(move |run| run.chunks(if run.len() > longest { run.len() } else { 1 }))
}

fn name(run: &[Row]) -> String {
    match run {
        [] => String::new(),
        [one] => one.revision.clone(),
        [first, .., last] => format!("{} … {} ({})", first.revision, last.revision, run.len()),
    }
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Tells what moved: what was there and is lost is the loudest.
fn since(out: &mut String, moved: &Moved) {
    let _ = writeln!(out, "\nsince the earlier report");
    for Move {
        revision,
        patch,
        from,
        to,
    } in &moved.lost
    {
        let loud = BAD.invert();
        let _ = writeln!(
            out,
            "{loud} LOST {loud:#} {BAD}{revision}: {patch} was {from} and is {to}{BAD:#}"
        );
    }
    for (moves, word, style) in [
        (&moved.fixed, "fixed", GOOD),
        (&moved.changed, "changed", MEH),
    ] {
        for Move {
            revision,
            patch,
            from,
            to,
        } in moves
        {
            let _ = writeln!(
                out,
                "  {style}{word:<8}{style:#} {revision}: {patch} was {from} and is {to}"
            );
        }
    }
    for (names, word) in [(&moved.new, "new"), (&moved.gone, "gone")] {
        for name in names {
            let _ = writeln!(out, "  {DIM}{word:<8}{DIM:#} {name}");
        }
    }
    if moved.is_still() {
        let _ = writeln!(out, "  {DIM}nothing moved{DIM:#}");
    }
}

fn row(out: &mut String, row: &Row, name: &str, wide: usize) {
    let style = if row.ok { GOOD } else { BAD };
    let _ = write!(out, "{style}{}{style:#}", padded(name, wide));
    for cell in &row.cells {
        let style = match cell.status {
            Status::Fixed => GOOD,
            Status::NotAffected => DIM,
            Status::Missing => BAD,
            Status::Undetermined => MEH,
        };
        let word = padded(cell.status.word(), cell.patch.width().max(WORD));
        let _ = write!(out, "  {style}{word}{style:#}");
    }
    let _ = writeln!(out, "  {}", verdict(row));
}

/// Returns what a row comes to.
fn verdict(row: &Row) -> String {
    match (&row.exempt, row.ok) {
        (Some(excuse), true) => format!("exempt: {}", excuse.reason),
        (_, true) => "ok".to_owned(),
        (_, false) => "not ok".to_owned(),
    }
}

fn reasons(out: &mut String, judged: &Row, wide: usize) {
    for judgement in &judged.cells {
        let _ = writeln!(
            out,
            "{:wide$}  {DIM}{}: {}{DIM:#}",
            "", judgement.patch, judgement.reason
        );
        if let Some(proof) = &judgement.proof {
            let (word, told) = (proof.outcome.told(), proof.told());
            let _ = writeln!(out, "{:wide$}    {DIM}{word}: {told}{DIM:#}", "");
        }
        for spot in &judgement.places {
            let _ = writeln!(
                out,
                "{:wide$}    {DIM}{}:{}{DIM:#}",
                "", spot.path, spot.line
            );
        }
    }
}
