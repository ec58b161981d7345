//! Which parts of which files are played together: the function under test, those that judge with it, those that the series adds or
//! changes wherever they stand with what they need, and the one that reads the cache.

use std::collections::BTreeSet;

use crate::check::c::Kit;
use crate::check::c::defines::{self, Define};
use crate::check::c::token::{self, Token, tokens};
use crate::syntax::c::{CFile, Function, words};
use crate::text::Span;

use super::declarations::{Declaration, declarations};
use super::scanned::{Became, became};
use super::{Scanned, Verbatim, verbatim};

/// A function as it is played, and the file that it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'s> {
    /// The file.
    pub(super) file: &'s CFile,
    /// Its path, where it is not the file that is played.
    pub(super) path: Option<&'s str>,
    /// The function.
    pub(super) function: &'s Function,
}

impl<'s> Piece<'s> {
    /// The body, comments and literals blanked.
    pub(super) fn body(&self) -> &'s str {
        self.code(self.function.body)
    }

    fn code(&self, span: Span) -> &'s str {
        &self.file.code[span.start..span.end]
    }

    /// The function as it stands.
    pub(super) fn verbatim(&self) -> Verbatim {
        Verbatim {
            file: self.path.map(str::to_owned),
            ..verbatim(self.file, self.function)
        }
    }
}

impl<'s> Pieces<'s> {
    /// The names that are given a meaning.
    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> {
        let functions = self
            .alongside
            .iter()
            .map(|piece| piece.function.name.as_str());
        let defines = self.defines.iter().map(|define| define.name);
        let declared = self
            .declarations
            .iter()
            .flat_map(|one| one.names.iter().copied());
        functions.chain(defines).chain(declared)
    }

    /// The declarations that are kept, of types or of variables.
    pub(super) fn declared(&self, is_type: bool) -> Vec<String> {
        let of_kind = self.declarations.iter();
        let of_kind = of_kind.filter(|one| one.is_type == is_type);
        of_kind.map(|one| one.text.to_owned()).collect()
    }

    /// The texts of the functions with `own`, comments in them, dead branches blanked.
    pub(super) fn live(&self, own: Piece<'s>) -> Vec<&'s str> {
        let all = self.alongside.iter().copied().chain([own]);
        let text = |piece: Piece<'s>| {
            let Span { start, end, .. } = piece.function.span;
            &piece.file.live[start..end]
        };
        all.map(text).collect()
    }
}

/// How much of what a series changes is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All that is new or another.
    Changed,
    /// What is new alone: what is another is stood in for, as if it were as before.
    New,
}

/// What is played together.
#[derive(Clone, Default)]
pub(super) struct Pieces<'s> {
    /// Functions kept as they stand, beside the one under test.
    pub(super) alongside: Vec<Piece<'s>>,
    /// The function that reads the cache, replaced.
    pub(super) reader: Option<&'s Function>,
    /// Macros kept as they stand.
    pub(super) defines: Vec<Define<'s>>,
    /// Declarations kept as they stand, those of types first.
    pub(super) declarations: Vec<Declaration<'s>>,
    /// What the series adds or changes and something else stands in for.
    pub(super) stood_in: BTreeSet<String>,
}

/// Finds what is played with a function, text by text.
///
/// The reader is not followed, the others are.
#[derive(Clone)]
pub(super) struct Gatherer<'s> {
    kit: &'s Kit,
    scanned: &'s Scanned,
    base: &'s Scanned,
    reach: Reach,
    function: &'s Function,
    /// Macros of the file and of those beside it that may be kept, in order, and whether each is.
    macros: Vec<(Define<'s>, bool)>,
    /// Declarations that may be kept, in order, the file that each stands in, and whether it is.
    declared: Vec<(Declaration<'s>, &'s CFile, bool)>,
    found: Pieces<'s>,
    open: Vec<String>,
}

