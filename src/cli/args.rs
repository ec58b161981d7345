//! What was typed. Its doc comments are the help; what it means is told in the file of each command.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Makes a patch series that is proven before it is mailed, and judges whether a tree carries its fixes already
#[derive(Debug, Parser)]
#[command(
    name = "patchwright",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = super::exit_codes_help())]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Put a series on a revision, check it after every patch, write the mails
    Generate(Box<Generate>),
    /// Judge whether revisions carry the fixes
    Gate(Gate),
    /// Show the series that are known
    Series(Series),
    /// Write the embedded sample repository to a directory, to try things on
    Sample(Sample),
    /// Tell what can be checked on this machine, and what to install for the rest
    Doctor(Doctor),
    /// Tell what a problem code means and what to do
    Explain(Explain),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or that of a command
    Man {
        /// The command
        command: Option<String>,
    },
}

/// What is judged or patched, and how it is told.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Series: the name of an embedded one, or a folder with a series.toml
    #[arg(long, value_name = "NAME|DIR", default_value = "capabilities-cache")]
    pub(super) series: String,
    /// Repository, or plain source directory [default: the repository around the current directory]
    #[arg(long, value_name = "DIR", conflicts_with = "sample")]
    pub(super) repo: Option<PathBuf>,
    /// Use the embedded sample repository
    #[arg(long)]
    pub(super) sample: bool,
    /// Patches of the series to take [default: all]
    #[arg(long, value_name = "PATCH", value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Form of what is printed to standard output
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(super) format: Format,
    /// Also write a report to a file; may be given several times (json)
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(super) reports: Vec<String>,
    /// When to use colors
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Print no progress
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Print more: reasons, places, what was left out
    #[arg(long, conflicts_with = "quiet")]
    pub(super) verbose: bool,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(super) jobs: Option<u16>,
}

