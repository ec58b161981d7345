//! `patchwright generate`: puts a series on revisions, checks it after every patch, writes the mails.

mod commits;
mod downstream;
mod evidence;
mod exports;
mod folder;
mod habits;
mod letters;
mod previous;
mod words;

use commits::Existing;
pub(super) use downstream::CODES;
use downstream::Ground;
pub(super) use evidence::named;
pub(super) use exports::quoted;
pub(super) use previous::CODES as RANGE_DIFF_CODES;
use serde_json::{Value, json};
use std::cell::OnceCell;
use std::path::Path;
use std::sync::OnceLock;

use super::reports::{Form, Told};
use super::subject::Subject;
use super::{Stop, identity, print, reports, use_color};
use crate::check;
use crate::check::inquiry::{Inquiry, Place, Stages};
use crate::check::outside::Outside;
use crate::check::sandbox::{Sandbox, Unavailable};
use crate::check::scenario::Histories;
use crate::cli::args::{Checks, ExportForm, Format, Generate};
use crate::compose::{self, Commits, Signing, Stage};
use crate::habit::Settled;
use crate::mail::Draft;
use crate::mail::notes::Note;
use crate::report::progress::{Event, Progress};
use crate::report::terminal::{self, Written};
use crate::report::{cases, json as document};
use crate::series::Patch;
use crate::status::{self, Judgement, Status};
use crate::target::{Ident, Revision, Tree, When};
use crate::text::Problem;
use crate::verdict::{Account, Exit, PatchAccount, PutPlace};
use previous::Previous;
use words::Words;

/// What was typed, resolved: nothing in it can be wrong any more.
struct Wish<'w> {
    typed: &'w Generate,
    subject: &'w Subject,
    checks: Vec<&'static str>,
    sender: Ident,
    author: Ident,
    trailers: Vec<String>,
    /// The user's own words for the cover letter.
    words: Words,
    /// The user's notes on the patches.
    notes: Vec<Note>,
    /// The version before.
    previous: Option<Previous>,
    progress: Progress,
    reports: Vec<reports::Wanted>,
    /// What the checks may use, once it was asked for.
    tools: OnceLock<Vec<(String, String)>>,
}

/// A series as it is to be written.
struct Made<'m> {
    commits: &'m Commits,
    /// Of the first patch, and the cover letter.
    date: When,
    ground: &'m Ground,
    /// The tree after the last patch.
    end: &'m Tree,
    /// The letter of each patch, once they are written: what is observed later changes the cover letter alone.
    letters: OnceCell<Vec<Draft>>,
    /// What the commits are that existed before.
    range: Option<&'m Existing>,
}

/// What came of one revision.
struct Run {
    account: Account,
    written: Option<Written>,
    diffs: Vec<String>,
}

pub(super) fn run(typed: &Generate) -> Result<Exit, Stop> {
    use_color(typed.common.color);
    if let Some(range) = &typed.commits {
        return commits::run(typed, range);
    }
    let subject = Subject::open(&typed.common, &typed.revisions)?;
    let patches = subject.series.patches.iter();
    let ids: Vec<&str> = patches.map(|patch| patch.id.as_str()).collect();
    let wish = Wish::new(typed, &subject, &ids)?;
    let revisions = subject.resolve()?;
    let place = wish.place();
    reports::probe(&wish.reports)?;
    let folders = folder::folders(&wish, &revisions)?;
    // A source that can't be unpacked is told before anything is written.
    let grounds = revisions
        .iter()
        .map(|revision| wish.ground(revision, &place))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|problem| vec![problem])?;
    let mut runs = Vec::new();
    for (ground, folder) in grounds.iter().zip(&folders) {
        runs.push(wish.carry_out(ground, folder, &place)?);
    }
    wish.report(&runs)?;
    let strict = typed.checks.strict;
    let exits = runs.iter().map(|run| run.account.exit(strict));
    Ok(exits.reduce(Exit::worst).unwrap_or(Exit::Good))
}

