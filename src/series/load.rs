//! Reads a series from its manifests; every mistake is told at its place. Knows the format, not what is done with it.

use regex::Regex;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Spanned;

use super::judge::{CodeJudge, Judge, ScriptletJudge, beginnings};
use super::manifest::{
    RawAbout, RawComment, RawExpression, RawInsert, RawJudge, RawMark, RawPatch, RawPlaceholder,
    RawProject, RawRequire, RawSeries, RawStep, Text,
};
use super::step::{Comment, Edit, Expression, Insert, Places, Rewrite, SectionChoice, Step};
use super::{
    About, Daemon, Library, Mark, Patch, Placeholder, Project, Require, Scenarios, Series, Told,
};
use super::{Rules, scriptlet};
use crate::syntax::pattern::{Language, Pattern};
use crate::text::{Globs, Problem, Source, Span};

/// The mistakes that a series can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "series-unknown",
        "There is no series of that name, and no folder with a series.toml.",
        "`patchwright series list` shows the embedded ones.",
    ),
    (
        "series-manifest",
        "A manifest can't be read: it is no TOML, or has a key that is not known or lacks one that is needed.",
        "Mend it at the place shown; patches/README.md lists the keys.",
    ),
    (
        "series-file-missing",
        "A manifest names a file that is not there.",
        "Add the file, or correct its name.",
    ),
    (
        "series-empty",
        "A series names no patches.",
        "List its patches, in the order in which they are mailed.",
    ),
    (
        "series-require",
        "`require` of a series is neither all, any, nor a list of its patches.",
        "Write one of these.",
    ),
    (
        "series-regex",
        "A regular expression can't be read, or lacks the group that is its value.",
        "Mend it; the syntax is that of Rust's regex crate.",
    ),
    (
        "series-pattern",
        "A pattern is not one complete expression or statement, or its replacement uses a hole that it does not have.",
        "Write it as it would stand in the code, `$NAME` for what may vary.",
    ),
    (
        "series-glob",
        "A path pattern can't be read.",
        "Use `*` within a folder and `**` across folders.",
    ),
    (
        "series-places",
        "The number of places of a step is no number or range, or allows none without saying why.",
        "Write `1`, `1..` or `0..1`, and `why` where it may be none.",
    ),
    (
        "series-step",
        "A step has not exactly one kind of edit, or refers to a step that does not come before it.",
        "Give each step one of `expression`, `comment` and `insert`, in order.",
    ),
    (
        "series-judge",
        "The predicates of a patch do not fit the step that they name.",
        "Use `code` for an expression step and `scriptlet` for an insert step.",
    ),
    (
        "series-harness",
        "The manifest of how C is compiled and played can't be used.",
        "Mend harness.toml of the patch.",
    ),
    (
        "series-scriptlet",
        "The manifest of how a scriptlet is played can't be used.",
        "Mend scriptlet.toml of the patch.",
    ),
    (
        "series-daemon",
        "The manifest of how a daemon is built and asked can't be used.",
        "Mend daemon.toml of the patch.",
    ),
    (
        "series-scenario",
        "A history of the series names something that there is not, or asks nothing.",
        "Mend scenarios.toml at the place shown.",
    ),
    (
        "template",
        "A template can't be rendered: its syntax is wrong, or it uses something that is not there.",
        "Mend it at the place shown; patches/README.md lists what templates may use.",
    ),
];

impl Series {
    /// Reads a series.
    ///
    /// # Errors
    /// Every mistake that was found, each at its place; the codes begin with `series-`.
    pub fn load(library: &Library) -> Result<Self, Vec<Problem>> {
        let manifest = library.read("series.toml").ok_or_else(|| {
            let message = format!("the series `{}` has no `series.toml`", library.name());
            vec![Problem::new("series-unknown", message)]
        })?;
        let raw: RawSeries = parse(&manifest).map_err(|problem| vec![problem])?;
        let mut reader = Reader {
            source: &manifest,
            templates: &raw.templates,
            problems: Vec::new(),
        };
        let require = reader.require(&raw.require, &raw.patches);
        let cover = reader.template(library, &raw.cover);
        let project = reader.project(raw.project);
        let about = reader.about(raw.about);
        let placeholders = raw
            .placeholder
            .into_iter()
            .map(|raw| reader.placeholder(raw))
            .collect();
        if raw.patches.is_empty() {
            let whole = manifest.whole();
            let message = "the series names no patch";
            reader.mistake(
                "series-empty",
                message,
                whole.start..whole.end,
                "`patches` is empty",
            );
        }
        let title = reader.told(&raw.title);
        let mut problems = reader.problems;
        let loaded = raw
            .patches
            .iter()
            .map(|id| load_patch(library, &raw.templates, &manifest, id));
        let patches: Vec<Patch> = loaded
            .filter_map(|loaded| loaded.map_err(|mistakes| problems.extend(mistakes)).ok())
            .collect();
        let scenarios = histories(library, &raw.patches, &patches).unwrap_or_else(|mistakes| {
            problems.extend(mistakes);
            None
        });
        match (problems.is_empty(), cover) {
            (true, Some(cover)) => Ok(Series {
                name: library.name(),
                title,
                require,
                project,
                about,
                placeholders,
                downstream: raw.downstream,
                patches,
                cover,
                scenarios,
                library: library.clone(),
                templates: raw.templates,
            }),
            _ => Err(problems),
        }
    }
}

