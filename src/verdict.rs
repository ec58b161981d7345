//! Grounds and evidence into a verdict, and the verdict into an exit code; pure. Joins what structure showed and checks observed.

pub mod gate;
mod given;
mod place;

use crate::check::given::Fix;
use crate::check::outside::DAEMON_BASE;
use crate::check::scenario::Histories;
use crate::check::{Evidence, Outcome, Severity};
use crate::habit::Settled;
use crate::status::{Judgement, Status};
use crate::text::Problem;

pub use given::Origin;

/// All that is known of one series on one revision.
#[derive(Clone, Debug)]
pub struct Account {
    /// The series' name.
    pub series: String,
    /// Its title.
    pub title: String,
    /// The revision as it was typed.
    pub revision: String,
    /// Its commit, none for a directory.
    pub commit: Option<String>,
    /// Its patches, in order.
    pub patches: Vec<PatchAccount>,
    /// What became of each defect that the series mends, where the patches were given and not made by it.
    pub fixes: Option<Vec<Fix>>,
    /// How it is mailed by what was typed and what profiles say.
    pub habits: Settled,
    /// The histories that it was played in.
    pub histories: Histories,
}

/// All that is known of one patch.
#[derive(Clone, Debug)]
pub struct PatchAccount {
    /// Its id.
    pub patch: String,
    /// Its subject.
    pub subject: String,
    /// Its status on the base, and the grounds.
    pub judgement: Judgement,
    /// Whether the user asked for it.
    pub wanted: bool,
    /// Where it was put, empty where it was not.
    pub places: Vec<PutPlace>,
    /// Steps that found no place and need none: the step, and why.
    pub absent: Vec<(String, String)>,
    /// What the checks observed, in order.
    pub evidence: Vec<Evidence>,
    /// The file of its mail, where one was written.
    pub file: Option<String>,
    /// Where it comes from, where it was given and not made by the series.
    pub origin: Option<Origin>,
}

/// A place that a step changed.
#[derive(Clone, Debug)]
pub struct PutPlace {
    /// The step.
    pub step: String,
    /// The file.
    pub path: String,
    /// Line in the file afterwards, from 1.
    pub line: usize,
    /// The function or section.
    pub within: String,
}

/// What is made of it all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Mailable, all good.
    Ready,
    /// A check failed.
    Failed,
    /// A patch can't be placed, or its status could not be told.
    DoesNotApply,
    /// Every patch is there already, or the tree is not affected.
    NothingToDo,
    /// The base fails what no patch can be blamed for.
    BaseFails,
}

impl Verdict {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Ready => "ready",
            Verdict::Failed => "failed",
            Verdict::DoesNotApply => "does-not-apply",
            Verdict::NothingToDo => "nothing-to-do",
            Verdict::BaseFails => "base-fails",
        }
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: all good.
    Good,
    /// 1: a check failed, or a revision lacks a required fix.
    Failed,
    /// 2: the command line, a manifest or an input is wrong.
    Mistake,
    /// 3: the series does not apply, or could not be judged.
    DoesNotApply,
    /// 4: the base itself fails.
    BaseFails,
    /// 5: a check could not run, and `--strict` asked for it.
    Skipped,
    /// 6: nothing to do.
    NothingToDo,
    /// 70: a bug in patchwright.
    Bug,
}

impl Exit {
    /// All of them.
    pub const ALL: [Exit; 8] = [
        Exit::Good,
        Exit::Failed,
        Exit::Mistake,
        Exit::DoesNotApply,
        Exit::BaseFails,
        Exit::Skipped,
        Exit::NothingToDo,
        Exit::Bug,
    ];

    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Good => 0,
            Exit::Failed => 1,
            Exit::Mistake => 2,
            Exit::DoesNotApply => 3,
            Exit::BaseFails => 4,
            Exit::Skipped => 5,
            Exit::NothingToDo => 6,
            Exit::Bug => 70,
        }
    }

    /// Returns what the number means.
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Good => "all good",
            Exit::Failed => "a check failed, or a revision lacks a required fix",
            Exit::Mistake => "the command line, a manifest or an input is wrong",
            Exit::DoesNotApply => {
                "the series does not apply: a patch can't be placed, or its status could not be told"
            }
            Exit::BaseFails => "the base itself fails what no patch can be blamed for",
            Exit::Skipped => "a check could not run, and --strict asked for it",
            Exit::NothingToDo => {
                "nothing to do: every patch is there already, or the tree is not affected"
            }
            Exit::Bug => "a bug in patchwright",
        }
    }

    fn weight(self) -> u8 {
        match self {
            Exit::Bug => 7,
            Exit::Mistake => 6,
            Exit::BaseFails => 5,
            Exit::DoesNotApply => 4,
            Exit::Failed => 3,
            Exit::Skipped => 2,
            Exit::NothingToDo => 1,
            Exit::Good => 0,
        }
    }

    /// Returns the one of two that a run with both ends with.
    #[must_use]
    pub fn worst(self, other: Exit) -> Exit {
        if other.weight() > self.weight() {
            other
        } else {
            self
        }
    }
}

