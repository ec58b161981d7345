//! What a target's own build would make of its templates: placeholders replaced by values that the tree tells. Runs nothing.

use crate::series::Series;
use crate::target::{Fault, Tree};

/// Returns the text of a file with its placeholders replaced.
///
/// # Errors
/// Where a file that tells a value can't be read.
pub fn filled(series: &Series, tree: &Tree, path: &str, text: &str) -> Result<String, Fault> {
    let mut text = text.to_owned();
    for placeholder in series
        .placeholders
        .iter()
        .filter(|placeholder| placeholder.file == path)
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