impl<'w> Wish<'w> {
    fn new(typed: &'w Generate, subject: &'w Subject, patches: &[&str]) -> Result<Self, Stop> {
        let one = |problem: Problem| vec![problem];
        let sender = identity::sender(typed, subject).map_err(one)?;
        let author = identity::author(typed, &sender).map_err(one)?;
        let trailers = typed
            .trailer
            .iter()
            .map(|text| trailer(text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(one)?;
        if let Some(branch) = &typed.branch {
            if subject.revisions.len() > 1 {
                return Err(vec![
                    Problem::new(
                        "branch-name",
                        "one branch can't keep the series of several revisions",
                    )
                    .help("run `generate` once for each revision, with a name of its own"),
                ]);
            }
            subject.target.check_branch(branch).map_err(one)?;
        }
        downstream::check(typed, subject.revisions.len()).map_err(one)?;
        let words = words::read(typed).map_err(one)?;
        let notes = words::read_notes(typed, patches).map_err(one)?;
        let previous = typed.range_diff.as_deref().map(previous::read);
        let previous = previous.transpose()?;
        Ok(Wish {
            checks: checks(&typed.checks)?,
            reports: reports::files(&typed.common.reports)?,
            progress: Progress {
                quiet: typed.common.quiet,
            },
            typed,
            subject,
            sender,
            author,
            trailers,
            words,
            notes,
            previous,
            tools: OnceLock::new(),
        })
    }

    fn carry_out(&self, ground: &Ground, folder: &Path, place: &Place) -> Result<Run, Stop> {
        let revision = &ground.revision;
        self.progress.tell(&Event::Judging(&revision.name));
        let series = &self.subject.series;
        let mut judgements = status::judge(series, revision);
        let (stages, refused) = self.stages(revision, &judgements);
        for (patch, problems) in refused {
            if let Some(judgement) = judgements
                .iter_mut()
                .find(|judgement| judgement.patch == patch)
            {
                judgement.applies = false;
                judgement.problems = problems;
            }
        }
        self.warn_of_uncommitted(revision, &stages);
        let one = |problem: Problem| vec![problem];
        let habits = self
            .habits(revision, &changed_paths(&stages))
            .map_err(one)?;
        let signing = self
            .signing(ground, &changed_paths(&stages), &habits)
            .map_err(one)?;
        let there: Vec<&str> = judgements
            .iter()
            .filter(|judgement| judgement.status == Status::Fixed)
            .map(|judgement| judgement.patch.as_str())
            .collect();
        let commits = compose::commits(series, revision, &stages, &there, &signing).map_err(one)?;
        let mut account = self.account(revision, judgements, &stages, habits);
        let made = Made {
            commits: &commits,
            date: signing.date,
            ground,
            end: stages.last().map_or(&revision.tree, |stage| &stage.tree),
            letters: OnceCell::new(),
            range: None,
        };
        self.tell_of_notes_left_out(&account);
        let read_back = self
            .rehearse(&stages, &made, place, &mut account)
            .map_err(one)?;
        self.ask(&stages, &made, read_back, place, &mut account)?;
        let written = self.write(&mut account, folder, &made)?;
        Ok(Run {
            account,
            written,
            diffs: made.diffs(),
        })
    }

    /// Asks the checks of every stage, and puts into the account what they observed, and how each mail read back differs.
    fn ask(
        &self,
        stages: &[Stage],
        made: &Made<'_>,
        read_back: Vec<Vec<check::Finding>>,
        place: &Place,
        account: &mut Account,
    ) -> Result<(), Stop> {
        let inquiry = Inquiry {
            series: &self.subject.series,
            base: &made.ground.revision,
            stages: Stages::Made(stages, &made.commits.commits),
            checks: self.checks.clone(),
            histories: true,
            outside: outside(&self.typed.checks),
        };
        let answers = inquiry.ask(place, &|patch, check| {
            self.progress.tell(&Event::Checking { patch, check });
        })?;
        for ((stage, mut evidence), found) in stages.iter().zip(answers.evidence).zip(read_back) {
            self.tell(&mut evidence, found);
            let patch = account
                .patches
                .iter_mut()
                .find(|patch| patch.patch == stage.patch.id);
            patch
                .into_iter()
                .for_each(|patch| patch.evidence.clone_from(&evidence));
        }
        account.histories = answers.histories;
        Ok(())
    }

    /// Makes the mails before anything is run or written, so that what can't stand in one is told first; returns how each, read
    /// again, differs from its commit.
    fn rehearse(
        &self,
        stages: &[Stage],
        made: &Made<'_>,
        place: &Place,
        account: &mut Account,
    ) -> Result<Vec<Vec<check::Finding>>, Problem> {
        if stages.is_empty() {
            return Ok(Vec::new());
        }
        let mails = self.mails(account, made)?;
        if let Some(problem) = self.unfit(&mails, made, place)? {
            made.ground.refuse(stages, problem, account);
            return Ok(vec![Vec::new(); stages.len()]);
        }
        self.read_back(&mails, made)
    }

    fn place(&self) -> Place {
        let unpacks = self.typed.export == ExportForm::DistGit;
        let unsandboxed = self.typed.checks.unsandboxed;
        if unpacks {
            return Sandbox::open(unsandboxed);
        }
        place(&self.checks, unsandboxed)
    }

    /// Puts the wanted patches that are missing on the tree, one on the other; what can't be put there is told.
    fn stages<'s>(
        &'s self,
        revision: &Revision,
        judgements: &[Judgement],
    ) -> (Vec<Stage<'s>>, Vec<(String, Vec<Problem>)>) {
        let mut stages: Vec<Stage> = Vec::new();
        let mut refused = Vec::new();
        for (patch, judgement) in self.subject.series.patches.iter().zip(judgements) {
            if !self.is_wanted(patch) || judgement.status != Status::Missing || !judgement.applies {
                continue;
            }
            let tree = stages.last().map_or(&revision.tree, |stage| &stage.tree);
            match compose::stage(patch, tree, &revision.name) {
                Ok(stage) => stages.push(stage),
                Err(problems) => refused.push((patch.id.clone(), problems)),
            }
        }
        (stages, refused)
    }

    fn is_wanted(&self, patch: &Patch) -> bool {
        self.subject.wanted.contains(&patch.id)
    }

    fn warn_of_uncommitted(&self, revision: &Revision, stages: &[Stage]) {
        for path in self
            .subject
            .target
            .uncommitted(revision, &changed_paths(stages))
        {
            let text = format!("{path} has changes that are not committed; they were not read");
            self.progress.tell(&Event::Notice(&text));
        }
    }

    fn signing(
        &self,
        ground: &Ground,
        paths: &[String],
        habits: &Settled,
    ) -> Result<Signing, Problem> {
        let (revision, paths) = ground.dated(paths);
        let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
        Ok(Signing {
            author: self.author.clone(),
            committer: self.sender.clone(),
            date: identity::date(self.typed, revision, &paths, epoch.as_deref())?,
            trailers: self.trailers(habits),
        })
    }

    /// The trailers that every message gets.
    fn trailers(&self, habits: &Settled) -> Vec<String> {
        let mut trailers = self.trailers.clone();
        if habits.signoff {
            let Ident { name, email } = &self.sender;
            trailers.push(format!("Signed-off-by: {name} <{email}>"));
        }
        trailers
    }

    /// What is known before the checks are asked.
    fn account(
        &self,
        revision: &Revision,
        judgements: Vec<Judgement>,
        stages: &[Stage],
        habits: Settled,
    ) -> Account {
        let series = &self.subject.series;
        let patches = series
            .patches
            .iter()
            .zip(judgements)
            .map(|(patch, judgement)| {
                let stage = stages.iter().find(|stage| stage.patch.id == patch.id);
                let absent = stage.map_or(&[][..], |stage| &stage.absent);
                PatchAccount {
                    patch: patch.id.clone(),
                    subject: patch.subject.value.clone(),
                    wanted: self.is_wanted(patch),
                    judgement,
                    places: stage.map(put_places).unwrap_or_default(),
                    absent: absent
                        .iter()
                        .map(|absent| (absent.step.clone(), absent.why.clone()))
                        .collect(),
                    evidence: Vec::new(),
                    file: None,
                    origin: None,
                }
            });
        Account {
            series: series.name.clone(),
            title: series.title.value.clone(),
            revision: revision.name.clone(),
            commit: revision.commit.as_ref().map(|base| base.id.clone()),
            patches: patches.collect(),
            fixes: None,
            habits,
            histories: Histories::Unasked,
        }
    }

    fn report(&self, runs: &[Run]) -> Result<(), Stop> {
        let strict = self.typed.checks.strict;
        let documents: Vec<Value> = runs
            .iter()
            .map(|run| document::series(&run.account, strict))
            .collect();
        let whole = match documents.as_slice() {
            [one] => one.clone(),
            many => json!({"series": many}),
        };
        let accounts: Vec<&Account> = runs.iter().map(|run| &run.account).collect();
        let told = Told {
            command: "generate",
            series: &self.subject.series.name,
            suites: cases::of_accounts(accounts.iter().copied(), strict),
        };
        reports::write(&self.reports, |form| match form {
            Form::Json => Ok(format!("{whole:#}\n")),
            Form::Html => self.page(runs),
            form => told.text(form),
        })?;
        match self.typed.common.format {
            Format::Json => print(&format!("{whole:#}\n"))?,
            Format::Terminal => {
                let verbose = self.typed.common.verbose;
                let told: Vec<String> = runs
                    .iter()
                    .map(|run| {
                        terminal::account(&run.account, run.written.as_ref(), strict, verbose)
                    })
                    .collect();
                let summary = if runs.len() > 1 {
                    terminal::summary(&accounts, strict)
                } else {
                    String::new()
                };
                print(&format!("{}{summary}", told.join("\n")))?;
            }
        }
        for run in runs {
            crate::cli::show(&run.account.problems().cloned().collect::<Vec<_>>());
        }
        Ok(())
    }
}

fn changed_paths(stages: &[Stage]) -> Vec<String> {
    stages
        .iter()
        .flat_map(|stage| stage.changes.iter().map(|change| change.path.clone()))
        .collect()
}

fn put_places(stage: &Stage) -> Vec<PutPlace> {
    let places = stage.changes.iter().flat_map(|change| {
        change.made.iter().map(|made| PutPlace {
            step: made.step.clone(),
            path: change.path.clone(),
            line: change.after.place(made.after.start).line,
            within: made.within.clone(),
        })
    });
    places.collect()
}

fn trailer(text: &str) -> Result<String, Problem> {
    let wrong = || {
        Problem::new("trailer", format!("`{text}` is no trailer"))
            .help("write it as `Key: value`, the key of letters, digits and dashes, on one line")
    };
    let (key, value) = text.split_once(':').ok_or_else(wrong)?;
    let (key, value) = (key.trim(), value.trim());
    let key_fits = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !key_fits || value.is_empty() || value.chars().any(char::is_control) {
        return Err(wrong());
    }
    Ok(format!("{key}: {value}"))
}

/// Opens the sandbox, which takes a moment, where a check needs one.
pub(super) fn place(checks: &[&'static str], unsandboxed: bool) -> Place {
    if checks.iter().all(|check| *check == "lint") {
        let reason = "no check needs a sandbox".to_owned();
        return Err(Unavailable {
            reason,
            how: String::new(),
        });
    }
    Sandbox::open(unsandboxed)
}

/// Returns what the user brings for checks beyond the tree.
pub(super) fn outside(typed: &Checks) -> Outside {
    Outside {
        build_dir: typed.build_dir.clone(),
        build: typed.build.clone(),
    }
}

/// Returns the checks that are asked for, in their own order.
pub(super) fn checks(typed: &Checks) -> Result<Vec<&'static str>, Stop> {
    let (asked, left_out) = (typed.checks.as_slice(), typed.no_checks.as_slice());
    let unknown: Vec<Problem> = asked
        .iter()
        .chain(left_out)
        .filter(|name| !check::NAMES.contains(&name.as_str()))
        .map(|name| {
            Problem::new("check-unknown", format!("there is no check `{name}`"))
                .help(format!("the checks are {}", check::NAMES.join(", ")))
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let is_asked = |name: &str| match asked {
        [] => {
            check::USUAL.contains(&name)
                || name == "object" && typed.build_dir.is_some()
                || name == "build" && typed.build.is_some()
        }
        asked => asked.iter().any(|asked| asked == name),
    };
    let is_left_out = |name: &str| left_out.iter().any(|left| left == name);
    Ok(check::NAMES
        .into_iter()
        .filter(|name| is_asked(name) && !is_left_out(name))
        .collect())
}
