//! Patches that were given, in every form that a right or a wrong fix may have: what the checks make of them.

mod code;
mod elsewhere;
mod histories;
mod history;
mod scriptlet;
mod steady;

use crate::support::{Bench, have};
use patchwright::check::Evidence;
use patchwright::check::inquiry::{Inquiry, Place, Stages};
use patchwright::check::sandbox::Sandbox;
use patchwright::compose::given::{self, Given};
use patchwright::series::{Library, Series};
use patchwright::status::Status;
use patchwright::target::{Blob, Commit, FileChange, Ident, Revision, Target, When};
use patchwright::text::Source;
use patchwright::verdict::Account;

/// The sample repository and the series that asks.
pub(super) struct Ground {
    series: Series,
    base: Revision,
    place: Place,
    checks: Vec<&'static str>,
    histories: bool,
    _bench: Bench,
}

/// A patch: files, each with its text before and after; none where there is no such file.
pub(super) type Files<'f> = Vec<(&'f str, Option<String>, Option<String>)>;

impl Ground {
    /// The sample at a revision; none where a program is missing.
    pub(super) fn at(revision: &str) -> Option<Self> {
        let bench = Bench::new();
        bench.sample("sample");
        Ground::of(bench, "sample", revision)
    }

    /// A folder of a bench as the tree.
    pub(super) fn of(bench: Bench, folder: &str, revision: &str) -> Option<Self> {
        if !have(&["gcc", "rpmspec", "bwrap"]) {
            return None;
        }
        let series = Series::load(&Library::find("capabilities-cache").unwrap()).unwrap();
        let target = Target::open(&bench.path(folder)).unwrap();
        let base = target.revision(revision).unwrap();
        Some(Ground {
            series,
            base,
            place: Sandbox::open(false),
            checks: patchwright::check::USUAL.to_vec(),
            histories: false,
            _bench: bench,
        })
    }

    /// Asks the named checks alone.
    pub(super) fn asking(mut self, checks: &[&'static str]) -> Self {
        self.checks = checks.to_vec();
        self
    }

    /// Plays the histories of the series as well.
    pub(super) fn with_histories(mut self) -> Self {
        self.histories = true;
        self
    }

    /// Reads specs for two distributions alone, one of each family: what costs most is rpm.
    pub(super) fn for_two_distributions(mut self) -> Self {
        for patch in &mut self.series.patches {
            if let Some(manifest) = &patch.scriptlet {
                let (head, rest) = manifest.text().split_once("[[variant]]").unwrap();
                let (variants, cases) = rest.split_once("# The neighbours").unwrap();
                let kept = variants.split("[[variant]]").filter(|variant| {
                    ["fedora-20", "rhel-6"]
                        .iter()
                        .any(|id| variant.contains(id))
                });
                let kept: String = kept
                    .map(|variant| format!("[[variant]]{variant}"))
                    .collect();
                let text = format!("{head}{kept}# The neighbours{cases}");
                patch.scriptlet = Some(Source::new(manifest.name(), text.into_bytes()));
            }
        }
        self
    }

    /// The text of a file of the base.
    pub(super) fn text(&self, path: &str) -> String {
        let blob = self.base.tree.read(path).unwrap().unwrap();
        String::from_utf8(blob.bytes.to_vec()).unwrap()
    }

    /// The text of a file of the base, where there is one.
    pub(super) fn there(&self, path: &str) -> Option<String> {
        let blob = self.base.tree.read(path).unwrap()?;
        Some(String::from_utf8(blob.bytes.to_vec()).unwrap())
    }

    /// Has a series of patches judged.
    pub(super) fn judge(&self, patches: Vec<Files>) -> Account {
        let given = patches.into_iter().zip(1..).map(|(files, number)| Given {
            id: number.to_string(),
            ..Given::of_commit(commit(files))
        });
        let given = given::settle(&self.base, given.collect()).unwrap();
        let stages = given::stages(&self.base, &given);
        let inquiry = Inquiry {
            series: &self.series,
            base: &self.base,
            stages: Stages::Given(&stages),
            checks: self.checks.clone(),
            histories: self.histories,
            outside: patchwright::check::outside::Outside::default(),
        };
        let answers = inquiry.ask(&self.place, &|_, _| {}).unwrap();
        let mut account = Account::of_given(&self.series, "Given".into(), &self.base, &given);
        account.answer(answers);
        account
    }

    /// Has a single patch judged that makes `after` of a file.
    pub(super) fn change(&self, path: &str, after: &str) -> Account {
        self.judge(vec![vec![(
            path,
            Some(self.text(path)),
            Some(after.to_owned()),
        )]])
    }
}

fn blob(text: &str) -> Blob {
    Blob::new(0o100_644, text.as_bytes())
}

fn commit(files: Files) -> Commit {
    Commit {
        id: "0".repeat(40),
        author: Ident {
            name: "A Ú Thor".into(),
            email: "author@example.org".into(),
        },
        date: When::at(1_432_123_517, 0),
        message: "topic: Change something\n\nSince it has to be changed.\n".into(),
        changes: files
            .into_iter()
            .map(|(path, before, after)| FileChange {
                path: path.into(),
                before: before.as_deref().map(blob),
                after: after.as_deref().map(blob),
                ..FileChange::default()
            })
            .collect(),
    }
}

/// Replaces a text that stands once.
pub(super) fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

/// The evidence of a check of a patch, by its number.
pub(super) fn evidence<'a>(account: &'a Account, number: usize, check: &str) -> Vec<&'a Evidence> {
    let of = account.patches[number].evidence.iter();
    of.filter(|evidence| evidence.check == check).collect()
}

/// Everything that the checks said, for messages.
pub(super) fn told(account: &Account) -> String {
    patchwright::report::terminal::account(account, None, false, true)
}

/// The status of the defect that a patch of the series mends, behind all given patches.
pub(super) fn after(account: &Account, patch: &str) -> Status {
    let fixes = account.fixes.as_ref().unwrap();
    fixes
        .iter()
        .find(|fix| fix.patch == patch)
        .unwrap()
        .after
        .status
}

/// Asserts that a fix is taken.
pub(super) fn assert_taken(name: &str, account: &Account, patch: &str) {
    assert_eq!(account.exit(false).code(), 0, "{name}\n{}", told(account));
    assert_eq!(
        after(account, patch),
        Status::Fixed,
        "{name}\n{}",
        told(account)
    );
}

/// Asserts that a fix is taken as one of a patch of the series, and that playing it says `how`.
pub(super) fn assert_fixes(name: &str, account: &Account, patch: &str, how: &str) {
    assert_taken(name, account, patch);
    let fixed = evidence(account, 0, "behaviour");
    assert!(
        fixed[0].detail.starts_with(how),
        "{name}\n{}",
        told(account)
    );
}

/// Asserts that a fix is refused, and that a check of one of these names did it.
pub(super) fn assert_refused(name: &str, account: &Account, checks: &[&str]) {
    assert_eq!(account.exit(false).code(), 1, "{name}\n{}", told(account));
    let failed = checks.iter().flat_map(|check| evidence(account, 0, check));
    let failed = failed.filter(|evidence| evidence.outcome.word() == "failed");
    assert!(failed.count() > 0, "{name}\n{}", told(account));
}
