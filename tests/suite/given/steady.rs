//! Fixes that decide rightly once, or for one user, or in one environment: a decision may rest on nothing but what is compared.

use super::{Ground, assert_refused, assert_taken, evidence, replaced, told};

const FILE: &str = "src/qemu/qemu_capabilities.c";
const PATCH: &str = "ctime-comparison";
const OLD: &str = "selfctime < virGetSelfLastChanged()";
const RIGHT: &str = "selfctime != virGetSelfLastChanged()";
const HEAD: &str =
    "/* Returns 1 when the cache was used, 0 when the binary is to be asked, -1 on error. */\n";

/// The file with another comparison, and lines above the function.
fn text(ground: &Ground, comparison: &str, above: &str) -> String {
    let text = replaced(&ground.text(FILE), OLD, comparison);
    replaced(&text, HEAD, &format!("{above}{HEAD}"))
}

#[test]
fn a_decision_that_depends_on_those_before_it_is_refused() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let forms = [
        (
            "once",
            format!("(asked++ == 0 && {RIGHT})"),
            "static int asked;\n\n",
        ),
        (
            "five times",
            format!("(asked < 5 && ++asked && {RIGHT})"),
            "static int asked;\n\n",
        ),
        (
            "until one was kept",
            format!("(!kept && ({RIGHT} || !(kept = true)))"),
            "static bool kept;\n\n",
        ),
        (
            "by what was seen last",
            format!("({RIGHT} && selfctime != last && (last = selfctime))"),
            "static time_t last;\n\n",
        ),
    ];
    for (name, comparison, above) in forms {
        let account = ground.change(FILE, &text(&ground, &comparison, above));
        assert_refused(name, &account, &["behaviour"]);
        let findings = &evidence(&account, 0, "behaviour")[0].findings;
        let said =
            |finding: &patchwright::check::Finding| finding.message.contains("when asked again");
        assert!(findings.iter().any(said), "{name}\n{}", told(&account));
    }
}

#[test]
fn a_decision_that_asks_the_surroundings_is_refused_whatever_they_are_asked_for() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    for condition in [
        "!getenv(\"VIR_KEEP_CACHE\")",
        "!(getenv(\"VIR_CACHE\") && strcmp(getenv(\"VIR_CACHE\"), \"never\") == 0)",
        "time(NULL) < 4000000000",
        "geteuid() == 0",
        "geteuid() != 107",
        "getpid() % 7 != 3",
        "rand() % 10 != 3",
        "virIsNamed()",
        "virTrusts()",
    ] {
        let looks = "extern char **environ;\n\nstatic bool\nvirTrusts(void)\n{\n    size_t i;\n\n    \
                     for (i = 0; environ[i]; i++) {\n        if (strncmp(environ[i], \"VIR_KEEP=\", 9) == 0)\n            \
                     return false;\n    }\n    return true;\n}\n\n";
        let named = "static bool\nvirIsNamed(void)\n{\n    char name[64];\n\n    \
                     return gethostname(name, sizeof(name)) == 0 && strncmp(name, \"builder\", 7) != 0;\n}\n\n";
        let above = match condition {
            "virIsNamed()" => named,
            "virTrusts()" => looks,
            _ => "",
        };
        let form = format!("({condition} && {RIGHT})");
        let account = ground.change(FILE, &text(&ground, &form, above));
        assert_refused(condition, &account, &["behaviour"]);
        let findings = &evidence(&account, 0, "behaviour")[0].findings;
        // Chance answers another way by itself when it is asked again.
        let said = |finding: &patchwright::check::Finding| {
            let words = ["another answer from", "when asked again"];
            words.iter().any(|words| finding.message.contains(words))
        };
        assert!(findings.iter().any(said), "{condition}\n{}", told(&account));
    }
}

#[test]
fn what_is_remembered_or_asked_and_decides_nothing_is_taken() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let counted = text(&ground, RIGHT, "static unsigned long asked;\n\n");
    let debug = "    if (virFileMakePath(capsdir) < 0) {";
    let counted = replaced(&counted, debug, &format!("    asked++;\n{debug}"));
    let own = "static time_t own;\n\nstatic time_t\nvirQEMUCapsOwn(void)\n{\n    if (!own)\n        \
               own = virGetSelfLastChanged();\n    return own;\n}\n\n";
    let cases = [
        ("a counter", counted),
        (
            "a value that stays",
            text(&ground, "selfctime != virQEMUCapsOwn()", own),
        ),
    ];
    for (name, text) in cases {
        let account = ground.change(FILE, &text);
        assert_taken(name, &account, PATCH);
        assert_eq!(account.exit(true).code(), 0, "{name}\n{}", told(&account));
    }
    let told_to_somebody = replaced(
        &text(&ground, RIGHT, ""),
        debug,
        &format!(
            "    if (getenv(\"VIR_TRACE\"))\n        VIR_DEBUG(\"asked at %lld\", (long long)time(NULL));\n\n{debug}"
        ),
    );
    let account = ground.change(FILE, &told_to_somebody);
    assert_taken("a trace", &account, PATCH);
    let findings = &evidence(&account, 0, "behaviour")[0].findings;
    assert_eq!(findings.len(), 1, "{}", told(&account));
    assert_eq!(findings[0].code, "behaviour-asks");
    assert_eq!(account.exit(true).code(), 1, "{}", told(&account));
}
