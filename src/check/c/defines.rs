//! The macros of a file that a function played alone needs as they stand. Expands none.

use regex::Regex;
use std::sync::LazyLock;

use crate::syntax::c::{CFile, words};

use super::Kit;
use super::token;

/// A macro that a file defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Define<'d> {
    pub(super) name: &'d str,
    /// The whole directive.
    pub(super) text: &'d str,
    /// Its parameters and what it stands for.
    pub(super) rest: &'d str,
}

/// Returns the macros that `bodies` use, and those that these use, in the order of the file: those that `base` does not have, and
/// those that name nothing unknown. Any other is stood in for like what another file declares.
pub(super) fn used<'d>(
    kit: &Kit,
    file: &'d CFile,
    bodies: &[&str],
    base: &CFile,
) -> Vec<Define<'d>> {
    let all = defines(file);
    let old = defines(base);
    let is_needed = |define: &Define| {
        let is_new =
            old.iter().all(|known| known.name != define.name) && !base.mentions(define.name);
        let is_function = define.rest.starts_with('(');
        let says_enough =
            || is_function && token::words(define.rest).iter().any(|word| kit.tells(word));
        !kit.knows(define.name) && (is_new || says_enough())
    };
    let mut needed = vec![false; all.len()];
    let mut texts: Vec<&str> = bodies.to_vec();
    while let Some(text) = texts.pop() {
        for (at, define) in all.iter().enumerate() {
            if !needed[at] && words(text, define.name).next().is_some() && is_needed(define) {
                needed[at] = true;
                texts.push(define.rest);
            }
        }
    }
    all.into_iter()
        .zip(needed)
        .filter(|(_, needed)| *needed)
        .map(|(define, _)| define)
        .collect()
}

fn defines(file: &CFile) -> Vec<Define<'_>> {
    static DEFINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?m)^[ \t]*#[ \t]*define[ \t]+(\w+)((?:.*\\\r?\n)*.*)$").ok()
    });
    let Some(define) = DEFINE.as_ref() else {
        return Vec::new();
    };
    let found = define.captures_iter(&file.live).filter_map(|found| {
        Some(Define {
            text: found.get(0)?.as_str(),
            name: found.get(1)?.as_str(),
            rest: found.get(2)?.as_str(),
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    #[test]
    fn a_directive_is_read_to_the_end_of_its_last_line() {
        let text =
            "#define A(x) \\\n    ((x) + \\\n     B)\n# define B 1\n#if 0\n#define C 2\n#endif\n";
        let file = CFile::scan(&Source::new("a.c", text.as_bytes()));
        let found = defines(&file);
        let names: Vec<&str> = found.iter().map(|define| define.name).collect();
        assert_eq!(names, ["A", "B"]);
        assert_eq!(found[0].rest, "(x) \\\n    ((x) + \\\n     B)");
    }
}
