//! What a running job uses of the machine, read from `/proc` (proc(5)) and from the folders lent to it. Ends nothing.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Limits;

// Reading a folder takes longer than reading a few files of /proc.
const BETWEEN_FOLDERS: Duration = Duration::from_millis(250);
// More files than this take room that no size tells.
const MOST_FILES: usize = 300_000;
// What is deleted and still open is in no folder; it shows as room that is gone.
const ROOM_FACTOR: u64 = 16;

/// What is looked at while a job runs.
pub(super) struct Usage<'u> {
    limits: &'u Limits,
    lent: &'u [PathBuf],
    /// Free bytes where the folders are, when the job began.
    room: Vec<u64>,
    looked: Instant,
}

impl<'u> Usage<'u> {
    /// Begins to look; `lent` are the folders that the job may write to.
    pub(super) fn new(limits: &'u Limits, lent: &'u [PathBuf]) -> Self {
        Usage {
            limits,
            lent,
            room: lent.iter().map(|folder| room(folder).0).collect(),
            looked: Instant::now(),
        }
    }

    /// Returns the limit that the job with this process at its root is over, if it is over one.
    pub(super) fn exceeded(&mut self, root: u32) -> Option<&'static str> {
        let processes = self.limits.processes as usize;
        let (mut tasks, mut memory) = (0, 0);
        let mut left = vec![root];
        // What goes away while it is looked at counts for nothing.
        while let Some(process) = left.pop() {
            let folder = format!("/proc/{process}/task");
            for task in fs::read_dir(&folder).into_iter().flatten().flatten() {
                tasks += 1;
                left.extend(children(&task.path()).unwrap_or_default());
            }
            memory += resident(process);
            // Some of those that are held to the number end while it is counted.
            if tasks * 16 >= processes * 15 {
                return Some("processes");
            }
            if memory > self.limits.memory {
                return Some("memory");
            }
        }
        if self.looked.elapsed() < BETWEEN_FOLDERS {
            return None;
        }
        let full = self.is_full();
        self.looked = Instant::now();
        full.then_some("disk")
    }

    fn is_full(&self) -> bool {
        let (mut bytes, mut files) = (0, 0);
        let mut left = self.lent.to_vec();
        while let Some(folder) = left.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let Ok(meta) = entry.metadata() else { continue };
                files += 1;
                // A block is 512 bytes here, whatever the file system has (inode(7)).
                bytes += meta.blocks() * 512;
                if meta.is_dir() {
                    left.push(entry.path());
                }
            }
            if bytes > self.limits.disk || files > MOST_FILES {
                return true;
            }
        }
        let taken = self.limits.disk.saturating_mul(ROOM_FACTOR);
        self.lent.iter().zip(&self.room).any(|(folder, before)| {
            let (free, all) = room(folder);
            before.saturating_sub(free) > taken && free < all / 10
        })
    }
}

/// Returns the processes that a thread started, given its folder below `/proc`.
pub(super) fn children(task: &Path) -> io::Result<Vec<u32>> {
    let told = fs::read_to_string(task.join("children"))?;
    let told = told.split_whitespace();
    Ok(told.filter_map(|child| child.parse().ok()).collect())
}

/// The memory that is a process's own, in bytes.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let anonymous = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    anonymous.unwrap_or(0) * 1024
}

/// Returns the free bytes and all bytes of the file system that holds a folder; where that can't be told, none is ever missing.
pub(super) fn room(folder: &Path) -> (u64, u64) {
    rustix::fs::statvfs(folder).map_or((u64::MAX, 0), |told| {
        (
            told.f_bavail.saturating_mul(told.f_frsize),
            told.f_blocks.saturating_mul(told.f_frsize),
        )
    })
}
