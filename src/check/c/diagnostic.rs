//! What a compiler says, line by line, in the form that GCC and Clang share. Does not judge it.

/// One line of a compiler: a warning or an error.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Diagnostic {
    /// File as the compiler was given it.
    pub file: String,
    /// Line, from 1; 0 where the compiler names none.
    pub line: usize,
    /// Whether compiling failed for it, told by its own word (`error`, `fatal error`).
    pub is_error: bool,
    /// What it says.
    pub message: String,
}

impl Diagnostic {
    /// Returns what stays the same when lines are added above: file, severity, message.
    pub fn essence(&self) -> (&str, bool, &str) {
        (&self.file, self.is_error, &self.message)
    }

    /// Returns the option by which the compiler gives a warning (`-Wcast-function-type`); none of an error, and of what it always says.
    pub fn option(&self) -> Option<&str> {
        let (_, option) = self.message.strip_suffix(']')?.rsplit_once(" [")?;
        (!self.is_error && option.starts_with("-W")).then_some(option)
    }

    /// Returns whether it warns of what some of `others` warn of in the same file, elsewhere in it.
    pub fn is_of_kind_of(&self, others: &[Diagnostic]) -> bool {
        let mut same = others.iter().filter(|other| other.file == self.file);
        self.option()
            .is_some_and(|option| same.any(|other| other.option() == Some(option)))
    }
}

impl std::fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = if self.is_error { "error" } else { "warning" };
        write!(
            f,
            "{}:{}: {severity}: {}",
            self.file, self.line, self.message
        )
    }
}

/// Reads the warnings and errors out of what a compiler printed; notes and context lines are left out.
pub fn read(output: &str) -> Vec<Diagnostic> {
    output.lines().filter_map(read_line).collect()
}

fn read_line(line: &str) -> Option<Diagnostic> {
    let severities = [
        (": fatal error: ", true),
        (": error: ", true),
        (": warning: ", false),
    ];
    let (at, mark, is_error) = severities
        .iter()
        .filter_map(|(mark, is_error)| Some((line.find(mark)?, *mark, *is_error)))
        .min()?;
    let (place, message) = (&line[..at], &line[at + mark.len()..]);
    let mut parts = place.splitn(3, ':');
    let file = parts.next().unwrap_or_default();
    let number = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
    Some(Diagnostic {
        file: file.trim_start_matches("./").to_owned(),
        line: number,
        is_error,
        message: message.trim_end().to_owned(),
    })
}

/// Returns the first error that GCC tells of, as it stands in a list; none where it told of none.
pub fn first_error(output: &str) -> Option<String> {
    let said = read(output);
    let error = said.iter().find(|diagnostic| diagnostic.is_error);
    error.map(Diagnostic::to_string)
}

/// Returns those of `after` that `before` does not have, each as often as it is there more often.
pub fn new_ones<'d>(before: &[Diagnostic], after: &'d [Diagnostic]) -> Vec<&'d Diagnostic> {
    let mut known: Vec<_> = before.iter().map(Diagnostic::essence).collect();
    after
        .iter()
        .filter(|diagnostic| {
            let essence = diagnostic.essence();
            match known.iter().position(|other| *other == essence) {
                Some(at) => {
                    known.swap_remove(at);
                    false
                }
                None => true,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_that_only_moved_is_not_new() {
        let before = read("a.c:3:1: warning: unused 'x' [-Wunused]\na.c: In function 'f':\n");
        let after = read(
            "a.c:9:1: warning: unused 'x' [-Wunused]\na.c:10:1: warning: unused 'x' [-Wunused]\n",
        );
        assert_eq!(before.len(), 1);
        let new = new_ones(&before, &after);
        assert_eq!(new.len(), 1);
        assert_eq!(new[0].to_string(), "a.c:10: warning: unused 'x' [-Wunused]");
    }

    #[test]
    fn a_warning_is_of_the_kind_of_another_by_its_option_in_one_file() {
        let before = read(
            "a.c:3: warning: cast of 'f' [-Wcast]\na.c:4: error: x [-Werror=bad]\na.c:5: warning: plain\n",
        );
        for (said, is_known) in [
            ("a.c:9: warning: cast of 'g' [-Wcast]", true),
            ("b.c:9: warning: cast of 'g' [-Wcast]", false),
            ("a.c:9: warning: no cast of 'g' [-Wcast-qual]", false),
            ("a.c:9: error: cast of 'g' [-Wcast]", false),
            ("a.c:9: error: x [-Werror=bad]", false),
            ("a.c:9: warning: plain", false),
        ] {
            assert_eq!(read(said)[0].is_of_kind_of(&before), is_known, "{said}");
        }
    }

    #[test]
    fn a_missing_header_is_an_error() {
        let found = read(
            "src/a.c:1:10: fatal error: b.h: No such file or directory\ncompilation terminated.\n",
        );
        assert!(found[0].is_error && found[0].message.starts_with("b.h"));
    }
}
