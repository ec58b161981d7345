//! The account of a run for people: what was applied where, each check before and after, where the mails lie, what to do next.

use anstyle::{AnsiColor, Style};
use std::fmt::Write;

use super::answer::{Answer, wrapped};
use crate::check::inquiry::NO_CASES;
use crate::check::scenario::Histories;
use crate::check::{Evidence, Outcome, Severity};
use crate::status::Status;
use crate::target::commit::short;
use crate::verdict::{Account, PatchAccount, Verdict};

pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const MEH: Style = AnsiColor::Yellow.on_default();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const BOLD: Style = Style::new().bold();

/// What was written where, and what can be done with it.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// How many mails, patches or files.
    pub number: usize,
    /// What one of them is, as `mail`.
    pub what: &'static str,
    /// Folder of the mails, or of the evidence where there are none.
    pub folder: String,
    /// Commands to go on with: what for, and the command.
    pub commands: Vec<(&'static str, String)>,
    /// Whether nothing was written because the user asked for a dry run.
    pub dry: bool,
}

/// Tells one series on one revision.
pub fn account(
    account: &Account,
    written: Option<&Written>,
    strict: bool,
    verbose: bool,
) -> String {
    let mut out = String::new();
    let (revision, commit) = match account.commit.as_deref() {
        // A revision that is named by its id needs no id behind it.
        Some(id) if id.starts_with(&account.revision) => (short(id), String::new()),
        Some(id) => (account.revision.as_str(), format!(" ({})", short(id))),
        None => (account.revision.as_str(), String::new()),
    };
    let _ = writeln!(
        out,
        "{BOLD}{}{BOLD:#} on {revision}{DIM}{commit}{DIM:#}",
        account.title
    );
    let count = account.mailed().count();
    for (at, patch) in (1..).zip(account.mailed()) {
        let _ = writeln!(out, "\n  {BOLD}{at}/{count}  {}{BOLD:#}", patch.subject);
        put(&mut out, patch, verbose);
        for evidence in &patch.evidence {
            check(&mut out, evidence, verbose);
        }
    }
    let left: Vec<&PatchAccount> = account
        .patches
        .iter()
        .filter(|patch| patch.places.is_empty())
        .collect();
    if !left.is_empty() {
        let _ = writeln!(out);
    }
    for patch in left {
        let why = if patch.wanted {
            patch.judgement.reason.as_str()
        } else {
            "not asked for"
        };
        let word = match (patch.wanted, patch.judgement.code) {
            (false, _) => "left out",
            (true, "given-refused") => "refused",
            (true, "given-there") => "there",
            (true, _) => patch.judgement.status.word(),
        };
        let _ = writeln!(
            out,
            "  {:<12}  {}\n                {DIM}{why}{DIM:#}",
            word,
            patch
                .origin
                .as_ref()
                .map_or(&patch.patch, |_| &patch.subject)
        );
    }
    fixes(&mut out, account, verbose);
    histories(&mut out, account, verbose);
    conclusion(&mut out, account, written, strict);
    out
}

/// Tells what the histories of the series came to.
fn histories(out: &mut String, account: &Account, verbose: bool) {
    let played = match &account.histories {
        Histories::Unasked => return,
        Histories::Unplayed(reason) => {
            let _ = writeln!(
                out,
                "\n  histories  {MEH}skipped{MEH:#}\n             {DIM}{reason}{DIM:#}"
            );
            return;
        }
        Histories::Played(played) => played,
    };
    let patches: Vec<&str> = account.mailed().map(|patch| patch.patch.as_str()).collect();
    let answer = Answer::new(played, &patches);
    let wrong = played.scenarios.labels.wrong.to_uppercase();
    let _ = writeln!(
        out,
        "\n  {BOLD}{} histories of a machine{BOLD:#}\n",
        played.histories.len()
    );
    // Where the patches have nothing to do with the histories, a table of equal columns would only hide that.
    let table = Some(answer.table()).filter(|_| verbose || answer.moves());
    if let Some(table) = &table {
        for line in table.lines() {
            let line = line.replace(&wrong, &format!("{BAD}{wrong}{BAD:#}"));
            let _ = writeln!(out, "  {line}");
        }
        let _ = writeln!(out);
    }
    // Without the table there is nothing to explain.
    let said = match table {
        Some(_) => answer.explained(),
        None => answer.sentence(),
    };
    for line in wrapped(&said, 72) {
        let _ = writeln!(out, "    {line}");
    }
    let walk = answer.walk().filter(|_| table.is_some());
    for line in walk.iter().flat_map(|walk| wrapped(walk, 72)) {
        let _ = writeln!(out, "    {DIM}{line}{DIM:#}");
    }
    for line in wrapped(&played.with.decided(), 72) {
        let _ = writeln!(out, "    {DIM}{line}{DIM:#}");
    }
    for (heading, steps) in answer.shortest().iter().filter(|_| verbose) {
        if let Some(steps) = steps {
            let _ = writeln!(out, "    {DIM}{heading}: {}{DIM:#}", steps.join("; "));
        }
    }
}

