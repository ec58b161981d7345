//! A step: one edit of a patch, told by structure. Does not know where a tree has its place.

use std::collections::BTreeMap;
use std::fmt;

use super::Told;
use crate::syntax::pattern::Pattern;
use crate::text::{Globs, Source};
use regex::Regex;

/// One edit instruction.
#[derive(Debug)]
pub struct Step {
    /// Its id, unique in the patch.
    pub id: Told<String>,
    /// The files that it may be in, first come first.
    pub files: Vec<String>,
    /// Globs of the files that its place could have moved to.
    pub elsewhere: Globs,
    /// How many places it may have.
    pub places: Told<Places>,
    /// Why it may have none, where it may.
    pub why: Option<String>,
    /// What is looked for and what becomes of it.
    pub edit: Edit,
}

/// What a step looks for and what becomes of it.
#[derive(Debug)]
pub enum Edit {
    /// An expression of C, rewritten token by token.
    Expression(Expression),
    /// The comment above the statement that holds a place of another step.
    Comment(Comment),
    /// Lines put into a section of a spec.
    Insert(Insert),
}

/// Patterns and what each becomes.
#[derive(Debug)]
pub struct Expression {
    /// Pairs of what is looked for and its replacement, with the same holes.
    pub rewrites: Vec<Rewrite>,
    /// What a hole's text must match.
    pub holes: BTreeMap<String, Regex>,
    /// Functions that it must be in; empty: any.
    pub within: Vec<String>,
}

/// A pattern and its replacement.
#[derive(Debug)]
pub struct Rewrite {
    /// What is looked for.
    pub pattern: Told<Pattern>,
    /// What stands there afterwards, with the pattern's holes.
    pub becomes: String,
}

/// The comment right above a statement.
#[derive(Debug)]
pub struct Comment {
    /// The step whose places tell the statement.
    pub above: String,
    /// What the comment's text must match to be the one meant.
    pub matches: Regex,
    /// Template of the new comment.
    pub template: Source,
}

/// Lines put into a section of a spec.
#[derive(Debug)]
pub struct Insert {
    /// Sections, the first that fits; each with what must hold for it to be chosen.
    pub sections: Vec<SectionChoice>,
    /// Template of the lines.
    pub template: Source,
}

/// A section, chosen where its condition holds.
#[derive(Clone, Debug)]
pub struct SectionChoice {
    /// Keyword without percent sign: `post`.
    pub keyword: String,
    /// Sub-package, empty for the main one.
    pub package: String,
    /// Chosen only where the `%files` of the package match this.
    pub ships: Option<Regex>,
}

/// How many places a step may have: `1`, `1..`, `0..1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Places {
    /// At least.
    pub least: usize,
    /// At most; `None` is any number.
    pub most: Option<usize>,
}

impl Places {
    /// Reads `N`, `N..` or `N..M`; `None` where it is none of these or is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let places = match text.split_once("..") {
            None => {
                let exactly = text.parse().ok()?;
                Places {
                    least: exactly,
                    most: Some(exactly),
                }
            }
            Some((least, "")) => Places {
                least: least.parse().ok()?,
                most: None,
            },
            Some((least, most)) => Places {
                least: least.parse().ok()?,
                most: Some(most.parse().ok()?),
            },
        };
        places
            .most
            .is_none_or(|most| most >= places.least && most > 0)
            .then_some(places)
    }

    /// Returns whether a count is allowed.
    pub fn allow(self, count: usize) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.most {
            Some(most) if most == self.least => write!(f, "{most}"),
            Some(most) => write!(f, "{}..{most}", self.least),
            None => write!(f, "{} or more", self.least),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_are_read_as_one_number_or_a_range() {
        assert!(Places::parse("1").is_some_and(|p| p.allow(1) && !p.allow(0) && !p.allow(2)));
        assert!(Places::parse("1..").is_some_and(|p| p.allow(9) && !p.allow(0)));
        assert!(Places::parse("0..1").is_some_and(|p| p.allow(0) && p.allow(1) && !p.allow(2)));
        for bad in ["", "..", "0", "2..1", "x", "1...", "-1"] {
            assert!(Places::parse(bad).is_none(), "{bad}");
        }
    }
}
