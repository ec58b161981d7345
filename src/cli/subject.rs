//! What a command is about: the series, the target, the revisions, the patches that were asked for.

use crate::check::sandbox::Scratch;
use std::path::Path;

use super::Stop;
use super::args::Common;
use crate::series::{Library, Series};
use crate::target::{Revision, Target, sample};
use crate::text::Problem;

/// A series and the target that it meets.
pub(super) struct Subject {
    pub(super) series: Series,
    pub(super) target: Target,
    /// Names of the revisions, as typed.
    pub(super) revisions: Vec<String>,
    /// Ids of the patches asked for.
    pub(super) wanted: Vec<String>,
    pub(super) is_sample: bool,
    /// Keeps the sample's repository for as long as it is read.
    _sample: Option<Scratch>,
}

impl Subject {
    pub(super) fn open(common: &Common, revisions: &[String]) -> Result<Self, Stop> {
        if let Some(jobs) = common.jobs {
            // Fails only where threads were started before, and then their number stands.
            let _ = rayon::ThreadPoolBuilder::new()
                .num_threads(jobs.into())
                .build_global();
        }
        let library = Library::find(&common.series).map_err(|problem| vec![problem])?;
        let series = Series::load(&library)?;
        let wanted = wanted(&series, &common.only)?;
        let (target, sample) = open_target(common).map_err(|problem| vec![problem])?;
        let revisions = match (revisions, common.sample) {
            ([], true) => vec![sample::REVISIONS[0].0.to_owned()],
            ([], false) => vec![target.default_revision().to_owned()],
            (named, _) => named.to_vec(),
        };
        Ok(Subject {
            series,
            target,
            revisions,
            wanted,
            is_sample: common.sample,
            _sample: sample,
        })
    }

    /// Resolves all revisions, or tells every one that is wrong.
    pub(super) fn resolve(&self) -> Result<Vec<Revision>, Stop> {
        let mut resolved = Vec::new();
        let mut problems = Vec::new();
        for name in &self.revisions {
            match self.revision(name) {
                Ok(revision) => resolved.push(revision),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(resolved)
        } else {
            Err(problems)
        }
    }
}

impl Subject {
    /// Resolves a revision.
    pub(super) fn revision(&self, name: &str) -> Result<Revision, Problem> {
        self.target.revision(name).map_err(|problem| {
            if self.is_sample {
                not_in_sample(name)
            } else {
                problem
            }
        })
    }
}

fn not_in_sample(name: &str) -> Problem {
    let known: Vec<&str> = sample::REVISIONS.iter().map(|(name, _)| *name).collect();
    Problem::new(
        "revision-unknown",
        format!("the sample has no revision `{name}`"),
    )
    .help(format!("it has {}", known.join(", ")))
}

fn wanted(series: &Series, only: &[String]) -> Result<Vec<String>, Stop> {
    let ids: Vec<String> = series
        .patches
        .iter()
        .map(|patch| patch.id.clone())
        .collect();
    let unknown: Vec<Problem> = only
        .iter()
        .filter(|id| !ids.contains(id))
        .map(|id| {
            Problem::new(
                "patch-unknown",
                format!("the series `{}` has no patch `{id}`", series.name),
            )
            .help(format!("its patches are `{}`", ids.join("`, `")))
        })
        .collect();
    match (unknown.is_empty(), only.is_empty()) {
        (false, _) => Err(unknown),
        (true, true) => Ok(ids),
        (true, false) => Ok(ids.into_iter().filter(|id| only.contains(id)).collect()),
    }
}

fn open_target(common: &Common) -> Result<(Target, Option<Scratch>), Problem> {
    if common.sample {
        let unwritable = |reason: String| {
            Problem::new(
                "sample-unwritable",
                format!("can't write the sample to a temporary directory: {reason}"),
            )
            .help("make room in the temporary directory, or set TMPDIR to another")
        };
        let folder = Scratch::new().map_err(|error| unwritable(error.to_string()))?;
        let path = folder.path().join("sample.git");
        sample::write(&path, true).map_err(|error| {
            let cause = std::error::Error::source(&error);
            let cause = cause.map_or(String::new(), |cause| format!(": {cause}"));
            unwritable(format!("{error}{cause}"))
        })?;
        return Ok((Target::open(&path)?, Some(folder)));
    }
    let target = match &common.repo {
        Some(dir) => Target::open(dir)?,
        None => Target::around(Path::new("."))?,
    };
    Ok((target, None))
}