impl Account {
    /// Returns the patches that are put on the tree.
    pub fn mailed(&self) -> impl Iterator<Item = &PatchAccount> {
        self.patches.iter().filter(|patch| !patch.places.is_empty())
    }

    /// Returns the problems that keep a wanted patch from being placed.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.patches
            .iter()
            .filter(|patch| patch.wanted)
            .flat_map(|patch| &patch.judgement.problems)
    }

    /// Returns how many checks could not be asked.
    pub fn skipped(&self) -> usize {
        self.evidence()
            .filter(|evidence| evidence.outcome == Outcome::Skipped)
            .count()
    }

    /// Returns all evidence, patch by patch.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        self.patches.iter().flat_map(|patch| &patch.evidence)
    }

    /// Returns the account as it is before anything is checked: the same on every machine.
    #[must_use]
    pub fn unobserved(&self) -> Account {
        let mut account = Account {
            fixes: None,
            ..self.clone()
        };
        for patch in &mut account.patches {
            patch.evidence.clear();
        }
        account.histories = Histories::Unasked;
        account
    }

    /// Returns the verdict. Under `strict` a skipped check and a note fail the series.
    pub fn verdict(&self, strict: bool) -> Verdict {
        verdict(&self.patches, strict)
    }

    /// Returns how many patches at the front of the series are good, each on its own, or there already.
    pub fn good_at_the_front(&self, strict: bool) -> usize {
        let good = |patch: &&PatchAccount| {
            let alone = verdict(std::slice::from_ref(*patch), strict);
            matches!(alone, Verdict::Ready | Verdict::NothingToDo)
        };
        self.patches.iter().take_while(good).count()
    }

    /// Returns how a run over this revision alone ends.
    pub fn exit(&self, strict: bool) -> Exit {
        match self.verdict(strict) {
            Verdict::Ready => Exit::Good,
            Verdict::DoesNotApply => Exit::DoesNotApply,
            Verdict::NothingToDo => Exit::NothingToDo,
            Verdict::BaseFails => Exit::BaseFails,
            Verdict::Failed if self.evidence().any(fails_anyhow) => Exit::Failed,
            // Notes and skips alone: a skip says less than a note, so a note decides.
            Verdict::Failed if self.evidence().any(has_note) => Exit::Failed,
            Verdict::Failed => Exit::Skipped,
        }
    }
}

/// Returns what is made of patches.
fn verdict(patches: &[PatchAccount], strict: bool) -> Verdict {
    let blocked = |patch: &PatchAccount| match patch.judgement.status {
        Status::Missing => !patch.judgement.applies,
        Status::Undetermined => true,
        Status::Fixed | Status::NotAffected => false,
    };
    let evidence = || patches.iter().flat_map(|patch| &patch.evidence);
    if evidence().any(base_fails) {
        Verdict::BaseFails
    } else if patches.iter().any(|patch| patch.wanted && blocked(patch)) {
        Verdict::DoesNotApply
    } else if evidence().any(|evidence| fails(evidence, strict)) {
        Verdict::Failed
    } else if patches.iter().all(|patch| patch.places.is_empty()) {
        Verdict::NothingToDo
    } else {
        Verdict::Ready
    }
}

/// What only asks whether a stage is sound fails at the base already.
fn base_fails(evidence: &Evidence) -> bool {
    matches!(evidence.check, "syntax" | "compile" | "object" | "build")
        && evidence.before == Some(Outcome::Failed)
        // Its cases are meant to fail there; that it can't be built or does not answer is not.
        || evidence.findings.iter().any(|finding| finding.code == DAEMON_BASE)
}

fn fails_anyhow(evidence: &Evidence) -> bool {
    matches!(evidence.outcome, Outcome::Failed | Outcome::Error)
}

fn has_note(evidence: &Evidence) -> bool {
    evidence
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Note)
}

