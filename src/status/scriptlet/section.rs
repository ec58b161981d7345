//! What a section of a spec does to the thing that a judge names, in each build of it and each way that its script may go. Does not know
//! other sections.

use std::cell::OnceCell;

use super::super::hidden;
use crate::locate;
use crate::series::judge::ScriptletJudge;
use crate::syntax::expand::{Choices, Expansion, Macros, definitions};
use crate::syntax::script::{self, Way, World};
use crate::syntax::spec::{Condition, Section, Spec};
use crate::text::Span;

/// What rpm gives a scriptlet that runs when a package is installed: how many of them there are then.
const ARGUMENTS: [&str; 2] = ["1", "2"];

/// What a section does.
pub(super) enum Outcome {
    /// It is done, by these commands.
    Done(Vec<Span>),
    Undone,
    /// It is done wrong, and why.
    Unsafe(Span, String),
    /// What it does can't be told, and why.
    Unknown(Span, String),
}

/// The sections of a spec, before a judge.
pub(super) struct Sections<'s> {
    judge: &'s ScriptletJudge,
    spec: &'s Spec,
    macros: OnceCell<Macros<'s>>,
    /// What the spec's macros hold.
    defined: OnceCell<String>,
}

impl World for ScriptletJudge {
    fn names(&self, command: &str) -> bool {
        self.names.is_match(command)
    }

    fn is_there(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let is_above = |known: &String| {
            let behind = known.strip_prefix(path);
            behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('/'))
        };
        !path.is_empty() && self.paths.iter().any(is_above)
    }

    fn is_it(&self, path: &str) -> bool {
        self.paths.iter().any(|known| known == path)
    }

    fn may_be(&self, command: &str) -> Option<String> {
        let path = self.paths.first()?;
        // What a command says is one word, whatever blanks are in the command.
        let said = |c: char| if c == ' ' { '\u{1}' } else { c };
        let command: String = match (command.find("\0$("), command.rfind(')')) {
            (Some(start), Some(end)) if start < end => {
                let middle = command[start..end].chars().map(said);
                let ends = (command[..start].chars(), command[end..].chars());
                ends.0.chain(middle).chain(ends.1).collect()
            }
            _ => command.to_owned(),
        };
        let words = command.split(' ').map(|word| {
            // What is made for the occasion is something else.
            let is_said = word.starts_with("\0$(") && word.ends_with(')');
            let is_all = is_said || word.starts_with('\0') && !word.contains('/');
            let is_all = is_all && !word.contains("mktemp");
            if is_all { path.as_str() } else { word }
        });
        let text = words.collect::<Vec<_>>().join(" ").replace('\0', "");
        let is_known = self.right.iter().any(|regex| regex.is_match(&text))
            || self.wrong.iter().any(|(regex, _)| regex.is_match(&text));
        let shown = || command.replace('\0', "").replace('\u{1}', " ");
        (self.names.is_match(&text) && is_known).then(shown)
    }

    fn hints(&self, name: &str) -> bool {
        let hint = self.hint.as_ref();
        hint.is_some_and(|hint| hint.is_match(name))
    }
}

/// What one way, or all ways of a build, come to.
#[derive(Clone)]
enum Came {
    Right(Vec<Span>),
    Bare,
    Wrong(Span, String),
    Unknown(Span, String),
}

impl Came {
    fn is_bad(&self) -> bool {
        matches!(self, Came::Bare | Came::Wrong(..))
    }
}

impl<'s> Sections<'s> {
    pub(super) fn new(judge: &'s ScriptletJudge, spec: &'s Spec) -> Self {
        Sections {
            judge,
            spec,
            macros: OnceCell::new(),
            defined: OnceCell::new(),
        }
    }

