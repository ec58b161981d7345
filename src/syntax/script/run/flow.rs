//! What decides which commands are run, and how often: lists, conditions, loops, cases.

use super::super::words::{Field, matches_glob};
use super::super::{Arm, Next, Node, UNKNOWN, Word};
use super::state::{Flow, State};
use super::{ROUNDS, Walk};

impl Walk<'_> {
    pub(super) fn either(
        &mut self,
        left: &Node,
        right: &Node,
        wanted: bool,
        state: State,
    ) -> Vec<State> {
        let states = self.decided(left, state);
        self.each(states, |walk, state| {
            if state.goes() && state.status == Some(wanted) {
                walk.node(right, state)
            } else {
                vec![state]
            }
        })
    }

    pub(super) fn if_(
        &mut self,
        arms: &[(Node, Node)],
        otherwise: Option<&Node>,
        mut state: State,
    ) -> Vec<State> {
        let Some(((condition, body), arms)) = arms.split_first() else {
            state.status = Some(true);
            return match otherwise {
                Some(body) => self.node(body, state),
                None => vec![state],
            };
        };
        let states = self.decided(condition, state);
        self.each(states, |walk, state| match state.status {
            _ if !state.goes() => vec![state],
            Some(true) => walk.node(body, state),
            _ => walk.if_(arms, otherwise, state),
        })
    }

    pub(super) fn for_(
        &mut self,
        name: &str,
        words: Option<&[Word]>,
        body: &Node,
        mut state: State,
    ) -> Vec<State> {
        let values: Vec<Field> = match words {
            Some(words) => self.fields(words, &mut state),
            None => state.arguments.clone(),
        };
        state.status = Some(true);
        // A value that is not known may be none, or many.
        let (mut states, rounds) = match values.iter().find(|value| value.starts_with(UNKNOWN)) {
            Some(value) => {
                let (one, other) = state.fork(value);
                (vec![other, one], values.len())
            }
            None => (vec![state], values.len()),
        };
        if rounds > ROUNDS {
            self.open = Some("a loop goes on for longer than is followed");
        }
        let mut left = Vec::new();
        for value in values.into_iter().take(ROUNDS) {
            let is_unknown = value.starts_with(UNKNOWN);
            states = self.each(states, |walk, mut state| {
                if is_unknown && state.status == Some(false) {
                    return vec![state];
                }
                state.variables.insert(name.to_owned(), value.clone());
                walk.node(body, state)
            });
            let (on, out): (Vec<State>, Vec<State>) = states.into_iter().partition(loops_on);
            left.extend(out);
            states = on.into_iter().map(in_next_round).collect();
        }
        left.extend(states);
        self.each(left, |_, state| vec![out_of_loop(state)])
    }

    pub(super) fn while_(
        &mut self,
        until: bool,
        condition: &Node,
        body: &Node,
        state: State,
    ) -> Vec<State> {
        let mut left = Vec::new();
        let mut states = vec![state];
        for round in 0..=ROUNDS {
            let asked = self.each(states, |walk, state| walk.decided(condition, state));
            let (on, mut out): (Vec<State>, Vec<State>) = asked
                .into_iter()
                .partition(|state| state.goes() && state.status == Some(!until));
            for state in &mut out {
                state.status = Some(true);
            }
            left.extend(out);
            if on.is_empty() {
                break;
            }
            if round == ROUNDS {
                self.open = Some("a loop goes on for longer than is followed");
                left.extend(on);
                break;
            }
            let before = on.clone();
            states = self.each(on, |walk, state| walk.node(body, state));
            let (on, out): (Vec<State>, Vec<State>) = states.into_iter().partition(loops_on);
            left.extend(out);
            // A round that changes nothing is the last that tells something.
            let mut on: Vec<State> = on.into_iter().map(in_next_round).collect();
            let known = |state: &mut State| before.clone().iter_mut().any(|b| b.is_as(state));
            let changed: Vec<State> = on
                .iter_mut()
                .filter_map(|state| (!known(state)).then(|| state.clone()))
                .collect();
            states = changed;
            if states.is_empty() && left.is_empty() {
                // It never ends, or is ended by something else.
                for state in &mut on {
                    state.flow = Flow::Exits;
                    state.fails = Some("the scriptlet never comes to an end");
                }
                left.extend(on);
            }
        }
        self.each(left, |_, state| vec![out_of_loop(state)])
    }

    pub(super) fn case(&mut self, word: &Word, arms: &[Arm], mut state: State) -> Vec<State> {
        let value = self.joined(word, &mut state);
        let mut ends = Vec::new();
        // Those that ask the patterns, and those that run what comes next.
        let mut open = vec![state];
        let mut runs: Vec<State> = Vec::new();
        for Arm {
            patterns,
            body,
            next,
        } in arms
        {
            let mut on = Vec::new();
            for mut state in std::mem::take(&mut open) {
                match self.is_one_of(&value, patterns, &mut state) {
                    Some(true) => {
                        state.status = Some(true);
                        runs.push(state);
                    }
                    Some(false) => on.push(state),
                    None => {
                        let (one, other) = state.fork(&value);
                        runs.push(one);
                        on.push(other);
                    }
                }
            }
            let ran = std::mem::take(&mut runs);
            let ran = self.each(ran, |walk, state| walk.node(body, state));
            open = on;
            match next {
                Next::Leaves => ends.extend(ran),
                Next::Runs => runs = ran,
                Next::Asks => open.extend(ran),
            }
        }
        for mut state in open {
            if state.goes() {
                state.status = Some(true);
            }
            ends.push(state);
        }
        ends.extend(runs);
        self.each(ends, |_, state| vec![state])
    }

    /// A loop that counts.
    pub(super) fn count(
        &mut self,
        first: &Word,
        condition: &Word,
        step: &Word,
        body: &Node,
        mut state: State,
    ) -> Vec<State> {
        let text = self.joined(first, &mut state);
        self.counted(&text, &mut state);
        let mut states = vec![state];
        let mut left = Vec::new();
        for round in 0..=ROUNDS {
            let mut on = Vec::new();
            for mut state in states {
                let text = self.joined(condition, &mut state);
                let goes_on = match text.trim() {
                    "" => Some(true),
                    text => self.counted(text, &mut state).map(|number| number != 0),
                };
                match goes_on {
                    Some(true) if round < ROUNDS => on.push(state),
                    Some(false) => left.push(state),
                    _ => {
                        self.open = Some("a loop goes on for longer than is followed");
                        left.push(state);
                    }
                }
            }
            let ran = self.each(on, |walk, state| walk.node(body, state));
            let (on, out): (Vec<State>, Vec<State>) = ran.into_iter().partition(loops_on);
            left.extend(out);
            states = self.each(on, |walk, state| {
                let mut state = in_next_round(state);
                let text = walk.joined(step, &mut state);
                walk.counted(&text, &mut state);
                vec![state]
            });
            if states.is_empty() {
                break;
            }
        }
        self.each(left, |_, state| vec![out_of_loop(state)])
    }

    pub(super) fn is_one_of(
        &mut self,
        value: &str,
        patterns: &[Word],
        state: &mut State,
    ) -> Option<bool> {
        let mut is_known = true;
        for pattern in patterns {
            let pattern = self.joined(pattern, state);
            let is_all = pattern == "*";
            if !is_all && (pattern.contains(UNKNOWN) || value.contains(UNKNOWN)) {
                is_known = false;
            } else if matches_glob(&pattern, value) {
                return Some(true);
            }
        }
        is_known.then_some(false)
    }
}

fn loops_on(state: &State) -> bool {
    matches!(state.flow, Flow::Goes | Flow::Continues(1))
}

fn in_next_round(mut state: State) -> State {
    state.flow = Flow::Goes;
    state
}

fn out_of_loop(mut state: State) -> State {
    state.flow = match state.flow {
        Flow::Breaks(0 | 1) | Flow::Continues(0 | 1) => Flow::Goes,
        Flow::Breaks(more) => Flow::Breaks(more - 1),
        Flow::Continues(more) => Flow::Continues(more - 1),
        other => other,
    };
    state
}
