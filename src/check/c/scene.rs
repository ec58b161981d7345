//! What has to stand around a function so that it compiles alone: derived from its text and its file. Does not compile it.

use regex::Regex;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::series::harness::{Case, Shape};
use crate::syntax::c::{CFile, Function, Parameter, words};
use crate::text::Span;

use super::Kit;
use super::defines;
use super::token::{self, Token, tokens};

/// A file with its functions, scanned once.
#[derive(Debug)]
pub struct Scanned {
    /// The scan.
    pub file: CFile,
    /// Its functions, in order.
    pub functions: Vec<Function>,
}

impl Scanned {
    /// Scans a file.
    pub fn new(source: &crate::text::Source) -> Self {
        let file = CFile::scan(source);
        let functions = file.functions();
        Scanned { file, functions }
    }

    /// Returns the function of that name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    fn code(&self, span: Span) -> &str {
        &self.file.code[span.start..span.end]
    }
}

/// The surroundings of one function, as the template takes them.
#[derive(Clone, Debug, Serialize)]
pub struct Scene {
    /// Macros of the file kept as they stand.
    pub defines: Vec<String>,
    /// Functions of the file kept as they stand, callees first.
    pub alongside: Vec<Verbatim>,
    /// The function that reads the cache, replaced.
    pub reader: Option<Reader>,
    /// Entries of the cache that are asked for by name, and what they hold.
    pub entries: Vec<Assignment>,
    /// Structures of the file, cut down to the members used.
    pub structs: Vec<Struct>,
    /// Types declared elsewhere.
    pub types: Vec<Type>,
    /// Constants defined elsewhere.
    pub constants: Vec<String>,
    /// Functions declared elsewhere.
    pub stubs: Vec<Stub>,
    /// What is set before the call.
    pub setup: Vec<Assignment>,
    /// Arguments of the call.
    pub arguments: Vec<String>,
}

/// A function as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Verbatim {
    /// Name.
    pub name: String,
    /// Line in the file at which `text` begins.
    pub line: usize,
    /// All but the body.
    pub head: String,
    /// The whole.
    pub text: String,
}

/// The function that reads the cache: its own prototype, and what it gives back.
#[derive(Clone, Debug, Serialize)]
pub struct Reader {
    /// Prototype.
    pub head: String,
    /// Value returned when reading fails.
    pub failed: &'static str,
    /// Value returned when it does not.
    pub succeeded: &'static str,
    /// Out-parameters and fields it fills.
    pub assignments: Vec<Assignment>,
}

/// A structure of the file.
#[derive(Clone, Debug, Serialize)]
pub struct Struct {
    /// Its tag.
    pub tag: String,
    /// Its name as a type.
    pub name: String,
    /// The members used.
    pub members: Vec<Member>,
}

/// A member of a structure.
#[derive(Clone, Debug, Serialize)]
pub struct Member {
    /// Names it declares.
    pub names: Vec<String>,
    /// The declaration, without the semicolon.
    pub text: String,
}

/// A type declared elsewhere.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Type {
    /// Its name.
    pub name: String,
    /// What stands before the name in the typedef.
    pub of: String,
}

/// A function declared elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct Stub {
    /// Its name.
    pub name: String,
    /// Its return type.
    pub returns: &'static str,
    /// What it returns.
    pub value: &'static str,
}

/// A place, and the C expression that it holds.
#[derive(Clone, Debug, Serialize)]
pub struct Assignment {
    /// What stands left of `=`, or a name.
    pub place: String,
    /// The expression.
    pub value: String,
}

/// How a type word is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    Value,
    Pointer,
}

