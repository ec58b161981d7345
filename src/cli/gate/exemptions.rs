//! `--exempt FILE`: reads exemptions, and tells those that are not needed any more. Does not decide what they excuse.

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;

use super::selection::{Asked, has_wildcard};
use crate::cli::Stop;
use crate::cli::subject::Subject;
use crate::report::progress::{Event, Progress};
use crate::series::Require;
use crate::target::refs::Refs;
use crate::text::{Globs, Problem, Source, Span};
use crate::verdict::gate::{Exemption, Matrix, Row, State};

/// Exemptions, each with what it is about.
pub(super) struct Exemptions {
    list: Vec<(Exemption, About)>,
}

/// The revisions that an exemption names.
enum About {
    /// One, by its name; with its commit where that is known.
    One(String, Option<String>),
    Glob(Globs),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    exempt: Vec<RawExemption>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExemption {
    revision: Spanned<String>,
    patch: Option<Spanned<String>>,
    reason: Spanned<String>,
    until: Option<Spanned<toml::Value>>,
}

const FORM: &str = "write `[[exempt]]`, and below it `revision`, `reason`, and where they are needed `patch` and `until = 2026-01-31`";

impl Exemptions {
    /// Reads a file of exemptions.
    ///
    /// # Errors
    /// Every mistake in it, at its place: what can't be read, and what names nothing that is known.
    pub(super) fn read(file: &Path, subject: &Subject, asked: &[Asked]) -> Result<Self, Stop> {
        let bytes = std::fs::read(file).map_err(|error| {
            let message = format!("can't read `{}`: {error}", file.display());
            vec![Problem::new("exempt-file", message).help("name a file of exemptions in TOML")]
        })?;
        let source = Source::new(file.display().to_string(), bytes);
        let raw: Raw = toml::from_str(source.text()).map_err(|error| {
            let span = error.span().map_or_else(|| source.whole(), Span::from);
            let problem = Problem::new("exempt-file", error.message().trim().to_owned());
            vec![problem.at(&source, span, "here").help(FORM)]
        })?;
        let today = today().map_err(|problem| vec![problem])?;
        let refs = subject.target.refs().map_err(|problem| vec![problem])?;
        let known = Known {
            subject,
            asked,
            refs: &refs,
        };
        let mut list = Vec::new();
        let mut problems = Vec::new();
        for one in raw.exempt {
            match known.exemption(&one, &source, today) {
                Ok(exemption) => list.push(exemption),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(Exemptions { list })
        } else {
            Err(problems)
        }
    }

    /// Excuses what fails in rows, which are those of `asked`; returns what became of each exemption.
    pub(super) fn excuse(
        self,
        require: &Require,
        asked: &[Asked],
        rows: &mut [Row],
    ) -> Vec<Exemption> {
        let (mut exemptions, about): (Vec<Exemption>, Vec<About>) = self.list.into_iter().unzip();
        Exemption::excuse(&mut exemptions, require, rows, |exemption, row| {
            about[exemption].matches(&asked[row])
        });
        exemptions
    }
}

/// What an exemption can name.
struct Known<'k> {
    subject: &'k Subject,
    asked: &'k [Asked],
    refs: &'k Refs,
}

impl Known<'_> {
    fn exemption(
        &self,
        raw: &RawExemption,
        source: &Source,
        today: Date,
    ) -> Result<(Exemption, About), Problem> {
        let at = |problem: Problem, span: std::ops::Range<usize>| {
            problem.at(source, Span::from(span), "here")
        };
        let about = self
            .about(raw.revision.get_ref())
            .map_err(|problem| at(problem, raw.revision.span()))?;
        let series = &self.subject.series;
        if let Some(patch) = &raw.patch
            && series.patch(patch.get_ref()).is_none()
        {
            let known: Vec<&str> = series
                .patches
                .iter()
                .map(|patch| patch.id.as_str())
                .collect();
            let message = format!(
                "the series `{}` has no patch `{}`",
                series.name,
                patch.get_ref()
            );
            let problem = Problem::new("exempt-unknown", message);
            let help = format!("its patches are `{}`", known.join("`, `"));
            return Err(at(problem.help(help), patch.span()));
        }
        if raw.reason.get_ref().trim().is_empty() {
            let problem = Problem::new("exempt-file", "an exemption needs a reason");
            return Err(at(problem.help(FORM), raw.reason.span()));
        }
        let until = match &raw.until {
            None => None,
            Some(value) => {
                let expected = || {
                    let problem = Problem::new("exempt-file", "`until` is no day");
                    at(
                        problem.help("write it as `until = 2026-01-31`"),
                        value.span(),
                    )
                };
                Some(day(value.get_ref()).ok_or_else(expected)?)
            }
        };
        let is_expired = until.is_some_and(|until| until < today);
        let exemption = Exemption {
            revision: raw.revision.get_ref().clone(),
            patch: raw.patch.as_ref().map(|patch| patch.get_ref().clone()),
            reason: raw.reason.get_ref().trim().to_owned(),
            until: until.map(|until| until.to_string()),
            state: if is_expired {
                State::Expired
            } else {
                State::Unused
            },
        };
        Ok((exemption, about))
    }

