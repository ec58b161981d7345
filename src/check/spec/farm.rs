//! The machine's programs as a scriptlet finds them: the real ones, some wrapped, some stood in for by one that succeeds. Runs nothing.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::check::sandbox::Job;
use crate::check::tool;

// The folders whose programs are stood in for.
const PROGRAMS: [&str; 4] = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"];
// Beside the links to them.
const WRAPPER: &str = ".patchwright-wrapper";
const STUB: &str = ".patchwright-stub";

/// Folders of links: to the real program, to the wrapper, or to the stub; each is shown in the place of a folder of programs.
#[derive(Debug)]
pub(in crate::check) struct Farm(Vec<(PathBuf, &'static str)>);

impl Farm {
    /// Plants one below `root`: `stubs` do nothing and succeed, the programs named in `wrapped` are the script that `wrapper` writes.
    pub(in crate::check) fn plant(
        root: &Path,
        stubs: &BTreeSet<String>,
        wrapped: &BTreeSet<String>,
        wrapper: &dyn Fn(&Farm) -> String,
    ) -> io::Result<Self> {
        let real = PROGRAMS.into_iter().filter(|folder| {
            let meta = Path::new(folder).symlink_metadata();
            meta.is_ok_and(|meta| meta.is_dir())
        });
        let farm = Farm(
            real.map(|folder| (root.join("farm").join(&folder[1..]), folder))
                .collect(),
        );
        let stub = format!("#!{}\nexit 0\n", farm.real("sh").display());
        let wrapper = wrapper(&farm);
        for (farm, folder) in &farm.0 {
            fs::create_dir_all(farm)?;
            program(&farm.join(WRAPPER), &wrapper)?;
            program(&farm.join(STUB), &stub)?;
            for entry in fs::read_dir(folder)? {
                let name = entry?.file_name();
                let target = match name.to_str() {
                    Some(name) if stubs.contains(name) => continue,
                    Some(name) if wrapped.contains(name) => PathBuf::from(WRAPPER),
                    _ => Path::new("/play/real").join(&folder[1..]).join(&name),
                };
                symlink(target, farm.join(name))?;
            }
            for stub in stubs {
                symlink(STUB, farm.join(stub))?;
            }
        }
        Ok(farm)
    }

    /// Returns where the real programs are inside.
    pub(in crate::check) fn folders(&self) -> Vec<String> {
        let folders = self.0.iter();
        folders
            .map(|(_, folder)| format!("/play/real{folder}"))
            .collect()
    }

    /// Returns where the real program of that name is inside, or its name where there is none.
    pub(in crate::check) fn real(&self, name: &str) -> PathBuf {
        let folders = self.0.iter();
        folders
            .map(|(_, folder)| Path::new(folder).join(name))
            .find(|path| path.exists())
            .map_or_else(
                || PathBuf::from(name),
                |path| PathBuf::from(format!("/play/real{}", path.display())),
            )
    }

    /// Shows the farm to a job that has a folder of its own at `/play`.
    pub(in crate::check) fn shown(&self, mut job: Job) -> Job {
        // One mount shows both folders below /usr.
        let tops: BTreeSet<&str> = self
            .0
            .iter()
            .map(|(_, folder)| &folder[..folder[1..].find('/').map_or(folder.len(), |at| at + 1)])
            .collect();
        for top in tops {
            job = job.showing(top, format!("/play/real{top}"));
        }
        for (farm, folder) in &self.0 {
            job = job.showing(farm, *folder);
        }
        job
    }
}

/// Returns what is stood in for: the programs that are named, and every one that a text names by its full path and this machine lacks.
pub(in crate::check) fn stubs(named: &[String], texts: &[&str]) -> BTreeSet<String> {
    let mut stubs: BTreeSet<String> = named.iter().cloned().collect();
    for text in texts {
        for word in text.split(|sign: char| !is_word(sign) && sign != '/') {
            if let Some((folder, name)) = word.rsplit_once('/')
                && PROGRAMS.contains(&folder)
                && !name.is_empty()
                && tool::find(name).is_none()
            {
                stubs.insert(name.to_owned());
            }
        }
    }
    stubs
}

/// Returns whether a sign may be part of a program's name.
pub(in crate::check) fn is_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || "_.+-[".contains(sign)
}

/// Writes a program.
pub(in crate::check) fn program(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}
