//! Fixes of the comparison: right ones in other forms, wrong ones of every kind.

use super::{Ground, assert_fixes, assert_refused, assert_taken, evidence, replaced, told};

const FILE: &str = "src/qemu/qemu_capabilities.c";
const PATCH: &str = "ctime-comparison";
const NOW: &str = "virGetSelfLastChanged()";
const COMMENT: &str = "    /* Ask again if what was kept is older than QEMU binary */\n";
const CONDITION: &str =
    "qemuctime != qemuCaps->ctime ||\n        selfctime < virGetSelfLastChanged()";
/// The statements that are run where the cache is outdated.
const EFFECTS: [&str; 5] = [
    concat!(
        "        VIR_DEBUG(\"What is kept of '%s' is out of date: \"\n",
        "                  \"binary %lld, kept %lld; daemon %lld, kept %lld\",\n",
        "                  qemuCaps->binary,\n",
        "                  (long long)qemuCaps->ctime, (long long)qemuctime,\n",
        "                  (long long)virGetSelfLastChanged(), (long long)selfctime);\n",
    ),
    "        ignore_value(unlink(capsfile));\n",
    "        virQEMUCapsReset(qemuCaps);\n",
    "        ret = 0;\n",
    "        goto cleanup;\n",
];

/// The file with another condition.
fn condition(text: &str, condition: &str) -> String {
    replaced(text, CONDITION, condition)
}

/// The whole decision, from the comment to the closing brace.
fn decision() -> String {
    format!(
        "{COMMENT}    if ({CONDITION}) {{\n{}    }}\n",
        EFFECTS.concat()
    )
}

fn before_function(text: &str, put: &str) -> String {
    let head =
        "/* Returns 1 when the cache was used, 0 when the binary is to be asked, -1 on error. */\n";
    replaced(text, head, &format!("{put}{head}"))
}

/// Right fixes, each told by a name.
fn right(text: &str) -> Vec<(String, String)> {
    let equal = format!("selfctime == {NOW}");
    let mut forms: Vec<(String, String)> = [
        format!("selfctime != {NOW}"),
        format!("{NOW} != selfctime"),
        format!("!({equal})"),
        format!("selfctime < {NOW} || selfctime > {NOW}"),
        format!("selfctime - {NOW} != 0"),
        format!("(selfctime ^ {NOW})"),
        format!("difftime(selfctime, {NOW}) != 0"),
        format!("({equal} ? false : true)"),
    ]
    .into_iter()
    .map(|form| {
        (
            form.clone(),
            condition(
                text,
                &format!("qemuctime != qemuCaps->ctime ||\n        {form}"),
            ),
        )
    })
    .collect();
    let mut whole = |name: &str, text: String| forms.push((name.to_owned(), text));
    let both = format!("!(qemuctime == qemuCaps->ctime && {equal})");
    whole("one negation around both", condition(text, &both));
    let turned = format!("selfctime != {NOW} || qemuctime != qemuCaps->ctime");
    whole("the other order", condition(text, &turned));
    let effects = EFFECTS.concat();
    let twice = format!(
        "    if (qemuctime != qemuCaps->ctime) {{\n{effects}    }}\n\n    if (selfctime != {NOW}) {{\n{effects}    }}\n"
    );
    whole("two conditions", replaced(text, &decision(), &twice));
    let variable = format!(
        "    const time_t now = {NOW};\n\n    if (qemuctime != qemuCaps->ctime || selfctime != now) {{\n{effects}    }}\n"
    );
    whole("a variable", replaced(text, &decision(), &variable));
    let flag = format!(
        "    bool fresh = qemuctime == qemuCaps->ctime;\n\n    fresh = fresh && {equal};\n    if (!fresh) {{\n{effects}    }}\n"
    );
    whole("a flag", replaced(text, &decision(), &flag));
    let nested = format!(
        "    if (qemuctime == qemuCaps->ctime && {equal}) {{\n        ret = 1;\n    }} else {{\n{effects}    }}\n"
    );
    whole("the branches turned", replaced(text, &decision(), &nested));
    named_elsewhere(text, &mut whole);
    let quiet = condition(text, &turned).replace(EFFECTS[0], "");
    whole("without a word in the log", quiet);
    forms
}

/// Right fixes that compare in a function or a macro of their own.
fn named_elsewhere(text: &str, whole: &mut dyn FnMut(&str, String)) {
    let helper = format!(
        "static bool\nvirQEMUCapsIsForeign(time_t kept)\n{{\n    return kept != {NOW};\n}}\n\n\n"
    );
    let called = condition(
        text,
        "qemuctime != qemuCaps->ctime ||\n        virQEMUCapsIsForeign(selfctime)",
    );
    whole("a function of its own", before_function(&called, &helper));
    let macro_ = format!("#define CAPS_FROM_ANOTHER(kept) ((kept) != {NOW})\n\n");
    let called = condition(
        text,
        "qemuctime != qemuCaps->ctime ||\n        CAPS_FROM_ANOTHER(selfctime)",
    );
    whole("a macro", before_function(&called, &macro_));
}

