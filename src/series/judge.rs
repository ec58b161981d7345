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
    /// Commands that behave as the patch makes them, blanks folded, quotes and redirections left out.
    pub right: Vec<Regex>,
    /// Commands known to be wrong, and why.
    pub wrong: Vec<(Regex, String)>,
    /// Conditionals of the spec that may stand around a right command.
    pub conditions: Vec<Regex>,
    /// Text by which a changed line tells that it is about the thing, even where it names it wrongly.
    pub hint: Option<Regex>,
}
