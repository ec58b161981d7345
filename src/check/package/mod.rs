//! The check `package`: does the real rpm, with packages that carry the spec's own scriptlets, leave behind what the series promises?
//!
//! Every build is installed, reinstalled, upgraded and downgraded, and one without the patch is upgraded to one with it and back.
//! Packages are built and installed in the sandbox, by a user without rights. It knows no package, path or distribution by name.

mod build;
mod course;

use std::collections::BTreeMap;
use std::io;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::given::judged::{Played, Step, Wrong};
use super::sandbox::Sandbox;
use super::{Evidence, Outcome, Record, code};
use crate::series::scriptlet::{Case, Scriptlet as Promises};
pub(super) use build::{Build, Carrier};
use course::{Act, Course, Transaction};

/// The findings that this check tells beside those of the scriptlets.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "package-fails",
        "rpm ends a transaction with another status than 0 where it succeeded before the patch.",
        "Look at what rpm says; end the inserted command with `|| :`.",
    ),
    (
        "package-complains",
        "rpm, or `rpm -V` behind a transaction, complains of what it did not complain of before the patch.",
        "Let the scriptlet succeed, and leave what the package owns in its place.",
    ),
    (
        "package-unproven",
        "Every transaction comes out right before the patch already, so packages prove nothing of it.",
        "Name a case with `packaged` whose files stand before the transaction and must be gone behind it.",
    ),
];

/// What a distribution's packages are, or why that can't be told.
pub(super) type States = BTreeMap<String, Result<Build, String>>;

/// What packages are put through.
pub(super) struct Yard<'y> {
    sandbox: &'y Sandbox,
    promises: &'y Promises,
    case: &'y Case,
}

/// What came of the packages before and after a patch.
pub(super) struct Outcomes {
    before: Played,
    after: Played,
    /// Whether a downgrade to a build without the patch leaves what must go.
    undone: bool,
}

/// A build before the patch, if there is one, and the one after it.
type Pair<'p> = (Option<&'p Build>, &'p Build);

/// A distinct pair of builds, the distributions that have it, and what came of it.
struct Row<'r> {
    pair: Pair<'r>,
    variants: Vec<&'r str>,
    before: Option<Course>,
    after: Course,
    meeting: Option<Course>,
}

impl<'y> Yard<'y> {
    /// Opens one.
    ///
    /// # Errors
    /// What this machine or the series lacks.
    pub(super) fn open(sandbox: &'y Sandbox, promises: &'y Promises) -> Result<Self, String> {
        if let Some(lacking) = super::lacking("package").first() {
            return Err(format!("no `{}`; {}", lacking.name, lacking.how()));
        }
        if !sandbox.is_private() {
            return Err(
                "packages need a file system of their own, which is not possible without a sandbox"
                    .to_owned(),
            );
        }
        let case = promises.packaged_case();
        let case = case.ok_or("the series has no case whose files could stand before a package")?;
        Ok(Yard {
            sandbox,
            promises,
            case,
        })
    }

    /// Puts the packages before and after a patch through transactions.
    ///
    /// # Errors
    /// The sandbox could not be used.
    pub(super) fn outcomes(&self, before: &States, after: &States) -> io::Result<Outcomes> {
        let mut pairs: Vec<(Pair, Vec<&str>)> = Vec::new();
        for (variant, build) in after {
            let Ok(build) = build else { continue };
            let old = before.get(variant).and_then(|build| build.as_ref().ok());
            match pairs.iter_mut().find(|(known, _)| *known == (old, build)) {
                Some((_, variants)) => variants.push(variant),
                None => pairs.push(((old, build), vec![variant])),
            }
        }
        let rows: Vec<Row> = pairs
            .par_iter()
            .map(|((old, new), variants)| self.row((*old, new), variants.clone()))
            .collect::<io::Result<_>>()?;
        let mut outcomes = Outcomes {
            before: Played::default(),
            after: Played::default(),
            undone: false,
        };
        for row in &rows {
            row.sum(&mut outcomes);
        }
        if rows.is_empty() {
            let reason = after.values().find_map(|build| build.as_ref().err());
            let none = || "no distribution of the series has the package".to_owned();
            outcomes.after = Played::unknown(reason.cloned().unwrap_or_else(none));
        }
        outcomes.after.records = vec![Record {
            name: "package/transactions.json".to_owned(),
            bytes: format!(
                "{:#}\n",
                rows.iter().map(Row::told).collect::<serde_json::Value>()
            )
            .into_bytes(),
        }];
        Ok(outcomes)
    }

