//! What the real rpm does with packages: installs, reinstalls, upgrades, downgrades, each over the files of a case. Judges the files only.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::build::{self, Build, Built};
use crate::check::sandbox::{Job, Sandbox, Scratch};
use crate::check::spec::farm::{self, Farm};
use crate::check::spec::stand::{self, Standing};
use crate::check::spec::{Finding, SECTIONS};
use crate::series::scriptlet::{Case, Scriptlet as Promises};

/// What is done to the packages of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Installed for the first time.
    Install,
    /// Installed once more.
    Reinstall,
    /// A newer build over an older one.
    Upgrade,
    /// An older build over a newer one.
    Downgrade,
}

impl Act {
    /// Returns the word for reports.
    pub(super) fn word(self) -> &'static str {
        match self {
            Act::Install => "install",
            Act::Reinstall => "reinstall",
            Act::Upgrade => "upgrade",
            Act::Downgrade => "downgrade",
        }
    }

    fn options(self) -> &'static [&'static str] {
        match self {
            Act::Install => &["-i"],
            Act::Reinstall => &["-U", "--replacepkgs"],
            Act::Upgrade => &["-U"],
            Act::Downgrade => &["-U", "--oldpackage"],
        }
    }
}

/// A scriptlet that rpm ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The section that it stands in: `%post`; empty where that can't be told.
    pub(super) section: &'static str,
    /// Release of the package whose scriptlet it is.
    pub(super) release: u32,
    /// The argument that rpm gave.
    pub(super) argument: String,
}

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    pub(super) act: Act,
    /// Release of the build that was there, 0 for none, and of the one that is.
    pub(super) releases: (u32, u32),
    /// Exit status of rpm.
    pub(super) status: i32,
    /// The scriptlets that ran, in their order.
    pub(super) calls: Vec<Call>,
    /// What is wrong with what became of the files.
    pub(super) wrong: Vec<Finding>,
    /// Warnings and errors of rpm, and what `rpm -V` says, without releases.
    pub(super) said: BTreeSet<String>,
}

/// A course of transactions, or why it can't be taken here.
pub(super) type Course = Result<Vec<Transaction>, String>;

/// Takes packages through transactions: acts, each with the place of the build that it brings.
pub(super) fn take(
    sandbox: &Sandbox,
    promises: &Promises,
    case: &Case,
    builds: &[(&Build, u32)],
    acts: &[(Act, usize)],
) -> io::Result<Course> {
    let built = match Built::new(sandbox, builds)? {
        Ok(built) => built,
        Err(reason) => return Ok(Err(reason)),
    };
    let machine = Machine::new(sandbox, promises, case, builds)?;
    let mut there: Option<usize> = None;
    let mut course = Vec::new();
    for (act, brought) in acts {
        let parts = (there.map(|at| builds[at]), builds[*brought]);
        match machine.transact(&built, *act, parts)? {
            Ok(transaction) => course.push(transaction),
            Err(reason) => return Ok(Err(reason)),
        }
        there = Some(*brought);
    }
    Ok(Ok(course))
}

/// A machine that packages are installed on.
struct Machine<'m> {
    sandbox: &'m Sandbox,
    promises: &'m Promises,
    case: &'m Case,
    scratch: Scratch,
    farm: Farm,
    tops: Vec<String>,
}

/// Where the shells of scriptlets tell what they were started with; the text of rpm's scriptlets stands in such a file.
const TEMPORARY: &str = "/play/tmp/rpm-tmp.";

