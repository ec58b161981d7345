//! Files laid out for a case, and what has become of them. Knows the expectations of a case, and nothing of what ran in between.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use super::Finding;
use crate::series::scriptlet::{Case, Layout};

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    kind: Kind,
    mode: u32,
    owner: (u32, u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Folder,
    File(Vec<u8>),
    Link(PathBuf),
    Other,
}

/// All paths below a folder, absolute as the scriptlet sees them.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct Standing(BTreeMap<PathBuf, Node>);

/// The folders that every machine has.
const TOPS: [&str; 2] = ["etc", "var"];

/// Lays the files of a case out below `root`, and returns the top folders made there.
pub(in crate::check) fn lay_out(
    root: &Path,
    layout: &Layout,
    case: &Case,
) -> io::Result<Vec<String>> {
    let at = |path: &str| root.join(path.trim_start_matches('/'));
    for top in TOPS {
        fs::create_dir_all(root.join(top))?;
    }
    fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")?;
    fs::write(root.join("etc/group"), "root:x:0:\n")?;
    for path in &layout.dirs {
        fs::create_dir_all(at(path))?;
    }
    for path in &layout.files {
        make_parent(&at(path))?;
        fs::write(at(path), path)?;
    }
    for (path, target) in &layout.links {
        make_parent(&at(path))?;
        symlink(target, at(path))?;
    }
    if let Some(many) = &case.many {
        let folder = at(&many.dir);
        fs::create_dir_all(&folder)?;
        for number in 0..many.count {
            fs::write(folder.join(format!("{number}{}", many.suffix)), "")?;
        }
    }
    let mut tops = Vec::new();
    for entry in fs::read_dir(root)? {
        tops.push(entry?.file_name().to_string_lossy().into_owned());
    }
    tops.sort();
    Ok(tops)
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

impl Standing {
    /// Reads what stands below `root`; follows no link.
    pub(in crate::check) fn read(root: &Path) -> io::Result<Self> {
        let mut standing = Standing::default();
        standing.add(root, Path::new("/"))?;
        Ok(standing)
    }

    fn add(&mut self, folder: &Path, inside: &Path) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let (path, name) = (entry.path(), inside.join(entry.file_name()));
            let meta = path.symlink_metadata()?;
            let kind = if meta.is_dir() {
                self.add(&path, &name)?;
                Kind::Folder
            } else if meta.is_file() {
                Kind::File(if meta.len() == 0 {
                    Vec::new()
                } else {
                    fs::read(&path)?
                })
            } else if meta.is_symlink() {
                Kind::Link(fs::read_link(&path)?)
            } else {
                Kind::Other
            };
            let node = Node {
                kind,
                mode: meta.mode(),
                owner: (meta.uid(), meta.gid()),
            };
            self.0.insert(name, node);
        }
        Ok(())
    }

    fn below<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = (&'a PathBuf, &'a Node)> {
        self.0
            .range(path.to_owned()..)
            .take_while(move |(other, _)| other.starts_with(path))
    }
}

/// Judges what has become of what stood `before` by what the layout expects.
pub(in crate::check) fn judge(
    layout: &Layout,
    before: &Standing,
    after: &Standing,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in &layout.gone {
        if after.0.contains_key(Path::new(path)) {
            findings.push(Finding::new(
                "scriptlet-kept-too-much",
                format!("`{}` is still there", path.escape_default()),
            ));
        }
    }
    for path in &layout.empty {
        findings.extend(not_empty(path, after));
    }
    let excepted = |path: &Path| {
        layout.gone.iter().any(|gone| path.starts_with(gone))
            || layout
                .empty
                .iter()
                .any(|empty| path.starts_with(empty) && path != Path::new(empty))
    };
    for kept in &layout.kept {
        let kept = Path::new(kept);
        for (path, node) in before.below(kept).filter(|(path, _)| !excepted(path)) {
            match after.0.get(path) {
                Some(now) if now == node => {}
                Some(now) => findings.push(changed(path, node, now)),
                None => findings.push(Finding::new(
                    "scriptlet-deleted-too-much",
                    format!("`{}` is gone", shown(path)),
                )),
            }
        }
        for (path, _) in after
            .below(kept)
            .filter(|(path, _)| !before.0.contains_key(*path) && !excepted(path))
        {
            findings.push(Finding::new(
                "scriptlet-changed-too-much",
                format!("`{}` is new", shown(path)),
            ));
        }
    }
    findings
}

fn not_empty(path: &str, after: &Standing) -> Option<Finding> {
    let folder = Path::new(path);
    match after.0.get(folder).map(|node| &node.kind) {
        None => Some(Finding::new(
            "scriptlet-deleted-too-much",
            format!("the directory `{path}` itself is gone"),
        )),
        Some(Kind::Folder) => {
            let left: Vec<_> = after
                .below(folder)
                .filter(|(other, _)| *other != folder)
                .map(|(other, _)| shown(other))
                .collect();
            let first = left.first()?;
            Some(Finding::new(
                "scriptlet-kept-too-much",
                match left.len() {
                    1 => format!("`{first}` is still there"),
                    more => format!("`{first}` and {} more are still there", more - 1),
                },
            ))
        }
        Some(_) => Some(Finding::new(
            "scriptlet-changed-too-much",
            format!("`{path}` is no directory any more"),
        )),
    }
}

fn changed(path: &Path, before: &Node, after: &Node) -> Finding {
    let what = if before.kind != after.kind {
        "its content"
    } else if before.mode != after.mode {
        "its mode"
    } else {
        "its owner"
    };
    Finding::new(
        "scriptlet-changed-too-much",
        format!("`{}` has {what} changed", shown(path)),
    )
}

fn shown(path: &Path) -> String {
    String::from_utf8_lossy(path.as_os_str().as_bytes())
        .escape_debug()
        .to_string()
}
