//! What has to stand around a function so that it compiles alone: derived from its text and its file. Does not compile it.

mod pieces;
mod scanned;
mod stand_ins;
mod structs;
mod types;

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::series::harness::{Case, Shape};
use crate::syntax::c::Function;
use crate::text::Span;

use pieces::parts;
pub use scanned::Scanned;
use stand_ins::{Deriver, entries, filled_fields};
use structs::{fields, structs};
use types::{body_types, declared_type, head_types};

use super::Kit;
use super::defines;
use super::token;

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
