//! The folder in which answers are kept: a file for each series and build, written whole or not at all. Does not know what an
//! answer is.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Kept, MOST};
use crate::series::Series;
use crate::target::commit::content_id;

/// Bytes that are kept in all, and files: the oldest go first.
const ROOM: u64 = 64 << 20;
const FILES: usize = 64;
/// What begins so is not whole yet.
const UNFINISHED: &str = ".new-";
/// What is not whole after this time never will be.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The place of what is kept of one series, by this build of the tool.
pub struct Folder {
    path: PathBuf,
    key: String,
    /// What else it hangs on.
    means: String,
}

impl Folder {
    /// Makes the place below `path` for a series; `None` where the series can't be told by what it is made of, so that nothing may
    /// be kept for it.
    pub fn new(path: &Path, series: &Series) -> Option<Self> {
        Folder::of(path.join("gate"), series, String::new())
    }

    /// Makes the place below `path` for proofs by `means`: what else they hang on but the series, the build and contents.
    pub fn of_proofs(path: &Path, series: &Series, means: String) -> Option<Self> {
        Folder::of(path.join("prove"), series, means)
    }

    fn of(path: PathBuf, series: &Series, means: String) -> Option<Self> {
        let key = key(series, &means)?;
        Some(Folder { path, key, means })
    }

    /// Returns what is kept; nothing where there is nothing, or it is damaged.
    pub fn read(&self, series: &Series) -> Kept {
        let kept = self.text().and_then(|text| Kept::read(&text, series));
        kept.unwrap_or_default()
    }

    /// Keeps what a run has added.
    ///
    /// # Errors
    /// Where it can't be written; what was kept before is left as it was.
    pub fn write(&self, mut kept: Kept, series: &Series) -> io::Result<()> {
        if !kept.is_new {
            self.touch();
            return Ok(());
        }
        kept.join(self.read(series));
        let text = kept.write(MOST).ok_or(io::ErrorKind::InvalidData)?;
        self.put(&text, series)
    }

    /// Keeps a text for the series, whole or not at all; nothing where the series has changed on the disk meanwhile.
    ///
    /// # Errors
    /// As [`Folder::write`].
    pub fn put(&self, text: &[u8], series: &Series) -> io::Result<()> {
        // A series that was changed while it was judged has another key now: which one was judged is not known.
        if key(series, &self.means).as_ref() != Some(&self.key) {
            return Ok(());
        }
        fs::create_dir_all(&self.path)?;
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.path)?;
        file.write_all(self.head(text).as_bytes())?;
        file.write_all(text)?;
        file.persist(self.path.join(&self.key))
            .map_err(|error| error.error)?;
        sweep(&self.path);
        Ok(())
    }

    /// Returns the text that is kept, where it is there and whole.
    pub fn text(&self) -> Option<Vec<u8>> {
        let mut text = fs::read(self.path.join(&self.key)).ok()?;
        let end = text.iter().position(|byte| *byte == b'\n')? + 1;
        let body = text.split_off(end);
        (text == self.head(&body).as_bytes()).then_some(body)
    }

    /// The first line, which tells whose answers these are, and whether they are whole.
    fn head(&self, text: &[u8]) -> String {
        let digest = content_id(text);
        format!("patchwright answers {} {digest}\n", self.key)
    }

    /// Takes note that it was used: what is used is not the oldest.
    pub fn touch(&self) {
        let file = fs::File::options()
            .append(true)
            .open(self.path.join(&self.key));
        // Only the order in which files go hangs on it.
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }
}

/// Names the series by what it is made of, the tool by what it is built of, and what else there is.
fn key(series: &Series, means: &str) -> Option<String> {
    // The size tells other versions of dependencies, where they were not locked.
    let program = std::env::current_exe().and_then(fs::metadata);
    let size = program.map_or(0, |program| program.len());
    let build = env!("PATCHWRIGHT_BUILD");
    let version = env!("CARGO_PKG_VERSION");
    let head = format!("{version} {build} {size}\n{}\n{means}", series.name);
    let mut all = head.into_bytes();
    all.extend(series.library.all_of(&series.templates)?);
    Some(content_id(&all))
}

/// Removes what is left of runs that were killed, and the oldest of what there is no room for. Whatever else lies there stays.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let now = SystemTime::now();
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let Some(found) = entry.metadata().ok().filter(fs::Metadata::is_file) else {
            continue;
        };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let age = found
            .modified()
            .ok()
            .and_then(|then| now.duration_since(then).ok());
        let age = age.unwrap_or_default();
        if name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            files.push((age, found.len(), entry.path()));
        } else if name.starts_with(UNFINISHED) && age > ABANDONED {
            // Another run may have removed it already.
            let _ = fs::remove_file(entry.path());
        }
    }
    files.sort();
    let mut bytes = 0;
    for (at, (_, length, path)) in files.into_iter().enumerate() {
        bytes += length;
        if at >= FILES || bytes > ROOM {
            let _ = fs::remove_file(path);
        }
    }
}
