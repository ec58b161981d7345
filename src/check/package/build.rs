//! Packages that carry a spec's own scriptlets and folders, built by the real rpmbuild. Knows no transaction.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::check::sandbox::{Job, Sandbox, Scratch};
use crate::check::spec::{Inserted, Queried, SECTIONS, Scriptlet, packed, record_format};

/// What of a package a transaction of rpm deals with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check) struct Carrier {
    /// Its name.
    pub(super) name: String,
    version: String,
    /// Its scriptlets by tag, as rpm expanded them.
    pub(super) scriptlets: BTreeMap<&'static str, Scriptlet>,
    /// The folders that it owns, with their modes.
    pub(super) folders: BTreeMap<String, String>,
}

/// Packages that are installed together.
pub(in crate::check) type Build = Vec<Carrier>;

impl Carrier {
    /// Takes a package of a spec as rpm reads it; none where the spec has no such package.
    pub(in crate::check) fn of(queried: &Queried, name: &str) -> Option<Self> {
        let package = queried.packages.get(name)?;
        let scriptlets = package.scriptlets.iter();
        Some(Carrier {
            name: name.to_owned(),
            version: version(queried),
            scriptlets: scriptlets
                .filter(|(tag, scriptlet)| {
                    **tag != "VERIFYSCRIPT" && !scriptlet.text.trim().is_empty()
                })
                .map(|(tag, scriptlet)| (*tag, scriptlet.clone()))
                .collect(),
            folders: folders(queried, name),
        })
    }

    /// The spec of a package that carries this, and nothing else.
    fn spec(&self, release: u32) -> String {
        let mut spec = format!(
            "Name: {}\nVersion: {}\nRelease: {release}\nSummary: x\nLicense: x\nBuildArch: noarch\nAutoReqProv: no\n\
             %description\nx\n%install\nmkdir -p '%{{buildroot}}/var/lib/patchwright'\n\
             echo {release} >'%{{buildroot}}/var/lib/patchwright/{}'\n",
            self.name, self.version, self.name
        );
        for folder in self.folders.keys() {
            spec.push_str(&format!("mkdir -p '%{{buildroot}}{folder}'\n"));
        }
        spec.push_str(&format!("%files\n/var/lib/patchwright/{}\n", self.name));
        for (folder, mode) in &self.folders {
            spec.push_str(&format!("%dir %attr({mode},-,-) \"{folder}\"\n"));
        }
        for (section, tag) in SECTIONS {
            if let Some(scriptlet) = self.scriptlets.get(tag) {
                let text = scriptlet.text.replace('%', "%%");
                spec.push_str(&format!("{section} -p {}\n{text}\n", scriptlet.interpreter));
            }
        }
        spec
    }
}

// A version that rpm would not write itself is of no use in a spec.
fn version(queried: &Queried) -> String {
    let written = queried
        .parsed
        .iter()
        .find_map(|line| line.strip_prefix("Version:"));
    let written = written.map(str::trim).filter(|version| {
        let sound = |sign: char| sign.is_ascii_alphanumeric() || "._~^+".contains(sign);
        !version.is_empty() && version.chars().all(sound)
    });
    written.unwrap_or("1").to_owned()
}

/// The folders that a package owns where a case may lay things out: `%dir` lines of its `%files`, with the mode of `%attr`.
fn folders(queried: &Queried, name: &str) -> BTreeMap<String, String> {
    let mut folders = BTreeMap::new();
    let mut inside = false;
    for line in &queried.parsed {
        let first = line.split_whitespace().next().unwrap_or_default();
        if first == "%files" {
            let header = Inserted {
                header: line.clone(),
                text: String::new(),
            };
            inside = header.package(&queried.name) == name;
        } else if is_section(first) {
            inside = false;
        } else if inside && line.contains("%dir") {
            let path = line.split_whitespace().next_back().unwrap_or_default();
            let path = path.trim_matches('"').trim_end_matches('/');
            if is_plain(path) && crate::series::scriptlet::is_own(path) {
                folders.insert(path.to_owned(), mode(line));
            }
        }
    }
    folders
}

fn is_section(word: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "%package",
        "%description",
        "%prep",
        "%build",
        "%install",
        "%check",
        "%clean",
        "%changelog",
        "%conf",
    ];
    OTHERS.contains(&word)
        || SECTIONS.iter().any(|(section, _)| *section == word)
        || word.starts_with("%trigger")
        || word.starts_with("%filetrigger")
        || word.starts_with("%transfiletrigger")
}

fn is_plain(path: &str) -> bool {
    path.chars()
        .all(|sign| sign.is_ascii_alphanumeric() || "/._-+@".contains(sign))
}

fn mode(line: &str) -> String {
    let written = line.split_once("%attr(").map(|(_, rest)| rest);
    let written = written
        .and_then(|rest| rest.split([',', ')']).next())
        .map(str::trim);
    let sound = |mode: &&str| {
        !mode.is_empty()
            && mode.len() <= 4
            && mode.bytes().all(|sign| (b'0'..=b'7').contains(&sign))
    };
    written.filter(sound).unwrap_or("0755").to_owned()
}

/// Packages that were built; they are gone when this is dropped.
pub(super) struct Built {
    scratch: Scratch,
}

