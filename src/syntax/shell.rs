//! The commands of a spec's scriptlet, as the shell reads them before macros are expanded. Runs nothing.

use super::pattern::{Language, Tree};
use super::spec::{Condition, Section, Spec};
use crate::text::Span;
use std::collections::BTreeSet;

/// A simple command.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its words with single blanks between them, quotes and redirections left out.
    pub text: String,
    /// Where it stands in the spec.
    pub span: Span,
    /// The spec's conditionals around it, outermost first, those around its section too.
    pub conditions: Vec<Condition>,
    /// Why it may not run whenever its scriptlet does; `None` where it always does.
    pub conditional: Option<&'static str>,
}

/// Returns the commands of a section, in order.
pub fn commands(spec: &Spec, section: &Section) -> Vec<Command> {
    let lines = spec.lines(section);
    let shell = as_shell(spec, section);
    let tree = Tree::parse(Language::Shell, &shell);
    let start = section.body.start;
    let spans = tree.nodes("command");
    let exits: Vec<usize> = spans
        .iter()
        .filter(|span| {
            let text = words(&shell[span.start..span.end]);
            let name = text.split(' ').next().unwrap_or_default();
            matches!(name, "exit" | "exec" | "return" | "set")
                && (name != "set" || ends_on_failure(&text))
        })
        .map(|span| span.start)
        .collect();
    let first_word = |span: Span| {
        let text = words(&shell[span.start..span.end]);
        text.split(' ').next().unwrap_or_default().to_owned()
    };
    let replaced = replaced_names(&shell, &tree, &spans);
    let blocks = macro_blocks(spec.source.text(), section.body);
    spans
        .iter()
        .map(|span| {
            let whole = span.shifted(start);
            let line = lines
                .iter()
                .find(|line| line.span.start <= whole.start && whole.start < line.span.end);
            let after_exit = exits.iter().any(|exit| *exit < span.start);
            let in_macro = blocks.iter().any(|block| block.contains(whole));
            let replaced = replaced.contains(&first_word(*span));
            Command {
                text: words(spec.source.slice(whole)),
                span: whole,
                conditions: line.map(|line| line.conditions.clone()).unwrap_or_default(),
                conditional: if after_exit {
                    Some("the scriptlet may end before it")
                } else if in_macro {
                    Some("it stands inside a macro, whose expansion may leave it out")
                } else if replaced {
                    Some("the scriptlet gives the command's name another meaning")
                } else if shell[span.end..].lines().next().is_some_and(in_background) {
                    Some("it runs in the background, which nothing waits for")
                } else {
                    depends(&tree, *span)
                },
            }
        })
        .collect()
}

/// Whether a `set` makes the shell end at the first command that fails.
fn ends_on_failure(command: &str) -> bool {
    command
        .split(' ')
        .skip(1)
        .any(|word| word == "errexit" || (word.starts_with('-') && word.contains('e')))
}

/// Names that the scriptlet defines as a function or an alias.
fn replaced_names(shell: &str, tree: &Tree, commands: &[Span]) -> BTreeSet<String> {
    let functions = tree.nodes("function_definition").into_iter().map(|span| {
        let text = &shell[span.start..span.end];
        let name = text.strip_prefix("function ").unwrap_or(text).trim_start();
        name.split(|c: char| c == '(' || c == '{' || c.is_whitespace())
            .next()
            .unwrap_or_default()
            .to_owned()
    });
    let aliases = commands.iter().filter_map(|span| {
        let text = words(&shell[span.start..span.end]);
        let name = text.strip_prefix("alias ")?.split('=').next()?;
        Some(name.to_owned())
    });
    functions.chain(aliases).collect()
}

