//! The version before, which `--range-diff` names: read as mails are, and compared with the one that is made.

use std::path::Path;

use super::Wish;
use crate::cli::Stop;
use crate::mail::incoming::{self, Quotes, Reading, Received, Splitting};
use crate::mail::range_diff::{self, CREATION_FACTOR, Portrait};
use crate::mail::{Base, Mail};
use crate::syntax::patch;
use crate::target::commit::short;
use crate::text::{Problem, Source};

/// A version of the series that was mailed before.
pub(super) struct Previous {
    portraits: Vec<Portrait>,
    version: u32,
    /// The commit that it was made on, where its mails tell.
    base: Option<String>,
}

/// The mistakes that naming a version before can have: code, meaning, what to do.
pub(in crate::cli) const CODES: &[(&str, &str, &str)] = &[
    (
        "range-diff-nowhere",
        "A series of several patches without a cover letter has no place for a range-diff.",
        "Leave out `--no-cover`, or `--range-diff`.",
    ),
    (
        "range-diff-failed",
        "Two versions of the series could not be compared.",
        "Leave out `--range-diff`; a patch may be larger than 1 GiB.",
    ),
];

/// Reads the version before: a folder of mails, an mbox, or a mail.
///
/// # Errors
/// What keeps mails from being read as a series.
pub(super) fn read(path: &Path) -> Result<Previous, Stop> {
    // Nobody says how the mailbox was written, our own quotes.
    let reading = Reading {
        splitting: Splitting {
            quotes: Quotes::Told,
            keep_cr: false,
        },
        scissors: false,
    };
    let gathered = incoming::gather(&[path.to_owned()], reading)?;
    let series = incoming::series::series(gathered.mails)?;
    let patches = series.patches.iter().map(|member| &member.mail);
    let mut mails = series.cover.iter().chain(patches.clone());
    let base = mails.find_map(|mail| mail.base_commit.clone());
    let portraits = patches.map(portrait).collect::<Result<_, _>>();
    Ok(Previous {
        portraits: portraits.map_err(|problem| vec![problem])?,
        version: series.version,
        base,
    })
}

fn portrait(mail: &Received) -> Result<Portrait, Problem> {
    let bytes = mail.patch.bytes();
    let files = patch::parse(bytes).map_err(|malformed| {
        Problem::new("patch-malformed", malformed.message)
            .at_site(&mail.patch.site(malformed.span), "here")
            .help("name with --range-diff what was mailed; a client may have wrapped or cut it")
    })?;
    let author = mail.author.clone().unwrap_or_default();
    Ok(Portrait::new(
        commit(mail),
        &author,
        &mail.message,
        bytes,
        files,
    ))
}

/// Returns the commit that a mail was made of, as the line that opens it tells; a plain directory has none.
fn commit(mail: &Received) -> Option<String> {
    let bytes = mail.source.bytes();
    let line = bytes[mail.span.start..]
        .split(|&byte| byte == b'\n')
        .next()?;
    let line = std::str::from_utf8(line).ok()?;
    let id = line.strip_prefix("From ")?.split(' ').next()?;
    let is_id = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && id.bytes().any(|byte| byte != b'0')).then(|| id.to_owned())
}

impl Wish<'_> {
    /// Tells what became of the version before in the patches of these mails, which have no range-diff yet; `None` where none was
    /// asked for.
    pub(super) fn range_diff(
        &self,
        mails: &[Mail],
        base: Option<&Base>,
    ) -> Result<Option<String>, Problem> {
        let Some(previous) = &self.previous else {
            return Ok(None);
        };
        let patches = &mails[usize::from(!self.typed.no_cover)..];
        if self.typed.no_cover && patches.len() > 1 {
            let message = "several patches without a cover letter have no place for a range-diff";
            return Err(Problem::new("range-diff-nowhere", message)
                .help("leave out --no-cover, or --range-diff"));
        }
        let read = patches.iter().flat_map(|mail| {
            let source = Source::new(mail.name.as_str(), mail.bytes.as_slice());
            incoming::take(&source, Reading::default())
        });
        let portraits: Vec<Portrait> =
            read.map(|mail| portrait(&mail)).collect::<Result<_, _>>()?;
        let told = range_diff::range_diff(&previous.portraits, &portraits, CREATION_FACTOR);
        let told = told.map_err(|_| {
            Problem::new(
                "range-diff-failed",
                "two versions of a patch could not be compared",
            )
            .help("leave out --range-diff; a patch may be larger than 1 GiB")
        })?;
        let bases = match (&previous.base, base) {
            (Some(before), Some(now)) if *before == now.commit => {
                format!(", on the same base {}", short(before))
            }
            (Some(before), Some(now)) => {
                format!(
                    ", made on {} (this one on {})",
                    short(before),
                    short(&now.commit)
                )
            }
            (Some(before), None) => format!(", made on {}", short(before)),
            (None, _) => String::new(),
        };
        let version = previous.version;
        Ok(Some(format!(
            "Range-diff against v{version}{bases}:\n{told}"
        )))
    }
}
