//! Files in the syntax of git's configuration, read as the installed git reads them.

use std::fs;
use std::process::Command;

use proptest::prelude::*;

use crate::bench::{cases, git_is_there};
use patchwright::habit::config::{self, Entry};
use patchwright::text::Source;

/// Returns what git lists of a file, `None` where it refuses it.
fn listed(text: &[u8]) -> Option<Vec<(String, Option<String>)>> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, text).unwrap();
    let out = Command::new("git")
        .args(["config", "--no-includes", "--list", "-z", "--file"])
        .arg(&file)
        .current_dir(dir.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let entries = text
        .split_terminator('\0')
        .map(|entry| match entry.split_once('\n') {
            Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
            None => (entry.to_owned(), None),
        });
    out.status.success().then(|| entries.collect())
}

/// Returns the entries with all blanks alike, since an older git lists a tab within a value as a space.
fn blanks_alike(
    mut entries: Option<Vec<(String, Option<String>)>>,
) -> Option<Vec<(String, Option<String>)>> {
    for value in entries
        .iter_mut()
        .flatten()
        .filter_map(|entry| entry.1.as_mut())
    {
        *value = value.replace(['\t', '\r'], " ");
    }
    entries
}

fn parsed(text: &[u8]) -> Option<Vec<(String, Option<String>)>> {
    let source = Source::new("file", text);
    let entries = config::parse(&source).ok()?;
    let name = |entry: &Entry| match entry.subsection.as_str() {
        "" if entry.section.is_empty() => entry.key.clone(),
        "" => format!("{}.{}", entry.section, entry.key),
        part => format!("{}.{part}.{}", entry.section, entry.key),
    };
    Some(
        entries
            .iter()
            .map(|entry| (name(entry), entry.value.clone()))
            .collect(),
    )
}

fn pieces() -> impl Strategy<Value = Vec<&'static str>> {
    const PIECES: &[&str] = &[
        "[a]",
        "[b \"C d\"]",
        "[x.Y]",
        "[c \"q\\\"\\\\z\"]",
        "[",
        "]",
        "k",
        "Key-2",
        " = ",
        "=",
        "value",
        "a b",
        "\"",
        "\\",
        "\\n",
        "\\t",
        "\\b",
        "\\q",
        "\\\n",
        "\\\r\n",
        "\\\"",
        "\\\\",
        "#",
        ";",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "\u{b}",
        "é",
        "-",
        "1k",
        ".",
        "\u{feff}",
        "\nto = a@b, c@d\n",
        "\n[include]\npath = /nowhere\n",
    ];
    prop::collection::vec(prop::sample::select(PIECES), 0..24)
}

#[test]
fn every_file_is_read_as_git_reads_it_or_refused_as_git_refuses_it() {
    if !git_is_there() {
        return;
    }
    for text in [
        "[a]\nk",
        "[a]k=v",
        "[a]\nk = v ; x",
        "[a]\nk = \" v \" # x",
        "[a]\r\nk = v\r\n",
        "\u{feff}[a]\nk = v\n",
        "[a \"B\"]\nK = one\\\n  two\n",
        "[A.B.c]\nk = v\n",
        "k = v\n",
        "[a]\nk = \"v\n",
        "[a]\n1 = v\n",
        "[a]\nk = \u{b}",
        "[a]\nk = v\\",
        "[a]\nk = v \u{c}",
        "[a]\nk = \r v\r",
        "[a]\nk = \"\" v",
        "[gitpublishprofile \"default\"]\nbase = master\nto = devel@lists.libvirt.org\nprefix = libvirt PATCH\nsuppresscc = misc-by\n",
    ] {
        assert_eq!(parsed(text.as_bytes()), listed(text.as_bytes()), "{text:?}");
    }
    let tabbed = b"[a]\nk = a\tb";
    let strict = listed(tabbed) == parsed(tabbed);
    let same = |entries| {
        if strict {
            entries
        } else {
            blanks_alike(entries)
        }
    };
    let mut runner = proptest::test_runner::TestRunner::new(cases(256));
    // Most pieces in a row are refused at once; behind a key they are a value.
    let ran = runner.run(&(any::<bool>(), pieces()), |(keyed, pieces)| {
        let key = if keyed { "k =" } else { "" };
        let text = format!("[s]\n{key}{}", pieces.concat());
        prop_assert_eq!(
            same(parsed(text.as_bytes())),
            same(listed(text.as_bytes())),
            "{:?}",
            text
        );
        Ok(())
    });
    ran.unwrap();
}
