//! A repository out of reach of the user's configuration, and git's own mails of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::test_runner::Config;

use patchwright::compose::trailers;
use patchwright::mail::{Base, Commit, Cover, Ident, Mail, Options, Thread, When, Whole, render};
use patchwright::target::Target;
use patchwright::target::range::{Pairing, Range};

/// Returns whether git is there; without it a test says so, or fails where the environment wants every tool.
pub(crate) fn git_is_there() -> bool {
    let there = Command::new("git")
        .arg("--version")
        .output()
        .is_ok_and(|out| out.status.success());
    if !there {
        assert!(
            std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
            "no git"
        );
        eprintln!("skipped: no git: install it to compare with git format-patch");
    }
    there
}

/// A repository of its own, out of reach of the user's configuration.
pub(crate) struct Bench {
    pub(crate) root: tempfile::TempDir,
    clock: std::cell::Cell<i64>,
}

const FROM: &str = "C O Mitter <committer@example.com>";

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Bench {
            root: tempfile::tempdir().unwrap(),
            clock: std::cell::Cell::new(1_432_123_517),
        };
        fs::create_dir(bench.tree()).unwrap();
        bench.git(&["init", "-q", "-b", "main"]);
        bench
    }

    /// Borrows the objects of a repository that is only read.
    pub(crate) fn onto(real: &Path) -> Self {
        let bench = Bench::new();
        let found = Command::new("git")
            .arg("-C")
            .arg(real)
            .args(["rev-parse", "--absolute-git-dir"])
            .output()
            .unwrap();
        let real = PathBuf::from(String::from_utf8(found.stdout).unwrap().trim());
        let objects = real.join("objects");
        let alternates = bench.tree().join(".git/objects/info/alternates");
        fs::write(alternates, format!("{}\n", objects.display())).unwrap();
        let head = Command::new("git")
            .arg("--git-dir")
            .arg(&real)
            .args(["rev-parse", "HEAD"])
            .output()
            .unwrap();
        let head = String::from_utf8(head.stdout).unwrap();
        bench.git(&["update-ref", "HEAD", head.trim()]);
        bench
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.root.path().join("tree")
    }

    pub(crate) fn run(&self, dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
        Command::new("git")
            .args(args)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.com")
            .env("GIT_COMMITTER_DATE", "1500000000 +0200")
            .envs(env.iter().copied())
            .output()
            .unwrap()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let out = self.run(&self.tree(), args, &[]);
        assert!(
            out.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout).trim_end().to_string()
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn commit(&self, message: &str) {
        self.commit_by("A U Thor <author@example.com>", message);
    }

    pub(crate) fn commit_by(&self, author: &str, message: &str) {
        let (name, email) = author.strip_suffix('>').unwrap().rsplit_once('<').unwrap();
        self.clock.set(self.clock.get() + 3661);
        self.git(&["add", "-A"]);
        let file = self.root.path().join("message");
        fs::write(&file, message).unwrap();
        let date = format!("{} -0430", self.clock.get());
        let env = [
            ("GIT_AUTHOR_NAME", name.trim()),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_AUTHOR_DATE", &date),
        ];
        let args = [
            "commit",
            "-q",
            "--allow-empty",
            "--cleanup=verbatim",
            "-F",
            file.to_str().unwrap(),
        ];
        let out = self.run(&self.tree(), &args, &env);
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }

    /// Commits a whole tree through libgit2, which takes what the command line would tidy up.
    pub(crate) fn commit_files(
        &self,
        files: &BTreeMap<&str, (u32, Vec<u8>)>,
        author: &Ident,
        date: (u32, i32),
        message: &str,
    ) {
        let repository = git2::Repository::open(self.tree()).unwrap();
        let tree = tree_of(&repository, files);
        let when = git2::Time::new(i64::from(date.0), date.1);
        let author = git2::Signature::new(&author.name, &author.email, &when).unwrap();
        let committer = git2::Signature::new("C O Mitter", "committer@example.com", &when).unwrap();
        let parent = repository
            .head()
            .ok()
            .map(|head| head.peel_to_commit().unwrap());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        repository
            .commit(Some("HEAD"), &author, &committer, message, &tree, &parents)
            .unwrap();
    }

    /// Returns the stable patch id of a commit.
    pub(crate) fn patch_id(&self, id: &str) -> String {
        let diff = self.root.path().join("diff");
        fs::write(
            &diff,
            self.git(&["diff-tree", "-p", "--full-index", id]) + "\n",
        )
        .unwrap();
        let script = format!("git patch-id --stable <'{}'", diff.display());
        let out = Command::new("sh").args(["-c", &script]).output().unwrap();
        let out = String::from_utf8(out.stdout).unwrap();
        out.split(' ').next().unwrap().to_string()
    }

    /// Reads the commits of a range.
    pub(crate) fn range(&self, range: &str) -> Range {
        let target = Target::open(&self.tree()).unwrap();
        target.range(range, Pairing::Renames).unwrap()
    }

    /// Reads the commits of a range, oldest first.
    pub(crate) fn commits(&self, range: &str) -> Vec<Commit> {
        self.range(range).commits
    }

    /// Runs `git format-patch` as the options say.
    pub(crate) fn format_patch(
        &self,
        range: &str,
        options: &Options,
        signed_off: bool,
    ) -> Vec<Mail> {
        let out = self.root.path().join("out");
        let mut args = vec!["-o".to_string(), out.to_str().unwrap().to_string()];
        if let Some(cover) = &options.cover {
            let description = self.root.path().join("description");
            fs::write(&description, format!("{}\n\n{}", cover.subject, cover.body)).unwrap();
            args.push(format!("--description-file={}", description.display()));
        }
        args.extend(arguments(options));
        args.extend(signed_off.then(|| "--signoff".to_string()));
        args.push(range.to_string());
        let mut all = vec!["format-patch", "-q", "--full-index"];
        all.extend(args.iter().map(String::as_str));
        // Git's cover letter is from the committer, whatever `--from` says; ours is from who mails.
        let committer = [
            ("GIT_COMMITTER_NAME", &*options.from.name),
            ("GIT_COMMITTER_EMAIL", &*options.from.email),
        ];
        let ran = self.run(&self.tree(), &all, &committer);
        assert!(
            ran.status.success(),
            "{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        let mut mails: Vec<Mail> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                Mail {
                    name: entry.file_name().into_string().unwrap(),
                    bytes: fs::read(entry.path()).unwrap(),
                }
            })
            .collect();
        fs::remove_dir_all(&out).unwrap();
        mails.sort_by(|a, b| a.name.cmp(&b.name));
        mails
    }

    /// Requires that our mails of a range are those of git, byte for byte, and returns how many they are.
    pub(crate) fn require_equal(&self, range: &str, options: &Options) -> usize {
        self.require_equal_with(range, options, false)
    }

    /// As [`Bench::require_equal`], signed off or not; what the mails need is found out, where the options name a base.
    pub(crate) fn require_equal_with(
        &self,
        range: &str,
        options: &Options,
        signed_off: bool,
    ) -> usize {
        let mut read = self.range(range);
        if signed_off {
            let Ident { name, email } = &options.from;
            let trailer = format!("Signed-off-by: {name} <{email}>");
            for commit in &mut read.commits {
                commit.message = trailers::with(&commit.message, std::slice::from_ref(&trailer));
            }
        }
        let target = Target::open(&self.tree()).unwrap();
        let below = |base: &Base| {
            let below = target.below(&read, Some(&base.commit)).unwrap().unwrap();
            Base {
                commit: below.commit,
                prerequisites: below.prerequisites,
            }
        };
        let base = options.base.as_ref().map(below);
        let whole = Whole {
            changes: read.changes,
            authors: read.authors.into_iter().map(|author| author.name).collect(),
            needs_charset: read.needs_charset,
        };
        let mut told = Options {
            base,
            binaries: read.binaries,
            ..options.clone()
        };
        told.cover
            .iter_mut()
            .for_each(|cover| cover.whole = Some(whole.clone()));
        let ours = render(&read.commits, &told).unwrap();
        let theirs = self.format_patch(range, options, signed_off);
        let names = |mails: &[Mail]| {
            mails
                .iter()
                .map(|mail| mail.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&ours), names(&theirs));
        for (our, their) in ours.iter().zip(&theirs) {
            require_same_bytes(our, their, options);
        }
        ours.len()
    }

    /// Requires that `git am` of the mails, each alone, gives the tree of each commit of the range.
    pub(crate) fn require_same_trees(&self, base: &str, range: &str, mails: &[Mail], am: &[&str]) {
        let clone = self.root.path().join("clone");
        let path = clone.to_str().unwrap().to_string();
        self.git(&["worktree", "add", "-q", "--detach", &path, base]);
        let ids = self.git(&["rev-list", "--reverse", range]);
        let patches: Vec<&Mail> = mails
            .iter()
            .filter(|mail| !mail.name.contains("0000-cover-letter"))
            .collect();
        assert_eq!(ids.lines().count(), patches.len());
        for (id, mail) in ids.lines().zip(patches) {
            let file = self.root.path().join(&mail.name);
            fs::write(&file, &mail.bytes).unwrap();
            let mut args = vec!["am", "-q"];
            args.extend(am);
            args.push(file.to_str().unwrap());
            let out = self.run(&clone, &args, &[]);
            assert!(
                out.status.success(),
                "{}: {}",
                mail.name,
                String::from_utf8_lossy(&out.stderr)
            );
            let tree = self.run(&clone, &["rev-parse", "HEAD^{tree}"], &[]);
            let tree = String::from_utf8_lossy(&tree.stdout).trim().to_string();
            assert_eq!(
                tree,
                self.git(&["rev-parse", &format!("{id}^{{tree}}")]),
                "{}",
                mail.name
            );
        }
        self.git(&["worktree", "remove", "--force", &path]);
    }
}

