//! Something asked of many trees, once for all that it reads the same of. Does not know what is asked.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::target::{Trace, Tree};

/// A tree that is asked, and what tells it apart before anything is read of it; `None` where nothing does.
pub(super) struct Put<'t> {
    /// Trees with other keys behave otherwise.
    pub(super) key: Option<String>,
    /// The tree.
    pub(super) tree: &'t Tree,
}

/// An answer, and what was read for it where that tells all that it hangs on.
pub(super) struct Found<T> {
    pub(super) answer: T,
    pub(super) trace: Option<Arc<Trace>>,
}

/// Asks, in parallel, each distinct tree once; returns the answers, and which of them is that of each tree.
///
/// `ask` is given the number of a tree, and the tree to read from.
pub(super) fn distinct<T: Send>(
    puts: &[Put],
    ask: &(dyn Fn(usize, &Tree) -> T + Sync),
) -> (Vec<Found<T>>, Vec<usize>) {
    let mut found: Vec<Found<T>> = Vec::new();
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut told: Vec<Option<usize>> = vec![None; puts.len()];
    loop {
        for (put, told) in puts.iter().zip(&mut told) {
            let known = put.key.as_deref().and_then(|key| by_key.get(key));
            if let (None, Some(known)) = (&told, known) {
                *told = known.iter().copied().find(|at| is_of(&found[*at], put));
            }
        }
        let open = (0..puts.len()).filter(|at| told[*at].is_none());
        let next = different(puts, open, &found, &by_key);
        if next.is_empty() {
            return (found, told.into_iter().flatten().collect());
        }
        let asked: Vec<Found<T>> = next.par_iter().map(|at| answer(puts, *at, ask)).collect();
        for (at, answer) in next.into_iter().zip(asked) {
            told[at] = Some(found.len());
            let key = puts[at].key.as_deref();
            key.into_iter()
                .for_each(|key| by_key.entry(key).or_default().push(found.len()));
            found.push(answer);
        }
    }
}

fn answer<T>(puts: &[Put], at: usize, ask: &dyn Fn(usize, &Tree) -> T) -> Found<T> {
    let (tree, reads) = puts[at].tree.watched();
    let answer = ask(at, &tree);
    let trace = reads.trace().map(Arc::new);
    Found { answer, trace }
}

fn is_of<T>(found: &Found<T>, put: &Put) -> bool {
    let trace = found.trace.as_ref();
    trace.is_some_and(|trace| trace.is_of(put.tree))
}

/// Returns one of those that differ, as far as what was read for an answer with the same key tells.
fn different<T>(
    puts: &[Put],
    open: impl Iterator<Item = usize>,
    found: &[Found<T>],
    by_key: &HashMap<&str, Vec<usize>>,
) -> Vec<usize> {
    let mut seen: HashSet<(&str, Option<String>)> = HashSet::new();
    let is_other = |at: &usize| {
        let Some(key) = puts[*at].key.as_deref() else {
            return true;
        };
        let first = by_key.get(key).and_then(|known| known.first());
        let trace = first.map(|first| found[*first].trace.as_ref());
        match trace {
            // Nothing was asked yet of those with this key.
            None => seen.insert((key, None)),
            // What was read does not tell what the answer hangs on.
            Some(None) => true,
            Some(Some(trace)) => match trace.seen(puts[*at].tree) {
                Some(told) => seen.insert((key, Some(told))),
                None => true,
            },
        }
    };
    let mut is_other = is_other;
    open.filter(|at| is_other(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn trees_of_which_the_same_is_read_are_asked_once() {
        let folders = [("a", "1"), ("a", "2"), ("b", "1")].map(|(read, other)| {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("src")).unwrap();
            fs::write(folder.path().join("src/read"), read).unwrap();
            fs::write(folder.path().join("other"), other).unwrap();
            folder
        });
        let trees = folders.each_ref().map(|folder| {
            let target = Target::open(folder.path()).unwrap();
            target.revision(".").unwrap().tree
        });
        let put = |tree: usize, key: Option<&str>| Put {
            key: key.map(str::to_owned),
            tree: &trees[tree],
        };
        let asked = AtomicUsize::new(0);
        let ask = |_: usize, tree: &Tree| {
            asked.fetch_add(1, Ordering::Relaxed);
            assert!(tree.read("src/nowhere").unwrap().is_none());
            tree.read("src/read").unwrap().unwrap().bytes.to_vec()
        };
        let key = Some("k");
        let puts = [put(0, key), put(1, key), put(2, key), put(0, key)];
        let (found, told) = distinct(&puts, &ask);
        assert_eq!(told, [0, 0, 1, 0]);
        assert_eq!((found.len(), asked.load(Ordering::Relaxed)), (2, 2));
        assert_eq!([&found[0].answer[..], &found[1].answer[..]], [b"a", b"b"]);
        // Another key is another tree, and what has none is asked for itself.
        let puts = [put(0, key), put(0, Some("l")), put(0, None), put(0, None)];
        assert_eq!(distinct(&puts, &ask).0.len(), 4);
        // What was listed is not told by single paths.
        let lists = |_: usize, tree: &Tree| tree.everything().unwrap().len();
        let (found, told) = distinct(&[put(0, key), put(0, key)], &lists);
        assert_eq!(told, [0, 1]);
        assert!(found.iter().all(|one| one.trace.is_none()));
    }
}