/// Returns the functions that `function` calls and that are part of it: the judges and those that `base` does not have, and
/// the reader.
///
/// The reader is not followed, the others are.
fn parts<'s>(
    kit: &Kit,
    scanned: &'s Scanned,
    function: &'s Function,
    base: &Scanned,
) -> (Vec<&'s Function>, Option<&'s Function>) {
    let mut alongside: Vec<&Function> = Vec::new();
    let mut reader = None;
    let mut open = vec![function];
    while let Some(next) = open.pop() {
        for name in called(scanned.code(next.body)) {
            let Some(callee) = scanned.function(name) else {
                continue;
            };
            let body = scanned.code(callee.body);
            if callee.name == function.name
                || kit.knows(name)
                || alongside.iter().any(|f| f.name == name)
            {
                continue;
            }
            if kit.rules.reads_cache.is_match(body) {
                reader.get_or_insert(callee);
            } else if kit.judges.is_match(body) || base.function(name).is_none() {
                alongside.insert(0, callee);
                open.push(callee);
            }
        }
    }
    (alongside, reader)
}

/// How a function is played: the shape it has, and the cases that are for it.
#[derive(Clone, Debug)]
pub struct Part<'k> {
    /// Its shape.
    pub shape: &'k Shape,
    /// Its cases, in the manifest's order.
    pub cases: Vec<&'k Case>,
}

/// Returns how a function of the base is played, where it has a shape that the manifest knows.
pub fn part<'k>(kit: &'k Kit, scanned: &Scanned, function: &Function) -> Option<Part<'k>> {
    let (alongside, reader) = parts(kit, scanned, function, scanned);
    let shape = kit
        .rules
        .shape(function, scanned.code(function.body), reader.is_some())?;
    let texts = alongside
        .iter()
        .chain([&function])
        .map(|f| &scanned.file.code[f.span.start..f.span.end]);
    let roles: BTreeSet<&str> = texts
        .flat_map(token::words)
        .filter_map(|word| kit.rules.role(word))
        .collect();
    let fits = |case: &&Case| {
        let of_shape = case.shapes.is_empty() || case.shapes.contains(&shape.id);
        of_shape
            && case
                .needs
                .as_deref()
                .is_none_or(|role| roles.contains(role))
    };
    Some(Part {
        shape,
        cases: kit.rules.manifest.cases.iter().filter(fits).collect(),
    })
}

/// Derives the surroundings of `function`.
///
/// Names that nothing gives a meaning are stood in for only where `base` uses them already: what a patch misspelt stays
/// unknown, and fails to compile.
pub fn derive(
    kit: &Kit,
    scanned: &Scanned,
    function: &Function,
    shape: &Shape,
    base: &Scanned,
) -> Scene {
    let (alongside, reader) = parts(kit, scanned, function, base);
    let reader = reader.filter(|_| shape.calls_reader);
    let mut played = alongside.clone();
    played.push(function);
    let mut bodies: Vec<&str> = played.iter().map(|f| scanned.code(f.body)).collect();
    let defines = defines::used(kit, &scanned.file, &bodies, &base.file);
    bodies.extend(defines.iter().map(|define| define.rest));
    let mut uses = BTreeMap::new();
    for part in played.iter().chain(reader.iter()) {
        head_types(part, &mut uses);
    }
    for body in &bodies {
        body_types(kit, body, &mut uses);
    }
    let mut fields: BTreeSet<String> = bodies.iter().flat_map(|body| fields(body)).collect();
    let filled = reader.map_or_else(Vec::new, |reader| {
        filled_fields(kit, scanned, reader, shape)
    });
    fields.extend(filled.iter().cloned());
    let structs = structs(kit, scanned, &uses, &fields);
    for member in structs.iter().flat_map(|s| &s.members) {
        declared_type(&member.text, &mut uses);
    }
    let deriver = Deriver {
        kit,
        scanned,
        base,
        bodies: &bodies,
        structs: &structs,
    };
    let own: BTreeSet<&str> = played
        .iter()
        .chain(reader.iter())
        .map(|f| f.name.as_str())
        .chain(defines.iter().map(|define| define.name))
        .collect();
    Scene {
        defines: defines
            .iter()
            .map(|define| define.text.to_owned())
            .collect(),
        entries: entries(kit, scanned, &played, shape),
        stubs: deriver.stubs(&own),
        constants: deriver.constants(&own),
        types: deriver.types(&uses),
        setup: deriver.setup(shape),
        arguments: function
            .params
            .iter()
            .map(|p| deriver.argument(p, function, shape))
            .collect(),
        reader: reader.map(|reader| deriver.reader(reader, &filled, shape)),
        alongside: alongside.iter().map(|f| verbatim(scanned, f)).collect(),
        structs,
    }
}

