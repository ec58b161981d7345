//! What a target's own build would make of its templates: placeholders replaced by values that the tree tells. Runs nothing.

use crate::series::{Placeholder, Series};
use crate::target::{Fault, Tree};

/// Whether a placeholder stands in a file: its own, or one of that path in another folder.
fn is_of(placeholder: &Placeholder, path: &str) -> bool {
    let above = path.strip_suffix(placeholder.file.as_str());
    above.is_some_and(|above| above.is_empty() || above.ends_with('/'))
}

/// Returns the text of a file with its placeholders replaced.
///
/// # Errors
/// Where a file that tells a value can't be read.
pub fn filled(series: &Series, tree: &Tree, path: &str, text: &str) -> Result<String, Fault> {
    let mut text = text.to_owned();
    for placeholder in series
        .placeholders
        .iter()
        .filter(|placeholder| is_of(placeholder, path))
    {
        let mut value = placeholder.otherwise.clone();
        for mark in &placeholder.value {
            let file = tree.source(&mark.path, ".")?;
            let told = file
                .as_ref()
                .and_then(|file| mark.matches.captures(file.text())?.get(1));
            if let Some(told) = told {
                value = told.as_str().to_owned();
                break;
            }
        }
        text = text.replace(&placeholder.text, &value);
    }
    Ok(text)
}
