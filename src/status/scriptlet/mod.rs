//! The status of a patch of a scriptlet: what the sections of the package, and others beside them, do to the thing that is named. How a
//! scriptlet may go is `section`'s.

mod product;
mod section;

use self::section::{Outcome, Sections};
use super::{Ground, Status, open};
use crate::locate;
use crate::series::Patch;
use crate::series::judge::ScriptletJudge;
use crate::series::step::{Edit, Insert, Step};
use crate::syntax::spec::{Condition, Spec};
use crate::target::Tree;
use crate::text::{Site, Source, Span};

/// Scriptlets that run when something is installed.
const INSTALLS: [&str; 10] = [
    "pre",
    "post",
    "pretrans",
    "posttrans",
    "triggerprein",
    "triggerin",
    "triggerpostun",
    "trigger",
    "filetriggerin",
    "transfiletriggerin",
];

pub(super) fn judge(judge: &ScriptletJudge, patch: &Patch, tree: &Tree, revision: &str) -> Ground {
    let step = patch.steps.iter().find(|step| step.id.value == judge.step);
    let Some((step, Edit::Insert(wanted))) = step.map(|step| (step, &step.edit)) else {
        return Ground::new(
            Status::Undetermined,
            "no-decision",
            "the series does not say what to look for",
        );
    };
    let specs = match find_specs(step, tree, revision) {
        Err(ground) => return *ground,
        Ok(specs) => specs,
    };
    let judged = without_products(specs, wanted)
        .into_iter()
        .map(|(path, spec)| {
            let ground = judge_spec(judge, wanted, &path, &spec);
            (path, ground)
        });
    let mut judged = judged.collect::<Vec<_>>().into_iter();
    let Some((path, ground)) = judged.next() else {
        let reason = format!(
            "none of the spec files is there: `{}`",
            step.files.join("`, `")
        );
        return Ground::new(Status::Undetermined, "file-missing", reason);
    };
    // Which of several is built is not known.
    match judged.find(|(_, other)| other.status != ground.status) {
        Some((other_path, other)) => {
            let reason = format!(
                "{} by `{path}`, {} by `{other_path}`",
                ground.status, other.status
            );
            let places = ground.places.into_iter().chain(other.places).collect();
            Ground::new(Status::Undetermined, "cleanup-unknown", reason).at(places)
        }
        None => ground,
    }
}

/// The specs that somebody writes: what is made of a template beside it changes with the template.
fn without_products(found: Vec<(String, Source)>, wanted: &Insert) -> Vec<(String, Spec)> {
    let mut specs: Vec<(String, Spec)> = found
        .into_iter()
        .map(|(path, source)| (path, Spec::scan(&source)))
        .collect();
    let is_product = |(path, spec): &(String, Spec)| {
        let mut templates = specs
            .iter()
            .filter(|(template, _)| product::is_named_for(path, template));
        templates.any(|(_, template)| product::is_made_of(template, spec, wanted))
    };
    let products: Vec<String> = specs
        .iter()
        .filter(|spec| is_product(spec))
        .map(|(path, _)| path.clone())
        .collect();
    specs.retain(|(path, _)| !products.contains(path));
    specs
}

fn find_specs(
    step: &Step,
    tree: &Tree,
    revision: &str,
) -> Result<Vec<(String, Source)>, Box<Ground>> {
    let mut found = Vec::new();
    for path in &step.files {
        if let Some(source) = open(tree, path, revision)? {
            found.push((path.clone(), source));
        }
    }
    Ok(found)
}

