//! Specs that clean the cache up in right, wrong and strange ways, each with what is true of it by rpm's and the shell's own rules; what
//! `gate` says of it is that, or that it can't tell.
//!
//! Each is made of a whole spec: the sample's, and libvirt's of 1.2.15 and of 9.0.0 where the environment names these. What the tables
//! beside this file say is `fixed` empties the directory in every build, on installation and on upgrade, and follows no link; `missing`
//! does not; `unsafe` follows links, deletes more than what is in the directory, or fails the transaction, and no such spec is fixed;
//! `open` depends on what stands elsewhere. In them `DIR` is the directory, `CACHE` the one above, `FIND` the command that is mailed,
//! `PKG` the daemon's package, and `POST` the heading of its `%post`. `undetermined` lists those that are not told although they could.

use crate::support::{Bench, have, left};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Write as _;
use std::process::Stdio;

const TABLES: [(&str, &str); 8] = [
    ("find", include_str!("find.toml")),
    ("rm", include_str!("rm.toml")),
    ("flow", include_str!("flow.toml")),
    ("words", include_str!("words.toml")),
    ("macros", include_str!("macros.toml")),
    ("conditions", include_str!("conditions.toml")),
    ("sections", include_str!("sections.toml")),
    ("places", include_str!("places.toml")),
];

/// Specs by what is true of them, each by its name, which begins with that of its table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    #[serde(default)]
    fixed: BTreeMap<String, Given>,
    #[serde(default)]
    missing: BTreeMap<String, Given>,
    #[serde(default)]
    r#unsafe: BTreeMap<String, Given>,
    #[serde(default)]
    open: BTreeMap<String, Given>,
    #[serde(default)]
    undetermined: Undetermined,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Undetermined {
    names: Vec<String>,
}

/// Lines for the start of the daemon's `%post`, or more.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Lines(String),
    Edits(Box<Edits>),
}

/// What makes a spec of another one.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Edits {
    /// Lines at the start of the daemon's `%post`.
    post: Option<String>,
    /// Lines at its end.
    end: Option<String>,
    /// Lines before its heading.
    before: Option<String>,
    /// Lines in the heading's place.
    heading: Option<String>,
    /// Whether the lines that `%post` has are left out.
    drop: bool,
    /// Lines at the start of other sections; one that is not there is put before the daemon's `%post`.
    at: BTreeMap<String, String>,
    /// Lines at the top of the spec, and at its bottom.
    top: Option<String>,
    bottom: Option<String>,
    /// Other files of the tree.
    files: BTreeMap<String, String>,
    /// Where the spec lies instead.
    moved: Option<String>,
    /// The bases that it makes no sense for.
    not: Vec<String>,
}

/// A tree that others are made of.
struct Base {
    name: &'static str,
    package: &'static str,
    files: BTreeMap<String, String>,
}

const SPEC: &str = "libvirt.spec.in";
const CODE: &str = "src/qemu/qemu_capabilities.c";

impl Base {
    /// What a word of the tables stands for here.
    fn word(&self, word: &str) -> String {
        const CACHE: &str = "%{_localstatedir}/cache/libvirt/qemu";
        match word {
            "CACHE" => CACHE.to_owned(),
            "DIR" => format!("{CACHE}/capabilities"),
            "FIND" => {
                format!("find {CACHE}/capabilities -xdev -mindepth 1 -delete >/dev/null 2>&1 || :")
            }
            "PKG" => self.package.to_owned(),
            _ => format!("%post {}", self.package),
        }
    }