/// Returns whether what a check observed fails the series. Under `strict` a skipped check and a note do.
pub fn fails(evidence: &Evidence, strict: bool) -> bool {
    fails_anyhow(evidence)
        || (strict && (evidence.outcome == Outcome::Skipped || has_note(evidence)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(status: Status, applies: bool, evidence: Vec<Evidence>) -> Account {
        let judgement = Judgement {
            patch: "p".into(),
            status,
            applies,
            code: "code",
            reason: String::new(),
            places: Vec::new(),
            problems: Vec::new(),
        };
        let place = PutPlace {
            step: "s".into(),
            path: "a".into(),
            line: 1,
            within: "f".into(),
        };
        let places = if applies { vec![place] } else { Vec::new() };
        let patch = PatchAccount {
            patch: "p".into(),
            subject: "s".into(),
            judgement,
            wanted: true,
            places,
            absent: Vec::new(),
            evidence,
            file: None,
            origin: None,
        };
        Account {
            series: "s".into(),
            title: "t".into(),
            revision: "HEAD".into(),
            commit: None,
            patches: vec![patch],
            fixes: None,
            habits: Settled::default(),
            histories: Histories::Unasked,
        }
    }

    fn evidence(check: &'static str, before: Outcome, outcome: Outcome) -> Evidence {
        Evidence {
            before: Some(before),
            outcome,
            ..Evidence::skipped(check, "")
        }
    }

    #[test]
    fn a_series_is_ready_only_when_every_check_that_ran_passed() {
        let good = evidence("behaviour", Outcome::Failed, Outcome::Passed);
        assert_eq!(
            account(Status::Missing, true, vec![good.clone()]).exit(false),
            Exit::Good
        );
        let bad = evidence("behaviour", Outcome::Failed, Outcome::Failed);
        assert_eq!(
            account(Status::Missing, true, vec![good.clone(), bad]).exit(false),
            Exit::Failed
        );
        let error = evidence("behaviour", Outcome::Failed, Outcome::Error);
        assert_eq!(
            account(Status::Missing, true, vec![good, error]).exit(false),
            Exit::Failed
        );
    }

    #[test]
    fn what_could_be_taken_as_it_is_ends_with_the_first_patch_that_is_not_good() {
        let good = evidence("lint", Outcome::Passed, Outcome::Passed);
        let bad = evidence("lint", Outcome::Passed, Outcome::Failed);
        let one = |evidence| account(Status::Missing, true, vec![evidence]).patches;
        let there = account(Status::Fixed, false, vec![]).patches;
        let patches = [one(good.clone()), there, one(bad), one(good)].concat();
        let account = Account {
            patches,
            ..account(Status::Missing, true, vec![])
        };
        assert_eq!(account.good_at_the_front(false), 2);
    }

    #[test]
    fn a_skip_fails_under_strict_alone() {
        let skipped = account(
            Status::Missing,
            true,
            vec![Evidence::skipped("compile", "no compiler")],
        );
        assert_eq!(skipped.exit(false), Exit::Good);
        assert_eq!(skipped.exit(true), Exit::Skipped);
    }

    #[test]
    fn a_base_that_does_not_compile_is_not_the_patches_fault() {
        let broken = evidence("compile", Outcome::Failed, Outcome::Failed);
        assert_eq!(
            account(Status::Missing, true, vec![broken]).exit(false),
            Exit::BaseFails
        );
        let defect = evidence("behaviour", Outcome::Failed, Outcome::Passed);
        assert_eq!(
            account(Status::Missing, true, vec![defect]).exit(false),
            Exit::Good
        );
    }

    #[test]
    fn what_is_open_or_cannot_be_placed_does_not_apply_and_what_is_there_is_nothing_to_do() {
        assert_eq!(
            account(Status::Undetermined, false, vec![]).exit(false),
            Exit::DoesNotApply
        );
        assert_eq!(
            account(Status::Missing, false, vec![]).exit(false),
            Exit::DoesNotApply
        );
        assert_eq!(
            account(Status::Fixed, false, vec![]).exit(false),
            Exit::NothingToDo
        );
        assert_eq!(
            account(Status::NotAffected, false, vec![]).exit(false),
            Exit::NothingToDo
        );
    }

    #[test]
    fn the_worst_exit_follows_the_table() {
        let order = [70, 2, 4, 3, 1, 5, 6, 0];
        for (at, high) in order.iter().enumerate() {
            for low in &order[at..] {
                let of = |code: u8| {
                    Exit::ALL
                        .into_iter()
                        .find(|exit| exit.code() == code)
                        .unwrap()
                };
                assert_eq!(of(*low).worst(of(*high)).code(), *high);
                assert_eq!(of(*high).worst(of(*low)).code(), *high);
            }
        }
    }
}
