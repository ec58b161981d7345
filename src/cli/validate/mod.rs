//! `patchwright validate`: judges a series that exists as mails, its own or anybody's.

mod base;
mod hook;

use super::args::{Format, Validate};
use super::reports::{Form, Told};
use super::subject::Subject;
use super::{Stop, generate, print, reports, show, use_color};
use crate::check::inquiry::{Inquiry, Stages};
use crate::check::lint::OF_COMMITS;
use crate::check::{Finding, Severity, code, tool};
use crate::compose::{self, Given, GivenStage, Mailed, Standing, hostile, mailed};
use crate::mail::diff;
use crate::mail::incoming::series::of_one_id;
use crate::mail::incoming::{self, Received, Transfer};
use crate::mail::readback;
use crate::report::progress::{Event, Progress};
use crate::report::terminal;
use crate::report::{cases, html, json as document};
use crate::syntax::patch::{self, FilePatch};
use crate::target::commit::short;
use crate::target::{Commit, Revision};
use crate::text::Problem;
use crate::verdict::{Account, Exit, Verdict};

/// What is told of mails as they were received: code, meaning, what to do.
pub(super) const CODES: &[(&str, &str, &str)] = &[
    (
        "received-undeclared",
        "The mail has letters beyond ASCII and declares no charset; clients guess.",
        "Send it as `git format-patch` and `git send-email` write it.",
    ),
    (
        "received-flowed",
        "The mail is `format=flowed`: blanks at the ends of lines were changed on the way.",
        "Send it with `git send-email`.",
    ),
    (
        "received-html",
        "A part of the mail is HTML: `git am` and b4 read its signs as they stand, and the patch does not fit or is not all there.",
        "Ask for the mail as plain text, as `git send-email` sends it.",
    ),
    (
        "received-quoted-cr",
        "The lines of the encoded patch end in CR LF; `git am` keeps the CR, and the patch may not apply.",
        "Send it with `git send-email`, or apply it with `git am --quoted-cr=strip`.",
    ),
    (
        "received-attached",
        "The patch came in a mail of several parts; reviewers can't quote it.",
        "Send it with `git send-email`, in the body of the mail.",
    ),
    (
        "received-brackets",
        "The subject has brackets behind those that say that it is a patch; `git am` takes them off the title too.",
        "Begin the title with a word.",
    ),
    (
        "received-same-id",
        "Two mails of the series have one Message-ID: archives and b4 keep one of them, and the series is incomplete.",
        "Send the series again, with a Message-ID for each mail.",
    ),
    (
        "received-cut-message",
        "Text stands between the first `---` and another one; `git am` and b4 drop it with the notes.",
        "Where it belongs to the message, take the first `---` out, or indent it.",
    ),
];

pub(super) use hook::CODES as HOOK_CODES;

pub(super) fn run(typed: &Validate) -> Result<Exit, Stop> {
    use_color(typed.common.color);
    if let Some(asks) = typed.hook {
        return hook::run(typed, asks);
    }
    let subject = Subject::open(&typed.common, &[])?;
    let checks = generate::checks(&typed.checks)?;
    let files = reports::files(&typed.common.reports)?;
    let progress = Progress {
        quiet: typed.common.quiet,
    };
    let gathered = incoming::gather(&typed.paths, typed.reading())?;
    let series = incoming::series::series(gathered.mails)?;
    for (mail, why) in &series.left_out {
        let text = format!("{}: left out: {}", source_of(mail), why.words());
        progress.tell(&Event::Notice(&text));
    }
    let mails: Vec<&Received> = series.patches.iter().map(|member| &member.mail).collect();
    let base = base::base(typed, &subject, series.cover.as_ref(), &mails, progress)?;
    progress.tell(&Event::Judging(&base.name));
    let given = given(&base, &series.patches)?;
    reports::probe(&files)?;
    let stages = compose::given::stages(&base, &given);
    let place = generate::place(&checks, typed.checks.unsandboxed);
    let inquiry = Inquiry {
        series: &subject.series,
        base: &base,
        stages: Stages::Given(&stages),
        checks: checks.clone(),
        histories: true,
        outside: generate::outside(&typed.checks),
    };
    let answers = inquiry.ask(&place, &|patch, check| {
        progress.tell(&Event::Checking { patch, check });
    })?;
    let title = title(series.cover.as_ref(), &mails);
    let mut account = Account::of_given(&subject.series, title, &base, &given);
    account.answer(answers);
    if checks.contains(&"lint") {
        lint(&mut account, series.cover.as_ref(), &mails);
    }
    report(typed, &account, &stages, &files)?;
    Ok(account.exit(typed.checks.strict))
}

