//! Answers for the machine: the real function and the real scriptlets, each asked once. Does not know which history asks.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::sync::OnceLock;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::machine::{Cleaning, Decision, Left, Oracle};
use crate::check::c::{Bench, CTree, Decided, RealCode, Situation, scene::Scanned};
use crate::check::sandbox::Sandbox;
use crate::check::spec::{Shell, Stage};
use crate::series::Scenarios;
use crate::series::scenario::Directory;
use crate::series::scriptlet::{Case, Layout, Many, Scriptlet as Promises};
use crate::target::Tree;

/// Files beside the cache in a full directory.
const MANY: u32 = 200;

/// The functions of a tree that decide together: the cache is used where all of them use it.
pub(super) struct Decider {
    /// The file that they are in, as it stands in the tree, with what the series changes beside it.
    pub(super) file: Scanned,
    /// What they decided so far.
    pub(super) known: HashMap<Decision, bool>,
    /// The harness of each, as it was compiled: name, compiler with its options, source.
    pub(super) harnesses: Vec<(String, String, String)>,
    /// Those decisions that the file took itself, linked with its tree.
    pub(super) real: HashSet<Decision>,
    /// The file linked with its tree.
    code: OnceLock<Result<RealCode, String>>,
    /// Why it took none.
    pub(super) stand_in: Option<String>,
}

impl Decider {
    /// Makes one that was not asked yet.
    pub(super) fn new(file: Scanned) -> Self {
        Decider {
            file,
            known: HashMap::new(),
            harnesses: Vec::new(),
            real: HashSet::new(),
            code: OnceLock::new(),
            stand_in: None,
        }
    }
}

/// A scriptlet as rpm expands it; empty where the package has none.
pub(super) struct Cleaner {
    /// Its text.
    pub(super) text: String,
    /// What it left so far.
    pub(super) known: HashMap<Cleaning, Vec<Left>>,
}

/// What a history met that was not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Open {
    pub(super) decisions: BTreeSet<Decision>,
    pub(super) cleanings: BTreeSet<Cleaning>,
}

impl Open {
    pub(super) fn is_empty(&self) -> bool {
        self.decisions.is_empty() && self.cleanings.is_empty()
    }

    pub(super) fn with(mut self, other: Open) -> Self {
        self.decisions.extend(other.decisions);
        self.cleanings.extend(other.cleanings);
        self
    }
}

/// The answers for one combination of patches on one group of distributions; the base answers for builds that carry none.
pub(super) struct Answers<'a> {
    pub(super) base: (&'a Decider, &'a Cleaner),
    pub(super) patched: (&'a Decider, &'a Cleaner),
    pub(super) open: RefCell<Open>,
}

impl Oracle for Answers<'_> {
    fn uses(&self, patched: bool, decision: &Decision) -> Option<bool> {
        let (decider, _) = if patched { self.patched } else { self.base };
        let known = decider.known.get(decision).copied();
        if known.is_none() {
            self.open.borrow_mut().decisions.insert(*decision);
        }
        known
    }

    fn left(&self, patched: bool, cleaning: &Cleaning) -> Option<Vec<Left>> {
        let (_, cleaner) = if patched { self.patched } else { self.base };
        let known = cleaner.known.get(cleaning).cloned();
        if known.is_none() {
            self.open.borrow_mut().cleanings.insert(cleaning.clone());
        }
        known
    }
}

/// Whether each situation uses the cache, and the harnesses that told: name, compiler with its options, source.
type Alone = Result<(Vec<bool>, Vec<(String, String, String)>), String>;

/// How functions are asked.
pub(super) struct Court<'c> {
    pub(super) bench: Bench<'c>,
    pub(super) path: String,
    pub(super) functions: Vec<String>,
    pub(super) scenarios: &'c Scenarios,
    /// Whether a tree is asked for its own sake, and not for a change of it: then its own code is linked, whatever equals it.
    pub(super) as_it_stands: bool,
    /// The tree without any of the patches.
    pub(super) tree: &'c Tree,
}

impl Court<'_> {
    /// Asks a decider for all that is open.
    ///
    /// # Errors
    /// Why a function can't be played.
    pub(super) fn ask(
        &self,
        (decider, tree): (&mut Decider, &Tree),
        base: &Scanned,
        open: &BTreeSet<Decision>,
    ) -> Result<(), String> {
        let open: Vec<Decision> = open
            .iter()
            .filter(|decision| !decider.known.contains_key(decision))
            .copied()
            .collect();
        let situations: Vec<Situation> = open
            .iter()
            .map(|decision| situation(self.scenarios, decision))
            .collect();
        let (alone, real) = rayon::join(
            || self.alone(&decider.file, base, &situations),
            || self.for_real((decider, tree), base, &situations),
        );
        let (mut used, harnesses) = alone?;
        decider.harnesses = harnesses;
        match real {
            Ok(real) => {
                // What the file did itself counts; the function alone is asked what cannot be brought about.
                for ((decision, used), real) in open.iter().zip(&mut used).zip(real) {
                    if let Some(meaning) = real {
                        *used = meaning == self.scenarios.decide.used;
                        decider.real.insert(*decision);
                    }
                }
            }
            Err(reason) => decider.stand_in = Some(reason),
        }
        decider.known.extend(open.into_iter().zip(used));
        Ok(())
    }

    /// Asks the functions alone, and returns whether all of them use the cache, with the harness of each.
    fn alone(&self, file: &Scanned, base: &Scanned, situations: &[Situation]) -> Alone {
        let mut used = vec![true; situations.len()];
        let mut harnesses = Vec::new();
        for name in &self.functions {
            let Decided {
                meanings,
                compiler,
                source,
            } = self
                .bench
                .decide(&self.path, name, (file, base), situations)?;
            for (used, meaning) in used.iter_mut().zip(&meanings) {
                *used &= *meaning == self.scenarios.decide.used;
            }
            harnesses.push((name.clone(), compiler, source));
        }
        Ok((used, harnesses))
    }

    fn for_real(
        &self,
        (decider, tree): (&Decider, &Tree),
        base: &Scanned,
        situations: &[Situation],
    ) -> Result<Vec<Option<String>>, String> {
        if let Some(reason) = &decider.stand_in {
            return Err(reason.clone());
        }
        let code = decider.code.get_or_init(|| {
            let read_in =
                |tree: &Tree, path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
            let (read, read_base) = (
                |path: &str| read_in(tree, path),
                |path: &str| read_in(self.tree, path),
            );
            let tree = CTree {
                path: &self.path,
                file: &decider.file.file.source,
                read: &read,
                beside: Some(&decider.file.beside),
            };
            let base = (!self.as_it_stands).then_some(CTree {
                path: &self.path,
                file: &base.file.source,
                read: &read_base,
                beside: None,
            });
            self.bench.link(tree, base, &self.functions)
        });
        let code = code.as_ref().map_err(String::clone)?;
        self.bench.decide_for_real(code, situations)
    }
}

