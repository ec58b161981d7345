//! Tests of reading histories.

use super::*;
use crate::text::Problem;

/// The smallest manifest that has everything.
pub(crate) const SMALL: &str = r#"
labels = { right = "fresh", wrong = "stale" }
clock = 1000
pace = 10
first-probed = "p"

[decide]
patch = "code"
part = "d"
used = "used"
own = "own"
cached-own = "cached_own"
probed = "probed"
cached-probed = "cached_probed"

[clean]
patch = "spec"
part = "d"

[build.a]
title = "build a"
parts = { d = 100, m = 90 }

[build.b]
title = "build b"
parts = { d = 200, m = 190 }

[build.old]
title = "an old build"
patched = false
parts = { d = 50, m = 50 }

[build.twin]
title = "a twin of a"
same-as = "a"
parts = { d = 150, m = 150 }

[probed.p]
title = "p"
time = 7

[probed.q]
title = "q"
time = 8

[way.rpm]
title = "by rpm"
time = "now"
scriptlet = true

[way.mount]
title = "by a mount"
time = "kept"

[way.image]
title = "as an image"
time = 1

[way.machine]
title = "with the whole machine"
time = "kept"
cache = "restored"

[cache.s]
daemon = "the daemon"
directory = "/var/cache/x"
file = "x.xml"

[[group]]
id = "g"
title = "a group"

[[scenario]]
id = "one"
title = "one history"
group = "g"
steps = [{ install = "a", by = "rpm" }, { start = "s" }]

[walk]
length = 3
steps = [{ install = "a", by = "rpm" }, { start = "s" }]
"#;

pub(crate) fn read(text: &str) -> Result<Scenarios, Vec<Problem>> {
    let patches = ["code".to_owned(), "spec".to_owned()];
    Scenarios::read(&Source::new("scenarios.toml", text.as_bytes()), &patches)
}

#[test]
fn the_histories_that_ship_are_read_and_each_group_has_some() {
    let library = crate::series::Library::find("capabilities-cache").unwrap();
    let series = crate::series::Series::load(&library).unwrap();
    let scenarios = series.scenarios.unwrap();
    assert!(scenarios.scenarios.len() >= 20);
    for (at, group) in scenarios.groups.iter().enumerate() {
        let of_group = |scenario: &&Scenario| scenario.group == at;
        assert!(
            scenarios.scenarios.iter().any(|s| of_group(&s)),
            "{}",
            group.id
        );
    }
    let walk = scenarios.walk.unwrap();
    let builds = walk.steps.iter().filter_map(|step| match step.event {
        Event::Install { build, .. } => Some(build),
        _ => None,
    });
    assert_eq!(builds.collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert_eq!(walk.length, 4);
}

/// What is replaced, by what, what is said, and of which place.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    (
        r#"install = "a", by = "rpm" }, { start"#,
        r#"install = "c", by = "rpm" }, { start"#,
        "there is no build `c`",
        "\"c\"",
    ),
    (
        r#"by = "rpm" }, { start = "s" }]"#,
        r#"by = "ship" }, { start = "s" }]"#,
        "there is no way `ship`",
        "\"ship\"",
    ),
    (
        r#"{ start = "s" }]"#,
        r#"{ start = "t" }]"#,
        "there is no cache `t`",
        "\"t\"",
    ),
    (
        r#"group = "g""#,
        r#"group = "h""#,
        "there is no group `h`",
        "\"h\"",
    ),
    (
        r#"patch = "code""#,
        r#"patch = "cod""#,
        "`cod` is no patch of the series",
        "\"cod\"",
    ),
    (
        r#"{ install = "a", by = "rpm" }, { start = "s" }]"#,
        r#"{ start = "s" }]"#,
        "before a whole build is installed",
        "\"one\"",
    ),
    (
        r#"{ install = "a", by = "rpm" }, { start = "s" }]"#,
        r#"{ install = "a", by = "rpm", parts = ["m"] }, { start = "s" }]"#,
        "before a whole build is installed",
        "\"one\"",
    ),
    (
        r#"{ install = "a", by = "rpm" }, { start = "s" }]"#,
        r#"{ install = "a", by = "rpm" }]"#,
        "nothing starts",
        "\"one\"",
    ),
    (
        r#"{ start = "s" }]"#,
        r#"{ start = "s", by = "rpm" }]"#,
        "a step is one of",
        r#"{ start = "s", by = "rpm" }"#,
    ),
    (
        r#"{ start = "s" }]"#,
        r#"{ start = "s", after = -1 }]"#,
        "time does not pass backwards",
        r#"{ start = "s", after = -1 }"#,
    ),
    (
        r#"{ start = "s" }]"#,
        r#"{ directory = "gone", of = "s" }, { start = "s" }]"#,
        "`missing`, `empty`, `full` or `linked`",
        "\"gone\"",
    ),
    (
        r#"time = "kept""#,
        r#"time = "then""#,
        "`then` is no time",
        "\"then\"",
    ),
    (
        r#"cache = "restored""#,
        r#"cache = "lost""#,
        "`restored`",
        "\"lost\"",
    ),
    (
        r#""/var/cache/x""#,
        r#""/usr/x""#,
        "outside /usr",
        "\"/usr/x\"",
    ),
    (
        r#"file = "x.xml""#,
        r#"file = "a/x.xml""#,
        "the name of a file",
        "\"a/x.xml\"",
    ),
    (
        "[[group]]",
        "[[group]]\nmended-by = [\"nobody\"]",
        "`nobody`",
        "\"nobody\"",
    ),
    ("length = 3", "length = 30", "more than 200000 orders", "30"),
    (
        "parts = { d = 200, m = 190 }",
        "parts = { d = 200 }",
        "the build `b` has other parts",
        "[build.b]",
    ),
];

