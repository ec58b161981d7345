//! Situations as the linked program is told them: files whose times stand to each other as theirs do, or times in words.

use std::collections::BTreeMap;

use crate::check::c::Situation;
use crate::series::harness::Linked;

/// Returns the numbers of files that stand for the times of a situation, with the other inputs; none where there are no such files.
pub(super) fn numbered(
    linked: &Linked,
    defaults: &BTreeMap<String, i64>,
    given: &Situation,
) -> Option<BTreeMap<String, i64>> {
    let value = |name: &String| given.get(name).or_else(|| defaults.get(name)).copied();
    let mut numbers = BTreeMap::new();
    for [now, written] in &linked.times {
        let times = (value(now)?, value(written)?);
        let is_real = |name, time| {
            (1..=LATEST).contains(&time) || (time == 0 && linked.absent.contains(name))
        };
        if !is_real(now, times.0) || !is_real(written, times.1) {
            return None;
        }
        let (first, second) = files(times);
        numbers.insert(now.clone(), first);
        numbers.insert(written.clone(), second);
    }
    with_others(linked, defaults, given, numbers)
}

/// Returns the times of a situation as they are told, with the other inputs; none where one can't be. A time that is told needs a file
/// that has it.
pub(super) fn told(
    linked: &Linked,
    defaults: &BTreeMap<String, i64>,
    given: &Situation,
) -> Option<BTreeMap<String, i64>> {
    let value = |name: &String| given.get(name).or_else(|| defaults.get(name)).copied();
    let mut numbers = BTreeMap::from([("told".to_owned(), 1)]);
    for name in linked.times.iter().flatten() {
        let time = value(name)?;
        let is_absent = time == 0 && linked.absent.contains(name);
        numbers.insert(name.clone(), if is_absent { 0 } else { 2 });
        numbers.insert(format!("{name}_at"), time);
    }
    with_others(linked, defaults, given, numbers)
}

/// Adds the inputs that are no times; none where one can't be brought about.
fn with_others(
    linked: &Linked,
    defaults: &BTreeMap<String, i64>,
    given: &Situation,
    mut numbers: BTreeMap<String, i64>,
) -> Option<BTreeMap<String, i64>> {
    let value = |name: &String| given.get(name).or_else(|| defaults.get(name)).copied();
    for [now, written] in &linked.same {
        if value(now) != value(written) {
            return None;
        }
    }
    for (name, value) in given {
        let is_told =
            numbers.contains_key(name) || linked.same.iter().flatten().any(|same| same == name);
        if is_told {
            continue;
        }
        if linked.inputs.contains(name) {
            numbers.insert(name.clone(), *value);
        } else if defaults.get(name) != Some(value) {
            return None;
        }
    }
    Some(numbers)
}

/// The last time that a file of today is taken to have: the end of what 31 bits hold.
const LATEST: i64 = i32::MAX as i64;

/// The numbers of two files whose times stand to each other as these do: 2 and 3 are a second apart, 1 is much older, 0 is none.
fn files((first, second): (i64, i64)) -> (i64, i64) {
    match (first, second) {
        (0, 0) => (0, 0),
        (0, _) => (0, 2),
        (_, 0) => (2, 0),
        _ if first == second => (2, 2),
        _ if first == second - 1 => (2, 3),
        _ if second == first - 1 => (3, 2),
        _ if first < second => (1, 3),
        _ => (3, 1),
    }
}

/// Returns the argument that asks the program for a case, or a situation, of that name.
pub(super) fn argument(id: &str, given: &BTreeMap<String, i64>) -> String {
    let given = given.iter().map(|(name, value)| format!(" {name}={value}"));
    format!("{id}{}", given.collect::<String>())
}
