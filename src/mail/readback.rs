//! What was written, read again as `git am` reads it, and compared with the commit that it stands for: what differs would arrive
//! otherwise than it was meant. Does not know how the mails were made.

use rayon::prelude::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::BTreeMap;
use std::path::Path;

use super::export::{Exported, Form, mbox};
use super::incoming::{Quotes, Reading, Received, Splitting, take, tidied};
use super::{Commit, FileChange, Ident, Mail, When};
use crate::check::lint::lint;
use crate::check::{Evidence, Finding, Outcome, Severity};
use crate::compose::{Standing, mailed};
use crate::syntax::patch;
use crate::target::commit::title_and_body;
use crate::target::{Blob, Tree};
use crate::text::Source;

/// What can differ between a commit and what is read of its mail: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "read-back-mails",
        "What is written is read as another number of mails: a line of a message begins a mail of its own.",
        "Indent the line of the message, or of the words of the cover letter, that begins with `From `.",
    ),
    (
        "cover-patch",
        "The words of the cover letter hold a diff, which `git am` applies like that of any mail.",
        "Indent the diff in the words of `--description-file`.",
    ),
    (
        "cover-unwritten",
        "The cover letter is the one that `git format-patch` made, with `*** SUBJECT HERE ***` or `*** BLURB HERE ***` in it.",
        "Write what the series is for; `git send-email` refuses the subject as well.",
    ),
    (
        "read-back-refused",
        "`git am` would refuse the mail.",
        "Mend what it would say.",
    ),
    (
        "read-back-author",
        "`git am` would take another author from the mail than the commit has.",
        "Amend the commit with an author whose name and address a mail can carry: `git commit --amend --author`.",
    ),
    (
        "read-back-date",
        "`git am` would take another date from the mail than the commit has.",
        "Amend the commit with a date that a mail can carry: `git commit --amend --date`.",
    ),
    (
        "read-back-message",
        "`git am` would make another message of the mail than the commit has.",
        "Change the line of the message that is told.",
    ),
    (
        "read-back-blanks",
        "`git am` would make one blank of several, or of a tab, in the title of the commit.",
        "Use single blanks in the title.",
    ),
    (
        "read-back-content",
        "The patch, put on what the commit changes, would not make what the commit makes of it.",
        "Export mails another way, or send the change as a pull request.",
    ),
];

/// Reads what was written of mails in a form, and returns for each commit how what is read of it differs. `mails` are those that
/// the form was made of, the last of them those of `commits`. A form that holds no mails has no differences. What is wrong with the
/// cover letter is told with the first patch.
pub fn read_back(
    form: Form,
    exported: &Exported,
    mails: &[Mail],
    commits: &[Commit],
) -> Vec<Vec<Finding>> {
    let mut found = patches(form, exported, mails, commits);
    let letter = mails.first().filter(|_| mails.len() > commits.len());
    let letter = letter.map(|mail| {
        take(
            &source(Path::new(&mail.name), &mail.bytes),
            Reading::default(),
        )
    });
    if let (Some(letter), Some(first)) = (
        letter.as_ref().and_then(|mails| mails.first()),
        found.first_mut(),
    ) {
        first.extend(cover(letter));
    }
    // A file of its own begins as a mailbox does, and is split like one; a mailbox quotes what would split it.
    let read = letter.map_or(0, |mails| mails.len());
    if let (Form::Mail, 2.., Some(first)) = (form, read, found.first_mut()) {
        let message = format!(
            "the cover letter is read as {read} mails: a line of its words begins a mail of its own"
        );
        first.push(error("read-back-mails", message));
    }
    found
}

fn patches(
    form: Form,
    exported: &Exported,
    mails: &[Mail],
    commits: &[Commit],
) -> Vec<Vec<Finding>> {
    let none = || vec![Vec::new(); commits.len()];
    match form {
        Form::Quilt => none(),
        Form::Mbox => {
            let how = Reading {
                splitting: Splitting {
                    quotes: match mbox::is_quoted(mails) {
                        true => Quotes::Taken,
                        false => Quotes::Kept,
                    },
                    ..Splitting::default()
                },
                ..Reading::default()
            };
            let Some((path, bytes)) = exported.files.first() else {
                return none();
            };
            let read = take(&source(path, bytes), how);
            if read.len() != mails.len() {
                return vec![vec![other_number(read.len(), mails.len())]; commits.len()];
            }
            let patches = read.par_iter().skip(mails.len() - commits.len());
            patches
                .zip(commits)
                .map(|(mail, commit)| compare(mail, commit))
                .collect()
        }
        Form::Mail | Form::Maildir => {
            let files: BTreeMap<_, _> = exported
                .files
                .iter()
                .map(|(path, bytes)| (path.as_path(), bytes))
                .collect();
            let file = |name: &String| {
                files
                    .get(Path::new(name))
                    .map(|bytes| source(Path::new(name), bytes))
            };
            let patches = exported.patches.par_iter().zip(commits);
            patches
                .map(|(name, commit)| {
                    match file(name)
                        .map(|file| take(&file, Reading::default()))
                        .as_deref()
                    {
                        Some([mail]) => compare(mail, commit),
                        Some(read) => vec![other_number(read.len(), 1)],
                        None => vec![other_number(0, 1)],
                    }
                })
                .collect()
        }
    }
}

