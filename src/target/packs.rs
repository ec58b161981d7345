//! Packs entry by entry, deltas as they are kept, which libgit2 does not show. Puts no object together.
//!
//! Format facts: `git help gitformat-pack`, version 2 of the index and of the pack. What is of another form is not found here,
//! and is read some other way.

use flate2::{Decompress, FlushDecompress, Status};
use std::fs::File;
use std::path::{Path, PathBuf};

use super::id::Id;
use super::tree::LARGEST;

/// The packs of a repository.
pub(super) struct Packs {
    packs: Vec<Pack>,
}

/// A pack and its index.
pub(super) struct Pack {
    entries: File,
    index: File,
    /// How many ids begin with a byte up to this one.
    fanout: Vec<u32>,
}

/// The head of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// What it is told against.
    pub(super) base: Base,
    /// Length of its data when inflated.
    pub(super) len: usize,
    /// Where its deflated data begins.
    pub(super) data: u64,
}

/// What an entry is told against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// Nothing: it is an object as it is.
    None,
    /// The entry at an offset of the same pack.
    Offset(u64),
    /// An object by its id.
    Id(Id),
}

const INDEX_MAGIC: [u8; 8] = [0xff, b't', b'O', b'c', 0, 0, 0, 2];
const FANOUT: u64 = 8;
const IDS: u64 = FANOUT + 4 * 256;
const ID_LEN: usize = 20;
/// A head and the id of a base fit into it.
const HEAD_LEN: usize = 64;

impl Packs {
    /// Opens the packs that lie in `places`, folders as `.git/objects`, and in the alternates that these name. What can't be
    /// opened is left out.
    pub(super) fn open(places: Vec<PathBuf>) -> Self {
        let mut all = places;
        let mut at = 0;
        // git follows five links of alternates; a ring would have no end.
        while at < all.len() && all.len() < 64 {
            let further = alternates(&all[at]);
            for place in further {
                if !all.contains(&place) {
                    all.push(place);
                }
            }
            at += 1;
        }
        let packs = all.iter().flat_map(|place| indexes(&place.join("pack")));
        Packs {
            packs: packs.filter_map(|index| Pack::open(&index)).collect(),
        }
    }

    /// Finds which of `ids` are in a pack: for each pack the ids and the offsets of their entries.
    pub(super) fn locate(&self, mut ids: Vec<Id>) -> Vec<(&Pack, Vec<(Id, u64)>)> {
        ids.retain(|id| id.as_bytes().len() == ID_LEN);
        ids.sort_unstable();
        ids.dedup();
        let mut located = Vec::new();
        for pack in &self.packs {
            let found = pack.locate(&ids);
            if !found.is_empty() {
                ids.retain(|id| found.binary_search_by_key(id, |(id, _)| *id).is_err());
                located.push((pack, found));
            }
        }
        located
    }
}

fn alternates(place: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(place.join("info/alternates")).unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| place.join(line)).collect()
}

/// The indexes of the packs in a folder, in an order that does not depend on the disk.
fn indexes(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_index = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "idx");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(is_index).collect();
    paths.sort();
    paths
}

impl Pack {
    fn open(index: &Path) -> Option<Self> {
        let entries = File::open(index.with_extension("pack")).ok()?;
        let index = File::open(index).ok()?;
        let mut head = [0; 8 + 4 * 256];
        read_exact(&index, &mut head, 0)?;
        let (magic, fanout) = head.split_at(8);
        let fanout: Vec<u32> = fanout.chunks(4).filter_map(number).collect();
        let mut begins = [0; 8];
        read_exact(&entries, &mut begins, 0)?;
        let is_known = magic == INDEX_MAGIC
            && begins[..4] == *b"PACK"
            && begins[4..] == [0, 0, 0, 2]
            && fanout.is_sorted();
        is_known.then_some(Pack {
            entries,
            index,
            fanout,
        })
    }

    fn count(&self) -> u64 {
        self.fanout.last().copied().unwrap_or(0).into()
    }

