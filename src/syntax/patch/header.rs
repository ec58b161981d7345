//! What opens the change of a file: git's extended header, or the two lines of any other tool. Does not know the hunks.

use super::name::{Name, both, foreign, is_epoch, is_nothing, name};
use super::{Body, FilePatch, Lines, MadeOf, Malformed, Raw, binary, hunks};
use crate::text::Span;

/// The line at which a range begins, and how many lines it has.
type Range = (usize, usize);

/// Reads the two ranges of an `@@` line.
pub(super) fn ranges(line: &[u8]) -> Option<(Range, Range)> {
    let text = std::str::from_utf8(line.get(..line.len().min(120))?)
        .map_or_else(|error| &line[..error.valid_up_to()], str::as_bytes);
    let text = std::str::from_utf8(text).ok()?.strip_prefix("@@ -")?;
    let (ranges, _) = text.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    Some((range(old)?, range(new)?))
}

fn range(text: &str) -> Option<Range> {
    let digits = |text: &str| {
        let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (start, len) = match text.split_once(',') {
        Some((start, len)) => (digits(start)?, digits(len)?),
        None => (digits(text)?, 1),
    };
    Some((start as usize, len as usize))
}

/// Reads the change of a file behind `---` and `+++`, as `git apply` reads that of another tool: the shorter of two names where one
/// only goes on, else the second; a time at the start of 1970 says that there is no file.
pub(super) fn traditional(lines: &mut Lines) -> Result<FilePatch, Malformed> {
    let mut file = empty(lines);
    let (Some(old), Some(new)) = (lines.next(), lines.next()) else {
        return Err(malformed(file.span, "the change of a file breaks off"));
    };
    let text = |line: Raw<'_>| {
        line.trimmed()
            .get("--- ".len()..)
            .unwrap_or_default()
            .to_vec()
    };
    let (first, second) = (text(old), text(new));
    lines.settle_parts(&second);
    let strip = lines.strip();
    let creates = is_nothing(&first);
    let deletes = !creates && is_nothing(&second);
    let name = match (creates, deletes) {
        (true, _) => foreign(&second, strip),
        (_, true) => foreign(&first, strip),
        _ => match (foreign(&first, strip), foreign(&second, strip)) {
            (Some(first), Some(second)) if second.starts_with(&first) => Some(first),
            (first, second) => second.or(first),
        },
    };
    let path = name.and_then(|name| String::from_utf8(name).ok());
    let path = path.filter(|path| path != "/dev/null");
    let Some(path) = path else {
        let message = "a file's name can't be read: expected `a/PATH` or `b/PATH`, in UTF-8";
        return Err(malformed(old.span, message));
    };
    let creates = creates || !deletes && is_epoch(&first);
    let deletes = deletes || !creates && is_epoch(&second);
    file.old = (!creates).then(|| path.clone());
    file.new = (!deletes).then_some(path);
    file.is_settled = creates || deletes;
    file.body = Body::Text(hunks(lines)?);
    Ok(file)
}

fn empty(lines: &Lines) -> FilePatch {
    FilePatch {
        old: None,
        new: None,
        old_mode: None,
        new_mode: None,
        made_of: None,
        is_settled: true,
        ids: (String::new(), String::new()),
        body: Body::Text(Vec::new()),
        span: lines.peek().map_or(lines.end(), |line| line.span),
    }
}

fn named(line: Raw, mark: &str, strip: usize) -> Result<Name, Malformed> {
    let text = line.trimmed();
    let text = text.strip_prefix(mark.as_bytes()).unwrap_or(text);
    name(text, strip).ok_or_else(|| {
        malformed(
            line.span,
            "a file's name can't be read: expected `a/PATH` or `b/PATH`, in UTF-8",
        )
    })
}

fn malformed(span: Span, message: &str) -> Malformed {
    Malformed {
        span,
        message: message.to_owned(),
    }
}

