//! Which of many blobs hold one of some words, told from the packs without putting the blobs together. Does not judge what the
//! words mean where they stand.

use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::{BinaryHeap, HashMap};

use super::fault::Fault;
use super::id::Id;
use super::objects::Objects;
use super::packs::{Base, Head, Inflater, Pack, Packs};
use super::patchwork::Patchwork;
use super::words::{Held, Words};

/// Returns the words that each blob holds.
///
/// # Errors
/// For each blob that can't be read.
pub(super) fn search(
    objects: &Objects,
    ids: Vec<Id>,
    words: &Words,
) -> Vec<(Id, Result<Held, Fault>)> {
    let mut found: HashMap<Id, Held> = HashMap::new();
    // A few are read sooner than the packs are opened.
    if ids.len() > FEW {
        let packs = Packs::open(objects.places());
        for (pack, entries) in packs.locate(ids.clone()) {
            found.extend(Forest::grow(pack, &entries).search(pack, words));
        }
    }
    let (told, rest): (Vec<Id>, Vec<Id>) = ids.into_iter().partition(|id| found.contains_key(id));
    let read = rest.into_par_iter().map(|id| {
        let blob = objects.read(id);
        (id, blob.map(|(_, bytes)| words.held(&bytes)))
    });
    let read: Vec<_> = read.collect();
    let told = told.into_iter().map(|id| (id, Ok(found[&id])));
    told.chain(read).collect()
}

const FEW: usize = 16;

/// Entries of a pack and all that they are told against, as trees: a whole object at each root.
struct Forest {
    nodes: Vec<Node>,
    roots: Vec<usize>,
}

struct Node {
    head: Head,
    /// The blob, where it is asked about.
    id: Option<Id>,
    /// The entries that are told against it.
    children: Vec<usize>,
}

impl Forest {
    fn grow(pack: &Pack, entries: &[(Id, u64)]) -> Self {
        let wanted: HashMap<u64, Id> = entries.iter().map(|(id, offset)| (*offset, *id)).collect();
        // What an entry is told against lies before it, so from the last to the first each is seen once.
        let mut ahead: BinaryHeap<u64> = wanted.keys().copied().collect();
        let mut nodes = Vec::new();
        let mut numbers = HashMap::new();
        while let Some(offset) = ahead.pop() {
            if numbers.contains_key(&offset) {
                continue;
            }
            // What has no head that is known is no root, so nothing is told of it or of what is told against it.
            let Some(head) = pack.head(offset) else {
                continue;
            };
            if let Base::Offset(base) = head.base {
                ahead.push(base);
            }
            numbers.insert(offset, nodes.len());
            let id = wanted.get(&offset).copied();
            nodes.push(Node {
                head,
                id,
                children: Vec::new(),
            });
        }
        let mut roots = Vec::new();
        for number in 0..nodes.len() {
            match nodes[number].head.base {
                Base::None => roots.push(number),
                Base::Offset(base) => {
                    if let Some(base) = numbers.get(&base) {
                        nodes[*base].children.push(number);
                    }
                }
                // It may be in another pack; it is read another way.
                Base::Id(_) => {}
            }
        }
        Forest { nodes, roots }
    }

    fn search(&self, pack: &Pack, words: &Words) -> Vec<(Id, Held)> {
        let trees = self.roots.par_iter();
        trees
            .map_init(Inflater::new, |inflater, root| {
                self.search_tree(*root, pack, words, inflater)
            })
            .flatten_iter()
            .collect()
    }

