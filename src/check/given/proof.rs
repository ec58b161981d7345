//! How trees behave as they are: the cases of a patch of the series, played with what each tree has, each distinct content once. Judges
//! no structure.

use rayon::prelude::{IntoParallelIterator, ParallelIterator};
use std::collections::HashMap;

use super::judged::Played;
use super::{Asking, scriptlet, standing};
use crate::check::Ground;
use crate::check::c::Bench;
use crate::check::inquiry::{Inquiry, Means, Place, Stages};
use crate::check::outside::Outside;
use crate::check::spec::Reader;
use crate::compose::placeholder;
use crate::series::{Judge, Series};
use crate::status::{self, Matter, Status};
use crate::target::Revision;
use crate::text::Problem;

/// A patch of the series whose cases are asked of a tree.
pub struct Asked<'a> {
    /// Number of the patch.
    pub patch: usize,
    /// The status by structure.
    pub status: Status,
    /// What the patch's status is told from, where ids tell that: equal ones behave alike.
    pub matter: Option<&'a Matter>,
    /// The tree.
    pub revision: &'a Revision,
}

/// How a tree comes out by the cases of a patch.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Whether all come out right; none where that could not be played.
    pub is_right: Option<bool>,
    /// How they come out, or why they were not played.
    pub told: String,
    /// What code they were played with, where there is a choice.
    pub ground: Option<Ground>,
}

impl From<Played> for Proof {
    fn from(played: Played) -> Self {
        Proof {
            is_right: played.is_right(),
            told: match &played.unknown {
                Some(why) => why.clone(),
                None => played.told(),
            },
            ground: played.ground.filter(|_| played.unknown.is_none()),
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
    let mut distinct: HashMap<(usize, String), usize> = HashMap::new();
    let mut first: Vec<&Asked> = Vec::new();
    let numbers = asked.iter().map(|one| match content(series, one) {
        Some(content) => *distinct.entry((one.patch, content)).or_insert_with(|| {
            first.push(one);
            first.len() - 1
        }),
        None => {
            first.push(one);
            first.len() - 1
        }
    });
    let numbers: Vec<usize> = numbers.collect();
    let proofs = first.into_par_iter().map(|one| {
        hear(&series.patches[one.patch].id, &one.revision.name);
        let inquiry = Inquiry {
            series,
            base: one.revision,
            stages: Stages::Given(&[]),
            checks: Vec::new(),
            histories: false,
            outside: Outside::default(),
        };
        let asking = Asking {
            inquiry: &inquiry,
            stages: &[],
            place,
            means: &means,
            benches: &benches,
            specs: specs.as_ref(),
            has_kit: true,
            is_project: true,
        };
        Proof::from(asking.trusted(one.patch, one.status))
    });
    let proofs: Vec<Proof> = proofs.collect();
    Ok(numbers.into_iter().map(|at| proofs[at].clone()).collect())
}

/// What tells a tree apart from those that behave alike; none where nothing does.
fn content(series: &Series, asked: &Asked) -> Option<String> {
    let matter = asked.matter?;
    let mut content = String::new();
    let is_scriptlet = matches!(series.patches[asked.patch].judge, Judge::Scriptlet(_));
    for (path, id) in &matter.files {
        content.push_str(&format!("{id} {path}\n"));
        // What the build fills in is read elsewhere.
        if is_scriptlet {
            let source = asked.revision.tree.source(path, ".").ok()??;
            let tree = &asked.revision.tree;
            content.push_str(&placeholder::filled(series, tree, path, source.text()).ok()?);
        }
    }
    Some(content)
}

impl Asking<'_> {
    /// How the base behaves by the cases of a patch, where they are enough to say what structure does not. They vary what the series
    /// names and nothing else.
    fn trusted(&self, at: usize, status: Status) -> Played {
        let played = self.played(at);
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
            (Judge::Code(judge), Some(bench), _) => standing::prove(self, patch, judge, bench),
            (Judge::Scriptlet(judge), _, Some(promises)) => {
                scriptlet::prove(self, patch, judge, promises)
            }
            _ => no_cases(),
        }
    }
}
