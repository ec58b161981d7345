//! Any bytes, and good mails with bytes changed: read, put in order, parsed, applied and told of without a panic.

use std::fs;
use std::path::Path;

use patchwright::check::lint::lint;
use patchwright::compose::{Standing, hostile, mailed};
use patchwright::mail::incoming::series::series;
use patchwright::mail::incoming::{Quotes, Reading, Splitting, take};
use patchwright::report::picture::draw;
use patchwright::syntax::patch::parse;
use patchwright::target::Tree;
use patchwright::target::commit::{Blob, FileChange};
use patchwright::text::{Problem, Source};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

/// How many inputs are tried; a million is a run of minutes.
const VARIABLE: &str = "PATCHWRIGHT_FUZZ";

/// What becomes of some bytes of an input.
#[derive(Clone, Debug)]
enum Change {
    Set(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Double(usize, usize),
    Swap(usize, usize),
    Cut(usize),
}

/// What mails and patches are made of.
const PARTS: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\0",
    " ",
    "\t",
    "---\n",
    "--- a/",
    "+++ b/",
    "diff --git a/file.c b/file.c\n",
    "@@ -",
    "@@ -0,0 +1 @@\n",
    "@@ -4294967295,4294967295 +1 @@\n",
    "/dev/null",
    "\"a/\\777\"",
    "\\ No newline at end of file\n",
    "rename from ",
    "rename to ",
    "copy from file.c\n",
    "new file mode 120000\n",
    "deleted file mode 100644\n",
    "index 0000000000000000000000000000000000000000..20b5be91886d0b6f26dc98a225c0dac05fe2c86e\n",
    "GIT binary patch\nliteral 3\n",
    "delta 18446744073709551615\n",
    "zcmeZ`$!",
    "From: ",
    "Subject: ",
    "From x@y Thu Jan  1 00:00:00 1970\n",
    ">From ",
    "Date: ",
    "=?utf-8?q?=C3?=",
    "=?utf-8?b?w6k=?=",
    "=?gb18030?q?=81?=",
    "Content-Type: multipart/mixed; boundary=b\n",
    "--b\n",
    "--b--\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "=\n",
    "format=flowed",
    "-- >8 --\n",
    "[PATCH 1/4294967295]",
    "[PATCH v4294967295 0/0]",
    "base-commit: ",
    "é",
    "\u{200b}",
    "../",
    ".git/",
    "link/",
    "d/",
];

