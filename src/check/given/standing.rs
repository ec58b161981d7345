//! How a tree behaves as it stands, by the cases of a patch of C code: its own code linked where that is possible, and the functions
//! that decide each alone. Does not know what structure says of it.

use std::collections::BTreeSet;

use super::Asking;
use super::code::{Player, State, add, add_cases};
use super::judged::Played;
use crate::check::c::{Bench, CTree, CaseResult};
use crate::check::{Outcome, code};
use crate::series::Patch;
use crate::series::judge::CodeJudge;
use crate::status;

/// What is linked counts as one more function that is asked.
const LINKED: &str = "linked with its tree";

/// Plays a tree as it stands. It is right only where all that decides could be played: each function alone, or the file that it
/// stands in linked with its tree. What comes out wrong in either is wrong.
pub(super) fn prove(asking: &Asking, patch: &Patch, judge: &CodeJudge, bench: &Bench) -> Played {
    let player = Player {
        asking,
        patch,
        judge,
        bench,
    };
    let files = match player.holders(asking.judged()) {
        Ok(files) => files,
        Err(fault) => return Played::unknown(fault.to_string()),
    };
    let stray = files
        .iter()
        .find(|(_, source)| status::strays(patch, source));
    let stray = stray.map(|(path, _)| {
        format!(
            "`{}` is used outside of a function in {path}",
            judge.subject
        )
    });
    let state = player.state(files, &mut BTreeSet::new());
    let (alone, linked) = rayon::join(|| player.each_alone(&state), || player.linked(&state));
    let (mut played, refused) = match alone {
        Ok(alone) => alone,
        Err(why) => return Played::unknown(why),
    };
    if let Some(why) = contradicted(&state, &played, &linked) {
        return Played::unknown(why);
    }
    for (_, cases) in &linked {
        played.ground = Some(code::ground_of_tree(cases));
        if let Ok(cases) = cases {
            played.is_wrong_for_real |= cases.iter().any(|case| !case.right);
            add_cases(&mut played, LINKED, cases);
        }
    }
    // A function that could not be played alone was played where its whole file was.
    let is_linked = |path: &String| linked.iter().any(|(of, cases)| of == path && cases.is_ok());
    let open = refused.into_iter().find(|(path, _)| !is_linked(path));
    match stray.or(open.map(|(_, why)| why)) {
        Some(why) if played.wrong.is_empty() => Played::unknown(why),
        _ if played.all == 0 => Played::unknown("there is no function that decides"),
        _ => played,
    }
}

/// Why the only function that decides was not played alone as it stands in its file, where it comes out wrong in a case that the file
/// itself, linked with its tree, gets right as it does all others: a macro of the file may lack.
fn contradicted(state: &State, alone: &Played, linked: &[Linked]) -> Option<String> {
    let [(_, function)] = state.played.iter().collect::<Vec<_>>()[..] else {
        return None;
    };
    let [(_, Ok(cases))] = linked else {
        return None;
    };
    if cases.iter().any(|case| !case.right) {
        return None;
    }
    let mut cases = cases.iter();
    let wrong = cases.find_map(|case| alone.wrong.get(&format!("{function} {}", case.id)))?;
    Some(format!(
        "linked with its tree it comes out right, and alone it does not: {}",
        wrong.message
    ))
}

/// A file, and why one of its functions could not be played alone.
type Refused = (String, String);

/// A file that decides, linked with its tree: what it answers, or why it can't be asked.
type Linked = (String, Result<Vec<CaseResult>, String>);

impl Player<'_> {
    /// Plays each function that decides alone.
    ///
    /// # Errors
    /// Why none can be played here.
    fn each_alone(&self, state: &State) -> Result<(Played, Vec<Refused>), String> {
        let mut played = Played::default();
        let mut refused = Vec::new();
        for (path, function) in &state.played {
            let Some(file) = state.files.get(path) else {
                continue;
            };
            let playings = self
                .bench
                .play(path, file, file, std::slice::from_ref(function));
            for playing in playings {
                match playing.outcome {
                    Outcome::Passed | Outcome::Failed => add(&mut played, &playing),
                    Outcome::Skipped => return Err(playing.reason.unwrap_or_default()),
                    Outcome::Error => {
                        let why = playing.reason.unwrap_or_default();
                        refused.push((path.clone(), format!("`{function}`: {why}")));
                    }
                }
            }
        }
        Ok((played, refused))
    }

    /// Asks each file that decides, linked with its tree: what it answers, or why it can't be asked.
    fn linked(&self, state: &State) -> Vec<Linked> {
        let tree = &self.asking.inquiry.base.tree;
        let read = |path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
        let paths: BTreeSet<&String> = state.played.iter().map(|(path, _)| path).collect();
        let one = |path: &String| {
            let tree = CTree {
                path,
                file: state.files.get(path)?,
                read: &read,
                beside: None,
            };
            let functions = state.played.iter().filter(|(of, _)| of == path);
            let functions: Vec<String> = functions.map(|(_, name)| name.clone()).collect();
            Some((path.clone(), self.bench.standing(tree, &functions)))
        };
        paths.into_iter().filter_map(one).collect()
    }
}
