//! What a sandbox shows of `/etc`: who the user is, and what programs need to start. Knows nothing of namespaces.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{Job, Mount, Scratch};

/// What every private file system shows beside /usr: who the user is, and nothing else of /etc.
#[derive(Debug)]
pub(super) struct Base {
    scratch: Scratch,
}

impl Base {
    /// Writes what a job sees of `/etc`.
    pub(super) fn new() -> io::Result<Self> {
        let scratch = Scratch::in_memory()?;
        fs::create_dir(scratch.path().join("root"))?;
        let etc = scratch.path().join("etc");
        fs::create_dir_all(etc.join("alternatives"))?;
        fs::write(
            etc.join("passwd"),
            "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
        )?;
        fs::write(etc.join("group"), "root:x:0:\nnobody:x:65534:\n")?;
        // Debian's `cc` is a link into /etc/alternatives; the loader's cache finds libraries outside its built-in folders.
        for entry in fs::read_dir("/etc/alternatives")
            .into_iter()
            .flatten()
            .flatten()
        {
            if let Ok(target) = fs::read_link(entry.path()) {
                symlink(target, etc.join("alternatives").join(entry.file_name()))?;
            }
        }
        if Path::new("/etc/ld.so.cache").exists() {
            fs::copy("/etc/ld.so.cache", etc.join("ld.so.cache"))?;
        }
        Ok(Base { scratch })
    }

    /// Returns an empty folder to mount things on.
    pub(super) fn root(&self) -> PathBuf {
        self.scratch.path().join("root")
    }

    /// Returns the mounts for a job: one where nothing of the job's own stands below it: each costs about as much as starting a program.
    pub(super) fn mounts(&self, job: &Job) -> io::Result<Vec<Mount>> {
        let etc = self.scratch.path().join("etc");
        let read_only = |outside: PathBuf, inside: PathBuf| Mount {
            outside,
            inside,
            writable: false,
        };
        let own = |mount: &Mount| mount.inside.starts_with("/etc");
        if job
            .mounts
            .iter()
            .any(|mount| mount.inside == Path::new("/etc"))
        {
            Ok(Vec::new())
        } else if job.mounts.iter().any(own) {
            fs::read_dir(etc)?
                .map(|entry| {
                    entry.map(|entry| {
                        read_only(entry.path(), Path::new("/etc").join(entry.file_name()))
                    })
                })
                .collect()
        } else {
            Ok(vec![read_only(etc, PathBuf::from("/etc"))])
        }
    }
}
