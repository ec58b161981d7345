//! What was typed for `generate`.

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

use super::{Checks, Common};
use crate::habit::profile::SUPPRESSIBLE;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ThreadStyle {
    /// Every mail replies to the first
    Shallow,
    /// Every mail replies to the one before
    Deep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ExportForm {
    /// A file for each mail, as git format-patch writes them
    Mail,
    /// All mails in one file, series.mbox
    Mbox,
    /// A maildir: the folders cur, new and tmp
    Maildir,
    /// Patches with DEP-3 headers and their series file, in patches
    Quilt,
    /// The spec of a packaging repository, changed, and the patches that it names
    DistGit,
}

/// How git itself divides a description (git-format-patch(1), `--cover-from-description`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CoverFrom {
    /// None of them
    Message,
    /// The first paragraph
    Subject,
    /// The first paragraph, unless it is longer than 100 bytes
    Auto,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Generate {
    /// Revisions to put the series on [default: HEAD; mainline for --sample]
    #[arg(value_name = "REVISION")]
    pub(in crate::cli) revisions: Vec<String>,
    /// Mail commits that exist: A..B, A (what HEAD has beyond it), -N (the last N) or A^!
    #[arg(
        long,
        value_name = "RANGE",
        allow_hyphen_values = true,
        conflicts_with_all = ["revisions", "sample", "only", "author", "branch"]
    )]
    pub(in crate::cli) commits: Option<String>,
    /// With --commits, mail renamed files as deleted and created
    #[arg(long, requires = "commits")]
    pub(in crate::cli) no_renames: bool,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
    #[command(flatten)]
    pub(in crate::cli) checks: Checks,
    /// Directory for the mails
    #[arg(short, long = "output", value_name = "DIR", default_value = "outgoing")]
    pub(in crate::cli) output: PathBuf,
    /// Form in which the series is written
    #[arg(long, value_enum, value_name = "FORM", default_value = "mail")]
    pub(in crate::cli) export: ExportForm,
    /// For dist-git: the source that the repository packages, as rpmbuild -bp leaves it, or its archive [default: what rpmbuild -bp makes of the repository]
    #[arg(long, value_name = "PATH", conflicts_with = "spec")]
    pub(in crate::cli) source: Option<PathBuf>,
    /// For dist-git where the target is the source itself: the spec that packages it
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) spec: Option<PathBuf>,
    /// Mark the series as a request for comments
    #[arg(long, help_heading = "Mails")]
    pub(in crate::cli) rfc: bool,
    /// Version of the series
    #[arg(short = 'v', long, value_name = "N", help_heading = "Mails", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) reroll_count: Option<u32>,
    /// What stands in the brackets of the subject [default: PATCH]
    #[arg(long, value_name = "TEXT", help_heading = "Mails")]
    pub(in crate::cli) subject_prefix: Option<String>,
    /// Recipient; may be given several times
    #[arg(long, value_name = "ADDRESS", help_heading = "Mails")]
    pub(in crate::cli) to: Vec<String>,
    /// Recipient of a copy; may be given several times
    #[arg(long, value_name = "ADDRESS", help_heading = "Mails")]
    pub(in crate::cli) cc: Vec<String>,
    /// Sender, as 'Name <address>' [default: git's configured identity]
    #[arg(long, value_name = "IDENT", help_heading = "Mails")]
    pub(in crate::cli) from: Option<String>,
    /// Author of the patches [default: the sender]
    #[arg(long, value_name = "IDENT", help_heading = "Mails")]
    pub(in crate::cli) author: Option<String>,
    /// Add a Signed-off-by trailer of the sender
    #[arg(
        short = 's',
        long,
        overrides_with = "no_signoff",
        help_heading = "Mails"
    )]
    pub(in crate::cli) signoff: bool,
    /// Add none, whatever a profile says
    #[arg(long, overrides_with = "signoff", help_heading = "Mails")]
    pub(in crate::cli) no_signoff: bool,
    /// Take recipients, prefix and sign-off from a profile of .gitpublish, or from b4, git, maintainers or codeowners; may be
    /// given several times
    #[arg(long, value_name = "NAME", help_heading = "Mails")]
    pub(in crate::cli) profile: Vec<String>,
    /// Where the profile is read [default: the revision, else the branch you are on]
    #[arg(long, value_name = "REVISION|FILE", help_heading = "Mails")]
    pub(in crate::cli) profile_from: Option<String>,
    /// Whom the printed git send-email leaves out; may be given several times
    #[arg(long, value_name = "CATEGORY", help_heading = "Mails", value_parser = PossibleValuesParser::new(SUPPRESSIBLE))]
    pub(in crate::cli) suppress_cc: Vec<String>,
    /// Add a trailer to every patch; may be given several times
    #[arg(long, value_name = "KEY: VALUE", help_heading = "Mails")]
    pub(in crate::cli) trailer: Vec<String>,
    /// Message-ID that the series replies to
    #[arg(long, value_name = "ID", help_heading = "Mails")]
    pub(in crate::cli) in_reply_to: Option<String>,
    /// How the mails reply to each other
    #[arg(long, value_enum, value_name = "STYLE", num_args = 0..=1, default_missing_value = "shallow", require_equals = true, overrides_with = "no_thread", help_heading = "Mails")]
    pub(in crate::cli) thread: Option<ThreadStyle>,
    /// Give the mails no Message-ID and leave threading to what sends them
    #[arg(long, help_heading = "Mails")]
    pub(in crate::cli) no_thread: bool,
    /// What the base-commit line tells: auto, none, or a commit
    #[arg(
        long,
        value_name = "auto|none|COMMIT",
        default_value = "auto",
        help_heading = "Mails"
    )]
    pub(in crate::cli) base: String,
    /// File with your own words for the cover letter
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "no_cover",
        help_heading = "Mails"
    )]
    pub(in crate::cli) description_file: Option<PathBuf>,
    /// What of these words is the title [default: what stands in a first line 'Subject: ...', if there is one]
    #[arg(
        long,
        value_enum,
        value_name = "MODE",
        default_value = "message",
        hide_default_value = true,
        requires = "description_file",
        help_heading = "Mails"
    )]
    pub(in crate::cli) cover_from_description: CoverFrom,
    /// File with notes on the patches, each below a line [PATCH]; they stand below the --- of the mails
    #[arg(long, value_name = "FILE", help_heading = "Mails")]
    pub(in crate::cli) notes: Option<PathBuf>,
    /// Mails of the version before, a folder or an mbox: the cover letter tells what became of each of its patches
    #[arg(long, value_name = "PREVIOUS", help_heading = "Mails")]
    pub(in crate::cli) range_diff: Option<PathBuf>,
    /// Write no cover letter
    #[arg(long, help_heading = "Mails")]
    pub(in crate::cli) no_cover: bool,
    /// Signature below each mail [default: patchwright and its version]
    #[arg(long, value_name = "TEXT", help_heading = "Mails")]
    pub(in crate::cli) signature: Option<String>,
    /// Date of the first patch: RFC 2822, RFC 3339 or seconds since 1970 [default: SOURCE_DATE_EPOCH, else the base commit's]
    #[arg(long, value_name = "DATE", help_heading = "Mails")]
    pub(in crate::cli) date: Option<String>,
    /// Text that goes into every Message-ID
    #[arg(long, value_name = "TEXT", help_heading = "Mails")]
    pub(in crate::cli) message_id_seed: Option<String>,
    /// Replace the directory even where somebody edited in it
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Also keep the commits as a new branch of the repository
    #[arg(long, value_name = "NAME", conflicts_with = "sample")]
    pub(in crate::cli) branch: Option<String>,
    /// Do everything but write
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Keep the mails of a series that is not ready beside its evidence
    #[arg(long)]
    pub(in crate::cli) keep_failed: bool,
}
