//! Commands that change the shell that runs them: its values, options, arguments, other names.

use super::run::{Flow, State, Walk};
use super::said::said;
use super::words::{Field, variable};
use super::{Assign, UNKNOWN};

/// Stands for every name among those that are exported.
pub(super) const ALL: &str = "*";

impl Walk<'_> {
    /// Gives a name its value; `for_one`: to one command alone.
    pub(super) fn assign(&mut self, given: &Assign, state: &mut State, for_one: bool) {
        let name = &given.name;
        if given.is_array {
            let values = self.fields(&given.words, state);
            let array = state.arrays.entry(name.clone()).or_default();
            if !given.adds {
                array.clear();
            }
            array.extend(values);
            let first = array.first().cloned().unwrap_or_default();
            state.variables.insert(name.clone(), first);
            return;
        }
        let before = if given.adds {
            variable(name, state)
        } else {
            String::new()
        };
        let value = given.words.iter().map(|word| self.joined(word, state));
        let value = value.collect::<String>();
        assign(name, before + &value, state, for_one);
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
    if state.constant.contains(name) {
        // Such a mistake is the end of a script.
        state.flow = Flow::Exits;
        state.status = Some(false);
        return;
    }
    state.arrays.remove(name);
    state.variables.insert(name.to_owned(), value);
}

/// Changes what the shell knows, if the command is one that does.
pub(super) fn sets(name: &str, rest: &[Field], state: &mut State) -> bool {
    match name {
        "set" => set(rest, state),
        "shift" => {
            let by = rest.first().and_then(|by| by.parse().ok()).unwrap_or(1);
            if by <= state.arguments.len() {
                state.arguments.drain(..by);
            }
        }
        "unset" => unset(rest, state),
        "local" if state.locals.is_empty() => {
            state.status = Some(false);
            return true;
        }
        "export" | "readonly" | "declare" | "local" | "typeset" => declare(name, rest, state),
        "alias" => {
            let names = rest.iter().filter_map(|field| field.split_once('='));
            let names = names.map(|(name, text)| (name.to_owned(), text.to_owned()));
            state.aliases.extend(names);
        }
        "unalias" => state
            .aliases
            .retain(|name, _| !rest.contains(name) && !rest.iter().any(|field| field == "-a")),
        "printf" if rest.len() > 2 && rest[0] == "-v" => {
            assign(&rest[1], said(name, &rest[2..]), state, false);
        }
        "read" => {
            read(rest, state);
            return true;
        }
        _ => return false,
    }
    state.status = Some(true);
    true
}

fn unset(fields: &[Field], state: &mut State) {
    let is_of = |letter: &str| fields.first().is_some_and(|field| field == letter);
    for name in fields {
        if !is_of("-f") {
            state.variables.insert(name.clone(), String::new());
            state.arrays.remove(name);
        }
        if !is_of("-v") {
            state.functions.remove(name);
        }
    }
}

/// Gives names values, or marks them.
fn declare(command: &str, fields: &[Field], state: &mut State) {
    let (options, names): (Vec<&Field>, Vec<&Field>) = fields
        .iter()
        .partition(|field| field.starts_with(['-', '+']));
    let has = |letter: char| options.iter().any(|option| option.contains(letter));
    let is_local = matches!(command, "declare" | "local" | "typeset") && !has('g');
    for field in names {
        let (name, value) = match field.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (field.as_str(), None),
        };
        if is_local && let Some(own) = state.locals.last_mut() {
            let before = state.variables.get(name).cloned();
            own.entry(name.to_owned()).or_insert(before);
            state.variables.insert(name.to_owned(), String::new());
        }
        if let Some(value) = value {
            assign(name, value, state, false);
        }
        if command == "readonly" || has('r') {
            state.constant.insert(name.to_owned());
        }
        if command == "export" && !has('n') || has('x') {
            state.exported.insert(name.to_owned());
        }
    }
}

fn switch(letters: &str, is_on: bool, state: &mut State) {
    for letter in letters.chars() {
        match letter {
            'e' => state.errexit = is_on,
            'u' => state.nounset = is_on,
            'a' if is_on => {
                state.exported.insert(ALL.to_owned());
            }
            // What follows is read, and not run.
            'n' if is_on => {
                state.flow = Flow::Exits;
                state.at_exit = None;
            }
            _ => {}
        }
    }
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
                let letter = match fields.next().map(String::as_str) {
                    Some("errexit") => "e",
                    Some("nounset") => "u",
                    Some("noexec") => "n",
                    Some("allexport") => "a",
                    _ => "",
                };
                switch(letter, field == "-o", state);
            }
            on if on.starts_with('-') => switch(&on[1..], true, state),
            off if off.starts_with('+') => switch(&off[1..], false, state),
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
