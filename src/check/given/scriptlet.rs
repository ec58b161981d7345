//! Does a given patch make a package's scriptlets right that a patch of the series judges, whatever its form? Plays all of them that
//! run when the package is installed and that matter, as they stand before and after it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::judged::{Played, Step, Wrong};
use super::touched::changed_lines;
use super::{Asking, Outlook};
use crate::check::sandbox::Sandbox;
use crate::check::spec::{self, Inserted, Package, Queried, Reader, Reading, Shell};
use crate::check::{Evidence, Outcome, Record};
use crate::compose::placeholder;
use crate::locate;
use crate::series::Patch;
use crate::series::judge::ScriptletJudge;
use crate::series::scriptlet::{Case, Scriptlet as Promises};
use crate::series::step::{Edit, Insert};
use crate::status;
use crate::syntax::spec::Spec;
use crate::target::{FileChange, Tree};
use crate::text::Source;

/// The scriptlets of the new package that rpm runs when it is installed, in that order.
const INSTALLING: [&str; 4] = ["PRETRANS", "PREIN", "POSTIN", "POSTTRANS"];

/// Texts of scriptlets that run one after the other.
type Run = Vec<String>;

/// What came of playing a run in a case and a shell.
type Trials<'t> = BTreeMap<(&'t Run, &'t str, Shell), spec::Played>;

/// Asks of every stage that touches the spec; returns the evidence and how the tree behaves before and behind all.
pub(super) fn ask(
    asking: &Asking,
    patch: &Patch,
    judge: &ScriptletJudge,
    promises: &Promises,
) -> Outlook {
    with_player(
        asking,
        (patch, judge, promises),
        "behaviour",
        |player, touching| player.play(touching),
    )
}

/// Asks the same of real packages.
pub(super) fn packages(
    asking: &Asking,
    patch: &Patch,
    judge: &ScriptletJudge,
    promises: &Promises,
) -> Vec<(usize, Evidence)> {
    with_player(
        asking,
        (patch, judge, promises),
        "package",
        |player, touching| player.pack(touching),
    )
    .evidence
}

fn with_player(
    asking: &Asking,
    (patch, judge, promises): (&Patch, &ScriptletJudge, &Promises),
    check: &'static str,
    ask: impl Fn(&Player<'_>, &[(usize, &FileChange)]) -> Result<Outlook, String>,
) -> Outlook {
    let step = patch.steps.iter().find(|step| step.id.value == judge.step);
    let Some((step, Edit::Insert(wanted))) = step.map(|step| (step, &step.edit)) else {
        return Outlook::default();
    };
    let touching = touching(asking, &step.files);
    let Some((first, _)) = touching.first() else {
        return Outlook::default();
    };
    let (sandbox, reader) = match tools(asking) {
        Ok(tools) => tools,
        Err(why) => return Outlook::skipped(*first, check, why),
    };
    let player = Player {
        asking,
        patch,
        judge,
        wanted,
        files: &step.files,
        promises,
        sandbox,
        reader,
    };
    ask(&player, &touching).unwrap_or_else(|fault| {
        let evidence = Evidence {
            outcome: Outcome::Error,
            ..Evidence::skipped(check, fault)
        };
        Outlook {
            evidence: vec![(*first, evidence)],
            ..Outlook::default()
        }
    })
}

/// The stages that change one of the files, and the change.
fn touching<'a>(asking: &'a Asking, files: &[String]) -> Vec<(usize, &'a FileChange)> {
    let stages = asking.stages.iter().enumerate();
    stages
        .filter_map(|(number, stage)| {
            let mut changes = stage.given.commit.changes.iter();
            let judged = |change: &&FileChange| files.contains(&change.path) && change.is_change();
            Some((number, changes.find(judged)?))
        })
        .collect()
}

