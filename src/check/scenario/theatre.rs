//! Where histories are played: the functions and scriptlets of every combination, asked in rounds until nothing is open.

use std::cell::RefCell;
use std::collections::HashMap;

use rayon::prelude::{IntoParallelRefIterator, IntoParallelRefMutIterator, ParallelIterator};

use super::ask::{self, Answers, Cleaner, Court, Open};
use super::scene::Course;
use super::trees::{self, Class, Cleaning};
use super::walk::{self, Walked};
use super::{Combination, History, Means, Outcome, Played};
use crate::check::c::scene::Scanned;
use crate::check::c::{Bench, Kit};
use crate::check::sandbox::Sandbox;
use crate::check::{scriptlet, spec};
use crate::series::scriptlet::Scriptlet as Promises;
use crate::series::{Scenarios, Series};

/// All that is needed to play.
pub(super) struct Theatre<'t> {
    pub(super) scenarios: &'t Scenarios,
    sandbox: &'t Sandbox,
    pub(super) columns: Vec<String>,
    court: Court<'t>,
    /// The file of the base, which tells what stands around the functions.
    base: Scanned,
    pub(super) deciders: Vec<trees::Placed<'t>>,
    /// Which decider each column has.
    pub(super) deciding: Vec<usize>,
    promises: Option<Promises>,
    pub(super) cleaning: Cleaning,
    blobs: Vec<(String, String)>,
}

impl<'t> Theatre<'t> {
    /// Finds what decides and what cleans in every combination.
    pub(super) fn open(
        series: &'t Series,
        scenarios: &'t Scenarios,
        kit: &'t Kit,
        combinations: &[Combination<'t>],
        sandbox: &'t Sandbox,
    ) -> Result<Self, String> {
        let first = combinations.first().ok_or("there is no tree to play on")?;
        let patch = series.patch(&scenarios.decide.patch);
        let patch = patch.ok_or("the patch that decides is not in the series")?;
        let found = trees::deciding(patch, kit, first.tree)?;
        let (deciders, deciding) = trees::deciders(&found, combinations)?;
        let (promises, cleaning) = cleaning(series, scenarios, combinations, sandbox)?;
        let paths = [&found.path, &cleaning.place.0]
            .into_iter()
            .filter(|path| !path.is_empty());
        let blob = |path: &String| {
            let blob = first.tree.read(path).ok().flatten()?;
            Some((path.clone(), blob.id.to_string()))
        };
        let blobs = paths.filter_map(blob).collect();
        let base = deciders[deciding[0]].0.file.file.source.clone();
        Ok(Theatre {
            scenarios,
            sandbox,
            columns: combinations
                .iter()
                .map(|combination| combination.id.clone())
                .collect(),
            court: Court {
                bench: Bench::new(kit, sandbox),
                path: found.path,
                functions: found.functions,
                scenarios,
                as_it_stands: combinations.len() == 1,
                tree: first.tree,
            },
            base: Scanned::new(&base),
            deciders,
            deciding,
            promises,
            cleaning,
            blobs,
        })
    }

    /// Asks for all that is open.
    pub(super) fn ask(&mut self, open: &Open) -> Result<(), String> {
        let (court, base) = (&self.court, &self.base);
        let (cleaners, promises) = (&mut self.cleaning.cleaners, self.promises.as_ref());
        let (sandbox, scenarios) = (self.sandbox, self.scenarios);
        let deciders = &mut self.deciders;
        let (decided, cleaned) = rayon::join(
            || {
                deciders.par_iter_mut().try_for_each(|(decider, tree)| {
                    court.ask((decider, tree), base, &open.decisions)
                })
            },
            || {
                let Some(promises) = promises.filter(|_| !open.cleanings.is_empty()) else {
                    return Ok(());
                };
                ask::clean(sandbox, promises, scenarios, cleaners, &open.cleanings)
            },
        );
        decided?;
        cleaned.map_err(|error| error.to_string())
    }

    /// Plays everything; where something is not known yet, what was met is returned.
    pub(super) fn play(&self) -> Result<Played, Open> {
        let jobs: Vec<(usize, usize)> = (0..self.cleaning.classes.len())
            .flat_map(|class| (0..self.columns.len()).map(move |column| (class, column)))
            .collect();
        let (courses, walked) = rayon::join(
            || {
                jobs.par_iter()
                    .map(|&(class, column)| self.histories(class, column))
                    .collect()
            },
            || self.walked(),
        );
        let (courses, walked) = both(gathered(courses), walked)?;
        let histories = (0..self.scenarios.scenarios.len()).map(|at| History {
            at,
            outcomes: (0..self.columns.len())
                .map(|column| self.outcome(at, column, &courses))
                .collect(),
        });
        Ok(Played {
            scenarios: self.scenarios.clone(),
            columns: self.columns.clone(),
            histories: histories.collect(),
            walked,
            with: self.means(),
            records: Vec::new(),
        })
    }

    fn answers(&self, class: usize, column: usize) -> Answers<'_> {
        let class = &self.cleaning.classes[class];
        let of = |column: usize| {
            (
                &self.deciders[self.deciding[column]].0,
                &self.cleaning.cleaners[class.cleaners[column]],
            )
        };
        Answers {
            base: of(0),
            patched: of(column),
            open: RefCell::default(),
        }
    }

