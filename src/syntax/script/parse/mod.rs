//! A script read as the shell reads it: commands, words, quotes, here-documents. RPM's macros are text of a word.

mod word;

use std::rc::Rc;

use self::word::plain;
use super::{Kind, Node, Part, Redirect, Word};
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

    fn keyword(&mut self, word: &str) -> bool {
        self.blanks();
        self.bare() == word && self.eat(word)
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
            let is_end = self.looks(")") || self.looks(";;") || ENDS.contains(&self.bare());
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
            } else if self.looks(";") && !self.looks(";;") {
                self.at += 1;
            } else if !self.looks("\n")
                && !self.looks(")")
                && !self.looks(";;")
                && self.peek().is_some()
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
        while self.keyword("!") {
            negated = !negated;
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

    fn command(&mut self) -> Read<Node> {
        let start = self.at;
        let kind = match self.bare() {
            "if" => self.if_()?,
            "for" => self.for_()?,
            "while" | "until" => self.while_()?,
            "case" => self.case()?,
            "function" => {
                self.keyword("function");
                self.blanks();
                let name = self.bare().to_owned();
                self.at += name.len();
                self.blanks();
                if self.eat("(") && !self.eat(")") {
                    return Err(Unreadable);
                }
                self.function(name)?
            }
            "{" => {
                self.keyword("{");
                let list = self.list()?;
                self.expect("}")?;
                list.kind
            }
            "[[" => self.test()?,
            "select" | "coproc" | "time" => return Err(Unreadable),
            bare if self.text[self.at + bare.len()..].starts_with("()") && !bare.is_empty() => {
                self.at += bare.len() + 2;
                self.function(bare.to_owned())?
            }
            _ if self.looks("((") => {
                self.at += 2;
                let sum = self.sum()?;
                Kind::Sum(sum)
            }
            _ if self.looks("(") => {
                self.at += 1;
                let list = self.list()?;
                if !self.eat(")") {
                    return Err(Unreadable);
                }
                Kind::Subshell(Box::new(list))
            }
            _ => return self.simple(),
        };
        let mut node = self.node(start, kind);
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => node.redirects.push(redirect),
                None => return Ok(node),
            }
        }
    }

    fn if_(&mut self) -> Read<Kind> {
        self.keyword("if");
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list()?;
            self.expect("then")?;
            arms.push((condition, self.list()?));
            if self.keyword("elif") {
                continue;
            }
            if self.keyword("else") {
                otherwise = Some(Box::new(self.list()?));
            }
            self.expect("fi")?;
            return Ok(Kind::If { arms, otherwise });
        }
    }

    fn for_(&mut self) -> Read<Kind> {
        self.keyword("for");
        self.blanks();
        let name = self.bare().to_owned();
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(Unreadable);
        }
        self.at += name.len();
        self.blank_lines();
        let mut words = None;
        if self.keyword("in") {
            let mut list = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
        }
        self.blanks();
        self.eat(";");
        self.expect("do")?;
        let body = Box::new(self.list()?);
        self.expect("done")?;
        Ok(Kind::For { name, words, body })
    }

    fn while_(&mut self) -> Read<Kind> {
        let until = self.keyword("until");
        if !until {
            self.keyword("while");
        }
        let condition = Box::new(self.list()?);
        self.expect("do")?;
        let body = Box::new(self.list()?);
        self.expect("done")?;
        Ok(Kind::While {
            until,
            condition,
            body,
        })
    }

    fn case(&mut self) -> Read<Kind> {
        self.keyword("case");
        self.blanks();
        let word = self.word()?.ok_or(Unreadable)?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.blank_lines();
            if self.keyword("esac") {
                return Ok(Kind::Case { word, arms });
            }
            self.eat("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?.ok_or(Unreadable)?);
                self.blanks();
                if self.eat(")") {
                    break;
                }
                if !self.eat("|") {
                    return Err(Unreadable);
                }
            }
            arms.push((patterns, self.list()?));
            if self.looks(";;&") || self.looks(";&") {
                return Err(Unreadable);
            }
            self.eat(";;");
        }
    }

    fn function(&mut self, name: String) -> Read<Kind> {
        self.blank_lines();
        let body = Rc::new(self.command()?);
        Ok(Kind::Function { name, body })
    }

    fn test(&mut self) -> Read<Kind> {
        self.keyword("[[");
        let mut words: Vec<Word> = Vec::new();
        loop {
            self.blank_lines();
            if self.keyword("]]") {
                return Ok(Kind::Test(words));
            }
            let signs = ["&&", "||", "(", ")", "<", ">"];
            if let Some(sign) = signs.into_iter().find(|sign| self.looks(sign)) {
                self.at += sign.len();
                words.push(plain(sign));
                continue;
            }
            words.push(self.word()?.ok_or(Unreadable)?);
        }
    }

    /// What stands between `((` and `))`.
    fn sum(&mut self) -> Read<Word> {
        let mut depth = 0usize;
        for (at, c) in self.rest().char_indices() {
            match c {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                ')' if self.rest()[at..].starts_with("))") => {
                    let inner = &self.rest()[..at];
                    let word = self.inner(inner, self.at, Inside::Here)?;
                    self.at += at + 2;
                    return Ok(word);
                }
                ')' => return Err(Unreadable),
                _ => {}
            }
        }
        Err(Unreadable)
    }

    fn simple(&mut self) -> Read<Node> {
        let start = self.at;
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        let mut end = self.at;
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                end = self.at;
                continue;
            }
            let bare = self.bare();
            let name = bare.split_once('=').map(|(name, _)| name);
            let is_name = |name: &&str| {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && name.chars().all(is_part)
            };
            if let Some(name) = name.filter(is_name).filter(|_| words.is_empty()) {
                self.at += name.len() + 1;
                if self.looks("(") {
                    return Err(Unreadable);
                }
                assigns.push((name.to_owned(), self.word()?.unwrap_or_default()));
            } else if let Some(word) = self.word()? {
                words.push(word);
            } else {
                break;
            }
            end = self.at;
        }
        if assigns.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(Unreadable);
        }
        self.at = end;
        let mut node = self.node(start, Kind::Simple { assigns, words });
        node.redirects = redirects;
        Ok(node)
    }

    fn redirect(&mut self) -> Read<Option<Redirect>> {
        let rest = self.rest();
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let signs = [
            "&>>", "&>", "<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">",
        ];
        let sign = signs
            .into_iter()
            .find(|sign| rest[digits..].starts_with(sign));
        let Some(sign) = sign.filter(|sign| digits == 0 || !sign.starts_with('&')) else {
            return Ok(None);
        };
        let number = &rest[..digits];
        self.at += digits + sign.len();
        self.blanks();
        if sign == "<<" || sign == "<<-" {
            return self.here(sign == "<<-").map(Some);
        }
        let target = self.word()?.ok_or(Unreadable)?;
        Ok(Some(match sign {
            "<<<" => {
                let mut text = target;
                text.extend(plain("\n"));
                Redirect::Text(text)
            }
            "<" if matches!(number, "" | "0") => Redirect::In,
            ">" | ">>" | ">|" | "&>" | "&>>" | "<>" => Redirect::Out {
                target,
                is_said: matches!(number, "" | "1"),
            },
            _ => Redirect::Other,
        }))
    }

    fn here(&mut self, strip: bool) -> Read<Redirect> {
        let from = self.at;
        let ends = self.word()?.ok_or(Unreadable)?;
        let is_quoted = self.text[from..self.at].contains(['"', '\'', '\\']);
        let mut delimiter = String::new();
        for part in &ends {
            let Part::Text { text, .. } = part else {
                return Err(Unreadable);
            };
            delimiter.push_str(text);
        }
        let line_end = match self.here {
            Some((end, _)) => end,
            None => self.at + self.rest().find('\n').unwrap_or(self.rest().len()),
        };
        let start = self.here.map_or(line_end + 1, |(_, behind)| behind);
        let mut body = String::new();
        let mut at = start.min(self.text.len());
        for line in self.text[at..].split_inclusive('\n') {
            at += line.len();
            let line = if strip {
                line.trim_start_matches('\t')
            } else {
                line
            };
            if line.trim_end_matches(['\n', '\r']) == delimiter {
                break;
            }
            body.push_str(line);
        }
        self.here = Some((line_end, at));
        Ok(Redirect::Text(if is_quoted {
            plain(&body)
        } else {
            self.inner(&body, start, Inside::Here)?
        }))
    }
}