/// What no mail may hold, be it a cover letter: that is not applied, but sent and read.
const OF_COVERS: [&str; 3] = ["format-character", "carriage-return", "line-too-long"];

/// Returns what keeps a cover letter from being sent and read as it is.
pub fn cover(mail: &Received) -> Vec<Finding> {
    let text = format!(
        "{}\n{}",
        mail.message,
        String::from_utf8_lossy(mail.patch.bytes())
    );
    let found = lint(&text, &[]).into_iter();
    let found = found.filter(|found| OF_COVERS.contains(&found.code));
    let told = found.map(|found| {
        let message = format!("in the cover letter: {}", found.message);
        error(found.code, message)
    });
    let is_patch = patch::parse(mail.patch.bytes()).map_or(true, |files| !files.is_empty());
    let message = "the cover letter holds what `git am` takes for a patch, and would apply";
    let patch = is_patch.then(|| error("cover-patch", message.to_owned()));
    let blank = UNWRITTEN.into_iter().find(|blank| text.contains(blank));
    let unwritten = blank.map(|blank| {
        let message = format!("nobody has written the cover letter: it says `{blank}`");
        error("cover-unwritten", message)
    });
    told.chain(patch).chain(unwritten).collect()
}

/// What `git format-patch --cover-letter` leaves to be written.
const UNWRITTEN: [&str; 2] = ["*** SUBJECT HERE ***", "*** BLURB HERE ***"];

/// Adds what was found to the evidence of `lint`, where that was asked and let the mail pass: what it says itself is not told again.
pub fn tell(evidence: &mut [Evidence], found: Vec<Finding>) {
    let passed = |entry: &&mut Evidence| entry.check == "lint" && entry.outcome == Outcome::Passed;
    if let Some(lint) = evidence.iter_mut().find(passed) {
        lint.add(found);
    }
}

fn source(path: &Path, bytes: &[u8]) -> Source {
    Source::new(path.display().to_string(), bytes)
}

fn error(code: &'static str, message: String) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        message,
    }
}

fn other_number(read: usize, written: usize) -> Finding {
    let message = format!("what is written as {written} is read as {read} mails");
    error("read-back-mails", message)
}

/// Returns how what is read of a mail differs from the commit that it stands for.
pub fn compare(mail: &Received, commit: &Commit) -> Vec<Finding> {
    let refused = mail
        .problems
        .iter()
        .map(|problem| error("read-back-refused", problem.to_string()));
    let mut findings: Vec<Finding> = refused.collect();
    if findings.is_empty() {
        findings.extend(author(mail.author.as_ref(), &commit.author));
        findings.extend(date(mail.date, commit.date));
    }
    findings.extend(message(&mail.message, &commit.message));
    findings.extend(content(mail, &commit.changes));
    findings
}

fn author(read: Option<&Ident>, wanted: &Ident) -> Option<Finding> {
    let told = |ident: &Ident| {
        format!(
            "`{} <{}>`",
            ident.name.escape_debug(),
            ident.email.escape_debug()
        )
    };
    let found = read.map_or("nobody".to_owned(), told);
    (read != Some(wanted)).then(|| {
        let message = format!("the author is {}, and read back is {found}", told(wanted));
        error("read-back-author", message)
    })
}

fn date(read: Option<When>, wanted: When) -> Option<Finding> {
    let found = read.map_or("none".to_owned(), |when| when.to_string());
    (read != Some(wanted)).then(|| {
        let message = format!("the date is {wanted}, and read back is {found}");
        error("read-back-date", message)
    })
}

/// Compares messages as git keeps them: the title on one line, without blanks that `git commit` drops.
fn message(read: &str, commit: &str) -> Option<Finding> {
    let (title, body) = title_and_body(commit);
    let wanted = tidied(&format!("{title}\n\n{body}"));
    if read == wanted {
        return None;
    }
    let (read_title, read_body) = title_and_body(read);
    let spaced: Vec<&str> = title
        .split([' ', '\t'])
        .filter(|word| !word.is_empty())
        .collect();
    if read_title == spaced.join(" ") && read_body == title_and_body(&wanted).1 {
        return Some(Finding {
            severity: Severity::Note,
            ..error(
                "read-back-blanks",
                format!("the title is read back as `{read_title}`"),
            )
        });
    }
    let (line, missing, found) = differing(&wanted, read)?;
    let place = commit
        .lines()
        .position(|other| other.trim_end() == missing)
        .map_or(line, |at| at + 1);
    let message = format!(
        "line {place} of the message is `{}`, and read back is `{}`",
        missing.escape_debug(),
        found.escape_debug()
    );
    Some(error("read-back-message", message))
}

