//! The files that differ between two trees, and their contents. Does not know which commits the trees belong to.

use git2::{Delta, DiffOptions, Oid, Repository};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::pairs::Pair;
use super::{Pairing, unreadable};
use crate::target::commit::mode;
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
    fn of(file: &git2::DiffFile<'_>) -> Option<Self> {
        let mode = u32::from(file.mode());
        let mode = match mode & mode::KIND {
            mode::REGULAR if mode & 0o100 != 0 => 0o100_755,
            mode::REGULAR => 0o100_644,
            _ => mode,
        };
        (!file.id().is_zero()).then(|| Side {
            mode,
            id: file.id(),
        })
    }
}

/// Returns the files that differ between two trees, in the order of their paths; all of `new` where there is no `old`.
pub(super) fn entries(
    repository: &Repository,
    old: Option<Oid>,
    new: Oid,
) -> Result<Vec<Entry>, Problem> {
    let tree = |id: Oid| {
        repository
            .find_tree(id)
            .map_err(|error| unreadable(id, &error))
    };
    let old = old.map(tree).transpose()?;
    let tree = tree(new)?;
    let mut options = DiffOptions::new();
    options
        .include_typechange(true)
        .ignore_submodules(false)
        .skip_binary_check(true);
    let diff = repository
        .diff_tree_to_tree(old.as_ref(), Some(&tree), Some(&mut options))
        .map_err(|error| unreadable(new, &error))?;
    let entries = diff
        .deltas()
        .filter(|delta| delta.status() != Delta::Unmodified);
    entries
        .map(|delta| {
            let bytes = delta
                .new_file()
                .path_bytes()
                .or(delta.old_file().path_bytes());
            Ok(Entry {
                path: path(bytes.unwrap_or_default())?,
                before: Side::of(&delta.old_file()),
                after: Side::of(&delta.new_file()),
                origin: None,
            })
        })
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

/// What files hold, each content once.
pub(super) struct Contents {
    known: HashMap<Oid, Arc<[u8]>>,
}

impl Contents {
    /// Reads what the entries need; `each` does something for many ids at the same time.
    pub(super) fn read(
        entries: &[Vec<Entry>],
        each: impl FnOnce(
            &[Oid],
            &(dyn Fn(&Repository, &Oid) -> Result<Arc<[u8]>, Problem> + Sync),
        ) -> Result<Vec<Arc<[u8]>>, Problem>,
    ) -> Result<Self, Problem> {
        let sides = entries
            .iter()
            .flatten()
            .flat_map(|entry| [entry.before, entry.after]);
        let mut ids: Vec<Oid> = Vec::new();
        let mut seen = BTreeSet::new();
        for side in sides.flatten().filter(|side| side.mode != mode::SUBMODULE) {
            if seen.insert(side.id) {
                ids.push(side.id);
            }
        }
        let contents = each(&ids, &|repository, id| {
            let odb = repository.odb().map_err(|error| unreadable(*id, &error))?;
            let object = odb.read(*id).map_err(|error| unreadable(*id, &error))?;
            Ok(Arc::from(object.data()))
        })?;
        Ok(Contents {
            known: ids.into_iter().zip(contents).collect(),
        })
    }

    /// Returns the entry with its contents.
    pub(super) fn fill(&self, entry: Entry) -> FileChange {
        let blob = |side: Side| Blob {
            mode: side.mode,
            id: side.id.to_string(),
            bytes: self
                .known
                .get(&side.id)
                .cloned()
                .unwrap_or_else(|| Arc::from(&b""[..])),
        };
        FileChange {
            path: entry.path,
            before: entry.before.map(blob),
            after: entry.after.map(blob),
            origin: entry.origin,
        }
    }
}
