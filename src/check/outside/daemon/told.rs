//! What is told of a daemon that was started in the cases of a patch, before it and behind it. Starts nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Found, Played, Question, State, Wrong};
use crate::check::code::{concluded, error};
use crate::check::given::judged;
use crate::check::outside::DAEMON_BASE;
use crate::check::{Evidence, Ground, Outcome, Record};
use crate::series::daemon::{Case, Daemon, Given, Program};

/// Characters of what a daemon said that are told where it gives no answer.
const WORDS: usize = 400;

/// What a daemon did in a case.
pub(super) struct Seen {
    /// The answer; where it gave none, what came instead.
    pub(super) word: Result<String, String>,
    pub(super) is_right: bool,
    /// What was printed.
    pub(super) said: String,
}

/// What is known of the daemons of all trees.
pub(super) struct Told<'t> {
    pub(super) daemon: &'t Daemon,
    pub(super) program: &'t Program,
    /// Files that are others in the base than in the build's own source.
    pub(super) renewed: usize,
    pub(super) states: &'t BTreeMap<usize, State>,
}

impl Told<'_> {
    /// Returns the evidence of each step.
    pub(super) fn all(&self, questions: &[Question]) -> Found {
        let Some((first, base)) = self.states.first_key_value() else {
            return Vec::new();
        };
        if let Some(why) = self.mute(base) {
            let question = &questions[0];
            debug_assert_eq!(*first, question.step);
            return vec![(question.step, self.base_fails(why))];
        }
        let unfit = self.unfit(base);
        let played: BTreeMap<usize, Played> = self
            .states
            .iter()
            .map(|(number, state)| (*number, self.played(state)))
            .collect();
        let of = |question: &Question| {
            let (before, after) = (question.step, question.step + 1);
            let evidence = match &unfit {
                Some(why) => Evidence::skipped("daemon", why.clone()),
                None => self.evidence(question, &played)?,
            };
            let records = self.records(&self.states[&before], &self.states[&after]);
            Some((
                question.step,
                Evidence {
                    records,
                    ..evidence
                },
            ))
        };
        questions.iter().filter_map(of).collect()
    }

    fn evidence(&self, question: &Question, played: &BTreeMap<usize, Played>) -> Option<Evidence> {
        let (before, after) = (&played[&question.step], &played[&(question.step + 1)]);
        let later = played.range(question.step + 2..);
        let completed = later
            .filter(|_| !question.is_own)
            .find(|(_, played)| played.is_right() == Some(true))
            .map(|(number, _)| *number);
        let step = judged::Step {
            check: "daemon",
            patch: &question.patch.id,
            before,
            after,
            aims: question.aims,
            completed,
        };
        let mut evidence = step.evidence()?;
        if question.is_own {
            let (wrong, left) = (before.wrong.len(), after.wrong.len());
            let all = before.all;
            evidence.detail = format!("{wrong} of {all} cases wrong before, {left} after");
        }
        evidence.ground = Some(Ground {
            is_real: true,
            told: format!(
                "the tree's own daemon, built and run: {}",
                self.program.title
            ),
        });
        match self.renewed {
            0 => {}
            1 => evidence
                .detail
                .push_str("; 1 file is another in the build's own source"),
            count => evidence.detail.push_str(&format!(
                "; {count} files are others in the build's own source"
            )),
        }
        if question.is_own && before.is_right() == Some(true) {
            let all = before.all;
            evidence.add(vec![error(
                "behaviour-unproven",
                format!("all {all} cases come out right before the patch already"),
            )]);
        }
        Some(evidence)
    }

    /// Why a daemon says nothing at all.
    fn mute(&self, state: &State) -> Option<String> {
        match state {
            Err(why) => Some(why.clone()),
            Ok(seen) if seen.iter().all(|seen| seen.word.is_err()) => {
                let first = seen.first()?;
                let instead = first.word.as_ref().err()?;
                Some(format!(
                    "the daemon answers in no case: {instead}{}",
                    last_words(&first.said)
                ))
            }
            Ok(_) => None,
        }
    }

    fn base_fails(&self, why: String) -> Evidence {
        let findings = vec![error(DAEMON_BASE, why)];
        let detail = self.program.title.clone();
        concluded("daemon", Some(Outcome::Failed), findings, detail)
    }

    /// Why the cases don't show anything: the base does wrong in one in which every daemon does right.
    fn unfit(&self, base: &State) -> Option<String> {
        let seen = base.as_ref().ok()?;
        let mut cases = self.daemon.cases.iter().zip(seen);
        let (case, seen) = cases.find(|(case, seen)| case.control && !seen.is_right)?;
        Some(format!(
            "{}: the stand does not fit this build: {}",
            self.program.title,
            wrong(case, seen)
        ))
    }

    fn played(&self, state: &State) -> Played {
        let mut played = Played {
            all: self.daemon.cases.len(),
            ..Played::default()
        };
        if let Some(why) = self.mute(state) {
            let broken = Wrong {
                code: "daemon-broken",
                of: None,
                message: why,
                is_case: false,
            };
            played.wrong.insert("daemon".to_owned(), broken);
            return played;
        }
        let cases = self.daemon.cases.iter().zip(state.iter().flatten());
        for (case, seen) in cases.filter(|(_, seen)| !seen.is_right) {
            let case_wrong = Wrong {
                code: "daemon-wrong",
                of: None,
                message: wrong(case, seen),
                is_case: true,
            };
            played.wrong.insert(case.id.clone(), case_wrong);
        }
        played
    }

    /// What was run, and what was said, the same at every run.
    fn records(&self, before: &State, after: &State) -> Vec<Record> {
        let record = |name: &str, text: String| Record {
            name: format!("daemon/{name}"),
            bytes: text.into_bytes(),
        };
        let mut records = vec![
            record("play.sh", self.daemon.script.text().to_owned()),
            record("run.sh", self.lines()),
        ];
        for (when, state) in [("before", before), ("after", after)] {
            let Ok(seen) = state else { continue };
            let cases = self.daemon.cases.iter().zip(seen);
            let rows: Vec<Value> = cases.clone().map(row).collect();
            let text = format!("{:#}\n", Value::from(rows));
            records.push(record(&format!("{when}.json"), text));
            let said = cases.map(|(case, seen)| format!("{}\n{}", heading(case), seen.said));
            records.push(record(&format!("{when}.txt"), said.collect()));
        }
        records
    }

    /// The lines that do the same without this program.
    fn lines(&self) -> String {
        let mut out = "# Beside play.sh: builds the daemon and plays each case, as a user who is not the superuser. BUILD names the build\n\
                       # directory and SOURCE the source that it is of, both absolute. What it prints is before.txt, or after.txt.\n\
                       here=$(cd \"$(dirname \"$0\")\" && pwd)\nexport BUILD SOURCE\n"
            .to_owned();
        let build: Vec<String> = self.program.build.iter().map(|word| quoted(word)).collect();
        out.push_str(&format!(
            "cd \"$BUILD\" && {} >&2 || exit\n",
            build.join(" ")
        ));
        for case in &self.daemon.cases {
            let given = assigned(&self.program.given, &case.given);
            out.push_str(&format!(
                "echo {}\nHOME=$(mktemp -d) {given} sh \"$here/play.sh\"\n",
                quoted(&heading(case))
            ));
        }
        out
    }
}

