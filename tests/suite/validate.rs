//! `validate`: series that exist as mails, from outside.

use crate::support::{Bench, have};

/// A sample tree, and the series that was made for it, in `outgoing`.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.sample("tree");
    let from = "A Ú Thor <author@example.org>";
    let made = [
        "generate", "--repo", "tree", "--from", from, "-q", "--check", "lint", "mainline",
    ];
    let _ = bench.run(&made).ends_with(0);
    bench
}

const SECOND: &str = "outgoing/0002-qemu-Force-capabilities-cache-read-if-libvirtd-date-.patch";

fn lint_only<'a>(path: &'a str, onto: &'a str) -> Vec<&'a str> {
    vec![
        "validate", path, "--repo", "tree", "--onto", onto, "--check", "lint", "--format", "json",
        "-q",
    ]
}

#[test]
fn a_mailed_series_is_put_on_its_base_and_told_by_position() {
    let bench = bench();
    let onto_named = [
        "validate", "outgoing", "--repo", "tree", "--check", "lint", "--format", "json",
    ];
    let told = bench.run(&onto_named).ends_with(0).json();
    assert_eq!(told["schema"], "patchwright/series/1");
    assert_eq!(told["verdict"], "ready");
    let commit = bench.git("tree", &["rev-parse", "mainline"]);
    assert_eq!(told["base"]["commit"], commit.as_str());
    let patches = told["patches"].as_array().unwrap();
    assert_eq!(patches.len(), 2);
    assert_eq!(patches[1]["patch"], "2");
    assert_eq!(patches[1]["author"], "A Ú Thor <author@example.org>");
    assert_eq!(patches[1]["file"], serde_json::Value::Null);
    assert!(patches[1]["source"].as_str().unwrap().contains("0002-qemu"));
    assert!(patches[1]["message_id"].as_str().unwrap().contains('@'));
}

#[test]
fn a_series_that_is_there_already_is_nothing_to_do_and_one_that_does_not_fit_says_where() {
    let bench = bench();
    bench.git("tree", &["checkout", "-q", "mainline"]);
    bench.git(
        "tree",
        &[
            "am",
            "-q",
            &format!(
                "../{}",
                "outgoing/0001-spec-Remove-capabilities-cache-during-post-install.patch"
            ),
            &format!("../{SECOND}"),
        ],
    );
    let _ = bench.run(&lint_only("outgoing", "HEAD")).ends_with(6);
    let left = bench
        .run(&lint_only("outgoing", "before-cache"))
        .ends_with(3);
    assert!(left.stderr.contains("error[patch-misfit]"), "{left}");
    assert!(left.stderr.contains("@before-cache:"), "{left}");
}

#[test]
fn hostile_paths_and_broken_patches_are_mistakes_with_a_place() {
    let bench = bench();
    let mail = bench.read(SECOND).replace("[PATCH 2/2]", "[PATCH]");
    for (name, from, to, code) in [
        ("leaves", "src/qemu/", "../src/qemu/", "patch-path"),
        (
            "git",
            "src/qemu/qemu_capabilities.c",
            ".git/config",
            "patch-path",
        ),
        ("cut", "-- \npatchwright", "", "patch-malformed"),
    ] {
        let mut text = mail.replace(from, to);
        if name == "cut" {
            let at = text.rfind("\n-").unwrap();
            text.truncate(at);
        }
        bench.write(name, &text);
        let left = bench.run(&lint_only(name, "mainline")).ends_with(2);
        assert!(left.stderr.contains(&format!("error[{code}]")), "{left}");
        assert!(left.stderr.contains(&format!("--> {name}:")), "{left}");
    }
    bench.write("empty", "");
    let _ = bench.run(&lint_only("empty", "mainline")).ends_with(2);
    let _ = bench.run(&lint_only("missing", "mainline")).ends_with(2);
}

