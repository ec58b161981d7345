//! Tests of the real code, linked: a small tree of our own, and real trees where the machine has them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::check::c::Kit;
use crate::check::c::tests::{
    FILE, Tree, has_gcc, history, kit, later_shapes, sandbox, source, tag,
};
use crate::check::sandbox::Sandbox;
use crate::text::Source;

const OWN: &str = r#"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "virutil.h"

typedef struct _virQEMUCaps virQEMUCaps;
typedef virQEMUCaps *virQEMUCapsPtr;
struct _virQEMUCaps { char *binary; time_t ctime; };

static int virQEMUCapsRememberCached(virQEMUCapsPtr qemuCaps, const char *cacheDir)
{
    char name[4096];
    FILE *file;

    snprintf(name, sizeof(name), "%s/capabilities/one.xml", cacheDir);
    if (!(file = fopen(name, "w")))
        return -1;
    fprintf(file, "<a>%lld %lld</a>\n", (long long) qemuCaps->ctime, (long long) virGetSelfLastChanged());
    return fclose(file);
}

static int virQEMUCapsInitCached(virQEMUCapsPtr qemuCaps, const char *cacheDir)
{
    char name[4096];
    long long qemuctime, selfctime;
    FILE *file;
    int ret = 0;

    if (mkdir(cacheDir, 0700) < 0 && errno != EEXIST)
        return -1;
    snprintf(name, sizeof(name), "%s/capabilities", cacheDir);
    if (mkdir(name, 0700) < 0 && errno != EEXIST)
        return -1;
    strcat(name, "/one.xml");
    if (!(file = fopen(name, "r")))
        return 0;
    if (fscanf(file, "<a>%lld %lld</a>", &qemuctime, &selfctime) != 2 || fgetc(file) != '\n')
        goto cleanup;
    ret = 1;
    if (qemuctime != qemuCaps->ctime ||
        selfctime < virGetSelfLastChanged()) {
        unlink(name);
        ret = 0;
    }
 cleanup:
    fclose(file);
    return ret;
}
"#;

const UTIL: &str = r#"
#include <sys/stat.h>
#include "virutil.h"

static time_t last;

time_t virGetSelfLastChanged(void)
{
    return last;
}

void virUpdateSelfLastChanged(const char *path)
{
    struct stat found;
    if (stat(path, &found) == 0 && found.st_ctime > last)
        last = found.st_ctime;
}
"#;

const HEADER: &str = "#include <time.h>\ntime_t virGetSelfLastChanged(void);\nvoid virUpdateSelfLastChanged(const char *path);\nvoid elsewhere(void);\n";

const WRONG: &str = "selfctime < virGetSelfLastChanged()";
const RIGHT: &str = "selfctime != virGetSelfLastChanged()";
const ROLLED_BACK: [&str; 3] = [
    "cache-newer",
    "cache-newer-by-a-second",
    "own-ctime-unknown",
];

/// A tree of our own, with the file under test as it is told.
fn own() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("src/util/virutil.c", UTIL.to_owned()),
        ("src/util/virutil.h", HEADER.to_owned()),
    ])
}

fn asked(
    kit: &Kit,
    tree: &BTreeMap<&str, String>,
    base: &str,
    stage: &str,
) -> Result<Real, String> {
    let read = |path: &str| tree.get(path).map(|text| Arc::from(text.as_bytes()));
    let (base, stage) = (source(base), source(stage));
    let sandbox = sandbox();
    Bench::new(kit, &sandbox).real(of(&stage, &read), of(&base, &read), &[])
}

fn of<'t>(file: &'t Source, read: crate::check::c::closure::Read<'t>) -> CTree<'t> {
    CTree {
        path: FILE,
        file,
        read,
        beside: None,
    }
}

fn wrong(cases: &[CaseResult]) -> Vec<&str> {
    let wrong = cases.iter().filter(|case| !case.right);
    wrong.map(|case| case.id.as_str()).collect()
}

#[test]
fn real_code_goes_wrong_before_and_right_after_whatever_form_the_fix_has() {
    if !has_gcc() {
        return;
    }
    let forms = [
        RIGHT,
        "!(selfctime == virGetSelfLastChanged())",
        "(selfctime < virGetSelfLastChanged() || selfctime > virGetSelfLastChanged())",
        "({ time_t own = virGetSelfLastChanged(); own - selfctime; })",
    ];
    for form in forms {
        let real = asked(&kit(), &own(), OWN, &OWN.replace(WRONG, form)).unwrap();
        assert_eq!(wrong(&real.before), ROLLED_BACK, "{form}");
        assert!(wrong(&real.after).is_empty(), "{form} {:#?}", real.after);
        assert_eq!(real.with.files, ["src/util/virutil.c"]);
    }
}

