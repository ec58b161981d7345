//! The machine of a history: its clock, what is installed with which times, its caches. What a daemon decides and what a scriptlet
//! deletes is asked of an [`Oracle`]; the machine knows neither.

use std::rc::Rc;

use super::scene::{self, Scene};
use crate::series::Scenarios;
use crate::series::scenario::{Directory, Event, Step, Time};

/// What a daemon has before it when it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Decision {
    /// Its own time.
    pub own: i64,
    /// The one that the cache has.
    pub cached_own: i64,
    /// The time of what is probed.
    pub probed: i64,
    /// The one that the cache has.
    pub cached_probed: i64,
    /// Its version, none for that of the tree.
    pub version: Option<i64>,
    /// The one that the cache has.
    pub cached_version: Option<i64>,
}

/// What a scriptlet has before it when it runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Cleaning {
    /// The argument that it is given.
    pub argument: u32,
    /// Each cache: how its directory is laid out, and whether its file is there.
    pub caches: Vec<(Directory, bool)>,
}

/// What a scriptlet leaves of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left {
    /// Whether the directory is there.
    pub directory: bool,
    /// Whether the file is there.
    pub file: bool,
}

/// Who answers for what the machine does not know; `None` where it is not known yet.
pub(super) trait Oracle {
    /// Returns whether a daemon uses the cache.
    fn uses(&self, patched: bool, decision: &Decision) -> Option<bool>;

    /// Returns what a scriptlet leaves of each cache.
    fn left(&self, patched: bool, cleaning: &Cleaning) -> Option<Vec<Left>>;
}

/// Why a step was not played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    /// The oracle does not know yet.
    Unknown,
    /// It cannot happen here: what is not installed does not start.
    Impossible,
}

/// What a start came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// The cache.
    pub cache: usize,
    /// What it had to decide, none where there was no cache.
    pub decision: Option<Decision>,
    /// Whether it used the cache.
    pub used: bool,
    /// Whether what it serves is that of what is installed.
    pub right: bool,
    /// Whether it probed although the last cache written was good.
    pub needless: bool,
}

/// What capabilities are of.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Content {
    parts: Vec<usize>,
    probed: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    own: i64,
    probed: i64,
    version: Option<i64>,
    content: Content,
}

#[derive(Clone, Debug)]
struct Cache {
    directory: Directory,
    entry: Option<Entry>,
    /// What was written last, whatever has become of it.
    last: Option<Content>,
}

/// A running daemon keeps what it was when it started.
#[derive(Clone, Debug)]
struct Daemon {
    own: i64,
    version: Option<i64>,
    parts: Vec<usize>,
}

/// A part in place: its build, and its time.
type Placed = Option<(usize, i64)>;

/// A machine. Clones share what neither changes: a walk makes many.
#[derive(Clone, Debug)]
pub(super) struct Machine<'s> {
    scenarios: &'s Scenarios,
    now: i64,
    parts: Rc<Vec<Placed>>,
    probed: (usize, i64),
    caches: Rc<Vec<Cache>>,
    daemons: Rc<Vec<Option<Daemon>>>,
    /// The times that parts of builds had when they were last in place.
    kept: Rc<Vec<(usize, usize, i64)>>,
    kept_probed: Rc<Vec<(usize, i64)>>,
    /// The caches as they were when a build was last replaced.
    kept_caches: Rc<Vec<(usize, Rc<Vec<Cache>>)>>,
}

impl<'s> Machine<'s> {
    /// Makes a machine on which nothing is installed.
    pub(super) fn new(scenarios: &'s Scenarios) -> Self {
        let none = Cache {
            directory: Directory::Missing,
            entry: None,
            last: None,
        };
        let probed = scenarios.probed_first;
        Machine {
            scenarios,
            now: scenarios.clock,
            parts: Rc::new(vec![None; scenarios.parts.len()]),
            probed: (probed, scenarios.probed[probed].time),
            caches: Rc::new(vec![none; scenarios.caches.len()]),
            daemons: Rc::new(vec![None; scenarios.caches.len()]),
            kept: Rc::default(),
            kept_probed: Rc::default(),
            kept_caches: Rc::default(),
        }
    }