/// Returns a function as it stands.
pub fn verbatim(scanned: &Scanned, function: &Function) -> Verbatim {
    let source = &scanned.file.source;
    let head = Span::new(function.span.start, function.body.start);
    Verbatim {
        name: function.name.clone(),
        line: source.place(function.span.start).line,
        head: source.slice(head).trim_end().to_owned(),
        text: source.slice(function.span).to_owned(),
    }
}

struct Deriver<'d> {
    kit: &'d Kit,
    scanned: &'d Scanned,
    base: &'d Scanned,
    bodies: &'d [&'d str],
    structs: &'d [Struct],
}

impl Deriver<'_> {
    /// Returns whether the base gives `word` a use as code.
    fn in_base(&self, word: &str) -> bool {
        self.base.file.mentions(word)
    }

    fn called_in_base(&self, name: &str) -> bool {
        let code = &self.base.file.code;
        words(code, name).any(|at| code[at + name.len()..].trim_start().starts_with('('))
    }

    fn constants(&self, own: &BTreeSet<&str>) -> Vec<String> {
        let mut found = BTreeSet::new();
        for body in self.bodies {
            let tokens = tokens(body);
            for (at, token) in tokens.iter().enumerate() {
                let Some(word) = token.word() else { continue };
                let called = tokens.get(at + 1) == Some(&Token::Sign(b'('));
                if token::is_constant(word)
                    && !called
                    && !own.contains(word)
                    && !self.kit.knows(word)
                    && self.in_base(word)
                {
                    found.insert(word.to_owned());
                }
            }
        }
        found.into_iter().collect()
    }

    fn types(&self, uses: &BTreeMap<String, Use>) -> Vec<Type> {
        let from_file = |name: &str| {
            self.structs
                .iter()
                .any(|s| s.name == stem(name) || s.tag == name)
        };
        let mut found = Vec::new();
        for (name, used) in uses {
            if self.kit.knows(name) || from_file(name) || !self.in_base(name) {
                continue;
            }
            let of = match used {
                _ if name.ends_with("Ptr") => "void *".to_owned(),
                Use::Pointer => format!("struct {name} "),
                Use::Value => "int ".to_owned(),
            };
            found.push(Type {
                name: name.clone(),
                of,
            });
        }
        found
    }

    fn stubs(&self, own: &BTreeSet<&str>) -> Vec<Stub> {
        let mut names = BTreeSet::new();
        for body in self.bodies {
            names.extend(called(body));
        }
        names
            .into_iter()
            .filter(|name| {
                !own.contains(name) && !self.kit.knows(name) && self.called_in_base(name)
            })
            .map(|name| self.stub(name))
            .collect()
    }

    fn stub(&self, name: &str) -> Stub {
        let (returns, value) = if self.gives_pointer(name) {
            ("void *", "world_blob")
        } else if self.kit.gives_text.is_match(name) {
            ("char *", "world_text")
        } else {
            ("int ", "(int) world.otherwise")
        };
        Stub {
            name: name.to_owned(),
            returns,
            value,
        }
    }

    /// Tells by the function's own definition, else by what its value is assigned to.
    fn gives_pointer(&self, name: &str) -> bool {
        if let Some(function) = self.scanned.function(name) {
            return function.returns.contains('*') || function.returns.ends_with("Ptr");
        }
        self.bodies.iter().any(|body| {
            words(body, name).any(|at| {
                let before = body[..at].trim_end();
                let Some(left) = before.strip_suffix('=') else {
                    return false;
                };
                if left.ends_with(['=', '!', '<', '>']) {
                    return false;
                }
                token::words(left)
                    .last()
                    .is_some_and(|place| self.is_pointer(left, place, body))
            })
        })
    }

    fn is_pointer(&self, left: &str, place: &str, body: &str) -> bool {
        if left
            .trim_end()
            .strip_suffix(place)
            .is_some_and(|owner| owner.ends_with("->"))
        {
            let members = self.structs.iter().flat_map(|s| &s.members);
            return members
                .filter(|member| member.names.iter().any(|name| name == place))
                .any(|member| member.text.contains('*') || member.text.contains("Ptr "));
        }
        let declaration = format!(r"(?:\*\s*|Ptr\s+|g_auto\w*\s*\([^()]*\)\s*){place}\b");
        Regex::new(&declaration).is_ok_and(|re| re.is_match(body))
    }

    fn setup(&self, shape: &Shape) -> Vec<Assignment> {
        let mut found = Vec::new();
        for s in self.structs {
            for name in s.members.iter().flat_map(|member| &member.names) {
                if let Some(value) = self
                    .kit
                    .rules
                    .role(name)
                    .and_then(|role| shape.given.get(role))
                {
                    found.push(Assignment {
                        place: format!("the_{}.{name}", s.name),
                        value: value.clone(),
                    });
                }
            }
        }
        found
    }

    fn argument(&self, param: &Parameter, function: &Function, shape: &Shape) -> String {
        let Some(type_word) = first_type(&param.text) else {
            return "0".to_owned();
        };
        let is_pointer = param.text.contains('*') || type_word.ends_with("Ptr");
        if let Some(s) = self.struct_named(type_word) {
            return format!("&the_{}", s.name);
        }
        if type_word == "void" && is_pointer {
            let stood_for = self.stood_for(param, self.scanned.code(function.body));
            return stood_for
                .map_or_else(|| "world_blob".to_owned(), |s| format!("&the_{}", s.name));
        }
        let given = self
            .kit
            .rules
            .role(&param.name)
            .and_then(|role| shape.given.get(role));
        match given {
            Some(value) if !is_pointer => value.clone(),
            _ if type_word == "char" && is_pointer => "world_file".to_owned(),
            _ if is_pointer => "(void *) world_blob".to_owned(),
            _ => "0".to_owned(),
        }
    }

    /// Returns the structure that a `void *` parameter stands for: the one whose pointer it initialises.
    fn stood_for(&self, param: &Parameter, body: &str) -> Option<&Struct> {
        let declaration = format!(
            r"(\w+)\s*\*?\s*\w+\s*=\s*(?:\([^()]*\)\s*)?{}\s*;",
            param.name
        );
        let found = Regex::new(&declaration).ok()?;
        let type_word = found.captures(body)?.get(1)?.as_str();
        self.struct_named(type_word)
    }

    fn struct_named(&self, type_word: &str) -> Option<&Struct> {
        self.structs
            .iter()
            .find(|s| s.name == stem(type_word) || s.tag == type_word)
    }

    fn reader(&self, reader: &Function, filled: &[String], shape: &Shape) -> Reader {
        let mut assignments = Vec::new();
        let read = |name: &str| {
            self.kit
                .rules
                .role(name)
                .and_then(|role| shape.read.get(role))
        };
        for param in &reader.params {
            if let Some(value) = read(&param.name).filter(|_| param.text.contains('*')) {
                assignments.push(Assignment {
                    place: format!("*{}", param.name),
                    value: value.clone(),
                });
            }
        }
        for (param, field) in reader
            .params
            .iter()
            .flat_map(|p| filled.iter().map(move |f| (p, f)))
        {
            let holder = first_type(&param.text).and_then(|word| self.struct_named(word));
            let holds = holder.is_some_and(|s| s.members.iter().any(|m| m.names.contains(field)));
            if let Some(value) = read(field).filter(|_| holds) {
                assignments.push(Assignment {
                    place: format!("{}->{field}", param.name),
                    value: value.clone(),
                });
            }
        }
        let truth = reader.returns.split(' ').any(|word| word == "bool");
        Reader {
            head: verbatim(self.scanned, reader).head,
            failed: if truth { "false" } else { "-1" },
            succeeded: if truth { "true" } else { "0" },
            assignments,
        }
    }
}

