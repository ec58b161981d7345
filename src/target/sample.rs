//! The embedded sample repository: a small history with the defect in it, to try a series on. Knows nothing of the series itself.

mod history;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use git2::{
    Config, Index, IndexEntry, IndexTime, Odb, Oid, Repository, TreeWalkMode, TreeWalkResult,
};

use crate::passing::Passing;
use crate::text::Problem;
use history::{Files, History, Made, found};

/// Revisions of the sample, the default first, and what each is there for.
pub const REVISIONS: &[(&str, &str)] = &[
    ("mainline", "the newest release, with the defect"),
    (
        "maintenance",
        "a maintenance branch, with the defect among other lines",
    ),
    ("fixed", "mainline with both fixes, in its own words"),
    ("before-cache", "a release from before there was a cache"),
];

/// Why the sample could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The directory is not the writer's to fill: `sample-exists`.
    #[error(transparent)]
    Exists(Problem),
    /// The file system refused.
    #[error("could not write the sample to `{}`", dir.display())]
    Write {
        /// The directory that was asked for.
        dir: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// libgit2 refused.
    #[error("could not make the history of the sample")]
    Git(#[from] git2::Error),
    /// The embedded data contradicts itself, which is a bug in this program.
    #[error("the embedded sample is damaged: {0}")]
    Damaged(String),
}

/// Writes the sample repository to `dir`, which is missing or empty: with a work tree, or `bare`.
///
/// HEAD is the first of [`REVISIONS`]. The ids of all commits are the same each time and no configuration of the user has a
/// say. Directories above `dir` are made where they are missing. On failure nothing is left behind.
///
/// # Errors
///
/// [`SampleError::Exists`] where `dir` is a file, or a directory that holds something.
pub fn write(dir: &Path, bare: bool) -> Result<(), SampleError> {
    let fault = |source| SampleError::Write {
        dir: dir.to_owned(),
        source,
    };
    let absolute = std::path::absolute(dir).map_err(fault)?;
    let slot = Slot::find(dir, absolute)?;
    let staging = Passing::inside(slot.beside(), ".patchwright-sample-")
        // Its own words would name the staging folder, another one each time.
        .map_err(|error| fault(error.kind().into()))?;
    // Not the staging folder itself, which nobody else may enter.
    let made = staging.path().join(slot.name());
    fs::create_dir_all(&made).map_err(fault)?;
    build(&made, bare).map_err(|error| match error {
        BuildError::Io(source) => fault(source),
        BuildError::Sample(error) => error,
    })?;
    let fill = || slot.fill(staging.path(), bare);
    staging.undisturbed(fill).map_err(fault)
}

/// Where the repository will stand. It is made beside that place, on the same file system, and moved there when it is whole.
enum Slot {
    /// An empty directory that exists; it stays the same directory, as somebody may stand in it.
    Empty(PathBuf),
    /// Nothing is there yet: the deepest directory that exists, and what is missing below it.
    Missing { above: PathBuf, below: PathBuf },
}

impl Slot {
    /// Name of the repository's folder in the staging folder where the slot has none.
    const UNNAMED: &'static str = "sample";

    fn find(named: &Path, dir: PathBuf) -> Result<Self, SampleError> {
        let fault = |source| SampleError::Write {
            dir: named.to_owned(),
            source,
        };
        match fs::symlink_metadata(&dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => Slot::missing(&dir).map_err(fault),
            Err(error) => Err(fault(error)),
            Ok(_) => match fs::read_dir(&dir).map(|mut entries| entries.next().is_none()) {
                Ok(true) => Ok(Slot::Empty(dir)),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(fault(error)),
                Ok(false) | Err(_) => Err(SampleError::Exists(exists(named))),
            },
        }
    }

    fn missing(dir: &Path) -> io::Result<Self> {
        let above = dir
            .ancestors()
            .find(|above| fs::symlink_metadata(above).is_ok())
            .ok_or(ErrorKind::NotFound)?;
        let below = dir.strip_prefix(above).map_err(io::Error::other)?;
        // `missing/..` would leave the staging folder.
        if !below
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(Slot::Missing {
            above: above.to_owned(),
            below: below.to_owned(),
        })
    }

    fn beside(&self) -> &Path {
        match self {
            Slot::Empty(dir) => dir,
            Slot::Missing { above, .. } => above,
        }
    }

    fn name(&self) -> &Path {
        match self {
            Slot::Empty(_) => Path::new(Slot::UNNAMED),
            Slot::Missing { below, .. } => below,
        }
    }

    fn fill(&self, staging: &Path, bare: bool) -> io::Result<()> {
        match self {
            Slot::Missing { above, below } => {
                let first = below.iter().next().unwrap_or_default();
                fs::rename(staging.join(first), above.join(first))
            }
            Slot::Empty(dir) => move_all(
                &staging.join(Slot::UNNAMED),
                dir,
                if bare { "HEAD" } else { ".git" },
            ),
        }
    }
}

/// Moves all that `from` holds to `to`, the entry `last` at the end: without it nobody takes `to` for a repository.
fn move_all(from: &Path, to: &Path, last: &str) -> io::Result<()> {
    let mut names = fs::read_dir(from)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<Vec<_>>>()?;
    names.sort_by_key(|name| name == last);
    for (moved, name) in names.iter().enumerate() {
        if let Err(error) = fs::rename(from.join(name), to.join(name)) {
            for name in &names[..moved] {
                // Best effort: the first error is the one to tell.
                let _ = fs::rename(to.join(name), from.join(name));
            }
            return Err(error);
        }
    }
    Ok(())
}

fn exists(dir: &Path) -> Problem {
    Problem::new(
        "sample-exists",
        format!(
            "expected `{}` to be missing or an empty directory, found something there",
            dir.display()
        ),
    )
    .help("name another directory, or empty this one")
}

/// What can go wrong inside the staging folder.
enum BuildError {
    Io(io::Error),
    Sample(SampleError),
}

impl From<io::Error> for BuildError {
    fn from(error: io::Error) -> Self {
        BuildError::Io(error)
    }
}

impl From<git2::Error> for BuildError {
    fn from(error: git2::Error) -> Self {
        BuildError::Sample(error.into())
    }
}

impl From<SampleError> for BuildError {
    fn from(error: SampleError) -> Self {
        BuildError::Sample(error)
    }
}

/// Lays out the repository by hand, as gitrepository-layout(5) has it: `git init` by libgit2 reads the user's configuration.
fn build(root: &Path, bare: bool) -> Result<(), BuildError> {
    let history = History::embedded()?;
    let git_dir = if bare {
        root.to_owned()
    } else {
        root.join(".git")
    };
    for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(git_dir.join(folder))?;
    }
    let repository = Repository::from_odb(Odb::new()?)?;
    repository.set_config(&Config::new()?)?;
    let odb = repository.odb()?;
    odb.add_new_mempack_backend(1)?;
    let commits = history.replay(&repository)?;
    for id in reachable(&commits, &repository)? {
        let object = odb.read(id)?;
        let heading = format!("{} {}\0", object.kind(), object.len());
        let loose = [heading.as_bytes(), object.data()].concat();
        let name = id.to_string();
        let (folder, name) = name.split_at(2);
        let folder = git_dir.join("objects").join(folder);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), stored(&loose))?;
    }

    for (branch, commit) in &history.branches {
        let id = found(&commits, commit)?.id;
        fs::write(git_dir.join("refs/heads").join(branch), format!("{id}\n"))?;
    }
    fs::write(
        git_dir.join("config"),
        format!("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {bare}\n"),
    )?;
    fs::write(
        git_dir.join("HEAD"),
        format!("ref: refs/heads/{}\n", history.head),
    )?;
    if !bare {
        let tip = found(&history.branches, &history.head)?;
        check_out(&found(&commits, tip)?.files, root, &git_dir.join("index"))?;
    }
    Ok(())
}

