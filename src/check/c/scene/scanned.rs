//! A file of C with its functions, scanned once for all that is asked about it, and what a series did to other files. Derives nothing.

use std::sync::Arc;

use crate::syntax::c::{CFile, Function};
use crate::text::{Source, Span};

/// A file with its functions, scanned once.
#[derive(Debug)]
pub struct Scanned {
    /// The scan.
    pub file: CFile,
    /// Its functions, in order.
    pub functions: Vec<Function>,
    /// What the series adds or changes in other files.
    pub beside: Beside,
}

/// Files that a series adds or changes beside the one that is played.
#[derive(Clone, Debug, Default)]
pub struct Beside(Arc<[Neighbour]>);

/// A file that a series adds or changes.
#[derive(Debug)]
pub(super) struct Neighbour {
    /// Its path.
    pub(super) path: String,
    /// As the series leaves it.
    pub(super) after: CFile,
    /// As it was; none where it is new.
    pub(super) before: Option<CFile>,
}

/// What became of a function or a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It was not there before.
    New,
    /// It says something else.
    Changed,
    /// It says the same.
    Same,
}

impl Beside {
    /// Scans files: the path of each, what it held before and what it holds. Those that hold the same are left out.
    pub fn of(files: impl IntoIterator<Item = (String, Option<Source>, Source)>) -> Self {
        let changed = files.into_iter().filter(|(_, before, after)| {
            before
                .as_ref()
                .is_none_or(|before| before.bytes() != after.bytes())
        });
        let neighbours = changed.map(|(path, before, after)| Neighbour {
            path,
            after: CFile::scan(&after),
            before: before.as_ref().map(CFile::scan),
        });
        Beside(neighbours.collect())
    }

    /// The same without one file, the one that is played.
    #[must_use]
    pub fn without(&self, path: &str) -> Self {
        if self.0.iter().all(|file| file.path != path) {
            return self.clone();
        }
        let sources = self.0.iter().filter(|file| file.path != path).map(|file| {
            let before = file.before.as_ref().map(|before| before.source.clone());
            (file.path.clone(), before, file.after.source.clone())
        });
        Beside::of(sources)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns all that the files hold, for comparison.
    pub fn texts(&self) -> String {
        let texts = self.0.iter().map(|file| file.after.source.text());
        texts.collect()
    }

    /// Returns the texts of the functions that are new or changed, comments and dead branches blanked.
    pub fn added_texts(&self) -> Vec<&str> {
        let files = self.0.iter();
        let functions = files.flat_map(|file| {
            let functions = file.after.defined().iter();
            let changed = functions.filter(|function| file.became(function) != Became::Same);
            changed.map(|function| &file.after.live[function.span.start..function.span.end])
        });
        functions.collect()
    }

    /// Returns the paths of the sources of C that are new.
    pub fn added_sources(&self) -> impl Iterator<Item = &str> {
        let added = self.0.iter().filter(|file| file.before.is_none());
        added
            .map(|file| file.path.as_str())
            .filter(|path| path.ends_with(".c"))
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &Neighbour> {
        self.0.iter()
    }
}

impl Neighbour {
    /// What became of one of its functions.
    pub(super) fn became(&self, function: &Function) -> Became {
        became(&self.after, function, self.before.as_ref())
    }
}

/// What became of a function of a file, by the file as it was.
pub(super) fn became(file: &CFile, function: &Function, before: Option<&CFile>) -> Became {
    let old = before.and_then(|before| {
        let mut old = before.defined().iter();
        Some((before, old.find(|old| old.name == function.name)?))
    });
    let text = |file: &CFile, span: Span| -> String {
        let words = file.live[span.start..span.end].split_whitespace();
        words.collect::<Vec<_>>().join(" ")
    };
    match old {
        None => Became::New,
        Some((before, old)) if text(before, old.span) == text(file, function.span) => Became::Same,
        Some(_) => Became::Changed,
    }
}

impl Scanned {
    /// Scans a file.
    pub fn new(source: &Source) -> Self {
        Scanned::among(source, Beside::default())
    }

    /// Scans a file, beside others that the series adds or changes.
    pub fn among(source: &Source, beside: Beside) -> Self {
        let file = CFile::scan(source);
        let functions = file.functions();
        Scanned {
            file,
            functions,
            beside,
        }
    }

    /// Returns the function of that name.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    pub(super) fn code(&self, span: Span) -> &str {
        &self.file.code[span.start..span.end]
    }
}
