//! Profiles: which file or configuration a name stands for, and what each of its keys means. Decides nothing between them.

use super::config::{self, Entry};
use super::shelf::{self, Shelf, Text};
use super::{Fate, Habit, NEVER_RUN, What, address, codeowners, maintainers};
use crate::target::Setting;
use crate::text::{Problem, Span};

/// Where the profiles of git-publish stand.
pub const GITPUBLISH: &str = ".gitpublish";
/// Where b4 looks for what a project settled.
pub const B4: &str = ".b4-config";

/// What git knows to leave out (git-send-email(1), `--suppress-cc`).
pub const SUPPRESSIBLE: [&str; 9] = [
    "author", "self", "cc", "bodycc", "sob", "misc-by", "cccmd", "body", "all",
];

/// What a profile's name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A profile of git-publish: in the user's configuration and the target's `.gitpublish`.
    Gitpublish(String),
    /// The `b4.send-*` settings of the target's `.b4-config` and the user's configuration.
    B4,
    /// The `sendemail.*` and `format.*` settings of the user's configuration.
    Git,
    /// The target's `MAINTAINERS`.
    Maintainers,
    /// The target's `CODEOWNERS`.
    Codeowners,
}

impl Profile {
    /// Reads a name. `gitpublish:NAME` is the profile of git-publish whose name means something else here.
    pub fn named(name: &str) -> Self {
        match name {
            "b4" => Profile::B4,
            "git" => Profile::Git,
            "maintainers" => Profile::Maintainers,
            "codeowners" => Profile::Codeowners,
            other => Profile::Gitpublish(
                other
                    .strip_prefix("gitpublish:")
                    .unwrap_or(other)
                    .to_owned(),
            ),
        }
    }

    /// Returns what the profile says for a change of `paths`, in order.
    ///
    /// # Errors
    /// `profile-unknown` where there is no such profile, `habit-syntax` or `habit-bad-value` of what it says.
    pub fn read(
        &self,
        shelves: &[Shelf],
        settings: &[Setting],
        paths: &[String],
    ) -> Result<Vec<Habit>, Problem> {
        match self {
            Profile::Gitpublish(name) => gitpublish(name, shelves, settings),
            Profile::B4 => b4(shelves, settings),
            Profile::Git => git(settings),
            Profile::Maintainers => {
                let text = required(shelves, maintainers::PATHS)?;
                Ok(maintainers::concerned(&text, paths))
            }
            Profile::Codeowners => {
                let text = required(shelves, codeowners::PATHS)?;
                Ok(codeowners::concerned(&text, paths))
            }
        }
    }
}

/// Returns which profiles a target offers: where each stands, and its name. What can't be read offers nothing.
pub fn offered(shelves: &[Shelf]) -> Vec<(String, String)> {
    let there = |paths: &[&str]| shelf::find(shelves, paths).ok().flatten();
    let mut offered = Vec::new();
    if let Some(text) = there(&[GITPUBLISH]) {
        let names = config::parse(&text.source)
            .map(|entries| names(&entries))
            .unwrap_or_default();
        let first = names
            .iter()
            .find(|name| *name == "default")
            .or(names.first());
        offered.extend(first.map(|name| (text.name(), name.clone())));
    }
    for (paths, name) in [
        (&[B4][..], "b4"),
        (maintainers::PATHS, "maintainers"),
        (codeowners::PATHS, "codeowners"),
    ] {
        offered.extend(there(paths).map(|text| (text.name(), name.to_owned())));
    }
    offered
}

fn required(shelves: &[Shelf], paths: &[&str]) -> Result<Text, Problem> {
    shelf::find(shelves, paths)?.ok_or_else(|| {
        let looked: Vec<String> = shelves.iter().map(Shelf::name).collect();
        let message = format!(
            "there is no {} in {}",
            paths.join(" or "),
            looked.join(" or ")
        );
        Problem::new("profile-unknown", message).help("say where it is with --profile-from")
    })
}

/// A value as it was found, before anybody made sense of it.
#[derive(Clone)]
struct Raw<'r> {
    key: String,
    value: Option<String>,
    origin: String,
    /// Where it can be shown.
    place: Option<(&'r Text, Span)>,
}

impl<'r> Raw<'r> {
    fn of_entry(text: &'r Text, entry: &Entry) -> Self {
        Raw {
            key: entry.key.clone(),
            value: entry.value.clone(),
            origin: text.origin(entry.span.start),
            place: Some((text, entry.span)),
        }
    }

    fn of_setting(key: &str, setting: &Setting) -> Self {
        Raw {
            key: key.to_owned(),
            value: setting.value.clone(),
            origin: format!(
                "{} of your git configuration ({})",
                setting.name, setting.level
            ),
            place: None,
        }
    }

    fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default().trim()
    }

    fn habit(&self, what: What, value: impl Into<String>, fate: Fate) -> Habit {
        Habit {
            what,
            key: self.key.clone(),
            value: value.into(),
            origin: self.origin.clone(),
            fate,
        }
    }

    fn wrong(&self, why: &str) -> Problem {
        let message = format!("`{}` of {} {why}", self.key, self.origin);
        let problem = Problem::new("habit-bad-value", message)
            .help("mend it, or override it with the flag of its name");
        match self.place {
            Some((text, span)) => problem.at(&text.source, span, "stands here"),
            None => problem,
        }
    }

    /// Makes sense of the value; a list of addresses is several habits.
    fn read(&self, what: What, aliases: bool) -> Result<Vec<Habit>, Problem> {
        let shown = address::shown(self.text());
        match what {
            What::To | What::Cc | What::Keeper => {
                let mut habits = Vec::new();
                for part in address::split(self.text()) {
                    match address::read(&part) {
                        Some(address) => habits.push(self.habit(what, address, Fate::Used)),
                        // `git send-email` knows short names for addresses; nobody else does.
                        None if aliases && !part.contains('@') => {
                            let why = Fate::Unused(
                                "is no mail address; if it is an alias, git knows it when it sends",
                            );
                            habits.push(self.habit(what, address::shown(&part), why));
                        }
                        None => {
                            return Err(self.wrong(&format!(
                                "has `{}`, which is no mail address",
                                address::shown(&part)
                            )));
                        }
                    }
                }
                Ok(habits)
            }
            What::Prefix => {
                let fits = |c: char| matches!(c, ' '..='~') && !matches!(c, '[' | ']');
                match self.text().chars().all(fits) {
                    true => Ok(vec![self.habit(what, shown, Fate::Used)]),
                    false => Err(self.wrong(&format!(
                        "is `{shown}`, expected ASCII letters without brackets"
                    ))),
                }
            }
            What::SignOff => match config::truth(self.value.as_deref().map(str::trim)) {
                Some(yes) => Ok(vec![self.habit(what, yes.to_string(), Fate::Used)]),
                None => Err(self.wrong(&format!("is `{shown}`, expected true or false"))),
            },
            What::SuppressCc if SUPPRESSIBLE.contains(&self.text()) => {
                Ok(vec![self.habit(what, shown, Fate::Used)])
            }
            What::SuppressCc => {
                let known = SUPPRESSIBLE.join(", ");
                Err(self.wrong(&format!("is `{shown}`, expected one of {known}")))
            }
            What::Command => Ok(vec![self.habit(what, shown, Fate::Unused(NEVER_RUN))]),
            What::Other => Ok(vec![self.habit(
                what,
                shown,
                Fate::Unused("has no meaning here"),
            )]),
        }
    }
}

/// Reads all of them; of those that hold one value the last one counts.
fn read(
    raws: &[Raw],
    meaning: impl Fn(&str) -> What,
    aliases: bool,
    adds_up: impl Fn(What) -> bool,
) -> Result<Vec<Habit>, Problem> {
    let mut habits = Vec::new();
    for (at, raw) in raws.iter().enumerate() {
        let what = meaning(&raw.key);
        let later = raws[at + 1..].iter().rfind(|later| later.key == raw.key);
        match later.filter(|_| !adds_up(what)) {
            Some(later) => {
                let fate = Fate::Overridden(later.origin.clone());
                habits.push(raw.habit(what, address::shown(raw.text()), fate));
            }
            None => habits.extend(raw.read(what, aliases)?),
        }
    }
    Ok(habits)
}

/// The profiles of git-publish that a file has, in order.
fn names(entries: &[Entry]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in entries
        .iter()
        .filter(|entry| entry.section == "gitpublishprofile")
    {
        if !names.contains(&entry.subsection) {
            names.push(entry.subsection.clone());
        }
    }
    names
}

/// Reads a profile where git-publish looks for it: the user's files, then the target's, then the repository's configuration.
fn gitpublish(name: &str, shelves: &[Shelf], settings: &[Setting]) -> Result<Vec<Habit>, Problem> {
    let text = shelf::find(shelves, &[GITPUBLISH])?;
    let entries = text
        .as_ref()
        .map(|text| config::parse(&text.source))
        .transpose()?
        .unwrap_or_default();
    let start = format!("gitpublishprofile.{name}.");
    let of_user = |is_local: bool| {
        let found = settings
            .iter()
            .filter(move |setting| setting.is_local() == is_local);
        found.filter_map(|setting| {
            Some(Raw::of_setting(setting.name.strip_prefix(&start)?, setting))
        })
    };
    let mut raws: Vec<Raw> = of_user(false).collect();
    let own = entries
        .iter()
        .filter(|entry| entry.section == "gitpublishprofile" && entry.subsection == name);
    raws.extend(
        text.iter()
            .flat_map(|text| own.clone().map(|entry| Raw::of_entry(text, entry))),
    );
    raws.extend(of_user(true));
    if raws.is_empty() {
        return Err(no_profile(name, text.as_ref(), &names(&entries), shelves));
    }
    let meaning = |key: &str| match key {
        "to" => What::To,
        "cc" => What::Cc,
        "prefix" => What::Prefix,
        "signoff" => What::SignOff,
        "suppresscc" => What::SuppressCc,
        "cccmd" => What::Command,
        _ => What::Other,
    };
    read(&raws, meaning, false, |what| {
        matches!(what, What::To | What::Cc | What::Command | What::Other)
    })
}

