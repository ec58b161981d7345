//! The checks of a patch of an RPM spec: what real rpm makes of it in every distribution, and what its scriptlet does when it runs.
//!
//! What must come of it is data ([`crate::series::scriptlet`]); this knows no package, path or distribution by name.

mod codes;
mod difference;
pub(in crate::check) mod farm;
mod play;
mod query;
mod reader;
mod shells;
pub(in crate::check) mod stand;
mod told;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

pub use codes::CODES;
pub use difference::{compare, compare_loosely};
pub use play::{Played, Shell, Stage};
pub use query::{Inserted, Package, Queried, SECTIONS, Scriptlet, Unanswered, query};
pub(in crate::check) use query::{packed, record_format};
pub use reader::{Change, Compared, Reader, Reading};
pub use shells::{Objection, SHELLS, objections};
pub use told::Told;

use super::sandbox::Sandbox;
use super::tool;
use crate::series::scriptlet::{Scriptlet as Promises, Variant};

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable kebab-case name, one of [`CODES`].
    pub code: &'static str,
    /// What is wrong, a lowercase fragment.
    pub message: String,
    /// The variants that show it, in the order of the series; empty until it is known.
    pub variants: Vec<String>,
}

impl Finding {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Finding {
            code,
            message: message.into(),
            variants: Vec::new(),
        }
    }
}

/// A case played with one text of the scriptlet in one shell, before and after the patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The case's short name.
    pub case: String,
    /// What happens in it, in plain words.
    pub title: String,
    /// The shell it ran in.
    pub shell: Shell,
    /// The variants whose scriptlet this is.
    pub variants: Vec<String>,
    /// What came of it before the patch, in `bash --posix`; none where that is not played.
    pub before: Option<Played>,
    /// What came of it after the patch.
    pub after: Played,
}

impl Trial {
    /// Returns whether all is right after the patch.
    pub fn is_right(&self) -> bool {
        self.after.wrong.is_empty()
    }

    /// Returns whether something was wrong before the patch: what the patch is for.
    pub fn was_wrong(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|played| !played.wrong.is_empty())
    }
}

/// A text of the scriptlet, as rpm expands it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The variants whose scriptlet it is.
    pub variants: Vec<String>,
    /// What it is before the patch, where there is one.
    pub before: Option<String>,
    /// What it is after it.
    pub after: String,
}

/// What came of checking a patch of a spec.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The variants the tree's own spec can be read for.
    pub applicable: Vec<String>,
    /// The others, with what rpm says.
    pub inapplicable: Vec<(String, String)>,
    /// What is wrong with the patched spec as rpm and the shells read it.
    pub findings: Vec<Finding>,
    /// The cases played: every case, shell and distinct text.
    pub trials: Vec<Trial>,
    /// The distinct texts of the scriptlet that were played.
    pub texts: Vec<Text>,
    /// What the patch changes of what rpm reads, each distinct difference once.
    pub read: Vec<Told>,
    /// Why no case was played, where this machine or the user's choice does not allow it; never a pass.
    pub unplayed: Option<String>,
}

impl Report {
    /// Returns whether nothing of what was asked is wrong; where cases are [`Report::unplayed`] that says little.
    pub fn is_right(&self) -> bool {
        self.findings.is_empty() && self.trials.iter().all(Trial::is_right)
    }
}

/// Returns the programs that the check needs and this machine lacks.
pub fn lacking() -> Vec<&'static tool::Known> {
    ["rpmspec", "bash", "find"]
        .iter()
        .filter(|name| tool::find(name).is_none())
        .filter_map(|name| tool::known_as(name))
        .collect()
}

struct Pair<'a> {
    variant: &'a Variant,
    before: Queried,
    after: Queried,
}

/// Checks the specs before and after `inserted` was put in: reads both for every variant, compares them, asks the shells, plays the cases.
///
/// # Errors
/// A job could not be run; what is wrong with the specs is in the report.
pub fn check(
    sandbox: &Sandbox,
    promises: &Promises,
    macros: &str,
    (before, after): (&str, &str),
    inserted: &Inserted,
) -> io::Result<Report> {
    let mut report = Report::default();
    let mut pairs = Vec::new();
    let mut findings = Vec::new();
    for (variant, before, after) in asked(sandbox, promises, macros, (before, after), inserted) {
        match (before, after) {
            (Err(Unanswered::Fault(fault)), _) | (_, Err(Unanswered::Fault(fault))) => {
                return Err(fault);
            }
            // What a busy machine did not finish says nothing of the tree.
            (Err(stopped @ Unanswered::Stopped(_)), _)
            | (_, Err(stopped @ Unanswered::Stopped(_))) => {
                return Err(io::Error::other(stopped));
            }
            (Err(reason), _) => report
                .inapplicable
                .push((variant.id.clone(), reason.to_string())),
            (Ok(_), Err(reason)) => {
                report.applicable.push(variant.id.clone());
                findings.push((variant, Finding::new("spec-not-parsed", reason.to_string())));
            }
            (Ok(before), Ok(after)) => {
                report.applicable.push(variant.id.clone());
                let pair = Pair {
                    variant,
                    before,
                    after,
                };
                findings.extend(
                    compare(&pair.before, &pair.after, inserted)
                        .into_iter()
                        .map(|finding| (variant, finding)),
                );
                pairs.push(pair);
            }
        }
    }
    report.findings = merged(findings);
    report.read = told::told(&pairs, promises);
    report
        .findings
        .extend(promised(promises, inserted, &report.applicable));
    played(sandbox, promises, inserted, &pairs, &mut report)?;
    Ok(report)
}

