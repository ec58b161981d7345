//! The structure of a text: C by a lexical scan and syntax trees of functions, an RPM spec by its sections, shell by its commands,
//! a patch by its files and hunks.

pub mod body;
pub mod c;
pub mod patch;
pub mod pattern;
pub mod shell;
pub mod spec;
