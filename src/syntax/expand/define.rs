//! The macros that a spec defines: where, under which conditions, and what they hold.

use std::collections::HashMap;

use super::super::spec::{Condition, Line, Spec};
use super::call::Call;
use super::{DEEPEST, Definition, Macros};

/// Returns the lines of a spec that define macros, those that they go on in too: a search that costs less than reading them.
pub fn definitions(spec: &str) -> impl Iterator<Item = &str> {
    let starts = ["%define", "%global"];
    let found = starts
        .into_iter()
        .flat_map(|start| spec.match_indices(start));
    found.map(|(at, _)| &spec[at..at + definition_length(&spec[at..])])
}

/// The length of a definition: up to the first line end that neither a backslash nor a brace goes over.
pub(super) fn definition_length(text: &str) -> usize {
    let mut depth = 0usize;
    let mut chars = text.char_indices().filter(|(_, c)| *c != '\r');
    while let Some((at, c)) = chars.next() {
        match c {
            // Two of them are one that goes over nothing.
            '\\' => {
                chars.next();
            }
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '\n' if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

impl<'s> Macros<'s> {
    /// Reads the definitions of a spec.
    pub fn of(spec: &'s Spec) -> Self {
        let text = spec.source.text();
        let mut macros = Macros {
            spec,
            defined: HashMap::new(),
        };
        let mut end = 0;
        for Line {
            span, conditions, ..
        } in spec.all_lines()
        {
            let line = text[span.start..].trim_start_matches([' ', '\t']);
            if span.start >= end && line.starts_with('%') {
                let at = text.len() - line.len();
                let length = definition_length(line);
                if macros.define(&line[..length], at, &conditions, 0) {
                    end = at + length;
                }
            }
        }
        macros
    }

    /// Notes a definition, if a text is one; also within `%{?x:…}` and `%{!?x:…}`.
    fn define(&mut self, text: &'s str, at: usize, around: &[Condition], depth: usize) -> bool {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word = ["%define", "%global", "%undefine"]
            .into_iter()
            .find(|word| text.starts_with(word));
        let Some(word) = word else {
            return depth < DEEPEST && self.define_within(text, at, around, depth);
        };
        let rest = text[word.len()..].trim_start();
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let mut body = &rest[name.len()..];
        let mut options = None;
        if let Some((inner, behind)) = body.strip_prefix('(').and_then(|b| b.split_once(')')) {
            options = Some(inner.to_owned());
            body = behind;
        }
        self.defined.entry(name).or_default().push(Definition {
            at,
            options,
            body: (word != "%undefine").then(|| unescaped(body.trim()).trim().to_owned()),
            conditions: around.to_vec(),
        });
        true
    }

    fn define_within(
        &mut self,
        text: &'s str,
        at: usize,
        around: &[Condition],
        depth: usize,
    ) -> bool {
        let call = Call::of(text.trim_end());
        let Some(inner) = call.behind.strip_prefix(':').filter(|_| call.asks) else {
            return false;
        };
        let inner_text = inner.trim_start();
        let mut conditions = around.to_vec();
        conditions.push(Condition {
            text: format!("defined {} {at}", call.name),
            otherwise: call.negated,
        });
        // A definition ends where its line does: the brace behind it closes what is around it.
        let at = at + (inner_text.as_ptr() as usize - text.as_ptr() as usize);
        self.define(inner_text, at, &conditions, depth + 1)
    }
}

/// The body of a definition as rpm keeps it: a backslash gives way to what stands behind it.
fn unescaped(body: &str) -> String {
    let mut text = String::new();
    let mut chars = body.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(_) if c == '\\' => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    text
}
