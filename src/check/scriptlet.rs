//! The checks of a spec's scriptlets: what each shows, as evidence. How a spec is read and a scriptlet played is `spec`'s.

use super::code::{concluded, error};
use super::inquiry::Place;
use super::package::{Carrier, States, Yard};
use super::sandbox::Sandbox;
use super::spec::{self, Inserted, Report, Trial};
use super::{Evidence, Finding, Outcome, Record};
use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::compose::{Change, Made, Stage, placeholder};
use crate::series::Series;
use crate::series::scriptlet::Scriptlet;
use crate::target::Tree;
use crate::text::{Problem, Source, Span};

/// The findings that these checks tell beside those of `spec`.
pub const CODES: &[(&str, &str, &str)] = &[(
    "spec-base",
    "rpm can't read the spec before the patch for any distribution that the series names.",
    "Mend the base first, or leave the check out with `--no-check syntax,behaviour`.",
)];

/// Reads the manifest of a patch's scriptlet.
///
/// # Errors
/// `series-scriptlet`, in the manifest.
pub(super) fn promises(manifest: &Source) -> Result<Scriptlet, Problem> {
    Scriptlet::parse(manifest.text()).map_err(|reason| {
        let first = reason.lines().next().unwrap_or_default().to_owned();
        Problem::new(
            "series-scriptlet",
            format!("the manifest of the scriptlet can't be used: {first}"),
        )
        .at(manifest, Span::new(0, 0), "in this manifest")
        .help(reason)
    })
}

/// What is asked of the spec that a stage changes.
pub(super) struct Asked<'a> {
    pub(super) series: &'a Series,
    pub(super) stage: &'a Stage<'a>,
    pub(super) changes: &'a [&'a Change],
    pub(super) promises: &'a Scriptlet,
    pub(super) checks: &'a [&'static str],
}

/// Does rpm read the patched spec as meant, and does the scriptlet go wrong before and right after?
pub(super) fn ask(asked: &Asked, before: &Tree, place: &Place) -> Vec<Evidence> {
    let all = |make: &dyn Fn(&'static str) -> Evidence| {
        asked.checks.iter().map(|check| make(check)).collect()
    };
    let sandbox = match place {
        Ok(sandbox) => sandbox,
        Err(unavailable) => return all(&|check| Evidence::skipped(check, unavailable.to_string())),
    };
    if let Some(lacking) = spec::lacking().first() {
        return all(&|check| {
            Evidence::skipped(check, format!("no `{}`; {}", lacking.name, lacking.how()))
        });
    }
    let faulty = |check: &'static str, reason: String| Evidence {
        outcome: Outcome::Error,
        ..Evidence::skipped(check, reason)
    };
    let mut evidence = Vec::new();
    if asked.checks.iter().any(|check| *check != "package") {
        let reports = report(asked, before, sandbox);
        for check in asked.checks.iter().filter(|check| **check != "package") {
            evidence.push(match (&reports, *check) {
                (Err(reason), check) => faulty(check, reason.clone()),
                (Ok(reports), "syntax") => Evidence {
                    records: read(reports, &asked.macros().unwrap_or_default()),
                    ..syntax(reports)
                },
                (Ok(reports), _) => behaviour(reports),
            });
        }
    }
    // Behind the others, since rpm has read the specs for them.
    if asked.checks.contains(&"package") {
        match packages(asked, before, sandbox) {
            Ok(packaged) => evidence.extend(packaged),
            Err(reason) => evidence.push(faulty("package", reason)),
        }
    }
    evidence
}

