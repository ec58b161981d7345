//! Sections, and what the builds of their spec make of them.

use super::super::spec::Spec;
use super::{LONGEST, Macros};
use crate::text::{Source, Span};

/// The texts that the builds of a `%post` come to, each with what it hangs on.
fn builds(above: &str, body: &str) -> Vec<(String, String)> {
    let text = format!("Name: tool\n{above}\n%post\n{body}\n");
    let spec = Spec::scan(&Source::new("x.spec", text.into_bytes()));
    let macros = Macros::of(&spec);
    let found = macros.builds(&spec.sections[0], &|condition| condition == "%{sure}");
    let found = found.unwrap().into_iter().map(|(choices, made)| {
        let choices = choices
            .iter()
            .map(|(atom, holds)| format!("{atom}={}", u8::from(*holds)));
        let lines = made.text.lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        (choices.collect::<Vec<_>>().join(" "), lines.join("; "))
    });
    let mut found: Vec<(String, String)> = found.collect();
    found.sort();
    found
}

fn only(above: &str, body: &str, expected: &str) {
    let expected = vec![(String::new(), expected.to_owned())];
    assert_eq!(builds(above, body), expected, "{above}\n{body}");
}

#[test]
fn macros_of_the_spec_are_put_in_and_others_stay() {
    only(
        "%define d /d",
        "x %{d} %d %{?d} 5%% %{_e} %_e %{f}",
        "x /d /d /d 5% %{_e} %{_e} %{f}",
    );
    only("%global a %{b}\n%define b /d/%{name}", "%{a}", "/d/tool");
    only(
        "%define a x \\\n  y \\\n%{nil}\n%define b z",
        "%a\n%b",
        "x; y; z",
    );
    only(
        "%define run() x %1 %{2}",
        "%run /d e\n%{run f}\n%{run:g}",
        "x /d e; x f; x g",
    );
    only(
        "%define a 1\n%define a 2",
        "%a\n%define a 3\n%{a}\n%dnl %a",
        "2; 3",
    );
    only(
        "",
        "%{expand:x y} %{?_z}%(echo %{_a}) %{lua:print(1)}",
        "x y %{_z}%{_a} \0%{lua:…}",
    );
    only("%define a() %{-x:1}y", "%a -x", "%a -x");
    only(
        "%define a(xv:) %{-x:1}%{!-x:2} %{-v*} %1",
        "%a -v b c\n%a -x d",
        "2 b c; 1  d",
    );
}

#[test]
fn conditions_that_are_not_known_make_builds() {
    only(
        "%global on 1\n%define off 0",
        "%if %{on} && ! %{off}\nx\n%else\ny\n%endif",
        "x",
    );
    only(
        "",
        "%if 0 && %{q}\nx\n%elif 2 > 1 || %{q}\ny\n%else\nz\n%endif",
        "y",
    );
    only(
        "",
        "%if %{sure}\nx\n%endif\n%if \"a\" == \"b\"\ny\n%endif",
        "x",
    );
    let two = |of: &str, body: &str, no: &str, yes: &str| {
        let expected =
            [(0, no), (1, yes)].map(|(holds, text)| (format!("{of}={holds}"), text.to_owned()));
        assert_eq!(builds("", body), expected, "{body}");
    };
    two(
        "%{q}",
        "%if 0%{?q}\nx\n%endif\n%{!?q:y}\n%{?q:z}",
        "y",
        "x; z",
    );
    two(
        "arch a",
        "%ifarch a\nx\n%else\ny\n%endif\n%ifnarch a\nz\n%endif",
        "y; z",
        "x",
    );
    let three = builds("", "%if %{a}\nx\n%elif %{b}\ny\n%else\nz\n%endif");
    let three: Vec<&str> = three.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(three, ["z", "y", "x"]);
    let defined = "%if %{q}\n%define a x\n%else\n%define a y\n%endif";
    assert_eq!(builds(defined, "%a").len(), 2);
}

#[test]
fn what_is_put_in_stands_where_it_is_used() {
    let text = "Name: x\n%define d /d/e\n%post\nfind %d -x\n";
    let spec = Spec::scan(&Source::new("x.spec", text.as_bytes()));
    let made = Macros::of(&spec)
        .builds(&spec.sections[0], &|_| false)
        .unwrap();
    let made = &made[0].1;
    let at = |part: &str| {
        let start = made.text.find(part).unwrap();
        spec.source
            .slice(made.place(Span::new(start, start + part.len())))
    };
    assert_eq!(at("find"), "find");
    assert_eq!(at("/e"), "%d");
    assert_eq!(at("find /d/e -x"), "find %d -x");
}

#[test]
fn macros_that_use_themselves_or_grow_come_to_an_end() {
    let itself = builds("%define a x%a", "%a");
    assert!(itself[0].1.starts_with("xx"));
    let grows: String = (1..40)
        .map(|n| format!("%define a{n} %a{} %a{}\n", n - 1, n - 1))
        .collect();
    assert!(builds(&grows, "%a39")[0].1.len() < 8 * LONGEST);
    let many: String = (0..12)
        .map(|n| format!("%if %{{q{n}}}\n:\n%endif\n"))
        .collect();
    let text = format!("Name: x\n%post\n{many}");
    let spec = Spec::scan(&Source::new("x.spec", text.into_bytes()));
    assert!(
        Macros::of(&spec)
            .builds(&spec.sections[0], &|_| false)
            .is_none()
    );
}

#[test]
fn macros_are_what_rpm_makes_of_them() {
    // As `rpmspec -P` of rpm 4.18 shows them.
    only("%define a x \\; y \\\\; z", "%a", "x ; y \\; z");
    only("%define a b\n%undefine a", "%a%{?a:x}", "%a");
    only("%define a b", "%%{a} %%a %%{_x}", "%%{a} %a %%{_x}");
    only("%define a b", "%{expand:%%{a}}", "b");
    only("", "%{echo:x}y%{warn:z}", "y");
    only("", "%{shrink:  x   y } %{quote:x} %[1 + 1]", "x y x 2");
    only("", "%(echo /a/b) %{lua: print('c') }", "/a/b c");
    only("", "%(find /a) %(echo $a)", "\0%(…) \0%(…)");
}

#[test]
fn definitions_in_conditional_macros_count_under_their_condition() {
    let found = builds("%{!?a: %global a /d}", "x %{a}");
    let found: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(found, ["x /d", "x %{a}"]);
    only("%define a /e\n%{!?a: %global a /d}", "x %{a}", "x /e");
    only("%ifos linux\n%define a x\n%endif", "%a", "x");
    only("", "%if 2 + 2 == 4 && 7 - 2 - 1 == 4\nx\n%endif", "x");
    let machines = builds("", "%ifarch a\n%ifarch b\nx\n%endif\n%endif");
    assert!(
        machines.iter().all(|(_, text)| text.is_empty()),
        "{machines:?}"
    );
}