fn played(
    sandbox: &Sandbox,
    promises: &Promises,
    inserted: &Inserted,
    pairs: &[Pair<'_>],
    report: &mut Report,
) -> io::Result<()> {
    let texts = texts(pairs, inserted);
    if texts.is_empty() && !pairs.is_empty() {
        report.findings.push(Finding::new(
            "scriptlet-missing",
            format!("no variant has a scriptlet `{}`", inserted.header),
        ));
    }
    report.findings.extend(syntax(sandbox, &texts)?);
    if sandbox.is_private() {
        report.trials = trials(sandbox, promises, &texts)?;
        report
            .texts
            .extend(texts.into_iter().map(|(texts, variants)| Text {
                variants,
                before: texts.before,
                after: texts.after,
            }));
    } else {
        report.unplayed = Some(
            "a scriptlet needs a file system of its own, which is not possible without a sandbox"
                .to_owned(),
        );
    }
    Ok(())
}

/// The scriptlets of a spec, expanded for one distribution.
#[derive(Clone, Debug, Default)]
pub struct Expanded {
    /// Name of the main package.
    pub name: String,
    /// Texts by package, and tag: `POSTIN`.
    pub texts: BTreeMap<String, BTreeMap<&'static str, String>>,
}

impl Expanded {
    fn of(queried: &Queried) -> Self {
        let texts = |package: &Package| {
            let scriptlets = package.scriptlets.iter();
            scriptlets
                .map(|(tag, scriptlet)| (*tag, scriptlet.text.clone()))
                .collect()
        };
        let packages = queried.packages.iter();
        Expanded {
            name: queried.name.clone(),
            texts: packages
                .map(|(name, package)| (name.clone(), texts(package)))
                .collect(),
        }
    }
}

/// Why a spec is not expanded.
#[derive(Clone, Debug)]
pub enum Unexpanded {
    /// It is not for this distribution, and what rpm says.
    Refused(String),
    /// That could not be found out.
    Failed(String),
}

/// Expands the scriptlets of a spec for a distribution; a spec that was read before is not read again.
///
/// # Errors
/// Why there are none.
pub fn expanded(
    sandbox: &Sandbox,
    spec: &str,
    variant: &Variant,
    promises: &Promises,
    macros: &str,
) -> Result<Expanded, Unexpanded> {
    read(sandbox, spec, variant, promises, macros).map(|queried| Expanded::of(&queried))
}

/// Reads a spec for a distribution; one that was read before is not read again.
///
/// # Errors
/// Why it is not read.
pub fn read(
    sandbox: &Sandbox,
    spec: &str,
    variant: &Variant,
    promises: &Promises,
    macros: &str,
) -> Result<Arc<Queried>, Unexpanded> {
    let question = question(spec, variant, promises, macros);
    sandbox.memory().once(
        READ,
        &question.each_ref().map(String::as_str),
        || match query(sandbox, spec, variant, promises, macros, None) {
            Ok(queried) => Ok(Arc::new(queried)),
            Err(Unanswered::Refused(reason)) => Err(Unexpanded::Refused(reason)),
            Err(other) => Err(Unexpanded::Failed(other.to_string())),
        },
    )
}

const READ: &str = "read";

fn question(spec: &str, variant: &Variant, promises: &Promises, macros: &str) -> [String; 4] {
    let define = variant.define.join("\n");
    [
        define,
        promises.target.clone(),
        macros.to_owned(),
        spec.to_owned(),
    ]
}

type Asked<'a> = (
    &'a Variant,
    Result<Queried, Unanswered>,
    Result<Queried, Unanswered>,
);

fn asked<'a>(
    sandbox: &Sandbox,
    promises: &'a Promises,
    macros: &str,
    (before, after): (&str, &str),
    inserted: &Inserted,
) -> Vec<Asked<'a>> {
    promises
        .variant
        .par_iter()
        .map(|variant| {
            let ask = |spec, inserted| query(sandbox, spec, variant, promises, macros, inserted);
            let (was, is) = rayon::join(|| ask(before, None), || ask(after, Some(inserted)));
            // Whoever asks later need not read the specs again.
            for (spec, queried) in [(before, &was), (after, &is)] {
                let question = question(spec, variant, promises, macros);
                if let Ok(queried) = queried {
                    let answer = Ok::<_, Unexpanded>(Arc::new(queried.clone()));
                    sandbox
                        .memory()
                        .keep(READ, &question.each_ref().map(String::as_str), answer);
                }
            }
            (variant, was, is)
        })
        .collect()
}

