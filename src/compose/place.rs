//! Where a patch goes in a tree: every step placed, or a problem that shows every candidate. Decides no status.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::{Absent, Made};
use crate::edit::{self, Edit};
use crate::locate::{self, Found, Opening};
use crate::render::render;
use crate::series::Patch;
use crate::series::step::{Comment, Edit as StepEdit, Expression, Insert, Step};
use crate::syntax::c::CFile;
use crate::syntax::spec::Spec;
use crate::target::tree::name_at;
use crate::target::{Blob, Tree};
use crate::text::{Problem, Site, Source, Span};

/// The reasons why a patch can't be placed: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "place-missing",
        "A step found no place where it needs one.",
        "Show the tree's own form to the step, or leave the patch out with --only.",
    ),
    (
        "place-ambiguous",
        "A step found another number of places than it may have.",
        "Narrow it with `within`, or allow more with `places`.",
    ),
    (
        "section-missing",
        "The spec has none of the sections that lines could be put into.",
        "Add the package's section to the step, or leave the patch out with --only.",
    ),
    (
        "section-program",
        "The section is run by a program that is no shell.",
        "Make it a shell section first, or leave the patch out with --only.",
    ),
    (
        "file-missing",
        "None of the files that a step changes is in the tree.",
        "Add the tree's own file to the step, or leave the patch out with --only.",
    ),
    (
        "edits-overlap",
        "Two steps change the same place.",
        "Narrow one of them.",
    ),
];

/// A patch, placed.
pub struct Placed {
    /// The files that it changes, by path.
    pub files: Vec<PlacedFile>,
    /// The steps that found no place and need none.
    pub absent: Vec<Absent>,
}

/// A file, and the edits that a patch makes in it.
pub struct PlacedFile {
    /// Its path.
    pub path: String,
    /// Its content, named for people.
    pub source: Source,
    /// As git keeps it.
    pub blob: Blob,
    /// The edits, each with what it is told by; [`Made::after`] is not known yet.
    pub edits: Vec<(Edit, Made)>,
}

/// Places every step of a patch.
///
/// # Errors
/// A problem for each step that has fewer or more places than it may have.
pub fn place(patch: &Patch, tree: &Tree, revision: &str) -> Result<Placed, Vec<Problem>> {
    let mut work = Work {
        tree,
        revision,
        files: BTreeMap::new(),
        scanned: BTreeMap::new(),
        expressions: BTreeMap::new(),
        absent: Vec::new(),
    };
    let problems: Vec<Problem> = patch
        .steps
        .iter()
        .filter_map(|step| work.step(step).err())
        .flatten()
        .collect();
    if problems.is_empty() {
        let files = work
            .files
            .into_values()
            .filter(|file| !file.edits.is_empty())
            .collect();
        Ok(Placed {
            files,
            absent: work.absent,
        })
    } else {
        Err(problems)
    }
}

/// What has been placed so far.
struct Work<'w> {
    tree: &'w Tree,
    revision: &'w str,
    files: BTreeMap<String, PlacedFile>,
    scanned: BTreeMap<String, CFile>,
    /// The places of each expression step, for the comments above them.
    expressions: BTreeMap<String, Vec<(String, Found)>>,
    absent: Vec<Absent>,
}

