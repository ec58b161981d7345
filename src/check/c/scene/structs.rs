//! Structures of a file, cut down to the members that are used. Gives them no values.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::c::Kit;
use crate::check::c::token::{self, Token, tokens};

use super::types::{Use, stem};
use super::{Member, Scanned, Struct};

/// Returns the member names that `code` reaches with `->` or `.`.
pub(super) fn fields(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let reached = |at: usize| match tokens[at - 1] {
        Token::Sign(b'.') => true,
        Token::Sign(b'>') => at > 1 && tokens[at - 2] == Token::Sign(b'-'),
        _ => false,
    };
    (1..tokens.len())
        .filter(|&at| reached(at))
        .filter_map(|at| tokens[at].word().map(str::to_owned))
        .collect()
}

/// Cuts the structures that are used out of the file, each with the members used.
pub(super) fn structs(
    kit: &Kit,
    scanned: &Scanned,
    uses: &BTreeMap<String, Use>,
    fields: &BTreeSet<String>,
) -> Vec<Struct> {
    let code = &scanned.file.code;
    let mut found: Vec<Struct> = Vec::new();
    for captures in kit.structs.captures_iter(code) {
        let (Some(whole), Some(tag)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let name = tag.as_str().strip_prefix('_').unwrap_or(tag.as_str());
        let is_used = uses.keys().any(|word| stem(word) == name) && !kit.knows(name);
        if is_used && !found.iter().any(|s| s.name == name) {
            found.push(Struct {
                tag: tag.as_str().to_owned(),
                name: name.to_owned(),
                members: members(&code[whole.end()..], fields),
            });
        }
    }
    found
}

/// Returns the members used, up to the brace that closes the structure.
fn members(code: &str, fields: &BTreeSet<String>) -> Vec<Member> {
    let mut found = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' | b'(' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' | b')' => depth -= 1,
            b';' if depth == 0 => {
                let text = code[start..at]
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ");
                let names = declared_names(&text);
                if names.iter().any(|name| fields.contains(name)) {
                    found.push(Member { names, text });
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

fn declared_names(declaration: &str) -> Vec<String> {
    let declarators = declaration.split(',');
    declarators
        .filter_map(|declarator| {
            let head = match declarator.find("(*") {
                Some(at) => declarator[at + 2..].split(')').next(),
                None => declarator.split(['[', ':']).next(),
            };
            token::words(head?).last().map(|word| (*word).to_owned())
        })
        .collect()
}
