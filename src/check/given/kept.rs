//! Proofs of earlier runs: by what the status of a patch is told from, and by all else that was read to play it. Right or absent: a
//! proof is found again only where the same stands at every path that was read, by the same series, build and tools. Plays nothing.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::proof::Proof;
use crate::check::inquiry::Place;
use crate::check::tool;
use crate::series::Series;
use crate::status::kept::Folder;
use crate::target::{Trace, Tree};

/// Bytes that are kept of one series, and paths of all its proofs together.
const MOST: usize = 8 << 20;
const MOST_PATHS: usize = 400_000;

/// What is known from earlier runs, and what this run adds.
#[derive(Default)]
pub struct Proofs {
    entries: Vec<Entry>,
    /// By patch and key.
    known: HashMap<(String, String), Vec<usize>>,
    /// Those that this run asked for.
    used: Vec<usize>,
    is_new: bool,
}

/// A proof, and what it hangs on.
struct Entry {
    patch: String,
    key: String,
    trace: Arc<Trace>,
    proof: Proof,
}

/// The form in which proofs are kept.
#[derive(Default, Serialize, Deserialize)]
struct Document {
    /// What was read: mode, id and path, or `-` and the path where nothing stands.
    things: Vec<String>,
    proofs: Vec<Told>,
}

#[derive(Serialize, Deserialize)]
struct Told {
    patch: String,
    key: String,
    /// Numbers of things.
    reads: Vec<usize>,
    proof: Proof,
}

/// Returns the place below `path` for the proofs of a series by the tools of this machine and what they are run in; `None` where
/// nothing may be kept.
pub fn folder(path: &Path, series: &Series, place: &Place) -> Option<Folder> {
    let sandbox = place.as_ref().ok()?;
    let means = format!("{}\n{}", sandbox.name(), tool::fingerprint());
    Folder::of_proofs(path, series, means)
}

impl Proofs {
    /// Returns what is kept; nothing where there is nothing, or it is damaged.
    pub fn read(folder: &Folder) -> Self {
        let document = folder.text();
        let document = document.and_then(|text| serde_json::from_slice::<Document>(&text).ok());
        document.and_then(Proofs::of).unwrap_or_default()
    }

    fn of(document: Document) -> Option<Self> {
        let things = document.things.iter().map(|thing| version(thing));
        let things: Vec<_> = things.collect::<Option<_>>()?;
        let mut proofs = Proofs::default();
        for told in document.proofs {
            let reads = told.reads.iter().map(|at| things.get(*at).cloned());
            let versions = reads.collect::<Option<BTreeMap<_, _>>>()?;
            proofs.add(Entry {
                patch: told.patch,
                key: told.key,
                trace: Arc::new(Trace::new(versions)),
                proof: told.proof,
            });
        }
        Some(proofs)
    }

    fn add(&mut self, entry: Entry) -> usize {
        let at = self.entries.len();
        let key = (entry.patch.clone(), entry.key.clone());
        self.known.entry(key).or_default().push(at);
        self.entries.push(entry);
        at
    }

    /// Returns the proof of a patch for a tree: one of the same key, for which the same was read.
    pub(super) fn find(&mut self, patch: &str, key: &str, tree: &Tree) -> Option<Proof> {
        let known = self.known.get(&(patch.to_owned(), key.to_owned()))?;
        let mut known = known.iter().copied();
        let at = known.find(|at| self.entries[*at].trace.is_of(tree))?;
        self.used.push(at);
        Some(self.entries[at].proof.clone())
    }

    /// Takes a proof, and what it hangs on.
    pub(super) fn learn(&mut self, patch: &str, key: &str, traces: &[&Trace], proof: Proof) {
        let mut versions = BTreeMap::new();
        for trace in traces {
            versions.extend(trace.versions().clone());
        }
        let at = self.add(Entry {
            patch: patch.to_owned(),
            key: key.to_owned(),
            trace: Arc::new(Trace::new(versions)),
            proof,
        });
        self.used.push(at);
        self.is_new = true;
    }

