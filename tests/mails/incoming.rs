//! Mails as we read them, against what `git mailsplit` and `git mailinfo` make of the same bytes.

use std::fs;
use std::process::Command;

use patchwright::mail::incoming::{Info, Quotes, Reading, Received, Splitting, take};
use patchwright::text::Source;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::bench::{Bench, cases, git_is_there};

/// What git made of a mail: none where it refused.
struct Theirs {
    info: Option<Info>,
    patch: Vec<u8>,
    said: String,
}

/// Reads a mailbox with git.
fn theirs(bench: &Bench, bytes: &[u8], how: Reading) -> Vec<Theirs> {
    let root = bench.root.path();
    let split = root.join("split");
    fs::remove_dir_all(&split).ok();
    fs::create_dir(&split).unwrap();
    fs::write(root.join("box"), bytes).unwrap();
    let mut mailsplit = "git mailsplit -d4 -b -osplit".to_owned();
    if how.splitting.quotes == Quotes::Taken {
        mailsplit.push_str(" --mboxrd");
    }
    if how.splitting.keep_cr {
        mailsplit.push_str(" --keep-cr");
    }
    let scissors = if how.scissors {
        "--scissors"
    } else {
        "--no-scissors"
    };
    let script = format!(
        "{mailsplit} -- box >/dev/null; for mail in split/*; do [ -e $mail ] || continue; \
         git mailinfo {scissors} $mail.msg $mail.patch <$mail >$mail.info 2>$mail.err; echo $? >$mail.rc; done"
    );
    let out = Command::new("sh")
        .args(["-c", &script])
        .current_dir(root)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    // That a mailbox is empty is all that git may have to say.
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.is_empty() || said.contains("empty mbox"), "{said}");
    let mut mails = Vec::new();
    while split.join(format!("{:04}", mails.len() + 1)).exists() {
        let name = format!("{:04}", mails.len() + 1);
        let read = |suffix: &str| fs::read(split.join(format!("{name}.{suffix}"))).unwrap();
        let good = read("rc") == b"0\n";
        mails.push(Theirs {
            info: good.then(|| info(&read("info"), read("msg"))),
            patch: read("patch"),
            said: String::from_utf8_lossy(&read("err")).into_owned(),
        });
    }
    mails
}

fn info(printed: &[u8], message: Vec<u8>) -> Info {
    let value = |name: &str| {
        let lines = printed.split(|&byte| byte == b'\n');
        lines
            .filter_map(|line| line.strip_prefix(name.as_bytes()))
            .next()
            .map(<[u8]>::to_vec)
    };
    Info {
        name: value("Author: "),
        email: value("Email: "),
        subject: value("Subject: "),
        date: value("Date: "),
        message,
    }
}

const REFUSED: [&str; 5] = [
    "received-bad-word",
    "received-charset-unknown",
    "received-charset-unfit",
    "received-too-deep",
    "received-nul",
];

fn require_same(bench: &Bench, bytes: &[u8], how: Reading) {
    let ours: Vec<Received> = take(&Source::new("box", bytes), how);
    let theirs = theirs(bench, bytes, how);
    let shown = String::from_utf8_lossy(bytes);
    assert_eq!(
        ours.len(),
        theirs.len(),
        "another number of mails in:\n{shown}"
    );
    for (our, their) in ours.iter().zip(&theirs) {
        let refused = our
            .problems
            .iter()
            .any(|problem| REFUSED.contains(&problem.code));
        let Some(info) = &their.info else {
            assert!(refused, "git refused ({}):\n{shown}", their.said);
            continue;
        };
        let refused = refused
            && our
                .problems
                .iter()
                .all(|problem| problem.code != "received-nul");
        assert!(
            !refused,
            "git took it, and we say {:?}:\n{shown}",
            our.problems
        );
        let text = |bytes: &Option<Vec<u8>>| {
            bytes
                .as_ref()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        assert_eq!(
            text(&our.info.subject),
            text(&info.subject),
            "subject of:\n{shown}"
        );
        assert_eq!(text(&our.info.name), text(&info.name), "name in:\n{shown}");
        assert_eq!(
            text(&our.info.email),
            text(&info.email),
            "address in:\n{shown}"
        );
        assert_eq!(text(&our.info.date), text(&info.date), "date of:\n{shown}");
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            lossy(&our.info.message),
            lossy(&info.message),
            "message of:\n{shown}"
        );
        assert_eq!(
            lossy(our.patch.bytes()),
            lossy(&their.patch),
            "patch of:\n{shown}"
        );
        assert!(
            our.info == *info && our.patch.bytes() == their.patch,
            "other bytes of:\n{shown}"
        );
    }
}

/// The mails of `tests/corpus/mails`, and mailboxes made of them.
#[test]
fn every_mail_of_the_corpus_is_read_as_git_reads_it() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mails");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        println!("{}", path.display());
        for number in 0..8_u8 {
            require_same(&bench, &bytes, reading(number));
        }
        count += 1;
    }
    assert!(count >= 10, "only {count} mails were found");
}

