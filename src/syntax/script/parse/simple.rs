//! Simple commands: what is assigned, the words, the redirections and their here-documents.

use super::word::plain;
use super::{Inside, Parser, Read, Unreadable};
use crate::syntax::script::{Assign, Kind, Node, Part, Redirect};

impl Parser<'_> {
    pub(super) fn simple(&mut self) -> Read<Node> {
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
            let name = name.filter(|name| is_name(name.strip_suffix('+').unwrap_or(name)));
            if let Some(name) = name.filter(|_| words.is_empty()) {
                self.at += name.len() + 1;
                assigns.push(self.assign(name)?);
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

    /// What is assigned to a name, behind the equals sign.
    fn assign(&mut self, name: &str) -> Read<Assign> {
        let adds = name.ends_with('+');
        let name = name.trim_end_matches('+').to_owned();
        let is_array = self.eat("(");
        let mut words = Vec::new();
        if is_array {
            loop {
                self.blank_lines();
                if self.eat(")") {
                    break;
                }
                words.push(self.word()?.ok_or(Unreadable)?);
            }
        } else {
            words.push(self.word()?.unwrap_or_default());
        }
        Ok(Assign {
            name,
            adds,
            is_array,
            words,
        })
    }

    pub(super) fn redirect(&mut self) -> Read<Option<Redirect>> {
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
            "<" if matches!(number, "" | "0") => Redirect::In(target),
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

fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_part)
}
