//! Runs a package's real scriptlet, as rpm would, on files laid out for a case, and looks at what has become of them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::super::sandbox::{Job, Sandbox, Scratch};
use super::Finding;
use super::farm::{self, Farm};
use super::stand::{self, Standing};
use crate::lock::locked;
use crate::series::scriptlet::{Case, Scriptlet as Promises, Swap};

// rpm's own (lib/rpmscript.c).
const PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/X11R6/bin";
// What follows a link without starting a program is interrupted as well: bash runs this before it.
const TRAP: &str = "set -T; trap 'case $BASH_COMMAND in cd|cd\\ *|pushd\\ *|builtin\\ *|command\\ *|eval\\ *) /play/hook;; esac' DEBUG\n";
// More programs than this are not interrupted.
const MOST_CALLS: u32 = 40;

/// A shell that scriptlets run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shell {
    /// `bash`.
    Bash,
    /// `bash --posix`: what `/bin/sh` is on the distributions that use rpm.
    Posix,
}

impl Shell {
    /// Every shell, in the order they are reported.
    pub const ALL: [Shell; 2] = [Shell::Bash, Shell::Posix];

    /// Returns its command line.
    pub fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Posix => "bash --posix",
        }
    }
}

/// What came of playing a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// Exit status of the scriptlet; of several the first that failed.
    pub status: i32,
    /// What is wrong with what became of the files, nothing where all is right.
    pub wrong: Vec<Finding>,
}

/// Where scriptlets are played: the machine's programs, with wrappers over those that the scriptlets name, and stubs.
#[derive(Debug)]
pub struct Stage<'a> {
    sandbox: &'a Sandbox,
    promises: &'a Promises,
    stubs: BTreeSet<String>,
    wrapped: BTreeSet<String>,
    /// Differs where anything does that makes the same text in the same case come out otherwise.
    about: String,
    /// Texts that a limit ended, and which.
    endless: Mutex<HashMap<String, &'static str>>,
}

/// Programs that were planted; equal stages of a run share them.
#[derive(Debug)]
struct Planted {
    farm: Farm,
    // It holds what the farm shows.
    _scratch: Scratch,
}

