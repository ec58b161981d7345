//! The reports that `--report` writes: that they agree with each other and with the exit code, and keep their published schemas.

use crate::support::{Bench, have};
use serde_json::{Value, json};
use std::process::Command;

const FILES: [&str; 8] = [
    "--report",
    "json=r/gate.json",
    "--report",
    "junit=r/gate.xml",
    "--report",
    "sarif=r/gate.sarif",
    "--report",
    "gitlab=r/gitlab.json",
];

fn read(bench: &Bench, name: &str) -> Value {
    serde_json::from_str(&bench.read(name)).unwrap()
}

/// A file of a package that the build has unpacked, as cargo knows it; none where cargo is not there to be asked.
fn package_file(package: &str, file: &str) -> Option<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()?;
    let metadata: Value = serde_json::from_slice(&output.stdout).ok()?;
    let packages = metadata["packages"].as_array()?;
    let manifest = packages.iter().find(|one| one["name"] == package)?["manifest_path"].as_str()?;
    let path = std::path::Path::new(manifest).parent()?.join(file);
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

fn keeps_the_schema_of_sarif(document: &Value) {
    let Some(mut schema) = package_file("serde-sarif", "src/schema.json") else {
        println!("skipped: the schema of SARIF is not at hand");
        return;
    };
    // As published it has patterns with a bracket too many, which only some readers of regular expressions take for a letter.
    let languages = [
        "/definitions/run/properties/language",
        "/definitions/toolComponent/properties/language",
    ];
    for language in languages {
        if let Some(pattern) = schema.pointer_mut(&format!("{language}/pattern")) {
            *pattern = json!("^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
        }
    }
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// Jenkins' schema is not ours to keep: where the environment names it, xmllint holds the document to it.
fn keeps_the_schema_of_junit(bench: &Bench, name: &str) {
    if !have(&["xmllint"]) {
        return;
    }
    let mut command = bench.command("xmllint");
    command.arg("--noout");
    match std::env::var_os("PATCHWRIGHT_JUNIT_XSD") {
        Some(schema) => {
            command.arg("--schema").arg(schema);
        }
        None => {
            println!(
                "skipped: PATCHWRIGHT_JUNIT_XSD names no schema; the document is parsed alone"
            );
        }
    }
    let output = command.arg(bench.path(name)).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

/// The cells of a document that are a reason that their revision is not ok, as the contract tells it.
fn failing(document: &Value) -> Vec<Cell> {
    let mut failing = Vec::new();
    for row in document["revisions"].as_array().unwrap() {
        let cells = row["patches"].as_array().unwrap();
        let is_fixed = cells.iter().any(|cell| cell["status"] == "fixed");
        for cell in cells {
            let is_good = ["fixed", "not-affected"].contains(&cell["status"].as_str().unwrap());
            let is_needed = match &document["require"] {
                Value::String(word) if word == "any" => !is_fixed,
                Value::String(_) => true,
                ids => ids.as_array().unwrap().contains(&cell["patch"]),
            };
            if !is_good && is_needed && cell.get("exempt").is_none() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                failing.push((
                    text(&row["revision"]),
                    text(&cell["patch"]),
                    cell["places"].as_array().unwrap().clone(),
                ));
            }
        }
        let fails = failing.iter().any(|(name, _, _)| row["revision"] == *name);
        assert_eq!(row["ok"], !fails, "{row:#}");
    }
    failing
}

/// A failing cell: revision, patch, places.
type Cell = (String, String, Vec<Value>);

fn agrees_in_sarif(bench: &Bench, failing: &[Cell]) {
    let sarif = read(bench, "r/gate.sarif");
    keeps_the_schema_of_sarif(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), failing.len());
    let rules = &sarif["runs"][0]["tool"]["driver"]["rules"];
    for (result, (revision, patch, places)) in results.iter().zip(failing) {
        assert_eq!(result["properties"]["revision"], *revision);
        assert_eq!(result["properties"]["patch"], *patch);
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        let explained = bench
            .run(&["explain", rule["id"].as_str().unwrap()])
            .ends_with(0);
        let meaning = rule["shortDescription"]["text"].as_str().unwrap();
        assert!(explained.stdout.contains(meaning), "{explained}");
        let shown = result["locations"].as_array().unwrap();
        assert_eq!(shown.len(), places.len().max(1));
        for (location, place) in shown.iter().zip(places) {
            let physical = &location["physicalLocation"];
            assert_eq!(physical["artifactLocation"]["uri"], place["path"]);
            let region = json!({"startLine": place["line"], "startColumn": place["column"]});
            assert_eq!(physical["region"], region);
        }
    }
}

#[test]
fn every_report_agrees_with_the_exit_code() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("r")).unwrap();
    bench.sample("repo");
    let repo = have(&["git"]);
    if repo {
        bench.commit(
            "repo",
            "src/qemu/qemu_capabilities.c",
            "selfctime < virGetSelf",
            "selfctime != virGetSelf",
        );
    }
    bench.write("other/README", "another project\n");
    let all = ["mainline", "maintenance", "fixed", "before-cache"];
    let mut runs: Vec<(Vec<&str>, i32)> = vec![
        ([&["--sample"], &all[..]].concat(), 1),
        (vec!["--sample", "fixed", "before-cache"], 0),
        (vec!["--repo", "other"], 1),
    ];
    if repo {
        runs.push((vec!["--repo", "repo"], 0));
        runs.push((vec!["--repo", "repo", "--require", "all"], 1));
        runs.push((
            vec!["--repo", "repo", "--require", "spec-post-cache-removal"],
            1,
        ));
        runs.push((vec!["--repo", "repo", "--require", "ctime-comparison"], 0));
    }
    for (args, exit) in runs {
        let left = bench
            .run(&[&["gate", "-q"], &args[..], &FILES].concat())
            .ends_with(exit);
        assert_eq!(left.stderr, "");
        let failing = failing(&read(&bench, "r/gate.json"));
        assert_eq!(failing.is_empty(), exit == 0);

        agrees_in_sarif(&bench, &failing);
        keeps_the_schema_of_junit(&bench, "r/gate.xml");
        let junit = bench.read("r/gate.xml");
        assert_eq!(junit.matches("<failure ").count(), failing.len(), "{junit}");
        let total = format!(" failures=\"{}\" errors=\"0\">", failing.len());
        assert!(junit.lines().nth(1).unwrap().ends_with(&total), "{junit}");
        let rows = read(&bench, "r/gate.json")["revisions"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(junit.matches("<testsuite ").count(), rows);
        assert_eq!(junit.matches("<testcase ").count(), rows * 2);

        let places: usize = failing
            .iter()
            .map(|(_, _, places)| places.len().max(1))
            .sum();
        assert_eq!(
            read(&bench, "r/gitlab.json").as_array().unwrap().len(),
            places
        );
    }
}

