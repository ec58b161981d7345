//! What the author wrote: a series, its patches, their steps and the predicates that tell their status. Knows no tree.

pub mod daemon;
pub mod harness;
pub mod judge;
pub mod library;
mod load;
mod manifest;
mod rules;
pub mod scenario;
pub mod scriptlet;
pub mod step;

use regex::Regex;
use std::sync::Arc;

use crate::text::{Globs, Source, Span};
pub use daemon::Daemon;
pub use judge::Judge;
pub use library::Library;
pub use rules::Rules;
pub use scenario::Scenarios;
pub use step::Step;

pub use load::CODES;

/// A series: patches in order, and what tells that a tree is the project they are for.
#[derive(Debug)]
pub struct Series {
    /// Name that `--series` takes: the folder's.
    pub name: String,
    /// Title, also the subject of the cover letter.
    pub title: Told<String>,
    /// Which of its patches a revision needs, unless `--require` says otherwise.
    pub require: Require,
    /// What identifies the project.
    pub project: Project,
    /// The code that the series is about.
    pub about: About,
    /// What turns the target's templates into files.
    pub placeholders: Vec<Placeholder>,
    /// Path at which the steps look for the spec that ships from a packaging repository.
    pub downstream: Option<String>,
    /// The patches, in the order in which they are mailed.
    pub patches: Vec<Patch>,
    /// Template of the cover letter's text.
    pub cover: Source,
    /// Histories of a machine that the patches are played in.
    pub scenarios: Option<Scenarios>,
    /// Where it was read.
    pub library: Library,
    /// Folder of `templates/` that its templates are in.
    pub templates: String,
}

/// A value, and the place in a manifest where it was told.
#[derive(Clone, Debug)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// The manifest.
    pub source: Source,
    /// Where in it.
    pub span: Span,
}

/// Which patches of a series a revision needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Require {
    /// Every one.
    All,
    /// One is enough.
    Any,
    /// These.
    These(Vec<String>),
}

/// What identifies the project that a series is for.
#[derive(Debug)]
pub struct Project {
    /// The project's name, for people.
    pub name: String,
    /// Marks; one that is found shows the project.
    pub marks: Vec<Mark>,
}

/// A file that has a text.
#[derive(Debug)]
pub struct Mark {
    /// Path in the tree.
    pub path: String,
    /// What it must hold.
    pub matches: Regex,
}

/// The code that a series is about: a tree of the project without any of it is not affected.
#[derive(Debug)]
pub struct About {
    /// What to call it: `the capabilities cache`.
    pub title: String,
    /// Words, one of which stands as code in a file of it.
    pub words: Vec<String>,
    /// Files that are looked at first.
    pub first: Vec<String>,
    /// Globs of the files that it could have moved to.
    pub elsewhere: Globs,
    /// Globs of files that nothing is built from: a tree of the project with these alone has no code at all.
    pub inert: Globs,
}

/// A text that the target's own build replaces in a file, as `@VERSION@` in a spec template.
#[derive(Debug)]
pub struct Placeholder {
    /// The file.
    pub file: String,
    /// What stands in it.
    pub text: String,
    /// Where its value is read, the first that is found; group 1 is the value.
    pub value: Vec<Mark>,
    /// The value where none is found.
    pub otherwise: String,
}

/// One patch: one mail.
#[derive(Debug)]
pub struct Patch {
    /// Its id: its folder's name.
    pub id: String,
    /// The mail's subject, without prefix.
    pub subject: Told<String>,
    /// Template of the commit message below the subject.
    pub message: Source,
    /// Its edits, in order.
    pub steps: Vec<Step>,
    /// What tells its status.
    pub judge: Judge,
    /// Manifest of how C that it changes is compiled and played.
    pub harness: Option<Arc<Rules>>,
    /// Manifest of how a scriptlet that it changes is expanded and played.
    pub scriptlet: Option<Source>,
    /// How the daemon that it changes is built, started and asked.
    pub daemon: Option<Daemon>,
}

impl Series {
    /// Reads a template of the series, for checks that render one; `None` where there is none.
    pub fn template(&self, name: &str) -> Option<Source> {
        self.library.template(&self.templates, name)
    }

    /// Returns the patch with an id.
    pub fn patch(&self, id: &str) -> Option<&Patch> {
        self.patches.iter().find(|patch| patch.id == id)
    }
}