/// Returns every object of the history, in the order of their ids.
fn reachable(
    commits: &BTreeMap<String, Made>,
    repository: &Repository,
) -> Result<BTreeSet<Oid>, git2::Error> {
    let mut ids = BTreeSet::new();
    for made in commits.values() {
        let tree = repository.find_commit(made.id)?.tree()?;
        ids.extend([made.id, tree.id()]);
        tree.walk(TreeWalkMode::PreOrder, |_, entry| {
            ids.insert(entry.id());
            TreeWalkResult::Ok
        })?;
    }
    Ok(ids)
}

/// Returns a zlib stream (RFC 1950) of stored blocks: git reads it as any other, and its bytes depend on no zlib's version.
///
/// A pack would be smaller, but the deltas that libgit2 picks for one differ from run to run.
fn stored(data: &[u8]) -> Vec<u8> {
    const ADLER_BASE: u32 = 65_521;

    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(u16::MAX.into()).peekable();
    while let Some(block) = blocks.next() {
        // The chunks are no longer than that.
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (a, b) = data.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % ADLER_BASE;
        (a, (b + a) % ADLER_BASE)
    });
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// Writes the work tree and the index that goes with it.
fn check_out(files: &Files, root: &Path, index: &Path) -> Result<(), BuildError> {
    let mut index = Index::open(index)?;
    for (path, file) in files {
        let place = root.join(path);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&place, file.text.as_bytes())?;
        index.add(&stamped(file.entry(path), &fs::metadata(&place)?))?;
    }
    index.write()?;
    Ok(())
}