#[test]
fn a_missing_fix_that_is_not_needed_is_skipped_and_never_passed() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample_with_the_comparison_fixed("repo");
    let _ = bench
        .run(&["gate", "--repo", "repo", "--report", "junit=gate.xml"])
        .ends_with(0);
    let junit = bench.read("gate.xml");
    assert!(junit.contains(" skipped=\"1\""), "{junit}");
    assert!(
        junit.contains("<skipped message=\"not required: "),
        "{junit}"
    );
}

#[test]
fn a_series_is_told_as_a_case_for_each_check() {
    let bench = Bench::new();
    let files = ["--report", "junit=o.xml", "--report", "sarif=o.sarif"];
    let args = ["generate", "--sample", "--check", "lint"];
    let _ = bench.run(&[&args[..], &files].concat()).ends_with(0);
    keeps_the_schema_of_junit(&bench, "o.xml");
    let junit = bench.read("o.xml");
    assert_eq!(junit.matches("name=\"lint\"").count(), 2, "{junit}");
    assert!(!junit.contains("<failure"), "{junit}");
    // What could not run is let pass, and fails where that was asked for.
    let strict = ["generate", "--sample", "--strict", "-o", "strict"];
    let _ = bench
        .run_without_tools(&[&strict[..], &files].concat())
        .ends_with(5);
    let junit = bench.read("o.xml");
    assert!(junit.contains("<failure"), "{junit}");
    let sarif = read(&bench, "o.sarif");
    keeps_the_schema_of_sarif(&sarif);
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(junit.matches("<failure").count(), results.len());
    // A tree that is another project fails at its first question.
    bench.write("other/README", "another project\n");
    let args = ["generate", "--repo", "other", "--from", "E <e@example.org>"];
    let _ = bench.run(&[&args[..], &files].concat()).ends_with(3);
    assert_eq!(bench.read("o.xml").matches("<failure").count(), 2);
}

