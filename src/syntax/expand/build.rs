//! One build of a spec: its lines, with the macros put in that count there.

use super::super::spec::Line;
use super::call::{Call, macro_length, with_arguments};
use super::conditions::number;
use super::define::definition_length;
use super::{Choices, DEEPEST, Definition, Expansion, LONGEST, Macros, Origin, Unchosen};
use crate::text::Span;

/// One build of a spec.
pub(super) struct Build<'b> {
    pub(super) macros: &'b Macros<'b>,
    pub(super) choices: &'b Choices,
    /// Conditions that hold in every build.
    pub(super) holds: &'b dyn Fn(&str) -> bool,
}

impl Build<'_> {
    pub(super) fn section(&self, lines: &[Line], outer: usize) -> Result<Expansion, Unchosen> {
        let mut made = Expansion::default();
        let text = self.macros.spec.source.text();
        let mut runs: Vec<Span> = Vec::new();
        for line in lines {
            let inner = line.conditions.get(outer..).unwrap_or_default();
            if line.directive || !self.all_hold(inner, 0)? {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.end == line.span.start => run.end = line.span.end,
                _ => runs.push(line.span),
            }
        }
        for run in runs {
            let origin = Origin::At(run.start);
            self.expand(&text[run.start..run.end], origin, &mut made, 0)?;
        }
        Ok(made)
    }

    fn expand(
        &self,
        text: &str,
        origin: Origin,
        made: &mut Expansion,
        depth: usize,
    ) -> Result<(), Unchosen> {
        let from = |at: usize| match origin {
            Origin::At(start) => Origin::At(start + at),
            Origin::Use(span) => Origin::Use(span),
        };
        let mut at = 0;
        while let Some(next) = text[at..].find('%').map(|next| at + next) {
            made.push(&text[at..next], from(at));
            let length = macro_length(&text[next..]);
            let whole = &text[next..next + length];
            let used = match origin {
                Origin::At(start) => Span::new(start + next, start + next + length),
                Origin::Use(span) => span,
            };
            at = next + length;
            let rest = &text[at..];
            let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
            if whole == "%%" {
                // What would be a macro with one of them is none.
                let is_macro = rest.starts_with(['{', '(', '[', '_']);
                made.push(if is_macro { "%%" } else { "%" }, Origin::Use(used));
            } else if whole == "%dnl" {
                at += line.len();
            } else if ["%define", "%global", "%undefine"].contains(&whole) {
                at += definition_length(rest);
            } else if depth > DEEPEST || made.text.len() > LONGEST {
                made.left.get_or_insert(used);
                made.push(whole, Origin::Use(used));
            } else if self.put(whole, line, used, made, depth)? {
                at += line.len();
            }
        }
        made.push(&text[at..], from(at));
        Ok(())
    }

    /// A text with its macros put in.
    fn expanded(&self, text: &str, origin: Origin, depth: usize) -> Result<String, Unchosen> {
        let mut made = Expansion::default();
        self.expand(text, origin, &mut made, depth + 1)?;
        Ok(made.text)
    }

    /// Puts a macro in; returns whether it took the rest of its line.
    fn put(
        &self,
        whole: &str,
        line: &str,
        used: Span,
        made: &mut Expansion,
        depth: usize,
    ) -> Result<bool, Unchosen> {
        let call = Call::of(whole);
        let origin = Origin::Use(used);
        if self.put_own(&call, origin, made, depth)? {
            return Ok(false);
        }
        let inner = call.behind.strip_prefix(':');
        let definition = self.definition(call.name, used.start, depth)?;
        let defined = definition.and_then(|d| Some((d.options.as_deref(), d.body.as_deref()?)));
        if let Some(inner) = inner.filter(|_| call.asks) {
            let is_defined = match definition {
                Some(definition) => definition.body.is_some(),
                None => self.chosen(&format!("%{{{}}}", call.name))?,
            };
            if is_defined != call.negated {
                self.expand(inner, origin, made, depth + 1)?;
            }
            return Ok(false);
        }
        let Some((options, body)) = defined else {
            made.push(&self.undefined(&call), origin);
            return Ok(false);
        };
        if call.negated {
            return Ok(false);
        }
        let Some(options) = options else {
            self.expand(body, origin, made, depth + 1)?;
            return Ok(false);
        };
        let given = if call.is_braced {
            call.behind.trim_start_matches([':', ' '])
        } else {
            line
        };
        let arguments = self.expanded(given, origin, depth)?;
        let Some(body) = with_arguments(body, options, arguments.trim()) else {
            made.left.get_or_insert(used);
            made.push(whole, origin);
            return Ok(false);
        };
        self.expand(&body, origin, made, depth + 1)?;
        Ok(!call.is_braced)
    }

    /// Puts one of rpm's own macros in, if it is one.
    fn put_own(
        &self,
        call: &Call,
        origin: Origin,
        made: &mut Expansion,
        depth: usize,
    ) -> Result<bool, Unchosen> {
        let inner = call.behind.strip_prefix(':');
        match (call.name, inner) {
            ("nil" | "dnl", _) | ("echo" | "warn" | "error", Some(_)) => {}
            ("expand", Some(inner)) => {
                // Twice: what comes of it is looked at again.
                let text = self.expanded(inner, origin, depth)?.replace("%%", "%");
                self.expand(&text, origin, made, depth + 1)?;
            }
            ("quote", Some(inner)) => self.expand(inner, origin, made, depth + 1)?,
            ("shrink", Some(inner)) => {
                let text = self.expanded(inner, origin, depth)?;
                let words: Vec<&str> = text.split_whitespace().collect();
                made.push(&words.join(" "), origin);
            }
            ("lua", Some(inner)) => made.push(&printed(inner.trim()), origin),
            ("", _) if call.whole.starts_with("%(") => {
                let command = call.whole[2..].trim_end_matches(')');
                let text = self.expanded(command, origin, depth)?;
                made.push(&echoed(&text), origin);
            }
            ("", _) if call.whole.starts_with("%[") => {
                let text = call.whole[2..].trim_end_matches(']');
                let text = self.expanded(text, origin, depth)?;
                match number(&text) {
                    Some(number) => made.push(&number.to_string(), origin),
                    None => made.push("\0%[…]", origin),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What stands for a macro that the spec does not define: itself, in the spelling that is used most.
    fn undefined(&self, call: &Call) -> String {
        let Call { whole, name, .. } = call;
        if !call.behind.is_empty() || name.is_empty() {
            return (*whole).to_owned();
        }
        if *name == "name"
            && let Some(own) = self.macros.spec.tag("name")
            && !own.contains('%')
        {
            return own.to_owned();
        }
        match (name.starts_with('_'), call.negated) {
            (true, true) => String::new(),
            (true, false) => format!("%{{{name}}}"),
            (false, _) => (*whole).to_owned(),
        }
    }

    /// The definition of a macro that counts at a place.
    pub(super) fn definition(
        &self,
        name: &str,
        at: usize,
        depth: usize,
    ) -> Result<Option<&Definition>, Unchosen> {
        let mut found = None;
        for definition in self.macros.defined.get(name).into_iter().flatten() {
            if definition.at < at && self.all_hold(&definition.conditions, depth + 1)? {
                found = Some(definition);
            }
        }
        Ok(found)
    }
}

/// What `print` in a piece of Lua says, where that is a text as it stands; else what stands for a text that is not known.
fn printed(lua: &str) -> String {
    let inner = lua.strip_prefix("print").map(str::trim_start);
    let inner = inner.and_then(|inner| inner.strip_prefix('(')?.strip_suffix(')'));
    let inner = inner.map(str::trim);
    let text = inner.and_then(|inner| {
        let quote = inner.chars().next().filter(|c| "\"'".contains(*c))?;
        let text = inner[1..].strip_suffix(quote)?;
        (!text.contains([quote, '\\'])).then(|| text.to_owned())
    });
    text.unwrap_or_else(|| "\0%{lua:…}".to_owned())
}

/// What `echo` in a command of the build says, where that is a text as it stands; else what stands for a text that is not known.
fn echoed(command: &str) -> String {
    let text = command.trim().strip_prefix("echo ").map(str::trim);
    let is_plain = |text: &&str| {
        let is_sign = |c: char| "|&;<>()$`\\\"'*?[]#~".contains(c);
        !text.starts_with('-') && !text.contains(is_sign)
    };
    let text = text.filter(is_plain);
    text.map_or_else(|| "\0%(…)".to_owned(), str::to_owned)
}
