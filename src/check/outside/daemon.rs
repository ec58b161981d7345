//! Does the target's own daemon, built at each stage and started, do wrong before a patch and right behind it? The series tells which
//! daemon that is, how it is started and asked, and what is right; nothing of it is known here.

mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::Step;
use super::works::{Configured, Works};
use crate::check::given::judged::{Played, Wrong};
use crate::check::given::touched::changed_lines;
use crate::check::inquiry::{Inquiry, Place, Stages};
use crate::check::sandbox::{Limits, NOBODY, Sandbox, Scratch};
use crate::check::{Evidence, Outcome, tool};
use crate::compose::GivenStage;
use crate::series::daemon::{Case, Daemon, Program};
use crate::series::{Judge, Patch};
use crate::syntax::c;
use crate::target::Tree;
use told::{Seen, Told};

/// Where the script of a case stands, and a home that is its own.
const SCRIPT: &str = "/tmp/play.sh";
const HOME: &str = "/tmp/home";

/// What is asked of a step: the daemon of a patch of the series.
struct Question<'q> {
    step: usize,
    patch: &'q Patch,
    daemon: &'q Daemon,
    /// Whether the step is about what the cases ask.
    aims: bool,
    /// Whether the patch is the series' own, which has to prove itself.
    is_own: bool,
}

/// How the daemon of a tree does, or why it could not be built.
type State = Result<Vec<Seen>, String>;

/// Asks of every step that changes what a daemon may be built of; `hear` is told what is asked of which patch.
pub(super) fn ask(
    inquiry: &Inquiry,
    steps: &[Step],
    names: &[&str],
    place: &Place,
    hear: &(dyn Fn(&str, &str) + Sync),
) -> Vec<Vec<Evidence>> {
    let mut told = vec![Vec::new(); steps.len()];
    for patch in &inquiry.series.patches {
        let Some(daemon) = &patch.daemon else {
            continue;
        };
        let questions = questions(inquiry, steps, patch, daemon);
        if questions.is_empty() {
            continue;
        }
        let found = of_patch(inquiry, steps, &questions, place, &|step| {
            hear(names[step], "daemon");
        });
        match found {
            Ok(found) => {
                for (step, evidence) in found {
                    told[step].push(evidence);
                }
            }
            Err(evidence) => {
                for question in &questions {
                    told[question.step].push((*evidence).clone());
                }
            }
        }
    }
    told
}

fn questions<'q>(
    inquiry: &Inquiry<'q>,
    steps: &[Step],
    patch: &'q Patch,
    daemon: &'q Daemon,
) -> Vec<Question<'q>> {
    let asked = |step: usize, aims: bool, is_own: bool| Question {
        step,
        patch,
        daemon,
        aims,
        is_own,
    };
    match inquiry.stages {
        Stages::Made(stages, _) => {
            let own = stages.iter().position(|stage| stage.patch.id == patch.id);
            own.map(|step| asked(step, true, true))
                .into_iter()
                .collect()
        }
        Stages::Given(stages) => steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.changed.iter().any(|path| is_source(path)))
            .map(|(at, _)| asked(at, aims(patch, &stages[at]), false))
            .collect(),
    }
}

fn is_source(path: &str) -> bool {
    path.ends_with(".c") || path.ends_with(".h")
}

/// Whether a given patch changes a line that names what decides.
fn aims(patch: &Patch, stage: &GivenStage) -> bool {
    let Judge::Code(judge) = &patch.judge else {
        return false;
    };
    let named = |lines: &str| c::words(lines, &judge.subject).next().is_some();
    stage.given.commit.changes.iter().any(|change| {
        let bytes = |blob: &Option<crate::target::Blob>| {
            blob.as_ref()
                .map_or_else(Vec::new, |blob| blob.bytes.to_vec())
        };
        let (added, removed) = changed_lines(&bytes(&change.before), &bytes(&change.after));
        named(&added) || named(&removed)
    })
}

type Found = Vec<(usize, Evidence)>;

fn of_patch(
    inquiry: &Inquiry,
    steps: &[Step],
    questions: &[Question],
    place: &Place,
    hear: &dyn Fn(usize),
) -> Result<Found, Box<Evidence>> {
    let daemon = questions[0].daemon;
    let skipped = |why: String| Box::new(Evidence::skipped("daemon", why));
    let sandbox = usable(place).map_err(skipped)?;
    let base = &inquiry.base.tree;
    let Some(build_dir) = inquiry.outside.build_dir.as_deref() else {
        let why = "no build directory; name one that has a compile_commands.json with --build-dir";
        return Err(skipped(why.to_owned()));
    };
    let configured = Configured::read(build_dir, base).map_err(skipped)?;
    let program = program(daemon, &configured).map_err(skipped)?;
    let command = command(program).map_err(skipped)?;
    let error = |fault: io::Error| {
        Box::new(Evidence {
            outcome: Outcome::Error,
            ..Evidence::skipped("daemon", fault.to_string())
        })
    };
    let works = Works::open(sandbox, &configured, base).map_err(error)?;
    let mut course = Course {
        sandbox,
        works,
        daemon,
        program,
        command,
        states: BTreeMap::new(),
        at: 0,
    };
    for question in questions {
        hear(question.step);
        for number in [question.step, question.step + 1] {
            course.reach(steps, number).map_err(error)?;
        }
    }
    Ok(course.told(questions))
}