    fn row<'r>(&self, pair: Pair<'r>, variants: Vec<&'r str>) -> io::Result<Row<'r>> {
        let alone = |build: &Build| {
            let acts = [
                (Act::Install, 0),
                (Act::Reinstall, 0),
                (Act::Upgrade, 1),
                (Act::Downgrade, 0),
            ];
            self.taken(&[build, build], &acts)
        };
        let (before, after) = rayon::join(|| pair.0.map(alone).transpose(), || alone(pair.1));
        let meeting = match pair.0 {
            Some(old) if old != pair.1 => {
                let acts = [(Act::Install, 0), (Act::Upgrade, 1), (Act::Downgrade, 0)];
                Some(self.taken(&[old, pair.1], &acts)?)
            }
            _ => None,
        };
        Ok(Row {
            pair,
            variants,
            before: before?,
            after: after?,
            meeting,
        })
    }

    /// Takes builds through acts, each distinct course once.
    fn taken(&self, builds: &[&Build], acts: &[(Act, usize)]) -> io::Result<Course> {
        let layout = self.promises.layout(self.case);
        let question = [
            format!("{builds:?}"),
            format!("{acts:?}"),
            format!("{layout:?}"),
            format!("{:?}", self.promises.stub),
        ];
        let question = question.each_ref().map(String::as_str);
        self.sandbox.memory().tried("package", &question, || {
            let releases = 1..;
            let builds: Vec<(&Build, u32)> = builds.iter().copied().zip(releases).collect();
            course::take(self.sandbox, self.promises, self.case, &builds, acts)
        })
    }
}

impl Outcomes {
    /// Returns whether every transaction with the patch comes out right.
    pub(super) fn is_right(&self) -> bool {
        self.after.is_right() == Some(true)
    }

    /// Tells them of a patch of the series itself, which has to mend something.
    pub(super) fn of_own(&self, patch: &str) -> Option<Evidence> {
        let mut evidence = self.of_given(patch, true, None)?;
        if self.before.is_right() == Some(true) {
            let message = "every transaction comes out right before the patch already".to_owned();
            evidence
                .findings
                .push(code::error("package-unproven", message));
            evidence.outcome = Outcome::Failed;
        }
        Some(evidence)
    }

    /// Tells them of a given patch: whether it `aims` at what `patch` of the series mends, and the position of a later one that
    /// completes it; nothing of one that is about something else.
    pub(super) fn of_given(
        &self,
        patch: &str,
        aims: bool,
        completed: Option<usize>,
    ) -> Option<Evidence> {
        let step = Step {
            check: "package",
            patch,
            before: &self.before,
            after: &self.after,
            aims,
            completed,
        };
        let mut evidence = step.evidence()?;
        if self.undone && evidence.outcome == Outcome::Passed {
            evidence
                .detail
                .push_str("; a downgrade to a package without the patch mends nothing");
        }
        Some(evidence)
    }
}