fn no_profile(name: &str, text: Option<&Text>, names: &[String], shelves: &[Shelf]) -> Problem {
    let shown = address::shown(name);
    let Some(text) = text else {
        let looked: Vec<String> = shelves.iter().map(Shelf::name).collect();
        let message = format!(
            "there is no profile `{shown}`: no {GITPUBLISH} is in {}",
            looked.join(" or ")
        );
        return Problem::new("profile-unknown", message)
            .help("say where it is with --profile-from; `git`, `b4`, `maintainers` and `codeowners` are profiles too");
    };
    let message = format!("{} has no profile `{shown}`", text.name());
    let known: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", address::shown(name)))
        .collect();
    Problem::new("profile-unknown", message).help(match known.is_empty() {
        true => "`git`, `b4`, `maintainers` and `codeowners` are profiles too".to_owned(),
        false => format!("it has {}", known.join(", ")),
    })
}

/// Reads what b4 would send by. Of the target's file it takes `send-*` alone, as b4 does for such settings.
fn b4(shelves: &[Shelf], settings: &[Setting]) -> Result<Vec<Habit>, Problem> {
    let text = shelf::find(shelves, &[B4])?;
    let entries = text
        .as_ref()
        .map(|text| config::parse(&text.source))
        .transpose()?
        .unwrap_or_default();
    let own = entries
        .iter()
        .filter(|entry| entry.section == "b4" && entry.subsection.is_empty());
    let own = own.filter(|entry| entry.key.starts_with("send-"));
    let mut raws: Vec<Raw> = text
        .iter()
        .flat_map(|text| own.clone().map(|entry| Raw::of_entry(text, entry)))
        .collect();
    let of_user = settings.iter().filter_map(|setting| {
        let key = setting
            .name
            .strip_prefix("b4.")
            .filter(|key| key.starts_with("send-"))?;
        Some(Raw::of_setting(key, setting))
    });
    raws.extend(of_user);
    if text.is_none() && raws.is_empty() {
        required(shelves, &[B4])?;
    }
    for raw in raws.iter_mut().filter(|raw| raw.key == "send-prefixes") {
        raw.value = raw.value.take().map(|words| b4_prefix(&words));
    }
    let meaning = |key: &str| match key {
        "send-series-to" => What::To,
        "send-series-cc" => What::Cc,
        "send-prefixes" => What::Prefix,
        "send-auto-to-cmd" | "send-auto-cc-cmd" => What::Command,
        _ => What::Other,
    };
    read(&raws, meaning, false, |what| matches!(what, What::Other))
}

/// Returns the words in the brackets as b4 puts them: `PATCH`, then its own.
fn b4_prefix(words: &str) -> String {
    let words: Vec<&str> = words.split_whitespace().collect();
    let has_patch = words.iter().any(|word| word.eq_ignore_ascii_case("patch"));
    match has_patch || words.is_empty() {
        true => words.join(" "),
        false => format!("PATCH {}", words.join(" ")),
    }
}

/// Reads what `git format-patch` and `git send-email` would do by the user's configuration. An identity of `sendemail` comes before
/// what it has in common with others.
fn git(settings: &[Setting]) -> Result<Vec<Habit>, Problem> {
    let identity = settings
        .iter()
        .rfind(|setting| setting.name == "sendemail.identity");
    let identity = identity.and_then(|setting| setting.value.as_deref());
    let special = identity.map(|identity| format!("sendemail.{identity}."));
    let special_key = |name: &str| Some(name.strip_prefix(special.as_deref()?)?.to_owned());
    let is_special = |key: &str| {
        settings
            .iter()
            .any(|setting| special_key(&setting.name).as_deref() == Some(key))
    };
    let mut raws = Vec::new();
    for setting in settings {
        let key = match (
            setting.name.strip_prefix("format."),
            setting.name.strip_prefix("sendemail."),
        ) {
            (Some(key), _) => format!("format.{key}"),
            (_, Some(key)) if !key.contains('.') && !is_special(key) => format!("sendemail.{key}"),
            _ => match special_key(&setting.name) {
                Some(key) => format!("sendemail.{key}"),
                None => continue,
            },
        };
        raws.push(Raw::of_setting(&key, setting));
    }
    let meaning = |key: &str| match key {
        "sendemail.to" | "format.to" => What::To,
        "sendemail.cc" | "format.cc" => What::Cc,
        "sendemail.suppresscc" => What::SuppressCc,
        "sendemail.tocmd" | "sendemail.cccmd" | "sendemail.headercmd" => What::Command,
        "format.subjectprefix" => What::Prefix,
        "format.signoff" => What::SignOff,
        _ => What::Other,
    };
    raws.retain(|raw| meaning(&raw.key) != What::Other);
    let adds_up = |what| matches!(what, What::To | What::Cc | What::SuppressCc | What::Command);
    read(&raws, meaning, true, adds_up)
}
