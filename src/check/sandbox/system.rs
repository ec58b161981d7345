//! The folders of this machine that hold programs and libraries, as a sandbox shows them. Does not know how they are mounted.

use std::path::{Path, PathBuf};

/// What of `/proc` changes the machine.
pub(super) const SETTINGS: [&str; 2] = ["/proc/sys", "/proc/sysrq-trigger"];

/// How a top folder beside `/usr` is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Top {
    /// As the symbolic link it is.
    Link {
        /// Absolute path.
        path: &'static str,
        /// What the link says.
        target: PathBuf,
    },
    /// As the folder it is.
    Folder(&'static str),
}

/// Returns the folders that programs need, `/usr` first; a machine with merged `/usr` has links for the others.
pub(super) fn tops() -> Vec<Top> {
    let mut all = vec![Top::Folder("/usr")];
    for path in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
        if let Ok(target) = Path::new(path).read_link() {
            all.push(Top::Link { path, target });
        } else if Path::new(path).is_dir() {
            all.push(Top::Folder(path));
        }
    }
    all
}