fn usable(place: &Place) -> Result<&Sandbox, String> {
    match place {
        Ok(sandbox) if sandbox.is_private() => Ok(sandbox),
        Ok(_) => {
            Err("a daemon is not started without a sandbox: it would be the user's own".to_owned())
        }
        Err(unavailable) => Err(unavailable.to_string()),
    }
}

/// The first daemon that a build directory makes.
fn program<'d>(daemon: &'d Daemon, configured: &Configured) -> Result<&'d Program, String> {
    let makes = |program: &&Program| {
        let text = configured.text(&program.mark.path);
        text.is_some_and(|text| program.mark.matches.is_match(&text))
    };
    daemon.programs.iter().find(makes).ok_or_else(|| {
        let titles: Vec<&str> = daemon
            .programs
            .iter()
            .map(|program| program.title.as_str())
            .collect();
        format!(
            "the build directory makes none of these: {}",
            titles.join("; ")
        )
    })
}

/// The command that builds, its program where the sandbox shows it.
fn command(program: &Program) -> Result<Vec<String>, String> {
    let mut command = program.build.clone();
    let name = &command[0];
    let found = tool::find(name).ok_or_else(|| {
        let how = tool::how_to_get(name);
        let how = if how.is_empty() {
            how
        } else {
            format!("; {how}")
        };
        format!("no `{name}` on this machine{how}")
    })?;
    let real = found.canonicalize().unwrap_or_else(|_| found.clone());
    if !real.starts_with("/usr") && !real.starts_with("/bin") {
        return Err(format!(
            "`{name}` is {}, and what runs in the sandbox sees the programs of /usr alone",
            real.display()
        ));
    }
    command[0] = real.display().to_string();
    Ok(command)
}

/// The trees that a daemon is built of, one after the other.
struct Course<'c> {
    sandbox: &'c Sandbox,
    works: Works<'c>,
    daemon: &'c Daemon,
    program: &'c Program,
    command: Vec<String>,
    /// What is known, by the number of steps that lie before it.
    states: BTreeMap<usize, State>,
    /// How many steps are in the copy of the source.
    at: usize,
}

impl Course<'_> {
    /// Builds the daemon of the tree behind so many steps, and plays its cases.
    fn reach(&mut self, steps: &[Step], number: usize) -> io::Result<()> {
        if self.states.contains_key(&number) {
            return Ok(());
        }
        if number > self.at {
            let between = &steps[self.at..number];
            let paths: BTreeSet<&String> = between
                .iter()
                .flat_map(|step| step.changed.iter().chain(&step.left))
                .collect();
            let paths: Vec<String> = paths.into_iter().cloned().collect();
            let tree: &Tree = steps[number - 1].after;
            self.works.bring(tree, &paths)?;
            self.at = number;
        }
        let state = match self.works.build(&self.command)? {
            Err(why) => Err(why),
            Ok(()) => {
                let cases = self.daemon.cases.par_iter();
                Ok(cases
                    .map(|case| self.play(case))
                    .collect::<io::Result<_>>()?)
            }
        };
        self.states.insert(number, state);
        Ok(())
    }

    /// Starts the daemon in a case, and sees what it does.
    fn play(&self, case: &Case) -> io::Result<Seen> {
        let scratch = Scratch::new()?;
        let script = scratch.path().join("play.sh");
        std::fs::write(&script, self.daemon.script.text())?;
        let words = ["/bin/sh", SCRIPT].into_iter();
        let mut job = self.works.job(words, false).showing(script, SCRIPT);
        job.user = NOBODY;
        job.env.push(("HOME".to_owned(), HOME.to_owned()));
        let given = self.program.given.iter().chain(&case.given);
        let given = given.map(|(name, value)| (name.clone(), value.clone()));
        job.env.extend(given);
        job.limits = Limits {
            time: self.daemon.longest,
            memory: 8 << 30,
            disk: 512 << 20,
            processes: 1024,
            ..Limits::default()
        };
        let ran = self.sandbox.run(&job)?;
        let mut said = self.works.named(&String::from_utf8_lossy(&ran.stdout));
        let answers = self.daemon.answers.iter();
        let mut answers = answers.filter(|answer| {
            ran.status == 0 && answer.matches.iter().all(|matches| matches.is_match(&said))
        });
        let word = answers.next().map(|answer| answer.word.clone());
        if word.is_none() {
            said.push_str(&self.works.named(&String::from_utf8_lossy(&ran.stderr)));
        }
        let instead = match (ran.stopped, ran.status) {
            (Some(limit), _) => format!("no answer, ended by its limit of {limit}"),
            (None, 0) => "no answer".to_owned(),
            (None, status) => format!("no answer, status {status}"),
        };
        Ok(Seen {
            is_right: word.as_ref().is_some_and(|word| case.expect.contains(word)),
            word: word.ok_or(instead),
            said,
        })
    }

    fn told(self, questions: &[Question]) -> Found {
        let told = Told {
            daemon: self.daemon,
            program: self.program,
            renewed: self.works.renewed(),
            states: &self.states,
        };
        told.all(questions)
    }
}
