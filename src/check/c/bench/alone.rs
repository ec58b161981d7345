//! Functions of C compiled alone and played through their cases, with all they call rendered around them; each distinct one once.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::Outcome;
use crate::check::c::harness::{self, Built, Line, Otherwise, Playing, Rendered};
use crate::check::c::scene::{self, Beside, Part, Reach, Scanned};
use crate::check::c::whole_file;
use crate::check::sandbox::Scratch;
use crate::lock::locked;
use crate::text::Source;

use super::Bench;

/// A function of a stage, rendered, and what is known from its base of how to build and ask it.
pub(in crate::check::c) struct Ready<'k> {
    pub(in crate::check::c) part: Part<'k>,
    /// With all that the series changes, and where that is another text, with what it adds alone.
    candidates: Vec<Rendered>,
    options: String,
    arguments: Vec<String>,
    pub(in crate::check::c) otherwise: Otherwise,
    /// The function of the base, as it is compiled, and what it came to.
    base: String,
    before: Vec<Line>,
}

impl Ready<'_> {
    /// Whether what is compiled is the base's.
    fn is_base(&self, rendered: &Rendered) -> bool {
        rendered.source == self.base
    }
}

/// Exit status of the harness script where the harness does not compile.
const NOT_COMPILED: i32 = 101;

