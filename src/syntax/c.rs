//! C files cut into functions by a lexical scan that knows comments, strings and dead `#if 0`. Does not parse expressions.

use regex::Regex;
use std::sync::{LazyLock, OnceLock};

use super::condition;
use crate::text::{Source, Span};

/// A C file seen through the scan.
///
/// Both views have the length of the text, so that offsets hold in all three.
#[derive(Clone, Debug)]
pub struct CFile {
    /// The file.
    pub source: Source,
    /// The text with dead preprocessor branches (`#if 0`, the `#else` of `#if 1`) blanked.
    pub live: String,
    /// `live` with comments, string and character contents and preprocessor lines blanked too.
    pub code: String,
    /// Comments outside dead branches, in order.
    pub comments: Vec<Span>,
    /// Found when they are asked for, once.
    functions: OnceLock<Vec<Function>>,
}

/// A function definition.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// From the return type to the closing brace.
    pub span: Span,
    /// From the opening to the closing brace, both included.
    pub body: Span,
    /// What stands before the name: storage class and type, blanks folded.
    pub returns: String,
    /// Parameters in order; empty for `(void)` and `()`.
    pub params: Vec<Parameter>,
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The declaration as it stands, blanks folded: `time_t *selfctime`.
    pub text: String,
    /// The name alone, empty where it has none.
    pub name: String,
}

/// Returns the functions defined in `source`, in order.
pub fn functions(source: &Source) -> Vec<Function> {
    CFile::scan(source).functions()
}

impl CFile {
    /// Scans a file. Never fails: what is not C yields no functions.
    pub fn scan(source: &Source) -> Self {
        let mut scanner = Scanner::new(source.text());
        scanner.run();
        let Scanner {
            live,
            code,
            comments,
            ..
        } = scanner;
        // Blanks replace whole bytes one by one, so both views are valid UTF-8 of the same length.
        CFile {
            source: source.clone(),
            live: String::from_utf8(live).unwrap_or_default(),
            code: String::from_utf8(code).unwrap_or_default(),
            comments,
            functions: OnceLock::new(),
        }
    }

    /// Returns whether `word` stands anywhere as code: not in a comment, a string or a dead branch.
    pub fn mentions(&self, word: &str) -> bool {
        words(&self.code, word).next().is_some()
    }

    /// Returns whether nothing can call a function: it is `static`, and its name stands nowhere else as code.
    pub fn is_unused(&self, function: &Function) -> bool {
        let mut words = function.returns.split_whitespace();
        words.any(|word| word == "static")
            && self::words(&self.code, &function.name).nth(1).is_none()
    }

    /// Returns the functions that the file defines, in order.
    pub fn functions(&self) -> Vec<Function> {
        self.defined().to_vec()
    }

    /// Returns the functions that the file defines, in order, as they were found once.
    pub fn defined(&self) -> &[Function] {
        self.functions.get_or_init(|| self.cut())
    }

    fn cut(&self) -> Vec<Function> {
        let bodies = top_level_braces(&self.code, self.source.text());
        let mut found = Vec::new();
        let mut after = 0;
        for body in bodies {
            if let Some(function) = self.function_with(after, body) {
                found.push(function);
            }
            after = body.end;
        }
        found
    }

    /// Returns the comment that ends, but for blanks, right before `offset`.
    pub fn comment_before(&self, offset: usize) -> Option<Span> {
        let comment = *self.comments.iter().rev().find(|c| c.end <= offset)?;
        let between = &self.live[comment.end..offset];
        between.trim().is_empty().then_some(comment)
    }

    fn function_with(&self, after: usize, body: Span) -> Option<Function> {
        let head_start = after
            + self.code[after..body.start]
                .rfind(';')
                .map_or(0, |at| at + 1);
        let head = &self.code[head_start..body.start];
        let close = head.trim_end().len().checked_sub(1)?;
        let (open, close, name) = parameter_list(head, close)?;
        let start = declaration_start(head, name.start);
        let text = self.source.text();
        let params = split_parameters(&text[head_start + open + 1..head_start + close]);
        Some(Function {
            name: head[name.start..name.end].to_owned(),
            span: Span::new(head_start + start, body.end),
            body,
            returns: folded(&head[start..name.start]),
            params,
        })
    }
}

