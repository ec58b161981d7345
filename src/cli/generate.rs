//! `patchwright generate`: puts a series on revisions, checks it after every patch, writes the mails.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};

use super::args::{Format, Generate, ThreadStyle};
use super::subject::Subject;
use super::{Stop, identity, print, use_color};
use crate::check::inquiry::{Inquiry, Place};
use crate::check::sandbox::Sandbox;
use crate::check::{self, Evidence};
use crate::compose::{self, Commits, Signing, Stage};
use crate::mail::{self, Mail, outgoing};
use crate::render::render;
use crate::report::json as document;
use crate::report::progress::{Event, Progress};
use crate::report::terminal::{self, Written};
use crate::series::Patch;
use crate::status::{self, Judgement, Status};
use crate::target::{Ident, Revision, When};
use crate::text::Problem;
use crate::verdict::{Account, Exit, PatchAccount, PutPlace, Verdict};

/// What was typed, resolved: nothing in it can be wrong any more.
struct Wish<'w> {
    typed: &'w Generate,
    subject: &'w Subject,
    checks: Vec<&'static str>,
    sender: Ident,
    author: Ident,
    trailers: Vec<String>,
    /// The user's own words for the cover letter.
    words: Option<String>,
    progress: Progress,
    reports: Vec<PathBuf>,
}

/// What came of one revision.
struct Run {
    account: Account,
    written: Option<Written>,
}

pub(super) fn run(typed: &Generate) -> Result<Exit, Stop> {
    use_color(typed.common.color);
    let subject = Subject::open(&typed.common, &typed.revisions)?;
    let wish = Wish::new(typed, &subject)?;
    let revisions = subject.resolve()?;
    let place: Place = Sandbox::open(typed.checks.unsandboxed);
    let folders = folders(&wish, &revisions)?;
    let mut runs = Vec::new();
    for (revision, folder) in revisions.iter().zip(&folders) {
        runs.push(wish.carry_out(revision, folder, &place)?);
    }
    wish.report(&runs)?;
    let strict = typed.checks.strict;
    Ok(runs.iter().fold(best(&runs, strict), |exit, run| {
        exit.worst(run.account.exit(strict))
    }))
}

fn best(runs: &[Run], strict: bool) -> Exit {
    runs.first()
        .map_or(Exit::Good, |run| run.account.exit(strict))
}

/// Returns the folder of each revision, all of which may be written.
fn folders(wish: &Wish, revisions: &[Revision]) -> Result<Vec<PathBuf>, Stop> {
    let output = &wish.typed.output;
    let one = |problem: Problem| vec![problem];
    if revisions.len() == 1 {
        if !wish.typed.dry_run {
            outgoing::check(output, wish.typed.force).map_err(one)?;
        }
        return Ok(vec![output.clone()]);
    }
    let folders: Vec<PathBuf> = revisions
        .iter()
        .map(|revision| output.join(folder_name(&revision.name)))
        .collect();
    let mut problems = Vec::new();
    for (at, folder) in folders.iter().enumerate() {
        if let Some(first) = folders[..at].iter().position(|known| known == folder) {
            let names = (&revisions[first].name, &revisions[at].name);
            let message = format!(
                "`{}` and `{}` would both be written to `{}`",
                names.0,
                names.1,
                folder.display()
            );
            problems.push(
                Problem::new("output-twice", message).help("run `generate` once for each of them"),
            );
        } else if folder.exists() && !wish.typed.dry_run {
            problems.extend(outgoing::check(folder, wish.typed.force).err());
        }
    }
    if output.join(outgoing::MANIFEST).exists() {
        let message = format!(
            "`{}` holds a series already, and would hold folders beside it",
            output.display()
        );
        problems
            .push(Problem::new("output-not-ours", message).help("name another folder with `-o`"));
    }
    if problems.is_empty() {
        Ok(folders)
    } else {
        Err(problems)
    }
}

/// A revision as the name of a folder.
fn folder_name(revision: &str) -> String {
    let kept = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '~' | '^') {
            c
        } else {
            '-'
        }
    };
    let name: String = revision.chars().map(kept).collect();
    if name.trim_matches('.').is_empty() {
        "-".to_owned()
    } else {
        name
    }
}

