//! A section of a spec as a build sees it: conditionals decided, and the spec's own macros put in. Macros that the spec does not define
//! are left as they stand.
//!
//! Format facts: rpm expands a line when it reads it, so that a definition counts from there on, and the last one counts (rpm's own
//! documentation, "Macro syntax").

mod build;
mod call;
mod conditions;
mod define;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::spec::{Condition, Section, Spec};
use crate::text::Span;
use build::Build;
use conditions::atom;

pub(super) use call::macro_length;
pub use define::definitions;

/// Macros in one another that are put in.
const DEEPEST: usize = 12;
/// Builds that are looked at.
const BUILDS: usize = 64;
/// Bytes that a section comes to.
const LONGEST: usize = 1024 * 1024;

/// What the builds of a spec are told apart by: a condition that is not known, and whether it holds.
pub type Choices = BTreeMap<String, bool>;

/// The macros that a spec defines.
pub struct Macros<'s> {
    spec: &'s Spec,
    defined: HashMap<&'s str, Vec<Definition>>,
}

struct Definition {
    at: usize,
    /// The options that it knows; `None` where it is given nothing.
    options: Option<String>,
    /// What it holds; `None` where it is undefined from here on.
    body: Option<String>,
    conditions: Vec<Condition>,
}

/// A section as one build sees it.
#[derive(Clone, Debug, Default)]
pub struct Expansion {
    /// Its text.
    pub text: String,
    /// Where a macro of the spec stands that could not be put in.
    pub left: Option<Span>,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
struct Piece {
    start: usize,
    origin: Origin,
}

#[derive(Clone, Copy, Debug)]
enum Origin {
    /// The text of the spec from here on.
    At(usize),
    /// What a macro was replaced by.
    Use(Span),
}

/// A condition that is not known, and has to be chosen.
struct Unchosen(String);

impl Expansion {
    /// Returns where a part of the text stands in the spec.
    pub fn place(&self, span: Span) -> Span {
        let piece = |at: usize| {
            let number = self.pieces.partition_point(|piece| piece.start <= at);
            self.pieces.get(number.saturating_sub(1))
        };
        let spot = |at: usize, is_end: bool| match piece(at) {
            Some(Piece { start, origin }) => match origin {
                Origin::At(origin) => origin + (at - start) + usize::from(is_end),
                Origin::Use(span) if is_end => span.end,
                Origin::Use(span) => span.start,
            },
            None => 0,
        };
        let start = spot(span.start, false);
        let end = if span.end > span.start {
            spot(span.end - 1, true)
        } else {
            start
        };
        Span::new(start, end.max(start))
    }

    fn push(&mut self, text: &str, origin: Origin) {
        self.pieces.push(Piece {
            start: self.text.len(),
            origin,
        });
        self.text.push_str(text);
    }
}

impl<'s> Macros<'s> {
    /// Returns a section as each build sees it, as far as builds can be told apart. What `holds` says of a condition is not asked.
    /// `None` where there are more builds than are looked at.
    pub fn builds(
        &self,
        section: &Section,
        holds: &dyn Fn(&str) -> bool,
    ) -> Option<Vec<(Choices, Expansion)>> {
        let mut start = Choices::new();
        for condition in &section.conditions {
            let (atom, negated) = atom(&condition.text);
            start.insert(atom, negated == condition.otherwise);
        }
        let lines = self.spec.lines(section);
        self.each(start, &|choices| {
            let build = Build {
                macros: self,
                choices,
                holds,
            };
            build.section(&lines, section.conditions.len())
        })
    }

    /// Returns the choices under which conditions hold, and those under which they do not; `None` where there are too many.
    pub fn cases(
        &self,
        conditions: &[Vec<&Condition>],
        holds: &dyn Fn(&str) -> bool,
    ) -> Option<Vec<(Choices, bool)>> {
        self.each(Choices::new(), &|choices| {
            let build = Build {
                macros: self,
                choices,
                holds,
            };
            for all in conditions {
                if build.all_hold(all.iter().copied(), 0)? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    fn each<T>(
        &self,
        start: Choices,
        make: &dyn Fn(&Choices) -> Result<T, Unchosen>,
    ) -> Option<Vec<(Choices, T)>> {
        let mut open = vec![start];
        let mut made = Vec::new();
        while let Some(choices) = open.pop() {
            if made.len() + open.len() >= BUILDS {
                return None;
            }
            match make(&choices) {
                Ok(one) => made.push((choices, one)),
                Err(Unchosen(atom)) => {
                    for holds in [false, true] {
                        let mut more = choices.clone();
                        more.insert(atom.clone(), holds);
                        open.push(more);
                    }
                }
            }
        }
        Some(made)
    }
}
