//! Histories played: a named one from its first step to its last, and every order of some steps. Knows no tree and runs nothing.

use super::machine::{Machine, Oracle, Started, Stuck};
use super::scene::Course;
use crate::series::Scenarios;
use crate::series::scenario::{Event, Step, Walk};

/// Plays a history, and returns what each start came to and how the machine stood after each step.
///
/// # Errors
/// Why it was not played to its end.
pub(super) fn history(
    scenarios: &Scenarios,
    steps: &[Step],
    oracle: &impl Oracle,
) -> Result<Course, Stuck> {
    let mut machine = Machine::new(scenarios);
    let mut course = Course::default();
    for (at, step) in steps.iter().enumerate() {
        if let Some(started) = machine.step(step, oracle)? {
            course.starts.push((at, started));
        }
        course.scenes.push(machine.scene());
    }
    Ok(course)
}

/// What every order of the steps came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// Orders that can happen, each with a start behind it.
    pub orders: u64,
    /// Those in which a start serves something else than what is installed.
    pub wrong: u64,
    /// The first of the shortest of these: places in the list of steps.
    pub shortest: Option<Vec<usize>>,
    /// Starts, all orders together, that probed although the last cache written was good.
    pub needless: u64,
}

/// Plays every order.
///
/// # Errors
/// [`Stuck::Unknown`] where the oracle did not know something; it was asked for all that was met.
pub(super) fn walk(
    scenarios: &Scenarios,
    walk: &Walk,
    oracle: &impl Oracle,
) -> Result<Walked, Stuck> {
    let mut going = Going {
        walk,
        oracle,
        asked: asked(walk),
        walked: Walked::default(),
        unknown: false,
        path: Vec::new(),
    };
    going.on(&Machine::new(scenarios), Path::default());
    if going.unknown {
        return Err(Stuck::Unknown);
    }
    Ok(going.walked)
}

/// The cache that is asked about behind each order: that of the first start among the steps.
fn asked(walk: &Walk) -> usize {
    let mut starts = walk.steps.iter().filter_map(|step| match step.event {
        Event::Start { cache } => Some(cache),
        _ => None,
    });
    starts.next().unwrap_or_default()
}

#[derive(Clone, Copy, Default)]
struct Path {
    wrong: bool,
    needless: u64,
}

impl Path {
    fn with(mut self, started: Option<Started>) -> Self {
        if let Some(started) = started {
            self.wrong |= !started.right;
            self.needless += u64::from(started.needless);
        }
        self
    }
}

struct Going<'g, O> {
    walk: &'g Walk,
    oracle: &'g O,
    asked: usize,
    walked: Walked,
    unknown: bool,
    path: Vec<usize>,
}

impl<O: Oracle> Going<'_, O> {
    fn on(&mut self, machine: &Machine, path: Path) {
        if self.path.len() >= self.walk.length {
            return;
        }
        for (at, step) in self.walk.steps.iter().enumerate() {
            let mut next = machine.clone();
            let path = match next.step(step, self.oracle) {
                Ok(started) => path.with(started),
                Err(stuck) => {
                    self.unknown |= stuck == Stuck::Unknown;
                    continue;
                }
            };
            self.path.push(at);
            self.count(&next, path);
            self.on(&next, path);
            self.path.pop();
        }
    }

    fn count(&mut self, machine: &Machine, path: Path) {
        let path = match machine.would_start(self.asked, self.oracle) {
            Ok(started) => path.with(Some(started)),
            Err(stuck) => {
                self.unknown |= stuck == Stuck::Unknown;
                return;
            }
        };
        self.walked.orders += 1;
        self.walked.needless += path.needless;
        if path.wrong {
            self.walked.wrong += 1;
            let shortest = self.walked.shortest.as_ref();
            if shortest.is_none_or(|known| self.path.len() < known.len()) {
                self.walked.shortest = Some(self.path.clone());
            }
        }
    }
}