#[test]
fn a_wrong_fix_is_refused_and_another_form_of_the_right_one_is_taken() {
    let bench = bench();
    if !have(&["cc", "bwrap"]) {
        return;
    }
    let mail = bench.read(SECOND).replace("[PATCH 2/2]", "[PATCH]");
    let played = |name: &str| {
        let check = [
            "validate",
            name,
            "--repo",
            "tree",
            "--onto",
            "mainline",
            "--check",
            "behaviour",
            "-q",
        ];
        bench.run(&check)
    };
    let line = mail
        .lines()
        .find(|line| line.starts_with('+') && line.contains("!= virGetSelf"));
    let line = line.unwrap().to_owned();
    bench.write("wrong", &mail.replace(&line, &line.replace("!=", "<=")));
    let left = played("wrong").ends_with(1);
    assert!(left.stdout.contains("behaviour"), "{left}");
    bench.write("right", &mail);
    let _ = played("right").ends_with(0);
}

#[test]
fn what_is_applied_is_what_git_applies() {
    let bench = bench();
    bench.git("tree", &["checkout", "-q", "-b", "moved", "mainline"]);
    // Lines above move the hunks; git and we find them again.
    let file = "tree/src/qemu/qemu_capabilities.c";
    let text = bench.read(file);
    bench.write(file, &format!("/* one */\n/* two */\n/* three */\n{text}"));
    bench.git("tree", &["commit", "-qam", "moved"]);
    let told = bench
        .run(&lint_only("outgoing", "moved"))
        .ends_with(0)
        .json();
    assert_eq!(told["patches"][1]["applies"], true);
    bench.git("tree", &["apply", "--check", &format!("../{SECOND}")]);
}

#[test]
fn a_cover_letter_that_b4_would_refuse_is_told() {
    let bench = bench();
    let cover = "outgoing/0000-cover-letter.patch";
    let text = bench
        .read(cover)
        .replacen("\n\n", "\n\nA\u{200b}word.\n\n", 1);
    let charset = "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n";
    let text = match text.contains("MIME-Version") {
        true => text,
        false => text.replacen("\nSubject:", &format!("\n{charset}Subject:"), 1),
    };
    bench.write(cover, &text);
    let told = bench
        .run(&lint_only("outgoing", "mainline"))
        .ends_with(1)
        .json();
    let found = &told["patches"][0]["checks"][0]["findings"][0];
    assert_eq!(found["code"], "format-character", "{told}");
    assert!(
        found["message"]
            .as_str()
            .unwrap()
            .starts_with("in the cover letter")
    );
}

#[test]
fn what_begins_with_another_blank_is_told_by_its_name() {
    let bench = bench();
    let text = bench.read(SECOND).replace("\n     ", "\n\u{a0}    ");
    bench.write(SECOND, &text);
    let left = bench.run(&lint_only("outgoing", "mainline")).ends_with(2);
    assert!(left.stderr.contains("no-break space (U+00A0)"), "{left}");
}

#[test]
fn a_base_that_is_named_by_its_id_is_named_once() {
    let bench = bench();
    let id = bench.git("tree", &["rev-parse", "mainline"]);
    let told = |name: &str| {
        let mut arguments = lint_only("outgoing", name);
        arguments.retain(|argument| !matches!(*argument, "--format" | "json"));
        bench.run(&arguments).ends_with(0).stdout
    };
    let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    assert!(first(&told(id.trim())).ends_with(&format!(" on {}", &id[..12])));
    assert!(first(&told("mainline")).ends_with(&format!(" on mainline ({})", &id[..12])));
}

#[test]
fn a_base_that_nobody_names_is_where_the_files_are_that_the_patches_were_made_on() {
    let bench = bench();
    for name in bench.names("outgoing") {
        if name.ends_with(".patch") {
            let file = format!("outgoing/{name}");
            bench.write(&file, &bench.read(&file).replace("base-commit: ", "base: "));
        }
    }
    let judged = |told: &str| {
        let left = bench.run(&[
            "validate", "outgoing", "--repo", "tree", "--check", "lint", "--format", "json",
        ]);
        assert!(left.stderr.contains(told), "{told}: {left}");
        left
    };
    let id = |name: &str| bench.git("tree", &["rev-parse", name]);
    let here = judged("HEAD is taken, which has the files").ends_with(0);
    assert_eq!(here.json()["base"]["commit"], id("mainline"));
    // Behind another commit, and on another branch.
    bench.commit("tree", "libvirt.spec.in", "Name: libvirt", "Name:  libvirt");
    let below = judged("is taken, the newest commit with the files").ends_with(0);
    assert_eq!(below.json()["base"]["commit"], id("HEAD~1"));
    bench.git("tree", &["checkout", "-q", "before-cache"]);
    let beside = judged("is taken, the newest commit with the files").ends_with(0);
    assert_eq!(beside.json()["base"]["commit"], id("mainline~1"));
    // The files that they were made on are nowhere.
    for name in bench.names("outgoing") {
        if name.ends_with(".patch") {
            let file = format!("outgoing/{name}");
            bench.write(&file, &bench.read(&file).replace("\nindex ", "\nindex 1"));
        }
    }
    let nowhere = judged("no base is named; HEAD is taken (").ends_with(3);
    assert_eq!(nowhere.json()["base"]["commit"], id("before-cache"));
}

