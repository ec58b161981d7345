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
use super::harness::{self, Built, Playing};
use super::scene::{self, Scanned};
use super::{Kit, whole_file};

/// Compiles and plays; each distinct input once.
pub struct Bench<'b> {
    kit: &'b Kit,
    sandbox: &'b Sandbox,
    built: Mutex<HashMap<String, Arc<Built>>>,
    compiled: Mutex<HashMap<u64, Arc<Compiled>>>,
    flags: OnceLock<String>,
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
}

/// What the compiler said of a whole file.
#[derive(Clone, Debug)]
struct Compiled {
    standard: String,
    diagnostics: Vec<Diagnostic>,
    fault: Option<String>,
}

impl Compiled {
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
            flags: OnceLock::new(),
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
            };
        }
        let standards = &self.kit.manifest.compiler.standards;
        let (base_closure, stage_closure) = (self.closure(base), self.closure(stage));
        // Most bases compile with the first standard, so that both are compiled at once.
        let first = &standards[..1.min(standards.len())];
        let differ = (base.path, &base_closure) != (stage.path, &stage_closure);
        let (before, early) = rayon::join(
            || self.whole(base.path, &base_closure, standards),
            || differ.then(|| self.whole(stage.path, &stage_closure, first)),
        );
        if let Some(complaint) = before.complaint() {
            let reason = format!("the whole file can't be compiled outside its build: {complaint}");
            return self.compile_alone(stage, base, functions, reason);
        }
        let after = match early {
            None => before.clone(),
            Some(early) if early.standard == before.standard => early,
            Some(_) => self.whole(
                stage.path,
                &stage_closure,
                std::slice::from_ref(&before.standard),
            ),
        };
        if let Some(fault) = &after.fault {
            return Compile {
                how: How::WholeFile,
                outcome: Outcome::Error,
                reason: Some(fault.clone()),
                diagnostics: Vec::new(),
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
        };
        for playing in self.play(stage.path, stage.file, base.file, functions) {
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

    fn play_one(&self, path: &str, name: &str, stage: &Scanned, base: &Scanned) -> Playing {
        let error = |reason: String| Playing::without_cases(name, Outcome::Error, reason);
        let Some(before) = base.function(name) else {
            return error(format!("the base has no function `{name}`"));
        };
        let Some(part) = scene::part(self.kit, base, before) else {
            return error(format!(
                "`{name}` has none of the shapes that the harness knows"
            ));
        };
        let Some(after) = stage.function(name) else {
            return Playing::without_cases(
                name,
                Outcome::Failed,
                format!("there is no function `{name}` any more"),
            );
        };
        let rendered = |scanned, function| {
            harness::render(self.kit, path, scanned, function, part.shape, base)
        };
        let (base_source, source) = match (rendered(base, before), rendered(stage, after)) {
            (Ok(base_source), Ok(source)) => (base_source, source),
            (Err(reason), _) | (_, Err(reason)) => return error(reason),
        };
        let attempts = self.attempts();
        let arguments = harness::arguments(&part.cases);
        // Most bases work with the first options, so that both are built at once.
        let first = &attempts[..1.min(attempts.len())];
        let (base_built, early) = rayon::join(
            || self.built(&base_source, &arguments, &attempts),
            || (source != base_source).then(|| self.built(&source, &arguments, first)),
        );
        if !base_built.works() {
            let mut playing = error(unplayable(&base_built));
            playing.diagnostics.clone_from(&base_built.diagnostics);
            playing.harness = base_source;
            return playing;
        }
        let built = match early {
            None => base_built.clone(),
            Some(early) if early.options == base_built.options => early,
            Some(_) => self.built(
                &source,
                &arguments,
                std::slice::from_ref(&base_built.options),
            ),
        };
        let cases = harness::judged(&part, &built, harness::otherwise(&part, &base_built));
        Playing {
            function: name.to_owned(),
            shape: part.shape.id.clone(),
            outcome: match built.works() {
                _ if built.fault.is_some() => Outcome::Error,
                true if cases.iter().all(|case| case.right) => Outcome::Passed,
                _ => Outcome::Failed,
            },
            reason: (!built.works()).then(|| unplayable(&built)),
            cases: if built.works() { cases } else { Vec::new() },
            diagnostics: built.diagnostics.clone(),
            harness: source,
        }
    }

    /// Returns the options to try in order: each standard with warnings as errors, then the first with warnings let pass, for a
    /// compiler that warns of what this one does not.
    fn attempts(&self) -> Vec<String> {
        let silenced = self
            .kit
            .manifest
            .harness
            .silenced
            .iter()
            .map(|name| format!(" -Wno-{name}"));
        let silenced: String = silenced.collect();
        let standards = self.kit.manifest.compiler.standards.iter();
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
    fn built(&self, source: &str, arguments: &[String], attempts: &[String]) -> Arc<Built> {
        let key = |attempts: &[String]| {
            format!(
                "{}\n{}\n{source}",
                attempts.join("\n"),
                arguments.join("\n")
            )
        };
        if let Some(known) = locked(&self.built).get(&key(attempts)) {
            return known.clone();
        }
        let mut first = None;
        let mut working = None;
        for options in attempts {
            let found = self.build(source, arguments, options);
            if found.works() {
                working = Some(found);
                break;
            }
            first.get_or_insert(found);
        }
        let built = working.or(first);
        let built = Arc::new(built.unwrap_or_else(|| broken("", "the manifest names no standard")));
        // A stage is built with the base's options: an equal text is the same harness then.
        let mut known = locked(&self.built);
        known.insert(key(std::slice::from_ref(&built.options)), built.clone());
        known.insert(key(attempts), built.clone());
        built
    }

    fn build(&self, source: &str, cases: &[String], options: &str) -> Built {
        let compiler = whole_file::quoted(&self.kit.manifest.compiler.program);
        let compile =
            format!("{compiler} {options} -o harness harness.c 2>&1 || exit {NOT_COMPILED}");
        let mut arguments = vec![
            format!("{compile}\nexec ./harness \"$@\"\n"),
            "harness".to_owned(),
        ];
        arguments.extend_from_slice(cases);
        let files = Closure {
            files: [("harness.c".to_owned(), source.as_bytes().into())].into(),
            ..Closure::default()
        };
        let ran = match self.shell(&files, &arguments) {
            Ok(ran) => ran,
            Err(error) => {
                return broken(options, format!("the sandbox could not be used: {error}"));
            }
        };
        let output = String::from_utf8_lossy(&ran.stdout);
        let mut built = Built {
            options: options.to_owned(),
            diagnostics: Vec::new(),
            seen: Vec::new(),
            stopped: None,
            fault: None,
        };
        match (ran.status, ran.stopped) {
            (_, Some(_)) => built.stopped = ran.stopped,
            (0, None) => built.seen = harness::read(&output),
            (NOT_COMPILED, None) => built.diagnostics = harness::complaints(&output),
            (status, None) => built.fault = Some(format!("the harness ended with status {status}")),
        }
        built
    }

    fn closure(&self, tree: CTree) -> Closure {
        closure::read(self.kit, tree.path, tree.file.bytes(), tree.read)
    }

    fn whole(&self, path: &str, closure: &Closure, standards: &[String]) -> Arc<Compiled> {
        let mut hasher = DefaultHasher::new();
        (path, closure).hash(&mut hasher);
        let content = hasher.finish();
        let key = |standards: &[String]| {
            let mut hasher = DefaultHasher::new();
            (content, standards).hash(&mut hasher);
            hasher.finish()
        };
        if let Some(known) = locked(&self.compiled).get(&key(standards)) {
            return known.clone();
        }
        let compiled = Arc::new(self.compile_closure(path, closure, standards));
        let mut known = locked(&self.compiled);
        known.insert(
            key(std::slice::from_ref(&compiled.standard)),
            compiled.clone(),
        );
        known.insert(key(standards), compiled.clone());
        compiled
    }

    /// Compiles with the first standard that brings no error; where all do, what the first says is kept.
    fn compile_closure(&self, path: &str, closure: &Closure, standards: &[String]) -> Compiled {
        let mut first = None;
        for standard in standards {
            let script = whole_file::script(self.kit, path, closure, standard, self.flags());
            let compiled = self.compile_once(closure, script, standard);
            // Another standard does not bring a header.
            let is_final = compiled
                .complaint()
                .is_none_or(|complaint| complaint.contains("No such file"));
            if is_final {
                return compiled;
            }
            first.get_or_insert(compiled);
        }
        first.unwrap_or_else(|| Compiled {
            standard: String::new(),
            diagnostics: Vec::new(),
            fault: Some("the manifest names no standard".to_owned()),
        })
    }

    fn compile_once(&self, closure: &Closure, script: String, standard: &str) -> Compiled {
        let mut compiled = Compiled {
            standard: standard.to_owned(),
            diagnostics: Vec::new(),
            fault: None,
        };
        match self.shell(closure, &[script]) {
            Err(error) => compiled.fault = Some(format!("the sandbox could not be used: {error}")),
            Ok(Ran {
                stopped: Some(limit),
                ..
            }) => compiled.fault = Some(format!("the compiler was stopped: {limit}")),
            Ok(ran) if ran.status == whole_file::NOT_GENERATED => {
                compiled.fault =
                    Some("a header that the build generates can't be generated here".to_owned());
            }
            Ok(ran) => {
                let output = String::from_utf8_lossy(&ran.stdout);
                compiled.diagnostics = match ran.status {
                    0 => diagnostic::read(&output),
                    _ => harness::complaints(&output),
                };
            }
        }
        compiled
    }

    /// Returns why there is no compiler, asked once.
    fn no_compiler(&self) -> Option<String> {
        let asked = self.compiler.get_or_init(|| {
            let program = &self.kit.manifest.compiler.program;
            let script = format!("command -v {} > /dev/null", whole_file::quoted(program));
            match self.shell(&Closure::default(), &[script]) {
                Ok(ran) if ran.status == 0 => None,
                Ok(_) => Some(format!("no `{program}`: {}", tool::how_to_get(program))),
                Err(error) => Some(format!("the sandbox could not be used: {error}")),
            }
        });
        asked.clone()
    }

    /// Returns the flags of the packages that are installed, asked once.
    fn flags(&self) -> &str {
        self.flags.get_or_init(|| {
            let packages = &self.kit.manifest.whole_file.packages;
            let packages: Vec<String> = packages
                .iter()
                .map(|package| whole_file::quoted(package))
                .collect();
            let ask = |packages: &str| format!("pkg-config --cflags {packages} 2> /dev/null");
            // All at once is five times as fast, but one that is missing spoils it.
            let each: String = packages
                .iter()
                .map(|package| format!("{}\n", ask(package)))
                .collect();
            let script = format!("{} && exit\n{each}true\n", ask(&packages.join(" ")));
            let ran = self.shell(&Closure::default(), &[script]);
            let output = ran
                .map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned())
                .unwrap_or_default();
            let words = output.split_whitespace().map(whole_file::quoted);
            words.collect::<Vec<_>>().join(" ")
        })
    }

    /// Runs `sh -c` in a scratch folder that holds the files.
    fn shell(&self, files: &Closure, arguments: &[String]) -> io::Result<Ran> {
        let scratch = Scratch::new()?;
        whole_file::lay(files, scratch.path())?;
        let mut command: Vec<OsString> = vec!["sh".into(), "-c".into()];
        command.extend(arguments.iter().map(OsString::from));
        let inside = self.sandbox.place(scratch.path(), "/build");
        let mut job = Job::new(command).lending(scratch.path(), &inside);
        // What the compiler puts aside goes with the scratch folder.
        job.env.push(("TMPDIR".to_owned(), ".".to_owned()));
        job.cwd = inside;
        job.limits = Limits {
            time: Duration::from_secs(60),
            memory: 2 << 30,
            ..Limits::default()
        };
        self.sandbox.run(&job)
    }
}

fn broken(options: &str, fault: impl Into<String>) -> Built {
    Built {
        options: options.to_owned(),
        diagnostics: Vec::new(),
        seen: Vec::new(),
        stopped: None,
        fault: Some(fault.into()),
    }
}

fn unplayable(built: &Built) -> String {
    match (&built.fault, built.stopped, built.diagnostics.first()) {
        (Some(fault), _, _) => fault.clone(),
        (None, Some(limit), _) => format!("playing it was stopped by a limit: {limit}"),
        (None, None, Some(first)) => format!("the function does not compile: {first}"),
        (None, None, None) => "the harness printed nothing".to_owned(),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // A panic elsewhere leaves a map of finished answers: each is whole or absent.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