/// Adds what the mails themselves show to the evidence of `lint`; what is wrong with the cover letter is told with the first patch.
fn lint(account: &mut Account, cover: Option<&Received>, mails: &[&Received]) {
    let doubles = of_one_id(cover.into_iter().chain(mails.iter().copied()));
    for (patch, mail) in account.patches.iter_mut().zip(mails) {
        // A patch that is there already, or has no place, is a mail all the same.
        if patch.evidence.is_empty() {
            let evidence = unplaced(mail);
            patch.evidence.push(evidence);
        }
        add(&mut patch.evidence, findings(mail));
        let double = doubles
            .iter()
            .find(|(double, _)| std::ptr::eq(*double, *mail));
        add(
            &mut patch.evidence,
            double
                .map(|(_, problem)| told(problem))
                .into_iter()
                .collect(),
        );
    }
    if let (Some(cover), Some(first)) = (cover, account.patches.first_mut()) {
        add(&mut first.evidence, readback::cover(cover));
    }
}

/// Returns what lint says of a mail whose patch was put nowhere.
fn unplaced(mail: &Received) -> crate::check::Evidence {
    let files = patch::parse(mail.patch.bytes()).unwrap_or_default();
    let mut evidence = code::lint_mailed(&commit(mail, Vec::new()), mail.patch.bytes(), &files);
    if files.is_empty() {
        evidence.leave_out(OF_COMMITS);
    }
    evidence
}

fn title(cover: Option<&Received>, mails: &[&Received]) -> String {
    let first = cover.or(mails.first().copied());
    first.map_or(String::new(), |mail| mail.subject.clone())
}

/// Puts the patches of mails on the base, one on the other.
fn given(base: &Revision, members: &[incoming::Member]) -> Result<Vec<Given>, Stop> {
    let mut before = base.clone();
    let mut given = Vec::new();
    let mut problems = Vec::new();
    for member in members {
        match one(&before, &member.mail, member.position.to_string()) {
            Ok(put) => {
                before.tree.change(&put.commit.changes);
                given.push(put);
            }
            Err(why) => problems.extend(why),
        }
    }
    match problems.is_empty() {
        true => Ok(given),
        false => Err(problems),
    }
}

/// Puts the patch of a mail on a tree.
fn one(before: &Revision, mail: &Received, id: String) -> Result<Given, Stop> {
    let files = parsed(mail)?;
    let site = |span| mail.patch.site(span);
    let mut put = mailed::put(&before.tree, &before.name, &files, &site)
        .map_err(|fault| vec![Problem::from(fault)])?;
    if let Standing::Refused(problems) = &mut put.standing {
        *problems = problems
            .drain(..)
            .map(|found| of_form(found, mail))
            .collect();
    }
    Ok(Given {
        id,
        commit: commit(mail, put.changes),
        message_id: mail.message_id.clone(),
        source: Some(source_of(mail)),
        standing: put.standing,
        mailed: Some(Mailed {
            text: mail.patch.bytes().into(),
            files: files.into(),
        }),
    })
}

/// Says what to do about a patch that is wrong because its mail is HTML.
fn of_form(problem: Problem, mail: &Received) -> Problem {
    match mail.facts.is_html {
        true => problem.help(
            "the mail is HTML, which no client reads as a patch: ask for it as plain text, as `git send-email` sends it",
        ),
        false => problem,
    }
}

/// Reads the patch of a mail; one that no tree may take is a mistake.
fn parsed(mail: &Received) -> Result<Vec<FilePatch>, Stop> {
    let site = |span| mail.patch.site(span);
    let files = patch::parse(mail.patch.bytes()).map_err(|malformed| {
        let problem = Problem::new("patch-malformed", malformed.message)
            .at_site(&site(malformed.span), "here")
            .help("ask for the mail again; a client may have wrapped or cut it");
        vec![of_form(problem, mail)]
    })?;
    if files.is_empty() {
        let problem = Problem::new(
            "patch-malformed",
            "there is no change of a file in the patch",
        )
        .at(&mail.source, mail.line, "expected one below this");
        let problem = problem.help("ask for the mail again; a client may have cut it");
        return Err(vec![of_form(problem, mail)]);
    }
    let hostile = hostile::problems(&files, &site);
    match hostile.is_empty() {
        true => Ok(files),
        false => Err(hostile),
    }
}

fn commit(mail: &Received, changes: Vec<crate::target::FileChange>) -> Commit {
    Commit {
        id: "0".repeat(40),
        author: mail.author.clone().unwrap_or_default(),
        date: mail.date.unwrap_or_default(),
        message: mail.message.clone(),
        changes,
    }
}

fn source_of(mail: &Received) -> String {
    let line = mail.source.place(mail.span.start).line;
    match line {
        1 => mail.source.name().to_owned(),
        line => format!("{}:{line}", mail.source.name()),
    }
}

