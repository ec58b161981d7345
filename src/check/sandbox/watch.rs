//! Starts a command, reads what it says within a limit, ends it when its time is over. Knows nothing of sandboxes.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use wait_timeout::ChildExt;

use super::{Limits, Ran};

// Whatever holds a stream open longer than this after the job's end is not part of it any more.
const GRACE: Duration = Duration::from_secs(2);

/// Runs `command` with nothing on its standard input.
///
/// The command's own process group is killed at the end where `group` is set; else killing the command must end all it started.
pub(super) fn run(command: &mut Command, limits: &Limits, group: bool) -> io::Result<Ran> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let stdout = child
        .stdout
        .take()
        .map(|stream| Stream::read(stream, limits.output));
    let stderr = child
        .stderr
        .take()
        .map(|stream| Stream::read(stream, limits.output));
    let ended = child.wait_timeout(limits.time)?;
    if group {
        kill_group(child.id());
    }
    let status = match ended {
        Some(status) => status,
        None => {
            child.kill()?;
            child.wait()?
        }
    };
    let (stdout, stdout_dropped) = stdout.map(Stream::finish).unwrap_or_default();
    let (stderr, stderr_dropped) = stderr.map(Stream::finish).unwrap_or_default();
    let status = number(status);
    Ok(Ran {
        status,
        stdout,
        stderr,
        dropped: stdout_dropped + stderr_dropped,
        stopped: if ended.is_none() {
            Some("time")
        } else {
            stopped_by(status)
        },
    })
}

fn number(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(-1)
}

// signal(7): SIGXCPU is 24 and SIGXFSZ is 25 on x86, ARM and most others.
fn stopped_by(status: i32) -> Option<&'static str> {
    match status {
        152 => Some("processor time"),
        153 => Some("file size"),
        _ => None,
    }
}

fn kill_group(leader: u32) {
    // The standard library can kill one process only.
    let _ = Command::new("/bin/sh")
        .args(["-c", "kill -KILL \"-$1\"", "sh", &leader.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    dropped: u64,
}

struct Stream {
    kept: Arc<Mutex<Kept>>,
    done: Receiver<()>,
}

impl Stream {
    fn read(mut from: impl Read + Send + 'static, limit: usize) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (finished, done) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let mut block = vec![0; 64 << 10];
            while let Ok(count @ 1..) = from.read(&mut block) {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let room = limit.saturating_sub(kept.bytes.len()).min(count);
                kept.bytes.extend_from_slice(&block[..room]);
                kept.dropped += (count - room) as u64;
            }
            // Nobody listens any more where the grace is over.
            let _ = finished.send(());
        });
        Stream { kept, done }
    }

    fn finish(self) -> (Vec<u8>, u64) {
        // The reader drops its end when it is done; a timeout means that something still holds the stream.
        let (Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)) =
            self.done.recv_timeout(GRACE);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut kept.bytes), kept.dropped)
    }
}
