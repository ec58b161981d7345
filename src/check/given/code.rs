//! Does a given patch make C code right that a patch of the series judges, whatever its form? Plays the functions that decide, as they
//! stand before and after it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::judged::{Played, Step, Wrong};
use super::touched::{beside, changed_lines};
use super::{Asking, Outlook};
use crate::check::c::harness;
use crate::check::c::{Bench, Beside, CTree, Calls, CaseResult, Playing, Real};
use crate::check::{Evidence, Outcome, code};
use crate::series::Patch;
use crate::series::judge::CodeJudge;
use crate::status::{self, Deciding};
use crate::syntax::c::{self, CFile};
use crate::target::{Commit, Fault, FileChange, Tree};
use crate::text::Source;

/// A function of a file.
type Name = (String, String);

/// The files of a tree that hold what decides, and those that held it earlier.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) files: BTreeMap<String, Source>,
    /// The functions that decide, and by which statements.
    deciding: BTreeMap<Name, Vec<String>>,
    /// Those that are played to tell how the tree behaves.
    pub(super) played: BTreeSet<Name>,
    /// What the series adds or changes in other files.
    beside: Beside,
}

/// Asks of every stage that touches what decides, or code that it is compiled or linked with; returns the evidence and how the tree
/// behaves before and behind all.
pub(super) fn ask(
    asking: &Asking,
    patch: &Patch,
    judge: &CodeJudge,
    bench: Option<&Bench>,
) -> Outlook {
    let touches = |number: &usize, is_meant: &dyn Fn(&FileChange) -> bool| {
        let changes = &asking.stages[*number].given.commit.changes;
        changes.iter().any(is_meant)
    };
    let all = 0..asking.stages.len();
    let first = all
        .clone()
        .find(|number| touches(number, &|change| concerns(patch, judge, change)));
    let is_near = all
        .clone()
        .any(|number| touches(&number, &|change| is_code(&change.path)));
    if first.is_none() && !is_near {
        return Outlook::default();
    }
    let bench = match (bench, asking.place, first) {
        (Some(bench), ..) => bench,
        (None, Err(unavailable), Some(first)) if patch.harness.is_some() => {
            return Outlook::skipped(first, "behaviour", unavailable.to_string());
        }
        // The series brings no cases.
        (None, ..) => return Outlook::default(),
    };
    let player = Player {
        asking,
        patch,
        judge,
        bench,
    };
    match player.play() {
        Ok(outlook) => outlook,
        Err(fault) => {
            let evidence = Evidence {
                outcome: Outcome::Error,
                ..Evidence::skipped("behaviour", fault.to_string())
            };
            Outlook {
                evidence: vec![(first.unwrap_or_default(), evidence)],
                ..Outlook::default()
            }
        }
    }
}

fn is_code(path: &str) -> bool {
    path.ends_with(".c") || path.ends_with(".h")
}

/// Whether a change is of a file that holds what decides, or held it.
fn concerns(patch: &Patch, judge: &CodeJudge, change: &FileChange) -> bool {
    let old_path = change
        .origin
        .as_ref()
        .map_or(&change.path, |origin| &origin.path);
    let judged = status::is_judged(patch, &change.path) || status::is_judged(patch, old_path);
    let subject = judge.subject.as_bytes();
    let mut blobs = change.before.iter().chain(&change.after);
    judged
        && blobs.any(|blob| {
            blob.bytes
                .windows(subject.len())
                .any(|window| window == subject)
        })
}

pub(super) struct Player<'p> {
    pub(super) asking: &'p Asking<'p>,
    pub(super) patch: &'p Patch,
    pub(super) judge: &'p CodeJudge,
    pub(super) bench: &'p Bench<'p>,
}

/// A state that a stage left, and what is known of the way to it.
struct Reached {
    number: usize,
    aims: bool,
    before: Played,
    after: Played,
}

