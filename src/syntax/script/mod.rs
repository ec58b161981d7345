//! A shell script as a tree, and what it runs in each way that it may go. Runs nothing, and does not know what a command does.

mod asked;
mod calls;
mod others;
mod parse;
mod run;
mod words;

use std::rc::Rc;

use crate::text::Span;

pub use run::{Run, Way, Ways, World, ways};

/// Stands in a value for a part that can't be told; what follows says where that part comes from.
const UNKNOWN: char = '\0';

/// A command, simple or compound.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    kind: Kind,
    /// Where it stands in the script.
    span: Span,
    /// Its own text, blanks folded; empty for what is made of commands.
    text: String,
    redirects: Vec<Redirect>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Simple {
        assigns: Vec<(String, Word)>,
        words: Vec<Word>,
    },
    Pipe {
        parts: Vec<Node>,
        negated: bool,
    },
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Background(Box<Node>),
    If {
        arms: Vec<(Node, Node)>,
        otherwise: Option<Box<Node>>,
    },
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: Box<Node>,
    },
    While {
        until: bool,
        condition: Box<Node>,
        body: Box<Node>,
    },
    Case {
        word: Word,
        arms: Vec<(Vec<Word>, Node)>,
    },
    Function {
        name: String,
        body: Rc<Node>,
    },
    Subshell(Box<Node>),
    /// `[[ … ]]`.
    Test(Vec<Word>),
    /// `(( … ))`.
    Sum(Word),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Redirect {
    /// A here-document or a here-string.
    Text(Word),
    In,
    /// Into a file; whether it is what the command says that goes there.
    Out {
        target: Word,
        is_said: bool,
    },
    Other,
}

type Word = Vec<Part>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text {
        text: String,
        quoted: bool,
    },
    Variable {
        name: String,
        /// Such as `:-`, and what follows it.
        otherwise: Option<(String, Word)>,
        quoted: bool,
    },
    Command {
        body: Box<Node>,
        text: String,
        quoted: bool,
    },
    /// `$(( … ))`.
    Sum(Word),
}

#[cfg(test)]
mod tests;
