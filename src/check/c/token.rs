//! The words and signs of C code from which comments and literals are blanked. Does not know what they mean.

/// A word, or one other byte; blanks are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'t> {
    /// An identifier or keyword, and its offset.
    Word(&'t str, usize),
    /// Any other byte; a number stands as one `0`.
    Sign(u8),
}

impl<'t> Token<'t> {
    /// Returns the word, if it is one.
    pub fn word(self) -> Option<&'t str> {
        match self {
            Token::Word(word, _) => Some(word),
            Token::Sign(_) => None,
        }
    }
}

/// Returns the tokens of `code`.
pub fn tokens(code: &str) -> Vec<Token<'_>> {
    let bytes = code.as_bytes();
    let part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        if !part(bytes[at]) {
            if !bytes[at].is_ascii_whitespace() {
                found.push(Token::Sign(bytes[at]));
            }
            at += 1;
            continue;
        }
        while at < bytes.len() && part(bytes[at]) {
            at += 1;
        }
        found.push(if bytes[start].is_ascii_digit() {
            Token::Sign(b'0')
        } else {
            Token::Word(&code[start..at], start)
        });
    }
    found
}

/// Returns whether `word` belongs to the language itself.
pub fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 37] = [
        "auto", "bool", "break", "case", "char", "const", "continue", "default", "do", "double",
        "else", "enum", "extern", "false", "float", "for", "goto", "if", "inline", "int", "long",
        "register", "restrict", "return", "short", "signed", "sizeof", "static", "struct",
        "switch", "true", "typedef", "union", "unsigned", "void", "volatile", "while",
    ];
    KEYWORDS.contains(&word) || word == "NULL" || word.starts_with("__")
}

/// Returns whether `word` is written as a constant or macro is.
pub fn is_constant(word: &str) -> bool {
    word.len() > 1
        && word
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && word.bytes().any(|b| b.is_ascii_uppercase())
}

/// Returns the words of `text` in order.
pub fn words(text: &str) -> Vec<&str> {
    tokens(text).into_iter().filter_map(Token::word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_signs_and_numbers_are_told_apart() {
        let found = tokens("a->b2 = 0x1f;");
        assert_eq!(
            found,
            [
                Token::Word("a", 0),
                Token::Sign(b'-'),
                Token::Sign(b'>'),
                Token::Word("b2", 3),
                Token::Sign(b'='),
                Token::Sign(b'0'),
                Token::Sign(b';'),
            ]
        );
        assert!(
            is_constant("QEMU_CAPS_KVM")
                && !is_constant("_")
                && !is_constant("R")
                && !is_constant("virArch")
        );
    }
}
