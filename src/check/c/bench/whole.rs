//! A whole file of C, compiled against the headers of its tree before and after a change; where that can't be, its functions alone.

use std::hash::Hash;
use std::io;
use std::sync::{Arc, OnceLock};

use crate::check::Outcome;
use crate::check::c::closure::{self, Closure, Read};
use crate::check::c::diagnostic::{self, Diagnostic};
use crate::check::c::harness::{self, Playing};
use crate::check::c::whole_file;
use crate::check::sandbox::Scratch;
use crate::lock::locked;

use super::{Bench, CTree, hash_of};

/// How a file was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The whole file against the headers of its tree.
    WholeFile,
    /// Its functions alone, all they call rendered around them.
    Harness,
}

/// What compiling a stage showed.
#[derive(Clone, Debug)]
pub struct Compile {
    /// How it was compiled.
    pub how: How,
    /// Passed where it compiles without a diagnostic that the base does not have.
    pub outcome: Outcome,
    /// Why it was not compiled, or why not whole.
    pub reason: Option<String>,
    /// What the compiler says of the stage and not of the base.
    pub diagnostics: Vec<Diagnostic>,
    /// Those of them that are warnings of a kind that the base has in the same file.
    pub usual: Vec<Diagnostic>,
    /// How the compiler was called and what it said, for the evidence; none where the base was not compiled, since the stage has
    /// nothing that could be new.
    pub told: Option<Told>,
}

/// A call of the compiler.
#[derive(Clone, Debug)]
pub struct Told {
    /// The command, in the folder of the tree with the files of `made` laid over it.
    pub command: String,
    /// What it said of the base.
    pub before: String,
    /// What it said of the stage.
    pub after: String,
    /// What is included and is not in the tree: path and content.
    pub made: Vec<(String, Arc<[u8]>)>,
}

/// What the compiler said of a whole file.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    standard: String,
    diagnostics: Vec<Diagnostic>,
    fault: Option<String>,
}

impl Compile {
    /// Makes what compiling a whole file came to where the compiler said nothing new of it.
    fn without(outcome: Outcome, reason: Option<String>) -> Self {
        Compile {
            how: How::WholeFile,
            outcome,
            reason,
            diagnostics: Vec::new(),
            usual: Vec::new(),
            told: None,
        }
    }
}

impl Compiled {
    /// Returns whether it was compiled, and the compiler said nothing of it.
    fn is_silent(&self) -> bool {
        self.fault.is_none() && self.diagnostics.is_empty()
    }

    fn fault(standard: &str, reason: impl Into<String>) -> Self {
        Compiled {
            standard: standard.to_owned(),
            diagnostics: Vec::new(),
            fault: Some(reason.into()),
        }
    }

    /// Returns what is said of a header that is missing here, where the base includes it at the same place: it lacks it as well.
    fn lacks_with(&self, stage: CTree, base: CTree) -> Option<String> {
        let missing = |said: &&Diagnostic| said.is_error && said.message.ends_with(MISSING);
        let said = self.diagnostics.iter().find(missing)?;
        let before = match said.file == stage.path {
            true => base.file.bytes().clone(),
            false => (base.read)(&said.file)?,
        };
        let header = said.message.strip_suffix(MISSING)?;
        closure::names(&before, header).then(|| said.to_string())
    }

    fn complaint(&self) -> Option<String> {
        let error = self
            .diagnostics
            .iter()
            .find(|diagnostic| diagnostic.is_error);
        self.fault
            .clone()
            .or_else(|| error.map(Diagnostic::to_string))
    }
}

/// What GCC says behind the name of a header that is nowhere; of another compiler both versions are compiled.
const MISSING: &str = ": No such file or directory";

/// Headers on the disk, or why they are not.
pub(super) type Ground = Result<Scratch, String>;

/// A file to compile, with all it includes.
#[derive(PartialEq, Eq, Hash)]
struct Unit<'u> {
    path: &'u str,
    text: &'u Arc<[u8]>,
    closure: Closure,
}

