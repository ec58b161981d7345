//! How trees behave as they are: the cases of a patch of the series and the histories that it is to mend, played with what each tree
//! has, each distinct content once. Judges no structure.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use std::collections::HashMap;
use std::hash::Hash;

use super::judged::Played;
use super::mended::{self, Mended};
use super::{Asking, scriptlet, standing as cases};
use crate::check::c::Bench;
use crate::check::inquiry::{Inquiry, Means, Place, Stages};
use crate::check::outside::Outside;
use crate::check::scenario::standing::{self, Stood};
use crate::check::spec::Reader;
use crate::check::{Ground, crew};
use crate::compose::placeholder;
use crate::series::{Judge, Patch, Series};
use crate::status::{self, Matter, Status};
use crate::target::Revision;
use crate::target::commit::content_id;
use crate::text::Problem;

/// A patch of the series whose cases are asked of a tree.
pub struct Asked<'a> {
    /// Number of the patch.
    pub patch: usize,
    /// The status by structure.
    pub status: Status,
    /// What the status of each patch of the series is told from, where ids tell that: equal ones behave alike.
    pub matters: &'a [Option<Matter>],
    /// The tree.
    pub revision: &'a Revision,
}

/// How a tree comes out by the cases of a patch, and by the histories that the patch is to mend.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Whether all come out right; none where that could not be played.
    pub is_right: Option<bool>,
    /// How they come out, or why they were not played.
    pub told: String,
    /// What code they were played with, where there is a choice.
    pub ground: Option<Ground>,
    /// What the histories came to, where there are such.
    pub histories: Option<Mended>,
}

impl Proof {
    fn of(played: Played, histories: Option<Mended>) -> Self {
        Proof {
            is_right: played.is_right(),
            told: match &played.unknown {
                Some(why) => why.clone(),
                None => played.told(),
            },
            ground: played.ground.filter(|_| played.unknown.is_none()),
            histories,
        }
    }
}

/// Plays, on all cores; returns a proof for each that is asked, in their order. `hear` is told what is played.
///
/// # Errors
/// Where a manifest of the series can't be used.
pub fn prove(
    series: &Series,
    asked: &[Asked],
    place: &Place,
    hear: &(dyn Fn(&str, &str) + Sync),
) -> Result<Vec<Proof>, Vec<Problem>> {
    let means = series.patches.iter().map(|patch| Means::of(series, patch));
    let means: Vec<Means> = means.collect::<Result<_, _>>()?;
    let benches: Vec<Option<Bench>> = means
        .iter()
        .map(|means| Some(Bench::new(means.kit.as_ref()?, place.as_ref().ok()?)))
        .collect();
    let promises = means.iter().find_map(|means| means.promises.as_ref());
    let specs = place.as_ref().ok().zip(promises);
    let specs = specs.and_then(|(sandbox, promises)| {
        let macros = series.template(&promises.macros)?;
        Some(Reader::new(sandbox, promises, macros.text()))
    });
    let prover = Prover {
        series,
        place,
        means: &means,
        benches: &benches,
        specs: specs.as_ref(),
        hear,
    };
    let sorted = Sorted::of(series, asked);
    let (played, stood) = crew::put_to_work(|| {
        rayon::join(
            || {
                let first = sorted.first.par_iter();
                first.map(|one| prover.cases(one)).collect::<Vec<Played>>()
            },
            || {
                let trees = sorted.trees.par_iter();
                trees.map(|one| prover.histories(one)).collect::<Vec<_>>()
            },
        )
    });
    let distinct = sorted.distinct.par_iter();
    let proofs = distinct.map(|(one, tree)| {
        let asked = sorted.first[*one];
        let histories = tree.map(|tree| stood[tree].as_ref().map_err(String::as_str));
        prover.joined(asked, &played[*one], histories)
    });
    let proofs: Vec<Proof> = proofs.collect();
    let proof = |at: &usize| proofs[*at].clone();
    Ok(sorted.numbers.iter().map(proof).collect())
}

