//! Which functions of several files a program can come to, by name. Follows no value: where that can't tell, a function is one of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use crate::syntax::c::{CFile, Function};
use crate::text::Source;

use super::{defines, token};

/// Sources without the functions that a program never comes to.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    /// Their texts in order; what is gone is blank, so that every line stands where it stood.
    pub(super) texts: Vec<Arc<[u8]>>,
    /// The names of the functions that are gone.
    pub(super) gone: BTreeSet<String>,
}

/// Leaves out of `sources` the functions that a program never comes to whose other parts are the texts `begin`.
///
/// It comes to what is named by what it comes to, to what stands in the sources outside of functions, and, where a macro may make up a
/// name, to what nothing names. Macros and functions of `headers` count where they are named.
pub(super) fn reached(begin: &[&str], sources: &[Source], headers: &[Source]) -> Reached {
    let scan = |source: &Source| CFile::scan(source);
    let files: Vec<CFile> = sources.par_iter().map(scan).collect();
    let included: Vec<CFile> = headers.par_iter().map(scan).collect();
    let mut walk = Walk::default();
    walk.open.extend_from_slice(begin);
    for file in &files {
        walk.add_macros(file);
        walk.add_source(file);
    }
    for file in &included {
        walk.add_macros(file);
        walk.add_header(file);
    }
    let reached = walk.reached();
    let mut gone = BTreeSet::new();
    let texts = files.iter().map(|file| {
        let mut text = file.source.bytes().to_vec();
        let own = file.defined().iter();
        for function in own.filter(|function| !reached.contains(function.name.as_str())) {
            blank(&mut text[function.span.start..function.span.end]);
            gone.insert(function.name.clone());
        }
        text.into()
    });
    let texts = texts.collect();
    Reached { texts, gone }
}

/// What names what, and what is still to be read.
#[derive(Default)]
struct Walk<'w> {
    /// The texts of functions and macros, by name.
    texts: HashMap<&'w str, Vec<&'w str>>,
    open: Vec<&'w str>,
}

impl<'w> Walk<'w> {
    fn add_macros(&mut self, file: &'w CFile) {
        for define in defines::defines(file) {
            self.add(define.name, define.rest);
        }
    }

    /// Adds the functions of a source, and begins with what stands between them.
    fn add_source(&mut self, file: &'w CFile) {
        let mut after = 0;
        for function in file.defined() {
            let Function { name, span, .. } = function;
            self.open
                .push(&file.code[after.min(span.start)..span.start]);
            after = span.end;
            let text = &file.code[span.start..span.end];
            self.add(name, text);
            // Nothing else of its file can name it, but a macro that makes up its name.
            let is_made_up = file.is_unused(function);
            if is_made_up || is_of_the_loader(file, function) || !can_go(file, function) {
                self.open.push(text);
            }
        }
        self.open.push(&file.code[after..]);
    }

    /// Adds the functions of a header, and begins with the macros that it calls outside of them: they may define some.
    fn add_header(&mut self, file: &'w CFile) {
        for function in file.defined() {
            let text = &file.code[function.span.start..function.span.end];
            self.add(&function.name, text);
        }
        let statements = file.code.split([';', '{', '}']);
        self.open
            .extend(statements.filter(|text| is_macro_call(text)));
    }

    fn add(&mut self, name: &'w str, text: &'w str) {
        self.texts.entry(name).or_default().push(text);
    }

    fn reached(mut self) -> HashSet<&'w str> {
        let mut reached = HashSet::new();
        while let Some(text) = self.open.pop() {
            for word in token::words(text) {
                let word = real(word);
                if reached.insert(word) {
                    self.open.extend(self.texts.get(word).into_iter().flatten());
                }
            }
        }
        reached
    }
}

/// What the linker calls by a name that `--wrap` made.
fn real(word: &str) -> &str {
    let wrapped = word.strip_prefix("__real_");
    wrapped.unwrap_or(word)
}

/// What stands behind the last statement or function before `end`.
fn statement_before(code: &str, end: usize) -> &str {
    code[..end].rsplit([';', '}']).next().unwrap_or_default()
}

/// Whether what stands before a body makes it one that is called where nothing names it, as constructors are.
fn is_of_the_loader(file: &CFile, function: &Function) -> bool {
    let head = statement_before(&file.code, function.body.start).to_ascii_lowercase();
    head.contains("__attribute") || head.contains("structor")
}

/// Whether a statement begins with a name and its parenthesis.
fn is_macro_call(statement: &str) -> bool {
    let statement = statement.trim_start();
    let name = statement.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    name.len() < statement.len() && name.trim_start().starts_with('(')
}

