//! rpm: a packaging repository that gets the series unpacks to what was checked, in every style of applying patches.

use crate::support::{Bench, Left, have};

const OLD: &str = "0001-old.patch";
const NEW: &str = "0002-qemu-Force-capabilities-cache-read-if-libvirtd-date.patch";
const CODE: &str = "src/qemu/qemu_capabilities.c";

/// How real specs of libvirt have applied their patches from 1.2.4 on.
const LOOP: &str = r#"%setup -q
%{lua:
    tmp = os.tmpname();
    f = io.open(tmp, "w+");
    count = 0;
    for i, p in ipairs(patches) do
        f:write(p.."\n");
        count = count + 1;
    end;
    f:close();
    print("PATCHCOUNT="..count.."\n")
    print("PATCHLIST="..tmp.."\n")
}
git init -q
git config user.name rpm-build
git config user.email rpm-build
git add .
git commit -q -a --author 'rpm-build <rpm-build>' -m 'base'
COUNT=$(grep '\.patch$' $PATCHLIST | wc -l)
if [ $COUNT -ne $PATCHCOUNT ]; then
    exit 1
fi
if [ $COUNT -gt 0 ]; then
    xargs git am <$PATCHLIST || exit 1
fi
rm -f $PATCHLIST
"#;

fn tools_are_there() -> bool {
    have(&["git", "rpmbuild", "rpmspec", "bwrap", "patch", "tar"])
}

/// A packaging repository `dist` of the sample: a spec, one patch of its own, and the archive, which git does not hold.
struct Packaged {
    bench: Bench,
}

impl Packaged {
    /// Makes one whose spec has `tags` below its source, and `prep`.
    fn new(tags: &str, prep: &str) -> Self {
        let bench = Bench::new();
        bench.sample("repo");
        let archive = "git archive --prefix=libvirt-1.2.15/ -o ../libvirt-1.2.15.tar.gz mainline";
        let _ = bench.shell("repo", archive).ends_with(0);
        bench.git("repo", &["checkout", "-q", "-b", "downstream"]);
        // Above the place that the series changes, so that lines move.
        let code = bench.read(&format!("repo/{CODE}"));
        bench.write(
            &format!("repo/{CODE}"),
            &format!("/* downstream */\n{code}"),
        );
        bench.git("repo", &["commit", "-qam", "Downstream"]);
        let patch = bench.git("repo", &["format-patch", "-N", "--stdout", "-1"]);
        bench.write(&format!("dist/{OLD}"), &(patch + "\n"));
        let spec = bench
            .read("repo/libvirt.spec.in")
            .replace("@VERSION@", "1.2.15");
        let source = "libvirt-%{version}.tar.gz\n";
        let spec = spec.replace(source, &format!("{source}{tags}"));
        let spec = spec.replace("%prep\n%setup -q\n", &format!("%prep\n{prep}"));
        bench.write("dist/libvirt.spec", &spec);
        bench.write("dist/.gitignore", "*.tar.gz\n");
        std::fs::copy(
            bench.path("libvirt-1.2.15.tar.gz"),
            bench.path("dist/libvirt-1.2.15.tar.gz"),
        )
        .unwrap();
        bench.git("dist", &["init", "-q", "-b", "rawhide"]);
        bench.git("dist", &["add", "."]);
        bench.git("dist", &["commit", "-qm", "package"]);
        Packaged { bench }
    }

    fn autosetup() -> Self {
        Self::new(&format!("Patch0001: {OLD}\n"), "%autosetup -S git_am\n")
    }

    fn generate(&self, more: &[&str]) -> Left {
        let args = [
            "generate",
            "-q",
            "--repo",
            "dist",
            "--check",
            "lint",
            "--from",
            "É <e@example.org>",
            "--export",
            "dist-git",
            "-o",
            "out",
        ];
        self.bench.run(&[&args[..], more].concat())
    }

