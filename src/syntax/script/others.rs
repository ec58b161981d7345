//! Commands that run others: `eval`, `sh -c`, `xargs` and the like.

use super::UNKNOWN;
use super::calls::say;
use super::run::{Flow, State, Walk};
use super::words::Field;
use crate::text::Span;

const SHELLS: [&str; 4] = ["sh", "bash", "dash", "ksh"];
/// Commands that one call of `xargs` is followed for.
const CALLED: usize = 100;

impl Walk<'_> {
    /// Commands that run others, and those that are not known.
    pub(super) fn others(
        &mut self,
        name: &str,
        fields: &[Field],
        span: Span,
        mut state: State,
    ) -> Vec<State> {
        let rest = &fields[1..];
        match name {
            "eval" => self.within(&rest.join(" "), span, state),
            "." | "source" if rest == ["/dev/stdin"] => match state.input.clone() {
                Some(text) => self.within(&text, span, state),
                None => self.plain(fields, span, state),
            },
            "exec" => {
                let ends = match rest {
                    [] => return self.call(&[], span, state),
                    _ => self.plain_call(rest, span, state),
                };
                let ends = ends.into_iter().map(|mut state| {
                    state.flow = Flow::Exits;
                    state
                });
                ends.collect()
            }
            "command" | "builtin" if rest.first().is_some_and(|word| !word.starts_with('-')) => {
                self.plain_call(rest, span, state)
            }
            "nice" | "ionice" | "nohup" | "env" | "setsid" | "timeout" | "stdbuf" => {
                match passed(name, rest) {
                    [] => self.plain(fields, span, state),
                    inner => self.plain_call(inner, span, state),
                }
            }
            "xargs" => self.xargs(fields, span, state),
            "cat" if rest.is_empty() || rest == ["-"] => {
                let input = state.input.clone();
                let input = input.unwrap_or_else(|| format!("{UNKNOWN}$(cat)"));
                say(&input, &mut state);
                state.status = Some(true);
                vec![state]
            }
            "basename" | "dirname" if rest.len() == 1 && !rest[0].contains(UNKNOWN) => {
                let path = rest[0].trim_end_matches('/');
                let (above, own) = path.rsplit_once('/').unwrap_or((".", path));
                let part = if name == "basename" { own } else { above };
                say(&format!("{part}\n"), &mut state);
                state.status = Some(true);
                vec![state]
            }
            _ if SHELLS.contains(&name) => self.shell(fields, span, state),
            _ => self.plain(fields, span, state),
        }
    }

    /// Runs a text as a script, as if it stood where the command does.
    fn within(&mut self, text: &str, span: Span, state: State) -> Vec<State> {
        let outer = self.at;
        self.at = outer.or(Some(span));
        let states = self.text(text, state);
        self.at = outer;
        states
    }

    fn shell(&mut self, fields: &[Field], span: Span, state: State) -> Vec<State> {
        let mut rest = &fields[1..];
        let mut inner = State {
            errexit: false,
            functions: std::collections::BTreeMap::default(),
            arguments: Vec::new(),
            asks: 0,
            at_exit: None,
            ..state.clone()
        };
        let mut is_text = false;
        let mut reads = rest.is_empty();
        while let Some((option, behind)) = rest.split_first() {
            match option.as_str() {
                "-s" | "-" => reads = true,
                "--" => {}
                "-o" => {
                    inner.errexit |= behind.first().is_some_and(|name| name == "errexit");
                    rest = behind.get(1..).unwrap_or_default();
                    continue;
                }
                option if option.starts_with("--") => {}
                option if option.starts_with('-') => {
                    is_text |= option.contains('c');
                    reads |= option.contains('s');
                    inner.errexit |= option.contains('e');
                }
                _ => break,
            }
            rest = behind;
        }
        let script = match (is_text, rest) {
            (true, [script, arguments @ ..]) => {
                let zero = arguments.first().cloned().unwrap_or_default();
                inner.variables.insert("0".to_owned(), zero);
                inner.arguments = arguments.get(1..).unwrap_or_default().to_vec();
                Some(script.clone())
            }
            (false, []) => state.input.clone(),
            (false, arguments) if reads => {
                inner.arguments = arguments.to_vec();
                state.input.clone()
            }
            (false, [file, ..]) if file == "/dev/stdin" => state.input.clone(),
            _ => None,
        };
        let Some(script) = script else {
            return self.plain(fields, span, state);
        };
        if !is_text {
            inner.input = None;
        }
        if script.contains(UNKNOWN) {
            return self.plain(&[fields[0].clone(), script], span, state);
        }
        let ends = self.within(&script, span, inner);
        ends.into_iter().map(|end| state.after(end)).collect()
    }

    fn xargs(&mut self, fields: &[Field], span: Span, mut state: State) -> Vec<State> {
        let Some((how, command)) = How::of(&fields[1..]) else {
            return self.plain(fields, span, state);
        };
        let input = state.input.take();
        let input = input.unwrap_or_else(|| format!("{UNKNOWN}$(…)"));
        let calls = how.calls(&input, command);
        if calls.len() > CALLED {
            self.open = Some("a loop goes on for longer than is followed");
        }
        let mut states = vec![state];
        for call in calls.into_iter().take(CALLED) {
            states = self.each(states, |walk, state| walk.plain_call(&call, span, state));
        }
        for state in &mut states {
            state.status = None;
        }
        states
    }
}

