//! Tests of ways: forms that are right, wrong or open, and the shapes of the real history.

use super::*;
use crate::series::{Judge, Library, Series};
use crate::text::Source;

const SUBJECT: &str = "virGetSelfLastChanged";

/// What is told of the functions of a file that use the date of the daemon, those that keep it left out.
fn told_of(text: &str) -> Vec<(String, Told)> {
    let series = Series::load(&Library::find("capabilities-cache").unwrap()).unwrap();
    let mut codes = series
        .patches
        .iter()
        .filter_map(|patch| match &patch.judge {
            Judge::Code(judge) => Some((judge, patch)),
            Judge::Scriptlet(_) => None,
        });
    let (judge, patch) = codes.next().unwrap();
    let file = CFile::scan(&Source::new("a.c", text.as_bytes().to_vec()));
    let places: Vec<Span> = c::words(&file.code, SUBJECT)
        .filter(|at| !file.code[..*at].trim_end().ends_with("Ctime ="))
        .map(|at| Span::new(at, at + SUBJECT.len()))
        .collect();
    let followed = follow(judge, patch, &file, &places);
    followed
        .into_iter()
        .map(|one| (one.function, one.told))
        .collect()
}

/// The function that has a cache read and then keeps or drops it; `before` stands before it, `decide` in it.
fn init(before: &str, decide: &str) -> String {
    format!(
        "static int\nload(caps *c, const char *file, time_t *qemuctime, time_t *selfctime)\n{{\n    long long l;\n    \
         if (virXPathLongLong(\"string(./selfctime)\", file, &l) < 0)\n        return -1;\n    *selfctime = l;\n    return 0;\n}}\n\n\
         {before}\n\nstatic int\nvirQEMUCapsInitCached(caps *qemuCaps, const char *file)\n{{\n    int ret = -1;\n    time_t qemuctime;\n    \
         time_t selfctime;\n\n    if (load(qemuCaps, file, &qemuctime, &selfctime) < 0) {{\n        ret = 0;\n        \
         virQEMUCapsReset(qemuCaps);\n        goto cleanup;\n    }}\n{decide}\n    ret = 1;\n cleanup:\n    return ret;\n}}\n"
    )
}

const DROP: &str = "{ unlink(file); virQEMUCapsReset(qemuCaps); ret = 0; goto cleanup; }";

fn told(before: &str, decide: &str) -> Told {
    let told = told_of(&init(before, decide));
    assert_eq!(told.len(), 1, "{told:?}");
    told[0].1.clone()
}

/// A condition, and what is told where it drops the cache.
fn of(condition: &str) -> Told {
    told("", &format!("    if ({condition}) {DROP}"))
}

#[test]
fn every_form_that_differs_by_date_is_right() {
    for form in [
        "selfctime != virGetSelfLastChanged()",
        "!(virGetSelfLastChanged() == selfctime)",
        "selfctime - virGetSelfLastChanged()",
        "selfctime ^ virGetSelfLastChanged()",
        "selfctime < virGetSelfLastChanged() || selfctime > virGetSelfLastChanged()",
        "!(selfctime >= virGetSelfLastChanged() && selfctime <= virGetSelfLastChanged())",
        "selfctime == virGetSelfLastChanged() ? 0 : 1",
        "qemuctime != qemuCaps->ctime || (long long) selfctime != (long long) virGetSelfLastChanged()",
        "difftime(selfctime, virGetSelfLastChanged()) != 0",
        "llabs(selfctime - virGetSelfLastChanged()) > 0",
        // Stricter where something else is the case, it is used where it is not.
        "selfctime != virGetSelfLastChanged() || qemuCaps->version == 0",
    ] {
        assert_eq!(of(form), Told::Right, "{form}");
    }
}

