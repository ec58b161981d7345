//! `patchwright series`: lists, shows and lints the series that are known.

use std::fmt::Write;

use super::args::SeriesAction;
use super::{Stop, print};
use crate::render::parse;
use crate::series::step::Edit;
use crate::series::{Library, Patch, Require, Series, library};
use crate::text::{Problem, Source};
use crate::verdict::Exit;

pub(super) fn run(action: &SeriesAction) -> Result<Exit, Stop> {
    match action {
        SeriesAction::List => list(),
        SeriesAction::Show { series } => {
            print(&shown(&load(series)?))?;
            Ok(Exit::Good)
        }
        SeriesAction::Lint { series } => {
            let series = load(series)?;
            let mistakes: Vec<Problem> = templates(&series)
                .iter()
                .filter_map(|template| parse(template).err())
                .collect();
            if !mistakes.is_empty() {
                return Err(mistakes);
            }
            let count = series.patches.len();
            let noun = if count == 1 { "patch" } else { "patches" };
            print(&format!(
                "{}: {count} {noun}, nothing to object to\n",
                series.name
            ))?;
            Ok(Exit::Good)
        }
    }
}

fn load(name: &str) -> Result<Series, Stop> {
    let library = Library::find(name).map_err(|problem| vec![problem])?;
    Series::load(&library)
}

/// The templates that the series itself names; those of checks are read by the checks.
fn templates(series: &Series) -> Vec<Source> {
    let of_patch = |patch: &Patch| {
        let steps = patch.steps.iter().filter_map(|step| match &step.edit {
            Edit::Comment(comment) => Some(comment.template.clone()),
            Edit::Insert(insert) => Some(insert.template.clone()),
            Edit::Expression(_) => None,
        });
        steps.chain([patch.message.clone()]).collect::<Vec<_>>()
    };
    series
        .patches
        .iter()
        .flat_map(of_patch)
        .chain([series.cover.clone()])
        .collect()
}

fn list() -> Result<Exit, Stop> {
    let mut out = String::new();
    for name in library::embedded() {
        let series = load(&name)?;
        let _ = writeln!(out, "{name:<24}{}", series.title.value);
    }
    print(&out)?;
    Ok(Exit::Good)
}

fn shown(series: &Series) -> String {
    let mut out = String::new();
    let require = match &series.require {
        Require::All => "all of them".to_owned(),
        Require::Any => "any of them".to_owned(),
        Require::These(ids) => ids.join(", "),
    };
    let _ = writeln!(
        out,
        "{}\n  for {}; a revision needs {require}",
        series.title.value, series.project.name
    );
    for patch in &series.patches {
        let _ = writeln!(out, "\n{}\n  {}", patch.id, patch.subject.value);
        for step in &patch.steps {
            let what = match &step.edit {
                Edit::Expression(_) => "rewrites an expression",
                Edit::Comment(_) => "renews the comment above it",
                Edit::Insert(_) => "puts lines into a section",
            };
            let files = if step.files.is_empty() {
                String::new()
            } else {
                format!(" in {}", step.files.join(" or "))
            };
            let _ = writeln!(
                out,
                "    {:<12}{what}{files}; places: {}",
                step.id.value, step.places.value
            );
        }
    }
    out
}