/// The first line that differs: its number, what it is, what it was read as.
fn differing<'t>(wanted: &'t str, read: &'t str) -> Option<(usize, &'t str, &'t str)> {
    let mut lines = (wanted.lines(), read.lines());
    for number in 1.. {
        match (lines.0.next(), lines.1.next()) {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => {
                return Some((number, one.unwrap_or_default(), other.unwrap_or_default()));
            }
        }
    }
    None
}

fn content(mail: &Received, wanted: &[FileChange]) -> Vec<Finding> {
    let differs = |message: String| vec![error("read-back-content", message)];
    let files = match patch::parse(mail.patch.bytes()) {
        Ok(files) => files,
        Err(malformed) => {
            return differs(format!("the patch can't be read: {}", malformed.message));
        }
    };
    let site = |span| mail.patch.site(span);
    let expected = wanted.iter().filter_map(|change| change.after.as_ref());
    let expected: Vec<&Blob> = expected.collect();
    let before = Tree::before(wanted);
    let put = match mailed::put_expecting(&expected, &before, "", &files, &site) {
        Ok(put) => put,
        Err(fault) => return differs(fault.to_string()),
    };
    match put.standing {
        Standing::Refused(problems) => problems
            .first()
            .map_or_else(Vec::new, |first| differs(first.message.clone())),
        // Nothing to compare with: a patch that changes nothing is no mail.
        Standing::There => differs("the patch changes nothing".to_owned()),
        Standing::Applies => {
            let (read, wanted) = (made(&put.changes), made(wanted));
            let paths = read.keys().chain(wanted.keys());
            let other = paths
                .filter(|path| read.get(*path) != wanted.get(*path))
                .min();
            other.map_or_else(Vec::new, |path| {
                differs(format!("`{path}` is not what the commit makes of it"))
            })
        }
    }
}

