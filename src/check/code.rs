//! The checks of C code: what each shows, as evidence. How C is compiled and played is `c`'s.

mod records;

use std::collections::{BTreeMap, BTreeSet};

use super::c::{Bench, CTree, CaseResult, How, Playing, Real};
pub(super) use records::{linked as linked_records, played as records};

use super::{Evidence, Finding, Ground, Outcome, Severity, lint};
use crate::compose::Change;
use crate::locate::FunctionTree;
use crate::syntax::c::CFile;
use crate::syntax::patch::FilePatch;
use crate::target::{Commit, Ident};
use crate::text::Source;

/// The findings that these checks tell: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "code-unparsable",
        "A function that the patch changes has more places that can't be parsed than before.",
        "Look at the rewritten expression in the mail; a `becomes` of the step may not be complete.",
    ),
    (
        "code-elsewhere",
        "The patch changes code outside the functions that its steps name.",
        "Narrow the step.",
    ),
    (
        "compile-new-diagnostic",
        "The compiler says something of the patched file that it did not say before.",
        "Mend what it says.",
    ),
    (
        "compile-usual-warning",
        "The compiler warns of the patched file at one more place, of what it warns of in it before the patch already.",
        "Nothing has to be done where the file's other places are let be; a compiler newer than the code warns of more.",
    ),
    (
        "compile-base",
        "The file does not compile before the patch.",
        "Mend the base first, or leave the check out with `--no-check compile`.",
    ),
    (
        "behaviour-wrong",
        "A case comes out wrong with the patch in.",
        "The fix is not complete, or the case's expectation is wrong.",
    ),
    (
        "behaviour-lost",
        "A case that came out right before the patch comes out wrong with it in.",
        "Look at the place that the patch changes: it breaks what was fixed.",
    ),
    (
        "behaviour-asks",
        "With the patch in, a function that decides asks its surroundings for something that it did not ask for before: the environment, the time, its process or user, chance.",
        "If that is only told to somebody, nothing; a decision must not rest on it.",
    ),
    (
        "behaviour-unproven",
        "All cases come out right before the patch already, so they prove nothing of it.",
        "Add a case to the patch's manifest that fails without it.",
    ),
];

