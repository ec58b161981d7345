//! What was typed for `gate`.

use clap::Args;

use super::Common;

#[derive(Debug, Args)]
pub(in crate::cli) struct Gate {
    /// Revisions to judge [default: HEAD; mainline for --sample]
    #[arg(value_name = "REVISION")]
    pub(in crate::cli) revisions: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
    /// Patches that a revision needs: all, any, or a list [default: what the series states]
    #[arg(long, value_name = "all|any|PATCH,…")]
    pub(in crate::cli) require: Option<String>,
}