/// Returns the offsets at which `word` stands as a whole word.
pub fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    text.match_indices(word).filter_map(move |(at, _)| {
        let bytes = text.as_bytes();
        let free_before = at == 0 || !part(bytes[at - 1]);
        let free_after = bytes.get(at + word.len()).is_none_or(|&b| !part(b));
        (free_before && free_after).then_some(at)
    })
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Finds the parameter list that ends at or before `close`, stepping over trailing attribute macros.
fn parameter_list(head: &str, mut close: usize) -> Option<(usize, usize, Span)> {
    static ATTRIBUTE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^(?:[A-Z][A-Z0-9_]*|__\w+__)$").ok());
    let bytes = head.as_bytes();
    for _ in 0..8 {
        while close > 0 && bytes[close].is_ascii_whitespace() {
            close -= 1;
        }
        if bytes[close] != b')' {
            // A bare attribute macro such as ATTRIBUTE_UNUSED.
            let word = word_before(head, close + 1)?;
            let is_attribute = ATTRIBUTE
                .as_ref()
                .is_some_and(|re| re.is_match(&head[word.start..word.end]));
            if !is_attribute || word.start == 0 {
                return None;
            }
            close = word.start - 1;
            continue;
        }
        let open = matching_open(bytes, close)?;
        let name = word_before(head, head[..open].trim_end().len())?;
        let text = &head[name.start..name.end];
        let blank_before = head[..name.start].trim_end();
        if ATTRIBUTE.as_ref().is_some_and(|re| re.is_match(text))
            && blank_before.ends_with([')', '_'])
        {
            close = blank_before.len().checked_sub(1)?;
            continue;
        }
        let keyword = matches!(
            text,
            "if" | "while" | "for" | "switch" | "return" | "sizeof"
        );
        return (!keyword).then_some((open, close, name));
    }
    None
}

fn matching_open(bytes: &[u8], close: usize) -> Option<usize> {
    let mut depth = 0;
    for at in (0..=close).rev() {
        match bytes[at] {
            b')' => depth += 1,
            b'(' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn word_before(text: &str, end: usize) -> Option<Span> {
    let start = text[..end]
        .bytes()
        .rposition(|b| !(b.is_ascii_alphanumeric() || b == b'_'))
        .map_or(0, |at| at + 1);
    (start < end).then(|| Span::new(start, end))
}

/// Where the declaration that names a function at `name` begins: after the last blank line or the last macro call without a
/// semicolon, whichever is nearer.
fn declaration_start(head: &str, name: usize) -> usize {
    let before = &head[..name];
    let mut start = 0;
    let mut at = 0;
    for line in before.split_inclusive('\n') {
        let next = at + line.len();
        let text = line.trim();
        if next < before.len() + 1 && (text.is_empty() || text.ends_with(')')) && next <= name {
            start = next;
        }
        at = next;
    }
    start + (before[start..].len() - before[start..].trim_start().len())
}

fn split_parameters(list: &str) -> Vec<Parameter> {
    let mut parts = Vec::new();
    let mut depth = 0;
    let mut current = String::new();
    for c in list.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(c);
    }
    parts.push(current);
    parts
        .iter()
        .map(|part| folded(part))
        .filter(|part| !part.is_empty() && part != "void")
        .map(|text| Parameter {
            name: parameter_name(&text),
            text,
        })
        .collect()
}

fn parameter_name(text: &str) -> String {
    if text == "..." {
        return String::new();
    }
    // A function pointer's name stands in the first parentheses; else it is the last word before any `[`.
    let inner = match text.find("(*") {
        Some(at) => text[at + 2..].split([')', '(']).next().unwrap_or_default(),
        None => text.split('[').next().unwrap_or_default(),
    };
    let without_attribute: Vec<&str> = inner
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| {
            !word.is_empty() && !word.starts_with("ATTRIBUTE_") && !word.starts_with("G_GNUC_")
        })
        .collect();
    without_attribute
        .last()
        .map_or_else(String::new, |word| (*word).to_owned())
}

/// Returns the spans of the brace pairs at depth 0.
///
/// The branches of a conditional start at the same depth, so that a brace opened in both is counted once.
fn top_level_braces(code: &str, text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut depth = 0usize;
    let mut open = 0;
    let mut conditionals: Vec<usize> = Vec::new();
    let mut directives = directives(text).peekable();
    // No brace stands before a directive on its line: only blanks do.
    for at in memchr::memchr2_iter(b'{', b'}', code.as_bytes()) {
        while let Some((_, directive)) = directives.next_if(|(hash, _)| *hash < at) {
            match directive {
                "if" | "ifdef" | "ifndef" => conditionals.push(depth),
                "elif" | "else" => depth = conditionals.last().copied().unwrap_or(depth),
                "endif" => {
                    conditionals.pop();
                }
                _ => {}
            }
        }
        match code.as_bytes()[at] {
            b'{' => {
                if depth == 0 {
                    open = at;
                }
                depth += 1;
            }
            _ if depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    // Each branch may end what was opened above the conditional: the last end is that of all.
                    spans.pop_if(|span: &mut Span| span.start == open);
                    spans.push(Span::new(open, at + 1));
                }
            }
            _ => {}
        }
    }
    spans
}

