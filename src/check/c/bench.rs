//! Where C is compiled and played: the checks `compile` and `behaviour` of a C file. Does not know which patch made it.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::check::Outcome;
use crate::check::sandbox::{Job, Limits, Ran, Sandbox, Scratch};
use crate::check::tool;
use crate::text::Source;

use super::closure::{self, Closure, Read};
use super::diagnostic::{self, Diagnostic};
use super::harness::{self, Built, Otherwise, Playing};
use super::scene::{self, Part, Scanned};
use super::{Kit, whole_file};

/// Compiles and plays; each distinct input once.
pub struct Bench<'b> {
    pub(super) kit: &'b Kit,
    pub(super) sandbox: &'b Sandbox,
    built: Mutex<HashMap<String, Arc<OnceLock<Built>>>>,
    compiled: Mutex<HashMap<u64, Arc<Compiled>>>,
    grounds: Mutex<HashMap<u64, Arc<OnceLock<Ground>>>>,
    flags: OnceLock<String>,
    libraries: OnceLock<String>,
    compiler: OnceLock<Option<String>>,
}

/// A file of a tree, with a way to read what it includes.
#[derive(Clone, Copy)]
pub struct CTree<'t> {
    /// Path of the file in the tree.
    pub path: &'t str,
    /// The file.
    pub file: &'t Source,
    /// The tree it stands in.
    pub read: Read<'t>,
}

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
    /// How the compiler was called and what it said, for the evidence.
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
struct Compiled {
    standard: String,
    diagnostics: Vec<Diagnostic>,
    fault: Option<String>,
}

impl Compiled {
    fn fault(standard: &str, reason: impl Into<String>) -> Self {
        Compiled {
            standard: standard.to_owned(),
            diagnostics: Vec::new(),
            fault: Some(reason.into()),
        }
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

/// Headers on the disk, or why they are not.
type Ground = Result<Scratch, String>;

/// A function of a stage, rendered, and what is known from its base of how to build and ask it.
pub(super) struct Ready<'k> {
    pub(super) part: Part<'k>,
    pub(super) source: String,
    options: String,
    arguments: Vec<String>,
    pub(super) otherwise: Otherwise,
}

/// A file to compile, with all it includes.
#[derive(PartialEq, Eq, Hash)]
struct Unit<'u> {
    path: &'u str,
    text: &'u Arc<[u8]>,
    closure: Closure,
}

/// Exit status of the harness script where the harness does not compile.
const NOT_COMPILED: i32 = 101;

impl<'b> Bench<'b> {
    /// Makes a bench.
    pub fn new(kit: &'b Kit, sandbox: &'b Sandbox) -> Self {
        Bench {
            kit,
            sandbox,
            built: Mutex::default(),
            compiled: Mutex::default(),
            grounds: Mutex::default(),
            flags: OnceLock::new(),
            libraries: OnceLock::new(),
            compiler: OnceLock::new(),
        }
    }

