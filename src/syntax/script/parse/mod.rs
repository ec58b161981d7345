//! A script read as the shell reads it: commands, words, quotes, here-documents. RPM's macros are text of a word.

mod compound;
mod simple;
mod word;

use super::{Kind, Node};
use crate::text::Span;

/// Commands in commands, further down than this, are not read.
const DEEPEST: usize = 60;
/// Words that end a list of commands.
const ENDS: [&str; 8] = ["then", "do", "done", "fi", "elif", "else", "esac", "}"];

/// The script can't be read from here on.
pub(super) struct Unreadable;
type Read<T> = Result<T, Unreadable>;

/// Reads a script whose first byte stands at `base`.
pub(super) fn parse(text: &str, base: usize, depth: usize) -> Read<Node> {
    let mut parser = Parser::new(text, base, depth);
    let list = parser.list()?;
    match parser.peek() {
        None => Ok(list),
        Some(_) => Err(Unreadable),
    }
}

/// How quotes are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Up to the end of a word.
    Word,
    Quotes,
    /// A here-document: quotes are plain.
    Here,
    /// What follows the operator of `${x:-…}`: blanks are plain.
    Braces,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    base: usize,
    depth: usize,
    /// The line end behind which here-documents stand, and where they end.
    here: Option<(usize, usize)>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, base: usize, depth: usize) -> Self {
        Parser {
            text,
            at: 0,
            base,
            depth,
            here: None,
        }
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn looks(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    fn eat(&mut self, text: &str) -> bool {
        let eats = self.looks(text);
        if eats {
            self.at += text.len();
        }
        eats
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn newline(&mut self) -> bool {
        if !self.looks("\n") {
            return false;
        }
        match self.here {
            Some((end, behind)) if end == self.at => {
                self.at = behind;
                self.here = None;
            }
            _ => self.at += 1,
        }
        true
    }

    /// Blanks, continued lines and comments.
    fn blanks(&mut self) {
        loop {
            if self.eat(" ")
                || self.eat("\t")
                || self.eat("\r")
                || self.eat("\\\n")
                || self.eat("\\\r\n")
            {
                continue;
            }
            if !self.looks("#") {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    fn blank_lines(&mut self) {
        loop {
            self.blanks();
            if !self.newline() {
                return;
            }
        }
    }

    /// The bare word that comes next.
    fn bare(&self) -> &'t str {
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || ";&|<>()\"'\\$`".contains(c);
        &rest[..rest.find(ends).unwrap_or(rest.len())]
    }

    /// The bare word that comes next, where nothing more belongs to it: only such a word may be one of the shell's own.
    fn reserved(&self) -> &'t str {
        let bare = self.bare();
        let goes_on = |c: char| "\"'\\$`".contains(c);
        if self.rest()[bare.len()..].starts_with(goes_on) {
            return "";
        }
        bare
    }

    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        self.reserved() == word && self.eat(word)
    }

    fn expect(&mut self, word: &str) -> Read<()> {
        self.blank_lines();
        if self.keyword(word) {
            Ok(())
        } else {
            Err(Unreadable)
        }
    }

    fn node(&self, start: usize, kind: Kind) -> Node {
        let text = match &kind {
            Kind::Simple { .. } | Kind::Test(_) | Kind::Sum(_) => {
                let words = self.text[start..self.at].split_whitespace();
                words
                    .filter(|word| *word != "\\")
                    .collect::<Vec<_>>()
                    .join(" ")
            }
            _ => String::new(),
        };
        Node {
            kind,
            span: Span::new(self.base + start, self.base + self.at),
            text,
            redirects: Vec::new(),
        }
    }

    fn list(&mut self) -> Read<Node> {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Unreadable);
        }
        let mut all = Vec::new();
        loop {
            self.blank_lines();
            let is_end = [")", ";;", ";&"].iter().any(|sign| self.looks(sign))
                || ENDS.contains(&self.reserved());
            if self.peek().is_none() || is_end {
                break;
            }
            let mut node = self.and_or()?;
            self.blanks();
            if self.looks("&") {
                self.at += 1;
                node = self.node(
                    node.span.start - self.base,
                    Kind::Background(Box::new(node)),
                );
            } else if self.looks(";") && !self.looks(";;") && !self.looks(";&") {
                self.at += 1;
            } else if self.peek().is_some()
                && !["\n", ")", ";;", ";&"].iter().any(|sign| self.looks(sign))
            {
                return Err(Unreadable);
            }
            all.push(node);
        }
        self.depth -= 1;
        Ok(self.node(start, Kind::List(all)))
    }

    fn and_or(&mut self) -> Read<Node> {
        let start = self.at;
        let mut left = self.pipe()?;
        loop {
            self.blanks();
            let make = if self.eat("&&") {
                Kind::And
            } else if self.eat("||") {
                Kind::Or
            } else {
                return Ok(left);
            };
            self.blank_lines();
            let right = self.pipe()?;
            left = self.node(start, make(Box::new(left), Box::new(right)));
        }
    }

    fn pipe(&mut self) -> Read<Node> {
        let start = self.at;
        let mut negated = false;
        loop {
            if self.keyword("!") {
                negated = !negated;
            } else if self.keyword("time") {
                // How long it takes is told, and nothing else is changed.
                self.keyword("-p");
            } else {
                break;
            }
        }
        self.blanks();
        let mut parts = vec![self.command()?];
        loop {
            self.blanks();
            if self.looks("||") || !self.eat("|") {
                break;
            }
            self.eat("&");
            self.blank_lines();
            parts.push(self.command()?);
        }
        match parts.pop() {
            Some(only) if parts.is_empty() && !negated => Ok(only),
            last => {
                parts.extend(last);
                Ok(self.node(start, Kind::Pipe { parts, negated }))
            }
        }
    }
}
