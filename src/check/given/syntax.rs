//! Does a given patch leave what it touches readable? Functions of C, specs as rpm reads them, shell scripts.

use std::collections::BTreeMap;

use super::parse::{broken, unmatched};
use super::sections;
use super::touched::{Kind, Touched, changed_lines, touched};
use super::{Asking, counted};
use crate::check::code::{concluded, error};
use crate::check::spec::{self, Change, Reader, Reading};
use crate::check::{Evidence, Finding, Outcome, Severity};
use crate::compose::placeholder;
use crate::syntax::c::CFile;
use crate::target::Tree;
use crate::text::Source;

/// More specs and scripts than this of one patch are not read.
const MOST_SPECS: usize = 4;
const MOST_SCRIPTS: usize = 200;

/// What asking about files of one kind came to.
#[derive(Default)]
struct Asked {
    /// What is told where all is well.
    told: Vec<String>,
    findings: Vec<Finding>,
    /// What could not be asked, and why.
    skipped: Vec<String>,
    /// What keeps the base from being read.
    base: Vec<Finding>,
}

pub(super) fn ask(asking: &Asking, number: usize) -> Vec<Evidence> {
    let stage = &asking.stages[number];
    let files = touched(&stage.given.commit);
    let of = |kinds: &[Kind]| -> Vec<&Touched> {
        files
            .iter()
            .filter(|file| kinds.contains(&file.kind))
            .collect()
    };
    let mut asked = Asked::default();
    asked.code(&of(&[Kind::C, Kind::Header]));
    asked.scripts(asking, &of(&[Kind::Shell]));
    asked.specs(asking, number, &of(&[Kind::Spec]));
    asked.evidence()
}

impl Asked {
    /// The functions whose text changed still parse if they parsed before, and brackets that matched still match.
    fn code(&mut self, files: &[&Touched]) {
        let mut functions = 0;
        for file in files {
            let Some(before) = &file.before else {
                continue;
            };
            let (before, after) = (CFile::scan(before), CFile::scan(&file.after));
            let (old, new) = (texts(&before), texts(&after));
            let changed: Vec<&str> = new
                .iter()
                .filter(|(name, texts)| old.get(*name).is_some_and(|old| old != *texts))
                .map(|(name, _)| *name)
                .collect();
            functions += changed.len();
            for name in changed {
                if broken(&after, name) && !broken(&before, name) {
                    let message = format!("`{name}` in {} can't be parsed any more", file.path);
                    self.findings.push(error("code-unparsable", message));
                }
            }
            if let Some(which) = unmatched(&before, &after) {
                let message = format!("the {which} in {} do not match any more", file.path);
                self.findings.push(error("code-unbalanced", message));
            }
        }
        if !files.is_empty() {
            let files = counted(files.len(), "file", "files");
            self.told.push(format!(
                "{} in {files} of C",
                counted(functions, "changed function", "changed functions")
            ));
        }
    }

    /// Scripts are still programs to bash, if they were.
    fn scripts(&mut self, asking: &Asking, files: &[&Touched]) {
        if files.is_empty() {
            return;
        }
        let sandbox = match asking.place {
            Ok(sandbox) => sandbox,
            Err(unavailable) => return self.skipped.push(format!("shell scripts: {unavailable}")),
        };
        let asked = &files[..files.len().min(MOST_SCRIPTS)];
        let texts: Vec<&str> = asked
            .iter()
            .flat_map(|file| {
                [
                    file.before.as_ref().map_or("", Source::text),
                    file.after.text(),
                ]
            })
            .collect();
        let said = match spec::objections(sandbox, &texts) {
            Ok(said) => said,
            Err(fault) => return self.skipped.push(format!("shell scripts: {fault}")),
        };
        let of_bash = |text: usize| {
            said.iter()
                .find(|said| said.text == text && said.shell == "bash")
        };
        for (number, file) in asked.iter().enumerate() {
            if let (None, Some(said)) = (of_bash(2 * number), of_bash(2 * number + 1)) {
                let message = format!("bash says of {}: `{}`", file.path, said.said);
                self.findings.push(error("shell-syntax", message));
            }
        }
        self.told
            .push(counted(asked.len(), "shell script", "shell scripts"));
        if files.len() > asked.len() {
            let left = files.len() - asked.len();
            self.skipped.push(format!(
                "{} beyond the first {MOST_SCRIPTS}",
                counted(left, "shell script", "shell scripts")
            ));
        }
    }