/// What the lines of an extended header say.
struct Extended {
    file: FilePatch,
    /// The name that `diff --git` says twice, where it does.
    common: Option<String>,
    /// The names before and after, as far as they were said.
    names: (Option<String>, Option<String>),
    creates: bool,
    deletes: bool,
    similarity: u8,
    is_renamed: bool,
    is_copied: bool,
    /// How many parts are taken off a name.
    strip: usize,
    /// What the line `index` says of both sides.
    ids: (String, String),
}

/// What says that a file is made of another: whether that stays, and whether its name follows. The words of git before 1.0 are still
/// read.
const MOVES: [(&str, bool, bool); 6] = [
    ("rename from ", false, true),
    ("rename to ", false, false),
    ("rename old ", false, true),
    ("rename new ", false, false),
    ("copy from ", true, true),
    ("copy to ", true, false),
];

/// What stands above a binary change.
const BINARY: &[u8] = b"GIT binary patch\n";

/// Reads the change of a file behind `diff --git`.
pub(super) fn git(lines: &mut Lines) -> Result<FilePatch, Malformed> {
    let mut extended = Extended::of(empty(lines));
    let opening = lines.next();
    let opening = opening.map_or(&b""[..], |line| {
        line.bytes.strip_prefix(b"diff --git ").unwrap_or_default()
    });
    let strip = lines.strip();
    extended.strip = strip;
    extended.common = both(opening.strip_suffix(b"\n").unwrap_or(opening), strip);
    let start = lines.at;
    while let Some(line) = lines.peek() {
        let text = line.trimmed();
        if text.starts_with(b"@@ -") || text.starts_with(b"diff --git ") || line.bytes == BINARY {
            break;
        }
        if text.starts_with(b"Binary files ") && text.ends_with(b" differ") {
            return Err(malformed(
                line.span,
                "a binary file changes, and the patch does not carry its bytes: it was made without `--binary`",
            ));
        }
        if !extended.take(line)? {
            break;
        }
        lines.next();
    }
    if lines.at == start {
        // Git keeps the name for the file that comes next, and refuses that one.
        let message = "no header follows that git would have written";
        return Err(malformed(extended.file.span, message));
    }
    extended.file.body = extended.body(lines)?;
    let is_empty = matches!(&extended.file.body, Body::Text(hunks) if hunks.is_empty());
    if is_empty && !extended.says_something() {
        let at = lines.peek().map_or(lines.end(), |line| line.span);
        let message = "the change of a file is announced, and none follows";
        return Err(malformed(at, message));
    }
    extended.settled()
}

impl Extended {
    fn of(file: FilePatch) -> Self {
        Extended {
            file,
            common: None,
            names: (None, None),
            creates: false,
            deletes: false,
            similarity: 0,
            is_renamed: false,
            is_copied: false,
            strip: 1,
            ids: (String::new(), String::new()),
        }
    }

    fn body(&self, lines: &mut Lines) -> Result<Body, Malformed> {
        let Some(line) = lines.peek().filter(|line| line.bytes == BINARY) else {
            return Ok(Body::Text(hunks(lines)?));
        };
        lines.next();
        let message = "a binary change needs a line `index` with whole object ids above it";
        let ids = self.whole_ids();
        let ids = ids.ok_or_else(|| malformed(line.span, message))?;
        Ok(Body::Binary(binary::read(lines, ids)?))
    }

