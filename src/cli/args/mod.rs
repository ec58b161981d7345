//! What was typed. Its doc comments are the help; what it means is told in the file of each command. Here is what commands
//! share, and the small ones; a large one has a file of its own.

mod gate;
mod generate;
mod validate;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use etcetera::BaseStrategy;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::report::json::SCHEMAS;
pub(in crate::cli) use gate::{Gate, Wish};
pub(in crate::cli) use generate::{CoverFrom, ExportForm, Generate, ThreadStyle};
pub(in crate::cli) use validate::{Hook, Validate};

/// Makes a patch series that is proven before it is mailed, and judges whether a tree carries its fixes already
#[derive(Debug, Parser)]
#[command(
    name = "patchwright",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = crate::cli::exit_codes_help())]
pub(in crate::cli) struct Arguments {
    #[command(subcommand)]
    pub(in crate::cli) command: Command,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Put a series on a revision, check it after every patch, write the mails
    Generate(Box<Generate>),
    /// Judge a series that exists as mails
    Validate(Box<Validate>),
    /// Judge whether revisions carry the fixes
    Gate(Box<Gate>),
    /// Show the series that are known
    Series(Series),
    /// Write the embedded sample repository to a directory, to try things on
    Sample(Sample),
    /// Tell what can be checked on this machine, and what to install for the rest
    Doctor(Doctor),
    /// Tell what a problem code means and what to do
    Explain(Explain),
    /// Print the JSON Schema of a document that --format json and --report json=FILE write
    Schema {
        /// The document: gate, or series as generate and validate tell it
        #[arg(value_parser = PossibleValuesParser::new(SCHEMAS.iter().map(|(name, _)| *name)))]
        document: String,
    },
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

/// The series that is taken where none is named.
pub(in crate::cli) const DEFAULT_SERIES: &str = "capabilities-cache";

/// What is judged or patched, and how it is told.
#[derive(Debug, Args)]
pub(in crate::cli) struct Common {
    /// Series: the name of an embedded one, or a folder with a series.toml
    #[arg(long, value_name = "NAME|DIR", default_value = DEFAULT_SERIES)]
    pub(in crate::cli) series: String,
    /// Repository, or plain source directory [default: the repository around the current directory]
    #[arg(long, value_name = "DIR", conflicts_with = "sample")]
    pub(in crate::cli) repo: Option<PathBuf>,
    /// Use the embedded sample repository
    #[arg(long)]
    pub(in crate::cli) sample: bool,
    /// Patches of the series to take [default: all]
    #[arg(long, value_name = "PATCH", value_delimiter = ',')]
    pub(in crate::cli) only: Vec<String>,
    /// Form of what is printed to standard output
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(in crate::cli) format: Format,
    /// Also write a report to a file: json, junit, sarif, html, github, gitlab; may be given several times
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub(in crate::cli) reports: Vec<OsString>,
    /// When to use colors
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    pub(in crate::cli) color: Color,
    /// Print no progress
    #[arg(short, long)]
    pub(in crate::cli) quiet: bool,
    /// Print more: reasons, places, what was left out
    #[arg(long, conflicts_with = "quiet")]
    pub(in crate::cli) verbose: bool,
    /// Number of threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(in crate::cli) jobs: Option<u16>,
    /// Directory in which answers are kept for later runs [default: $XDG_CACHE_HOME/patchwright, else ~/.cache/patchwright]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) cache_dir: Option<PathBuf>,
    /// Neither use nor keep answers of other runs
    #[arg(long)]
    pub(in crate::cli) no_cache: bool,
}

impl Common {
    /// Returns where answers are kept; `None` where none are, or where nobody has a home.
    pub(in crate::cli) fn kept(&self) -> Option<PathBuf> {
        if self.no_cache {
            return None;
        }
        let default = || {
            let places = etcetera::base_strategy::Xdg::new().ok()?;
            Some(places.cache_dir().join("patchwright"))
        };
        self.cache_dir.clone().or_else(default)
    }
}

/// Which checks are run, and how strictly.
#[derive(Debug, Args)]
pub(in crate::cli) struct Checks {
    /// Checks to run: lint, syntax, compile, behaviour, package, object, daemon, build [default: the first four, and those whose option is given]
    #[arg(long = "check", value_name = "NAME", value_delimiter = ',')]
    pub(in crate::cli) checks: Vec<String>,
    /// Checks to leave out
    #[arg(long = "no-check", value_name = "NAME", value_delimiter = ',')]
    pub(in crate::cli) no_checks: Vec<String>,
    /// For the checks object and daemon: a directory in which the tree was built, with its compile_commands.json
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) build_dir: Option<PathBuf>,
    /// For the check build: a command line that is run in the whole tree of the base and of every stage
    #[arg(long, value_name = "CMD", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(in crate::cli) build: Option<String>,
    /// Fail on checks that can't run here, and on notes
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Run what comes from the tree without a sandbox, where none can be had
    #[arg(long)]
    pub(in crate::cli) unsandboxed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    Terminal,
    /// For machines
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Series {
    #[command(subcommand)]
    pub(in crate::cli) action: SeriesAction,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SeriesAction {
    /// List the embedded series
    List,
    /// Show the patches and steps of a series
    Show {
        /// Name of an embedded series, or a folder with a series.toml
        #[arg(default_value = DEFAULT_SERIES)]
        series: String,
    },
    /// Read a series and show every mistake in it
    Lint {
        /// Name of an embedded series, or a folder with a series.toml
        series: String,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Sample {
    /// Directory to write to; must be missing or empty
    pub(in crate::cli) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Doctor {
    /// Form of what is printed
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    pub(in crate::cli) format: Format,
    /// Fail where a check can't run
    #[arg(long)]
    pub(in crate::cli) strict: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    /// The code, as it stands in brackets behind `error`; all of them where it is left out
    pub(in crate::cli) code: Option<String>,
}
