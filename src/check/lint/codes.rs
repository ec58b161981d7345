//! What lint tells: code, meaning, what to do. Finds nothing.

/// The findings there are: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "subject-empty",
        "The message has no subject.",
        "Write one as its first line.",
    ),
    (
        "subject-bracket",
        "The subject begins with what `git am` takes off: brackets, `Re:` or a colon.",
        "Begin it with a word, as `topic: What changes`.",
    ),
    (
        "subject-encoded-word",
        "The subject holds `=?`, by which mail encodes words: b4 takes it for one, and what it writes `git am` can't read.",
        "Leave it out, or put something between the two signs.",
    ),
    (
        "subject-blanks",
        "The subject holds a blank of another kind, such as one that does not break; b4 makes a common one of it.",
        "Use common blanks.",
    ),
    (
        "message-separator",
        "A line of the message is `---`: what follows is lost when the mail is applied.",
        "Use another line, or indent it.",
    ),
    (
        "message-diff",
        "A line of the message begins like a diff, and would be applied as a part of the patch.",
        "Indent it.",
    ),
    (
        "message-from-line",
        "A line of the message begins with `From `, where a mailbox is split into mails.",
        "Indent it, or begin the line with another word.",
    ),
    (
        "message-quoted-from",
        "A line of the message begins with `>From `, as mailboxes quote `From `; some readers take the `>` off, or add one.",
        "Indent it, or begin the line with another word.",
    ),
    (
        "message-scissors",
        "A line of the message is a pair of scissors: b4 drops everything above it.",
        "Use another line.",
    ),
    (
        "body-header",
        "The body begins like a header (`From:`, `Subject:`, `Date:`, `[PATCH]`), and would replace the real one.",
        "Begin the body with a sentence.",
    ),
    (
        "carriage-return",
        "The message holds a carriage return, which mail does not carry.",
        "Use line feeds alone.",
    ),
    (
        "format-character",
        "The message holds an invisible formatting character, such as a zero width space; b4 refuses such a mail.",
        "Delete the character.",
    ),
    (
        "line-too-long",
        "A line is longer than the 998 bytes that mail carries (RFC 5322, section 2.1.1), and would be encoded or cut.",
        "Break the line, or send the change as a pull request.",
    ),
    (
        "crlf-content",
        "The diff shows lines that end in CR LF; mail carries them as LF, and the patch no longer applies.",
        "Apply it with `git am --keep-cr` and say so in the cover letter, or convert the file first.",
    ),
    (
        "content-carriage-return",
        "The diff shows a line with a carriage return inside; b4 and other readers end the line there, and the patch no longer applies.",
        "Have it taken with `git am` from the file or from an mbox, and say so in the cover letter, or send a pull request.",
    ),
    (
        "content-not-utf8",
        "The diff shows a line whose bytes are no UTF-8; b4 replaces them, and the patch changes or no longer applies.",
        "Have it taken with `git am` from the file or from an mbox, and say so in the cover letter, or send a pull request.",
    ),
    (
        "content-format-character",
        "The diff shows a line with an invisible formatting character, such as a byte order mark; b4 refuses such a mail.",
        "Write the character as an escape where the file allows that, or have the patch taken with `git am`.",
    ),
    (
        "patch-unseen",
        "Nothing of the patch looks like one to b4: no line changes, and the names of its files are in quotes or begin with a blank.",
        "Change a line in the same commit, or take a name without quotes; `git am` takes the mail as it is.",
    ),
    (
        "author-address",
        "The author's address is none that b4 and mail readers take for one: it is not ASCII, or a sign in it means something else.",
        "Amend the commit with another address: `git commit --amend --author`; a host's name has an `xn--` form.",
    ),
    (
        "author-name",
        "The author's name holds what b4 refuses or changes: an invisible character, a blank of another kind, or `=?`.",
        "Amend the commit with the name as it is typed: `git commit --amend --author`.",
    ),
    (
        "subject-long",
        "The subject is longer than 75 columns; lists of commits cut it.",
        "Shorten it.",
    ),
    (
        "subject-period",
        "The subject ends in a period.",
        "Leave it out: a subject is a title.",
    ),
    (
        "body-missing",
        "The message says what but not why: it has no body.",
        "Say why the change is needed.",
    ),
    (
        "body-long-line",
        "A line of the body is longer than 75 columns.",
        "Break it; links, trailers and indented lines may be longer.",
    ),
    (
        "body-indented",
        "The last paragraph of the body begins with a blank, which b4 takes off.",
        "Begin it with a word, or let another one follow.",
    ),
    (
        "stray-trailer",
        "A line of the last paragraph looks like a trailer, and the paragraph is text; b4 moves the line to the end.",
        "Put a blank line before the trailers, or write the line in other words.",
    ),
    (
        "stray-address",
        "A line outside the trailers looks like `Reviewed-by:` or `Cc:`; `git send-email` mails a copy to who stands there.",
        "Move it to the trailers, or indent it.",
    ),
    (
        "trailer-lost",
        "b4 leaves a trailer, or a part of it, out of what it applies: a `Fixes:` that names no commit, `Phone:` and `Email:`, what stands behind an address.",
        "Name the commit by its id, or use another word, such as `Closes:`; put a remark behind ` # `, or in brackets in the line below.",
    ),
    (
        "trailer-moved",
        "A line among the trailers is none to b4, such as `(cherry picked from commit …)`, one that goes on, or one without a blank behind its colon; b4 puts it above them as a paragraph of its own.",
        "Put a paragraph of its own above the trailers, or write it as `Key: value` in one line.",
    ),
    (
        "trailer-rewritten",
        "b4 writes a trailer with other blanks, or an address without its brackets; the commit it makes has another message.",
        "Write it as b4 does: one blank behind the colon, none at the end.",
    ),
    (
        "trailing-whitespace",
        "An added line ends in blanks.",
        "Delete them.",
    ),
    (
        "space-before-tab",
        "An added line is indented by a blank before a tab.",
        "Indent with one of them.",
    ),
    (
        "missing-newline",
        "A file no longer ends in a line feed, or is created without.",
        "End its last line.",
    ),
];

/// What matters where mails are read by b4, and to no `patch`.
pub const OF_MAILS: &[&str] = &[
    "content-carriage-return",
    "content-not-utf8",
    "content-format-character",
    "patch-unseen",
    "author-address",
    "author-name",
];

/// What matters of a message that becomes a commit's, and not of a cover letter.
pub const OF_COMMITS: &[&str] = &[
    "body-indented",
    "stray-trailer",
    "trailer-lost",
    "trailer-moved",
    "trailer-rewritten",
];
