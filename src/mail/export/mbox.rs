//! A series as one mailbox, in the form that is called mboxrd. Does not know what is in the mails.
//!
//! Every line that a reader could take for the start of a mail, behind any number of `>`, gets one more `>` (`git-mailsplit`,
//! `--mboxrd`): the only mailbox from which every text comes back as it was. Where nothing had to be quoted it is any mailbox.

use std::path::PathBuf;

use super::Exported;
use crate::mail::Mail;

/// Name of the file.
pub const NAME: &str = "series.mbox";

/// Writes the mails, of which the last `patches` carry a patch, one behind the other.
pub fn export(mails: &[Mail], patches: usize) -> Exported {
    let mut bytes = Vec::new();
    for mail in mails {
        append(&mut bytes, mail);
    }
    Exported {
        files: vec![(PathBuf::from(NAME), bytes)],
        folders: Vec::new(),
        patches: vec![NAME.to_owned(); patches],
    }
}

/// Returns whether a line of a mail had to be quoted, so that a reader has to be told how.
pub fn is_quoted(mails: &[Mail]) -> bool {
    mails.iter().any(|mail| below(mail).any(opens_a_mail))
}

fn append(out: &mut Vec<u8>, mail: &Mail) {
    let envelope = mail.bytes.len() - below(mail).map(<[u8]>::len).sum::<usize>();
    out.extend_from_slice(&mail.bytes[..envelope]);
    for line in below(mail) {
        if opens_a_mail(line) {
            out.push(b'>');
        }
        out.extend_from_slice(line);
    }
    // A mail begins below an empty line.
    while !out.ends_with(b"\n\n") {
        out.push(b'\n');
    }
}

/// The lines of a mail but its first, which opens it.
fn below(mail: &Mail) -> impl Iterator<Item = &[u8]> {
    mail.bytes.split_inclusive(|byte| *byte == b'\n').skip(1)
}

fn opens_a_mail(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    line[quotes..].starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Mail {
        Mail {
            name: "0001-x.patch".to_owned(),
            bytes: text.as_bytes().to_vec(),
        }
    }

    fn written(mails: &[Mail]) -> String {
        let exported = export(mails, 1);
        String::from_utf8(exported.files[0].1.clone()).unwrap()
    }

    #[test]
    fn a_line_that_would_open_a_mail_is_quoted_once_more() {
        let mails = [mail(
            "From 1\nA: b\n\nFrom here\n>From x\nFromx\n> From y\n-- \nz\n\n",
        )];
        assert_eq!(
            written(&mails),
            "From 1\nA: b\n\n>From here\n>>From x\nFromx\n> From y\n-- \nz\n\n"
        );
        assert!(is_quoted(&mails));
        assert!(!is_quoted(&[mail("From 1\nA: b\n\nFromx\n")]));
    }

    #[test]
    fn mails_are_kept_apart_whatever_they_end_in() {
        let mails = [
            mail("From 1\n\na"),
            mail("From 2\n\nb\n"),
            mail("From 3\n\nc\n\n"),
        ];
        assert_eq!(
            written(&mails),
            "From 1\n\na\n\nFrom 2\n\nb\n\nFrom 3\n\nc\n\n"
        );
    }
}