impl<'a> Stage<'a> {
    /// Makes a stage for `texts`; where a case has a swap, every program that one of them names can be interrupted there.
    ///
    /// # Errors
    /// `Unsupported` where there is no private file system.
    pub fn new(sandbox: &'a Sandbox, promises: &'a Promises, texts: &[&str]) -> io::Result<Self> {
        if !sandbox.is_private() {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "a scriptlet needs a `/var` for itself, which is not possible without a sandbox",
            ));
        }
        let (stubs, wrapped) = (farm::stubs(&promises.stub, texts), words(texts));
        Ok(Stage {
            sandbox,
            promises,
            about: format!("{promises:?}\n{stubs:?}"),
            stubs,
            wrapped,
            endless: Mutex::default(),
        })
    }

    /// The programs for a case; they are wrapped where it is to be told when each begins.
    fn planted(&self, is_swapped: bool) -> io::Result<Arc<Planted>> {
        let none = BTreeSet::new();
        let wrapped = if is_swapped { &self.wrapped } else { &none };
        let stubs = &self.stubs;
        let question = [format!("{stubs:?}"), format!("{wrapped:?}")];
        let question = question.each_ref().map(String::as_str);
        self.sandbox.memory().tried("farm", &question, || {
            let scratch = Scratch::in_memory()?;
            let farm = Farm::plant(scratch.path(), stubs, wrapped, &wrapper)?;
            Ok(Arc::new(Planted {
                farm,
                _scratch: scratch,
            }))
        })
    }

    /// All that decides what comes of `more` in a case.
    fn question<'q>(&'q self, case: &'q str, shell: Shell, more: &[&'q str]) -> Vec<&'q str> {
        let own = [self.about.as_str(), shell.name(), case];
        [&own[..], more].concat()
    }

    /// Plays the texts of scriptlets one after the other in a case, and where the case has a swap, once more for every program that
    /// they run. What a run has played already is not played again.
    ///
    /// # Errors
    /// The programs could not be laid out, or a job could not be run.
    pub fn play(&self, texts: &[&str], shell: Shell, case: &Case) -> io::Result<Played> {
        let wrapped = case.swap.as_ref().map(|_| &self.wrapped);
        let told = format!("{case:?} {wrapped:?}");
        let question = self.question(&told, shell, texts);
        let memory = self.sandbox.memory();
        memory.tried("played", &question, || self.played(texts, shell, case))
    }

    fn played(&self, texts: &[&str], shell: Shell, case: &Case) -> io::Result<Played> {
        // What does not end in one case is not waited for in all others.
        if let Some(limit) = self.endless(texts) {
            let message = format!("is ended by its limit of {limit} in another case already");
            return Ok(Played {
                status: 128,
                wrong: vec![Finding::new("scriptlet-stopped", message)],
            });
        }
        let (mut played, calls) = self.run(texts, shell, case, None)?;
        if self.endless(texts).is_some() {
            return Ok(played);
        }
        let Some(swap) = &case.swap else {
            return Ok(played);
        };
        for call in 1..=calls.min(MOST_CALLS) {
            let (swapped, _) = self.run(texts, shell, case, Some((swap, call)))?;
            if swapped.status != played.status {
                played.wrong.push(Finding::new(
                    "scriptlet-fails",
                    format!(
                        "ends with status {} when `{}` is swapped",
                        swapped.status, swap.dir
                    ),
                ));
            }
            played.wrong.extend(swapped.wrong);
        }
        played.wrong.dedup();
        Ok(played)
    }

    /// Runs a scriptlet's text over the files of a case, and returns its status and which of `paths` are there afterwards. What a run
    /// has run already is not run again.
    ///
    /// # Errors
    /// The job could not be run, or a limit ended it.
    pub fn left(
        &self,
        text: &str,
        shell: Shell,
        case: &Case,
        paths: &[String],
    ) -> io::Result<(i32, Vec<bool>)> {
        let told = format!("{case:?} {paths:?}");
        let question = self.question(&told, shell, &[text]);
        let memory = self.sandbox.memory();
        memory.tried("left", &question, || self.ran(text, shell, case, paths))
    }

    fn ran(
        &self,
        text: &str,
        shell: Shell,
        case: &Case,
        paths: &[String],
    ) -> io::Result<(i32, Vec<bool>)> {
        let planted = self.planted(false)?;
        let ground = Ground::lay(self.promises, text, case, None)?;
        let job = job(&planted.farm, &ground, shell, case);
        let ran = self.sandbox.run(&job)?;
        if let Some(limit) = ran.stopped {
            let reason = format!("the scriptlet is ended by its limit of {limit}");
            return Err(io::Error::other(reason));
        }
        let there = |path: &String| {
            let path = ground.tree.join(path.trim_start_matches('/'));
            path.symlink_metadata().is_ok()
        };
        Ok((ran.status, paths.iter().map(there).collect()))
    }

    fn endless(&self, texts: &[&str]) -> Option<&'static str> {
        let endless = locked(&self.endless);
        endless.get(&texts.concat()).copied()
    }

    fn run(
        &self,
        texts: &[&str],
        shell: Shell,
        case: &Case,
        swap: Option<(&Swap, u32)>,
    ) -> io::Result<(Played, u32)> {
        let planted = self.planted(case.swap.is_some())?;
        let first = texts.first().copied().unwrap_or_default();
        let ground = Ground::lay(self.promises, first, case, swap)?;
        let before = Standing::read(&ground.tree)?;
        let job = job(&planted.farm, &ground, shell, case);
        let mut status = 0;
        let mut stopped = None;
        let trap = case.swap.as_ref().map_or("", |_| TRAP);
        if case.swap.is_some() {
            farm::program(
                &ground.scratch.path().join("play/hook"),
                &hook(&planted.farm),
            )?;
        }
        for text in texts {
            ground.put(&format!("{trap}{text}"))?;
            let ran = self.sandbox.run(&job)?;
            // The first that fails tells; rpm goes on with the others.
            status = if status == 0 { ran.status } else { status };
            stopped = stopped.or(ran.stopped);
        }
        let after = Standing::read(&ground.tree)?;
        let mut wrong = stand::judge(&self.promises.layout(case), &before, &after);
        if let Some(limit) = stopped {
            wrong.push(Finding::new(
                "scriptlet-stopped",
                format!("is ended by its limit of {limit}"),
            ));
            let mut endless = locked(&self.endless);
            endless.insert(texts.concat(), limit);
        }
        let calls = fs::read_dir(&ground.log)?.count().saturating_sub(1);
        let played = Played { status, wrong };
        Ok((played, u32::try_from(calls).unwrap_or(u32::MAX)))
    }
}

