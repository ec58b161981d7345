//! The real file, compiled whole and linked with the files of its tree that it needs. What stands in none of them ends the program
//! where it is called. Does not know what the program is asked.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::check::sandbox::{Job, Ran, Scratch};
use crate::series::harness::Linked;
use crate::target::object::{Kind, id_of};

use super::bench::limits;
use super::diagnostic;
use super::objects::{Objects, unusable};
use super::plan::{Part, Plan};
use super::whole_file::quoted;
use super::{Bench, CTree, stubs};

/// Exit status of the script where the program's main file does not compile.
const NOT_COMPILED: i32 = 101;
/// Exit status of the script where it can't be linked.
const NOT_LINKED: i32 = 103;

/// A program that holds the real file.
#[derive(Debug)]
pub(super) struct Program {
    /// Where the program stands.
    pub(super) scratch: Scratch,
    /// Differs where anything does that it is made of.
    pub(super) key: String,
    /// Text of its main file, which includes the real one.
    pub(super) driver: String,
    /// Functions that end it where they are called.
    pub(super) stubs: BTreeSet<String>,
    /// What makes it of a checkout of its tree and the files that the tree lacks, for a shell.
    pub(super) script: String,
    /// What is linked with it.
    pub(super) objects: Arc<Objects>,
}

