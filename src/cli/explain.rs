//! `patchwright explain`: what a problem code means and what to do. The codes of the parts are kept beside the parts.

use super::{Stop, gate, generate, print};
use crate::check::{code, lint, outside, package, prep, sandbox, scriptlet, spec};
use crate::compose::{given, place};
use crate::mail::export::{self, distgit};
use crate::mail::{self, incoming, outgoing};
use crate::target::{range, repository};
use crate::text::Problem;
use crate::verdict::Exit;
use crate::{habit, series, status};

/// Codes of a part: code, meaning, what to do.
type Codes = &'static [(&'static str, &'static str, &'static str)];

/// The codes that are told by modules too small to keep a table.
const OWN: Codes = &[
    (
        "patch-unknown",
        "The series has no patch of that id.",
        "`patchwright series show` lists them.",
    ),
    (
        "check-unknown",
        "There is no check of that name.",
        "The checks are lint, syntax, compile, behaviour, package, object, daemon and build.",
    ),
    (
        "check-failed",
        "A check of a patch did not pass.",
        "Look at what it says, and at `evidence/` beside the mails.",
    ),
    (
        "check-skipped",
        "A check could not run on this machine.",
        "`patchwright doctor` tells what to install.",
    ),
    (
        "code-unknown",
        "There is no code of that name.",
        "`patchwright explain` lists all of them.",
    ),
    (
        "sender-unknown",
        "Nobody is known to send the mails.",
        "Give --from, or set user.name and user.email with `git config`.",
    ),
    (
        "date",
        "A date can't be read.",
        "Write it as RFC 2822 or RFC 3339 have it, or in seconds since 1970.",
    ),
    (
        "trailer",
        "A trailer is not of the form `Key: value`.",
        "Write it so, on one line.",
    ),
    (
        "description-unreadable",
        "The file with the words for the cover letter can't be read.",
        "Name a text file in UTF-8.",
    ),
    (
        "notes-unreadable",
        "The file with the notes on patches can't be read.",
        "Name a text file in UTF-8.",
    ),
    (
        "notes-patch",
        "A note names no patch, or one that there is none of.",
        "Put a line `[1]`, `[1/2]` or `[id-of-the-patch]` above each note; indent a line of a note that looks like one.",
    ),
    (
        "report-format",
        "A report was asked for in a form that there is none of.",
        "Write --report FORMAT=FILE, FORMAT one of json, junit, sarif, html, github, gitlab.",
    ),
    (
        "report-unwritable",
        "A report can't be written.",
        "Name a file in a folder that can be written to.",
    ),
    (
        "sample-exists",
        "The sample would be written over something.",
        "Name a directory that is missing or empty.",
    ),
    (
        "sample-unwritable",
        "The sample can't be written.",
        "Make room, or name another directory; for --sample, set TMPDIR.",
    ),
    (
        "page",
        "There is no manual page of that name.",
        "`patchwright --help` lists the commands.",
    ),
    (
        "output-lost",
        "What a command prints could not be written, for another reason than a closed pipe.",
        "Make room where it goes, and run the command again.",
    ),
    (
        "output-twice",
        "Two revisions would be written to the same folder.",
        "Run `generate` once for each of them.",
    ),
    (
        "bug",
        "patchwright itself went wrong.",
        "Report this with the command that you ran.",
    ),
];

pub(super) fn run(code: Option<&str>) -> Result<Exit, Stop> {
    let Some(wanted) = code else {
        let list: String = all()
            .map(|(code, meaning, _)| format!("{code}\n    {meaning}\n"))
            .collect();
        print(&list)?;
        return Ok(Exit::Good);
    };
    let found = all().find(|(code, _, _)| *code == wanted).ok_or_else(|| {
        vec![
            Problem::new("code-unknown", format!("there is no code `{wanted}`"))
                .help("`patchwright explain` lists all of them"),
        ]
    })?;
    print(&format!(
        "{}\n\n{}\n\nWhat to do: {}\n",
        found.0, found.1, found.2
    ))?;
    Ok(Exit::Good)
}

/// Returns what a code means and what to do, for reports.
pub(super) fn meaning(code: &str) -> Option<(&'static str, &'static str)> {
    all()
        .find(|(known, _, _)| *known == code)
        .map(|(_, meaning, what_to_do)| (meaning, what_to_do))
}

fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let parts: &[Codes] = &[
        OWN,
        gate::CODES,
        generate::CODES,
        generate::RANGE_DIFF_CODES,
        super::validate::CODES,
        super::validate::HOOK_CODES,
        crate::compose::mailed::CODES,
        series::CODES,
        repository::CODES,
        habit::CODES,
        range::CODES,
        place::CODES,
        given::CODES,
        crate::check::given::CODES,
        status::CODES,
        lint::CODES,
        code::CODES,
        scriptlet::CODES,
        package::CODES,
        outside::CODES,
        spec::CODES,
        sandbox::CODES,
        prep::CODES,
        mail::CODES,
        export::CODES,
        distgit::CODES,
        incoming::CODES,
        mail::readback::CODES,
        outgoing::CODES,
    ];
    parts.iter().flat_map(|part| part.iter()).copied()
}
