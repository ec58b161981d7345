//! What a condition of the C preprocessor comes to, whatever is defined. Reads no file.

use std::collections::BTreeMap;

/// Names that every compiler of GNU's C defines, gcc and clang.
const DEFINED: [&str; 3] = ["__GNUC__", "__STDC__", "__STDC_VERSION__"];
/// More things that are not known than are tried in every combination.
const MOST: usize = 6;
/// Brackets in brackets that are followed.
const DEEPEST: usize = 32;

/// Returns whether the branch below `#if`, `#ifdef`, `#ifndef` or `#elif` is taken; `None` where that hangs on what is not known.
pub(super) fn truth(keyword: &str, condition: &str) -> Option<bool> {
    let name = condition.split_whitespace().next().unwrap_or_default();
    match keyword {
        "ifdef" => is_defined(name),
        "ifndef" => is_defined(name).map(|is_defined| !is_defined),
        _ => of_expression(condition),
    }
}

fn is_defined(name: &str) -> Option<bool> {
    match name {
        "__cplusplus" => Some(false),
        name => DEFINED.contains(&name).then_some(true),
    }
}

/// An expression is true or false where it is so in every combination of what is not known.
fn of_expression(condition: &str) -> Option<bool> {
    let tokens = tokens(condition);
    let mut unknown: BTreeMap<String, bool> = BTreeMap::new();
    let first = Reader::new(&tokens, &mut unknown, true).whole()?;
    if unknown.len() > MOST {
        return None;
    }
    let names: Vec<String> = unknown.into_keys().collect();
    for combination in 0..1_usize << names.len() {
        let bits = names.iter().enumerate();
        let mut known = bits
            .map(|(at, name)| (name.clone(), combination >> at & 1 == 1))
            .collect();
        if Reader::new(&tokens, &mut known, false).whole()? != first {
            return None;
        }
    }
    Some(first)
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match first {
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            '&' | '|' | '=' | '!' | '<' | '>' => {
                let pairs = ["&&", "||", "==", "!=", "<=", ">=", "<<", ">>"];
                let pair = pairs.iter().any(|pair| rest.starts_with(pair));
                if pair { 2 } else { 1 }
            }
            c => c.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Reads `!`, `&&`, `||` and brackets; whatever else there is asks something that is not known.
struct Reader<'r> {
    tokens: &'r [String],
    at: usize,
    depth: usize,
    /// What is taken of things that are not known; on the first reading they are gathered.
    unknown: &'r mut BTreeMap<String, bool>,
    gathers: bool,
}

impl<'r> Reader<'r> {
    fn new(tokens: &'r [String], unknown: &'r mut BTreeMap<String, bool>, gathers: bool) -> Self {
        Reader {
            tokens,
            at: 0,
            depth: 0,
            unknown,
            gathers,
        }
    }

    fn whole(mut self) -> Option<bool> {
        let value = self.any()?;
        (self.at == self.tokens.len()).then_some(value)
    }

    fn next_is(&mut self, token: &str) -> bool {
        let is = self.tokens.get(self.at).is_some_and(|next| next == token);
        self.at += usize::from(is);
        is
    }

    fn any(&mut self) -> Option<bool> {
        let mut value = self.all()?;
        while self.next_is("||") {
            value |= self.all()?;
        }
        Some(value)
    }

    fn all(&mut self) -> Option<bool> {
        let mut value = self.one()?;
        while self.next_is("&&") {
            value &= self.one()?;
        }
        Some(value)
    }

    fn one(&mut self) -> Option<bool> {
        let mut is_negated = false;
        while self.next_is("!") {
            is_negated = !is_negated;
        }
        self.plain().map(|value| value != is_negated)
    }

    fn plain(&mut self) -> Option<bool> {
        let start = self.at;
        if self.next_is("(") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return None;
            }
            let inner = self.any();
            self.depth -= 1;
            if inner.is_some() && self.next_is(")") && self.is_ended() {
                return inner;
            }
            self.at = start;
        }
        self.other()
    }

    /// Whether what was read is all of an operand.
    fn is_ended(&self) -> bool {
        let next = self.tokens.get(self.at).map(String::as_str);
        matches!(next, None | Some("&&" | "||" | ")"))
    }

    /// An operand of another form, up to where it ends.
    fn other(&mut self) -> Option<bool> {
        let start = self.at;
        let mut depth = 0;
        while let Some(token) = self.tokens.get(self.at) {
            match token.as_str() {
                "(" => depth += 1,
                ")" if depth > 0 => depth -= 1,
                "&&" | "||" | ")" if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        match &self.tokens[start..self.at] {
            [] => None,
            [one] if one == "true" => Some(true),
            [one] if one == "false" => Some(false),
            [one] if one.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(one.bytes().any(|byte| byte != b'0'))
            }
            operand => Some(self.asked(operand)),
        }
    }

    fn asked(&mut self, operand: &[String]) -> bool {
        let words: Vec<&str> = operand.iter().map(String::as_str).collect();
        let name = match words.as_slice() {
            ["defined", name] | ["defined", "(", name, ")"] => Some(*name),
            _ => None,
        };
        if let Some(known) = name.and_then(is_defined) {
            return known;
        }
        let asked = name.map_or_else(|| words.join(" "), |name| format!("defined {name}"));
        if self.gathers {
            self.unknown.entry(asked.clone()).or_default();
        }
        self.unknown.get(&asked).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_told_where_it_is_so_whatever_is_defined() {
        for (keyword, condition, told) in [
            ("if", "1", Some(true)),
            ("if", "(0)", Some(false)),
            ("if", "00 || false", Some(false)),
            ("if", "!0", Some(true)),
            ("if", "A", None),
            ("if", "A && 0", Some(false)),
            ("if", "A > 1 || !(A > 1)", Some(true)),
            ("if", "A > 1 || !(A > 2)", None),
            ("if", "(A > 1) == (B)", None),
            ("if", "defined(A) || !defined A", Some(true)),
            ("if", "defined(A) && !defined(A)", Some(false)),
            ("if", "defined(A) && (B || !defined ( A ))", None),
            ("if", "defined __GNUC__", Some(true)),
            ("elif", "defined(__GNUC__) && A", None),
            ("ifdef", "__GNUC__", Some(true)),
            ("ifndef", "__GNUC__", Some(false)),
            ("ifdef", "__cplusplus", Some(false)),
            ("ifdef", "A", None),
            ("if", "", None),
            ("if", "(", None),
            ("if", "1 1", None),
            ("if", "A && B && C && D && E && F && G && 0", None),
        ] {
            assert_eq!(truth(keyword, condition), told, "#{keyword} {condition}");
        }
        assert_eq!(truth("if", &"(".repeat(10_000)), None);
        assert_eq!(truth("if", &"!".repeat(10_000)), None);
    }
}