    /// Keeps what a run has added, with what another run has kept meanwhile.
    ///
    /// # Errors
    /// Where it can't be written; what was kept before is left as it was.
    pub fn write(mut self, folder: &Folder, series: &Series) -> io::Result<()> {
        if !self.is_new {
            folder.touch();
            return Ok(());
        }
        for entry in Proofs::read(folder).entries {
            self.add(entry);
        }
        let text = serde_json::to_vec(&self.document())?;
        folder.put(&text, series)
    }

    /// What is to be kept: what was asked for first, and of the rest as much as there is room for.
    fn document(&self) -> Document {
        let mut document = Document::default();
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut seen = HashSet::new();
        let (mut size, mut paths) = (0, 0);
        for at in self.used.iter().copied().chain(0..self.entries.len()) {
            let entry = &self.entries[at];
            let same = (&entry.patch, &entry.key, entry.trace.versions());
            if !seen.insert(same) {
                continue;
            }
            let mut reads = Vec::new();
            for (path, version) in entry.trace.versions() {
                let thing = thing(path, version.as_ref());
                let next = document.things.len();
                let number = *numbers.entry(thing.clone()).or_insert(next);
                if number == next {
                    size += thing.len() + 3;
                    document.things.push(thing);
                }
                reads.push(number);
            }
            let proof = entry.proof.clone();
            // The numbers, and all that is told of histories.
            size += 8 * reads.len() + 512 + proof.told.len();
            paths += reads.len();
            if size > MOST || paths > MOST_PATHS {
                break;
            }
            document.proofs.push(Told {
                patch: entry.patch.clone(),
                key: entry.key.clone(),
                reads,
                proof,
            });
        }
        document
    }
}

fn thing(path: &str, version: Option<&(u32, String)>) -> String {
    match version {
        Some((mode, id)) => format!("{mode:o} {id} {path}"),
        None => format!("- {path}"),
    }
}

fn version(thing: &str) -> Option<(String, Option<(u32, String)>)> {
    if let Some(path) = thing.strip_prefix("- ") {
        return Some((path.to_owned(), None));
    }
    let mut words = thing.splitn(3, ' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let (id, path) = (words.next()?, words.next()?);
    Some((path.to_owned(), Some((mode, id.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(told: &str) -> Proof {
        Proof {
            is_right: Some(true),
            told: told.to_owned(),
            ground: None,
            histories: None,
        }
    }

    fn trace(paths: usize) -> Trace {
        let of = |at: usize| {
            let version = at
                .is_multiple_of(2)
                .then(|| (0o100_644, format!("{at:040x}")));
            (format!("src/a b/{at}.c"), version)
        };
        Trace::new((0..paths).map(of).collect())
    }

    #[test]
    fn what_is_written_reads_back_and_nonsense_does_not() {
        let mut proofs = Proofs::default();
        proofs.learn("p", "k", &[&trace(3), &trace(5)], proof("five"));
        proofs.learn("p", "k", &[&trace(4)], proof("four"));
        let text = serde_json::to_string(&proofs.document()).unwrap();
        let again = Proofs::of(serde_json::from_str(&text).unwrap()).unwrap();
        assert_eq!(serde_json::to_string(&again.document()).unwrap(), text);
        assert_eq!(again.entries[0].trace.versions().len(), 5);
        assert_eq!(again.entries[1].proof.told, "four");
        let broken = text.replacen("100644 ", "mode ", 1);
        assert!(Proofs::of(serde_json::from_str(&broken).unwrap()).is_none());
    }

    #[test]
    fn what_was_asked_for_is_kept_first_and_no_more_than_there_is_room_for() {
        let mut proofs = Proofs::default();
        for at in 0..5 {
            let told = format!("proof {at}");
            proofs.learn(
                "p",
                &at.to_string(),
                &[&trace(MOST_PATHS / 3)],
                proof(&told),
            );
        }
        proofs.used = vec![4];
        let document = proofs.document();
        assert!(document.proofs.len() < 5);
        assert_eq!(document.proofs[0].proof.told, "proof 4");
    }
}