/// Which checks are run, and how strictly.
#[derive(Debug, Args)]
pub(super) struct Checks {
    /// Checks to run: lint, syntax, compile, behaviour [default: all]
    #[arg(long = "check", value_name = "NAME", value_delimiter = ',')]
    pub(super) checks: Vec<String>,
    /// Checks to leave out
    #[arg(long = "no-check", value_name = "NAME", value_delimiter = ',')]
    pub(super) no_checks: Vec<String>,
    /// Fail on checks that can't run here, and on notes
    #[arg(long)]
    pub(super) strict: bool,
    /// Run what comes from the tree without a sandbox, where none can be had
    #[arg(long)]
    pub(super) unsandboxed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Terminal,
    /// For machines
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ThreadStyle {
    /// Every mail replies to the first
    Shallow,
    /// Every mail replies to the one before
    Deep,
}

#[derive(Debug, Args)]
pub(super) struct Generate {
    /// Revisions to put the series on [default: HEAD; mainline for --sample]
    #[arg(value_name = "REVISION")]
    pub(super) revisions: Vec<String>,
    #[command(flatten)]
    pub(super) common: Common,
    #[command(flatten)]
    pub(super) checks: Checks,
    /// Directory for the mails
    #[arg(short, long = "output", value_name = "DIR", default_value = "outgoing")]
    pub(super) output: PathBuf,
    /// Mark the series as a request for comments
    #[arg(long, help_heading = "Mails")]
    pub(super) rfc: bool,
    /// Version of the series
    #[arg(short = 'v', long, value_name = "N", help_heading = "Mails", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) reroll_count: Option<u32>,
    /// What stands in the brackets of the subject
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "PATCH",
        help_heading = "Mails"
    )]
    pub(super) subject_prefix: String,
    /// Recipient; may be given several times
    #[arg(long, value_name = "ADDRESS", help_heading = "Mails")]
    pub(super) to: Vec<String>,
    /// Recipient of a copy; may be given several times
    #[arg(long, value_name = "ADDRESS", help_heading = "Mails")]
    pub(super) cc: Vec<String>,
    /// Sender, as 'Name <address>' [default: git's configured identity]
    #[arg(long, value_name = "IDENT", help_heading = "Mails")]
    pub(super) from: Option<String>,
    /// Author of the patches [default: the sender]
    #[arg(long, value_name = "IDENT", help_heading = "Mails")]
    pub(super) author: Option<String>,
    /// Add a Signed-off-by trailer of the sender
    #[arg(short = 's', long, help_heading = "Mails")]
    pub(super) signoff: bool,
    /// Add a trailer to every patch; may be given several times
    #[arg(long, value_name = "KEY: VALUE", help_heading = "Mails")]
    pub(super) trailer: Vec<String>,
    /// Message-ID that the series replies to
    #[arg(long, value_name = "ID", help_heading = "Mails")]
    pub(super) in_reply_to: Option<String>,
    /// How the mails reply to each other
    #[arg(long, value_enum, value_name = "STYLE", num_args = 0..=1, default_missing_value = "shallow", require_equals = true, overrides_with = "no_thread", help_heading = "Mails")]
    pub(super) thread: Option<ThreadStyle>,
    /// Give the mails no Message-ID and leave threading to what sends them
    #[arg(long, help_heading = "Mails")]
    pub(super) no_thread: bool,
    /// What the base-commit line tells: auto, none, or a commit
    #[arg(
        long,
        value_name = "auto|none|COMMIT",
        default_value = "auto",
        help_heading = "Mails"
    )]
    pub(super) base: String,
    /// File with your own words for the cover letter
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "no_cover",
        help_heading = "Mails"
    )]
    pub(super) description_file: Option<PathBuf>,
    /// Write no cover letter
    #[arg(long, help_heading = "Mails")]
    pub(super) no_cover: bool,
    /// Signature below each mail [default: patchwright and its version]
    #[arg(long, value_name = "TEXT", help_heading = "Mails")]
    pub(super) signature: Option<String>,
    /// Date of the first patch: RFC 2822, RFC 3339 or seconds since 1970 [default: SOURCE_DATE_EPOCH, else the base commit's]
    #[arg(long, value_name = "DATE", help_heading = "Mails")]
    pub(super) date: Option<String>,
    /// Text that goes into every Message-ID
    #[arg(long, value_name = "TEXT", help_heading = "Mails")]
    pub(super) message_id_seed: Option<String>,
    /// Replace the directory even where somebody edited in it
    #[arg(long)]
    pub(super) force: bool,
    /// Also keep the commits as a new branch of the repository
    #[arg(long, value_name = "NAME", conflicts_with = "sample")]
    pub(super) branch: Option<String>,
    /// Do everything but write
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Keep the mails of a series that is not ready beside its evidence
    #[arg(long)]
    pub(super) keep_failed: bool,
}

#[derive(Debug, Args)]
pub(super) struct Gate {
    /// Revisions to judge [default: HEAD; mainline for --sample]
    #[arg(value_name = "REVISION")]
    pub(super) revisions: Vec<String>,
    #[command(flatten)]
    pub(super) common: Common,
    /// Patches that a revision needs: all, any, or a list [default: what the series states]
    #[arg(long, value_name = "all|any|PATCH,…")]
    pub(super) require: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Series {
    #[command(subcommand)]
    pub(super) action: SeriesAction,
}

#[derive(Debug, Subcommand)]
pub(super) enum SeriesAction {
    /// List the embedded series
    List,
    /// Show the patches and steps of a series
    Show {
        /// Name of an embedded series, or a folder with a series.toml
        #[arg(default_value = "capabilities-cache")]
        series: String,
    },
    /// Read a series and show every mistake in it
    Lint {
        /// Name of an embedded series, or a folder with a series.toml
        series: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Sample {
    /// Directory to write to; must be missing or empty
    pub(super) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(super) format: Format,
    /// Fail where a check can't run
    #[arg(long)]
    pub(super) strict: bool,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code, as it stands in brackets behind `error`; all of them where it is left out
    pub(super) code: Option<String>,
}
