//! `--partition hash:I/N`: which of the revisions are this run's. Does not judge them.

use super::selection::Asked;
use crate::cli::Stop;
use crate::cli::subject::Subject;
use crate::target::commit::content_id;
use crate::target::{Fault, Revision};
use crate::text::Problem;
use crate::verdict::gate::{Partition, assign};

/// This run's part of the revisions: each with its place among all of them.
pub(super) struct Part {
    pub(super) told: Partition,
    pub(super) asked: Vec<(usize, Asked)>,
}

/// Reads `hash:I/N`.
///
/// # Errors
/// `partition` where it is none.
pub(super) fn read(text: &str) -> Result<(usize, usize), Problem> {
    let numbers = text
        .strip_prefix("hash:")
        .and_then(|rest| rest.split_once('/'));
    let numbers =
        numbers.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    match numbers {
        Some((index, count)) if (1..=count).contains(&index) => Ok((index, count)),
        _ => Err(
            Problem::new("partition", format!("`{text}` is no partition"))
                .help("write it as `hash:1/3`: the first of three"),
        ),
    }
}

/// Takes the revisions of a part. Those whose judged files are equal are in one part.
pub(super) fn take(
    subject: &Subject,
    asked: Vec<Asked>,
    (index, count): (usize, usize),
) -> Result<Part, Stop> {
    let contents = asked.iter().map(|one| content(subject, one));
    let contents = contents.collect::<Result<Vec<String>, Stop>>()?;
    let parts = assign(&contents, count);
    let mut selection = subject.wanted.join(",");
    for one in &asked {
        let commit = one.commit.as_deref().unwrap_or_default();
        selection.push_str(&format!("\n{commit} {}", one.name));
    }
    let told = Partition {
        index,
        count,
        revisions: asked.len(),
        selection: content_id(selection.as_bytes()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let asked = asked.into_iter().enumerate().zip(parts);
    let own = asked.filter(|(_, part)| *part == index).map(|(one, _)| one);
    Ok(Part {
        told,
        asked: own.collect(),
    })
}

/// Returns what stands for the judged files of a revision: equal for equal ones.
fn content(subject: &Subject, one: &Asked) -> Result<String, Stop> {
    let key = match (&one.broken, &one.commit) {
        (Some(_), commit) => format!("broken {}", commit.as_deref().unwrap_or(&one.name)),
        (None, None) => one.name.clone(),
        (None, Some(commit)) => {
            let revision = subject
                .target
                .revision(commit)
                .map_err(|problem| vec![problem])?;
            files(subject, &revision).map_err(|fault| vec![subject.target.problem(&fault)])?
        }
    };
    Ok(content_id(key.as_bytes()))
}

/// Returns what names the judged files of a revision and their contents.
pub(super) fn files(subject: &Subject, revision: &Revision) -> Result<String, Fault> {
    let series = &subject.series;
    let steps = series.patches.iter().flat_map(|patch| &patch.steps);
    let mut paths: Vec<&String> = steps
        .flat_map(|step| &step.files)
        .chain(&series.about.first)
        .collect();
    paths.sort();
    paths.dedup();
    let mut key = String::new();
    for path in paths {
        if let Some(id) = revision.tree.content(path)? {
            key.push_str(&format!("{id} {path}\n"));
        }
    }
    if key.is_empty() {
        // What is judged may stand anywhere.
        key = revision
            .tree
            .id()
            .map_or(String::new(), |id| format!("tree {id}"));
    }
    Ok(key)
}
