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
            "eval" if rest.first().is_some_and(|word| word.starts_with(UNKNOWN)) => {
                self.note(fields, span, state)
            }
            "eval" => self.within(&rest.join(" "), span, state),
            "." | "source" if rest == ["/dev/stdin"] => match state.input.clone() {
                Some(text) => self.within(&text, span, state),
                None => self.plain(fields, span, state),
            },
            "." | "source" => {
                let states = self.plain(fields, span, state);
                self.each(states, |_, mut state| {
                    state.unsure = Some("a script that is read before may change what it means");
                    vec![state]
                })
            }
            "systemd-tmpfiles" if rest.iter().any(|option| option == "--remove") => {
                self.note(fields, span, state)
            }
            "at" | "batch" | "su" | "sudo" | "runuser" | "ssh" if state.input.is_some() => {
                let input = state.input.clone().unwrap_or_default();
                self.plain(&[fields, &[input]].concat(), span, state)
            }
            "exec" if rest.is_empty() => self.call(&[], span, state),
            "exec" => {
                // What was to be done at its end is gone with the shell.
                state.at_exit = None;
                let ends = self.plain_call(rest, span, state);
                self.each(ends, |_, mut state| {
                    state.flow = Flow::Exits;
                    vec![state]
                })
            }
            "command" | "builtin" if rest.first().is_some_and(|word| !word.starts_with('-')) => {
                self.plain_call(rest, span, state)
            }
            "env" if rest.iter().any(|field| field.contains('=')) => self.env(rest, span, &state),
            "nice" | "ionice" | "nohup" | "env" | "setsid" | "timeout" | "stdbuf" => {
                match passed(name, rest) {
                    [] => self.plain(fields, span, state),
                    inner => self.plain_call(inner, span, state),
                }
            }
            "xargs" => self.xargs(fields, span, state),
            "cat" | "basename" | "dirname" => match passed_on(name, rest, &state) {
                Some(text) => {
                    say(&text, &mut state);
                    state.status = Some(true);
                    vec![state]
                }
                None => self.plain(fields, span, state),
            },
            _ if SHELLS.contains(&name) => self.shell(fields, span, state),
            _ => self.plain(fields, span, state),
        }
    }

    /// Runs a text as a script, as if it stood where the command does.
    pub(super) fn within(&mut self, text: &str, span: Span, state: State) -> Vec<State> {
        let outer = self.at;
        self.at = outer.or(Some(span));
        let states = self.text(text, state);
        self.at = outer;
        states
    }

    /// Runs a command with values of its own.
    fn env(&mut self, rest: &[Field], span: Span, state: &State) -> Vec<State> {
        let command = passed("env", rest);
        let mut own = state.clone();
        let values = rest[..rest.len() - command.len()].iter();
        for (name, value) in values.filter_map(|field| field.split_once('=')) {
            own.variables.insert(name.to_owned(), value.to_owned());
            own.exported.insert(name.to_owned());
        }
        let ends = self.plain_call(command, span, own);
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

/// What a command says that passes on what it is given, or a part of it.
fn passed_on(name: &str, rest: &[Field], state: &State) -> Option<String> {
    match (name, rest) {
        ("cat", []) => {}
        ("cat", [only]) if only == "-" => {}
        ("basename" | "dirname", [path]) if !path.contains(UNKNOWN) => {
            let path = path.trim_end_matches('/');
            let (above, own) = path.rsplit_once('/').unwrap_or((".", path));
            let part = if name == "basename" { own } else { above };
            return Some(format!("{part}\n"));
        }
        _ => return None,
    }
    let input = state.input.clone();
    Some(input.unwrap_or_else(|| format!("{UNKNOWN}$(cat)")))
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
