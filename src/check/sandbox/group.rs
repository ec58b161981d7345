//! A control group (cgroups(7)) that holds a job to its number of processes, where the superuser starts it: `ulimit` does not hold what
//! belongs to the superuser. Knows nothing of sandboxes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use super::mounted;
use super::usage::children;

/// Where groups can be made; nowhere where the user is not the superuser, or may not.
#[derive(Debug)]
pub(super) struct Groups(Option<PathBuf>);

/// A group; it is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Group(PathBuf);

const NAME: &str = "patchwright-";

impl Groups {
    /// Finds out.
    pub(super) fn find() -> Self {
        if !rustix::process::geteuid().is_root() {
            return Groups(None);
        }
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let place = places(&own).into_iter().find(|place| {
            let groups = Groups(Some(place.clone()));
            groups.make(16).is_some_and(|group| group.takes().is_ok())
        });
        place.iter().for_each(|place| sweep(place));
        Groups(place)
    }

    /// Makes a group for so many processes and threads; none where none can be made.
    pub(super) fn make(&self, processes: u32) -> Option<Group> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{NAME}{}-{number}", std::process::id());
        let group = Group(self.0.as_ref()?.join(name));
        fs::create_dir(&group.0).ok()?;
        fs::write(group.0.join("pids.max"), processes.to_string()).ok()?;
        Some(group)
    }
}

/// Removes the groups of runs that were killed and could not.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let run = name.to_str().and_then(|name| name.strip_prefix(NAME));
        let run = run.and_then(|rest| rest.split('-').next());
        if run.is_some_and(|run| !Path::new("/proc").join(run).exists()) {
            // One with processes in it stays.
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// The folders of groups to try: beside the own one, whose processes a group with children may not have, and in it.
fn places(own: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for line in own.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else {
            continue;
        };
        let root = if controllers.is_empty() {
            mounted::of_kind("cgroup2", "")
        } else if controllers.split(',').any(|name| name == "pids") {
            mounted::of_kind("cgroup", "pids")
        } else {
            None
        };
        let Some(root) = root else { continue };
        let own = root.join(path.trim_start_matches('/'));
        if let Some(above) = own.parent().filter(|above| above.starts_with(&root)) {
            all.push(above.to_owned());
        }
        all.push(own);
    }
    all
}

impl Group {
    /// Takes in the youngest of the process and its descendants, one line of them: the one that has not begun with the job yet.
    pub(super) fn take(&self, process: u32) -> io::Result<()> {
        let mut youngest = process;
        while let Some(child) = started_by(youngest)?.first() {
            youngest = *child;
        }
        fs::write(self.0.join("cgroup.procs"), youngest.to_string())
    }

    fn takes(&self) -> io::Result<()> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "read -r go"])
            .stdin(Stdio::piped())
            .spawn()?;
        let taken = self.take(child.id());
        // Its standard input is closed first.
        child.wait().and(taken)
    }
}

/// Returns the processes that the first thread of a process started.
fn started_by(process: u32) -> io::Result<Vec<u32>> {
    children(&PathBuf::from(format!("/proc/{process}/task/{process}")))
}

impl Drop for Group {
    fn drop(&mut self) {
        // The kernel may still be at work on the last of its processes.
        for wait in [0, 1, 5, 20, 100] {
            thread::sleep(Duration::from_millis(wait));
            if fs::remove_dir(&self.0).is_ok() || !Path::new(&self.0).exists() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_the_controller_names_no_place() {
        assert_eq!(places("1:cpu:/\nbroken\n"), Vec::<PathBuf>::new());
    }

    #[test]
    fn the_groups_of_runs_that_are_over_are_swept_and_others_stay() {
        let place = tempfile::tempdir().unwrap();
        let own = format!("patchwright-{}-0", std::process::id());
        for name in ["patchwright-4194399-0", &own, "user.slice"] {
            fs::create_dir(place.path().join(name)).unwrap();
        }
        sweep(place.path());
        let left = |name: &str| place.path().join(name).exists();
        assert!(!left("patchwright-4194399-0") && left(&own) && left("user.slice"));
    }

    #[test]
    fn a_group_holds_the_number_of_processes_and_is_gone_afterwards() {
        let groups = Groups::find();
        let Some(group) = groups.make(5) else {
            println!("skipped: no group of processes can be made here");
            return;
        };
        let many = Command::new("/bin/sh")
            .args([
                "-c",
                "sh -c 'read -r go; for n in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'; exit $?",
            ])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The shell within has to be there.
        while started_by(many.id()).unwrap().is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        group.take(many.id()).unwrap();
        let output = many.wait_with_output().unwrap();
        assert!(!output.status.success(), "{output:?}");
        let path = group.0.clone();
        drop(group);
        assert!(!path.exists());
    }
}