fn reading(number: u8) -> Reading {
    Reading {
        splitting: Splitting {
            quotes: match number & 1 {
                0 => Quotes::Kept,
                _ => Quotes::Taken,
            },
            keep_cr: number & 2 != 0,
        },
        scissors: number & 4 != 0,
    }
}

const HEADERS: &[&str] = &[
    "From: A U Thor <author@example.org>",
    "From: =?UTF-8?q?A=20=C3=9A=20Thor?= <author@example.org>",
    "From: =?iso-8859-1?Q?J=F6rg?= =?iso-8859-1?Q?_Mayer?= <j@example.org>",
    "From: =?utf-8?B?w6kgYiBj?= <e@example.org>",
    "From: \"Thor, A \\\"U\\\"\" <author@example.org>",
    "From: author@example.org (A (U) Thor)",
    "From: author@example.org",
    "From: <author@example.org>",
    "From: Al <al@example.org>",
    "From: A U Thor <author>",
    "From: A U Thor",
    "From: author@example.org via list <list@example.org>",
    "From: A U Thor\n\t<author@example.org>",
    "From: A Very Long Name That Has More Than Sixty Characters In It And So Is Not Kept <long@example.org>",
    "from:A U Thor<author@example.org>",
    "From : A U Thor <author@example.org>",
    "Subject: [PATCH] a: Change",
    "Subject: [PATCH v2 1/2] a: Change [b]",
    "Subject: Re: [PATCH] re: a:   b\tc",
    "Subject: [PATCH] a long subject\n that is folded",
    "Subject: [PATCH] a long subject\n\tthat is folded\r",
    "Subject: =?UTF-8?q?[PATCH]=20caf=C3=A9?=\n =?UTF-8?q?=20au=20lait?=",
    "Subject: =?utf-8?Q?caf=C3=A9?= and =?utf-8?b?w6k=?= x",
    "Subject: =?no-such-charset?q?x?=",
    "Subject: =?utf-8?x?x?=",
    "Subject: =?utf-8?q?broken",
    "Subject: =?us-ascii?q?=E9?=",
    "Subject: [unclosed",
    "Subject:",
    "Subject: caf\u{e9}",
    "Date: Wed, 20 May 2015 08:05:17 -0400",
    "Date:  once \t upon",
    "Message-ID: <1@example.org>",
    "X-Other: y",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Type: text/plain; charset=\"iso-8859-1\"",
    "Content-Type: text/plain; charset=no-such",
    "Content-Type: text/plain; format=flowed",
    "Content-Type: text/plain; charset=utf-8; format=\"flowed\"; delsp=yes",
    "Content-Type: multipart/mixed; boundary=\"b1\"",
    "content-type: multipart/mixed; boundary=b2 ; charset=x",
    "Content-Transfer-Encoding: 8bit",
    "Content-Transfer-Encoding: quoted-printable",
    "Content-Transfer-Encoding: BASE64",
    ">From x",
    "no header",
    " continues",
    "nonascii\u{e9}: x",
    ": x",
];

const BODY: &[&str] = &[
    "",
    "",
    "",
    "A sentence.",
    "A sentence that flows ",
    " stuffed",
    "> quoted",
    "caf\u{e9} au lait",
    "From: B O Dy <body@example.org>",
    "From: =?UTF-8?q?=C3=89?= Dy <body@example.org>",
    "Subject: in the body",
    "Subject: [PATCH] folded",
    "  folded on",
    "\tfolded on",
    "Date: Thu, 21 May 2015 08:05:17 -0400",
    "[PATCH] in brackets",
    "[PATCH]x",
    "From here",
    ">From here",
    ">>From here",
    ">From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001",
    "From a@example.org Thu Jan  1 00:00:00 1970",
    "-- >8 --",
    "---8<--- cut",
    "Signed-off-by: A U Thor <author@example.org>",
    "---",
    "--- ",
    "----",
    "--- a/a",
    "--- a/caf\u{e9}",
    "+++ b/a",
    "diff --git a/a b/a",
    "diff -u",
    "Index: a",
    "@@ -1 +1 @@",
    "-x",
    "+y",
    " context",
    "-- ",
    "2.47",
    "--b1",
    "--b1--",
    "--b2",
    "--b2--",
    "--b1 ",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Type: text/x-patch; charset=iso-8859-1; name=x",
    "Content-Type: multipart/alternative; boundary=b2",
    "Content-Disposition: attachment; filename=x.patch",
    "Content-Transfer-Encoding: base64",
    "Content-Transfer-Encoding: quoted-printable",
    "Content-Transfer-Encoding: 7bit",
    "Subject: of a part",
    "ZGlmZiAtLWdpdCBhL2EgYi9hCi0tLSBhL2EKKysrIGIvYQpAQCAtMSArMSBAQAoteAoreQo=",
    "LS0tCmRpZmYg",
    "LS1naXQK",
    "eA0KeQ0K",
    "caf=C3=A9 and a soft =",
    "break=20=",
    "=3D=3D",
    "=zz=1",
    "a\0b",
    "end\r",
    "trailing  ",
    "\u{c}page",
];