#[test]
fn two_patches_of_one_message_id_are_told() {
    let bench = bench();
    let id = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("Message-ID: "));
        line.unwrap().to_owned()
    };
    let (first, second) = (
        bench.read("outgoing/0001-spec-Remove-capabilities-cache-during-post-install.patch"),
        bench.read(SECOND),
    );
    bench.write(SECOND, &second.replace(&id(&second), &id(&first)));
    let told = bench
        .run(&lint_only("outgoing", "mainline"))
        .ends_with(1)
        .json();
    let found = &told["patches"][1]["checks"][0]["findings"][0];
    assert_eq!(found["code"], "received-same-id", "{told}");
    assert!(
        found["message"].as_str().unwrap().contains("0002-qemu"),
        "{told}"
    );
}

#[test]
fn a_mailbox_is_read_as_it_was_written() {
    let bench = bench();
    let mail = bench.read(SECOND).replace("[PATCH 2/2]", "[PATCH]");
    let quoted = mail.replacen("\n\n", "\n\n>From here on it works.\n", 1);
    bench.write("quoted", &quoted);
    let codes = |args: Vec<&str>, exit: i32| {
        let told = bench.run(&args).ends_with(exit).json();
        let found = told["patches"][0]["checks"][0]["findings"]
            .as_array()
            .cloned();
        let found = found.unwrap_or_default().into_iter();
        found
            .map(|found| found["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let with = |more: &[&'static str]| [lint_only("quoted", "mainline"), more.to_vec()].concat();
    assert_eq!(codes(with(&[]), 0), ["message-quoted-from"]);
    assert_eq!(
        codes(with(&["--patch-format", "mbox"]), 0),
        ["message-quoted-from"]
    );
    let told = codes(with(&["--patch-format=mboxrd"]), 1);
    assert_eq!(told, ["message-from-line"]);
    let _ = bench.run(&with(&["--patch-format=stgit"])).ends_with(2);
}

#[test]
fn carriage_returns_are_kept_where_that_is_asked_for() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.write("tree/a", "1\r\n2\r\n");
    bench.git(".", &["init", "-q", "-b", "main", "tree"]);
    let commit = |message: &str| {
        bench.git("tree", &["add", "."]);
        bench.git("tree", &["commit", "-qm", message]);
    };
    commit("base");
    bench.write("tree/a", "1\r\n3\r\n");
    commit("topic: Change");
    bench.git("tree", &["format-patch", "-q", "-o", "..", "-1"]);
    bench.git("tree", &["reset", "-q", "--hard", "HEAD^"]);
    let mail = "0001-topic-Change.patch";
    let _ = bench.run(&lint_only(mail, "main")).ends_with(3);
    let taken = bench.shell("tree", &format!("git am -q ../{mail}"));
    assert_ne!(taken.status, 0);
    bench.git("tree", &["am", "--abort"]);
    let told = bench.run(&[lint_only(mail, "main"), vec!["--keep-cr"]].concat());
    let told = told.ends_with(1).json();
    assert_eq!(told["patches"][0]["applies"], true, "{told}");
    assert!(told.to_string().contains("crlf-content"), "{told}");
    let _ = bench
        .shell("tree", &format!("git am -q --keep-cr ../{mail}"))
        .ends_with(0);
}

#[test]
fn a_mail_that_has_no_place_is_looked_at_all_the_same() {
    let bench = bench();
    let mail = bench.read(SECOND).replace("[PATCH 2/2]", "[PATCH]");
    let line = mail
        .lines()
        .find(|line| line.starts_with('+') && line.contains("!= virGetSelf"));
    let line = line.unwrap().to_owned();
    bench.write(
        "mail",
        &mail.replace(&line, &format!("{line} /* \u{200b} */")),
    );
    let told = bench
        .run(&lint_only("mail", "before-cache"))
        .ends_with(3)
        .json();
    let found = &told["patches"][0]["checks"][0]["findings"][0];
    assert_eq!(found["code"], "content-format-character", "{told}");
    assert!(
        found["message"]
            .as_str()
            .unwrap()
            .contains("src/qemu/qemu_capabilities.c:"),
        "{told}"
    );
    // As a hook, where nobody knows what it is made on.
    let left = bench.run(&[
        "validate",
        "--hook",
        "sendemail-validate",
        "mail",
        "--repo",
        "tree",
        "--check",
        "lint",
    ]);
    assert_eq!(left.status, 1, "{left}");
    assert!(left.stdout.contains("content-format-character"), "{left}");
}

#[test]
fn a_series_is_the_same_however_it_is_handed_over() {
    let bench = bench();
    let from = "A Ú Thor <author@example.org>";
    for form in ["mbox", "maildir"] {
        let made = [
            "generate", "--repo", "tree", "--from", from, "-q", "--check", "lint", "--export",
            form, "-o", form, "mainline",
        ];
        let _ = bench.run(&made).ends_with(0);
    }
    let told = |script: &str| {
        let program = env!("CARGO_BIN_EXE_patchwright");
        let end = "--repo tree --onto mainline --check lint --format json -q";
        let script = script.replace("VALIDATE", &format!("'{program}' validate {end}"));
        let told = bench.shell(".", &script).ends_with(0).json();
        let patches = told["patches"].as_array().unwrap().iter();
        let ids = patches.map(|patch| (patch["patch"].clone(), patch["message_id"].clone()));
        ids.collect::<Vec<_>>()
    };
    let expected = told("VALIDATE outgoing");
    assert_eq!(expected.len(), 2);
    for script in [
        "VALIDATE outgoing/0002* outgoing/0001*",
        "VALIDATE mbox/series.mbox",
        "VALIDATE maildir",
        "VALIDATE - <mbox/series.mbox",
        "cat outgoing/*.patch | VALIDATE -",
        "VALIDATE outgoing mbox/series.mbox maildir",
    ] {
        assert_eq!(told(script), expected, "{script}");
    }
}

#[test]
fn a_folder_of_quilt_is_read_in_the_order_of_its_list() {
    let bench = bench();
    let from = "A Ú Thor <author@example.org>";
    let made = [
        "generate", "--repo", "tree", "--from", from, "-q", "--check", "lint", "--export", "quilt",
        "-o", "quilted", "mainline",
    ];
    let _ = bench.run(&made).ends_with(0);
    // The names and the numbers say the other way round.
    let list = bench.read("quilted/patches/series");
    for (name, (new, number)) in list.lines().zip([("b", "2/2"), ("a", "1/9")]) {
        let patch = bench.read(&format!("quilted/patches/{name}"));
        let numbered = patch.replacen("Subject: ", &format!("Subject: [PATCH {number}] "), 1);
        bench.write(&format!("quilted/patches/{new}.patch"), &numbered);
        std::fs::remove_file(bench.path(&format!("quilted/patches/{name}"))).unwrap();
    }
    let list = "# in this order\nb.patch -p1\n\na.patch # the daemon\n#c.patch\n";
    bench.write("quilted/patches/series", list);
    let validate = |path| {
        let end = ["--onto", "mainline", "--check", "lint", "--format", "json"];
        bench.run(&[&["validate", path, "--repo", "tree", "-q"][..], &end].concat())
    };
    for path in ["quilted", "quilted/patches"] {
        let told = validate(path).ends_with(0).json();
        let patches = told["patches"].as_array().unwrap().iter();
        let subjects: Vec<&str> = patches.map(|it| it["subject"].as_str().unwrap()).collect();
        assert_eq!(subjects.len(), 2, "{told}");
        assert!(subjects[0].starts_with("spec: "), "{subjects:?}");
        assert!(subjects[1].starts_with("qemu: "), "{subjects:?}");
    }
    bench.write("quilted/patches/series", &format!("{list}gone.patch\n"));
    let said = validate("quilted").ends_with(2);
    assert!(said.stderr.contains("received-list"), "{}", said.stderr);
    assert!(said.stderr.contains("series:6"), "{}", said.stderr);
}
