//! Reads a series from its manifests; every mistake is told at its place. Knows the format, not what is done with it.

mod reader;
mod step;

use serde::de::DeserializeOwned;
use std::sync::Arc;

use super::manifest::{RawPatch, RawSeries, Text};
use super::step::Step;
use super::{Library, Patch, Scenarios, Series, scriptlet};
use crate::text::{Problem, Source, Span};
use reader::Reader;

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
