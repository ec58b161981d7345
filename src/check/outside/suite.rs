//! Does the tree's own build or test suite pass at every stage? Each stage is written out whole, and the command is run in it.

use std::io;
use std::path::PathBuf;

use super::{Step, last_lines, materialise, whole_build};
use crate::check::code::{concluded, error};
use crate::check::inquiry::Place;
use crate::check::sandbox::{Job, Sandbox, Scratch};
use crate::check::{Evidence, Outcome};
use crate::target::Tree;

/// Lines of a failing build that are told.
const TOLD: usize = 8;

/// What came of the command at a stage: nothing where it succeeded, else its last words.
type Ended = Result<(), String>;

/// Asks of every stage, in their order.
pub(super) fn ask(steps: &[Step], command: Option<&str>, place: &Place) -> Vec<Evidence> {
    let all = |evidence: Evidence| vec![evidence; steps.len()];
    let Some(command) = command else {
        return all(Evidence::skipped(
            "build",
            "no command; give one with --build 'CMD'",
        ));
    };
    let sandbox = match place {
        Ok(sandbox) => sandbox,
        Err(unavailable) => return all(Evidence::skipped("build", unavailable.to_string())),
    };
    let mut trees: Vec<&Tree> = steps.first().map(|step| step.before).into_iter().collect();
    trees.extend(steps.iter().map(|step| step.after));
    // Builds use all cores by themselves.
    let ended: io::Result<Vec<Ended>> = trees
        .into_iter()
        .map(|tree| run(sandbox, tree, command))
        .collect();
    match ended {
        Ok(ended) => ended
            .windows(2)
            .map(|pair| told(command, &pair[0], &pair[1]))
            .collect(),
        Err(fault) => all(Evidence {
            outcome: Outcome::Error,
            ..Evidence::skipped("build", fault.to_string())
        }),
    }
}

fn told(command: &str, before: &Ended, after: &Ended) -> Evidence {
    let outcome = |ended: &Ended| match ended {
        Ok(()) => Outcome::Passed,
        Err(_) => Outcome::Failed,
    };
    let findings = match (before, after) {
        (_, Ok(())) => Vec::new(),
        (Ok(()), Err(why)) => vec![error("build-fails", why.clone())],
        (Err(_), Err(why)) => vec![error("build-base", why.clone())],
    };
    let detail = format!("`{command}` in the whole tree");
    Evidence {
        before: Some(outcome(before)),
        after: Some(outcome(after)),
        ..concluded("build", None, findings, detail)
    }
}

fn run(sandbox: &Sandbox, tree: &Tree, command: &str) -> io::Result<Ended> {
    let scratch = Scratch::new()?;
    let folder = scratch.path().join("tree");
    std::fs::create_dir(&folder)?;
    materialise::write(tree, &folder)?;
    let inside = sandbox.place(&folder, "/build");
    let mut job = Job::new(["/bin/sh", "-c", command]).lending(&folder, &inside);
    let shown = inside.display().to_string();
    // Tools that want a home have one that goes with the tree.
    job.env = vec![("HOME".to_owned(), shown)];
    job.cwd = PathBuf::from(&inside);
    job.limits = whole_build();
    let ran = sandbox.run(&job)?;
    if let Some(limit) = ran.stopped {
        return Ok(Err(format!("it is ended by its limit of {limit}")));
    }
    if ran.status == 0 {
        return Ok(Ok(()));
    }
    let said = if ran.stderr.is_empty() {
        &ran.stdout
    } else {
        &ran.stderr
    };
    let said = String::from_utf8_lossy(said);
    let last = last_lines(&said, TOLD);
    Ok(Err(format!("it ends with status {}: {last}", ran.status)))
}
