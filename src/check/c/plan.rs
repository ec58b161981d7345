//! What the file of a tree is linked with, and what of that has to be compiled. Compiles nothing.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::series::harness::Linked;
use crate::syntax::c::Parameter;
use crate::target::object::{Kind, id_of};
use crate::text::Source;

use super::closure::{self, Closure};
use super::scene::{Beside, Scanned};
use super::{Bench, CTree, Kit, reach};

/// What the file of a tree is linked with.
pub(super) struct Plan<'p> {
    pub(super) manifest: &'p Linked,
    tree: CTree<'p>,
    /// Text of the program's main file.
    pub(super) driver: String,
    /// What has to lie on the disk.
    closure: Closure,
    /// Files of the tree that are compiled.
    pub(super) sources: Vec<String>,
    /// Differs where anything of the tree does that matters, but for the file itself.
    pub(super) key: String,
}

impl Plan<'_> {
    /// Returns the file, and the tree that it stands in.
    pub(super) fn tree(&self) -> CTree<'_> {
        self.tree
    }

    /// Returns the paths of what has to lie on the disk.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.closure.files.keys().map(String::as_str)
    }

    /// Returns all of it.
    pub(super) fn whole(&self) -> Part {
        Part {
            closure: self.closure.clone(),
            file: self.tree.file.bytes().clone(),
            key: self.key.clone(),
            gone: BTreeSet::new(),
        }
    }

    /// Returns it without the functions that the program never comes to; `functions` are the texts of the series in it.
    fn reached(&self, functions: &[&str]) -> Part {
        let mut sources = vec![self.tree.file.clone()];
        let mut headers = Vec::new();
        for (path, content) in &self.closure.files {
            let source = || Source::new(path, content.clone());
            if self.sources.contains(path) {
                sources.push(source());
            } else if path != self.tree.path {
                headers.push(source());
            }
        }
        let begin = [functions, &[&self.driver]].concat();
        let reach::Reached { texts, gone } = reach::reached(&begin, &sources, &headers);
        let mut texts = sources.iter().map(Source::name).zip(texts);
        let file = texts.next().map(|(_, text)| text).unwrap_or_default();
        let mut closure = self.closure.clone();
        let texts = texts.map(|(path, text)| (path.to_owned(), text));
        closure.files.extend(texts);
        Part {
            key: key_of(&closure),
            closure,
            file,
            gone,
        }
    }

    /// Whether it makes the same program.
    pub(super) fn is_as(&self, other: &Plan) -> bool {
        self.key == other.key && self.tree.file.bytes() == other.tree.file.bytes()
    }
}

/// What of a plan is laid down to be compiled.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) closure: Closure,
    /// The file under test.
    pub(super) file: Arc<[u8]>,
    /// Differs where anything does but that file.
    pub(super) key: String,
    /// Functions that are not in it.
    pub(super) gone: BTreeSet<String>,
}

/// What the template of the main file is given.
#[derive(Serialize)]
struct Values<'v> {
    file: &'v str,
    functions: BTreeMap<&'v str, Vec<Value<'v>>>,
    surroundings: &'v str,
}

#[derive(Serialize)]
struct Value<'v> {
    name: &'v str,
    text: &'v str,
}

impl<'v> Value<'v> {
    fn of(parameter: &'v Parameter) -> Self {
        Value {
            name: &parameter.name,
            text: &parameter.text,
        }
    }
}

impl Bench<'_> {
    /// Tells what the file of a tree is linked with.
    ///
    /// # Errors
    /// Why it can't be linked, in words.
    pub(super) fn plan<'t>(&'t self, tree: CTree<'t>) -> Result<Plan<'t>, String> {
        let (Some(manifest), Some((template, _))) =
            (&self.kit.rules.manifest.linked, &self.kit.linked)
        else {
            return Err("the series does not tell how it is linked".to_owned());
        };
        if let Some(reason) = self.no_compiler() {
            return Err(reason);
        }
        let (closure, sources) = self.closure(manifest, tree);
        Ok(Plan {
            manifest,
            tree,
            driver: driver(self.kit, template, tree)?,
            key: key_of(&closure),
            closure,
            sources,
        })
    }

    /// Leaves out the functions that the program never comes to; of an equal file of an equal tree they are looked for once.
    pub(super) fn reached(&self, plan: &Plan) -> Arc<Part> {
        let functions = self.kit.linked.iter().flat_map(|(_, functions)| functions);
        let functions: Vec<&str> = functions.map(Source::text).collect();
        let file = id_of(Kind::Blob, plan.tree.file.bytes());
        let names = plan.sources.join("\n");
        let mut question = vec![
            plan.key.as_str(),
            plan.tree.path,
            &file,
            &names,
            &plan.driver,
        ];
        question.extend(&functions);
        let memory = self.sandbox.memory();
        memory.once("reached", &question, || Arc::new(plan.reached(&functions)))
    }

    /// What has to lie on the disk, and which of the files that are linked the tree has: those that the series tells of, and sources
    /// that are new in it.
    fn closure(&self, manifest: &Linked, tree: CTree) -> (Closure, Vec<String>) {
        let there = |path: &str| Some((path.to_owned(), (tree.read)(path)?));
        let known = manifest.sources.iter().map(String::as_str);
        let added = tree.beside.into_iter().flat_map(Beside::added_sources);
        let added = added.filter(|path| *path != tree.path);
        let added = added.filter(|path| !manifest.sources.iter().any(|known| known == path));
        let sources: Vec<_> = known.chain(added).filter_map(there).collect();
        let mut roots = sources.clone();
        roots.push((tree.path.to_owned(), tree.file.bytes().clone()));
        let mut closure = closure::of_all(self.kit, roots, tree.read);
        let names = sources.iter().map(|(path, _)| path.clone()).collect();
        closure.files.extend(sources);
        (closure, names)
    }
}

fn driver(kit: &Kit, template: &Source, tree: CTree) -> Result<String, String> {
    let scanned = Scanned::new(tree.file);
    let functions = scanned.functions.iter();
    let values = Values {
        file: tree.path,
        functions: functions
            .map(|function| {
                let parameters = function.params.iter().map(Value::of);
                (function.name.as_str(), parameters.collect())
            })
            .collect(),
        surroundings: &kit.surroundings,
    };
    crate::render::render(template, values).map_err(|problem| problem.to_string())
}

/// Returns a text that differs where anything of a closure does.
fn key_of(closure: &Closure) -> String {
    let mut all = String::new();
    for (path, content) in &closure.files {
        all.push_str(&format!("{path}\n{}\n", id_of(Kind::Blob, content)));
    }
    for (header, from) in &closure.generated {
        all.push_str(&format!("{header}\n{from}\n"));
    }
    all
}
