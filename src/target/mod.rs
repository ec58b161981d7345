//! What the tree of a target looks like, and what changes in it. The only door to git; does not know what a series is.

pub mod commit;
pub mod hunks;
