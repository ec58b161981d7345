//! What a section of a spec runs and does not show: files that the build brings, and macros of the spec. Does not judge it.

use crate::locate;
use crate::series::judge::ScriptletJudge;
use crate::syntax::expand::definitions;
use crate::syntax::spec::{Condition, Section, Spec};
use crate::text::Span;

/// Rounds in which macros that use others are found.
const DEEPEST: usize = 8;

/// Returns whether a place expands a macro of the spec whose definition names the thing, or uses one that does.
pub(super) fn names(judge: &ScriptletJudge, spec: &Spec, place: Span) -> bool {
    let macros = naming_macros(judge, spec.source.text());
    let text = spec.source.slice(place);
    macros.iter().any(|name| expands(text, name))
}

/// The lines of a section that are in no branch that is never taken.
fn lines(spec: &Spec, section: &Section) -> Vec<Span> {
    let is_live = |conditions: &[Condition]| !conditions.iter().any(Condition::is_dead);
    let lines = spec.lines(section).into_iter();
    let lines = lines.filter(|line| is_live(&line.conditions));
    lines
        .map(|line| locate::trimmed(&spec.source, line.span))
        .collect()
}

/// Returns the place where a section takes commands from a file that is not there to be read, and how.
pub fn brought(spec: &Spec, section: &Section) -> Option<(Span, &'static str)> {
    let heading = spec.source.slice(section.heading);
    if heading.split_whitespace().any(|word| word == "-f") {
        let why = "the scriptlet is read from a file that the build brings";
        return Some((locate::trimmed(&spec.source, section.heading), why));
    }
    let lines = lines(spec, section).into_iter();
    let mut includes = lines.filter(|span| spec.source.slice(*span).starts_with("%include"));
    let span = includes.next()?;
    Some((span, "the scriptlet includes a file that the build brings"))
}

/// The macros of a spec that name the thing, or use one that does.
fn naming_macros(judge: &ScriptletJudge, spec: &str) -> Vec<String> {
    let defined = definitions(spec).filter_map(|definition| {
        let mut words = definition.splitn(3, char::is_whitespace);
        let name = words.nth(1)?;
        let name = name.split('(').next().unwrap_or(name);
        Some((name, words.next().unwrap_or_default()))
    });
    let defined: Vec<(&str, &str)> = defined.collect();
    let mut naming: Vec<String> = Vec::new();
    for _ in 0..defined.len().min(DEEPEST) {
        for (name, body) in &defined {
            let is_known = naming.iter().any(|known| known == name);
            let names = judge.names.is_match(&body.replace(['"', '\''], " "));
            if !is_known && (names || naming.iter().any(|known| expands(body, known))) {
                naming.push((*name).to_owned());
            }
        }
    }
    naming
}

/// Whether a text expands a macro: `%name`, `%{name}`, `%{?name}` or `%{name:argument}`.
fn expands(text: &str, name: &str) -> bool {
    text.match_indices('%').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches(['{', '?', '!']);
        let after = rest.strip_prefix(name);
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}
