//! Functions that a program lacks, named by the linker, and what stands in for them: it ends the program and says its name.

use std::collections::BTreeSet;

/// Returns the names that a linker could not find, each once; its messages are those of the C locale.
pub(super) fn undefined(output: &str) -> BTreeSet<String> {
    let lines = output.lines();
    let names = lines.filter_map(|line| {
        let (_, rest) = line.split_once("undefined reference to ")?;
        // GNU ld quotes like `this', LLVM's lld writes `undefined symbol: this` instead.
        let name = rest.trim_start_matches(['`', '\'']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
        let name = &name[..end];
        let is_name = name
            .bytes()
            .next()
            .is_some_and(|first| !first.is_ascii_digit());
        is_name.then(|| name.to_owned())
    });
    names.filter(|name| name != "main").collect()
}

/// Returns a C text that defines each of `names` as a function that ends the program.
pub(super) fn source(names: &BTreeSet<String>) -> String {
    let mut text = String::from(
        "/* What is called from code that is not linked: whoever gets here is told. */\n\
         #include <stdio.h>\n#include <stdlib.h>\n\n",
    );
    for name in names {
        text.push_str(&format!(
            "void {name}(void) {{ fprintf(stderr, \"stub {name} called\\n\"); abort(); }}\n"
        ));
    }
    text
}

/// Returns the first of the stubs that a program said it called.
pub(super) fn called<'e>(names: &BTreeSet<String>, errors: &'e str) -> Option<&'e str> {
    errors.lines().find_map(|line| {
        let name = line.strip_prefix("stub ")?.strip_suffix(" called")?;
        names.contains(name).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_what_ld_says() {
        let said = "/usr/bin/ld: main.o: in function `f':\nmain.c:(.text+0x5): undefined reference to `virA'\n\
                    /usr/bin/ld: main.c:(.text+0x9): undefined reference to `virB'\n\
                    /usr/bin/ld: more undefined references to `virA' follow\n\
                    (.text+0x1b): undefined reference to `main'\ncollect2: error: ld returned 1 exit status\n";
        let names = undefined(said);
        assert_eq!(
            names.iter().map(String::as_str).collect::<Vec<_>>(),
            ["virA", "virB"]
        );
    }

    #[test]
    fn a_name_that_is_none_is_not_put_into_a_source() {
        assert!(undefined("undefined reference to `a;b'").contains("a"));
        assert!(undefined("undefined reference to `0a'").is_empty());
        assert!(undefined("undefined reference to `'").is_empty());
    }

    #[test]
    fn only_a_stub_that_there_is_counts_as_called() {
        let names = BTreeSet::from(["virA".to_owned()]);
        assert_eq!(called(&names, "x\nstub virA called\n"), Some("virA"));
        assert_eq!(called(&names, "stub virB called\n"), None);
    }
}
