//! Reads accounts of earlier runs: one to compare with, parts to merge. Does not know what is made of them.

use std::path::Path;

use crate::cli::Stop;
use crate::text::{Problem, Source, Span};
use crate::verdict::gate::{Matrix, SCHEMA};

/// Reads an account.
///
/// # Errors
/// `report-unreadable` where the file can't be read or is no such account, with the place.
pub(super) fn read(file: &Path) -> Result<Matrix, Stop> {
    let unreadable = |message: String| Problem::new("report-unreadable", message);
    let help = "name a file that `patchwright gate --report json=FILE` wrote";
    let bytes = std::fs::read(file).map_err(|error| {
        vec![unreadable(format!("can't read `{}`: {error}", file.display())).help(help)]
    })?;
    let source = Source::new(file.display().to_string(), bytes);
    let matrix: Matrix = serde_json::from_str(source.text()).map_err(|error| {
        let start = offset(&source, error.line(), error.column());
        let message = format!("this is no report of `gate`: {error}");
        vec![
            unreadable(message)
                .at(&source, Span::new(start, start), "here")
                .help(help),
        ]
    })?;
    if matrix.schema != SCHEMA {
        let message = format!(
            "`{}` is of the schema `{}`, expected `{SCHEMA}`",
            file.display(),
            matrix.schema
        );
        return Err(vec![unreadable(message).help(help)]);
    }
    Ok(matrix)
}

/// Reads the account that the present one is compared with, which has to be of the same series and whole.
pub(super) fn read_since(file: &Path, series: &str) -> Result<Matrix, Stop> {
    let matrix = read(file)?;
    let unfit =
        |message: String, help: &str| Err(vec![Problem::new("report-unfit", message).help(help)]);
    if matrix.partition.is_some() {
        let message = format!("`{}` is the report of a partition", file.display());
        return unfit(
            message,
            "merge the partitions with `patchwright gate --merge FILE…` first",
        );
    }
    if matrix.series != series {
        let message = format!(
            "`{}` is of the series `{}`, expected `{series}`",
            file.display(),
            matrix.series
        );
        return unfit(message, "name a report of the same series");
    }
    Ok(matrix)
}

fn offset(source: &Source, line: usize, column: usize) -> usize {
    let text = source.text();
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let mut offset = (before + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