/// Wrong fixes: every relation in each place, halves and effects dropped, wrong values, code that is never reached.
fn wrong(text: &str) -> Vec<(String, String)> {
    let mut forms: Vec<(String, String)> = Vec::new();
    let mut with = |form: String| forms.push((form.clone(), condition(text, &form)));
    for relation in ["<=", ">", ">=", "=="] {
        with(format!(
            "qemuctime != qemuCaps->ctime ||\n        selfctime {relation} {NOW}"
        ));
    }
    for relation in ["<", "<=", ">", ">=", "=="] {
        with(format!(
            "qemuctime {relation} qemuCaps->ctime ||\n        selfctime != {NOW}"
        ));
    }
    with(format!(
        "qemuctime != qemuCaps->ctime &&\n        selfctime != {NOW}"
    ));
    with(format!("selfctime != {NOW}"));
    with("qemuctime != qemuCaps->ctime".to_owned());
    with(format!(
        "!(qemuctime != qemuCaps->ctime || selfctime != {NOW})"
    ));
    for value in ["qemuctime", "sb.st_ctime", "qemuCaps->ctime", NOW, "0"] {
        with(format!(
            "qemuctime != qemuCaps->ctime ||\n        {value} != {NOW}"
        ));
    }
    for value in ["qemuCaps->ctime", "selfctime", "time(NULL)", "0"] {
        with(format!(
            "qemuctime != qemuCaps->ctime ||\n        selfctime != {value}"
        ));
    }
    with(format!(
        "qemuctime != qemuCaps->ctime ||\n        (int) selfctime != (int) {NOW}"
    ));
    with(format!(
        "qemuctime != qemuCaps->ctime ||\n        selfctime + 1 < {NOW} || selfctime > {NOW}"
    ));
    with(format!(
        "qemuctime != qemuCaps->ctime ||\n        (selfctime && selfctime != {NOW})"
    ));
    with(format!(
        "qemuctime != qemuCaps->ctime ||\n        ({NOW} && selfctime != {NOW})"
    ));
    with(format!("(0 && selfctime != {NOW}) ||\n        {CONDITION}"));
    let fixed = condition(
        text,
        &format!("qemuctime != qemuCaps->ctime ||\n        selfctime != {NOW}"),
    );
    for effect in &EFFECTS[1..] {
        let block = EFFECTS.concat();
        let left = block.replace(effect, "");
        forms.push((format!("without {effect}"), replaced(&fixed, &block, &left)));
    }
    let right = format!("if (selfctime != {NOW})\n        goto cleanup;\n");
    let mut whole = |name: &str, text: String| forms.push((name.to_owned(), text));
    let comment = COMMENT.replace("older than QEMU binary", "of another binary or daemon");
    whole("a comment", replaced(text, COMMENT, &comment));
    let disabled = format!("#if 0\n    {right}#endif\n{COMMENT}");
    whole("a disabled branch", replaced(text, COMMENT, &disabled));
    let behind = format!("    return ret;\n    {right}}}\n\n\n/* Asks the binary itself");
    whole(
        "behind the return",
        replaced(
            text,
            "    return ret;\n}\n\n\n/* Asks the binary itself",
            &behind,
        ),
    );
    let never = format!(
        "    if (false)\n        {}{COMMENT}",
        right.replace("\n    ", "\n        ")
    );
    whole(
        "a condition that never holds",
        replaced(text, COMMENT, &never),
    );
    let unused = format!(
        "bool virQEMUCapsIsForeign(time_t kept);\nbool\nvirQEMUCapsIsForeign(time_t kept)\n{{\n    return kept != {NOW};\n}}\n\n\n"
    );
    whole(
        "a function that nothing calls",
        before_function(text, &unused),
    );
    forms
}

#[test]
fn a_right_comparison_is_taken_in_any_form() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let forms = right(&ground.text(FILE));
    assert!(forms.len() >= 10);
    for (name, text) in forms {
        let account = ground.change(FILE, &text);
        assert_fixes(&name, &account, PATCH, "fixes ctime-comparison: 10 of 43");
    }
}

#[test]
fn a_wrong_comparison_is_refused_in_any_form() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let forms = wrong(&ground.text(FILE));
    assert!(forms.len() >= 25, "{}", forms.len());
    for (name, text) in forms {
        assert_refused(&name, &ground.change(FILE, &text), &["behaviour"]);
    }
}