/// How `xargs` makes commands of what it reads.
#[derive(Default)]
struct How {
    /// Items that each command is given.
    each: Option<usize>,
    /// The word that an item is put in for.
    place: Option<String>,
    /// Whether a zero byte stands behind each item.
    zero: bool,
}

impl How {
    /// Reads the options; what stands behind them is the command. `None` where one is not known.
    fn of(mut fields: &[Field]) -> Option<(How, &[Field])> {
        let mut how = How::default();
        while let Some((option, behind)) = fields.split_first() {
            let value = || match option.get(2..).unwrap_or_default() {
                "" => (behind.first().cloned(), behind.get(1..).unwrap_or_default()),
                value => (Some(value.to_owned()), behind),
            };
            fields = match option.as_str() {
                "-r" | "--no-run-if-empty" | "-t" | "-x" => behind,
                "-0" | "--null" | "-0r" | "-r0" => {
                    how.zero = true;
                    behind
                }
                option if option.starts_with("-n") || option.starts_with("-L") => {
                    let (number, behind) = value();
                    how.each = number.and_then(|number| number.parse().ok());
                    behind
                }
                option if option.starts_with("-I") => {
                    let (word, behind) = value();
                    how.place = word.filter(|word| !word.is_empty());
                    behind
                }
                option if option.starts_with("-P") => value().1,
                option if option.starts_with('-') => return None,
                _ => break,
            };
        }
        Some((how, fields))
    }

    fn calls(&self, input: &str, command: &[Field]) -> Vec<Vec<Field>> {
        let items: Vec<&str> = match (self.zero, &self.place) {
            // As `printf` was told to say it.
            (true, _) if input.contains("\\0") => input.split("\\0").collect(),
            (false, Some(_)) => input.lines().map(str::trim).collect(),
            _ => input.split_whitespace().collect(),
        };
        let items = items.into_iter().filter(|item| !item.is_empty());
        let items: Vec<Field> = items.map(str::to_owned).collect();
        let echo = ["echo".to_owned()];
        let command = if command.is_empty() { &echo } else { command };
        match &self.place {
            Some(place) => {
                let put = |item: &Field| -> Vec<Field> {
                    let words = command.iter();
                    words.map(|word| word.replace(place, item)).collect()
                };
                items.iter().map(put).collect()
            }
            None => {
                let each = self.each.unwrap_or(usize::MAX).max(1);
                let with = |items: &[Field]| [command, items].concat();
                items.chunks(each).map(with).collect()
            }
        }
    }
}

/// The command that another is given to run, behind its own options.
fn passed<'f>(name: &str, mut fields: &'f [Field]) -> &'f [Field] {
    let mut needs_time = name == "timeout";
    while let Some((first, behind)) = fields.split_first() {
        let takes_value = matches!(
            (name, first.as_str()),
            ("nice", "-n") | ("ionice", "-c" | "-n") | ("timeout", "-s" | "-k")
        );
        if takes_value {
            fields = behind.get(1..).unwrap_or_default();
        } else if first.starts_with('-') || (name == "env" && first.contains('=')) {
            fields = behind;
        } else if needs_time {
            needs_time = false;
            fields = behind;
        } else {
            break;
        }
    }
    fields
}
