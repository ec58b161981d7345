//! The predicates that tell the status of a patch, as data. Applying them to a tree is `status`'s.

use regex::Regex;
use std::collections::BTreeMap;

use crate::syntax::pattern::Pattern;

/// How the status of a patch is told.
#[derive(Debug)]
pub enum Judge {
    /// By what C code does with a value.
    Code(CodeJudge),
    /// By what a scriptlet of a spec does.
    Scriptlet(ScriptletJudge),
}

/// Every use of a function is accounted for: it is right, wrong, neutral, or the status can't be told.
#[derive(Debug)]
pub struct CodeJudge {
    /// The function whose value decides.
    pub subject: String,
    /// The step whose patterns are the wrong forms, and whose files are judged.
    pub step: String,
    /// Forms that behave as the patch makes them.
    pub right: Vec<Pattern>,
    /// What a hole's text must match.
    pub holes: BTreeMap<String, Regex>,
    /// Uses that decide nothing: logging, keeping.
    pub neutral: Vec<Pattern>,
    /// Functions that may keep the value somewhere, by name; elsewhere an assignment of it keeps the status open.
    pub keepers: Option<Regex>,
    /// Operands that may stand in an `&&` with the right form.
    pub guards: Vec<Pattern>,
    /// Conditions that may stand around the decision: they leave it to the cases that have something to decide.
    pub around: Vec<Pattern>,
    /// What the branch taken must do, one of these, for a right form to have effect.
    pub consequences: Vec<Pattern>,
}

/// What commands of a scriptlet do to a thing that they name.
#[derive(Debug)]
pub struct ScriptletJudge {
    /// The step whose section is judged.
    pub step: String,
    /// Text by which a command names the thing.
    pub names: Regex,
    /// [`beginnings`] of `names`.
    pub begins: Vec<String>,
    /// Commands that behave as the patch makes them, blanks folded, quotes and redirections left out.
    pub right: Vec<Regex>,
    /// Commands known to be wrong, and why.
    pub wrong: Vec<(Regex, String)>,
    /// Commands that do nothing to what is in the thing.
    pub neutral: Vec<Regex>,
    /// The thing by its path, as specs write it: a directory.
    pub paths: Vec<String>,
    /// Conditionals of the spec that may stand around a right command.
    pub conditions: Vec<Regex>,
    /// Text by which a changed line tells that it is about the thing, even where it names it wrongly.
    pub hint: Option<Regex>,
}

impl ScriptletJudge {
    /// Returns whether a command in a text may name the thing: a search that costs less than telling commands apart.
    pub fn may_name(&self, text: &str) -> bool {
        if self.begins.is_empty() {
            return true;
        }
        let text = text.replace(['"', '\''], "");
        self.begins
            .iter()
            .any(|begins| text.contains(begins.as_str()))
    }
}

/// Returns texts of which every match of an expression begins with one; none where no such texts are known, or where one has a
/// blank in it, which stands for any number of them in a command.
pub fn beginnings(regex: &str) -> Vec<String> {
    let Ok(parsed) = regex_syntax::parse(regex) else {
        return Vec::new();
    };
    let begins = regex_syntax::hir::literal::Extractor::new().extract(&parsed);
    let texts: Option<Vec<String>> = begins.literals().and_then(|literals| {
        let text = |literal: &regex_syntax::hir::literal::Literal| {
            String::from_utf8(literal.as_bytes().to_vec()).ok()
        };
        literals.iter().map(text).collect()
    });
    let is_sound = |text: &String| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'')
    };
    texts
        .filter(|texts| texts.iter().all(is_sound))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginnings_of_an_expression_are_known_where_it_has_any() {
        for (regex, begins) in [
            ("/a/b(c|$)|/a/x", &["/a/b", "/a/x"][..]),
            ("^rm", &["rm"]),
            (".*x", &[]),
            ("a b", &[]),
            ("(?i)ab", &["AB", "Ab", "aB", "ab"]),
            ("x?", &[]),
        ] {
            let found = beginnings(regex);
            let covers =
                |text: &&&str| found.iter().any(|begins| text.starts_with(begins.as_str()));
            assert_eq!(
                begins.iter().filter(covers).count(),
                begins.len(),
                "{regex}: {found:?}"
            );
            assert_eq!(found.is_empty(), begins.is_empty(), "{regex}: {found:?}");
        }
    }
}
