//! What `scenarios.toml` of a series says: builds, ways of installing, and little histories of one machine. Plays none of them.

mod load;
mod raw;

use crate::text::{Source, Span};

/// Little histories of one machine, and what the words in them mean.
///
/// Builds, ways and the like are kept in lists and referred to by their place in them.
#[derive(Clone, Debug)]
pub struct Scenarios {
    /// The manifest.
    pub source: Source,
    /// What a history in which all is well is called, and one in which something is not.
    pub labels: Labels,
    /// The machine's clock at the beginning, in seconds.
    pub clock: i64,
    /// Seconds that pass before a step that does not say otherwise.
    pub pace: i64,
    /// What is probed at the beginning.
    pub probed_first: usize,
    /// Who decides at a start.
    pub decide: Decide,
    /// What runs when a package is installed, where anything does.
    pub clean: Option<Clean>,
    /// Names of the parts that a build has.
    pub parts: Vec<String>,
    /// The builds.
    pub builds: Vec<Build>,
    /// What the daemon may probe.
    pub probed: Vec<Probed>,
    /// The ways of installing.
    pub ways: Vec<Way>,
    /// The caches.
    pub caches: Vec<Cache>,
    /// What histories have in common: the rows of a table.
    pub groups: Vec<Group>,
    /// The histories.
    pub scenarios: Vec<Scenario>,
    /// Steps of which every order is walked.
    pub walk: Option<Walk>,
}

/// What outcomes are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// All is well.
    pub right: String,
    /// Something is not.
    pub wrong: String,
}

/// The function that decides whether a start uses the cache.
#[derive(Clone, Debug)]
pub struct Decide {
    /// The patch whose manifest says how it is played.
    pub patch: String,
    /// The part that it is in.
    pub part: usize,
    /// What it means where it uses the cache, in the words of that manifest.
    pub used: String,
    /// The daemon's own time.
    pub own: String,
    /// The one that the cache has.
    pub cached_own: String,
    /// The time of what is probed.
    pub probed: String,
    /// The one that the cache has.
    pub cached_probed: String,
    /// The daemon's version, and the one that the cache has, where the harness can tell them apart.
    pub versions: Option<(String, String)>,
}

impl Decide {
    /// Returns the names of the harness's inputs that histories set.
    pub fn inputs(&self) -> Vec<&str> {
        let times = [
            &self.own,
            &self.cached_own,
            &self.probed,
            &self.cached_probed,
        ];
        let versions = self.versions.iter().flat_map(|(own, cached)| [own, cached]);
        times
            .into_iter()
            .chain(versions)
            .map(String::as_str)
            .collect()
    }
}

/// The scriptlet that runs when a package is installed.
#[derive(Clone, Debug)]
pub struct Clean {
    /// The patch whose manifest says how it is expanded.
    pub patch: String,
    /// The part whose package it belongs to.
    pub part: usize,
}

/// A build of the daemon.
#[derive(Clone, Debug)]
pub struct Build {
    /// Its id.
    pub id: String,
    /// What it is called in a sentence.
    pub title: String,
    /// The time that each part has where it lies.
    pub times: Vec<i64>,
    /// Its version, none for that of the tree.
    pub version: Option<i64>,
    /// The build whose content it has: itself, or the one that it is a copy of.
    pub content: usize,
    /// Whether it carries the patches that are played.
    pub patched: bool,
}

/// Something the daemon probes.
#[derive(Clone, Debug)]
pub struct Probed {
    /// Its id.
    pub id: String,
    /// What it is called in a sentence.
    pub title: String,
    /// The time that it has where it lies.
    pub time: i64,
}

/// A way of installing.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its id.
    pub id: String,
    /// What it is called in a sentence: `by rpm`.
    pub title: String,
    /// The time that what it installs gets.
    pub time: Time,
    /// Whether it runs the scriptlet over this machine.
    pub scriptlet: bool,
    /// Whether the caches come back as they were when the build was last there.
    pub restores: bool,
}

/// The time that an installed file gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// That of the machine's clock.
    Now,
    /// The one that it had when it was last in place on this machine, else that of the build.
    Kept,
    /// Always this one.
    Fixed(i64),
}