fn job(farm: &Farm, ground: &Ground, shell: Shell, case: &Case) -> Job {
    let scratch = ground.scratch.path();
    let bash = farm.real("bash");
    let mut command = vec![bash.into_os_string()];
    if shell == Shell::Posix {
        command.push("--posix".into());
    }
    command.extend(["/play/scriptlet".into(), case.arg.to_string().into()]);
    let mut job = Job::new(command);
    job.cwd = PathBuf::from("/");
    job.env.push(("PATH".to_owned(), PATH.to_owned()));
    job = job.lending(scratch.join("play"), "/play");
    job = farm.shown(job);
    for top in &ground.tops {
        job = job.lending(scratch.join("tree").join(top), format!("/{top}"));
    }
    for path in &case.read_only {
        job = job.showing(
            scratch.join("tree").join(path.trim_start_matches('/')),
            path,
        );
    }
    job
}

/// What lies ready for one run: the scriptlet, and the files of its case.
struct Ground {
    scratch: Scratch,
    tree: PathBuf,
    log: PathBuf,
    tops: Vec<String>,
}

impl Ground {
    fn lay(
        promises: &Promises,
        text: &str,
        case: &Case,
        swap: Option<(&Swap, u32)>,
    ) -> io::Result<Self> {
        let scratch = Scratch::in_memory()?;
        let (tree, play) = (scratch.path().join("tree"), scratch.path().join("play"));
        let log = play.join("log");
        fs::create_dir(&tree)?;
        fs::create_dir_all(&log)?;
        fs::write(play.join("scriptlet"), text)?;
        fs::write(
            log.join("swap"),
            swap.map_or_else(String::new, |(swap, call)| {
                format!("{call}\n{}\n{}\n", swap.dir, swap.victim)
            }),
        )?;
        let tops = stand::lay_out(&tree, &promises.layout(case), case)?;
        Ok(Ground {
            scratch,
            tree,
            log,
            tops,
        })
    }

    /// Puts another scriptlet's text in place of the last.
    fn put(&self, text: &str) -> io::Result<()> {
        fs::write(self.scratch.path().join("play/scriptlet"), text)
    }
}

// Takes the first free number, and swaps the folder where it is the one that the case names.
fn hook(farm: &Farm) -> String {
    let tool = |name: &str| farm.real(name).display().to_string();
    let (shell, mv, ln) = (tool("sh"), tool("mv"), tool("ln"));
    format!(
        "#!{shell}\n\
         set -C\n\
         n=1\n\
         while ! {{ command : >/play/log/$n; }} 2>/dev/null; do [ -e /play/log/$n ] || break; n=$((n+1)); done\n\
         {{ read -r at; read -r dir; read -r victim; }} </play/log/swap\n\
         [ \"$n\" != \"$at\" ] || {{ {mv} \"$dir\" \"$dir.aside\"; {ln} -s \"$victim\" \"$dir\"; }}\n",
    )
}

// Goes on as the real program.
fn wrapper(farm: &Farm) -> String {
    format!(
        "{}\
         for folder in {}; do\n\
         [ ! -x \"$folder/${{0##*/}}\" ] || exec \"$folder/${{0##*/}}\" \"$@\"\n\
         done\n\
         exit 127\n",
        hook(farm),
        farm.folders().join(" ")
    )
}

fn words(texts: &[&str]) -> BTreeSet<String> {
    let words = texts
        .iter()
        .flat_map(|text| text.split(|sign: char| !farm::is_word(sign)));
    words.map(str::to_owned).collect()
}
