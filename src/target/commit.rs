//! A commit as it is mailed: who, when, why, and which files change. Does not know where it is kept, or what a mail looks like.

use sha1::{Digest, Sha1};
use std::sync::Arc;

use super::blob_id::BlobId;
use super::compared::Compared;

/// A person, as git records them.
///
/// The default is nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Ident {
    /// Name, possibly empty.
    pub name: String,
    /// Mail address, without angle brackets.
    pub email: String,
}

/// A moment, and the zone it was told in.
///
/// The default is the start of 1970 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct When {
    /// Seconds since 1970 in UTC.
    pub seconds: i64,
    /// The zone as its digits say, hours and minutes: 530 is `+0530`. Some commits have one that is none, as `-0060`.
    pub zone: i32,
}

impl When {
    /// Returns a moment told in a zone so many minutes east of UTC.
    pub fn at(seconds: i64, offset_minutes: i32) -> Self {
        When {
            seconds,
            zone: offset_minutes / 60 * 100 + offset_minutes % 60,
        }
    }

    /// Minutes east of UTC.
    pub fn offset_minutes(self) -> i32 {
        self.zone / 100 * 60 + self.zone % 100
    }
}

impl std::fmt::Display for When {
    /// Writes it as commits have it: `1432123517 -0400`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:+05}", self.seconds, self.zone)
    }
}

/// A version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Mode as git keeps it: `0o100644`, `0o100755`, `0o120000` (a link), `0o160000` (a submodule, whose commit is the `id`).
    pub mode: u32,
    /// Object id, 40 hex digits.
    pub id: BlobId,
    /// Content; not looked at for a submodule.
    pub bytes: Arc<[u8]>,
}

/// What a commit does to one file.
///
/// The default is nothing, to no file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileChange {
    /// Path from the root of the tree, with `/`.
    pub path: String,
    /// The file before, absent where it is created; of a file that was renamed or copied, the one it was made of.
    pub before: Option<Blob>,
    /// The file after, absent where it is deleted.
    pub after: Option<Blob>,
    /// The other path that the file was made of, where it was renamed or copied.
    pub origin: Option<FileOrigin>,
    /// How the two differ inside, once it was asked: see [`FileChange::content`].
    pub compared: Compared,
}

/// The file that another was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOrigin {
    /// Its path from the root of the tree.
    pub path: String,
    /// Whether it is still there.
    pub kind: OriginKind,
    /// How much of it is kept, in percent.
    pub similarity: u8,
}

/// How a file was made of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind {
    /// The other file is gone.
    Rename,
    /// The other file stays.
    Copy,
}

/// A commit: one patch of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Object id, 40 hex digits.
    pub id: String,
    /// Who wrote it.
    pub author: Ident,
    /// When it was written.
    pub date: When,
    /// Subject, blank line, body.
    pub message: String,
    /// What it changes, in any order.
    pub changes: Vec<FileChange>,
}

/// What a mode says of a thing in a tree (`git help fast-import` lists the modes).
pub mod mode {
    /// The bits that tell what it is.
    pub const KIND: u32 = 0o170_000;
    /// A file.
    pub const REGULAR: u32 = 0o100_000;
    /// A symbolic link; its target is its content.
    pub const LINK: u32 = 0o120_000;
    /// A submodule, of which the tree has a commit's id alone.
    pub const SUBMODULE: u32 = 0o160_000;
}

/// What stands before the commit in the line that a submodule is compared by.
const SUBPROJECT: &str = "Subproject commit ";
/// Digits of an id.
const ID_DIGITS: usize = 40;

impl Blob {
    /// Makes a file or a link of its content.
    pub fn new(mode: u32, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        Blob {
            mode,
            id: BlobId::of_content(&bytes),
            bytes,
        }
    }

    /// Makes a blob of the text that git compares: the opposite of [`Blob::text`]. The id of a submodule is what its first line names,
    /// whatever follows it there (git adds `-dirty`); none where it names no commit.
    pub fn of_text(mode: u32, text: Vec<u8>) -> Option<Self> {
        if mode & mode::KIND != mode::SUBMODULE {
            return Some(Blob::new(mode, text));
        }
        let line = text.strip_prefix(SUBPROJECT.as_bytes())?;
        let id = String::from_utf8(line.get(..ID_DIGITS)?.to_vec()).ok()?;
        let is_id = id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| Blob {
            mode,
            id: id.to_ascii_lowercase().into(),
            bytes: Arc::default(),
        })
    }

    /// Returns what it is: a [`mode::REGULAR`] file, a [`mode::LINK`] or a [`mode::SUBMODULE`].
    pub fn kind(&self) -> u32 {
        self.mode & mode::KIND
    }

    /// Returns the text that git compares: the content, or for a submodule the line that names its commit.
    pub fn text(&self) -> Arc<[u8]> {
        if self.kind() == mode::SUBMODULE {
            return format!("{SUBPROJECT}{}\n", self.id).into_bytes().into();
        }
        Arc::clone(&self.bytes)
    }
}

