//! Does each source of C that a given patch touches compile without a new warning? One that the series is about and that can be
//! compiled neither whole nor alone is a skip; of any other it is only told, since nobody promised that it can be, and a
//! warning of a kind that it has already is a note: the compiler here may be newer than the tree.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::touched::{self, Kind, Touched};
use super::{Asking, counted};
use crate::check::c::{Bench, CTree, Compile, Diagnostic, How};
use crate::check::code::{concluded, error};
use crate::check::{Evidence, Finding, Outcome, Severity};
use crate::status;
use crate::target::Tree;
use crate::text::Source;

/// More sources than this of one patch, and of a whole series, are not compiled.
const MOST_OF_PATCH: usize = 12;
const MOST_OF_SERIES: usize = 60;
/// More of what the compiler says of a file is not told.
const MOST_SAID: usize = 20;
/// More reasons than this are not told.
const MOST_REASONS: usize = 3;

/// What came of compiling one file.
enum Compiled {
    /// It compiles; with notes on warnings that are usual in it.
    Good(How, Vec<Finding>),
    Bad(Vec<Finding>),
    /// It does not compile in the base already.
    Base(Vec<Finding>),
    /// The series is about it, and it can't be compiled.
    Unknown(String),
    /// It can't be compiled outside its build, as most of a tree.
    Foreign,
}

pub(super) fn ask(asking: &Asking, number: usize) -> Vec<Evidence> {
    let commit = &asking.stages[number].given.commit;
    // What the manifest knows of headers and options is known of its own project.
    if !asking.is_project || !asking.has_kit || touched::sources(commit) == 0 {
        return Vec::new();
    }
    let bench = match (asking.place, asking.benches.iter().flatten().next()) {
        (Err(unavailable), _) => {
            return vec![Evidence::skipped("compile", unavailable.to_string())];
        }
        (Ok(_), None) => return Vec::new(),
        (Ok(_), Some(bench)) => bench,
    };
    let files = touched::touched(commit);
    let files = files.iter().filter(|file| file.kind == Kind::C);
    let mut files: Vec<(&Touched, bool)> =
        files.map(|file| (file, is_known(asking, file))).collect();
    // Where there are too many, those that the series is about are not among the ones left out.
    files.sort_by_key(|(_, is_known)| !is_known);
    let earlier = asking.stages[..number].iter();
    let earlier: usize = earlier
        .map(|stage| touched::sources(&stage.given.commit).min(MOST_OF_PATCH))
        .sum();
    let most = MOST_OF_PATCH.min(MOST_OF_SERIES.saturating_sub(earlier));
    let asked = &files[..files.len().min(most)];
    let compiled: Vec<(&str, Compiled)> = asked
        .par_iter()
        .map(|&(file, is_known)| {
            let compiled = one(asking, number, bench, file, is_known);
            let foreign = matches!(compiled, Compiled::Unknown(_)) && !is_known;
            (
                file.path,
                if foreign { Compiled::Foreign } else { compiled },
            )
        })
        .collect();
    let mut sum = Sum::default();
    for (path, compiled) in compiled {
        sum.add(path, compiled);
    }
    let mut all = sum.evidence();
    if files.len() > asked.len() {
        let left = counted(files.len() - asked.len(), "source", "sources");
        let why = format!(
            "not asked about {left}: at most {MOST_OF_PATCH} of a patch and {MOST_OF_SERIES} of a series are compiled"
        );
        all.push(Evidence::skipped("compile", why));
    }
    all
}

/// What came of all the files of a patch.
#[derive(Default)]
struct Sum {
    whole: usize,
    alone: usize,
    foreign: usize,
    findings: Vec<Finding>,
    base: Vec<Finding>,
    unknown: Vec<String>,
}

impl Sum {
    fn add(&mut self, path: &str, compiled: Compiled) {
        match compiled {
            Compiled::Good(How::WholeFile, notes) => {
                self.whole += 1;
                self.findings.extend(notes);
            }
            Compiled::Good(How::Harness, _) => self.alone += 1,
            Compiled::Bad(found) => self.findings.extend(found),
            Compiled::Base(found) => self.base.extend(found),
            Compiled::Foreign => self.foreign += 1,
            Compiled::Unknown(why) => self.unknown.push(format!("{path}: {why}")),
        }
    }

    fn told(&self) -> String {
        let mut told = Vec::new();
        if self.whole > 0 {
            let files = counted(self.whole, "file", "files");
            told.push(format!("{files} whole, against the headers of the tree"));
        }
        if self.alone > 0 {
            let files = counted(self.alone, "file", "files");
            told.push(format!(
                "of {files} the function alone, all that it calls rendered around it"
            ));
        }
        if self.foreign > 0 && !told.is_empty() {
            let others = counted(self.foreign, "other", "others");
            told.push(format!("{others} only its own build compiles"));
        }
        told.join("; ")
    }

