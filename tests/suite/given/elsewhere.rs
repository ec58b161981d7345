//! Fixes whose comparison stands in another file than the function that decides: a header, a new file, a function beside.

use super::{Files, Ground, after, assert_refused, assert_taken, evidence, replaced, told};
use crate::support::Bench;
use patchwright::check::Outcome;
use patchwright::status::Status;

const FILE: &str = "src/qemu/qemu_capabilities.c";
const HEADER: &str = "src/util/virutil.h";
const SOURCE: &str = "src/util/virutil.c";
const PATCH: &str = "ctime-comparison";
const OLD: &str = "selfctime < virGetSelfLastChanged()";
const END: &str = "\n#endif /* SAMPLE_VIRUTIL_H */\n";
const INCLUDE: &str = "#include \"virutil.h\"\n";
const HEAD: &str =
    "/* Returns 1 when the cache was used, 0 when the binary is to be asked, -1 on error. */\n";

/// What a patch makes of some files: paths and texts.
type Made = Vec<(&'static str, String)>;

/// The function that decides, with another comparison and lines above it.
fn decided(ground: &Ground, comparison: &str, above: &str) -> (&'static str, String) {
    let text = replaced(&ground.text(FILE), OLD, comparison);
    (FILE, replaced(&text, HEAD, &format!("{above}{HEAD}")))
}

fn headed(ground: &Ground, lines: &str) -> (&'static str, String) {
    let text = replaced(&ground.text(HEADER), END, &format!("\n{lines}{END}"));
    (HEADER, text)
}

/// A function that tells whether two times differ by `relation`.
fn function(relation: &str) -> String {
    format!(
        "bool\nvirSelfIsForeign(time_t kept)\n{{\n    return kept {relation} virGetSelfLastChanged();\n}}\n"
    )
}

fn all_forms(ground: &Ground, relation: &str) -> Vec<(&'static str, Made)> {
    let mut all = forms(ground, relation);
    all.extend(other_forms(ground, relation));
    all
}

/// The fix in other files: right where the relation is.
fn forms(ground: &Ground, relation: &str) -> Vec<(&'static str, Made)> {
    let asks = "virSelfIsForeign(selfctime)";
    let prototype = "bool virSelfIsForeign(time_t kept);\n";
    let inline = format!("static inline {}", function(relation));
    let new_header = format!(
        "#ifndef VIRSELF_H\n# define VIRSELF_H\n\n# include <stdbool.h>\n# include \"virutil.h\"\n\n{inline}\n#endif\n"
    );
    let includes = |text: String| {
        replaced(
            &text,
            INCLUDE,
            &format!("{INCLUDE}#include \"virself.h\"\n"),
        )
    };
    let here = || decided(ground, asks, "").1;
    let stdbool = "# include <stdbool.h>\n\n";
    vec![
        (
            "a header",
            vec![
                (FILE, here()),
                headed(ground, &format!("{stdbool}{inline}")),
            ],
        ),
        (
            "a new header",
            vec![(FILE, includes(here())), ("src/util/virself.h", new_header)],
        ),
        (
            "a source that is linked",
            vec![
                (FILE, here()),
                headed(ground, &format!("{stdbool}{prototype}")),
                (
                    SOURCE,
                    format!("{}\n\n{}", ground.text(SOURCE), function(relation)),
                ),
            ],
        ),
        (
            "a new source",
            vec![
                (FILE, here()),
                headed(ground, &format!("{stdbool}{prototype}")),
                (
                    "src/util/virself.c",
                    format!("#include \"virutil.h\"\n\n{}", function(relation)),
                ),
            ],
        ),
    ]
}

/// The same with types, macros and variables, and in the function that reads the cache.
fn other_forms(ground: &Ground, relation: &str) -> Vec<(&'static str, Made)> {
    let kinds = "typedef enum {\n    VIR_SELF_SAME,\n    VIR_SELF_FOREIGN,\n} virSelfKind;\n\n";
    let told = format!(
        "{kinds}static inline virSelfKind\nvirSelfIs(time_t kept)\n{{\n    \
         return kept {relation} virGetSelfLastChanged() ? VIR_SELF_FOREIGN : VIR_SELF_SAME;\n}}\n"
    );
    let macros = format!(
        "#define VIR_SELF_DIFFERS(kept, own) ((kept) {relation} (own))\n\
         #define VIR_SELF_IS_FOREIGN(kept) VIR_SELF_DIFFERS(kept, virGetSelfLastChanged())\n"
    );
    vec![
        (
            "a type and a function of a header",
            vec![
                decided(ground, "virSelfIs(selfctime) == VIR_SELF_FOREIGN", ""),
                headed(ground, &told),
            ],
        ),
        (
            "macros of a header",
            vec![
                decided(ground, "VIR_SELF_IS_FOREIGN(selfctime)", ""),
                headed(ground, &macros),
            ],
        ),
        (
            "a pointer to a function",
            vec![decided(
                ground,
                "foreign(selfctime)",
                &format!(
                    "static {}\nstatic bool (*const foreign)(time_t) = virSelfIsForeign;\n\n",
                    function(relation)
                ),
            )],
        ),
        (
            "what reads the cache",
            vec![(FILE, in_reader(ground, relation))],
        ),
    ]
}

/// The comparison moved into the function that reads the cache file.
fn in_reader(ground: &Ground, relation: &str) -> String {
    let text = replaced(&ground.text(FILE), &format!(" ||\n        {OLD}"), "");
    let dates = "    if (*qemuctime < 0 || *selfctime < 0) {\n";
    let refuses = format!(
        "    if (*selfctime {relation} virGetSelfLastChanged()) {{\n        unlink(filename);\n        ret = -1;\n    }}\n\n{dates}"
    );
    replaced(&text, dates, &refuses)
}

fn judged(ground: &Ground, made: Made) -> patchwright::verdict::Account {
    let texts: Vec<Option<String>> = made.iter().map(|(path, _)| ground.there(path)).collect();
    let files: Files = made
        .into_iter()
        .zip(texts)
        .map(|((path, after), before)| (path, before, Some(after)))
        .collect();
    ground.judge(vec![files])
}

#[test]
fn a_right_comparison_in_another_file_is_taken() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    for (name, made) in all_forms(&ground, "!=") {
        let account = judged(&ground, made);
        assert_taken(name, &account, PATCH);
        let detail = &evidence(&account, 0, "behaviour")[0].detail;
        assert!(
            detail.starts_with("fixes ctime-comparison"),
            "{name}: {detail}"
        );
    }
}

