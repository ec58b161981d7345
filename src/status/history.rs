//! Many revisions judged at once: what they share is read once, and each distinct content is judged once. Does not know how a
//! patch is judged, or where the revisions come from.

use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::kept::Kept;
use super::{Judgement, Presence, judge_patch};
use crate::locate;
use crate::lock::locked;
use crate::series::step::Edit;
use crate::series::{Judge, Mark, Patch, Series};
use crate::syntax::c::CFile;
use crate::target::{Fault, Id, Known, Revision, Survey, Tree, Words};

/// A series that meets a history, and what is known of it so far.
pub struct History<'s> {
    series: &'s Series,
    known: Arc<Known>,
    /// Where code that the series is about can stand.
    about: Survey,
    /// Where the code of each patch can stand beside the files that its steps name: a survey for each step that says so.
    elsewhere: Vec<Vec<Survey>>,
    /// Whether a content is a mark, or has the code that the series is about.
    contents: Mutex<HashMap<(Asked, Id), bool>>,
}

/// What is asked of a content.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Asked {
    /// Is it the mark of this number?
    Mark(usize),
    /// Does it have code that the series is about?
    About,
}

/// What a patch's status is told from. Equal ones have equal judgements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Matter {
    /// Number of the patch in the series.
    pub patch: usize,
    /// The files by name, and their contents.
    pub files: Vec<(String, Id)>,
}

/// An answer, and what it was told from where ids tell that.
pub type Grounded = (Option<Matter>, Judgement);

/// Where the answers for a tree come from.
#[derive(Clone)]
enum Answered {
    /// From an earlier run.
    Before(Arc<[Grounded]>),
    /// From this one: the number of the tree among those that it judges.
    Here(usize),
}

/// What a tree is, and what each patch is told from where it is affected.
struct Standing {
    presence: Presence,
    parts: Vec<Part>,
}

/// The part of a tree that a patch is told from.
struct Part {
    paths: BTreeSet<String>,
    /// `None` where contents have no ids.
    matter: Option<Matter>,
}

/// Trees that are looked at together: what they share is learnt once, and no more than this is held at a time.
const TOGETHER: usize = 512;

impl<'s> History<'s> {
    /// Begins with nothing known.
    pub fn new(series: &'s Series) -> Self {
        let words = series.patches.iter().flat_map(words_of).flatten();
        let about = series.about.words.iter().cloned();
        let known = Arc::new(Known::new(Words::new(about.chain(words))));
        let elsewhere = series.patches.iter().map(|patch| {
            let globs = patch.steps.iter().map(|step| step.elsewhere.clone());
            globs
                .filter(|globs| !globs.is_empty())
                .map(|globs| Survey::new(globs, known.clone()))
                .collect()
        });
        History {
            series,
            elsewhere: elsewhere.collect(),
            about: Survey::new(series.about.elsewhere.clone(), known.clone()),
            known,
            contents: Mutex::default(),
        }
    }

    /// Judges one revision; problems show the places in its texts.
    pub fn judge(&self, revision: &Revision) -> Vec<Judgement> {
        let standing = self.stand(&revision.tree);
        let patches = self.series.patches.iter().enumerate();
        patches
            .map(
                |(number, patch)| match standing.presence.ground(self.series) {
                    Some(ground) => ground.judgement(patch),
                    None => {
                        let part = revision.tree.only(standing.parts[number].paths.clone());
                        judge_patch(patch, &part, &revision.name)
                    }
                },
            )
            .collect()
    }

    /// Judges revisions on all cores, in their order; problems have no places, since revisions of equal content share them, and what
    /// is known from earlier runs comes without problems.
    ///
    /// # Errors
    /// Where a repository lacks an object that a revision is made of: nothing can be told of that revision, and it is not the
    /// series that says so.
    pub fn judge_all(
        &self,
        revisions: &[Revision],
        kept: &mut Kept,
        hear: &dyn Fn(&str),
    ) -> Result<Vec<Vec<Grounded>>, Fault> {
        let mut judged = Vec::with_capacity(revisions.len());
        let mut shared = kept.matters();
        for some in revisions.chunks(TOGETHER) {
            for revision in some {
                hear(&revision.name);
            }
            judged.extend(self.judge_some(some, kept, &mut shared)?);
        }
        Ok(judged)
    }

