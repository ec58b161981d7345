//! Starts a command, reads what it says within a limit, ends it when its time is over. Knows nothing of sandboxes.

use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use wait_timeout::ChildExt;

use crate::lock::locked;

use super::usage::Usage;
use super::{Limits, Ran};

// Whatever holds a stream open longer than this after the job's end is not part of it any more.
const GRACE: Duration = Duration::from_secs(2);
// How often it is looked what a job uses; most are over by then.
const LOOK: Duration = Duration::from_millis(50);

/// Runs `command`, which says that it is there by a line feed on its standard output, and then waits for one on its standard input.
///
/// Before it is answered `hold` is told the process that was started; where that fails it is not, and the error is returned.
/// Nothing else is on either stream but what the job says.
///
/// The command's own process group is killed at the end where `group` is set; else killing the command must end all it started.
/// What it uses is looked at while it runs; `lent` are the folders that it may write to.
pub(super) fn run(
    command: &mut Command,
    hold: impl FnOnce(u32) -> io::Result<()> + Send + 'static,
    limits: &Limits,
    lent: &[PathBuf],
    group: bool,
) -> io::Result<Ran> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let stdout = child.stdout.take().zip(child.stdin.take());
    let stdout = stdout.map(|(stream, answer)| {
        let process = child.id();
        Stream::read(stream, limits.output, move |stream| {
            answered(stream, || hold(process), answer)
        })
    });
    let stderr = child.stderr.take();
    let stderr = stderr.map(|stream| Stream::read(stream, limits.output, |_| Ok(())));
    let (ended, over) = wait(&mut child, limits, lent)?;
    if over.is_some() {
        child.kill()?;
    }
    if group {
        kill_group(child.id());
    }
    let status = match ended {
        Some(status) => status,
        None => child.wait()?,
    };
    let (stdout, stdout_dropped) = stdout.map(Stream::finish).transpose()?.unwrap_or_default();
    let (stderr, stderr_dropped) = stderr.map(Stream::finish).transpose()?.unwrap_or_default();
    let status = number(status);
    Ok(Ran {
        status,
        stdout,
        stderr,
        dropped: stdout_dropped + stderr_dropped,
        stopped: over.or_else(|| stopped_by(status)),
    })
}

/// Waits for the end, or for the limit that is passed first.
fn wait(
    child: &mut Child,
    limits: &Limits,
    lent: &[PathBuf],
) -> io::Result<(Option<ExitStatus>, Option<&'static str>)> {
    let begun = Instant::now();
    let mut usage = Usage::new(limits, lent);
    loop {
        let left = limits.time.saturating_sub(begun.elapsed());
        if let Some(status) = child.wait_timeout(left.min(LOOK))? {
            return Ok((Some(status), None));
        }
        if begun.elapsed() >= limits.time {
            return Ok((None, Some("time")));
        }
        if let over @ Some(_) = usage.exceeded(child.id()) {
            return Ok((None, over));
        }
    }
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

// One that ends before it is there, or before it is answered, is told by its status.
fn answered(
    said: &mut impl Read,
    hold: impl FnOnce() -> io::Result<()>,
    mut answer: impl Write,
) -> io::Result<()> {
    if said.read_exact(&mut [0]).is_ok() {
        hold()?;
        let _ = answer.write_all(b"\n");
    }
    Ok(())
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
    done: Receiver<io::Result<()>>,
}

impl Stream {
    fn read<R: Read + Send + 'static>(
        mut from: R,
        limit: usize,
        before: impl FnOnce(&mut R) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (finished, done) = channel();
        let shared = Arc::clone(&kept);
        thread::spawn(move || {
            let begun = before(&mut from);
            let mut block = vec![0; 64 << 10];
            while let Ok(count @ 1..) = from.read(&mut block) {
                let mut kept = locked(&shared);
                let room = limit.saturating_sub(kept.bytes.len()).min(count);
                kept.bytes.extend_from_slice(&block[..room]);
                kept.dropped += (count - room) as u64;
            }
            // Nobody listens any more where the grace is over.
            let _ = finished.send(begun);
        });
        Stream { kept, done }
    }

    fn finish(self) -> io::Result<(Vec<u8>, u64)> {
        match self.done.recv_timeout(GRACE) {
            Ok(begun) => begun?,
            // The reader drops its end when it is done; a timeout means that something still holds the stream.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        let mut kept = locked(&self.kept);
        Ok((std::mem::take(&mut kept.bytes), kept.dropped))
    }
}
