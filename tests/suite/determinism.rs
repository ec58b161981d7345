//! The same input gives the same bytes: whatever tools the machine has, and whatever its user configured.

use crate::support::{Bench, Left, have};
use std::path::PathBuf;
use std::process::Command;

const ARGS: [&str; 8] = [
    "generate",
    "--repo",
    "repo",
    "--from",
    "É <e@example.org>",
    "--to",
    "list@example.org",
    "-q",
];

fn mails(bench: &Bench, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = bench.contents(folder);
    files.retain(|(path, _)| !path.starts_with("evidence"));
    files
}

fn id(mail: &str) -> &str {
    let start = mail.find("Message-ID: <").unwrap();
    mail[start..].lines().next().unwrap()
}

#[test]
fn patch_mails_do_not_tell_which_tools_are_installed() {
    let bench = Bench::new();
    bench.sample("repo");
    let _ = bench
        .run(&[&ARGS[..], &["-o", "with"]].concat())
        .ends_with(0);
    let _ = bench
        .run_without_tools(&[&ARGS[..], &["-o", "without"]].concat())
        .ends_with(0);
    let (with, without) = (mails(&bench, "with"), mails(&bench, "without"));
    assert_eq!(with.len(), 3);
    assert_eq!(with[1..], without[1..]);
    // The cover letter tells what was checked, and is the same letter.
    let text = |mails: &[(PathBuf, Vec<u8>)]| String::from_utf8(mails[0].1.clone()).unwrap();
    let (with, without) = (text(&with), text(&without));
    assert_ne!(with, without);
    assert!(without.contains("not checked here"), "{without}");
    assert_eq!(id(&with), id(&without));
}

#[test]
fn every_other_letter_has_another_id() {
    let bench = Bench::new();
    bench.sample("repo");
    bench.write("words", "Mine.\n");
    let mut ids = Vec::new();
    let other: [&[&str]; 12] = [
        &[],
        &["-v", "2"],
        &["--rfc"],
        &["--subject-prefix", "tool PATCH"],
        &["--to", "b@example.org"],
        &["--cc", "b@example.org"],
        &["--thread=deep"],
        &["--in-reply-to", "<a@b>"],
        &["--base", "none"],
        &["--description-file", "words"],
        &["--signature", "mine"],
        &["--message-id-seed", "x"],
    ];
    for typed in other {
        let args = [&ARGS[..], &["--check", "lint", "--force"], typed].concat();
        let _ = bench.run(&args).ends_with(0);
        for (path, bytes) in mails(&bench, "outgoing") {
            let mail = String::from_utf8(bytes).unwrap();
            ids.push((id(&mail).to_owned(), typed, path));
        }
    }
    assert_eq!(ids.len(), 3 * other.len());
    ids.sort();
    for pair in ids.windows(2) {
        assert_ne!(pair[0].0, pair[1].0, "{pair:?}");
    }
}

/// Settings that change what git itself writes.
const SETTINGS: &str = "\
[format]
	attach = true
	coverLetter = true
	encodeEmailHeaders = false
	from = Somebody <else@example.org>
	headers = \"X-Mine: yes\\n\"
	noprefix = true
	notes = true
	numbered = false
	pretty = fuller
	signature = theirs
	signOff = true
	subjectPrefix = THEIRS
	suffix = .txt
	thread = deep
	to = else@example.org
	useAutoBase = true
[diff]
	algorithm = histogram
	context = 9
	external = false
	indentHeuristic = false
	interHunkContext = 50
	mnemonicPrefix = true
	noprefix = true
	orderFile = /nowhere
	renames = copies
	statGraphWidth = 3
	submodule = log
	suppressBlankEmpty = true
[core]
	abbrev = 4
	attributesFile = attributes
	autocrlf = true
	eol = crlf
	pager = false
	precomposeUnicode = true
	quotePath = false
	whitespace = cr-at-eol,tab-in-indent
[color]
	ui = always
[i18n]
	commitEncoding = ISO-8859-1
	logOutputEncoding = UTF-16
[log]
	date = relative
	mailmap = true
[mailmap]
	file = mailmap
[notes]
	displayRef = *
[commit]
	gpgSign = true
