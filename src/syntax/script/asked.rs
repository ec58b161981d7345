//! What conditions come to: `test`, `[[ … ]]` and sums, as far as they hang on values and directories that are known.

use super::UNKNOWN;
use super::calls::is_needed;
use super::run::{State, Walk};
use super::words::matches_glob;

impl Walk<'_> {
    /// What `test` says of its arguments; `None` where that is not known.
    pub(super) fn asked(&self, words: &[String], state: &State, matches: bool) -> Option<bool> {
        let mut test = Test {
            walk: self,
            state,
            words,
            at: 0,
            matches,
        };
        let answer = test.any();
        (test.at == words.len()).then_some(answer).flatten()
    }

    /// What a sum comes to that may give a variable its value.
    pub(super) fn counted(&self, text: &str, state: &mut State) -> Option<i64> {
        let text = text.trim();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let by = |text: &str, step: &str| {
            let name = text
                .strip_prefix(step)
                .or_else(|| text.strip_suffix(step))?;
            let name = name.trim();
            name.chars().all(is_part).then(|| name.to_owned())
        };
        let (name, value) = if let Some(name) = by(text, "++") {
            (format!("{name} + 1"), name)
        } else if let Some(name) = by(text, "--") {
            (format!("{name} - 1"), name)
        } else {
            match text.split_once('=') {
                Some((name, value))
                    if !value.starts_with('=') && name.trim().chars().all(is_part) =>
                {
                    (value.to_owned(), name.trim().to_owned())
                }
                _ => return self.sum(text, state),
            }
        };
        let (text, name) = (name, value);
        let number = self.sum(&text, state);
        let value = number.map_or_else(|| format!("{UNKNOWN}$(({text}))"), |n| n.to_string());
        state.variables.insert(name, value);
        number
    }

    /// What a sum of whole numbers comes to; `None` where that is not known.
    pub(super) fn sum(&self, text: &str, state: &State) -> Option<i64> {
        let mut sum = Sum {
            text,
            state,
            depth: 0,
        };
        let number = sum.ordered(0)?;
        sum.text.trim().is_empty().then_some(number)
    }
}

struct Test<'t> {
    walk: &'t Walk<'t>,
    state: &'t State,
    words: &'t [String],
    at: usize,
    /// Whether `=` matches a pattern.
    matches: bool,
}

