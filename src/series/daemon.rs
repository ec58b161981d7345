//! What `daemon.toml` of a patch says: which daemon of the target is built and how, and the cases that it is started in. Runs nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::Regex;
use serde::Deserialize;

use super::Mark;
use crate::text::{Problem, Source, Span};

/// Variables of a case, by name.
pub type Given = BTreeMap<String, String>;

/// How the daemon that a patch changes is built, started and asked.
#[derive(Debug)]
pub struct Daemon {
    /// Shell script that plays one case.
    pub script: Source,
    /// The daemons that are known; the first that a build directory makes is taken.
    pub programs: Vec<Program>,
    /// What the daemon can have done.
    pub answers: Vec<Answer>,
    /// The cases.
    pub cases: Vec<Case>,
    /// The longest that a case may take.
    pub longest: Duration,
}

/// Seconds that a case may take where the manifest says nothing.
const SECONDS: u64 = 120;

/// A daemon that a build may make.
#[derive(Debug)]
pub struct Program {
    /// What reports call it, with whom it is asked through.
    pub title: String,
    /// A file of the build directory, and what it holds where this daemon is made.
    pub mark: Mark,
    /// The command that builds it, run in the build directory.
    pub build: Vec<String>,
    /// Variables that the script is given.
    pub given: Given,
}

/// What the daemon can have done, told by what the script prints.
#[derive(Debug)]
pub struct Answer {
    /// The word that cases expect.
    pub word: String,
    /// What must be printed, all of it.
    pub matches: Vec<Regex>,
}

/// One situation, and what is right in it.
#[derive(Debug)]
pub struct Case {
    /// Name, unique in the manifest.
    pub id: String,
    /// The situation in plain words.
    pub title: String,
    /// Variables that the script is given.
    pub given: Given,
    /// Answers that are right.
    pub expect: Vec<String>,
    /// Whether the daemon of every base has to come out right: where it does not, the stand is at fault, and nothing is shown.
    pub control: bool,
}