/// Tells what became of the series' defects, where given patches have to do with them.
fn fixes(out: &mut String, account: &Account, verbose: bool) {
    let fixes = account.fixes.as_deref().unwrap_or_default();
    let moved = fixes
        .iter()
        .any(|fix| fix.before.status != fix.after.status);
    let asked = account
        .evidence()
        .any(|evidence| evidence.check == "behaviour");
    if fixes.is_empty() || !(moved || asked || verbose) {
        return;
    }
    let _ = writeln!(out, "\n  {DIM}the fixes of {}{DIM:#}", account.series);
    for fix in fixes {
        let style = match fix.after.status {
            Status::Fixed => GOOD,
            Status::Missing => BAD,
            Status::NotAffected | Status::Undetermined => MEH,
        };
        let (before, after) = (fix.before.status, fix.after.status);
        let word = if before == after {
            format!("{after} as before")
        } else {
            format!("{before} before, {after} after")
        };
        let _ = writeln!(out, "  {:<24}  {style}{word}{style:#}", fix.patch);
        if after != Status::Fixed {
            let _ = writeln!(out, "                  {DIM}{}{DIM:#}", fix.after.reason);
        }
    }
}

fn put(out: &mut String, patch: &PatchAccount, verbose: bool) {
    let most = if verbose { usize::MAX } else { 8 };
    for place in patch.places.iter().take(most) {
        let at = format!("{}:{}", place.path, place.line);
        let line = format!("{at:<36} {}", place.within);
        let _ = writeln!(out, "       {DIM}{}{DIM:#}", line.trim_end());
    }
    if let Some(more) = patch
        .places
        .len()
        .checked_sub(most)
        .filter(|more| *more > 0)
    {
        let _ = writeln!(out, "       {DIM}and {more} more places{DIM:#}");
    }
    for (step, why) in &patch.absent {
        let _ = writeln!(out, "       {DIM}{step} has no place here: {why}{DIM:#}");
    }
}

fn check(out: &mut String, evidence: &Evidence, verbose: bool) {
    let (word, style) = told(evidence);
    let _ = writeln!(out, "       {:<10} {style}{word}{style:#}", evidence.check);
    if !evidence.detail.is_empty() {
        let _ = writeln!(out, "                  {DIM}{}{DIM:#}", evidence.detail);
    }
    if let Some(ground) = &evidence.ground {
        let _ = writeln!(out, "                  {DIM}{}{DIM:#}", ground.told);
    }
    let most = if verbose { usize::MAX } else { 5 };
    for finding in evidence.findings.iter().take(most) {
        let style = if finding.severity == Severity::Error {
            BAD
        } else {
            MEH
        };
        let mut lines = finding.message.lines();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(
            out,
            "                  {style}{}{style:#}: {first}",
            finding.code
        );
        for line in lines {
            let _ = writeln!(out, "                    {line}");
        }
    }
    if let Some(more) = evidence
        .findings
        .len()
        .checked_sub(most)
        .filter(|more| *more > 0)
    {
        let _ = writeln!(
            out,
            "                  and {more} more; --verbose shows them"
        );
    }
}

