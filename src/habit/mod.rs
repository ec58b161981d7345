//! What a target and its user settled about mails: who gets them, the prefix, the sign-off, and where each of these was read.
//! Runs nothing, follows no include, writes nothing; does not know what a mail looks like.

pub mod address;
pub mod codeowners;
pub mod config;
pub mod maintainers;
pub mod profile;
pub mod settle;
pub mod shelf;

pub use settle::{Settled, Typed, settle};
pub use shelf::{Shelf, Text};

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Habit {
    /// What it is about.
    pub what: What,
    /// The key that it stands under, as `cccmd`.
    pub key: String,
    /// Its value; an address in the one form that every program reads alike.
    pub value: String,
    /// Where it stands, as `.gitpublish:3 on master`.
    pub origin: String,
    /// What comes of it.
    pub fate: Fate,
}

/// What a habit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// A recipient.
    To,
    /// A recipient of a copy.
    Cc,
    /// Somebody who looks after what is changed: a recipient where there is no other, else one of a copy.
    Keeper,
    /// What stands in the brackets of the subject.
    Prefix,
    /// Whether the sender signs off.
    SignOff,
    /// Whom `git send-email` leaves out.
    SuppressCc,
    /// A command, which is shown and never run.
    Command,
    /// Something that has no meaning here.
    Other,
}

impl What {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            What::To => "to",
            What::Cc => "cc",
            What::Keeper => "keeper",
            What::Prefix => "prefix",
            What::SignOff => "signoff",
            What::SuppressCc => "suppress-cc",
            What::Command => "command",
            What::Other => "other",
        }
    }
}

/// What comes of a habit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is followed.
    Used,
    /// Something stronger says otherwise: the flag, or where that stands.
    Overridden(String),
    /// It is shown, and has no effect: why.
    Unused(&'static str),
}

/// Why a command has no effect.
pub const NEVER_RUN: &str = "a command of a file is never run";

/// The problems that reading habits can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "habit-syntax",
        "A file with settings can't be read in git's syntax for them.",
        "Mend the file, or name another one with `--profile-from`.",
    ),
    (
        "habit-bad-value",
        "A setting has a value that can't stand in a mail or in a command: no address, a control character, a word that git does not \
         know.",
        "Mend the file, or override the setting with the flag of its name.",
    ),
    (
        "profile-unknown",
        "There is no profile of that name where it was looked for.",
        "Name one that is there, or where to look with `--profile-from`.",
    ),
    (
        "profile-from",
        "What `--profile-from` names is no revision of the target and no file that can be read.",
        "Name a revision, or a text file.",
    ),
];
