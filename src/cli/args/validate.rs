//! What was typed for `validate`.

use clap::Args;
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
    #[command(flatten)]
    pub(in crate::cli) common: Common,
    #[command(flatten)]
    pub(in crate::cli) checks: Checks,
}