/// A cache and who fills it.
#[derive(Clone, Debug)]
pub struct Cache {
    /// Its id.
    pub id: String,
    /// Who fills it, as a sentence begins.
    pub daemon: String,
    /// Absolute path of its directory.
    pub directory: String,
    /// Name of the file in it.
    pub file: String,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// What its histories have in common.
    pub title: String,
    /// The patches each of which mends its histories without the others.
    pub mended_by: Vec<String>,
}

/// A history.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its id.
    pub id: String,
    /// The story in plain words.
    pub title: String,
    /// Its group.
    pub group: usize,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Where in the manifest it stands.
    pub span: Span,
}

/// Steps of which every order is walked.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The most steps of an order.
    pub length: usize,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Seconds that pass before it.
    pub after: i64,
    /// What happens.
    pub event: Event,
}

/// What happens in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Parts of a build are installed.
    Install {
        /// The build.
        build: usize,
        /// The way.
        way: usize,
        /// The parts.
        parts: Vec<usize>,
    },
    /// What is probed is put in place.
    Probe {
        /// What.
        probed: usize,
        /// The way.
        way: usize,
    },
    /// The daemon of a cache is started, or started again.
    Start {
        /// The cache.
        cache: usize,
    },
    /// The running daemon of a cache writes it anew.
    Write {
        /// The cache.
        cache: usize,
    },
    /// The clock is set forward or back.
    Clock {
        /// By so many seconds.
        by: i64,
    },
    /// Somebody lays a cache's directory out.
    Directory {
        /// The cache.
        cache: usize,
        /// How.
        state: Directory,
    },
}

/// How a cache's directory is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Directory {
    /// It is not there.
    Missing,
    /// It is there; where somebody lays it out so, it is empty.
    Plain,
    /// It holds many other files as well.
    Full,
    /// A link to another place stands in its place.
    Linked,
}

impl Directory {
    /// Returns the state that a manifest's word means.
    fn named(word: &str) -> Option<Self> {
        match word {
            "missing" => Some(Directory::Missing),
            "empty" => Some(Directory::Plain),
            "full" => Some(Directory::Full),
            "linked" => Some(Directory::Linked),
            _ => None,
        }
    }
}

impl Scenarios {
    /// Returns the histories, by their place in the list, that a patch mends without the others.
    pub fn mended_by(&self, patch: &str) -> Vec<usize> {
        let is_mended = |group: &Group| group.mended_by.iter().any(|id| id == patch);
        let histories = self.scenarios.iter().enumerate();
        histories
            .filter(|(_, history)| is_mended(&self.groups[history.group]))
            .map(|(at, _)| at)
            .collect()
    }

    /// Tells a step in plain words.
    pub fn told(&self, step: &Step) -> String {
        let told = match &step.event {
            Event::Install { build, way, parts } => {
                let (build, way) = (&self.builds[*build].title, &self.ways[*way].title);
                if parts.len() == self.parts.len() {
                    format!("{build} comes {way}")
                } else {
                    let parts: Vec<&str> = parts
                        .iter()
                        .map(|part| self.parts[*part].as_str())
                        .collect();
                    format!("the {} of {build} alone comes {way}", parts.join(", "))
                }
            }
            Event::Probe { probed, way } => {
                format!(
                    "{} comes {}",
                    self.probed[*probed].title, self.ways[*way].title
                )
            }
            Event::Start { cache } => format!("{} starts", self.caches[*cache].daemon),
            Event::Write { cache } => {
                format!(
                    "{}, still running, writes its cache",
                    self.caches[*cache].daemon
                )
            }
            Event::Clock { by } => {
                let direction = if *by < 0 { "back" } else { "forward" };
                format!("the clock is set {direction} by {}", span_of_time(by.abs()))
            }
            Event::Directory { cache, state } => {
                let state = match state {
                    Directory::Missing => "is not there",
                    Directory::Plain => "is empty",
                    Directory::Full => "is full of other files",
                    Directory::Linked => "is a link to another place",
                };
                format!(
                    "the cache directory of {} {state}",
                    self.caches[*cache].daemon
                )
            }
        };
        match step.after {
            0 => format!("{told} in the same second"),
            _ => told,
        }
    }
}

fn span_of_time(seconds: i64) -> String {
    let units = [
        (31_536_000, "year"),
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
    ];
    let (count, unit) = units
        .into_iter()
        .find(|(size, _)| seconds % size == 0 && seconds > 0)
        .map_or((seconds, "second"), |(size, unit)| (seconds / size, unit));
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

#[cfg(test)]
pub(crate) mod tests;