#[test]
fn a_wrong_comparison_in_another_file_is_refused() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    for (name, made) in all_forms(&ground, ">") {
        assert_refused(name, &judged(&ground, made), &["behaviour"]);
    }
}

#[test]
fn a_comparison_of_half_the_bits_is_refused_where_only_the_linked_code_has_it() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    // It looks at a variable of the other file, which nothing can stand in for.
    let made = |comparison: &str| {
        let function =
            format!("\n\nint\nvirSelfIsForeign(time_t kept)\n{{\n    return {comparison};\n}}\n");
        vec![
            decided(&ground, "virSelfIsForeign(selfctime)", ""),
            headed(&ground, "int virSelfIsForeign(time_t kept);\n"),
            (SOURCE, format!("{}{function}", ground.text(SOURCE))),
        ]
    };
    let right = judged(&ground, made("kept != selfLastChanged"));
    assert_taken("all", &right, PATCH);
    for wrong in [
        "(int)kept != (int)selfLastChanged",
        "kept > selfLastChanged",
    ] {
        assert_refused(wrong, &judged(&ground, made(wrong)), &["behaviour"]);
    }
}

/// A tree that can't be linked: what all of it calls stands in none of its files.
fn unlinked() -> Option<Ground> {
    let bench = Bench::new();
    bench.sample("sample");
    bench.git("sample", &["checkout", "-q", "mainline"]);
    let head = "int\nvirFileMakePath(const char *path)\n{";
    let calling = format!("void elsewhere(void);\n\n{head}\n    elsewhere();");
    bench.commit("sample", SOURCE, head, &calling);
    Ground::of(bench, "sample", "HEAD")
}

#[test]
fn where_nothing_can_be_linked_what_the_patch_adds_is_played_and_what_it_can_not_is_no_verdict() {
    let Some(ground) = unlinked() else { return };
    for (relation, is_right) in [("!=", true), (">", false)] {
        for (name, made) in all_forms(&ground, relation) {
            let account = judged(&ground, made);
            let behaviour = evidence(&account, 0, "behaviour")[0];
            if name == "what reads the cache" {
                assert_eq!(behaviour.outcome, Outcome::Skipped, "{}", told(&account));
                assert!(
                    behaviour.detail.contains("virQEMUCapsLoadCache"),
                    "{}",
                    told(&account)
                );
                assert_ne!(after(&account, PATCH), Status::Fixed, "{}", told(&account));
                continue;
            }
            match is_right {
                true => assert_taken(name, &account, PATCH),
                false => assert_refused(name, &account, &["behaviour"]),
            }
        }
    }
}

#[test]
fn a_patch_elsewhere_that_breaks_what_was_fixed_is_refused() {
    let Some(ground) = Ground::at("fixed") else {
        return;
    };
    let source = ground.text(SOURCE);
    let getter = "virGetSelfLastChanged(void)\n{\n";
    let broken = replaced(
        &source,
        getter,
        &format!("{getter}    if (getppid() > 0)\n        return 0;\n"),
    );
    assert_refused(
        "the getter",
        &ground.change(SOURCE, &broken),
        &["behaviour"],
    );
    let beside = format!("{source}\n\nint\nvirNothing(void)\n{{\n    return 0;\n}}\n");
    let header = ground.text(HEADER);
    let declared = replaced(&header, END, &format!("\nint virNothing(void);\n{END}"));
    let account = ground.judge(vec![vec![
        (SOURCE, Some(source), Some(beside)),
        (HEADER, Some(header), Some(declared)),
    ]]);
    assert_eq!(account.exit(false).code(), 0, "{}", told(&account));
}