    /// Finds sorted ids: all of a first byte are read at once.
    fn locate(&self, ids: &[Id]) -> Vec<(Id, u64)> {
        let mut found = Vec::new();
        for same in ids.chunk_by(|one, other| one.as_bytes()[0] == other.as_bytes()[0]) {
            let byte = usize::from(same[0].as_bytes()[0]);
            let begins = byte.checked_sub(1).map_or(0, |before| self.fanout[before]);
            let count = (self.fanout[byte] - begins) as usize;
            let mut table = vec![0; count * ID_LEN];
            if read_exact(
                &self.index,
                &mut table,
                IDS + u64::from(begins) * ID_LEN as u64,
            )
            .is_none()
            {
                continue;
            }
            for id in same {
                let rows: &[[u8; ID_LEN]] = table.as_chunks().0;
                let row = rows.binary_search_by(|row| row[..].cmp(id.as_bytes()));
                let offset = row
                    .ok()
                    .and_then(|row| self.offset(u64::from(begins) + row as u64));
                found.extend(offset.map(|offset| (*id, offset)));
            }
        }
        found
    }

    /// Returns the offset of the entry of the `row`-th id.
    fn offset(&self, row: u64) -> Option<u64> {
        let offsets = IDS + self.count() * (ID_LEN as u64 + 4);
        let mut short = [0; 4];
        read_exact(&self.index, &mut short, offsets + row * 4)?;
        let short = u32::from_be_bytes(short);
        if short & (1 << 31) == 0 {
            return Some(short.into());
        }
        let row = u64::from(short & !(1 << 31));
        let mut long = [0; 8];
        read_exact(&self.index, &mut long, offsets + self.count() * 4 + row * 8)?;
        Some(u64::from_be_bytes(long))
    }

    /// Reads the head of the entry at an offset; `None` where it has none that is known.
    pub(super) fn head(&self, offset: u64) -> Option<Head> {
        let mut bytes = [0; HEAD_LEN];
        let read = read_some(&self.entries, &mut bytes, offset)?;
        let mut bytes = bytes[..read].iter().copied();
        let first = bytes.next()?;
        let kind = first >> 4 & 7;
        let mut len = u64::from(first & 15);
        let mut shift = 4;
        let mut more = first;
        while more & 0x80 != 0 {
            more = bytes.next()?;
            len |= u64::from(more & 0x7f).checked_shl(shift)?;
            shift += 7;
        }
        let base = match kind {
            1..=4 => Base::None,
            6 => {
                let mut byte = bytes.next()?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = bytes.next()?;
                    back = (back.checked_add(1)? << 7) | u64::from(byte & 0x7f);
                }
                // Never itself, nor what comes behind: a chain has an end.
                Base::Offset(offset.checked_sub(back).filter(|_| back > 0)?)
            }
            7 => {
                let id: Vec<u8> = bytes.by_ref().take(ID_LEN).collect();
                Base::Id(Id::from_bytes(&id)?)
            }
            _ => return None,
        };
        let data = offset + (read - bytes.len()) as u64;
        let len = usize::try_from(len)
            .ok()
            .filter(|len| *len as u64 <= LARGEST)?;
        Some(Head { base, len, data })
    }

    /// Inflates the data of an entry; `None` where it is not what its head says.
    pub(super) fn inflate(&self, head: Head, inflater: &mut Inflater) -> Option<Vec<u8>> {
        let inflate = &mut inflater.inflate;
        inflate.reset(true);
        let mut data = vec![0; head.len];
        let (mut at, mut filled) = (head.data, 0);
        // Deflated text is shorter than it was, but for a few bytes.
        let input = &mut inflater.input;
        input.resize((head.len + 64).min(1 << 16), 0);
        loop {
            let read = read_some(&self.entries, input, at)?;
            let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(&input[..read], &mut data[filled..], FlushDecompress::None)
                .ok()?;
            at += inflate.total_in() - before_in;
            filled += usize::try_from(inflate.total_out() - before_out).ok()?;
            if status == Status::StreamEnd {
                return (filled == head.len).then_some(data);
            }
            if inflate.total_in() == before_in && inflate.total_out() == before_out {
                return None;
            }
        }
    }
}

/// What is used again from entry to entry.
pub(super) struct Inflater {
    inflate: Decompress,
    input: Vec<u8>,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Inflater {
            inflate: Decompress::new(true),
            input: Vec::new(),
        }
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

fn read_exact(file: &File, bytes: &mut [u8], at: u64) -> Option<()> {
    (read_some(file, bytes, at)? == bytes.len()).then_some(())
}

/// Fills as much as the file has; `None` where it has nothing there.
#[cfg(unix)]
fn read_some(file: &File, bytes: &mut [u8], at: u64) -> Option<usize> {
    use std::os::unix::fs::FileExt;
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    (filled > 0 || bytes.is_empty()).then_some(filled)
}

#[cfg(not(unix))]
fn read_some(_: &File, _: &mut [u8], _: u64) -> Option<usize> {
    None
}
