//! The histories played on one tree as it stands: which go wrong there, and whether its own code decided that they do. Judges no patch.

use super::theatre::Theatre;
use super::{Combination, Outcome, Started, kit, to_the_end, told};
use crate::check::c::Beside;
use crate::check::inquiry::Place;
use crate::series::{Scenarios, Series};
use crate::target::Tree;

/// What the named histories came to on a tree.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct Stood {
    /// Those that go wrong, by their place in the list of the series.
    pub(in crate::check) wrong: Vec<Wrong>,
    /// Why functions alone decided, with a stand-in for all that they call, where they did.
    pub(in crate::check) stand_in: Option<String>,
}

/// A history that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Wrong {
    /// Its place in the list of the series.
    pub(in crate::check) at: usize,
    /// Whether each start that goes wrong was decided by the tree's own code, linked with it, and not by a function alone.
    pub(in crate::check) is_real: bool,
}

/// Plays the named histories on a tree as it stands; all builds are builds of it.
///
/// # Errors
/// Why they can't be played here, in words; never a guess.
pub(in crate::check) fn play(series: &Series, tree: &Tree, place: &Place) -> Result<Stood, String> {
    // What every order of some steps comes to tells patches apart, and not right from wrong.
    let scenarios = Scenarios {
        walk: None,
        ..told(series)?.clone()
    };
    let kit = kit(series, &scenarios.decide.patch)?;
    let sandbox = place.as_ref().map_err(ToString::to_string)?;
    let as_it_stands = Combination {
        id: "none".to_owned(),
        tree,
        // Nothing is added to it.
        sources: Beside::default(),
    };
    let mut theatre = Theatre::open(series, &scenarios, &kit, &[as_it_stands], sandbox)?;
    let played = to_the_end(&mut theatre)?;
    let histories = played.histories.iter();
    let outcomes = histories.filter_map(|history| Some((history.at, history.outcomes.first()?)));
    let wrong = outcomes.filter(|(_, outcome)| !outcome.right);
    let wrong = wrong.map(|(at, outcome)| Wrong {
        at,
        is_real: is_real(&theatre, outcome),
    });
    Ok(Stood {
        wrong: wrong.collect(),
        stand_in: played.with.stand_in.clone(),
    })
}

fn is_real(theatre: &Theatre, outcome: &Outcome) -> bool {
    let decider = theatre.deciding.first().map(|at| &theatre.deciders[*at].0);
    let was_real = |started: &Started| {
        let decision = started.decision.as_ref();
        decision.is_some_and(|decision| decider.is_some_and(|one| one.real.contains(decision)))
    };
    let mut starts = outcome.starts.iter().filter(|(_, started)| !started.right);
    starts.all(|(_, started)| was_real(started))
}
