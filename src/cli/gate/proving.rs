//! `--prove`: answers are confirmed by playing them. Does not know how they were found, or how they are played.

use std::collections::BTreeMap;
use std::path::Path;

use super::judging::Answers;
use crate::check::given::kept::{self, Proofs};
use crate::check::given::proof::{self, Asked};
use crate::check::sandbox::Sandbox;
use crate::cli::Stop;
use crate::cli::subject::Subject;
use crate::report::progress::{Event, Progress};
use crate::verdict::gate::{Agreement, Cell};

/// Disagreements of a patch that are told, each by the name of the first revision; the report has all.
const TOLD: usize = 10;

/// Plays every answer that there is something to play of, each distinct content once, and joins it with what came of it. Proofs are kept in
/// `cache`.
pub(super) fn prove(
    subject: &Subject,
    answers: &mut [Answers],
    unsandboxed: bool,
    cache: Option<&Path>,
    progress: Progress,
) -> Result<(), Stop> {
    let mut asked = Vec::new();
    let mut places = Vec::new();
    for (row, answers) in answers.iter().enumerate() {
        for (column, cell) in answers.cells.iter().enumerate() {
            let patches = &subject.series.patches;
            let patch = patches.iter().position(|patch| patch.id == cell.patch);
            if let Some(patch) = patch.filter(|_| can_be_played(cell)) {
                asked.push(Asked {
                    patch,
                    status: cell.status,
                    matters: &answers.matters,
                    revision: &answers.revision,
                });
                places.push((row, column));
            }
        }
    }
    if asked.is_empty() {
        return Ok(());
    }
    let place = Sandbox::open(unsandboxed);
    let hear = |patch: &str, check: &str| progress.tell(&Event::Checking { patch, check });
    let cache = cache.filter(|_| subject.target.ids_tell());
    let folder = cache.and_then(|cache| kept::folder(cache, &subject.series, &place));
    let mut kept = folder.as_ref().map_or_else(Proofs::default, Proofs::read);
    let proofs = proof::prove(&subject.series, &asked, &place, &mut kept, &hear)?;
    if let (Some(folder), Some(cache)) = (folder, cache)
        && let Err(error) = kept.write(&folder, &subject.series)
    {
        let text = format!("no proofs are kept in {}: {error}", cache.display());
        progress.tell(&Event::Notice(&text));
    }
    for ((row, column), proof) in places.into_iter().zip(proofs) {
        answers[row].cells[column].join(proof);
    }
    tell(answers, progress);
    Ok(())
}

/// A tree without the code has nothing that could be played, nor has one of which nothing is known.
fn can_be_played(cell: &Cell) -> bool {
    let nothing = [
        "code-absent",
        "project-unknown",
        "sources-absent",
        "target-unreadable",
    ];
    !nothing.contains(&cell.code.as_str())
}

/// Tells where structure and play disagree, and what could not be played.
fn tell(answers: &[Answers], progress: Progress) {
    let mut disagree: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    let mut unplayed: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for one in answers {
        for cell in &one.cells {
            let Some(proof) = &cell.proof else { continue };
            let (into, text) = match proof.outcome {
                Agreement::Agrees => continue,
                Agreement::Overrules => {
                    let (played, alone) = (cell.status, proof.structure);
                    let text = format!("played it is {played}, structure alone said {alone}");
                    (&mut disagree, format!("{text}; {}", proof.detail))
                }
                Agreement::Unplayed => (
                    &mut unplayed,
                    format!("could not be played: {}", proof.detail),
                ),
            };
            let names = into.entry((cell.patch.clone(), text)).or_default();
            names.push(&one.revision.name);
        }
    }
    for told in [disagree, unplayed] {
        for ((patch, text), names) in told.iter().take(TOLD) {
            let more = match names.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let text = format!("{patch} on {}{more}: {text}", names[0]);
            progress.tell(&Event::Notice(&text));
        }
        if told.len() > TOLD {
            let text = format!("{} more are in the report", told.len() - TOLD);
            progress.tell(&Event::Notice(&text));
        }
    }
}
