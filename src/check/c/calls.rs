//! Which functions of a file call which: by name, and through macros and variables of the file that name them. Follows no value.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::c::CFile;
use crate::text::Source;

use super::scene::declarations;
use super::{defines, token};

/// Which functions of a file call which.
pub struct Calls {
    functions: BTreeSet<String>,
    /// What each function, macro and variable of the file names of these.
    names: BTreeMap<String, BTreeSet<String>>,
}

impl Calls {
    /// Reads a file.
    pub fn of(source: &Source) -> Self {
        let file = CFile::scan(source);
        let functions = file.defined().iter();
        let functions = functions.map(|function| {
            let body = &file.code[function.body.start..function.body.end];
            (function.name.as_str(), body)
        });
        let declared = declarations(&file);
        let declared = declared.iter().filter(|one| !one.is_type);
        let declared = declared.flat_map(|one| one.names.iter().map(|name| (*name, one.code)));
        let defines = defines::defines(&file);
        let defines = defines.iter().map(|define| (define.name, define.rest));
        let texts: Vec<(&str, &str)> = functions.clone().chain(declared).chain(defines).collect();
        let known: BTreeSet<&str> = texts.iter().map(|(name, _)| *name).collect();
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, text) in &texts {
            let words = token::words(text).into_iter();
            let named = words.filter(|word| known.contains(word) && word != name);
            let of = names.entry((*name).to_owned()).or_default();
            of.extend(named.map(str::to_owned));
        }
        Calls {
            functions: functions.map(|(name, _)| name.to_owned()).collect(),
            names,
        }
    }

    /// Returns whether the file defines the function.
    pub fn has(&self, function: &str) -> bool {
        self.functions.contains(function)
    }

    /// Returns whether a function calls another, or one of the file that does.
    pub fn calls(&self, caller: &str, callee: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![caller];
        while let Some(next) = open.pop() {
            let Some(named) = self.names.get(next).filter(|_| seen.insert(next)) else {
                continue;
            };
            if named.contains(callee) {
                return true;
            }
            open.extend(named.iter().map(String::as_str));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_followed_through_functions_macros_and_variables() {
        let text = "int a(void) { return 1; }\nint b(void) { return a(); }\n#define CALL b()\nint c(void) { return CALL; }\n\
                    static int (*const way)(void) = c;\nint d(void) { return way(); }\nint e(void) { return 0; }\n";
        let calls = Calls::of(&Source::new("a.c", text.as_bytes()));
        for caller in ["b", "c", "d"] {
            assert!(calls.calls(caller, "a"), "{caller}");
        }
        assert!(!calls.calls("e", "a") && !calls.calls("a", "b"));
        assert!(calls.has("d") && !calls.has("way") && !calls.has("CALL"));
    }
}
