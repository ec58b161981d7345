//! The mails of a series as they were wished for, and its cover letter.

use serde_json::{Value, json};

use super::exports::quoted;
use super::{Made, Wish, commits};
use crate::check::scenario::Histories;
use crate::check::{self, Evidence, Outcome};
use crate::cli::args::ThreadStyle;
use crate::mail::{self, Mail};
use crate::render::render;
use crate::report::answer::Answer;
use crate::status::Status;
use crate::target::commit::short;
use crate::text::Problem;
use crate::verdict::{Account, PatchAccount};

/// Columns of a command in a letter, without what stands before and behind it.
const ROOM: usize = 66;

impl Made<'_> {
    /// How git prints the files that are no text, where it was asked.
    fn binaries(&self) -> mail::Binaries {
        let existing = self.range.map(|existing| existing.binaries.clone());
        existing.unwrap_or_default()
    }

    /// Returns the letter of each patch, written once.
    fn letters(&self, options: &mail::Options) -> Result<&[mail::Draft], Problem> {
        if let Some(letters) = self.letters.get() {
            return Ok(letters);
        }
        let letters = mail::letters(&self.commits.commits, options)?;
        Ok(self.letters.get_or_init(|| letters))
    }
}

impl Wish<'_> {
    /// Renders the mails of a series: what was typed, the cover letter, the base.
    pub(super) fn mails(&self, account: &Account, made: &Made<'_>) -> Result<Vec<Mail>, Problem> {
        let typed = self.typed;
        let habits = &account.habits;
        let cover = if typed.no_cover {
            None
        } else {
            let body = self.cover_body(account, made)?;
            Some(mail::Cover {
                subject: self
                    .words
                    .title
                    .clone()
                    .unwrap_or_else(|| account.title.clone()),
                body,
                unobserved: Some(self.cover_body(&account.unobserved(), made)?),
                appendix: None,
                whole: made.range.map(|existing| existing.whole.clone()),
            })
        };
        let thread = match (typed.no_thread, typed.thread) {
            (true, None) => None,
            (_, Some(ThreadStyle::Deep)) => Some(mail::Thread::Deep),
            _ => Some(mail::Thread::Shallow),
        };
        let mut options = mail::Options {
            prefix: habits.prefix.clone().unwrap_or_else(|| "PATCH".to_owned()),
            rfc: typed.rfc,
            reroll: typed.reroll_count,
            from: self.sender.clone(),
            to: habits.to.clone(),
            cc: habits.cc.clone(),
            in_reply_to: typed.in_reply_to.clone(),
            thread,
            base: self.base(account, made)?,
            signature: Some(self.signature()),
            cover,
            cover_date: made.date,
            message_id_seed: typed.message_id_seed.clone(),
            notes: self.notes(account)?,
            appendix: None,
            declare_diff_charset: false,
            binaries: made.binaries(),
        };
        let commits = &made.commits.commits;
        let letters = made.letters(&options)?;
        let mails = mail::bound(letters, commits, &options)?;
        let Some(told) = self.range_diff(&mails, options.base.as_ref())? else {
            return Ok(mails);
        };
        match &mut options.cover {
            Some(cover) => {
                cover.appendix = Some(told);
                mail::bound(letters, commits, &options)
            }
            // It stands in the letter itself.
            None => {
                options.appendix = Some(told);
                mail::render(commits, &options)
            }
        }
    }

    /// What stands below every mail.
    pub(super) fn signature(&self) -> String {
        let own = || format!("patchwright {}", env!("CARGO_PKG_VERSION"));
        self.typed.signature.clone().unwrap_or_else(own)
    }

    fn base(&self, account: &Account, made: &Made<'_>) -> Result<Option<mail::Base>, Problem> {
        if let Some(existing) = made.range {
            return Ok(existing.base.clone());
        }
        let commit = match self.typed.base.as_str() {
            "none" => None,
            "auto" => account.commit.clone(),
            named => {
                let revision = self.subject.target.revision(named)?;
                revision.commit.map(|base| base.id)
            }
        };
        Ok(commit.map(|commit| mail::Base {
            commit,
            prerequisites: Vec::new(),
        }))
    }

    /// Returns the command that comes to the same from the mails alone, in a clone, as lines of a shell that fit into a mail.
    pub(super) fn again_from_mails(&self, account: &Account) -> String {
        let cover = mail::filename::cover(self.typed.reroll_count);
        let version = cover.trim_end_matches("0000-cover-letter.patch");
        let mut words = vec!["patchwright".to_owned(), "validate".to_owned()];
        words.push(format!("{version}0*.patch"));
        match account.commit.as_deref() {
            Some(id) => words.extend(["--onto".to_owned(), short(id).to_owned()]),
            None => words.extend(["--repo".to_owned(), ".".to_owned()]),
        }
        words.extend(self.series_words());
        if self.checks != check::USUAL {
            words.extend(["--check".to_owned(), self.checks.join(",")]);
        }
        if self.has_build() {
            // Where it is on this machine is of no use to others.
            words.push("--build-dir \"$BUILD\"".to_owned());
        }
        let command = self.typed.checks.build.as_ref();
        if let Some(command) = command.filter(|_| self.checks.contains(&"build")) {
            words.push(format!("--build {}", quoted(command)));
        }
        let mut lines = vec![String::new()];
        for word in words {
            let line = lines.last().map_or(0, String::len);
            if line > 0 && line + word.len() > ROOM {
                lines.push("   ".to_owned());
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(&word);
            }
        }
        lines.join(" \\\n")
    }

    /// Returns whether checks look into a build directory.
    fn has_build(&self) -> bool {
        let looks = |check: &&str| matches!(*check, "object" | "daemon");
        self.typed.checks.build_dir.is_some() && self.checks.iter().any(looks)
    }

    fn cover_body(&self, account: &Account, made: &Made<'_>) -> Result<String, Problem> {
        if made.range.is_some() {
            let again = self.again_from_mails(account);
            return commits::cover_body(self.words.body.as_deref(), account, &again);
        }
        let patches: Vec<Value> = (1..)
            .zip(account.mailed())
            .map(|(number, patch)| told(number, patch))
            .collect();
        let left_out = account
            .patches
            .iter()
            .filter(|patch| patch.places.is_empty() && patch.wanted);
        let left_out: Vec<Value> = left_out
            .map(|patch| {
                let why = match patch.judgement.status {
                    Status::Fixed => "is in this tree already",
                    Status::NotAffected => "this tree is not affected",
                    Status::Missing | Status::Undetermined => "could not be put on this tree",
                };
                json!({"id": patch.patch, "subject": patch.subject, "why": why})
            })
            .collect();
        let there = account.patches.iter();
        let there: Vec<&str> = there
            .filter(|patch| patch.judgement.status == Status::Fixed)
            .map(|patch| patch.patch.as_str())
            .collect();
        let ran = |evidence: &Evidence| evidence.outcome != Outcome::Skipped;
        let context = json!({
            "words": self.words.body,
            "rfc": self.typed.rfc,
            "patches": patches,
            "left_out": left_out,
            "there": there,
            "checked": account.evidence().any(ran),
            "histories": histories(account),
            "has_build": self.has_build(),
            "histories_skipped": matches!(account.histories, Histories::Unplayed(_)),
            "again": self.again_from_mails(account).lines().collect::<Vec<_>>(),
            "base": base_in_words(account),
            "version": env!("CARGO_PKG_VERSION"),
        });
        render(&self.subject.series.cover, context).map(|text| text.trim_end().to_owned() + "\n")
    }
}