/// Whether the file is as before without a function: nothing of its head stands before it, it defines no macro, and ends every `#if`
/// that it begins.
fn can_go(file: &CFile, function: &Function) -> bool {
    let before = statement_before(&file.code, function.span.start);
    if !before.trim().is_empty() {
        return false;
    }
    let mut open = 0;
    for line in file.source.slice(function.span).lines() {
        let Some(directive) = line.trim_start().strip_prefix('#') else {
            continue;
        };
        let directive = directive.trim_start();
        let end = directive.find(|c: char| !c.is_ascii_alphabetic());
        match &directive[..end.unwrap_or(directive.len())] {
            "if" | "ifdef" | "ifndef" => open += 1,
            "elif" | "else" if open > 0 => {}
            "endif" if open > 0 => open -= 1,
            _ => return false,
        }
    }
    open == 0
}

fn blank(text: &mut [u8]) {
    for byte in text.iter_mut().filter(|byte| !b"\r\n".contains(byte)) {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(begin: &str, sources: &[&str], header: &str) -> Vec<String> {
        let of = |text: &&str| Source::new("a.c", text.as_bytes());
        let sources: Vec<Source> = sources.iter().map(of).collect();
        let reached = reached(&[begin], &sources, &[of(&header)]);
        for (source, text) in sources.iter().zip(&reached.texts) {
            assert_eq!(source.bytes().len(), text.len());
        }
        let texts = reached.texts.iter();
        let texts = texts.map(|text| String::from_utf8_lossy(text).into_owned());
        let names: Vec<String> = texts
            .flat_map(|text| {
                let functions = crate::syntax::c::functions(&Source::new("a.c", text.as_bytes()));
                functions.into_iter().map(|function| function.name)
            })
            .collect();
        assert!(names.iter().all(|name| !reached.gone.contains(name)));
        names
    }

    #[test]
    fn what_is_called_from_file_to_file_stays_and_the_rest_goes() {
        let a = "int a(void) { return b(); }\n\nint x(void) { return y(); }\n";
        let b = "static int c(void) { return 1; }\n\nint b(void) { return c(); }\n\nint y(void) { return b(); }\n";
        assert_eq!(left("main() { a(); }", &[a, b], ""), ["a", "c", "b"]);
        assert_eq!(left("", &[a, b], ""), Vec::<String>::new());
    }

    #[test]
    fn macros_variables_and_functions_of_headers_are_followed() {
        let header = "#define CALL(x) \\\n    a(x)\nextern int never(int);\n\
                      static inline int way(void) { return b(1); }\nDEFINE_CLEANUP(thing, c);\n";
        let source = "int a(int x) { return x; }\n\nint b(int x) { return x; }\n\nint c(int x) { return x; }\n\n\
                      int d(int x) { return x; }\n\nint never(int x) { return x; }\n\nstatic int (*table[])(int) = { d };\n";
        assert_eq!(left("", &[source], header), ["c", "d"]);
        assert_eq!(left("CALL", &[source], header), ["a", "c", "d"]);
        assert_eq!(left("way", &[source], header), ["b", "c", "d"]);
    }

    #[test]
    fn what_a_macro_may_name_or_the_loader_call_stays() {
        let source = "static int onceInit(void) { return 0; }\nONCE(once)\n\n\
                      static int unused(void) { return twice(); }\n\nint twice(void) { return 0; }\n\n\
                      void __attribute__((constructor)) first(void) { }\n\nint other(void) { return 0; }\n";
        let stays = ["onceInit", "unused", "twice", "first"];
        assert_eq!(left("", &[source], ""), stays);
        assert_eq!(left("__real_other", &[source], "").len(), 5);
    }

    #[test]
    fn a_function_that_holds_more_than_itself_stays() {
        let whole = "int a(void)\n{\n#if X\n    return 1;\n#else\n    return 2;\n#endif\n}\n";
        let half = "#if X\nint b(void)\n{\n    return 1;\n#else\nint b(int c)\n{\n#endif\n    return 2;\n}\n";
        let head = "void MAKES(1) e(void)\n{\n}\n";
        let defines = "int d(void)\n{\n#define Y 1\n    return f();\n}\n\nint f(void)\n{\n}\n";
        assert_eq!(left("", &[whole], ""), Vec::<String>::new());
        assert!(!left("", &[half], "").is_empty());
        assert_eq!(left("", &[defines], ""), ["d", "f"]);
        assert_eq!(left("", &[head], ""), ["e"]);
    }

    #[test]
    fn lines_stay_where_they_are() {
        let source = Source::new(
            "a.c",
            &b"int a(void)\r\n{\r\n    return '\xff';\r\n}\r\nint b;\n"[..],
        );
        let reached = reached(&[], &[source], &[]);
        let text = String::from_utf8_lossy(&reached.texts[0]).into_owned();
        assert_eq!(
            text.lines().map(str::trim).collect::<Vec<_>>(),
            ["", "", "", "", "int b;"]
        );
        assert_eq!(reached.gone.iter().collect::<Vec<_>>(), ["a"]);
    }
}
