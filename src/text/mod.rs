//! A named text and places in it: sources, spans, sites, problems, diffs. Knows nothing of git, C or RPM.

pub mod character;
pub mod diff;
pub mod globs;
pub mod problem;
pub mod source;

pub use character::{is_format, is_letter_without_case};
pub use globs::Globs;
pub use problem::{Label, Problem};
pub use source::{Place, Site, Source, Span};
