//! What git calls a blank: four characters, without the form feed that others count. Does not know where they stand.

/// Returns whether a byte is a blank, a tab, a carriage return or a line feed.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Returns a text without the blanks at its end.
pub(super) fn trimmed_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_space(byte));
    &text[..end.map_or(0, |end| end + 1)]
}

/// Returns a text without the blanks at its start.
pub(super) fn trimmed_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte));
    &text[start.unwrap_or(text.len())..]
}

/// Returns a text without the blanks at its ends.
pub(super) fn trimmed(text: &[u8]) -> &[u8] {
    trimmed_start(trimmed_end(text))
}

/// Returns a text with each run of blanks as one.
pub(super) fn single_spaced(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match (is_space(byte), out.last()) {
            (false, _) => out.push(byte),
            (true, Some(b' ')) => {}
            (true, _) => out.push(b' '),
        }
    }
    out
}
