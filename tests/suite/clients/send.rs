//! `git send-email` to a mail server on loopback: what arrives there, and for whom.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::meant::{CC, Meant, SENDER};
use crate::support::{Bench, Left, have, missing};

/// A server that keeps what it is sent; it ends with this.
pub(super) struct Sink {
    process: Child,
    port: String,
}

impl Sink {
    /// Starts one that keeps mails in a folder of the bench, with a Python that has aiosmtpd; none where there is none.
    pub(super) fn start(bench: &Bench, folder: &str) -> Option<Self> {
        let python = std::env::var_os("PATCHWRIGHT_MAIL_PYTHON").unwrap_or("python3".into());
        let has = Command::new(&python)
            .args(["-c", "import aiosmtpd"])
            .output()
            .is_ok_and(|output| output.status.success());
        if !has {
            missing("no Python with aiosmtpd on this machine");
            return None;
        }
        std::fs::create_dir(bench.path(folder)).unwrap();
        bench.write("sink.py", include_str!("sink.py"));
        let mut process = bench
            .command(python)
            .args(["sink.py", folder])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        let port = port.trim().to_owned();
        assert!(!port.is_empty(), "the mail server did not start");
        Some(Sink { process, port })
    }

    /// Runs a `git send-email` in a folder, this being the server that git is configured with.
    pub(super) fn send(&self, bench: &Bench, dir: &str, command: &str) -> Left {
        let config = [
            ("sendemail.smtpserver", "127.0.0.1"),
            ("sendemail.smtpserverport", &self.port),
            ("sendemail.smtpencryption", ""),
            ("sendemail.confirm", "never"),
            ("sendemail.from", SENDER),
        ];
        let mut line = format!("export GIT_CONFIG_COUNT={}", config.len());
        for (at, (key, value)) in config.iter().enumerate() {
            line += &format!(" GIT_CONFIG_KEY_{at}={key} GIT_CONFIG_VALUE_{at}='{value}'");
        }
        bench.shell(dir, &format!("{line}; {command} </dev/null"))
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A header of a mail, unfolded; its name in whatever case it came.
fn header<'m>(mail: &'m str, name: &str) -> Vec<&'m str> {
    let of_name = |line: &'m str| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    };
    let head = mail.split("\n\n").next().unwrap();
    head.lines().filter_map(of_name).collect()
}

fn unfolded(mail: &str) -> String {
    let (head, body) = mail.split_once("\n\n").unwrap();
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let words: Vec<String> = head
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    format!("{}\n\n{body}", words.join("\n"))
}

/// Asserts that a mail is the one that was written: the thread, the headers that people see, the whole body.
fn arrives_as_written(arrived: &str, written: &str) {
    for name in [
        "From",
        "To",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
    ] {
        let (arrived_header, written_header) = (header(arrived, name), header(written, name));
        assert_eq!(arrived_header, written_header, "{name} of {arrived}");
    }
    assert!(header(arrived, "Cc")[0].contains(CC), "{arrived}");
    let body = |mail: &str| mail.split_once("\n\n").unwrap().1.trim_end().to_owned();
    assert_eq!(body(arrived), body(written));
}

#[test]
fn the_mails_and_only_the_mails_arrive_for_those_they_are_meant_for() {
    if !have(&["git", "perl"]) {
        return;
    }
    for meant in Meant::all() {
        arrives(&meant);
    }
}

fn arrives(meant: &Meant) {
    let Some(sink) = Sink::start(&meant.bench, "kept") else {
        return;
    };
    let left = meant.generate("out", &[]).ends_with(0);
    let before = meant.bench.contents("out");
    let command = Meant::printed(&left, "send");
    let _ = sink.send(&meant.bench, "", &command).ends_with(0);
    assert_eq!(before, meant.bench.contents("out"));
    let names: Vec<String> = meant.bench.names("out");
    let mails: Vec<&String> = names.iter().filter(|name| *name != "evidence").collect();
    let kept = meant.bench.names("kept");
    assert_eq!(kept.len(), 2 * mails.len(), "{kept:?}");
    for (at, name) in mails.iter().enumerate() {
        let written = meant.bench.read(&format!("out/{name}"));
        let arrived = meant.bench.read(&format!("kept/{at}.eml"));
        arrives_as_written(
            &unfolded(&arrived.replace("\r\n", "\n")),
            &unfolded(&written),
        );
        let envelope = meant.bench.read(&format!("kept/{at}.json"));
        let envelope: serde_json::Value = serde_json::from_str(&envelope).unwrap();
        assert_eq!(envelope["from"], "zoe@example.org");
        let to = envelope["to"].as_array().unwrap().iter();
        let to: BTreeSet<&str> = to.map(|address| address.as_str().unwrap()).collect();
        // Those that the mail names, who sends it, and of a patch who stands in its trailers.
        let mut wanted = BTreeSet::from(["list@example.org", "q@example.org", "zoe@example.org"]);
        if at > 0 {
            wanted.insert("oy@example.org");
        }
        assert_eq!(to, wanted, "{name}");
    }
    // A list's archive hands on what arrived: each is a mail that `git am` takes.
    meant.clone("clone");
    for at in 1..mails.len() {
        meant.shell(
            "clone",
            &format!("tr -d '\\r' <../kept/{at}.eml | git am -q"),
        );
    }
    meant.arrived_by_mail("clone");
}
