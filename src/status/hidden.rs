//! What a section of a spec runs and does not show: files that the build brings, and macros of the spec. Does not judge it.

use crate::locate;
use crate::series::judge::ScriptletJudge;
use crate::syntax::spec::{Condition, Section, Spec};
use crate::text::Span;

/// Rounds in which macros that use others are found.
const DEEPEST: usize = 8;

/// Returns the place where a section hides what it may do to the thing that a judge names, and how.
pub(super) fn hidden(
    judge: &ScriptletJudge,
    spec: &Spec,
    section: &Section,
) -> Option<(Span, &'static str)> {
    if let Some(found) = brought(spec, section) {
        return Some(found);
    }
    let text = |span: &Span| spec.source.slice(*span);
    let lines = lines(spec, section);
    let macros = naming_macros(judge, spec.source.text());
    let uses = |span: &&Span| macros.iter().any(|name| expands(text(span), name));
    let mut commands = lines.iter().filter(|span| !text(span).starts_with('#'));
    let span = commands.find(uses)?;
    let why = "the scriptlet uses a macro whose definition names the directory";
    Some((*span, why))
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
    let joined = spec.replace("\\\n", " ");
    let defined = joined.lines().filter_map(|line| {
        let mut words = line.trim_start().splitn(3, char::is_whitespace);
        let is_definition = matches!(words.next(), Some("%global" | "%define"));
        let name = words.next().filter(|_| is_definition)?;
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
