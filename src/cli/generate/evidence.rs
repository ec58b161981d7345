//! The folder of the evidence: the account, its page, what the checks had and got, the tools. Does not know where it is written.

use serde_json::json;
use std::path::PathBuf;

use super::exports::quoted;
use super::{Made, Run, Wish};
use crate::check::tool;
use crate::cli::args::DEFAULT_SERIES;
use crate::report::{html, json as document};
use crate::target::commit::short;
use crate::text::Problem;
use crate::verdict::Account;

/// The file that tells what was used, in the folder of the evidence.
const TOOLS: &str = "tools.json";

impl Made<'_> {
    /// Returns what a page shows of the diff of each patch, in order, as its letter has it.
    pub(super) fn diffs(&self) -> Vec<String> {
        let letters = self.letters.get().into_iter().flatten();
        letters
            .map(|letter| html::shown(letter.diff()).into_owned())
            .collect()
    }
}

impl Wish<'_> {
    /// Returns the files of the evidence, each with its folder before its name.
    pub(super) fn evidence(
        &self,
        account: &Account,
        diffs: &[String],
    ) -> Result<Vec<(PathBuf, Vec<u8>)>, Problem> {
        let strict = self.typed.checks.strict;
        let report = format!("{:#}\n", document::series(account, strict)).into_bytes();
        let mut files = vec![("report.json".to_owned(), report)];
        files.extend(records(account));
        if !self.tools().is_empty() {
            let tools = self.tools().iter();
            let tools: Vec<_> = tools
                .map(|(tool, version)| json!({"tool": tool, "version": version}))
                .collect();
            files.push((
                TOOLS.to_owned(),
                format!("{:#}\n", json!(tools)).into_bytes(),
            ));
        }
        files.sort();
        let names: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        let page = html::series(
            &[html::Beside {
                account,
                diffs,
                again: &self.again(account),
                build: self.build(),
                from_mails: Some(&self.again_from_mails(account)),
                tools: self.tools(),
                files: &names,
                is_at_home: true,
            }],
            strict,
        )?;
        files.push(("report.html".to_owned(), page.into_bytes()));
        let placed = files.into_iter();
        Ok(placed
            .map(|(name, bytes)| (PathBuf::from("evidence").join(name), bytes))
            .collect())
    }

    /// Returns a page of all revisions, which stands anywhere.
    pub(super) fn page(&self, runs: &[Run]) -> Result<String, Problem> {
        let told = runs.iter().map(|run| {
            let names = records(&run.account).into_iter().map(|(name, _)| name);
            (self.again(&run.account), names.collect::<Vec<_>>())
        });
        let told: Vec<(String, Vec<String>)> = told.collect();
        let beside = runs
            .iter()
            .zip(&told)
            .map(|(run, (again, files))| html::Beside {
                account: &run.account,
                diffs: &run.diffs,
                again,
                build: self.build(),
                from_mails: None,
                tools: self.tools(),
                files,
                is_at_home: false,
            });
        html::series(&beside.collect::<Vec<_>>(), self.typed.checks.strict)
    }

    /// Returns the programs that checks may have used, with their versions; none where no check uses one.
    fn tools(&self) -> &[(String, String)] {
        self.tools.get_or_init(|| tool::used(&self.checks))
    }

    /// Returns the command that does the same again in a clone.
    fn again(&self, account: &Account) -> String {
        let common = &self.typed.common;
        let mut words = vec!["patchwright".to_owned(), "generate".to_owned()];
        if self.subject.is_sample {
            words.push("--sample".to_owned());
            words.push(account.revision.clone());
        } else if let Some(range) = &self.typed.commits {
            words.extend(["--commits".to_owned(), range.clone()]);
        } else {
            let commit = account.commit.iter();
            words.extend(commit.map(|id| short(id).to_owned()));
        }
        if !common.only.is_empty() {
            words.extend(["--only".to_owned(), common.only.join(",")]);
        }
        let mut words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        words.extend(self.series_words());
        words.join(" ")
    }

    /// Returns the user's own build, as a word for a shell.
    fn build(&self) -> Option<String> {
        self.typed.checks.build.as_deref().map(quoted)
    }

    /// Returns what names the series on a command line, where it is not the one that is taken anyway.
    pub(super) fn series_words(&self) -> Option<String> {
        named(&self.typed.common.series)
    }
}

/// Returns what names a series on a command line, where it is not the one that is taken anyway.
pub(in crate::cli) fn named(series: &str) -> Option<String> {
    (series != DEFAULT_SERIES).then(|| format!("--series {}", quoted(series)))
}

/// Returns what the histories and the checks of each patch had and got, by the path in the folder of the evidence.
fn records(account: &Account) -> Vec<(String, Vec<u8>)> {
    let played = account.histories.played().into_iter();
    let mut files: Vec<(String, Vec<u8>)> = played
        .flat_map(|played| &played.records)
        .map(|record| (record.name.clone(), record.bytes.clone()))
        .collect();
    for patch in &account.patches {
        for record in patch.evidence.iter().flat_map(|evidence| &evidence.records) {
            let name = format!("{}/{}", patch.patch, record.name);
            if !files.iter().any(|(known, _)| *known == name) {
                files.push((name, record.bytes.clone()));
            }
        }
    }
    files
}
