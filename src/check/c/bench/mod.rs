//! Where C is compiled and played: the means, and what was found out with them once. Does not know which patch made what it is given.

mod alone;
mod whole;

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::hash::{Hash, Hasher};
use std::io;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use crate::check::sandbox::{Job, Limits, Ran, Sandbox, Scratch};
use crate::check::tool;
use crate::text::Source;

pub(super) use alone::unplayable;
pub use whole::{Compile, How, Told};
use whole::{Compiled, Ground};

use super::closure::Read;
use super::harness::Built;
use super::scene::Beside;
use super::{Kit, whole_file};

/// Compiles and plays; each distinct input once.
pub struct Bench<'b> {
    pub(in crate::check::c) kit: &'b Kit,
    pub(in crate::check::c) sandbox: &'b Sandbox,
    built: Mutex<HashMap<String, Arc<OnceLock<Built>>>>,
    compiled: Mutex<HashMap<u64, Arc<Compiled>>>,
    grounds: Mutex<HashMap<u64, Arc<OnceLock<Ground>>>>,
    flags: OnceLock<String>,
    libraries: OnceLock<String>,
    compiler: OnceLock<Option<String>>,
}

/// A file of a tree, with a way to read what it includes.
#[derive(Clone, Copy)]
pub struct CTree<'t> {
    /// Path of the file in the tree.
    pub path: &'t str,
    /// The file.
    pub file: &'t Source,
    /// The tree it stands in.
    pub read: Read<'t>,
    /// What the series adds or changes in other files of the tree, where that is known.
    pub beside: Option<&'t Beside>,
}

impl<'b> Bench<'b> {
    /// Makes a bench.
    pub fn new(kit: &'b Kit, sandbox: &'b Sandbox) -> Self {
        Bench {
            kit,
            sandbox,
            built: Mutex::default(),
            compiled: Mutex::default(),
            grounds: Mutex::default(),
            flags: OnceLock::new(),
            libraries: OnceLock::new(),
            compiler: OnceLock::new(),
        }
    }

    /// Returns why there is no compiler, asked once.
    pub(in crate::check::c) fn no_compiler(&self) -> Option<String> {
        let asked = self.compiler.get_or_init(|| {
            let program = &self.kit.rules.manifest.compiler.program;
            let script = format!("command -v {} > /dev/null", whole_file::quoted(program));
            match Scratch::new().and_then(|scratch| self.shell(&scratch, &[script])) {
                Ok(ran) if ran.status == 0 => None,
                Ok(_) => Some(format!("no `{program}`: {}", tool::how_to_get(program))),
                Err(error) => Some(format!("the sandbox could not be used: {error}")),
            }
        });
        asked.clone()
    }

    /// Returns the compiler's flags for the packages that are installed, asked once.
    pub(in crate::check::c) fn flags(&self) -> &str {
        let packages = &self.kit.rules.manifest.whole_file.packages;
        self.flags
            .get_or_init(|| self.of_packages("--cflags", packages))
    }

    /// Returns the linker's flags for packages that are installed, asked once.
    pub(in crate::check::c) fn libraries(&self, packages: &[String]) -> &str {
        self.libraries
            .get_or_init(|| self.of_packages("--libs", packages))
    }

    fn of_packages(&self, option: &str, packages: &[String]) -> String {
        let packages: Vec<String> = packages
            .iter()
            .map(|package| whole_file::quoted(package))
            .collect();
        let ask = |packages: &str| format!("pkg-config {option} {packages} 2> /dev/null");
        // All at once is five times as fast, but one that is missing spoils it.
        let each: String = packages
            .iter()
            .map(|package| format!("{}\n", ask(package)))
            .collect();
        let script = format!("{} && exit\n{each}true\n", ask(&packages.join(" ")));
        let memory = self.sandbox.memory();
        memory.once("packages", &[&script], || {
            let ran = Scratch::new()
                .and_then(|scratch| self.shell(&scratch, std::slice::from_ref(&script)));
            let output = ran
                .map(|ran| String::from_utf8_lossy(&ran.stdout).into_owned())
                .unwrap_or_default();
            let words = output.split_whitespace().map(whole_file::quoted);
            words.collect::<Vec<_>>().join(" ")
        })
    }

    /// Runs `sh -c` in a scratch folder.
    pub(in crate::check::c) fn shell(
        &self,
        scratch: &Scratch,
        arguments: &[String],
    ) -> io::Result<Ran> {
        let mut command: Vec<OsString> = vec!["sh".into(), "-c".into()];
        command.extend(arguments.iter().map(OsString::from));
        let inside = self.sandbox.place(scratch.path(), "/build");
        let mut job = Job::new(command).lending(scratch.path(), &inside);
        // What the compiler puts aside goes with the scratch folder.
        job.env.push(("TMPDIR".to_owned(), ".".to_owned()));
        job.cwd = inside;
        job.limits = limits();
        self.sandbox.run(&job)
    }
}

/// What compiling a file, and running what came of it, is limited to.
pub(in crate::check::c) fn limits() -> Limits {
    Limits {
        time: Duration::from_secs(60),
        memory: 2 << 30,
        ..Limits::default()
    }
}

fn hash_of(content: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}
