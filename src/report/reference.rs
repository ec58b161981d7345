//! A path as a page and a report refer to it. Does not know what is there.

/// Returns a path as a relative reference of a URI (RFC 3986, 4.2): what means something in one is escaped.
pub(super) fn relative(path: &str) -> String {
    let mut reference = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                reference.push(char::from(byte));
            }
            _ => reference.push_str(&format!("%{byte:02X}")),
        }
    }
    reference
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn a_path_is_a_relative_reference_whatever_it_is_called() {
        assert_eq!(
            relative("javascript:a/b c?#%ü.json"),
            "javascript%3Aa/b%20c%3F%23%25%C3%BC.json"
        );
        assert_eq!(relative("src/a b:ü.c"), "src/a%20b%3A%C3%BC.c");
    }
}
