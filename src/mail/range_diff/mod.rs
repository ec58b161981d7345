//! What became of a version of a series in the next one, told as `git range-diff` tells it (git-range-diff(1), "Algorithm"). Does not
//! know where either version was read.

mod places;
pub mod portrait;

use pathfinding::matrix::Matrix;
use pathfinding::prelude::kuhn_munkres_min;
use std::fmt::Write;

pub use portrait::Portrait;

use crate::target::hunks::{self, HunksError, Origin};

/// How easily a patch counts as new rather than as another one rewritten, in percent; git's own.
pub const CREATION_FACTOR: usize = 60;
/// Digits of a commit's id; git would count the objects of a repository, which no reader has.
const ID_DIGITS: usize = 12;
/// More than any pair costs.
const NEVER: i64 = 1 << 32;
/// Longest heading; git keeps the line in a buffer of that size (`xemit.c`).
const HEADING_BYTES: usize = 80;

/// Returns the range-diff of two versions, line by line as git prints it without colors; empty for no patches.
///
/// One line differs: git calls a patch unchanged whose place in a file is another, as it does not compare line numbers. Here it is
/// changed (`!`), and the places are told. Earlier patches of a series may move a later one; that is no change of its place.
///
/// # Errors
/// Where libgit2 can't compare two texts.
pub fn range_diff(old: &[Portrait], new: &[Portrait], factor: usize) -> Result<String, HunksError> {
    let matches = matches(old, new, factor)?;
    let (old_places, new_places) = (places::of(old), places::of(new));
    let width = old.len().max(new.len()).to_string().len();
    let head = |a: Option<usize>, mark: char, b: Option<usize>| {
        let number = |at: Option<usize>| at.map_or("-".to_owned(), |at| (at + 1).to_string());
        let dashes = || "-".repeat(ID_DIGITS);
        let id = |list: &[Portrait], at: Option<usize>| {
            let id = at.and_then(|at| list[at].id.as_deref());
            id.and_then(|id| id.get(..ID_DIGITS))
                .map_or_else(dashes, str::to_owned)
        };
        let shown = a.map(|at| &old[at]).or(b.map(|at| &new[at]));
        let title = shown.map_or("", |portrait| &portrait.title);
        let (a_id, b_id) = (id(old, a), id(new, b));
        let (a, b) = (number(a), number(b));
        format!("{a:>width$}:  {a_id} {mark} {b:>width$}:  {b_id} {title}\n")
    };
    let mut out = String::new();
    for (a, b) in order(&matches, old.len(), new.len()) {
        match (a, b) {
            (Some(_), None) => out.push_str(&head(a, '<', None)),
            (None, Some(_)) => out.push_str(&head(None, '>', b)),
            (Some(from), Some(to)) => {
                let moved = match old[from].diff() == new[to].diff() {
                    true => places::moved(&old_places[from], &new_places[to]),
                    false => String::new(),
                };
                let is_same = old[from].text == new[to].text && moved.is_empty();
                out.push_str(&head(a, if is_same { '=' } else { '!' }, b));
                out.push_str(&dual(&old[from].text, &new[to].text)?);
                out.push_str(&moved);
            }
            (None, None) => {}
        }
    }
    Ok(out)
}

/// Returns for each old patch the new one that it became.
fn matches(
    old: &[Portrait],
    new: &[Portrait],
    factor: usize,
) -> Result<Vec<Option<usize>>, HunksError> {
    let mut matches: Vec<Option<usize>> = vec![None; old.len()];
    for (to, portrait) in new.iter().enumerate() {
        let same = |from: &usize| matches[*from].is_none() && old[*from].diff() == portrait.diff();
        if let Some(from) = (0..old.len()).find(same) {
            matches[from] = Some(to);
        }
    }
    // Git leaves those in its matrix, at a cost that nothing beats; without them the rest is the same, and smaller.
    let left: Vec<usize> = (0..old.len()).filter(|at| matches[*at].is_none()).collect();
    let right: Vec<usize> = (0..new.len())
        .filter(|at| !matches.contains(&Some(*at)))
        .collect();
    // Rows are new patches, columns old ones; what stands behind them means that a patch has no counterpart.
    let (rows, columns) = (right.len(), left.len());
    let scale = i64::try_from(2 * (rows + columns) + 1).unwrap_or(1);
    let scaled = |lines: usize| i64::try_from(lines).unwrap_or(NEVER).min(NEVER) * scale;
    let mut costs = vec![vec![0; rows + columns]; rows + columns];
    for (row, to) in right.iter().enumerate() {
        for (column, from) in left.iter().enumerate() {
            let lines = distance(old[*from].diff(), new[*to].diff())?;
            // Where it costs the same, a patch is kept, and rather in its place: never at the cost of a line.
            let kept = 1 + i64::from(from == to);
            costs[row][column] = scaled(lines) - kept;
        }
        costs[row][columns..].fill(scaled(new[*to].alone(factor)));
    }
    for row in &mut costs[rows..] {
        for (column, from) in left.iter().enumerate() {
            row[column] = scaled(old[*from].alone(factor));
        }
    }
    let Ok(costs) = Matrix::from_rows(costs) else {
        return Ok(matches);
    };
    // Nothing is left to assign where each patch is there again as it was.
    let assigned = match costs.rows {
        0 => Vec::new(),
        _ => kuhn_munkres_min(&costs).1,
    };
    for (row, column) in assigned.into_iter().enumerate().take(rows) {
        if let Some(from) = left.get(column) {
            matches[*from] = Some(right[row]);
        }
    }
    Ok(matches)
}

