//! The structure of a text: C by a lexical scan and syntax trees of functions, an RPM spec by its sections and macros, a shell script by
//! the ways that it may go, a patch by its files and hunks.

pub mod body;
pub mod c;
mod condition;
pub mod expand;
pub mod find;
pub mod patch;
pub mod pattern;
pub mod script;
pub mod spec;