impl<'s> Gatherer<'s> {
    /// Begins with `function`.
    pub(super) fn new(
        kit: &'s Kit,
        scanned: &'s Scanned,
        function: &'s Function,
        base: &'s Scanned,
        reach: Reach,
    ) -> Self {
        let mut gatherer = Gatherer {
            kit,
            scanned,
            base,
            reach,
            function,
            macros: macros(kit, scanned, base, reach),
            declared: declared(kit, scanned, base),
            found: Pieces::default(),
            open: Vec::new(),
        };
        gatherer.follow(scanned.code(function.span));
        gatherer
    }

    /// Adds what a text needs, and all that this needs.
    pub(super) fn follow(&mut self, text: &str) {
        self.open.push(text.to_owned());
        while let Some(text) = self.open.pop() {
            let words: BTreeSet<&str> = token::words(&text).into_iter().collect();
            for word in &words {
                self.function_named(word);
            }
            for (define, is_kept) in &mut self.macros {
                if !*is_kept && words.contains(define.name) {
                    *is_kept = true;
                    self.open.push(define.rest.to_owned());
                }
            }
            for (declaration, _, is_kept) in &mut self.declared {
                if !*is_kept && declaration.asked.iter().any(|name| words.contains(name)) {
                    *is_kept = true;
                    self.open.push(declaration.code.to_owned());
                }
            }
        }
    }

    /// Adds the function of that name, where it is part of what is played.
    fn function_named(&mut self, name: &str) {
        let mut known = self.found.alongside.iter();
        if name == self.function.name || known.any(|piece| piece.function.name == name) {
            return;
        }
        let Some((piece, became)) = self.piece(name) else {
            return;
        };
        let is_reader =
            || piece.path.is_none() && self.kit.rules.reads_cache.is_match(piece.body());
        if self.kit.knows(name) {
            self.stands_in(name, became);
        } else if is_reader() {
            self.stands_in(name, became);
            self.found.reader.get_or_insert(piece.function);
        } else if self.kit.judges.is_match(piece.body())
            || became == Became::New
            || (became == Became::Changed && self.reach == Reach::Changed)
        {
            self.found.alongside.insert(0, piece);
            self.open.push(piece.code(piece.function.span).to_owned());
        } else {
            self.stands_in(name, became);
        }
    }

    fn stands_in(&mut self, name: &str, became: Became) {
        if became != Became::Same {
            self.found.stood_in.insert(name.to_owned());
        }
    }

    /// The function of that name: of the file that is played, else one that the series adds or changes elsewhere.
    fn piece(&self, name: &str) -> Option<(Piece<'s>, Became)> {
        let scanned = self.scanned;
        if let Some(function) = scanned.function(name) {
            let piece = Piece {
                file: &scanned.file,
                path: None,
                function,
            };
            let is_base = std::ptr::eq(scanned, self.base);
            let became = match is_base {
                true => Became::Same,
                false => became(&scanned.file, function, Some(&self.base.file)),
            };
            return Some((piece, became));
        }
        scanned.beside.files().find_map(|neighbour| {
            let mut functions = neighbour.after.defined().iter();
            let function = functions.find(|function| function.name == name)?;
            let became = neighbour.became(function);
            let piece = Piece {
                file: &neighbour.after,
                path: Some(&neighbour.path),
                function,
            };
            (became != Became::Same).then_some((piece, became))
        })
    }

    /// Whether the series declares anything that may be kept.
    pub(super) fn may_declare(&self) -> bool {
        !self.declared.is_empty()
    }

