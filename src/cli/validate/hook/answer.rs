//! What is said of one mail, in the forms that `git send-email` and b4 read. Does not judge.
//!
//! Format facts: `git help githooks`, "sendemail-validate"; b4's documentation, "prep-perpatch-check-cmd" and
//! "review-perpatch-check-cmd", tried with b4 0.16.

use serde_json::{Value, json};

use crate::check::{Evidence, Outcome, Severity};
use crate::text::Problem;
use crate::verdict::{Exit, fails};

/// What came of asking about one mail.
#[derive(Default)]
pub(super) struct Answer {
    said: Vec<Said>,
    exit: Option<Exit>,
}

/// What one check came to, or why there is something else to say.
struct Said {
    about: &'static str,
    grade: Grade,
    summary: String,
    details: Vec<(Grade, String)>,
}

/// How bad it is, in the order of badness.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Pass,
    Warn,
    Fail,
}

impl Grade {
    /// The word of b4's review.
    fn status(self) -> &'static str {
        match self {
            Grade::Pass => "pass",
            Grade::Warn => "warn",
            Grade::Fail => "fail",
        }
    }

    /// The word that b4 tells a failure by; any other line is a warning to it.
    fn word(self) -> &'static str {
        match self {
            Grade::Pass => "note",
            Grade::Warn => "warning",
            Grade::Fail => "ERROR",
        }
    }
}

impl Answer {
    /// Says what a check came to. Under `strict` a skipped check and a note fail.
    pub(super) fn check(&mut self, evidence: &Evidence, strict: bool) {
        let details = evidence.findings.iter().map(|finding| {
            let grade = match finding.severity {
                Severity::Error => Grade::Fail,
                Severity::Note if strict => Grade::Fail,
                Severity::Note => Grade::Warn,
            };
            (grade, format!("{} [{}]", finding.message, finding.code))
        });
        let details: Vec<(Grade, String)> = details.collect();
        let grade = match evidence.outcome {
            _ if fails(evidence, strict) => Grade::Fail,
            Outcome::Skipped => Grade::Warn,
            _ if !details.is_empty() => Grade::Warn,
            _ => Grade::Pass,
        };
        if grade == Grade::Fail {
            let exit = match evidence.outcome {
                Outcome::Skipped => Exit::Skipped,
                _ => Exit::Failed,
            };
            self.ends(exit);
        }
        self.said.push(Said {
            about: evidence.check,
            grade,
            summary: match evidence.detail.is_empty() {
                true => evidence.outcome.word().to_owned(),
                false => format!("{}: {}", evidence.outcome.word(), evidence.detail),
            },
            details,
        });
    }

    /// Says what keeps the mail from being judged, or from being put on its base.
    pub(super) fn refuse(&mut self, problems: &[Problem], exit: Exit) {
        self.problems(problems, Grade::Fail);
        self.ends(exit);
    }

    /// Says what is no fault that could be shown.
    pub(super) fn doubt(&mut self, problems: &[Problem]) {
        self.problems(problems, Grade::Warn);
    }

    /// Says what was not asked, and why.
    pub(super) fn leave_out(&mut self, why: &str) {
        self.said.push(Said {
            about: "apply",
            grade: Grade::Warn,
            summary: why.to_owned(),
            details: Vec::new(),
        });
    }

    fn problems(&mut self, problems: &[Problem], grade: Grade) {
        self.said.extend(problems.iter().map(|problem| {
            let help = problem.help.as_ref();
            let help = help.map_or(String::new(), |help| format!("; {help}"));
            Said {
                about: "apply",
                grade,
                summary: format!("{problem} [{}]{help}", problem.code),
                details: Vec::new(),
            }
        }));
    }

    fn ends(&mut self, exit: Exit) {
        self.exit = Some(self.exit.map_or(exit, |known| known.worst(exit)));
    }

    /// Returns how the command ends: with a failure where one was told.
    pub(super) fn exit(&self) -> Exit {
        self.exit.unwrap_or(Exit::Good)
    }

