//! Does the real file compile as the real build compiles it, before and behind a patch, without a new warning?

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Step;
use super::database::{self, Entry};
use crate::check::c::diagnostic::{self, Diagnostic};
use crate::check::code::{concluded, error};
use crate::check::inquiry::Place;
use crate::check::sandbox::{Job, Limits, Sandbox, Scratch};
use crate::check::{Evidence, Finding, Outcome};
use crate::target::Tree;

/// More diagnostics than this are not told.
const MOST_TOLD: usize = 20;

/// Asks about the sources that a stage changes; none where it changes no source of C.
pub(super) fn ask(step: &Step, build_dir: Option<&Path>, place: &Place) -> Option<Evidence> {
    let sources: Vec<&String> = step
        .changed
        .iter()
        .filter(|path| path.ends_with(".c"))
        .collect();
    if sources.is_empty() {
        return None;
    }
    let skipped = |why: String| Some(Evidence::skipped("object", why));
    let Some(build_dir) = build_dir else {
        return skipped(
            "no build directory; name one that has a compile_commands.json with --build-dir"
                .to_owned(),
        );
    };
    let sandbox = match place {
        Ok(sandbox) if sandbox.is_private() => sandbox,
        Ok(_) => {
            return skipped(
                "the files of a stage can't be shown in their places without a sandbox".to_owned(),
            );
        }
        Err(unavailable) => return skipped(unavailable.to_string()),
    };
    let entries = match database::read(build_dir) {
        Ok(entries) => entries,
        Err(why) => return skipped(why),
    };
    let mut sum = Sum::default();
    for path in sources {
        match entries.iter().find(|entry| entry.file.ends_with(path)) {
            None => sum.foreign.push(path),
            Some(entry) => {
                let oven = Oven {
                    sandbox,
                    step,
                    build_dir,
                    path,
                    entry,
                };
                if let Err(fault) = oven.compare(&mut sum) {
                    let evidence = Evidence::skipped("object", fault.to_string());
                    return Some(Evidence {
                        outcome: Outcome::Error,
                        ..evidence
                    });
                }
            }
        }
    }
    Some(sum.evidence())
}

/// What came of the files of a stage.
#[derive(Default)]
struct Sum<'p> {
    good: usize,
    foreign: Vec<&'p String>,
    aged: Vec<&'p String>,
    unasked: Vec<String>,
    findings: Vec<Finding>,
    base: Vec<Finding>,
}

impl Sum<'_> {
    fn evidence(self) -> Evidence {
        if !self.base.is_empty() {
            return concluded("object", Some(Outcome::Failed), self.base, String::new());
        }
        if self.good == 0 && self.findings.is_empty() {
            let why = self.unasked.into_iter().next();
            let none = || "the build directory does not compile what the patch changes".to_owned();
            return Evidence::skipped("object", why.unwrap_or_else(none));
        }
        let mut detail = match self.good {
            1 => "1 file, as its build compiles it".to_owned(),
            count => format!("{count} files, as their build compiles them"),
        };
        for (paths, told) in [
            (&self.foreign, "is not part of the build"),
            (
                &self.aged,
                "is another in the build's own source than in the tree",
            ),
        ] {
            for path in paths {
                detail.push_str(&format!("; {path} {told}"));
            }
        }
        concluded("object", Some(Outcome::Passed), self.findings, detail)
    }
}

/// A file and how it is compiled.
struct Oven<'o> {
    sandbox: &'o Sandbox,
    step: &'o Step<'o>,
    build_dir: &'o Path,
    path: &'o String,
    entry: &'o Entry,
}

/// What a compiler said, and whether it succeeded.
struct Said {
    succeeded: bool,
    stopped: Option<&'static str>,
    diagnostics: Vec<Diagnostic>,
    first: String,
}

impl<'o> Oven<'o> {
    fn compare(&self, sum: &mut Sum<'o>) -> io::Result<()> {
        let root = self.root();
        let added = self.step.changed.iter().find(|path| {
            let stands = root.join(path).is_file();
            !stands && matches!(self.step.after.read(path), Ok(Some(_)))
        });
        if let Some(added) = added {
            sum.unasked.push(format!(
                "the patch adds `{added}`, which the source of the build does not have"
            ));
            return Ok(());
        }
        let (before, after) = rayon::join(
            || self.compile(&root, self.step.before),
            || self.compile(&root, self.step.after),
        );
        let (before, after) = (before?, after?);
        let own = self.step.before.read(self.path).ok().flatten();
        if own.is_some_and(|own| fs::read(&self.entry.file).is_ok_and(|built| built != *own.bytes))
        {
            sum.aged.push(self.path);
        }
        for said in [&before, &after] {
            if let Some(limit) = said.stopped {
                return Err(io::Error::other(format!(
                    "the compiler was ended by its limit of {limit}"
                )));
            }
        }
        if !before.succeeded {
            sum.base.push(error(
                "object-base",
                format!("{}: {}", self.path, before.first),
            ));
            return Ok(());
        }
        let new = diagnostic::new_ones(&before.diagnostics, &after.diagnostics);
        let mut found: Vec<Finding> = new
            .into_iter()
            .take(MOST_TOLD)
            .map(|said| error("object-new-diagnostic", said.to_string()))
            .collect();
        if !after.succeeded && found.is_empty() {
            found.push(error(
                "object-new-diagnostic",
                format!("{}: {}", self.path, after.first),
            ));
        }
        if found.is_empty() {
            sum.good += 1;
        }
        sum.findings.extend(found);
        Ok(())
    }

    /// The source tree of the build: what stands above the file's path in the tree.
    fn root(&self) -> PathBuf {
        let depth = Path::new(self.path).components().count();
        let root = self.entry.file.ancestors().nth(depth);
        root.unwrap_or(Path::new("/")).to_owned()
    }

    fn compile(&self, root: &Path, tree: &Tree) -> io::Result<Said> {
        let scratch = Scratch::new()?;
        let words = self.entry.command.iter().map(String::as_str);
        let command = words.chain(["-o", "/tmp/object.o"]);
        let mut job = Job::new(command).showing(root, root);
        let build_dir = self.build_dir.canonicalize()?;
        if !build_dir.starts_with(root) {
            job = job.showing(&build_dir, &build_dir);
        }
        for (number, path) in self.step.changed.iter().enumerate() {
            let blob = tree.read(path).map_err(io::Error::other)?;
            let place = root.join(path);
            // What the stage does not have is not asked for by what the build compiles, or fails as it should.
            let (true, Some(blob)) = (place.is_file(), blob) else {
                continue;
            };
            let file = scratch.path().join(number.to_string());
            fs::write(&file, &blob.bytes)?;
            job = job.showing(file, place);
        }
        job.cwd.clone_from(&self.entry.directory);
        job.limits = Limits {
            time: Duration::from_secs(300),
            memory: 4 << 30,
            disk: 512 << 20,
            ..Limits::default()
        };
        let ran = self.sandbox.run(&job)?;
        let stderr = String::from_utf8_lossy(&ran.stderr);
        Ok(Said {
            succeeded: ran.status == 0,
            stopped: ran.stopped,
            diagnostics: diagnostic::read(&stderr),
            first: stderr
                .lines()
                .next()
                .unwrap_or("the compiler says nothing")
                .to_owned(),
        })
    }
}