    fn expanded(&self, text: &str) -> String {
        let words = regex::Regex::new(r"\b(CACHE|DIR|FIND|PKG|POST)\b").unwrap();
        words
            .replace_all(text, |found: &regex::Captures<'_>| self.word(&found[1]))
            .into_owned()
    }

    /// The files that differ from the base's; an empty text is a file that is not there.
    fn files(&self, edits: &Edits) -> BTreeMap<String, String> {
        let mut files: BTreeMap<String, String> = edits
            .files
            .iter()
            .map(|(path, text)| (path.clone(), self.expanded(text)))
            .collect();
        let spec = self.spec(edits);
        if let Some(path) = &edits.moved {
            files.insert(SPEC.to_owned(), String::new());
            files.insert(path.clone(), spec.replace("@VERSION@", "1.2.15"));
        } else {
            files.insert(SPEC.to_owned(), spec);
        }
        files
    }

    fn spec(&self, edits: &Edits) -> String {
        let lines = |text: &Option<String>| {
            let text = text.as_deref().map(|text| self.expanded(text));
            text.map_or_else(String::new, |text| format!("{text}\n"))
        };
        let mut spec = self.files[SPEC].clone();
        let heading = format!("\n{}\n", self.expanded("POST"));
        let mut before = lines(&edits.before);
        for (section, text) in &edits.at {
            let section = format!("\n{}\n", self.expanded(section));
            let text = format!("{section}{}\n", self.expanded(text));
            if spec.contains(&section) {
                spec = spec.replacen(&section, &text, 1);
            } else {
                before.push_str(&text[1..]);
            }
        }
        let (front, body) = spec.split_once(&heading).unwrap();
        let (body, rest) = body.split_once(&self.expanded("\n%preun PKG\n")).unwrap();
        let body = if edits.drop { "\n" } else { body };
        let own = edits.heading.as_deref().unwrap_or("POST");
        format!(
            "{}{front}\n{before}{}\n{}{body}\n{}\n{}{rest}{}",
            lines(&edits.top),
            self.expanded(own),
            lines(&edits.post),
            lines(&edits.end),
            self.expanded("%preun PKG\n"),
            lines(&edits.bottom)
        )
    }
}

/// The trees that the environment has.
fn bases(bench: &Bench) -> Vec<Base> {
    bench.sample("sample");
    let read = |package, name, paths: &[&str], text: &dyn Fn(&str) -> String| Base {
        name,
        package,
        files: paths
            .iter()
            .map(|&path| (path.to_owned(), text(path)))
            .collect(),
    };
    let mut bases = vec![read(
        "daemon",
        "sample",
        &[SPEC, CODE, "configure.ac"],
        &|path| bench.read(&format!("sample/{path}")),
    )];
    if let Some(git) = std::env::var_os("PATCHWRIGHT_LIBVIRT_GIT") {
        let show = |path: &str| {
            let mut command = bench.command("git");
            command.arg("--git-dir").arg(&git);
            left(command.args(["show", &format!("v1.2.15:{path}")]))
                .ends_with(0)
                .stdout
        };
        bases.push(read(
            "daemon",
            "1.2.15",
            &[SPEC, CODE, "configure.ac"],
            &show,
        ));
    }
    if let Some(tree) = std::env::var_os("PATCHWRIGHT_LIBVIRT_TREE") {
        let read_file =
            |path: &str| std::fs::read_to_string(std::path::Path::new(&tree).join(path)).unwrap();
        bases.push(read(
            "daemon-driver-qemu",
            "9.0.0",
            &[SPEC, CODE, "meson.build"],
            &read_file,
        ));
    }
    bases
}

/// A spec, what is true of it, and whether it is known not to be told.
struct Case<'a> {
    base: &'a Base,
    name: String,
    truth: &'static str,
    open: bool,
    files: BTreeMap<String, String>,
}