#[test]
fn reports_are_written_whole_or_not_at_all() {
    let bench = Bench::new();
    bench.write("first.json", "before");
    let wrong = [
        &["--report", "junit=missing/a.xml"][..],
        &["--report", "junit="],
        &["--report", "pdf=a"],
        &["--report", "json=first.json"],
    ];
    for more in wrong {
        let args = ["gate", "--sample", "--report", "json=first.json"];
        let left = bench.run(&[&args[..], more].concat()).ends_with(2);
        assert_eq!(left.stdout, "", "{more:?}");
        assert_eq!(bench.read("first.json"), "before", "{more:?}");
        assert_eq!(bench.names(""), ["first.json", "home"], "{more:?}");
    }
}

#[test]
fn a_report_is_as_readable_as_other_files_and_goes_through_links_and_pipes() {
    if !have(&["sh", "mkfifo", "cat"]) {
        return;
    }
    let bench = Bench::new();
    let program = env!("CARGO_BIN_EXE_patchwright");
    let script = format!(
        "umask 022; touch real; ln -s real link; mkfifo pipe; cat pipe > piped & \
         {program} gate --sample fixed -q --report json=link --report json=pipe --report json=new; wait; \
         test -L link && test -p pipe && cmp link new && cmp piped new && ls -l new"
    );
    let output = bench.command("sh").args(["-c", &script]).output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(stdout.contains("-rw-r--r--"), "{stdout}");
}

#[test]
fn the_page_stands_by_itself_and_shows_the_diff_that_would_fix_what_is_missing() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    for at in 1..=5 {
        bench.git("repo", &["tag", &format!("v1.{at}"), "mainline"]);
    }
    bench.git("repo", &["tag", "<img/src=x>&\"", "mainline"]);
    let args = [
        "gate",
        "-q",
        "--repo",
        "repo",
        "--all-tags",
        "fixed",
        "--report",
        "html=gate.html",
    ];
    let _ = bench
        .run(&[&args[..], &["--report", "json=gate.json"]].concat())
        .ends_with(1);
    let page = bench.read("gate.html");
    for outside in ["http:", "https:", "//", "url(", "@import", "<img", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(
        page.contains("&lt;img&#x2f;src=x&gt;&amp;&quot;")
            || page.contains("&lt;img/src=x&gt;&amp;&quot;")
    );
    assert!(page.contains(" … v1.5 <"), "{page}");
    assert!(
        page.contains("class=\"add\">+find %{_localstatedir}"),
        "{page}"
    );
    // Answers that are equal are told once.
    assert_eq!(page.matches("<template id=\"d").count(), 4, "{page}");
    assert!(!bench.read("gate.json").contains("\"diff\""));
    // The diff is one that git takes.
    let part = [
        "gate",
        "-q",
        "--repo",
        "repo",
        "--partition",
        "hash:1/1",
        "--format",
        "json",
        "mainline",
    ];
    let document = bench.run(&part).ends_with(1).json();
    for cell in document["revisions"][0]["patches"].as_array().unwrap() {
        let number = usize::try_from(cell["diff"].as_u64().unwrap()).unwrap();
        bench.write("fix.diff", document["diffs"][number].as_str().unwrap());
        bench.git("repo", &["apply", bench.path("fix.diff").to_str().unwrap()]);
    }
    bench.git("repo", &["commit", "-qam", "fixed"]);
    let _ = bench
        .run(&["gate", "--repo", "repo", "--require", "all"])
        .ends_with(0);
}

