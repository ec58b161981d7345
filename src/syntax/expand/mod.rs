//! A section of a spec as a build sees it: conditionals decided, and the spec's own macros put in. Macros that the spec does not define
//! are left as they stand.
//!
//! Format facts: rpm expands a line when it reads it, so that a definition counts from there on, and the last one counts (rpm's own
//! documentation, "Macro syntax").

mod conditions;

use std::collections::{BTreeMap, HashMap};

use super::spec::{Condition, Line, Section, Spec};
use crate::text::Span;
use conditions::atom;

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
    has_arguments: bool,
    body: String,
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

/// Returns the lines of a spec that define macros, those that they go on in too: a search that costs less than reading them.
pub fn definitions(spec: &str) -> impl Iterator<Item = &str> {
    let starts = ["%define", "%global"];
    let found = starts
        .into_iter()
        .flat_map(|start| spec.match_indices(start));
    found.map(|(at, _)| &spec[at..at + definition_length(&spec[at..])])
}

/// The length of a definition: up to the first line end that neither a backslash nor a brace goes over.
fn definition_length(text: &str) -> usize {
    let mut depth = 0usize;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '\n' if before != '\\' && depth == 0 => return at,
            _ => {}
        }
        if c != '\r' {
            before = c;
        }
    }
    text.len()
}

impl<'s> Macros<'s> {
    /// Reads the definitions of a spec.
    pub fn of(spec: &'s Spec) -> Self {
        let text = spec.source.text();
        let mut defined: HashMap<&str, Vec<Definition>> = HashMap::new();
        let mut end = 0;
        for Line {
            span, conditions, ..
        } in spec.all_lines()
        {
            let line = text[span.start..].trim_start_matches([' ', '\t']);
            let is_definition = line.starts_with("%define") || line.starts_with("%global");
            if span.start < end || !is_definition {
                continue;
            }
            let whole = &line[..definition_length(line)];
            end = text.len() - line.len() + whole.len();
            let rest = whole["%define".len()..].trim_start();
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
            let mut body = &rest[name.len()..];
            let has_arguments = body.starts_with('(');
            if has_arguments {
                body = body.split_once(')').map_or("", |(_, body)| body);
            }
            let body = body.trim().replace('\r', "").replace("\\\n", "\n");
            defined.entry(name).or_default().push(Definition {
                at: span.start,
                has_arguments,
                body: body.trim().to_owned(),
                conditions,
            });
        }
        Macros { spec, defined }
    }

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

/// One build of a spec.
struct Build<'b> {
    macros: &'b Macros<'b>,
    choices: &'b Choices,
    /// Conditions that hold in every build.
    holds: &'b dyn Fn(&str) -> bool,
}