fn told(evidence: &Evidence) -> (String, Style) {
    let style = match evidence.outcome {
        Outcome::Passed => GOOD,
        Outcome::Skipped => MEH,
        Outcome::Failed | Outcome::Error => BAD,
    };
    let word = match (evidence.before, evidence.after) {
        (Some(before), Some(after)) if before != after => {
            format!("{} before, {} after", before.word(), after.word())
        }
        _ => evidence.outcome.word().to_owned(),
    };
    (word, style)
}

fn conclusion(out: &mut String, account: &Account, written: Option<&Written>, strict: bool) {
    let verdict = account.verdict(strict);
    let wanted = || account.patches.iter().filter(|patch| patch.wanted);
    let untouched = wanted().all(|patch| patch.judgement.status == Status::NotAffected);
    let (style, words) = match verdict {
        Verdict::Ready => (GOOD, "ready"),
        Verdict::Failed if written.is_none() => (BAD, "failed: a check did not pass"),
        Verdict::Failed => (
            BAD,
            "failed: a check did not pass, so no mails were written",
        ),
        Verdict::DoesNotApply if written.is_none() => (BAD, "does not apply"),
        Verdict::DoesNotApply => (BAD, "does not apply: no mails were written"),
        Verdict::NothingToDo if untouched => (MEH, "nothing to do: this tree is not affected"),
        Verdict::NothingToDo => (MEH, "nothing to do: what this tree needs is there already"),
        Verdict::BaseFails if written.is_none() => (BAD, "the base fails already"),
        Verdict::BaseFails => (BAD, "the base fails already: no mails were written"),
    };
    let skipped = match account.skipped() {
        0 => String::new(),
        1 => "; 1 check could not run here".to_owned(),
        many => format!("; {many} checks could not run here"),
    };
    let _ = write!(out, "\n{style}{words}{style:#}");
    if let (Some(written), Verdict::Ready) = (written, verdict) {
        let _ = write!(out, ": {}", holds(written));
    }
    if !skipped.is_empty() {
        let _ = write!(out, "{MEH}{skipped}{MEH:#}");
    }
    let _ = writeln!(out);
    if wanted().any(|patch| patch.judgement.code == "project-unknown") {
        let _ = writeln!(
            out,
            "  {:<8}  name the tree with --repo DIR, or try --sample",
            "tree"
        );
    }
    if let Some(written) = written {
        if verdict != Verdict::Ready && !written.dry {
            let _ = writeln!(out, "  evidence  {}/evidence/report.html", written.folder);
        }
        for (what, command) in &written.commands {
            let _ = writeln!(out, "  {what:<8}  {command}");
        }
    }
    // What is not there on this machine the doctor knows; that a patch has nothing to be asked with it does not.
    let mut skipped = account
        .evidence()
        .filter(|evidence| evidence.outcome == Outcome::Skipped);
    if skipped.any(|evidence| evidence.detail != NO_CASES) {
        let _ = writeln!(out, "  {:<8}  patchwright doctor", "why");
    }
}

/// Tells what a folder holds: `3 mails are in outgoing`.
fn holds(written: &Written) -> String {
    let Written {
        number,
        what,
        folder,
        ..
    } = written;
    let ending = match (*number, *what) {
        (1, _) => "",
        (_, "patch") => "es",
        _ => "s",
    };
    let verb = match (written.dry, *number) {
        (true, _) => "would be",
        (false, 1) => "is",
        (false, _) => "are",
    };
    format!("{number} {what}{ending} {verb} in {folder}")
}

/// Tells what came of each of several revisions, a line each.
pub fn summary(accounts: &[&Account], strict: bool) -> String {
    let mut out = String::from("\n");
    let wide = accounts
        .iter()
        .map(|account| account.revision.len())
        .max()
        .unwrap_or(0);
    for account in accounts {
        let verdict = account.verdict(strict);
        let style = match verdict {
            Verdict::Ready => GOOD,
            Verdict::NothingToDo => MEH,
            Verdict::Failed | Verdict::DoesNotApply | Verdict::BaseFails => BAD,
        };
        let _ = writeln!(
            out,
            "{:<wide$}  {style}{}{style:#}",
            account.revision,
            verdict.word()
        );
    }
    out
}
