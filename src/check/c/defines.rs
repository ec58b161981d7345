//! The macros that a file defines. Expands none.

use regex::Regex;
use std::sync::LazyLock;

use crate::syntax::c::CFile;

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

/// Returns whether a macro names something that a judgement may rest on, and so is kept as it stands.
pub(super) fn says_enough(kit: &Kit, define: &Define) -> bool {
    define.rest.starts_with('(') && token::words(define.rest).iter().any(|word| kit.tells(word))
}

/// Returns the macros of a file in order.
pub(super) fn defines(file: &CFile) -> Vec<Define<'_>> {
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
