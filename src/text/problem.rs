//! What a user must mend: a code, a sentence, places with what each of them shows, and a way out. Does not know how it is drawn.

use std::fmt;

use super::source::{Site, Source, Span};

/// Something in what the user gave (a manifest, a target, a command line) that has to be mended.
///
/// The message is a lowercase fragment; the help is an imperative. `code` is one of those that `explain` knows.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Stable kebab-case name, known to `patchwright explain`.
    pub code: &'static str,
    /// What is wrong: expected and found.
    pub message: String,
    /// The places that show it, the first being the main one.
    pub labels: Vec<Label>,
    /// What to do next.
    pub help: Option<String>,
}

/// A place and what it shows.
#[derive(Clone, Debug)]
pub struct Label {
    /// The place.
    pub site: Site,
    /// What the reader should see there.
    pub text: String,
}

impl Problem {
    /// Makes a problem without places.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Problem {
            code,
            message: message.into(),
            labels: Vec::new(),
            help: None,
        }
    }

    /// Adds a place in `source`.
    #[must_use]
    pub fn at(mut self, source: &Source, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            site: source.site(span),
            text: text.into(),
        });
        self
    }

    /// Adds a place.
    #[must_use]
    pub fn at_site(mut self, site: &Site, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            site: site.clone(),
            text: text.into(),
        });
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for label in &self.labels {
            let place = label.site.place();
            let name = label.site.source.name();
            write!(
                f,
                "; {name}:{}:{}: {}",
                place.line, place.column, label.text
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