    /// rpm reads specs for each distribution as before, and their scriptlets are still programs to bash.
    fn specs(&mut self, asking: &Asking, number: usize, files: &[&Touched]) {
        if files.is_empty() {
            return;
        }
        if let Err(unavailable) = asking.place {
            return self.skipped.push(format!("specs: {unavailable}"));
        }
        // Without a manifest that names distributions nothing can be asked.
        let Some(reader) = asking.specs else { return };
        if let Some(lacking) = spec::lacking().first() {
            return self
                .skipped
                .push(format!("specs: no `{}`; {}", lacking.name, lacking.how()));
        }
        for file in files.iter().take(MOST_SPECS) {
            if let Err(fault) = self.spec(asking, number, reader, file) {
                self.skipped.push(format!("{}: {fault}", file.path));
            }
        }
        if files.len() > MOST_SPECS {
            let left = files.len() - MOST_SPECS;
            self.skipped.push(format!(
                "{} beyond the first {MOST_SPECS}",
                counted(left, "spec", "specs")
            ));
        }
    }

    fn spec(
        &mut self,
        asking: &Asking,
        number: usize,
        reader: &Reader,
        file: &Touched,
    ) -> Result<(), String> {
        let filled = |tree: &Tree, path: &str, source: &Source| {
            placeholder::filled(asking.inquiry.series, tree, path, source.text())
                .map_err(|fault| fault.to_string())
        };
        let after = filled(&asking.stages[number].tree, file.path, &file.after)?;
        let Some(source) = &file.before else {
            // rpm here need not know the macros of a distribution: a spec that it can't read need not be wrong.
            let read = reader.read(&after);
            let readable = read
                .iter()
                .any(|reading| matches!(reading, Reading::Read(_)));
            if readable {
                self.told
                    .push(format!("{}, which is new and can be read", file.path));
            }
            return Ok(());
        };
        let before = filled(asking.before(number), file.old_path, source)?;
        let (added, removed) = changed_lines(source.bytes(), file.after.bytes());
        let cut = sections::cut(source, &file.after, &removed).into_iter();
        self.findings
            .extend(cut.map(|told| error("scriptlet-cut", format!("{}: {told}", file.path))));
        let change = Change {
            before: &before,
            after: &after,
            added: &added,
        };
        let compared = reader.compare(&change)?;
        if compared.read.is_empty() {
            self.unreadable(asking, reader, file, &compared.refused)?;
        } else {
            self.told
                .push(format!("{} on {}", file.path, compared.read.join(", ")));
        }
        self.findings.extend(compared.findings);
        Ok(())
    }

    /// rpm can read the spec for no distribution before the patch. Of the series' project that is told; of another it may be for
    /// want of a macro that this machine does not have.
    fn unreadable(
        &mut self,
        asking: &Asking,
        reader: &Reader,
        file: &Touched,
        refused: &str,
    ) -> Result<(), String> {
        let base = &asking.inquiry.base.tree;
        let of_base = base
            .source(file.old_path, ".")
            .map_err(|fault| fault.to_string())?;
        let Some(of_base) = of_base.filter(|_| asking.is_project) else {
            return Ok(());
        };
        let text = placeholder::filled(asking.inquiry.series, base, file.old_path, of_base.text())
            .map_err(|fault| fault.to_string())?;
        let readable = reader
            .read(&text)
            .iter()
            .any(|reading| matches!(reading, Reading::Read(_)));
        if !readable {
            self.base
                .push(error("spec-base", format!("{}: {refused}", file.path)));
        }
        Ok(())
    }

    fn evidence(self) -> Vec<Evidence> {
        let mut all = Vec::new();
        if !self.base.is_empty() {
            let mut evidence = concluded("syntax", Some(Outcome::Failed), self.base, String::new());
            evidence.findings.extend(self.findings);
            all.push(evidence);
        } else if !self.told.is_empty() || !self.findings.is_empty() {
            let detail = format!("readable as before: {}", self.told.join("; "));
            let failed = self
                .findings
                .iter()
                .any(|found| found.severity == Severity::Error);
            let detail = if failed { String::new() } else { detail };
            all.push(concluded(
                "syntax",
                Some(Outcome::Passed),
                self.findings,
                detail,
            ));
        }
        if !self.skipped.is_empty() {
            all.push(Evidence::skipped(
                "syntax",
                format!("not asked about {}", self.skipped.join("; ")),
            ));
        }
        all
    }
}

/// The text of each function by name; of several with one name, as `#if` may choose, all.
fn texts(file: &CFile) -> BTreeMap<&str, Vec<&str>> {
    let mut texts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for function in file.defined() {
        let text = file.source.slice(function.span);
        texts.entry(&function.name).or_default().push(text);
    }
    texts
}