    /// Returns a line for each fault and doubt; nothing where all is good.
    pub(super) fn lines(&self) -> String {
        let mut lines = String::new();
        for said in self.said.iter().filter(|said| said.grade > Grade::Pass) {
            if said.details.is_empty() {
                lines += &line(said.about, said.grade, &said.summary);
            }
            for (grade, text) in &said.details {
                lines += &line(said.about, *grade, text);
            }
        }
        lines
    }

    /// Returns what b4's review reads: an entry for each check, with its findings.
    pub(super) fn json(&self) -> String {
        let entries = self.said.iter().map(|said| {
            let details = said.details.iter();
            let details: Vec<Value> = details
                .map(|(grade, text)| json!({"status": grade.status(), "description": text}))
                .collect();
            // b4 takes text here, and shows a list in it as one.
            let details = match details.is_empty() {
                true => String::new(),
                false => Value::from(details).to_string(),
            };
            json!({
                "tool": format!("patchwright {}", said.about),
                "status": said.grade.status(),
                "summary": one_line(&said.summary),
                "details": details,
            })
        });
        format!("{}\n", Value::from(entries.collect::<Vec<_>>()))
    }
}

fn line(about: &str, grade: Grade, text: &str) -> String {
    format!("{}: {about}: {}\n", grade.word(), one_line(text))
}

/// Every line is a fault of its own to b4, and what a mail says must not look like one.
fn one_line(text: &str) -> String {
    let parts = text.split(|c: char| c.is_control()).map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Finding;

    fn evidence(outcome: Outcome, findings: &[(Severity, &str)]) -> Evidence {
        let findings = findings.iter().map(|(severity, message)| Finding {
            code: "code",
            severity: *severity,
            message: (*message).to_owned(),
        });
        Evidence {
            outcome,
            findings: findings.collect(),
            ..Evidence::skipped("lint", "detail")
        }
    }

    #[test]
    fn silence_is_a_pass_and_a_line_with_error_a_failure() {
        let mut answer = Answer::default();
        answer.check(&evidence(Outcome::Passed, &[]), false);
        assert_eq!((answer.lines().as_str(), answer.exit()), ("", Exit::Good));
        answer.check(
            &evidence(Outcome::Passed, &[(Severity::Note, "odd")]),
            false,
        );
        assert_eq!(answer.lines(), "warning: lint: odd [code]\n");
        assert_eq!(answer.exit(), Exit::Good);
        answer.check(
            &evidence(Outcome::Failed, &[(Severity::Error, "a\nb\u{1b}c")]),
            false,
        );
        assert!(answer.lines().ends_with("\nERROR: lint: a b c [code]\n"));
        assert_eq!(answer.exit(), Exit::Failed);
    }

    #[test]
    fn notes_and_skips_fail_under_strict_alone() {
        for (outcome, exit) in [
            (Outcome::Passed, Exit::Failed),
            (Outcome::Skipped, Exit::Skipped),
        ] {
            let told = evidence(outcome, &[(Severity::Note, "odd")]);
            let mut answer = Answer::default();
            answer.check(&told, false);
            assert_eq!(answer.exit(), Exit::Good);
            answer.check(&told, true);
            assert_eq!(answer.exit(), exit);
        }
    }

    #[test]
    fn a_review_gets_an_entry_for_each_check() {
        let mut answer = Answer::default();
        answer.check(&evidence(Outcome::Passed, &[]), false);
        answer.refuse(&[Problem::new("patch-path", "a path")], Exit::Mistake);
        let told: Value = serde_json::from_str(&answer.json()).unwrap();
        assert_eq!(told[0]["tool"], "patchwright lint");
        assert_eq!(told[0]["status"], "pass");
        assert_eq!(told[1]["status"], "fail");
        assert_eq!(told[1]["summary"], "a path [patch-path]");
        assert_eq!(answer.exit(), Exit::Mistake);
    }
}