impl Player<'_> {
    fn play(&self) -> Result<Outlook, Fault> {
        let base = &self.asking.inquiry.base.tree;
        let holders = self.holders(base)?;
        let touching = self.touching(&holders);
        if touching.is_empty() {
            return Ok(Outlook::default());
        }
        self.bench.prepare();
        let mut ever: BTreeSet<Name> = BTreeSet::new();
        let mut state = self.state(holders, &mut ever);
        let mut at_hand: Option<Played> = None;
        let mut first = None;
        let mut reached: Vec<Reached> = Vec::new();
        for number in touching {
            let commit = &self.asking.stages[number].given.commit;
            let mut next = self.state(self.after(&state.files, commit), &mut ever);
            next.beside = self.beside(number);
            if state.played.is_empty() {
                // Nothing decided before, as in a tree without such code: nothing can be broken or mended.
                state = next;
                continue;
            }
            let trees = (self.tree_before(number), &self.asking.stages[number].tree);
            let aims = self.aims(&state, &next, commit);
            if aims || self.differ((&state, trees.0), (&next, trees.1)) {
                let before = at_hand
                    .take()
                    .unwrap_or_else(|| self.played(&state, trees.0));
                let after = self.played(&next, trees.1);
                first.get_or_insert_with(|| before.clone());
                at_hand = Some(after.clone());
                reached.push(Reached {
                    number,
                    aims,
                    before,
                    after,
                });
            }
            state = next;
        }
        Ok(Outlook {
            evidence: self.evidence(&reached),
            before: first,
            after: at_hand,
        })
    }

    /// The stages that touch what decides, or what it is compiled or linked with.
    fn touching(&self, holders: &BTreeMap<String, Source>) -> Vec<usize> {
        let stages = self.asking.stages;
        let with = OnceCell::new();
        let is_with = |path: &str| {
            let with: &BTreeSet<String> = with.get_or_init(|| {
                let last = stages.last().map(|stage| &stage.tree);
                let trees = [&self.asking.inquiry.base.tree].into_iter().chain(last);
                let all = trees.flat_map(|tree| self.compiled_with(holders, tree));
                all.collect()
            });
            with.contains(path)
        };
        let is_meant = |change: &FileChange| {
            concerns(self.patch, self.judge, change)
                || (is_code(&change.path) && is_with(&change.path))
        };
        let touches = |number: &usize| {
            let changes = &stages[*number].given.commit.changes;
            changes.iter().any(is_meant)
        };
        (0..stages.len()).filter(touches).collect()
    }

    /// The files of a tree that what decides is compiled or linked with.
    fn compiled_with(&self, holders: &BTreeMap<String, Source>, tree: &Tree) -> BTreeSet<String> {
        let read = |path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
        let with = holders.iter().flat_map(|(path, file)| {
            self.bench.compiled_with(CTree {
                path,
                file,
                read: &read,
                beside: None,
            })
        });
        with.collect()
    }

    /// What the stages up to one add or change.
    fn beside(&self, number: usize) -> Beside {
        let stages = &self.asking.stages[..=number];
        let changes = stages.iter().flat_map(|stage| &stage.given.commit.changes);
        let changes: Vec<&FileChange> = changes.collect();
        let base = &self.asking.inquiry.base.tree;
        beside(&changes, base, &self.asking.stages[number].tree)
    }

    /// Whether anything that is played is another.
    fn differ(&self, (before, old): (&State, &Tree), (after, new): (&State, &Tree)) -> bool {
        let key = |state: &State, tree: &Tree| -> Vec<Option<String>> {
            let read = |path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
            let paths: BTreeSet<&String> = after.played.iter().map(|(path, _)| path).collect();
            let one = |path: &String| {
                let tree = CTree {
                    path,
                    file: state.files.get(path)?,
                    read: &read,
                    beside: Some(&state.beside),
                };
                self.bench.linked_key(tree)
            };
            paths.into_iter().map(one).collect()
        };
        self.texts(before) != self.texts(after)
            || (!after.beside.is_empty() && key(before, old) != key(after, new))
    }

    fn tree_before(&self, stage: usize) -> &Tree {
        let before = stage.checked_sub(1);
        before.map_or(&self.asking.inquiry.base.tree, |before| {
            &self.asking.stages[before].tree
        })
    }

    fn evidence(&self, reached: &[Reached]) -> Vec<(usize, Evidence)> {
        let mut all = Vec::new();
        for (at, step) in reached.iter().enumerate() {
            let later = reached[at + 1..]
                .iter()
                .find(|later| later.after.is_right() == Some(true));
            let judged = Step {
                check: "behaviour",
                patch: &self.patch.id,
                before: &step.before,
                after: &step.after,
                aims: step.aims,
                completed: later.map(|later| later.number + 1),
            };
            all.extend(judged.evidence().map(|evidence| (step.number, evidence)));
        }
        all
    }

    /// The files of the base that hold what decides.
    pub(super) fn holders(&self, tree: &Tree) -> Result<BTreeMap<String, Source>, Fault> {
        let mut files = BTreeMap::new();
        let step = self
            .patch
            .steps
            .iter()
            .find(|step| step.id.value == self.judge.step);
        let Some(step) = step else { return Ok(files) };
        for path in step
            .files
            .iter()
            .cloned()
            .chain(tree.list(&step.elsewhere)?)
        {
            if let Some(source) = tree.source(&path, ".")?
                && source.text().contains(self.judge.subject.as_str())
            {
                files.insert(path, source);
            }
        }
        Ok(files)
    }

    /// The files as a patch leaves them; one that held what decides stays among them, with or without it.
    fn after(&self, files: &BTreeMap<String, Source>, commit: &Commit) -> BTreeMap<String, Source> {
        let mut next = files.clone();
        for change in commit.changes.iter().filter(|change| {
            concerns(self.patch, self.judge, change) || files.contains_key(&change.path)
        }) {
            if let Some(origin) = &change.origin {
                next.remove(&origin.path);
            }
            match &change.after {
                Some(blob) => next.insert(
                    change.path.clone(),
                    Source::new(change.path.as_str(), blob.bytes.clone()),
                ),
                None => next.remove(&change.path),
            };
        }
        next
    }

    /// What decides in files, and what has to be played to tell how they behave: the functions that decide, and those that did and
    /// either call one that does now or are the only ones left. A function that another of them calls is judged through that one.
    pub(super) fn state(
        &self,
        files: BTreeMap<String, Source>,
        ever: &mut BTreeSet<Name>,
    ) -> State {
        let mut state = State {
            files,
            ..State::default()
        };
        let mut scanned = BTreeMap::new();
        for (path, source) in &state.files {
            for Deciding {
                function,
                statements,
            } in status::deciding(self.patch, source)
            {
                state.deciding.insert((path.clone(), function), statements);
            }
            scanned.insert(path.clone(), Calls::of(source));
        }
        let is_new = |name: &Name| !ever.contains(name);
        let newly: Vec<&Name> = state.deciding.keys().filter(|name| is_new(name)).collect();
        let calls = |name: &Name, callee: &Name| {
            name.0 == callee.0
                && scanned
                    .get(&name.0)
                    .is_some_and(|calls| calls.calls(&name.1, &callee.1))
        };
        let stands = |name: &Name| scanned.get(&name.0).is_some_and(|calls| calls.has(&name.1));
        let mut played: BTreeSet<Name> = state.deciding.keys().cloned().collect();
        let kept = ever.iter().filter(|name| stands(name));
        played.extend(
            kept.filter(|name| newly.is_empty() || newly.iter().any(|new| calls(name, new)))
                .cloned(),
        );
        let through = |name: &&Name| {
            newly.contains(name)
                && played
                    .iter()
                    .any(|other| other != *name && calls(other, name))
        };
        // In the base every one that decides is played: what calls it may be played with a stand-in for it.
        let is_base = ever.is_empty();
        state.played = played
            .iter()
            .filter(|name| is_base || !through(name))
            .cloned()
            .collect();
        ever.extend(state.played.iter().cloned());
        state
    }

    /// Whether a patch is about what decides: a statement that does is another, or a changed line names the value.
    fn aims(&self, before: &State, after: &State, commit: &Commit) -> bool {
        let statements = |state: &State| {
            let mut all: Vec<String> = state.deciding.values().flatten().cloned().collect();
            all.sort();
            all
        };
        if statements(before) != statements(after) {
            return true;
        }
        let names = |change: &&FileChange| {
            let bytes = |blob: &Option<crate::target::Blob>| {
                blob.as_ref()
                    .map(|blob| blob.bytes.to_vec())
                    .unwrap_or_default()
            };
            let (added, removed) = changed_lines(&bytes(&change.before), &bytes(&change.after));
            let named = |lines: &str| c::words(lines, &self.judge.subject).next().is_some();
            named(&added) || named(&removed)
        };
        let concerned = commit
            .changes
            .iter()
            .filter(|change| concerns(self.patch, self.judge, change));
        concerned.into_iter().any(|change| names(&change))
    }

    /// What is compiled to play a state, for comparison.
    fn texts(&self, state: &State) -> BTreeMap<String, String> {
        let of = |(path, function): &Name| {
            let (file, base) = self.sources(state, path, function)?;
            let file = (&file, &state.beside);
            let text = self.bench.rendered(path, file, &base, function)?;
            Some((function.clone(), text))
        };
        state.played.iter().filter_map(of).collect()
    }

    /// A file, and the file that tells what may stand around its function: the base's own where that has it.
    fn sources(&self, state: &State, path: &str, function: &str) -> Option<(Source, Source)> {
        let file = state.files.get(path)?;
        let base = self
            .asking
            .inquiry
            .base
            .tree
            .source(path, ".")
            .ok()
            .flatten();
        let has = |source: &Source| {
            CFile::scan(source)
                .functions()
                .iter()
                .any(|known| known.name == function)
        };
        let base = base.filter(has).unwrap_or_else(|| file.clone());
        Some((file.clone(), base))
    }

    /// Plays a state, and asks the real code of the tree that it stands in, where that can be linked. A function that can't be played
    /// alone as the series leaves it is judged by that code alone; without it nothing can be told.
    fn played(&self, state: &State, tree: &Tree) -> Played {
        let (alone, real) = rayon::join(|| self.alone(state), || self.real(state, tree));
        let Alone { mut played, open } = alone;
        if played.unknown.is_some() {
            return played;
        }
        for (_, real) in &real {
            played.ground = Some(code::ground(real));
            if let Ok(real) = real {
                add_cases(&mut played, "linked with its tree", &real.after);
                add_cases(&mut played, "linked with its tree", &real.told.1);
                played.records.extend(code::linked_records(real));
            }
        }
        let is_linked = |path: &String| real.iter().any(|(of, real)| of == path && real.is_ok());
        let why = |(path, why): &(String, String)| {
            let reason = real.iter().find(|(of, _)| of == path);
            match reason.and_then(|(_, real)| real.as_ref().err()) {
                Some(reason) => {
                    format!("{why}; and linked with its tree it can't be, because {reason}")
                }
                None => why.clone(),
            }
        };
        let open = open.iter().find(|(path, _)| !is_linked(path));
        match open {
            Some(open) if played.wrong.is_empty() => Played::unknown(why(open)),
            _ if played.all == 0 => Played::unknown("no function is left that decides"),
            _ => played,
        }
    }

    /// Asks the real code of each file that is played and that the base has as well.
    fn real(&self, state: &State, tree: &Tree) -> Vec<(String, Result<Real, String>)> {
        let base = &self.asking.inquiry.base.tree;
        let read_in =
            |tree: &Tree, path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
        let (read_stage, read_base) = (
            |path: &str| read_in(tree, path),
            |path: &str| read_in(base, path),
        );
        let paths: BTreeSet<&String> = state.played.iter().map(|(path, _)| path).collect();
        let one = |path: &String| {
            let of_base = base.source(path, ".").ok().flatten()?;
            let stage = CTree {
                path,
                file: state.files.get(path)?,
                read: &read_stage,
                beside: Some(&state.beside),
            };
            let before = CTree {
                path,
                file: &of_base,
                read: &read_base,
                beside: None,
            };
            let functions = state.played.iter().filter(|(of, _)| of == path);
            let functions: Vec<String> = functions.map(|(_, name)| name.clone()).collect();
            Some((path.clone(), self.bench.real(stage, before, &functions)))
        };
        paths.into_iter().filter_map(one).collect()
    }

    fn alone(&self, state: &State) -> Alone {
        let mut alone = Alone::default();
        for (path, function) in &state.played {
            let Some((file, base)) = self.sources(state, path, function) else {
                continue;
            };
            let file = (&file, &state.beside);
            let functions = std::slice::from_ref(function);
            for playing in self.bench.play_beside(path, file, &base, functions) {
                let reason = playing.reason.clone().unwrap_or_default();
                let open = match playing.outcome {
                    Outcome::Skipped => {
                        alone.played = Played::unknown(reason);
                        return alone;
                    }
                    Outcome::Error => Some(reason),
                    // That it does not compile is the other check's business: alone, it may lack what its file has.
                    _ if !playing.diagnostics.is_empty() => Some(format!("`{function}`: {reason}")),
                    _ => stood_in(&playing),
                };
                match open {
                    Some(why) => alone.open.push((path.clone(), why)),
                    None => add(&mut alone.played, &playing),
                }
            }
        }
        alone
    }
}