    fn macros(&self) -> &Macros<'s> {
        self.macros.get_or_init(|| Macros::of(self.spec))
    }

    fn holds(&self, condition: &str) -> bool {
        let mut known = self.judge.conditions.iter();
        known.any(|regex| regex.is_match(condition))
    }

    /// Returns what a section does when its package is installed.
    pub(super) fn outcome(&self, section: &Section) -> Outcome {
        let heading = locate::trimmed(&self.spec.source, section.heading);
        if section.conditions.iter().any(Condition::is_dead) {
            return Outcome::Undone;
        }
        if let Some(program) = section.program.as_deref()
            && !program.ends_with("sh")
        {
            // It is given the lines, and reads none of them.
            if program.ends_with("/ldconfig") {
                return Outcome::Undone;
            }
            return self.of_another_language(section, program);
        }
        let brought = || match hidden::brought(self.spec, section) {
            Some((span, why)) => Outcome::Unknown(span, why.to_owned()),
            None => Outcome::Undone,
        };
        if !self.may_name(section) {
            return brought();
        }
        let Some(builds) = self
            .macros()
            .builds(section, &|condition| self.holds(condition))
        else {
            let why = "the scriptlet may be built in more ways than are looked at";
            return Outcome::Unknown(heading, why.to_owned());
        };
        let came: Vec<(Choices, Came)> = builds
            .into_iter()
            .map(|(choices, expansion)| (choices, self.of_build(&expansion, heading)))
            .collect();
        match self.of_builds(came, heading) {
            Outcome::Undone => brought(),
            outcome => outcome,
        }
    }

    /// Whether the words by which the thing is named stand in a section, or in the macros of its spec.
    fn may_name(&self, section: &Section) -> bool {
        let body = self.spec.source.slice(section.body);
        let name = self.spec.tag("name").unwrap_or_default();
        let uses_name = body.contains("%{name}") || body.contains("%name");
        let defined = self.defined.get_or_init(|| {
            let definitions: Vec<&str> = definitions(self.spec.source.text()).collect();
            definitions.join("\n")
        });
        let has = |word: &str| {
            body.contains(word) || defined.contains(word) || (uses_name && name.contains(word))
        };
        let mut begins = self.judge.begins.iter();
        // What is written without a backslash in it, or a pair of quotes.
        body.contains(['\\', '"', '\'']) && self.judge.may_name(&body.replace('\\', ""))
            || self.judge.begins.is_empty()
            // What is given, or run, may not be known.
            || ["-delete", "-exec", "eval ", "--remove"].iter().any(|word| body.contains(word))
            || self.judge.hints(body)
            || begins.any(|begins| {
                let mut words = begins.split(|c: char| !c.is_alphanumeric());
                words.all(has)
            })
    }

    fn of_another_language(&self, section: &Section, program: &str) -> Outcome {
        let lines = self.spec.lines(section).into_iter();
        let lines = lines.filter(|line| !line.conditions.iter().any(Condition::is_dead));
        let mut lines = lines.map(|line| locate::trimmed(&self.spec.source, line.span));
        let text = |span: &Span| self.spec.source.slice(*span).replace(['"', '\''], " ");
        match lines.find(|span| self.judge.names.is_match(&text(span))) {
            Some(span) => {
                let why = format!("the scriptlet is run by `{program}`, not by a shell");
                Outcome::Unknown(span, why)
            }
            None => Outcome::Undone,
        }
    }

    fn of_build(&self, expansion: &Expansion, heading: Span) -> Came {
        let mut all = Vec::new();
        for argument in ARGUMENTS {
            let Some(ways) = script::ways(&expansion.text, &[argument], self.judge) else {
                let text = expansion.text.replace(['"', '\'', '\\'], " ");
                if !self.judge.names.is_match(&text) {
                    return Came::Bare;
                }
                let why =
                    "the scriptlet names the directory, and can't be read as a shell reads it";
                return Came::Unknown(heading, why.to_owned());
            };
            let came: Vec<(&Way, Came)> = ways
                .ways
                .iter()
                .map(|way| (way, self.of_way(way, expansion)))
                .collect();
            if let Some(why) = ways.open
                && !came.iter().all(|(_, came)| came.is_bad())
            {
                return Came::Unknown(
                    heading,
                    format!("what the scriptlet does can't be told: {why}"),
                );
            }
            all.push(of_ways(came, heading));
        }
        // It must be done whatever the scriptlet is given.
        let worst = all.iter().find(|came| matches!(came, Came::Wrong(..)));
        let worst = worst.or_else(|| all.iter().find(|came| came.is_bad()));
        let worst = worst.or_else(|| all.iter().find(|came| matches!(came, Came::Unknown(..))));
        let came = worst.or(all.first()).cloned().unwrap_or(Came::Bare);
        match (came, expansion.left) {
            (Came::Bare, Some(left)) if hidden::names(self.judge, self.spec, left) => {
                let why = "the scriptlet uses a macro whose definition names the directory";
                Came::Unknown(left, why.to_owned())
            }
            (came, _) => came,
        }
    }

    fn of_way(&self, way: &Way, expansion: &Expansion) -> Came {
        let mut right = Vec::new();
        for run in &way.runs {
            let span = expansion.place(run.span);
            let judge = self.judge;
            let wrong = judge
                .wrong
                .iter()
                .find(|(regex, _)| regex.is_match(&run.text));
            let is_right = judge.right.iter().any(|regex| regex.is_match(&run.text));
            let why = match (wrong, run.unsure) {
                (None, _) if judge.neutral.iter().any(|regex| regex.is_match(&run.text)) => {
                    continue;
                }
                (Some((_, why)), None) => return Came::Wrong(span, why.clone()),
                (None, None) if is_right => {
                    right.push(span);
                    continue;
                }
                (_, Some(why)) if is_right => format!("the cleanup is right, but {why}"),
                (_, Some(why)) => format!("`{}` names it; {why}", run.text),
                (None, None) => format!("`{}` names it; what it does is not known", run.text),
            };
            return Came::Unknown(span, why);
        }
        match (way.fails, right.first()) {
            (_, None) => Came::Bare,
            (Some(why), Some(span)) => {
                Came::Unknown(*span, format!("the cleanup is right, but {why}"))
            }
            (None, Some(_)) => Came::Right(right),
        }
    }

    fn of_builds(&self, came: Vec<(Choices, Came)>, heading: Span) -> Outcome {
        let unknown = came.iter().find_map(|(_, came)| match came {
            Came::Unknown(span, why) => Some((*span, why.clone())),
            _ => None,
        });
        let wrong = came.iter().find_map(|(_, came)| match came {
            Came::Wrong(span, why) => Some((*span, why.clone())),
            _ => None,
        });
        let right = came.iter().find(|(_, came)| matches!(came, Came::Right(_)));
        let bad = came.iter().find(|(_, came)| came.is_bad());
        match (right, bad) {
            (Some((choices, Came::Right(spans))), Some((others, came))) => {
                let condition = choices
                    .iter()
                    .find(|(atom, holds)| others.get(*atom).is_some_and(|other| other != *holds));
                let (atom, holds) = condition.map_or(("", true), |(atom, holds)| (atom, *holds));
                let condition = if holds {
                    atom.to_owned()
                } else {
                    format!("!({atom})")
                };
                match came {
                    Came::Wrong(span, why) => Outcome::Unknown(
                        *span,
                        format!("it is done wrong unless `%if {condition}`: {why}"),
                    ),
                    _ => Outcome::Unknown(
                        spans.first().copied().unwrap_or(heading),
                        format!("the cleanup is built in only under `%if {condition}`"),
                    ),
                }
            }
            (_, Some(_)) if unknown.is_none() => match wrong {
                Some((span, why)) => Outcome::Unsafe(span, why),
                None => Outcome::Undone,
            },
            (Some((_, Came::Right(_))), None) if unknown.is_none() => {
                let spans = came.into_iter().flat_map(|(_, came)| match came {
                    Came::Right(spans) => spans,
                    _ => Vec::new(),
                });
                let mut spans: Vec<Span> = spans.collect();
                spans.sort();
                spans.dedup();
                Outcome::Done(spans)
            }
            _ => match unknown {
                Some((span, why)) => Outcome::Unknown(span, why),
                None => Outcome::Undone,
            },
        }
    }

    /// Returns a condition without which none of several sections is built in, each of which stands under these; `None` where one
    /// always is.
    pub(super) fn left_out_under(&self, conditions: &[Vec<&Condition>]) -> Option<String> {
        if conditions.iter().any(Vec::is_empty) {
            return None;
        }
        let cases = self
            .macros()
            .cases(conditions, &|condition| self.holds(condition));
        let is_always = cases.is_some_and(|cases| cases.iter().all(|(_, holds)| *holds));
        let first = conditions.iter().flatten().next();
        (!is_always).then(|| first.map_or(String::new(), |condition| condition.text.clone()))
    }
}

