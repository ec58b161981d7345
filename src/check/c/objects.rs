//! The files of a tree that are linked with the one under test, compiled. Does not link.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crate::check::sandbox::Scratch;

use super::Bench;
use super::closure::{self, Closure};
use super::diagnostic;
use super::pool::{self, Pool};
use super::whole_file::{self, quoted};

/// The files of a tree that are linked with the one under test.
#[derive(Debug)]
pub(super) struct Objects {
    /// Headers, sources and objects.
    pub(super) scratch: Arc<Scratch>,
    /// Options that they were compiled with.
    pub(super) options: String,
    /// Options that tell where headers are.
    pub(super) includes: String,
    /// What compiles them, for a shell in the folder of the tree.
    pub(super) script: String,
    /// What is included and is not in the tree: path and content.
    pub(super) made: Vec<(String, Arc<[u8]>)>,
    /// Those that were compiled.
    pub(super) compiled: Vec<String>,
    /// Those that do not compile outside their build, and why.
    pub(super) left_out: Vec<String>,
}

impl Bench<'_> {
    /// Compiles sources of a tree; what an earlier tree of the run has in the same form is taken from there.
    ///
    /// # Errors
    /// Why none of them can be compiled, in words.
    pub(super) fn objects(
        &self,
        options: &str,
        closure: &Closure,
        sources: &[String],
        read: closure::Read,
    ) -> Result<Objects, String> {
        let scratch = Arc::new(laid(closure).map_err(unusable)?);
        let includes = whole_file::includes(self.kit, closure);
        let program = quoted(&self.kit.rules.manifest.compiler.program);
        let compiler = format!("{program} {options}{includes} {}", self.flags());
        let pool = Pool::of(self.sandbox.memory(), &compiler, closure);
        let known: Vec<_> = sources
            .iter()
            .map(|source| pool.find(source, closure))
            .collect();
        let prepare = whole_file::generating(self.kit, closure).unwrap_or_default();
        let script = |lines: &str| format!("{prepare}mkdir objects || exit\n{lines}wait\n");
        let compiling = |at: usize, more: &str| {
            let source = quoted(&sources[at]);
            format!("{compiler}{more} -c {source} -o objects/{at}.o > objects/{at} 2>&1 &\n")
        };
        let all: String = (0..sources.len()).map(|at| compiling(at, "")).collect();
        let missing: String = (0..sources.len())
            .filter(|at| known[*at].is_none())
            .map(|at| compiling(at, &format!(" -MMD -MF objects/{at}.d")))
            .collect();
        let refused = self.refused(&scratch, &script(&missing))?;
        let (mut compiled, mut left_out) = (Vec::new(), Vec::new());
        for (at, source) in sources.iter().enumerate() {
            if let Some(why) = refused.get(&at) {
                left_out.push(format!("{source}: {why}"));
                continue;
            }
            match &known[at] {
                Some(found) => pool::put(found, scratch.path(), at).map_err(unusable)?,
                None => pool.keep(source, at, &scratch, closure),
            }
            compiled.push(source.clone());
        }
        if compiled.is_empty() {
            let first = left_out
                .first()
                .map_or("it has none of them", String::as_str);
            return Err(format!(
                "none of the files that it needs of its tree compile: {first}"
            ));
        }
        Ok(Objects {
            options: options.to_owned(),
            includes,
            script: script(&all),
            made: closure.made(read),
            compiled,
            left_out,
            scratch,
        })
    }

    /// Runs what compiles, and returns which sources the compiler refused, by number, and the first error of each.
    fn refused(&self, scratch: &Scratch, script: &str) -> Result<BTreeMap<usize, String>, String> {
        // What the compiler said of those that it refused, each behind a line with its number.
        let told = format!(
            "{script}for said in objects/*; do case $said in *.[od]) continue ;; esac\n\
             [ -f \"$said\" ] || continue\n\
             [ -f \"$said.o\" ] || {{ echo \"= ${{said#objects/}}\"; cat \"$said\"; }}\ndone\ntrue\n",
        );
        let ran = self.shell(scratch, &[told]).map_err(unusable)?;
        match (ran.status, ran.stopped) {
            (0, None) => Ok(refused(&String::from_utf8_lossy(&ran.stdout))),
            (_, Some(limit)) => Err(format!("compiling its tree was stopped: {limit}")),
            (_, None) => {
                Err("a header that the build generates can't be generated here".to_owned())
            }
        }
    }
}

fn laid(closure: &Closure) -> io::Result<Scratch> {
    let scratch = Scratch::in_memory()?;
    whole_file::lay(closure, scratch.path())?;
    Ok(scratch)
}

/// Reads which files a compiler refused, by number, and the first error of each.
fn refused(output: &str) -> BTreeMap<usize, String> {
    let mut refused = BTreeMap::new();
    let mut at = None;
    for line in output.lines() {
        if let Some(number) = line.strip_prefix("= ").and_then(|rest| rest.parse().ok()) {
            refused.insert(number, "the compiler says nothing".to_owned());
            at = Some(number);
        } else if let (Some(number), Some(error)) = (at, diagnostic::first_error(line)) {
            refused.insert(number, error);
            at = None;
        }
    }
    refused
}

/// Says that a folder or a sandbox could not be had.
pub(super) fn unusable(error: io::Error) -> String {
    format!("the sandbox could not be used: {error}")
}
