//! How trees behave as they are: the cases of a patch of the series and the histories that it is to mend, played with what each tree
//! has, each distinct content once. Judges no structure.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::each::{self, Found, Put};
use super::judged::Played;
use super::kept::Proofs;
use super::mended::{self, Mended};
use super::{Asking, scriptlet, standing as cases};
use crate::check::c::Bench;
use crate::check::inquiry::{Inquiry, Means, Place, Stages};
use crate::check::outside::Outside;
use crate::check::scenario::standing::{self, Stood};
use crate::check::spec::Reader;
use crate::check::{Ground, crew};
use crate::series::{Judge, Patch, Series};
use crate::status::{self, Matter, Status};
use crate::target::commit::content_id;
use crate::target::{Revision, Trace, Tree};
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
#[derive(Clone, Debug, Serialize, Deserialize)]
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

/// Proves, on all cores; returns a proof for each that is asked, in their order. What is known by `kept` is not played again, and
/// what is played is learnt. `hear` is told what is played.
///
/// # Errors
/// Where a manifest of the series can't be used.
pub fn prove(
    series: &Series,
    asked: &[Asked],
    place: &Place,
    kept: &mut Proofs,
    hear: &(dyn Fn(&str, &str) + Sync),
) -> Result<Vec<Proof>, Vec<Problem>> {
    let keys = Key::of_all(series, asked);
    let known = asked.iter().zip(&keys).map(|(one, key)| {
        let patch = &series.patches[one.patch].id;
        kept.find(patch, &key.whole()?, &one.revision.tree)
    });
    let mut proofs: Vec<Option<Proof>> = known.collect();
    let open: Vec<usize> = (0..asked.len())
        .filter(|at| proofs[*at].is_none())
        .collect();
    let played = play(series, asked, &keys, &open, place, hear)?;
    let mut learnt = HashSet::new();
    for (at, played) in open.into_iter().zip(played) {
        let patch = &series.patches[asked[at].patch].id;
        if let (Some(key), Some(traces)) = (keys[at].whole(), &played.lasting)
            && learnt.insert(played.number)
        {
            let traces: Vec<&Trace> = traces.iter().map(Arc::as_ref).collect();
            kept.learn(patch, &key, &traces, played.proof.clone());
        }
        proofs[at] = Some(played.proof);
    }
    Ok(proofs.into_iter().flatten().collect())
}

/// What tells a tree apart from those that behave alike, before anything else is read of it.
struct Key {
    /// What the status of the patch is told from; `None` where ids do not tell.
    own: Option<String>,
    /// What the status of every patch is told from, where the patch mends histories.
    all: Option<Option<String>>,
}

impl Key {
    fn of_all(series: &Series, asked: &[Asked]) -> Vec<Key> {
        let mends = |patch: &Patch| {
            let scenarios = series.scenarios.as_ref();
            scenarios.is_some_and(|scenarios| !scenarios.mended_by(&patch.id).is_empty())
        };
        let mends: Vec<bool> = series.patches.iter().map(mends).collect();
        let of = |one: &Asked| {
            let of = |patch: usize| Some(told_from(one.matters.get(patch)?.as_ref()?));
            let all = || {
                (0..series.patches.len())
                    .map(of)
                    .collect::<Option<String>>()
            };
            Key {
                own: of(one.patch).map(|own| format!("{} {own}", one.patch)),
                all: mends[one.patch].then(all),
            }
        };
        asked.iter().map(of).collect()
    }

    fn whole(&self) -> Option<String> {
        let own = self.own.as_deref()?;
        match &self.all {
            Some(all) => Some(format!("{own} {}", all.as_deref()?)),
            None => Some(own.to_owned()),
        }
    }
}

/// Names what the status of a patch is told from.
fn told_from(matter: &Matter) -> String {
    let files = matter.files.iter();
    let files: String = files.map(|(path, id)| format!("{id} {path}\n")).collect();
    content_id(files.as_bytes())
}

/// A proof that was played.
struct Fresh {
    proof: Proof,
    /// Equal for those that share it.
    number: (usize, Option<usize>),
    /// What was read for it, where another run may take it for what it is: it was played to its end, by the tree's own code.
    lasting: Option<Vec<Arc<Trace>>>,
}