#[test]
fn a_form_that_is_wrong_in_a_case_is_wrong_in_that_case() {
    for (form, case) in [
        ("selfctime < virGetSelfLastChanged()", "newer"),
        ("selfctime > virGetSelfLastChanged()", "older"),
        (
            "selfctime < virGetSelfLastChanged() && selfctime != virGetSelfLastChanged()",
            "newer",
        ),
        (
            "(unsigned char) selfctime != (unsigned char) virGetSelfLastChanged()",
            "",
        ),
        ("(int) selfctime != (int) virGetSelfLastChanged()", "2^32"),
        ("selfctime / 60 != virGetSelfLastChanged() / 60", "second"),
        ("llabs(selfctime - virGetSelfLastChanged()) > 60", "second"),
        ("selfctime == virGetSelfLastChanged()", "older"),
        (
            "virGetSelfLastChanged() != 0 && selfctime != virGetSelfLastChanged()",
            "could not learn its own",
        ),
        ("0 && selfctime != virGetSelfLastChanged()", "older"),
        (
            "(selfctime = virGetSelfLastChanged()) != selfctime",
            "older",
        ),
    ] {
        match of(form) {
            Told::Wrong(title) => assert!(title.contains(case), "{form}: {title}"),
            other => panic!("{form}: {other:?}"),
        }
    }
}

#[test]
fn what_else_decides_is_told() {
    for (form, condition) in [
        (
            "qemuCaps->arch && selfctime != virGetSelfLastChanged()",
            "`qemuCaps->arch` does not hold",
        ),
        (
            "strict() && selfctime != virGetSelfLastChanged()",
            "`strict()` does not hold",
        ),
    ] {
        match of(form) {
            Told::Partly(_, told) => assert_eq!(told, condition, "{form}"),
            other => panic!("{form}: {other:?}"),
        }
    }
    let before = "    if (qemuCaps->arch == ARM) { ret = 1; goto cleanup; }\n";
    let decide = format!("{before}    if (selfctime != virGetSelfLastChanged()) {DROP}");
    assert!(matches!(told("", &decide), Told::Partly(_, told) if told.contains("ARM")));
}

#[test]
fn what_is_dropped_always_is_no_fix() {
    for form in [
        "1 || selfctime != virGetSelfLastChanged()",
        "selfctime != virGetSelfLastChanged() || true",
    ] {
        assert!(matches!(of(form), Told::Never(_)), "{form}");
    }
    // The dates are read into each other's places.
    let text = init(
        "",
        &format!("    if (selfctime != virGetSelfLastChanged()) {DROP}"),
    );
    let swapped = text.replace("&qemuctime, &selfctime) < 0", "&selfctime, &qemuctime) < 0");
    assert!(matches!(told_of(&swapped)[0].1, Told::Never(_)));
}

#[test]
fn flags_jumps_loops_and_switches_are_followed() {
    let flag = "    bool stale = false;\n    if (qemuctime != qemuCaps->ctime)\n        stale = true;\n    else if (selfctime != virGetSelfLastChanged())\n        stale = true;\n";
    assert_eq!(
        told("", &format!("{flag}    if (stale) {DROP}")),
        Told::Right
    );
    let cleared = format!("{flag}    stale = false;\n    if (stale) {DROP}");
    assert!(matches!(told("", &cleared), Told::Wrong(_)));
    let switch = "    bool stale;\n    switch (selfctime == virGetSelfLastChanged()) {\n    case 1: stale = false; break;\n    default: stale = true;\n    }\n";
    assert_eq!(
        told("", &format!("{switch}    if (stale) {DROP}")),
        Told::Right
    );
    let again = "    int tries = 3;\n    while (tries-- > 0) {\n        if (selfctime != virGetSelfLastChanged())\n            break;\n    }\n";
    assert_eq!(
        told("", &format!("{again}    if (tries >= 0) {DROP}")),
        Told::Right
    );
    let shadow = "    bool stale = false;\n    {\n        time_t selfctime = virGetSelfLastChanged();\n        stale = selfctime != virGetSelfLastChanged();\n    }\n";
    assert!(matches!(
        told("", &format!("{shadow}    if (stale) {DROP}")),
        Told::Wrong(_)
    ));
    let compiled = |condition: &str| {
        let decide = format!(
            "#if {condition}\n    if (selfctime != virGetSelfLastChanged()) {DROP}\n#endif\n"
        );
        told("", &decide)
    };
    assert_eq!(compiled("1"), Told::Right);
    assert!(
        matches!(compiled("WITH_STRICT"), Told::Partly(_, told) if told.contains("WITH_STRICT"))
    );
    let ends = "    while (1)\n        continue;\n";
    assert!(matches!(
        told(
            "",
            &format!("{ends}    if (selfctime != virGetSelfLastChanged()) {DROP}")
        ),
        Told::Open(_)
    ));
}

