//! What has to stand around a function so that it compiles alone: derived from its text and its file. Does not compile it.

mod declarations;
mod literals;
mod pieces;
mod scanned;
mod stand_ins;
mod structs;
mod types;

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::series::harness::{Case, Shape};
use crate::syntax::c::{CFile, Function};
use crate::text::Span;

pub(super) use declarations::declarations;
pub(super) use literals::of as literals_of;
pub use pieces::Reach;
use pieces::{Gatherer, Piece, Pieces};
pub use scanned::{Beside, Scanned};
use stand_ins::{Deriver, entries, filled_fields};
use structs::{fields, structs};
use types::{Use, body_types, declared_type, head_types};

use super::Kit;
use super::token;

/// The surroundings of one function, as the template takes them.
#[derive(Clone, Debug, Serialize)]
pub struct Scene {
    /// Macros kept as they stand.
    pub defines: Vec<String>,
    /// Types that the series adds, kept as they are declared.
    pub declared_types: Vec<String>,
    /// Variables that the series adds, kept as they are declared.
    pub declared: Vec<String>,
    /// Functions kept as they stand, callees first.
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
    /// What the series adds or changes and something else stands in for: of what it does, playing tells nothing.
    pub stood_in: Vec<String>,
    /// Texts and numbers that the functions name, as their surroundings may answer with them.
    pub words: Vec<String>,
}

/// A function as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Verbatim {
    /// Name.
    pub name: String,
    /// The file, where it is not the one that is played.
    pub file: Option<String>,
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
    let pieces = Gatherer::new(kit, scanned, function, scanned, Reach::Changed).finished();
    let shape = kit.rules.shape(
        function,
        scanned.code(function.body),
        pieces.reader.is_some(),
    )?;
    let alongside = pieces.alongside.iter().map(|piece| piece.function);
    let texts = alongside
        .chain([function])
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
/// unknown, and fails to compile. Of what the series changes and the base has as well, `reach` tells how much is kept.
pub fn derive(
    kit: &Kit,
    scanned: &Scanned,
    function: &Function,
    shape: &Shape,
    base: &Scanned,
    reach: Reach,
) -> Scene {
    let mut gatherer = Gatherer::new(kit, scanned, function, base, reach);
    if gatherer.may_declare() {
        let cut = Cut::of(kit, scanned, function, shape, &gatherer.clone().finished());
        for member in cut.structs.iter().flat_map(|s| &s.members) {
            gatherer.follow(&member.text);
        }
    }
    let pieces = gatherer.finished();
    let Cut {
        uses,
        structs,
        filled,
        bodies,
        reader,
    } = Cut::of(kit, scanned, function, shape, &pieces);
    let deriver = Deriver {
        kit,
        scanned,
        base,
        bodies: &bodies,
        structs: &structs,
    };
    let own: BTreeSet<&str> = pieces
        .names()
        .chain([function.name.as_str()])
        .chain(reader.map(|reader| reader.name.as_str()))
        .collect();
    let live = pieces.live(Piece {
        file: &scanned.file,
        path: None,
        function,
    });
    let defines = pieces.defines.iter();
    Scene {
        defines: defines.map(|define| define.text.to_owned()).collect(),
        declared_types: pieces.declared(true),
        declared: pieces.declared(false),
        words: literals::of(&live),
        entries: entries(kit, &live, shape),
        stubs: deriver.stubs(&own),
        constants: deriver.constants(&own),
        types: deriver.types(&uses, &own),
        setup: deriver.setup(shape),
        arguments: function
            .params
            .iter()
            .map(|p| deriver.argument(p, function, shape))
            .collect(),
        reader: reader.map(|reader| deriver.reader(reader, &filled, shape)),
        alongside: pieces.alongside.iter().map(Piece::verbatim).collect(),
        structs,
        stood_in: pieces.stood_in.iter().cloned().collect(),
    }
}

/// What pieces use of the file.
struct Cut<'s> {
    uses: BTreeMap<String, Use>,
    structs: Vec<Struct>,
    /// Fields that the reader fills.
    filled: Vec<String>,
    /// The code of all pieces.
    bodies: Vec<&'s str>,
    reader: Option<&'s Function>,
}

impl<'s> Cut<'s> {
    fn of(
        kit: &Kit,
        scanned: &'s Scanned,
        function: &'s Function,
        shape: &Shape,
        pieces: &Pieces<'s>,
    ) -> Self {
        let reader = pieces.reader.filter(|_| shape.calls_reader);
        let alongside = pieces.alongside.iter();
        let mut bodies: Vec<&str> = alongside.clone().map(Piece::body).collect();
        bodies.push(scanned.code(function.body));
        bodies.extend(pieces.defines.iter().map(|define| define.rest));
        bodies.extend(pieces.declarations.iter().map(|one| one.code));
        let mut uses = BTreeMap::new();
        let functions = alongside.map(|piece| piece.function);
        for part in functions.chain([function]).chain(reader) {
            head_types(part, &mut uses);
        }
        for body in &bodies {
            // A declaration begins as a statement does.
            body_types(kit, &format!(";{body}"), &mut uses);
        }
        let mut fields: BTreeSet<String> = bodies.iter().flat_map(|body| fields(body)).collect();
        let filled = reader.map_or_else(Vec::new, |reader| {
            filled_fields(kit, scanned, reader, shape)
        });
        fields.extend(filled.iter().cloned());
        let mut structs = structs(kit, scanned, &uses, &fields);
        let declared = |name: &str| {
            let mut types = pieces.declarations.iter();
            types.any(|one| one.names.contains(&name))
        };
        structs.retain(|s| !declared(&s.name) && !declared(&s.tag));
        for member in structs.iter().flat_map(|s| &s.members) {
            declared_type(&member.text, &mut uses);
        }
        Cut {
            uses,
            structs,
            filled,
            bodies,
            reader,
        }
    }
}

/// Returns a function as it stands.
pub fn verbatim(file: &CFile, function: &Function) -> Verbatim {
    let source = &file.source;
    let head = Span::new(function.span.start, function.body.start);
    Verbatim {
        name: function.name.clone(),
        file: None,
        line: source.place(function.span.start).line,
        head: source.slice(head).trim_end().to_owned(),
        text: source.slice(function.span).to_owned(),
    }
}
