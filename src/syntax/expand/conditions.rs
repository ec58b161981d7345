//! Conditions of a spec: what they come to where all is known, and what has to be chosen where it is not.

use super::super::spec::Condition;
use super::{Build, DEEPEST, Unchosen, macro_length};

impl Build<'_> {
    pub(super) fn all_hold<'c>(
        &self,
        conditions: impl IntoIterator<Item = &'c Condition>,
        depth: usize,
    ) -> Result<bool, Unchosen> {
        for condition in conditions {
            if self.condition(&condition.text, depth)? == condition.otherwise {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn condition(&self, text: &str, depth: usize) -> Result<bool, Unchosen> {
        if (self.holds)(text) {
            return Ok(true);
        }
        if let Some(asked) = text.strip_prefix("defined ")
            && let Some((name, at)) = asked.split_once(' ')
        {
            let at = at.parse().unwrap_or_default();
            if depth < DEEPEST
                && let Some(definition) = self.definition(name, at, depth + 1)?
            {
                return Ok(definition.body.is_some());
            }
            return self.chosen(&format!("%{{{name}}}"));
        }
        if ["arch ", "narch ", "os ", "nos "]
            .iter()
            .any(|kind| text.starts_with(kind))
        {
            let (atom, negated) = atom(text);
            let known = self.of_machine(&atom);
            return Ok(known.map_or_else(|| self.chosen(&atom), Ok)? != negated);
        }
        let mut rest = text;
        self.any(&mut rest, depth)
    }

    /// Whether a build is for one of the machines, or systems, that are named, where that is known: scriptlets run on Linux, and a
    /// build for one machine is for no other.
    fn of_machine(&self, atom: &str) -> Option<bool> {
        if let Some(systems) = atom.strip_prefix("os ") {
            return (!systems.contains('%'))
                .then(|| systems.split_whitespace().any(|s| s == "linux"));
        }
        let machines = atom.strip_prefix("arch ")?;
        let is_other = |other: &str| {
            let mut names = other.split_whitespace();
            !names.any(|name| machines.split_whitespace().any(|machine| machine == name))
        };
        let mut chosen = self.choices.iter().filter(|(_, holds)| **holds);
        let excludes = chosen.any(|(other, _)| {
            let other = other.strip_prefix("arch ");
            other.is_some_and(|other| !other.contains('%') && is_other(other))
        });
        (excludes && !machines.contains('%') && !self.choices.contains_key(atom)).then_some(false)
    }

    fn any(&self, rest: &mut &str, depth: usize) -> Result<bool, Unchosen> {
        let mut answer = self.all(rest, depth)?;
        while let Some(behind) = rest.trim_start().strip_prefix("||") {
            *rest = behind;
            // What is decided already asks nothing more.
            answer = if answer {
                skip(rest, &["||"]);
                true
            } else {
                self.all(rest, depth)?
            };
        }
        Ok(answer)
    }

    fn all(&self, rest: &mut &str, depth: usize) -> Result<bool, Unchosen> {
        let mut answer = self.one(rest, depth)?;
        while let Some(behind) = rest.trim_start().strip_prefix("&&") {
            *rest = behind;
            answer = if answer {
                self.one(rest, depth)?
            } else {
                skip(rest, &["&&", "||"]);
                false
            };
        }
        Ok(answer)
    }

    fn one(&self, rest: &mut &str, depth: usize) -> Result<bool, Unchosen> {
        *rest = rest.trim_start();
        if let Some(behind) = rest.strip_prefix('!') {
            *rest = behind;
            return Ok(!self.one(rest, depth)?);
        }
        if let Some(behind) = rest.strip_prefix('(')
            && depth < DEEPEST
        {
            *rest = behind;
            let answer = self.any(rest, depth + 1)?;
            *rest = rest.trim_start();
            *rest = rest.strip_prefix(')').unwrap_or(rest);
            return Ok(answer);
        }
        let whole = *rest;
        skip(rest, &["&&", "||"]);
        let text = whole[..whole.len() - rest.len()].trim();
        if (self.holds)(text) {
            return Ok(true);
        }
        let known = self.constant(text, depth);
        if let Some(known) = known {
            return Ok(known);
        }
        let (atom, negated) = atom(text);
        Ok(self.chosen(&atom)? != negated)
    }

    /// What a condition comes to where all its macros are defined, each once, and under no condition.
    fn constant(&self, text: &str, depth: usize) -> Option<bool> {
        let mut plain = text.to_owned();
        for _ in depth..DEEPEST {
            let Some(at) = plain.find('%') else {
                return of_constants(&plain);
            };
            let length = macro_length(&plain[at..]);
            let name = plain[at + 1..at + length].trim_matches(['{', '}']);
            let name = name.trim_start_matches('?');
            let [definition] = &self.macros.defined.get(name)?[..] else {
                return None;
            };
            let body = definition.body.as_ref()?;
            if definition.options.is_some() || !definition.conditions.is_empty() {
                return None;
            }
            plain.replace_range(at..at + length, body);
        }
        None
    }

    pub(super) fn chosen(&self, atom: &str) -> Result<bool, Unchosen> {
        let chosen = self.choices.get(atom).copied();
        chosen.ok_or_else(|| Unchosen(atom.to_owned()))
    }
}

/// Goes on to one of the signs, or to the bracket that closes.
fn skip(rest: &mut &str, signs: &[&str]) {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(c) = rest[at..].chars().next() {
        let here = &rest[at..];
        if depth == 0 && (c == ')' || signs.iter().any(|sign| here.starts_with(sign))) {
            break;
        }
        at += match c {
            '%' => macro_length(here),
            '"' => here[1..].find('"').map_or(here.len(), |end| end + 2),
            _ => {
                depth += usize::from(c == '(');
                depth -= usize::from(c == ')' && depth > 0);
                c.len_utf8()
            }
        };
    }
    *rest = &rest[at..];
}

/// A condition in the words that stand for it in every spelling, and whether it is the opposite.
pub(super) fn atom(text: &str) -> (String, bool) {
    let mut text = text.trim();
    let mut negated = false;
    if let Some(names) = text.strip_prefix("narch ") {
        return (format!("arch {}", names.trim()), true);
    }
    if let Some(names) = text.strip_prefix("nos ") {
        return (format!("os {}", names.trim()), true);
    }
    while let Some(behind) = text.strip_prefix('!') {
        negated = !negated;
        text = behind.trim_start();
    }
    let bare = text.strip_prefix('0').unwrap_or(text);
    let Some(inner) = bare
        .strip_prefix("%{")
        .and_then(|inner| inner.strip_suffix('}'))
    else {
        return (text.to_owned(), negated);
    };
    let plain = inner.trim_start_matches(['?', '!']);
    let signs = &inner[..inner.len() - plain.len()];
    let name = plain.strip_suffix(":1").unwrap_or(plain);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_part) || (signs.contains('!') && name == plain) {
        return (text.to_owned(), negated);
    }
    (format!("%{{{name}}}"), negated != signs.contains('!'))
}

fn of_constants(text: &str) -> Option<bool> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return Some(number != 0);
    }
    let signs = ["==", "!=", "<=", ">=", "<", ">"];
    let (sign, (left, right)) = signs
        .into_iter()
        .find_map(|sign| Some((sign, text.split_once(sign)?)))?;
    let (left, right) = (left.trim(), right.trim());
    let order = match (number(left), number(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ if left.starts_with('"') && right.starts_with('"') => left.cmp(right),
        _ => return None,
    };
    Some(match sign {
        "==" => order.is_eq(),
        "!=" => order.is_ne(),
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        "<" => order.is_lt(),
        _ => order.is_gt(),
    })
}

/// What a sum of whole numbers comes to, without brackets.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let sign = text.rfind(['+', '-']).filter(|at| *at > 0);
    if let Some(at) = sign.or_else(|| text.rfind(['*', '/'])) {
        let (left, right) = (number(&text[..at])?, number(&text[at + 1..])?);
        return match text.as_bytes()[at] {
            b'+' => left.checked_add(right),
            b'-' => left.checked_sub(right),
            b'*' => left.checked_mul(right),
            _ => left.checked_div(right),
        };
    }
    None
}
