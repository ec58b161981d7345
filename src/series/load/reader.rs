//! The values of a manifest that are read by what they mean: expressions, patterns, globs, templates. Knows no patch and no step.

use std::collections::BTreeMap;

use regex::Regex;
use serde::de::DeserializeOwned;
use toml::Spanned;

use super::super::manifest::{RawAbout, RawMark, RawPlaceholder, RawProject, RawRequire, Text};
use super::super::{About, Daemon, Library, Mark, Placeholder, Project, Require, Rules, Told};
use super::parse;
use crate::syntax::pattern::{Language, Pattern};
use crate::text::{Globs, Problem, Source};

/// One manifest, and the mistakes found in it so far.
pub(super) struct Reader<'s> {
    pub(super) source: &'s Source,
    pub(super) templates: &'s str,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads a manifest that a check uses later, for its mistakes.
    pub(super) fn reads<T: DeserializeOwned>(&mut self, manifest: Option<&Source>) {
        if let Some(Err(problem)) = manifest.map(parse::<T>) {
            self.problems.push(problem);
        }
    }

    pub(super) fn daemon(
        &mut self,
        library: &Library,
        manifest: Option<&Source>,
    ) -> Option<Daemon> {
        let script = |name: &str| library.template(self.templates, name);
        let read = Daemon::read(manifest?, script);
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// Reads what tells of functions.
    pub(super) fn rules(&mut self, manifest: Source) -> Option<Rules> {
        let whole = manifest.whole();
        let rules = parse(&manifest).and_then(|parsed| {
            Rules::new(manifest.clone(), parsed).map_err(|error| {
                let message = error.to_string().trim().to_owned();
                let help = "mend the regular expression";
                Problem::new("series-harness", message)
                    .at(&manifest, whole, "in this manifest")
                    .help(help)
            })
        });
        rules.map_err(|problem| self.problems.push(problem)).ok()
    }

    pub(super) fn told(&self, text: &Text) -> Told<String> {
        Told {
            value: text.get_ref().clone(),
            source: self.source.clone(),
            span: text.span().into(),
        }
    }

    pub(super) fn mistake(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: std::ops::Range<usize>,
        label: &str,
    ) {
        self.problems
            .push(Problem::new(code, message).at(self.source, at.into(), label));
    }

    pub(super) fn regex(&mut self, text: &Text) -> Option<Regex> {
        match Regex::new(text.get_ref()) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ")
                    .to_owned();
                self.mistake(
                    "series-regex",
                    format!("not a regular expression: {reason}"),
                    text.span(),
                    "this one",
                );
                None
            }
        }
    }

    pub(super) fn holes(&mut self, holes: BTreeMap<String, Text>) -> BTreeMap<String, Regex> {
        holes
            .into_iter()
            .filter_map(|(name, text)| Some((name, self.regex(&text)?)))
            .collect()
    }

    pub(super) fn pattern(&mut self, text: &Text) -> Option<Pattern> {
        match Pattern::new(Language::C, text.get_ref()) {
            Ok(pattern) => Some(pattern),
            Err(error) => {
                self.mistake(
                    "series-pattern",
                    error.to_string(),
                    text.span(),
                    "this pattern",
                );
                None
            }
        }
    }

    pub(super) fn patterns(&mut self, texts: &[Text]) -> Vec<Pattern> {
        texts.iter().filter_map(|text| self.pattern(text)).collect()
    }

    pub(super) fn globs(&mut self, texts: &[Text]) -> Globs {
        Globs::new(texts.iter().map(|text| text.get_ref().as_str())).unwrap_or_else(
            |(at, reason)| {
                self.mistake(
                    "series-glob",
                    format!("not a glob: {reason}"),
                    texts[at].span(),
                    "this one",
                );
                Globs::default()
            },
        )
    }

    pub(super) fn marks(&mut self, marks: Vec<RawMark>) -> Vec<Mark> {
        marks
            .into_iter()
            .filter_map(|mark| {
                Some(Mark {
                    matches: self.regex(&mark.matches)?,
                    path: mark.path,
                })
            })
            .collect()
    }

    pub(super) fn project(&mut self, raw: RawProject) -> Project {
        Project {
            name: raw.name,
            marks: self.marks(raw.mark),
        }
    }

    pub(super) fn about(&mut self, raw: RawAbout) -> About {
        About {
            elsewhere: self.globs(&raw.elsewhere),
            inert: self.globs(&raw.inert),
            title: raw.title,
            words: raw.words,
            first: raw.first,
        }
    }

    pub(super) fn placeholder(&mut self, raw: RawPlaceholder) -> Placeholder {
        for mark in &raw.value {
            if Regex::new(mark.matches.get_ref()).is_ok_and(|regex| regex.captures_len() < 2) {
                self.mistake(
                    "series-regex",
                    "the expression has no group 1",
                    mark.matches.span(),
                    "its group 1 is the value",
                );
            }
        }
        Placeholder {
            value: self.marks(raw.value),
            file: raw.file,
            text: raw.text,
            otherwise: raw.otherwise,
        }
    }

    pub(super) fn template(&mut self, library: &Library, name: &Text) -> Option<Source> {
        let found = library.template(self.templates, name.get_ref());
        if found.is_none() {
            let message = format!("there is no template `{}`", name.get_ref());
            let near = library.near(self.templates, name.get_ref());
            let looked: Vec<String> = near
                .iter()
                .map(|path| format!("`{}`", path.display()))
                .collect();
            let problem = Problem::new("series-file-missing", message).at(
                self.source,
                name.span().into(),
                "named here",
            );
            self.problems.push(match looked.is_empty() {
                true => problem,
                false => problem.help(format!("put it at {}", looked.join(" or "))),
            });
        }
        found
    }

    pub(super) fn require(&mut self, raw: &Spanned<RawRequire>, patches: &[Text]) -> Require {
        match raw.get_ref() {
            RawRequire::Word(word) if word == "all" => Require::All,
            RawRequire::Word(word) if word == "any" => Require::Any,
            RawRequire::These(ids)
                if ids
                    .iter()
                    .all(|id| patches.iter().any(|patch| patch.get_ref() == id)) =>
            {
                Require::These(ids.clone())
            }
            _ => {
                let message =
                    "`require` is neither `\"all\"`, `\"any\"` nor a list of the series' patches";
                self.mistake("series-require", message, raw.span(), "found this");
                Require::All
            }
        }
    }
}