/// What the ways that a script may go come to together.
fn of_ways(came: Vec<(&Way, Came)>, heading: Span) -> Came {
    let all_bad = came.iter().all(|(_, came)| came.is_bad());
    let unknown = came
        .iter()
        .find(|(_, came)| matches!(came, Came::Unknown(..)));
    let wrong = came
        .iter()
        .find(|(_, came)| matches!(came, Came::Wrong(..)));
    let bad = came.iter().find(|(_, came)| came.is_bad());
    let right = came.iter().find(|(_, came)| matches!(came, Came::Right(_)));
    if let Some((_, Came::Right(spans))) = right
        && came.iter().all(|(way, _)| way.ends_badly)
    {
        let why = "the cleanup is right, but the scriptlet ends with a failure";
        return Came::Unknown(spans.first().copied().unwrap_or(heading), why.to_owned());
    }
    match (wrong, unknown, right, bad) {
        (Some((_, came)), ..) if all_bad => came.clone(),
        (_, Some((_, came)), ..) => came.clone(),
        (_, _, Some((way, Came::Right(spans))), Some((other, came))) => {
            let hangs_on = way.hangs_on.as_ref().or(other.hangs_on.as_ref());
            let hangs_on = hangs_on.map_or("what is not known", String::as_str);
            match came {
                Came::Wrong(span, why) => Came::Unknown(
                    *span,
                    format!("whether this is run hangs on `{hangs_on}`: {why}"),
                ),
                _ => Came::Unknown(
                    spans.first().copied().unwrap_or(heading),
                    format!("the cleanup is right, but whether it is run hangs on `{hangs_on}`"),
                ),
            }
        }
        (_, _, Some(_), None) => {
            let spans = came.into_iter().flat_map(|(_, came)| match came {
                Came::Right(spans) => spans,
                _ => Vec::new(),
            });
            Came::Right(spans.collect())
        }
        _ => Came::Bare,
    }
}
