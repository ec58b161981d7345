//! What is mounted on this machine, read from `/proc/self/mountinfo` (proc_pid_mountinfo(5)). Changes nothing.

use std::path::{Path, PathBuf};

/// One mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mounted {
    /// Where it is mounted.
    pub(super) point: PathBuf,
    /// Its per-mount options.
    pub(super) options: Vec<String>,
}

/// Reads the table; empty where there is none.
pub(super) fn table() -> Vec<Mounted> {
    parse(&std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default())
}

fn parse(text: &str) -> Vec<Mounted> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(4);
            Some(Mounted {
                point: PathBuf::from(unescaped(fields.next()?)),
                options: fields.next()?.split(',').map(str::to_owned).collect(),
            })
        })
        .collect()
}

// Blank, tab, newline and backslash stand as three octal digits.
fn unescaped(field: &str) -> String {
    [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ]
    .iter()
    .fold(field.to_owned(), |text, (code, plain)| {
        text.replace(code, plain)
    })
}

/// Returns the options of the file system that holds `path`.
pub(super) fn options_at<'a>(table: &'a [Mounted], path: &Path) -> &'a [String] {
    table
        .iter()
        .rev()
        .filter(|mounted| path.starts_with(&mounted.point))
        .max_by_key(|mounted| mounted.point.components().count())
        .map_or(&[], |mounted| &mounted.options)
}

/// Returns the file systems mounted below `path`.
pub(super) fn below<'a>(table: &'a [Mounted], path: &Path) -> Vec<&'a Mounted> {
    table
        .iter()
        .filter(|mounted| mounted.point != path && mounted.point.starts_with(path))
        .collect()
}

/// Returns where a file system of a kind is mounted as a whole, with a word among its own options where one is asked for.
pub(super) fn of_kind(kind: &str, option: &str) -> Option<PathBuf> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    table.lines().find_map(|line| point_of(line, kind, option))
}

fn point_of(line: &str, kind: &str, option: &str) -> Option<PathBuf> {
    let (mount, system) = line.split_once(" - ")?;
    let mut system = system.split(' ');
    let is_it = system.next()? == kind
        && (option.is_empty() || system.nth(1)?.split(',').any(|word| word == option));
    let mut fields = mount.split(' ').skip(3);
    let is_whole = fields.next()? == "/";
    let point = fields.next()?;
    (is_it && is_whole).then(|| PathBuf::from(unescaped(point)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
                         30 22 0:25 / /tmp rw,nosuid,nodev,noexec shared:9 - tmpfs tmpfs rw\n\
                         31 22 0:26 / /usr/a\\040b ro - tmpfs tmpfs rw\n";

    #[test]
    fn the_nearest_mount_point_above_a_path_tells_its_options() {
        let table = parse(TABLE);
        assert_eq!(
            options_at(&table, Path::new("/tmp/x")),
            ["rw", "nosuid", "nodev", "noexec"]
        );
        assert_eq!(options_at(&table, Path::new("/tmpx")), ["rw", "relatime"]);
        assert_eq!(options_at(&[], Path::new("/tmp")), [] as [&str; 0]);
    }

    #[test]
    fn a_file_system_is_found_by_its_kind_and_its_own_options() {
        let line = "9 8 0:3 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids";
        let point = PathBuf::from("/sys/fs/cgroup/pids");
        assert_eq!(point_of(line, "cgroup", "pids"), Some(point));
        assert_eq!(point_of(line, "cgroup", "cpu"), None);
        assert_eq!(point_of(line, "cgroup2", ""), None);
        let part = line.replace(" / ", " /a ");
        assert_eq!(point_of(&part, "cgroup", "pids"), None);
    }

    #[test]
    fn mounts_below_a_folder_are_found_with_their_blanks() {
        let table = parse(TABLE);
        let below = below(&table, Path::new("/usr"));
        assert_eq!(below.len(), 1);
        assert_eq!(below[0].point, Path::new("/usr/a b"));
    }
}
