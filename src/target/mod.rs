//! What a tree looks like: repositories and directories, revisions, trees. The only door to git.

pub mod commit;
pub mod hunks;
pub mod object;
pub mod range;
pub mod refs;
pub mod repository;
pub mod sample;
pub mod tree;

pub use commit::{Blob, Commit, FileChange, FileOrigin, Ident, OriginKind, When};
pub use range::Range;
pub use repository::{Revision, Setting, Target};
pub use tree::{Fault, Tree};
