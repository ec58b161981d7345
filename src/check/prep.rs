//! What `rpmbuild -bp` makes of a package: the source, unpacked and with the patches of its spec. It runs in the sandbox, as `%prep`
//! and every macro of a spec run shell. Knows nothing of a series.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::inquiry::Place;
use super::sandbox::{Job, Limits, Ran, Sandbox, Scratch};
use super::tool;
use crate::text::Problem;

/// A package as its repository has it.
#[derive(Clone, Debug)]
pub struct Package {
    /// File name of the spec.
    pub name: String,
    /// The spec.
    pub spec: Vec<u8>,
    /// The files beside it, by name.
    pub files: Vec<(String, Vec<u8>)>,
    /// Where sources lie that are not among them: the first folder that has one, or a file of that name.
    pub places: Vec<PathBuf>,
}

/// An unpacked source; it is gone when this is dropped.
#[derive(Debug)]
pub struct Unpacked {
    _scratch: Scratch,
    root: PathBuf,
}

/// The problems that unpacking can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "source-not-unpacked",
        "`rpmbuild -bp` does not make a source tree of the packaging repository.",
        "Make it work there, or name the unpacked tree with `--source DIR`.",
    ),
    (
        "source-missing",
        "A source or a patch that the spec names is not there.",
        "Bring it into the folder with the spec (`fedpkg sources` or `spectool -g`), or name it with `--source`.",
    ),
    (
        "source-no-rpmbuild",
        "Without rpm's own tools and a sandbox nothing can unpack a source as its spec says.",
        "Install them, or name the unpacked tree with `--source DIR`.",
    ),
];

impl Unpacked {
    /// Returns the folder of the source: the one that `%prep` ends in.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

const HELP: &str = "make `rpmbuild -bp` work there, or name the unpacked tree with --source DIR";

/// Unpacks a package as `rpmbuild -bp` does, without what it needs for building.
///
/// # Errors
/// A problem with one of [`CODES`].
pub fn unpack(place: &Place, package: &Package) -> Result<Unpacked, Problem> {
    let sandbox = place.as_ref().map_err(|unavailable| {
        Problem::new(
            "source-no-rpmbuild",
            format!("can't run `rpmbuild -bp`: {}", unavailable.reason),
        )
        .help(format!(
            "{}, or name the unpacked tree with --source DIR",
            unavailable.how
        ))
    })?;
    for name in ["rpmbuild", "rpmspec"] {
        if tool::find(name).is_none() {
            let problem = format!("can't unpack the source: there is no `{name}` on this machine");
            let how = tool::how_to_get(name);
            return Err(Problem::new("source-no-rpmbuild", problem).help(format!(
                "{how}, or name the unpacked tree with --source DIR"
            )));
        }
    }
    let workshop = Workshop::open(sandbox, package).map_err(|error| broken(&error))?;
    let named = workshop.sources()?;
    workshop.unpack(&named)
}

/// A topdir of rpm, and what works on it.
struct Workshop<'w> {
    sandbox: &'w Sandbox,
    package: &'w Package,
    scratch: Scratch,
    inside: PathBuf,
}

impl<'w> Workshop<'w> {
    fn open(sandbox: &'w Sandbox, package: &'w Package) -> io::Result<Self> {
        let scratch = Scratch::new()?;
        for folder in ["SPECS", "SOURCES", "BUILD", "tmp"] {
            fs::create_dir(scratch.path().join(folder))?;
        }
        fs::write(
            scratch.path().join("SPECS").join(&package.name),
            &package.spec,
        )?;
        for (name, bytes) in &package.files {
            fs::write(scratch.path().join("SOURCES").join(name), bytes)?;
        }
        let inside = sandbox.place(scratch.path(), "/rpm");
        Ok(Workshop {
            sandbox,
            package,
            scratch,
            inside,
        })
    }

    /// Returns the file names of all that the spec names as source or patch.
    fn sources(&self) -> Result<Vec<String>, Problem> {
        let query = [
            "rpmspec",
            "-q",
            "--srpm",
            "--qf",
            "[%{SOURCE}\\n][%{PATCH}\\n]",
        ];
        let ran = self.run(self.job(&query))?;
        if ran.status != 0 {
            return Err(refused("can't read the spec", &ran));
        }
        let names = String::from_utf8_lossy(&ran.stdout);
        let names = names.lines().map(str::trim).filter(|name| !name.is_empty());
        Ok(names.map(str::to_owned).collect())
    }

