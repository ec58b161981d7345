//! A function asked what comes of situations, many in one process. Does not know who asks, or which answer is right.

use std::collections::BTreeMap;

use crate::check::sandbox::Scratch;

use super::Bench;
use super::bench::unplayable;
use super::harness::{self, Otherwise, Seen};
use super::scene::Scanned;

/// Situations asked in one run: what is handed over and printed stays within limits.
const MOST_AT_ONCE: usize = 4000;

/// Values of inputs, by name.
pub type Situation = BTreeMap<String, i64>;

/// What a function decided.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What each answer means, in the order asked.
    pub meanings: Vec<String>,
    /// The compiler with the options that the harness was built with, as a shell takes them.
    pub compiler: String,
    /// Source of the harness.
    pub source: String,
}

impl Bench<'_> {
    /// Asks a function of `file` what comes of situations, and returns what each means, in the words of its shape.
    ///
    /// Situations that were asked of an equal function before are not run again.
    ///
    /// # Errors
    /// Why the function can't be played, in words.
    pub fn decide(
        &self,
        path: &str,
        name: &str,
        (stage, base): (&Scanned, &Scanned),
        situations: &[Situation],
    ) -> Result<Decided, String> {
        let ready = self.ready(path, name, stage, base).map_err(|stopped| {
            let reason = stopped.reason.clone().unwrap_or_default();
            format!("`{name}` can't be played: {reason}")
        })?;
        let (built, rendered) = self.ready_built(&ready);
        let program = built.program.clone().filter(|_| built.works());
        let program = program.ok_or_else(|| format!("`{name}`: {}", unplayable(&built)))?;
        let way = match ready.otherwise {
            Otherwise::Zero => 0,
            Otherwise::One => 1,
        };
        let told: Vec<String> = situations
            .iter()
            .map(|situation| harness::argument("asked", situation, way))
            .collect();
        let memory = self.sandbox.memory();
        let text = harness::without_lines(&rendered.source);
        let question = [built.options.as_str(), &told.join("\n"), &text];
        let answers = memory.once("decisions", &question, || self.answers(&program, &told))?;
        let meanings = answers
            .iter()
            .map(|seen| harness::meaning(ready.part.shape, Some(seen)));
        Ok(Decided {
            meanings: meanings.collect(),
            compiler: self.compiler(&built.options),
            source: rendered.source.clone(),
        })
    }

    fn answers(&self, program: &Scratch, told: &[String]) -> Result<Vec<Seen>, String> {
        let mut answers = Vec::new();
        for some in told.chunks(MOST_AT_ONCE) {
            let mut arguments = vec!["exec ./harness \"$@\"\n".to_owned(), "harness".to_owned()];
            arguments.extend_from_slice(some);
            let ran = self
                .shell(program, &arguments)
                .map_err(|error| format!("the sandbox could not be used: {error}"))?;
            if let Some(limit) = ran.stopped {
                return Err(format!("playing it was stopped by a limit: {limit}"));
            }
            let read = harness::read(&String::from_utf8_lossy(&ran.stdout));
            if read.len() != some.len() {
                return Err(format!("the harness ended with status {}", ran.status));
            }
            answers.extend(read.into_iter().map(|line| line.seen));
        }
        Ok(answers)
    }
}
