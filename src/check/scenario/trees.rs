//! What the trees of a series' combinations bring to its histories: the functions that decide, the scriptlets that clean. Plays none.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::ask::{Cleaner, Decider};
use crate::check::c::Kit;
use crate::check::c::scene::{self, Scanned};
use crate::check::sandbox::Sandbox;
use crate::check::spec::{self, Inserted, Unexpanded};
use crate::compose::placeholder;
use crate::locate;
use crate::series::judge::CodeJudge;
use crate::series::scriptlet::Scriptlet as Promises;
use crate::series::step::{Edit, Step};
use crate::series::{Judge, Patch, Series};
use crate::syntax::c;
use crate::syntax::spec::Spec;
use crate::target::Tree;
use crate::text::Source;

use super::Combination;

/// Where a tree decides.
pub(super) struct Deciding {
    /// The file.
    pub(super) path: String,
    /// Its functions that do.
    pub(super) functions: Vec<String>,
}

/// Functions that decide, and a tree that they are in.
pub(super) type Placed<'t> = (Decider, &'t Tree);

/// Finds the functions of the base that decide: those that use what the patch is judged by, and that its harness can play.
///
/// # Errors
/// Why there are none.
pub(super) fn deciding(patch: &Patch, kit: &Kit, tree: &Tree) -> Result<Deciding, String> {
    let Judge::Code(judge) = &patch.judge else {
        return Err(format!("the patch `{}` is not one of code", patch.id));
    };
    let step = step_of(patch, &judge.step).ok_or("the patch has no step that decides")?;
    for path in &step.files {
        if let Some(found) = deciding_in(path, judge, kit, tree)? {
            return Ok(found);
        }
    }
    let others = tree.list(&step.elsewhere);
    for path in others.map_err(|fault| fault.to_string())? {
        if let Some(found) = deciding_in(&path, judge, kit, tree)? {
            return Ok(found);
        }
    }
    Err(format!(
        "no function that uses `{}` has a shape that the harness knows",
        judge.subject
    ))
}

fn deciding_in(
    path: &str,
    judge: &CodeJudge,
    kit: &Kit,
    tree: &Tree,
) -> Result<Option<Deciding>, String> {
    let source = read(tree, path)?;
    let Some(source) = source.filter(|source| source.text().contains(judge.subject.as_str()))
    else {
        return Ok(None);
    };
    let scanned = Scanned::new(&source);
    let uses = |function: &c::Function| {
        let code = &scanned.file.code[function.body.start..function.body.end];
        c::words(code, &judge.subject).next().is_some()
            && scene::part(kit, &scanned, function).is_some()
    };
    let functions: Vec<String> = scanned
        .functions
        .iter()
        .filter(|function| uses(function))
        .map(|function| function.name.clone())
        .collect();
    let path = path.to_owned();
    Ok((!functions.is_empty()).then_some(Deciding { path, functions }))
}

/// The functions of each combination, with a tree that they are in: which of the distinct ones it has.
///
/// # Errors
/// A file that can't be read.
pub(super) fn deciders<'t>(
    deciding: &Deciding,
    combinations: &[Combination<'t>],
) -> Result<(Vec<Placed<'t>>, Vec<usize>), String> {
    let mut deciders: Vec<Placed> = Vec::new();
    let mut of = Vec::new();
    for combination in combinations {
        let source = read(combination.tree, &deciding.path)?;
        let source =
            source.ok_or_else(|| format!("`{}` is gone with {}", deciding.path, combination.id))?;
        let beside = combination.sources.without(&deciding.path);
        let known = deciders.iter().position(|(decider, _)| {
            decider.file.file.source.bytes() == source.bytes()
                && decider.file.beside.texts() == beside.texts()
        });
        of.push(known.unwrap_or(deciders.len()));
        if known.is_none() {
            let file = Scanned::among(&source, beside);
            deciders.push((Decider::new(file), combination.tree));
        }
    }
    Ok((deciders, of))
}

/// Distributions that have the same scriptlets in every combination.
pub(super) struct Class {
    /// Their ids.
    pub(super) variants: Vec<String>,
    /// Which of the distinct scriptlets each combination has.
    pub(super) cleaners: Vec<usize>,
}

/// The scriptlets of all combinations.
pub(super) struct Cleaning {
    /// The spec they are in, and the heading of their section.
    pub(super) place: (String, String),
    /// The distinct texts.
    pub(super) cleaners: Vec<Cleaner>,
    /// Which distribution has which.
    pub(super) classes: Vec<Class>,
    /// The distributions that the spec is not for.
    pub(super) inapplicable: Vec<String>,
}

