//! Profiles: what a target and its user settled about mails, read, shown, followed, and never run.

use crate::support::{Bench, Left, have};

const COVER: &str = "outgoing/0000-cover-letter.patch";
const LIBVIRT: &str = "[gitpublishprofile \"default\"]\nbase = master\nto = devel@lists.libvirt.org\nprefix = libvirt PATCH\n\
                       suppresscc = misc-by\n";

/// A copy of the sample with one more file in its first branch.
fn bench(path: &str, text: &str) -> Bench {
    let bench = Bench::new();
    bench.sample("repo");
    commit(&bench, path, text);
    bench
}

fn commit(bench: &Bench, path: &str, text: &str) {
    bench.write(&format!("repo/{path}"), text);
    bench.git("repo", &["add", "-A"]);
    bench.git("repo", &["commit", "-qm", "settings"]);
}

fn generate(bench: &Bench, typed: &[&str]) -> Left {
    let args = [
        "generate",
        "--repo",
        "repo",
        "--from",
        "E <e@example.org>",
        "--check",
        "lint",
        "--force",
    ];
    bench.run(&[&args[..], typed].concat())
}

fn send_command(left: &Left) -> String {
    let line = left
        .stdout
        .lines()
        .find(|line| line.trim_start().starts_with("send "))
        .unwrap();
    line.trim_start()
        .trim_start_matches("send")
        .trim()
        .to_owned()
}

#[test]
fn a_profile_of_gitpublish_is_shown_followed_and_carried_into_the_send_command() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench(".gitpublish", LIBVIRT);
    let left = generate(
        &bench,
        &[
            "--rfc",
            "-v",
            "2",
            "--profile",
            "default",
            "--format",
            "json",
        ],
    )
    .ends_with(0);
    for told in [
        "to is devel@lists.libvirt.org: .gitpublish:3 on HEAD",
        "prefix is libvirt PATCH: .gitpublish:4 on HEAD",
        "suppress-cc is misc-by: .gitpublish:5 on HEAD",
        "base master is not followed, has no meaning here: .gitpublish:2 on HEAD",
    ] {
        assert!(left.stderr.contains(told), "{told}: {left}");
    }
    let document = left.json();
    let habits = document["habits"].as_array().unwrap();
    assert_eq!(habits.len(), 4);
    assert_eq!(habits[1]["what"], "to");
    assert_eq!(habits[1]["value"], "devel@lists.libvirt.org");
    assert_eq!(habits[1]["origin"], ".gitpublish:3 on HEAD");
    assert_eq!(habits[1]["fate"], "used");
    let cover = bench.read("outgoing/v2-0000-cover-letter.patch");
    assert!(
        cover.contains("Subject: [RFC libvirt PATCH v2 0/2] "),
        "{cover}"
    );
    assert!(cover.contains("\nTo: devel@lists.libvirt.org\n"), "{cover}");
    let left = generate(&bench, &["--rfc", "--profile", "default"]).ends_with(0);
    assert_eq!(
        send_command(&left),
        "git send-email --suppress-cc=misc-by --to=devel@lists.libvirt.org outgoing"
    );
}

#[test]
fn a_profile_is_followed_where_it_is_asked_for_alone() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench(".gitpublish", LIBVIRT);
    let left = generate(&bench, &["--rfc"]).ends_with(0);
    assert!(
        left.stderr
            .contains("not asked for, and not followed: .gitpublish on HEAD (--profile default)"),
        "{left}"
    );
    let cover = bench.read(COVER);
    assert!(
        cover.contains("Subject: [RFC PATCH 0/2] ") && !cover.contains("\nTo: "),
        "{cover}"
    );
    let left = generate(&bench, &["--rfc", "-q"]).ends_with(0);
    assert!(!left.stderr.contains("not asked for"), "{left}");
}

