//! What a file declares outside of functions: types, and variables. Tells no prototypes, and follows no macro.

use crate::check::c::token::{self, Token, tokens};
use crate::syntax::c::CFile;

/// A declaration at the top of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check::c) struct Declaration<'d> {
    /// As it stands, with its semicolon.
    pub(in crate::check::c) text: &'d str,
    /// The same, comments and literals blanked.
    pub(in crate::check::c) code: &'d str,
    /// What it gives a meaning: names of types, tags, enumerators, variables.
    pub(in crate::check::c) names: Vec<&'d str>,
    /// Those of them that make it needed where they are used.
    pub(in crate::check::c) asked: Vec<&'d str>,
    /// Whether it declares types and nothing that holds a value.
    pub(in crate::check::c) is_type: bool,
}

/// Returns the declarations of a file in order.
pub(in crate::check::c) fn declarations(file: &CFile) -> Vec<Declaration<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    for function in file.defined() {
        between(file, from, function.span.start, &mut found);
        from = function.span.end;
    }
    between(file, from, file.code.len(), &mut found);
    found
}

/// Adds the declarations that end between two offsets.
fn between<'d>(file: &'d CFile, from: usize, to: usize, found: &mut Vec<Declaration<'d>>) {
    let (mut depth, mut start) = (0usize, from);
    for (at, byte) in file.code.bytes().enumerate().take(to).skip(from) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            b';' if depth == 0 => {
                found.extend(declaration(file, start, at + 1));
                start = at + 1;
            }
            _ => {}
        }
    }
}

fn declaration(file: &CFile, from: usize, to: usize) -> Option<Declaration<'_>> {
    let start = to - file.code[from..to].trim_start().len();
    let code = &file.code[start..to];
    let tokens = tokens(code);
    let first = tokens.first()?.word()?;
    let is_braced = tokens.contains(&Token::Sign(b'{'));
    let is_tagged = ["struct", "union", "enum"].contains(&first);
    let is_type = first == "typedef" || (is_tagged && is_braced && !assigns(&tokens));
    let names = match is_type {
        true => type_names(&tokens),
        false => variable_names(&tokens),
    };
    (!names.is_empty()).then(|| Declaration {
        text: &file.source.text()[start..to],
        code,
        asked: names.clone(),
        names,
        is_type,
    })
}

/// Whether something is given a value outside of braces, where enumerators are.
fn assigns(tokens: &[Token]) -> bool {
    outside(tokens).any(|(_, token)| token == Token::Sign(b'='))
}

/// The tokens outside of all brackets, with their numbers; those that open and close are among them.
fn outside<'a, 't>(
    tokens: &'a [Token<'t>],
) -> impl Iterator<Item = (usize, Token<'t>)> + use<'a, 't> {
    let mut depth = 0usize;
    tokens
        .iter()
        .copied()
        .enumerate()
        .filter(move |(_, token)| {
            match token {
                Token::Sign(b'{' | b'(' | b'[') => {
                    depth += 1;
                    return depth == 1;
                }
                Token::Sign(b'}' | b')' | b']') => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        })
}

/// The tag, the name that a `typedef` gives, and the enumerators.
fn type_names<'t>(tokens: &[Token<'t>]) -> Vec<&'t str> {
    let mut names: Vec<&str> = Vec::new();
    let keyword = tokens.iter().position(
        |token| matches!(token, Token::Word(word, _) if ["struct", "union", "enum"].contains(word)),
    );
    let open = tokens.iter().position(|token| *token == Token::Sign(b'{'));
    let is_defined = keyword.is_some() && open.is_some();
    if let Some(at) = keyword.filter(|_| is_defined) {
        names.extend(tokens.get(at + 1).and_then(|token| token.word()));
        let is_enum = tokens[at].word() == Some("enum");
        let starts = |at: usize| matches!(tokens[at - 1], Token::Sign(b'{' | b','));
        let enumerators = (1..tokens.len()).filter(|&at| is_enum && starts(at));
        names.extend(enumerators.filter_map(|at| tokens[at].word()));
    }
    if tokens[0].word() == Some("typedef") {
        let is_pointer = |two: &[Token]| two[0] == Token::Sign(b'(') && two[1] == Token::Sign(b'*');
        let at = tokens.windows(2).position(is_pointer);
        let last = outside(tokens).filter_map(|(_, token)| token.word()).last();
        names.extend(at.map_or(last, |at| pointed(&tokens[at + 2..])));
    }
    names
}

/// The name behind a star.
fn pointed<'t>(tokens: &[Token<'t>]) -> Option<&'t str> {
    let mut words = tokens.iter().map_while(|token| token.word());
    words.find(|word| !token::is_keyword(word))
}

/// The names of variables; none where it is a prototype, or the call of a macro.
fn variable_names<'t>(tokens: &[Token<'t>]) -> Vec<&'t str> {
    let mut names = Vec::new();
    let mut last = None;
    let mut is_value = false;
    let told: Vec<(usize, Token)> = outside(tokens).collect();
    for (place, (at, token)) in told.iter().enumerate() {
        match token {
            Token::Word(word, _) if !is_value && !token::is_keyword(word) => last = Some(*word),
            Token::Sign(b'(') if !is_value => {
                // `type (*name)(…)` declares a pointer; any other parenthesis here is of a prototype or a macro.
                if tokens.get(at + 1) != Some(&Token::Sign(b'*')) {
                    let is_pointer = place > 0 && told[place - 1].1 == Token::Sign(b')');
                    if !is_pointer {
                        return Vec::new();
                    }
                } else {
                    last = pointed(&tokens[at + 2..]);
                }
            }
            Token::Sign(b'=') => is_value = true,
            Token::Sign(b',' | b';') => {
                names.extend(last.take());
                is_value = false;
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn told(text: &str) -> Vec<(String, bool)> {
        let file = CFile::scan(&Source::new("a.c", text.as_bytes()));
        let told = declarations(&file).into_iter();
        told.map(|one| (one.names.join(" "), one.is_type)).collect()
    }

    #[test]
    fn types_and_variables_are_told_by_their_names() {
        let text = "#define A 1\n/* ; */\ntypedef enum { FRESH, STALE = 3, } virFresh;\nstruct _virQEMUCaps { int a; };\n\
                    typedef struct _x x;\ntypedef bool (*virCompare)(time_t, time_t);\nenum one { ONE };\n\
                    static time_t first, *second = NULL, third[3] = { 1, 2 };\n\
                    static bool (*const compare)(time_t, time_t) = differs;\nstatic const struct { int n; } table[] = { { 1 } };\n";
        let expected = [
            ("FRESH STALE virFresh", true),
            ("_virQEMUCaps", true),
            ("x", true),
            ("virCompare", true),
            ("one ONE", true),
            ("first second third", false),
            ("compare", false),
            ("table", false),
        ];
        assert_eq!(
            told(text),
            expected.map(|(names, is_type)| (names.to_owned(), is_type))
        );
    }

    #[test]
    fn prototypes_macros_and_bodies_declare_nothing() {
        let text = "int f(void);\nVIR_LOG_INIT(\"a\");\nstatic int g(int a)\n{\n    int b;\n    return a;\n}\nbool *h(int (*callback)(int));\n";
        assert!(told(text).is_empty(), "{:?}", told(text));
    }
}