    /// Takes a line; false where it is none of the header.
    fn take(&mut self, line: Raw) -> Result<bool, Malformed> {
        let text = line.trimmed();
        let after = |mark: &str| text.strip_prefix(mark.as_bytes());
        let strip = self.strip;
        if after("--- ").is_some() {
            let label = named(line, "--- ", strip)?;
            let name = agreed(self.names.0.take(), label, self.creates);
            self.names.0 = name.map_err(|message| malformed(line.span, message))?;
        } else if after("+++ ").is_some() {
            let label = named(line, "+++ ", strip)?;
            let name = agreed(self.names.1.take(), label, self.deletes);
            self.names.1 = name.map_err(|message| malformed(line.span, message))?;
        } else if let Some(mode) = after("old mode ") {
            self.file.old_mode = Some(mode_of(mode, line)?);
        } else if let Some(mode) = after("new mode ") {
            self.file.new_mode = Some(mode_of(mode, line)?);
        } else if let Some(mode) = after("deleted file mode ") {
            self.file.old_mode = Some(mode_of(mode, line)?);
            self.deletes = true;
            self.names.0 = self.common.clone();
        } else if let Some(mode) = after("new file mode ") {
            self.file.new_mode = Some(mode_of(mode, line)?);
            self.creates = true;
            self.names.1 = self.common.clone();
        } else if let Some((mark, is_copy, is_old)) =
            MOVES.into_iter().find(|(mark, ..)| after(mark).is_some())
        {
            let path = match named(line, mark, strip.saturating_sub(1))? {
                Name::Path(path) => Some(path),
                Name::Nothing => None,
            };
            if is_old {
                self.names.0 = path;
            } else {
                self.names.1 = path;
            }
            self.is_renamed |= !is_copy;
            self.is_copied |= is_copy;
        } else if let Some(percent) = after("similarity index ") {
            let digits = percent.strip_suffix(b"%").unwrap_or(percent);
            let percent = std::str::from_utf8(digits).ok();
            let percent = percent.and_then(|digits| digits.parse::<u8>().ok());
            self.similarity = percent.unwrap_or(0).min(100);
        } else if let Some(ids) = after("index ") {
            self.take_ids(ids, line)?;
        } else {
            return Ok(after("dissimilarity index ").is_some());
        }
        let said = [self.creates, self.deletes, self.is_renamed, self.is_copied];
        if said.into_iter().filter(|said| *said).count() > 1 {
            let message =
                "the header says two of these: a file is created, deleted, renamed, copied";
            return Err(malformed(line.span, message));
        }
        Ok(true)
    }

    /// Takes what the line `index` says: the ids of both sides, and the mode where it stays.
    fn take_ids(&mut self, told: &[u8], line: Raw) -> Result<(), Malformed> {
        let (ids, mode) = match told.iter().position(|&byte| byte == b' ') {
            Some(at) => (&told[..at], Some(&told[at + 1..])),
            None => (told, None),
        };
        if let Some((old, new)) = String::from_utf8_lossy(ids).split_once("..") {
            self.ids = (old.to_owned(), new.to_owned());
        }
        if let Some(mode) = mode {
            self.file.old_mode = Some(mode_of(mode, line)?);
        }
        Ok(())
    }

    fn whole_ids(&self) -> Option<(String, String)> {
        let is_whole = |id: &String| {
            matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        (is_whole(&self.ids.0) && is_whole(&self.ids.1)).then(|| self.ids.clone())
    }

    /// Whether the header alone is a change.
    fn says_something(&self) -> bool {
        let (old, new) = (self.file.old_mode, self.file.new_mode);
        let modes = old.is_some() && new.is_some() && old != new;
        self.creates || self.deletes || self.is_renamed || self.is_copied || modes
    }

    /// Brings the names together, as git does: what `diff --git` says alone counts where no other line says a name.
    fn settled(self) -> Result<FilePatch, Malformed> {
        let mut file = self.file;
        let wrong = |message: &str| Err(malformed(file.span, message));
        let is_moved = self.is_renamed || self.is_copied;
        let (mut old, mut new) = self.names;
        if let (Some(old), Some(new)) = (&old, &new)
            && old != new
            && !is_moved
        {
            let message = format!("the patch names two files for one change: `{old}` and `{new}`");
            return wrong(&message);
        }
        if old.is_none() && new.is_none() {
            (old, new) = (self.common.clone(), self.common);
        }
        if old.is_none() && !self.creates || new.is_none() && !self.deletes {
            return wrong("the patch does not say which file it changes");
        }
        if is_moved {
            file.made_of = Some(match self.is_copied {
                true => MadeOf::Copy(self.similarity),
                false => MadeOf::Rename(self.similarity),
            });
        }
        file.ids = self.ids;
        file.old = old.filter(|_| !self.creates);
        file.new = new.filter(|_| !self.deletes);
        Ok(file)
    }
}

/// Brings a name that was said together with what `---` or `+++` says; `is_absent` where no file is on that side.
fn agreed(
    name: Option<String>,
    label: Name,
    is_absent: bool,
) -> Result<Option<String>, &'static str> {
    match (name, label) {
        (None, Name::Nothing) if is_absent => Ok(None),
        (_, Name::Path(_)) if is_absent => {
            Err("the patch creates or deletes a file, and does not name `/dev/null`")
        }
        (_, Name::Nothing) => Err(
            "the patch names `/dev/null`, and does not say that a file is created or deleted: a line `new file mode` or `deleted file mode` is missing",
        ),
        (None, Name::Path(path)) => Ok(Some(path)),
        (Some(name), Name::Path(path)) if name == path => Ok(Some(name)),
        (Some(_), Name::Path(_)) => Err("the line says another name than a line above it"),
    }
}