    fn unpack(self, named: &[String]) -> Result<Unpacked, Problem> {
        let mut job = self.job(&["rpmbuild", "-bp", "--nodeps"]);
        for name in named {
            let stands = self.scratch.path().join("SOURCES").join(name);
            if stands.exists() {
                continue;
            }
            let found = self.find(name)?;
            if self.sandbox.is_private() {
                fs::write(&stands, "").map_err(|error| broken(&error))?;
                job = job.showing(found, self.inside.join("SOURCES").join(name));
            } else {
                link(&found, &stands).map_err(|error| broken(&error))?;
            }
        }
        let ran = self.run(job)?;
        if let Some(limit) = ran.stopped {
            let message = format!("`rpmbuild -bp` was ended by its limit of {limit}");
            return Err(Problem::new("source-not-unpacked", message).help(HELP));
        }
        if ran.status != 0 {
            return Err(refused("`rpmbuild -bp` fails", &ran));
        }
        let root = root(&self.scratch.path().join("BUILD"), &ran)
            .ok_or_else(|| refused("`rpmbuild -bp` leaves no single source tree", &ran))?;
        Ok(Unpacked {
            _scratch: self.scratch,
            root,
        })
    }

    fn find(&self, name: &str) -> Result<PathBuf, Problem> {
        let candidates = self.package.places.iter().map(|place| {
            if place.file_name().is_some_and(|file| file == name) && place.is_file() {
                place.clone()
            } else {
                place.join(name)
            }
        });
        let found = candidates.filter_map(|path| path.canonicalize().ok());
        found
            .into_iter()
            .find(|path| path.is_file())
            .ok_or_else(|| {
                let places: Vec<String> = self
                    .package
                    .places
                    .iter()
                    .map(|place| format!("`{}`", place.display()))
                    .collect();
                let message = format!(
                    "`{name}`, which the spec names, is not in {}",
                    places.join(" or ")
                );
                Problem::new("source-missing", message).help(
                    "bring it there (`fedpkg sources`, `spectool -g`), or name it with --source",
                )
            })
    }

    /// A command with the topdir's macros, and the spec at its end.
    fn job(&self, command: &[&str]) -> Job {
        let top = self.inside.display().to_string();
        let mut words: Vec<OsString> = command.iter().map(OsString::from).collect();
        for define in [
            format!("_topdir {top}"),
            format!("_sourcedir {top}/SOURCES"),
            format!("_specdir {top}/SPECS"),
            format!("_builddir {top}/BUILD"),
            format!("_tmppath {top}/tmp"),
            format!("_dbpath {top}/tmp/rpmdb"),
        ] {
            words.extend(["--define".into(), define.into()]);
        }
        words.push(self.inside.join("SPECS").join(&self.package.name).into());
        let mut job = Job::new(words).lending(self.scratch.path(), &self.inside);
        job.limits = Limits {
            time: Duration::from_secs(300),
            memory: 4 << 30,
            disk: 4 << 30,
            ..Limits::default()
        };
        job
    }

    fn run(&self, job: Job) -> Result<Ran, Problem> {
        self.sandbox.run(&job).map_err(|error| broken(&error))
    }
}

/// Returns the folder that `%prep` ended in: the only one, or the last that the shell said it entered. A newer rpm (4.20) has
/// one for each package in between.
fn root(build: &Path, ran: &Ran) -> Option<PathBuf> {
    // What ran there may have put a link in its place.
    if build.is_symlink() {
        return None;
    }
    let folders: Vec<PathBuf> = fs::read_dir(build)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir() && !path.is_symlink())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.ends_with("SPECPARTS") && name != "BUILDROOT"
        })
        .collect();
    match folders.as_slice() {
        [one] if one.to_string_lossy().ends_with("-build") => root(one, ran),
        [one] => Some(one.clone()),
        _ => {
            let told = String::from_utf8_lossy(&ran.stderr);
            let entered = told
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix("+ cd "))?;
            let name = Path::new(entered.trim_matches('\'')).file_name()?;
            folders
                .into_iter()
                .find(|path| path.file_name() == Some(name))
        }
    }
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(|_| ())
}

fn broken(error: &io::Error) -> Problem {
    Problem::new(
        "source-not-unpacked",
        format!("can't unpack the source: {error}"),
    )
    .help(HELP)
}

/// A problem with the last lines that a tool said, but for those that only trace what it ran.
fn refused(what: &str, ran: &Ran) -> Problem {
    const SHOWN: usize = 6;
    let both = [&ran.stdout[..], &ran.stderr[..]].concat();
    let told = String::from_utf8_lossy(&both);
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with('+') && !line.trim().is_empty())
        .collect();
    let last = lines[lines.len().saturating_sub(SHOWN)..].join("\n  ");
    Problem::new("source-not-unpacked", format!("{what}:\n  {last}")).help(HELP)
}
