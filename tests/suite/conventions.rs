//! What the house promises of itself: codes are explained, modules are mapped, help and README tell the truth.

use crate::support::{Bench, have};
use regex::Regex;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_code_that_a_problem_can_have_is_explained() {
    let bench = Bench::new();
    let known = bench.run(&["explain"]).ends_with(0).stdout;
    let known: Vec<&str> = known
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    let told = Regex::new(
        r#"(?:Problem::new|Ground::new|error|mistake)\(\s*(?:Status::\w+,\s*)?"([a-z][a-z0-9-]+)""#,
    )
    .unwrap();
    for file in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        for found in told.captures_iter(product) {
            assert!(
                known.contains(&&found[1]),
                "{} tells `{}`, which `explain` does not know",
                file.display(),
                &found[1]
            );
        }
    }
    let mut sorted = known.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), known.len(), "a code is explained twice");
}

#[test]
fn every_file_says_first_what_belongs_in_it() {
    for file in rust_files(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//! "), "{}", file.display());
    }
}

/// The lines of the house, from the ground up; a module uses what stands before it, never what stands behind.
const HOUSE: [&str; 18] = [
    "text", "lock", "passing", "syntax", "series", "target", "habit", "locate", "render", "edit",
    "apply", "compose", "status", "check", "verdict", "mail", "report", "cli",
];

/// The module that a file of `src/` belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn arrows_between_modules_go_down_only() {
    let used = Regex::new(r"crate::([a-z]+)").unwrap();
    for file in rust_files(&root().join("src")) {
        let module = module_of(&file);
        let Some(own) = HOUSE.iter().position(|known| *known == module) else {
            continue;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        for found in used.captures_iter(text.split("#[cfg(test)]").next().unwrap()) {
            let other = HOUSE.iter().position(|known| *known == &found[1]);
            let other = other.unwrap_or_else(|| panic!("{} is not in the house", &found[1]));
            assert!(
                other <= own,
                "{} uses {}, which stands above it",
                file.display(),
                &found[1]
            );
        }
    }
}

#[test]
fn the_map_in_the_library_s_first_lines_names_every_module() {
    let map = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let map: String = map.lines().filter(|line| line.starts_with("//!")).collect();
    for module in HOUSE {
        assert!(
            map.contains(&format!("[`{module}`]")),
            "{module} is not on the map"
        );
    }
}

#[test]
fn git_templates_patterns_and_regular_expressions_have_one_door_each() {
    for (crate_name, doors) in [
        ("git2::", &["target", "mail/thread.rs"][..]),
        ("minijinja::", &["render.rs"]),
        ("ast_grep", &["syntax/pattern.rs"]),
        ("annotate_snippets", &["report/picture.rs"]),
        ("similar::", &["text/diff.rs"]),
    ] {
        for file in rust_files(&root().join("src")) {
            let text = std::fs::read_to_string(&file).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap();
            let name = file
                .strip_prefix(root().join("src"))
                .unwrap()
                .to_string_lossy()
                .into_owned();
            if name.ends_with("tests.rs") {
                continue;
            }
            let is_door = doors.iter().any(|door| name.starts_with(door));
            assert!(
                is_door || !product.contains(crate_name),
                "{name} uses {crate_name}"
            );
        }
    }
}

#[test]
fn the_readme_lists_the_exit_codes_as_the_help_does() {
    let bench = Bench::new();
    let help = bench.run(&["--help"]).ends_with(0).stdout;
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let codes = Regex::new(r"(?m)^ {1,3}(\d+)  (.+)$").unwrap();
    let mut count = 0;
    for found in codes.captures_iter(help.split("Exit codes:").nth(1).unwrap()) {
        count += 1;
        let row = format!("| {} | {} |", &found[1], &found[2]);
        assert!(readme.contains(&row), "the README lacks `{row}`");
    }
    assert_eq!(count, 9);
}

#[test]
fn every_command_of_the_readme_works() {
    let bench = Bench::new();
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = Regex::new(r"(?ms)^```sh\n(.*?)^```$").unwrap();
    let mut ran = 0;
    for block in blocks.captures_iter(&readme) {
        for line in block[1]
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (line, expected) = match line.split_once("   # exits with ") {
                Some((line, code)) => (line.trim(), code.trim().parse().unwrap()),
                None => (line, 0),
            };
            let command = match line {
                // These two are what runs this test.
                "cargo test" => continue,
                line => line.replace("cargo run --release -- ", "patchwright "),
            };
            let script = command.replace(
                "patchwright ",
                &format!("{} ", env!("CARGO_BIN_EXE_patchwright")),
            );
            let output = bench.command("sh").args(["-c", &script]).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(expected), "{line}\n{stderr}");
            ran += 1;
        }
    }
    assert!(ran >= 5, "only {ran} commands were found");
}

/// The blocks of a language in the guide to series, in order.
fn blocks_of_the_guide(language: &str) -> Vec<String> {
    let guide = std::fs::read_to_string(root().join("patches/README.md")).unwrap();
    let blocks = Regex::new(&format!(r"(?ms)^```{language}\n(.*?)^```$")).unwrap();
    let blocks = blocks.captures_iter(&guide);
    blocks.map(|block| block[1].to_owned()).collect()
}