fn cases<'a>(bases: &'a [Base]) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for (table, text) in TABLES {
        let read: Table = toml::from_str(text).unwrap_or_else(|error| panic!("{table}: {error}"));
        let known = read.undetermined.names;
        let groups = [
            ("fixed", read.fixed),
            ("missing", read.missing),
            ("unsafe", read.r#unsafe),
            ("open", read.open),
        ];
        for (truth, specs) in groups {
            for (name, given) in specs {
                assert!(name.starts_with(&format!("{table}: ")), "{name}");
                let edits = match given {
                    Given::Lines(post) => Edits {
                        post: Some(post),
                        ..Edits::default()
                    },
                    Given::Edits(edits) => *edits,
                };
                for base in bases {
                    if edits.not.iter().any(|not| not == base.name) {
                        continue;
                    }
                    cases.push(Case {
                        base,
                        name: name.clone(),
                        truth,
                        open: known.contains(&name),
                        files: base.files(&edits),
                    });
                }
            }
        }
    }
    cases
}

/// The stream that makes a repository of the cases: a branch for each base, a tag for each case.
fn stream(bases: &[Base], cases: &[Case<'_>]) -> Vec<u8> {
    let mut text = String::new();
    let mut commit = |name: &str, from: Option<&str>, files: &BTreeMap<String, String>| {
        let (len, from) = (name.len(), from.map(|from| format!("from {from}\n")));
        let _ = write!(
            text,
            "commit {name}\ncommitter A <a@example.org> 1432123517 +0000\ndata {len}\n{name}\n{}",
            from.unwrap_or_default()
        );
        for (path, content) in files {
            let _ = if content.is_empty() {
                writeln!(text, "D {path}")
            } else {
                writeln!(
                    text,
                    "M 100644 inline {path}\ndata {}\n{content}",
                    content.len()
                )
            };
        }
        text.push('\n');
    };
    for base in bases {
        commit(&format!("refs/heads/{}", base.name), None, &base.files);
    }
    for (number, case) in cases.iter().enumerate() {
        let from = format!("refs/heads/{}", case.base.name);
        commit(
            &format!("refs/tags/case-{number}"),
            Some(&from),
            &case.files,
        );
    }
    text.into_bytes()
}

/// What is said of each, with the reason.
fn said(bench: &Bench, cases: &[Case<'_>]) -> Vec<(String, String)> {
    let names: Vec<String> = (0..cases.len())
        .map(|number| format!("case-{number}"))
        .collect();
    let mut args = vec![
        "gate",
        "-q",
        "--repo",
        "repo",
        "--format",
        "json",
        "--no-cache",
    ];
    args.extend(names.iter().map(String::as_str));
    let document = bench.run(&args).ends_with(1).json();
    let rows = document["revisions"].as_array().unwrap().iter();
    rows.map(|row| {
        let cell = &row["patches"][0];
        let text = |key: &str| cell[key].as_str().unwrap().to_owned();
        (text("status"), text("reason"))
    })
    .collect()
}

#[test]
fn specs_of_every_kind_are_told_apart() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    let bases = bases(&bench);
    let cases = cases(&bases);
    assert!(cases.len() >= 200 * bases.len(), "{}", cases.len());
    bench.git(".", &["init", "-q", "--bare", "repo"]);
    let mut import = bench.command("git");
    let import = import
        .args(["-C", "repo", "fast-import", "--quiet"])
        .stdin(Stdio::piped());
    let mut import = import.spawn().unwrap();
    let input = import.stdin.take();
    input.unwrap().write_all(&stream(&bases, &cases)).unwrap();
    assert!(import.wait().unwrap().success());

    let mut counts: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
    let mut other = Vec::new();
    for (case, (said, why)) in cases.iter().zip(said(&bench, &cases)) {
        let right = match case.truth {
            "unsafe" => "missing",
            "open" => "undetermined",
            truth => truth,
        };
        let expected = if case.open { "undetermined" } else { right };
        if said != expected {
            let (name, base, truth) = (&case.name, case.base.name, case.truth);
            other.push(format!("{truth} said {said}: {name} ({base}): {why}"));
        }
        *counts
            .entry((case.base.name, case.truth, said))
            .or_default() += 1;
    }
    for ((base, truth, said), count) in &counts {
        println!("{base}: {truth} said {said}: {count}");
    }
    other.sort();
    assert!(other.is_empty(), "{}", other.join("\n"));
}
