//! What goes wrong while a target is read. Knows nothing of what was wanted of it.

use super::id::Id;

/// What went wrong while reading a target; not the user's mistake, but theirs to know.
#[derive(Clone, Debug, thiserror::Error)]
#[error("can't read `{what}`: {reason}")]
pub struct Fault {
    /// What was read.
    pub what: String,
    /// Why it could not be.
    pub reason: String,
    /// The object that the repository does not have, where that is why.
    pub absent: Option<Id>,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>, reason: impl ToString) -> Self {
        Fault {
            what: what.into(),
            reason: reason.to_string(),
            absent: None,
        }
    }

    pub(super) fn absent(id: Id) -> Self {
        Fault {
            absent: Some(id),
            ..Fault::new(id.to_string(), "the repository does not have the object")
        }
    }

    /// Names what was read, where the one that read it knew less.
    pub(super) fn of(self, what: &str) -> Self {
        Fault {
            what: what.to_owned(),
            ..self
        }
    }
}
