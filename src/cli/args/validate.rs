//! What was typed for `validate`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

use super::{Checks, Common};
use crate::mail::incoming::{Quotes, Reading, Splitting};

#[derive(Debug, Args)]
pub(in crate::cli) struct Validate {
    /// Patch files, mailboxes, maildirs, folders of patch files or of quilt (with a file `series`); `-` for standard input
    #[arg(value_name = "PATH", required = true)]
    pub(in crate::cli) paths: Vec<PathBuf>,
    /// Revision to put the series on [default: the base-commit of the mails where it is there, else HEAD]
    #[arg(long, value_name = "REVISION")]
    pub(in crate::cli) onto: Option<String>,
    /// Drop what stands above a line of scissors, as b4 does
    #[arg(long)]
    pub(in crate::cli) scissors: bool,
    /// How a mailbox keeps lines of its mails that begin with `From `
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "mbox")]
    pub(in crate::cli) patch_format: PatchFormat,
    /// Keep the carriage returns that lines end in, as `git am --keep-cr` does
    #[arg(long)]
    pub(in crate::cli) keep_cr: bool,
    /// Judge one mail, and answer as the one who asks reads it: git's hook of that name, or a check command of b4
    #[arg(long, value_enum, value_name = "NAME", conflicts_with_all = ["format", "reports"])]
    pub(in crate::cli) hook: Option<Hook>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
    #[command(flatten)]
    pub(in crate::cli) checks: Checks,
}

impl Validate {
    /// How the mails are read.
    pub(in crate::cli) fn reading(&self) -> Reading {
        Reading {
            splitting: Splitting {
                quotes: match self.patch_format {
                    PatchFormat::Mbox => Quotes::Kept,
                    PatchFormat::Mboxrd => Quotes::Taken,
                },
                keep_cr: self.keep_cr,
            },
            scissors: self.scissors,
        }
    }
}

/// How a mailbox is written, in the words of `git am --patch-format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum PatchFormat {
    /// Lines are as they stand there
    Mbox,
    /// Such lines, quoted or not, have a `>` more than they had
    Mboxrd,
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
