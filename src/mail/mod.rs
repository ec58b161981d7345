//! The mails of a series, byte for byte as `git format-patch` writes them. Does not know how the commits came to be, and asks git nothing.

pub mod cover;
pub mod diff;
pub mod diffstat;
pub mod export;
pub mod filename;
pub mod header;
pub mod ident;
pub mod incoming;
pub mod letter;
pub mod notes;
pub mod outgoing;
pub mod range_diff;
pub mod readback;
pub mod series;
pub mod shortlog;
pub mod subject;
pub mod thread;
pub mod wrap;

pub use crate::target::binary::Binaries;
pub use crate::target::commit::{Blob, Commit, FileChange, FileOrigin, Ident, OriginKind, When};
pub use letter::Draft;
pub use series::{bound, letters, render};

/// What the author wrote for the cover letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// Title, without prefix and number.
    pub subject: String,
    /// The blurb: everything above the list of patches.
    pub body: String,
    /// The blurb without what checks observed, where that is another text: of it the Message-IDs are made.
    pub unobserved: Option<String>,
    /// What stands below the diffstat, such as a range-diff with its title; ends in a line feed.
    pub appendix: Option<String>,
    /// What is known of the commits beyond what each of them tells; none takes all from them.
    pub whole: Option<Whole>,
}

/// What commits of a repository are together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// What they change together; none where no single commit lies below them: then no table of files is shown.
    pub changes: Option<Vec<FileChange>>,
    /// For each commit, the author's name in the list of patches.
    pub authors: Vec<String>,
    /// Declares the charset even where nothing in the letter asks for it, as git does for what it doesn't show of a commit.
    pub needs_charset: bool,
}

/// Which mail of a series replies to which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thread {
    /// Every mail to the first.
    Shallow,
    /// Every mail to the one before.
    Deep,
}

/// What the series is made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// A commit that others have too, all of its hex digits.
    pub commit: String,
    /// `git patch-id --stable` of the patches between it and the first one mailed, oldest first.
    pub prerequisites: Vec<String>,
}

/// How a series is mailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What stands in the brackets, as `PATCH`.
    pub prefix: String,
    /// Puts `RFC` before the prefix, unless it says so itself.
    pub rfc: bool,
    /// The version; none says nothing of it.
    pub reroll: Option<u32>,
    /// Who mails. Another author stands in the body.
    pub from: Ident,
    /// Recipients, each as `Name <mail>` or `mail`.
    pub to: Vec<String>,
    /// Recipients of a copy.
    pub cc: Vec<String>,
    /// Message-ID of the mail that the series replies to.
    pub in_reply_to: Option<String>,
    /// Gives every mail a Message-ID and ties them; none leaves both to what sends them.
    pub thread: Option<Thread>,
    /// What the first mail says the series is made on.
    pub base: Option<Base>,
    /// What stands below `-- `.
    pub signature: Option<String>,
    /// The cover letter.
    pub cover: Option<Cover>,
    /// Notes on the patches, by their place in the series; empty where a patch has none.
    pub notes: Vec<String>,
    /// What stands below the diff of a lone patch without a cover letter, such as a range-diff with its title; ends in a line feed.
    pub appendix: Option<String>,
    /// Date of the cover letter.
    pub cover_date: When,
    /// Goes into every Message-ID, so that nobody can guess them.
    pub message_id_seed: Option<String>,
    /// Declares the charset of a mail whose diff alone isn't ASCII too, where git declares nothing.
    pub declare_diff_charset: bool,
    /// How git prints the files that are no text, where it was asked.
    pub binaries: Binaries,
}

impl Options {
    /// Returns those of a lone patch as `git format-patch` has it unless told otherwise: for nobody, in no thread, without a cover.
    pub fn plain(from: Ident) -> Self {
        Options {
            prefix: "PATCH".to_owned(),
            rfc: false,
            reroll: None,
            from,
            to: Vec::new(),
            cc: Vec::new(),
            in_reply_to: None,
            thread: None,
            base: None,
            signature: None,
            cover: None,
            cover_date: When::default(),
            message_id_seed: None,
            notes: Vec::new(),
            appendix: None,
            declare_diff_charset: false,
            binaries: Binaries::default(),
        }
    }
}

/// A mail, and the name of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// File name, as `0001-subject.patch`.
    pub name: String,
    /// Everything in it.
    pub bytes: Vec<u8>,
}

/// The problems that rendering a series can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "mail-control-character",
        "A name, an address, a title or another part of a mail's header holds a line feed or another control character, which could \
         smuggle a header in.",
        "Take the character out.",
    ),
    (
        "mail-bad-address",
        "An address can't stand in a mail: it has no `@`, is not ASCII, or its angle brackets don't match.",
        "Write it as `Name <user@example.org>`.",
    ),
    (
        "mail-bad-prefix",
        "The subject prefix has a character that is not ASCII; clients look for the brackets before they decode anything.",
        "Use ASCII letters, as in `PATCH` or `tool PATCH`.",
    ),
    (
        "mail-bad-message-id",
        "What the series replies to is not a Message-ID.",
        "Give it as it stands in the other mail's header, as `<id@host>`.",
    ),
    (
        "mail-bad-base",
        "The base commit or a prerequisite patch id is not a full object id; clients can't find a shortened one.",
        "Give all of its 40 hex digits.",
    ),
    (
        "mail-empty-subject",
        "A patch or the cover letter has no subject.",
        "Write one as the first line of the message.",
    ),
    (
        "mail-empty-patch",
        "A commit changes nothing, or the series has no commits: there is nothing to mail.",
        "Leave the commit out.",
    ),
    (
        "notes-form",
        "The file with the notes on patches is not UTF-8, or a heading in it has no note.",
        "Write each note below a line `[1]` or `[id-of-the-patch]`, in UTF-8.",
    ),
    (
        "mail-bad-date",
        "A date is outside the years that a mail can state.",
        "Give the commit another date.",
    ),
    (
        "mail-diff-failed",
        "Two versions of a file could not be compared; they may be larger than 1 GiB.",
        "Leave the file out of the series.",
    ),
];
