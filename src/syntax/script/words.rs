//! Words made into what a command is given: braces, variables, the output of commands, fields. Knows no file names.

use super::cut;
use super::run::{Flow, State, VALUE, Walk};
use super::{Part, UNKNOWN, Word};

/// What a command is given, one of them.
pub(super) type Field = String;

/// Words that braces make of one.
const BRACED: usize = 64;

impl Walk<'_> {
    /// The fields that words come to.
    pub(super) fn fields(&mut self, words: &[Word], state: &mut State) -> Vec<Field> {
        let mut fields = Vec::new();
        for word in words {
            for word in braced(word) {
                self.split(&word, state, &mut fields);
            }
        }
        fields
    }

    /// A word as one value: not split.
    pub(super) fn joined(&mut self, word: &Word, state: &mut State) -> String {
        let mut value = String::new();
        for part in word {
            match part {
                Part::Text { text, .. } => value.push_str(text),
                Part::Variable {
                    name,
                    otherwise: None,
                    ..
                } if all_of(name, state).is_some() => {
                    value.push_str(&all_of(name, state).unwrap_or_default().join(" "));
                }
                other => value.push_str(&self.value(other, state)),
            }
        }
        self.bounded(value)
    }

    fn split(&mut self, word: &Word, state: &mut State, fields: &mut Vec<Field>) {
        // A word of nothing but empty variables is no field.
        let mut field: Option<String> = None;
        for part in word {
            match part {
                Part::Text { text, .. } => field.get_or_insert_default().push_str(text),
                Part::Variable {
                    name,
                    quoted: true,
                    otherwise: None,
                } if name == "@" || name.ends_with("[@]") => {
                    let mut values = all_of(name, state).unwrap_or_default().into_iter();
                    if let Some(first) = values.next() {
                        field.get_or_insert_default().push_str(&first);
                    }
                    for value in values {
                        fields.extend(field.replace(value));
                    }
                }
                Part::Variable { quoted: true, .. } | Part::Command { quoted: true, .. } => {
                    let value = self.joined(&vec![part.clone()], state);
                    field.get_or_insert_default().push_str(&value);
                }
                other => {
                    let value = self.joined(&vec![other.clone()], state);
                    if value.starts_with(char::is_whitespace) {
                        fields.extend(field.take());
                    }
                    let mut words = value.split_whitespace().peekable();
                    while let Some(word) = words.next() {
                        field.get_or_insert_default().push_str(word);
                        if words.peek().is_some() || value.ends_with(char::is_whitespace) {
                            fields.extend(field.take());
                        }
                    }
                }
            }
        }
        fields.extend(field);
    }

    fn value(&mut self, part: &Part, state: &mut State) -> String {
        match part {
            Part::Text { text, .. } => text.clone(),
            Part::Sum(word) => {
                let text = self.joined(word, state);
                let number = self.sum(&text, state);
                number.map_or_else(
                    || format!("{UNKNOWN}$(({text}))"),
                    |number| number.to_string(),
                )
            }
            Part::Command { body, text, .. } => self.heard(body, text, state),
            Part::Variable {
                name, otherwise, ..
            } => {
                let value = variable(name, state);
                let may_be_unset = match otherwise {
                    None => true,
                    Some((sign, _)) => sign.starts_with(['%', '#', '/']) || sign == ":",
                };
                if state.nounset && may_be_unset && is_unset(name, &value, state) {
                    ends(state);
                }
                match otherwise {
                    None => value,
                    Some((sign, word)) => self.otherwise(name, &value, sign, word, state),
                }
            }
        }
    }

    fn otherwise(
        &mut self,
        name: &str,
        value: &str,
        sign: &str,
        word: &Word,
        state: &mut State,
    ) -> String {
        if sign == ":" || sign.starts_with(['%', '#', '/']) {
            let has_values = word.iter().any(|part| !matches!(part, Part::Text { .. }));
            let operand = self.joined(word, state);
            let is_known = !value.contains(UNKNOWN) && !operand.contains(UNKNOWN);
            let is_plain = !has_values || sign.starts_with(['%', '#']);
            let part = (is_known && is_plain && all_of(name, state).is_none())
                .then(|| cut::part(value, sign, &operand))
                .flatten();
            return part.unwrap_or_else(|| format!("{UNKNOWN}${{{name}}}"));
        }
        let is_set = state.variables.contains_key(name) || !value.is_empty();
        let is_given = if sign.starts_with(':') {
            !value.is_empty()
        } else {
            is_set
        };
        // What the environment may give is not given, as far as a script says what it is to be then.
        let is_given = is_given && (sign.is_empty() || !value.starts_with(UNKNOWN));
        match sign.trim_start_matches(':') {
            "-" | "?" if is_given => value.to_owned(),
            "?" if !value.contains(UNKNOWN) => {
                ends(state);
                String::new()
            }
            "+" if !is_given => String::new(),
            "=" if is_given => value.to_owned(),
            "-" | "+" => self.joined(word, state),
            "=" => {
                let value = self.joined(word, state);
                state.variables.insert(name.to_owned(), value.clone());
                value
            }
            _ => format!("{UNKNOWN}${{{name}}}"),
        }
    }

    /// What a command says, in a shell of its own.
    fn heard(&mut self, body: &super::Node, text: &str, state: &mut State) -> String {
        let inner = State {
            output: String::new(),
            is_heard: true,
            ..state.clone()
        };
        let mut ends = self.node(body, inner).into_iter();
        let Some(first) = ends.next() else {
            return String::new();
        };
        let mut value = first.output.clone();
        for end in ends {
            if end.runs != first.runs {
                self.open = Some("what a command in a word does is not known");
            }
            if end.output != value {
                value = format!("{UNKNOWN}$({text})");
            }
        }
        let (said, own) = (state.output.clone(), state.input.clone());
        *state = state.after(first);
        state.output = said;
        state.input = own;
        self.bounded(value.trim_end_matches('\n').to_owned())
    }

    fn bounded(&mut self, mut value: String) -> String {
        if value.len() > VALUE {
            self.open = Some("a value grows longer than is followed");
            value = value.chars().take(VALUE / 4).collect();
        }
        value
    }
}

