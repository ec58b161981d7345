//! The checks: is each stage good? Each asks one question of one patch and answers with evidence; none judges the series.

pub mod lint;
pub mod sandbox;

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Asked, and good.
    Passed,
    /// Asked, and bad.
    Failed,
    /// Could not be asked on this machine; never a pass.
    Skipped,
    /// The check itself went wrong; counts as a failure.
    Error,
}

impl Outcome {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Skipped => "skipped",
            Outcome::Error => "error",
        }
    }
}