impl Built {
    /// Builds each with its release; the packages must carry what the spec's do.
    ///
    /// # Errors
    /// The sandbox could not be used; the inner error tells why there are no such packages.
    pub(super) fn new(
        sandbox: &Sandbox,
        builds: &[(&Build, u32)],
    ) -> io::Result<Result<Self, String>> {
        let scratch = Scratch::in_memory()?;
        let all: Vec<(&Carrier, u32)> = builds
            .iter()
            .flat_map(|(build, release)| build.iter().map(|carrier| (carrier, *release)))
            .collect();
        fs::create_dir(scratch.path().join("packages"))?;
        fs::write(scratch.path().join("packages/none"), "")?;
        for (carrier, release) in &all {
            let name = format!("{}.spec", file(&carrier.name, *release));
            fs::write(scratch.path().join(name), carrier.spec(*release))?;
        }
        let built = Built { scratch };
        let ran = sandbox.run(&built.job(&all))?;
        if ran.status != 0 || ran.stopped.is_some() {
            let told = String::from_utf8_lossy(&ran.stderr);
            let line = told.lines().find(|line| line.starts_with("error:"));
            let line = line.unwrap_or("rpmbuild says nothing").to_owned();
            return Ok(Err(format!(
                "rpmbuild makes no package of the scriptlets: {line}"
            )));
        }
        let stdout = String::from_utf8_lossy(&ran.stdout);
        let Some(records) = packed(&stdout).filter(|records| records.len() == all.len()) else {
            return Ok(Err(
                "the packages answer in an unknown form what they carry".to_owned(),
            ));
        };
        for ((carrier, _), package) in all.iter().zip(records) {
            for (tag, scriptlet) in &carrier.scriptlets {
                let found = package.scriptlets.get(tag);
                if found.map(|found| found.text.trim_end()) != Some(scriptlet.text.trim_end()) {
                    let name = &carrier.name;
                    return Ok(Err(format!(
                        "the package of `{name}` carries another {tag} than the spec"
                    )));
                }
            }
        }
        Ok(Ok(built))
    }

    /// Returns the folder of the packages.
    pub(super) fn folder(&self) -> PathBuf {
        self.scratch.path().join("packages")
    }

    fn job(&self, all: &[(&Carrier, u32)]) -> Job {
        // What rpmbuild says of its work goes where errors do; the answer of the packages stands alone.
        const BUILD: &str = "format=$1; count=$2; shift 2; rpmbuild \"$@\" >&2 </dev/null || exit; \
                             while [ \"$count\" -lt $# ]; do shift; done; \
                             for spec; do set -- \"$@\" \"/rpm/packages/${spec%.spec}.rpm\"; shift; done; \
                             rpm --dbpath /tmp/rpmdb -qp --nosignature --qf \"$format\" \"$@\" </dev/null";
        let mut words: Vec<String> = ["/bin/sh", "-c", BUILD, "sh"].map(str::to_owned).into();
        words.push(record_format());
        words.push(all.len().to_string());
        words.extend(["-bb".to_owned(), "--nodeps".to_owned()]);
        for define in [
            "_topdir /tmp/rpmbuild",
            "_dbpath /tmp/rpmdb",
            "_tmppath /tmp",
            "_rpmdir /rpm/packages",
            "_rpmfilename %%{NAME}-%%{RELEASE}.rpm",
            "_build_id_links none",
            "_build_name_fmt %%{NAME}-%%{RELEASE}.rpm",
            "__os_install_post %{nil}",
            "debug_package %{nil}",
            "_buildhost localhost",
            // Nothing is read back but by rpm at once.
            "_binary_payload w0.gzdio",
        ] {
            words.extend(["--define".to_owned(), define.to_owned()]);
        }
        let specs = all.iter();
        words.extend(specs.map(|(carrier, release)| file(&carrier.name, *release) + ".spec"));
        let mut job = Job::new(words).lending(self.scratch.path(), "/rpm");
        job.cwd = PathBuf::from("/rpm");
        job
    }
}

/// The name of a package's file, without its ending.
pub(super) fn file(name: &str, release: u32) -> String {
    format!("{name}-{release}")
}

/// Where the packages of a build stand below `folder`.
pub(super) fn files(folder: &Path, build: &Build, release: u32) -> Vec<PathBuf> {
    let names = build.iter().map(|carrier| file(&carrier.name, release));
    names
        .map(|name| folder.join(format!("{name}.rpm")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queried(lines: &[&str]) -> Queried {
        Queried {
            name: "x".to_owned(),
            packages: BTreeMap::new(),
            parsed: lines.iter().map(|&line| line.to_owned()).collect(),
            errors: Vec::new(),
            expanded: None,
        }
    }

    #[test]
    fn folders_of_a_package_are_those_of_its_own_files_outside_the_system() {
        let queried = queried(&[
            "Version: 1.2",
            "%files daemon",
            "%dir %attr(0750, qemu, qemu) /var/cache/x/",
            "%dir /usr/lib/x",
            "%dir /var/lib/it's",
            "/var/lib/file",
            "%files",
            "%dir /var/lib/main",
            "%changelog",
            "%dir /var/lib/none",
        ]);
        let found = folders(&queried, "x-daemon");
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("/var/cache/x".to_owned(), "0750".to_owned())]
        );
        assert_eq!(folders(&queried, "x").len(), 1);
        assert_eq!(version(&queried), "1.2");
    }
}