/// Returns the arguments of `git format-patch` that mean the same as the options.
fn arguments(options: &Options) -> Vec<String> {
    let Options { from, prefix, .. } = options;
    let signature = options.signature.as_deref().unwrap_or_default();
    let mut args = vec![
        format!("--from={} <{}>", from.name, from.email),
        format!("--subject-prefix={prefix}"),
        format!("--signature={signature}"),
    ];
    args.extend((!options.notes.is_empty()).then(|| "--notes".to_string()));
    args.extend(options.rfc.then(|| "--rfc".to_string()));
    args.extend(options.reroll.map(|version| format!("-v{version}")));
    args.extend(options.to.iter().map(|to| format!("--to={to}")));
    args.extend(options.cc.iter().map(|cc| format!("--cc={cc}")));
    args.extend(
        options
            .in_reply_to
            .iter()
            .map(|id| format!("--in-reply-to={id}")),
    );
    args.extend(
        options
            .base
            .iter()
            .map(|base| format!("--base={}", base.commit)),
    );
    let thread = match options.thread {
        None => "--no-thread",
        Some(Thread::Shallow) => "--thread=shallow",
        Some(Thread::Deep) => "--thread=deep",
    };
    args.push(thread.to_string());
    if options.cover.is_some() {
        args.extend(["--cover-letter", "--cover-from-description=subject"].map(str::to_string));
    }
    args
}