/// Puts the packages before and after each place of the patch through transactions of rpm.
fn packages(asked: &Asked, before: &Tree, sandbox: &Sandbox) -> Result<Vec<Evidence>, String> {
    let yard = match Yard::open(sandbox, asked.promises) {
        Ok(yard) => yard,
        Err(reason) => return Ok(vec![Evidence::skipped("package", reason)]),
    };
    let macros = asked.macros()?;
    let mut evidence = Vec::new();
    for change in asked.changes {
        let texts = asked.texts(before, change)?;
        for made in &change.made {
            let inserted = inserted(made);
            let states = |text: &str| -> States {
                let variants = asked.promises.variant.par_iter();
                variants
                    .filter_map(|variant| {
                        let read = spec::read(sandbox, text, variant, asked.promises, &macros);
                        let build = match read {
                            Ok(queried) => {
                                let name = inserted.package(&queried.name);
                                Ok(vec![Carrier::of(&queried, &name)?])
                            }
                            Err(
                                spec::Unexpanded::Refused(reason)
                                | spec::Unexpanded::Failed(reason),
                            ) => Err(reason),
                        };
                        Some((variant.id.clone(), build))
                    })
                    .collect()
            };
            let (was, is) = (states(&texts.0), states(&texts.1));
            let outcomes = yard.outcomes(&was, &is);
            let outcomes =
                outcomes.map_err(|error| format!("the sandbox could not be used: {error}"))?;
            evidence.extend(outcomes.of_own(&asked.stage.patch.id));
        }
    }
    Ok(evidence)
}

impl Asked<'_> {
    fn macros(&self) -> Result<String, String> {
        let name = &self.promises.macros;
        let macros = self.series.template(name);
        macros
            .map(|source| source.text().to_owned())
            .ok_or_else(|| format!("the series has no template `{name}`"))
    }

    /// The spec before and after, as its build fills it in.
    fn texts(&self, before: &Tree, change: &Change) -> Result<(String, String), String> {
        let filled = |tree: &Tree, source: &Source| {
            placeholder::filled(self.series, tree, &change.path, source.text())
                .map_err(|fault| fault.to_string())
        };
        Ok((
            filled(before, &change.before)?,
            filled(&self.stage.tree, &change.after)?,
        ))
    }
}

fn report(asked: &Asked, before: &Tree, sandbox: &Sandbox) -> Result<Vec<Report>, String> {
    let macros = asked.macros()?;
    // Without the other check's question its cases need not be played.
    let mut promises = asked.promises.clone();
    if !asked.checks.contains(&"behaviour") {
        promises.case.clear();
    }
    let mut reports = Vec::new();
    for change in asked.changes {
        let texts = asked.texts(before, change)?;
        for made in &change.made {
            let inserted = inserted(made);
            let report = spec::check(sandbox, &promises, &macros, (&texts.0, &texts.1), &inserted);
            reports
                .push(report.map_err(|error| format!("the sandbox could not be used: {error}"))?);
        }
    }
    Ok(reports)
}

fn inserted(made: &Made) -> Inserted {
    Inserted {
        header: made.within.clone(),
        text: made.inserted.clone().unwrap_or_default(),
    }
}

fn syntax(reports: &[Report]) -> Evidence {
    let mut findings: Vec<Finding> = Vec::new();
    let mut unreadable = false;
    for report in reports {
        for found in &report.findings {
            // That no distribution reads the base is not the patch's doing.
            unreadable |= found.code == "spec-no-variant";
            findings.push(error(found.code, told(&found.message, &found.variants)));
        }
    }
    let read: Vec<&str> = reports
        .first()
        .map(|r| r.applicable.iter().map(String::as_str).collect())
        .unwrap_or_default();
    let not: Vec<&str> = reports
        .first()
        .map(|r| r.inapplicable.iter().map(|(id, _)| id.as_str()).collect())
        .unwrap_or_default();
    let mut detail = format!(
        "the inserted lines and nothing else, on {}",
        read.join(", ")
    );
    if !not.is_empty() {
        detail.push_str(&format!("; the spec is not for {}", not.join(", ")));
    }
    if unreadable {
        let why = reports
            .iter()
            .flat_map(|report| &report.inapplicable)
            .next();
        let why = why.map_or(String::new(), |(_, reason)| reason.clone());
        let findings = vec![error("spec-base", why)];
        return Evidence {
            after: Some(Outcome::Failed),
            ..concluded("syntax", Some(Outcome::Failed), findings, String::new())
        };
    }
    concluded("syntax", Some(Outcome::Passed), findings, detail)
}

fn told(message: &str, variants: &[String]) -> String {
    if variants.is_empty() {
        message.to_owned()
    } else {
        format!("{message} ({})", variants.join(", "))
    }
}

