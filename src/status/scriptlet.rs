//! The status of a patch of a scriptlet: what its commands do to the thing that they name.

use super::{Ground, Status, hidden, open};
use crate::locate;
use crate::series::Patch;
use crate::series::judge::ScriptletJudge;
use crate::series::step::{Edit, Insert, Step};
use crate::syntax::shell::{self, Command};
use crate::syntax::spec::{Condition, Section, Spec};
use crate::target::Tree;
use crate::text::{Site, Source, Span};

pub(super) fn judge(judge: &ScriptletJudge, patch: &Patch, tree: &Tree, revision: &str) -> Ground {
    let step = patch.steps.iter().find(|step| step.id.value == judge.step);
    let Some((step, Edit::Insert(wanted))) = step.map(|step| (step, &step.edit)) else {
        return Ground::new(
            Status::Undetermined,
            "no-decision",
            "the series does not say what to look for",
        );
    };
    match find_spec(step, tree, revision) {
        Err(ground) => *ground,
        Ok(None) => {
            let reason = format!(
                "none of the spec files is there: `{}`",
                step.files.join("`, `")
            );
            Ground::new(Status::Undetermined, "file-missing", reason)
        }
        Ok(Some((path, source))) => judge_spec(judge, wanted, &path, &Spec::scan(&source)),
    }
}

fn find_spec(
    step: &Step,
    tree: &Tree,
    revision: &str,
) -> Result<Option<(String, Source)>, Box<Ground>> {
    for path in &step.files {
        if let Some(source) = open(tree, path, revision)? {
            return Ok(Some((path.clone(), source)));
        }
    }
    Ok(None)
}

fn judge_spec(judge: &ScriptletJudge, wanted: &Insert, path: &str, spec: &Spec) -> Ground {
    let openings = locate::openings(spec, wanted);
    if openings.is_empty() {
        let reason = "no section was found in which the package would do it";
        return Ground::new(Status::Undetermined, "section-missing", reason);
    }
    let mut right = Vec::new();
    let mut done = 0;
    for opening in &openings {
        match cleanups(judge, path, spec, &opening.section) {
            Ok(found) => {
                done += usize::from(!found.is_empty());
                right.extend(found);
            }
            Err(ground) => return *ground,
        }
    }
    let is_done = done == openings.len();
    if let Some(why) = may_be_left_out(judge, spec, &openings).filter(|_| is_done) {
        return Ground::new(Status::Undetermined, "cleanup-unknown", why).at(right);
    }
    conclude(judge, path, spec, &openings, is_done.then_some(right))
}

/// Finds the commands of a section that do it right.
///
/// # Errors
/// The ground where a command does it wrong, or in a way that can't be told.
fn cleanups(
    judge: &ScriptletJudge,
    path: &str,
    spec: &Spec,
    section: &Section,
) -> Result<Vec<(String, Site)>, Box<Ground>> {
    let at = |span: Span| (path.to_owned(), spec.source.site(span));
    let ground = |status, code, why: String, span| {
        Box::new(Ground::new(status, code, why).at(vec![at(span)]))
    };
    let mut right = Vec::new();
    for command in naming(judge, spec, section) {
        match kind_of(judge, section, &command) {
            Kind::Right => right.push(at(command.span)),
            Kind::Dead => {}
            Kind::Wrong(why) => {
                return Err(ground(Status::Missing, "cleanup-unsafe", why, command.span));
            }
            Kind::Unknown(why) => {
                return Err(ground(
                    Status::Undetermined,
                    "cleanup-unknown",
                    why,
                    command.span,
                ));
            }
        }
    }
    if right.is_empty()
        && let Some(span) = unread(judge, spec, section)
    {
        let why = "the scriptlet names the directory outside of a command, and may do something to it by that name";
        return Err(ground(
            Status::Undetermined,
            "cleanup-unknown",
            why.to_owned(),
            span,
        ));
    }
    if right.is_empty()
        && let Some((span, why)) = hidden::hidden(judge, spec, section)
    {
        let why = why.to_owned();
        return Err(ground(Status::Undetermined, "cleanup-unknown", why, span));
    }
    Ok(right)
}