/// Stores a tree of files, links and submodules.
pub(crate) fn tree_of<'r>(
    repository: &'r git2::Repository,
    files: &BTreeMap<impl AsRef<str>, (u32, Vec<u8>)>,
) -> git2::Tree<'r> {
    let mut index = git2::Index::new().unwrap();
    for (path, (mode, bytes)) in files {
        let entry = git2::IndexEntry {
            ctime: git2::IndexTime::new(0, 0),
            mtime: git2::IndexTime::new(0, 0),
            dev: 0,
            ino: 0,
            mode: *mode,
            uid: 0,
            gid: 0,
            file_size: 0,
            id: match mode {
                // A submodule's commit is not here.
                0o160_000 => git2::Oid::hash_object(git2::ObjectType::Blob, bytes).unwrap(),
                _ => repository.blob(bytes).unwrap(),
            },
            flags: 0,
            flags_extended: 0,
            path: path.as_ref().as_bytes().to_vec(),
        };
        index.add(&entry).unwrap();
    }
    let id = index.write_tree_to(repository).unwrap();
    repository.find_tree(id).unwrap()
}

/// Requires that our mail is git's, but for Message-IDs.
fn require_same_bytes(our: &Mail, their: &Mail, options: &Options) {
    // Git declares no charset for the words of a cover letter; ours does.
    const DECLARED: &str = "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n";
    let (mut our_bytes, their_bytes) = (without_ids(&our.bytes), without_ids(&their.bytes));
    let own_words = options
        .cover
        .as_ref()
        .is_some_and(|c| !c.subject.is_ascii() || !c.body.is_ascii());
    let theirs_declares = || String::from_utf8_lossy(&their_bytes).contains(DECLARED);
    if own_words && our.name.contains("0000-cover-letter") && !theirs_declares() {
        let text = String::from_utf8_lossy(&our_bytes).replacen(DECLARED, "", 1);
        our_bytes = text.into_bytes();
    }
    if our_bytes == their_bytes {
        return;
    }
    let lines = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .lines()
            .map(str::to_string)
            .collect::<Vec<_>>()
    };
    for (our_line, their_line) in lines(&our_bytes).into_iter().zip(lines(&their_bytes)) {
        assert_eq!(our_line, their_line, "{}", our.name);
    }
    panic!("{} ends otherwise", our.name);
}

