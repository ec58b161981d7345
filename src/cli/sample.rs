//! `patchwright sample`: writes the embedded sample repository out.

use std::path::Path;

use super::{Stop, print};
use crate::target::sample::{self, SampleError};
use crate::text::Problem;
use crate::verdict::Exit;

pub(super) fn run(dir: &Path) -> Result<Exit, Stop> {
    sample::write(dir, false).map_err(|error| match error {
        SampleError::Exists(problem) => vec![problem],
        SampleError::Damaged(reason) => panic!("the embedded sample is damaged: {reason}"),
        other => {
            let reason = std::error::Error::source(&other)
                .map_or(String::new(), |source| format!(": {source}"));
            vec![
                Problem::new("sample-unwritable", format!("{other}{reason}"))
                    .help("name a directory that can be written to"),
            ]
        }
    })?;
    let mut out = format!("the sample repository is in {}\n\n", dir.display());
    for (name, what) in sample::REVISIONS {
        out.push_str(&format!("  {name:<14}{what}\n"));
    }
    out.push_str(&format!(
        "\n  try it  patchwright generate --repo {} --rfc\n",
        dir.display()
    ));
    print(&out)?;
    Ok(Exit::Good)
}
