//! Which functions of a file are played together: the one under test, those that judge with it, and the one that reads the cache.

use std::collections::BTreeSet;

use crate::check::c::Kit;
use crate::check::c::token::{self, Token, tokens};
use crate::syntax::c::Function;

use super::Scanned;

/// Returns the functions that `function` calls and that are part of it: the judges and those that `base` does not have, and
/// the reader.
///
/// The reader is not followed, the others are.
pub(super) fn parts<'s>(
    kit: &Kit,
    scanned: &'s Scanned,
    function: &'s Function,
    base: &Scanned,
) -> (Vec<&'s Function>, Option<&'s Function>) {
    let mut alongside: Vec<&Function> = Vec::new();
    let mut reader = None;
    let mut open = vec![function];
    while let Some(next) = open.pop() {
        for name in called(scanned.code(next.body)) {
            let Some(callee) = scanned.function(name) else {
                continue;
            };
            let body = scanned.code(callee.body);
            if callee.name == function.name
                || kit.knows(name)
                || alongside.iter().any(|f| f.name == name)
            {
                continue;
            }
            if kit.rules.reads_cache.is_match(body) {
                reader.get_or_insert(callee);
            } else if kit.judges.is_match(body) || base.function(name).is_none() {
                alongside.insert(0, callee);
                open.push(callee);
            }
        }
    }
    (alongside, reader)
}
/// Returns the names that `code` calls, each once.
pub(super) fn called(code: &str) -> BTreeSet<&str> {
    let tokens = tokens(code);
    tokens
        .windows(2)
        .filter(|pair| pair[1] == Token::Sign(b'('))
        .filter_map(|pair| pair[0].word())
        .filter(|word| !token::is_keyword(word))
        .collect()
}