/// How a tree behaves as it stands.
pub(super) fn prove(
    asking: &Asking,
    patch: &Patch,
    judge: &ScriptletJudge,
    promises: &Promises,
) -> Played {
    let step = patch.steps.iter().find(|step| step.id.value == judge.step);
    let Some((step, Edit::Insert(wanted))) = step.map(|step| (step, &step.edit)) else {
        return Played::unknown("the series does not say which section it is about");
    };
    let (sandbox, reader) = match tools(asking) {
        Ok(tools) => tools,
        Err(why) => return Played::unknown(why),
    };
    let player = Player {
        asking,
        patch,
        judge,
        wanted,
        files: &step.files,
        promises,
        sandbox,
        reader,
    };
    player.stand().unwrap_or_else(Played::unknown)
}

/// What scriptlets are read and played with, or why they can't be.
fn tools<'a>(asking: &'a Asking) -> Result<(&'a Sandbox, &'a Reader<'a>), String> {
    let sandbox = asking.place.as_ref().map_err(ToString::to_string)?;
    if let Some(lacking) = spec::lacking().first() {
        return Err(format!("no `{}`; {}", lacking.name, lacking.how()));
    }
    let why = "a scriptlet needs a file system of its own, which is not possible without a sandbox";
    let reader = asking.specs.filter(|_| sandbox.is_private());
    Ok((sandbox, reader.ok_or(why)?))
}

pub(super) struct Player<'p> {
    pub(super) asking: &'p Asking<'p>,
    pub(super) patch: &'p Patch,
    pub(super) judge: &'p ScriptletJudge,
    pub(super) wanted: &'p Insert,
    pub(super) files: &'p [String],
    pub(super) promises: &'p Promises,
    pub(super) sandbox: &'p Sandbox,
    pub(super) reader: &'p Reader<'p>,
}

/// A spec as a stage leaves it.
pub(super) struct State {
    /// The packages that the promised section may belong to, as the spec writes them.
    pub(super) packages: BTreeSet<String>,
    pub(super) readings: Vec<Reading>,
}

/// A state that is asked about.
pub(super) struct Reached {
    pub(super) number: usize,
    pub(super) aims: bool,
    pub(super) before: usize,
    pub(super) after: usize,
}

/// The states that the spec goes through.
pub(super) struct Course {
    /// That of the base, and that behind each stage that touches it.
    pub(super) states: Vec<State>,
    /// What runs in each state, for each distribution.
    pub(super) runs: Vec<Vec<Result<Run, String>>>,
    pub(super) reached: Vec<Reached>,
}

