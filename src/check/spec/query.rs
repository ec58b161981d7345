//! Asks the real `rpmspec` what a spec says for one distribution. Parsing runs shell that the spec carries, so it happens in the sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;

use super::super::sandbox::{Job, Limits, Sandbox, Scratch};
use super::super::tool;
use crate::series::scriptlet::{Scriptlet as Promises, Variant};

/// What was put into a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inserted {
    /// The line that opens the section it stands in, as the spec has it: `%post daemon`.
    pub header: String,
    /// The inserted lines.
    pub text: String,
}

/// A scriptlet as rpm will run it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scriptlet {
    /// The interpreter and its options.
    pub interpreter: String,
    /// The text, all macros expanded.
    pub text: String,
}

impl Scriptlet {
    /// Returns whether bash or sh runs it.
    pub fn is_shell(&self) -> bool {
        let program = self
            .interpreter
            .split_whitespace()
            .next()
            .unwrap_or_default();
        ["/bin/sh", "/usr/bin/sh", "/bin/bash", "/usr/bin/bash"].contains(&program)
    }
}

/// A package that a spec describes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// Its scriptlets by their tag: `POSTIN`, `PREUN`, ...
    pub scriptlets: BTreeMap<&'static str, Scriptlet>,
    /// Everything about its triggers: names, conditions, interpreters, texts.
    pub triggers: Vec<String>,
    /// What it requires: name, relation and version.
    pub requires: BTreeSet<String>,
}

/// What rpm says of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queried {
    /// Name of the main package.
    pub name: String,
    /// The packages by name.
    pub packages: BTreeMap<String, Package>,
    /// The spec with all macros expanded and all conditions decided, without blank lines.
    pub parsed: Vec<String>,
    /// Lines of error, with `N` for line numbers; rpm may say such and still succeed.
    pub errors: Vec<String>,
    /// The inserted text as rpm expands it by itself in this spec, where a text was asked for.
    pub expanded: Option<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The spec cannot be parsed for this distribution.
    #[error("{0}")]
    Refused(String),
    /// A limit ended rpmspec.
    #[error("rpmspec was ended by its limit of {0}")]
    Stopped(&'static str),
    /// It could not be run.
    #[error("rpmspec could not be run: {0}")]
    Fault(#[from] io::Error),
}

/// Section and tag of each scriptlet (rpm, Spec file format: Runtime scriptlets).
pub const SECTIONS: &[(&str, &str)] = &[
    ("%pretrans", "PRETRANS"),
    ("%pre", "PREIN"),
    ("%post", "POSTIN"),
    ("%preun", "PREUN"),
    ("%postun", "POSTUN"),
    ("%posttrans", "POSTTRANS"),
    ("%verifyscript", "VERIFYSCRIPT"),
];

const PROBE: &str = "patchwright-probe";
const RECORD: char = '\u{1e}';
const FIELD: char = '\u{1f}';
const ITEM: char = '\u{1d}';
const PART: char = '\u{1c}';

impl Inserted {
    /// Returns the tag of the scriptlet the header opens, none where it opens another kind of section.
    pub fn tag(&self) -> Option<&'static str> {
        let section = self.header.split_whitespace().next()?;
        SECTIONS
            .iter()
            .find(|(name, _)| *name == section)
            .map(|(_, tag)| *tag)
    }

    /// Returns the name of the package the header means, where `main` is the main package.
    pub fn package(&self, main: &str) -> String {
        let mut words = self.header.split_whitespace().skip(1);
        let mut name = None;
        while let Some(word) = words.next() {
            match word {
                "-n" => return words.next().unwrap_or(main).to_owned(),
                // The interpreter, and a file to read the text from.
                "-p" | "-f" => drop(words.next()),
                _ if word.starts_with('-') => {}
                _ => name = name.or(Some(word)),
            }
        }
        name.map_or(main.to_owned(), |name| format!("{main}-{name}"))
    }
}

