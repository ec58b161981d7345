//! Histories made of what mails trip over, thrown together at random: always the bytes of git.

use std::collections::BTreeMap;

use patchwright::mail::{Base, Cover, Ident, Options, Thread};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::bench::{Bench, cases, git_is_there, options};

const LINES: &[&str] = &[
    "",
    "{",
    "}",
    "    x = 1;",
    "    x = 1;",
    "    return x;",
    "\treturn 0;",
    "int main(void)",
    "static char *name(int a, int b)",
    "_start:",
    "$dollar = 1",
    "#define X 1",
    "  été",
    "été au début",
    "  trailing  ",
    "windows\r",
    "-- ",
    "--- a/b",
    "+++ b/b",
    "@@ -1 +1 @@",
    "From here",
    "a_function_with_a_name_that_is_so_very_long_that_the_heading_must_be_cut(int first, int second)",
    "une_fonction_dont_le_nom_est_tellement_long_que_le_titre_doit_etre_coupe_quelque_pààààrt(int a)",
    "last \u{1}control",
    "x\u{ffff}y heading",
    "    /* comment",
    "     */",
    "<<<<<<<",
    "function   \t ",
    "    nul\0inside",
];
pub(crate) const PATHS: &[&str] = &[
    "a",
    "a.c",
    "a/b.c",
    "a-b",
    "src/qemu/qemu_capabilities.c",
    "with space",
    "\"quoted\"",
    "back\\slash",
    "été",
    "tab\there",
    "Z",
    "a/very/deep/directory/with/a/very/long/name/that/does/not/fit/the/table/of/changes.c",
    "one-name-without-any-directory-that-is-far-too-long-to-be-shown-in-a-table-of-changes.txt",
    "été/été/été/été/été/été/été/été.c",
    "src/qemu/qemu_driver.c",
    "src/lxc/qemu_driver.c",
    "src/qemu/deep/qemu_capabilities.c",
    "a/b/b.c",
    "logo.png",
    "img/logo.png",
    "=> {a}",
    ":colon",
];
const WORDS: &[&str] = &[
    "a",
    "topic:",
    "Change",
    "the",
    "file's",
    "cache",
    "[x]",
    "été",
    "日本語",
    "=?utf-8?q?x?=",
    "=?",
    "under_score",
    "tab\tin",
    "an-extraordinarily-long-word-that-takes-most-of-a-line-by-itself",
    "...",
    "(again)",
    "\"quoted\"",
    "100%",
    "ends.",
    "—",
    "",
    "-",
    "..dots..",
    "Ünïcödé",
    "\u{1f600}",
    "e\u{301}",
    "<a@b.c>",
    "[PATCH",
    "]",
];
const NAMES: &[&str] = &[
    "A U Thor",
    "Zoë",
    "日本 太郎",
    "A. U. Thor",
    "Thor, A",
    "\"A\" Thor",
    "a(b)",
    "O'Neil",
    "=?x",
    "back\\slash",
    "under_score é",
    "A Very Long Name That Has So Many Words That It Needs More Than One Line In The Header Of Any Mail",
    "Ä Very Löng Näme That Häs So Many Wörds Thät It Needs More Thän One Line In The Header Öf Any Mail",
    "A. Dotted. And. Very. Long. Name. That. Has. So. Many. Words. That. It. Needs. More. Than. One. Line",
];
const EMAILS: &[&str] = &[
    "a@example.com",
    "b@x",
    "an.extraordinarily.long.local.part.of.an.address@a.very.long.host.name.example.org",
    "nohost",
];

pub(crate) type Text = Vec<u8>;

pub(crate) fn text() -> impl Strategy<Value = Text> {
    let lines = (0..70_usize).prop_flat_map(|most| vec(select(LINES), 0..=most));
    (lines, any::<bool>()).prop_map(|(lines, ends)| {
        let mut text = lines.join("\n");
        if ends && !text.is_empty() {
            text.push('\n');
        }
        text.into_bytes()
    })
}

/// How one version is made from the last: by new text, or by changed lines.
#[derive(Clone, Debug)]
enum Edit {
    Write(u32, Text),
    Lines(Vec<(usize, usize, Vec<&'static str>)>),
    Bytes(Vec<(usize, usize, Text)>),
    Mode(u32),
    Delete,
    Move(&'static str, Vec<(usize, usize, Vec<&'static str>)>),
    Copy(&'static str, Vec<(usize, usize, Vec<&'static str>)>),
}

