//! `generate --commits`: commits that exist, as a range names them, checked and mailed like any series.

use serde_json::json;
use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::letters::{base_in_words, histories};
use super::{Ground, Made, Run, Wish, folder, place};
use crate::check::inquiry::{Inquiry, Place, Stages};
use crate::check::{Evidence, NAMES, Outcome};
use crate::cli::args::Generate;
use crate::cli::subject::Subject;
use crate::cli::{Stop, identity, reports};
use crate::compose::{self, Commits, Given, Standing, trailers};
use crate::mail::{self, Binaries, Whole};
use crate::render::render;
use crate::report::progress::Event;
use crate::target::commit::short;
use crate::target::range::{Pairing, Range};
use crate::target::{Commit, Revision, When};
use crate::text::{Problem, Source};
use crate::verdict::{Account, Exit};

/// What is known of commits that exist beyond what each of them tells.
pub(super) struct Existing {
    /// What they change together.
    pub(super) whole: Whole,
    /// How git prints the files that are no text.
    pub(super) binaries: Binaries,
    /// What they are made on.
    pub(super) base: Option<mail::Base>,
}

/// The cover letter's blurb.
const COVER: (&str, &str) = (
    "templates/commits/cover-letter.txt",
    include_str!("../../../templates/commits/cover-letter.txt"),
);

pub(super) fn run(typed: &Generate, name: &str) -> Result<Exit, Stop> {
    let one = |problem: Problem| vec![problem];
    let subject = Subject::open(&typed.common, &[])?;
    let pairing = match typed.no_renames {
        true => Pairing::None,
        false => Pairing::Renames,
    };
    let range = subject.target.range(name, pairing).map_err(one)?;
    let ids: Vec<&str> = (range.commits.iter())
        .map(|commit| commit.id.as_str())
        .collect();
    let wish = Wish::new(typed, &subject, &ids)?;
    reports::probe(&wish.reports)?;
    let base = base(&subject, &range).map_err(one)?;
    let folders = folder::folders(&wish, std::slice::from_ref(&base))?;
    let existing = Existing {
        base: wish.made_on(&range).map_err(one)?,
        whole: Whole {
            authors: range
                .authors
                .into_iter()
                .map(|author| author.name)
                .collect(),
            changes: range.changes,
            needs_charset: range.needs_charset,
        },
        binaries: range.binaries,
    };
    let ground = Ground {
        revision: base,
        package: None,
    };
    let place = place(&wish.checks, typed.checks.unsandboxed);
    let run = wish.mail_existing(range.commits, &existing, &ground, &folders[0], &place)?;
    let exit = run.account.exit(typed.checks.strict);
    wish.report(&[run])?;
    Ok(exit)
}

/// Returns the tree right below the commits, under the name that was typed for it if there is one.
fn base(subject: &Subject, range: &Range) -> Result<Revision, Problem> {
    let Some(parent) = &range.parent else {
        // The first of a history is made on nothing.
        let tip = range.commits.last().map_or("HEAD", |tip| tip.id.as_str());
        let tip = subject.target.revision(tip)?;
        return Ok(Revision {
            name: "nothing".to_owned(),
            commit: None,
            tree: tip.tree.only(BTreeSet::new()),
        });
    };
    let typed = range.name.split("..").next().unwrap_or_default();
    let is_parent = |revision: &Revision| {
        let commit = revision.commit.as_ref();
        commit.is_some_and(|commit| commit.id == *parent)
    };
    let named = subject.target.revision(typed).ok().filter(is_parent);
    named.map_or_else(|| subject.target.revision(parent), Ok)
}

