//! Compound commands: conditions, loops, cases, functions, groups, tests and sums.

use std::rc::Rc;

use super::word::plain;
use super::{Inside, Parser, Read, Unreadable};
use crate::syntax::script::{Arm, Kind, Next, Node, Word};

impl Parser<'_> {
    pub(super) fn command(&mut self) -> Read<Node> {
        let start = self.at;
        let bare = self.bare();
        let kind = match self.reserved() {
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
            "select" | "coproc" => return Err(Unreadable),
            _ if self.is_heading(bare) => {
                self.at += bare.len();
                self.blanks();
                self.eat("(");
                self.blanks();
                self.eat(")");
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

    /// Whether a name that comes next is followed by `()`.
    fn is_heading(&self, name: &str) -> bool {
        let blanks = [' ', '\t'];
        let behind = self.rest()[name.len()..].trim_start_matches(blanks);
        let behind = behind.strip_prefix('(');
        !name.is_empty()
            && behind.is_some_and(|behind| behind.trim_start_matches(blanks).starts_with(')'))
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
        if self.eat("((") {
            return self.count();
        }
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

    /// What follows `for ((`.
    fn count(&mut self) -> Read<Kind> {
        let start = self.at;
        self.sum()?;
        let inner = &self.text[start..self.at - 2];
        let mut sums = Vec::new();
        let mut at = start;
        for text in inner.split(';') {
            sums.push(self.inner(text, at, Inside::Here)?);
            at += text.len() + 1;
        }
        let Ok([first, condition, step]) = <[Word; 3]>::try_from(sums) else {
            return Err(Unreadable);
        };
        self.blanks();
        self.eat(";");
        self.expect("do")?;
        let body = Box::new(self.list()?);
        self.expect("done")?;
        Ok(Kind::Count {
            first,
            condition,
            step,
            body,
        })
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
            let body = self.list()?;
            let next = if self.eat(";;&") {
                Next::Asks
            } else if self.eat(";&") {
                Next::Runs
            } else {
                self.eat(";;");
                Next::Leaves
            };
            arms.push(Arm {
                patterns,
                body,
                next,
            });
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
    pub(super) fn sum(&mut self) -> Read<Word> {
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
}