[trailer \"sign\"]
	key = X
	command = false
[sendemail]
	to = else@example.org
	cc = else@example.org
	smtpServer = /nowhere
";

fn run(command: &mut Command) -> Left {
    let output = command.output().unwrap();
    Left {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What a user's environment may say of git and of a terminal.
fn hostile(command: &mut Command) {
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "settings"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("LANG", "de_DE.UTF-8"),
        ("LANGUAGE", "fr:de"),
        ("TZ", "Asia/Kathmandu"),
        ("COLUMNS", "20"),
        ("TERM", "dumb"),
        ("CLICOLOR_FORCE", "1"),
        ("GIT_DIFF_OPTS", "-u9"),
        ("GIT_EXTERNAL_DIFF", "/bin/false"),
        ("GIT_PAGER", "/bin/false"),
        ("GIT_TRACE", "1"),
        ("GIT_AUTHOR_NAME", "Else"),
        ("GIT_COMMITTER_DATE", "1 +0000"),
        ("GREP_OPTIONS", "-v"),
        ("POSIXLY_CORRECT", "1"),
        ("CFLAGS", "-Wall -Werror -fnot-an-option"),
        ("CPATH", "/nowhere"),
        ("CDPATH", "/"),
        ("BASH_ENV", "settings"),
        ("ENV", "settings"),
        ("RPM_BUILD_ROOT", "/nowhere"),
    ] {
        command.env(name, value);
    }
}

#[test]
fn what_the_user_configured_changes_no_byte() {
    let bench = Bench::new();
    bench.sample("repo");
    let _ = bench.run(&ARGS).ends_with(0);
    let plain = bench.contents("outgoing");

    bench.write("settings", SETTINGS);
    bench.write("attributes", "*.c -diff\n*.in diff=cpp eol=crlf\n");
    bench.write("mailmap", "Else <else@example.org> <e@example.org>\n");
    let shell = |mask: &str| {
        let mut command = bench.command("sh");
        let script = format!("umask {mask}; exec \"$@\"");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_patchwright")]);
        hostile(command.args(ARGS));
        command
    };
    for mask in ["077", "000"] {
        let _ = run(&mut shell(mask)).ends_with(0);
        assert_eq!(plain, bench.contents("outgoing"), "umask {mask}");
    }
    // The repository's own settings come from whoever made it.
    let theirs = bench.read("repo/.git/config") + SETTINGS;
    bench.write("repo/.git/config", &theirs);
    bench.write("repo/.git/info/attributes", "* -diff\n");
    let _ = bench.run(&ARGS).ends_with(0);
    assert_eq!(plain, bench.contents("outgoing"));
}

#[test]
fn what_the_user_configured_changes_no_byte_of_commits() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    // Names, modes, bytes and renames, of which the installed git is asked some.
    bench.write("repo/été name.c", &"int one;\nint two;\n".repeat(9));
    bench.write("repo/data", "\0one");
    bench.git(".", &["init", "-q", "-b", "main", "repo"]);
    let commit = |message: &str| {
        bench.git("repo", &["add", "-A"]);
        bench.git("repo", &["commit", "-qm", message]);
    };
    commit("base");
    bench.git("repo", &["mv", "été name.c", "other.c"]);
    bench.write("repo/data", "\0two");
    bench.write("repo/copy.c", &"int one;\nint two;\n".repeat(9));
    commit("topic: Rename and change\n\nWhy, été.");
    bench.write("repo/other.c", &"int one;\n\nint two;\n".repeat(9));
    commit("topic: Change\n\nWhy.");
    let args = [
        "generate",
        "--repo",
        "repo",
        "--commits",
        "HEAD~2..",
        "--from",
        "É <e@example.org>",
        "--check",
        "lint",
        "-q",
        "--force",
    ];
    let _ = bench.run(&args).ends_with(0);
    let plain = mails(&bench, "outgoing");
    assert_eq!(plain.len(), 3);
    bench.write("settings", SETTINGS);
    bench.write("attributes", "*.c -diff\n*.in diff=cpp eol=crlf\n");
    bench.write("mailmap", "Else <else@example.org> <e@example.org>\n");
    let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
    hostile(command.args(args));
    let _ = run(&mut command).ends_with(0);
    assert_eq!(plain, mails(&bench, "outgoing"));
    let theirs = bench.read("repo/.git/config")
        + SETTINGS
        + "[diff]\n\trenameLimit = 1\n\trenames = false\n";
    bench.write("repo/.git/config", &theirs);
    bench.write("repo/.git/info/attributes", "* -diff\n");
    let _ = bench.run(&args).ends_with(0);
    assert_eq!(plain, mails(&bench, "outgoing"));
}
