//! A series as a maildir, a folder for each state of a mail and a file for each mail. Does not know what is in the mails.
//!
//! All mails are in `new`, where a mail that nobody has read lies; a name in `cur` would need a colon, which not every file system
//! has. `git am` sorts them by the numbers in their names, mail readers by date.

use std::path::PathBuf;

use super::Exported;
use crate::mail::Mail;
use crate::target::commit::content_id;

/// The folders of every maildir.
pub const FOLDERS: [&str; 3] = ["cur", "new", "tmp"];

/// Writes the mails, of which the last `patches` carry a patch.
///
/// A name is the mail's place and what git calls its content: unique wherever it is copied to, and the same each time.
pub fn export(mails: &[Mail], patches: usize) -> Exported {
    let cover = mails.len().saturating_sub(patches);
    let files = mails
        .iter()
        .enumerate()
        .map(|(at, mail)| {
            let number = at + 1 - cover.min(1);
            let id = content_id(&mail.bytes);
            let path = format!("new/{number:04}.{id}.patchwright");
            (PathBuf::from(path), without_envelope(&mail.bytes))
        })
        .collect::<Vec<_>>();
    let patches = files[cover..]
        .iter()
        .map(|(path, _)| path.display().to_string())
        .collect();
    Exported {
        files,
        folders: FOLDERS.map(PathBuf::from).to_vec(),
        patches,
    }
}

/// A file of a maildir is a mail and no mailbox: nothing opens it, and nothing in it can be taken for another.
fn without_envelope(mail: &[u8]) -> Vec<u8> {
    let envelope = mail
        .split_inclusive(|byte| *byte == b'\n')
        .next()
        .filter(|line| line.starts_with(b"From "));
    mail[envelope.map_or(0, <[u8]>::len)..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_place_and_content_and_the_envelope_is_gone() {
        let mails = ["From 1\nSubject: c\n\nFrom x\n", "From 2\nSubject: p\n"].map(|text| Mail {
            name: "x".to_owned(),
            bytes: text.as_bytes().to_vec(),
        });
        let exported = export(&mails, 1);
        let (first, bytes) = &exported.files[0];
        assert_eq!(bytes, b"Subject: c\n\nFrom x\n");
        let id = content_id(b"From 1\nSubject: c\n\nFrom x\n");
        assert_eq!(first, &PathBuf::from(format!("new/0000.{id}.patchwright")));
        assert!(exported.patches[0].starts_with("new/0001."));
        let lone = export(&mails[1..], 1);
        assert!(lone.patches[0].starts_with("new/0001."));
    }
}