/// Bytes that are hard to pack, easy to pack, or both.
fn noise() -> impl Strategy<Value = Text> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..600),
        (any::<u8>(), 0..5000_usize)
            .prop_map(|(byte, len)| std::iter::repeat_n(byte, len).collect()),
        (vec(any::<u8>(), 1..40), 1..200_usize).prop_map(|(bytes, times)| bytes.repeat(times)),
        vec(select(&[0_u8, 0, 0, 1, 2, 255][..]), 0..300),
    ];
    vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}

fn edit() -> impl Strategy<Value = Edit> {
    let mode = || select(&[0o100_644, 0o100_644, 0o100_755, 0o120_000, 0o160_000][..]);
    let change = || {
        (
            any::<u16>().prop_map(usize::from),
            0..4_usize,
            vec(select(LINES), 0..4),
        )
    };
    let bytes = (any::<u16>().prop_map(usize::from), 0..300_usize, noise());
    prop_oneof![
        3 => (mode(), text()).prop_map(|(mode, text)| Edit::Write(mode, text)),
        1 => noise().prop_map(|bytes| Edit::Write(0o100_644, bytes)),
        6 => vec(change(), 1..4).prop_map(Edit::Lines),
        2 => vec(bytes, 1..3).prop_map(Edit::Bytes),
        1 => mode().prop_map(Edit::Mode),
        1 => Just(Edit::Delete),
        2 => (select(PATHS), vec(change(), 0..3)).prop_map(|(to, lines)| Edit::Move(to, lines)),
        1 => (select(PATHS), vec(change(), 0..3)).prop_map(|(to, lines)| Edit::Copy(to, lines)),
    ]
}