    fn evidence(mut self) -> Vec<Evidence> {
        let mut all = Vec::new();
        let told = self.told();
        if !self.base.is_empty() {
            self.base.append(&mut self.findings);
            let before = Some(Outcome::Failed);
            all.push(concluded("compile", before, self.base, String::new()));
        } else if !told.is_empty() || !self.findings.is_empty() {
            let before = Some(Outcome::Passed);
            all.push(concluded("compile", before, self.findings, told));
        }
        if !self.unknown.is_empty() {
            let more = self.unknown.len().saturating_sub(MOST_REASONS);
            self.unknown.truncate(MOST_REASONS);
            if more > 0 {
                self.unknown.push(format!("and {more} more"));
            }
            all.push(Evidence::skipped("compile", self.unknown.join("; ")));
        }
        all
    }
}

/// Whether the series is about a file: a step names it, or a function in it decides.
fn is_known(asking: &Asking, file: &Touched) -> bool {
    let mut patches = asking.inquiry.series.patches.iter();
    patches.any(|patch| {
        let mut files = patch.steps.iter().flat_map(|step| &step.files);
        let decides = |source: &Source| !status::deciding(patch, source).is_empty();
        files.any(|known| known == file.path || known == file.old_path)
            || decides(&file.after)
            || file.before.as_ref().is_some_and(decides)
    })
}

fn one(asking: &Asking, number: usize, bench: &Bench, file: &Touched, is_known: bool) -> Compiled {
    let (after, before) = (&asking.stages[number].tree, asking.before(number));
    let Some(source) = &file.before else {
        let compile = compiled(
            bench,
            (after, file.path, &file.after),
            (after, file.path, &file.after),
            &[],
        );
        return match (compile.how, compile.outcome) {
            (How::WholeFile, Outcome::Passed) => Compiled::Good(How::WholeFile, Vec::new()),
            _ => Compiled::Unknown(format!(
                "it is new, and {}",
                compile.reason.unwrap_or_default()
            )),
        };
    };
    let patches = asking.inquiry.series.patches.iter();
    let deciding = patches.flat_map(|patch| status::deciding(patch, source));
    let functions: Vec<String> = match is_known {
        true => deciding.map(|deciding| deciding.function).collect(),
        false => Vec::new(),
    };
    let compile = compiled(
        bench,
        (after, file.path, &file.after),
        (before, file.old_path, source),
        &functions,
    );
    let told = |code| -> Vec<Finding> {
        let is_usual = |said: &&Diagnostic| !is_known && compile.usual.contains(said);
        let said = compile.diagnostics.iter();
        let said = said.filter(|said| !is_usual(said)).take(MOST_SAID);
        said.map(|said| error(code, said.to_string())).collect()
    };
    let reason = compile.reason.clone().unwrap_or_default();
    match (compile.how, compile.outcome) {
        (How::Harness, _) if functions.is_empty() => Compiled::Unknown(reason),
        (how, Outcome::Passed) => Compiled::Good(how, Vec::new()),
        (how, Outcome::Failed) if !is_known && compile.usual.len() == compile.diagnostics.len() => {
            let usual = compile.usual.iter().take(MOST_SAID);
            Compiled::Good(how, usual.map(noted).collect())
        }
        (_, Outcome::Failed) => match told("compile-new-diagnostic") {
            said if said.is_empty() => Compiled::Bad(vec![error("compile-new-diagnostic", reason)]),
            said => Compiled::Bad(said),
        },
        (_, Outcome::Error) if !compile.diagnostics.is_empty() => {
            match of_base(asking, bench, file, &functions) {
                true => Compiled::Base(told("compile-base")),
                false => Compiled::Unknown("it does not compile before the patch".to_owned()),
            }
        }
        _ => Compiled::Unknown(reason),
    }
}

fn noted(said: &Diagnostic) -> Finding {
    Finding {
        severity: Severity::Note,
        ..error(
            "compile-usual-warning",
            format!("{said}; the file has such a warning already"),
        )
    }
}

/// Whether the file does not compile in the base: what a patch before this one broke is that one's affair.
fn of_base(asking: &Asking, bench: &Bench, file: &Touched, functions: &[String]) -> bool {
    let tree = &asking.inquiry.base.tree;
    match tree.source(file.old_path, ".") {
        Ok(Some(source)) => {
            let base = (tree, file.old_path, &source);
            compiled(bench, base, base, functions).outcome == Outcome::Error
        }
        Ok(None) | Err(_) => false,
    }
}

type Version<'v> = (&'v Tree, &'v str, &'v Source);

fn compiled(bench: &Bench, after: Version, before: Version, functions: &[String]) -> Compile {
    let read_in = |tree: &Tree, path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
    let read_after = |path: &str| read_in(after.0, path);
    let read_before = |path: &str| read_in(before.0, path);
    let after = CTree {
        path: after.1,
        file: after.2,
        read: &read_after,
        beside: None,
    };
    let before = CTree {
        path: before.1,
        file: before.2,
        read: &read_before,
        beside: None,
    };
    bench.compile(after, before, functions)
}
