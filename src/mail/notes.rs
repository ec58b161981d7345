//! Notes on patches: the file that they are written in, and how they stand below the `---` of a mail, where nobody applies them.
//! Does not know which patches there are.

use crate::text::{Problem, Site, Source, Span};

/// A note, and the patch that it names.
#[derive(Clone, Debug)]
pub struct Note {
    /// What stands in the brackets of its heading; none above the first heading.
    pub patch: Option<String>,
    /// The note.
    pub text: String,
    /// The heading, or the note where it has none.
    pub site: Site,
}

/// Reads a file of notes: each stands below a line `[PATCH]`, PATCH being the id or the number of a patch. A line that begins with a
/// blank is never a heading. A note above all headings is of the only patch.
///
/// # Errors
/// `notes-form` where the file is not UTF-8, or a heading is followed by nothing.
pub fn parse(source: &Source) -> Result<Vec<Note>, Problem> {
    let text = std::str::from_utf8(source.bytes()).map_err(|error| {
        let at = error.valid_up_to();
        Problem::new("notes-form", format!("`{}` is not UTF-8", source.name()))
            .at(source, Span::new(at, at), "this byte begins no character")
            .help("write the notes in UTF-8")
    })?;
    let mut notes = vec![Note {
        patch: None,
        text: String::new(),
        site: source.site(Span::new(0, 0)),
    }];
    let mut offset = 0;
    for full in text.split_inclusive('\n') {
        let line = full.trim_end_matches(['\n', '\r']);
        let span = Span::new(offset, offset + line.len());
        if let Some(name) = heading(line) {
            notes.push(Note {
                patch: Some(name.to_owned()),
                text: String::new(),
                site: source.site(span),
            });
        } else if let Some(note) = notes.last_mut() {
            if note.text.is_empty() && note.patch.is_none() {
                note.site = source.site(span);
            }
            note.text.push_str(line.trim_end());
            note.text.push('\n');
        }
        offset += full.len();
    }
    for note in &mut notes {
        note.text = note.text.trim_matches('\n').to_owned();
    }
    notes.retain(|note| note.patch.is_some() || !note.text.is_empty());
    match notes.iter().find(|note| note.text.is_empty()) {
        Some(empty) => Err(Problem::new("notes-form", "a heading has no note below it")
            .at_site(&empty.site, "this one")
            .help("write the note below it, or take the heading out")),
        None => Ok(notes),
    }
}

fn heading(line: &str) -> Option<&str> {
    let name = line.trim_end().strip_prefix('[')?.strip_suffix(']')?.trim();
    (!name.is_empty() && !name.contains(['[', ']'])).then_some(name)
}

/// Returns a note as `git format-patch --notes` puts it between `---` and the diffstat; indented, so that no line of it can be taken
/// for a part of the patch. Empty where there is none.
pub fn below_separator(note: &str) -> String {
    let note = note.trim_end();
    if note.is_empty() {
        return String::new();
    }
    let lines: String = note
        .split('\n')
        .map(|line| format!("    {line}\n"))
        .collect();
    format!("\nNotes:\n{lines}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Option<String>, String)> {
        let notes = parse(&Source::new("notes", text.as_bytes())).unwrap();
        notes
            .into_iter()
            .map(|note| (note.patch, note.text))
            .collect()
    }

    #[test]
    fn each_note_stands_below_the_name_of_its_patch() {
        let text = "[one]\r\n\r\n  v2: less  \n\n [x]\n[ 2/3 ]\nmore\n\n";
        let expected = [("one", "  v2: less\n\n [x]"), ("2/3", "more")];
        let expected = expected.map(|(name, text)| (Some(name.to_owned()), text.to_owned()));
        assert_eq!(read(text), expected);
    }

    #[test]
    fn a_note_without_a_heading_names_no_patch() {
        assert_eq!(
            read("\nmine\n[a b] c\n"),
            [(None, "mine\n[a b] c".to_owned())]
        );
        assert!(read("\n \n").is_empty());
    }

    #[test]
    fn a_heading_without_a_note_is_a_mistake() {
        let source = Source::new("notes", &b"[1]\n\n[2]\nx\n"[..]);
        let problem = parse(&source).unwrap_err();
        assert_eq!(
            (problem.code, problem.labels[0].site.place().line),
            ("notes-form", 1)
        );
        assert!(parse(&Source::new("notes", &b"\xff"[..])).is_err());
    }
}