#[test]
fn every_mistake_is_told_at_its_place() {
    for (from, to, message, place) in MISTAKES {
        assert!(SMALL.contains(from), "{from}");
        let problems = read(&SMALL.replacen(from, to, 1)).unwrap_err();
        let found = problems
            .iter()
            .find(|problem| problem.message.contains(message));
        let found = found.unwrap_or_else(|| panic!("{to}: {problems:?}"));
        assert_eq!(found.code, "series-scenario");
        assert!(
            found.labels[0].site.text().starts_with(place),
            "{}",
            found.labels[0].site.text()
        );
    }
}

#[test]
fn a_patch_mends_the_histories_of_the_groups_that_name_it() {
    let scenarios = read(SMALL).unwrap();
    assert!(scenarios.mended_by("code").is_empty());
    let mended = SMALL.replacen("[[group]]", "[[group]]\nmended-by = [\"code\"]", 1);
    let scenarios = read(&mended).unwrap();
    assert_eq!(scenarios.mended_by("code"), [0]);
    assert!(scenarios.mended_by("spec").is_empty());
}

#[test]
fn a_key_that_is_not_known_is_refused_by_the_format() {
    let problems = read(&SMALL.replacen("pace = 10", "pace = 10\nhaste = 1", 1)).unwrap_err();
    assert_eq!(problems[0].code, "series-manifest");
}

#[test]
fn a_step_is_told_in_plain_words() {
    let steps = r#"[{ install = "a", by = "rpm" }, { install = "b", by = "mount", parts = ["m"] }, { probe = "q", by = "image" },
        { write = "s" }, { clock = -86400 }, { clock = 7200 }, { clock = 61 }, { directory = "full", of = "s" }, { start = "s", after = 0 }]"#;
    let whole = r#"[{ install = "a", by = "rpm" }, { start = "s" }]"#;
    let scenarios = read(&SMALL.replacen(whole, steps, 1)).unwrap();
    let told: Vec<String> = scenarios.scenarios[0]
        .steps
        .iter()
        .map(|step| scenarios.told(step))
        .collect();
    assert_eq!(
        told,
        [
            "build a comes by rpm",
            "the m of build b alone comes by a mount",
            "q comes as an image",
            "the daemon, still running, writes its cache",
            "the clock is set back by 1 day",
            "the clock is set forward by 2 hours",
            "the clock is set forward by 61 seconds",
            "the cache directory of the daemon is full of other files",
            "the daemon starts in the same second",
        ]
    );
}
