//! What simple commands do to the shell that runs them. Those that run others are `others`'s.

use super::run::{CALLS, Flow, State, Walk};
use super::said::said;
use super::settings::sets;
use super::words::Field;
use super::{Assign, Node, UNKNOWN, Word};
use crate::syntax::find;
use crate::text::Span;
use std::collections::BTreeMap;

/// Where the system's commands lie.
const BINARIES: [&str; 8] = [
    "/usr/bin/",
    "/bin/",
    "/usr/sbin/",
    "/sbin/",
    "%{_bindir}/",
    "%{_sbindir}/",
    "/usr/local/bin/",
    "%{_libexecdir}/",
];

impl Walk<'_> {
    pub(super) fn simple(
        &mut self,
        node: &Node,
        assigns: &[Assign],
        words: &[Word],
        mut state: State,
    ) -> Vec<State> {
        let before = state.variables.clone();
        let ran = state.runs.len();
        state.status = state
            .status
            .filter(|_| !words.is_empty() || assigns.is_empty());
        let fields = self.fields(words, &mut state);
        let has_command = |word: &Word| {
            let is_command = |part: &super::Part| matches!(part, super::Part::Command { .. });
            word.iter().any(is_command)
        };
        let hears = assigns
            .iter()
            .any(|given| given.words.iter().any(has_command));
        let exported = state.exported.clone();
        for given in assigns {
            self.assign(given, &mut state, !fields.is_empty());
            if !fields.is_empty() {
                state.exported.insert(given.name.clone());
            }
        }
        if !state.goes() {
            return vec![state];
        }
        if fields.is_empty() {
            state.status = if hears || state.runs.len() > ran {
                None
            } else {
                Some(true)
            };
            return vec![state];
        }
        let mut states = self.call(&fields, node.span, state);
        if !assigns.is_empty() {
            for state in &mut states {
                state.exported.clone_from(&exported);
                for Assign { name, .. } in assigns {
                    // What a function or `read` has set stays.
                    match before.get(name) {
                        Some(value) => state.variables.insert(name.clone(), value.clone()),
                        None => state.variables.remove(name),
                    };
                }
            }
        }
        states
    }

    /// Runs a command by what it is given.
    pub(super) fn call(&mut self, fields: &[Field], span: Span, mut state: State) -> Vec<State> {
        let Some((first, rest)) = fields.split_first() else {
            state.status = Some(true);
            return vec![state];
        };
        if let Some(text) = state.aliases.get(first).cloned() {
            return self.alias(&text, fields, span, state);
        }
        if let Some(body) = state.functions.get(first).cloned() {
            return self.function(&body, rest, state);
        }
        let name = bare(first);
        if jumps(name, rest, &mut state) || sets(name, rest, &mut state) {
            return vec![state];
        }
        match (name, rest) {
            (":" | "true", _) => state.status = Some(true),
            ("false", _) => state.status = Some(false),
            ("echo" | "printf", _) => {
                say(&said(name, rest), &mut state);
                state.status = Some(true);
            }
            ("wait", _) => {
                state.behind.clear();
                state.status = None;
            }
            ("trap", [command, signals @ ..]) => {
                let is_end = |signal: &Field| signal == "EXIT" || signal == "0";
                if signals.iter().any(is_end) {
                    state.at_exit = Some(command.clone()).filter(|command| command != "-");
                } else {
                    self.record(&text(fields), span, &mut state);
                }
                state.status = Some(true);
            }
            ("test", _) => state.status = self.asked(rest, &state, false),
            ("[", [inner @ .., last]) if last == "]" => {
                state.status = self.asked(inner, &state, false);
            }
            ("cd" | "pushd", _) => return self.cd(fields, span, state),
            ("kill", _) if rest.iter().any(|field| field == "\0$$") && rest[0] != "-0" => {
                state.flow = Flow::Exits;
                state.fails = Some("the scriptlet kills itself");
            }
            ("id", [option]) if option == "-u" => {
                say("0\n", &mut state);
                state.status = Some(true);
            }
            ("command", [option, names @ ..]) if option == "-v" => finds(names, &mut state),
            ("type" | "which" | "hash", _) => finds(rest, &mut state),
            _ => return self.others(name, fields, span, state),
        }
        vec![state]
    }

    /// Runs a command that is no function.
    pub(super) fn plain_call(
        &mut self,
        fields: &[Field],
        span: Span,
        mut state: State,
    ) -> Vec<State> {
        let functions = std::mem::take(&mut state.functions);
        let mut states = self.call(fields, span, state);
        for state in &mut states {
            state.functions.clone_from(&functions);
        }
        states
    }

    /// A command that is not known: it is noted, and nothing is known of its outcome.
    pub(super) fn plain(&mut self, fields: &[Field], span: Span, mut state: State) -> Vec<State> {
        let mut placed = self.placed(fields, &state);
        if bare(&fields[0]) == "find" {
            match find::call(&placed[1..], &|path| self.world.is_it(path)) {
                find::Call::Looks => {
                    say(&format!("{UNKNOWN}$({})", text(&placed)), &mut state);
                    state.status = None;
                    return vec![state];
                }
                find::Call::Plain(words) => placed.splice(1.., words).for_each(drop),
                find::Call::Other => {}
            }
        }
        let shown = text(&placed);
        let unsure = state.unsure;
        if fields[0].contains('/') {
            // It is looked for nowhere else.
            state.unsure = None;
        }
        self.record(&shown, span, &mut state);
        state.unsure = unsure;
        say(&format!("{UNKNOWN}$({shown})"), &mut state);
        state.status = None;
        vec![state]
    }

    /// Notes a command of which nothing is known, whatever it names.
    pub(super) fn note(&mut self, fields: &[Field], span: Span, mut state: State) -> Vec<State> {
        let text = text(fields).replace(UNKNOWN, "");
        let why = "what it does is not known";
        self.push(text, span, Some(why), &mut state);
        state.status = None;
        vec![state]
    }

    /// What a command is given, with names in the directory that it stands in written out where that names what is asked about.
    fn placed(&self, fields: &[Field], state: &State) -> Vec<Field> {
        let Some(directory) = &state.directory else {
            return fields.to_vec();
        };
        let directory = directory.trim_end_matches('/');
        let placed = fields.iter().enumerate().map(|(number, field)| {
            let is_name = number > 0 && !field.starts_with(['/', '-', '%', UNKNOWN]);
            let inner = field.strip_prefix("./").unwrap_or(field);
            let path = match inner {
                "." => directory.to_owned(),
                _ => format!("{directory}/{inner}"),
            };
            if is_name && !inner.is_empty() && self.world.names(&path) {
                path
            } else {
                field.clone()
            }
        });
        placed.collect()
    }

    /// Puts the text of an alias in.
    fn alias(&mut self, text: &str, fields: &[Field], span: Span, mut state: State) -> Vec<State> {
        let (aliases, unsure) = (state.aliases.clone(), state.unsure);
        let shown = self::text(&self.placed(fields, &state));
        if self.world.names(&shown.replace(UNKNOWN, "")) {
            let why = "the scriptlet gives the command's name another meaning";
            self.push(shown.replace(UNKNOWN, ""), span, Some(why), &mut state);
        }
        state.aliases.remove(&fields[0]);
        state.unsure = Some("it is put in by an alias, which not every shell does");
        let text = format!("{text} {}", fields[1..].join(" "));
        let mut states = self.within(&text, span, state);
        for state in &mut states {
            state.aliases.clone_from(&aliases);
            state.unsure = unsure;
        }
        states
    }

    fn function(&mut self, body: &Node, arguments: &[Field], mut state: State) -> Vec<State> {
        if self.calls >= CALLS {
            self.open = Some("it calls itself again and again");
            return vec![state];
        }
        let own = std::mem::replace(&mut state.arguments, arguments.to_vec());
        self.calls += 1;
        state.locals.push(BTreeMap::new());
        let mut states = self.node(body, state);
        self.calls -= 1;
        for state in &mut states {
            for (name, before) in state.locals.pop().unwrap_or_default() {
                match before {
                    Some(value) => state.variables.insert(name, value),
                    None => state.variables.remove(&name),
                };
            }
            state.arguments.clone_from(&own);
            if state.flow == Flow::Returns {
                state.flow = Flow::Goes;
            }
        }
        states
    }

    fn cd(&mut self, fields: &[Field], span: Span, mut state: State) -> Vec<State> {
        let target = fields[1..].iter().find(|field| !field.starts_with('-'));
        let target = target.cloned().unwrap_or_else(|| format!("{UNKNOWN}$HOME"));
        let path = if target.contains(UNKNOWN) {
            None
        } else if target.starts_with(['/', '%']) {
            Some(target.clone())
        } else {
            let above = state.directory.as_ref();
            above.map(|above| format!("{}/{target}", above.trim_end_matches('/')))
        };
        let shown = text(&self.placed(fields, &state));
        self.record(&shown, span, &mut state);
        let is_sure = path.as_ref().is_some_and(|path| self.world.is_there(path));
        let mut stays = state.clone();
        state.directory = path.map(|path| path.trim_end_matches("/.").to_owned());
        state.status = Some(true);
        if is_sure {
            return vec![state];
        }
        let shown = format!("cd {target}").replace(UNKNOWN, "");
        state.hangs_on.get_or_insert_with(|| shown.clone());
        stays.hangs_on.get_or_insert(shown);
        stays.status = Some(false);
        vec![state, stays]
    }
}