    /// Unpacks a packaging folder as packagers do, and returns the folder of the source.
    fn unpacked(&self, dist: &str, top: &str) -> String {
        let script = format!(
            "rpmbuild -bp --nodeps --define \"_topdir $PWD/{top}\" --define \"_sourcedir $PWD/{dist}\" {dist}/libvirt.spec"
        );
        let _ = self.bench.shell("", &script).ends_with(0);
        let found = self.bench.shell(
            "",
            &format!("find {top}/BUILD -maxdepth 2 -name libvirt-1.2.15"),
        );
        found.stdout.trim().to_owned()
    }

    /// Copies what was written into the repository, with the command that was printed.
    fn apply(&self, left: &Left) {
        let copy = left
            .stdout
            .lines()
            .find_map(|line| line.trim_start().strip_prefix("apply"));
        let _ = self.bench.shell("", copy.unwrap().trim()).ends_with(0);
    }
}

/// The lines of a text that another has not, and the other way round.
fn difference(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let missing = |from: &str, of: &str| {
        let known: Vec<&str> = from.lines().collect();
        of.lines()
            .filter(|line| !known.contains(line))
            .map(str::to_owned)
            .collect()
    };
    (missing(new, old), missing(old, new))
}

#[test]
fn what_is_written_unpacks_to_what_was_checked_however_patches_are_applied() {
    if !tools_are_there() {
        return;
    }
    let first = format!("Patch0001: {OLD}\n");
    let styles: [(String, &str, &[&str]); 7] = [
        (first.clone(), "%autosetup -S git_am\n", &[]),
        (first.clone(), "%autosetup -p1\n", &[]),
        (
            first.clone(),
            "%setup -q\n%patch0001 -p1 -b .old\n",
            &["%patch0002 -p1"],
        ),
        (
            first.clone(),
            "%setup -q\n%patch -P 1 -p1\n",
            &["%patch -P 2 -p1"],
        ),
        (format!("Patch: {OLD}\n"), "%autosetup -p1\n", &[]),
        (first, LOOP, &[]),
        (String::new(), "%setup -q\n", &["%patch -P 1 -p1"]),
    ];
    for (tags, prep, lines) in &styles {
        let packaged = Packaged::new(tags, prep);
        let bench = &packaged.bench;
        let before = packaged.unpacked("dist", "before");
        let spec = bench.read("dist/libvirt.spec");
        let left = packaged.generate(&[]).ends_with(0);
        let (gone, come) = difference(&spec, &bench.read("out/libvirt.spec"));
        assert!(gone.is_empty(), "{prep}: {gone:?}");
        let tag = |line: &&String| line.starts_with("Patch");
        assert_eq!(come.iter().filter(tag).count(), 1, "{prep}: {come:?}");
        let applied: Vec<&String> = come
            .iter()
            .filter(|line| line.starts_with("%patch"))
            .collect();
        assert_eq!(applied, *lines);
        packaged.apply(&left);
        let after = packaged.unpacked("dist", "after");
        let (old, new) = (
            bench.read(&format!("{before}/{CODE}")),
            bench.read(&format!("{after}/{CODE}")),
        );
        assert_eq!(old.contains("/* downstream */"), !tags.is_empty());
        assert_eq!(new.contains("/* downstream */"), !tags.is_empty());
        assert!(
            new.contains("selfctime != virGetSelfLastChanged()"),
            "{prep}"
        );
        // What rpm runs on installation.
        let query = "rpmspec -q --qf '%{NAME}: %{POSTIN}\\n' dist/libvirt.spec 2>/dev/null";
        let scriptlets = bench.shell("", query).ends_with(0).stdout;
        assert!(
            scriptlets.contains("find /var/cache/libvirt/qemu/capabilities"),
            "{scriptlets}"
        );
        bench.git("dist", &["add", "."]);
        bench.git("dist", &["commit", "-qm", "series"]);
        let again = packaged.generate(&[]).ends_with(6);
        assert!(again.stdout.contains("fixed"), "{again}");
    }
}