    /// Returns how it stands.
    pub(super) fn scene(&self) -> Scene {
        let held = |cache: &Cache| scene::Held {
            directory: cache.directory,
            entry: cache.entry.as_ref().map(|entry| scene::Told {
                parts: entry.content.parts.clone(),
                probed: entry.content.probed,
            }),
        };
        Scene {
            clock: self.now,
            parts: self.parts.to_vec(),
            probed: self.probed.0,
            caches: self.caches.iter().map(held).collect(),
        }
    }

    /// Plays a step, and returns what a start came to where it is one.
    ///
    /// # Errors
    /// Why it was not played; the machine is of no use then.
    pub(super) fn step(
        &mut self,
        step: &Step,
        oracle: &impl Oracle,
    ) -> Result<Option<Started>, Stuck> {
        self.now = self.now.saturating_add(step.after);
        match &step.event {
            Event::Install { build, way, parts } => self.install(*build, *way, parts, oracle)?,
            Event::Probe { probed, way } => self.put(*probed, *way),
            Event::Start { cache } => return self.start(*cache, oracle).map(Some),
            Event::Write { cache } => self.write(*cache)?,
            Event::Clock { by } => self.now = self.now.saturating_add(*by),
            Event::Directory { cache, state } => {
                let cache = &mut Rc::make_mut(&mut self.caches)[*cache];
                cache.directory = *state;
                if matches!(state, Directory::Missing | Directory::Plain) {
                    cache.entry = None;
                    cache.last = None;
                }
            }
        }
        Ok(None)
    }

    fn install(
        &mut self,
        build: usize,
        way: usize,
        parts: &[usize],
        oracle: &impl Oracle,
    ) -> Result<(), Stuck> {
        let whole = parts.len() == self.parts.len();
        if !whole && self.parts.contains(&None) {
            return Err(Stuck::Impossible);
        }
        let (was_installed, way) = (self.parts[0].is_some(), &self.scenarios.ways[way]);
        if let Some(old) = self.build().filter(|old| *old != build) {
            let kept = Rc::make_mut(&mut self.kept_caches);
            kept.retain(|(known, _)| *known != old);
            kept.push((old, self.caches.clone()));
        }
        for &part in parts {
            let time = match way.time {
                Time::Now => self.now,
                Time::Fixed(time) => time,
                Time::Kept => self.time_of(build, part),
            };
            let placed = &mut Rc::make_mut(&mut self.parts)[part];
            if let Some((old, time)) = placed.replace((build, time)) {
                let kept = Rc::make_mut(&mut self.kept);
                kept.retain(|(known, of, _)| (*known, *of) != (old, part));
                kept.push((old, part, time));
            }
        }
        if way.restores
            && let Some((_, caches)) = self.kept_caches.iter().find(|(known, _)| *known == build)
        {
            self.caches = caches.clone();
        }
        let clean = self.scenarios.clean.as_ref();
        if way.scriptlet && clean.is_some_and(|clean| parts.contains(&clean.part)) {
            let patched = self.scenarios.builds[build].patched;
            return self.clean(1 + u32::from(was_installed), patched, oracle);
        }
        Ok(())
    }

    fn time_of(&self, build: usize, part: usize) -> i64 {
        let mut kept = self.kept.iter();
        kept.find(|(known, of, _)| (*known, *of) == (build, part))
            .map_or(self.scenarios.builds[build].times[part], |(_, _, time)| {
                *time
            })
    }

    /// The build that is in place as a whole.
    fn build(&self) -> Option<usize> {
        let (first, _) = self.parts.first().copied().flatten()?;
        let same = |placed: &Placed| placed.is_some_and(|(build, _)| build == first);
        self.parts.iter().all(same).then_some(first)
    }

    fn put(&mut self, probed: usize, way: usize) {
        let (old, time) = self.probed;
        let kept = Rc::make_mut(&mut self.kept_probed);
        kept.retain(|(known, _)| *known != old);
        kept.push((old, time));
        let time = match self.scenarios.ways[way].time {
            Time::Now => self.now,
            Time::Fixed(time) => time,
            Time::Kept => {
                let kept = self.kept_probed.iter().find(|(known, _)| *known == probed);
                kept.map_or(self.scenarios.probed[probed].time, |(_, time)| *time)
            }
        };
        self.probed = (probed, time);
    }

