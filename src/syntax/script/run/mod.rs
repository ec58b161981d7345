//! The ways that a script may go, and the commands that each runs which name what is asked about. What is not known forks the way.

mod flow;
mod state;

use super::parse::parse;
use super::{Kind, Node, Redirect, UNKNOWN};
use crate::text::Span;

pub(super) use state::{Flow, State};

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
    /// Returns whether a path is the directory that is asked about.
    fn is_it(&self, path: &str) -> bool;
    /// Returns what a command may be whose words are not all known, if that would name what is asked about.
    fn may_be(&self, command: &str) -> Option<String>;
    /// Returns whether a name that is not known tells that it is about what is asked about.
    fn hints(&self, name: &str) -> bool;
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
    /// Why the script fails, if it does.
    pub fails: Option<&'static str>,
    /// Whether its last command fails, or what ends it says so.
    pub ends_badly: bool,
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
            let fails = state.fails;
            let ends_badly = state.status == Some(false);
            let is_as = |way: &&mut Way| way.runs == runs && way.fails == fails;
            match ways.iter_mut().find(is_as) {
                Some(way) => way.ends_badly &= ends_badly,
                None => ways.push(Way {
                    runs,
                    hangs_on: state.hangs_on,
                    fails,
                    ends_badly,
                }),
            }
        }
    }
    let open = walk.open;
    Some(Ways { ways, open })
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
                Redirect::In(target) => {
                    let target = self.joined(target, &mut state);
                    state.input = (target == "/dev/null").then(String::new);
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
        if !state.goes() {
            return vec![state];
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
            Kind::Count {
                first,
                condition,
                step,
                body,
            } => self.count(first, condition, step, body, state),
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
                self.counted(&text, state).map(|number| number != 0)
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
        self.each(states, |walk, mut state| {
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
                    let is_of_it = |number: &usize| walk.runs[*number].span == node.span;
                    if ends.runs.last().is_some_and(is_of_it) {
                        ends.fails = Some("the scriptlet fails where this does");
                    }
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
        let text = &tidy(text);
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
        } else if self.is_hinted(&plain) {
            unsure = Some("what it does is not known, and its name may tell that it is this");
            plain
        } else {
            return;
        };
        self.push(text, span, unsure, state);
    }

    pub(super) fn push(
        &mut self,
        text: String,
        span: Span,
        unsure: Option<&'static str>,
        state: &mut State,
    ) {
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

    /// Whether the name of a command, or that of a macro that is not known, tells that it is about what is asked about.
    fn is_hinted(&self, text: &str) -> bool {
        let is_macro = |word: &&str| word.starts_with("%{") && !word.starts_with("%{_");
        let mut words = text.split(' ');
        let name = words.next().unwrap_or_default();
        let is_own = !name.starts_with("%{_") || name.contains('/');
        is_own && self.world.hints(name)
            || words.filter(is_macro).any(|word| self.world.hints(word))
    }
}

/// A command with its paths in the shortest spelling.
fn tidy(text: &str) -> String {
    let mut text = text.to_owned();
    for long in ["/./", "//"] {
        while text.contains(long) {
            text = text.replace(long, "/");
        }
    }
    text
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
