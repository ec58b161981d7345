//! The files that differ between two trees, and their contents. Does not know which commits the trees belong to.

use git2::{Oid, Repository};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::pairs::Pair;
use super::{Pairing, trees, unreadable};
use crate::target::commit::mode;
use crate::target::compared::{self, Content};
use crate::target::hunks::{self, HunksError};
use crate::target::{Blob, FileChange, FileOrigin, OriginKind};
use crate::text::Problem;

/// A file that differs between two trees, its contents not read yet.
#[derive(Clone)]
pub(super) struct Entry {
    path: String,
    before: Option<Side>,
    after: Option<Side>,
    origin: Option<FileOrigin>,
}

/// A version of a file, its content not read yet.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Side {
    mode: u32,
    id: Oid,
}

impl Side {
    /// Modes are what git makes of them today, old histories have others too.
    fn of((mode, id): (u32, Oid)) -> Self {
        let mode = match mode & mode::KIND {
            mode::REGULAR if mode & 0o100 != 0 => 0o100_755,
            mode::REGULAR => 0o100_644,
            _ => mode,
        };
        Side { mode, id }
    }
}

/// Returns the files that differ between two trees, in the order of their paths; all of `new` where there is no `old`.
pub(super) fn entries(
    repository: &Repository,
    old: Option<Oid>,
    new: Oid,
) -> Result<Vec<Entry>, Problem> {
    let found = trees::differing(repository, old, new)?.into_iter();
    let entries = found.map(|(bytes, sides)| {
        let [before, after] = sides.map(|side| side.map(Side::of));
        Ok(Entry {
            path: path(&bytes)?,
            before,
            after,
            origin: None,
        })
    });
    entries
        .filter(|entry| {
            entry
                .as_ref()
                .map_or(true, |entry| entry.before != entry.after)
        })
        .collect()
}

fn path(bytes: &[u8]) -> Result<String, Problem> {
    String::from_utf8(bytes.to_vec()).map_err(|_| {
        let message = format!("the path `{}` is not UTF-8", bytes.escape_ascii());
        Problem::new("commit-path", message)
            .help("leave the commit out of the range, or rename the file")
    })
}

/// Returns whether files may be made of others: something is new, and something else is gone, or for copies changed.
pub(super) fn may_pair(entries: &[Entry], pairing: Pairing) -> bool {
    let is_source = |entry: &Entry| match pairing {
        Pairing::None => false,
        Pairing::Renames => entry.after.is_none(),
        Pairing::Copies => entry.before.is_some(),
    };
    entries.iter().any(|entry| entry.before.is_none()) && entries.iter().any(is_source)
}

/// Ties files to those they were made of. A file that was renamed is no longer told as gone.
pub(super) fn tie(entries: &mut Vec<Entry>, pairs: Vec<Pair>) {
    let before: HashMap<String, Option<Side>> = entries
        .iter()
        .map(|entry| (entry.path.clone(), entry.before))
        .collect();
    let renamed: BTreeSet<String> = pairs
        .iter()
        .filter(|pair| pair.origin.kind == OriginKind::Rename)
        .map(|pair| pair.origin.path.clone())
        .collect();
    entries.retain(|entry| entry.after.is_some() || !renamed.contains(&entry.path));
    for pair in pairs {
        let entry = entries.iter_mut().find(|entry| entry.path == pair.path);
        if let (Some(entry), Some(Some(side))) = (entry, before.get(&pair.origin.path)) {
            entry.before = Some(*side);
            entry.origin = Some(pair.origin);
        }
    }
}

/// What files hold and how their versions differ, each read and compared once.
#[derive(Default)]
pub(super) struct Contents {
    known: HashMap<Oid, Arc<[u8]>>,
    compared: HashMap<Versions, Arc<Content>>,
}

/// The contents before and after; none where there is no file.
type Versions = (Option<Oid>, Option<Oid>);