    /// Compiles a stage, and compares what the compiler says with what it says of the base.
    ///
    /// The whole file is compiled where the base compiles that way; else `functions` alone. A base that compiles neither way is
    /// an error, a machine without a compiler a skip.
    pub fn compile(&self, stage: CTree, base: CTree, functions: &[String]) -> Compile {
        if let Some(reason) = self.no_compiler() {
            return Compile {
                how: How::WholeFile,
                outcome: Outcome::Skipped,
                reason: Some(reason),
                diagnostics: Vec::new(),
                told: None,
            };
        }
        let standards = &self.kit.rules.manifest.compiler.standards;
        let (base_unit, stage_unit) = (self.unit(base), self.unit(stage));
        // Most bases compile with the first standard, so that both are compiled at once; a file of which no function is known may be
        // any of its tree, and most of those can't be compiled outside their build.
        let first = &standards[..1.min(standards.len())];
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
            return Compile {
                how: How::WholeFile,
                outcome: Outcome::Error,
                reason: Some(fault.clone()),
                diagnostics: Vec::new(),
                told: None,
            };
        }
        let new = diagnostic::new_ones(&before.diagnostics, &after.diagnostics);
        Compile {
            how: How::WholeFile,
            outcome: if new.is_empty() {
                Outcome::Passed
            } else {
                Outcome::Failed
            },
            reason: None,
            diagnostics: new.into_iter().cloned().collect(),
            told: Some(self.told(&stage_unit, stage.read, &before, &after)),
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
            outcome: Outcome::Passed,
            reason: Some(reason),
            diagnostics: Vec::new(),
            told: None,
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

    /// Plays `functions` of `file` through their cases; what stands around them is judged by `base`.
    ///
    /// `path` is what the compiler and the reports call the file.
    pub fn play(
        &self,
        path: &str,
        file: &Source,
        base: &Source,
        functions: &[String],
    ) -> Vec<Playing> {
        if let Some(reason) = self.no_compiler() {
            let skipped =
                |name: &String| Playing::without_cases(name, Outcome::Skipped, reason.clone());
            return functions.iter().map(skipped).collect();
        }
        let base = Scanned::new(base);
        let same = file.bytes() == base.file.source.bytes();
        let stage = (!same).then(|| Scanned::new(file));
        let stage = stage.as_ref().unwrap_or(&base);
        functions
            .iter()
            .map(|name| self.play_one(path, name, stage, &base))
            .collect()
    }

    /// Returns what [`Bench::play`] would compile for a function, but for the lines that tell where it stands; none where it can't be
    /// rendered. Two that are equal behave alike.
    pub fn rendered(&self, path: &str, file: &Source, base: &Source, name: &str) -> Option<String> {
        let base = Scanned::new(base);
        let part = scene::part(self.kit, &base, base.function(name)?)?;
        let stage = Scanned::new(file);
        let after = stage.function(name)?;
        let text = harness::render(self.kit, path, &stage, after, part.shape, &base).ok()?;
        let lines = text.lines().filter(|line| !line.starts_with("#line "));
        Some(lines.collect::<Vec<_>>().join("\n"))
    }

    fn play_one(&self, path: &str, name: &str, stage: &Scanned, base: &Scanned) -> Playing {
        let ready = match self.ready(path, name, stage, base) {
            Ok(ready) => ready,
            Err(stopped) => return *stopped,
        };
        let built = self.ready_built(&ready);
        let cases = harness::judged(&ready.part, &built, ready.otherwise);
        let arguments = ready.arguments.iter();
        let arguments: Vec<String> = arguments.map(|word| whole_file::quoted(word)).collect();
        Playing {
            function: name.to_owned(),
            shape: ready.part.shape.id.clone(),
            outcome: match built.works() {
                _ if built.fault.is_some() => Outcome::Error,
                true if cases.iter().all(|case| case.right) => Outcome::Passed,
                _ => Outcome::Failed,
            },
            reason: (!built.works()).then(|| unplayable(&built)),
            cases: if built.works() { cases } else { Vec::new() },
            diagnostics: built.diagnostics.clone(),
            harness: ready.source,
            compiler: self.compiler(&built.options),
            arguments: arguments.join(" "),
        }
    }

    /// Renders the function of a stage, and builds that of the base, which must work; the stage's is built beside it.
    pub(super) fn ready(
        &self,
        path: &str,
        name: &str,
        stage: &Scanned,
        base: &Scanned,
    ) -> Result<Ready<'_>, Box<Playing>> {
        let error = |reason: String| Box::new(Playing::without_cases(name, Outcome::Error, reason));
        let before = base
            .function(name)
            .ok_or_else(|| error(format!("the base has no function `{name}`")))?;
        let part = scene::part(self.kit, base, before).ok_or_else(|| {
            error(format!(
                "`{name}` has none of the shapes that the harness knows"
            ))
        })?;
        let after = stage.function(name).ok_or_else(|| {
            let reason = format!("there is no function `{name}` any more");
            Box::new(Playing::without_cases(name, Outcome::Failed, reason))
        })?;
        let rendered = |scanned, function| {
            harness::render(self.kit, path, scanned, function, part.shape, base)
        };
        let base_source = rendered(base, before).map_err(error)?;
        let source = rendered(stage, after).map_err(error)?;
        let attempts = self.attempts();
        let arguments = harness::arguments(&part.cases);
        // Most bases work with the first options, so that both are built at once.
        let first = &attempts[..1.min(attempts.len())];
        let (base_built, _) = rayon::join(
            || self.built(&base_source, &arguments, &attempts),
            || (source != base_source).then(|| self.built(&source, &arguments, first)),
        );
        if !base_built.works() {
            let mut playing = error(unplayable(&base_built));
            playing.diagnostics.clone_from(&base_built.diagnostics);
            playing.harness = base_source;
            return Err(playing);
        }
        Ok(Ready {
            otherwise: harness::otherwise(&part, &base_built),
            options: base_built.options,
            part,
            source,
            arguments,
        })
    }

