//! The ways through a function in one case: what is known is computed, and what is not goes both ways. Does not know what an answer
//! means.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::value::Value;
use crate::syntax::body::{Body, Step, Width};

/// What a file and a case tell of names.
pub(super) trait World {
    /// The value that a name, or a call without arguments, gives, where it is an input.
    fn given(&self, name: &str, is_called: bool) -> Option<Value>;
    /// The value that a field, or a parameter of the function that is followed, holds before the call, by its name.
    fn held(&self, name: &str) -> Option<Value>;
    /// The value that a place has once it was read into, by the name of the place.
    fn read(&self, name: &str) -> Option<Value>;
    /// The name that a callee has for an argument, where its prototype is known.
    fn parameter(&self, function: &str, at: usize) -> Option<String>;
    /// The entry that a text names.
    fn entry(&self, text: &str) -> Option<String>;
    /// The effect that a call of a function has.
    fn effect(&self, function: &str) -> Option<&str>;
    /// The body of a function, or of a macro that is one, where it can be followed.
    fn body(&self, function: &str) -> Option<Rc<Body>>;
    /// Whether a function is followed although no input is handed to it.
    fn is_followed(&self, function: &str) -> bool;
    /// Whether a term is true, where the series settles it.
    fn settled(&self, text: &str) -> Option<bool>;
}

/// A way that ended.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// What was returned.
    pub(super) answer: Option<Value>,
    /// The effects on it.
    pub(super) effects: BTreeSet<String>,
    /// What was decided about terms, in the order in which it was met.
    pub(super) choices: Vec<(Rc<str>, bool)>,
}

/// Why the ways can't be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Code of a form that is not known.
    Unknown(String),
    /// What happens depends on an input in a way that is not known.
    Depends(String),
    /// There are too many.
    Many,
}

/// Steps in all, ways that are open at once, jumps of one way to one place that nothing known decides, and calls in calls.
const MOST_STEPS: usize = 40_000;
const MOST_OPEN: usize = 128;
const MOST_TURNS: u8 = 2;
const MOST_KNOWN_TURNS: u16 = 300;
pub(super) const DEEPEST: usize = 5;

/// Stands before the number of a call in the text of what it gave.
pub(super) const CALL: &str = " of call ";

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) values: BTreeMap<Rc<str>, Value>,
    /// Terms that may be asked again, and what was decided.
    pub(super) decided: BTreeMap<Rc<str>, bool>,
    pub(super) effects: BTreeSet<String>,
    pub(super) choices: Vec<(Rc<str>, bool)>,
    /// How often a way went through a place.
    turns: BTreeMap<(usize, usize), (u8, u16)>,
    pub(super) calls: u32,
}

impl State {
    /// What the rest of a way depends on.
    fn told(&self) -> String {
        format!("{:?}{:?}{:?}", self.values, self.decided, self.effects)
    }
}

/// Takes the ways that are furthest behind, those that have the same ahead of them as one: what was decided on one alone does not matter.
fn next(open: &mut Vec<(usize, State)>) -> Option<(usize, State)> {
    let least = open.iter().map(|(at, _)| *at).min()?;
    let first = open.iter().position(|(at, _)| *at == least)?;
    let (at, mut state) = open.swap_remove(first);
    if open.iter().any(|(other, _)| *other == at) {
        let told = state.told();
        open.retain(|(other, same)| {
            let is_same = *other == at && same.told() == told;
            if is_same {
                state.choices.retain(|choice| same.choices.contains(choice));
            }
            !is_same
        });
    }
    Some((at, state))
}

/// Follows functions, and counts what that costs.
pub(super) struct Walk<'w> {
    pub(super) world: &'w dyn World,
    steps: usize,
    pub(super) frames: usize,
    /// Functions that were followed.
    pub(super) followed: BTreeSet<String>,
}

pub(super) type Values = Result<Vec<(State, Value)>, Lost>;

/// A call that is followed.
pub(super) struct Frame<'b> {
    pub(super) body: &'b Body,
    pub(super) number: usize,
    pub(super) depth: usize,
}

impl<'w> Walk<'w> {
    pub(super) fn new(world: &'w dyn World) -> Self {
        Walk {
            world,
            steps: 0,
            frames: 0,
            followed: BTreeSet::new(),
        }
    }

    /// Follows a function from its beginning.
    pub(super) fn follow(&mut self, name: &str, body: &Body) -> Result<Vec<Way>, Lost> {
        self.followed.insert(name.to_owned());
        let mut state = State::default();
        for slot in &body.params {
            let name = plain(slot);
            let is_number = body.widths.get(slot) != Some(&Width::Any);
            let value = self.world.held(name).filter(|_| is_number);
            let value = value.unwrap_or_else(|| Value::term(name, false));
            state.values.insert(place(0, slot), value);
        }
        let ends = self.run(body, state, 0)?;
        let ways = ends.into_iter().map(|(state, answer)| Way {
            answer,
            effects: state.effects,
            choices: state.choices,
        });
        Ok(ways.collect())
    }