/// The line above what was printed in a case.
fn heading(case: &Case) -> String {
    format!("== {}: {}", case.id, case.title)
}

fn row((case, seen): (&Case, &Seen)) -> Value {
    json!({
        "case": case.id,
        "title": case.title,
        "expected": case.expect.join(" or "),
        "observed": observed(seen),
        "right": seen.is_right,
    })
}

fn observed(seen: &Seen) -> &String {
    match &seen.word {
        Ok(word) | Err(word) => word,
    }
}

fn wrong(case: &Case, seen: &Seen) -> String {
    let said = match &seen.word {
        Ok(_) => String::new(),
        Err(_) => last_words(&seen.said),
    };
    format!(
        "{}: expected {}, saw {}{said}",
        case.title,
        case.expect.join(" or "),
        observed(seen)
    )
}

/// The end of what was said, behind a colon.
fn last_words(said: &str) -> String {
    let said = said.trim();
    let from = said.char_indices().rev().take(WORDS).last();
    match from {
        None => String::new(),
        Some((from, _)) => format!(": {}", &said[from..]),
    }
}

fn assigned(program: &Given, case: &Given) -> String {
    let all = program.iter().chain(case);
    let words: Vec<String> = all
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    words.join(" ")
}

fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| String::new(), |quoted| quoted.into_owned())
}