/// Returns what it costs, in lines, to take patches of two versions for counterparts (pairs of their places from 0): what the algorithm
/// keeps as low as it can. Patches that are equal cost nothing, one without a counterpart its size times `factor` percent.
///
/// # Errors
/// Where libgit2 can't compare two texts.
pub fn cost(
    old: &[Portrait],
    new: &[Portrait],
    pairs: &[(usize, usize)],
    factor: usize,
) -> Result<usize, HunksError> {
    let alone = |list: &[Portrait], is_paired: &dyn Fn(usize) -> bool| -> usize {
        let left = list.iter().enumerate().filter(|(at, _)| !is_paired(*at));
        left.map(|(_, portrait)| portrait.alone(factor)).sum()
    };
    let mut sum = alone(old, &|at| pairs.iter().any(|pair| pair.0 == at))
        + alone(new, &|at| pairs.iter().any(|pair| pair.1 == at));
    for (from, to) in pairs {
        sum += distance(old[*from].diff(), new[*to].diff())?;
    }
    Ok(sum)
}

/// Counts the lines that a diff of two texts has, those that head its hunks too.
fn distance(old: &[u8], new: &[u8]) -> Result<usize, HunksError> {
    let hunks = hunks::hunks(old, new)?;
    Ok(hunks.iter().map(|hunk| hunk.lines.len() + 1).sum())
}

/// Puts pairs, dropped and new patches in order: by the new series, a dropped one where those before it were shown.
fn order(matches: &[Option<usize>], old: usize, new: usize) -> Vec<(Option<usize>, Option<usize>)> {
    let mut order = Vec::new();
    let mut shown = vec![false; old];
    let mut from = 0;
    let source = |to: usize| matches.iter().position(|matched| *matched == Some(to));
    for to in 0..=new {
        loop {
            while from < old && shown[from] {
                from += 1;
            }
            if from >= old || matches[from].is_some() {
                break;
            }
            order.push((Some(from), None));
            from += 1;
        }
        if to == new {
            break;
        }
        let source = source(to);
        if let Some(source) = source {
            shown[source] = true;
        }
        order.push((source, Some(to)));
    }
    order
}

/// The diff of two portraits, indented, with what each hunk stands in for a heading.
fn dual(old: &[u8], new: &[u8]) -> Result<String, HunksError> {
    let mut out = String::new();
    for hunk in hunks::hunks(old, new)? {
        let start = hunk.old_start - usize::from(hunk.old_len > 0);
        let heading = heading(old, start);
        let _ = writeln!(
            out,
            "    @@{}{heading}",
            if heading.is_empty() { "" } else { " " }
        );
        for line in &hunk.lines {
            let mark = match line.origin {
                Origin::Context => ' ',
                Origin::Removed => '-',
                Origin::Added => '+',
            };
            let _ = writeln!(out, "    {mark}{}", String::from_utf8_lossy(&line.text));
        }
    }
    Ok(out)
}

/// Returns what the last heading in the first `lines` lines of a portrait says: a part, a file, or a file and a function.
fn heading(text: &[u8], lines: usize) -> String {
    let mut last: &[u8] = b"";
    for line in text.split(|&byte| byte == b'\n').take(lines) {
        let part = line
            .strip_prefix(b" ## ")
            .and_then(|rest| rest.strip_suffix(b" ##"));
        let at = [line, line.get(1..).unwrap_or_default()];
        let function = at.into_iter().find_map(|line| line.strip_prefix(b"@@ "));
        last = part.or(function).unwrap_or(last);
    }
    let cut = &last[..last.len().min(HEADING_BYTES)];
    String::from_utf8_lossy(cut).trim_end().to_owned()
}