/// What git would say of the mail, and what its form did to it.
fn findings(mail: &Received) -> Vec<Finding> {
    let facts = mail.facts;
    let is_guessed = facts.has_header
        && !facts.declares_charset
        && facts.transfer == Transfer::Plain
        && !mail.message.is_ascii();
    let forms = [
        (
            is_guessed,
            "received-undeclared",
            "the message has letters beyond ASCII, and no charset is declared",
        ),
        (
            facts.is_flowed,
            "received-flowed",
            "the mail is `format=flowed`",
        ),
        (
            facts.is_html,
            "received-html",
            "a part of the mail is HTML, and is read as if it were text",
        ),
        (
            facts.has_quoted_cr,
            "received-quoted-cr",
            "lines of the encoded mail end in CR LF, and `git am` keeps the CR",
        ),
        (
            facts.is_multipart,
            "received-attached",
            "the patch came in a mail of several parts",
        ),
        (
            mail.tags.has_title_bracket,
            "received-brackets",
            "`git am` takes the brackets that the title begins with off it",
        ),
        (
            is_cut(mail.patch.bytes()),
            "received-cut-message",
            "the text between the first `---` and the next is dropped with the notes",
        ),
    ];
    let notes = forms.into_iter().filter(|(is_so, _, _)| *is_so);
    let notes = notes.map(|(_, code, message)| Finding {
        code,
        severity: Severity::Note,
        message: message.to_owned(),
    });
    mail.problems.iter().map(told).chain(notes).collect()
}

fn told(problem: &Problem) -> Finding {
    Finding {
        code: problem.code,
        severity: Severity::Error,
        message: problem.to_string(),
    }
}

/// Whether text and another `---` stand above the patch, below the line that ends the message, which may be one like `Index: x`.
fn is_cut(patch: &[u8]) -> bool {
    let is_end = |line: &[u8]| {
        let rest = line.strip_prefix(b"---");
        rest.is_some_and(|rest| rest.trim_ascii().is_empty())
    };
    let mut lines = patch.split(|&byte| byte == b'\n');
    let Some(first) = lines.next() else {
        return false;
    };
    let above = lines.take_while(|line| !line.starts_with(b"diff ") && !line.starts_with(b"--- "));
    let mut text = above.skip_while(|line| line.trim_ascii().is_empty());
    match is_end(first) {
        true => text.skip(1).any(is_end),
        false => text.any(is_end),
    }
}

/// Adds findings to the evidence of `lint`, where the patch was asked.
fn add(evidence: &mut [crate::check::Evidence], findings: Vec<Finding>) {
    if let Some(lint) = evidence.iter_mut().find(|entry| entry.check == "lint") {
        lint.add(findings);
    }
}

fn report(
    typed: &Validate,
    account: &Account,
    stages: &[GivenStage],
    files: &[reports::Wanted],
) -> Result<(), Stop> {
    let strict = typed.checks.strict;
    let whole = format!("{:#}\n", document::series(account, strict));
    let told = Told {
        command: "validate",
        series: &account.series,
        suites: cases::of_accounts([account], strict),
    };
    reports::write(files, |form| match form {
        Form::Json => Ok(whole.clone()),
        Form::Html => page(typed, account, stages),
        form => told.text(form),
    })?;
    match typed.common.format {
        Format::Json => print(&whole)?,
        Format::Terminal => {
            let told = terminal::account(account, None, strict, typed.common.verbose);
            print(&format!("{told}{}", usable(account, strict)))?;
        }
    }
    show(&account.problems().cloned().collect::<Vec<_>>());
    Ok(())
}

/// Returns the page of the series, which stands anywhere.
fn page(typed: &Validate, account: &Account, stages: &[GivenStage]) -> Result<String, Problem> {
    let changes = stages.iter().map(|stage| &stage.given.commit.changes);
    let diffs = changes.map(|changes| {
        let diff = diff::text(changes)?;
        Ok(html::shown(diff.as_bytes()).into_owned())
    });
    let diffs: Vec<String> = diffs.collect::<Result<_, Problem>>()?;
    let paths = typed.paths.iter();
    let mut words = vec!["patchwright".to_owned(), "validate".to_owned()];
    words.extend(paths.map(|path| generate::quoted(&path.display().to_string())));
    if let Some(commit) = &account.commit {
        words.extend(["--onto".to_owned(), short(commit).to_owned()]);
    }
    words.extend(generate::named(&typed.common.series));
    let checks = generate::checks(&typed.checks);
    let tools = tool::used(&checks.unwrap_or_default());
    let beside = html::Beside {
        account,
        diffs: &diffs,
        again: &words.join(" "),
        build: typed.checks.build.as_deref().map(generate::quoted),
        from_mails: None,
        tools: &tools,
        files: &[],
        is_at_home: false,
    };
    html::series(&[beside], typed.checks.strict)
}

/// Tells which patches at the front of the series could be taken as they are.
fn usable(account: &Account, strict: bool) -> String {
    if account.verdict(strict) == Verdict::Ready {
        return String::new();
    }
    match account.good_at_the_front(strict) {
        0 => String::new(),
        1 => "patch 1 could be taken as it is\n".to_owned(),
        good => format!("patches 1 to {good} could be taken as they are\n"),
    }
}