impl<'m> Machine<'m> {
    fn new(
        sandbox: &'m Sandbox,
        promises: &'m Promises,
        case: &'m Case,
        builds: &[(&Build, u32)],
    ) -> io::Result<Self> {
        let scratch = Scratch::in_memory()?;
        let path = scratch.path();
        for folder in ["tree/var/lib/rpm", "play/tmp", "play/seed", "play/packages"] {
            fs::create_dir_all(path.join(folder))?;
        }
        let tops = stand::lay_out(&path.join("play/seed"), &promises.layout(case), case)?;
        for top in &tops {
            fs::create_dir_all(path.join("tree").join(top))?;
        }
        // They stand before, so that only what a scriptlet does makes a difference.
        for (folder, mode) in builds.iter().flat_map(|(build, _)| owned(build)) {
            let folder = path.join("tree").join(folder.trim_start_matches('/'));
            fs::create_dir_all(&folder)?;
            fs::set_permissions(folder, fs::Permissions::from_mode(mode))?;
        }
        let carriers = builds.iter().flat_map(|(build, _)| build.iter());
        let texts: Vec<&str> = carriers
            .flat_map(|carrier| carrier.scriptlets.values())
            .map(|scriptlet| scriptlet.text.as_str())
            .collect();
        let mut stubs = farm::stubs(&promises.stub, &texts);
        let shells = BTreeSet::from(["sh", "bash"].map(str::to_owned));
        stubs.retain(|stub| !shells.contains(stub));
        let farm = Farm::plant(path, &stubs, &shells, &recorder)?;
        Ok(Machine {
            sandbox,
            promises,
            case,
            farm,
            tops,
            scratch,
        })
    }

    fn transact(
        &self,
        built: &Built,
        act: Act,
        (old, new): (Option<(&Build, u32)>, (&Build, u32)),
    ) -> io::Result<Result<Transaction, String>> {
        let log = self.scratch.path().join("play/log");
        if log.exists() {
            fs::remove_dir_all(&log)?;
        }
        fs::create_dir(&log)?;
        let ran = self.sandbox.run(&self.job(built, self.seeding()))?;
        if ran.status != 0 || ran.stopped.is_some() {
            let told = String::from_utf8_lossy(&ran.stderr);
            let line = told.lines().next().unwrap_or_default();
            return Ok(Err(format!(
                "the files of a case can't be laid out again: {line}"
            )));
        }
        let tree = self.scratch.path().join("tree");
        let before = Standing::read(&tree)?;
        let ran = self.sandbox.run(&self.job(built, self.command(act, new)))?;
        if let Some(limit) = ran.stopped {
            return Ok(Err(format!("rpm was ended by its limit of {limit}")));
        }
        let after = Standing::read(&tree)?;
        let stdout = String::from_utf8_lossy(&ran.stdout);
        let (rest, verified) = stdout.rsplit_once(MARK).unwrap_or((&stdout, ""));
        let status = rest
            .rsplit_once(MARK)
            .and_then(|(_, status)| status.parse().ok());
        Ok(Ok(Transaction {
            act,
            releases: (old.map_or(0, |(_, release)| release), new.1),
            status: status.unwrap_or(-1),
            calls: calls(&log, old, new)?,
            wrong: stand::judge(&self.promises.layout(self.case), &before, &after),
            said: said(&String::from_utf8_lossy(&ran.stderr), verified),
        }))
    }

    // It runs inside, where no link that a scriptlet left leads out.
    fn seeding(&self) -> Vec<OsString> {
        const SEED: &str = "for top; do cp -R -P --remove-destination \"/play/seed/$top/.\" \"/$top/\" || exit; done";
        let mut words: Vec<OsString> = vec![self.farm.real("bash").into()];
        words.extend(["-c", SEED, "seed"].map(OsString::from));
        words.extend(self.tops.iter().map(OsString::from));
        words
    }

    fn command(&self, act: Act, (build, release): (&Build, u32)) -> Vec<OsString> {
        const TRANSACT: &str = "db='--dbpath /var/lib/rpm'; names=$1; shift; \
                                rpm $db --define '_tmppath /play/tmp' --nodeps --nosignature \"$@\" </dev/null; \
                                printf '\\036%s\\036' $?; rpm $db --nodeps -V $names </dev/null";
        let names: Vec<&str> = build.iter().map(|carrier| carrier.name.as_str()).collect();
        let mut words: Vec<OsString> = vec![self.farm.real("bash").into()];
        words.extend(["-c", TRANSACT, "rpm"].map(OsString::from));
        words.push(names.join(" ").into());
        words.extend(act.options().iter().map(OsString::from));
        let files = build::files(Path::new("/play/packages"), build, release);
        words.extend(files.into_iter().map(PathBuf::into_os_string));
        words
    }

