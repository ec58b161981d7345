//! The checks of C code: what each shows, as evidence. How C is compiled and played is `c`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::c::{Bench, CTree, CaseResult, How, Playing, Real};
use super::{Evidence, Finding, Ground, Outcome, Record, Severity, lint};
use crate::compose::Change;
use crate::locate::FunctionTree;
use crate::syntax::c::CFile;
use crate::target::Commit;
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
    let found = lint::author(&commit.author).into_iter();
    let found = found.chain(lint::lint(&commit.message, &commit.changes));
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
    for change in changes {
        let (before, after) = (CFile::scan(&change.before), CFile::scan(&change.after));
        let named: BTreeSet<String> = functions(change).into_iter().collect();
        let (old, new) = (parts(&before), parts(&after));
        let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for name in names
            .into_iter()
            .filter(|name| old.get(*name) != new.get(*name) && !named.contains(*name))
        {
            let what = if name.is_empty() {
                "what stands outside functions".to_owned()
            } else {
                format!("`{name}`")
            };
            findings.push(error(
                "code-elsewhere",
                format!("{what} is changed in {}", change.path),
            ));
        }
        for name in &named {
            let errors = |file: &CFile| -> usize {
                file.functions()
                    .iter()
                    .filter(|f| f.name == *name)
                    .map(|f| FunctionTree::parse(file, f).errors())
                    .sum()
            };
            if errors(&after) > errors(&before) {
                findings.push(error(
                    "code-unparsable",
                    format!("`{name}` in {} can't be parsed any more", change.path),
                ));
            }
        }
    }
    let detail = "the changed function parses, and nothing else is changed";
    concluded("syntax", Some(Outcome::Passed), findings, detail.to_owned())
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
        records: Vec::new(),
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
        || bench.real(stage, base),
    );
    if let Some(stopped) = before
        .iter()
        .chain(&after)
        .find(|playing| playing.outcome == Outcome::Skipped)
    {
        return Evidence::skipped("behaviour", stopped.reason.clone().unwrap_or_default());
    }
    let broken = before
        .iter()
        .chain(&after)
        .find(|playing| playing.outcome == Outcome::Error);
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
        let cases = real.after.iter().filter(|case| !case.right);
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
        Err(reason) => Ground {
            is_real: false,
            told: format!("a stand-in for all that it calls, because {reason}"),
        },
    }
}

/// What it takes to link and ask the real code again, and what it answered.
pub(super) fn linked_records(real: &Real) -> Vec<Record> {
    let file = |name: &str, bytes: Vec<u8>| Record {
        name: format!("behaviour/linked/{name}"),
        bytes,
    };
    let json = |value: serde_json::Value| format!("{value:#}\n").into_bytes();
    let with = &real.with;
    let about = serde_json::json!({
        "files": with.files, "left_out": with.left_out, "stubs": with.stubs,
    });
    let script = format!(
        "# In a checkout of the tree, with the files of this folder laid over it: compiles, links and plays each case.\n{}",
        with.script
    );
    let sources = with.sources.iter();
    let mut records: Vec<Record> = sources
        .map(|(name, content)| file(name, content.to_vec()))
        .collect();
    records.push(file("linked.sh", script.into_bytes()));
    records.push(file("linked.json", json(about)));
    records.push(file("before.json", json(cases_of(&real.before))));
    records.push(file("after.json", json(cases_of(&real.after))));
    records
}

fn cases_of(cases: &[CaseResult]) -> serde_json::Value {
    let told = cases.iter().map(|case| {
        serde_json::json!({
            "case": case.id, "title": case.title, "expected": case.expected, "observed": case.observed,
            "right": case.right,
        })
    });
    told.collect()
}

fn count(playings: &[Playing]) -> (usize, usize) {
    let cases = || playings.iter().flat_map(|playing| &playing.cases);
    (cases().filter(|case| !case.right).count(), cases().count())
}

pub(super) fn records<'p>(
    playings: &'p [Playing],
    when: &'p str,
) -> impl Iterator<Item = Record> + 'p {
    playings.iter().filter(|playing| !playing.harness.is_empty()).flat_map(move |playing| {
        let name = |ending: &str| format!("behaviour/{}-{when}.{ending}", playing.function);
        let run = format!(
            "# Beside {0}-{when}.c: compiles it and plays each case.\n{1} -o harness {0}-{when}.c || exit\n./harness {2}\n",
            playing.function,
            playing.compiler,
            playing.arguments
        );
        [
            Record { name: name("sh"), bytes: run.into_bytes() },
            Record { name: name("c"), bytes: playing.harness.clone().into_bytes() },
            Record { name: name("json"), bytes: format!("{:#}\n", cases_of(&playing.cases)).into_bytes() },
        ]
    })
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
