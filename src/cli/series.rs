//! `patchwright series`: lists, shows and lints the series that are known.

use std::fmt::Write;

use super::args::SeriesAction;
use super::{Stop, print};
use crate::series::step::Edit;
use crate::series::{Library, Require, Series, library};
use crate::verdict::Exit;

pub(super) fn run(action: &SeriesAction) -> Result<Exit, Stop> {
    match action {
        SeriesAction::List => list(),
        SeriesAction::Show { series } => {
            print(&shown(&load(series)?));
            Ok(Exit::Good)
        }
        SeriesAction::Lint { series } => {
            let series = load(series)?;
            print(&format!("{}: {} patches, nothing to object to\n", series.name, series.patches.len()));
            Ok(Exit::Good)
        }
    }
}

fn load(name: &str) -> Result<Series, Stop> {
    let library = Library::find(name).map_err(|problem| vec![problem])?;
    Series::load(&library)
}

fn list() -> Result<Exit, Stop> {
    let mut out = String::new();
    for name in library::embedded() {
        let series = load(&name)?;
        let _ = writeln!(out, "{name:<24}{}", series.title.value);
    }
    print(&out);
    Ok(Exit::Good)
}

fn shown(series: &Series) -> String {
    let mut out = String::new();
    let require = match &series.require {
        Require::All => "all of them".to_owned(),
        Require::Any => "any of them".to_owned(),
        Require::These(ids) => ids.join(", "),
    };
    let _ = writeln!(out, "{}\n  for {}; a revision needs {require}", series.title.value, series.project.name);
    for patch in &series.patches {
        let _ = writeln!(out, "\n{}\n  {}", patch.id, patch.subject.value);
        for step in &patch.steps {
            let what = match &step.edit {
                Edit::Expression(_) => "rewrites an expression",
                Edit::Comment(_) => "renews the comment above it",
                Edit::Insert(_) => "puts lines into a section",
            };
            let files = if step.files.is_empty() { String::new() } else { format!(" in {}", step.files.join(" or ")) };
            let _ = writeln!(out, "    {:<12}{what}{files}; places: {}", step.id.value, step.places.value);
        }
    }
    out
}