    fn job(&self, built: &Built, command: Vec<OsString>) -> Job {
        let path = self.scratch.path();
        let mut job = Job::new(command).lending(path.join("play"), "/play");
        job.cwd = PathBuf::from("/");
        job = self.farm.shown(job);
        job = job
            .showing(path.join("play/seed"), "/play/seed")
            .showing(built.folder(), "/play/packages");
        for top in &self.tops {
            job = job.lending(path.join("tree").join(top), format!("/{top}"));
        }
        job
    }
}

fn owned(build: &Build) -> impl Iterator<Item = (&str, u32)> {
    let folders = build.iter().flat_map(|carrier| &carrier.folders);
    folders.map(|(folder, mode)| {
        (
            folder.as_str(),
            u32::from_str_radix(mode, 8).unwrap_or(0o755),
        )
    })
}

const MARK: char = '\u{1e}';

// bash called `sh` is what `/bin/sh` is on the distributions that use rpm.
fn recorder(farm: &Farm) -> String {
    let bash = farm.real("bash").display().to_string();
    format!(
        "#!{bash}\n\
         at=0\n\
         for word; do\n\
         at=$((at+1))\n\
         case $word in\n\
         {TEMPORARY}*)\n\
         n=1; while [ -e \"/play/log/$n\" ]; do n=$((n+1)); done\n\
         next=$((at+1)); {{ printf '%s\\n' \"${{!next-}}\"; printf '%s' \"$(<\"$word\")\"; }} >\"/play/log/$n\"\n\
         break;;\n\
         esac\n\
         done\n\
         exec -a \"${{0##*/}}\" {bash} \"$@\"\n"
    )
}

/// Reads which scriptlets ran. A text tells whose it is; of several that have it the first in rpm's order that has not run yet.
fn calls(log: &Path, old: Option<(&Build, u32)>, new: (&Build, u32)) -> io::Result<Vec<Call>> {
    let mut known: Vec<(&'static str, u32, &str)> = Vec::new();
    for (section, tag) in SECTIONS {
        let leaves = matches!(*tag, "PREUN" | "POSTUN");
        let Some((build, release)) = (if leaves { old } else { Some(new) }) else {
            continue;
        };
        let scriptlets = build
            .iter()
            .filter_map(|carrier| carrier.scriptlets.get(tag));
        known.extend(scriptlets.map(|scriptlet| (*section, release, scriptlet.text.trim_end())));
    }
    let mut calls = Vec::new();
    for number in 1.. {
        let Ok(told) = fs::read(log.join(number.to_string())) else {
            break;
        };
        let told = String::from_utf8_lossy(&told).into_owned();
        let (argument, text) = told.split_once('\n').unwrap_or((&told, ""));
        let at = known
            .iter()
            .position(|(_, _, known)| *known == text.trim_end());
        let (section, release) = at.map_or(("", 0), |at| {
            let (section, release, _) = known.remove(at);
            (section, release)
        });
        calls.push(Call {
            section,
            release,
            argument: argument.to_owned(),
        });
    }
    Ok(calls)
}

/// What rpm and `rpm -V` complain of, told so that two releases of a package say the same.
fn said(stderr: &str, verified: &str) -> BTreeSet<String> {
    let complaints = stderr
        .lines()
        .filter(|line| line.starts_with("warning:") || line.starts_with("error:"));
    let differences = verified.lines().filter(|line| !line.trim().is_empty());
    complaints
        .map(without_release)
        .chain(differences.map(|line| format!("rpm -V: {}", line.trim_end())))
        .collect()
}

// `…-1.2.15-3.noarch` is a package; its release is ours.
fn without_release(line: &str) -> String {
    let mut parts = line.split(".noarch");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let kept = whole
            .trim_end_matches(|sign: char| sign.is_ascii_digit())
            .len();
        whole.truncate(kept);
        whole.push_str("N.noarch");
        whole.push_str(part);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_do_not_tell_complaints_apart() {
        let told = said(
            "warning: %post(x-1.2-3.noarch) scriptlet failed, exit status 1\nD: x\n",
            "missing     /var/x\n\n",
        );
        let told: Vec<_> = told.into_iter().collect();
        assert_eq!(
            told,
            [
                "rpm -V: missing     /var/x",
                "warning: %post(x-1.2-N.noarch) scriptlet failed, exit status 1"
            ]
        );
    }
}