    fn histories(&self, class: usize, column: usize) -> Result<Vec<Course>, Open> {
        let answers = self.answers(class, column);
        let mut all = Vec::new();
        for scenario in &self.scenarios.scenarios {
            // What is impossible was refused with the series; what is not known is open.
            let played = walk::history(self.scenarios, &scenario.steps, &answers);
            all.push(played.unwrap_or_default());
        }
        closed(answers, all)
    }

    fn outcome(&self, at: usize, column: usize, courses: &[Vec<Course>]) -> Outcome {
        let of_class = |class: usize| &courses[class * self.columns.len() + column][at];
        let is_right = |class: usize| {
            let mut starts = of_class(class).starts.iter();
            starts.all(|(_, started)| started.right)
        };
        let classes = &self.cleaning.classes;
        let wrong: Vec<usize> = (0..classes.len())
            .filter(|&class| !is_right(class))
            .collect();
        let variants = wrong
            .iter()
            .flat_map(|&class| classes[class].variants.clone());
        let Course { starts, scenes } = of_class(wrong.first().copied().unwrap_or(0)).clone();
        Outcome {
            right: wrong.is_empty(),
            starts,
            scenes,
            wrong_on: variants.collect(),
        }
    }

    /// Walks every order; where distributions differ, what the worst of them comes to is told.
    fn walked(&self) -> Result<Vec<Walked>, Open> {
        let Some(walk) = &self.scenarios.walk else {
            return Ok(Vec::new());
        };
        let classes = self.different_classes();
        let jobs: Vec<(usize, usize)> = (0..self.columns.len())
            .flat_map(|column| classes.iter().map(move |&class| (class, column)))
            .collect();
        let walked: Vec<Result<Walked, Open>> = jobs
            .par_iter()
            .map(|&(class, column)| {
                let answers = self.answers(class, column);
                let walked = walk::walk(self.scenarios, walk, &answers);
                closed(answers, walked.unwrap_or_default())
            })
            .collect();
        let walked = gathered(walked)?;
        let of_column = walked.chunks(classes.len());
        Ok(of_column
            .filter_map(|classes| classes.iter().max_by_key(|walked| walked.wrong).cloned())
            .collect())
    }