impl Wish<'_> {
    /// Returns what the first mail says the commits are made on.
    fn made_on(&self, range: &Range) -> Result<Option<mail::Base>, Problem> {
        let named = match self.typed.base.as_str() {
            "none" => return Ok(None),
            "auto" => None,
            named => Some(named),
        };
        let Some(below) = self.subject.target.below(range, named)? else {
            return Ok(None);
        };
        Ok(Some(mail::Base {
            commit: below.commit,
            prerequisites: below.prerequisites,
        }))
    }

    fn mail_existing(
        &self,
        commits: Vec<Commit>,
        existing: &Existing,
        ground: &Ground,
        folder: &std::path::Path,
        place: &Place,
    ) -> Result<Run, Stop> {
        let one = |problem: Problem| vec![problem];
        let base = &ground.revision;
        self.progress.tell(&Event::Judging(&base.name));
        let habits = self.habits(base, &paths(&commits)).map_err(one)?;
        let commits = with_trailers(commits, &self.trailers(&habits));
        let given = commits.commits.iter().cloned().map(Given::of_commit);
        let given = compose::given::settle(base, given.collect())
            .map_err(|fault| vec![Problem::from(fault)])?;
        let stages = compose::given::stages(base, &given);
        let title = self.title(&commits.commits);
        let mut account = Account {
            habits,
            ..Account::of_given(&self.subject.series, title, base, &given)
        };
        let made = Made {
            date: self.cover_date(&commits.commits).map_err(one)?,
            commits: &commits,
            ground,
            end: stages.last().map_or(&base.tree, |stage| &stage.tree),
            range: Some(existing),
            letters: OnceCell::new(),
        };
        // What can't stand in a mail is told before anything is run or written.
        let mails = self.mails(&account, &made).map_err(one)?;
        let exported = self.export(&mails, &made).map_err(one)?;
        let inquiry = Inquiry {
            series: &self.subject.series,
            base,
            stages: Stages::Given(&stages),
            checks: self.checks.clone(),
            histories: true,
            outside: super::outside(&self.typed.checks),
        };
        let hear = |patch: &str, check: &str| {
            let patch = short(patch);
            self.progress.tell(&Event::Checking { patch, check });
        };
        let (read_back, answers) = rayon::join(
            || self.compared(&exported, &mails, &commits),
            || inquiry.ask(place, &hear),
        );
        let mut answers = answers?;
        drop((exported, mails));
        let applying = given
            .iter()
            .zip(read_back)
            .filter(|(patch, _)| matches!(patch.standing, Standing::Applies));
        for (evidence, (_, found)) in answers.evidence.iter_mut().zip(applying) {
            self.tell(evidence, found);
        }
        account.answer(answers);
        let written = self.write(&mut account, folder, &made)?;
        Ok(Run {
            account,
            written,
            diffs: made.diffs(),
        })
    }

    /// Returns what the whole is called: in the author's words, else by its patches.
    fn title(&self, commits: &[Commit]) -> String {
        if let Some(title) = &self.words.title {
            return title.clone();
        }
        let title = |commit: &Commit| crate::target::commit::title_and_body(&commit.message).0;
        let first = commits.first().map(title).unwrap_or_default();
        match commits.len() {
            0 | 1 => first,
            2 => format!("{first}, and another patch"),
            many => format!("{first}, and {} more patches", many - 1),
        }
    }

    /// Returns the date of the cover letter: the one that is stated, else that of the last commit.
    fn cover_date(&self, commits: &[Commit]) -> Result<When, Problem> {
        let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
        let stated = identity::stated_date(self.typed, epoch.as_deref())?;
        let last = commits.last().map(|last| last.date);
        Ok(stated.or(last).unwrap_or_default())
    }
}

/// The files that commits change.
fn paths(commits: &[Commit]) -> Vec<String> {
    let changes = commits.iter().flat_map(|commit| &commit.changes);
    changes.map(|change| change.path.clone()).collect()
}

/// Adds trailers to every message.
fn with_trailers(commits: Vec<Commit>, trailers: &[String]) -> Commits {
    let commits = commits.into_iter().map(|commit| Commit {
        message: trailers::with(&commit.message, trailers),
        ..commit
    });
    Commits {
        commits: commits.collect(),
        trees: Vec::new(),
        objects: Vec::new(),
    }
}

/// Writes the blurb: the author's own words, and what was checked. Of a thousand patches it tells no more than of one.
pub(super) fn cover_body(
    words: Option<&str>,
    account: &Account,
    again: &str,
) -> Result<String, Problem> {
    let ran = |evidence: &Evidence| evidence.outcome != Outcome::Skipped;
    let checks: Vec<_> = NAMES
        .iter()
        .filter_map(|name| told(name, account))
        .collect();
    let context = json!({
        "words": words,
        "checked": account.evidence().any(ran),
        "base": base_in_words(account),
        "patches": account.mailed().count(),
        "checks": checks,
        "histories": histories(account),
        "series": account.series,
        "again": again.lines().collect::<Vec<_>>(),
        "version": env!("CARGO_PKG_VERSION"),
    });
    let template = Source::new(COVER.0, COVER.1.as_bytes().to_vec());
    render(&template, context).map(|text| text.trim_end().to_owned() + "\n")
}

/// What a check said of all patches, as the template sees it; `None` where it was asked of none.
fn told(name: &str, account: &Account) -> Option<serde_json::Value> {
    let asked: Vec<(usize, &Evidence)> = (1..)
        .zip(account.mailed())
        .flat_map(|(number, patch)| patch.evidence.iter().map(move |entry| (number, entry)))
        .filter(|(_, entry)| entry.check == name)
        .collect();
    if asked.is_empty() {
        return None;
    }
    let count = |outcome: Outcome| {
        asked
            .iter()
            .filter(|(_, entry)| entry.outcome == outcome)
            .count()
    };
    let outcomes = [
        Outcome::Passed,
        Outcome::Failed,
        Outcome::Error,
        Outcome::Skipped,
    ];
    let word = |outcome: Outcome| match outcome {
        Outcome::Skipped => "not checked here",
        outcome => outcome.word(),
    };
    let outcomes: Vec<String> = outcomes
        .into_iter()
        .map(|outcome| (word(outcome), count(outcome)))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| match count == asked.len() {
            true => word.to_owned(),
            false => format!("{word} {count}"),
        })
        .collect();
    let is_mended = |entry: &Evidence| {
        entry.before == Some(Outcome::Failed) && entry.outcome == Outcome::Passed
    };
    let mended = asked.iter().filter(|(_, entry)| is_mended(entry));
    let mended = mended.map(|(number, entry)| json!({"number": number, "detail": entry.detail}));
    Some(json!({
        "name": name,
        "outcomes": outcomes.join(", "),
        "mended": mended.collect::<Vec<_>>(),
    }))
}