    /// Returns all that was found.
    pub(super) fn finished(mut self) -> Pieces<'s> {
        let kept = self.macros.into_iter().filter(|(_, is_kept)| *is_kept);
        self.found.defines = kept.map(|(define, _)| define).collect();
        let played: BTreeSet<&str> = self
            .found
            .alongside
            .iter()
            .map(|piece| piece.function)
            .chain([self.function])
            .map(|function| function.name.as_str())
            .collect();
        let mut outer = Vec::new();
        for (declaration, file, _) in self.declared.iter().filter(|(_, _, is_kept)| *is_kept) {
            for name in declaration.names.iter().filter(|_| !declaration.is_type) {
                // What others set is not as it is where they are not played.
                let mut others = file.defined().iter();
                let uses = |span: Span| {
                    words(&file.code[span.start..span.end], name)
                        .next()
                        .is_some()
                };
                if others.any(|other| !played.contains(&*other.name) && uses(other.body)) {
                    outer.push((*name).to_owned());
                }
            }
        }
        self.found.stood_in.extend(outer);
        let kept = self.declared.into_iter().filter(|(_, _, is_kept)| *is_kept);
        self.found.declarations = kept.map(|(declaration, ..)| declaration).collect();
        self.found
    }
}

/// The macros that may be kept: those that the series adds or changes, wherever they stand, and those of the file that name nothing
/// unknown. Any other is stood in for like what another file declares.
fn macros<'s>(
    kit: &Kit,
    scanned: &'s Scanned,
    base: &Scanned,
    reach: Reach,
) -> Vec<(Define<'s>, bool)> {
    let beside = scanned.beside.files();
    let beside = beside.flat_map(|file| brought(kit, &file.after, file.before.as_ref(), reach));
    let own = defines::defines(&scanned.file).into_iter();
    let news: Vec<Define> = brought(kit, &scanned.file, Some(&base.file), reach).collect();
    let own = own.filter(|define| {
        !kit.knows(define.name) && (news.contains(define) || defines::says_enough(kit, define))
    });
    beside.chain(own).map(|define| (define, false)).collect()
}

/// The macros of a file that a series adds or changes.
fn brought<'s>(
    kit: &Kit,
    file: &'s CFile,
    before: Option<&CFile>,
    reach: Reach,
) -> impl Iterator<Item = Define<'s>> {
    let old = before.map_or_else(Vec::new, defines::defines);
    let is_brought = |define: &Define| {
        let known = old.iter().find(|known| known.name == define.name);
        let mentions = || before.is_some_and(|before| before.mentions(define.name));
        match known {
            Some(known) => reach == Reach::Changed && known.rest != define.rest,
            None => !mentions(),
        }
    };
    let all = defines::defines(file).into_iter();
    let brought: Vec<Define> = all
        .filter(|define| !kit.knows(define.name) && is_brought(define))
        .collect();
    brought.into_iter()
}

/// The declarations that may be kept: those of a name that was not there before.
fn declared<'s>(
    kit: &Kit,
    scanned: &'s Scanned,
    base: &Scanned,
) -> Vec<(Declaration<'s>, &'s CFile, bool)> {
    let beside = scanned.beside.files();
    let files = beside.map(|file| (&file.after, file.before.as_ref()));
    let files = files.chain([(&scanned.file, Some(&base.file))]);
    let mut all = Vec::new();
    for (file, before) in files {
        if before.is_some_and(|before| before.source.bytes() == file.source.bytes()) {
            continue;
        }
        let is_new =
            |name: &&str| !kit.knows(name) && before.is_none_or(|before| !before.mentions(name));
        all.extend(
            declarations(file)
                .into_iter()
                .filter_map(|mut declaration| {
                    // Of an enumeration that grew, the new names alone make it one that is needed.
                    let named: Vec<&str> =
                        declaration.names.iter().copied().filter(is_new).collect();
                    declaration.asked = named;
                    (!declaration.asked.is_empty()).then_some((declaration, file, false))
                }),
        );
    }
    all
}

/// Returns the names that `code` calls, each once.
pub(super) fn called(code: &str) -> BTreeSet<&str> {
    let tokens = tokens(code);
    tokens
        .windows(2)
        .filter(|pair| pair[1] == Token::Sign(b'('))
        .filter_map(|pair| pair[0].word())
        .filter(|word| !token::is_keyword(word))
        .collect()
}
