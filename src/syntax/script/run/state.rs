//! Where a way through a script has come to: values, functions, what was run, how it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::super::{Node, UNKNOWN};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::syntax::script) enum Flow {
    #[default]
    Goes,
    Breaks(usize),
    Continues(usize),
    Returns,
    Exits,
}

/// Where a way has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::syntax::script) struct State {
    pub(in crate::syntax::script) variables: BTreeMap<String, String>,
    pub(in crate::syntax::script) arrays: BTreeMap<String, Vec<String>>,
    /// Names whose values stay as they are.
    pub(in crate::syntax::script) constant: BTreeSet<String>,
    /// Names whose values other programs are given.
    pub(in crate::syntax::script) exported: BTreeSet<String>,
    /// What the names that are a function's own were before, for each function that is running.
    pub(in crate::syntax::script) locals: Vec<BTreeMap<String, Option<String>>>,
    pub(in crate::syntax::script) arguments: Vec<String>,
    /// Where it stands; `None` where that is not known.
    pub(in crate::syntax::script) directory: Option<String>,
    pub(in crate::syntax::script) functions: BTreeMap<String, Rc<Node>>,
    /// Names that stand for a text.
    pub(in crate::syntax::script) aliases: BTreeMap<String, String>,
    pub(in crate::syntax::script) errexit: bool,
    /// A value that nothing has set ends the script.
    pub(in crate::syntax::script) nounset: bool,
    /// How many conditions it is in: a failure ends nothing there.
    pub(in crate::syntax::script) asks: usize,
    /// What is there to be read; `None` where that is not known.
    pub(in crate::syntax::script) input: Option<String>,
    /// What was said, where somebody listens.
    pub(in crate::syntax::script) output: String,
    pub(in crate::syntax::script) is_heard: bool,
    /// Whether the last command succeeded; `None` where that is not known.
    pub(in crate::syntax::script) status: Option<bool>,
    pub(in crate::syntax::script) flow: Flow,
    pub(in crate::syntax::script) at_exit: Option<String>,
    /// Numbers of what was run.
    pub(in crate::syntax::script) runs: Vec<usize>,
    /// Those that nothing has waited for.
    pub(in crate::syntax::script) behind: Vec<usize>,
    pub(in crate::syntax::script) unsure: Option<&'static str>,
    pub(in crate::syntax::script) hangs_on: Option<String>,
    /// Why the script fails.
    pub(in crate::syntax::script) fails: Option<&'static str>,
}

impl State {
    /// Whether both go on in the same way.
    pub(super) fn is_as(&mut self, other: &mut State) -> bool {
        let own = self.hangs_on.take();
        let others = other.hangs_on.take();
        let is_as = self == other;
        self.hangs_on = own;
        other.hangs_on = others;
        is_as
    }

    pub(in crate::syntax::script) fn goes(&self) -> bool {
        self.flow == Flow::Goes
    }

    /// This way and another, in which it was the other way round with what could not be told.
    pub(super) fn fork(mut self, why: &str) -> (State, State) {
        if self.hangs_on.is_none() {
            self.hangs_on = Some(why.replace(UNKNOWN, ""));
        }
        let mut other = self.clone();
        self.status = Some(true);
        other.status = Some(false);
        (self, other)
    }

    /// Takes over what a shell of its own leaves behind.
    pub(in crate::syntax::script) fn after(&self, inner: State) -> State {
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
