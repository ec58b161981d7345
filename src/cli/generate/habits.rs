//! The profiles that were asked for: where they are looked for, what they say, and that it is told before anything is written.
//!
//! A profile is applied where it is asked for, and never by itself. What a mail says and who gets it would otherwise hang on the
//! branch that one happens to stand on, and on who wrote the file; so the files that are there are named, and no more.

use std::path::Path;

use super::Wish;
use crate::habit::profile::{self, Profile};
use crate::habit::{Fate, Habit, Settled, Shelf, Typed, address, settle};
use crate::report::progress::Event;
use crate::target::Revision;
use crate::text::{Problem, Source};

/// The sections of git's configuration that a profile can mean.
const SECTIONS: &[&str] = &["gitpublishprofile", "b4", "sendemail", "format"];

impl Wish<'_> {
    /// Reads the profiles for a change of `paths` on a revision, and tells what comes of them.
    pub(super) fn habits(&self, revision: &Revision, paths: &[String]) -> Result<Settled, Problem> {
        let typed = self.typed;
        let shelves = self.shelves(revision)?;
        let mut names = typed.profile.clone();
        if names.is_empty() && typed.profile_from.is_some() {
            names.push("default".to_owned());
        }
        let mut found = Vec::new();
        if names.is_empty() {
            self.tell_offered(&shelves);
        } else {
            let settings = self.subject.target.settings(SECTIONS);
            for name in &names {
                found.extend(Profile::named(name).read(&shelves, &settings, paths)?);
            }
        }
        let flags = Typed {
            to: &typed.to,
            cc: &typed.cc,
            prefix: typed.subject_prefix.as_deref(),
            signoff: match (typed.signoff, typed.no_signoff) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            suppress_cc: &typed.suppress_cc,
        };
        let settled = settle(found, flags);
        for habit in &settled.found {
            self.progress.tell(&Event::Notice(&told(habit)));
        }
        Ok(settled)
    }

    /// The revision itself, and the branch one stands on: an old revision has no such files yet.
    fn shelves(&self, revision: &Revision) -> Result<Vec<Shelf>, Problem> {
        if let Some(from) = &self.typed.profile_from {
            return self.named_shelf(from).map(|shelf| vec![shelf]);
        }
        let mut shelves = vec![shelf_of(revision)];
        shelves.extend(self.subject.target.standing().as_ref().map(shelf_of));
        Ok(shelves)
    }

    fn named_shelf(&self, from: &str) -> Result<Shelf, Problem> {
        if let Ok(revision) = self.subject.target.revision(from) {
            return Ok(shelf_of(&revision));
        }
        let bytes = std::fs::read(Path::new(from)).map_err(|error| {
            let message = format!("`{from}` is no revision, and can't be read as a file: {error}");
            Problem::new("profile-from", message)
                .help("name a revision or a text file with --profile-from")
        })?;
        Ok(Shelf::File(Source::new(from, bytes)))
    }

    fn tell_offered(&self, shelves: &[Shelf]) {
        if self.typed.common.quiet {
            return;
        }
        let offered: Vec<String> = profile::offered(shelves)
            .into_iter()
            .map(|(place, name)| format!("{place} (--profile {})", address::shown(&name)))
            .collect();
        if !offered.is_empty() {
            let text = format!("not asked for, and not followed: {}", offered.join(", "));
            self.progress.tell(&Event::Notice(&text));
        }
    }
}

fn shelf_of(revision: &Revision) -> Shelf {
    Shelf::Tree {
        tree: revision.tree.clone(),
        name: match &revision.commit {
            Some(_) => revision.name.clone(),
            None => String::new(),
        },
    }
}

/// A habit in a line: what, from where, and what comes of it.
fn told(habit: &Habit) -> String {
    let Habit { value, origin, .. } = habit;
    match &habit.fate {
        Fate::Used => format!("{} is {value}: {origin}", habit.what.word()),
        Fate::Overridden(by) => {
            format!("{} {value} is overridden by {by}: {origin}", habit.key)
        }
        Fate::Unused(why) => format!("{} {value} is not followed, {why}: {origin}", habit.key),
    }
}