impl Work<'_> {
    fn step(&mut self, step: &Step) -> Result<(), Vec<Problem>> {
        let placed = match &step.edit {
            StepEdit::Expression(expression) => self.expression(step, expression)?,
            StepEdit::Comment(comment) => self.comment(step, comment)?,
            StepEdit::Insert(insert) => self.insert(step, insert)?,
        };
        let count = placed.len();
        if !step.places.value.allow(count) {
            return Err(vec![miscounted(step, &placed)]);
        }
        if count == 0 {
            self.absent.push(Absent {
                step: step.id.value.clone(),
                why: step.why.clone().unwrap_or_default(),
            });
        }
        for (path, edits, made) in placed {
            if let Some(file) = self.files.get_mut(&path) {
                // The first edit stands for the place; a rewrite of several tokens is still one.
                file.edits
                    .extend(edits.into_iter().map(|edit| (edit, made.clone())));
            }
        }
        Ok(())
    }

    /// Opens a file once; `false` where the tree has none of that name.
    fn open(&mut self, path: &str) -> Result<bool, Vec<Problem>> {
        if self.files.contains_key(path) {
            return Ok(true);
        }
        let Some(blob) = self.tree.read(path).map_err(|fault| vec![fault.into()])? else {
            return Ok(false);
        };
        let source = Source::new(name_at(path, self.revision), blob.bytes.clone());
        self.files.insert(
            path.to_owned(),
            PlacedFile {
                path: path.to_owned(),
                source,
                blob,
                edits: Vec::new(),
            },
        );
        Ok(true)
    }

    fn source(&self, path: &str) -> Option<Source> {
        self.files.get(path).map(|file| file.source.clone())
    }

    fn expression(
        &mut self,
        step: &Step,
        wanted: &Expression,
    ) -> Result<Vec<Placement>, Vec<Problem>> {
        let mut found = Vec::new();
        for path in &step.files {
            if self.open(path)? {
                found.extend(self.expressions_in(path, wanted));
            }
        }
        let elsewhere = self
            .tree
            .list(&step.elsewhere)
            .map_err(|fault| vec![fault.into()])?;
        for path in elsewhere.iter().filter(|path| !step.files.contains(path)) {
            let blob = self.tree.read(path).map_err(|fault| vec![fault.into()])?;
            let is_likely = blob
                .is_some_and(|blob| locate::likely(wanted, &String::from_utf8_lossy(&blob.bytes)));
            if is_likely && self.open(path)? {
                found.extend(self.expressions_in(path, wanted));
            }
        }
        self.expressions
            .insert(step.id.value.clone(), found.clone());
        let placed = found.into_iter().map(|(path, found)| {
            let source = &found.site.source;
            let edits = edit::rewrite(
                source,
                found.site.span,
                &wanted.rewrites[found.rewrite].becomes,
                &found.holes,
            );
            let made = made(step, found.site.clone(), found.function.clone());
            (path, edits, made)
        });
        Ok(placed.collect())
    }

    fn expressions_in(&mut self, path: &str, wanted: &Expression) -> Vec<(String, Found)> {
        let Some(source) = self.source(path) else {
            return Vec::new();
        };
        let scan = || CFile::scan(&source);
        let file = self.scanned.entry(path.to_owned()).or_insert_with(scan);
        let found = locate::expressions(file, wanted);
        found
            .into_iter()
            .map(|found| (path.to_owned(), found))
            .collect()
    }

    fn comment(&mut self, step: &Step, wanted: &Comment) -> Result<Vec<Placement>, Vec<Problem>> {
        let mut placed: Vec<Placement> = Vec::new();
        let mut seen = BTreeSet::new();
        for (path, found) in self
            .expressions
            .get(&wanted.above)
            .cloned()
            .unwrap_or_default()
        {
            let source = &found.site.source;
            let scan = || CFile::scan(source);
            let file = self.scanned.entry(path.clone()).or_insert_with(scan);
            let Some(comment) = file.comment_before(found.statement.start) else {
                continue;
            };
            if !wanted.matches.is_match(source.slice(comment))
                || !seen.insert((path.clone(), comment))
            {
                continue;
            }
            let text = render(&wanted.template, ()).map_err(|problem| vec![problem])?;
            let text = indented(source, comment.start, text.trim_end());
            let edit = Edit {
                span: comment,
                text,
            };
            placed.push((
                path,
                vec![edit],
                made(step, source.site(comment), found.function.clone()),
            ));
        }
        Ok(placed)
    }

    fn insert(&mut self, step: &Step, wanted: &Insert) -> Result<Vec<Placement>, Vec<Problem>> {
        let mut path = None;
        for candidate in &step.files {
            if path.is_none() && self.open(candidate)? {
                path = Some(candidate.clone());
            }
        }
        let Some((path, source)) = path.and_then(|path| Some((path.clone(), self.source(&path)?)))
        else {
            let message = format!(
                "none of the files of the step is in the tree: `{}`",
                step.files.join("`, `")
            );
            return Err(vec![
                Problem::new("file-missing", message)
                    .at(&step.id.source, step.id.span, "this step")
                    .help("leave the patch out with `--only`"),
            ]);
        };
        let spec = Spec::scan(&source);
        let openings = locate::openings(&spec, wanted);
        if openings.is_empty() {
            return Err(vec![locate::no_opening(&spec, wanted)]);
        }
        let placed = openings.iter().map(|opening| {
            let text = lines_for(&spec, opening, wanted)?;
            let edit = Edit {
                span: opening.at,
                text: text.clone(),
            };
            let heading = locate::trimmed(&source, opening.heading.span);
            let made = Made {
                package: Some(opening.package.clone()),
                inserted: Some(text),
                ..made(step, source.site(heading), source.slice(heading).to_owned())
            };
            Ok((path.clone(), vec![edit], made))
        });
        placed
            .collect::<Result<_, Problem>>()
            .map_err(|problem| vec![problem])
    }
}

