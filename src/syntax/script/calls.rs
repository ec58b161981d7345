//! What simple commands do to the shell that runs them. Those that run others are `others`'s.

use super::run::{CALLS, Flow, State, Walk};
use super::words::Field;
use super::{Node, UNKNOWN, Word};
use crate::text::Span;

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
        assigns: &[(String, Word)],
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
        let hears = assigns.iter().any(|(_, word)| has_command(word));
        for (name, word) in assigns {
            let value = self.joined(word, &mut state);
            assign(name, value, &mut state, !fields.is_empty());
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
                for (name, _) in assigns {
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
            ("read", _) => read(rest, &mut state),
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
        let shown = text(&self.placed(fields, &state));
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

    fn function(&mut self, body: &Node, arguments: &[Field], mut state: State) -> Vec<State> {
        if self.calls >= CALLS {
            self.open = Some("it calls itself again and again");
            return vec![state];
        }
        let own = std::mem::replace(&mut state.arguments, arguments.to_vec());
        self.calls += 1;
        let mut states = self.node(body, state);
        self.calls -= 1;
        for state in &mut states {
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

pub(super) fn say(text: &str, state: &mut State) {
    if state.is_heard {
        state.output.push_str(text);
    }
}

/// What `echo` and `printf` say.
fn said(name: &str, fields: &[Field]) -> String {
    let text = |text: &str| text.replace("\\n", "\n").replace("\\t", "\t");
    if name == "echo" {
        let is_option = |field: &&Field| matches!(field.as_str(), "-n" | "-e" | "-ne" | "-en");
        let options = fields.iter().take_while(is_option).count();
        let said = fields[options..].join(" ");
        let said = if fields[..options].iter().any(|option| option.contains('e')) {
            text(&said)
        } else {
            said
        };
        return format!("{said}\n");
    }
    let Some((format, values)) = fields.split_first() else {
        return String::new();
    };
    if format.matches('%').count() != 1 {
        return match values {
            [] if !format.contains('%') => text(format),
            _ => format!("{UNKNOWN}$(printf {})", fields.join(" ")),
        };
    }
    let one = |value: &str| text(&format.replace("%s", value).replace("%b", value));
    match values {
        [] => one(""),
        _ => values.iter().map(|value| one(value)).collect(),
    }
}

fn assign(name: &str, value: String, state: &mut State, for_one: bool) {
    if name == "PATH" && !for_one {
        let is_usual = ["/usr/bin", "$PATH"]
            .iter()
            .any(|part| value.contains(part));
        state.unsure = (!is_usual).then_some("PATH may lead to another command of that name");
    }
    if name == "IFS" && !for_one && !value.chars().all(char::is_whitespace) {
        state.unsure = Some("words are split in another way");
    }
    state.variables.insert(name.to_owned(), value);
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

/// Changes what the shell knows, if the command is one that does.
fn sets(name: &str, rest: &[Field], state: &mut State) -> bool {
    match name {
        "set" => set(rest, state),
        "shift" => {
            let by = rest.first().and_then(|by| by.parse().ok()).unwrap_or(1);
            let by = usize::min(by, state.arguments.len());
            state.arguments.drain(..by);
        }
        "unset" => {
            for name in rest {
                state.variables.insert(name.clone(), String::new());
                state.functions.remove(name);
            }
        }
        "export" | "readonly" | "declare" | "local" | "typeset" => {
            for (name, value) in rest.iter().filter_map(|field| field.split_once('=')) {
                assign(name, value.to_owned(), state, false);
            }
        }
        "alias" => {
            let names = rest.iter().filter_map(|field| field.split_once('='));
            state.aliases.extend(names.map(|(name, _)| name.to_owned()));
        }
        _ => return false,
    }
    state.status = Some(true);
    true
}

fn set(fields: &[Field], state: &mut State) {
    let mut fields = fields.iter();
    state.status = Some(true);
    while let Some(field) = fields.next() {
        match field.as_str() {
            "--" => {
                state.arguments = fields.cloned().collect();
                return;
            }
            "-o" | "+o" => {
                if fields.next().is_some_and(|name| name == "errexit") {
                    state.errexit = field == "-o";
                }
            }
            on if on.starts_with('-') => state.errexit |= on.contains('e'),
            off if off.starts_with('+') => state.errexit &= !off.contains('e'),
            first => {
                state.arguments = vec![first.to_owned()];
                state.arguments.extend(fields.cloned());
                return;
            }
        }
    }
}

fn read(fields: &[Field], state: &mut State) {
    let names: Vec<&Field> = fields
        .iter()
        .filter(|field| !field.starts_with('-'))
        .collect();
    let Some(input) = state.input.take() else {
        for name in names {
            let value = format!("{UNKNOWN}${name}");
            state.variables.insert(name.clone(), value);
        }
        state.status = None;
        return;
    };
    let (line, rest) = input.split_once('\n').unwrap_or((&input, ""));
    state.status = Some(input.contains('\n'));
    if line.contains(UNKNOWN) {
        // There may be more of them.
        state.status = Some(true);
    }
    let mut words = line.trim();
    for (number, name) in names.iter().enumerate() {
        let is_last = number + 1 == names.len();
        let (word, behind) = match words.split_once(char::is_whitespace) {
            Some((word, behind)) if !is_last => (word, behind.trim_start()),
            _ => (words, ""),
        };
        state.variables.insert((*name).clone(), word.to_owned());
        words = behind;
    }
    state.input = Some(rest.to_owned());
}
