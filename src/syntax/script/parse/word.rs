//! Words: quotes, variables, commands in them.

use super::{DEEPEST, Inside, Parser, Read, Unreadable, parse};
use crate::syntax::expand::macro_length;
use crate::syntax::script::{Part, Word};

impl Parser<'_> {
    pub(super) fn inner(&self, text: &str, at: usize, inside: Inside) -> Read<Word> {
        let mut parser = Parser::new(text, self.base + at, self.depth + 1);
        if parser.depth > DEEPEST {
            return Err(Unreadable);
        }
        parser.parts(inside)
    }

    pub(super) fn word(&mut self) -> Read<Option<Word>> {
        let start = self.at;
        let parts = self.parts(Inside::Word)?;
        Ok((self.at > start).then_some(parts))
    }

    fn parts(&mut self, inside: Inside) -> Read<Word> {
        let mut parts: Word = Vec::new();
        let quoted = inside != Inside::Word && inside != Inside::Braces;
        loop {
            let Some(next) = self.peek() else {
                return if inside == Inside::Quotes {
                    Err(Unreadable)
                } else {
                    Ok(parts)
                };
            };
            let is_end = match inside {
                Inside::Word => next.is_whitespace() || ";&|<>()".contains(next),
                Inside::Quotes => next == '"',
                Inside::Here | Inside::Braces => false,
            };
            if is_end {
                return Ok(parts);
            }
            match next {
                '$' if !quoted && self.looks("$'") => {
                    self.at += 2;
                    let text = self.escaped()?;
                    push(&mut parts, &text, true);
                }
                '$' if !quoted && self.looks("$\"") => self.at += 1,
                '$' => parts.push(self.dollar(quoted)?),
                '`' => parts.push(self.backticks(quoted)?),
                '\\' => self.backslash(inside, &mut parts)?,
                '\'' if !quoted => {
                    self.at += 1;
                    let length = self.rest().find('\'').ok_or(Unreadable)?;
                    push(&mut parts, &self.rest()[..length], true);
                    self.at += length + 1;
                }
                '"' if !quoted => {
                    self.at += 1;
                    let inner = self.parts(Inside::Quotes)?;
                    self.at += 1;
                    // An empty pair of quotes is a word.
                    push(&mut parts, "", true);
                    parts.extend(inner);
                }
                '%' if self.looks("%{") || self.looks("%(") || self.looks("%[") => {
                    let length = macro_length(self.rest());
                    push(&mut parts, &self.rest()[..length], true);
                    self.at += length;
                }
                _ => {
                    self.at += next.len_utf8();
                    push(&mut parts, next.encode_utf8(&mut [0; 4]), quoted);
                }
            }
        }
    }

    fn backslash(&mut self, inside: Inside, parts: &mut Word) -> Read<()> {
        self.at += 1;
        let Some(next) = self.bump() else {
            return Err(Unreadable);
        };
        let is_plain = match inside {
            Inside::Word | Inside::Braces => false,
            Inside::Quotes => !"$`\"\\\n".contains(next),
            Inside::Here => !"$`\\\n".contains(next),
        };
        if is_plain {
            push(parts, "\\", true);
        }
        if next != '\n' || is_plain {
            push(parts, next.encode_utf8(&mut [0; 4]), true);
        }
        Ok(())
    }

    /// What stands between `$'` and `'`.
    fn escaped(&mut self) -> Read<String> {
        let mut text = String::new();
        loop {
            match self.bump().ok_or(Unreadable)? {
                '\'' => return Ok(text),
                '\\' => text.push(match self.bump().ok_or(Unreadable)? {
                    'n' => '\n',
                    't' => '\t',
                    next if "\\'\"?".contains(next) => next,
                    _ => return Err(Unreadable),
                }),
                next => text.push(next),
            }
        }
    }

    fn backticks(&mut self, quoted: bool) -> Read<Part> {
        self.at += 1;
        let start = self.at;
        let mut inner = String::new();
        loop {
            match self.bump().ok_or(Unreadable)? {
                '`' => break,
                '\\' if self.peek().is_some_and(|c| "`$\\".contains(c)) => {
                    inner.extend(self.bump());
                }
                c => inner.push(c),
            }
        }
        let body = Box::new(parse(&inner, self.base + start, self.depth + 1)?);
        Ok(Part::Command {
            body,
            text: inner,
            quoted,
        })
    }

    fn dollar(&mut self, quoted: bool) -> Read<Part> {
        self.at += 1;
        if self.eat("((") {
            return Ok(Part::Sum(self.sum()?));
        }
        if self.eat("(") {
            let start = self.at;
            let body = Box::new(self.list()?);
            let text = self.text[start..self.at].trim().to_owned();
            if !self.eat(")") {
                return Err(Unreadable);
            }
            return Ok(Part::Command { body, text, quoted });
        }
        let variable = |name: &str| Part::Variable {
            name: name.to_owned(),
            otherwise: None,
            quoted,
        };
        if self.eat("{") {
            return self.braces(quoted);
        }
        let rest = self.rest();
        let length = name_length(rest);
        self.at += length;
        Ok(match length {
            0 => Part::Text {
                text: "$".to_owned(),
                quoted: true,
            },
            _ => variable(&rest[..length]),
        })
    }

    /// What follows `${`.
    fn braces(&mut self, quoted: bool) -> Read<Part> {
        let rest = self.rest();
        let mut open = 1usize;
        let end = rest.char_indices().find(|(_, c)| {
            open += usize::from(*c == '{');
            open -= usize::from(*c == '}');
            open == 0
        });
        let (end, _) = end.ok_or(Unreadable)?;
        let inner = &rest[..end];
        let length = braced_length(inner);
        let at = self.at + length;
        self.at += end + 1;
        let signs = [
            ":-", ":=", ":+", ":?", "-", "=", "+", "?", "%%", "%", "##", "#", "//", "/", ":",
        ];
        let behind = &inner[length..];
        let sign = signs.into_iter().find(|sign| behind.starts_with(sign));
        let otherwise = match sign {
            _ if behind.is_empty() => None,
            Some(sign) => {
                let inside = if quoted { Inside::Here } else { Inside::Braces };
                let word = self.inner(&behind[sign.len()..], at + sign.len(), inside)?;
                Some((sign.to_owned(), word))
            }
            // What is made of it in another way.
            None => Some((String::new(), plain(inner))),
        };
        Ok(Part::Variable {
            name: inner[..length].to_owned(),
            otherwise,
            quoted,
        })
    }
}