impl<'w> Wish<'w> {
    fn new(typed: &'w Generate, subject: &'w Subject) -> Result<Self, Stop> {
        let one = |problem: Problem| vec![problem];
        let sender = identity::sender(typed, subject).map_err(one)?;
        let author = identity::author(typed, &sender).map_err(one)?;
        let mut trailers = typed
            .trailer
            .iter()
            .map(|text| trailer(text))
            .collect::<Result<Vec<_>, _>>()
            .map_err(one)?;
        if typed.signoff {
            trailers.push(format!("Signed-off-by: {} <{}>", sender.name, sender.email));
        }
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
        let words = typed
            .description_file
            .as_deref()
            .map(read_words)
            .transpose()
            .map_err(one)?;
        Ok(Wish {
            checks: checks(&typed.checks.checks, &typed.checks.no_checks)?,
            reports: report_files(&typed.common.reports)?,
            progress: Progress {
                quiet: typed.common.quiet,
            },
            typed,
            subject,
            sender,
            author,
            trailers,
            words,
        })
    }

    fn carry_out(&self, revision: &Revision, folder: &Path, place: &Place) -> Result<Run, Stop> {
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
        let signing = self
            .signing(revision, &changed_paths(&stages))
            .map_err(one)?;
        let commits = compose::commits(series, revision, &stages, &signing).map_err(one)?;
        let inquiry = Inquiry {
            series,
            base: revision,
            stages: &stages,
            commits: &commits.commits,
            checks: self.checks.clone(),
        };
        let evidence = inquiry.ask(place, &|patch, check| {
            self.progress.tell(&Event::Checking { patch, check });
        })?;
        let mut account = self.account(revision, judgements, &stages, evidence);
        let written = self.write(&mut account, folder, &commits, signing.date)?;
        Ok(Run { account, written })
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

    fn signing(&self, revision: &Revision, paths: &[String]) -> Result<Signing, Problem> {
        let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
        Ok(Signing {
            author: self.author.clone(),
            committer: self.sender.clone(),
            date: identity::date(self.typed, revision, paths, epoch.as_deref())?,
            trailers: self.trailers.clone(),
        })
    }

    fn account(
        &self,
        revision: &Revision,
        judgements: Vec<Judgement>,
        stages: &[Stage],
        evidence: Vec<Vec<Evidence>>,
    ) -> Account {
        let series = &self.subject.series;
        let mut evidence: Vec<_> = stages.iter().zip(evidence).collect();
        let patches = series
            .patches
            .iter()
            .zip(judgements)
            .map(|(patch, judgement)| {
                let at = evidence
                    .iter()
                    .position(|(stage, _)| stage.patch.id == patch.id);
                let own = at.map(|at| evidence.swap_remove(at));
                PatchAccount {
                    patch: patch.id.clone(),
                    subject: patch.subject.value.clone(),
                    wanted: self.is_wanted(patch),
                    judgement,
                    places: own
                        .as_ref()
                        .map(|(stage, _)| put_places(stage))
                        .unwrap_or_default(),
                    absent: own
                        .as_ref()
                        .map(|(stage, _)| {
                            stage
                                .absent
                                .iter()
                                .map(|a| (a.step.clone(), a.why.clone()))
                                .collect()
                        })
                        .unwrap_or_default(),
                    evidence: own.map(|(_, evidence)| evidence).unwrap_or_default(),
                    file: None,
                }
            });
        Account {
            series: series.name.clone(),
            title: series.title.value.clone(),
            revision: revision.name.clone(),
            commit: revision.commit.as_ref().map(|base| base.id.clone()),
            patches: patches.collect(),
        }
    }

    /// Writes mails and evidence of what is ready, the evidence alone of what is not, and nothing where there is nothing to do.
    fn write(
        &self,
        account: &mut Account,
        folder: &Path,
        commits: &Commits,
        date: When,
    ) -> Result<Option<Written>, Stop> {
        let strict = self.typed.checks.strict;
        let verdict = account.verdict(strict);
        if verdict == Verdict::NothingToDo {
            return Ok(None);
        }
        let one = |problem: Problem| vec![problem];
        let ready = verdict == Verdict::Ready;
        let mut files: Vec<(PathBuf, Vec<u8>)> = Vec::new();
        let mut mails = Vec::new();
        if (ready || self.typed.keep_failed) && !commits.commits.is_empty() {
            mails = self.mails(account, commits, date).map_err(one)?;
            let patches = mails
                .iter()
                .filter(|mail| !mail.name.contains("0000-cover-letter"));
            let mailed = account
                .patches
                .iter_mut()
                .filter(|patch| !patch.places.is_empty());
            for (patch, mail) in mailed.zip(patches) {
                patch.file = ready.then(|| mail.name.clone());
            }
        }
        files.extend(
            mails
                .iter()
                .map(|mail| (PathBuf::from(&mail.name), mail.bytes.clone())),
        );
        files.extend(evidence_files(account, strict));
        let folder = if ready {
            folder.to_owned()
        } else {
            failed_folder(folder)
        };
        let shown = folder.display().to_string();
        if self.typed.dry_run {
            return Ok(Some(Written {
                mails: mails.len(),
                folder: shown,
                commands: Vec::new(),
                dry: true,
            }));
        }
        self.progress.tell(&Event::Writing(&shown));
        if let Some(parent) = folder.parent().filter(|_| self.subject.revisions.len() > 1) {
            std::fs::create_dir_all(parent).map_err(|error| {
                vec![Problem::new(
                    "output-unwritable",
                    format!("can't make `{}`: {error}", parent.display()),
                )]
            })?;
        }
        outgoing::publish(&folder, files, self.typed.force).map_err(one)?;
        let mut commands = Vec::new();
        if !ready {
            self.warn_of_earlier(&folder);
        }
        if ready {
            outgoing::withdraw(&failed_folder(&folder));
            commands = self.commands(&folder, &mails);
            if let (Some(branch), Some(tip)) = (&self.typed.branch, commits.commits.last()) {
                self.subject
                    .target
                    .keep_branch(branch, &tip.id, &commits.objects)
                    .map_err(one)?;
                commands.push(("branch", format!("git log {branch}")));
            }
        }
        Ok(Some(Written {
            mails: mails.len(),
            folder: shown,
            commands,
            dry: false,
        }))
    }

    /// Mails of an earlier run must not be taken for those of this one.
    fn warn_of_earlier(&self, failed: &Path) {
        let shown = failed.display().to_string();
        let earlier = shown.trim_end_matches(".failed");
        if Path::new(earlier).exists() {
            let text = format!(
                "{earlier} still holds what an earlier run wrote; nothing in it is of this one"
            );
            self.progress.tell(&Event::Notice(&text));
        }
    }

    fn mails(
        &self,
        account: &Account,
        commits: &Commits,
        date: When,
    ) -> Result<Vec<Mail>, Problem> {
        let typed = self.typed;
        let cover = if typed.no_cover {
            None
        } else {
            let body = self.cover_body(account)?;
            Some(mail::Cover {
                subject: account.title.clone(),
                body,
                appendix: None,
            })
        };
        let thread = match (typed.no_thread, typed.thread) {
            (true, None) => None,
            (_, Some(ThreadStyle::Deep)) => Some(mail::Thread::Deep),
            _ => Some(mail::Thread::Shallow),
        };
        let options = mail::Options {
            prefix: typed.subject_prefix.clone(),
            rfc: typed.rfc,
            reroll: typed.reroll_count,
            from: self.sender.clone(),
            to: typed.to.clone(),
            cc: typed.cc.clone(),
            in_reply_to: typed.in_reply_to.clone(),
            thread,
            base: self.base(account)?,
            signature: Some(
                typed
                    .signature
                    .clone()
                    .unwrap_or_else(|| format!("patchwright {}", env!("CARGO_PKG_VERSION"))),
            ),
            cover,
            cover_date: date,
            message_id_seed: typed.message_id_seed.clone(),
            declare_diff_charset: false,
        };
        mail::render(&commits.commits, &options)
    }

    fn base(&self, account: &Account) -> Result<Option<mail::Base>, Problem> {
        let commit = match self.typed.base.as_str() {
            "none" => None,
            "auto" => account.commit.clone(),
            named => {
                let revision = self.subject.target.revision(named)?;
                revision.commit.map(|base| base.id)
            }
        };
        Ok(commit.map(|commit| mail::Base {
            commit,
            prerequisites: Vec::new(),
        }))
    }

    fn cover_body(&self, account: &Account) -> Result<String, Problem> {
        let count = account.mailed().count();
        let patches: Vec<Value> = (1..)
            .zip(account.mailed())
            .map(|(number, patch)| {
                let checks: Vec<Value> = patch
                    .evidence
                    .iter()
                    .map(|evidence| {
                        json!({
                            "name": evidence.check,
                            "before": evidence.before.map(|outcome| outcome.word()),
                            "outcome": evidence.outcome.word(),
                            "detail": evidence.detail,
                        })
                    })
                    .collect();
                json!({"id": patch.patch, "number": number, "subject": patch.subject, "checks": checks})
            })
            .collect();
        let left_out: Vec<Value> = account
            .patches
            .iter()
            .filter(|patch| patch.places.is_empty() && patch.wanted)
            .map(|patch| json!({"id": patch.patch, "subject": patch.subject, "status": patch.judgement.status.word()}))
            .collect();
        let context = json!({
            "words": self.words,
            "patches": patches,
            "count": count,
            "left_out": left_out,
            "base": account.revision,
            "version": env!("CARGO_PKG_VERSION"),
        });
        render(&self.subject.series.cover, context).map(|text| text.trim_end().to_owned() + "\n")
    }

    fn commands(&self, folder: &Path, mails: &[Mail]) -> Vec<(&'static str, String)> {
        let shown = folder.display().to_string();
        let patches: Vec<String> = mails
            .iter()
            .filter(|mail| !mail.name.contains("0000-cover-letter"))
            .map(|mail| quoted(&format!("{shown}/{}", mail.name)))
            .collect();
        let recipients = if self.typed.to.is_empty() {
            " --to=LIST"
        } else {
            ""
        };
        vec![
            ("apply", format!("git am {}", patches.join(" "))),
            (
                "send",
                format!("git send-email{recipients} {}", quoted(&shown)),
            ),
            ("evidence", format!("{shown}/evidence/report.json")),
        ]
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
        write_reports(&self.reports, &whole)?;
        match self.typed.common.format {
            Format::Json => print(&format!("{whole:#}\n")),
            Format::Terminal => {
                let verbose = self.typed.common.verbose;
                let told: Vec<String> = runs
                    .iter()
                    .map(|run| {
                        terminal::account(&run.account, run.written.as_ref(), strict, verbose)
                    })
                    .collect();
                print(&told.join("\n"));
            }
        }
        for run in runs {
            super::show(&run.account.problems().cloned().collect::<Vec<_>>());
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

fn evidence_files(account: &Account, strict: bool) -> Vec<(PathBuf, Vec<u8>)> {
    let report = format!("{:#}\n", document::series(account, strict)).into_bytes();
    let mut files = vec![(PathBuf::from("evidence/report.json"), report)];
    for patch in &account.patches {
        for record in patch.evidence.iter().flat_map(|evidence| &evidence.records) {
            let path = PathBuf::from("evidence")
                .join(&patch.patch)
                .join(&record.name);
            if !files.iter().any(|(known, _)| *known == path) {
                files.push((path, record.bytes.clone()));
            }
        }
    }
    files
}

fn failed_folder(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".failed");
    folder.with_file_name(name)
}

fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | '.' | '-' | '_' | '+' | '=' | ':' | '@' | '%' | ',')
    };
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
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

fn read_words(path: &Path) -> Result<String, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problem::new(
            "description-unreadable",
            format!("can't read `{}`: {error}", path.display()),
        )
        .help("name a text file in UTF-8 with --description-file")
    })?;
    Ok(text.replace("\r\n", "\n").trim().to_owned())
}

