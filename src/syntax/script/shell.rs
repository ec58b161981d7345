//! A shell that a command starts: which script it runs, with which options, and what it knows of the one that started it.

use super::UNKNOWN;
use super::run::{State, Walk};
use super::settings::ALL;
use super::words::Field;
use crate::text::Span;

/// How a shell is called.
#[derive(Default)]
struct How {
    /// Whether the script is a word of the command.
    is_text: bool,
    /// Whether the script is read from its input.
    reads: bool,
    /// Whether it only reads, and runs nothing.
    only_reads: bool,
    errexit: bool,
}

impl How {
    /// Reads the options; returns what stands behind them.
    fn of(mut rest: &[Field]) -> (How, &[Field]) {
        let mut how = How {
            reads: rest.is_empty(),
            ..How::default()
        };
        while let Some((option, behind)) = rest.split_first() {
            if !option.starts_with('-') {
                break;
            }
            rest = behind;
            match option.as_str() {
                "-s" | "-" => how.reads = true,
                "-o" => {
                    how.errexit |= behind.first().is_some_and(|name| name == "errexit");
                    how.only_reads |= behind.first().is_some_and(|name| name == "noexec");
                    rest = behind.get(1..).unwrap_or_default();
                }
                option if option.starts_with("--") => {}
                option => {
                    how.is_text |= option.contains('c');
                    how.reads |= option.contains('s');
                    how.only_reads |= option.contains('n');
                    how.errexit |= option.contains('e');
                }
            }
        }
        (how, rest)
    }
}

impl Walk<'_> {
    pub(super) fn shell(&mut self, fields: &[Field], span: Span, mut state: State) -> Vec<State> {
        let (how, rest) = How::of(&fields[1..]);
        if how.only_reads {
            state.status = None;
            return vec![state];
        }
        let mut inner = started(&state, &how);
        let script = match (how.is_text, rest) {
            (true, [script, arguments @ ..]) => {
                let zero = arguments.first().cloned().unwrap_or_default();
                inner.variables.insert("0".to_owned(), zero);
                inner.arguments = arguments.get(1..).unwrap_or_default().to_vec();
                Some(script.clone())
            }
            (false, []) => state.input.clone(),
            (false, arguments) if how.reads => {
                inner.arguments = arguments.to_vec();
                state.input.clone()
            }
            (false, [file, ..]) if file == "/dev/stdin" => state.input.clone(),
            _ => None,
        };
        let Some(script) = script else {
            return self.plain(fields, span, state);
        };
        if !how.is_text {
            inner.input = None;
        }
        if script.contains(UNKNOWN) {
            return self.plain(&[fields[0].clone(), script], span, state);
        }
        let ends = self.within(&script, span, inner);
        ends.into_iter().map(|end| state.after(end)).collect()
    }
}

/// What a shell knows that another has started.
fn started(state: &State, how: &How) -> State {
    let mut inner = State {
        errexit: how.errexit,
        nounset: false,
        asks: 0,
        at_exit: None,
        ..state.clone()
    };
    inner.functions.clear();
    inner.arguments.clear();
    inner.aliases.clear();
    inner.locals.clear();
    inner.constant.clear();
    if !state.exported.contains(ALL) {
        inner.arrays.clear();
        let exported = &state.exported;
        inner.variables.retain(|name, _| exported.contains(name));
    }
    inner
}