#[test]
fn a_list_of_patches_gets_a_line_and_no_tag() {
    if !tools_are_there() {
        return;
    }
    let packaged = Packaged::new("", "%autosetup -p1\n");
    let bench = &packaged.bench;
    bench.replace(
        "dist/libvirt.spec",
        "%prep\n",
        &format!("%patchlist\n{OLD}\n\n%prep\n"),
    );
    bench.git("dist", &["commit", "-qam", "list"]);
    let left = packaged.generate(&[]).ends_with(0);
    assert!(
        bench
            .read("out/libvirt.spec")
            .contains(&format!("{OLD}\n{NEW}\n\n%prep"))
    );
    packaged.apply(&left);
    let after = packaged.unpacked("dist", "after");
    let code = bench.read(&format!("{after}/{CODE}"));
    assert!(code.contains("/* downstream */") && code.contains("selfctime != vir"));
}

#[test]
fn the_report_and_the_folder_tell_what_was_written_and_it_is_the_same_each_time() {
    if !tools_are_there() {
        return;
    }
    let packaged = Packaged::autosetup();
    let bench = &packaged.bench;
    let document = packaged.generate(&["--format", "json"]).ends_with(0).json();
    assert_eq!(document["patches"][0]["file"], "libvirt.spec");
    assert_eq!(document["patches"][1]["file"], NEW);
    let commit = bench.git("dist", &["rev-parse", "HEAD"]);
    assert_eq!(document["base"]["commit"], commit);
    assert_eq!(bench.names("out"), [NEW, "evidence", "libvirt.spec"]);
    let first = bench.contents("out");
    let before = bench.contents("dist");
    let left = packaged.generate(&["--dry-run"]).ends_with(0);
    assert!(left.stdout.contains("2 files would be in out"), "{left}");
    assert_eq!(first, bench.contents("out"));
    let _ = packaged.generate(&[]).ends_with(0);
    assert_eq!(first, bench.contents("out"));
    assert_eq!(before, bench.contents("dist"));
    let _ = packaged
        .generate(&["--only", "spec-post-cache-removal", "--force"])
        .ends_with(0);
    assert_eq!(bench.names("out"), ["evidence", "libvirt.spec"]);
}

#[test]
fn the_source_may_be_an_archive_elsewhere_or_a_tree_that_is_unpacked_already() {
    if !tools_are_there() {
        return;
    }
    let packaged = Packaged::autosetup();
    let bench = &packaged.bench;
    let tree = packaged.unpacked("dist", "top");
    let _ = packaged.generate(&[]).ends_with(0);
    let first = bench.contents("out");
    std::fs::remove_file(bench.path("dist/libvirt-1.2.15.tar.gz")).unwrap();
    let left = packaged.generate(&[]).ends_with(2);
    assert!(left.stderr.contains("source-missing"), "{left}");
    let _ = packaged
        .generate(&["--source", "libvirt-1.2.15.tar.gz"])
        .ends_with(0);
    assert_eq!(first, bench.contents("out"));
    let left = packaged.generate(&["--source", &tree]).ends_with(0);
    assert_eq!(first, bench.contents("out"));
    assert!(left.stderr.contains("not tried with rpmbuild"), "{left}");
    // A plain folder is a packaging repository without history, and a layout with two folders one as well.
    std::fs::remove_dir_all(bench.path("dist/.git")).unwrap();
    let left = packaged.generate(&["--source", &tree]).ends_with(0);
    packaged.apply(&left);
    let script = "mkdir SPECS SOURCES && mv libvirt.spec SPECS && mv 0001-* SOURCES && rm 0002-*";
    let _ = bench.shell("dist", script).ends_with(0);
    bench.replace(
        "dist/SPECS/libvirt.spec",
        &format!("Patch0002: {NEW}\n"),
        "",
    );
    let left = packaged
        .generate(&["--source", &tree, "--only", "ctime-comparison"])
        .ends_with(0);
    assert!(
        left.stdout.contains("cp -r out/SPECS out/SOURCES"),
        "{left}"
    );
    assert_eq!(bench.names("out/SOURCES"), [NEW]);
}