/// The `%{…}`, `%(…)` and `%[…]` of a section that go over several lines, or over its end.
fn macro_blocks(text: &str, within: Span) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut blocks = Vec::new();
    let mut at = within.start;
    while at + 1 < within.end {
        let (open, close) = match (bytes[at], bytes[at + 1]) {
            (b'%', b'{') => (b'{', b'}'),
            (b'%', b'(') => (b'(', b')'),
            (b'%', b'[') => (b'[', b']'),
            (b'%', b'%') => {
                at += 2;
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        let mut depth = 0usize;
        let end = bytes[at..within.end].iter().position(|&byte| {
            depth += usize::from(byte == open);
            depth -= usize::from(byte == close && depth > 0);
            byte == close && depth == 0
        });
        let end = end.map_or(within.end, |length| at + length + 1);
        if text[at..end].contains('\n') {
            blocks.push(Span::new(at, end));
        }
        at = end;
    }
    blocks
}

/// Whether what follows a command on its line puts it in the background.
fn in_background(rest: &str) -> bool {
    let mut before = ' ';
    let mut after = rest.chars().peekable();
    while let Some(c) = after.next() {
        match c {
            ';' | '#' | '|' => return false,
            '&' if before != '>' && before != '<' && before != '&' => {
                return !matches!(after.peek(), Some('&' | '>'));
            }
            _ => before = c,
        }
    }
    false
}

/// The section's text with the spec's own directives blanked and its macros made into words of the same length.
fn as_shell(spec: &Spec, section: &Section) -> String {
    let mut shell = String::with_capacity(section.body.end - section.body.start);
    for line in spec.lines(section) {
        let text = spec.source.slice(line.span);
        if line.directive {
            let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
            shell.extend(text.bytes().map(blank));
            continue;
        }
        let mut in_braces = false;
        let mut before = ' ';
        for c in text.chars() {
            let word = match c {
                '%' => true,
                '{' if before == '%' => {
                    in_braces = true;
                    true
                }
                '}' if in_braces => {
                    in_braces = false;
                    true
                }
                '?' | '!' if in_braces => true,
                _ => false,
            };
            shell.push(if word { '_' } else { c });
            before = c;
        }
    }
    shell
}

fn words(text: &str) -> String {
    let joined = text.replace("\\\n", " ").replace("\\\r\n", " ");
    let words = joined
        .split_whitespace()
        .map(|word| word.replace(['"', '\''], ""));
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn depends(tree: &Tree, span: Span) -> Option<&'static str> {
    for node in tree.ancestors(span) {
        match node.kind.as_str() {
            "program" | "redirected_statement" => {}
            // The first command of a list always runs.
            "list" if node.span.start == span.start => {}
            "list" => return Some("it runs only if a command before it fails or succeeds"),
            _ if node.span == span => {}
            _ => return Some("it stands in a conditional, a loop or a function"),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn of(body: &str) -> Vec<Command> {
        let text = format!("Name: x\n%post\n{body}");
        let spec = Spec::scan(&Source::new("x.spec", text.into_bytes()));
        commands(&spec, &spec.sections[0])
    }

    #[test]
    fn a_command_is_told_by_its_words_without_quotes_and_redirections() {
        let found = of("find \"%{_d}/x\" -xdev \\\n  -delete >/dev/null 2>&1 || :\n");
        assert_eq!(found[0].text, "find %{_d}/x -xdev -delete");
        assert_eq!(found[0].conditional, None);
    }

    #[test]
    fn a_command_that_may_not_run_is_told_so() {
        for body in [
            "if [ $1 = 1 ]; then\nfind x\nfi\n",
            "test -d x && find x\n",
            "exit 0\nfind x\n",
            "f() { find x; }\n",
        ] {
            let found = of(body);
            let find = found
                .iter()
                .find(|command| command.text == "find x")
                .unwrap();
            assert!(find.conditional.is_some(), "{body}");
        }
    }

    #[test]
    fn comments_are_no_commands_and_conditionals_are_told() {
        let found = of("# find x\n%if 0\nfind x\n%endif\n");
        assert_eq!(found.len(), 1);
        assert!(found[0].conditions[0].is_dead());
    }
}
