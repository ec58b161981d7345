//! The mails of a series as they were wished for, its cover letter, and the commands that go on with them.

use serde_json::{Value, json};
use std::path::Path;

use super::Wish;
use crate::cli::args::ThreadStyle;
use crate::compose::Commits;
use crate::mail::{self, Mail};
use crate::render::render;
use crate::target::When;
use crate::text::Problem;
use crate::verdict::Account;

impl Wish<'_> {
    /// Renders the mails of a series: what was typed, the cover letter, the base.
    pub(super) fn mails(
        &self,
        account: &Account,
        commits: &Commits,
        date: When,
    ) -> Result<Vec<Mail>, Problem> {
        let typed = self.typed;
        let cover = if typed.no_cover {
            None
        } else {
            let body = self.cover_body(account)?;
            Some(mail::Cover {
                subject: account.title.clone(),
                body,
                appendix: None,
            })
        };
        let thread = match (typed.no_thread, typed.thread) {
            (true, None) => None,
            (_, Some(ThreadStyle::Deep)) => Some(mail::Thread::Deep),
            _ => Some(mail::Thread::Shallow),
        };
        let options = mail::Options {
            prefix: typed.subject_prefix.clone(),
            rfc: typed.rfc,
            reroll: typed.reroll_count,
            from: self.sender.clone(),
            to: typed.to.clone(),
            cc: typed.cc.clone(),
            in_reply_to: typed.in_reply_to.clone(),
            thread,
            base: self.base(account)?,
            signature: Some(
                typed
                    .signature
                    .clone()
                    .unwrap_or_else(|| format!("patchwright {}", env!("CARGO_PKG_VERSION"))),
            ),
            cover,
            cover_date: date,
            message_id_seed: typed.message_id_seed.clone(),
            declare_diff_charset: false,
        };
        mail::render(&commits.commits, &options)
    }

    fn base(&self, account: &Account) -> Result<Option<mail::Base>, Problem> {
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

    fn cover_body(&self, account: &Account) -> Result<String, Problem> {
        let count = account.mailed().count();
        let patches: Vec<Value> = (1..)
            .zip(account.mailed())
            .map(|(number, patch)| {
                let checks: Vec<Value> = patch
                    .evidence
                    .iter()
                    .map(|evidence| {
                        json!({
                            "name": evidence.check,
                            "before": evidence.before.map(|outcome| outcome.word()),
                            "outcome": evidence.outcome.word(),
                            "detail": evidence.detail,
                        })
                    })
                    .collect();
                json!({"id": patch.patch, "number": number, "subject": patch.subject, "checks": checks})
            })
            .collect();
        let left_out: Vec<Value> = account
            .patches
            .iter()
            .filter(|patch| patch.places.is_empty() && patch.wanted)
            .map(|patch| json!({"id": patch.patch, "subject": patch.subject, "status": patch.judgement.status.word()}))
            .collect();
        let context = json!({
            "words": self.words,
            "patches": patches,
            "count": count,
            "left_out": left_out,
            "base": account.revision,
            "version": env!("CARGO_PKG_VERSION"),
        });
        render(&self.subject.series.cover, context).map(|text| text.trim_end().to_owned() + "\n")
    }

    /// Returns the commands that go on with the mails.
    pub(super) fn commands(&self, folder: &Path, mails: &[Mail]) -> Vec<(&'static str, String)> {
        let shown = folder.display().to_string();
        let patches: Vec<String> = patches(mails)
            .map(|mail| quoted(&format!("{shown}/{}", mail.name)))
            .collect();
        let recipients = if self.typed.to.is_empty() {
            " --to=LIST"
        } else {
            ""
        };
        vec![
            ("apply", format!("git am {}", patches.join(" "))),
            (
                "send",
                format!("git send-email{recipients} {}", quoted(&shown)),
            ),
            ("evidence", format!("{shown}/evidence/report.json")),
        ]
    }
}

/// The mails that carry a patch: all but the cover letter.
pub(super) fn patches(mails: &[Mail]) -> impl Iterator<Item = &Mail> {
    mails
        .iter()
        .filter(|mail| !mail.name.contains("0000-cover-letter"))
}

/// Reads the user's own words for the cover letter.
pub(super) fn read_words(path: &Path) -> Result<String, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Problem::new(
            "description-unreadable",
            format!("can't read `{}`: {error}", path.display()),
        )
        .help("name a text file in UTF-8 with --description-file")
    })?;
    Ok(text.replace("\r\n", "\n").trim().to_owned())
}

fn quoted(word: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '/' | '.' | '-' | '_' | '+' | '=' | ':' | '@' | '%' | ',')
    };
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