/// Judges by what all the sections do, and what other scriptlets do beside them.
fn conclude(
    judge: &ScriptletJudge,
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
    match (right, elsewhere(judge, spec, &judged)) {
        (Some(_), Some(command)) if is_wrong(judge, &command) => {
            let reason = "it is done safely here, and in another scriptlet in a way that can be turned against the machine";
            Ground::new(Status::Undetermined, "cleanup-elsewhere", reason)
                .at(vec![at(command.span)])
        }
        (Some(right), _) => Ground::new(
            Status::Fixed,
            "cleanup-right",
            "the scriptlet does it already",
        )
        .at(right),
        (None, Some(command)) => {
            let reason = "another scriptlet does something to it; what that is can't be told by structure alone";
            Ground::new(Status::Undetermined, "cleanup-elsewhere", reason)
                .at(vec![at(command.span)])
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

/// What a command is to the judge.
enum Kind {
    Right,
    Wrong(String),
    /// It stands in a branch that is never taken.
    Dead,
    Unknown(String),
}

fn kind_of(judge: &ScriptletJudge, section: &Section, command: &Command) -> Kind {
    let own = command
        .conditions
        .get(section.conditions.len()..)
        .unwrap_or_default();
    if command.conditions.iter().any(Condition::is_dead) {
        return Kind::Dead;
    }
    if let Some(program) = section
        .program
        .as_deref()
        .filter(|program| !program.ends_with("sh"))
    {
        return Kind::Unknown(format!(
            "the scriptlet is run by `{program}`, not by a shell"
        ));
    }
    if let Some((_, why)) = judge
        .wrong
        .iter()
        .find(|(regex, _)| regex.is_match(&command.text))
    {
        return Kind::Wrong(why.clone());
    }
    if !judge
        .right
        .iter()
        .any(|regex| regex.is_match(&command.text))
    {
        return Kind::Unknown(format!(
            "`{}` names it; what it does is not known",
            command.text
        ));
    }
    let allowed = |c: &Condition| {
        !c.otherwise && judge.conditions.iter().any(|regex| regex.is_match(&c.text))
    };
    match (
        own.iter().find(|condition| !allowed(condition)),
        command.conditional,
    ) {
        (Some(condition), _) => Kind::Unknown(format!(
            "the cleanup is built in only under `%if {}`",
            condition.text
        )),
        (None, Some(why)) => Kind::Unknown(format!("the cleanup is right, but {why}")),
        (None, None) => Kind::Right,
    }
}

fn naming(judge: &ScriptletJudge, spec: &Spec, section: &Section) -> Vec<Command> {
    if !judge.may_name(spec.source.slice(section.body)) {
        return Vec::new();
    }
    shell::commands(spec, section)
        .into_iter()
        .filter(|command| judge.names.is_match(&command.text))
        .collect()
}

/// A command in another scriptlet that runs when something is installed, and names the thing.
fn elsewhere(judge: &ScriptletJudge, spec: &Spec, judged: &[Span]) -> Option<Command> {
    let installs = [
        "pre",
        "post",
        "pretrans",
        "posttrans",
        "triggerin",
        "triggerpostun",
        "trigger",
        "filetriggerin",
        "transfiletriggerin",
    ];
    let found: Vec<Command> = spec
        .sections
        .iter()
        .filter(|section| {
            installs.contains(&section.keyword.as_str()) && !judged.contains(&section.heading)
        })
        .flat_map(|section| naming(judge, spec, section))
        .filter(|command| !command.conditions.iter().any(Condition::is_dead))
        .collect();
    // The worst is shown.
    let worst = found.iter().find(|command| is_wrong(judge, command));
    worst.or(found.first()).cloned()
}

fn is_wrong(judge: &ScriptletJudge, command: &Command) -> bool {
    judge
        .wrong
        .iter()
        .any(|(regex, _)| regex.is_match(&command.text))
}

/// A line that names the thing, is no comment and is in no branch that is never taken: an assignment, the list of a loop.
fn unread(judge: &ScriptletJudge, spec: &Spec, section: &Section) -> Option<Span> {
    let dead = |conditions: &[Condition]| conditions.iter().any(Condition::is_dead);
    let commands = naming(judge, spec, section);
    spec.lines(section)
        .into_iter()
        .filter(|line| !line.directive && !dead(&line.conditions))
        .map(|line| locate::trimmed(&spec.source, line.span))
        .filter(|span| !spec.source.slice(*span).trim_start().starts_with('#'))
        .filter(|span| {
            !commands
                .iter()
                .any(|command| span.contains(command.span) || command.span.contains(*span))
        })
        .find(|span| {
            judge
                .names
                .is_match(&spec.source.slice(*span).replace(['"', '\''], " "))
        })
}

/// Says why a build of the package may come without the scriptlet: it stands under a condition that the package's files do not
/// stand under, and no section for the other case stands beside it.
fn may_be_left_out(
    judge: &ScriptletJudge,
    spec: &Spec,
    openings: &[locate::Opening],
) -> Option<String> {
    let known = |condition: &Condition| {
        !condition.otherwise
            && judge
                .conditions
                .iter()
                .any(|regex| regex.is_match(&condition.text))
    };
    let own: Vec<Vec<&Condition>> = openings
        .iter()
        .map(|opening| {
            let files = spec
                .sections("files", &opening.section.package)
                .flat_map(|files| &files.conditions)
                .collect::<Vec<_>>();
            let conditions = opening.section.conditions.iter();
            conditions
                .filter(|condition| !files.contains(condition) && !known(condition))
                .collect()
        })
        .collect();
    let has_other_case = |conditions: &[&Condition]| {
        match conditions {
        [] => true,
        [one] => own.iter().any(|other| {
            matches!(other[..], [other] if other.text == one.text && other.otherwise != one.otherwise)
        }),
        _ => false,
    }
    };
    let conditions = own.iter().find(|conditions| !has_other_case(conditions))?;
    let text = conditions
        .first()
        .map_or("", |condition| condition.text.as_str());
    Some(format!(
        "the scriptlet is built in only under `%if {text}`, the package is not"
    ))
}