/// What is asked, each distinct content once.
#[derive(Default)]
struct Sorted<'a> {
    /// The first of those whose cases are equal.
    first: Vec<&'a Asked<'a>>,
    /// The first of those whose histories are equal.
    trees: Vec<&'a Asked<'a>>,
    /// Which of the first, and which of the trees where the patch mends histories.
    distinct: Vec<(usize, Option<usize>)>,
    /// Which of the distinct each is that is asked.
    numbers: Vec<usize>,
}

impl<'a> Sorted<'a> {
    fn of(series: &Series, asked: &'a [Asked<'a>]) -> Self {
        let mends = |patch: &Patch| {
            let scenarios = series.scenarios.as_ref();
            scenarios.is_some_and(|scenarios| !scenarios.mended_by(&patch.id).is_empty())
        };
        let mends: Vec<bool> = series.patches.iter().map(mends).collect();
        let mut contents = Contents::new(series);
        let mut sorted = Sorted::default();
        let (mut cases, mut trees, mut both) = Default::default();
        for one in asked {
            let content = contents.of(one, one.patch);
            let first = number(&mut cases, content.map(|of| (one.patch, of)), || {
                sorted.first.push(one);
                sorted.first.len() - 1
            });
            let tree = mends[one.patch].then(|| {
                let all = (0..series.patches.len()).map(|patch| contents.of(one, patch));
                number(&mut trees, all.collect::<Option<Vec<_>>>(), || {
                    sorted.trees.push(one);
                    sorted.trees.len() - 1
                })
            });
            let distinct = number(&mut both, Some((first, tree)), || {
                sorted.distinct.push((first, tree));
                sorted.distinct.len() - 1
            });
            sorted.numbers.push(distinct);
        }
        sorted
    }
}

/// Returns the number of what is known by a key, or a new one; what has no key is known by nothing.
fn number<K: Eq + Hash>(
    known: &mut HashMap<K, usize>,
    key: Option<K>,
    new: impl FnOnce() -> usize,
) -> usize {
    match key {
        Some(key) => *known.entry(key).or_insert_with(new),
        None => new(),
    }
}

/// What tells trees apart from those that behave alike, each distinct one by a number.
struct Contents<'s> {
    series: &'s Series,
    numbers: HashMap<String, usize>,
    /// What the build fills into a file, by the contents that it is told from.
    filled: HashMap<String, usize>,
}

impl<'s> Contents<'s> {
    fn new(series: &'s Series) -> Self {
        Contents {
            series,
            numbers: HashMap::new(),
            filled: HashMap::new(),
        }
    }

    /// Returns the number of what a patch is told from in a tree; none where nothing tells that.
    fn of(&mut self, asked: &Asked, patch: usize) -> Option<usize> {
        let matter = asked.matters.get(patch)?.as_ref()?;
        let mut content = String::new();
        for (path, id) in &matter.files {
            content.push_str(&format!("{id} {path}\n"));
        }
        if !matches!(self.series.patches[patch].judge, Judge::Scriptlet(_)) {
            return Some(self.number(content));
        }
        // What the build fills in is read elsewhere.
        let tree = &asked.revision.tree;
        let mut told = content.clone();
        for (path, _) in &matter.files {
            for other in placeholder::told_by(self.series, path) {
                let id = tree.content(other).ok()?;
                told.push_str(&format!("{id:?} {other}\n"));
            }
        }
        if let Some(known) = self.filled.get(&told) {
            return Some(*known);
        }
        for (path, _) in &matter.files {
            let source = tree.apart().source(path, ".").ok()??;
            content.push_str(
                &placeholder::filled(self.series, &tree.apart(), path, source.text()).ok()?,
            );
        }
        let number = self.number(content_id(content.as_bytes()));
        self.filled.insert(told, number);
        Some(number)
    }

    fn number(&mut self, content: String) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(content).or_insert(next)
    }
}