/// The length of a variable's name, or of one of the shell's own.
fn name_length(text: &str) -> usize {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.chars().next() {
        Some(c) if c.is_ascii_digit() || "@*#?$!-".contains(c) => 1,
        _ => text.find(|c| !is_part(c)).unwrap_or(text.len()),
    }
}

/// The length of what is named between braces: a variable, one of an array, one whose name is a value, what is counted.
fn braced_length(text: &str) -> usize {
    let signs = text.len() - text.trim_start_matches(['!', '#']).len();
    let signs = if signs == 1 && text.len() > 1 { 1 } else { 0 };
    let length = signs + name_length(&text[signs..]);
    let behind = &text[length..];
    match behind.strip_prefix('[').and_then(|inner| inner.find(']')) {
        Some(end) if length > signs => length + end + 2,
        _ => length,
    }
}

pub(super) fn plain(text: &str) -> Word {
    vec![Part::Text {
        text: text.to_owned(),
        quoted: true,
    }]
}

fn push(parts: &mut Word, more: &str, is_quoted: bool) {
    match parts.last_mut() {
        Some(Part::Text { text, quoted }) if *quoted == is_quoted => text.push_str(more),
        _ => parts.push(Part::Text {
            text: more.to_owned(),
            quoted: is_quoted,
        }),
    }
}
