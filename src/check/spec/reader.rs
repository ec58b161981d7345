//! Reads specs with the real rpm for every distribution that a series names, each text once. Knows no step.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, OnceLock};

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::{Finding, Queried, Texts, Unanswered, compare_loosely, merged, query, syntax};
use crate::check::sandbox::Sandbox;
use crate::check::{self, Severity};
use crate::lock::locked;
use crate::series::scriptlet::{Scriptlet as Promises, Variant};
use crate::syntax::spec::Spec;
use crate::text::Source;

/// What rpm said of a spec for one distribution.
#[derive(Clone, Debug)]
pub enum Reading {
    /// It was read.
    Read(Arc<Queried>),
    /// rpm refuses it, and why.
    Refused(String),
    /// It could not be asked, and why.
    Fault(String),
}

impl Reading {
    /// Returns what rpm read.
    pub fn queried(&self) -> Option<&Queried> {
        match self {
            Reading::Read(queried) => Some(queried),
            Reading::Refused(_) | Reading::Fault(_) => None,
        }
    }
}

/// A spec before and after a change of any form.
#[derive(Clone, Copy, Debug)]
pub struct Change<'c> {
    /// The text before.
    pub before: &'c str,
    /// The text after.
    pub after: &'c str,
    /// The lines that the change puts in.
    pub added: &'c str,
}

/// What comparing a spec before and after a change showed.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// The distributions that the spec could be read for before.
    pub read: Vec<String>,
    /// What rpm says where it could be read for none.
    pub refused: String,
    /// What is worse than before.
    pub findings: Vec<check::Finding>,
}

type Known = Arc<OnceLock<Reading>>;

/// Reads specs for the distributions of a manifest.
pub struct Reader<'r> {
    sandbox: &'r Sandbox,
    promises: &'r Promises,
    macros: String,
    known: Mutex<HashMap<(u64, usize), Known>>,
}

impl<'r> Reader<'r> {
    /// Makes a reader; `macros` are those that distributions define and rpm itself does not.
    pub fn new(sandbox: &'r Sandbox, promises: &'r Promises, macros: &str) -> Self {
        Reader {
            sandbox,
            promises,
            macros: macros.to_owned(),
            known: Mutex::default(),
        }
    }

    /// Reads a spec for every distribution, in the order of the manifest.
    pub fn read(&self, text: &str) -> Vec<Reading> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish();
        let variants: Vec<(usize, &Variant)> = self.promises.variant.iter().enumerate().collect();
        variants
            .into_par_iter()
            .map(|(at, variant)| {
                let mut known = locked(&self.known);
                let place = known.entry((hash, at)).or_default().clone();
                // Whoever comes second waits at the place, not at the lock of the map.
                drop(known);
                place.get_or_init(|| self.read_for(text, variant)).clone()
            })
            .collect()
    }

    fn read_for(&self, text: &str, variant: &Variant) -> Reading {
        match query(
            self.sandbox,
            text,
            variant,
            self.promises,
            &self.macros,
            None,
        ) {
            Ok(queried) => Reading::Read(Arc::new(queried)),
            Err(Unanswered::Refused(reason)) => Reading::Refused(reason),
            Err(fault) => Reading::Fault(fault.to_string()),
        }
    }

    /// Tells what of a spec is worse after a change: for a distribution that could be read before it can't be, an error line is new,
    /// a macro is left, bash takes a scriptlet for no program.
    ///
    /// # Errors
    /// What keeps rpm or the shells from being asked.
    pub fn compare(&self, change: &Change) -> Result<Compared, String> {
        let (before, after) = rayon::join(|| self.read(change.before), || self.read(change.after));
        let known = Spec::scan(&Source::new("spec", change.before.as_bytes())).macros();
        let mut compared = Compared::default();
        let mut findings: Vec<(&Variant, Finding)> = Vec::new();
        let mut texts: Vec<(Texts, Vec<String>)> = Vec::new();
        for (variant, pair) in self.promises.variant.iter().zip(before.iter().zip(&after)) {
            match pair {
                (Reading::Fault(fault), _) | (_, Reading::Fault(fault)) => {
                    return Err(fault.clone());
                }
                (Reading::Refused(reason), _) => compared.refused.clone_from(reason),
                (Reading::Read(_), Reading::Refused(reason)) => {
                    compared.read.push(variant.id.clone());
                    findings.push((variant, Finding::new("spec-not-parsed", reason.clone())));
                }
                (Reading::Read(before), Reading::Read(after)) => {
                    compared.read.push(variant.id.clone());
                    let found = compare_loosely(before, after, change.added, &known);
                    findings.extend(found.into_iter().map(|finding| (variant, finding)));
                    changed_scriptlets(before, after, &variant.id, &mut texts);
                }
            }
        }
        let mut all = merged(findings);
        let objections = syntax(self.sandbox, &texts).map_err(|fault| fault.to_string())?;
        all.extend(
            objections
                .into_iter()
                .filter(|said| said.message.starts_with("bash")),
        );
        compared.findings = all.into_iter().map(told).collect();
        Ok(compared)
    }
}

/// Gathers the scriptlets that a change made others of, where a shell runs them.
fn changed_scriptlets(
    before: &Queried,
    after: &Queried,
    variant: &str,
    texts: &mut Vec<(Texts, Vec<String>)>,
) {
    for (name, package) in &after.packages {
        for (tag, scriptlet) in &package.scriptlets {
            let old = before
                .packages
                .get(name)
                .and_then(|package| package.scriptlets.get(tag));
            let old = old.map(|old| old.text.clone());
            if old.as_ref() == Some(&scriptlet.text) || !scriptlet.is_shell() {
                continue;
            }
            let pair = Texts {
                before: old,
                after: scriptlet.text.clone(),
            };
            match texts.iter_mut().find(|(known, _)| *known == pair) {
                Some((_, variants)) if variants.iter().any(|known| known == variant) => {}
                Some((_, variants)) => variants.push(variant.to_owned()),
                None => texts.push((pair, vec![variant.to_owned()])),
            }
        }
    }
}

fn told(finding: Finding) -> check::Finding {
    let message = match finding.variants.is_empty() {
        true => finding.message,
        false => format!("{} ({})", finding.message, finding.variants.join(", ")),
    };
    let severity = match finding.code {
        "macro-unknown" => Severity::Note,
        _ => Severity::Error,
    };
    check::Finding {
        code: finding.code,
        severity,
        message,
    }
}