impl Bench<'_> {
    /// Compiles a stage, and compares what the compiler says with what it says of the base.
    ///
    /// The whole file is compiled where the base compiles that way; else `functions` alone. A base that compiles neither way is
    /// an error, a machine without a compiler a skip. Where no functions are named, a stage of which the compiler says nothing
    /// passes whatever the base is.
    pub fn compile(&self, stage: CTree, base: CTree, functions: &[String]) -> Compile {
        if let Some(reason) = self.no_compiler() {
            return Compile::without(Outcome::Skipped, Some(reason));
        }
        let standards = &self.kit.rules.manifest.compiler.standards;
        let first = &standards[..1.min(standards.len())];
        let stage_unit = self.unit(stage);
        if functions.is_empty() {
            let early = self.whole(&stage_unit, first);
            // What nothing is said of has nothing new said of it.
            if early.is_silent() {
                return Compile::without(Outcome::Passed, None);
            }
            if let Some(missing) = early.lacks_with(stage, base) {
                let reason =
                    format!("the whole file can't be compiled outside its build: {missing}");
                return self.compile_alone(stage, base, functions, reason);
            }
        }
        let base_unit = self.unit(base);
        // Most bases compile with the first standard, so that both are compiled at once; a file of which no function is known may be
        // any of its tree, and most of those can't be compiled outside their build.
        let apart = base_unit != stage_unit;
        let (before, early) = rayon::join(
            || self.whole(&base_unit, standards),
            || (apart && !functions.is_empty()).then(|| self.whole(&stage_unit, first)),
        );
        if let Some(complaint) = before.complaint() {
            let reason = format!("the whole file can't be compiled outside its build: {complaint}");
            return self.compile_alone(stage, base, functions, reason);
        }
        let after = match early {
            None if !apart => before.clone(),
            Some(early) if early.standard == before.standard => early,
            _ => self.whole(&stage_unit, std::slice::from_ref(&before.standard)),
        };
        if let Some(fault) = &after.fault {
            return Compile::without(Outcome::Error, Some(fault.clone()));
        }
        let new = diagnostic::new_ones(&before.diagnostics, &after.diagnostics);
        let is_usual = |said: &&&Diagnostic| said.is_of_kind_of(&before.diagnostics);
        let outcome = match new.is_empty() {
            true => Outcome::Passed,
            false => Outcome::Failed,
        };
        Compile {
            usual: new.iter().filter(is_usual).copied().cloned().collect(),
            diagnostics: new.into_iter().cloned().collect(),
            told: Some(self.told(&stage_unit, stage.read, &before, &after)),
            ..Compile::without(outcome, None)
        }
    }

    fn told(&self, unit: &Unit, read: Read, before: &Compiled, after: &Compiled) -> Told {
        let said = |compiled: &Compiled| -> String {
            let lines = compiled.diagnostics.iter();
            lines.map(|said| format!("{said}\n")).collect()
        };
        let (closure, flags) = (&unit.closure, self.flags());
        let generating = whole_file::generating(self.kit, closure).unwrap_or_default();
        let compiling =
            whole_file::compiling(self.kit, unit.path, closure, &before.standard, flags);
        Told {
            command: format!("{generating}{compiling}"),
            before: said(before),
            after: said(after),
            made: closure.made(read),
        }
    }

    fn compile_alone(
        &self,
        stage: CTree,
        base: CTree,
        functions: &[String],
        reason: String,
    ) -> Compile {
        let mut compile = Compile {
            how: How::Harness,
            ..Compile::without(Outcome::Passed, Some(reason))
        };
        for playing in self.play(stage.path, stage.file, base.file, functions) {
            compile.told.get_or_insert_with(|| told_alone(&playing));
            // That a case is wrong is the other check's business.
            let compiled = playing.diagnostics.is_empty() && playing.outcome != Outcome::Error;
            if !compiled {
                compile.outcome = playing.outcome;
                compile.reason = playing.reason;
                compile.diagnostics.extend(playing.diagnostics);
            }
        }
        compile
    }

    fn unit<'t>(&self, tree: CTree<'t>) -> Unit<'t> {
        Unit {
            path: tree.path,
            text: tree.file.bytes(),
            closure: closure::read(self.kit, tree.path, tree.file.bytes(), tree.read),
        }
    }

    fn whole(&self, unit: &Unit, standards: &[String]) -> Arc<Compiled> {
        let key = |standards: &[String]| hash_of(&(unit, standards));
        if let Some(known) = locked(&self.compiled).get(&key(standards)) {
            return known.clone();
        }
        let compiled = Arc::new(self.compile_unit(unit, standards));
        let mut known = locked(&self.compiled);
        known.insert(
            key(std::slice::from_ref(&compiled.standard)),
            compiled.clone(),
        );
        known.insert(key(standards), compiled.clone());
        compiled
    }

    /// Compiles with the first standard that brings no error; where all do, what the first says is kept.
    fn compile_unit(&self, unit: &Unit, standards: &[String]) -> Compiled {
        let ground = self.ground(&unit.closure);
        let mut first = None;
        for standard in standards {
            let compiled = match ground.get() {
                Some(Ok(scratch)) => self.compile_once(unit, scratch, standard),
                Some(Err(reason)) => Compiled::fault(standard, reason.clone()),
                None => Compiled::fault(standard, "the headers were not laid down"),
            };
            // Another standard does not bring a header.
            let is_final = compiled
                .complaint()
                .is_none_or(|complaint| complaint.contains("No such file"));
            if is_final {
                return compiled;
            }
            first.get_or_insert(compiled);
        }
        first.unwrap_or_else(|| Compiled::fault("", "the manifest names no standard"))
    }

    /// Lays the headers down and generates what is missing, once for all files that include the same.
    fn ground(&self, closure: &Closure) -> Arc<OnceLock<Ground>> {
        let key = hash_of(closure);
        let ground = locked(&self.grounds).entry(key).or_default().clone();
        // Whoever comes second waits here, not at the lock of the map.
        ground.get_or_init(|| {
            let unusable = |error: io::Error| format!("no scratch folder: {error}");
            let scratch = Scratch::in_memory().map_err(unusable)?;
            whole_file::lay(closure, scratch.path()).map_err(unusable)?;
            let Some(script) = whole_file::generating(self.kit, closure) else {
                return Ok(scratch);
            };
            match self.shell(&scratch, &[script]) {
                Ok(ran) if ran.status == 0 => Ok(scratch),
                Ok(_) => {
                    Err("a header that the build generates can't be generated here".to_owned())
                }
                Err(error) => Err(format!("the sandbox could not be used: {error}")),
            }
        });
        ground
    }

    /// Compiles the file laid beside the place it has in its tree, so that it finds what lies beside it, under its own name.
    fn compile_once(&self, unit: &Unit, scratch: &Scratch, standard: &str) -> Compiled {
        let (folder, name) = unit.path.rsplit_once('/').unwrap_or((".", unit.path));
        let place = format!("{folder}/{:016x}-{name}", hash_of(unit.text));
        let mut text = format!("#line 1 \"{}\"\n", unit.path).into_bytes();
        text.extend_from_slice(unit.text);
        let whole = scratch.path().join(&place);
        let laid = std::fs::create_dir_all(scratch.path().join(folder));
        if let Err(error) = laid.and_then(|()| std::fs::write(whole, text)) {
            return Compiled::fault(standard, format!("no scratch folder: {error}"));
        }
        let script = whole_file::compiling(self.kit, &place, &unit.closure, standard, self.flags());
        let ran = match self.shell(scratch, &[script]) {
            Ok(ran) => ran,
            Err(error) => {
                let reason = format!("the sandbox could not be used: {error}");
                return Compiled::fault(standard, reason);
            }
        };
        if let Some(limit) = ran.stopped {
            return Compiled::fault(standard, format!("the compiler was stopped: {limit}"));
        }
        let output = String::from_utf8_lossy(&ran.stdout);
        Compiled {
            standard: standard.to_owned(),
            diagnostics: match ran.status {
                0 => diagnostic::read(&output),
                _ => harness::complaints(&output),
            },
            fault: None,
        }
    }
}

fn told_alone(playing: &Playing) -> Told {
    let name = format!("{}.c", playing.function);
    let lines = playing.diagnostics.iter();
    Told {
        command: format!("{} -o harness {name}\n", playing.compiler),
        before: String::new(),
        after: lines.map(|said| format!("{said}\n")).collect(),
        made: vec![(name, Arc::from(playing.harness.as_bytes()))],
    }
}