    pub(super) fn run(
        &mut self,
        body: &Body,
        state: State,
        depth: usize,
    ) -> Result<Vec<(State, Option<Value>)>, Lost> {
        let frame = Frame {
            body,
            number: self.frames,
            depth,
        };
        let mut open = vec![(0, state)];
        let mut ends = Vec::new();
        while let Some((at, mut state)) = next(&mut open) {
            self.steps += 1;
            if self.steps > MOST_STEPS || open.len() > MOST_OPEN {
                return Err(Lost::Many);
            }
            let Some(step) = body.steps.get(at) else {
                ends.push((state, None));
                continue;
            };
            match step {
                Step::Unknown(text) => return Err(Lost::Unknown(text.clone())),
                Step::Jump(to) => {
                    let turns = state.turns.entry((frame.number, at)).or_default();
                    turns.1 += 1;
                    if turns.1 > MOST_KNOWN_TURNS {
                        return Err(Lost::Many);
                    }
                    open.push((*to, state));
                }
                Step::Eval(expr) => {
                    let after = self.eval(&frame, expr, state)?;
                    open.extend(after.into_iter().map(|(state, _)| (at + 1, state)));
                }
                Step::Declare(slot, value, is_kept) => {
                    let after = match value {
                        Some(value) if !is_kept => self.eval(&frame, value, state)?,
                        _ => vec![(state, Value::term(plain(slot), false))],
                    };
                    for (mut state, value) in after {
                        let value = fitted(frame.body.widths.get(slot), value);
                        state.values.insert(place(frame.number, slot), value);
                        open.push((at + 1, state));
                    }
                }
                Step::Unless(condition, to) => {
                    for (state, value) in self.eval(&frame, condition, state)? {
                        let sides = self.sides(state, &value, Some((frame.number, at)))?;
                        for (state, truth) in sides {
                            open.push((if truth { at + 1 } else { *to }, state));
                        }
                    }
                }
                Step::Return(None) => ends.push((state, None)),
                Step::Return(Some(expr)) => {
                    let after = self.eval(&frame, expr, state)?;
                    ends.extend(after.into_iter().map(|(state, value)| (state, Some(value))));
                }
            }
        }
        Ok(ends)
    }

    /// Both sides of a condition, or the one that is known.
    pub(super) fn sides(
        &self,
        mut state: State,
        value: &Value,
        at: Option<(usize, usize)>,
    ) -> Result<Vec<(State, bool)>, Lost> {
        if let Some(truth) = value.truth() {
            return Ok(vec![(state, truth)]);
        }
        let Value::Term(text, has_input) = value else {
            return Ok(Vec::new());
        };
        if *has_input {
            return Err(Lost::Depends(text.to_string()));
        }
        // What is the same question asked the other way round has the same answer.
        let (asked, is_same) = question(text);
        let known = state.decided.get(asked).copied();
        if let Some(known) = known.or_else(|| self.world.settled(asked)) {
            return Ok(vec![(state, known == is_same)]);
        }
        if let Some(at) = at {
            let turns = state.turns.entry(at).or_default();
            turns.0 = turns.0.saturating_add(1);
            if turns.0 > MOST_TURNS {
                // A loop that nothing known ends is left.
                return Ok(vec![(state, false)]);
            }
        }
        let mut sides = Vec::new();
        for truth in [false, true] {
            let mut side = state.clone();
            let asked: Rc<str> = asked.into();
            let answer = truth == is_same;
            // What a call gave is asked again only where it is kept.
            let is_kept =
                |value: &Value| matches!(value, Value::Term(text, _) if asked.contains(&**text));
            if !asked.contains(CALL) || state.values.values().any(is_kept) {
                side.decided.insert(asked.clone(), answer);
            }
            side.choices.push((asked, answer));
            sides.push((side, truth));
        }
        Ok(sides)
    }
}

pub(super) fn place(frame: usize, slot: &str) -> Rc<str> {
    format!("{frame}.{slot}").into()
}

pub(super) fn plain(slot: &str) -> &str {
    slot.rsplit('#').next().unwrap_or(slot)
}

pub(super) fn fitted(width: Option<&Width>, value: Value) -> Value {
    match (width, value) {
        (Some(width), Value::Number(number, input)) => Value::Number(width.fit(number), input),
        (_, value) => value,
    }
}

/// The term that a term asks about, and whether it is asked as it stands or the other way round.
fn question(text: &str) -> (&str, bool) {
    let inner = |end: &str| text.strip_prefix('(')?.strip_suffix(end);
    if let Some(inner) = inner(" == 0)") {
        let (asked, is_same) = question(inner);
        return (asked, !is_same);
    }
    match inner(" != 0)") {
        Some(inner) => question(inner),
        None => (text, true),
    }
}

/// A term as it stands in the code.
pub(super) fn without_calls(text: &str) -> String {
    let mut parts = text.split(CALL);
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    told
}

/// Whether what was decided on two ways can be true at once.
pub(super) fn agree(one: &Way, other: &Way) -> bool {
    let decided: HashMap<&str, bool> = one
        .choices
        .iter()
        .map(|(text, truth)| (text.as_ref(), *truth))
        .collect();
    let mut choices = other.choices.iter();
    choices.all(|(text, truth)| {
        decided
            .get(text.as_ref())
            .is_none_or(|known| known == truth)
    })
}
