//! Ids of git objects, computed without writing any. Knows the object formats (gitformat-pack and `git hash-object` in git's
//! own documentation), not where objects are kept.

use git2::{ObjectType, Oid};
use std::borrow::Cow;

use super::id::Id;

/// A git object that may never be written.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its content, without header.
    pub bytes: Vec<u8>,
}

/// Kind of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A file's content.
    Blob,
    /// A folder.
    Tree,
    /// A commit.
    Commit,
}

impl Kind {
    pub(super) fn of_git(self) -> ObjectType {
        match self {
            Kind::Blob => ObjectType::Blob,
            Kind::Tree => ObjectType::Tree,
            Kind::Commit => ObjectType::Commit,
        }
    }
}

impl Object {
    /// Returns the id, 40 hex digits.
    pub fn id(&self) -> String {
        id_of(self.kind, &self.bytes)
    }
}

/// Returns the id that content has as an object, 40 hex digits; zeros where libgit2 cannot hash.
pub fn id_of(kind: Kind, bytes: &[u8]) -> String {
    let id = Oid::hash_object(kind.of_git(), bytes);
    id.map_or_else(|_| "0".repeat(40), |id| id.to_string())
}

/// An entry of a tree object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'n> {
    /// Mode, as 0o100644 or 0o040000.
    pub mode: u32,
    /// Name, without slash.
    pub name: Cow<'n, [u8]>,
    /// Id.
    pub id: Id,
}

/// Reads the entries of a tree object whose ids have `id_len` bytes; ends at the first that is none.
pub fn entries(bytes: &[u8], id_len: usize) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let blank = rest.iter().position(|&byte| byte == b' ')?;
        let mode = std::str::from_utf8(&rest[..blank]).ok()?;
        let mode = u32::from_str_radix(mode, 8).ok()?;
        let named = &rest[blank + 1..];
        let end = memchr::memchr(0, named)?;
        let id = Id::from_bytes(named.get(end + 1..end + 1 + id_len)?)?;
        rest = &named[end + 1 + id_len..];
        Some(Entry {
            mode,
            name: Cow::Borrowed(&named[..end]),
            id,
        })
    })
}

/// Builds a tree object; entries are put in git's order, in which a folder's name sorts as if a slash followed.
pub fn tree_object(mut entries: Vec<Entry<'_>>) -> Object {
    let key = |entry: &Entry| {
        let mut key = entry.name.to_vec();
        if entry.mode == 0o040_000 {
            key.push(b'/');
        }
        key
    };
    entries.sort_by_key(key);
    let mut bytes = Vec::new();
    for entry in &entries {
        bytes.extend(format!("{:o} ", entry.mode).into_bytes());
        bytes.extend(entry.name.iter());
        bytes.push(0);
        bytes.extend(entry.id.as_bytes());
    }
    Object {
        kind: Kind::Tree,
        bytes,
    }
}
