//! Where files with habits are looked for: a revision, the branch one stands on, a file that was named. Does not know what they say.

use crate::target::{Fault, Tree};
use crate::text::Source;

/// A place to look for files.
#[derive(Clone)]
pub enum Shelf {
    /// The files of a revision, and what it is called; empty for a plain directory.
    Tree {
        /// The files.
        tree: Tree,
        /// What a user calls the revision.
        name: String,
    },
    /// One file, whatever it is asked for as.
    File(Source),
}

impl Shelf {
    /// Returns what a user calls it.
    pub fn name(&self) -> String {
        match self {
            Shelf::Tree { name, .. } if name.is_empty() => "the directory".to_owned(),
            Shelf::Tree { name, .. } => name.clone(),
            Shelf::File(source) => source.name().to_owned(),
        }
    }
}

/// A file that was found.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its content.
    pub source: Source,
    path: String,
    place: String,
}

impl Text {
    /// Makes a text that stands at `path`, in a revision where it has one.
    pub fn new(source: Source, path: &str, revision: Option<&str>) -> Self {
        Text {
            source,
            path: path.to_owned(),
            place: revision.map_or(String::new(), |name| format!(" on {name}")),
        }
    }

    /// Returns where a byte of it stands, as `.gitpublish:3 on master`.
    pub fn origin(&self, offset: usize) -> String {
        let line = self.source.place(offset).line;
        format!("{}:{line}{}", self.path, self.place)
    }

    /// Returns where the whole of it stands, as `.gitpublish on master`.
    pub fn name(&self) -> String {
        format!("{}{}", self.path, self.place)
    }
}

/// Returns the first of the files `paths` that the first of `shelves` has which has any.
///
/// # Errors
/// Where a file is there and can't be read.
pub fn find(shelves: &[Shelf], paths: &[&str]) -> Result<Option<Text>, Fault> {
    for shelf in shelves {
        match shelf {
            Shelf::File(source) => return Ok(Some(Text::new(source.clone(), source.name(), None))),
            Shelf::Tree { tree, name } => {
                for path in paths {
                    let known = if name.is_empty() { "." } else { name };
                    if let Some(source) = tree.source(path, known)? {
                        let revision = (!name.is_empty()).then_some(name.as_str());
                        return Ok(Some(Text::new(source, path, revision)));
                    }
                }
            }
        }
    }
    Ok(None)
}