fn promised(promises: &Promises, inserted: &Inserted, applicable: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if inserted.header.split_whitespace().next() != Some(promises.section.as_str()) {
        findings.push(Finding::new(
            "scriptlet-wrong-section",
            format!(
                "the patch is in `{}`, expected `{}`",
                inserted.header, promises.section
            ),
        ));
    }
    if applicable.is_empty() {
        findings.push(Finding::new(
            "spec-no-variant",
            "the spec can be read for none of the variants",
        ));
    }
    findings
}

// A distinct pair of texts, and the variants that have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Texts {
    before: Option<String>,
    after: String,
}

fn texts(pairs: &[Pair<'_>], inserted: &Inserted) -> Vec<(Texts, Vec<String>)> {
    let mut all: Vec<(Texts, Vec<String>)> = Vec::new();
    for pair in pairs {
        let text = |queried: &Queried| {
            let package = queried.packages.get(&inserted.package(&queried.name))?;
            Some(package.scriptlets.get(inserted.tag()?)?.text.clone())
        };
        let Some(after) = text(&pair.after) else {
            continue;
        };
        let before = text(&pair.before);
        let id = pair.variant.id.clone();
        let texts = Texts { before, after };
        match all.iter_mut().find(|(known, _)| *known == texts) {
            Some((_, ids)) => ids.push(id),
            None => all.push((texts, vec![id])),
        }
    }
    all
}

// The same finding in several variants is one.
fn merged(findings: Vec<(&Variant, Finding)>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for (variant, mut finding) in findings {
        let known = all
            .iter_mut()
            .find(|known| known.code == finding.code && known.message == finding.message);
        match known {
            Some(known) => known.variants.push(variant.id.clone()),
            None => {
                finding.variants.push(variant.id.clone());
                all.push(finding);
            }
        }
    }
    all
}

fn syntax(sandbox: &Sandbox, texts: &[(Texts, Vec<String>)]) -> io::Result<Vec<Finding>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<&str> = texts
        .iter()
        .flat_map(|(texts, _)| {
            [
                texts.before.as_deref().unwrap_or_default(),
                texts.after.as_str(),
            ]
        })
        .collect();
    let said = objections(sandbox, &asked)?;
    let before = |after: &Objection| {
        said.iter()
            .any(|other| other.text + 1 == after.text && other.shell == after.shell)
    };
    Ok(said
        .iter()
        .filter(|objection| objection.text % 2 == 1 && !before(objection))
        .map(|objection| {
            let mut finding = Finding::new(
                "scriptlet-syntax",
                format!("{} says `{}`", objection.shell, objection.said),
            );
            finding.variants.clone_from(&texts[objection.text / 2].1);
            finding
        })
        .collect())
}

fn trials(
    sandbox: &Sandbox,
    promises: &Promises,
    texts: &[(Texts, Vec<String>)],
) -> io::Result<Vec<Trial>> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<&str> = texts
        .iter()
        .flat_map(|(texts, _)| {
            texts
                .before
                .as_deref()
                .into_iter()
                .chain([texts.after.as_str()])
        })
        .collect();
    let stage = Stage::new(sandbox, promises, &all)?;
    let mut jobs = Vec::new();
    for case in &promises.case {
        for (number, (texts, variants)) in texts.iter().enumerate() {
            for shell in Shell::ALL {
                if !case.once || (number == 0 && shell == Shell::Posix) {
                    jobs.push((case, texts, variants, shell));
                }
            }
        }
    }
    let before = befores(&stage, promises, texts)?;
    jobs.into_par_iter()
        .map(|(case, texts, variants, shell)| {
            let mut after = stage.play(&[&texts.after], shell, case)?;
            let before = before
                .get(&(case.id.as_str(), texts.before.as_deref()))
                .cloned();
            let succeeded = before.as_ref().is_none_or(|before| before.status == 0);
            if succeeded && after.status != 0 {
                after.wrong.push(Finding::new(
                    "scriptlet-fails",
                    format!("ends with status {}", after.status),
                ));
            }
            for finding in &mut after.wrong {
                finding.variants.clone_from(variants);
            }
            Ok(Trial {
                case: case.id.clone(),
                title: case.title.clone(),
                shell,
                variants: variants.clone(),
                before,
                after,
            })
        })
        .collect()
}

type Befores<'a> = BTreeMap<(&'a str, Option<&'a str>), Played>;

// Different texts after the patch may have been the same before. One shell tells what a case is like without the patch.
fn befores<'a>(
    stage: &Stage<'_>,
    promises: &'a Promises,
    texts: &'a [(Texts, Vec<String>)],
) -> io::Result<Befores<'a>> {
    let mut jobs = BTreeMap::new();
    for case in promises.case.iter().filter(|case| !case.once) {
        for (texts, _) in texts {
            jobs.insert((case.id.as_str(), texts.before.as_deref()), case);
        }
    }
    jobs.into_par_iter()
        .map(|(key, case)| {
            Ok((
                key,
                stage.play(&[key.1.unwrap_or_default()], Shell::Posix, case)?,
            ))
        })
        .collect()
}
