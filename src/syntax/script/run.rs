//! The ways that a script may go, and the commands that each runs which name what is asked about. What is not known forks the way.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::parse::parse;
use super::words::{Field, matches_glob};
use super::{Kind, Node, Redirect, UNKNOWN, Word};
use crate::text::Span;

/// Ways that are followed at a time.
const WAYS: usize = 64;
/// Commands that are followed in all.
const STEPS: usize = 20_000;
/// Rounds of a loop that are followed.
const ROUNDS: usize = 100;
/// Functions and scripts in one another that are followed.
pub(super) const CALLS: usize = 20;
/// Bytes of a value.
pub(super) const VALUE: usize = 64 * 1024;

/// What is known of the machine that a script runs on, and what is asked about.
pub trait World {
    /// Returns whether a command, as its words with blanks between them, names what is asked about.
    fn names(&self, command: &str) -> bool;
    /// Returns whether a path is a directory that is there wherever what is asked about is.
    fn is_there(&self, path: &str) -> bool;
    /// Returns what a command may be whose words are not all known, if that would name what is asked about.
    fn may_be(&self, command: &str) -> Option<String>;
}

/// A command that is run, and names what is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its words with single blanks between them, values put in, redirections left out; words with blanks in them in quotes.
    pub text: String,
    /// Where it stands in the script.
    pub span: Span,
    /// Why it may be another command, or not be over when the script is.
    pub unsure: Option<&'static str>,
}

/// One way that a script may go.
#[derive(Clone, Debug)]
pub struct Way {
    /// What is run, in order.
    pub runs: Vec<Run>,
    /// The first command whose outcome was assumed.
    pub hangs_on: Option<String>,
}

/// All ways of a script.
#[derive(Clone, Debug)]
pub struct Ways {
    /// They, each different from the others.
    pub ways: Vec<Way>,
    /// Why there may be others.
    pub open: Option<&'static str>,
}

/// Returns the ways that a script may go which is called with these arguments; `None` where it can't be read.
pub fn ways(script: &str, arguments: &[&str], world: &dyn World) -> Option<Ways> {
    let tree = parse(script, 0, 0).ok()?;
    let mut walk = Walk {
        world,
        runs: Vec::new(),
        steps: 0,
        calls: 0,
        at: None,
        open: None,
    };
    let start = State {
        arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
        directory: Some("/".to_owned()),
        ..State::default()
    };
    let ends = walk.node(&tree, start);
    let mut ways: Vec<Way> = Vec::new();
    for mut state in ends {
        state.flow = Flow::Goes;
        state.errexit = false;
        for state in match state.at_exit.take() {
            Some(text) => walk.text(&text, state),
            None => vec![state],
        } {
            let runs = state.runs.iter().map(|number| {
                let mut run = walk.runs[*number].clone();
                if state.behind.contains(number) {
                    run.unsure = Some("it runs in the background, which nothing waits for");
                }
                run
            });
            let runs = runs.collect();
            if !ways.iter().any(|way| way.runs == runs) {
                let hangs_on = state.hangs_on;
                ways.push(Way { runs, hangs_on });
            }
        }
    }
    let open = walk.open;
    Some(Ways { ways, open })
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Flow {
    #[default]
    Goes,
    Breaks(usize),
    Continues(usize),
    Returns,
    Exits,
}

/// Where a way has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) arguments: Vec<String>,
    /// Where it stands; `None` where that is not known.
    pub(super) directory: Option<String>,
    pub(super) functions: BTreeMap<String, Rc<Node>>,
    /// Names that may mean something else.
    pub(super) aliases: Vec<String>,
    pub(super) errexit: bool,
    /// How many conditions it is in: a failure ends nothing there.
    pub(super) asks: usize,
    /// What is there to be read; `None` where that is not known.
    pub(super) input: Option<String>,
    /// What was said, where somebody listens.
    pub(super) output: String,
    pub(super) is_heard: bool,
    /// Whether the last command succeeded; `None` where that is not known.
    pub(super) status: Option<bool>,
    pub(super) flow: Flow,
    pub(super) at_exit: Option<String>,
    /// Numbers of what was run.
    pub(super) runs: Vec<usize>,
    /// Those that nothing has waited for.
    pub(super) behind: Vec<usize>,
    pub(super) unsure: Option<&'static str>,
    pub(super) hangs_on: Option<String>,
}