/// Asks what `spec` says for a distribution, in one run.
///
/// The inserted text is expanded in a package of its own at the end of the spec, so that it means what it means in that spec.
///
/// # Errors
/// [`Unanswered::Refused`] where rpm cannot parse it.
pub fn query(
    sandbox: &Sandbox,
    spec: &str,
    variant: &Variant,
    promises: &Promises,
    macros: &str,
    inserted: Option<&Inserted>,
) -> Result<Queried, Unanswered> {
    let scratch = Scratch::in_memory()?;
    fs::write(scratch.path().join("target.spec"), whole(spec, inserted))?;
    fs::write(scratch.path().join("macros"), macros)?;
    let inside = sandbox.place(scratch.path(), "/spec");
    let (folder, temporary) = (
        inside.to_string_lossy(),
        sandbox.place(scratch.path(), "/tmp"),
    );
    let job = Job::new(command(
        &folder,
        &temporary.to_string_lossy(),
        variant,
        promises,
    ))
    .showing(scratch.path(), &inside);
    let mut job = at_a_fixed_time(sandbox, job, &scratch)?;
    job.limits = Limits {
        output: 32 << 20,
        ..Limits::default()
    };
    let ran = sandbox.run(&job)?;
    if let Some(limit) = ran.stopped {
        return Err(Unanswered::Stopped(limit));
    }
    let stderr = String::from_utf8_lossy(&ran.stderr);
    let errors = errors(&stderr);
    if ran.status != 0 || ran.dropped > 0 {
        let told = errors
            .iter()
            .find(|line| !line.starts_with("error: query of specfile"));
        return Err(Unanswered::Refused(
            told.or(errors.first()).cloned().unwrap_or_else(|| {
                format!("rpmspec ended with status {} and said nothing", ran.status)
            }),
        ));
    }
    let stdout = String::from_utf8_lossy(&ran.stdout);
    let (records, parsed) = stdout
        .split_once(PART)
        .ok_or_else(|| Unanswered::Refused("rpmspec answered in an unknown form".to_owned()))?;
    answer(records, parsed, errors)
}

// Specs ask `date` when and by whom they are read, and must not differ for that.
fn at_a_fixed_time(sandbox: &Sandbox, job: Job, scratch: &Scratch) -> io::Result<Job> {
    let date = tool::find("date").and_then(|path| path.canonicalize().ok());
    // A program of many names cannot be stood in for under one.
    let Some(date) = date.filter(|path| sandbox.is_private() && path.ends_with("date")) else {
        return Ok(job);
    };
    let fixed = scratch.path().join("date");
    fs::write(&fixed, "#!/bin/sh\nexec /real/date \"$@\" -d @1000000000\n")?;
    fs::set_permissions(&fixed, fs::Permissions::from_mode(0o755))?;
    Ok(job.showing(&date, "/real/date").showing(fixed, date))
}

// A part of the answer in a form that no spec should be able to write makes the answer unusable, never wrong.
fn answer(records: &str, parsed: &str, errors: Vec<String>) -> Result<Queried, Unanswered> {
    let mut packages = records
        .split(RECORD)
        .skip(1)
        .map(package)
        .collect::<Option<BTreeMap<_, _>>>()
        .ok_or_else(|| Unanswered::Refused("rpmspec answered in an unknown form".to_owned()))?;
    let expanded = packages.remove(PROBE).map(|mut probe| {
        probe
            .scriptlets
            .remove("POSTIN")
            .map(|scriptlet| scriptlet.text)
            .unwrap_or_default()
    });
    let own = format!("%package -n {PROBE}");
    let parsed: Vec<String> = parsed
        .lines()
        .map(str::trim_end)
        .take_while(|line| *line != own)
        .filter(|line| !line.is_empty())
        .map(without_scratch_names)
        .collect();
    let name = parsed
        .iter()
        .find_map(|line| {
            line.get(..5)
                .filter(|tag| tag.eq_ignore_ascii_case("name:"))
                .map(|_| line[5..].trim().to_owned())
        })
        .unwrap_or_default();
    Ok(Queried {
        name,
        packages,
        parsed,
        errors,
        expanded,
    })
}

fn whole(spec: &str, inserted: Option<&Inserted>) -> String {
    let mut spec = spec.to_owned();
    if let Some(inserted) = inserted {
        spec.push_str(&format!(
            "\n%package -n {PROBE}\nSummary: x\n%description -n {PROBE}\nx\n%post -n {PROBE}\n{}\n",
            inserted.text.trim_end()
        ));
    }
    spec
}

fn command(folder: &str, temporary: &str, variant: &Variant, promises: &Promises) -> Vec<OsString> {
    // Both runs see the same; the errors of the second are those of the first again.
    const BOTH: &str = "format=$1; spec=$2; shift 2; rpmspec -q --qf \"$format\" \"$@\" \"$spec\" </dev/null || exit; \
                        printf '\\034'; rpmspec -P \"$@\" \"$spec\" </dev/null 2>/dev/null";
    let mut words = vec![
        "/bin/sh".to_owned(),
        "-c".to_owned(),
        BOTH.to_owned(),
        "sh".to_owned(),
        record_format(),
        format!("{folder}/target.spec"),
        "--load".to_owned(),
        format!("{folder}/macros"),
        "--target".to_owned(),
        promises.target.clone(),
    ];
    let own = [
        format!("_dbpath {temporary}/rpmdb"),
        format!("_topdir {temporary}/rpmbuild"),
        format!("_tmppath {temporary}"),
    ];
    for define in variant.define.iter().chain(&own) {
        words.extend(["--define".to_owned(), define.clone()]);
    }
    words.into_iter().map(OsString::from).collect()
}