/// Returns a mail with each Message-ID replaced by its place in the thread: git's ids tell the time.
fn without_ids(mail: &[u8]) -> Vec<u8> {
    let end = mail
        .windows(2)
        .position(|two| two == b"\n\n")
        .unwrap_or(mail.len());
    let Ok(header) = std::str::from_utf8(&mail[..end]) else {
        return mail.to_vec();
    };
    let mut out = String::new();
    for line in header.split_inclusive('\n') {
        let is_id = ["Message-ID: <", "In-Reply-To: <", "References: <", "\t<"]
            .iter()
            .any(|start| line.starts_with(start));
        let is_ours = line.contains(".git.") || line.contains(".patchwright@");
        match line.split_once('<') {
            Some((start, _)) if is_id && is_ours => out.push_str(&format!("{start}<id>\n")),
            _ => out.push_str(line),
        }
    }
    let mut out = out.into_bytes();
    out.extend_from_slice(&mail[end..]);
    out
}

pub(crate) fn options() -> Options {
    Options {
        binaries: Default::default(),
        prefix: "PATCH".into(),
        rfc: false,
        reroll: None,
        from: patchwright::mail::ident::parse(FROM).unwrap(),
        to: Vec::new(),
        cc: Vec::new(),
        in_reply_to: None,
        thread: None,
        base: None,
        signature: Some("patchwright".into()),
        cover: Some(Cover {
            subject: "Clear what is old".into(),
            body: "First paragraph.\n\n  * an item  \n\nLast.".into(),
            unobserved: None,
            appendix: None,
            whole: None,
        }),
        cover_date: When::at(1_500_000_000, 120),
        message_id_seed: None,
        notes: Vec::new(),
        appendix: None,
        declare_diff_charset: false,
    }
}

/// Returns how many random cases to try: few in every run, as many as `PROPTEST_CASES` says where somebody has time.
pub(crate) fn cases(few: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok();
    Config {
        cases: asked.and_then(|cases| cases.parse().ok()).unwrap_or(few),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    }
}
