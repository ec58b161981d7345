//! Judged revisions as a table for people: revisions down, patches across.

use std::fmt::Write;

use super::terminal::{BAD, DIM, GOOD, MEH};
use crate::status::Status;
use crate::verdict::gate::{Matrix, Move, Moved, Row};

/// Tells judged revisions as a table: revisions down, patches across.
pub fn draw(matrix: &Matrix, verbose: bool) -> String {
    let revisions = &matrix.rows;
    let mut out = String::new();
    let patches: Vec<&str> = revisions
        .first()
        .map(|judged| judged.cells.iter().map(|j| j.patch.as_str()).collect())
        .unwrap_or_default();
    let wide = revisions
        .iter()
        .map(|judged| judged.revision.len())
        .max()
        .unwrap_or(0)
        .max("revision".len());
    let _ = write!(out, "{DIM}{:<wide$}{DIM:#}", "revision");
    for patch in &patches {
        let _ = write!(
            out,
            "  {DIM}{patch:<width$}{DIM:#}",
            width = patch.len().max(12)
        );
    }
    let _ = writeln!(out);
    for judged in revisions {
        row(&mut out, judged, wide);
        // The reasons of a single revision, or of what can't be told, are what one asks for next.
        let is_open = judged
            .cells
            .iter()
            .any(|judgement| judgement.status == Status::Undetermined);
        if verbose || is_open || (revisions.len() == 1 && !judged.ok) {
            reasons(&mut out, judged, wide);
        }
    }
    if let Some(moved) = &matrix.since {
        since(&mut out, moved);
    }
    let ok = revisions.iter().filter(|judged| judged.ok).count();
    let (noun, verb) = if revisions.len() == 1 {
        ("revision", "has what it needs")
    } else {
        ("revisions", "have what they need")
    };
    let _ = writeln!(out, "\n{ok} of {} {noun} {verb}", revisions.len());
    out
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

fn row(out: &mut String, judged: &Row, wide: usize) {
    let style = if judged.ok { GOOD } else { BAD };
    let _ = write!(out, "{style}{:<wide$}{style:#}", judged.revision);
    for judgement in &judged.cells {
        let style = match judgement.status {
            Status::Fixed => GOOD,
            Status::NotAffected => DIM,
            Status::Missing => BAD,
            Status::Undetermined => MEH,
        };
        let width = judgement.patch.len().max(12);
        let _ = write!(out, "  {style}{:<width$}{style:#}", judgement.status.word());
    }
    let _ = writeln!(out, "  {}", verdict(judged));
}

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
        for spot in &judgement.places {
            let _ = writeln!(
                out,
                "{:wide$}    {DIM}{}:{}{DIM:#}",
                "", spot.path, spot.line
            );
        }
    }
}