/// What changes make: for each path mode and content, none where a file goes.
fn made(changes: &[FileChange]) -> BTreeMap<&str, Option<(u32, &str)>> {
    let mut made = BTreeMap::new();
    for change in changes.iter().filter(|change| change.is_change()) {
        if let Some(origin) = change
            .origin
            .as_ref()
            .filter(|origin| origin.kind == super::OriginKind::Rename)
        {
            made.entry(origin.path.as_str()).or_insert(None);
        }
    }
    for change in changes.iter().filter(|change| change.is_change()) {
        let after = change
            .after
            .as_ref()
            .map(|blob: &Blob| (blob.mode, blob.id.as_str()));
        made.insert(change.path.as_str(), after);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::export::export;
    use crate::mail::{Options, render};

    fn commit(author: &str, message: &str) -> Commit {
        let blob = |text: &str| Some(Blob::new(0o100_644, text.as_bytes()));
        Commit {
            id: "1".repeat(40),
            author: crate::mail::ident::parse(author).unwrap(),
            date: When::at(1_432_123_517, -270),
            message: message.to_owned(),
            changes: vec![FileChange {
                path: "a".to_owned(),
                before: blob("a\n"),
                after: blob("b\n"),
                ..FileChange::default()
            }],
        }
    }

    const AUTHOR: &str = "A U Thor <a@example.org>";

    /// The codes of what is found of a commit in a form.
    fn codes_in(form: Form, commit: &Commit) -> Vec<&'static str> {
        let commits = std::slice::from_ref(commit);
        let from = crate::mail::ident::parse("C O Mitter <c@example.org>").unwrap();
        let mails = render(commits, &Options::plain(from)).unwrap();
        let written = export(form, &mails, commits, |_| String::new()).unwrap();
        let found = read_back(form, &written, &mails, commits).remove(0);
        found.iter().map(|found| found.code).collect()
    }

    fn codes(commit: &Commit) -> Vec<&'static str> {
        codes_in(Form::Mail, commit)
    }

    #[test]
    fn a_plain_commit_comes_back() {
        let message = "topic: What\n\nWhy: été.\n\nSigned-off-by: A U Thor <a@example.org>\n";
        for form in [Form::Mail, Form::Mbox, Form::Maildir, Form::Quilt] {
            assert_eq!(
                codes_in(form, &commit(AUTHOR, message)),
                [""; 0],
                "{form:?}"
            );
        }
    }

    #[test]
    fn what_a_mail_can_not_carry_is_told() {
        let long = format!("{} <a@example.org>", "Long ".repeat(13).trim());
        for (author, message, code) in [
            (long.as_str(), "a\n", "read-back-author"),
            (
                AUTHOR,
                "a\n\nFrom: B <b@example.org>\n---\n\nc\n",
                "read-back-message",
            ),
            (AUTHOR, "[x] a\n", "read-back-message"),
            (AUTHOR, "a  b\n", "read-back-blanks"),
            (AUTHOR, "a\tb\n\nc\n", "read-back-blanks"),
            (AUTHOR, "a\n\nb\n---\nc\n", "read-back-message"),
            (
                AUTHOR,
                "a\n\nFrom x@y Thu Jan  1 00:00:00 1970\n",
                "read-back-mails",
            ),
        ] {
            assert!(
                codes(&commit(author, message)).contains(&code),
                "{author} {message:?}"
            );
        }
        // A mailbox quotes what would split it, and a maildir has nothing to split.
        let splits = commit(AUTHOR, "a\n\nFrom x@y Thu Jan  1 00:00:00 1970\n");
        assert_eq!(codes_in(Form::Mbox, &splits), [""; 0]);
        assert_eq!(codes_in(Form::Maildir, &splits), [""; 0]);
    }

    #[test]
    fn content_that_does_not_come_back_is_told_with_its_path() {
        let mut odd = commit(AUTHOR, "a\n");
        odd.changes[0].after = Some(Blob::new(0o100_644, &b"b\r\n"[..]));
        assert_eq!(codes(&odd), ["read-back-content"]);
        let mut date = commit(AUTHOR, "a\n");
        date.date.zone = 2400;
        assert_eq!(codes(&date), ["read-back-date"]);
    }

    #[test]
    fn a_cover_letter_that_b4_would_refuse_is_told_with_the_first_patch() {
        let commits = [commit(AUTHOR, "a\n")];
        let from = crate::mail::ident::parse("C O Mitter <c@example.org>").unwrap();
        let letter = |body: &str| crate::mail::Cover {
            subject: "title".to_owned(),
            body: body.to_owned(),
            unobserved: None,
            appendix: None,
            whole: None,
        };
        for (body, codes) in [
            ("Words.\n---\nFrom here.\n", vec![]),
            ("A\u{200b}word.\n", vec!["format-character"]),
            ("Above.\n---\nA\u{200b}word.\n", vec!["format-character"]),
        ] {
            let options = Options {
                cover: Some(letter(body)),
                ..Options::plain(from.clone())
            };
            let mails = render(&commits, &options).unwrap();
            let written = export(Form::Mail, &mails, &commits, |_| String::new()).unwrap();
            let found = read_back(Form::Mail, &written, &mails, &commits).remove(0);
            let found: Vec<&str> = found.iter().map(|found| found.code).collect();
            assert_eq!(found, codes, "{body:?}");
        }
        // Its words begin a mail, in a file of its own alone.
        for (form, told) in [
            (Form::Mail, &["read-back-mails"][..]),
            (Form::Mbox, &[]),
            (Form::Maildir, &[]),
        ] {
            let words = "Words.\nFrom a@b Mon Jan  1 00:00:00 2001\nMore.\n";
            let options = Options {
                cover: Some(letter(words)),
                ..Options::plain(from.clone())
            };
            let mails = render(&commits, &options).unwrap();
            let written = export(form, &mails, &commits, |_| String::new()).unwrap();
            let found = read_back(form, &written, &mails, &commits).remove(0);
            let found: Vec<&str> = found.iter().map(|found| found.code).collect();
            assert_eq!(found, told, "{form:?}");
        }
    }

    #[test]
    fn a_cover_letter_that_nobody_wrote_is_told() {
        let read = |subject: &str, body: &str| {
            let text = format!("From: A <a@b.c>\nSubject: [PATCH 0/1] {subject}\n\n{body}\n");
            let source = source(Path::new("0000"), text.as_bytes());
            let mail = take(&source, Reading::default()).remove(0);
            cover(&mail)
                .iter()
                .map(|found| found.code)
                .collect::<Vec<_>>()
        };
        assert_eq!(read("*** SUBJECT HERE ***", "Why."), ["cover-unwritten"]);
        assert_eq!(read("Title", "*** BLURB HERE ***"), ["cover-unwritten"]);
        assert!(read("Title", "Why.").is_empty());
    }

    #[test]
    fn what_lint_has_told_is_not_told_again() {
        let found = || vec![error("read-back-date", "x".to_owned())];
        let of = |outcome| Evidence {
            outcome,
            ..Evidence::skipped("lint", "")
        };
        let mut evidence = [of(Outcome::Failed), of(Outcome::Passed)];
        tell(&mut evidence[..1], found());
        tell(&mut evidence[1..], found());
        assert_eq!(
            (evidence[0].findings.len(), evidence[1].findings.len()),
            (0, 1)
        );
        assert_eq!(evidence[1].outcome, Outcome::Failed);
    }
}
