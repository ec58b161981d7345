//! Parts of a run, and the whole that they make. Pure.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::{Exemption, Matrix, Row, State};

/// Which part of a run an account is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Its number, from 1.
    pub index: usize,
    /// How many there are.
    pub count: usize,
    /// How many revisions all of them have.
    pub revisions: usize,
    /// What names all that was asked for: equal for the parts of one run.
    pub selection: String,
    /// The version of patchwright.
    pub version: String,
}

/// Why accounts make no whole: the number of the one that does not fit, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit(pub usize, pub String);

/// Assigns contents to parts: equal ones to one part, the distinct ones in equal numbers. Returns the number of each one's part,
/// from 1; it depends on the contents alone and not on their order.
pub fn assign(contents: &[String], count: usize) -> Vec<usize> {
    let mut distinct: Vec<&String> = contents.iter().collect();
    distinct.sort();
    distinct.dedup();
    let parts: HashMap<&String, usize> = distinct
        .into_iter()
        .enumerate()
        .map(|(at, content)| (content, at % count.max(1) + 1))
        .collect();
    contents.iter().map(|content| parts[content]).collect()
}

/// Makes the account of the whole run from those of its parts, in any order.
///
/// # Errors
/// The first that is no part, that is of another run, that is there twice, or the parts that are not there.
pub fn merge(parts: Vec<Matrix>) -> Result<Matrix, Unfit> {
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let first = parts.first().cloned();
    for (at, part) in parts.iter().enumerate() {
        let unfit = |why: String| Err(Unfit(at, why));
        let Some(own) = &part.partition else {
            return unfit("it is the report of a whole run, not of a partition".to_owned());
        };
        if let Some(why) = first.as_ref().and_then(|first| other_run(first, part)) {
            return unfit(why);
        }
        if let Some(other) = seen.insert(own.index, at) {
            return unfit(format!(
                "partition {} of {} is there already, as report {}",
                own.index,
                own.count,
                other + 1
            ));
        }
    }
    let Some((first, own)) =
        first.and_then(|first| first.partition.clone().map(|own| (first, own)))
    else {
        return Err(Unfit(0, "there is no report".to_owned()));
    };
    let missing: Vec<String> = (1..=own.count)
        .filter(|index| !seen.contains_key(index))
        .map(|index| format!("{index}/{}", own.count))
        .collect();
    if !missing.is_empty() {
        return Err(Unfit(
            0,
            format!("these partitions are not there: {}", missing.join(", ")),
        ));
    }
    let exemptions = join(&parts);
    let (mut rows, diffs) = gather(parts);
    let is_whole = rows.len() == own.revisions
        && rows
            .iter()
            .enumerate()
            .all(|(at, row)| row.position == Some(at));
    if !is_whole {
        return Err(Unfit(
            0,
            format!(
                "together they do not have each of the {} revisions once",
                own.revisions
            ),
        ));
    }
    for row in &mut rows {
        row.position = None;
    }
    let mut whole = Matrix::new(&first.series, first.require, rows);
    whole.exemptions = exemptions;
    whole.diffs = diffs;
    Ok(whole)
}

/// Puts the rows of all parts in the order in which they were asked for, and their diffs beside them.
fn gather(mut parts: Vec<Matrix>) -> (Vec<Row>, Vec<String>) {
    let diffs = parts.iter_mut().map(|part| std::mem::take(&mut part.diffs));
    let diffs: Vec<Vec<String>> = diffs.collect();
    let rows = parts.into_iter().enumerate();
    let mut rows: Vec<(usize, Row)> = rows
        .flat_map(|(at, part)| part.rows.into_iter().map(move |row| (at, row)))
        .collect();
    rows.sort_by_key(|(_, row)| row.position);
    let diffs = number(&mut rows, &diffs);
    (rows.into_iter().map(|(_, row)| row).collect(), diffs)
}

/// Numbers the diffs of all parts as one run does: each once, in the order in which the rows come to them.
fn number(rows: &mut [(usize, Row)], parts: &[Vec<String>]) -> Vec<String> {
    let mut diffs = Vec::new();
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    for (part, row) in rows {
        for cell in &mut row.cells {
            let text = cell.diff.and_then(|at| parts.get(*part)?.get(at));
            cell.diff = text.map(|text| {
                *numbers.entry(text).or_insert_with(|| {
                    diffs.push(text.clone());
                    diffs.len() - 1
                })
            });
        }
    }
    diffs
}

/// What shows that two accounts are not of one run.
fn other_run(first: &Matrix, part: &Matrix) -> Option<String> {
    let (a, b) = (first.partition.as_ref()?, part.partition.as_ref()?);
    let same = |what: &str, a: &str, b: &str| {
        (a != b).then(|| format!("its {what} is `{b}`, that of the first is `{a}`"))
    };
    let given = |matrix: &Matrix| -> Vec<Exemption> {
        let plain = |one: &Exemption| Exemption {
            state: if one.state == State::Expired {
                State::Expired
            } else {
                State::Unused
            },
            ..one.clone()
        };
        matrix.exemptions.iter().map(plain).collect()
    };
    same("series", &first.series, &part.series)
        .or_else(|| same("version of patchwright", &a.version, &b.version))
        .or_else(|| same("number of partitions", &a.count.to_string(), &b.count.to_string()))
        .or_else(|| (first.require != part.require).then(|| "its `require` is another than that of the first".to_owned()))
        .or_else(|| (a.selection != b.selection || a.revisions != b.revisions).then(|| "it was asked for other revisions or patches than the first, or they have moved since".to_owned()))
        .or_else(|| (given(first) != given(part)).then(|| "its exemptions are others than those of the first".to_owned()))
}

/// An exemption is needed where any part needs it.
fn join(parts: &[Matrix]) -> Vec<Exemption> {
    let mut joined = parts
        .first()
        .map(|part| part.exemptions.clone())
        .unwrap_or_default();
    for part in parts {
        for (whole, one) in joined.iter_mut().zip(&part.exemptions) {
            whole.state = whole.state.max(one.state);
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    #[test]
    fn equal_contents_are_in_one_part_and_distinct_ones_are_spread_evenly() {
        let contents: Vec<String> = (0..20).map(|at| format!("{}", at % 7)).collect();
        let parts = super::assign(&contents, 3);
        for (at, content) in contents.iter().enumerate() {
            let same = contents.iter().position(|other| other == content).unwrap();
            assert_eq!(parts[at], parts[same]);
        }
        let sizes = [1, 2, 3].map(|part| (0..7).filter(|at| parts[*at] == part).count());
        assert_eq!(sizes, [3, 2, 2]);
        let mut reversed = contents.clone();
        reversed.reverse();
        let mut again = super::assign(&reversed, 3);
        again.reverse();
        assert_eq!(again, parts);
    }
}
