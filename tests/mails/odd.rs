//! Commits that are written by hand, byte by byte: encodings that they tell, headers that few have, authors and zones that git lets
//! pass. Always the bytes of git.

use crate::bench::{Bench, git_is_there, options};

/// A commit as it is stored, but for its tree and its parent.
struct Odd {
    author: &'static [u8],
    zone: &'static str,
    /// Further lines of the header.
    header: &'static [u8],
    message: &'static [u8],
}

const PLAIN: Odd = Odd {
    author: b"A U Thor <author@example.com>",
    zone: "-0430",
    header: b"",
    message: b"topic: Change\n\nSince it is odd.\n",
};

const ODD: &[Odd] = &[
    Odd {
        author: b"J\xf6rg <j@example.com>",
        header: b"encoding ISO-8859-1\n",
        message: b"topic: gr\xfc\xdfen\n\nB\xf6dy.\n",
        ..PLAIN
    },
    Odd {
        header: b"encoding KOI8-R\n",
        message: b"\xd4\xc5\xd3\xd4\n\n\xd4\xc5\xd3\xd4\n",
        ..PLAIN
    },
    Odd {
        header: b"encoding EUC-JP\n",
        message: b"euc \xc6\xfc\xcb\xdc\xb8\xec\n\n\xc6\xfc\xcb\xdc\n",
        ..PLAIN
    },
    Odd {
        header: b"encoding windows-1252\n",
        message: b"win \x80\n\n\x93q\x94\n",
        ..PLAIN
    },
    Odd {
        header: b"encoding UTF-8\n",
        message: "topic: déclaré\n\nBödy.\n".as_bytes(),
        ..PLAIN
    },
    Odd {
        header: b"encoding x-nope\n",
        ..PLAIN
    },
    Odd {
        header: b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n",
        ..PLAIN
    },
    Odd {
        header: b"mergetag object 1111111111111111111111111111111111111111\n type commit\n tag v1\n tagger A <a@b> 1 +0000\n \n x\n",
        ..PLAIN
    },
    Odd {
        author: b"Last, First \"Nick\" M. <a@example.com>",
        ..PLAIN
    },
    Odd {
        author: b"J. Random (Hacker) <we ird@ex ample>",
        ..PLAIN
    },
    Odd {
        author: "Ω \"quo\" , M. <ünï@exämple.org>".as_bytes(),
        ..PLAIN
    },
    Odd {
        zone: "+9999",
        ..PLAIN
    },
    Odd {
        zone: "-1145",
        message: b"\n\n  leading blanks  \n\n\n\nBody  \n   \nmore\t\n\n\n",
        ..PLAIN
    },
    Odd {
        message: b"no line feed and no body",
        ..PLAIN
    },
    Odd {
        message: b"windows\r\n\r\nbody\r\n",
        ..PLAIN
    },
    Odd {
        message: "family 👩\u{200d}👩\u{200d}👧\u{200d}👦👩\u{200d}👩\u{200d}👧\u{200d}👦👩\u{200d}👩\u{200d}👧\u{200d}👦 and \u{202e}abc\u{202c} and \u{200f} עברית\n\n👩\u{200d}👧\n".as_bytes(),
        ..PLAIN
    },
    Odd {
        message: "漢字かな交じり文の長い題名を折り返す必要がある場合の確認漢字かな交じり文の長い題名を折り返す必要がある場合の確認\n\n本文\n".as_bytes(),
        ..PLAIN
    },
    Odd {
        message: b"control \x01 \x7f \x1b[0m\n\nbody \x1b\n",
        ..PLAIN
    },
];

/// Stores a commit above HEAD, with a file of its number, and moves HEAD to it.
fn store(bench: &Bench, number: usize, odd: &Odd) {
    bench.write(&format!("file-{number}"), format!("{number}\n"));
    bench.git(&["add", "-A"]);
    let tree = bench.git(&["write-tree"]);
    let parent = bench.git(&["rev-parse", "HEAD"]);
    let at = 1_432_123_517 + 61 * number;
    let head = format!("tree {tree}\nparent {parent}\nauthor ");
    let dates = format!(
        " {at} {}\ncommitter C O Mitter <committer@example.com> {at} +0200\n",
        odd.zone
    );
    let bytes = [
        head.as_bytes(),
        odd.author,
        dates.as_bytes(),
        odd.header,
        b"\n",
        odd.message,
    ]
    .concat();
    let repository = git2::Repository::open(bench.tree()).unwrap();
    let odb = repository.odb().unwrap();
    let id = odb.write(git2::ObjectType::Commit, &bytes).unwrap();
    bench.git(&["update-ref", "HEAD", &id.to_string()]);
}

#[test]
fn commits_that_few_write_are_mailed_as_git_mails_them() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    bench.write("base", "\n");
    bench.commit("base\n");
    for (number, odd) in ODD.iter().enumerate() {
        store(&bench, number, odd);
    }
    let range = format!("HEAD~{}..HEAD", ODD.len());
    let count = bench.require_equal(&range, &options());
    assert_eq!(count, ODD.len() + 1);
}