impl Bench<'_> {
    /// Compiles the file of a tree with what it needs, and links it; an equal file of an equal tree is linked once.
    ///
    /// Compilers take longest over functions that are never called: they are left out, unless something else would come of it.
    ///
    /// # Errors
    /// Why that is not possible, in words.
    pub(super) fn program(&self, plan: &Plan) -> Result<Arc<Program>, String> {
        let part = self.reached(plan);
        if !part.gone.is_empty()
            && let Ok(program) = self.made(plan, &part)
            && program.objects.left_out.is_empty()
            && program.stubs.is_disjoint(&part.gone)
        {
            return Ok(program);
        }
        self.made(plan, &plan.whole())
    }

    /// Compiles and links what is laid down, by the first standard that it can be compiled by.
    fn made(&self, plan: &Plan, part: &Part) -> Result<Arc<Program>, String> {
        let tree = plan.tree();
        let file = id_of(Kind::Blob, &part.file);
        let names = plan.sources.join("\n");
        let mut first = None;
        for standard in &self.kit.rules.manifest.compiler.standards {
            let options = options(self, standard);
            let question = [&options, self.flags(), &names, &part.key];
            let memory = self.sandbox.memory();
            let objects: Result<Arc<Objects>, String> = memory.once("objects", &question, || {
                self.objects(&options, &part.closure, &plan.sources, tree.read)
                    .map(Arc::new)
            });
            let objects = objects?;
            let question = [
                options.as_str(),
                self.flags(),
                &names,
                &part.key,
                tree.path,
                &file,
                &plan.driver,
            ];
            let own_key = id_of(Kind::Blob, question.join("\n").as_bytes());
            let program: Result<_, String> = memory.once("linked", &[&own_key], || {
                self.linked((plan, part), &own_key, &objects).map(Arc::new)
            });
            match program {
                Ok(program) => return Ok(program),
                // Another standard does not bring a header.
                Err(reason) if reason.contains("No such file") => return Err(reason),
                Err(reason) => first.get_or_insert(reason),
            };
        }
        Err(first.unwrap_or_else(|| "the manifest names no standard".to_owned()))
    }

    /// Takes a tree for the one that equal functions are linked with; functions that nothing is known of are equal to none.
    ///
    /// # Errors
    /// It is another tree of this run.
    pub(super) fn is_due(&self, equal: &str, base: &Plan) -> Result<(), String> {
        if equal.is_empty() {
            return Ok(());
        }
        // Of a dozen releases the function is often one and the same.
        let memory = self.sandbox.memory();
        match memory.once("linked tree", &[equal], || base.key.clone()) == base.key {
            true => Ok(()),
            false => Err("equal functions were linked with another tree in this run".to_owned()),
        }
    }

    /// Compiles the main file and links it with the objects.
    fn linked(
        &self,
        (plan, part): (&Plan, &Part),
        key: &str,
        objects: &Arc<Objects>,
    ) -> Result<Program, String> {
        let scratch = self.main_laid(plan, part).map_err(unusable)?;
        let build = self.building(plan.manifest, plan.tree(), objects);
        let stubs = self.stubbed(&build, &scratch, objects)?;
        let link = match stubs.is_empty() {
            true => &build.link,
            false => &build.with_stubs,
        };
        Ok(Program {
            script: format!("{}HERE=$PWD\n{}{link}", objects.script, build.compile),
            scratch,
            key: key.to_owned(),
            driver: plan.driver.clone(),
            stubs,
            objects: objects.clone(),
        })
    }

    /// Compiles and links what is laid down in `scratch`; returns the functions that are stubs in it.
    fn stubbed(
        &self,
        build: &Building,
        scratch: &Scratch,
        objects: &Objects,
    ) -> Result<BTreeSet<String>, String> {
        let script = format!("{}{}", build.compile, build.link);
        let first = self.beside(scratch, objects, &script)?;
        let output = String::from_utf8_lossy(&first.stdout);
        let missing = match (first.status, first.stopped) {
            (0, None) => return Ok(BTreeSet::new()),
            (_, Some(limit)) => return Err(format!("linking it was stopped: {limit}")),
            (NOT_LINKED, None) => stubs::undefined(&output),
            (_, None) => return Err(complaint(&output)),
        };
        let unlinked = |output: &str| Err(format!("it can't be linked: {}", last_line(output)));
        if missing.is_empty() {
            return unlinked(&output);
        }
        fs::write(scratch.path().join("stubs.c"), stubs::source(&missing)).map_err(unusable)?;
        let second = self.beside(scratch, objects, &build.with_stubs)?;
        match second.status {
            0 => Ok(missing),
            _ => unlinked(&String::from_utf8_lossy(&second.stdout)),
        }
    }

    /// Lays down what is not shared: the file under test at its place, the main file, and the texts of the series.
    fn main_laid(&self, plan: &Plan, part: &Part) -> io::Result<Scratch> {
        let scratch = Scratch::in_memory()?;
        let tree = plan.tree();
        let file = scratch.path().join(tree.path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut text = format!("#line 1 \"{}\"\n", tree.path).into_bytes();
        text.extend_from_slice(&part.file);
        fs::write(file, text)?;
        fs::write(scratch.path().join("driver.c"), &plan.driver)?;
        for function in self.kit.linked.iter().flat_map(|(_, functions)| functions) {
            fs::write(scratch.path().join(function.name()), function.bytes())?;
        }
        Ok(scratch)
    }

    fn building(&self, manifest: &Linked, tree: CTree, objects: &Objects) -> Building {
        let (program, flags) = (
            quoted(&self.kit.rules.manifest.compiler.program),
            self.flags(),
        );
        let (options, includes) = (&objects.options, &objects.includes);
        let folder = tree.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let folder = quoted(folder);
        let names = manifest.functions.iter().map(|name| quoted(name));
        let functions: Vec<String> = names.collect();
        let compile = |text: &str, object: &str, rest: &str| {
            format!(
                "{program} {options}{rest} -c \"$HERE\"/{text} -o \"$HERE\"/{object} 2>&1 || exit {NOT_COMPILED}\n"
            )
        };
        let mut script = compile(
            "driver.c",
            "driver.o",
            &format!("{includes} -I{folder} {flags}"),
        );
        for function in &functions {
            script.push_str(&compile(function, &format!("{function}.o"), ""));
        }
        let own: String = functions
            .iter()
            .map(|function| format!(" \"$HERE\"/{function}.o"))
            .collect();
        let (libraries, wraps) = (self.libraries(&manifest.libraries), self.kit.linked_wraps());
        let link = |more: &str| {
            format!(
                "{program} -Wl,--gc-sections{wraps} -o \"$HERE\"/linked \"$HERE\"/driver.o{own}{more} objects/*.o {libraries} -lpthread 2>&1 || exit {NOT_LINKED}\n"
            )
        };
        let stubs = format!(
            "{program} -w -fno-builtin -c \"$HERE\"/stubs.c -o \"$HERE\"/stubs.o 2>&1 || exit {NOT_COMPILED}\n"
        );
        Building {
            compile: script,
            link: link(""),
            with_stubs: stubs + &link(" \"$HERE\"/stubs.o"),
        }
    }

    /// Runs a script in the folder of the objects, which it can't change; `$HERE` is `scratch`.
    fn beside(&self, scratch: &Scratch, objects: &Objects, script: &str) -> Result<Ran, String> {
        let here = self.sandbox.place(scratch.path(), "/build");
        let tree = self.sandbox.place(objects.scratch.path(), "/tree");
        let command = ["sh", "-c", script].map(OsString::from);
        let mut job = Job::new(command)
            .lending(scratch.path(), &here)
            .showing(objects.scratch.path(), &tree);
        for name in ["HERE", "TMPDIR"] {
            let value = here.to_string_lossy().into_owned();
            job.env.push((name.to_owned(), value));
        }
        job.cwd = tree;
        job.limits = limits();
        let mut ran = self.sandbox.run(&job).map_err(unusable)?;
        // What is told must not depend on where it was.
        let told =
            String::from_utf8_lossy(&ran.stdout).replace(&*format!("{}/", here.display()), "");
        ran.stdout = told.into_bytes();
        Ok(ran)
    }

    /// Runs the program with arguments behind the folder `times`, and `told` in its environment.
    pub(super) fn asked(
        &self,
        program: &Program,
        times: &Path,
        arguments: &[String],
        told: &[(String, String)],
    ) -> Result<Ran, String> {
        let own = Scratch::in_memory().map_err(unusable)?;
        let here = self.sandbox.place(own.path(), "/run/daemon");
        let build = self.sandbox.place(program.scratch.path(), "/build");
        let shown = self.sandbox.place(times, "/times");
        let mut command = vec![OsString::from(build.join("linked")), shown.clone().into()];
        command.extend(arguments.iter().map(OsString::from));
        let mut job = Job::new(command)
            .lending(own.path(), &here)
            .showing(program.scratch.path(), &build)
            .showing(times, &shown);
        job.env.extend_from_slice(told);
        job.cwd = here;
        job.limits = limits();
        self.sandbox.run(&job).map_err(unusable)
    }
}

/// Scripts that make a program: its objects, the program, and the program with what was missing.
struct Building {
    compile: String,
    link: String,
    with_stubs: String,
}

/// What is compiled here is run for a moment: what takes the compiler time is left out, and what is not called is dropped by the linker.
fn options(bench: &Bench, standard: &str) -> String {
    let silenced = &bench.kit.rules.manifest.harness.silenced;
    let silenced: String = silenced
        .iter()
        .map(|name| format!(" -Wno-{name}"))
        .collect();
    format!(
        "-std={standard} -O0 -ffunction-sections -fdata-sections -Werror=implicit-function-declaration{silenced} \
         -fmax-errors=5 -fno-diagnostics-show-caret -fdiagnostics-color=never"
    )
}

fn complaint(output: &str) -> String {
    let error = diagnostic::first_error(output).unwrap_or_else(|| last_line(output));
    format!("it does not compile with what it is linked with: {error}")
}

fn last_line(output: &str) -> String {
    let mut lines = output
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with("collect2:"));
    lines
        .next_back()
        .unwrap_or("nothing was said")
        .trim()
        .to_owned()
}