impl Test<'_> {
    fn eat(&mut self, signs: &[&str]) -> bool {
        let next = self.words.get(self.at).map(String::as_str);
        let eats = next.is_some_and(|next| signs.contains(&next));
        self.at += usize::from(eats);
        eats
    }

    fn any(&mut self) -> Option<bool> {
        let mut answer = self.all();
        while self.eat(&["-o", "||"]) {
            let other = self.all();
            answer = match (answer, other) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        answer
    }

    fn all(&mut self) -> Option<bool> {
        let mut answer = self.one();
        while self.eat(&["-a", "&&"]) {
            let other = self.one();
            answer = match (answer, other) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        answer
    }

    fn one(&mut self) -> Option<bool> {
        let left = &self.words[self.at..];
        if let [a, sign, b, ..] = left
            && let Some(answer) = self.compared(a, sign, b)
        {
            self.at += 3;
            return answer;
        }
        match left {
            [] => Some(false),
            [sign, _, ..] if sign == "!" => {
                self.at += 1;
                self.one().map(|answer| !answer)
            }
            [sign, _, ..] if sign == "(" => {
                self.at += 1;
                let answer = self.any();
                // What is not closed is not read.
                self.at += if self.words.get(self.at).is_some_and(|word| word == ")") {
                    1
                } else {
                    self.words.len()
                };
                answer
            }
            [sign, path, ..] if sign.len() == 2 && sign.starts_with('-') => {
                self.at += 2;
                self.of_one(sign, path)
            }
            [word, ..] => {
                self.at += 1;
                (!word.contains(UNKNOWN)).then_some(!word.is_empty())
            }
        }
    }

    fn of_one(&self, sign: &str, value: &str) -> Option<bool> {
        let is_known = !value.contains(UNKNOWN);
        match sign {
            "-n" if self.lists(value) => Some(true),
            "-z" if self.lists(value) => Some(false),
            "-n" => is_known.then_some(!value.is_empty()),
            "-z" => is_known.then_some(value.is_empty()),
            "-x" | "-f" | "-e" if value.starts_with(['/', '%']) && is_needed(value) => Some(true),
            "-d" | "-e" | "-r" | "-w" | "-x" | "-s" | "-a" => self.is_there(value).then_some(true),
            "-L" | "-h" | "-f" | "-b" | "-c" | "-p" | "-S" => self.is_there(value).then_some(false),
            _ => None,
        }
    }

    /// Whether a value is what `ls` says of a directory that is there, which is taken to hold something.
    fn lists(&self, value: &str) -> bool {
        let command = value.strip_prefix(UNKNOWN);
        let command = command.and_then(|inner| inner.strip_prefix("$(ls ")?.strip_suffix(')'));
        let path = command.and_then(|command| command.split(' ').next_back());
        path.is_some_and(|path| self.is_there(path))
    }

    fn is_there(&self, path: &str) -> bool {
        match &self.state.directory {
            _ if path.contains(UNKNOWN) || path.is_empty() => false,
            _ if path.starts_with(['/', '%']) => self.walk.world.is_there(path),
            Some(directory) => {
                let path = path.strip_prefix("./").unwrap_or(path);
                let path = format!("{}/{path}", directory.trim_end_matches('/'));
                self.walk.world.is_there(&path)
            }
            None => false,
        }
    }

    /// What a comparison says; nothing where it is none.
    fn compared(&self, a: &str, sign: &str, b: &str) -> Option<Option<bool>> {
        let is_known = !a.contains(UNKNOWN) && !b.contains(UNKNOWN);
        let same = || {
            if self.matches {
                matches_glob(b, a)
            } else {
                a == b
            }
        };
        let order = |is: fn(i64, i64) -> bool| {
            let number = |text: &str| text.trim().parse::<i64>();
            match (number(a), number(b)) {
                (Ok(a), Ok(b)) => Some(is(a, b)),
                // An error, and so not true.
                _ if is_known => Some(false),
                _ => None,
            }
        };
        Some(match sign {
            "=" | "==" => is_known.then(same),
            "!=" => is_known.then(|| !same()),
            "-eq" => order(|a, b| a == b),
            "-ne" => order(|a, b| a != b),
            "-lt" => order(|a, b| a < b),
            "-le" => order(|a, b| a <= b),
            "-gt" => order(|a, b| a > b),
            "-ge" => order(|a, b| a >= b),
            "=~" | "-nt" | "-ot" | "-ef" | "<" | ">" => None,
            _ => return None,
        })
    }
}

struct Sum<'t> {
    text: &'t str,
    state: &'t State,
    depth: usize,
}

/// Signs by how loosely they bind.
const SIGNS: [&[&str]; 6] = [
    &["||"],
    &["&&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Sum<'_> {
    fn ordered(&mut self, level: usize) -> Option<i64> {
        let Some(signs) = SIGNS.get(level) else {
            return self.one();
        };
        let mut left = self.ordered(level + 1)?;
        loop {
            self.text = self.text.trim_start();
            let Some(sign) = signs.iter().find(|sign| self.text.starts_with(**sign)) else {
                return Some(left);
            };
            self.text = &self.text[sign.len()..];
            let right = self.ordered(level + 1)?;
            left = match *sign {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "+" => left.checked_add(right)?,
                "-" => left.checked_sub(right)?,
                "*" => left.checked_mul(right)?,
                "/" => left.checked_div(right)?,
                _ => left.checked_rem(right)?,
            };
        }
    }

    fn one(&mut self) -> Option<i64> {
        self.text = self.text.trim_start();
        self.depth += 1;
        if self.depth > 100 {
            return None;
        }
        if let Some(rest) = self.text.strip_prefix('(') {
            self.text = rest;
            let number = self.ordered(0)?;
            self.text = self.text.trim_start().strip_prefix(')')?;
            return Some(number);
        }
        if let Some(rest) = self.text.strip_prefix('!') {
            self.text = rest;
            return self.one().map(|number| i64::from(number == 0));
        }
        if let Some(rest) = self.text.strip_prefix('-') {
            self.text = rest;
            return self.one()?.checked_neg();
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let end = self.text.find(|c| !is_part(c)).unwrap_or(self.text.len());
        let (word, rest) = self.text.split_at(end);
        self.text = rest;
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return word.parse().ok();
        }
        self.state.variables.get(word)?.trim().parse().ok()
    }
}
