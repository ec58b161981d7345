//! The report files that a command is asked for beside what it prints.

use std::path::{Path, PathBuf};

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

/// Tells beforehand whether reports can be written: each file is opened, which may make it, and left as it is.
pub(super) fn probe(files: &[PathBuf]) -> Result<(), Stop> {
    for file in files {
        let is_new = !file.exists();
        std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .map_err(|error| unwritable(file, &error))?;
        if is_new {
            // It was made to see that it can be; a run that writes nothing leaves nothing.
            let _ = std::fs::remove_file(file);
        }
    }
    Ok(())
}

fn unwritable(file: &Path, error: &std::io::Error) -> Stop {
    vec![
        Problem::new(
            "report-unwritable",
            format!("can't write `{}`: {error}", file.display()),
        )
        .help("name a file in a folder that can be written to"),
    ]
}

/// Writes a document to report files.
pub(super) fn write(files: &[PathBuf], document: &str) -> Result<(), Stop> {
    for file in files {
        std::fs::write(file, document).map_err(|error| unwritable(file, &error))?;
    }
    Ok(())
}