/// Functions played alone.
#[derive(Default)]
struct Alone {
    played: Played,
    /// Those of which playing alone tells nothing: the file of each, and why.
    open: Vec<(String, String)>,
}

/// Why the cases of a function that was played alone tell nothing, where they do not.
fn stood_in(playing: &Playing) -> Option<String> {
    let names = &playing.stood_in;
    (!names.is_empty()).then(|| {
        format!(
            "`{}` is played alone with something else in the place of `{}`, which the patch adds or changes",
            playing.function,
            names.join("`, `")
        )
    })
}

pub(super) fn add(played: &mut Played, playing: &Playing) {
    let function = &playing.function;
    add_cases(played, function, &playing.cases);
    if let (Outcome::Failed, Some(reason)) = (playing.outcome, &playing.reason) {
        let wrong = Wrong {
            code: "behaviour-wrong",
            of: None,
            message: format!("{function}: {reason}"),
            is_case: false,
        };
        played.all += 1;
        played.wrong.insert(format!("{function} "), wrong);
    }
    if !playing.asks.is_empty() {
        played.notes.push(format!(
            "`{function}` asks {} now; whatever the answer was, it decided alike",
            harness::asked(&playing.asks)
        ));
    }
    played
        .records
        .extend(code::records(std::slice::from_ref(playing), "after"));
}

pub(super) fn add_cases(played: &mut Played, of: &str, cases: &[CaseResult]) {
    played.all += cases.len();
    for case in cases.iter().filter(|case| !case.right) {
        let wrong = Wrong {
            code: "behaviour-wrong",
            of: None,
            message: code::told(of, case),
            is_case: true,
        };
        played.wrong.insert(format!("{of} {}", case.id), wrong);
    }
}
