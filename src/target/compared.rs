//! What differs inside a file, compared once whoever asks. Does not know how it is shown.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::blob_id::BlobId;
use super::commit::{Blob, FileChange};
use super::hunks::{self, HunksError, Printed};

/// What differs in the content of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing.
    Same,
    /// Lines.
    Text(Printed),
    /// Bytes: it isn't text, before or after.
    Binary {
        /// Bytes before.
        before: usize,
        /// Bytes after.
        after: usize,
    },
}

/// Remembers what differs between the two versions of a change, for its clones too. All are equal: it says nothing that the versions
/// do not.
#[derive(Clone, Default)]
pub struct Compared(Arc<OnceLock<Known>>);

struct Known {
    /// The versions that it is of: a change may be made of another by leaving one of them out.
    of: [Option<Version>; 2],
    content: Arc<Content>,
}

/// What git compares: kind and id.
type Version = (u32, BlobId);

impl PartialEq for Compared {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Compared {}

impl fmt::Debug for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compared")
    }
}

impl FileChange {
    /// Returns what differs between its two versions. It is compared once, for its clones too.
    ///
    /// # Errors
    /// Where libgit2 refuses, as for a text of more than 1 GiB.
    pub fn content(&self) -> Result<Arc<Content>, HunksError> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let content = Arc::new(between(self.before.as_ref(), self.after.as_ref())?);
        self.remember(Arc::clone(&content));
        Ok(content)
    }

    /// Keeps what differs between its versions, for whoever asks.
    pub(super) fn remember(&self, content: Arc<Content>) {
        let of = [&self.before, &self.after].map(|blob| {
            let blob = blob.as_ref()?;
            Some((blob.kind(), blob.id.clone()))
        });
        // What another thread has found meanwhile is the same.
        let _ = self.compared.0.set(Known { of, content });
    }

    fn known(&self) -> Option<Arc<Content>> {
        let known = self.compared.0.get()?;
        let is = |blob: &Option<Blob>, version: &Option<Version>| match (blob, version) {
            (Some(blob), Some((kind, id))) => blob.kind() == *kind && blob.id == *id,
            (None, None) => true,
            _ => false,
        };
        let is_of = is(&self.before, &known.of[0]) && is(&self.after, &known.of[1]);
        is_of.then(|| Arc::clone(&known.content))
    }
}

fn between(before: Option<&Blob>, after: Option<&Blob>) -> Result<Content, HunksError> {
    let id = |blob: Option<&Blob>| blob.map(|blob| blob.id.clone());
    if id(before) == id(after) {
        return Ok(Content::Same);
    }
    let text = |blob: Option<&Blob>| blob.map_or_else(Arc::default, Blob::text);
    let (old, new) = (text(before), text(after));
    of_texts(&old, &new, || hunks::printed(&old, &new))
}

/// Returns what differs between two texts that are not the same: `printed` compares them where they are texts.
pub(super) fn of_texts(
    old: &[u8],
    new: &[u8],
    printed: impl FnOnce() -> Result<Printed, HunksError>,
) -> Result<Content, HunksError> {
    if hunks::is_binary(old) || hunks::is_binary(new) {
        return Ok(Content::Binary {
            before: old.len(),
            after: new.len(),
        });
    }
    printed().map(Content::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(text: &str) -> Option<Blob> {
        Some(Blob::new(0o100_644, text.as_bytes()))
    }

    #[test]
    fn what_was_compared_is_not_told_of_other_versions() {
        let change = FileChange {
            path: "f".to_owned(),
            before: blob("a\n"),
            after: blob("b\n"),
            ..FileChange::default()
        };
        let whole = change.content().unwrap();
        assert!(Arc::ptr_eq(&whole, &change.clone().content().unwrap()));
        let gone = FileChange {
            after: None,
            ..change.clone()
        };
        let Content::Text(printed) = &*gone.content().unwrap() else {
            panic!()
        };
        assert_eq!((printed.added, printed.removed), (0, 1));
        assert!(Arc::ptr_eq(&whole, &change.content().unwrap()));
    }
}