#[test]
fn a_fix_that_is_taken_back_is_a_regression() {
    let Some(ground) = Ground::at("fixed") else {
        return;
    };
    let text = ground.text(FILE);
    let worse = replaced(
        &text,
        "selfctime != virGetSelfLastChanged()",
        "selfctime < virGetSelfLastChanged()",
    );
    let account = ground.change(FILE, &worse);
    assert_refused("taken back", &account, &["behaviour"]);
    let lost = evidence(&account, 0, "behaviour")[0];
    assert!(
        lost.findings
            .iter()
            .all(|finding| finding.code == "behaviour-lost"),
        "{}",
        told(&account)
    );
    assert_eq!(super::after(&account, PATCH).word(), "missing");
}

#[test]
fn a_preparation_is_taken_with_the_fix_that_completes_it_and_refused_without() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let text = ground.text(FILE);
    let effects = EFFECTS.concat();
    let prepared = replaced(
        &text,
        &decision(),
        &format!(
            "    const time_t now = {NOW};\n\n    if (qemuctime != qemuCaps->ctime || selfctime < now) {{\n{effects}    }}\n"
        ),
    );
    let fixed = replaced(&prepared, "selfctime < now", "selfctime != now");
    let first = vec![(FILE, Some(text), Some(prepared.clone()))];
    let second = vec![(FILE, Some(prepared), Some(fixed))];
    let account = ground.judge(vec![first.clone(), second]);
    assert_taken("both", &account, PATCH);
    let detail = &evidence(&account, 0, "behaviour")[0].detail;
    assert!(detail.ends_with("patch 2 completes it"), "{detail}");
    assert_refused(
        "the first alone",
        &ground.judge(vec![first]),
        &["behaviour"],
    );
}

#[test]
fn a_patch_beside_the_comparison_is_not_asked_for_a_fix() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let text = ground.text(FILE);
    let probe = replaced(
        &text,
        "    char machine[128];\n    bool",
        "    char machine[64];\n    bool",
    );
    let log = replaced(
        &text,
        "\"Nothing is kept of '%s'\"",
        "\"Nothing is known of '%s'\"",
    );
    for after in [probe, log] {
        let account = ground.change(FILE, &after);
        assert_eq!(account.exit(true).code(), 0, "{}", told(&account));
        assert!(
            evidence(&account, 0, "behaviour").is_empty(),
            "{}",
            told(&account)
        );
        assert_eq!(super::after(&account, PATCH).word(), "missing");
    }
}

#[test]
fn code_that_does_not_compile_or_brings_a_warning_is_refused() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let fixed = condition(
        &ground.text(FILE),
        &format!("qemuctime != qemuCaps->ctime ||\n        selfctime != {NOW}"),
    );
    for (name, text) in [
        (
            "misspelt",
            fixed.replace(
                "selfctime != virGetSelfLastChanged",
                "selfctime != virGetSelfLastChangd",
            ),
        ),
        (
            "an unused variable",
            fixed.replace(
                "    time_t selfctime;\n",
                "    time_t selfctime;\n    int spare;\n",
            ),
        ),
        (
            "no semicolon",
            fixed.replace(
                "        ret = 0;\n        goto cleanup;\n    }\n\n    VIR_DEBUG(\"Took",
                "        ret = 0\n        goto cleanup;\n    }\n\n    VIR_DEBUG(\"Took",
            ),
        ),
    ] {
        assert_ne!(text, fixed, "{name}");
        assert_refused(name, &ground.change(FILE, &text), &["compile"]);
    }
    let open = fixed.replace(
        "goto cleanup;\n    }\n\n    VIR_DEBUG(\"Took",
        "goto cleanup;\n\n    VIR_DEBUG(\"Took",
    );
    assert_refused("a brace lost", &ground.change(FILE, &open), &["syntax"]);
}

#[test]
fn a_base_that_is_broken_is_not_the_patchs_fault() {
    let bench = crate::support::Bench::new();
    bench.sample("sample");
    bench.git("sample", &["checkout", "-q", "mainline"]);
    bench.commit("sample", FILE, "time_t selfctime;", "time_t int selfctime;");
    let Some(ground) = Ground::of(bench, "sample", "HEAD") else {
        return;
    };
    let text = ground.text(FILE);
    let fixed = condition(
        &text,
        &format!("qemuctime != qemuCaps->ctime ||\n        selfctime != {NOW}"),
    );
    let account = ground.change(FILE, &fixed);
    assert_eq!(account.exit(false).code(), 4, "{}", told(&account));
}