/// The smallest series of the guide as it stands, with the spec step and the proof where they are asked for.
fn series_of_the_guide(bench: &Bench, with: &[&str]) {
    let blocks = blocks_of_the_guide("toml");
    let texts = blocks_of_the_guide("text");
    let cover = texts.iter().find(|text| text.contains("{% for patch"));
    bench.write("limits/series.toml", &blocks[0]);
    bench.write("limits/limit/patch.toml", &blocks[1]);
    bench.write(
        "limits/limit/message.txt",
        "What is at the limit is over it.\n",
    );
    bench.write("limits/templates/cover.txt", cover.unwrap());
    if with.contains(&"proof") {
        bench.write("limits/limit/harness.toml", &blocks[2]);
        bench.write("limits/templates/harness.c", &blocks_of_the_guide("c")[0]);
    }
    if with.contains(&"spec") {
        bench.write("limits/spool/patch.toml", &blocks[3]);
        bench.write(
            "limits/spool/message.txt",
            "What lies there is of no use.\n",
        );
        let lines = "find /var/spool/tool -mindepth 1 -delete || :\n";
        bench.write("limits/templates/empty-spool.spec", lines);
        bench.replace(
            "limits/series.toml",
            "[\"limit\"]",
            "[\"limit\", \"spool\"]",
        );
    }
}

const OF_THE_GUIDE: [&str; 7] = [
    "generate",
    "--series",
    "limits",
    "--repo",
    "tool",
    "--from",
    "E <e@example.org>",
];

#[test]
fn the_proof_of_the_guide_works_as_it_stands() {
    if !have(&["gcc", "bwrap"]) {
        return;
    }
    let bench = Bench::new();
    series_of_the_guide(&bench, &["proof"]);
    let function =
        "int check(int x)\n{\n    if (limit(x) < 0)\n        return -1;\n    return 0;\n}\n";
    let code =
        format!("int limit(int x);\n\n{function}\nint main(void)\n{{\n    return check(3);\n}}\n");
    bench.write("tool/tool.c", &code);
    let _ = bench.run(&["series", "lint", "limits"]).ends_with(0);
    let strict = [&OF_THE_GUIDE[..], &["--strict"]].concat();
    let left = bench.run(&strict).ends_with(0);
    assert!(
        left.stdout.contains("1 of 3 cases wrong before, 0 after"),
        "{left}"
    );
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    assert!(
        cover.contains("\n    behaviour: failed before, passed\n"),
        "{cover}"
    );
    // What goes further than it should is refused.
    bench.replace(
        "limits/limit/patch.toml",
        "becomes = \"limit($X) <= 0\"",
        "becomes = \"limit($X) <= 1\"",
    );
    let left = bench.run(&OF_THE_GUIDE).ends_with(1);
    assert!(left.stdout.contains("there is room for one more"), "{left}");
}

#[test]
fn the_step_in_a_spec_of_the_guide_works_as_it_stands() {
    let bench = Bench::new();
    series_of_the_guide(&bench, &["spec"]);
    bench.write("tool/tool.c", "int limit(int x);\nint main(void)\n{\n    if (limit(3) < 0)\n        return 1;\n    return 0;\n}\n");
    bench.write("tool/tool.spec", "Name: tool\n\n%package spool\n\n%post\nldconfig\n\n%post spool\nmkdir -p /run/tool\n\n%files\n");
    let _ = bench.run(&["series", "lint", "limits"]).ends_with(0);
    let _ = bench.run(&OF_THE_GUIDE).ends_with(0);
    let patch =
        bench.read("outgoing/0002-spec-Empty-the-spool-whenever-the-package-is-install.patch");
    let lines = "\n %post spool\n+find /var/spool/tool -mindepth 1 -delete || :\n mkdir";
    assert!(patch.contains(lines), "{patch}");
    bench.replace("tool/tool.c", "< 0", "<= 0");
    let gate = ["gate", "--series", "limits", "--repo", "tool"];
    let left = bench.run(&gate).ends_with(1);
    assert!(left.stdout.contains("spool: "), "{left}");
    let heading = left.stdout.lines().next();
    assert_eq!(heading, Some("revision  limit         spool"), "{left}");
    bench.replace(
        "tool/tool.spec",
        "mkdir",
        "find /var/spool/tool -mindepth 1 -delete || :\nmkdir",
    );
    let _ = bench.run(&gate).ends_with(0);
}

#[test]
fn the_smallest_series_of_the_guide_works_as_it_stands() {
    let bench = Bench::new();
    series_of_the_guide(&bench, &[]);
    let code = "int limit(int x);\nint main(void)\n{\n    if (limit(3) < 0)\n        return 1;\n    return 0;\n}\n";
    bench.write("tool/tool.c", code);
    let _ = bench.run(&["series", "lint", "limits"]).ends_with(0);
    let left = bench.run(&OF_THE_GUIDE).ends_with(0);
    assert!(left.stdout.contains("nothing is proven"), "{left}");
    // Nothing is missing on the machine.
    assert!(!left.stdout.contains("patchwright doctor"), "{left}");
    assert!(
        bench
            .read("outgoing/0001-tool-Refuse-what-is-at-the-limit.patch")
            .contains("\n+    if (limit(3) <= 0)\n")
    );
    let _ = bench
        .run(&[&OF_THE_GUIDE[..], &["--strict", "-o", "strict"]].concat())
        .ends_with(5);
    bench.replace("tool/tool.c", "< 0", "<= 0");
    let _ = bench
        .run(&["gate", "--series", "limits", "--repo", "tool"])
        .ends_with(0);
}