/// Adds the facts by which git sees that a file of the work tree was not touched: of each the low 32 bits, as
/// gitformat-index(5) has it.
fn stamped(entry: IndexEntry, written: &fs::Metadata) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(written.ctime() as i32, written.ctime_nsec() as u32),
        mtime: IndexTime::new(written.mtime() as i32, written.mtime_nsec() as u32),
        dev: written.dev() as u32,
        ino: written.ino() as u32,
        uid: written.uid(),
        gid: written.gid(),
        file_size: written.size() as u32,
        ..entry
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use super::*;

    const DISTRIBUTIONS: [&str; 5] = ["fedora 20", "fedora 38", "rhel 6", "rhel 7", "rhel 9"];
    const SOURCE: &str = "src/qemu/qemu_capabilities.c";
    const CLEANUP: &str = "find %{_localstatedir}/cache/libvirt/qemu/capabilities -xdev -mindepth 1 -delete >/dev/null 2>&1 || :";

    /// To be changed together with the data, and only then.
    const PINNED: [(&str, &str); 4] = [
        ("mainline", "ff2a2f5690ea005ebe8fc2a96258b3537365b6a5"),
        ("maintenance", "0221b88da716d115c17f8d347f064f1f37d5d25b"),
        ("fixed", "8ebe0590e8d12f7672459ee051d9da08671db5d7"),
        ("before-cache", "cd2bdc7c55b6ec48ccae4396f3b1236cf60b5a78"),
    ];

    /// A folder with the sample in `sample/`, with or without a work tree.
    #[must_use = "the folder goes when this does"]
    struct Bench(tempfile::TempDir);

    impl Bench {
        fn new() -> Self {
            Bench(tempfile::tempdir().unwrap())
        }

        fn with(bare: bool) -> Self {
            let bench = Bench::new();
            write(&bench.sample(), bare).unwrap();
            bench
        }

        fn path(&self) -> &Path {
            self.0.path()
        }

        fn sample(&self) -> PathBuf {
            self.path().join("sample")
        }

        fn repository(&self) -> Repository {
            Repository::open(self.sample()).unwrap()
        }

        fn text(&self, revision: &str, path: &str) -> String {
            let repository = self.repository();
            let object = repository
                .revparse_single(&format!("{revision}:{path}"))
                .unwrap();
            String::from_utf8(object.into_blob().unwrap().content().to_vec()).unwrap()
        }

        /// Writes the tree of a commit out and returns where.
        fn tree(&self, commit: Oid) -> PathBuf {
            let repository = self.repository();
            let tree = repository.find_commit(commit).unwrap().tree().unwrap();
            let root = self.path().join(commit.to_string());
            fs::create_dir(&root).unwrap();
            tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
                let place = root.join(folder).join(entry.name().unwrap());
                match entry.to_object(&repository).unwrap().as_blob() {
                    Some(blob) => fs::write(place, blob.content()).unwrap(),
                    None => fs::create_dir_all(place).unwrap(),
                }
                TreeWalkResult::Ok
            })
            .unwrap();
            root
        }

        fn commits(&self) -> Vec<Oid> {
            let repository = self.repository();
            let mut walk = repository.revwalk().unwrap();
            walk.push_glob("refs/heads/*").unwrap();
            walk.map(Result::unwrap).collect()
        }

        fn run(&self, command: &mut Command) -> Output {
            command
                .env("HOME", self.path())
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env_remove("XDG_CONFIG_HOME")
                .output()
                .unwrap()
        }
    }

    /// Tells whether a program that a test needs is there; where all must be, its absence is a failure.
    fn have(tool: &str) -> bool {
        if Command::new(tool).arg("--version").output().is_ok() {
            return true;
        }
        assert!(
            std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
            "no {tool}, and PATCHWRIGHT_REQUIRE_TOOLS asks for it"
        );
        eprintln!("skipped: no {tool}: install it to run this test");
        false
    }

    fn entries(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn said(output: &Output) -> String {
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    }

    fn problem(error: SampleError) -> Problem {
        match error {
            SampleError::Exists(problem) => problem,
            other => panic!("expected a problem, found {other:?}"),
        }
    }

    #[test]
    fn the_branches_of_the_data_are_the_revisions_that_are_told() {
        let history = History::embedded().unwrap();
        let mut told: Vec<_> = REVISIONS.iter().map(|(name, _)| *name).collect();
        assert_eq!(told[0], history.head);
        told.sort_unstable();
        assert_eq!(history.branches.keys().collect::<Vec<_>>(), told);
    }

    #[test]
    fn writing_twice_gives_the_same_commits_with_and_without_a_work_tree() {
        let ids = |bench: &Bench| {
            let repository = bench.repository();
            let id = |name: &str| repository.revparse_single(name).unwrap().id();
            REVISIONS
                .iter()
                .map(|(name, _)| (*name, id(name).to_string()))
                .collect::<Vec<_>>()
        };
        let bare = ids(&Bench::with(true));
        assert_eq!(bare, ids(&Bench::with(true)));
        assert_eq!(bare, ids(&Bench::with(false)));
        let stated = PINNED.map(|(name, id)| (name, id.to_owned()));
        assert_eq!(
            bare, stated,
            "what is mailed for the sample names these ids"
        );
    }

    #[test]
    fn a_bare_sample_is_the_same_in_every_byte() {
        fn bytes(dir: &Path, into: &mut Vec<(PathBuf, Vec<u8>)>) {
            for name in entries(dir) {
                let place = dir.join(name);
                match fs::read(&place) {
                    Ok(read) => into.push((place, read)),
                    Err(_) => bytes(&place, into),
                }
            }
        }
        let all = || {
            let bench = Bench::with(true);
            let mut all = Vec::new();
            bytes(&bench.sample(), &mut all);
            all.into_iter()
                .map(|(place, read)| (place.strip_prefix(bench.path()).unwrap().to_owned(), read))
                .collect::<Vec<_>>()
        };
        assert!(all().len() > 50);
        assert!(all() == all());
    }

    #[test]
    fn data_is_stored_in_blocks_that_git_inflates() {
        let text = "Wikipedia";
        let stream = stored(text.as_bytes());
        assert_eq!(stream[..7], [0x78, 0x01, 1, 9, 0, 0xf6, 0xff]);
        assert_eq!(&stream[7..16], text.as_bytes());
        assert_eq!(stream[16..], 0x11e6_0398_u32.to_be_bytes());
        let two = stored(&vec![0; 65_536]);
        assert_eq!((two[2], two[2 + 5 + 65_535]), (0, 1));
    }

    #[test]
    fn git_finds_nothing_to_complain_about() {
        if !have("git") {
            return;
        }
        for bare in [true, false] {
            let bench = Bench::with(bare);
            let fsck = bench.run(
                Command::new("git")
                    .args(["fsck", "--strict", "--full"])
                    .current_dir(bench.sample()),
            );
            assert!(fsck.status.success(), "{}", said(&fsck));
            assert_eq!(said(&fsck), "");
        }
    }

    #[test]
    fn the_work_tree_is_mainline_and_clean() {
        if !have("git") {
            return;
        }
        let bench = Bench::with(false);
        // `diff-files` believes the index and refreshes nothing.
        for arguments in [&["status", "--porcelain"][..], &["diff-files"]] {
            let output = bench.run(
                Command::new("git")
                    .args(arguments)
                    .current_dir(bench.sample()),
            );
            assert_eq!(said(&output), "", "{arguments:?}");
        }
        let head = bench.run(
            Command::new("git")
                .args(["symbolic-ref", "HEAD"])
                .current_dir(bench.sample()),
        );
        assert_eq!(said(&head), "refs/heads/mainline\n");
        assert_eq!(
            fs::read_to_string(bench.sample().join(SOURCE)).unwrap(),
            bench.text("mainline", SOURCE)
        );
    }

    #[test]
    fn each_commit_compiles_without_a_warning() {
        if !have("gcc") {
            return;
        }
        let bench = Bench::with(true);
        for commit in bench.commits() {
            let root = bench.tree(commit);
            let sources = fs::read_dir(root.join("src/util"))
                .unwrap()
                .map(|entry| entry.unwrap().path());
            let sources =
                sources.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
            let output = bench.run(
                Command::new("gcc")
                    .args([
                        "-fsyntax-only",
                        "-std=gnu99",
                        "-Isrc",
                        "-Isrc/util",
                        "-Isrc/qemu",
                    ])
                    .args(["-Wall", "-Wextra", "-Werror", SOURCE])
                    .args(sources)
                    .current_dir(&root),
            );
            assert!(output.status.success(), "{commit}: {}", said(&output));
        }
    }

    #[test]
    fn the_own_test_of_the_sample_passes() {
        if !have("gcc") || !have("make") {
            return;
        }
        let bench = Bench::with(false);
        let output = bench.run(
            Command::new("make")
                .args(["all", "check"])
                .current_dir(bench.sample()),
        );
        assert!(output.status.success(), "{}", said(&output));
    }

    #[test]
    fn each_spec_is_parsed_for_each_distribution() {
        if !have("rpmspec") {
            return;
        }
        let bench = Bench::with(true);
        let database = format!("_dbpath {}", bench.path().join("rpmdb").display());
        let spec = bench.path().join("libvirt.spec");
        for (revision, _) in REVISIONS {
            let text = bench.text(revision, "libvirt.spec.in");
            fs::write(&spec, text.replace("@VERSION@", "1.2.15")).unwrap();
            for distribution in DISTRIBUTIONS {
                let output = bench.run(
                    Command::new("rpmspec")
                        .args(["-q", "--define", &database, "--define", distribution])
                        .args(["--qf", "%{NAME} %|POSTIN?{yes}:{no}|\\n"])
                        .arg(&spec),
                );
                assert!(
                    output.status.success(),
                    "{revision}, {distribution}: {}",
                    said(&output)
                );
                assert_eq!(
                    said(&output),
                    "libvirt no\nlibvirt-daemon yes\nlibvirt-daemon-driver-qemu no\nlibvirt-client yes\n",
                    "{revision}, {distribution}"
                );
            }
        }
    }

    #[test]
    fn the_defect_stands_where_it_is_told_to_and_nowhere_else() {
        let bench = Bench::with(true);
        let place = concat!(
            " older than QEMU binary */\n",
            "    if (qemuctime != qemuCaps->ctime ||\n",
            "        selfctime < virGetSelfLastChanged()) {\n",
        );
        assert!(bench.text("mainline", SOURCE).contains(place));
        assert!(!bench.text("maintenance", SOURCE).contains(place));
        for (revision, comparison, cleaned) in [
            ("mainline", "selfctime < virGetSelfLastChanged()", false),
            ("maintenance", "selfctime < virGetSelfLastChanged()", false),
            ("fixed", "selfctime != virGetSelfLastChanged()", true),
        ] {
            let source = bench.text(revision, SOURCE);
            assert_eq!(source.matches(comparison).count(), 1, "{revision}");
            let spec = bench.text(revision, "libvirt.spec.in");
            assert_eq!(spec.contains(CLEANUP), cleaned, "{revision}");
        }
        for path in [
            SOURCE,
            "src/util/virutil.h",
            "src/util/virutil.c",
            "libvirt.spec.in",
        ] {
            let text = bench.text("before-cache", path);
            for word in [
                "virGetSelfLastChanged",
                "selfctime",
                "LoadCache",
                "cacheDir",
                "cache/libvirt/qemu",
            ] {
                assert!(!text.contains(word), "{word} in {path}");
            }
        }
    }

    #[test]
    fn the_fixes_change_what_the_series_changes_and_no_more() {
        let bench = Bench::with(true);
        let repository = bench.repository();
        let tree = |name: &str| {
            repository
                .revparse_single(name)
                .unwrap()
                .peel_to_tree()
                .unwrap()
        };
        let diff = repository
            .diff_tree_to_tree(Some(&tree("mainline")), Some(&tree("fixed")), None)
            .unwrap();
        let paths: Vec<_> = diff
            .deltas()
            .map(|delta| delta.new_file().path().unwrap().to_owned())
            .collect();
        assert_eq!(paths, [Path::new("libvirt.spec.in"), Path::new(SOURCE)]);
        let spec = bench.text("fixed", "libvirt.spec.in");
        let section =
            &spec[spec.find("%post daemon\n").unwrap()..spec.find("%preun daemon\n").unwrap()];
        let guarded = &section[section.find("%if %{with_qemu}\n").unwrap()..];
        assert!(guarded.contains(CLEANUP));
    }

    #[test]
    fn an_empty_directory_is_filled_and_stays_the_same_directory() {
        let bench = Bench::new();
        fs::create_dir(bench.sample()).unwrap();
        let before = fs::metadata(bench.sample()).unwrap().ino();
        write(&bench.sample(), false).unwrap();
        assert_eq!(fs::metadata(bench.sample()).unwrap().ino(), before);
        assert!(bench.repository().head().is_ok());
        assert!(
            entries(&bench.sample())
                .iter()
                .all(|name| !name.starts_with(".patchwright"))
        );
    }

    #[test]
    fn missing_directories_above_are_made() {
        let bench = Bench::new();
        let dir = bench.path().join("a/b/sample");
        write(&dir, true).unwrap();
        assert!(Repository::open(dir).unwrap().is_bare());
        assert_eq!(entries(bench.path()), ["a"]);
    }

    #[test]
    fn a_place_that_is_taken_is_refused_by_name_and_left_alone() {
        let bench = Bench::new();
        let full = bench.path().join("full");
        fs::create_dir(&full).unwrap();
        fs::write(full.join("kept"), "kept").unwrap();
        let file = bench.path().join("file");
        fs::write(&file, "kept").unwrap();
        let dangling = bench.path().join("dangling");
        std::os::unix::fs::symlink("nowhere", &dangling).unwrap();
        for taken in [&full, &file, &dangling] {
            let problem = problem(write(taken, true).unwrap_err());
            assert_eq!(problem.code, "sample-exists");
            assert!(
                problem.message.contains(taken.to_str().unwrap()),
                "{problem}"
            );
        }
        assert_eq!(entries(bench.path()), ["dangling", "file", "full"]);
        assert_eq!(entries(&full), ["kept"]);
    }

    #[test]
    fn a_failure_tells_the_directory_that_was_asked_for_and_no_other() {
        use std::error::Error;

        let bench = Bench::new();
        let above = bench.path().join("gone");
        std::os::unix::fs::symlink("nowhere", &above).unwrap();
        let error = write(&above.join("sample"), true).unwrap_err();
        let told = format!("{error}: {}", error.source().unwrap());
        assert!(told.contains("gone/sample"), "{told}");
        assert!(!told.contains(".patchwright"), "{told}");
        assert_eq!(entries(bench.path()), ["gone"]);
    }

    #[test]
    fn a_move_that_fails_is_undone() {
        let bench = Bench::new();
        let (from, to) = (bench.path().join("from"), bench.path().join("to"));
        fs::create_dir_all(from.join("folder")).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("one"), "").unwrap();
        fs::write(from.join("HEAD"), "").unwrap();
        fs::create_dir(to.join("HEAD")).unwrap();
        assert!(move_all(&from, &to, "HEAD").is_err());
        assert_eq!(entries(&from), ["HEAD", "folder", "one"]);
        assert_eq!(entries(&to), ["HEAD"]);
    }
}