/// What is needed to play.
struct Prover<'p> {
    series: &'p Series,
    place: &'p Place,
    means: &'p [Means],
    benches: &'p [Option<Bench<'p>>],
    specs: Option<&'p Reader<'p>>,
    hear: &'p (dyn Fn(&str, &str) + Sync),
}

impl Prover<'_> {
    fn cases(&self, asked: &Asked) -> Played {
        let patch = &self.series.patches[asked.patch].id;
        (self.hear)(patch, &format!("the behaviour of {}", asked.revision.name));
        let mut played = self.asking(asked, |asking| asking.played(asked.patch));
        // They are of a check's evidence, and here there is none.
        played.records.clear();
        played
    }

    fn histories(&self, asked: &Asked) -> Result<Stood, String> {
        let name = &asked.revision.name;
        (self.hear)("the series", &format!("the histories of {name}"));
        // What is read of a tree is not kept for longer than it is played.
        standing::play(self.series, &asked.revision.tree.apart(), self.place)
    }

    fn joined(
        &self,
        asked: &Asked,
        cases: &Played,
        histories: Option<Result<&Stood, &str>>,
    ) -> Proof {
        let patch = &self.series.patches[asked.patch];
        let scenarios = self.series.scenarios.as_ref();
        let mended = histories
            .zip(scenarios)
            .map(|(stood, scenarios)| Mended::of(scenarios, patch, stood));
        let played = mended::joined(cases, mended.as_ref());
        let played = self.asking(asked, |asking| {
            asking.trusted(asked.patch, asked.status, played)
        });
        Proof::of(played, mended)
    }

    fn asking<T>(&self, asked: &Asked, ask: impl FnOnce(&Asking) -> T) -> T {
        let base = Revision {
            tree: asked.revision.tree.apart(),
            ..asked.revision.clone()
        };
        let inquiry = Inquiry {
            series: self.series,
            base: &base,
            stages: Stages::Given(&[]),
            checks: Vec::new(),
            histories: false,
            outside: Outside::default(),
        };
        ask(&Asking {
            inquiry: &inquiry,
            stages: &[],
            place: self.place,
            means: self.means,
            benches: self.benches,
            specs: self.specs,
            has_kit: true,
            is_project: true,
        })
    }
}

impl Asking<'_> {
    /// How the base behaves by the cases of a patch, where they are enough to say what structure does not. They vary what the series
    /// names and nothing else.
    fn trusted(&self, at: usize, status: Status, played: Played) -> Played {
        let patch = &self.inquiry.series.patches[at];
        let (Judge::Code(_), Some(is_right)) = (&patch.judge, played.is_right()) else {
            return played;
        };
        let bridge = match status::bridge(patch, &self.inquiry.base.tree) {
            Ok(bridge) => bridge,
            Err(fault) => return Played::unknown(fault.to_string()),
        };
        let is_enough = match (status, is_right) {
            (Status::Fixed, _) | (Status::Missing, false) => true,
            (_, true) => bridge.decides,
            // What happened with real files happens, whatever else is looked at.
            (_, false) => bridge.is_known || played.is_wrong_for_real,
        };
        let told = || {
            format!(
                "{}; but what else decides there is not varied by the cases",
                played.told()
            )
        };
        if is_enough {
            played
        } else {
            Played::unknown(told())
        }
    }

    /// How the base behaves by the cases of a patch.
    fn played(&self, at: usize) -> Played {
        let patch = &self.inquiry.series.patches[at];
        if let Err(unavailable) = self.place {
            return Played::unknown(unavailable.to_string());
        }
        let no_cases = || Played::unknown("the series brings no cases for this patch");
        match (&patch.judge, &self.benches[at], &self.means[at].promises) {
            (Judge::Code(judge), Some(bench), _) => cases::prove(self, patch, judge, bench),
            (Judge::Scriptlet(judge), _, Some(promises)) => {
                scriptlet::prove(self, patch, judge, promises)
            }
            _ => no_cases(),
        }
    }
}