/// Reads the histories of a series, where it tells any.
fn histories(
    library: &Library,
    named: &[Text],
    patches: &[Patch],
) -> Result<Option<Scenarios>, Vec<Problem>> {
    let Some(manifest) = library.read("scenarios.toml") else {
        return Ok(None);
    };
    let ids: Vec<String> = named.iter().map(|id| id.get_ref().clone()).collect();
    let scenarios = Scenarios::read(&manifest, &ids)?;
    let lacks = unplayable(&scenarios, patches);
    if lacks.is_empty() {
        Ok(Some(scenarios))
    } else {
        Err(lacks)
    }
}

/// What the patches lack that histories are played with.
fn unplayable(scenarios: &Scenarios, patches: &[Patch]) -> Vec<Problem> {
    let named = |id: &str| patches.iter().find(|patch| patch.id == id);
    let mut lacks = Vec::new();
    if let Some(patch) = named(&scenarios.decide.patch) {
        match &patch.harness {
            None => lacks.push(format!(
                "the patch `{}` that decides has no harness.toml",
                patch.id
            )),
            Some(harness) => {
                let inputs = scenarios.decide.inputs().into_iter();
                let unknown =
                    inputs.filter(|input| !harness.manifest.defaults.contains_key(*input));
                lacks.extend(unknown.map(|input| format!("the harness has no input `{input}`")));
            }
        }
    }
    let clean = scenarios
        .clean
        .as_ref()
        .and_then(|clean| named(&clean.patch));
    if let Some(patch) = clean.filter(|patch| patch.scriptlet.is_none()) {
        lacks.push(format!(
            "the patch `{}` that cleans has no scriptlet.toml",
            patch.id
        ));
    }
    let source = &scenarios.source;
    let at_top = |lack| {
        Problem::new("series-scenario", lack).at(source, Span::new(0, 0), "in this manifest")
    };
    lacks.into_iter().map(at_top).collect()
}

fn load_patch(
    library: &Library,
    templates: &str,
    manifest: &Source,
    id: &Text,
) -> Result<Patch, Vec<Problem>> {
    let folder = id.get_ref();
    let at_id = |message: String| {
        vec![Problem::new("series-file-missing", message).at(
            manifest,
            id.span().into(),
            "named here",
        )]
    };
    let source = library
        .read(&format!("{folder}/patch.toml"))
        .ok_or_else(|| at_id(format!("the patch `{folder}` has no `{folder}/patch.toml`")))?;
    let message = library
        .read(&format!("{folder}/message.txt"))
        .ok_or_else(|| {
            at_id(format!(
                "the patch `{folder}` has no `{folder}/message.txt`"
            ))
        })?;
    let raw: RawPatch = parse(&source).map_err(|problem| vec![problem])?;
    let mut reader = Reader {
        source: &source,
        templates,
        problems: Vec::new(),
    };
    let steps: Vec<Step> = raw
        .step
        .into_iter()
        .filter_map(|step| reader.step(library, step))
        .collect();
    reader.comments_follow_their_steps(&steps);
    let judge = reader.judge(raw.judge, &steps);
    let subject = reader.told(&raw.subject);
    let harness = library.read(&format!("{folder}/harness.toml"));
    let harness = harness.and_then(|harness| reader.rules(harness));
    let scriptlet = library.read(&format!("{folder}/scriptlet.toml"));
    reader.reads::<scriptlet::Scriptlet>(scriptlet.as_ref());
    let daemon = library.read(&format!("{folder}/daemon.toml"));
    let daemon = reader.daemon(library, daemon.as_ref());
    match (reader.problems.is_empty(), judge) {
        (true, Some(judge)) => Ok(Patch {
            id: folder.clone(),
            subject,
            message,
            steps,
            judge,
            harness: harness.map(Arc::new),
            scriptlet,
            daemon,
        }),
        _ => Err(reader.problems),
    }
}

