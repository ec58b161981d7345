//! What a tree looks like: repositories and directories, revisions, trees. The only door to git.

pub mod binary;
mod blob_id;
pub mod commit;
pub mod compared;
mod disk;
pub mod fault;
pub mod hunks;
pub mod id;
mod installed;
pub mod object;
mod objects;
mod opening;
mod packs;
mod patchwork;
pub mod range;
pub mod reads;
mod rebuild;
pub mod refs;
pub mod repository;
pub mod sample;
mod search;
pub mod survey;
pub mod tree;
pub mod words;

pub use blob_id::BlobId;
pub use commit::{Blob, Commit, FileChange, FileOrigin, Ident, OriginKind, When};
pub use fault::Fault;
pub use id::Id;
pub use range::{Range, Wanted};
pub use reads::{Reads, Trace};
pub use repository::{Revision, Setting, Target};
pub use survey::{Known, Survey};
pub use tree::Tree;
pub use words::Words;