/// A file's path, the edits at one place of it, and what the place is told by.
type Placement = (String, Vec<Edit>, Made);

fn made(step: &Step, found: Site, within: String) -> Made {
    Made {
        step: step.id.value.clone(),
        found,
        within,
        after: Span::new(0, 0),
        package: None,
        inserted: None,
    }
}

/// What a spec fragment's template may use.
#[derive(Serialize)]
struct Fragment<'f> {
    /// Indentation of the conditionals around.
    indent: &'f str,
    /// Conditions that the section stands in already.
    conditions: Vec<String>,
    /// Names of the macros that the spec uses.
    macros: BTreeSet<String>,
    /// Full name of the package.
    package: &'f str,
}

fn lines_for(spec: &Spec, opening: &Opening, wanted: &Insert) -> Result<String, Problem> {
    let source = &spec.source;
    if let Some(program) = opening
        .section
        .program
        .as_deref()
        .filter(|program| !program.ends_with("sh"))
    {
        let message = format!("the section is run by `{program}`, so no shell can be put into it");
        return Err(Problem::new("section-program", message)
            .at(
                source,
                locate::trimmed(source, opening.heading.span),
                "this section",
            )
            .help("make it a shell section first, or leave the patch out with `--only`"));
    }
    let fragment = Fragment {
        indent: &opening.indent,
        conditions: locate::condition_texts(&opening.section.conditions),
        macros: spec.macros(),
        package: &opening.package,
    };
    let mut text = render(&wanted.template, fragment)?;
    if source.slice(opening.heading.span).ends_with("\r\n") {
        text = text.replace('\n', "\r\n");
    }
    let before = &source.text()[..opening.at.start];
    if !before.is_empty() && !before.ends_with('\n') {
        text = format!("\n{}", text.trim_end_matches(['\r', '\n']));
    }
    Ok(text)
}

/// Indents all lines but the first as the text at `offset` is, with the file's own line ends.
fn indented(source: &Source, offset: usize, text: &str) -> String {
    let line_start = source.text()[..offset].rfind('\n').map_or(0, |at| at + 1);
    let before = &source.text()[line_start..offset];
    let indent = &before[..before.len() - before.trim_start().len()];
    let crlf = source.text()[..line_start].ends_with("\r\n");
    let end = if crlf { "\r\n" } else { "\n" };
    text.lines()
        .collect::<Vec<_>>()
        .join(&format!("{end}{indent}"))
}

fn miscounted(step: &Step, placed: &[Placement]) -> Problem {
    let places = step.places.value;
    let count = placed.len();
    let noun = if count == 1 { "place" } else { "places" };
    let message = format!(
        "the step `{}` has {count} {noun}, expected {places}",
        step.id.value
    );
    let code = if count == 0 {
        "place-missing"
    } else {
        "place-ambiguous"
    };
    let mut problem = Problem::new(code, message).at(
        &step.places.source,
        step.places.span,
        "so many are expected",
    );
    for (_, _, made) in placed {
        problem = problem.at_site(&made.found, format!("found in {}", made.within));
    }
    match &step.edit {
        StepEdit::Expression(expression) if count == 0 => {
            for rewrite in &expression.rewrites {
                problem = problem.at(
                    &rewrite.pattern.source,
                    rewrite.pattern.span,
                    "looked for this",
                );
            }
            problem.help("show the tree's own form of it to the step as a further `rewrite`, or leave the patch out with `--only`")
        }
        _ if count == 0 => problem.help("leave the patch out with `--only`"),
        _ => problem.help("narrow the step with `within`, or allow more with `places`"),
    }
}