/// Reads a manifest.
///
/// # Errors
/// `series-manifest` at the place that TOML or the format objects to.
pub(super) fn parse<T: DeserializeOwned>(source: &Source) -> Result<T, Problem> {
    toml::from_str(source.text()).map_err(|error| {
        let span = error.span().map_or_else(|| source.whole(), Span::from);
        let help = "see patches/README.md for the keys that a manifest has";
        Problem::new("series-manifest", error.message().trim().to_owned())
            .at(source, span, "here")
            .help(help)
    })
}

/// One manifest, and the mistakes found in it so far.
struct Reader<'s> {
    source: &'s Source,
    templates: &'s str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads a manifest that a check uses later, for its mistakes.
    fn reads<T: DeserializeOwned>(&mut self, manifest: Option<&Source>) {
        if let Some(Err(problem)) = manifest.map(parse::<T>) {
            self.problems.push(problem);
        }
    }

    fn daemon(&mut self, library: &Library, manifest: Option<&Source>) -> Option<Daemon> {
        let script = |name: &str| library.template(self.templates, name);
        let read = Daemon::read(manifest?, script);
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// Reads what tells of functions.
    fn rules(&mut self, manifest: Source) -> Option<Rules> {
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

    fn told(&self, text: &Text) -> Told<String> {
        Told {
            value: text.get_ref().clone(),
            source: self.source.clone(),
            span: text.span().into(),
        }
    }

    fn mistake(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        at: std::ops::Range<usize>,
        label: &str,
    ) {
        self.problems
            .push(Problem::new(code, message).at(self.source, at.into(), label));
    }

    fn regex(&mut self, text: &Text) -> Option<Regex> {
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

    fn holes(&mut self, holes: BTreeMap<String, Text>) -> BTreeMap<String, Regex> {
        holes
            .into_iter()
            .filter_map(|(name, text)| Some((name, self.regex(&text)?)))
            .collect()
    }

    fn pattern(&mut self, text: &Text) -> Option<Pattern> {
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

    fn patterns(&mut self, texts: &[Text]) -> Vec<Pattern> {
        texts.iter().filter_map(|text| self.pattern(text)).collect()
    }

    fn globs(&mut self, texts: &[Text]) -> Globs {
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

    fn marks(&mut self, marks: Vec<RawMark>) -> Vec<Mark> {
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

    fn project(&mut self, raw: RawProject) -> Project {
        Project {
            name: raw.name,
            marks: self.marks(raw.mark),
        }
    }

    fn about(&mut self, raw: RawAbout) -> About {
        About {
            elsewhere: self.globs(&raw.elsewhere),
            inert: self.globs(&raw.inert),
            title: raw.title,
            words: raw.words,
            first: raw.first,
        }
    }

    fn placeholder(&mut self, raw: RawPlaceholder) -> Placeholder {
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

    fn template(&mut self, library: &Library, name: &Text) -> Option<Source> {
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

    fn require(&mut self, raw: &Spanned<RawRequire>, patches: &[Text]) -> Require {
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

    fn step(&mut self, library: &Library, raw: RawStep) -> Option<Step> {
        let places = self.places(&raw);
        let edit = match (raw.expression, raw.comment, raw.insert) {
            (Some(expression), None, None) => Some(Edit::Expression(self.expression(expression))),
            (None, Some(comment), None) => self.comment(library, comment),
            (None, None, Some(insert)) => self.insert(library, insert),
            _ => {
                let message = "a step has exactly one of `expression`, `comment` and `insert`";
                self.mistake("series-step", message, raw.id.span(), "this step");
                None
            }
        };
        Some(Step {
            id: self.told(&raw.id),
            elsewhere: self.globs(&raw.elsewhere),
            files: raw.files,
            places: Told {
                value: places?,
                source: self.source.clone(),
                span: raw.places.span().into(),
            },
            why: raw.why,
            edit: edit?,
        })
    }

    fn places(&mut self, raw: &RawStep) -> Option<Places> {
        let places = Places::parse(raw.places.get_ref());
        if places.is_none() {
            let message = "`places` is a number or a range: `1`, `1..`, `0..1`";
            self.mistake("series-places", message, raw.places.span(), "found this");
        }
        if places.is_some_and(|places| places.least == 0) && raw.why.is_none() {
            let message = "a step that may have no place says `why`";
            self.mistake("series-places", message, raw.places.span(), "allows none");
        }
        places
    }

    fn expression(&mut self, raw: RawExpression) -> Expression {
        let mut rewrites = Vec::new();
        for rewrite in raw.rewrite {
            let wanted = holes_of(rewrite.becomes.get_ref());
            let given = holes_of(rewrite.pattern.get_ref());
            if let Some(hole) = wanted.iter().find(|hole| !given.contains(hole)) {
                let message = format!("the hole `{hole}` is not in the pattern");
                self.mistake(
                    "series-pattern",
                    message,
                    rewrite.becomes.span(),
                    "used here",
                );
            }
            if let Some(pattern) = self.pattern(&rewrite.pattern) {
                let pattern = Told {
                    value: pattern,
                    source: self.source.clone(),
                    span: rewrite.pattern.span().into(),
                };
                rewrites.push(Rewrite {
                    pattern,
                    becomes: rewrite.becomes.into_inner(),
                });
            }
        }
        Expression {
            rewrites,
            holes: self.holes(raw.holes),
            within: raw.within,
        }
    }

    fn comment(&mut self, library: &Library, raw: RawComment) -> Option<Edit> {
        let template = self.template(library, &raw.template);
        let matches = self.regex(&raw.matches);
        Some(Edit::Comment(Comment {
            above: raw.above.into_inner(),
            matches: matches?,
            template: template?,
        }))
    }

    fn insert(&mut self, library: &Library, raw: RawInsert) -> Option<Edit> {
        let template = self.template(library, &raw.template);
        let sections = raw
            .section
            .into_iter()
            .map(|section| SectionChoice {
                keyword: section.keyword,
                package: section.package,
                ships: section.ships.as_ref().and_then(|text| self.regex(text)),
            })
            .collect();
        Some(Edit::Insert(Insert {
            sections,
            template: template?,
        }))
    }

    fn comments_follow_their_steps(&mut self, steps: &[Step]) {
        for (at, step) in steps.iter().enumerate() {
            let Edit::Comment(comment) = &step.edit else {
                continue;
            };
            let known = steps[..at].iter().any(|before| {
                before.id.value == comment.above && matches!(before.edit, Edit::Expression(_))
            });
            if !known {
                let message = format!(
                    "`above` names no earlier `expression` step: `{}`",
                    comment.above
                );
                self.problems.push(Problem::new("series-step", message).at(
                    &step.id.source,
                    step.id.span,
                    "in this step",
                ));
            }
        }
    }

    fn judge(&mut self, raw: Spanned<RawJudge>, steps: &[Step]) -> Option<Judge> {
        let span = raw.span();
        let raw = raw.into_inner();
        let step = raw.step.get_ref().clone();
        let of_code = steps
            .iter()
            .find(|known| known.id.value == step)
            .map(|step| matches!(step.edit, Edit::Expression(_)));
        match (raw.code, raw.scriptlet, of_code) {
            (Some(code), None, Some(true)) => Some(Judge::Code(CodeJudge {
                subject: code.subject,
                step,
                right: self.patterns(&code.right),
                holes: self.holes(code.holes),
                neutral: self.patterns(&code.neutral),
                keepers: code.keepers.as_ref().and_then(|text| self.regex(text)),
                guards: self.patterns(&code.guards),
                around: self.patterns(&code.around),
                consequences: self.patterns(&code.consequences),
            })),
            (None, Some(scriptlet), Some(false)) => Some(Judge::Scriptlet(ScriptletJudge {
                step,
                begins: beginnings(scriptlet.names.get_ref()),
                names: self.regex(&scriptlet.names)?,
                right: scriptlet
                    .right
                    .iter()
                    .filter_map(|text| self.regex(text))
                    .collect(),
                wrong: scriptlet
                    .wrong
                    .into_iter()
                    .filter_map(|wrong| Some((self.regex(&wrong.matches)?, wrong.why)))
                    .collect(),
                conditions: scriptlet
                    .conditions
                    .iter()
                    .filter_map(|text| self.regex(text))
                    .collect(),
                hint: scriptlet.hint.as_ref().and_then(|text| self.regex(text)),
            })),
            _ => {
                let message = "`judge` has `code` for an `expression` step or `scriptlet` for an `insert` step, and names it";
                self.mistake("series-judge", message, span, "this one");
                None
            }
        }
    }
}

/// Returns the single holes of a pattern: `$NAME`.
fn holes_of(pattern: &str) -> Vec<String> {
    let Ok(regex) = Regex::new(r"\$([A-Z_][A-Z0-9_]*)") else {
        return Vec::new();
    };
    regex
        .captures_iter(pattern)
        .map(|hole| hole[1].to_owned())
        .collect()
}
