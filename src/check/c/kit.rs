//! A manifest of the C checks with its templates, its patterns compiled: ready for use. Does not run anything.

use regex::Regex;
use std::collections::HashSet;
use std::sync::Arc;

use crate::series::harness::{Manifest, Value};
use crate::series::{Patch, Rules, Series};
use crate::text::Source;

use super::token;
use super::whole_file::quoted;

/// Everything a series gives for the C checks.
#[derive(Debug)]
pub struct Kit {
    /// What the author wrote of functions.
    pub rules: Arc<Rules>,
    /// The harness template.
    pub template: Source,
    /// The template of the program that the file is linked into, and the texts that are compiled with it.
    pub linked: Option<(Source, Vec<Source>)>,
    /// What answers in the place of a process's surroundings; empty where nothing does.
    pub surroundings: String,
    /// Name and text of each stand-in header, values not yet put in.
    pub stand_ins: Vec<(String, String)>,
    pub(super) judges: Regex,
    pub(super) gives_text: Regex,
    pub(super) structs: Regex,
    pub(super) assigned: Regex,
    /// Patterns of each value's sources, in order.
    pub(super) values: Vec<Vec<Regex>>,
    /// Words that the template or the C library gives a meaning.
    known: HashSet<String>,
}

/// A series whose C data can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KitFault {
    /// A pattern is no regular expression.
    #[error("a pattern of the harness manifest can't be read")]
    Pattern(#[from] regex::Error),
    /// A template is not there.
    #[error("no template `{0}`")]
    Template(String),
}

impl Kit {
    /// Makes the kit of a patch; none where it tells of no functions.
    ///
    /// # Errors
    /// As [`Kit::new`].
    pub fn of(series: &Series, patch: &Patch) -> Option<Result<Self, KitFault>> {
        let template = |name: &str| series.template(name).map(|source| source.text().to_owned());
        let rules = patch.harness.clone();
        rules.map(|rules| Kit::new(rules, &template))
    }

    /// Reads, through `template`, the texts that the rules of a patch name: the harness template by its name, a stand-in as
    /// `FOLDER/NAME`.
    ///
    /// # Errors
    /// A pattern or a template that can't be read.
    pub fn new(
        rules: Arc<Rules>,
        template: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, KitFault> {
        let manifest = &rules.manifest;
        let text = |name: &str| template(name).ok_or_else(|| KitFault::Template(name.to_owned()));
        let harness = text(&manifest.harness.template)?;
        let mut stand_ins = Vec::new();
        for name in &manifest.whole_file.stand_ins {
            let path = format!("{}/{name}", manifest.whole_file.stand_in_folder);
            stand_ins.push((name.clone(), text(&path)?));
        }
        let linked = match &manifest.linked {
            None => None,
            Some(linked) => {
                let source = |name: &String| {
                    text(name).map(|text| Source::new(name.clone(), text.into_bytes()))
                };
                let functions: Result<_, _> = linked.functions.iter().map(source).collect();
                Some((source(&linked.driver)?, functions?))
            }
        };
        let surroundings = match &manifest.surroundings {
            Some(surroundings) => text(&surroundings.text)?,
            None => String::new(),
        };
        let mut known: HashSet<String> = token::words(&without_expressions(&harness)?)
            .into_iter()
            .map(str::to_owned)
            .collect();
        known.extend(manifest.harness.libc.iter().cloned());
        Ok(Kit {
            judges: Regex::new(&manifest.harness.judges)?,
            gives_text: Regex::new(&manifest.harness.gives_text)?,
            structs: Regex::new(r"(?m)^[ \t]*(?:typedef\s+)?struct\s+(\w+)\s*\{")?,
            assigned: Regex::new(r"->\s*(\w+)\s*=[^=]")?,
            values: compiled_values(manifest)?,
            template: Source::new(manifest.harness.template.clone(), harness.into_bytes()),
            stand_ins,
            linked,
            surroundings,
            known,
            rules,
        })
    }

    /// Returns the linker's options by which what the surroundings are asked for is answered in their place, each behind a blank.
    pub(super) fn wraps(&self) -> String {
        let surroundings = self.rules.manifest.surroundings.iter();
        let names = surroundings.flat_map(|surroundings| &surroundings.stands_for);
        names
            .map(|name| format!(" {}", quoted(&format!("-Wl,--wrap={name}"))))
            .collect()
    }

    /// Returns those of the linked program: it has a word in the times of files as well, where it takes them as they are told.
    pub(super) fn linked_wraps(&self) -> String {
        let linked = self.rules.manifest.linked.as_ref();
        match linked.is_some_and(|linked| linked.tells_times) {
            true => format!("{} -Wl,--wrap=stat -Wl,--wrap=lstat", self.wraps()),
            false => self.wraps(),
        }
    }

    /// Returns whether the template or the C library gives `word` a meaning.
    pub(super) fn knows(&self, word: &str) -> bool {
        token::is_keyword(word) || word.ends_with("_t") || self.known.contains(word)
    }

    /// Returns whether the template gives `word` a meaning that a judgement may rest on: neither the language nor the C library does.
    pub(super) fn tells(&self, word: &str) -> bool {
        let libc = &self.rules.manifest.harness.libc;
        !token::is_keyword(word)
            && self.known.contains(word)
            && !libc.iter().any(|name| name == word)
            && !token::is_constant(word)
    }
}

fn compiled_values(manifest: &Manifest) -> Result<Vec<Vec<Regex>>, regex::Error> {
    let compiled = |value: &Value| {
        let sources = value.from.iter();
        sources.map(|source| Regex::new(&source.pattern)).collect()
    };
    manifest.values.iter().map(compiled).collect()
}

fn without_expressions(template: &str) -> Result<String, regex::Error> {
    let expressions = Regex::new(r"(?s)\{\{.*?\}\}|\{%.*?%\}|/\*.*?\*/")?;
    Ok(expressions.replace_all(template, " ").into_owned())
}