impl Row<'_> {
    fn sum(&self, outcomes: &mut Outcomes) {
        let base = match &self.before {
            Some(Ok(base)) => Some(base),
            Some(Err(reason)) => {
                outcomes.before = Played::unknown(reason.clone());
                None
            }
            None => None,
        };
        let broken = base.into_iter().flatten().find(|done| done.status != 0);
        if let Some(broken) = broken {
            let line = broken.said.iter().next().cloned().unwrap_or_default();
            let reason = format!(
                "the package of the tree before can't be put through {}: {line}",
                broken.act.named()
            );
            outcomes.after = Played::unknown(reason);
            return;
        }
        let after = match &self.after {
            Ok(after) => after,
            Err(reason) => {
                outcomes.after = Played::unknown(reason.clone());
                return;
            }
        };
        for done in base.into_iter().flatten() {
            self.add(&mut outcomes.before, done, "", None);
        }
        for done in after {
            let same = base.and_then(|base| base.iter().find(|other| other.act == done.act));
            self.add(&mut outcomes.after, done, "", same);
        }
        let Some(Ok(meeting)) = &self.meeting else {
            return;
        };
        for done in meeting {
            let same = base.and_then(|base| base.iter().find(|other| other.act == done.act));
            match done.act {
                Act::Upgrade => {
                    let from = " from the package without the patch";
                    self.add(&mut outcomes.after, done, from, same);
                }
                Act::Downgrade => outcomes.undone |= !done.wrong.is_empty(),
                Act::Install | Act::Reinstall => {}
            }
        }
    }

    /// Adds what came of a transaction in each distribution; `base` is the same one before the patch.
    fn add(&self, played: &mut Played, done: &Transaction, from: &str, base: Option<&Transaction>) {
        let mut wrong: Vec<(&'static str, String)> = done
            .wrong
            .iter()
            .map(|found| (found.code, found.message.clone()))
            .collect();
        if let Some(base) = base {
            if done.status != 0 {
                wrong.push((
                    "package-fails",
                    format!("rpm ends with status {}", done.status),
                ));
            }
            let new = done.said.difference(&base.said);
            wrong.extend(new.map(|line| ("package-complains", format!("`{line}`"))));
        }
        for variant in &self.variants {
            played.all += 1;
            let Some((code, message)) = wrong.first() else {
                continue;
            };
            let of = format!(
                "{}{from}, in which rpm ran {}",
                done.act.named(),
                done.ran()
            );
            let name = format!("{}{from} {variant}", done.act.word());
            played.wrong.insert(
                name,
                Wrong {
                    code,
                    of: Some((of, (*variant).to_owned())),
                    message: message.clone(),
                    is_case: true,
                },
            );
        }
    }

    fn told(&self) -> serde_json::Value {
        let course = |course: &Course, patched: &dyn Fn(u32) -> bool| match course {
            Ok(course) => course.iter().map(|done| done.told(patched)).collect(),
            Err(reason) => serde_json::Value::from(reason.as_str()),
        };
        serde_json::json!({
            "variants": self.variants,
            "packages": self.pair.1.iter().map(|carrier| carrier.name.as_str()).collect::<Vec<_>>(),
            "before": self.before.as_ref().map(|taken| course(taken, &|_| false)),
            "after": course(&self.after, &|_| true),
            "between": self.meeting.as_ref().map(|taken| course(taken, &|release| release == 2)),
        })
    }
}

impl Act {
    fn named(self) -> &'static str {
        match self {
            Act::Install => "an install",
            Act::Reinstall => "a reinstall",
            Act::Upgrade => "an upgrade",
            Act::Downgrade => "a downgrade",
        }
    }
}

impl Transaction {
    /// The scriptlets that rpm ran, with their arguments.
    fn ran(&self) -> String {
        let calls = self.calls.iter().map(|call| match call.section {
            "" => format!("another with {}", call.argument),
            section => format!("{section} {}", call.argument),
        });
        let calls: Vec<String> = calls.collect();
        match calls.is_empty() {
            true => "no scriptlet".to_owned(),
            false => calls.join(", "),
        }
    }

    fn told(&self, patched: &dyn Fn(u32) -> bool) -> serde_json::Value {
        let build = |release: u32| match release {
            0 => serde_json::Value::Null,
            _ => serde_json::json!({"release": release, "patched": patched(release)}),
        };
        serde_json::json!({
            "transaction": self.act.word(),
            "from": build(self.releases.0),
            "to": build(self.releases.1),
            "status": self.status,
            "scriptlets": self.calls.iter().map(|call| serde_json::json!({
                "section": call.section, "of": build(call.release), "argument": call.argument,
            })).collect::<Vec<_>>(),
            "wrong": self.wrong.iter().map(|found| found.message.as_str()).collect::<Vec<_>>(),
            "complaints": self.said,
        })
    }
}
