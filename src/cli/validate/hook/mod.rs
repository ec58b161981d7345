//! `patchwright validate --hook`: one mail, as `git send-email` and b4 ask about it, each mail in a run of its own. A mail that is a
//! part of a series is not refused for want of the others.

mod answer;
mod ground;

use std::path::{Path, PathBuf};

use super::{Stop, add, findings, one, parsed};
use crate::check::Evidence;
use crate::check::inquiry::{Inquiry, Stages};
use crate::cli::args::{Hook, Validate};
use crate::cli::subject::Subject;
use crate::cli::{generate, print};
use crate::compose::{self, Given, Standing};
use crate::mail::incoming::{self, Received};
use crate::syntax::patch;
use crate::text::Problem;
use crate::verdict::Exit;
use answer::Answer;
use ground::{Ground, Search};

/// What can be wrong with what a hook is asked about: code, meaning, what to do.
pub(in crate::cli) const CODES: &[(&str, &str, &str)] = &[(
    "hook-one-mail",
    "A hook is asked about one mail, and more than one was named, or a file holds more than one.",
    "Name one file, or `-`. Where a mailbox splits one mail in two, indent the line of the message that begins with `From `.",
)];

pub(super) fn run(typed: &Validate, asks: Hook) -> Result<Exit, Stop> {
    let mut answer = Answer::default();
    if let Err(problems) = judge(typed, &mut answer) {
        answer.refuse(&problems, Exit::Mistake);
    }
    print(&match asks {
        Hook::SendemailValidate | Hook::B4Prep => answer.lines(),
        Hook::B4Review => answer.json(),
    })?;
    Ok(answer.exit())
}

fn judge(typed: &Validate, answer: &mut Answer) -> Result<(), Stop> {
    let checks = generate::checks(&typed.checks)?;
    let mail = mail(typed)?;
    let mut asking = Asking {
        typed,
        checks,
        mail: &mail,
        answer,
    };
    // The words of a cover letter may have a line `---`, and a table of files below it.
    let is_cover = mail.tags.number == Some(0)
        && patch::parse(mail.patch.bytes()).is_ok_and(|files| files.is_empty());
    if mail.patch.bytes().is_empty() || is_cover {
        asking.lint();
        return match mail.tags.number {
            Some(number @ 1..) => Err(vec![without_patch(&mail, number)]),
            _ => Ok(()),
        };
    }
    let files = parsed(&mail)?;
    let subject = Subject::open(&typed.common, &[])?;
    let file = typed.paths.first().filter(|path| *path != Path::new("-"));
    let search = Search {
        target: &subject.target,
        onto: typed.onto.as_deref(),
        tips: tips(&subject),
        default: subject.revisions.first().cloned().unwrap_or_default(),
        file: file.map(PathBuf::as_path),
    };
    match search.ground(&mail, &files)? {
        Ok(ground) => asking.on(&subject, &ground),
        Err(why) => {
            asking.lint();
            asking.answer.leave_out(&why);
            Ok(())
        }
    }
}

/// A mail, and what is said of it.
struct Asking<'a> {
    typed: &'a Validate,
    checks: Vec<&'static str>,
    mail: &'a Received,
    answer: &'a mut Answer,
}

impl Asking<'_> {
    /// Asks what a mail shows alone.
    fn lint(&mut self) {
        if self.checks.contains(&"lint") {
            self.told(vec![super::unplaced(self.mail)]);
        }
    }

    fn told(&mut self, mut evidence: Vec<Evidence>) {
        add(&mut evidence, findings(self.mail));
        for evidence in &evidence {
            self.answer.check(evidence, self.typed.checks.strict);
        }
    }

    /// Puts the patch on its ground, and asks about what comes of it.
    fn on(&mut self, subject: &Subject, ground: &Ground) -> Result<(), Stop> {
        let number = self.mail.tags.number.unwrap_or(1);
        let given = one(&ground.base, self.mail, number.to_string())?;
        match &given.standing {
            Standing::Applies => return self.checked(subject, ground, given),
            Standing::There => {
                let why = format!("{} has the change already", ground.base.name);
                self.answer.leave_out(&why);
            }
            Standing::Refused(problems) if ground.is_named => {
                self.answer.refuse(problems, Exit::DoesNotApply);
            }
            Standing::Refused(problems) => self.answer.doubt(problems),
        }
        self.lint();
        Ok(())
    }

    fn checked(&mut self, subject: &Subject, ground: &Ground, given: Given) -> Result<(), Stop> {
        let given = [given];
        let stages = compose::given::stages(&ground.base, &given);
        let place = generate::place(&self.checks, self.typed.checks.unsandboxed);
        let inquiry = Inquiry {
            series: &subject.series,
            base: &ground.base,
            stages: Stages::Given(&stages),
            checks: self.checks.clone(),
            histories: false,
            outside: generate::outside(&self.typed.checks),
        };
        let answers = inquiry.ask(&place, &|_, _| {})?;
        answers
            .evidence
            .into_iter()
            .for_each(|told| self.told(told));
        Ok(())
    }
}

/// Reads the one mail.
fn mail(typed: &Validate) -> Result<Received, Stop> {
    let reading = typed.reading();
    let wrong = |message: String| Problem::new("hook-one-mail", message);
    let [path] = typed.paths.as_slice() else {
        let problem = wrong(format!(
            "a hook is asked about one mail, and {} were named",
            typed.paths.len()
        ));
        return Err(vec![problem.help("name one file, or `-`")]);
    };
    if path.is_dir() {
        let problem = wrong(format!("`{}` is a folder", path.display()));
        return Err(vec![problem.help("name one file, or `-`")]);
    }
    let mails = incoming::gather(&typed.paths, reading)?.mails;
    let second = mails.get(1).map(|mail| (mail.source.clone(), mail.span));
    match (mails.into_iter().next(), second) {
        (Some(mail), None) => Ok(mail),
        (_, Some((source, span))) => {
            let line = source.line(source.place(span.start).line);
            let problem =
                wrong("the file holds more than one mail, and would be sent as one".to_owned());
            let problem = problem.at(&source, line, "a mailbox has another mail begin here");
            Err(vec![problem.help(
                "indent the line, or send the mails from a file each",
            )])
        }
        (None, None) => Err(vec![wrong("there is no mail".to_owned())]),
    }
}

fn without_patch(mail: &Received, number: u32) -> Problem {
    Problem::new(
        "series-empty-patch",
        format!("patch {number} of the series has no diff in it"),
    )
    .at(&mail.source, mail.line, "expected a patch below this")
    .help("write the mail again")
}

/// Where the commit of a mail may be: in what one stands on, and in the branch of what b4 has under review.
fn tips(subject: &Subject) -> Vec<String> {
    let mut tips = subject.revisions.clone();
    let tracked = std::env::var_os("B4_TRACKING_FILE");
    let tracked = tracked.and_then(|file| std::fs::read(file).ok());
    let tracked = tracked.and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
    let change = tracked
        .as_ref()
        .and_then(|told| told["series"]["change-id"].as_str());
    tips.extend(change.map(|change| format!("refs/heads/b4/review/{change}")));
    tips
}