    fn judge_some(
        &self,
        revisions: &[Revision],
        kept: &mut Kept,
        shared: &mut HashMap<Matter, Judgement>,
    ) -> Result<Vec<Vec<Grounded>>, Fault> {
        let mut distinct: Vec<Tree> = Vec::new();
        let mut of_tree: HashMap<Id, Answered> = HashMap::new();
        let mut answered = Vec::new();
        for revision in revisions {
            let id = revision.tree.id();
            let known = id.and_then(|id| of_tree.get(&id).cloned());
            let known = known.unwrap_or_else(|| {
                let kept = id.and_then(|id| kept.tree(id));
                let new = || {
                    distinct.push(revision.tree.apart());
                    Answered::Here(distinct.len() - 1)
                };
                let found = kept.map_or_else(new, |answers| Answered::Before(answers.into()));
                of_tree.extend(id.map(|id| (id, found.clone())));
                found
            });
            answered.push(known);
        }
        let told = self.judge_trees(&distinct, shared)?;
        for (tree, told) in distinct.iter().zip(&told) {
            if let Some(id) = tree.id() {
                kept.learn(id, told.clone());
            }
        }
        let judged = answered.into_iter().map(|answered| match answered {
            Answered::Before(answers) => answers.to_vec(),
            Answered::Here(number) => told[number].clone(),
        });
        Ok(judged.collect())
    }

    /// Judges trees: for each patch the answer, and what it was told from where ids tell that.
    fn judge_trees(
        &self,
        trees: &[Tree],
        shared: &mut HashMap<Matter, Judgement>,
    ) -> Result<Vec<Vec<Grounded>>, Fault> {
        let standings = self.stand_all(trees)?;
        self.judge_matters(trees, &standings, shared)?;
        let told = trees.iter().zip(&standings).map(|(tree, standing)| {
            let patches = self.series.patches.iter().enumerate();
            patches
                .map(|(at, patch)| match standing.presence.ground(self.series) {
                    Some(ground) => (None, ground.judgement(patch)),
                    None => match standing.parts[at].matter.as_ref() {
                        Some(matter) => (Some(matter.clone()), shared[matter].clone()),
                        None => (None, plain(patch, tree, &standing.parts[at])),
                    },
                })
                .collect()
        });
        Ok(told.collect())
    }

    /// Judges what was not judged before.
    fn judge_matters(
        &self,
        trees: &[Tree],
        standings: &[Standing],
        shared: &mut HashMap<Matter, Judgement>,
    ) -> Result<(), Fault> {
        let mut new: Vec<(usize, &Part, &Matter)> = Vec::new();
        let mut seen = HashSet::new();
        for (number, standing) in standings.iter().enumerate() {
            let affected = matches!(standing.presence, Presence::Affected);
            for part in standing.parts.iter().filter(|_| affected) {
                if let Some(matter) = &part.matter
                    && !shared.contains_key(matter)
                    && seen.insert(matter)
                {
                    new.push((number, part, matter));
                }
            }
        }
        let judged = new.into_par_iter().map(|(number, part, matter)| {
            let patch = &self.series.patches[matter.patch];
            let judgement = plain(patch, &trees[number], part);
            let fault = (judgement.code == "target-unreadable").then(|| {
                let mut files = part.paths.iter();
                files.find_map(|path| trees[number].apart().read(path).err())
            });
            (matter.clone(), judgement, fault.flatten())
        });
        let judged: Vec<(Matter, Judgement, Option<Fault>)> = judged.collect();
        for (matter, judgement, fault) in judged {
            match fault.filter(|fault| fault.absent.is_some()) {
                Some(fault) => return Err(fault),
                None => shared.insert(matter, judgement),
            };
        }
        Ok(())
    }

    fn stand_all(&self, trees: &[Tree]) -> Result<Vec<Standing>, Fault> {
        let all: Vec<&Tree> = trees.iter().collect();
        let about = self.known.words().bits(&self.series.about.words);
        self.known.learn(&all, &self.series.about.first);
        // Where the first files say nothing, the code may stand anywhere; where they do, a patch's code may stand elsewhere too.
        let is_told = |tree: &Tree| {
            let mut first = self.series.about.first.iter();
            first.any(|path| {
                self.known
                    .held(tree, path)
                    .is_ok_and(|held| held & about != 0)
            })
        };
        let (told, untold): (Vec<&Tree>, Vec<&Tree>) = all.iter().partition(|tree| is_told(tree));
        self.about.learn(&untold);
        for survey in self.elsewhere.iter().flatten() {
            survey.learn(&told);
        }
        let standings: Vec<Standing> = trees.par_iter().map(|tree| self.stand(tree)).collect();
        for standing in &standings {
            if let Presence::Unreadable(fault) = &standing.presence
                && fault.absent.is_some()
            {
                return Err(fault.clone());
            }
        }
        Ok(standings)
    }

