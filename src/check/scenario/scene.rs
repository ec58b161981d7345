//! How a machine stands after a step of its history, for those who tell the story. Plays nothing.

use super::machine::Started;
use crate::series::scenario::Directory;

/// A history played: what each start came to, with the number of its step, and how the machine stood after each step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Course {
    /// What each start came to, with the number of its step, from 0.
    pub(super) starts: Vec<(usize, Started)>,
    /// How the machine stood after each step.
    pub(super) scenes: Vec<Scene>,
}

/// How a machine stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Its clock, in seconds.
    pub clock: i64,
    /// Which build each part is of, and its time; none where it is not installed.
    pub parts: Vec<Option<(usize, i64)>>,
    /// What is in place to be probed.
    pub probed: usize,
    /// Each cache.
    pub caches: Vec<Held>,
}

/// What a cache holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// How its directory is laid out.
    pub directory: Directory,
    /// What its file tells of, where there is one.
    pub entry: Option<Told>,
}

/// What a cache's file tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The build whose content each part of the daemon had that wrote it.
    pub parts: Vec<usize>,
    /// What was probed.
    pub probed: usize,
}
