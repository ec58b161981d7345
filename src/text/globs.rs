//! Path patterns (`src/**/*.c`), and the folders below which a match can lie. Knows no file system.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A set of path patterns; `*` does not cross a slash, `**` does.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    set: GlobSet,
    roots: Vec<String>,
}

impl Globs {
    /// Reads patterns.
    ///
    /// # Errors
    /// The position of the first that is no glob, and why.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, (usize, String)> {
        Self::read(texts, true)
    }

    /// Reads a pattern in which `*` crosses slashes, as git matches the names of branches and tags.
    ///
    /// # Errors
    /// Why it is no glob.
    pub fn across(text: &str) -> Result<Self, String> {
        Self::read([text], false).map_err(|(_, why)| why)
    }

    fn read<'t>(
        texts: impl IntoIterator<Item = &'t str>,
        stays: bool,
    ) -> Result<Self, (usize, String)> {
        let mut builder = GlobSetBuilder::new();
        let mut roots = Vec::new();
        for (at, text) in texts.into_iter().enumerate() {
            let glob = GlobBuilder::new(text).literal_separator(stays).build();
            builder.add(glob.map_err(|error| (at, error.kind().to_string()))?);
            roots.push(root_of(text));
        }
        let set = builder.build().map_err(|error| (0, error.to_string()))?;
        Ok(Globs { set, roots })
    }

    /// Returns whether a path matches one of them.
    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    /// Returns whether a match can lie in `folder` (no slash at its end, empty for the top).
    pub fn reach(&self, folder: &str) -> bool {
        self.roots
            .iter()
            .any(|root| is_within(folder, root) || is_within(root, folder))
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }
}

/// The folder that the part of a glob before its first wildcard names.
fn root_of(glob: &str) -> String {
    let literal = &glob[..glob.find(['*', '?', '[', '{']).unwrap_or(glob.len())];
    literal
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder)
        .to_owned()
}

fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path == folder
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::Globs;

    #[test]
    fn a_star_stays_in_its_folder_and_two_do_not() {
        let globs = Globs::new(["src/qemu/*.c", "lib/**/*.c"]).unwrap();
        assert!(globs.matches("src/qemu/a.c") && !globs.matches("src/qemu/b/a.c"));
        assert!(globs.matches("lib/a.c") && globs.matches("lib/x/y/a.c"));
        assert!(
            globs.reach("")
                && globs.reach("src")
                && globs.reach("src/qemu")
                && globs.reach("lib/x")
        );
        assert!(!globs.reach("docs") && !globs.reach("src/qemu2"));
        assert!(Globs::new(["a", "[x"]).is_err_and(|(at, _)| at == 1));
        let across = Globs::across("refs/heads/*").unwrap();
        assert!(across.matches("refs/heads/a/b") && !across.matches("refs/tags/a"));
    }
}