fn judge_spec(judge: &ScriptletJudge, wanted: &Insert, path: &str, spec: &Spec) -> Ground {
    let openings = locate::openings(spec, wanted);
    if openings.is_empty() {
        let reason = "no section was found in which the package would do it";
        return Ground::new(Status::Undetermined, "section-missing", reason);
    }
    let at = |span: Span| (path.to_owned(), spec.source.site(span));
    let sections = Sections::new(judge, spec);
    let mut right = Vec::new();
    let mut done = 0;
    let mut unknown = None;
    for opening in &openings {
        match sections.outcome(&opening.section) {
            Outcome::Done(spans) => {
                done += 1;
                right.extend(spans.into_iter().map(at));
            }
            Outcome::Undone => {}
            Outcome::Unsafe(span, why) => {
                return Ground::new(Status::Missing, "cleanup-unsafe", why).at(vec![at(span)]);
            }
            Outcome::Unknown(span, why) => {
                unknown.get_or_insert_with(|| {
                    Ground::new(Status::Undetermined, "cleanup-unknown", why).at(vec![at(span)])
                });
            }
        }
    }
    if let Some(ground) = unknown {
        return ground;
    }
    let is_done = done == openings.len();
    if let Some(why) = may_be_left_out(&sections, spec, &openings).filter(|_| is_done) {
        return Ground::new(Status::Undetermined, "cleanup-unknown", why).at(right);
    }
    conclude(&sections, path, spec, &openings, is_done.then_some(right))
}

/// Judges by what all the sections do, and what other scriptlets do beside them.
fn conclude(
    sections: &Sections,
    path: &str,
    spec: &Spec,
    openings: &[locate::Opening],
    right: Option<Vec<(String, Site)>>,
) -> Ground {
    let at = |span: Span| (path.to_owned(), spec.source.site(span));
    let judged: Vec<Span> = openings
        .iter()
        .map(|opening| opening.section.heading)
        .collect();
    match (right, elsewhere(sections, spec, &judged)) {
        (Some(_), Some((span, true))) => {
            let reason = "it is done safely here, and in another scriptlet in a way that can be turned against the machine";
            Ground::new(Status::Undetermined, "cleanup-elsewhere", reason).at(vec![at(span)])
        }
        (Some(right), _) => Ground::new(
            Status::Fixed,
            "cleanup-right",
            "the scriptlet does it already",
        )
        .at(right),
        (None, Some((span, _))) => {
            let reason = "another scriptlet does something to it; what that is can't be told by structure alone";
            Ground::new(Status::Undetermined, "cleanup-elsewhere", reason).at(vec![at(span)])
        }
        (None, None) => {
            let headings: Vec<(String, Site)> = judged
                .iter()
                .map(|span| at(locate::trimmed(&spec.source, *span)))
                .collect();
            let names: Vec<&str> = headings.iter().map(|(_, site)| site.text()).collect();
            let reason = format!("`{}` does not do it", names.join("`, `"));
            Ground::new(Status::Missing, "cleanup-missing", reason).at(headings)
        }
    }
}

/// A command in another scriptlet that runs when something is installed, and names the thing; whether it is known to be wrong.
fn elsewhere(sections: &Sections, spec: &Spec, judged: &[Span]) -> Option<(Span, bool)> {
    let others = spec.sections.iter().filter(|section| {
        INSTALLS.contains(&section.keyword.as_str()) && !judged.contains(&section.heading)
    });
    let found: Vec<(Span, bool)> = others
        .filter_map(|section| match sections.outcome(section) {
            Outcome::Unsafe(span, _) => Some((span, true)),
            Outcome::Done(spans) => spans.first().map(|span| (*span, false)),
            Outcome::Unknown(span, _) => Some((span, false)),
            Outcome::Undone => None,
        })
        .collect();
    // The worst is shown.
    let worst = found.iter().find(|(_, is_wrong)| *is_wrong);
    worst.or(found.first()).copied()
}

/// Says why a build of the package may come without the scriptlet: it stands under a condition that the package's files do not
/// stand under, and no section for the other case stands beside it.
fn may_be_left_out(
    sections: &Sections,
    spec: &Spec,
    openings: &[locate::Opening],
) -> Option<String> {
    let own: Vec<Vec<&Condition>> = openings
        .iter()
        .map(|opening| {
            let files = spec
                .sections("files", &opening.section.package)
                .flat_map(|files| &files.conditions)
                .collect::<Vec<_>>();
            let conditions = opening.section.conditions.iter();
            conditions
                .filter(|condition| !files.contains(condition))
                .collect()
        })
        .collect();
    let text = sections.left_out_under(&own)?;
    Some(format!(
        "the scriptlet is built in only under `%if {text}`, the package is not"
    ))
}
