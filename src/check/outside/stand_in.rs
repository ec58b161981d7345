//! Stand-ins for files that a build names and a sandbox does not show. Builds nothing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use crate::check::sandbox::Scratch;

/// Files of a build that lie where the sandbox shows nothing, as in somebody's home: a program is stood in for by the one of that name
/// that it does show, another file by an empty one. Were they missing, a build would be configured anew.
pub(super) struct StandIns {
    folder: Scratch,
    /// Where each is; the file in the folder has its number.
    paths: Vec<PathBuf>,
}

impl StandIns {
    /// Makes one for each file that a text names, that exists, and that is in none of the folders `shown`.
    ///
    /// # Errors
    /// Where one can't be written.
    pub(super) fn of(text: &str, shown: &[&Path]) -> io::Result<Self> {
        let folder = Scratch::new()?;
        // Blanks within a path are escaped there (Ninja manual, Lexical syntax); such a path is not looked for.
        let words =
            text.split(|letter: char| letter.is_whitespace() || "\"'|:;&()".contains(letter));
        let paths: BTreeSet<&str> = words.filter(|word| word.starts_with('/')).collect();
        let is_hidden = |path: &&Path| {
            let plain = path.components().all(|part| part != Component::ParentDir);
            plain && !shown.iter().any(|shown| path.starts_with(shown)) && path.is_file()
        };
        let paths: Vec<PathBuf> = paths
            .into_iter()
            .map(Path::new)
            .filter(is_hidden)
            .take(MOST)
            .map(Path::to_owned)
            .collect();
        for (number, path) in paths.iter().enumerate() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = shlex::try_quote(&name).map_err(io::Error::other)?;
            let place = folder.path().join(number.to_string());
            let real = fs::metadata(path)?;
            if real.permissions().mode() & 0o111 == 0 {
                fs::write(&place, "")?;
            } else {
                fs::write(&place, format!("#!/bin/sh\nexec {name} \"$@\"\n"))?;
                fs::set_permissions(&place, fs::Permissions::from_mode(0o755))?;
            }
            File::open(&place)?.set_modified(real.modified()?)?;
        }
        Ok(StandIns { folder, paths })
    }

    /// Returns each: where it is on this machine, and where it stands inside.
    pub(super) fn all(&self) -> impl Iterator<Item = (PathBuf, &PathBuf)> {
        let numbered = self.paths.iter().enumerate();
        numbered.map(|(number, path)| (self.folder.path().join(number.to_string()), path))
    }
}

/// More files than this are not stood in for: each is a mount of every job.
const MOST: usize = 200;

/// Folders that a sandbox shows of the machine, or stands other things in.
pub(super) const SHOWN: [&str; 10] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/dev", "/etc",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_program_out_of_sight_is_stood_in_for_by_its_namesake_and_another_file_by_an_empty_one() {
        let home = tempfile::tempdir().unwrap();
        let (tool, text) = (home.path().join("python3"), home.path().join("a.txt"));
        fs::write(&tool, "").unwrap();
        fs::write(&text, "mine").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        File::open(&tool).unwrap().set_modified(then).unwrap();
        let ninja = format!(
            "build a: r | {} {} /usr/bin/env\n command = '{0}' -c",
            tool.display(),
            text.display()
        );
        let made = StandIns::of(
            &ninja.replace("{0}", &tool.display().to_string()),
            &[Path::new("/usr")],
        )
        .unwrap();
        assert_eq!(made.paths, [text, tool]);
        let empty = made.folder.path().join("0");
        assert_eq!(fs::read_to_string(empty).unwrap(), "");
        let stand_in = made.folder.path().join("1");
        assert_eq!(
            fs::read_to_string(&stand_in).unwrap(),
            "#!/bin/sh\nexec python3 \"$@\"\n"
        );
        assert_eq!(fs::metadata(&stand_in).unwrap().modified().unwrap(), then);
    }
}
