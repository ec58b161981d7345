//! Objects read through the installed git, where libgit2 can't open the repository or would read it otherwise. Fetches nothing.
//!
//! Format facts: `git help cat-file`, "Batch output".

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::lock::locked;

use super::fault::Fault;
use super::object::Kind;
use super::opening::Search;
use super::tree::LARGEST;

/// A repository that the installed git reads.
pub(super) struct Installed {
    dir: PathBuf,
    search: Search,
    /// Processes that nobody asks just now.
    idle: Mutex<Vec<Reader>>,
}

/// A `git cat-file --batch` that waits for names.
struct Reader {
    child: Child,
    names: Option<ChildStdin>,
    objects: BufReader<ChildStdout>,
}

/// An object under the name that was asked for.
pub(super) struct Answer {
    /// Its id in hex.
    pub(super) id: String,
    /// What it is; `None` for a tag.
    pub(super) kind: Option<Kind>,
    /// Its content.
    pub(super) bytes: Arc<[u8]>,
}

impl Installed {
    /// Makes a reader of the repository at `dir`, or around it where it is searched for upward.
    ///
    /// # Errors
    /// What git says where it can't open it; that there is none, where no git is installed.
    pub(super) fn open(dir: &Path, search: Search) -> Result<Self, String> {
        let full = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        let mut command = command(search);
        if search == Search::Here {
            command.env("GIT_CEILING_DIRECTORIES", full.parent().unwrap_or(&full));
        }
        let output = command
            .arg("-C")
            .arg(&full)
            .args(["rev-parse", "--absolute-git-dir"])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("no git is installed that could read it: {error}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(said.trim().trim_start_matches("fatal: ").to_owned());
        }
        let path = String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned();
        Ok(Installed {
            dir: PathBuf::from(path),
            search,
            idle: Mutex::default(),
        })
    }

    /// Runs a git that only tells, and returns what it prints; `None` where it fails.
    pub(super) fn tell(&self, args: &[&str]) -> Option<String> {
        let mut command = command(self.search);
        command.arg("--git-dir").arg(&self.dir).args(args);
        let output = command.stdin(Stdio::null()).output().ok()?;
        let told = String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned();
        output.status.success().then_some(told)
    }

    /// Returns the git directory.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Reads the object of a name, `None` where there is none; the name holds no line feed.
    ///
    /// # Errors
    /// Where git fails, or the object is larger than 64 MiB.
    pub(super) fn read(&self, name: &str) -> Result<Option<Answer>, Fault> {
        let idle = || locked(&self.idle);
        let waiting = idle().pop();
        let failed = |error: std::io::Error| Fault::new(name, format!("git cat-file: {error}"));
        let mut reader = match waiting {
            Some(reader) => reader,
            None => self.start().map_err(failed)?,
        };
        let answer = reader.ask(name).map_err(failed)?;
        idle().push(reader);
        match answer {
            Asked::Absent => Ok(None),
            Asked::TooLarge => Err(Fault::new(name, "larger than 64 MiB")),
            Asked::Found(answer) => Ok(Some(answer)),
        }
    }

    fn start(&self) -> std::io::Result<Reader> {
        let mut child = command(self.search)
            .arg("--git-dir")
            .arg(&self.dir)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let names = child.stdin.take();
        let objects = child.stdout.take().ok_or(std::io::ErrorKind::BrokenPipe)?;
        Ok(Reader {
            child,
            names,
            objects: BufReader::new(objects),
        })
    }
}

/// A git that reads nothing but its repository: no fetch of what a partial clone lacks, no prompt.
fn command(search: Search) -> Command {
    let mut command = Command::new("git");
    for name in [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
    ] {
        command.env_remove(name);
    }
    if search != Search::Environment {
        command.env_remove("GIT_OBJECT_DIRECTORY");
        command.env_remove("GIT_ALTERNATE_OBJECT_DIRECTORIES");
    }
    command
        // Older ones don't know the variable below.
        .args(["-c", "protocol.allow=never"])
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C");
    command
}

enum Asked {
    Absent,
    TooLarge,
    Found(Answer),
}

impl Reader {
    fn ask(&mut self, name: &str) -> std::io::Result<Asked> {
        let names = self.names.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        names.write_all(format!("{name}\n").as_bytes())?;
        names.flush()?;
        let mut line = String::new();
        if self.objects.read_line(&mut line)? == 0 {
            return Err(std::io::Error::other("git ended before it answered"));
        }
        let mut words = line.trim_end().rsplit(' ');
        let (size, kind, id) = (words.next(), words.next(), words.next());
        let Some((size, kind, id)) = size
            .and_then(|size| size.parse::<u64>().ok())
            .and_then(|size| Some((size, kind?, id?)))
        else {
            // `NAME missing`, `NAME ambiguous`.
            return Ok(Asked::Absent);
        };
        let kind = match kind {
            "tree" => Some(Kind::Tree),
            "commit" => Some(Kind::Commit),
            "blob" => Some(Kind::Blob),
            _ => None,
        };
        if size > LARGEST {
            std::io::copy(
                &mut (&mut self.objects).take(size + 1),
                &mut std::io::sink(),
            )?;
            return Ok(Asked::TooLarge);
        }
        let mut bytes = Vec::new();
        (&mut self.objects).take(size + 1).read_to_end(&mut bytes)?;
        if bytes.pop() != Some(b'\n') || bytes.len() as u64 != size {
            return Err(std::io::Error::other("git ended in the midst of an object"));
        }
        Ok(Asked::Found(Answer {
            id: id.to_owned(),
            kind,
            bytes: bytes.into(),
        }))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends with its input.
        self.names.take();
        let _ = self.child.wait();
    }
}