#[test]
fn a_revision_older_than_the_file_takes_it_from_the_branch_one_stands_on_or_from_where_it_is_said()
{
    if !have(&["git"]) {
        return;
    }
    let bench = bench(".gitpublish", LIBVIRT);
    bench.git(
        "repo",
        &["checkout", "-q", "-b", "elsewhere", "maintenance"],
    );
    commit(
        &bench,
        ".gitpublish",
        "[gitpublishprofile \"default\"]\nto = other@example.org\n",
    );
    let left = generate(&bench, &["maintenance", "--profile", "default"]).ends_with(0);
    assert!(
        left.stderr
            .contains("to is other@example.org: .gitpublish:2 on elsewhere"),
        "{left}"
    );
    let left = generate(
        &bench,
        &[
            "maintenance",
            "--profile",
            "default",
            "--profile-from",
            "mainline",
        ],
    )
    .ends_with(0);
    assert!(
        left.stderr
            .contains("to is devel@lists.libvirt.org: .gitpublish:3 on mainline"),
        "{left}"
    );
    bench.write(
        "mine",
        "[gitpublishprofile \"default\"]\nto = mine@example.org\n",
    );
    let left = generate(&bench, &["maintenance", "--profile-from", "mine"]).ends_with(0);
    assert!(
        left.stderr.contains("to is mine@example.org: mine:2"),
        "{left}"
    );
    let left = generate(&bench, &["maintenance", "--profile", "stable"]).ends_with(2);
    assert!(
        left.stderr.contains("profile-unknown") && left.stderr.contains("it has `default`"),
        "{left}"
    );
    let left = generate(&bench, &["--profile-from", "nowhere"]).ends_with(2);
    assert!(left.stderr.contains("error[profile-from]"), "{left}");
}

#[test]
fn a_flag_is_stronger_than_a_profile() {
    if !have(&["git"]) {
        return;
    }
    let text = format!("{LIBVIRT}cc = c@example.org\nsignoff = true\n");
    let bench = bench(".gitpublish", &text);
    let left = generate(&bench, &["--profile", "default"]).ends_with(0);
    let name = bench
        .names("outgoing")
        .into_iter()
        .find(|name| name.starts_with("0001-"))
        .unwrap();
    assert!(
        bench
            .read(&format!("outgoing/{name}"))
            .contains("\nSigned-off-by: E <e@example.org>\n"),
        "{left}"
    );
    let left = generate(
        &bench,
        &[
            "--profile",
            "default",
            "--to",
            "me@example.org",
            "--cc",
            "d@example.org",
            "--subject-prefix",
            "MINE",
            "--no-signoff",
            "--suppress-cc",
            "self",
        ],
    )
    .ends_with(0);
    for told in [
        "to devel@lists.libvirt.org is overridden by --to",
        "prefix libvirt PATCH is overridden by --subject-prefix",
        "signoff true is overridden by --no-signoff",
        "cc c@example.org is overridden by --cc",
        "suppresscc misc-by is overridden by --suppress-cc",
    ] {
        assert!(left.stderr.contains(told), "{told}: {left}");
    }
    let mail = bench.read(&format!("outgoing/{name}"));
    assert!(
        mail.contains("\nSubject: [MINE 1/2] ")
            && mail.contains("\nTo: me@example.org\nCc: d@example.org\n"),
        "{mail}"
    );
    assert!(!mail.contains("Signed-off-by"), "{mail}");
    assert_eq!(
        send_command(&left),
        "git send-email --suppress-cc=self --to=me@example.org --cc=d@example.org outgoing"
    );
    let _ = generate(&bench, &["--suppress-cc", "nobody"]).ends_with(2);
}

#[test]
fn an_rfc_is_never_said_twice() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench(
        ".gitpublish",
        "[gitpublishprofile \"rfc\"]\nprefix = RFC PATCH\n",
    );
    let _ = generate(&bench, &["--profile", "rfc", "--rfc"]).ends_with(0);
    assert!(bench.read(COVER).contains("Subject: [RFC PATCH 0/2] "));
}