    /// Returns what a name is about, which has to be a revision that is judged or that the repository has.
    fn about(&self, name: &str) -> Result<About, Problem> {
        let unknown = |message: String| {
            Problem::new("exempt-unknown", message)
                .help("`git for-each-ref` lists what there is; a clone may lack it: `git fetch --tags` brings it")
        };
        if has_wildcard(name) {
            let globs = Globs::across(name).map_err(|why| {
                Problem::new("exempt-file", format!("`{name}` is no glob: {why}")).help(FORM)
            })?;
            let about = About::Glob(globs);
            let is_ref = |full: &str| about.has(full) || about.has(&self.refs.shortest(full));
            let is_known = self.asked.iter().any(|one| about.matches(one))
                || self.refs.iter().any(|one| is_ref(&one.name));
            return if is_known {
                Ok(about)
            } else {
                Err(unknown(format!("`{name}` matches no revision")))
            };
        }
        let commit = self
            .subject
            .revision(name)
            .ok()
            .and_then(|revision| revision.commit);
        let is_resolved = commit.is_some();
        let about = About::One(name.to_owned(), commit.map(|base| base.id));
        if is_resolved || self.asked.iter().any(|one| about.matches(one)) {
            Ok(about)
        } else {
            Err(unknown(format!("`{name}` is no revision")))
        }
    }
}

impl About {
    fn has(&self, name: &str) -> bool {
        match self {
            About::One(own, _) => own == name,
            About::Glob(globs) => globs.matches(name),
        }
    }

    /// Returns whether it is about a revision: by its name, by that of its ref, or by its commit.
    fn matches(&self, one: &Asked) -> bool {
        let is_commit = match self {
            About::One(_, Some(commit)) => one.commit.as_ref() == Some(commit),
            About::One(_, None) | About::Glob(_) => false,
        };
        is_commit
            || self.has(&one.name)
            || one.full_name.as_ref().is_some_and(|name| self.has(name))
    }
}

fn day(value: &toml::Value) -> Option<Date> {
    match value {
        toml::Value::String(text) => text.parse().ok(),
        toml::Value::Datetime(when) if when.time.is_none() => when.to_string().parse().ok(),
        _ => None,
    }
}

/// Returns the day that `until` is compared with: that of `SOURCE_DATE_EPOCH`, else the present one, in UTC.
fn today() -> Result<Date, Problem> {
    let now = match std::env::var("SOURCE_DATE_EPOCH") {
        Err(_) => Some(Timestamp::now()),
        Ok(text) => text
            .trim()
            .parse()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok()),
    };
    let now = now.ok_or_else(|| {
        Problem::new(
            "date",
            "SOURCE_DATE_EPOCH is no number of seconds since 1970",
        )
        .help("set it to one, or unset it")
    })?;
    Ok(now.to_zoned(TimeZone::UTC).date())
}

/// Tells exemptions that excuse nothing any more.
pub(super) fn tell(matrix: &Matrix, progress: Progress) {
    for one in &matrix.exemptions {
        let patch = one
            .patch
            .as_ref()
            .map_or(String::new(), |patch| format!(", {patch}"));
        let name = format!("{}{patch}", one.revision);
        let until = one.until.as_deref().unwrap_or_default();
        let text = match one.state {
            State::Needed | State::Unused => continue,
            State::Unneeded => format!(
                "the exemption of {name} is no longer needed: nothing that it is about would fail"
            ),
            State::Expired => {
                format!("the exemption of {name} ended on {until} and excuses nothing")
            }
        };
        progress.tell(&Event::Notice(&text));
    }
}