/// The value of a variable. One that nothing has set is empty, unless it is written as those of the environment are.
pub(super) fn variable(name: &str, state: &State) -> String {
    let unknown = || format!("{UNKNOWN}${name}");
    if let Some(value) = state.variables.get(name) {
        return value.clone();
    }
    if let Some(inner) = name.strip_prefix('!').filter(|inner| !inner.is_empty()) {
        let named = state.variables.get(inner);
        let named = named.filter(|named| !named.contains(UNKNOWN) && !named.starts_with('!'));
        return named.map_or_else(unknown, |named| variable(named, state));
    }
    if let Some(inner) = name.strip_prefix('#').filter(|inner| !inner.is_empty()) {
        let value = variable(inner, state);
        return match all_of(inner, state) {
            Some(all) => all.len().to_string(),
            None if value.contains(UNKNOWN) => unknown(),
            None => value.chars().count().to_string(),
        };
    }
    if let Some((array, index)) = name.split_once('[') {
        let Some(values) = state.arrays.get(array) else {
            return unknown();
        };
        let index = index.trim_end_matches(']').parse::<usize>();
        return match index {
            Ok(index) => values.get(index).cloned().unwrap_or_default(),
            Err(_) => all_of(name, state).map_or_else(unknown, |all| all.join(" ")),
        };
    }
    match name {
        "UID" | "EUID" => "0".to_owned(),
        "#" => state.arguments.len().to_string(),
        "?" => match state.status {
            Some(true) => "0".to_owned(),
            Some(false) => "1".to_owned(),
            None => unknown(),
        },
        "@" | "*" => state.arguments.join(" "),
        _ if name.starts_with(|c: char| c.is_ascii_digit() && c != '0') => {
            let number: usize = name.parse().unwrap_or(usize::MAX);
            let argument = state.arguments.get(number.wrapping_sub(1));
            argument.cloned().unwrap_or_default()
        }
        _ if name.contains(|c: char| c.is_ascii_lowercase()) => String::new(),
        _ => unknown(),
    }
}

/// All arguments, or all values of an array, if that is what a name stands for.
fn all_of(name: &str, state: &State) -> Option<Vec<String>> {
    if name == "@" || name == "*" {
        return Some(state.arguments.clone());
    }
    let array = name
        .strip_suffix("[@]")
        .or_else(|| name.strip_suffix("[*]"))?;
    state.arrays.get(array).cloned()
}

/// Whether nothing has set a variable.
fn is_unset(name: &str, value: &str, state: &State) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    value.is_empty() && name.chars().all(is_name) && !state.variables.contains_key(name)
}

/// Ends the script, as a value is missing.
fn ends(state: &mut State) {
    state.flow = Flow::Exits;
    state.status = Some(false);
}

/// The words that braces make of one.
fn braced(word: &Word) -> Vec<Word> {
    let mut done: Vec<Word> = Vec::new();
    let mut open = vec![word.clone()];
    while let Some(word) = open.pop() {
        match alternatives(&word) {
            Some(words) if done.len() + open.len() + words.len() <= BRACED => {
                open.extend(words.into_iter().rev());
            }
            _ => done.push(word),
        }
    }
    done
}

/// The words that the first braces of one make of it.
fn alternatives(word: &Word) -> Option<Vec<Word>> {
    for (number, part) in word.iter().enumerate() {
        let Part::Text {
            text,
            quoted: false,
        } = part
        else {
            continue;
        };
        for (start, _) in text.match_indices('{') {
            let Some((ends, close)) = commas(&text[start..]) else {
                continue;
            };
            let with = |middle: &str| {
                let mut made = word[..number].to_vec();
                made.push(Part::Text {
                    text: format!("{}{middle}{}", &text[..start], &text[start + close + 1..]),
                    quoted: false,
                });
                made.extend_from_slice(&word[number + 1..]);
                made
            };
            let from = ends.iter().map(|end| end + 1);
            let pieces = from.zip(ends.iter().skip(1));
            return Some(
                pieces
                    .map(|(from, to)| with(&text[start..][from..*to]))
                    .collect(),
            );
        }
    }
    None
}

/// Where the pieces between braces begin and end, and where the closing brace stands.
fn commas(text: &str) -> Option<(Vec<usize>, usize)> {
    let mut ends = vec![0];
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            ',' if depth == 1 => ends.push(at),
            '}' if depth == 1 => {
                ends.push(at);
                return (ends.len() > 2).then_some((ends, at));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a shell pattern matches a value.
pub(super) fn matches_glob(pattern: &str, value: &str) -> bool {
    let mut expression = String::from("(?s)^");
    let mut in_set = false;
    for c in pattern.chars() {
        match c {
            ']' => {
                in_set = false;
                expression.push(']');
            }
            '!' if in_set && expression.ends_with('[') => expression.push('^'),
            '-' if in_set => expression.push('-'),
            '*' if !in_set => expression.push_str(".*"),
            '?' if !in_set => expression.push('.'),
            '[' if !in_set => {
                in_set = true;
                expression.push('[');
            }
            c => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    expression.push('$');
    regex::Regex::new(&expression).map_or(pattern == value, |regex| regex.is_match(value))
}