/// Replaces lines of a text: at which place, how many, by what.
pub(crate) fn spliced(text: &[u8], changes: &[(usize, usize, Vec<&'static str>)]) -> Text {
    let mut lines: Vec<Text> = text
        .split_inclusive(|&byte| byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    for (at, removed, added) in changes {
        let at = at % (lines.len() + 1);
        let end = lines.len().min(at + removed);
        lines.splice(
            at..end,
            added.iter().map(|line| format!("{line}\n").into_bytes()),
        );
    }
    lines.concat()
}

type Files = BTreeMap<&'static str, (u32, Text)>;

fn edited(files: &mut Files, path: &'static str, edit: &Edit) {
    let (mode, text) = files.get(path).cloned().unwrap_or((0o100_644, Vec::new()));
    let version = match edit {
        Edit::Write(mode, text) => (*mode, text.clone()),
        Edit::Mode(mode) => (*mode, text),
        Edit::Lines(changes) => (mode, spliced(&text, changes)),
        Edit::Bytes(changes) => {
            let mut bytes = text;
            for (at, removed, added) in changes {
                let at = at % (bytes.len() + 1);
                let end = bytes.len().min(at + removed);
                bytes.splice(at..end, added.iter().copied());
            }
            (mode, bytes)
        }
        Edit::Delete => {
            files.remove(path);
            return;
        }
        Edit::Move(to, changes) | Edit::Copy(to, changes) => {
            if matches!(edit, Edit::Move(..)) {
                files.remove(path);
            }
            files.insert(to, (mode, spliced(&text, changes)));
            return;
        }
    };
    files.insert(path, version);
}

#[derive(Clone, Debug)]
pub(crate) struct Draft {
    author: (&'static str, &'static str),
    date: (u32, i32),
    message: String,
    edits: BTreeMap<&'static str, Edit>,
}

fn words(most: usize) -> impl Strategy<Value = String> {
    vec(select(WORDS), 1..most).prop_map(|words| words.join(" "))
}

fn message() -> impl Strategy<Value = String> {
    let gap = select(&["", "\n", "\n\n", " \n", "\n\n\n"][..]);
    (
        gap.clone(),
        words(25),
        option::of(words(8)),
        gap.clone(),
        vec(words(14), 0..4),
        gap,
    )
        .prop_map(|(before, title, more, gap, body, after)| {
            let more = more.map(|more| format!("\nand {more}")).unwrap_or_default();
            format!("{before}x{title}{more}\n{gap}\n{}{after}", body.join("\n"))
        })
}

pub(crate) fn draft() -> impl Strategy<Value = Draft> {
    let author = (select(NAMES), select(EMAILS));
    let date = (any::<u32>(), -12 * 60..=14 * 60);
    let edits = proptest::collection::btree_map(select(PATHS), edit(), 1..6);
    (author, date, message(), edits).prop_map(|(author, date, message, edits)| Draft {
        author,
        date,
        message,
        edits,
    })
}

pub(crate) fn how() -> impl Strategy<Value = Options> {
    let from = (select(NAMES), select(EMAILS)).prop_map(|(name, email)| Ident {
        name: name.trim_matches('"').to_string(),
        email: email.to_string(),
    });
    let from = prop_oneof![Just(options().from), from];
    let cover = option::of((words(20), words(30)));
    let prefix = select(&["PATCH", "", "libvirt PATCH", "PATCH libvirt.git"][..]);
    let thread = select(&[None, Some(Thread::Shallow), Some(Thread::Deep)][..]);
    let to = vec(
        select(&["a@b.c", "D. E. <d@e.f>", "\"G, H\" <g@h.i>"][..]),
        0..3,
    );
    (
        from,
        cover,
        prefix,
        any::<bool>(),
        option::of(1..12_u32),
        thread,
        to,
    )
        .prop_map(|(from, cover, prefix, rfc, reroll, thread, to)| Options {
            from,
            prefix: prefix.into(),
            rfc: rfc && !prefix.is_empty(),
            reroll: reroll.filter(|_| !prefix.is_empty()),
            thread,
            to: to.iter().map(ToString::to_string).collect(),
            cc: to.iter().rev().map(ToString::to_string).collect(),
            cover: cover.map(|(subject, body)| Cover {
                subject: format!("x{subject}").trim_end().to_string(),
                body: format!("x{body}").trim_end().to_string(),
                unobserved: None,
                appendix: None,
                whole: None,
            }),
            ..options()
        })
}

/// Commits the drafts one after another, on a base that has the first versions of their files.
pub(crate) fn history(bench: &Bench, base: &[Text], drafts: &[Draft]) {
    let mut files: Files = PATHS
        .iter()
        .copied()
        .zip(base.iter().cloned().map(|text| (0o100_644, text)))
        .collect();
    files.remove("a");
    bench.commit_files(
        &files,
        &Ident {
            name: "A".into(),
            email: "a".into(),
        },
        (0, 0),
        "base\n",
    );
    for (draft, at) in drafts.iter().zip(1..) {
        for (path, edit) in &draft.edits {
            edited(&mut files, path, edit);
        }
        // Git has no mail for a commit that changes nothing.
        files.insert("counter", (0o100_644, format!("{at}\n").into_bytes()));
        // A name can't be a file and a folder.
        let folders: Vec<String> = files.keys().map(|path| format!("{path}/")).collect();
        let is_folder = |folder: &String| files.keys().any(|path| path.starts_with(folder));
        let kept: Vec<bool> = folders.iter().map(|folder| !is_folder(folder)).collect();
        let files: Files = files
            .clone()
            .into_iter()
            .zip(kept)
            .filter_map(|(file, kept)| kept.then_some(file))
            .collect();
        let author = Ident {
            name: draft.author.0.into(),
            email: draft.author.1.into(),
        };
        bench.commit_files(&files, &author, draft.date, &draft.message);
    }
}

#[test]
fn any_history_is_mailed_as_git_mails_it() {
    if !git_is_there() {
        return;
    }
    let input = (
        vec(text(), PATHS.len()),
        vec(draft(), 1..5),
        how(),
        any::<bool>(),
        option::of(0..4_usize),
    );
    let run = TestRunner::new(cases(8)).run(&input, |(base, drafts, how, signed_off, below)| {
        let bench = Bench::new();
        history(&bench, &base, &drafts);
        // What stands between the commit that the mails name and the first of them is needed too.
        let below = below.map(|below| below.min(drafts.len() - 1));
        let base = below.map(|_| Base {
            commit: bench.git(&["rev-parse", &format!("HEAD~{}", drafts.len())]),
            prerequisites: Vec::new(),
        });
        let mailed = drafts.len() - below.unwrap_or(0);
        let how = Options { base, ..how };
        bench.require_equal_with(&format!("HEAD~{mailed}..HEAD"), &how, signed_off);
        Ok(())
    });
    run.unwrap();
}