/// Returns the words behind each `#` that begins a line, and where it stands.
///
/// In a comment it may be none; but a line of a comment that begins with `#` holds no code at all.
fn directives(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let blank = |c: char| c == ' ' || c == '\t';
    memchr::memchr_iter(b'#', text.as_bytes()).filter_map(move |hash| {
        let before = text[..hash].trim_end_matches(blank);
        if !(before.is_empty() || before.ends_with('\n')) {
            return None;
        }
        let rest = text[hash + 1..].trim_start_matches(blank);
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        Some((hash, &rest[..end]))
    })
}

/// One pass over the bytes, blanking as it goes.
struct Scanner<'t> {
    text: &'t [u8],
    live: Vec<u8>,
    code: Vec<u8>,
    comments: Vec<Span>,
    at: usize,
    /// One entry for each open conditional: whether its current branch is dead, and whether another branch is known live.
    branches: Vec<Branch>,
}

#[derive(Clone, Copy)]
struct Branch {
    dead: bool,
    always_taken: bool,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        Scanner {
            text: text.as_bytes(),
            live: text.as_bytes().to_vec(),
            code: text.as_bytes().to_vec(),
            comments: Vec::new(),
            at: 0,
            branches: Vec::new(),
        }
    }

    fn run(&mut self) {
        let mut line_start = true;
        while self.at < self.text.len() {
            let byte = self.text[self.at];
            if line_start && byte == b'#' {
                self.directive();
            } else if byte == b'\n' {
                line_start = true;
                self.at += 1;
                continue;
            } else if byte.is_ascii_whitespace() {
                self.at += 1;
                continue;
            } else {
                self.token(byte);
            }
            line_start = false;
        }
    }

    fn token(&mut self, byte: u8) {
        let start = self.at;
        let next = self.text.get(self.at + 1).copied();
        let end = match (byte, next) {
            (b'/', Some(b'*')) => self
                .find(start + 2, b"*/")
                .map_or(self.text.len(), |at| at + 2),
            (b'/', Some(b'/')) => self.line_end(start),
            (b'"' | b'\'', _) => self.literal_end(start, byte),
            _ => {
                self.at = self.plain_end(start + 1);
                if self.dead() {
                    self.blank_live(start, self.at);
                }
                return;
            }
        };
        self.at = end;
        if self.dead() {
            self.blank_live(start, end);
        } else if byte == b'/' {
            self.comments.push(Span::new(start, end));
            blank(&mut self.code, start, end);
        } else {
            blank(
                &mut self.code,
                start + 1,
                end.saturating_sub(1).max(start + 1),
            );
        }
    }

    fn directive(&mut self) {
        let start = self.at;
        let end = self.line_end(start);
        let was_dead = self.dead();
        let line = String::from_utf8_lossy(&self.text[start + 1..end]).into_owned();
        let mut words = line.split_whitespace();
        let keyword = words.next().unwrap_or_default();
        // `#if(0)` and `#if 0` alike.
        let keyword_end = keyword.find('(').unwrap_or(keyword.len());
        let rest = line.trim_start()[keyword_end.min(line.trim_start().len())..].trim();
        match &keyword[..keyword_end] {
            "if" | "ifdef" | "ifndef" => {
                self.branches.push(branch_of(&keyword[..keyword_end], rest));
            }
            "elif" => {
                if let Some(top) = self.branches.last_mut() {
                    let own = branch_of("elif", rest);
                    top.dead = top.always_taken || own.dead;
                    top.always_taken |= own.always_taken;
                }
            }
            "else" => {
                if let Some(top) = self.branches.last_mut() {
                    top.dead = top.always_taken;
                }
            }
            "endif" => {
                self.branches.pop();
            }
            _ => {}
        }
        blank(&mut self.code, start, end);
        if was_dead && self.dead() {
            self.blank_live(start, end);
        }
        self.at = end;
    }

    fn dead(&self) -> bool {
        self.branches.iter().any(|branch| branch.dead)
    }

    fn blank_live(&mut self, start: usize, end: usize) {
        blank(&mut self.live, start, end);
        blank(&mut self.code, start, end);
    }

    /// Where what begins no comment, literal or line ends.
    fn plain_end(&self, from: usize) -> usize {
        let special = |byte: &u8| matches!(byte, b'/' | b'"' | b'\'' | b'\n');
        let rest = &self.text[from..];
        from + rest.iter().position(special).unwrap_or(rest.len())
    }

    fn find(&self, from: usize, needle: &[u8]) -> Option<usize> {
        let from = from.min(self.text.len());
        memchr::memmem::find(&self.text[from..], needle).map(|at| from + at)
    }

    /// End of the line that `from` is on, lines joined by a backslash counted as one, without the newline.
    fn line_end(&self, from: usize) -> usize {
        let mut at = from;
        while at < self.text.len() && self.text[at] != b'\n' {
            at += match &self.text[at..] {
                [b'\\', b'\r', b'\n', ..] => 3,
                [b'\\', b'\n', ..] => 2,
                _ => 1,
            };
        }
        at.min(self.text.len())
    }

    fn literal_end(&self, start: usize, quote: u8) -> usize {
        let mut at = start + 1;
        while at < self.text.len() {
            match self.text[at] {
                b'\\' => at += 1,
                // An unclosed literal ends with its line, so that one stray apostrophe does not swallow the file.
                b'\n' => return at,
                byte if byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
        self.text.len()
    }
}

fn branch_of(keyword: &str, condition: &str) -> Branch {
    let condition = condition
        .split("/*")
        .next()
        .unwrap_or_default()
        .split("//")
        .next()
        .unwrap_or_default();
    let told = condition::truth(keyword, condition);
    Branch {
        dead: told == Some(false),
        always_taken: told == Some(true),
    }
}

fn blank(view: &mut [u8], start: usize, end: usize) {
    let end = end.min(view.len());
    for byte in &mut view[start.min(end)..end] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> CFile {
        CFile::scan(&Source::new("a.c", text.as_bytes()))
    }

    #[test]
    fn a_word_in_a_comment_a_string_or_a_dead_branch_is_no_code() {
        let text = "/* f() */ // f()\nchar *s = \"f()\";\n#if 0\nf();\n#else\ng();\n#endif\n#if 1\nh();\n#else\nf();\n#endif\n";
        let file = file(text);
        assert!(!file.mentions("f"));
        assert!(file.mentions("g") && file.mentions("h"));
        assert_eq!(file.code.len(), text.len());
        assert_eq!(file.live.len(), text.len());
    }

    #[test]
    fn functions_are_found_with_names_spans_and_parameters() {
        let text = "struct s { int a; };\nONCE_INIT(s)\n\nstatic int\nload(struct s *caps, const char *file,\n     time_t *when)\n{\n    if (caps) { return 1; }\n    return 0;\n}\n\nbool ok(void) ATTRIBUTE_UNUSED;\nbool ok(void)\n{\n}\n";
        let found = file(text).functions();
        assert_eq!(
            found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
            ["load", "ok"]
        );
        assert!(text[found[0].span.start..].starts_with("static int\nload"));
        assert!(text[..found[0].span.end].ends_with("return 0;\n}"));
        assert_eq!(found[0].returns, "static int");
        assert_eq!(
            found[0].params[2],
            Parameter {
                text: "time_t *when".into(),
                name: "when".into()
            }
        );
        assert!(found[1].params.is_empty());
    }

    #[test]
    fn a_function_ended_in_both_branches_of_a_conditional_ends_with_the_last() {
        let text = "int f(void)\n{\n#ifdef A\n    return 1;\n}\n#else\n    return 2;\n}\n#endif\nint g(void) { return 3; }\n";
        let file = file(text);
        let names: Vec<_> = file.functions().iter().map(|f| f.name.clone()).collect();
        assert_eq!(names, ["f", "g"]);
        let body = file.functions()[0].body;
        assert!(text[body.start..body.end].ends_with("return 2;\n}"));
    }

    #[test]
    fn a_brace_opened_in_both_branches_of_a_conditional_counts_once() {
        let text = "int f(int a)\n{\n#ifdef A\n    if (a) {\n#else\n    if (!a) {\n#endif\n    }\n    return a;\n}\nint g(int b)\n{\n    return b;\n}\n";
        let names: Vec<_> = file(text).functions().into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["f", "g"]);
    }

    #[test]
    fn the_comment_right_before_is_found_and_only_that() {
        let text = "/* one */\nint a;\n/* two */\nint b;\n";
        let file = file(text);
        let b = text.find("int b").unwrap();
        let comment = file.comment_before(b).unwrap();
        assert_eq!(&text[comment.start..comment.end], "/* two */");
        let a_name = text.find("b;").unwrap();
        assert!(file.comment_before(a_name).is_none());
    }

    #[test]
    fn what_is_not_c_has_no_functions_and_does_not_panic() {
        for text in [
            "", "}}}{{{", "\"", "/*", "#if", "#if 0\n", "x(\\", "'", "f() {", ") {}",
        ] {
            let file = file(text);
            assert_eq!(file.code.len(), text.len());
            file.functions();
        }
    }
}
