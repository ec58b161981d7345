//! What the author of a series wrote. Does not know any tree.

pub mod harness;