    /// Builds a stage's function with the options that its base works with.
    pub(super) fn ready_built(&self, ready: &Ready) -> Built {
        let options = std::slice::from_ref(&ready.options);
        self.built(&ready.source, &ready.arguments, options)
    }

    /// Returns the options to try in order: each standard with warnings as errors, then the first with warnings let pass, for a
    /// compiler that warns of what this one does not.
    fn attempts(&self) -> Vec<String> {
        let silenced = self
            .kit
            .rules
            .manifest
            .harness
            .silenced
            .iter()
            .map(|name| format!(" -Wno-{name}"));
        let silenced: String = silenced.collect();
        let standards = self.kit.rules.manifest.compiler.standards.iter();
        let mut lenient =
            standards.map(|standard| whole_file::options(self.kit, standard) + &silenced);
        let first = lenient.next();
        let strict = first
            .iter()
            .cloned()
            .chain(lenient)
            .map(|options| format!("{options} -Werror"));
        strict.chain(first.clone()).collect()
    }

    /// Builds and runs a harness with the first options that it works with; where none do, what the first brought is kept.
    fn built(&self, source: &str, arguments: &[String], attempts: &[String]) -> Built {
        let key = |attempts: &[String]| {
            let (attempts, arguments) = (attempts.join("\n"), arguments.join("\n"));
            format!("{attempts}\n{arguments}\n{source}")
        };
        let place = locked(&self.built)
            .entry(key(attempts))
            .or_default()
            .clone();
        // Whoever comes second waits here, not at the lock of the map.
        let built = place.get_or_init(|| self.first_working(source, arguments, attempts));
        // A stage is built with the base's options: an equal text is the same harness then.
        let options = std::slice::from_ref(&built.options);
        locked(&self.built)
            .entry(key(options))
            .or_insert_with(|| place.clone());
        built.clone()
    }

