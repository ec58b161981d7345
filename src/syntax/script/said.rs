//! What `echo` and `printf` say.

use super::UNKNOWN;
use super::words::Field;

/// What one of them says that is given these words.
pub(super) fn said(name: &str, fields: &[Field]) -> String {
    let text = |text: &str| text.replace("\\n", "\n").replace("\\t", "\t");
    if name == "echo" {
        let is_option = |field: &&Field| matches!(field.as_str(), "-n" | "-e" | "-ne" | "-en");
        let options = fields.iter().take_while(is_option).count();
        let said = fields[options..].join(" ");
        let said = if fields[..options].iter().any(|option| option.contains('e')) {
            text(&said)
        } else {
            said
        };
        return format!("{said}\n");
    }
    let Some((format, values)) = fields.split_first() else {
        return String::new();
    };
    if format.contains("\\%") || !is_simple(format) {
        return format!("{UNKNOWN}$(printf {})", fields.join(" "));
    }
    let places = format.matches('%').count();
    let mut values = values.iter();
    let mut made = String::new();
    loop {
        let mut parts = format.split('%');
        made.push_str(parts.next().unwrap_or_default());
        for part in parts {
            made.push_str(values.next().map_or("", String::as_str));
            made.push_str(&part[1..]);
        }
        if places == 0 || values.len() == 0 {
            return text(&made);
        }
    }
}

/// Whether a format has no other places than those for texts.
fn is_simple(format: &str) -> bool {
    let mut parts = format.split('%').skip(1);
    parts.all(|part| part.starts_with(['s', 'b']))
}