impl Build<'_> {
    fn section(&self, lines: &[Line], outer: usize) -> Result<Expansion, Unchosen> {
        let mut made = Expansion::default();
        let text = self.macros.spec.source.text();
        let mut run: Option<Span> = None;
        for line in lines {
            let inner = line.conditions.get(outer..).unwrap_or_default();
            let is_in = !line.directive && self.all_hold(inner, 0)?;
            let start = text[line.span.start..].trim_start_matches([' ', '\t']);
            let is_out = ["%define ", "%global ", "%undefine ", "%dnl "]
                .iter()
                .any(|word| start.starts_with(word));
            match &mut run {
                Some(run) if is_in && !is_out && run.end == line.span.start => {
                    run.end = line.span.end;
                }
                _ => {
                    if let Some(run) = run.take() {
                        self.expand(
                            &text[run.start..run.end],
                            Origin::At(run.start),
                            &mut made,
                            0,
                        )?;
                    }
                    run = (is_in && !is_out).then_some(line.span);
                }
            }
        }
        if let Some(run) = run {
            self.expand(
                &text[run.start..run.end],
                Origin::At(run.start),
                &mut made,
                0,
            )?;
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
            let line = &text[at..][..text[at..].find('\n').unwrap_or(text.len() - at)];
            if whole == "%%" {
                made.push("%", Origin::Use(used));
            } else if whole == "%dnl" {
                at += line.len();
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
        if call.name == "nil" || call.name == "dnl" {
            return Ok(false);
        }
        let inner = call.behind.strip_prefix(':');
        if let Some(inner) = inner.filter(|_| call.name == "expand") {
            self.expand(inner, origin, made, depth + 1)?;
            return Ok(false);
        }
        let definition = self.definition(call.name, used.start, depth)?;
        if let Some(inner) = inner.filter(|_| call.asks) {
            let is_defined = match definition {
                Some(_) => true,
                None => self.chosen(&format!("%{{{}}}", call.name))?,
            };
            if is_defined != call.negated {
                self.expand(inner, origin, made, depth + 1)?;
            }
            return Ok(false);
        }
        let Some(definition) = definition else {
            made.push(&self.undefined(&call), origin);
            return Ok(false);
        };
        if call.negated {
            return Ok(false);
        }
        if !definition.has_arguments {
            self.expand(&definition.body, origin, made, depth + 1)?;
            return Ok(false);
        }
        let given = if call.is_braced {
            call.behind.trim_start_matches([':', ' '])
        } else {
            line
        };
        let mut arguments = Expansion::default();
        self.expand(given, origin, &mut arguments, depth + 1)?;
        let Some(body) = with_arguments(&definition.body, arguments.text.trim()) else {
            made.left.get_or_insert(used);
            made.push(whole, origin);
            return Ok(false);
        };
        self.expand(&body, origin, made, depth + 1)?;
        Ok(!call.is_braced)
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
    fn definition(
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

/// The use of a macro.
struct Call<'t> {
    whole: &'t str,
    name: &'t str,
    /// What stands behind its name, within the braces.
    behind: &'t str,
    /// `?`: whether it is defined.
    asks: bool,
    /// `!`.
    negated: bool,
    is_braced: bool,
}

impl<'t> Call<'t> {
    fn of(whole: &'t str) -> Self {
        let inner = whole.get(1..).unwrap_or_default();
        let braced = inner.strip_prefix('{');
        let inner = braced.map_or(inner, |inner| inner.strip_suffix('}').unwrap_or(inner));
        let plain = inner.trim_start_matches(['?', '!']);
        let signs = &inner[..inner.len() - plain.len()];
        let (name, behind) = plain.split_at(name_length(plain));
        Call {
            whole,
            name,
            behind,
            asks: signs.contains('?'),
            negated: signs.contains('!'),
            is_braced: braced.is_some(),
        }
    }
}

fn name_length(text: &str) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The length of the macro that a text begins with; of the percent sign where it begins with none.
fn macro_length(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    let (open, close) = match chars.next() {
        Some((_, '{')) => ('{', '}'),
        Some((_, '(')) => ('(', ')'),
        Some((_, '[')) => ('[', ']'),
        Some((_, '%')) => return 2,
        Some((at, _)) => {
            let signs = text[at..].trim_start_matches(['?', '!']);
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length = signs.find(|c| !is_part(c)).unwrap_or(signs.len());
            return if length == 0 {
                1
            } else {
                text.len() - signs.len() + length
            };
        }
        None => return 1,
    };
    let mut depth = 1usize;
    for (at, c) in chars {
        depth += usize::from(c == open);
        depth -= usize::from(c == close);
        if depth == 0 {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// The body of a macro with what it is given put in; `None` where it asks for options.
fn with_arguments(body: &str, given: &str) -> Option<String> {
    if body.contains("%{-") || body.contains("%-") {
        return None;
    }
    let words: Vec<&str> = given.split_whitespace().collect();
    let mut text = body
        .replace("%{**}", given)
        .replace("%{*}", given)
        .replace("%**", given)
        .replace("%*", given)
        .replace("%{#}", &words.len().to_string())
        .replace("%#", &words.len().to_string());
    for number in (1..=9).rev() {
        let word = words.get(number - 1).copied().unwrap_or_default();
        for sign in ["%{", "%{?"] {
            text = text.replace(&format!("{sign}{number}}}"), word);
        }
        text = text.replace(&format!("%{number}"), word);
        text = text.replace(&format!("%?{number}"), word);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    /// The texts that the builds of a `%post` come to, each with what it hangs on.
    fn builds(above: &str, body: &str) -> Vec<(String, String)> {
        let text = format!("Name: tool\n{above}\n%post\n{body}\n");
        let spec = Spec::scan(&Source::new("x.spec", text.into_bytes()));
        let macros = Macros::of(&spec);
        let found = macros.builds(&spec.sections[0], &|condition| condition == "%{sure}");
        let found = found.unwrap().into_iter().map(|(choices, made)| {
            let choices = choices
                .iter()
                .map(|(atom, holds)| format!("{atom}={}", u8::from(*holds)));
            let lines = made.text.lines().map(str::trim);
            let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            (choices.collect::<Vec<_>>().join(" "), lines.join("; "))
        });
        let mut found: Vec<(String, String)> = found.collect();
        found.sort();
        found
    }

    fn only(above: &str, body: &str, expected: &str) {
        let expected = vec![(String::new(), expected.to_owned())];
        assert_eq!(builds(above, body), expected, "{above}\n{body}");
    }

    #[test]
    fn macros_of_the_spec_are_put_in_and_others_stay() {
        only(
            "%define d /d",
            "x %{d} %d %{?d} 5%% %{_e} %_e %{f}",
            "x /d /d /d 5% %{_e} %{_e} %{f}",
        );
        only("%global a %{b}\n%define b /d/%{name}", "%{a}", "/d/tool");
        only(
            "%define a x \\\n  y \\\n%{nil}\n%define b z",
            "%a\n%b",
            "x; y; z",
        );
        only(
            "%define run() x %1 %{2}",
            "%run /d e\n%{run f}\n%{run:g}",
            "x /d e; x f; x g",
        );
        only(
            "%define a 1\n%define a 2",
            "%a\n%define a 3\n%{a}\n%dnl %a",
            "2; 3",
        );
        only(
            "",
            "%{expand:x y} %{?_z}%(echo %{_a}) %{lua:print(1)}",
            "x y %{_z}%(echo %{_a}) %{lua:print(1)}",
        );
        only("%define a() %{-x:1}", "%a", "%a");
    }

    #[test]
    fn conditions_that_are_not_known_make_builds() {
        only(
            "%global on 1\n%define off 0",
            "%if %{on} && ! %{off}\nx\n%else\ny\n%endif",
            "x",
        );
        only(
            "",
            "%if 0 && %{q}\nx\n%elif 2 > 1 || %{q}\ny\n%else\nz\n%endif",
            "y",
        );
        only(
            "",
            "%if %{sure}\nx\n%endif\n%if \"a\" == \"b\"\ny\n%endif",
            "x",
        );
        let two = |of: &str, body: &str, no: &str, yes: &str| {
            let expected =
                [(0, no), (1, yes)].map(|(holds, text)| (format!("{of}={holds}"), text.to_owned()));
            assert_eq!(builds("", body), expected, "{body}");
        };
        two(
            "%{q}",
            "%if 0%{?q}\nx\n%endif\n%{!?q:y}\n%{?q:z}",
            "y",
            "x; z",
        );
        two(
            "arch a",
            "%ifarch a\nx\n%else\ny\n%endif\n%ifnarch a\nz\n%endif",
            "y; z",
            "x",
        );
        let three = builds("", "%if %{a}\nx\n%elif %{b}\ny\n%else\nz\n%endif");
        let three: Vec<&str> = three.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(three, ["z", "y", "x"]);
        let defined = "%if %{q}\n%define a x\n%else\n%define a y\n%endif";
        assert_eq!(builds(defined, "%a").len(), 2);
    }

    #[test]
    fn what_is_put_in_stands_where_it_is_used() {
        let text = "Name: x\n%define d /d/e\n%post\nfind %d -x\n";
        let spec = Spec::scan(&Source::new("x.spec", text.as_bytes()));
        let made = Macros::of(&spec)
            .builds(&spec.sections[0], &|_| false)
            .unwrap();
        let made = &made[0].1;
        let at = |part: &str| {
            let start = made.text.find(part).unwrap();
            spec.source
                .slice(made.place(Span::new(start, start + part.len())))
        };
        assert_eq!(at("find"), "find");
        assert_eq!(at("/e"), "%d");
        assert_eq!(at("find /d/e -x"), "find %d -x");
    }

    #[test]
    fn macros_that_use_themselves_or_grow_come_to_an_end() {
        let itself = builds("%define a x%a", "%a");
        assert!(itself[0].1.starts_with("xx"));
        let grows: String = (1..40)
            .map(|n| format!("%define a{n} %a{} %a{}\n", n - 1, n - 1))
            .collect();
        assert!(builds(&grows, "%a39")[0].1.len() < 8 * LONGEST);
        let many: String = (0..12)
            .map(|n| format!("%if %{{q{n}}}\n:\n%endif\n"))
            .collect();
        let text = format!("Name: x\n%post\n{many}");
        let spec = Spec::scan(&Source::new("x.spec", text.into_bytes()));
        assert!(
            Macros::of(&spec)
                .builds(&spec.sections[0], &|_| false)
                .is_none()
        );
    }
}
