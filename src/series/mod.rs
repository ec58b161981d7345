//! What the author of a series wrote.

pub mod scriptlet;