#[test]
fn functions_that_nothing_comes_to_are_not_compiled_and_those_that_a_macro_names_are() {
    if !has_gcc() {
        return;
    }
    let fixed = OWN.replace(WRONG, RIGHT);
    let mut tree = own();
    tree.get_mut("src/util/virutil.c")
        .unwrap()
        .push_str("int virUnused(void)\n{\n    return nowhere;\n}\n");
    let real = asked(&kit(), &tree, OWN, &fixed).unwrap();
    assert!(wrong(&real.after).is_empty(), "{:#?}", real.after);
    let mut tree = own();
    let once = "int virThingOnce(void)\n{\n    return 0;\n}\n";
    tree.get_mut("src/util/virutil.c").unwrap().push_str(once);
    let call = "#define ONCE(name) (name##Once())\nint virThingOnce(void);\n";
    tree.get_mut("src/util/virutil.h").unwrap().push_str(call);
    let calling = |text: &str| text.replace("int ret = 0;", "int ret = ONCE(virThing);");
    let real = asked(&kit(), &tree, &calling(OWN), &calling(&fixed)).unwrap();
    assert_eq!(wrong(&real.before), ROLLED_BACK);
    assert!(wrong(&real.after).is_empty(), "{:#?}", real.after);
    assert_eq!(real.with.stubs, Vec::<String>::new());
}

#[test]
fn wrong_fixes_are_refused_by_the_real_code() {
    if !has_gcc() {
        return;
    }
    let fixed = OWN.replace(WRONG, RIGHT);
    let drop = |what: &str| fixed.replace(what, "");
    let operators = ["<", "<=", ">", ">=", "=="];
    let mutants = operators
        .map(|operator| fixed.replace(RIGHT, &RIGHT.replace("!=", operator)))
        .into_iter()
        .chain([
            drop("        unlink(name);\n"),
            fixed.replace("unlink(name);\n        ret = 0;", "unlink(name);"),
            fixed.replace("||\n", "&&\n"),
            fixed.replace(RIGHT, "qemuctime != virGetSelfLastChanged()"),
            fixed.replace(RIGHT, "0"),
            fixed.replace(RIGHT, "1"),
        ]);
    for mutant in mutants {
        assert_ne!(mutant, fixed);
        let real = asked(&kit(), &own(), OWN, &mutant).unwrap();
        assert!(!wrong(&real.after).is_empty(), "{mutant}");
    }
}

#[test]
fn a_tree_that_cannot_be_linked_is_told_with_its_reason() {
    if !has_gcc() {
        return;
    }
    let fixed = OWN.replace(WRONG, RIGHT);
    let reason =
        |tree: &BTreeMap<&str, String>, text: &str| asked(&kit(), tree, text, text).unwrap_err();
    let calling = fixed.replace("int ret = 0;", "int ret = 0;\n    elsewhere();");
    let told = reason(&own(), &calling);
    assert!(
        told.contains("it calls `elsewhere`, which is not among what is linked"),
        "{told}"
    );
    let told = reason(&own(), &fixed.replace("\"virutil.h\"", "\"nowhere.h\""));
    assert!(told.contains("nowhere.h"), "{told}");
    assert!(told.contains("does not compile"), "{told}");
    let told = reason(&own(), &fixed.replace("virQEMUCapsInitCached", "freshen"));
    assert!(told.contains("knows no such way"), "{told}");
    let told = reason(&own(), &fixed.replace("ret = 1;", "ret = 0;"));
    assert!(told.contains("of no use outside its build"), "{told}");
    let mut without = own();
    without.insert("src/util/virutil.c", "#error no\n".to_owned());
    let told = reason(&without, &fixed);
    assert!(
        told.contains("none of the files that it needs of its tree compile"),
        "{told}"
    );
    let mut untold = kit();
    untold.linked = None;
    Arc::get_mut(&mut untold.rules).unwrap().manifest.linked = None;
    let told = asked(&untold, &own(), OWN, &fixed).unwrap_err();
    assert!(told.contains("does not tell how it is linked"), "{told}");
}

#[test]
fn what_a_patch_calls_from_elsewhere_is_left_to_the_stand_in() {
    if !has_gcc() {
        return;
    }
    let fixed = OWN.replace(WRONG, RIGHT);
    let told = asked(
        &kit(),
        &own(),
        OWN,
        &fixed.replace("ret = 1;", "ret = 1; elsewhere();"),
    );
    assert!(
        told.unwrap_err()
            .starts_with("with the patch, it calls `elsewhere`")
    );
}

#[test]
fn code_that_never_returns_or_lies_about_its_answers_is_not_believed() {
    if !has_gcc() {
        return;
    }
    let fixed = OWN.replace(WRONG, RIGHT);
    let header = fixed.replace(
        "#include <time.h>",
        "#include <signal.h>\n#include <time.h>",
    );
    let told = asked(
        &kit(),
        &own(),
        OWN,
        &header.replace("ret = 1;", "kill(getppid(), 9);"),
    );
    assert!(told.unwrap_err().contains("the program ended with status"));
}

