//! Series and revision into stages: stage n is the tree after the first n patches, stage 0 the base. The spine.

pub mod downstream;
mod fitting;
pub mod given;
pub mod hostile;
pub mod mailed;
pub mod message;
pub mod place;
pub mod placeholder;
pub mod trailers;

use crate::series::{Patch, Series};
use crate::target::object::{Kind, Object};
use crate::target::{Blob, Commit, Fault, FileChange, Ident, Revision, Tree, When};
use crate::text::{Problem, Site, Source, Span};

pub use given::{Given, GivenStage, Mailed, Standing};

/// A tree after a patch, and what the patch did.
#[derive(Clone)]
pub struct Stage<'s> {
    /// The patch that made it of the stage before.
    pub patch: &'s Patch,
    /// Its tree.
    pub tree: Tree,
    /// The files that the patch changed.
    pub changes: Vec<Change>,
    /// The steps that found no place, and why that is allowed.
    pub absent: Vec<Absent>,
}

/// A file that a patch changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its path.
    pub path: String,
    /// The file before, named for people.
    pub before: Source,
    /// The file after.
    pub after: Source,
    /// Both as git keeps them.
    pub blobs: FileChange,
    /// What each step did, in order of place.
    pub made: Vec<Made>,
}

/// What a step did at one place.
#[derive(Clone, Debug)]
pub struct Made {
    /// The step's id.
    pub step: String,
    /// What it was looked for by: the expression, the comment, the section's heading.
    pub found: Site,
    /// What it is called: a function's name, a section's heading.
    pub within: String,
    /// Where in the file after its text stands.
    pub after: Span,
    /// The package of a spec that it changes, its full name.
    pub package: Option<String>,
    /// Whether it stands in its section as lines put there.
    pub inserted: Option<String>,
}

/// A step that found no place, as it may.
#[derive(Clone, Debug)]
pub struct Absent {
    /// The step's id.
    pub step: String,
    /// Why that is allowed.
    pub why: String,
}

/// Puts a patch on a tree.
///
/// # Errors
/// Every step that can't be placed, with all candidates.
pub fn stage<'s>(patch: &'s Patch, tree: &Tree, revision: &str) -> Result<Stage<'s>, Vec<Problem>> {
    let placed = place::place(patch, tree, revision)?;
    let mut next = tree.clone();
    let mut changes = Vec::new();
    for file in placed.files {
        let edits: Vec<crate::edit::Edit> =
            file.edits.iter().map(|(edit, _)| edit.clone()).collect();
        let edited = crate::edit::apply(&file.source, &edits).map_err(|problem| vec![problem])?;
        next = next.with(&file.path, edited.bytes, file.blob.mode);
        let after = read_back(&next, &file.path).map_err(|fault| vec![fault.into()])?;
        let mut made: Vec<Made> = file
            .edits
            .into_iter()
            .zip(&edited.spans)
            .map(|((_, made), span)| Made {
                after: *span,
                ..made
            })
            .collect();
        made.sort_by_key(|made| made.after);
        changes.push(Change {
            after: Source::new(file.source.name(), after.bytes.clone()),
            before: file.source,
            blobs: FileChange {
                path: file.path.clone(),
                before: Some(file.blob),
                after: Some(after),
                ..FileChange::default()
            },
            path: file.path,
            made,
        });
    }
    Ok(Stage {
        patch,
        tree: next,
        changes,
        absent: placed.absent,
    })
}

fn read_back(tree: &Tree, path: &str) -> Result<Blob, Fault> {
    tree.read(path)?.ok_or_else(|| Fault {
        absent: None,
        what: path.to_owned(),
        reason: "it vanished".to_owned(),
    })
}

/// Who and when, for the commits of a series.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Author of every patch.
    pub author: Ident,
    /// Who commits; shows in no mail.
    pub committer: Ident,
    /// Date of the first patch; each further one is a second later.
    pub date: When,
    /// Trailers below each message, `Key: value`.
    pub trailers: Vec<String>,
}

/// A series as commits, none of them written anywhere.
pub struct Commits {
    /// One for each stage. Without a repository their ids are zeros.
    pub commits: Vec<Commit>,
    /// Id of the tree of each stage, none without a repository.
    pub trees: Vec<Option<String>>,
    /// What a branch of them needs, in an order that can be written.
    pub objects: Vec<Object>,
}

/// Makes commits of stages. `there` are the patches of the series that the base has already.
///
/// # Errors
/// Where a message's template can't be rendered, or a tree can't be read.
pub fn commits(
    series: &Series,
    base: &Revision,
    stages: &[Stage],
    there: &[&str],
    signing: &Signing,
) -> Result<Commits, Problem> {
    let mut made = Commits {
        commits: Vec::new(),
        trees: Vec::new(),
        objects: Vec::new(),
    };
    let mut parent = base.commit.as_ref().map(|commit| commit.id.clone());
    for (at, stage) in stages.iter().enumerate() {
        let seconds = signing.date.seconds + i64::try_from(at).unwrap_or(0);
        let date = When {
            seconds,
            ..signing.date
        };
        let message = message::message(series, stage, there, &signing.trailers)?;
        let mut id = "0".repeat(40);
        let tree = stage.tree.objects()?;
        if let (Some((tree, objects)), Some(parent)) = (&tree, &mut parent) {
            let object = commit_object(tree, parent, signing, date, &message);
            id = object.id();
            parent.clone_from(&id);
            made.objects.extend(objects.iter().cloned());
            made.objects.push(object);
        }
        made.trees.push(tree.map(|(id, _)| id));
        let changes = stage
            .changes
            .iter()
            .map(|change| change.blobs.clone())
            .collect();
        made.commits.push(Commit {
            id,
            author: signing.author.clone(),
            date,
            message,
            changes,
        });
    }
    Ok(made)
}

fn commit_object(tree: &str, parent: &str, signing: &Signing, date: When, message: &str) -> Object {
    let stamp = |ident: &Ident| format!("{} <{}> {date}", ident.name, ident.email);
    let text = format!(
        "tree {tree}\nparent {parent}\nauthor {}\ncommitter {}\n\n{message}",
        stamp(&signing.author),
        stamp(&signing.committer)
    );
    Object {
        kind: Kind::Commit,
        bytes: text.into_bytes(),
    }
}
