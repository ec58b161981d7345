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
        if ["arch ", "narch ", "os ", "nos "]
            .iter()
            .any(|kind| text.starts_with(kind))
        {
            let (atom, negated) = atom(text);
            return Ok(self.chosen(&atom)? != negated);
        }
        let mut rest = text;
        self.any(&mut rest, depth)
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
            if definition.has_arguments || !definition.conditions.is_empty() {
                return None;
            }
            plain.replace_range(at..at + length, &definition.body);
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
    let order = match (left.parse::<i64>(), right.parse::<i64>()) {
        (Ok(left), Ok(right)) => left.cmp(&right),
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
