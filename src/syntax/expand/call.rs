//! The use of a macro: its name, its signs, what it is given, and what it comes to.

use std::collections::BTreeMap;

/// The use of a macro.
pub(super) struct Call<'t> {
    pub(super) whole: &'t str,
    pub(super) name: &'t str,
    /// What stands behind its name, within the braces.
    pub(super) behind: &'t str,
    /// `?`: whether it is defined.
    pub(super) asks: bool,
    /// `!`.
    pub(super) negated: bool,
    pub(super) is_braced: bool,
}

impl<'t> Call<'t> {
    pub(super) fn of(whole: &'t str) -> Self {
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
pub(in crate::syntax) fn macro_length(text: &str) -> usize {
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

/// The body of a macro with what it is given put in; `None` where it is given an option that it does not know.
pub(super) fn with_arguments(body: &str, options: &str, given: &str) -> Option<String> {
    let mut words: Vec<&str> = Vec::new();
    let mut flags: BTreeMap<char, Vec<&str>> = BTreeMap::new();
    let mut rest = given.split_whitespace();
    while let Some(word) = rest.next() {
        let letter = word
            .strip_prefix('-')
            .and_then(|inner| inner.chars().next());
        let Some(letter) = letter.filter(|_| words.is_empty() && options != "-") else {
            words.push(word);
            continue;
        };
        let (_, behind) = options.split_once(letter)?;
        let value = &word[1 + letter.len_utf8()..];
        let flag = flags.entry(letter).or_default();
        if !behind.starts_with(':') && !value.is_empty() {
            return None;
        }
        if behind.starts_with(':') {
            flag.push(if value.is_empty() {
                rest.next()?
            } else {
                value
            });
        }
    }
    let body = with_options(body, &flags);
    let all = words.join(" ");
    let mut text = body
        .replace("%{**}", given)
        .replace("%{*}", &all)
        .replace("%**", given)
        .replace("%*", &all)
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

/// A body in which `%{-x:…}`, `%{!-x:…}`, `%{-x}` and `%{-x*}` have given way to what the options are.
fn with_options(body: &str, flags: &BTreeMap<char, Vec<&str>>) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some(next) = rest.find('%') {
        text.push_str(&rest[..next]);
        let length = macro_length(&rest[next..]).max(1);
        let whole = &rest[next..next + length];
        rest = &rest[next + length..];
        let inner = whole
            .strip_prefix("%{")
            .and_then(|inner| inner.strip_suffix('}'));
        let plain = inner.map(|inner| inner.trim_start_matches('!'));
        let option = plain.and_then(|plain| plain.strip_prefix('-'));
        let Some((letter, inner)) = option.and_then(|option| option.chars().next()).zip(inner)
        else {
            text.push_str(whole);
            continue;
        };
        let behind = &option.unwrap_or_default()[letter.len_utf8()..];
        let values = flags.get(&letter);
        let is_wanted = values.is_some() != inner.starts_with('!');
        match behind.strip_prefix(':') {
            Some(inner) if is_wanted => text.push_str(&with_options(inner, flags)),
            None if behind == "*" => {
                text.push_str(&values.map_or(String::new(), |values| values.join(" ")));
            }
            None if is_wanted => text.push_str(&format!("-{letter}")),
            _ => {}
        }
    }
    text + rest
}