/// Names of the functions that a change's steps changed, each once.
pub(super) fn functions(change: &Change) -> Vec<String> {
    change
        .made
        .iter()
        .map(|made| made.within.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// Will the mail survive every client?
pub fn lint(commit: &Commit) -> Evidence {
    linted(&commit.author, lint::lint(&commit.message, &commit.changes))
}

/// Will a mail survive that brings a commit as this patch? The commit has no changes where the patch was put nowhere.
pub fn lint_mailed(commit: &Commit, patch: &[u8], files: &[FilePatch]) -> Evidence {
    let found = lint::mailed(&commit.message, patch, files, &commit.changes);
    linted(&commit.author, found)
}

fn linted(author: &Ident, found: Vec<lint::Finding>) -> Evidence {
    let found = lint::author(author).into_iter().chain(found);
    let findings = found.map(|found| {
        let place = match (&found.path, found.line) {
            (Some(path), Some(line)) => format!(" ({path}:{line})"),
            (Some(path), None) => format!(" ({path})"),
            (None, Some(line)) => format!(" (line {line} of the message)"),
            _ => String::new(),
        };
        Finding {
            code: found.code,
            severity: found.severity,
            message: format!("{}{place}", found.message),
        }
    });
    concluded("lint", None, findings.collect(), String::new())
}

/// Does the change leave its functions parseable, and everything else as it was?
pub(super) fn syntax(changes: &[&Change]) -> Evidence {
    let mut findings = Vec::new();
    let mut read = Vec::new();
    for change in changes {
        let (before, after) = (CFile::scan(&change.before), CFile::scan(&change.after));
        let named: BTreeSet<String> = functions(change).into_iter().collect();
        let (old, new) = (parts(&before), parts(&after));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let is_changed = |name: &&&String| old.get(**name) != new.get(**name);
        for name in names
            .iter()
            .filter(|name| is_changed(name) && !named.contains(**name))
        {
            let what = if name.is_empty() {
                "what stands outside functions".to_owned()
            } else {
                format!("`{name}`")
            };
            let message = format!("{what} is changed in {}", change.path);
            findings.push(error("code-elsewhere", message));
        }
        for name in &named {
            let (was, is) = (errors(&before, name), errors(&after, name));
            read.push(records::Parsed {
                path: &change.path,
                function: name.clone(),
                is_changed: old.get(name) != new.get(name),
                errors: (was, is),
            });
            if is > was {
                findings.push(error(
                    "code-unparsable",
                    format!("`{name}` in {} can't be parsed any more", change.path),
                ));
            }
        }
    }
    let detail = "the changed function parses, and nothing else is changed";
    Evidence {
        records: vec![records::parsed(&read)],
        ..concluded("syntax", Some(Outcome::Passed), findings, detail.to_owned())
    }
}

/// How many places of a function can't be parsed.
fn errors(file: &CFile, name: &str) -> usize {
    let functions = file.functions();
    let named = functions.iter().filter(|function| function.name == name);
    named
        .map(|function| FunctionTree::parse(file, function).errors())
        .sum()
}

/// The text of each function by name, and under the empty name all that stands outside.
fn parts(file: &CFile) -> BTreeMap<String, String> {
    let text = file.source.text();
    let mut parts: BTreeMap<String, String> = BTreeMap::new();
    let mut outside = String::new();
    let mut at = 0;
    for function in file.functions() {
        // The comment above a function belongs to what stands outside.
        outside.push_str(&text[at..function.span.start]);
        parts
            .entry(function.name)
            .or_default()
            .push_str(&text[function.span.start..function.span.end]);
        at = function.span.end;
    }
    outside.push_str(&text[at..]);
    parts.insert(String::new(), outside);
    parts
}

/// Does it compile without a new warning?
pub(super) fn compile(
    bench: &Bench,
    after: CTree,
    before: CTree,
    functions: &[String],
) -> Evidence {
    let compiled = bench.compile(after, before, functions);
    let how = match compiled.how {
        How::WholeFile => "the whole file, against the headers of its tree",
        How::Harness => "the function alone, all that it calls rendered around it",
    };
    let mut evidence = Evidence {
        check: "compile",
        outcome: compiled.outcome,
        before: Some(Outcome::Passed),
        after: Some(compiled.outcome),
        detail: how.to_owned(),
        ground: None,
        findings: Vec::new(),
        records: compiled
            .told
            .as_ref()
            .map_or_else(Vec::new, records::compiled),
    };
    let says = |code| {
        compiled
            .diagnostics
            .iter()
            .take(20)
            .map(move |said| error(code, said.to_string()))
    };
    match compiled.outcome {
        Outcome::Failed => evidence.findings.extend(says("compile-new-diagnostic")),
        // It compiles neither way, and what the compiler objects to stands in the base.
        Outcome::Error if !compiled.diagnostics.is_empty() => {
            evidence.outcome = Outcome::Failed;
            evidence.before = Some(Outcome::Failed);
            evidence.after = Some(Outcome::Failed);
            evidence.findings.extend(says("compile-base"));
        }
        Outcome::Error | Outcome::Skipped => {
            evidence.before = None;
            evidence.after = None;
            evidence.detail = compiled.reason.unwrap_or_default();
        }
        Outcome::Passed => {}
    }
    evidence
}

/// Does it go wrong before, and right after?
pub(super) fn behaviour(bench: &Bench, change: &Change, stage: CTree, base: CTree) -> Evidence {
    let functions = functions(change);
    bench.prepare();
    let play = |file: &Source| bench.play(&change.path, file, &change.before, &functions);
    let ((before, after), real) = rayon::join(
        || rayon::join(|| play(&change.before), || play(&change.after)),
        || bench.real(stage, base, &functions),
    );
    let with = |outcome| {
        let mut playings = before.iter().chain(&after);
        playings.find(move |playing| playing.outcome == outcome)
    };
    if let Some(stopped) = with(Outcome::Skipped) {
        return Evidence::skipped("behaviour", stopped.reason.clone().unwrap_or_default());
    }
    let broken = with(Outcome::Error);
    let mut findings: Vec<Finding> = after.iter().flat_map(wrong).collect();
    let (mut wrong_before, all) = count(&before);
    let mut detail = format!(
        "{wrong_before} of {all} cases wrong before, {} after",
        count(&after).0
    );
    if let Ok(real) = &real {
        let wrong = |cases: &[CaseResult]| cases.iter().filter(|case| !case.right).count();
        let (was_wrong, of) = (wrong(&real.before), real.before.len());
        detail.push_str(&format!(
            "; linked: {was_wrong} of {of}, {}",
            wrong(&real.after)
        ));
        let cases = real.after.iter().chain(&real.told.1);
        let cases = cases.filter(|case| !case.right);
        findings
            .extend(cases.map(|case| error("behaviour-wrong", told("linked with its tree", case))));
        wrong_before += was_wrong;
    }
    if wrong_before == 0 && broken.is_none() {
        findings.push(error(
            "behaviour-unproven",
            format!("all {all} cases come out right before the patch already"),
        ));
    }
    let outcome_before = match wrong_before {
        0 => Outcome::Passed,
        _ => Outcome::Failed,
    };
    let mut evidence = match broken {
        None => concluded("behaviour", Some(outcome_before), findings, detail),
        Some(broken) => Evidence {
            outcome: Outcome::Error,
            findings,
            ..Evidence::skipped("behaviour", broken.reason.clone().unwrap_or_default())
        },
    };
    evidence.records = records(&before, "before")
        .chain(records(&after, "after"))
        .chain(real.iter().flat_map(linked_records))
        .collect();
    evidence.ground = Some(ground(&real));
    evidence
}

/// What is wrong of a function that was played alone.
fn wrong(playing: &Playing) -> Vec<Finding> {
    let cases = playing.cases.iter().filter(|case| !case.right);
    let mut findings: Vec<Finding> = cases
        .map(|case| error("behaviour-wrong", told(&playing.function, case)))
        .collect();
    if let (Outcome::Failed, Some(reason)) = (playing.outcome, &playing.reason) {
        let message = format!("{}: {reason}", playing.function);
        findings.push(error("behaviour-wrong", message));
    }
    findings
}

/// A case that came out wrong, in words.
pub(super) fn told(of: &str, case: &CaseResult) -> String {
    format!(
        "{of}: {}: expected {}, saw {}",
        case.title, case.expected, case.observed
    )
}

/// Tells what decided: the tree's own code, or a stand-in for what it calls, and why.
pub(super) fn ground(real: &Result<Real, String>) -> Ground {
    match real {
        Ok(real) => Ground {
            is_real: true,
            told: format!(
                "linked with {} files of its own tree; cache files and ctimes are real",
                real.with.files.len()
            ),
        },
        Err(reason) => stand_in(reason),
    }
}

/// Tells the same of a tree as it stands. Equal files are asked once, so that it tells nothing of the tree that they were asked in.
pub(super) fn ground_of_tree(real: &Result<Vec<CaseResult>, String>) -> Ground {
    match real {
        Ok(_) => Ground {
            is_real: true,
            told: "linked with files of its own tree; cache files and ctimes are real".to_owned(),
        },
        Err(reason) => stand_in(reason),
    }
}

fn stand_in(reason: &str) -> Ground {
    Ground {
        is_real: false,
        told: format!("a stand-in for all that it calls, because {reason}"),
    }
}

fn count(playings: &[Playing]) -> (usize, usize) {
    let cases = || playings.iter().flat_map(|playing| &playing.cases);
    (cases().filter(|case| !case.right).count(), cases().count())
}

/// Makes a finding that fails its check.
pub(super) fn error(code: &'static str, message: String) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        message,
    }
}

/// Makes evidence of findings: failed where one of them is an error.
pub(super) fn concluded(
    check: &'static str,
    before: Option<Outcome>,
    findings: Vec<Finding>,
    detail: String,
) -> Evidence {
    let failed = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    let outcome = if failed {
        Outcome::Failed
    } else {
        Outcome::Passed
    };
    Evidence {
        check,
        outcome,
        before,
        after: before.map(|_| outcome),
        detail,
        ground: None,
        findings,
        records: Vec::new(),
    }
}
