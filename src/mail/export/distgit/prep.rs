//! How `%prep` of a spec applies its patches, and what it needs for more of them. Runs nothing: what comes of it is for rpm to show.
//!
//! Format facts (rpm's own documentation, "Spec file format", and `rpm --showrc`): `%autosetup` applies every patch unless `-N`
//! is given, `%autopatch` those that its arguments name or that lie between `-m` and `-M`; `%patch -P N` (any rpm), `%patchN`
//! (before 4.20) and `%patch N` (since 4.18) apply one, `%{PATCHN}` and `%{P:N}` name its file, `%{patches}` and Lua's `patches` all.

use regex::Regex;
use std::sync::LazyLock;

use super::tags::{self, Tag};
use crate::edit::Edit;
use crate::syntax::spec::{Line, Spec};
use crate::text::{Problem, Span};

/// What `%prep` needs for new patches.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Lines that are put there; none where every patch is applied anyway.
    pub edit: Option<Edit>,
    /// Whether git applies them, which takes more than `patch` does.
    pub by_git: bool,
}

/// A line of `%prep`, with those that continue it.
struct Step {
    text: String,
    /// The last of its lines, by place.
    last: usize,
}

/// Finds out how patches of the numbers `new` are applied beside those that are there.
///
/// # Errors
/// `dist-git-prep-unknown` where no way is found, `dist-git-strip` where the way asks for paths of another depth than patches
/// of git have.
pub fn apply(spec: &Spec, old: &[Tag], new: &[u32]) -> Result<Applied, Problem> {
    let Some(section) = spec
        .sections
        .iter()
        .find(|section| section.keyword == "prep")
    else {
        return Err(unknown(spec, Span::new(0, 0), "there is no `%prep`"));
    };
    let prep = Prep {
        spec,
        heading: section.heading,
        depth: section.conditions.len(),
        lines: spec.lines(section),
        steps: Vec::new(),
    };
    let prep = Prep {
        steps: steps(spec, &prep.lines),
        ..prep
    };
    prep.apply(old, new)
}

struct Prep<'s> {
    spec: &'s Spec,
    heading: Span,
    depth: usize,
    lines: Vec<Line>,
    steps: Vec<Step>,
}

static ALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\bi?pairs\s*\(\s*patches\s*\)|%\{?patches\b|/\*\S*\.patch\b").ok()
});
static GIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\bgit\s+(am|apply)\b").ok());
/// The ways to name one patch by its number, which is the group that matched.
static ONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"%\{?patch(\d+)\b|%patch\b[^\n]*?\s-P\s*(\d+)|%patch\s+(\d+)\b|%\{?PATCH(\d+)\b|%\{P:(\d+)\}",
    )
    .ok()
});
static STRIP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(^|\s)-p\s*\d+\b").ok());
static KEPT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\s+(-b|-z|--suffix)\s*=?\s*\S+").ok());

