//! A shell script as a tree, and what it runs in each way that it may go. Runs nothing, and does not know what a command does.
//!
//! The parser is our own. Of the crates that keep the places of words and fit this licence, `brush-parser` 0.4 leaves the inside of words
//! unread and brings 70 crates along, and `tree-sitter-bash` 0.25 takes two here-documents on one line, and `for x in;`, for errors;
//! neither can be told that `%{?x:a b}` and `%(…)` are rpm's and part of a word. `yash-syntax` is under the GPL, `conch-parser` is given up.

mod asked;
mod calls;
mod cut;
mod others;
mod parse;
mod run;
mod said;
mod settings;
mod shell;
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
        assigns: Vec<Assign>,
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
    /// `for ((first; condition; step))`.
    Count {
        first: Word,
        condition: Word,
        step: Word,
        body: Box<Node>,
    },
    While {
        until: bool,
        condition: Box<Node>,
        body: Box<Node>,
    },
    Case {
        word: Word,
        arms: Vec<Arm>,
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

/// A value that is given to a name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Assign {
    name: String,
    /// Whether it is added to the value that the name has.
    adds: bool,
    is_array: bool,
    words: Vec<Word>,
}

/// One of the cases of a `case`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Arm {
    patterns: Vec<Word>,
    body: Node,
    next: Next,
}

/// What follows when an arm has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Leaves,
    /// The body of the next arm, whatever its patterns.
    Runs,
    /// The patterns of the next arm.
    Asks,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Redirect {
    /// A here-document or a here-string.
    Text(Word),
    In(Word),
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