/// Returns the checks that are asked for, in their own order.
fn checks(asked: &[String], left_out: &[String]) -> Result<Vec<&'static str>, Stop> {
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
    let is_asked = |name: &str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    let is_left_out = |name: &str| left_out.iter().any(|left| left == name);
    Ok(check::NAMES
        .into_iter()
        .filter(|name| is_asked(name) && !is_left_out(name))
        .collect())
}

/// Reads `--report FORMAT=FILE`.
pub(super) fn report_files(typed: &[String]) -> Result<Vec<PathBuf>, Stop> {
    let mut files = Vec::new();
    for text in typed {
        match text.split_once('=') {
            Some(("json", file)) if !file.is_empty() => files.push(PathBuf::from(file)),
            _ => {
                return Err(vec![
                    Problem::new("report-format", format!("`{text}` names no report"))
                        .help("write --report json=FILE"),
                ]);
            }
        }
    }
    Ok(files)
}

/// Writes a document to report files.
pub(super) fn write_reports(files: &[PathBuf], document: &Value) -> Result<(), Stop> {
    for file in files {
        std::fs::write(file, format!("{document:#}\n")).map_err(|error| {
            vec![
                Problem::new(
                    "report-unwritable",
                    format!("can't write `{}`: {error}", file.display()),
                )
                .help("name a file in a folder that can be written to"),
            ]
        })?;
    }
    Ok(())
}