#[test]
fn a_source_tree_takes_its_packaging_from_a_spec_on_disk() {
    if !have(&["git"]) {
        return;
    }
    let packaged = Packaged::autosetup();
    let bench = &packaged.bench;
    let args = [
        "generate",
        "-q",
        "--repo",
        "repo",
        "--check",
        "lint",
        "--from",
        "E <e@example.org>",
        "--export",
        "dist-git",
        "--spec",
        "dist/libvirt.spec",
        "-o",
        "out",
        "downstream",
    ];
    let left = bench.run(&args).ends_with(0);
    assert_eq!(bench.names("out"), [NEW, "evidence", "libvirt.spec"]);
    assert!(
        bench
            .read("out/libvirt.spec")
            .contains(&format!("Patch0002: {NEW}\n"))
    );
    assert!(
        left.stdout.trim_end().contains(&format!("out/{NEW} dist")),
        "{left}"
    );
}

#[test]
fn a_package_that_would_not_take_the_patches_is_no_place_for_the_series() {
    if !tools_are_there() {
        return;
    }
    let tag = format!("Patch1: {OLD}\n");
    for (prep, code) in [
        ("%setup -q\ntest -e README\n", "dist-git-prep-unknown"),
        ("%setup -q\n: %{patches}\n", "dist-git-unproven"),
    ] {
        let packaged = Packaged::new(&tag, prep);
        let left = packaged.generate(&["--keep-failed"]).ends_with(3);
        assert!(left.stderr.contains(code), "{prep}: {left}");
        assert!(packaged.bench.names("out").is_empty(), "{prep}");
        // The spec's own patch needs nothing of that.
        let left = packaged.generate(&["--only", "spec-post-cache-removal"]);
        let _ = left.ends_with(0);
        assert_eq!(packaged.bench.names("out"), ["evidence", "libvirt.spec"]);
    }
}

#[test]
fn a_package_that_does_not_unpack_is_a_mistake_and_nothing_is_written_for_another() {
    if !tools_are_there() {
        return;
    }
    let packaged = Packaged::autosetup();
    let bench = &packaged.bench;
    bench.git("dist", &["branch", "good"]);
    bench.commit("dist", "libvirt.spec", "%prep\n", "%prep\nfalse\n");
    let left = packaged.generate(&["good", "HEAD"]).ends_with(2);
    assert!(left.stderr.contains("source-not-unpacked"), "{left}");
    assert!(bench.names("out").is_empty());
    bench.commit("dist", "libvirt.spec", "%prep\nfalse\n", "%prep\ntrue\n");
    let _ = packaged.generate(&["good", "HEAD"]).ends_with(0);
    for revision in ["good", "HEAD"] {
        let names = bench.names(&format!("out/{revision}"));
        assert_eq!(names, [NEW, "evidence", "libvirt.spec"]);
    }
}

#[test]
fn options_that_do_not_go_together_and_folders_that_package_nothing_are_mistakes() {
    let bench = Bench::new();
    bench.sample("repo");
    let common = [
        "generate",
        "--repo",
        "repo",
        "--from",
        "E <e@example.org>",
        "--check",
        "lint",
    ];
    let run = |more: &[&str]| bench.run(&[&common[..], more].concat()).ends_with(2).stderr;
    let dist = ["--export", "dist-git"];
    assert!(run(&["--source", "repo"]).contains("dist-git-option"));
    assert!(run(&["--export", "quilt", "--spec", "x"]).contains("dist-git-option"));
    assert!(run(&[&dist[..], &["--branch", "x"]].concat()).contains("dist-git-option"));
    let several = ["--source", "x", "mainline", "maintenance"];
    assert!(run(&[&dist[..], &several].concat()).contains("dist-git-option"));
    assert!(run(&dist).contains("dist-git-spec"));
    assert!(run(&[&dist[..], &["--spec", "none"]].concat()).contains("dist-git-spec"));
    bench.write("several/a.spec", "Name: a\n");
    bench.write("several/b.spec", "Name: b\n");
    let args = [
        "generate",
        "--repo",
        "several",
        "--from",
        "E <e@example.org>",
        "--export",
        "dist-git",
    ];
    assert!(
        bench
            .run(&args)
            .ends_with(2)
            .stderr
            .contains("several specs")
    );
    assert!(bench.names("outgoing").is_empty());
}
