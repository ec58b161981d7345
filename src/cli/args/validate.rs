//! What was typed for `validate`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

use super::{Checks, Common};

#[derive(Debug, Args)]
pub(in crate::cli) struct Validate {
    /// Patch files, mailboxes, maildirs or folders of patch files; `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(in crate::cli) paths: Vec<PathBuf>,
    /// Revision to put the series on [default: the base-commit of the mails where it is there, else HEAD]
    #[arg(long, value_name = "REVISION")]
    pub(in crate::cli) onto: Option<String>,
    /// Drop what stands above a line of scissors, as b4 does
    #[arg(long)]
    pub(in crate::cli) scissors: bool,
    /// Judge one mail, and answer as the one who asks reads it: git's hook of that name, or a check command of b4
    #[arg(long, value_enum, value_name = "NAME", conflicts_with_all = ["format", "reports"])]
    pub(in crate::cli) hook: Option<Hook>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
    #[command(flatten)]
    pub(in crate::cli) checks: Checks,
}

/// Who asks about one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Hook {
    /// `git send-email`, as its hook sendemail-validate
    SendemailValidate,
    /// `b4 prep --check` and `b4 am --check`, as prep-perpatch-check-cmd and am-perpatch-check-cmd
    #[value(alias = "b4-am")]
    B4Prep,
    /// `b4 review`, as review-perpatch-check-cmd and review-series-check-cmd
    B4Review,
}