    /// The classes whose scriptlets left different things: others come to the same in every order.
    fn different_classes(&self) -> Vec<usize> {
        let left = |class: &Class| -> Vec<_> {
            class
                .cleaners
                .iter()
                .map(|&cleaner| &self.cleaning.cleaners[cleaner].known)
                .collect()
        };
        let mut seen = Vec::new();
        let mut different = Vec::new();
        for (at, class) in self.cleaning.classes.iter().enumerate() {
            let left = left(class);
            if !seen.contains(&left) {
                seen.push(left);
                different.push(at);
            }
        }
        different
    }

    fn means(&self) -> Means {
        let variants = self
            .cleaning
            .classes
            .iter()
            .flat_map(|class| class.variants.clone());
        let mut variants: Vec<String> = variants.collect();
        let order = self.promises.as_ref().map(|promises| &promises.variant);
        variants.sort_by_key(|id| order?.iter().position(|variant| variant.id == *id));
        let deciders = || self.deciders.iter().map(|(decider, _)| decider);
        Means {
            functions: (self.court.path.clone(), self.court.functions.clone()),
            section: self.cleaning.place.clone(),
            blobs: self.blobs.clone(),
            variants,
            inapplicable: self.cleaning.inapplicable.clone(),
            decisions: deciders().map(|one| one.known.len()).max().unwrap_or(0),
            real_decisions: deciders().map(|one| one.real.len()).max().unwrap_or(0),
            stand_in: deciders().find_map(|decider| decider.stand_in.clone()),
            cleanings: self
                .cleaning
                .cleaners
                .iter()
                .map(|cleaner| cleaner.known.len())
                .sum(),
        }
    }
}

fn closed<T>(answers: Answers, value: T) -> Result<T, Open> {
    let open = answers.open.into_inner();
    if open.is_empty() {
        Ok(value)
    } else {
        Err(open)
    }
}

fn both<A, B>(a: Result<A, Open>, b: Result<B, Open>) -> Result<(A, B), Open> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(open), Ok(_)) | (Ok(_), Err(open)) => Err(open),
        (Err(open), Err(more)) => Err(open.with(more)),
    }
}

fn gathered<T>(all: Vec<Result<T, Open>>) -> Result<Vec<T>, Open> {
    let mut open = Open::default();
    let mut values = Vec::new();
    for one in all {
        match one {
            Ok(value) => values.push(value),
            Err(more) => open = open.with(more),
        }
    }
    if open.is_empty() {
        Ok(values)
    } else {
        Err(open)
    }
}

/// What cleans, where the series has a patch that does.
fn cleaning(
    series: &Series,
    scenarios: &Scenarios,
    combinations: &[Combination],
    sandbox: &Sandbox,
) -> Result<(Option<Promises>, Cleaning), String> {
    let Some(clean) = &scenarios.clean else {
        // Nothing asks for it: there is no scriptlet to run.
        let nothing = Cleaner {
            text: String::new(),
            known: HashMap::new(),
        };
        let class = Class {
            variants: Vec::new(),
            cleaners: vec![0; combinations.len()],
        };
        let cleaning = Cleaning {
            place: Default::default(),
            cleaners: vec![nothing],
            classes: vec![class],
            inapplicable: Vec::new(),
        };
        return Ok((None, cleaning));
    };
    if let Some(lacking) = spec::lacking().first() {
        return Err(format!("no `{}`; {}", lacking.name, lacking.how()));
    }
    if !sandbox.is_private() {
        return Err(
            "a scriptlet needs a file system of its own, which is not possible without a sandbox"
                .to_owned(),
        );
    }
    let patch = series
        .patch(&clean.patch)
        .ok_or("the patch that cleans is not in the series")?;
    let manifest = patch.scriptlet.as_ref();
    let manifest = manifest.ok_or_else(|| format!("the patch `{}` has no scriptlet", patch.id))?;
    let promises = scriptlet::promises(manifest).map_err(|problem| problem.message)?;
    let cleaning = trees::cleaning(series, patch, &promises, combinations, sandbox)?;
    Ok((Some(promises), cleaning))
}