    fn search_tree(
        &self,
        root: usize,
        pack: &Pack,
        words: &Words,
        inflater: &mut Inflater,
    ) -> Vec<(Id, Held)> {
        let mut patchwork = Patchwork::new(words);
        let mut found = Vec::new();
        let mut ahead = vec![(root, 0)];
        while let Some((number, depth)) = ahead.pop() {
            let node = &self.nodes[number];
            let held = pack
                .inflate(node.head, inflater)
                .and_then(|inflated| patchwork.put(depth, inflated));
            let Some(held) = held else {
                continue;
            };
            found.extend(node.id.map(|id| (id, held)));
            ahead.extend(node.children.iter().map(|child| (*child, depth + 1)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use git2::{ObjectType, Repository};
    use std::fmt::Write;
    use std::process::Command;

    /// Numbers that look random and are the same each time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(self.0 >> 33).unwrap() % bound
        }
    }

    /// Texts of which each is a little other than the one before, made of parts that join to words now and then.
    fn versions(count: usize) -> Vec<String> {
        let parts = [
            "getSelf",
            "LastChanged",
            "get",
            "Self",
            "Last",
            "Chan",
            "ged",
            "\n",
            " ",
            "Self\n",
        ];
        let mut dice = Dice(7);
        let mut now: Vec<usize> = (0..3000).map(|_| 2 + dice.below(8)).collect();
        let mut versions = Vec::new();
        for version in 0..count {
            for _ in 0..4 {
                let at = dice.below(now.len());
                let to = dice.below(now.len());
                now[at] = dice.below(parts.len());
                let moved: Vec<usize> = now[to..].iter().take(dice.below(40)).copied().collect();
                now.splice(at..at, moved);
                now.remove(dice.below(now.len()));
            }
            let mut text = String::new();
            // Most have no word at all: what is rare is told apart.
            for part in now.iter().filter(|part| version % 3 == 0 || **part > 5) {
                text.push_str(parts[*part]);
            }
            writeln!(text, "{version}").unwrap();
            versions.push(text);
        }
        versions
    }

    #[test]
    fn what_is_told_from_packs_is_what_the_blobs_hold() {
        let dir = tempfile::tempdir().unwrap();
        let repository = Repository::init(dir.path()).unwrap();
        let mut ids = Vec::new();
        let mut builder = repository.treebuilder(None).unwrap();
        let texts = versions(300);
        for (number, text) in texts.iter().enumerate() {
            let id = repository.blob(text.as_bytes()).unwrap();
            builder
                .insert(format!("{number:03}"), id, 0o100_644)
                .unwrap();
            ids.push(Id::of_git(id));
        }
        let tree = repository.find_tree(builder.write().unwrap()).unwrap();
        let author = git2::Signature::new("A", "a@example.org", &git2::Time::new(0, 0)).unwrap();
        repository
            .commit(Some("HEAD"), &author, &author, "", &tree, &[])
            .unwrap();
        let repack = |args: &[&str]| {
            let mut git = Command::new("git");
            git.arg("-C")
                .arg(dir.path())
                .args(["repack", "-adfq"])
                .args(args);
            git.output().is_ok_and(|output| output.status.success())
        };
        if !repack(&["--depth=50", "--window=50"]) {
            println!("skipped: no git on this machine");
            return;
        }
        let words = ["getSelfLastChanged", "SelfLast", "LastChangedget"].map(str::to_owned);
        let words = Words::new(words);
        let objects = Objects::new(&dir.path().join(".git"));
        let packs = Packs::open(objects.places());
        let located = packs.locate(ids.clone());
        let (pack, entries) = &located[0];
        let forest = Forest::grow(pack, entries);
        assert!(
            forest.roots.len() < 20,
            "the blobs are not told against each other"
        );
        let told: HashMap<Id, Held> = forest.search(pack, &words).into_iter().collect();
        let mut seen = [0; 2];
        for (id, text) in ids.iter().zip(&texts) {
            let held = words.held(text.as_bytes());
            assert_eq!(told.get(id), Some(&held), "{id}");
            seen[usize::from(held != 0)] += 1;
        }
        assert!(seen[0] > 10 && seen[1] > 10, "{seen:?}");
        let oids = ids.iter().map(|id| id.to_git());
        assert!(oids.into_iter().all(|oid| {
            let kind = repository.odb().unwrap().read_header(oid).unwrap().1;
            kind == ObjectType::Blob
        }));
        // What a pack can't tell is read.
        let broken = search(&objects, ids[..20].to_vec(), &words);
        assert!(
            broken
                .iter()
                .all(|(id, held)| held.as_ref().ok() == told.get(id))
        );
    }

    #[test]
    fn a_blob_that_is_not_there_is_told() {
        let dir = tempfile::tempdir().unwrap();
        Repository::init(dir.path()).unwrap();
        let objects = Objects::new(&dir.path().join(".git"));
        let id = Id::from_hex(&"12".repeat(20)).unwrap();
        let found = search(&objects, vec![id], &Words::new(["a".to_owned()]));
        assert_eq!(found[0].1.as_ref().unwrap_err().absent, Some(id));
    }
}