/// Returns the fields with a role that the reader fills.
fn filled_fields(kit: &Kit, scanned: &Scanned, reader: &Function, shape: &Shape) -> Vec<String> {
    let body = scanned.code(reader.body);
    let names: BTreeSet<&str> = kit
        .assigned
        .captures_iter(body)
        .filter_map(|c| Some(c.get(1)?.as_str()))
        .collect();
    let read = |name: &&str| {
        kit.rules
            .role(name)
            .is_some_and(|role| shape.read.contains_key(role))
    };
    names.into_iter().filter(read).map(str::to_owned).collect()
}

/// Returns the entries of the cache that the functions name, with what they hold; those without a role are left out.
fn entries(
    kit: &Kit,
    scanned: &Scanned,
    functions: &[&Function],
    shape: &Shape,
) -> Vec<Assignment> {
    let texts = functions
        .iter()
        .map(|f| &scanned.file.live[f.span.start..f.span.end]);
    let names = texts.flat_map(|text| {
        kit.rules
            .entries
            .captures_iter(text)
            .filter_map(|c| Some(c.get(1)?.as_str()))
    });
    let names: BTreeSet<&str> = names.collect();
    let held = names.into_iter().filter_map(|name| {
        Some(Assignment {
            place: name.to_owned(),
            value: shape.read.get(kit.rules.role(name)?)?.clone(),
        })
    });
    held.collect()
}

