//! Which programs of this machine the checks can use, and how to get those that are missing. Does not know what a check does with them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

/// A program found on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Name it is looked up by.
    pub name: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// The first line it answers when asked for its version, empty where it does not answer.
    pub version: String,
}

/// A program that the checks know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Name it is looked up by.
    pub name: &'static str,
    /// What the checks use it for.
    pub used_for: &'static str,
    /// The argument that makes it tell its version; empty where there is none.
    pub version_flag: &'static str,
    /// Debian's package.
    pub debian: &'static str,
    /// Fedora's package.
    pub fedora: &'static str,
}

impl Known {
    /// Returns how to get it, as a sentence fragment for a skip message.
    pub fn how(&self) -> String {
        format!(
            "install `{}` on Debian (apt install {}), on Fedora (dnf install {})",
            self.name, self.debian, self.fedora
        )
    }

    /// Looks it up on PATH, without running it.
    pub fn path(&self) -> Option<PathBuf> {
        find(self.name)
    }

    /// Looks it up on PATH and asks it for its version.
    pub fn tool(&self) -> Option<Tool> {
        let path = self.path()?;
        Some(Tool {
            name: self.name,
            version: version_of(&path, self.version_flag),
            path,
        })
    }
}

const fn known(
    name: &'static str,
    used_for: &'static str,
    version_flag: &'static str,
    debian: &'static str,
    fedora: &'static str,
) -> Known {
    Known {
        name,
        used_for,
        version_flag,
        debian,
        fedora,
    }
}

/// Every program that a check may use, in the order in which they are reported.
pub const KNOWN: &[Known] = &[
    known(
        "bwrap",
        "the sandbox",
        "--version",
        "bubblewrap",
        "bubblewrap",
    ),
    known(
        "unshare",
        "the sandbox, where there is no bubblewrap",
        "--version",
        "util-linux",
        "util-linux",
    ),
    known(
        "setpriv",
        "the sandbox, where there is no bubblewrap",
        "--version",
        "util-linux",
        "util-linux",
    ),
    known(
        "git",
        "mails, and targets that libgit2 cannot read",
        "--version",
        "git",
        "git-core",
    ),
    known(
        "rpmspec",
        "reading a spec file as rpm does",
        "--version",
        "rpm",
        "rpm-build",
    ),
    known(
        "rpmbuild",
        "packages made of the spec's scriptlets",
        "--version",
        "rpm",
        "rpm-build",
    ),
    known(
        "rpm",
        "installing and upgrading such packages",
        "--version",
        "rpm",
        "rpm",
    ),
    known("sh", "scriptlets", "", "dash", "bash"),
    known("bash", "scriptlets", "--version", "bash", "bash"),
    known("dash", "the syntax of scriptlets", "", "dash", "dash"),
    known(
        "busybox",
        "the syntax of scriptlets",
        "",
        "busybox-static",
        "busybox",
    ),
    known("find", "scriptlets", "--version", "findutils", "findutils"),
    known(
        "cc",
        "compiling what a patch touches",
        "--version",
        "gcc",
        "gcc",
    ),
    known(
        "gcc",
        "compiling what a patch touches",
        "--version",
        "gcc",
        "gcc",
    ),
    known(
        "clang",
        "compiling what a patch touches",
        "--version",
        "clang",
        "clang",
    ),
    known(
        "pkg-config",
        "flags of the libraries a file includes",
        "--version",
        "pkg-config",
        "pkgconf-pkg-config",
    ),
    known(
        "ninja",
        "building the target's own daemon",
        "--version",
        "ninja-build",
        "ninja-build",
    ),
    known(
        "rpcgen",
        "headers that the target's build generates",
        "",
        "rpcsvc-proto",
        "rpcgen",
    ),
];

/// Returns the entry for `name`.
pub fn known_as(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}

/// Returns how to get `name`, empty for a program the checks do not know.
pub fn how_to_get(name: &str) -> String {
    known_as(name).map(Known::how).unwrap_or_default()
}

/// Looks every known program up and asks it for its version.
pub fn all() -> Vec<(&'static Known, Option<Tool>)> {
    KNOWN.iter().map(|known| (known, known.tool())).collect()
}

/// Returns the programs of this machine that some checks may use, by name, with what each answers when asked for its version; none
/// where no check runs any.
pub fn used(checks: &[&str]) -> Vec<(String, String)> {
    if checks.iter().all(|check| *check == "lint") {
        return Vec::new();
    }
    let found = KNOWN.par_iter().filter_map(Known::tool);
    found
        .map(|tool| (tool.name.to_owned(), tool.version))
        .collect()
}

/// Returns what tells the programs of this machine apart from those of another, or of another day: what each is and answers, the packages
/// that are installed beside them, and the kernel. Equal texts, equal tools.
pub fn fingerprint() -> String {
    use std::os::unix::fs::MetadataExt;
    let file = |path: &Path| {
        let path = path.canonicalize().ok()?;
        let found = path.metadata().ok()?;
        let (size, changed) = (found.size(), (found.mtime(), found.mtime_nsec()));
        Some(format!("{} {size} {changed:?}\n", path.display()))
    };
    let tools = KNOWN.par_iter().filter_map(|known| {
        let tool = known.tool()?;
        Some(format!(
            "{} {} {}",
            tool.name,
            tool.version,
            file(&tool.path)?
        ))
    });
    let mut all = tools.collect::<Vec<_>>().concat();
    all.extend(PACKAGES.iter().filter_map(|path| file(Path::new(path))));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease");
    all.push_str(&kernel.unwrap_or_default());
    all
}

/// Where it is written which packages are installed: headers and libraries come with them.
const PACKAGES: [&str; 5] = [
    "/var/lib/dpkg/status",
    "/var/lib/rpm/rpmdb.sqlite",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/lib/apk/db/installed",
    "/var/lib/pacman/local",
];

/// Returns the first executable file called `name` on PATH.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn version_of(path: &Path, flag: &str) -> String {
    if flag.is_empty() {
        return String::new();
    }
    let answer = Command::new(path)
        .arg(flag)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    answer
        .ok()
        .and_then(|answer| {
            String::from_utf8_lossy(&answer.stdout)
                .lines()
                .next()
                .map(str::to_owned)
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_on_path_is_found_and_tells_its_version() {
        let bash = known_as("bash")
            .unwrap()
            .tool()
            .expect("a machine without bash");
        assert!(bash.path.is_absolute());
        assert!(bash.version.contains("bash"), "{}", bash.version);
    }

    #[test]
    fn a_missing_program_is_none_and_a_known_one_says_how_to_get_it() {
        assert_eq!(find("patchwright-no-such-program"), None);
        let how = how_to_get("rpmspec");
        assert!(
            how.contains("apt install rpm)") && how.contains("dnf install rpm-build"),
            "{how}"
        );
        assert_eq!(how_to_get("patchwright-no-such-program"), "");
    }

    #[test]
    fn no_program_is_known_twice() {
        let mut names: Vec<_> = KNOWN.iter().map(|known| known.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN.len());
    }
}