/// Returns the query format whose answer [`packed`] reads.
pub(in crate::check) fn record_format() -> String {
    let mut format = format!("{RECORD}%{{NAME}}");
    for (_, tag) in SECTIONS {
        format.push_str(&format!(
            "{FIELD}%|{tag}PROG?{{+[%{{{tag}PROG}} ]}}|{FIELD}%|{tag}?{{%{{{tag}}}}}|"
        ));
    }
    format.push(FIELD);
    for kind in ["TRIGGER", "FILETRIGGER", "TRANSFILETRIGGER"] {
        format.push_str(&format!(
            "[{kind} %{{{kind}NAME}} %{{{kind}FLAGS}} %{{{kind}VERSION}} %{{{kind}INDEX}}{ITEM}]\
             [{kind} %{{{kind}SCRIPTPROG}} %{{{kind}SCRIPTS}}{ITEM}]"
        ));
    }
    format.push(FIELD);
    format.push_str(&format!(
        "[%{{REQUIRENAME}} %{{REQUIREFLAGS:depflags}} %{{REQUIREVERSION}}{ITEM}]"
    ));
    format
}

/// Reads the answers of packages to [`record_format`], in their order; none where one is in no known form.
pub(in crate::check) fn packed(answers: &str) -> Option<Vec<Package>> {
    let records = answers.split(RECORD).skip(1);
    records.map(|record| Some(package(record)?.1)).collect()
}

fn package(record: &str) -> Option<(String, Package)> {
    let fields: Vec<&str> = record.split(FIELD).collect();
    let [name, scriptlets @ .., triggers, requires] = fields.as_slice() else {
        return None;
    };
    if scriptlets.len() != 2 * SECTIONS.len() {
        return None;
    }
    let items = |field: &str| {
        field
            .split(ITEM)
            .filter(|item| !item.is_empty())
            .map(|item| item.trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    let scriptlets = SECTIONS
        .iter()
        .zip(scriptlets.chunks_exact(2))
        .filter_map(|((_, tag), pair)| {
            // A section without text has an interpreter still.
            let interpreter = pair[0].strip_prefix('+')?.trim_end().to_owned();
            let text = pair[1].to_owned();
            Some((*tag, Scriptlet { interpreter, text }))
        })
        .collect();
    Some((
        (*name).to_owned(),
        Package {
            scriptlets,
            triggers: items(triggers),
            requires: items(requires).into_iter().collect(),
        },
    ))
}

fn errors(stderr: &str) -> Vec<String> {
    stderr
        .lines()
        .filter(|line| line.starts_with("error:"))
        .map(without_line_numbers)
        .collect()
}

fn without_line_numbers(line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    for at in 1..words.len() {
        let number = words[at].trim_end_matches([':', ',']);
        if words[at - 1] == "line"
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            words[at] = words[at].replace(number, "N");
        }
    }
    words.join(" ")
}

// A spec may ask for a new temporary file, whose name is another in each run.
fn without_scratch_names(line: &str) -> String {
    let mut parts = line.split("/tmp/");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str("/tmp/N");
        whole.push_str(
            part.trim_start_matches(|sign: char| {
                sign.is_ascii_alphanumeric() || "_.-".contains(sign)
            }),
        );
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserted(header: &str) -> Inserted {
        Inserted {
            header: header.to_owned(),
            text: String::new(),
        }
    }

    #[test]
    fn a_section_header_tells_package_and_tag() {
        assert_eq!(inserted("%post daemon").package("x"), "x-daemon");
        assert_eq!(inserted("%post").package("x"), "x");
        assert_eq!(inserted("%post -n y").package("x"), "y");
        assert_eq!(
            inserted("%post -p /bin/bash -e daemon").package("x"),
            "x-daemon"
        );
        assert_eq!(inserted("%postun daemon").tag(), Some("POSTUN"));
        assert_eq!(inserted("%files daemon").tag(), None);
    }

    #[test]
    fn line_numbers_in_errors_do_not_tell_errors_apart() {
        let told = errors("warning: x\nerror: line 1432: Trigger fired: %post a\n\nerror: bad\n");
        assert_eq!(
            told,
            ["error: line N: Trigger fired: %post a", "error: bad"]
        );
    }

    #[test]
    fn names_of_temporary_files_do_not_tell_specs_apart() {
        assert_eq!(without_scratch_names("L=/tmp/lua_fd5XcF, x"), "L=/tmp/N, x");
        assert_eq!(without_scratch_names("/tmp"), "/tmp");
    }

    #[test]
    fn an_answer_with_a_missing_field_is_unusable() {
        assert_eq!(package("name\u{1f}a\u{1f}b"), None);
    }
}