#[test]
fn the_settings_of_b4_are_followed_and_its_commands_shown() {
    if !have(&["git"]) {
        return;
    }
    let text = "[b4]\n send-series-to = list@example.org, Two <two@example.org>\n send-series-cc = c@example.org\n \
                send-prefixes = whinlatter\n send-auto-cc-cmd = touch ran\n searchmask = x\n";
    let bench = bench(".b4-config", text);
    let left = generate(&bench, &["--profile", "b4", "-v", "3"]).ends_with(0);
    let cover = bench.read("outgoing/v3-0000-cover-letter.patch");
    assert!(
        cover.contains("Subject: [PATCH whinlatter v3 0/2] "),
        "{cover}"
    );
    assert!(
        cover.contains("\nTo: list@example.org,\n    Two <two@example.org>\nCc: c@example.org\n"),
        "{cover}"
    );
    assert!(
        left.stderr.contains(
            "send-auto-cc-cmd touch ran is not followed, a command of a file is never run"
        ),
        "{left}"
    );
    assert!(
        !left.stderr.contains("searchmask") && !left.stdout.contains("touch"),
        "{left}"
    );
}

#[test]
fn the_user_s_own_settings_are_followed_where_that_is_asked_for() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let settings = "[sendemail]\n\tto = list@example.org\n\tcc = short\n\tsuppresscc = self\n\tccCmd = touch ran\n\tidentity = work\n\
                    \tsmtpServer = /bin/sh\n[sendemail \"work\"]\n\tto = work@example.org\n[format]\n\tsubjectPrefix = MINE\n\tsignOff\n\
                    \tto = also@example.org\n\theaders = \"X: y\\n\"\n";
    bench.write("home/.gitconfig", settings);
    let left = bench
        .command(env!("CARGO_BIN_EXE_patchwright"))
        .env_remove("GIT_CONFIG_GLOBAL")
        .args([
            "generate",
            "--repo",
            "repo",
            "--from",
            "E <e@example.org>",
            "--check",
            "lint",
            "--profile",
            "git",
        ])
        .output()
        .unwrap();
    let told = String::from_utf8(left.stderr).unwrap();
    assert_eq!(left.status.code(), Some(0), "{told}");
    for line in [
        "to is work@example.org: sendemail.work.to of your git configuration (global)",
        "to is also@example.org: format.to of your git configuration (global)",
        "sendemail.cc short is not followed",
        "prefix is MINE: ",
        "signoff is true: ",
        "suppress-cc is self: ",
        "sendemail.cccmd touch ran is not followed",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(
        !told.contains("list@example.org") && !told.contains("smtp"),
        "{told}"
    );
    let cover = bench.read(COVER);
    assert!(
        cover.contains("\nTo: work@example.org,\n    also@example.org\n"),
        "{cover}"
    );
    assert!(!cover.contains("X: y"), "{cover}");
    assert!(!bench.path("ran").exists() && !bench.path("repo/ran").exists());
}

#[test]
fn profiles_of_the_user_are_found_where_git_publish_looks_for_them() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench(
        ".gitpublish",
        "[gitpublishprofile \"default\"]\nprefix = THEIRS\nsuppresscc = all\n",
    );
    bench.git(
        "repo",
        &["config", "gitpublishprofile.default.suppresscc", "self"],
    );
    bench.git(
        "repo",
        &["config", "gitpublishprofile.own.to", "own@example.org"],
    );
    let left = generate(&bench, &["--profile", "default"]).ends_with(0);
    assert!(left.stderr.contains("prefix is THEIRS"), "{left}");
    assert!(
        left.stderr.contains(
            "suppresscc all is overridden by gitpublishprofile.default.suppresscc of your git"
        ),
        "{left}"
    );
    assert_eq!(
        send_command(&left),
        "git send-email --suppress-cc=self --to=LIST outgoing"
    );
    let left = generate(&bench, &["--profile", "own"]).ends_with(0);
    assert!(left.stderr.contains("to is own@example.org: "), "{left}");
}