fn mode_of(text: &[u8], line: Raw) -> Result<u32, Malformed> {
    let digits = std::str::from_utf8(text).ok();
    let mode = digits.and_then(|text| u32::from_str_radix(text.trim(), 8).ok());
    // What git keeps: a file, a link, a submodule.
    mode.filter(|mode| matches!(mode & 0o170_000, 0o100_000 | 0o120_000 | 0o160_000))
        .ok_or_else(|| malformed(line.span, "a file's mode can't be read"))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_rename_is_read_with_its_likeness() {
        let text = b"diff --git a/x y b/z\nsimilarity index 86%\nrename from x y\nrename to z\n";
        let files = parse(text).unwrap();
        assert_eq!(files[0].old.as_deref(), Some("x y"));
        assert_eq!(files[0].new.as_deref(), Some("z"));
        assert_eq!(files[0].made_of, Some(MadeOf::Rename(86)));
    }

    #[test]
    fn modes_creation_and_deletion_are_read() {
        let text = b"diff --git a/e b/e\nnew file mode 100755\nindex 0000000..e69de29\ndiff --git a/d b/d\ndeleted file mode 120000\nindex 1..0\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n";
        let files = parse(text).unwrap();
        assert_eq!(
            (files[0].old.as_deref(), files[0].new_mode),
            (None, Some(0o100_755))
        );
        assert_eq!(
            (files[1].new.as_deref(), files[1].old_mode),
            (None, Some(0o120_000))
        );
    }

    #[test]
    fn what_names_no_file_or_two_is_refused() {
        assert!(parse(b"diff --git a/x b/y\nold mode 100644\nnew mode 100755\n").is_err());
        assert!(parse(b"diff --git a/x b/x\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n").is_err());
        assert!(parse(b"diff --git a/x b/x\nnew file mode 040000\n").is_err());
    }

    #[test]
    fn counts_that_are_left_out_are_one() {
        assert_eq!(ranges(b"@@ -1 +2,0 @@ f"), Some(((1, 1), (2, 0))));
        assert_eq!(ranges(b"@@ -1,x +2 @@"), None);
        assert_eq!(ranges(b"@@ -99999999999 +2 @@"), None);
    }

    #[test]
    fn a_header_without_a_change_and_a_name_that_is_none_are_refused() {
        for text in [
            "diff --git a/x b/x\n",
            "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n",
            "diff --git a/x b/x\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n",
            "diff --git a/x b/x\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
            "diff --git a/x b/x\nnew file mode 100644\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n",
            "diff --git a/x b/x\nindex 1..2\nGIT binary patch\nliteral 0\nHcmV?d00001\n\n",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        let mode = b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n";
        assert_eq!(parse(mode).unwrap()[0].new_mode, Some(0o100_755));
    }
}