/// Returns the names that `code` calls, each once.
fn called(code: &str) -> BTreeSet<&str> {
    let tokens = tokens(code);
    tokens
        .windows(2)
        .filter(|pair| pair[1] == Token::Sign(b'('))
        .filter_map(|pair| pair[0].word())
        .filter(|word| !token::is_keyword(word))
        .collect()
}

/// Returns the member names that `code` reaches with `->` or `.`.
fn fields(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let reached = |at: usize| match tokens[at - 1] {
        Token::Sign(b'.') => true,
        Token::Sign(b'>') => at > 1 && tokens[at - 2] == Token::Sign(b'-'),
        _ => false,
    };
    (1..tokens.len())
        .filter(|&at| reached(at))
        .filter_map(|at| tokens[at].word().map(str::to_owned))
        .collect()
}

/// Returns the word that a declaration's type is named by; none for `struct x`.
fn first_type(declaration: &str) -> Option<&str> {
    let qualifiers = [
        "const", "static", "unsigned", "signed", "register", "volatile",
    ];
    let word = token::words(declaration)
        .into_iter()
        .find(|word| !qualifiers.contains(word))?;
    match word {
        "struct" | "union" | "enum" => token::words(declaration)
            .into_iter()
            .skip_while(|w| *w != word)
            .nth(1),
        _ => Some(word),
    }
}

fn declared_type(declaration: &str, uses: &mut BTreeMap<String, Use>) {
    if ["struct ", "union ", "enum "]
        .iter()
        .any(|word| declaration.contains(word))
    {
        return;
    }
    if let Some(word) = first_type(declaration).filter(|word| !token::is_keyword(word)) {
        let used = if declaration.contains('*') {
            Use::Pointer
        } else {
            Use::Value
        };
        note(uses, word, used);
    }
}

fn note(uses: &mut BTreeMap<String, Use>, word: &str, used: Use) {
    let known = uses.entry(word.to_owned()).or_insert(used);
    // A type whose value is used needs a size; a pointer to it does as well then.
    *known = (*known).min(used);
}

