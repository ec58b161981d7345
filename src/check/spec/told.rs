//! What a patch changes of what rpm reads, as the evidence tells it: the commands and the lines that differ. Judges nothing.

use super::Pair;
use crate::series::scriptlet::{Scriptlet as Promises, Variant};
use crate::text::diff;

/// What differs in what rpm reads before and after a patch, for the distributions where it is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Ids of the distributions.
    pub variants: Vec<String>,
    /// The command of each, for a shell; `$SPEC` is the spec, filled in as its build does, and `macros` the series' own.
    pub commands: Vec<String>,
    /// The lines that go and come, `-` and `+` before each, `@` before the number of the first of a place in the output before.
    pub difference: String,
}

/// Tells what differs, each distinct difference once.
pub(super) fn told(pairs: &[Pair], promises: &Promises) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for pair in pairs {
        let difference = difference(&pair.before.parsed, &pair.after.parsed);
        let (id, command) = (pair.variant.id.clone(), command(pair.variant, promises));
        match all.iter_mut().find(|told| told.difference == difference) {
            Some(told) => {
                told.variants.push(id);
                told.commands.push(command);
            }
            None => all.push(Told {
                variants: vec![id],
                commands: vec![command],
                difference,
            }),
        }
    }
    all
}

fn command(variant: &Variant, promises: &Promises) -> String {
    let defines = variant.define.iter();
    let defines: String = defines
        .map(|define| format!(" --define '{}'", define.replace('\'', r"'\''")))
        .collect();
    format!(
        "rpmspec -P --load macros --target {}{defines} \"$SPEC\"",
        promises.target
    )
}

fn difference(before: &[String], after: &[String]) -> String {
    let mut told = String::new();
    for (old, new) in diff::replacements(before, after) {
        told.push_str(&format!("@ {}\n", old.start + 1));
        let lines = |sign, lines: &[String]| -> String {
            let lines = lines.iter();
            lines.map(|line| format!("{sign}{line}\n")).collect()
        };
        told.push_str(&lines('-', &before[old]));
        told.push_str(&lines('+', &after[new]));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_come_are_told_with_their_place() {
        let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        let (before, after) = (lines("%post\na\nb"), lines("%post\nrm\na\nb"));
        assert_eq!(difference(&before, &after), "@ 2\n+rm\n");
        assert_eq!(difference(&before, &before), "");
    }
}