#[test]
fn those_who_look_after_the_changed_files_are_found() {
    if !have(&["git"]) {
        return;
    }
    let text = "QEMU\nM:\tKeeper <keeper@example.org>\nR:\tReader <reader@example.org>\nL:\tqemu@example.org\nF:\tsrc/qemu/\n\nOTHER\n\
                M:\tNobody <nobody@example.org>\nF:\tdocs/\n";
    let bench = bench("MAINTAINERS", text);
    commit(
        &bench,
        ".github/CODEOWNERS",
        "* @everybody all@example.org\n/src/ src@example.org\n",
    );
    let left = generate(&bench, &["--profile", "maintainers"]).ends_with(0);
    let cover = bench.read(COVER);
    assert!(cover.contains("\nTo: Keeper <keeper@example.org>\nCc: Reader <reader@example.org>,\n    qemu@example.org\n"), "{cover}");
    assert!(!left.stderr.contains("nobody@"), "{left}");
    let left = generate(
        &bench,
        &[
            "--profile",
            "maintainers",
            "--profile",
            "codeowners",
            "--to",
            "list@example.org",
        ],
    )
    .ends_with(0);
    let cover = bench.read(COVER);
    assert!(
        cover.contains("\nTo: list@example.org\nCc: Keeper <keeper@example.org>,\n"),
        "{cover}"
    );
    assert!(
        cover.contains("src@example.org") && cover.contains("all@example.org"),
        "{cover}"
    );
    assert!(
        left.stderr
            .contains("owner @everybody is not followed, is a handle"),
        "{left}"
    );
    let _ = generate(&bench, &["--profile", "b4"]).ends_with(2);
}

#[test]
fn nothing_that_a_target_says_is_run_opened_or_smuggled_into_a_header_or_a_command() {
    if !have(&["git"]) {
        return;
    }
    // What is included is not even looked for.
    let bench = bench(
        ".gitpublish",
        "[include]\n\tpath = ../evil\n[gitpublishprofile \"default\"]\n\tto = list@example.org\n",
    );
    bench.write(
        "evil",
        "[gitpublishprofile \"default\"]\n\tcc = evil@example.org\n",
    );
    let left = generate(&bench, &["--profile", "default"]).ends_with(0);
    assert!(!left.stderr.contains("evil"), "{left}");
    for (setting, code) in [
        ("to = \"a@example.org\\nBcc: evil@example.org\"", 2),
        ("to = --smtp-server=/tmp/evil@example.org", 2),
        ("cc = -oQ@example.org", 2),
        ("to = \"$(touch ran)@example.org\"", 2),
        ("to = \"a@example.org; touch ran\"", 2),
        ("prefix = \"PATCH\\nBcc: evil@example.org\"", 2),
        ("prefix = \"PATCH] [x\"", 2),
        ("suppresscc = \"all --smtp-server=/bin/sh\"", 2),
        ("signoff = perhaps", 2),
        ("cccmd = \"touch ran; \\b\u{1b}[2J\"", 0),
        ("smtpserver = /bin/sh", 0),
        ("to = \"Bobby'; touch ran #\" <b@example.org>", 0),
        ("to = \"\\\"Bobby'; touch ran\\\" <b@example.org>\"", 0),
    ] {
        commit(
            &bench,
            ".gitpublish",
            &format!("[gitpublishprofile \"default\"]\n{setting}\n"),
        );
        let left = generate(&bench, &["--profile", "default"]).ends_with(code);
        assert_eq!(
            left.stderr.contains("error[habit-bad-value]"),
            code == 2,
            "{setting}: {left}"
        );
        assert!(!left.stderr.contains('\u{1b}'), "{left}");
        if code == 0 {
            let mut command = bench.command("sh");
            // The command, up to what it would run, in a shell.
            let command = command.args([
                "-c",
                &format!("set -- {}; printf '%s\\n' \"$#\"", send_command(&left)),
            ]);
            let count = String::from_utf8(command.output().unwrap().stdout).unwrap();
            assert_eq!(count.trim(), "4", "{left}");
        }
        assert!(
            !bench.path("ran").exists() && !bench.path("repo/ran").exists(),
            "{setting}"
        );
    }
}

#[test]
fn a_file_that_git_could_not_read_is_shown_at_its_place() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench(
        ".gitpublish",
        "[gitpublishprofile \"default\"]\nto = \"list@example.org\n",
    );
    let left = generate(&bench, &["--profile", "default"]).ends_with(2);
    assert!(
        left.stderr.contains("error[habit-syntax]") && left.stderr.contains(".gitpublish"),
        "{left}"
    );
    assert!(left.stderr.contains(":2:"), "{left}");
    // Nobody asked: then it is no matter.
    let _ = generate(&bench, &[]).ends_with(0);
}