impl Player<'_> {
    /// The spec behind the base and every stage that touches it, what runs for each, and the stages to ask about.
    pub(super) fn course(&self, touching: &[(usize, &FileChange)]) -> Result<Course, String> {
        let mut states = vec![self.state(&self.asking.inquiry.base.tree)?];
        let mut reached = Vec::new();
        for (number, change) in touching {
            let state = self.state(&self.asking.stages[*number].tree)?;
            let packages = &states[states.len() - 1].packages;
            let knows = !packages.is_empty();
            states.push(state);
            if knows {
                reached.push(Reached {
                    number: *number,
                    aims: self.aims(change),
                    before: states.len() - 2,
                    after: states.len() - 1,
                });
            }
        }
        let tags = self.tags(&states);
        let runs: Vec<Vec<Result<Run, String>>> = states
            .iter()
            .map(|state| self.runs(state, &states[0], &tags))
            .collect();
        reached.retain(|step| step.aims || runs[step.before] != runs[step.after]);
        Ok(Course {
            states,
            runs,
            reached,
        })
    }

    fn play(&self, touching: &[(usize, &FileChange)]) -> Result<Outlook, String> {
        let Course { runs, reached, .. } = self.course(touching)?;
        if reached.is_empty() {
            return Ok(Outlook::default());
        }
        let asked: BTreeSet<usize> = reached
            .iter()
            .flat_map(|step| [step.before, step.after])
            .collect();
        let asked: Vec<usize> = asked.into_iter().collect();
        let played = self
            .played(&runs, &asked)
            .map_err(|fault| format!("the sandbox could not be used: {fault}"))?;
        let of = |state: usize| &played[&state];
        let mut outlook = Outlook {
            before: Some(of(reached[0].before).clone()),
            after: Some(of(reached[reached.len() - 1].after).clone()),
            ..Outlook::default()
        };
        for (at, step) in reached.iter().enumerate() {
            let later = reached[at + 1..]
                .iter()
                .find(|later| of(later.after).is_right() == Some(true));
            let judged = Step {
                check: "behaviour",
                patch: &self.patch.id,
                before: of(step.before),
                after: of(step.after),
                aims: step.aims,
                completed: later.map(|later| later.number + 1),
            };
            outlook
                .evidence
                .extend(judged.evidence().map(|evidence| (step.number, evidence)));
        }
        Ok(outlook)
    }

    /// Plays the base.
    fn stand(&self) -> Result<Played, String> {
        let tree = &self.asking.inquiry.base.tree;
        for path in self.files {
            let source = tree.source(path, ".").map_err(|fault| fault.to_string())?;
            let Some(source) = source else { continue };
            let spec = Spec::scan(&source);
            let openings = locate::openings(&spec, self.wanted);
            let mut hidden = openings.iter();
            let hidden = hidden.find_map(|one| status::brought(&spec, &one.section));
            if let Some((_, why)) = hidden {
                return Err(why.to_owned());
            }
            break;
        }
        let states = [self.state(tree)?];
        if states[0].packages.is_empty() {
            return Err("no section was found in which the package would do it".to_owned());
        }
        let tags = self.tags(&states);
        let runs = [self.runs(&states[0], &states[0], &tags)];
        let played = self.played(&runs, &[0]);
        let mut played =
            played.map_err(|fault| format!("the sandbox could not be used: {fault}"))?;
        Ok(played.remove(&0).unwrap_or_default())
    }

    fn state(&self, tree: &Tree) -> Result<State, String> {
        let mut state = State {
            packages: BTreeSet::new(),
            readings: Vec::new(),
        };
        for path in self.files {
            let source = tree.source(path, ".").map_err(|fault| fault.to_string())?;
            let Some(source) = source else { continue };
            let openings = locate::openings(&Spec::scan(&source), self.wanted).into_iter();
            state.packages = openings.map(|opening| opening.package).collect();
            let text = placeholder::filled(self.asking.inquiry.series, tree, path, source.text());
            state.readings = self.reader.read(&text.map_err(|fault| fault.to_string())?);
            break;
        }
        Ok(state)
    }

    /// Whether a changed line of the spec says that it is about the thing; what is listed or told is no line that does it.
    fn aims(&self, change: &FileChange) -> bool {
        let source = |blob: &Option<crate::target::Blob>| {
            let bytes = blob
                .as_ref()
                .map(|blob| blob.bytes.to_vec())
                .unwrap_or_default();
            Source::new(change.path.as_str(), without_lists(&bytes))
        };
        let (before, after) = (source(&change.before), source(&change.after));
        let (added, removed) = changed_lines(before.bytes(), after.bytes());
        let hints = |line: &str| {
            self.judge
                .hint
                .as_ref()
                .is_some_and(|hint| hint.is_match(line))
                || self.judge.names.is_match(line)
        };
        added.lines().chain(removed.lines()).any(hints)
    }

    /// The scriptlets that matter: the promised one, those that are not the same in all states, and those that name the thing.
    fn tags(&self, states: &[State]) -> BTreeSet<&'static str> {
        let promised = Inserted {
            header: self.promises.section.clone(),
            text: String::new(),
        };
        let mut tags: BTreeSet<&'static str> = promised.tag().into_iter().collect();
        for at in 0..self.promises.variant.len() {
            for tag in INSTALLING {
                let texts: BTreeSet<Option<String>> = states
                    .iter()
                    .filter_map(|state| state.readings.get(at)?.queried())
                    .flat_map(|queried| {
                        let packages = self.packages(&states[0], queried);
                        packages.into_iter().map(|package| {
                            package.scriptlets.get(tag).map(|found| found.text.clone())
                        })
                    })
                    .collect();
                let mut named = texts.iter().flatten();
                if texts.len() > 1 || named.any(|text| self.judge.names.is_match(text)) {
                    tags.insert(tag);
                }
            }
        }
        tags
    }

    /// The packages whose scriptlets are played, as rpm reads them.
    fn packages<'q>(&self, state: &State, queried: &'q Queried) -> Vec<&'q Package> {
        names(state, queried)
            .into_iter()
            .filter_map(|name| queried.packages.get(&name))
            .collect()
    }

    /// What runs for each distribution when the package is installed; an error where that can't be told.
    fn runs(
        &self,
        state: &State,
        base: &State,
        tags: &BTreeSet<&'static str>,
    ) -> Vec<Result<Run, String>> {
        let known = if state.packages.is_empty() {
            base
        } else {
            state
        };
        let of = |reading: &Reading| {
            let queried = match reading {
                Reading::Read(queried) => queried,
                Reading::Refused(reason) | Reading::Fault(reason) => return Err(reason.clone()),
            };
            let mut run = Vec::new();
            for package in self.packages(known, queried) {
                for tag in INSTALLING.into_iter().filter(|tag| tags.contains(tag)) {
                    match package.scriptlets.get(tag) {
                        Some(scriptlet) if scriptlet.is_shell() => run.push(scriptlet.text.clone()),
                        Some(scriptlet) if scriptlet.text.trim().is_empty() => {}
                        Some(scriptlet) => {
                            return Err(format!("{tag} is run by `{}`", scriptlet.interpreter));
                        }
                        None => {}
                    }
                }
            }
            Ok(run)
        };
        state.readings.iter().map(of).collect()
    }

    /// Plays states, each distinct run once.
    fn played(
        &self,
        runs: &[Vec<Result<Run, String>>],
        asked: &[usize],
    ) -> io::Result<BTreeMap<usize, Played>> {
        let states = asked.iter().chain([&0]);
        let distinct: BTreeSet<&Run> = states
            .flat_map(|state| runs[*state].iter().flatten())
            .collect();
        let texts: Vec<&str> = distinct
            .iter()
            .flat_map(|run| run.iter().map(String::as_str))
            .collect();
        let stage = spec::Stage::new(self.sandbox, self.promises, &texts)?;
        // What costs much and cannot differ is played with one run of a state.
        let once: BTreeSet<&Run> = asked
            .iter()
            .filter_map(|state| runs[*state].iter().flatten().next())
            .collect();
        let mut jobs: Vec<(&Run, &Case, Shell)> = Vec::new();
        for case in &self.promises.case {
            let runs = if case.once { &once } else { &distinct };
            let shells = if case.once {
                &[Shell::Posix][..]
            } else {
                &Shell::ALL
            };
            for run in runs {
                jobs.extend(shells.iter().map(|shell| (*run, case, *shell)));
            }
        }
        let trials: Trials = jobs
            .into_par_iter()
            .map(|(run, case, shell)| {
                let texts: Vec<&str> = run.iter().map(String::as_str).collect();
                Ok((
                    (run, case.id.as_str(), shell),
                    stage.play(&texts, shell, case)?,
                ))
            })
            .collect::<io::Result<_>>()?;
        Ok(asked
            .iter()
            .map(|state| (*state, self.sum(&runs[*state], &runs[0], &trials)))
            .collect())
    }

    /// What the trials say of a state: a case is one situation in one distribution and shell.
    fn sum(
        &self,
        runs: &[Result<Run, String>],
        base: &[Result<Run, String>],
        trials: &Trials,
    ) -> Played {
        let mut played = Played::default();
        let mut rows = Vec::new();
        for (at, variant) in self.promises.variant.iter().enumerate() {
            match (runs.get(at), base.get(at)) {
                (Some(Ok(run)), base) => {
                    let base = base.and_then(|run| run.as_ref().ok());
                    self.add(&mut played, &mut rows, &variant.id, (run, base), trials);
                }
                // It could be read for this distribution, and can't any more.
                (Some(Err(reason)), Some(Ok(_))) => {
                    let message = format!("what runs on {} can't be told: {reason}", variant.id);
                    let code = "spec-not-parsed";
                    played.all += 1;
                    played.wrong.insert(
                        format!("read {}", variant.id),
                        Wrong {
                            code,
                            of: None,
                            message,
                            is_case: false,
                        },
                    );
                }
                _ => {}
            }
        }
        if played.all == 0 {
            let reason = runs.iter().find_map(|run| run.as_ref().err()).cloned();
            let gone = || "there is no spec any more".to_owned();
            played.unknown = Some(reason.unwrap_or_else(gone));
        }
        played.records.push(Record {
            name: "behaviour/scriptlet.json".to_owned(),
            bytes: format!("{:#}\n", serde_json::Value::from(rows)).into_bytes(),
        });
        played
    }

    /// Adds the trials of a run for a distribution.
    fn add(
        &self,
        played: &mut Played,
        rows: &mut Vec<serde_json::Value>,
        variant: &str,
        (run, base): (&Run, Option<&Run>),
        trials: &Trials,
    ) {
        let succeeded = |case: &Case| {
            let before = base.and_then(|run| trials.get(&(run, case.id.as_str(), Shell::Posix)));
            before.is_none_or(|before| before.status == 0)
        };
        for (case, shell) in self
            .promises
            .case
            .iter()
            .flat_map(|case| Shell::ALL.map(|shell| (case, shell)))
        {
            let Some(trial) = trials.get(&(run, case.id.as_str(), shell)) else {
                continue;
            };
            let said = trial
                .wrong
                .iter()
                .map(|wrong| (wrong.code, wrong.message.clone()));
            let mut said: Vec<(&'static str, String)> = said.collect();
            if trial.status != 0 && succeeded(case) {
                said.push((
                    "scriptlet-fails",
                    format!("ends with status {}", trial.status),
                ));
            }
            played.all += 1;
            rows.push(serde_json::json!({
                "case": case.id, "title": case.title, "variant": variant, "shell": shell.name(),
                "status": trial.status, "wrong": said.iter().map(|(_, message)| message).collect::<Vec<_>>(),
            }));
            if let Some((code, message)) = said.into_iter().next() {
                let name = format!("{} {} {variant}", case.id, shell.name());
                let of = format!("{}, in {}", case.title, shell.name());
                played.wrong.insert(
                    name,
                    Wrong {
                        code,
                        of: Some((of, variant.to_owned())),
                        message,
                        is_case: true,
                    },
                );
            }
        }
    }
}

/// The names of the packages that the promised section may belong to, as rpm reads them.
pub(super) fn names(state: &State, queried: &Queried) -> Vec<String> {
    let names = state.packages.iter().map(|name| {
        name.replace("%{name}", &queried.name)
            .replace("%name", &queried.name)
    });
    names.collect()
}

/// A spec without the sections that list or tell: files, changes, descriptions.
fn without_lists(bytes: &[u8]) -> Vec<u8> {
    let source = Source::new("spec", bytes.to_vec());
    let spec = Spec::scan(&source);
    let mut kept = Vec::new();
    let mut at = 0;
    for section in &spec.sections {
        if matches!(
            section.keyword.as_str(),
            "files" | "changelog" | "description"
        ) {
            kept.extend_from_slice(&bytes[at..section.heading.start]);
            at = section.body.end;
        }
    }
    kept.extend_from_slice(&bytes[at..]);
    kept
}