impl Prep<'_> {
    fn apply(&self, old: &[Tag], new: &[u32]) -> Result<Applied, Problem> {
        let by_git = |text: &str| GIT.as_ref().is_some_and(|git| git.is_match(text));
        for step in &self.steps {
            if let Some(applied) = self.applies_all(step, new)? {
                return Ok(applied);
            }
        }
        let whole: String = self
            .steps
            .iter()
            .map(|step| step.text.clone() + "\n")
            .collect();
        if ALL.as_ref().is_some_and(|all| all.is_match(&whole)) {
            return Ok(Applied {
                edit: None,
                by_git: by_git(&whole),
            });
        }
        let model = old.iter().rev().find(|tag| tag.always).or(old.last());
        let with = |number: u32| {
            let matches = |step: &&Step| number_of(&step.text).is_some_and(|(n, _)| n == number);
            self.steps.iter().rev().find(matches)
        };
        let last = || {
            self.steps
                .iter()
                .rev()
                .find(|step| number_of(&step.text).is_some())
        };
        if let Some(step) = model.and_then(|tag| with(tag.number)).or_else(last) {
            let texts = new.iter().map(|number| another(&step.text, *number));
            return Ok(Applied {
                edit: Some(self.below(step, texts)),
                by_git: by_git(&step.text),
            });
        }
        let setup = |step: &&Step| starts(&step.text, "%setup") || starts(&step.text, "%autosetup");
        match self.steps.iter().rev().find(setup) {
            Some(step) if old.is_empty() => {
                let texts = new.iter().map(|number| format!("%patch -P {number} -p1"));
                Ok(Applied {
                    edit: Some(self.below(step, texts)),
                    by_git: false,
                })
            }
            Some(_) => Err(unknown(
                self.spec,
                self.heading,
                "its patches are applied in a way that is not known",
            )),
            None => Err(unknown(self.spec, self.heading, "it unpacks nothing")),
        }
    }

    /// Tells of `%autosetup` and `%autopatch` where they apply all of `new`.
    fn applies_all(&self, step: &Step, new: &[u32]) -> Result<Option<Applied>, Problem> {
        let options = if starts(&step.text, "%autosetup") {
            let options = Options::read(&step.text, "abnSp");
            if options.has('N') {
                return Ok(None);
            }
            options
        } else if starts(&step.text, "%autopatch") {
            let options = Options::read(&step.text, "pmM");
            let limit = |flag: char| {
                options
                    .value(flag)
                    .and_then(|text| text.parse::<u32>().ok())
            };
            let is_within = |number: &u32| {
                limit('m').is_none_or(|least| *number >= least)
                    && limit('M').is_none_or(|most| *number <= most)
            };
            if !options.arguments.is_empty() || !new.iter().all(is_within) {
                return Ok(None);
            }
            options
        } else {
            return Ok(None);
        };
        let how = self.way_of(&options);
        let by_git = how.is_some_and(|how| how.starts_with("git"));
        // Without a depth, git and quilt take one folder off, and `patch` all of them.
        let strips_one = match options.value('p') {
            Some(depth) => depth == "1",
            None => by_git || how == Some("quilt"),
        };
        if !strips_one {
            let at = self.lines[step.last].span;
            return Err(Problem::new(
                "dist-git-strip",
                "the spec applies patches whose paths have no folder of git's in front",
            )
            .at(&self.spec.source, at, "expected `-p1`")
            .help("write `-p1` here, and make the patches that are there fit it"));
        }
        Ok(Some(Applied { edit: None, by_git }))
    }

    /// What applies the patches: `-S` of `%autosetup`, for `%autopatch` too.
    fn way_of<'o>(&'o self, options: &'o Options) -> Option<&'o str> {
        let of_setup = self
            .steps
            .iter()
            .find(|step| starts(&step.text, "%autosetup"))
            .and_then(|step| {
                let words = Options::read(&step.text, "abnSp");
                words.value('S').map(str::to_owned)
            });
        let known = ["git_am", "git", "quilt", "patch", "hg", "bzr", "gendiff"];
        let told = options.value('S').map(str::to_owned).or(of_setup)?;
        known.into_iter().find(|known| told.starts_with(known))
    }

    fn below(&self, step: &Step, texts: impl Iterator<Item = String>) -> Edit {
        let at = tags::behind(&self.lines, step.last, self.depth);
        let end = if self.spec.source.text().contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let mut text: String = texts.map(|text| text + end).collect();
        if !self.spec.source.text()[..at].ends_with('\n') {
            text.insert_str(0, end);
        }
        Edit {
            span: Span::new(at, at),
            text,
        }
    }
}

