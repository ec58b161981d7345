//! The table of changed files that stands above a diff. Does not know what the lines say.

use super::diff::{Content, FileDiff, quoted};
use super::{Blob, FileChange, OriginKind};

/// Columns that git gives the table in a mail.
const WIDTH: usize = 72;
/// What a dot-dot-dot takes that stands for the start of a name.
const ELLIPSIS: &str = "...";
/// Columns of a row besides name, number and graph: ` `, ` | ` and what git counts for their ends.
const GAPS: usize = 6;
/// The least that is left for the graph.
const LEAST_GRAPH: usize = 6;

/// A row of the table.
struct Row {
    name: String,
    count: Count,
}

enum Count {
    Lines {
        added: usize,
        removed: usize,
    },
    Bytes {
        before: usize,
        after: usize,
        same: bool,
    },
}

/// The columns of a table.
#[derive(Clone, Copy)]
struct Columns {
    name: usize,
    number: usize,
    graph: usize,
    /// The most changed lines of a row.
    most: usize,
}

/// Returns the table of `diffs` with its sum, and below it the files that came, went or changed their mode.
pub fn diffstat(diffs: &[FileDiff<'_>]) -> String {
    let rows: Vec<Row> = diffs.iter().filter_map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let columns = columns(&rows);
    let mut out: String = rows.iter().map(|row| line(row, columns)).collect();
    out.push_str(&sum(&rows));
    out.extend(diffs.iter().filter_map(|diff| presence(diff.change)));
    out
}

fn row(diff: &FileDiff<'_>) -> Option<Row> {
    let count = match &*diff.content {
        Content::Same if blobs_are_binary(diff.change) => Count::Bytes {
            before: 0,
            after: 0,
            same: true,
        },
        Content::Same => Count::Lines {
            added: 0,
            removed: 0,
        },
        Content::Text(printed) => Count::Lines {
            added: printed.added,
            removed: printed.removed,
        },
        Content::Binary { before, after } => Count::Bytes {
            before: *before,
            after: *after,
            same: false,
        },
    };
    diff.change.is_change().then(|| Row {
        name: name(diff.change),
        count,
    })
}

/// Returns what a file is called in the table: its path, or where it came from and where it went.
fn name(change: &FileChange) -> String {
    match &change.origin {
        None => quoted(&change.path).into_owned(),
        Some(origin) => passage(&origin.path, &change.path),
    }
}

/// Returns two paths as one, the folders they share told once: `a/{b => c}/d`.
///
/// Each is told whole where one of them has to be quoted.
fn passage(old: &str, new: &str) -> String {
    let (quoted_old, quoted_new) = (quoted(old), quoted(new));
    if quoted_old != old || quoted_new != new {
        return format!("{quoted_old} => {quoted_new}");
    }
    let (head, tail) = shared_folders(old, new);
    if head + tail == 0 {
        return format!("{old} => {new}");
    }
    // Where head and tail meet in the shorter path, both have the slash between them.
    let middle = |path: &'_ str| path[head..(path.len() - tail).max(head)].to_string();
    format!(
        "{}{{{} => {}}}{}",
        &old[..head],
        middle(old),
        middle(new),
        &old[old.len() - tail..]
    )
}

/// Returns how many bytes two paths share at their starts, up to and with a slash, and at their ends, from a slash on.
fn shared_folders(old: &str, new: &str) -> (usize, usize) {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let head = a[..same].iter().rposition(|&byte| byte == b'/');
    let head = head.map_or(0, |at| at + 1);
    // The slash that ends the head may begin the tail as well: `a/{ => b}/c`.
    let most = a.len().min(b.len()) - head + usize::from(head > 0);
    let back = a.iter().rev().zip(b.iter().rev()).take(most);
    let same = back.take_while(|(x, y)| x == y).count();
    let tail = a[a.len() - same..].iter().position(|&byte| byte == b'/');
    (head, tail.map_or(0, |at| same - at))
}

fn blobs_are_binary(change: &FileChange) -> bool {
    let binary = |blob: &Option<Blob>| {
        blob.as_ref()
            .is_some_and(|blob| crate::target::hunks::is_binary(&blob.text()))
    };
    binary(&change.before) || binary(&change.after)
}

fn digits(number: usize) -> usize {
    number.to_string().len()
}

impl Row {
    fn changed(&self) -> usize {
        match self.count {
            Count::Lines { added, removed } => added + removed,
            Count::Bytes { .. } => 0,
        }
    }

    /// Columns of `Bin 1 -> 2 bytes`.
    fn bytes_width(&self) -> usize {
        match self.count {
            Count::Bytes { before, after, .. } => {
                "Bin  ->  bytes".len() + digits(before) + digits(after)
            }
            Count::Lines { .. } => 0,
        }
    }
}

/// Shares the width between names and graph: each what it wants where there is room, else the graph at most 3/8 of the
/// whole and the name the rest (`diff.c`, `show_stats`).
fn columns(rows: &[Row]) -> Columns {
    let most = rows.iter().map(Row::changed).max().unwrap_or(0);
    let bytes = rows.iter().map(Row::bytes_width).max().unwrap_or(0);
    let number = digits(most).max(if bytes > 0 { "Bin".len() } else { 0 });
    let mut name = rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
    let width = WIDTH.max(16 + GAPS + number);
    let mut graph = if most + 4 > bytes { most } else { bytes - 4 };
    if name + number + GAPS + graph > width {
        let share = (width * 3 / 8)
            .saturating_sub(number + GAPS)
            .max(LEAST_GRAPH);
        graph = graph.min(share);
        if name > width - number - GAPS - graph {
            name = width - number - GAPS - graph;
        } else {
            graph = width - number - GAPS - name;
        }
    }
    Columns {
        name,
        number,
        graph,
        most,
    }
}

fn line(row: &Row, columns: Columns) -> String {
    let Columns { name, number, .. } = columns;
    let label = shortened(&row.name, name);
    match row.count {
        Count::Lines { added, removed } => {
            let total = added + removed;
            let (plus, minus) = graph(added, removed, columns);
            let blank = if total > 0 { " " } else { "" };
            format!(
                " {label:name$} | {total:number$}{blank}{}{}\n",
                "+".repeat(plus),
                "-".repeat(minus)
            )
        }
        Count::Bytes { same: true, .. } => format!(" {label:name$} | {:>number$}\n", "Bin"),
        Count::Bytes { before, after, .. } => format!(
            " {label:name$} | {:>number$} {before} -> {after} bytes\n",
            "Bin"
        ),
    }
}

/// Returns `name` in at most `width` columns: its end after `...`, from a `/` on where the end has one.
fn shortened(name: &str, width: usize) -> String {
    if name.len() <= width {
        return name.to_string();
    }
    // What git shows of a path is ASCII: each byte is a column.
    let end = &name[name.len() - width.saturating_sub(ELLIPSIS.len()).min(name.len())..];
    let end = end.find('/').map_or(end, |at| &end[at..]);
    format!("{ELLIPSIS}{end}")
}

/// Returns how many `+` and `-` stand for a row.
fn graph(added: usize, removed: usize, columns: Columns) -> (usize, usize) {
    let Columns { graph, most, .. } = columns;
    if graph > most {
        return (added, removed);
    }
    let scaled = |count: usize| {
        if count == 0 {
            0
        } else {
            1 + count * (graph - 1) / most
        }
    };
    let mut total = scaled(added + removed);
    if total < 2 && added > 0 && removed > 0 {
        total = 2;
    }
    if added < removed {
        let plus = scaled(added);
        (plus, total - plus)
    } else {
        let minus = scaled(removed);
        (total - minus, minus)
    }
}

fn sum(rows: &[Row]) -> String {
    let (mut added, mut removed) = (0, 0);
    for row in rows {
        if let Count::Lines {
            added: plus,
            removed: minus,
        } = row.count
        {
            added += plus;
            removed += minus;
        }
    }
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let mut out = format!(" {} file{} changed", rows.len(), plural(rows.len()));
    // Git says both of nothing, and leaves out the one that is nothing beside the other.
    if added > 0 || removed == 0 {
        out.push_str(&format!(", {added} insertion{}(+)", plural(added)));
    }
    if removed > 0 || added == 0 {
        out.push_str(&format!(", {removed} deletion{}(-)", plural(removed)));
    }
    out.push('\n');
    out
}

fn presence(change: &FileChange) -> Option<String> {
    let path = quoted(&change.path);
    if let Some(origin) = &change.origin {
        let verb = match origin.kind {
            OriginKind::Rename => "rename",
            OriginKind::Copy => "copy",
        };
        let mode = match (&change.before, &change.after) {
            (Some(before), Some(after)) if before.mode != after.mode => {
                format!(" mode change {:06o} => {:06o}\n", before.mode, after.mode)
            }
            _ => String::new(),
        };
        let name = name(change);
        return Some(format!(" {verb} {name} ({}%)\n{mode}", origin.similarity));
    }
    match (&change.before, &change.after) {
        (None, Some(after)) => Some(format!(" create mode {:06o} {path}\n", after.mode)),
        (Some(before), None) => Some(format!(" delete mode {:06o} {path}\n", before.mode)),
        (Some(before), Some(after)) if before.mode != after.mode => Some(format!(
            " mode change {:06o} => {:06o} {path}\n",
            before.mode, after.mode
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::diff::compare;
    use super::*;

    fn change(path: &str, before: Option<&str>, after: Option<&str>) -> FileChange {
        let blob = |text: &str| Blob::new(0o100_644, text.as_bytes());
        FileChange {
            path: path.to_string(),
            before: before.map(blob),
            after: after.map(blob),
            ..FileChange::default()
        }
    }

    fn stat(changes: &[FileChange]) -> String {
        diffstat(&compare(changes).unwrap())
    }

    #[test]
    fn rows_are_aligned_and_summed() {
        assert_eq!(
            stat(&[
                change("a", Some("x\n"), Some("y\n")),
                change("long", None, Some("x\ny\n"))
            ]),
            " a    | 2 +-\n long | 2 ++\n 2 files changed, 3 insertions(+), 1 deletion(-)\n create mode 100644 long\n"
        );
    }

    #[test]
    fn a_graph_that_does_not_fit_is_scaled() {
        let many = "x\n".repeat(500);
        let text = stat(&[
            change("a", None, Some(&many)),
            change("b", None, Some("x\n")),
        ]);
        let widths: Vec<usize> = text.lines().take(2).map(str::len).collect();
        assert_eq!(widths, [71, " b |   1 +".len()]);
    }

    #[test]
    fn two_paths_are_told_with_their_shared_folders_once() {
        for (old, new, told) in [
            ("a", "b", "a => b"),
            ("d/x.c", "d/y.c", "d/{x.c => y.c}"),
            ("a/b/c", "a/c", "a/{b => }/c"),
            ("a/c", "a/b/c", "a/{ => b}/c"),
            ("a/a/b", "a/b", "a/{a => }/b"),
            ("b", "a/b", "b => a/b"),
            ("a/b/b", "b/b", "{a/b => b}/b"),
            ("x/\u{e9}", "x/e", "\"x/\\303\\251\" => x/e"),
        ] {
            assert_eq!(passage(old, new), told);
        }
    }

    #[test]
    fn a_renamed_file_is_told_with_its_similarity_and_its_mode() {
        let mut renamed = change("d/y", Some("x\n"), Some("x\n"));
        renamed.after.as_mut().unwrap().mode = 0o100_755;
        renamed.origin = Some(super::super::FileOrigin {
            path: "d/x".into(),
            kind: OriginKind::Rename,
            similarity: 100,
        });
        assert_eq!(
            stat(&[renamed]),
            " d/{x => y} | 0\n 1 file changed, 0 insertions(+), 0 deletions(-)\n rename d/{x => y} (100%)\n mode change 100644 => 100755\n"
        );
    }

    #[test]
    fn a_long_path_keeps_its_end() {
        let path = format!("{}/end.c", "directory/".repeat(9));
        let text = stat(&[change(&path, Some("x\n"), Some("y\n"))]);
        assert!(text.starts_with(" .../"), "{text}");
        assert!(text.lines().next().unwrap().len() <= WIDTH, "{text}");
    }

    #[test]
    fn binary_files_are_told_in_bytes() {
        assert_eq!(
            stat(&[change("a", Some("\0"), Some("\0\0"))]),
            " a | Bin 1 -> 2 bytes\n 1 file changed, 0 insertions(+), 0 deletions(-)\n"
        );
    }
}