/// A decision as the harness takes it.
pub(super) fn situation(scenarios: &Scenarios, decision: &Decision) -> Situation {
    let decide = &scenarios.decide;
    let mut situation = BTreeMap::from([
        (decide.own.clone(), decision.own),
        (decide.cached_own.clone(), decision.cached_own),
        (decide.probed.clone(), decision.probed),
        (decide.cached_probed.clone(), decision.cached_probed),
    ]);
    if let Some((version, cached)) = &decide.versions {
        let versions = [
            (version, decision.version),
            (cached, decision.cached_version),
        ];
        let told = versions
            .into_iter()
            .filter_map(|(name, value)| Some((name.clone(), value?)));
        situation.extend(told);
    }
    situation
}

/// Runs the scriptlets for all that is open, each distinct one once.
///
/// # Errors
/// Why one could not be run.
pub(super) fn clean(
    sandbox: &Sandbox,
    promises: &Promises,
    scenarios: &Scenarios,
    cleaners: &mut [Cleaner],
    open: &BTreeSet<Cleaning>,
) -> io::Result<()> {
    let texts: Vec<&str> = cleaners
        .iter()
        .map(|cleaner| cleaner.text.as_str())
        .collect();
    let jobs: Vec<(usize, &Cleaning)> = (0..texts.len())
        .flat_map(|at| open.iter().map(move |cleaning| (at, cleaning)))
        .filter(|(at, cleaning)| !cleaners[*at].known.contains_key(*cleaning))
        .collect();
    if jobs.is_empty() {
        return Ok(());
    }
    let stage = Stage::new(sandbox, promises, &texts)?;
    let answers: Vec<io::Result<Vec<Left>>> = jobs
        .par_iter()
        .map(|(at, cleaning)| left(&stage, texts[*at], scenarios, &case(scenarios, cleaning)))
        .collect();
    for ((at, cleaning), left) in jobs.iter().zip(answers) {
        cleaners[*at].known.insert((*cleaning).clone(), left?);
    }
    Ok(())
}

fn left(stage: &Stage, text: &str, scenarios: &Scenarios, case: &Case) -> io::Result<Vec<Left>> {
    let paths = scenarios.caches.iter().enumerate().flat_map(|(at, cache)| {
        let directory = cache.directory.clone();
        // A file behind a link lies where the link points.
        let linked = case.layout.links.get(&directory);
        let file = format!("{}/{}", linked.unwrap_or(&directory), cache.file);
        debug_assert!(linked.is_none_or(|place| *place == aside(at)));
        [directory, file]
    });
    let paths: Vec<String> = paths.collect();
    let (_, there) = stage.left(text, Shell::Posix, case, &paths)?;
    let pairs = there.chunks_exact(2);
    Ok(pairs
        .map(|pair| Left {
            directory: pair[0],
            file: pair[1],
        })
        .collect())
}

/// Where a directory lies that a link stands for.
fn aside(cache: usize) -> String {
    format!("/srv/moved-{cache}")
}

/// The files that lie there when a scriptlet runs.
fn case(scenarios: &Scenarios, cleaning: &Cleaning) -> Case {
    let mut layout = Layout::default();
    let mut many = None;
    for (at, (cache, (state, has_file))) in
        scenarios.caches.iter().zip(&cleaning.caches).enumerate()
    {
        let directory = match state {
            Directory::Linked => {
                layout.links.insert(cache.directory.clone(), aside(at));
                aside(at)
            }
            _ => cache.directory.clone(),
        };
        if *state == Directory::Full {
            many = Some(Many {
                dir: directory.clone(),
                count: MANY,
                suffix: ".xml".to_owned(),
            });
        }
        if *state != Directory::Missing {
            layout.dirs.push(directory.clone());
        }
        if *has_file {
            layout.files.push(format!("{directory}/{}", cache.file));
        }
    }
    Case {
        id: "history".to_owned(),
        title: String::new(),
        arg: cleaning.argument,
        bare: true,
        once: false,
        layout,
        many,
        read_only: Vec::new(),
        swap: None,
    }
}