impl Bench<'_> {
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
        self.play_beside(path, (file, &Beside::default()), base, functions)
    }

    /// Plays as [`Bench::play`] does, with what the series adds or changes in other files.
    pub fn play_beside(
        &self,
        path: &str,
        (file, beside): (&Source, &Beside),
        base: &Source,
        functions: &[String],
    ) -> Vec<Playing> {
        if let Some(reason) = self.no_compiler() {
            let skipped =
                |name: &String| Playing::without_cases(name, Outcome::Skipped, reason.clone());
            return functions.iter().map(skipped).collect();
        }
        let base = Scanned::new(base);
        let beside = beside.without(path);
        let same = file.bytes() == base.file.source.bytes() && beside.is_empty();
        let stage = (!same).then(|| Scanned::among(file, beside));
        let stage = stage.as_ref().unwrap_or(&base);
        functions
            .iter()
            .map(|name| self.play_one(path, name, stage, &base))
            .collect()
    }

    /// Returns what [`Bench::play_beside`] would compile for a function, but for the lines that tell where it stands, and what it would
    /// not; none where it can't be rendered. Two that are equal behave alike.
    pub fn rendered(
        &self,
        path: &str,
        (file, beside): (&Source, &Beside),
        base: &Source,
        name: &str,
    ) -> Option<String> {
        let base = Scanned::new(base);
        let part = scene::part(self.kit, &base, base.function(name)?)?;
        let stage = Scanned::among(file, beside.without(path));
        let after = stage.function(name)?;
        let shape = part.shape;
        let all = harness::render(self.kit, path, &stage, after, shape, &base, Reach::Changed);
        let Rendered {
            source, stood_in, ..
        } = all.ok()?;
        let lines = source.lines().filter(|line| !line.starts_with("#line "));
        let mut text = lines.collect::<Vec<_>>().join("\n");
        if !stood_in.is_empty() {
            // What is stood in for may be anything.
            text.push_str(file.text());
            text.push_str(&beside.texts());
        }
        Some(text)
    }

    fn play_one(&self, path: &str, name: &str, stage: &Scanned, base: &Scanned) -> Playing {
        let ready = match self.ready(path, name, stage, base) {
            Ok(ready) => ready,
            Err(stopped) => return *stopped,
        };
        let (built, rendered) = self.ready_built(&ready);
        let excused = match ready.is_base(rendered) {
            true => &[][..],
            false => &ready.before[..],
        };
        let cases = harness::judged(&ready.part, &built, ready.otherwise, excused);
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
            harness: rendered.source.clone(),
            stood_in: rendered.stood_in.clone(),
            asks: asks(&built.seen, &ready),
            compiler: self.compiler(&built.options),
            again: again(&rendered.words),
            arguments: arguments.join(" "),
        }
    }

    /// Renders the function of a stage, and builds that of the base, which must work; the stage's is built beside it.
    pub(in crate::check::c) fn ready(
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
        let rendered = |scanned, function, reach| {
            harness::render(self.kit, path, scanned, function, part.shape, base, reach)
        };
        let base_rendered = rendered(base, before, Reach::Changed).map_err(error)?;
        let base_source = &base_rendered.source;
        let mut candidates = vec![rendered(stage, after, Reach::Changed).map_err(error)?];
        let less = rendered(stage, after, Reach::New).map_err(error)?;
        if less != candidates[0] {
            candidates.push(less);
        }
        let attempts = self.attempts();
        let arguments = harness::arguments(&part.cases);
        // Most bases work with the first options, so that both are built at once.
        let first = &attempts[..1.min(attempts.len())];
        let (base_built, _) = rayon::join(
            || self.built(&base_rendered, &arguments, &attempts),
            || {
                let is_base = candidates[0].source == *base_source;
                (!is_base).then(|| self.built(&candidates[0], &arguments, first))
            },
        );
        if !base_built.works() {
            let mut playing = error(unplayable(&base_built));
            playing.diagnostics.clone_from(&base_built.diagnostics);
            playing.harness = base_rendered.source;
            return Err(playing);
        }
        Ok(Ready {
            otherwise: harness::otherwise(&part, &base_built),
            options: base_built.options,
            before: base_built.seen,
            base: base_rendered.source,
            part,
            candidates,
            arguments,
        })
    }

    /// Builds a stage's function with the options that its base works with: with all that the series changes, else with what it adds.
    /// Where neither works, the first is returned.
    pub(in crate::check::c) fn ready_built<'r>(&self, ready: &'r Ready) -> (Built, &'r Rendered) {
        let options = std::slice::from_ref(&ready.options);
        let all = &ready.candidates[0];
        let built = self.built(all, &ready.arguments, options);
        if !built.works() {
            for less in &ready.candidates[1..] {
                let found = self.built(less, &ready.arguments, options);
                if found.works() {
                    return (found, less);
                }
            }
        }
        (built, all)
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
    fn built(&self, rendered: &Rendered, arguments: &[String], attempts: &[String]) -> Built {
        let source = &rendered.source;
        let key = |attempts: &[String]| {
            let (attempts, arguments) = (attempts.join("\n"), arguments.join("\n"));
            format!("{attempts}\n{arguments}\n{source}")
        };
        let place = locked(&self.built)
            .entry(key(attempts))
            .or_default()
            .clone();
        // Whoever comes second waits here, not at the lock of the map.
        let built = place.get_or_init(|| self.first_working(rendered, arguments, attempts));
        // A stage is built with the base's options: an equal text is the same harness then.
        let options = std::slice::from_ref(&built.options);
        locked(&self.built)
            .entry(key(options))
            .or_insert_with(|| place.clone());
        built.clone()
    }

    fn first_working(
        &self,
        rendered: &Rendered,
        arguments: &[String],
        attempts: &[String],
    ) -> Built {
        let mut first = None;
        for options in attempts {
            let found = self.build(rendered, arguments, options);
            if found.works() {
                return found;
            }
            first.get_or_insert(found);
        }
        first.unwrap_or_else(|| broken("", "the manifest names no standard"))
    }

    fn build(&self, rendered: &Rendered, cases: &[String], options: &str) -> Built {
        let source = &rendered.source;
        let memory = self.sandbox.memory();
        let (compiler, told) = (&self.kit.rules.manifest.compiler.program, cases.join("\n"));
        let anew = || self.build_anew(rendered, cases, options);
        // Where a function stands in its file matters to what the compiler says alone.
        let text = harness::without_lines(source);
        let built = memory.once("harness", &[compiler, options, &told, &text], anew);
        if built.works() {
            return built;
        }
        memory.once("refused harness", &[compiler, options, &told, source], anew)
    }

    /// Returns the compiler with options, as a shell takes them.
    pub(in crate::check::c) fn compiler(&self, options: &str) -> String {
        let program = whole_file::quoted(&self.kit.rules.manifest.compiler.program);
        format!("{program} {options}{}", self.kit.wraps())
    }

    fn build_anew(&self, rendered: &Rendered, cases: &[String], options: &str) -> Built {
        let told = again(&rendered.words);
        let compiler = self.compiler(options);
        let compile = format!("{compiler} -o harness harness.c 2>&1 || exit {NOT_COMPILED}");
        let mut arguments = vec![
            format!("{compile}\n{told} exec ./harness \"$@\"\n"),
            "harness".to_owned(),
        ];
        arguments.extend_from_slice(cases);
        let laid = Scratch::in_memory().and_then(|scratch| {
            std::fs::write(scratch.path().join("harness.c"), &rendered.source)?;
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

/// How often all cases are played in one process, in turn forwards and backwards.
const ROUNDS: usize = 24;

/// What a harness is told beside its arguments, for a shell, before the command: to play the cases again, and what the code names.
fn again(words: &[String]) -> String {
    let words = whole_file::quoted(&words.join(" "));
    format!("ROUNDS={ROUNDS} WORDS={words}")
}

/// What is asked for and was not before.
fn asks(lines: &[Line], ready: &Ready) -> Vec<String> {
    let of = |lines: &[Line]| -> BTreeSet<String> {
        let lines = lines
            .iter()
            .filter(|line| line.otherwise == ready.otherwise);
        lines.flat_map(|line| line.asks.iter().cloned()).collect()
    };
    let before = of(&ready.before);
    of(lines).difference(&before).cloned().collect()
}

pub(in crate::check::c) fn unplayable(built: &Built) -> String {
    match (&built.fault, built.stopped, built.diagnostics.first()) {
        (Some(fault), _, _) => fault.clone(),
        (None, Some(limit), _) => format!("playing it was stopped by a limit: {limit}"),
        (None, None, Some(first)) => format!("the function does not compile: {first}"),
        (None, None, None) => "the harness printed nothing".to_owned(),
    }
}