impl Daemon {
    /// Reads a manifest; `script` finds a text beside the templates.
    ///
    /// # Errors
    /// `series-daemon` for what is wrong in it, `series-file-missing` where the script is.
    pub fn read(
        manifest: &Source,
        script: impl Fn(&str) -> Option<Source>,
    ) -> Result<Self, Problem> {
        let at = |problem: Problem| problem.at(manifest, Span::new(0, 0), "in this manifest");
        let raw: Raw = super::load::parse(manifest)?;
        let found = script(&raw.script).ok_or_else(|| {
            let message = format!("there is no template `{}`", raw.script);
            at(Problem::new("series-file-missing", message))
        })?;
        raw.checked(found).map_err(|reason| {
            let message = format!("the manifest of the daemon can't be used: {reason}");
            at(Problem::new("series-daemon", message))
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    script: String,
    #[serde(default = "seconds")]
    seconds: u64,
    program: Vec<RawProgram>,
    answer: Vec<RawAnswer>,
    #[serde(default)]
    defaults: Given,
    case: Vec<RawCase>,
}

fn seconds() -> u64 {
    SECONDS
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawProgram {
    title: String,
    mark: RawMark,
    build: Vec<String>,
    #[serde(default)]
    given: Given,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMark {
    path: String,
    matches: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    word: String,
    matches: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    id: String,
    title: String,
    #[serde(default)]
    given: Given,
    expect: Vec<String>,
    #[serde(default)]
    control: bool,
}

impl Raw {
    fn checked(self, script: Source) -> Result<Daemon, String> {
        for (list, name) in [
            (self.program.len(), "program"),
            (self.answer.len(), "answer"),
            (self.case.len(), "case"),
        ] {
            if list == 0 {
                return Err(format!("no `{name}`: expected at least one"));
            }
        }
        if !(1..=3600).contains(&self.seconds) {
            return Err(format!("`seconds` is {}: expected 1 to 3600", self.seconds));
        }
        let answers: Vec<Answer> = self
            .answer
            .into_iter()
            .map(answer)
            .collect::<Result<_, _>>()?;
        let programs = self.program.into_iter().map(program);
        let programs: Vec<Program> = programs.collect::<Result<_, _>>()?;
        variables(&self.defaults)?;
        let mut ids = BTreeSet::new();
        let mut cases = Vec::new();
        for raw in self.case {
            if !is_name(&raw.id) || !ids.insert(raw.id.clone()) {
                let id = raw.id.escape_default();
                return Err(format!(
                    "case `{id}`: expected a name of letters, digits and `-` that no other case has"
                ));
            }
            cases.push(case(raw, &self.defaults, &answers)?);
        }
        Ok(Daemon {
            script,
            programs,
            answers,
            cases,
            longest: Duration::from_secs(self.seconds),
        })
    }
}

fn answer(raw: RawAnswer) -> Result<Answer, String> {
    if raw.matches.is_empty() {
        return Err(format!(
            "answer `{}`: expected an expression that tells it",
            raw.word
        ));
    }
    let matches = raw.matches.iter().map(|text| expression(text));
    Ok(Answer {
        matches: matches.collect::<Result<_, _>>()?,
        word: raw.word,
    })
}

fn program(raw: RawProgram) -> Result<Program, String> {
    variables(&raw.given)?;
    if raw.build.is_empty() {
        return Err(format!(
            "program `{}`: expected a command that builds it",
            raw.title
        ));
    }
    Ok(Program {
        mark: Mark {
            matches: expression(&raw.mark.matches)?,
            path: raw.mark.path,
        },
        title: raw.title,
        build: raw.build,
        given: raw.given,
    })
}

fn case(raw: RawCase, defaults: &Given, answers: &[Answer]) -> Result<Case, String> {
    let id = &raw.id;
    if let Some(name) = raw.given.keys().find(|name| !defaults.contains_key(*name)) {
        return Err(format!(
            "case `{id}`: `{}` is given, but has no default",
            name.escape_default()
        ));
    }
    let known = |word: &String| answers.iter().any(|answer| answer.word == *word);
    if raw.expect.is_empty() || !raw.expect.iter().all(known) {
        let words: Vec<&str> = answers.iter().map(|answer| answer.word.as_str()).collect();
        return Err(format!(
            "case `{id}`: expected one of the answers, `{}`",
            words.join("`, `")
        ));
    }
    let mut given = defaults.clone();
    given.extend(raw.given);
    Ok(Case {
        id: raw.id,
        title: raw.title,
        given,
        expect: raw.expect,
        control: raw.control,
    })
}

/// Variables that the check itself sets, or that change how any program runs.
const TAKEN: [&str; 6] = ["BUILD", "SOURCE", "HOME", "PATH", "LC_ALL", "TZ"];

fn variables(given: &Given) -> Result<(), String> {
    let is_one = |name: &&String| {
        let mut letters = name.chars();
        letters
            .next()
            .is_some_and(|first| first.is_ascii_uppercase())
            && letters.all(|letter| {
                letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'
            })
            && !TAKEN.contains(&name.as_str())
            && !name.starts_with("LD_")
    };
    match given.keys().find(|name| !is_one(name)) {
        None => Ok(()),
        Some(name) => Err(format!(
            "`{}` is no variable of a case: expected capitals, digits and `_`, and none of {}",
            name.escape_default(),
            TAKEN.join(", ")
        )),
    }
}

fn is_name(id: &str) -> bool {
    !id.is_empty()
        && id
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
}

fn expression(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|_| format!("`{}` is not a regular expression", text.escape_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "script = 's'\n[[program]]\ntitle = 't'\nmark = { path = 'build.ninja', matches = 'x' }\nbuild = ['ninja']\n\
        [[answer]]\nword = 'used'\nmatches = ['u']\n[defaults]\nAGE = '0'\n\
        [[case]]\nid = 'a'\ntitle = 'A'\ngiven = { AGE = '1' }\nexpect = ['used']\n";

    fn read(text: &str) -> Result<Daemon, Problem> {
        Daemon::read(&Source::new("daemon.toml", text.as_bytes()), |name| {
            (name == "s").then(|| Source::new("s", &b"true\n"[..]))
        })
    }

    #[test]
    fn a_case_is_given_the_defaults_and_what_it_says_itself() {
        let daemon = read(&format!(
            "{GOOD}[[case]]\nid = 'b'\ntitle = 'B'\nexpect = ['used']\n"
        ))
        .unwrap();
        let ages: Vec<&str> = daemon
            .cases
            .iter()
            .map(|case| case.given["AGE"].as_str())
            .collect();
        assert_eq!(ages, ["1", "0"]);
        assert!(!daemon.cases[0].control);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for (from, to, told) in [
            ("script = 's'", "script = 'none'", "no template `none`"),
            (
                "expect = ['used']",
                "expect = ['else']",
                "one of the answers, `used`",
            ),
            ("expect = ['used']", "expect = []", "one of the answers"),
            (
                "given = { AGE",
                "given = { OTHER",
                "`OTHER` is given, but has no default",
            ),
            (
                "[defaults]\nAGE",
                "[defaults]\nPATH = ''\nAGE",
                "`PATH` is no variable",
            ),
            (
                "[defaults]\nAGE",
                "[defaults]\n'A-B' = ''\nAGE",
                "`A-B` is no variable",
            ),
            (
                "matches = ['u']",
                "matches = ['(']",
                "not a regular expression",
            ),
            (
                "matches = ['u']",
                "matches = []",
                "an expression that tells it",
            ),
            (
                "build = ['ninja']",
                "build = []",
                "a command that builds it",
            ),
            ("id = 'a'", "id = '../a'", "expected a name"),
            ("id = 'a'", "name = 'a'", "unknown field"),
            (
                "script = 's'",
                "script = 's'\nseconds = 0",
                "expected 1 to 3600",
            ),
        ] {
            let problem = read(&GOOD.replace(from, to)).unwrap_err();
            assert!(problem.message.contains(told), "{to}: {}", problem.message);
        }
        let twice = format!("{GOOD}[[case]]\nid = 'a'\ntitle = 'B'\nexpect = ['used']\n");
        assert!(
            read(&twice)
                .unwrap_err()
                .message
                .contains("no other case has")
        );
    }
}
