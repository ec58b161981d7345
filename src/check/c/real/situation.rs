//! Situations as the linked program is told them: files whose times stand to each other as theirs do, or times in words.

use std::collections::BTreeMap;

use crate::check::c::Situation;
use crate::series::harness::Linked;

/// A situation to be told.
pub(super) struct Given<'g> {
    pub(super) linked: &'g Linked,
    /// The inputs that it does not name.
    pub(super) defaults: &'g BTreeMap<String, i64>,
    pub(super) situation: &'g Situation,
}

impl Given<'_> {
    /// Returns the numbers of files that stand for its times, with the other inputs; none where there are no such files.
    pub(super) fn numbered(&self) -> Option<BTreeMap<String, i64>> {
        let mut numbers = BTreeMap::new();
        for [now, written] in &self.linked.times {
            let times = (self.value(now)?, self.value(written)?);
            let is_real = |name, time| (1..=LATEST).contains(&time) || self.is_absent(name, time);
            if !is_real(now, times.0) || !is_real(written, times.1) {
                return None;
            }
            let (first, second) = files(times);
            numbers.insert(now.clone(), first);
            numbers.insert(written.clone(), second);
        }
        self.with_others(numbers)
    }

    /// Returns its times as they are told, with the other inputs; none where one can't be. A time that is told needs a file that has it.
    pub(super) fn told(&self) -> Option<BTreeMap<String, i64>> {
        let mut numbers = BTreeMap::from([("told".to_owned(), 1)]);
        for name in self.linked.times.iter().flatten() {
            let time = self.value(name)?;
            let number = if self.is_absent(name, time) { 0 } else { 2 };
            numbers.insert(name.clone(), number);
            numbers.insert(format!("{name}_at"), time);
        }
        self.with_others(numbers)
    }

    /// Adds the inputs that are no times; none where one can't be brought about.
    fn with_others(&self, mut numbers: BTreeMap<String, i64>) -> Option<BTreeMap<String, i64>> {
        let same = &self.linked.same;
        for [now, written] in same {
            if self.value(now) != self.value(written) {
                return None;
            }
        }
        for (name, value) in self.situation {
            if numbers.contains_key(name) || same.iter().flatten().any(|same| same == name) {
                continue;
            }
            if self.linked.inputs.contains(name) {
                numbers.insert(name.clone(), *value);
            } else if self.defaults.get(name) != Some(value) {
                return None;
            }
        }
        Some(numbers)
    }

    fn value(&self, name: &String) -> Option<i64> {
        let given = self.situation.get(name);
        given.or_else(|| self.defaults.get(name)).copied()
    }

    fn is_absent(&self, name: &String, time: i64) -> bool {
        time == 0 && self.linked.absent.contains(name)
    }
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
