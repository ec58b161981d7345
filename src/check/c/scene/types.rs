//! The types that functions name, and how they use them: told by where a word stands. Defines none.

use std::collections::BTreeMap;

use crate::check::c::Kit;
use crate::check::c::token::{self, Token, tokens};
use crate::syntax::c::Function;

/// How a type word is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Value,
    Pointer,
}

/// Returns the word that a declaration's type is named by; none for `struct x`.
pub(super) fn first_type(declaration: &str) -> Option<&str> {
    let qualifiers = [
        "const", "static", "unsigned", "signed", "register", "volatile",
    ];
    let word = token::words(declaration)
        .into_iter()
        .find(|word| !qualifiers.contains(word))?;
    match word {
        "struct" | "union" | "enum" => token::words(declaration)
            .into_iter()
            .skip_while(|w| *w != word)
            .nth(1),
        _ => Some(word),
    }
}

pub(super) fn declared_type(declaration: &str, uses: &mut BTreeMap<String, Use>) {
    if ["struct ", "union ", "enum "]
        .iter()
        .any(|word| declaration.contains(word))
    {
        return;
    }
    if let Some(word) = first_type(declaration).filter(|word| !token::is_keyword(word)) {
        let used = if declaration.contains('*') {
            Use::Pointer
        } else {
            Use::Value
        };
        note(uses, word, used);
    }
}

pub(super) fn note(uses: &mut BTreeMap<String, Use>, word: &str, used: Use) {
    let known = uses.entry(word.to_owned()).or_insert(used);
    // A type whose value is used needs a size; a pointer to it does as well then.
    *known = (*known).min(used);
}

pub(super) fn head_types(function: &Function, uses: &mut BTreeMap<String, Use>) {
    for param in &function.params {
        declared_type(&param.text, uses);
    }
    declared_type(
        &format!("{} x", function.returns.replace("inline ", "")),
        uses,
    );
}

/// Notes the types that a body declares variables of, casts to, or names in a macro that takes a type.
pub(super) fn body_types(kit: &Kit, body: &str, uses: &mut BTreeMap<String, Use>) {
    let tokens = tokens(body);
    let word_at = |at: usize| tokens.get(at).copied().and_then(Token::word);
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let Some(word) = token
            .word()
            .filter(|word| !token::is_keyword(word) && *word != "struct")
        else {
            continue;
        };
        let stars = tokens[at + 1..]
            .iter()
            .take_while(|t| matches!(t, Token::Sign(b'*')))
            .count();
        let after = at + 1 + stars;
        let used = if stars > 0 { Use::Pointer } else { Use::Value };
        let opens = match tokens[at - 1] {
            Token::Sign(sign) => matches!(sign, b'{' | b';' | b'}'),
            Token::Word(before, _) => matches!(before, "const" | "static" | "g_autofree"),
        };
        let in_parentheses =
            tokens[at - 1] == Token::Sign(b'(') && tokens.get(after) == Some(&Token::Sign(b')'));
        let of_macro = at > 1
            && word_at(at - 2).is_some_and(|w| {
                kit.rules
                    .manifest
                    .harness
                    .type_macros
                    .iter()
                    .any(|m| m == w)
            });
        if in_parentheses && of_macro {
            let points =
                stars > 0 || word_at(at - 2).is_some_and(|w| w.to_lowercase().ends_with("ptr"));
            note(uses, word, if points { Use::Pointer } else { Use::Value });
        } else if (in_parentheses && stars > 0)
            || (opens && word_at(after).is_some_and(|next| !token::is_keyword(next)))
        {
            note(uses, word, used);
        }
    }
}

/// Returns the name of a structure by the name of its pointer type.
pub(super) fn stem(type_word: &str) -> &str {
    type_word.strip_suffix("Ptr").unwrap_or(type_word)
}