/// What the histories came to, as the cover letter's template sees it.
pub(super) fn histories(account: &Account) -> Option<Value> {
    let played = account.histories.played()?;
    let patches: Vec<&str> = account.mailed().map(|patch| patch.patch.as_str()).collect();
    let answer = Answer::new(played, &patches);
    let with = &played.with;
    let blobs = with.blobs.iter();
    let blobs = blobs.map(|(path, id)| json!({"path": path.escape_debug().to_string(), "id": &id[..12.min(id.len())]}));
    Some(json!({
        "count": played.histories.len(),
        "table": answer.table(),
        "answer": answer.explained(),
        "walk": answer.walk(),
        "functions": with.functions.1,
        "linked": with.stand_in.is_none(),
        "variants": with.variants,
        "inapplicable": with.inapplicable,
        "blobs": blobs.collect::<Vec<_>>(),
    }))
}

/// A patch as the cover letter's template sees it.
fn told(number: usize, patch: &PatchAccount) -> Value {
    let checks: Vec<Value> = patch
        .evidence
        .iter()
        .map(|evidence| {
            json!({
                "name": evidence.check,
                "before": evidence.before.map(|outcome| outcome.word()),
                "outcome": evidence.outcome.word(),
                "detail": evidence.detail,
                "real": evidence.ground.as_ref().map(|ground| ground.is_real),
            })
        })
        .collect();
    json!({"id": patch.patch, "number": number, "subject": patch.subject, "checks": checks})
}

/// The base as readers of a list can use it: `HEAD` means nothing to them.
pub(super) fn base_in_words(account: &Account) -> String {
    let short = account.commit.as_deref().map(short);
    match (account.revision.as_str(), short) {
        (_, None) => "a source tree without history".to_owned(),
        (name, Some(short)) if name.starts_with("HEAD") || name == "@" => format!("commit {short}"),
        (name, Some(short)) if account.commit.as_deref() == Some(name) => format!("commit {short}"),
        (name, Some(short)) => format!("{name} ({short})"),
    }
}
