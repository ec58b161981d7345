//! How the difference of two files that are no text is printed. Does not know paths or modes.

use git2::{DiffOptions, Patch};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::commit::Blob;
use super::hunks::HunksError;
use super::object::{Kind, id_of};

/// What opens it.
pub(super) const START: &[u8] = b"GIT binary patch\n";

/// Binary patches as the installed git prints them, by the contents that they are between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binaries {
    known: BTreeMap<(String, String), Arc<[u8]>>,
}

impl FromIterator<((String, String), Arc<[u8]>)> for Binaries {
    fn from_iter<I: IntoIterator<Item = ((String, String), Arc<[u8]>)>>(patches: I) -> Self {
        Binaries {
            known: patches.into_iter().collect(),
        }
    }
}

impl Binaries {
    /// Returns the ids of two contents; a file that is not there has the one of nothing.
    pub(super) fn key(before: Option<&Blob>, after: Option<&Blob>) -> (String, String) {
        let id = |blob: Option<&Blob>| {
            blob.map_or_else(|| id_of(Kind::Blob, b""), |blob| blob.id.to_string())
        };
        (id(before), id(after))
    }

    /// Returns the `GIT binary patch` that turns one content into the other, forth and back, with its blank lines.
    ///
    /// Where git was not asked it is libgit2's: `git apply` takes it, but git might have packed it otherwise.
    ///
    /// # Errors
    /// Where libgit2 refuses.
    pub fn patch(
        &self,
        before: Option<&Blob>,
        after: Option<&Blob>,
    ) -> Result<Arc<[u8]>, HunksError> {
        if let Some(known) = self.known.get(&Self::key(before, after)) {
            return Ok(Arc::clone(known));
        }
        let text = |blob: Option<&Blob>| blob.map(Blob::text).unwrap_or_default();
        let mut options = DiffOptions::new();
        options.show_binary(true).force_binary(true);
        let (old, new) = (text(before), text(after));
        let mut patch = Patch::from_buffers(&old, None, &new, None, Some(&mut options))?;
        let printed = patch.to_buf()?;
        let start = printed
            .windows(START.len())
            .position(|window| window == START);
        Ok(start
            .map(|at| Arc::from(&printed[at..]))
            .unwrap_or_default())
    }
}