fn behaviour(reports: &[Report]) -> Evidence {
    if let Some(why) = reports.iter().find_map(|report| report.unplayed.clone()) {
        return Evidence::skipped("behaviour", why);
    }
    let trials: Vec<&Trial> = reports.iter().flat_map(|report| &report.trials).collect();
    let wrong_before = trials.iter().filter(|trial| trial.was_wrong()).count();
    let played_before = trials.iter().filter(|trial| trial.before.is_some()).count();
    let wrong_after = trials.iter().filter(|trial| !trial.is_right()).count();
    let mut findings = Vec::new();
    for trial in trials.iter().filter(|trial| !trial.is_right()) {
        for wrong in &trial.after.wrong {
            let message = format!(
                "{}, in {}: {}",
                trial.title,
                trial.shell.name(),
                wrong.message
            );
            findings.push(error(wrong.code, told(&message, &trial.variants)));
        }
    }
    if trials.is_empty() {
        findings.push(error("behaviour-unproven", "no case was played".to_owned()));
    } else if wrong_before == 0 {
        let message = format!("all {played_before} cases come out right before the patch already");
        findings.push(error("behaviour-unproven", message));
    }
    let before = if wrong_before > 0 {
        Outcome::Failed
    } else {
        Outcome::Passed
    };
    let mut detail =
        format!("{wrong_before} of {played_before} cases wrong before, {wrong_after} after");
    match trials.len() - played_before {
        0 => {}
        more => detail.push_str(&format!("; {more} more after alone")),
    }
    Evidence {
        records: records(&trials, reports),
        ..concluded("behaviour", Some(before), findings, detail)
    }
}

/// What rpm was asked, and what the patch changes of its answers.
fn read(reports: &[Report], macros: &str) -> Vec<Record> {
    let record = |name: String, text: String| Record {
        name: format!("syntax/{name}"),
        bytes: text.into_bytes(),
    };
    let mut records = vec![record("macros".to_owned(), macros.to_owned())];
    let all = reports.iter().flat_map(|report| &report.read);
    for (number, told) in (1..).zip(all) {
        let head = "# SPEC is the spec before or after the patch, with what its build puts in for each @NAME@.";
        let script = format!("{head}\n{}\n", told.commands.join("\n"));
        records.push(record(format!("rpmspec-{number}.sh"), script));
        records.push(record(
            format!("rpmspec-{number}.diff"),
            told.difference.clone(),
        ));
    }
    records
}

/// What was played, and what came of it: the texts of the scriptlet as they ran are told apart by their number.
fn records(trials: &[&Trial], reports: &[Report]) -> Vec<Record> {
    let scriptlets: Vec<&spec::Text> = reports.iter().flat_map(|report| &report.texts).collect();
    let number = |trial: &Trial| {
        scriptlets
            .iter()
            .position(|one| one.variants == trial.variants)
    };
    let rows: Vec<serde_json::Value> = trials
        .iter()
        .map(|trial| {
            let wrong = |played: &spec::Played| played.wrong.iter().map(|f| f.message.clone()).collect::<Vec<_>>();
            serde_json::json!({
                "case": trial.case,
                "title": trial.title,
                "shell": trial.shell.name(),
                "variants": trial.variants,
                "scriptlet": number(trial).map(|number| number + 1),
                "before": trial.before.as_ref().map(|played| serde_json::json!({"status": played.status, "wrong": wrong(played)})),
                "after": {"status": trial.after.status, "wrong": wrong(&trial.after)},
            })
        })
        .collect();
    let mut records = vec![Record {
        name: "behaviour/scriptlet.json".to_owned(),
        bytes: format!("{:#}\n", serde_json::Value::from(rows)).into_bytes(),
    }];
    for (number, scriptlet) in (1..).zip(scriptlets) {
        let before = scriptlet.before.as_ref().map(|text| ("before", text));
        for (when, text) in before.into_iter().chain([("after", &scriptlet.after)]) {
            records.push(Record {
                name: format!("behaviour/scriptlet-{number}-{when}.sh"),
                bytes: text.clone().into_bytes(),
            });
        }
    }
    records
}
