//! The JSON Schemas that `schema` prints: what is written keeps them, and they let pass nothing else.

use crate::support::{Bench, Left, have};
use serde_json::{Value, json};

fn schema(bench: &Bench, of: &str) -> Value {
    bench.run(&["schema", of]).ends_with(0).json()
}

/// The schema with every key forbidden that it does not name.
fn strict(mut schema: Value) -> Value {
    fn close(value: &mut Value) {
        match value {
            Value::Object(map) => {
                if map.contains_key("properties") {
                    map.insert("additionalProperties".to_owned(), json!(false));
                }
                map.values_mut().for_each(close);
            }
            Value::Array(items) => items.iter_mut().for_each(close),
            _ => {}
        }
    }
    close(&mut schema);
    schema
}

fn errors(schema: &Value, document: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors = validator.iter_errors(document);
    errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

fn keeps(schema: &Value, left: &Left) {
    let found = errors(schema, &left.json());
    assert!(found.is_empty(), "{found:#?}\n{left}");
}

#[test]
fn each_is_a_schema_of_its_draft() {
    let bench = Bench::new();
    for of in ["gate", "series"] {
        let schema = schema(&bench, of);
        assert!(jsonschema::meta::is_valid(&schema), "{of}");
        assert_eq!(schema["title"], format!("patchwright/{of}/1"));
    }
    let left = bench.run(&["schema", "nothing"]).ends_with(2);
    assert!(left.stderr.contains("gate, series"), "{left}");
}

#[test]
fn whatever_gate_says_keeps_its_schema_and_every_key_is_named_in_it() {
    let bench = Bench::new();
    let schema = strict(schema(&bench, "gate"));
    let base = ["gate", "-q", "--sample", "--format", "json"];
    let run = |args: &[&str]| bench.run(&[&base[..], args].concat());
    bench.write("earlier.json", &run(&["mainline", "fixed"]).stdout);
    let exemption = "[[exempt]]\nrevision = 'mainline'\npatch = 'ctime-comparison'\nreason = 'known'\nuntil = 2999-01-31\n";
    bench.write(
        "exempt.toml",
        &format!("{exemption}\n[[exempt]]\nrevision = 'fixed'\nreason = 'was'\n"),
    );
    for args in [
        &["mainline", "maintenance", "fixed", "before-cache"][..],
        &[
            "--require",
            "all",
            "--exempt",
            "exempt.toml",
            "mainline",
            "fixed",
        ],
        &["--require", "ctime-comparison", "mainline"],
        &["--since", "earlier.json", "mainline", "maintenance"],
        &["--all-branches", "--partition", "hash:1/2"],
        &["--prove", "mainline", "fixed", "before-cache"],
    ] {
        keeps(&schema, &run(args));
    }
    // Nothing that is known of a foreign tree has a place.
    bench.write("tree/README", "something else\n");
    keeps(
        &schema,
        &bench.run(&["gate", "-q", "--repo", "tree", "--format", "json"]),
    );
}

#[test]
fn a_document_of_another_form_does_not_keep_it() {
    let bench = Bench::new();
    let schema = schema(&bench, "gate");
    let right = bench
        .run(&["gate", "-q", "--sample", "--format", "json"])
        .json();
    assert!(errors(&schema, &right).is_empty());
    for (pointer, wrong) in [
        ("/schema", json!("patchwright/gate/2")),
        ("/require", json!("some")),
        ("/revisions/0/ok", json!("yes")),
        ("/revisions/0/commit", json!("HEAD")),
        ("/revisions/0/patches/1/status", json!("broken")),
        ("/revisions/0/patches/1/places/0/line", json!(0)),
        ("/summary/not-affected", json!(null)),
    ] {
        let mut document = right.clone();
        *document.pointer_mut(pointer).unwrap() = wrong;
        assert!(!errors(&schema, &document).is_empty(), "{pointer}");
    }
}

#[test]
fn what_generate_and_validate_say_keeps_the_schema_of_series() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    let schema = schema(&bench, "series");
    bench.sample("tree");
    let base = [
        "generate",
        "-q",
        "--repo",
        "tree",
        "--from",
        "A <a@example.org>",
        "--check",
        "lint,syntax",
        "--format",
        "json",
    ];
    let run = |args: &[&str]| bench.run(&[&base[..], args].concat());
    keeps(&schema, &run(&["mainline"]).ends_with(0));
    keeps(&schema, &run(&["fixed", "-o", "none"]).ends_with(6));
    let several = run(&["mainline", "fixed", "-o", "several"]);
    assert!(several.json()["series"].is_array(), "{several}");
    keeps(&schema, &several);
    let written: Value =
        serde_json::from_str(&bench.read("outgoing/evidence/report.json")).unwrap();
    assert_eq!(errors(&schema, &written), Vec::<String>::new());
    let args = [
        "validate",
        "-q",
        "outgoing",
        "--repo",
        "tree",
        "--check",
        "lint,syntax",
        "--format",
        "json",
    ];
    keeps(&schema, &bench.run(&args).ends_with(0));
    // A scenario's outcomes have both ends.
    let mut wrong = written;
    wrong["scenarios"] = json!([{"scenario": "s", "title": "t", "labels": {"right": "r", "wrong": "w"}, "outcomes": {"none": "right"}}]);
    assert!(!errors(&schema, &wrong).is_empty());
}