/// A command's name without the place that the system keeps it in.
fn bare(name: &str) -> &str {
    if let Some(inner) = name.strip_prefix("%{__")
        && let Some(inner) = inner.strip_suffix('}')
    {
        return inner;
    }
    let folder = BINARIES.iter().find(|folder| name.starts_with(**folder));
    folder.map_or(name, |folder| &name[folder.len()..])
}

/// A command as text, its name without the place that the system keeps it in.
fn text(fields: &[Field]) -> String {
    let mut text = String::new();
    for (number, field) in fields.iter().enumerate() {
        if number > 0 {
            text.push(' ');
        }
        let field = if number == 0 { bare(field) } else { field };
        let is_plain = !field.is_empty() && !field.contains(char::is_whitespace);
        if is_plain || field.contains(UNKNOWN) {
            text.push_str(field);
        } else {
            text.push('\'');
            text.push_str(field);
            text.push('\'');
        }
    }
    text
}

/// What a cleanup needs is taken to be there: where it is not, nothing could clean up.
pub(super) fn is_needed(name: &str) -> bool {
    ["find", "rm", "xargs", "sh", "bash"].contains(&bare(name))
}

/// A command that tells where others are.
fn finds(names: &[Field], state: &mut State) {
    let is_known = |name: &Field| is_needed(name) || state.functions.contains_key(name);
    let is_known = !names.is_empty() && names.iter().all(is_known);
    state.status = is_known.then_some(true);
    let said = names.iter().map(|name| match is_known {
        true => format!("/usr/bin/{name}\n"),
        false => format!("{UNKNOWN}$(command -v {name})\n"),
    });
    say(&said.collect::<String>(), state);
}

pub(super) fn say(text: &str, state: &mut State) {
    if state.is_heard {
        state.output.push_str(text);
    }
}

/// Leaves a loop, a function or the script, if the command is one that does.
fn jumps(name: &str, rest: &[Field], state: &mut State) -> bool {
    let number = rest.first().and_then(|number| number.parse::<usize>().ok());
    state.flow = match name {
        "exit" => Flow::Exits,
        "return" => Flow::Returns,
        "break" => Flow::Breaks(number.unwrap_or(1)),
        "continue" => Flow::Continues(number.unwrap_or(1)),
        _ => return false,
    };
    if matches!(name, "exit" | "return") && !rest.is_empty() {
        state.status = number.map(|number| number == 0);
    }
    true
}