#[test]
fn every_way_of_running_links_and_tells_the_same() {
    if !has_gcc() {
        return;
    }
    let (kit, tree) = (kit(), own());
    let read = |path: &str| tree.get(path).map(|text| Arc::from(text.as_bytes()));
    let (base, stage) = (source(OWN), source(&OWN.replace(WRONG, RIGHT)));
    let broken = source(&OWN.replace("virutil.h", "nowhere.h"));
    let ways = [Sandbox::bubblewrap(), Sandbox::unshare(), Sandbox::plain()];
    let mut scripts = Vec::new();
    for sandbox in ways.into_iter().flatten() {
        let bench = Bench::new(&kit, &sandbox);
        let real = bench
            .real(of(&stage, &read), of(&base, &read), &[])
            .unwrap();
        assert_eq!(wrong(&real.before), ROLLED_BACK, "{}", sandbox.name());
        assert!(wrong(&real.after).is_empty(), "{}", sandbox.name());
        let why = bench.real(of(&stage, &read), of(&broken, &read), &[]);
        scripts.push((real.with.script, why.map(|_| ()).unwrap_err()));
    }
    scripts.dedup();
    assert_eq!(scripts.len(), 1, "{scripts:#?}");
}

#[test]
fn situations_are_played_by_files_in_the_same_order() {
    let kit = kit();
    let linked = kit.rules.manifest.linked.as_ref().unwrap();
    let given = |pairs: &[(&str, i64)]| -> Situation {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect()
    };
    let files = |pairs: &[(&str, i64)]| {
        let wanted = Given {
            linked,
            defaults: &kit.rules.manifest.defaults,
            situation: &given(pairs),
        };
        let numbers = wanted.numbered()?;
        let of = |name: &str| numbers[name];
        Some((
            of("daemon_ctime"),
            of("cached_daemon_ctime"),
            of("emulator_ctime"),
            of("cached_emulator_ctime"),
        ))
    };
    assert_eq!(files(&[]), Some((2, 2, 2, 2)));
    assert_eq!(
        files(&[("daemon_ctime", 7), ("cached_daemon_ctime", 8)]),
        Some((2, 3, 2, 2))
    );
    assert_eq!(
        files(&[("daemon_ctime", 9), ("cached_daemon_ctime", 7)]),
        Some((3, 1, 2, 2))
    );
    assert_eq!(files(&[("daemon_ctime", 0)]), Some((0, 2, 2, 2)));
    assert_eq!(
        files(&[("emulator_ctime", 8), ("cached_emulator_ctime", 7)]),
        Some((2, 2, 3, 2))
    );
    // No emulator is without a time, no file is of the next century, and one build has one version.
    assert_eq!(files(&[("emulator_ctime", 0)]), None);
    assert_eq!(files(&[("daemon_ctime", 4_102_444_800)]), None);
    assert_eq!(files(&[("cached_daemon_version", 1)]), None);
    assert_eq!(files(&[("otherwise", 1)]), None);
}

#[test]
fn equal_functions_are_linked_once_and_of_other_trees_that_is_told() {
    if !has_gcc() {
        return;
    }
    let (kit, sandbox) = (kit(), sandbox());
    let (base, stage) = (source(OWN), source(&OWN.replace(WRONG, RIGHT)));
    let asked = |number: usize, functions: &[String]| {
        let mut tree = own();
        tree.insert(
            "src/util/virutil.h",
            format!("{HEADER}\nextern int tree{number};\n"),
        );
        let read = |path: &str| tree.get(path).map(|text| Arc::from(text.as_bytes()));
        Bench::new(&kit, &sandbox).real(of(&stage, &read), of(&base, &read), functions)
    };
    let function = ["virQEMUCapsInitCached".to_owned()];
    assert!(asked(0, &function).is_ok());
    let told = asked(1, &function).map(|_| ()).unwrap_err();
    assert!(
        told.contains("equal functions were linked with another tree"),
        "{told}"
    );
    assert!(asked(0, &function).is_ok());
    // Of what nothing is known, nothing is equal.
    assert!(asked(1, &[]).is_ok());
}

#[test]
fn releases_are_linked_and_go_wrong_before_and_right_after() {
    let Some(git) = history() else { return };
    let mut trees: Vec<Tree> = later_shapes().into_iter().map(|(tree, _)| tree).collect();
    trees.extend([3, 8, 15].map(|minor| tag(&git, &format!("v1.2.{minor}"))));
    let (kit, sandbox) = (kit(), sandbox());
    for (at, tree) in trees.into_iter().enumerate() {
        let shipped = tree.source();
        let text = shipped.text();
        let before = source(&text.replace("time != virGetSelf", "time < virGetSelf"));
        let after = source(&text.replace("time < virGetSelf", "time != virGetSelf"));
        let read = |path: &str| tree.read(path);
        let bench = Bench::new(&kit, &sandbox);
        let real = bench
            .real(of(&after, &read), of(&before, &read), &[])
            .unwrap();
        assert_eq!(wrong(&real.before), ROLLED_BACK);
        assert!(wrong(&real.after).is_empty(), "{:#?}", real.after);
        assert!(real.with.left_out.is_empty(), "{:?}", real.with.left_out);
        let operator = ["time <= ", "time > ", "time == "][at % 3];
        let mutant = source(&after.text().replace("time != ", operator));
        let real = bench
            .real(of(&mutant, &read), of(&before, &read), &[])
            .unwrap();
        assert!(!wrong(&real.after).is_empty(), "{operator}");
    }
}