fn head_types(function: &Function, uses: &mut BTreeMap<String, Use>) {
    for param in &function.params {
        declared_type(&param.text, uses);
    }
    declared_type(
        &format!("{} x", function.returns.replace("inline ", "")),
        uses,
    );
}

/// Notes the types that a body declares variables of, casts to, or names in a macro that takes a type.
fn body_types(kit: &Kit, body: &str, uses: &mut BTreeMap<String, Use>) {
    let tokens = tokens(body);
    let word_at = |at: usize| tokens.get(at).copied().and_then(Token::word);
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let Some(word) = token
            .word()
            .filter(|word| !token::is_keyword(word) && *word != "struct")
        else {
            continue;
        };
        let stars = tokens[at + 1..]
            .iter()
            .take_while(|t| matches!(t, Token::Sign(b'*')))
            .count();
        let after = at + 1 + stars;
        let used = if stars > 0 { Use::Pointer } else { Use::Value };
        let opens = match tokens[at - 1] {
            Token::Sign(sign) => matches!(sign, b'{' | b';' | b'}'),
            Token::Word(before, _) => matches!(before, "const" | "static" | "g_autofree"),
        };
        let in_parentheses =
            tokens[at - 1] == Token::Sign(b'(') && tokens.get(after) == Some(&Token::Sign(b')'));
        let of_macro = at > 1
            && word_at(at - 2).is_some_and(|w| {
                kit.rules
                    .manifest
                    .harness
                    .type_macros
                    .iter()
                    .any(|m| m == w)
            });
        if in_parentheses && of_macro {
            let points =
                stars > 0 || word_at(at - 2).is_some_and(|w| w.to_lowercase().ends_with("ptr"));
            note(uses, word, if points { Use::Pointer } else { Use::Value });
        } else if (in_parentheses && stars > 0)
            || (opens && word_at(after).is_some_and(|next| !token::is_keyword(next)))
        {
            note(uses, word, used);
        }
    }
}

/// Returns the name of a structure by the name of its pointer type.
fn stem(type_word: &str) -> &str {
    type_word.strip_suffix("Ptr").unwrap_or(type_word)
}

/// Cuts the structures that are used out of the file, each with the members used.
fn structs(
    kit: &Kit,
    scanned: &Scanned,
    uses: &BTreeMap<String, Use>,
    fields: &BTreeSet<String>,
) -> Vec<Struct> {
    let code = &scanned.file.code;
    let mut found: Vec<Struct> = Vec::new();
    for captures in kit.structs.captures_iter(code) {
        let (Some(whole), Some(tag)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let name = tag.as_str().strip_prefix('_').unwrap_or(tag.as_str());
        let is_used = uses.keys().any(|word| stem(word) == name) && !kit.knows(name);
        if is_used && !found.iter().any(|s| s.name == name) {
            found.push(Struct {
                tag: tag.as_str().to_owned(),
                name: name.to_owned(),
                members: members(&code[whole.end()..], fields),
            });
        }
    }
    found
}

/// Returns the members used, up to the brace that closes the structure.
fn members(code: &str, fields: &BTreeSet<String>) -> Vec<Member> {
    let mut found = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' | b'(' => depth += 1,
            b'}' if depth == 0 => break,
            b'}' | b')' => depth -= 1,
            b';' if depth == 0 => {
                let text = code[start..at]
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ");
                let names = declared_names(&text);
                if names.iter().any(|name| fields.contains(name)) {
                    found.push(Member { names, text });
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

fn declared_names(declaration: &str) -> Vec<String> {
    let declarators = declaration.split(',');
    declarators
        .filter_map(|declarator| {
            let head = match declarator.find("(*") {
                Some(at) => declarator[at + 2..].split(')').next(),
                None => declarator.split(['[', ':']).next(),
            };
            token::words(head?).last().map(|word| (*word).to_owned())
        })
        .collect()
}
