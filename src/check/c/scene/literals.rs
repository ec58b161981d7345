//! Texts and numbers that stand in C code, as another process may have them in its environment. Reads no meaning.

use std::collections::BTreeSet;

/// More than these are not tried, nor those that are longer.
const MOST: usize = 40;
const LONGEST: usize = 24;

/// Returns the texts without blanks and the numbers above 1 that stand in code from which comments are blanked; each once.
pub(in crate::check::c) fn of(texts: &[&str]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let end = match bytes[at] {
                quote @ (b'"' | b'\'') => {
                    let end = literal_end(bytes, at, quote);
                    let inside = &text[(at + 1).min(end)..end];
                    let is_closed = end < bytes.len();
                    if is_closed && (quote == b'"' || inside.len() == 1) && is_word(inside) {
                        found.insert(inside.to_owned());
                    }
                    end + 1
                }
                byte if is_part(byte) => {
                    let length = bytes[at..]
                        .iter()
                        .take_while(|&&byte| is_part(byte))
                        .count();
                    found.extend(number(&text[at..at + length]));
                    at + length
                }
                _ => at + 1,
            };
            at = end;
        }
    }
    found.into_iter().take(MOST).collect()
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The offset of the quote that ends a literal, or of the end.
fn literal_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != quote {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// Whether a text can be a word of its own: it needs no quoting, and formats nothing.
fn is_word(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"%\\'\"".contains(&byte);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain)
}

fn number(word: &str) -> Option<String> {
    let digits = word.trim_end_matches(['u', 'U', 'l', 'L']);
    let value = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hex) => i64::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    (value > 1).then(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_told_each_once() {
        let text = r#"if (STREQ(getenv("VIR_OFF"), "never") || x1 > 0x10 || a == 4711L || "a b" || "%s" || "" || '"' || 'b' || 1 || 4711)"#;
        assert_eq!(of(&[text, text]), ["16", "4711", "VIR_OFF", "b", "never"]);
        assert!(of(&["\"open", "'", "\"\\"]).is_empty());
    }
}