/// The lines of a section that are no comment and no directive, those joined that a backslash continues.
fn steps(spec: &Spec, lines: &[Line]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut goes_on = false;
    for (at, line) in lines.iter().enumerate() {
        let text = spec.source.slice(line.span).trim();
        let is_dead = line.conditions.iter().any(|condition| condition.is_dead());
        if !goes_on && (line.directive || is_dead || text.starts_with('#') || text.is_empty()) {
            continue;
        }
        let continued = goes_on;
        goes_on = text.ends_with('\\');
        let text = text.trim_end_matches('\\').trim_end();
        match steps.last_mut().filter(|_| continued) {
            Some(step) => {
                step.text.push(' ');
                step.text.push_str(text);
                step.last = at;
            }
            None => steps.push(Step {
                text: text.to_owned(),
                last: at,
            }),
        }
    }
    steps
}

fn starts(text: &str, name: &str) -> bool {
    text.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Returns the number of the only patch that a line names, and where it stands.
fn number_of(text: &str) -> Option<(u32, std::ops::Range<usize>)> {
    if starts(text, "%autopatch") {
        let options = Options::read(text, "pmM");
        let [number] = options.arguments.as_slice() else {
            return None;
        };
        let at = text.rfind(number.as_str())?;
        return Some((number.parse().ok()?, at..at + number.len()));
    }
    let mut all = ONE.as_ref()?.captures_iter(text);
    let found = all.next().filter(|_| all.next().is_none())?;
    let group = found.iter().skip(1).flatten().next()?;
    Some((group.as_str().parse().ok()?, group.range()))
}

/// Returns a line that does for a patch what `text` does for another: the number is another one, with as many digits where it
/// begins with a zero, paths lose one folder, and no copies are kept under a name that tells of the other.
fn another(text: &str, number: u32) -> String {
    let Some((_, at)) = number_of(text) else {
        return format!("%patch -P {number} -p1");
    };
    let digits = &text[at.clone()];
    let width = if digits.starts_with('0') {
        digits.len()
    } else {
        0
    };
    let mut new = format!("{}{number:0width$}{}", &text[..at.start], &text[at.end..]);
    if let Some(kept) = KEPT.as_ref() {
        new = kept.replace(&new, "").into_owned();
    }
    match STRIP.as_ref() {
        Some(strip) if strip.is_match(&new) => strip.replace(&new, "${1}-p1").into_owned(),
        _ if new.starts_with("%patch") || new.starts_with("%{patch") => new + " -p1",
        _ => new,
    }
}

/// The options of a macro, read as getopt(3) does.
struct Options {
    flags: Vec<(char, Option<String>)>,
    /// What is no option.
    arguments: Vec<String>,
}

impl Options {
    /// Reads the words behind the macro's name; those of `with_value` take a value.
    fn read(text: &str, with_value: &str) -> Self {
        let mut options = Options {
            flags: Vec::new(),
            arguments: Vec::new(),
        };
        let mut words = text.split_whitespace().skip(1);
        while let Some(word) = words.next() {
            let Some(cluster) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
                options.arguments.push(word.to_owned());
                continue;
            };
            for (at, flag) in cluster.char_indices() {
                if with_value.contains(flag) {
                    let rest = &cluster[at + flag.len_utf8()..];
                    let value = if rest.is_empty() {
                        words.next()
                    } else {
                        Some(rest)
                    };
                    options.flags.push((flag, value.map(str::to_owned)));
                    break;
                }
                options.flags.push((flag, None));
            }
        }
        options
    }

    fn has(&self, flag: char) -> bool {
        self.flags.iter().any(|(known, _)| *known == flag)
    }

    fn value(&self, flag: char) -> Option<&str> {
        let found = self.flags.iter().find(|(known, _)| *known == flag)?;
        found.1.as_deref()
    }
}

fn unknown(spec: &Spec, at: Span, why: &str) -> Problem {
    Problem::new(
        "dist-git-prep-unknown",
        format!("can't tell how `%prep` would apply another patch: {why}"),
    )
    .at(&spec.source, at, "of this spec")
    .help("apply the patches with `%autosetup -p1`, or with a `%patch -P N -p1` each")
}

#[cfg(test)]
mod tests;