fn change() -> impl Strategy<Value = Change> {
    let at = any::<u16>().prop_map(usize::from).boxed();
    let bytes = prop_oneof![
        4 => select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..9),
    ];
    prop_oneof![
        3 => (at.clone(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (at.clone(), bytes).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (at.clone(), 1..80_usize).prop_map(|(at, len)| Change::Remove(at, len)),
        2 => (at.clone(), 1..200_usize).prop_map(|(at, len)| Change::Double(at, len)),
        1 => (at.clone(), at.clone()).prop_map(|(one, other)| Change::Swap(one, other)),
        1 => at.prop_map(Change::Cut),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let len = bytes.len();
        let within = |at: &usize| at % (len + 1);
        match change {
            Change::Set(at, byte) if len > 0 => bytes[at % len] = *byte,
            Change::Swap(one, other) if len > 0 => bytes.swap(one % len, other % len),
            Change::Set(..) | Change::Swap(..) => {}
            Change::Insert(at, part) => {
                drop(bytes.splice(within(at)..within(at), part.iter().copied()));
            }
            Change::Remove(at, count) => {
                drop(bytes.drain(within(at)..(within(at) + count).min(len)));
            }
            Change::Double(at, count) => {
                let part = bytes[within(at)..(within(at) + count).min(len)].to_vec();
                bytes.splice(within(at)..within(at), part);
            }
            Change::Cut(at) => bytes.truncate(within(at)),
        }
    }
    bytes
}

/// A tree with a file, a folder, a link and bytes that are no text.
fn tree() -> Tree {
    let file = |path: &str, mode: u32, bytes: &[u8]| FileChange {
        path: path.to_owned(),
        before: Some(Blob::new(mode, bytes)),
        after: None,
        ..FileChange::default()
    };
    Tree::before(&[
        file(
            "file.c",
            0o100_644,
            b"int main(void)\n{\n    return 1;\n}\n/* end */\n",
        ),
        file("d/f", 0o100_755, b"f"),
        file("link", 0o120_000, b"file.c"),
        file("b", 0o100_644, b"a\0b"),
        file("w", 0o100_644, b"a\r\n"),
    ])
}

/// Does all that `validate` does with bytes, but for asking a repository and the checks.
fn judged(bytes: &[u8], how: u8, tree: &Tree) {
    let told = |problem: &Problem| assert!(!draw(problem, false).is_empty());
    let source = Source::new("bytes", bytes);
    put(bytes, &|span| source.site(span), tree, &told);
    let reading = Reading {
        splitting: Splitting {
            quotes: [Quotes::Kept, Quotes::Taken, Quotes::Told][usize::from(how % 3)],
            keep_cr: how & 2 != 0,
        },
        scissors: how & 4 != 0,
    };
    let mails = take(&source, reading);
    for mail in &mails {
        mail.problems.iter().for_each(told);
        lint(&mail.message, &[]);
        put(
            mail.patch.bytes(),
            &|span| mail.patch.site(span),
            tree,
            &told,
        );
    }
    match series(mails) {
        Ok(series) => assert!(!series.patches.is_empty()),
        Err(problems) => problems.iter().for_each(told),
    }
}

fn put(bytes: &[u8], site: &mailed::SiteOf, tree: &Tree, told: &dyn Fn(&Problem)) {
    let files = match parse(bytes) {
        Ok(files) => files,
        Err(malformed) => {
            return told(
                &Problem::new("patch-malformed", malformed.message)
                    .at_site(&site(malformed.span), "here"),
            );
        }
    };
    let hostile = hostile::problems(&files, site);
    hostile.iter().for_each(told);
    if !hostile.is_empty() {
        return;
    }
    let put = mailed::put(tree, "base", &files, site).unwrap();
    if let Standing::Refused(problems) = &put.standing {
        problems.iter().for_each(told);
    }
    let after = tree.changed(&put.changes);
    for change in &put.changes {
        assert!(after.entry(&change.path).is_ok());
    }
    lint("topic: What\n\nWhy.\n", &put.changes);
}

#[test]
fn no_bytes_make_the_reader_the_parser_or_the_applier_panic() {
    let asked = std::env::var(VARIABLE).ok();
    let cases = asked.and_then(|cases| cases.parse().ok()).unwrap_or(400);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mails");
    let mut seeds: Vec<Vec<u8>> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect();
    seeds.sort();
    let tree = tree();
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let seed = || any::<u16>().prop_map(usize::from);
    let bytes = prop_oneof![
        8 => (seed(), vec(change(), 0..6)).prop_map(|(seed, changes)| (Some(seed), changes, Vec::new())),
        2 => (seed(), vec(change(), 0..3), vec(any::<u8>(), 0..40)).prop_map(|(seed, changes, bytes)| (Some(seed), changes, bytes)),
        1 => (vec(select(PARTS), 0..40), vec(change(), 0..3)).prop_map(|(parts, changes)| (None, changes, parts.concat().into_bytes())),
        1 => vec(any::<u8>(), 0..300).prop_map(|bytes| (None, Vec::new(), bytes)),
    ];
    let strategy = (bytes, any::<u8>(), seed());
    let run = TestRunner::new(config).run(&strategy, |((seed, changes, more), how, second)| {
        let mut bytes = seed.map_or(Vec::new(), |seed| seeds[seed % seeds.len()].clone());
        bytes.extend(more);
        // Now and then two mails in one.
        if how & 0x30 == 0 {
            bytes.extend_from_slice(&seeds[second % seeds.len()]);
        }
        judged(&changed(bytes, &changes), how, &tree);
        Ok(())
    });
    run.unwrap();
}