    fn stand(&self, tree: &Tree) -> Standing {
        let looked = self.presence(tree).and_then(|presence| {
            let parts = match presence {
                Presence::Affected => (0..self.series.patches.len())
                    .map(|number| self.part(number, tree))
                    .collect::<Result<_, Fault>>()?,
                _ => Vec::new(),
            };
            Ok(Standing { presence, parts })
        });
        looked.unwrap_or_else(|fault| Standing {
            presence: Presence::Unreadable(fault),
            parts: Vec::new(),
        })
    }

    fn presence(&self, tree: &Tree) -> Result<Presence, Fault> {
        if !self.is_project(tree)? {
            return Ok(Presence::Foreign);
        }
        if self.has_code(tree)? {
            return Ok(Presence::Affected);
        }
        let has_none = |tree: &Tree| tree.is_made_of(&self.series.about.inert);
        Ok(if self.about.has_any(tree)? || has_none(tree)? {
            Presence::NoSuchCode
        } else {
            Presence::NoSources
        })
    }

    fn is_project(&self, tree: &Tree) -> Result<bool, Fault> {
        for (number, mark) in self.series.project.marks.iter().enumerate() {
            if self.ask(Asked::Mark(number), tree, &mark.path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_code(&self, tree: &Tree) -> Result<bool, Fault> {
        let words = self.known.words().bits(&self.series.about.words);
        for path in &self.series.about.first {
            if self.known.held(tree, path)? & words != 0 && self.ask(Asked::About, tree, path)? {
                return Ok(true);
            }
        }
        for path in self.about.files(tree, words)? {
            if self.ask(Asked::About, tree, &path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks something of the file at a path, once for each content.
    fn ask(&self, asked: Asked, tree: &Tree, path: &str) -> Result<bool, Fault> {
        let Some(id) = tree.content(path)? else {
            return Ok(false);
        };
        let contents = || locked(&self.contents);
        let known = contents().get(&(asked, id)).copied();
        if let Some(answer) = known {
            return Ok(answer);
        }
        let Some(source) = tree.apart().source(path, ".")? else {
            return Ok(false);
        };
        let answer = match asked {
            Asked::Mark(number) => {
                let mark: &Mark = &self.series.project.marks[number];
                mark.matches.is_match(source.text())
            }
            Asked::About => {
                let file = CFile::scan(&source);
                self.series
                    .about
                    .words
                    .iter()
                    .any(|word| file.mentions(word))
            }
        };
        contents().insert((asked, id), answer);
        Ok(answer)
    }

    /// Gathers the part of a tree that a patch is told from.
    fn part(&self, number: usize, tree: &Tree) -> Result<Part, Fault> {
        let patch = &self.series.patches[number];
        let files = patch.steps.iter().flat_map(|step| step.files.clone());
        let mut paths: BTreeSet<String> = files.collect();
        match words_of(patch) {
            Some(words) => {
                let words = self.known.words().bits(&words);
                for survey in &self.elsewhere[number] {
                    paths.extend(survey.files(tree, words)?);
                }
            }
            None => {
                for step in &patch.steps {
                    paths.extend(tree.list(&step.elsewhere)?);
                }
            }
        }
        let mut contents = Vec::new();
        for path in &paths {
            let id = tree.content(path)?;
            contents.extend(id.map(|id| (path.clone(), id)));
        }
        Ok(Part {
            paths,
            matter: tree.id().is_some().then_some(Matter {
                patch: number,
                files: contents,
            }),
        })
    }
}

/// Judges a patch by its part of a tree, without the tree's name.
fn plain(patch: &Patch, tree: &Tree, part: &Part) -> Judgement {
    let mut judgement = judge_patch(patch, &tree.only(part.paths.clone()), ".");
    for problem in &mut judgement.problems {
        problem.labels.clear();
    }
    judgement
}

/// The words that a file must hold, one of them, to matter to a patch beside the files that its steps name; `None` where any
/// file may matter.
fn words_of(patch: &Patch) -> Option<Vec<String>> {
    let mut words = Vec::new();
    if let Judge::Code(judge) = &patch.judge {
        words.push(judge.subject.clone());
    }
    for step in &patch.steps {
        if let Edit::Expression(wanted) = &step.edit {
            words.extend(locate::rarest(wanted)?);
        }
    }
    Some(words)
}
