//! A file of C with its functions, scanned once for all that is asked about it. Derives nothing.

use crate::syntax::c::{CFile, Function};
use crate::text::Span;

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

    pub(super) fn code(&self, span: Span) -> &str {
        &self.file.code[span.start..span.end]
    }
}