impl FileChange {
    /// Returns whether the file turns into another kind of thing: a file into a link, a link into a submodule.
    pub fn changes_kind(&self) -> bool {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => before.kind() != after.kind(),
            _ => false,
        }
    }

    /// Returns whether anything differs: content, mode, presence or path.
    pub fn is_change(&self) -> bool {
        if self.origin.is_some() {
            return true;
        }
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => before.id != after.id || before.mode != after.mode,
            (None, None) => false,
            _ => true,
        }
    }
}

/// Returns the start of an id, as it is told to people: 12 digits.
pub fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Splits a message into its title, the lines of its first paragraph joined by blanks, and what follows.
pub fn title_and_body(message: &str) -> (String, &str) {
    let mut title = Vec::new();
    let mut rest = skip_blank_lines(message);
    while let Some(line) = rest.split_inclusive('\n').next() {
        rest = &rest[line.len()..];
        let line = line.trim_end_matches(BLANK);
        if line.is_empty() {
            break;
        }
        title.push(line);
    }
    (title.join(" "), skip_blank_lines(rest))
}

/// What git trims from the end of a line; form feeds and wider blanks stay.
pub(crate) const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

fn skip_blank_lines(text: &str) -> &str {
    let mut rest = text;
    while let Some(line) = rest.split_inclusive('\n').next() {
        if !line.trim_end_matches(BLANK).is_empty() {
            break;
        }
        rest = &rest[line.len()..];
    }
    rest
}

/// Returns the object id that git gives a file of this content: 40 hex digits, for naming contents.
pub fn content_id(bytes: &[u8]) -> String {
    content_id_of(&[bytes])
}

/// Returns the [`content_id`] of parts that are one content together.
///
/// It is made by a crate that uses what processors have for it. Libgit2 looks for contents made to collide as well, and takes five
/// times as long: no id of a file in a repository is made here.
pub fn content_id_of(parts: &[&[u8]]) -> String {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut hash = Sha1::new();
    hash.update(format!("blob {length}\0"));
    parts.iter().for_each(|part| hash.update(part));
    let bytes = hash.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::object::{Kind, id_of};

    #[test]
    fn a_submodule_is_compared_by_the_line_that_names_its_commit() {
        let blob = Blob {
            mode: mode::SUBMODULE,
            id: "a".repeat(40).into(),
            bytes: Arc::from(&b""[..]),
        };
        assert_eq!(
            &*blob.text(),
            format!("Subproject commit {}\n", "a".repeat(40)).as_bytes()
        );
    }

    #[test]
    fn a_text_makes_the_blob_that_it_was_made_of() {
        let submodule = Blob {
            mode: mode::SUBMODULE,
            id: "a".repeat(40).into(),
            bytes: Arc::default(),
        };
        for blob in [
            submodule,
            Blob::new(0o100_644, *b"x\n"),
            Blob::new(mode::LINK, *b"x"),
        ] {
            let text = blob.text().to_vec();
            assert_eq!(Blob::of_text(blob.mode, text), Some(blob));
        }
        for text in ["", "x\n", "Subproject commit abc\n", "Subproject commit\n"] {
            assert_eq!(Blob::of_text(mode::SUBMODULE, text.into()), None, "{text}");
        }
        let dirty = format!("Subproject commit {}-dirty\n", "A".repeat(40));
        let dirty = Blob::of_text(mode::SUBMODULE, dirty.into()).unwrap();
        assert_eq!(dirty.id.as_str(), "a".repeat(40));
    }

    #[test]
    fn a_zone_is_told_by_its_digits() {
        for (zone, minutes, told) in [
            (-400, -240, "1 -0400"),
            (545, 345, "1 +0545"),
            (-60, -60, "1 -0060"),
            (51_800, 31_080, "1 +51800"),
        ] {
            let when = When { seconds: 1, zone };
            assert_eq!(
                (when.offset_minutes(), when.to_string()),
                (minutes, told.to_owned())
            );
        }
        assert_eq!(When::at(1, -90).zone, -130);
    }

    #[test]
    fn content_ids_are_those_of_git() {
        assert_eq!(content_id(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        let text = "text\n".repeat(100);
        let (start, rest) = text.as_bytes().split_at(70);
        assert_eq!(
            content_id_of(&[start, rest]),
            id_of(Kind::Blob, text.as_bytes())
        );
    }

    #[test]
    fn the_first_paragraph_is_the_title() {
        assert_eq!(
            title_and_body("\n\none  \ntwo\n\n\nbody\n"),
            ("one two".to_string(), "body\n")
        );
        assert_eq!(title_and_body("one"), ("one".to_string(), ""));
        assert_eq!(title_and_body(""), (String::new(), ""));
    }
}