    fn first_working(&self, source: &str, arguments: &[String], attempts: &[String]) -> Built {
        let mut first = None;
        for options in attempts {
            let found = self.build(source, arguments, options);
            if found.works() {
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_else(|| broken("", "the manifest names no standard"))
    }

    fn build(&self, source: &str, cases: &[String], options: &str) -> Built {
        let memory = self.sandbox.memory();
        let (compiler, told) = (&self.kit.rules.manifest.compiler.program, cases.join("\n"));
        let anew = || self.build_anew(source, cases, options);
        // Where a function stands in its file matters to what the compiler says alone.
        let text = harness::without_lines(source);
        let built = memory.once("harness", &[compiler, options, &told, &text], anew);
        if built.works() {
            return built;
        }
        memory.once("refused harness", &[compiler, options, &told, source], anew)
    }

    /// Returns the compiler with options, as a shell takes them.
    fn compiler(&self, options: &str) -> String {
        let program = whole_file::quoted(&self.kit.rules.manifest.compiler.program);
        format!("{program} {options}")
    }

    fn build_anew(&self, source: &str, cases: &[String], options: &str) -> Built {
        let compiler = self.compiler(options);
        let compile = format!("{compiler} -o harness harness.c 2>&1 || exit {NOT_COMPILED}");
        let mut arguments = vec![
            format!("{compile}\nexec ./harness \"$@\"\n"),
            "harness".to_owned(),
        ];
        arguments.extend_from_slice(cases);
        let laid = Scratch::new().and_then(|scratch| {
            std::fs::write(scratch.path().join("harness.c"), source)?;
            let ran = self.shell(&scratch, &arguments)?;
            Ok((scratch, ran))
        });
        let (scratch, ran) = match laid {
            Ok(laid) => laid,
            Err(error) => {
                return broken(options, format!("the sandbox could not be used: {error}"));
            }
        };
        let output = String::from_utf8_lossy(&ran.stdout);
        let mut built = Built {
            program: Some(Arc::new(scratch)),
            ..broken(options, "")
        };
        built.fault = None;
        match (ran.status, ran.stopped) {
            (_, Some(_)) => built.stopped = ran.stopped,
            (0, None) => built.seen = harness::read(&output),
            (NOT_COMPILED, None) => built.diagnostics = harness::complaints(&output),
            (status, None) => built.fault = Some(format!("the harness ended with status {status}")),
        }
        if !built.works() {
            built.program = None;
        }
        built
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
            let scratch = Scratch::new().map_err(unusable)?;
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

    /// Returns why there is no compiler, asked once.
    pub(super) fn no_compiler(&self) -> Option<String> {
        let asked = self.compiler.get_or_init(|| {
            let program = &self.kit.rules.manifest.compiler.program;
            let script = format!("command -v {} > /dev/null", whole_file::quoted(program));
            match Scratch::new().and_then(|scratch| self.shell(&scratch, &[script])) {
                Ok(ran) if ran.status == 0 => None,
                Ok(_) => Some(format!("no `{program}`: {}", tool::how_to_get(program))),
                Err(error) => Some(format!("the sandbox could not be used: {error}")),
            }
        });
        asked.clone()
    }

    /// Returns the compiler's flags for the packages that are installed, asked once.
    pub(super) fn flags(&self) -> &str {
        let packages = &self.kit.rules.manifest.whole_file.packages;
        self.flags
            .get_or_init(|| self.of_packages("--cflags", packages))
    }

    /// Returns the linker's flags for packages that are installed, asked once.
    pub(super) fn libraries(&self, packages: &[String]) -> &str {
        self.libraries
            .get_or_init(|| self.of_packages("--libs", packages))
    }

    fn of_packages(&self, option: &str, packages: &[String]) -> String {
        let packages: Vec<String> = packages
            .iter()
            .map(|package| whole_file::quoted(package))
            .collect();
        let ask = |packages: &str| format!("pkg-config {option} {packages} 2> /dev/null");
        // All at once is five times as fast, but one that is missing spoils it.
        let each: String = packages
            .iter()
            .map(|package| format!("{}\n", ask(package)))
            .collect();
        let script = format!("{} && exit\n{each}true\n", ask(&packages.join(" ")));
        let memory = self.sandbox.memory();
        memory.once("packages", &[&script], || {
            let ran = Scratch::new()
                .and_then(|scratch| self.shell(&scratch, std::slice::from_ref(&script)));
            let output = ran
                .map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned())
                .unwrap_or_default();
            let words = output.split_whitespace().map(whole_file::quoted);
            words.collect::<Vec<_>>().join(" ")
        })
    }

    /// Runs `sh -c` in a scratch folder.
    pub(super) fn shell(&self, scratch: &Scratch, arguments: &[String]) -> io::Result<Ran> {
        let mut command: Vec<OsString> = vec!["sh".into(), "-c".into()];
        command.extend(arguments.iter().map(OsString::from));
        let inside = self.sandbox.place(scratch.path(), "/build");
        let mut job = Job::new(command).lending(scratch.path(), &inside);
        // What the compiler puts aside goes with the scratch folder.
        job.env.push(("TMPDIR".to_owned(), ".".to_owned()));
        job.cwd = inside;
        job.limits = limits();
        self.sandbox.run(&job)
    }
}

/// What compiling a file, and running what came of it, is limited to.
pub(super) fn limits() -> Limits {
    Limits {
        time: Duration::from_secs(60),
        memory: 2 << 30,
        ..Limits::default()
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

fn broken(options: &str, fault: impl Into<String>) -> Built {
    Built {
        options: options.to_owned(),
        diagnostics: Vec::new(),
        seen: Vec::new(),
        stopped: None,
        fault: Some(fault.into()),
        program: None,
    }
}

pub(super) fn unplayable(built: &Built) -> String {
    match (&built.fault, built.stopped, built.diagnostics.first()) {
        (Some(fault), _, _) => fault.clone(),
        (None, Some(limit), _) => format!("playing it was stopped by a limit: {limit}"),
        (None, None, Some(first)) => format!("the function does not compile: {first}"),
        (None, None, None) => "the harness printed nothing".to_owned(),
    }
}

fn hash_of(content: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic elsewhere leaves a map of finished answers: each is whole or absent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