#[test]
fn runs_of_equal_answers_are_folded_and_verbose_tells_each() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    for at in 1..=5 {
        bench.git("repo", &["tag", &format!("v1.{at}"), "mainline"]);
    }
    let args = ["gate", "-q", "--repo", "repo", "--all-tags", "fixed"];
    let short = bench.run(&args).ends_with(1).stdout;
    assert!(short.contains("v1.1 … v1.5 (5)  missing"), "{short}");
    let args = ["gate", "--repo", "repo", "--all-tags", "fixed", "--verbose"];
    let long = bench.run(&args).ends_with(1).stdout;
    assert!(long.contains("\nv1.3 ") && !long.contains('…'), "{long}");
    assert!(long.contains("src/qemu/qemu_capabilities.c:171"), "{long}");
}

#[test]
fn a_page_grows_with_distinct_answers_and_with_revisions_by_their_names() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let commit = bench.git("repo", &["rev-parse", "mainline"]);
    let size = |bench: &Bench| {
        let args = ["gate", "-q", "--repo", "repo", "--all-tags"];
        let report = ["--report", "html=gate.html"];
        let _ = bench.run(&[&args[..], &report].concat()).ends_with(1);
        bench.read("gate.html").len()
    };
    let tags = |from: usize, to: usize| {
        let lines = (from..to).map(|at| format!("create refs/tags/v1.{at} {commit}\n"));
        bench.write("tags", &lines.collect::<String>());
        let _ = bench
            .shell("repo", "git update-ref --stdin < ../tags")
            .ends_with(0);
    };
    tags(0, 10);
    let few = size(&bench);
    tags(10, 1010);
    let more = size(&bench) - few;
    assert!(
        more < 1000 * 60,
        "1000 revisions more are {more} bytes more"
    );
}

#[test]
fn what_is_hostile_is_text_on_the_page_of_a_series() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.git("repo", &["branch", "<img/src=x>&\"'", "mainline"]);
    let who = "M <m@example.org>";
    let revision = "<img/src=x>&\"'";
    let args = [
        "generate", "-q", "--repo", "repo", "--check", "lint", "--from", who, "-o", "out", revision,
    ];
    let _ = bench
        .run(&[&args[..], &["--report", "html=series.html"]].concat())
        .ends_with(0);
    let mail = "out/0001-spec-Remove-capabilities-cache-during-post-install.patch";
    bench.replace(mail, "# The daemon that was", "# </pre><img src=x>&amp;");
    let args = ["validate", "-q", "--repo", "repo", "--check", "lint", "out"];
    let _ = bench
        .run(&[&args[..], &["--report", "html=given.html"]].concat())
        .ends_with(0);
    for name in ["out/evidence/report.html", "series.html", "given.html"] {
        let page = bench.read(name);
        for outside in [
            "http:", "https:", "url(", "@import", "<img", "<link", "</pre>&",
        ] {
            assert!(!page.contains(outside), "{name}: {outside}");
        }
        assert!(page.contains("class=\"add\">+find "), "{name}");
    }
    let given = bench.read("given.html");
    assert!(
        given.contains("# &lt;/pre&gt;&lt;img src=x&gt;&amp;amp;"),
        "{given}"
    );
    // Beside the evidence its links lead somewhere; elsewhere it has none.
    let home = bench.read("out/evidence/report.html");
    assert!(home.contains("href=\"..&#x2f;0001-spec-"), "{home}");
    assert!(!bench.read("series.html").contains("href=\"..&#x2f;"));
}
