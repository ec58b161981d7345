//! What the tree's own build says: its compile commands, and a command of the user's, at every stage.

use serde_json::Value;

use crate::support::{Bench, Left, have};

const CODE: &str = "src/qemu/qemu_capabilities.c";

/// The sample, and a build of it: the source as it is checked out, and how it is compiled, in both forms of a database.
fn bench(form: &str) -> Bench {
    let bench = Bench::new();
    bench.sample("tree");
    bench.git("tree", &["checkout", "-q", "mainline"]);
    let copy = "cp -r tree source && rm -rf source/.git && mkdir source/build";
    let _ = bench.shell("", copy).ends_with(0);
    database(&bench, form, "-O1 -Wall");
    bench
}

fn database(bench: &Bench, form: &str, options: &str) {
    let source = bench.path("source").canonicalize().unwrap();
    let source = source.display();
    let words = format!(
        "cc -I../src -I../src/util -I../src/qemu {options} -MD -MF deep/x.d -o deep/x.o -c ../{CODE}"
    );
    let command = match form {
        "line" => format!("\"command\": {}", Value::from(words)),
        _ => format!(
            "\"arguments\": {}",
            words.split(' ').map(Value::from).collect::<Value>()
        ),
    };
    let text =
        format!("[{{\"directory\": \"{source}/build\", \"file\": \"../{CODE}\", {command}}}]");
    bench.write("source/build/compile_commands.json", &text);
}

fn generate(bench: &Bench, more: &[&str]) -> Left {
    let args = [
        "generate",
        "--repo",
        "tree",
        "--from",
        "A <a@example.org>",
        "--format",
        "json",
        "-q",
        "mainline",
        "--only",
        "ctime-comparison",
    ];
    bench.run(&[&args[..], more].concat())
}

fn check(document: &Value, name: &str) -> Value {
    let patches = document["patches"].as_array().unwrap();
    let all = patches
        .iter()
        .flat_map(|patch| patch["checks"].as_array().unwrap());
    let found: Vec<&Value> = all.filter(|check| check["check"] == name).collect();
    assert_eq!(found.len(), 1, "{document:#}");
    found[0].clone()
}

#[test]
fn an_object_is_compiled_as_its_build_does_it() {
    if !have(&["cc", "bwrap"]) {
        return;
    }
    for form in ["line", "words"] {
        let bench = bench(form);
        let left = generate(
            &bench,
            &[
                "--check",
                "object",
                "--build-dir",
                "source/build",
                "--strict",
            ],
        );
        let told = check(&left.ends_with(0).json(), "object");
        assert_eq!(
            (&told["before"], &told["after"]),
            (&Value::from("passed"), &Value::from("passed")),
            "{told:#}"
        );
        // Nothing is written there.
        assert_eq!(bench.names("source/build"), ["compile_commands.json"]);
    }
}

#[test]
fn an_object_with_a_new_warning_is_refused_and_a_base_that_does_not_compile_is_told() {
    if !have(&["cc", "bwrap"]) {
        return;
    }
    let bench = bench("line");
    let text = bench.read(&format!("tree/{CODE}"));
    let wrong = text.replace(
        "selfctime < virGetSelf",
        "(unsigned) selfctime != virGetSlf",
    );
    bench.write(&format!("tree/{CODE}"), &wrong);
    let diff = bench.git("tree", &["diff"]);
    bench.git("tree", &["checkout", "-q", "."]);
    let mail = format!(
        "From: A <a@example.org>\nDate: Wed, 20 May 2015 08:05:17 -0400\nSubject: [PATCH] a: Mend it\n\nSo it is.\n---\n{diff}\n"
    );
    bench.write("mail", &mail);
    let validate = |options: &str, code: i32| {
        database(&bench, "words", options);
        let args = [
            "validate",
            "mail",
            "--repo",
            "tree",
            "--onto",
            "mainline",
            "--check",
            "object",
            "--build-dir",
            "source/build",
            "--format",
            "json",
            "-q",
        ];
        let left = bench.run(&args);
        assert_eq!(left.status, code, "{left}");
        check(&left.json(), "object")
    };
    let told = validate("-Wall", 1);
    assert!(told.to_string().contains("virGetSlf"), "{told:#}");
    let told = validate("-Wall -include missing.h", 4);
    assert_eq!(told["before"], "failed", "{told:#}");
}