#[test]
fn helpers_and_macros_of_the_file_are_followed() {
    let drop = |condition: &str| format!("    if ({condition}) {DROP}");
    let differs = |operator: &str| {
        format!("static bool\ndiffers(time_t a, time_t b)\n{{\n    return a {operator} b;\n}}")
    };
    let called = drop("differs(selfctime, virGetSelfLastChanged())");
    assert_eq!(told(&differs("!="), &called), Told::Right);
    assert!(matches!(told(&differs("<"), &called), Told::Wrong(_)));
    let same = drop("differs(virGetSelfLastChanged(), virGetSelfLastChanged())");
    assert!(matches!(told(&differs("!="), &same), Told::Wrong(_)));
    assert_eq!(
        told(
            "#define DIFFERS(a, b) ((a) != (b))",
            &drop("DIFFERS(selfctime, virGetSelfLastChanged())")
        ),
        Told::Right
    );
    // It answers to its caller, whatever its own name says.
    let fresh = "static bool\nvirQEMUCapsChanged(time_t when)\n{\n    return when == virGetSelfLastChanged();\n}";
    assert_eq!(
        told(fresh, &drop("!virQEMUCapsChanged(selfctime)")),
        Told::Right
    );
    // Of one elsewhere nothing is known.
    assert!(matches!(
        told("", &drop("differs(selfctime, virGetSelfLastChanged())")),
        Told::Open(_)
    ));
}

#[test]
fn a_cache_that_is_said_to_be_dropped_and_is_not_is_open() {
    let decide = "    if (selfctime != virGetSelfLastChanged()) { ret = 0; goto cleanup; }";
    assert!(matches!(told("", decide), Told::Open(_)));
}

#[test]
fn what_is_too_much_is_not_followed_for_ever() {
    let many = (0..40).fold(String::new(), |text, at| {
        format!("{text}    if (ask{at}()) flag{at} = qemuCaps->a{at};\n")
    });
    let names = (0..40)
        .map(|at| format!("    int flag{at} = 0;\n"))
        .collect::<String>();
    let decide = format!("{names}{many}    if (selfctime != virGetSelfLastChanged()) {DROP}");
    assert!(matches!(told("", &decide), Told::Open(_)));
}

#[test]
fn every_shape_of_the_real_history_is_told() {
    let Some(git) = std::env::var_os("PATCHWRIGHT_LIBVIRT_GIT") else {
        println!("skipped: PATCHWRIGHT_LIBVIRT_GIT is not set");
        return;
    };
    let path = "src/qemu/qemu_capabilities.c";
    for tag in [
        "v1.2.3",
        "v1.2.15",
        "v1.2.16",
        "v1.3.3",
        "v2.3.0",
        "v2.5.0",
        "v3.6.0",
        "v4.0.0",
        "v4.1.0-rc1",
    ] {
        let show = std::process::Command::new("git")
            .arg("--git-dir")
            .arg(&git)
            .args(["show", &format!("{tag}:{path}")])
            .output()
            .unwrap();
        assert!(show.status.success(), "{tag}");
        let text = String::from_utf8(show.stdout).unwrap();
        let own = told_of(&text);
        let is_wrong = |(_, told): &(String, Told)| matches!(told, Told::Wrong(title) if title.contains("newer"));
        let is_right = |(_, told): &(String, Told)| *told == Told::Right;
        let is_old = matches!(tag, "v1.2.3" | "v1.2.15");
        let is_told = match is_old {
            true => own.iter().all(is_wrong),
            false => own.iter().all(is_right),
        };
        assert!(!own.is_empty() && is_told, "{tag}: {own:?}");
        let (from, to) = if is_old {
            ("< virGet", "!= virGet")
        } else {
            ("!= virGet", "< virGet")
        };
        let turned = told_of(&text.replace(from, to));
        let is_turned = match is_old {
            true => turned.iter().all(is_right),
            false => turned.iter().all(is_wrong),
        };
        assert!(is_turned, "{tag}, turned: {turned:?}");
    }
}