impl State {
    /// Whether both go on in the same way.
    fn is_as(&mut self, other: &mut State) -> bool {
        let own = self.hangs_on.take();
        let others = other.hangs_on.take();
        let is_as = self == other;
        self.hangs_on = own;
        other.hangs_on = others;
        is_as
    }

    pub(super) fn goes(&self) -> bool {
        self.flow == Flow::Goes
    }

    /// This way and another, in which it was the other way round with what could not be told.
    fn fork(mut self, why: &str) -> (State, State) {
        if self.hangs_on.is_none() {
            self.hangs_on = Some(why.replace(UNKNOWN, ""));
        }
        let mut other = self.clone();
        self.status = Some(true);
        other.status = Some(false);
        (self, other)
    }

    /// Takes over what a shell of its own leaves behind.
    pub(super) fn after(&self, inner: State) -> State {
        State {
            status: inner.status,
            runs: inner.runs,
            behind: inner.behind,
            output: inner.output,
            input: inner.input,
            hangs_on: inner.hangs_on,
            ..self.clone()
        }
    }
}

pub(super) struct Walk<'w> {
    pub(super) world: &'w dyn World,
    pub(super) runs: Vec<Run>,
    pub(super) steps: usize,
    pub(super) calls: usize,
    /// Where the text stands that is run as a script.
    pub(super) at: Option<Span>,
    pub(super) open: Option<&'static str>,
}