/// A line in UTF-8 or in Latin-1, with one of the ends that lines have.
fn line(lines: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let end = select(&["\n", "\n", "\n", "\n", "\r\n"][..]);
    (select(lines), end, select(&[true, true, true, false][..])).prop_map(|(line, end, is_utf8)| {
        let text = format!("{line}{end}");
        if is_utf8 {
            return text.into_bytes();
        }
        let byte = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
        text.chars().map(byte).collect()
    })
}

fn mail() -> impl Strategy<Value = Vec<u8>> {
    let start = select(
        &[
            "",
            "\n \n",
            "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n",
            "From a@example.org Thu Jan  1 00:00:00 1970\r\n",
        ][..],
    );
    let gap = prop_oneof![4 => Just("\n"), 1 => Just(""), 1 => Just("\r\n")];
    (start, vec(line(HEADERS), 0..9), gap, vec(line(BODY), 0..24)).prop_map(
        |(start, headers, gap, body)| {
            [
                start.as_bytes(),
                &headers.concat(),
                gap.as_bytes(),
                &body.concat(),
            ]
            .concat()
        },
    )
}

/// How a client sends a text on: encoded, with the length of its lines and their ends.
#[derive(Clone, Copy, Debug)]
enum Sent {
    Base64(usize),
    Quoted(usize),
}

fn encoded(text: &[u8], sent: Sent, end: &str) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    match sent {
        Sent::Base64(width) => {
            let mut digits = String::new();
            for three in text.chunks(3) {
                let bits = three
                    .iter()
                    .fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte));
                let bits = bits << (8 * (3 - three.len()));
                for at in 0..4 {
                    let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
                    digits.push(if at <= three.len() {
                        char::from(digit)
                    } else {
                        '='
                    });
                }
            }
            for line in digits.as_bytes().chunks(width) {
                out.push_str(std::str::from_utf8(line).unwrap());
                out.push_str(end);
            }
        }
        Sent::Quoted(width) => {
            let mut column = 0;
            for &byte in text {
                let word = match byte {
                    b'\n' => end.to_owned(),
                    b'=' | 0..32 | 127.. => format!("={byte:02X}"),
                    byte => char::from(byte).to_string(),
                };
                if byte != b'\n' && column + word.len() >= width {
                    out.push('=');
                    out.push_str(end);
                    column = 0;
                }
                column = if byte == b'\n' {
                    0
                } else {
                    column + word.len()
                };
                out.push_str(&word);
            }
        }
    }
    out.into_bytes()
}

/// A whole mail as a list or a client sends it on.
fn sent_on() -> impl Strategy<Value = Vec<u8>> {
    let how = prop_oneof![
        (1..77_usize).prop_map(Sent::Base64),
        Just(Sent::Base64(76)),
        (8..77_usize).prop_map(Sent::Quoted),
    ];
    let charset = select(
        &[
            "",
            "; charset=UTF-8",
            "; charset=ISO-8859-1",
            "; charset=UTF-8; format=flowed",
        ][..],
    );
    let ends = select(&["\n", "\n", "\r\n"][..]);
    let text = vec(line(BODY), 0..16);
    (how, charset, ends, text, any::<bool>()).prop_map(|(how, charset, end, text, is_last)| {
        let name = match how {
            Sent::Base64(_) => "base64",
            Sent::Quoted(_) => "quoted-printable",
        };
        let diff = "---\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-caf\u{e9}=\n+x  \n-- \n2.47\n";
        let head = format!(
            "From a@example.org Thu Jan  1 00:00:00 1970\nFrom: A U Thor <a@example.org>\nSubject: [PATCH] a: b\n\
             Content-Type: text/plain{charset}\nContent-Transfer-Encoding: {name}\n\n"
        );
        let text = [&text.concat()[..], diff.as_bytes()].concat();
        let mut mail = head.into_bytes();
        mail.extend(encoded(&text, how, end));
        mail.extend_from_slice(if is_last { b"" } else { b"\n" });
        mail
    })
}

#[test]
fn what_was_encoded_on_its_way_is_decoded_as_git_decodes_it() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    let decoded = std::cell::Cell::new(0);
    let run =
        TestRunner::new(cases(60)).run(&(vec(sent_on(), 1..3), any::<u8>()), |(mails, how)| {
            let bytes = mails.concat();
            require_same(&bench, &bytes, reading(how));
            let read = take(&Source::new("box", &*bytes), reading(how));
            let has_diff = |mail: &Received| {
                let patch = String::from_utf8_lossy(mail.patch.bytes()).into_owned();
                patch.contains("+++ b/a\n@@ -1 +1 @@\n-caf")
            };
            decoded.set(decoded.get() + read.iter().filter(|mail| has_diff(mail)).count());
            Ok(())
        });
    run.unwrap();
    assert!(decoded.get() > 10, "{decoded:?}");
}

#[test]
fn any_mailbox_is_read_as_git_reads_it() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    let run = TestRunner::new(cases(60)).run(&(vec(mail(), 1..4), any::<u8>()), |(mails, how)| {
        require_same(&bench, &mails.concat(), reading(how));
        Ok(())
    });
    run.unwrap();
}