/// Expands the scriptlets of every combination for every distribution.
///
/// # Errors
/// Why that is not possible.
pub(super) fn cleaning(
    series: &Series,
    patch: &Patch,
    promises: &Promises,
    combinations: &[Combination],
    sandbox: &Sandbox,
) -> Result<Cleaning, String> {
    let macros = series.template(&promises.macros);
    let macros =
        macros.ok_or_else(|| format!("the series has no template `{}`", promises.macros))?;
    let (path, heading) = section(patch, combinations)?;
    let inserted = Inserted {
        header: heading.clone(),
        text: String::new(),
    };
    let tag = inserted
        .tag()
        .ok_or_else(|| format!("`{heading}` opens no scriptlet"))?;
    let mut specs = Vec::new();
    for combination in combinations {
        let source = read(combination.tree, &path)?;
        let source = source.ok_or_else(|| format!("`{path}` is gone with {}", combination.id))?;
        let filled = placeholder::filled(series, combination.tree, &path, source.text());
        specs.push(filled.map_err(|fault| fault.to_string())?);
    }
    let texts = |variant| -> Result<Option<Vec<String>>, String> {
        let mut texts = Vec::new();
        for spec in &specs {
            match spec::expanded(sandbox, spec, variant, promises, macros.text()) {
                Ok(mut expanded) => {
                    let package = inserted.package(&expanded.name);
                    let of_package = expanded.texts.get_mut(&package);
                    let text = of_package.and_then(|texts| texts.remove(tag));
                    texts.push(text.unwrap_or_default());
                }
                Err(Unexpanded::Refused(_)) => return Ok(None),
                Err(Unexpanded::Failed(reason)) => return Err(reason),
            }
        }
        Ok(Some(texts))
    };
    let read: Vec<_> = promises.variant.par_iter().map(texts).collect();
    let mut cleaning = Cleaning {
        place: (path, heading),
        cleaners: Vec::new(),
        classes: Vec::new(),
        inapplicable: Vec::new(),
    };
    for (variant, texts) in promises.variant.iter().zip(read) {
        match texts? {
            Some(texts) => cleaning.add(&variant.id, texts),
            None => cleaning.inapplicable.push(variant.id.clone()),
        }
    }
    if cleaning.classes.is_empty() {
        return Err("rpm reads the spec for none of the distributions".to_owned());
    }
    Ok(cleaning)
}

impl Cleaning {
    fn add(&mut self, variant: &str, texts: Vec<String>) {
        let mut numbers = Vec::new();
        for text in texts {
            let known = self
                .cleaners
                .iter()
                .position(|cleaner| cleaner.text == text);
            numbers.push(known.unwrap_or(self.cleaners.len()));
            if known.is_none() {
                self.cleaners.push(Cleaner {
                    text,
                    known: Default::default(),
                });
            }
        }
        match self
            .classes
            .iter_mut()
            .find(|class| class.cleaners == numbers)
        {
            Some(class) => class.variants.push(variant.to_owned()),
            None => self.classes.push(Class {
                variants: vec![variant.to_owned()],
                cleaners: numbers,
            }),
        }
    }
}

/// The spec, and the heading of the section that the patch changes.
fn section(patch: &Patch, combinations: &[Combination]) -> Result<(String, String), String> {
    let Judge::Scriptlet(judge) = &patch.judge else {
        return Err(format!(
            "the patch `{}` is not one of a scriptlet",
            patch.id
        ));
    };
    let step = step_of(patch, &judge.step).ok_or("the patch has no step that decides")?;
    let Edit::Insert(insert) = &step.edit else {
        return Err(format!(
            "the step `{}` puts no lines into a section",
            judge.step
        ));
    };
    // A section that only a patch brings is one as well.
    for combination in combinations {
        for path in &step.files {
            let Some(source) = read(combination.tree, path)? else {
                continue;
            };
            let spec = Spec::scan(&source);
            if let Some(opening) = locate::openings(&spec, insert).first() {
                let heading = source.slice(opening.section.heading).trim().to_owned();
                return Ok((path.clone(), heading));
            }
        }
    }
    Err(format!(
        "no spec with the section was found: `{}`",
        step.files.join("`, `")
    ))
}

fn step_of<'p>(patch: &'p Patch, id: &str) -> Option<&'p Step> {
    patch.steps.iter().find(|step| step.id.value == id)
}

fn read(tree: &Tree, path: &str) -> Result<Option<Source>, String> {
    tree.source(path, ".").map_err(|fault| fault.to_string())
}