impl Walk<'_> {
    /// Runs a text as a script, in the same shell.
    pub(super) fn text(&mut self, text: &str, mut state: State) -> Vec<State> {
        if self.calls >= CALLS {
            self.open = Some("it calls itself again and again");
            return vec![state];
        }
        let Ok(tree) = parse(text, 0, 0) else {
            if self.world.names(&text.replace(UNKNOWN, "")) {
                self.open = Some("a text is run that can't be read");
            }
            state.status = None;
            return vec![state];
        };
        self.calls += 1;
        let states = self.node(&tree, state);
        self.calls -= 1;
        states
    }

    pub(super) fn node(&mut self, node: &Node, mut state: State) -> Vec<State> {
        self.steps += 1;
        if self.steps > STEPS {
            self.open = Some("it does more than is followed");
        }
        if !state.goes() || self.steps > STEPS {
            return vec![state];
        }
        if node.redirects.is_empty() {
            return self.kind(node, state);
        }
        let (input, heard) = (state.input.clone(), state.is_heard);
        let mut has_input = false;
        for redirect in &node.redirects {
            match redirect {
                Redirect::Text(word) => {
                    state.input = Some(self.joined(word, &mut state));
                    has_input = true;
                }
                Redirect::In => {
                    state.input = None;
                    has_input = true;
                }
                Redirect::Out { target, is_said } => {
                    let target = self.joined(target, &mut state);
                    self.record(&format!("> {target}"), node.span, &mut state);
                    state.is_heard &= !is_said;
                }
                Redirect::Other => {}
            }
        }
        let mut states = self.kind(node, state);
        for state in &mut states {
            state.is_heard = heard;
            if has_input {
                state.input.clone_from(&input);
            }
        }
        states
    }

    fn kind(&mut self, node: &Node, mut state: State) -> Vec<State> {
        match &node.kind {
            Kind::Simple { assigns, words } => {
                let states = self.simple(node, assigns, words, state);
                self.ends_on_failure(node, states)
            }
            Kind::Test(_) | Kind::Sum(_) => {
                state.status = self.answered(&node.kind, &mut state);
                self.ends_on_failure(node, vec![state])
            }
            Kind::Pipe { parts, negated } => {
                state.asks += usize::from(*negated);
                let mut states = self.pipe(parts, state);
                for state in &mut states {
                    state.asks -= usize::from(*negated);
                    state.status = state.status.map(|status| status != *negated);
                }
                if *negated {
                    return states;
                }
                self.ends_on_failure(node, states)
            }
            Kind::And(left, right) => self.either(left, right, true, state),
            Kind::Or(left, right) => self.either(left, right, false, state),
            Kind::List(all) => all.iter().fold(vec![state], |states, one| {
                self.each(states, |walk, state| walk.node(one, state))
            }),
            Kind::Background(inner) => self.behind(inner, &state),
            Kind::If { arms, otherwise } => self.if_(arms, otherwise.as_deref(), state),
            Kind::For { name, words, body } => self.for_(name, words.as_deref(), body, state),
            Kind::While {
                until,
                condition,
                body,
            } => self.while_(*until, condition, body, state),
            Kind::Case { word, arms } => self.case(word, arms, state),
            Kind::Function { name, body } => {
                state.functions.insert(name.clone(), body.clone());
                state.status = Some(true);
                vec![state]
            }
            Kind::Subshell(inner) => {
                let ends = self.node(inner, state.clone());
                let ends = ends.into_iter().map(|end| state.after(end)).collect();
                self.ends_on_failure(node, ends)
            }
        }
    }

    /// What `[[ … ]]` or `(( … ))` says.
    fn answered(&mut self, kind: &Kind, state: &mut State) -> Option<bool> {
        match kind {
            Kind::Test(words) => {
                let words = words.iter().map(|word| self.joined(word, state));
                let words: Vec<String> = words.collect();
                self.asked(&words, state, true)
            }
            Kind::Sum(word) => {
                let text = self.joined(word, state);
                self.sum(&text, state).map(|number| number != 0)
            }
            _ => None,
        }
    }

    /// Runs a node in the background.
    fn behind(&mut self, node: &Node, state: &State) -> Vec<State> {
        let known = state.runs.len();
        let ends = self.node(node, state.clone()).into_iter();
        let ends = ends.map(|end| {
            let mut state = state.after(end);
            state.behind.extend_from_slice(&state.runs[known..]);
            state.status = Some(true);
            state
        });
        ends.collect()
    }

    /// Follows each way further, and drops those that have come to the same.
    pub(super) fn each(
        &mut self,
        states: Vec<State>,
        mut follow: impl FnMut(&mut Self, State) -> Vec<State>,
    ) -> Vec<State> {
        let mut found: Vec<State> = Vec::new();
        for state in states {
            for mut state in follow(self, state) {
                if !found.iter_mut().any(|known| known.is_as(&mut state)) {
                    found.push(state);
                }
            }
        }
        if found.len() > WAYS {
            self.open = Some("it may go more ways than are followed");
            found.truncate(WAYS);
        }
        found
    }

    /// Under `set -e`, a failure ends the script.
    fn ends_on_failure(&mut self, node: &Node, states: Vec<State>) -> Vec<State> {
        self.each(states, |_, mut state| {
            if !state.errexit || state.asks > 0 || !state.goes() {
                return vec![state];
            }
            match state.status {
                Some(true) => vec![state],
                Some(false) => {
                    state.flow = Flow::Exits;
                    vec![state]
                }
                None => {
                    let (goes, mut ends) = state.fork(told(node));
                    ends.flow = Flow::Exits;
                    vec![goes, ends]
                }
            }
        })
    }

    /// Runs a condition; each way with what came of it, forked where that is not known.
    fn decided(&mut self, condition: &Node, mut state: State) -> Vec<State> {
        state.asks += 1;
        let states = self.node(condition, state);
        self.each(states, |_, mut state| {
            state.asks -= 1;
            if state.goes() && state.status.is_none() {
                let (one, other) = state.fork(told(condition));
                return vec![one, other];
            }
            vec![state]
        })
    }

    fn either(&mut self, left: &Node, right: &Node, wanted: bool, state: State) -> Vec<State> {
        let states = self.decided(left, state);
        self.each(states, |walk, state| {
            if state.goes() && state.status == Some(wanted) {
                walk.node(right, state)
            } else {
                vec![state]
            }
        })
    }

    fn if_(
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

    fn for_(
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

    fn while_(&mut self, until: bool, condition: &Node, body: &Node, state: State) -> Vec<State> {
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
                left.extend(on);
            }
        }
        self.each(left, |_, state| vec![out_of_loop(state)])
    }

    fn case(&mut self, word: &Word, arms: &[(Vec<Word>, Node)], mut state: State) -> Vec<State> {
        let value = self.joined(word, &mut state);
        let mut ends = Vec::new();
        let mut open = Some(state);
        for (patterns, body) in arms {
            let Some(mut state) = open.take() else {
                break;
            };
            let is_match = self.is_one_of(&value, patterns, &mut state);
            match is_match {
                Some(true) => {
                    state.status = Some(true);
                    ends.extend(self.node(body, state));
                }
                Some(false) => open = Some(state),
                None => {
                    let (one, other) = state.fork(&value);
                    ends.extend(self.node(body, one));
                    open = Some(other);
                }
            }
        }
        if let Some(mut state) = open {
            state.status = Some(true);
            ends.push(state);
        }
        self.each(ends, |_, state| vec![state])
    }

    fn is_one_of(&mut self, value: &str, patterns: &[Word], state: &mut State) -> Option<bool> {
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

    fn pipe(&mut self, parts: &[Node], state: State) -> Vec<State> {
        if let [only] = parts {
            return self.node(only, state);
        }
        let Some((last, before)) = parts.split_last() else {
            return vec![state];
        };
        let outer = state.clone();
        let mut states = vec![State {
            output: String::new(),
            is_heard: true,
            ..state
        }];
        for part in before {
            states = self.each(states, |walk, state| {
                let ends = walk.node(part, state.clone());
                let next = ends.into_iter().map(|end| {
                    let mut next = state.after(end);
                    next.input = Some(std::mem::take(&mut next.output));
                    next
                });
                next.collect()
            });
        }
        self.each(states, |walk, mut state| {
            state.is_heard = outer.is_heard;
            state.output.clone_from(&outer.output);
            let ends = walk.node(last, state);
            let ends = ends.into_iter().map(|end| {
                let mut next = outer.after(end);
                next.input.clone_from(&outer.input);
                next
            });
            ends.collect()
        })
    }

    /// Notes a command that is run, if it names what is asked about.
    pub(super) fn record(&mut self, text: &str, span: Span, state: &mut State) {
        let mut unsure = state.unsure;
        let plain = text.replace(UNKNOWN, "");
        let text = if self.world.names(&plain) {
            plain
        } else if let Some(text) = text
            .contains(UNKNOWN)
            .then(|| self.world.may_be(text))
            .flatten()
        {
            unsure = Some("what it is given is not known");
            text
        } else {
            return;
        };
        let name = text.split(' ').next().unwrap_or_default();
        if state.aliases.iter().any(|alias| alias == name) {
            unsure = Some("the scriptlet gives the command's name another meaning");
        }
        let run = Run {
            text,
            span: self.at.unwrap_or(span),
            unsure,
        };
        let known = self.runs.iter().position(|known| *known == run);
        let number = known.unwrap_or(self.runs.len());
        if known.is_none() {
            self.runs.push(run);
        }
        state.runs.push(number);
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

/// The text of the first command in a node.
pub(super) fn told(node: &Node) -> &str {
    if !node.text.is_empty() {
        return &node.text;
    }
    let inner = match &node.kind {
        Kind::Pipe { parts, .. } | Kind::List(parts) => parts.last(),
        Kind::And(left, _) | Kind::Or(left, _) => Some(&**left),
        Kind::Background(inner) | Kind::Subshell(inner) => Some(&**inner),
        Kind::If { arms, .. } => arms.first().map(|(condition, _)| condition),
        Kind::While { condition, .. } => Some(&**condition),
        _ => None,
    };
    inner.map_or("a command", told)
}