    fn clean(&mut self, argument: u32, patched: bool, oracle: &impl Oracle) -> Result<(), Stuck> {
        let stands = |cache: &Cache| (cache.directory, cache.entry.is_some());
        let cleaning = Cleaning {
            argument,
            caches: self.caches.iter().map(stands).collect(),
        };
        let left = oracle.left(patched, &cleaning).ok_or(Stuck::Unknown)?;
        for (cache, left) in Rc::make_mut(&mut self.caches).iter_mut().zip(left) {
            // A file whose directory is gone is not found any more.
            if !(left.file && left.directory) {
                cache.entry = None;
                if cache.directory == Directory::Full {
                    cache.directory = Directory::Plain;
                }
            }
            if !left.directory {
                cache.directory = Directory::Missing;
            }
        }
        Ok(())
    }

    /// The daemon as it would start now.
    fn daemon(&self) -> Result<Daemon, Stuck> {
        let placed: Option<Vec<(usize, i64)>> = self.parts.iter().copied().collect();
        let placed = placed.ok_or(Stuck::Impossible)?;
        let (deciding, _) = placed[self.scenarios.decide.part];
        Ok(Daemon {
            own: placed
                .iter()
                .map(|(_, time)| *time)
                .max()
                .unwrap_or_default(),
            version: self.scenarios.builds[deciding].version,
            parts: placed
                .iter()
                .map(|(build, _)| self.scenarios.builds[*build].content)
                .collect(),
        })
    }

    /// Returns what a start would come to; the machine stays as it is.
    ///
    /// # Errors
    /// Why it was not played.
    pub(super) fn would_start(&self, at: usize, oracle: &impl Oracle) -> Result<Started, Stuck> {
        self.met(at, &self.daemon()?, oracle)
    }

    fn met(&self, at: usize, daemon: &Daemon, oracle: &impl Oracle) -> Result<Started, Stuck> {
        let deciding = self.parts[self.scenarios.decide.part];
        let patched = deciding.is_some_and(|(build, _)| self.scenarios.builds[build].patched);
        let cache = &self.caches[at];
        let decision = cache.entry.as_ref().map(|entry| Decision {
            own: daemon.own,
            cached_own: entry.own,
            probed: self.probed.1,
            cached_probed: entry.probed,
            version: daemon.version,
            cached_version: entry.version,
        });
        let used = match &decision {
            None => false,
            Some(decision) => oracle.uses(patched, decision).ok_or(Stuck::Unknown)?,
        };
        let now =
            |content: &Content| content.parts == daemon.parts && content.probed == self.probed.0;
        Ok(Started {
            cache: at,
            decision,
            used,
            right: !used
                || cache
                    .entry
                    .as_ref()
                    .is_some_and(|entry| now(&entry.content)),
            needless: !used && cache.last.as_ref().is_some_and(now),
        })
    }

    fn start(&mut self, at: usize, oracle: &impl Oracle) -> Result<Started, Stuck> {
        let daemon = self.daemon()?;
        let started = self.met(at, &daemon, oracle)?;
        Rc::make_mut(&mut self.daemons)[at] = Some(daemon);
        if !started.used {
            self.write(at)?;
        }
        Ok(started)
    }

    fn write(&mut self, at: usize) -> Result<(), Stuck> {
        let daemon = self.daemons[at].as_ref().ok_or(Stuck::Impossible)?;
        let content = Content {
            parts: daemon.parts.clone(),
            probed: self.probed.0,
        };
        let cache = &mut Rc::make_mut(&mut self.caches)[at];
        cache.entry = Some(Entry {
            own: daemon.own,
            probed: self.probed.1,
            version: daemon.version,
            content: content.clone(),
        });
        cache.last = Some(content);
        if cache.directory == Directory::Missing {
            cache.directory = Directory::Plain;
        }
        Ok(())
    }
}