/// Plays what is open, each distinct tree once.
fn play(
    series: &Series,
    asked: &[Asked],
    keys: &[Key],
    open: &[usize],
    place: &Place,
    hear: &(dyn Fn(&str, &str) + Sync),
) -> Result<Vec<Fresh>, Vec<Problem>> {
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
    Ok(crew::put_to_work(|| prover.play(asked, keys, open)))
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
    fn play(&self, asked: &[Asked], keys: &[Key], open: &[usize]) -> Vec<Fresh> {
        let put = |at: usize, key: Option<String>| Put {
            key,
            tree: &asked[at].revision.tree,
        };
        let cases = open.iter().map(|at| put(*at, keys[*at].own.clone()));
        let cases: Vec<Put> = cases.collect();
        let mending = |at: &&usize| keys[**at].all.is_some();
        let mending: Vec<usize> = open.iter().filter(mending).copied().collect();
        let histories = mending
            .iter()
            .map(|at| put(*at, keys[*at].all.clone().flatten()));
        let histories: Vec<Put> = histories.collect();
        let ((cases, of_cases), (stood, of_stood)) = rayon::join(
            || each::distinct(&cases, &|at, tree| self.cases(&asked[open[at]], tree)),
            || {
                each::distinct(&histories, &|at, tree| {
                    self.histories(&asked[mending[at]], tree)
                })
            },
        );
        let mut of_stood = mending.into_iter().zip(of_stood).peekable();
        let numbers = open.iter().zip(of_cases).map(|(at, cases)| {
            let stood = of_stood.next_if(|(of, _)| of == at);
            (cases, stood.map(|(_, number)| number))
        });
        let numbers: Vec<(usize, Option<usize>)> = numbers.collect();
        let mut joined: HashMap<(usize, Option<usize>), Fresh> = HashMap::new();
        let fresh = open.iter().zip(numbers).map(|(at, number)| {
            let fresh = joined.entry(number).or_insert_with(|| {
                let stood = number.1.map(|at| &stood[at]);
                self.joined(&asked[*at], number, &cases[number.0], stood)
            });
            Fresh {
                proof: fresh.proof.clone(),
                number,
                lasting: fresh.lasting.clone(),
            }
        });
        fresh.collect()
    }

    fn cases(&self, asked: &Asked, tree: &Tree) -> Played {
        let patch = &self.series.patches[asked.patch].id;
        (self.hear)(patch, &format!("the behaviour of {}", asked.revision.name));
        let mut played = self.asking(asked, tree, |asking| asking.played(asked.patch));
        // They are of a check's evidence, and here there is none.
        played.records.clear();
        played
    }

    fn histories(&self, asked: &Asked, tree: &Tree) -> Result<Stood, String> {
        let name = &asked.revision.name;
        (self.hear)("the series", &format!("the histories of {name}"));
        standing::play(self.series, tree, self.place)
    }

    fn joined(
        &self,
        asked: &Asked,
        number: (usize, Option<usize>),
        cases: &Found<Played>,
        stood: Option<&Found<Result<Stood, String>>>,
    ) -> Fresh {
        let patch = &self.series.patches[asked.patch];
        let scenarios = self.series.scenarios.as_ref();
        let mended = stood.zip(scenarios).map(|(stood, scenarios)| {
            let stood = stood.answer.as_ref().map_err(String::as_str);
            Mended::of(scenarios, patch, stood)
        });
        let played = mended::joined(&cases.answer, mended.as_ref());
        let tree = asked.revision.tree.apart();
        let played = self.asking(asked, &tree, |asking| {
            asking.trusted(asked.patch, asked.status, played)
        });
        let traces = [
            Some(cases.trace.clone()),
            stood.map(|stood| stood.trace.clone()),
        ];
        let traces = traces.into_iter().flatten().collect::<Option<Vec<_>>>();
        let is_lasting = played.is_lasting() && mended.as_ref().is_none_or(Mended::is_lasting);
        Fresh {
            proof: Proof::of(played, mended),
            number,
            lasting: traces.filter(|_| is_lasting),
        }
    }

    fn asking<T>(&self, asked: &Asked, tree: &Tree, ask: impl FnOnce(&Asking) -> T) -> T {
        let base = Revision {
            tree: tree.clone(),
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
        let part = asked.matters.get(asked.patch).and_then(Option::as_ref);
        let part = part.map(|matter| {
            let paths = matter.files.iter().map(|(path, _)| path.clone());
            tree.only(paths.collect())
        });
        ask(&Asking {
            inquiry: &inquiry,
            stages: &[],
            place: self.place,
            means: self.means,
            benches: self.benches,
            specs: self.specs,
            part: part.as_ref(),
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
        let bridge = match status::bridge(patch, self.judged()) {
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
