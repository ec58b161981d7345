//! Mails that somebody else wrote, read as `git am` reads them: files, mailboxes, folders, series. Does not know what their patches
//! do to a tree.

mod charset;
mod gather;
mod mark;
mod person;
mod quilt;
mod received;
pub mod series;
mod space;
mod split;
mod title;
mod traced;
mod unfold;
mod when;

pub use gather::{Gathered, gather};
pub use received::{Info, Received, take, tidied};
pub use series::{Member, Series};
pub use split::{Quotes, Splitting};
pub use title::{Tags, title};
pub use traced::Traced;
pub use unfold::{Facts, Transfer};

/// How mails are read where there is a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How a mailbox is split.
    pub splitting: Splitting,
    /// What stands above a line of scissors is dropped.
    pub scissors: bool,
}

/// What can be wrong with mails that are read: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "received-unreadable",
        "A file or folder that should hold mails can't be read.",
        "Name files, mailboxes or folders that are there and that you may read.",
    ),
    (
        "received-compressed",
        "A file is compressed, and mails are read as they are.",
        "Unpack it first.",
    ),
    (
        "received-list",
        "The file `series` of a folder, as quilt has it, names a patch that is not there, lies elsewhere, or is put on with other options.",
        "Mend the list, or name the patches one by one; `quilt refresh -p ab` writes a patch anew as git does.",
    ),
    (
        "received-nothing",
        "There is no mail with a patch in what was named.",
        "Name patch files, a mailbox, a maildir, a folder of them or of quilt's, or `-` for standard input.",
    ),
    (
        "received-no-header",
        "A file holds a patch, but no mail around it: no author, no date, no message. `git am` does not take it.",
        "Ask for what `git format-patch` writes.",
    ),
    (
        "received-no-author",
        "A mail does not say who wrote it in a form that `git am` reads.",
        "Give it a header `From: Name <user@example.org>`.",
    ),
    (
        "received-bad-date",
        "A mail has no date that git can read.",
        "Write it as `Date: Wed, 20 May 2015 08:05:17 -0400`.",
    ),
    (
        "received-charset-unknown",
        "A mail declares a charset that nobody knows; `git am` refuses it.",
        "Ask for the mail in UTF-8.",
    ),
    (
        "received-charset-unfit",
        "A mail holds bytes that are not of the charset it declares; `git am` refuses it, or makes other letters of them.",
        "Ask for the mail in UTF-8.",
    ),
    (
        "received-not-utf8",
        "The subject or the message is no UTF-8, and no charset is declared; the commit would hold letters that nobody can read.",
        "Declare the charset of the mail, or send it as `git format-patch` writes it.",
    ),
    (
        "received-bad-word",
        "A header has a `=?` that does not begin an encoded word (RFC 2047); `git am` refuses the mail.",
        "Encode the header, as `git format-patch` does.",
    ),
    (
        "received-too-deep",
        "A mail has parts within parts beyond what `git am` reads.",
        "Ask for the patch as a mail of its own.",
    ),
    (
        "received-nul",
        "A header or the message holds a NUL byte: `git am` stops reading there, or refuses the mail.",
        "Take the byte out.",
    ),
    (
        "series-several",
        "What was named holds more than one series, and none of them is a later version of the others.",
        "Name the mails of one series.",
    ),
    (
        "series-incomplete",
        "A series lacks patches that its subjects count.",
        "Add the missing mails; `n/m` in the brackets tells which they are.",
    ),
    (
        "series-double",
        "Two different mails claim the same place in a series.",
        "Leave out the one that is not meant.",
    ),
    (
        "series-empty-patch",
        "A mail that counts as a patch of the series has no patch in it.",
        "Ask for it again; a client may have dropped or changed the diff.",
    ),
];