/// Versions of files that are read by one thread: those of one path, most of which are before one change and after another.
pub(super) type Chain = Vec<Versions>;

/// Returns the versions that entries are of, each once, those of one path together. The longest come first, so that none is begun
/// last.
pub(super) fn chains(entries: &[Vec<Entry>]) -> Vec<Chain> {
    let mut chains: BTreeMap<&str, Chain> = BTreeMap::new();
    let mut seen = HashSet::new();
    for entry in entries.iter().flatten() {
        let id = |side: Option<Side>| {
            let side = side.filter(|side| side.mode != mode::SUBMODULE)?;
            Some(side.id)
        };
        let versions = (id(entry.before), id(entry.after));
        if versions != (None, None) && seen.insert(versions) {
            chains.entry(&entry.path).or_default().push(versions);
        }
    }
    let mut chains: Vec<Chain> = chains.into_values().collect();
    chains.sort_by_key(|chain| Reverse(chain.len()));
    chains
}

impl Contents {
    /// Reads the contents of a chain, and compares each two.
    pub(super) fn read(repository: &Repository, chain: &Chain) -> Result<Self, Problem> {
        let ids: BTreeSet<Oid> = (chain.iter())
            .flat_map(|(before, after)| [*before, *after])
            .flatten()
            .collect();
        let blobs = ids.into_iter().map(|id| {
            let blob = repository.find_blob(id);
            Ok((id, blob.map_err(|error| unreadable(id, &error))?))
        });
        let blobs: HashMap<Oid, git2::Blob<'_>> = blobs.collect::<Result<_, Problem>>()?;
        let mut contents = Contents::default();
        for (before, after) in chain {
            let of = |id: &Option<Oid>| id.and_then(|id| blobs.get(&id));
            // What can't be compared is told by whoever shows it.
            if let Ok(content) = difference(of(before), of(after)) {
                let content = Arc::new(content);
                contents.compared.insert((*before, *after), content);
            }
        }
        let known = blobs.into_iter();
        contents.known = known
            .map(|(id, blob)| (id, Arc::from(blob.content())))
            .collect();
        Ok(contents)
    }

    /// Puts together what was read of several chains.
    pub(super) fn join(read: Vec<Self>) -> Self {
        let mut all = Contents::default();
        for contents in read {
            all.known.extend(contents.known);
            all.compared.extend(contents.compared);
        }
        all
    }

    /// Returns the entry with its contents.
    pub(super) fn fill(&self, entry: Entry) -> FileChange {
        let blob = |side: Side| Blob {
            mode: side.mode,
            id: side.id.to_string().into(),
            bytes: self
                .known
                .get(&side.id)
                .cloned()
                .unwrap_or_else(|| Arc::from(&b""[..])),
        };
        let sides = [entry.before, entry.after];
        let is_submodule = |side: &Side| side.mode == mode::SUBMODULE;
        let change = FileChange {
            path: entry.path,
            before: entry.before.map(blob),
            after: entry.after.map(blob),
            origin: entry.origin,
            ..FileChange::default()
        };
        if !sides.iter().flatten().any(is_submodule) {
            let [before, after] = sides.map(|side| side.map(|side| side.id));
            let content = self.compared.get(&(before, after));
            content
                .into_iter()
                .for_each(|content| change.remember(Arc::clone(content)));
        }
        change
    }
}

fn difference(
    before: Option<&git2::Blob<'_>>,
    after: Option<&git2::Blob<'_>>,
) -> Result<Content, HunksError> {
    let old = before.map_or(&b""[..], git2::Blob::content);
    let new = after.map_or(&b""[..], git2::Blob::content);
    match (before, after) {
        (Some(before), Some(after)) if before.id() == after.id() => Ok(Content::Same),
        (Some(before), Some(after)) => {
            compared::of_texts(old, new, || hunks::printed_of(before, after))
        }
        _ => compared::of_texts(old, new, || hunks::printed(old, new)),
    }
}
