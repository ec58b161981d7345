//! The report files that a command is asked for beside what it prints.

use serde_json::Value;
use std::path::PathBuf;

use super::Stop;
use crate::text::Problem;

/// Reads `--report FORMAT=FILE`.
pub(super) fn files(typed: &[String]) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    for text in typed {
        match text.split_once('=') {
            Some(("json", file)) if !file.is_empty() => files.push(PathBuf::from(file)),
            _ => {
                return Err(vec![
                    Problem::new("report-format", format!("`{text}` names no report"))
                        .help("write --report json=FILE"),
                ]);
            }
        }
    }
    Ok(files)
}

/// Writes a document to report files.
pub(super) fn write(files: &[PathBuf], document: &Value) -> Result<(), Stop> {
    for file in files {
        std::fs::write(file, format!("{document:#}\n")).map_err(|error| {
            vec![
                Problem::new(
                    "report-unwritable",
                    format!("can't write `{}`: {error}", file.display()),
                )
                .help("name a file in a folder that can be written to"),
            ]
        })?;
    }
    Ok(())
}