#[test]
fn what_the_user_does_not_bring_is_skipped_with_a_reason() {
    let bench = bench("line");
    for (more, reason) in [
        (&["--check", "object"][..], "--build-dir"),
        (
            &["--check", "object", "--build-dir", "tree"],
            "compile_commands.json",
        ),
        (&["--check", "build"], "--build 'CMD'"),
    ] {
        let left = generate(&bench, more);
        let told = check(&left.json(), more[1]);
        assert_eq!(told["outcome"], "skipped", "{told:#}");
        assert!(
            told["detail"].as_str().unwrap().contains(reason),
            "{told:#}"
        );
        let _ = generate(&bench, &[more, &["--strict"]].concat()).ends_with(5);
    }
    let left = bench.run(&["generate", "--sample", "--build", ""]);
    let _ = left.ends_with(2);
}

#[test]
fn a_command_is_run_in_the_whole_tree_of_every_stage() {
    if !have(&["cc", "make", "bwrap"]) {
        return;
    }
    let bench = bench("line");
    let run = |command: &str, code: i32| {
        let left = generate(&bench, &["--check", "build", "--build", command]);
        assert_eq!(left.status, code, "{command}: {left}");
        check(&left.json(), "build")
    };
    let told = run(
        "test -f Makefile && cc -Isrc -Isrc/util -Isrc/qemu -fsyntax-only src/qemu/qemu_capabilities.c",
        0,
    );
    assert_eq!(
        (&told["before"], &told["after"]),
        (&"passed".into(), &"passed".into()),
        "{told:#}"
    );
    let told = run(
        "grep -q 'selfctime < virGetSelf' src/qemu/qemu_capabilities.c || { echo gone >&2; exit 3; }",
        1,
    );
    assert_eq!(
        (&told["before"], &told["after"]),
        (&"passed".into(), &"failed".into()),
        "{told:#}"
    );
    assert!(told.to_string().contains("status 3: gone"), "{told:#}");
    let told = run("echo broken >&2; false", 4);
    assert_eq!(told["before"], "failed", "{told:#}");
    // What one stage leaves is not there for the next, nor in the repository.
    let told = run("! test -e mark && echo >mark && echo >src/mark", 0);
    assert_eq!(told["after"], "passed", "{told:#}");
    assert_eq!(bench.git("tree", &["status", "--porcelain"]), "");
    let told = run(
        "! cat /etc/shadow && ! cat ~/../home/* && ! (: </dev/tcp/127.0.0.1/22) 2>/dev/null",
        0,
    );
    assert_eq!(told["after"], "passed", "{told:#}");
}

#[test]
fn an_option_asks_for_its_check() {
    if !have(&["cc", "bwrap"]) {
        return;
    }
    let bench = bench("line");
    let left = generate(
        &bench,
        &[
            "--build-dir",
            "source/build",
            "--build",
            "true",
            "--no-check",
            "behaviour",
        ],
    );
    let document = left.ends_with(0).json();
    assert_eq!(check(&document, "object")["outcome"], "passed");
    assert_eq!(check(&document, "build")["outcome"], "passed");
}

#[test]
fn the_page_tells_how_each_check_is_asked_again() {
    if !have(&["cc", "bwrap"]) {
        return;
    }
    let bench = bench("again");
    let mut options = vec!["--build-dir", "source/build", "--build", "test -d src"];
    options.extend(["--output", "out"]);
    let left = generate(&bench, &options).ends_with(0);
    assert_eq!(check(&left.json(), "build")["outcome"], "passed");
    let page = bench.read("out/evidence/report.html");
    for told in [
        "--check object --build-dir \"$BUILD\"",
        "--check build --build &#x27;test -d src&#x27;",
    ] {
        assert!(page.contains(told), "no `{told}`");
    }
}
