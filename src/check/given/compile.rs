//! Does each source of C that a given patch touches compile without a new warning? Where it can be compiled neither whole nor
//! alone, that is told.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::touched::{self, Kind, Touched};
use super::{Asking, counted};
use crate::check::c::{Bench, CTree, Compile, How};
use crate::check::code::{concluded, error};
use crate::check::{Evidence, Finding, Outcome};
use crate::status;
use crate::target::Tree;
use crate::text::Source;

/// More sources than this of one patch, and of a whole series, are not compiled.
const MOST_OF_PATCH: usize = 12;
const MOST_OF_SERIES: usize = 60;
/// More reasons than this are not told.
const MOST_REASONS: usize = 3;

/// What came of compiling one file.
enum Compiled {
    Good(How),
    Bad(Vec<Finding>),
    /// It does not compile in the base already.
    Base(Vec<Finding>),
    Unknown(String),
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
    let files: Vec<&Touched> = files.iter().filter(|file| file.kind == Kind::C).collect();
    let earlier = asking.stages[..number].iter();
    let earlier: usize = earlier
        .map(|stage| touched::sources(&stage.given.commit).min(MOST_OF_PATCH))
        .sum();
    let most = MOST_OF_PATCH.min(MOST_OF_SERIES.saturating_sub(earlier));
    let asked = &files[..files.len().min(most)];
    let compiled: Vec<(&str, Compiled)> = asked
        .par_iter()
        .map(|file| (file.path, one(asking, number, bench, file)))
        .collect();
    let mut all = evidence(compiled);
    if files.len() > asked.len() {
        let left = counted(files.len() - asked.len(), "source", "sources");
        let why = format!(
            "not asked about {left}: at most {MOST_OF_PATCH} of a patch and {MOST_OF_SERIES} of a series are compiled"
        );
        all.push(Evidence::skipped("compile", why));
    }
    all
}

fn evidence(compiled: Vec<(&str, Compiled)>) -> Vec<Evidence> {
    let (mut whole, mut alone) = (0, 0);
    let (mut findings, mut base, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (path, compiled) in compiled {
        match compiled {
            Compiled::Good(How::WholeFile) => whole += 1,
            Compiled::Good(How::Harness) => alone += 1,
            Compiled::Bad(found) => findings.extend(found),
            Compiled::Base(found) => base.extend(found),
            Compiled::Unknown(why) => unknown.push(format!("{path}: {why}")),
        }
    }
    let mut told = Vec::new();
    if whole > 0 {
        told.push(format!(
            "{} whole, against the headers of the tree",
            counted(whole, "file", "files")
        ));
    }
    if alone > 0 {
        let files = counted(alone, "file", "files");
        told.push(format!(
            "of {files} the function alone, all that it calls rendered around it"
        ));
    }
    let mut all = Vec::new();
    if !base.is_empty() {
        base.extend(findings);
        all.push(concluded(
            "compile",
            Some(Outcome::Failed),
            base,
            String::new(),
        ));
    } else if !told.is_empty() || !findings.is_empty() {
        all.push(concluded(
            "compile",
            Some(Outcome::Passed),
            findings,
            told.join("; "),
        ));
    }
    if !unknown.is_empty() {
        let more = unknown.len().saturating_sub(MOST_REASONS);
        unknown.truncate(MOST_REASONS);
        let more = if more > 0 {
            format!("; and of {more} more")
        } else {
            String::new()
        };
        all.push(Evidence::skipped(
            "compile",
            format!("{}{more}", unknown.join("; ")),
        ));
    }
    all
}

fn one(asking: &Asking, number: usize, bench: &Bench, file: &Touched) -> Compiled {
    let (after, before) = (&asking.stages[number].tree, asking.before(number));
    let Some(source) = &file.before else {
        let compile = compiled(
            bench,
            (after, file.path, &file.after),
            (after, file.path, &file.after),
            &[],
        );
        return match (compile.how, compile.outcome) {
            (How::WholeFile, Outcome::Passed) => Compiled::Good(How::WholeFile),
            _ => Compiled::Unknown(format!(
                "it is new, and {}",
                compile.reason.unwrap_or_default()
            )),
        };
    };
    let patches = asking.inquiry.series.patches.iter();
    let functions: Vec<String> = patches
        .flat_map(|patch| status::deciding(patch, source))
        .map(|deciding| deciding.function)
        .collect();
    let compile = compiled(
        bench,
        (after, file.path, &file.after),
        (before, file.old_path, source),
        &functions,
    );
    let told = |code| -> Vec<Finding> {
        let said = compile.diagnostics.iter().take(20);
        said.map(|said| error(code, said.to_string())).collect()
    };
    let reason = compile.reason.clone().unwrap_or_default();
    match (compile.how, compile.outcome) {
        (How::Harness, _) if functions.is_empty() => Compiled::Unknown(reason),
        (how, Outcome::Passed) => Compiled::Good(how),
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
    };
    let before = CTree {
        path: before.1,
        file: before.2,
        read: &read_before,
    };
    bench.compile(after, before, functions)
}
