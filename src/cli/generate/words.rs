//! The author's own words: the description for the cover letter and its title, and the notes on the patches.

use std::path::Path;

use super::Wish;
use crate::cli::args::{CoverFrom, Generate};
use crate::mail::notes::{self, Note};
use crate::report::progress::Event;
use crate::target::commit::title_and_body;
use crate::text::{Problem, Source};
use crate::verdict::Account;

/// The words for the cover letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) title: Option<String>,
    pub(super) body: Option<String>,
}

/// Reads the words for the cover letter. A first line `Subject: …` is the title, whatever the mode; git-publish and b4 know that a
/// letter has one, git has to be told.
pub(super) fn read(typed: &Generate) -> Result<Words, Problem> {
    let Some(path) = &typed.description_file else {
        return Ok(Words::default());
    };
    let text = read_text(path)?;
    Ok(divided(&text, typed.cover_from_description))
}

/// Longest first paragraph that git takes for a title by itself.
const TITLE_BYTES: usize = 100;

fn divided(text: &str, mode: CoverFrom) -> Words {
    let (title, rest) = title_and_body(text);
    let body = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    if let Some(subject) = title.strip_prefix("Subject:") {
        return Words {
            title: Some(subject.trim().to_owned()),
            body: body(rest),
        };
    }
    let is_title = match mode {
        CoverFrom::Message => false,
        CoverFrom::Subject => true,
        CoverFrom::Auto => title.len() <= TITLE_BYTES,
    };
    match is_title && !title.is_empty() {
        true => Words {
            title: Some(title),
            body: body(rest),
        },
        false => Words {
            title: None,
            body: body(text),
        },
    }
}

fn read_text(path: &Path) -> Result<String, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problem::new(
            "description-unreadable",
            format!("can't read `{}`: {error}", path.display()),
        )
        .help("name a text file in UTF-8 with --description-file")
    })?;
    Ok(text.replace("\r\n", "\n"))
}

/// Reads the notes on patches, and refuses those of a patch that there is none of in the series.
pub(super) fn read_notes(typed: &Generate, ids: &[&str]) -> Result<Vec<Note>, Problem> {
    let Some(path) = &typed.notes else {
        return Ok(Vec::new());
    };
    let bytes = std::fs::read(path).map_err(|error| {
        let message = format!("can't read `{}`: {error}", path.display());
        Problem::new("notes-unreadable", message).help("name a text file in UTF-8 with --notes")
    })?;
    let notes = notes::parse(&Source::new(path.display().to_string(), bytes))?;
    for note in &notes {
        if let Some(name) = &note.patch
            && position(name).is_none()
            && placed(name, ids).is_none()
        {
            return Err(unknown(note, name, ids));
        }
    }
    Ok(notes)
}

fn unknown(note: &Note, name: &str, ids: &[&str]) -> Problem {
    // Of a long range not every commit is named.
    const NAMED: usize = 8;
    let dots = if ids.len() > NAMED { ", ..." } else { "" };
    let ids = ids[..ids.len().min(NAMED)].join("`, `");
    Problem::new("notes-patch", format!("there is no patch `{name}`"))
        .at_site(&note.site, "named here")
        .help(format!(
            "name a patch by its number or its id: `{ids}`{dots}; a line of a note that looks like this is indented"
        ))
}

/// Reads `2` or `2/3`.
fn position(name: &str) -> Option<(usize, Option<usize>)> {
    let number = |text: &str| {
        text.trim()
            .parse::<usize>()
            .ok()
            .filter(|number| *number > 0)
    };
    match name.split_once('/') {
        Some((at, of)) => Some((number(at)?, Some(number(of)?))),
        None => Some((number(name)?, None)),
    }
}

impl Wish<'_> {
    /// Tells which notes are on patches of the series that are not mailed.
    pub(super) fn tell_of_notes_left_out(&self, account: &Account) {
        let ids: Vec<&str> = account.mailed().map(|patch| patch.patch.as_str()).collect();
        let names = self.notes.iter().filter_map(|note| note.patch.as_deref());
        for name in names.filter(|name| position(name).is_none() && placed(name, &ids).is_none()) {
            let text = format!("the note on {name} is left out, as the patch is");
            self.progress.tell(&Event::Notice(&text));
        }
    }

    /// Returns the notes of the patches that are mailed, in their order.
    pub(super) fn notes(&self, account: &Account) -> Result<Vec<String>, Problem> {
        let ids: Vec<&str> = account.mailed().map(|patch| patch.patch.as_str()).collect();
        let mut notes = vec![String::new(); ids.len()];
        for note in &self.notes {
            let at = match &note.patch {
                None if ids.len() == 1 => 0,
                None => {
                    return Err(Problem::new("notes-patch", "a note names no patch")
                        .at_site(&note.site, "begins here")
                        .help(
                            "put a line `[1]` above it, or the id of its patch in such brackets",
                        ));
                }
                Some(name) => match placed(name, &ids) {
                    Some(at) => at,
                    None if position(name).is_some() => return Err(unknown(note, name, &ids)),
                    None => continue,
                },
            };
            if !notes[at].is_empty() {
                notes[at].push_str("\n\n");
            }
            notes[at].push_str(&note.text);
        }
        Ok(notes)
    }
}

/// Returns the place of the patch that a name means.
fn placed(name: &str, ids: &[&str]) -> Option<usize> {
    // A commit may be named by the start of its id.
    let is_start = |id: &str| id.len() == 40 && name.len() >= 7 && id.starts_with(name);
    if let Some(at) = ids.iter().position(|id| *id == name || is_start(id)) {
        return Some(at);
    }
    let (at, of) = position(name)?;
    (at <= ids.len() && of.is_none_or(|of| of == ids.len())).then(|| at - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(title: Option<&str>, body: Option<&str>) -> Words {
        Words {
            title: title.map(str::to_owned),
            body: body.map(str::to_owned),
        }
    }

    #[test]
    fn a_description_is_divided_as_git_divides_it() {
        let text = "one\ntwo\n\nthree\n";
        assert_eq!(
            divided(text, CoverFrom::Message),
            words(None, Some("one\ntwo\n\nthree"))
        );
        let titled = words(Some("one two"), Some("three"));
        assert_eq!(divided(text, CoverFrom::Subject), titled);
        assert_eq!(divided(text, CoverFrom::Auto), titled);
        let long = format!("{}\n\nthree\n", "x".repeat(101));
        assert_eq!(divided(&long, CoverFrom::Auto).title, None);
        assert_eq!(divided("\n", CoverFrom::Subject), words(None, None));
    }

    #[test]
    fn a_first_line_that_says_so_is_the_title_in_any_mode() {
        for mode in [CoverFrom::Message, CoverFrom::Subject, CoverFrom::Auto] {
            let divided = divided("\nSubject:  Mine\n\nBody.\n", mode);
            assert_eq!(divided, words(Some("Mine"), Some("Body.")));
        }
    }

    #[test]
    fn a_patch_is_named_by_its_id_or_its_number() {
        let ids = ["a", "b"];
        assert_eq!(placed("b", &ids), Some(1));
        assert_eq!(placed("1", &ids), Some(0));
        assert_eq!(placed("2/2", &ids), Some(1));
        for name in ["c", "0", "3", "2/3", "/2", "1/"] {
            assert_eq!(placed(name, &ids), None, "{name}");
        }
    }
}
