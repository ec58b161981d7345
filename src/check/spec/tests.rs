//! Right fixes of a small spec pass and every wrong one is refused, by real rpm and real shells in the sandbox.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use super::*;

const DATA: &str =
    include_str!("../../../patches/capabilities-cache/spec-post-cache-removal/scriptlet.toml");
const MACROS: &str = include_str!("../../../templates/capabilities-cache/rpm.macros");
const DIR: &str = "%{_localstatedir}/cache/libvirt/qemu/capabilities";

const SPEC: &str = "\
Name: sample
Version: 1.0.0
Release: 1
Summary: A spec of its own
License: MIT
%if 0%{?rhel}
    %define with_units 0
%else
    %define with_units 1
%endif
%define with_qemu 0%{!?_without_qemu:1}
%description
x
%package daemon
Summary: x
Requires: sample = %{version}
%description daemon
x
%post daemon
POST
    %if %{with_units}
%systemd_post sampled.socket \\
    sampled.service
    %else
/sbin/chkconfig --add sampled
if [ \"$1\" -eq 1 ]; then
    echo installed >>%{_localstatedir}/log/sample
fi
    %endif
%postun daemon
POSTUN
%systemd_postun sampled.service
%files
%files daemon
/usr/bin/sampled
%changelog
";

fn sandbox() -> Option<Sandbox> {
    let reason = match (lacking().first(), Sandbox::open(false)) {
        (None, Ok(sandbox)) => return Some(sandbox),
        (None, Err(unavailable)) => unavailable.to_string(),
        (Some(lacks), _) => format!("no {}: {}", lacks.name, lacks.how()),
    };
    assert!(
        std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none(),
        "{reason}"
    );
    println!("skipped: {reason}");
    None
}

fn promises() -> Promises {
    Promises::parse(DATA).unwrap()
}

fn inserted(header: &str, text: &str) -> Inserted {
    Inserted {
        header: header.to_owned(),
        text: text.to_owned(),
    }
}

fn put(post: &str, postun: &str) -> String {
    SPEC.replace("POSTUN\n", postun).replace("POST\n", post)
}

fn report(sandbox: &Sandbox, post: &str, postun: &str) -> Report {
    let mut promises = promises();
    promises
        .variant
        .retain(|variant| variant.id == "fedora-20" || variant.id == "rhel-6");
    promises.case.retain(|case| !case.once);
    let text = format!("{post}{postun}");
    check(
        sandbox,
        &promises,
        MACROS,
        (&put("", ""), &put(post, postun)),
        &inserted("%post daemon", &text),
    )
    .unwrap()
}

// Every code that a fix is refused with, and the cases it fails in.
fn refused(post: &str, postun: &str) -> Option<(Vec<&'static str>, Vec<String>)> {
    let report = report(&sandbox()?, post, postun);
    let mut codes: Vec<_> = report.findings.iter().map(|finding| finding.code).collect();
    codes.extend(
        report
            .trials
            .iter()
            .flat_map(|trial| &trial.after.wrong)
            .map(|finding| finding.code),
    );
    codes.sort_unstable();
    codes.dedup();
    assert!(
        codes
            .iter()
            .all(|code| CODES.iter().any(|(known, _, _)| known == code)),
        "{codes:?}"
    );
    let mut cases: Vec<_> = report
        .trials
        .iter()
        .filter(|trial| !trial.is_right())
        .map(|trial| trial.case.clone())
        .collect();
    cases.sort_unstable();
    cases.dedup();
    Some((codes, cases))
}

fn assert_refused(post: &str, code: &str, case: &str) {
    let Some((codes, cases)) = refused(&format!("{post}\n"), "") else {
        return;
    };
    assert!(codes.contains(&code), "{post}\n{codes:?} {cases:?}");
    assert!(
        case.is_empty() || cases.iter().any(|failed| failed == case),
        "{post}\n{codes:?} {cases:?}"
    );
}

#[test]
fn a_fix_that_follows_no_link_is_right_in_every_variant_shell_and_case() {
    let Some(sandbox) = &sandbox() else { return };
    for fix in [
        format!("find {DIR} -xdev -mindepth 1 -delete >/dev/null 2>&1 || :\n"),
        format!(
            "    %if %{{with_qemu}}\n# a comment with 100%% and $1\nfind {DIR} -xdev -mindepth 1 \\\n     -delete >/dev/null 2>&1 || :\n    %endif\n"
        ),
        format!("/usr/bin/find -P {DIR} -mindepth 1 -depth -delete 2>/dev/null || true\n"),
    ] {
        let report = report(sandbox, &fix, "");
        assert_eq!(report.applicable, ["fedora-20", "rhel-6"]);
        let wrong: Vec<_> = report
            .trials
            .iter()
            .filter(|trial| !trial.is_right())
            .collect();
        assert!(report.is_right(), "{fix}{:?} {wrong:#?}", report.findings);
        let proven: BTreeMap<_, _> = report
            .trials
            .iter()
            .filter(|trial| trial.was_wrong())
            .map(|trial| (trial.case.as_str(), ()))
            .collect();
        let proven: Vec<_> = proven.into_keys().collect();
        assert_eq!(
            proven,
            [
                "install-over-leftovers",
                "links-in-cache",
                "upgrade-full-cache"
            ]
        );
        assert_eq!(report.trials.len(), 10 * 2 * 2);
    }
}

#[test]
fn an_equal_scriptlet_is_played_once_in_a_run_and_another_case_anew() {
    let Some(sandbox) = sandbox() else { return };
    let promises = promises();
    let text = "exit $((RANDOM % 200))\n";
    let status = |sandbox: &Sandbox, case: usize| {
        let stage = Stage::new(sandbox, &promises, &[text]).unwrap();
        let played = stage.play(&[text], Shell::Bash, &promises.case[case]);
        played.unwrap().status
    };
    let cases = 0..5;
    let first: Vec<i32> = cases.clone().map(|case| status(&sandbox, case)).collect();
    let again: Vec<i32> = cases.clone().map(|case| status(&sandbox, case)).collect();
    assert_eq!(first, again);
    assert!(first.iter().any(|one| *one != first[0]), "{first:?}");
    let other = Sandbox::open(false).unwrap();
    let other: Vec<i32> = cases.map(|case| status(&other, case)).collect();
    assert_ne!(first, other);
}

#[test]
fn more_files_than_a_command_line_usually_has_are_deleted() {
    let Some(sandbox) = &sandbox() else { return };
    let mut promises = promises();
    promises.variant.truncate(1);
    promises.case.retain(|case| case.once);
    let fix = format!("find {DIR} -xdev -mindepth 1 -delete || :\n");
    let spec = (put("", ""), put(&fix, ""));
    let report = check(
        sandbox,
        &promises,
        MACROS,
        (&spec.0, &spec.1),
        &inserted("%post daemon", &fix),
    )
    .unwrap();
    assert!(report.is_right(), "{report:#?}");
    assert_eq!(report.trials.len(), 1);
}

#[test]
fn deleting_by_a_pattern_of_the_shell_is_refused() {
    assert_refused(
        &format!("rm -rf {DIR}/* || :"),
        "scriptlet-deleted-too-much",
        "cache-is-link",
    );
    assert_refused(
        &format!("rm -rf {DIR}/* || :"),
        "scriptlet-kept-too-much",
        "upgrade-full-cache",
    );
    assert_refused(
        &format!("rm -f {DIR}/*.xml || :"),
        "scriptlet-kept-too-much",
        "upgrade-full-cache",
    );
}

#[test]
fn a_test_for_a_link_before_deleting_is_refused_since_the_link_may_come_after_it() {
    let checked = format!("[ -L {DIR} ] || rm -rf {DIR}/* {DIR}/.[!.]* || :");
    assert_refused(
        &checked,
        "scriptlet-deleted-too-much",
        "cache-swapped-for-link",
    );
    let listed = format!(
        "[ -d {DIR} ] && find {DIR} -mindepth 1 -print0 2>/dev/null | xargs -0 rm -rf || :"
    );
    assert_refused(
        &listed,
        "scriptlet-deleted-too-much",
        "cache-swapped-for-link",
    );
    let looped = format!(
        "if [ ! -L {DIR} ]; then for f in {DIR}/* {DIR}/.h*; do rm -rf \"$f\"; done; fi; :"
    );
    assert_refused(
        &looped,
        "scriptlet-deleted-too-much",
        "cache-swapped-for-link",
    );
}

#[test]
fn a_find_that_follows_links_is_refused() {
    assert_refused(
        &format!("find {DIR}/ -mindepth 1 -delete 2>/dev/null || :"),
        "scriptlet-deleted-too-much",
        "cache-is-link",
    );
    assert_refused(
        &format!("find -L {DIR} -mindepth 1 -delete 2>/dev/null || :"),
        "scriptlet-deleted-too-much",
        "links-in-cache",
    );
    assert_refused(
        &format!("find -H {DIR} -mindepth 1 -delete 2>/dev/null || :"),
        "scriptlet-deleted-too-much",
        "cache-is-link",
    );
}

#[test]
fn deleting_the_directory_or_its_neighbours_is_refused() {
    assert_refused(
        &format!("rm -rf {DIR} || :"),
        "scriptlet-deleted-too-much",
        "upgrade-full-cache",
    );
    let neighbours = "find %{_localstatedir}/cache/libvirt/qemu -xdev -mindepth 1 -delete || :";
    assert_refused(
        neighbours,
        "scriptlet-deleted-too-much",
        "upgrade-full-cache",
    );
    assert_refused(
        "rm -rf %{_localstatedir}/cache/libvirt/qemu/* || :",
        "scriptlet-deleted-too-much",
        "install-without-directory",
    );
}

#[test]
fn a_fix_for_installs_only_is_refused() {
    let fix = format!("if [ $1 -eq 1 ]; then find {DIR} -xdev -mindepth 1 -delete || :; fi");
    assert_refused(&fix, "scriptlet-kept-too-much", "upgrade-full-cache");
    let fix = format!("if [ $1 -eq 2 ]; then find {DIR} -xdev -mindepth 1 -delete || :; fi");
    assert_refused(&fix, "scriptlet-kept-too-much", "install-over-leftovers");
}

#[test]
fn a_fix_of_another_directory_is_refused() {
    assert_refused(
        "find %{_localstatedir}/cache/libvirt/capabilities -xdev -mindepth 1 -delete || :",
        "scriptlet-kept-too-much",
        "upgrade-full-cache",
    );
}

#[test]
fn a_fix_in_another_section_is_refused() {
    let Some((codes, _)) = refused("", &format!("find {DIR} -xdev -mindepth 1 -delete || :\n"))
    else {
        return;
    };
    assert!(
        codes.contains(&"scriptlet-elsewhere") && codes.contains(&"scriptlet-not-reached"),
        "{codes:?}"
    );
}

#[test]
fn a_section_that_is_not_the_promised_one_is_refused() {
    let Some(sandbox) = &sandbox() else { return };
    let fix = format!("find {DIR} -xdev -mindepth 1 -delete || :\n");
    let report = check(
        sandbox,
        &promises(),
        MACROS,
        (&put("", ""), &put("", &fix)),
        &inserted("%postun daemon", &fix),
    )
    .unwrap();
    assert_eq!(
        report
            .findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>(),
        ["scriptlet-wrong-section"]
    );
}

#[test]
fn a_fix_that_is_switched_off_is_refused_and_the_variants_are_told() {
    let fix = format!("find {DIR} -xdev -mindepth 1 -delete || :");
    assert_refused(
        &format!("%if 0\n{fix}\n%endif"),
        "scriptlet-not-reached",
        "",
    );
    let Some(sandbox) = &sandbox() else { return };
    let report = report(sandbox, &format!("%if 0%{{?fedora}}\n{fix}\n%endif\n"), "");
    assert_eq!(report.findings.len(), 1, "{:?}", report.findings);
    assert_eq!(
        (
            report.findings[0].code,
            report.findings[0].variants.as_slice()
        ),
        ("scriptlet-not-reached", &["rhel-6".to_owned()][..])
    );
}

#[test]
fn a_misspelt_macro_is_refused() {
    assert_refused(
        "find %{_localstatdir}/cache/libvirt/qemu/capabilities -xdev -mindepth 1 -delete || :",
        "macro-unexpanded",
        "upgrade-full-cache",
    );
}

#[test]
fn shell_that_no_shell_can_read_is_refused() {
    assert_refused(
        &format!("if [ -d {DIR} ]; then find {DIR} -xdev -mindepth 1 -delete || :"),
        "scriptlet-syntax",
        "",
    );
    assert_refused(
        &format!("find {DIR} -xdev -mindepth 1 -delete || : )"),
        "scriptlet-syntax",
        "",
    );
}

#[test]
fn a_fix_that_fails_the_transaction_is_refused() {
    assert_refused(
        &format!("find {DIR} -xdev -mindepth 1 -delete || :\nexit 1"),
        "scriptlet-fails",
        "install-empty-directory",
    );
    assert_refused(
        &format!("set -e\nfind {DIR} -xdev -mindepth 1 -delete"),
        "scriptlet-fails",
        "parent-missing",
    );
    assert_refused(
        &format!("set -e\nfind {DIR} -xdev -mindepth 1 -delete"),
        "scriptlet-fails",
        "cache-read-only",
    );
}

#[test]
fn damage_to_the_spec_is_refused() {
    let fix = format!("find {DIR} -xdev -mindepth 1 -delete || :");
    assert_refused(&format!("%if 1\n{fix}"), "spec-not-parsed", "");
    assert_refused(
        &format!("{fix}\n%files daemon\n/etc/shadow"),
        "scriptlet-not-an-insertion",
        "",
    );
}

#[test]
fn a_comment_whose_macro_expands_to_several_lines_is_refused() {
    let Some(sandbox) = &sandbox() else { return };
    let mut promises = promises();
    promises.variant.truncate(1);
    let base = put("", "").replace(
        "%description\n",
        "%define lines() a %{*}\\\nrm -rf /var\\\n%{nil}\n%description\n",
    );
    let fix = "# %lines x\n";
    let after = base.replace("%post daemon\n", &format!("%post daemon\n{fix}"));
    let report = check(
        sandbox,
        &promises,
        MACROS,
        (&base, &after),
        &inserted("%post daemon", fix),
    )
    .unwrap();
    assert!(!report.is_right());
}

#[test]
fn a_variant_that_the_base_refuses_is_told_and_the_others_count() {
    let Some(sandbox) = &sandbox() else { return };
    let refusing = |spec: String| {
        spec.replace(
            "%description\nx\n%package",
            "%if 0%{?rhel}\n%{error: too old}\n%endif\n%description\nx\n%package",
        )
    };
    let fix = format!("find {DIR} -xdev -mindepth 1 -delete || :\n");
    let (before, after) = (refusing(put("", "")), refusing(put(&fix, "")));
    let report = check(
        sandbox,
        &promises(),
        MACROS,
        (&before, &after),
        &inserted("%post daemon", &fix),
    )
    .unwrap();
    assert_eq!(report.applicable, ["fedora-20", "fedora-26", "fedora-38"]);
    assert!(
        report
            .inapplicable
            .iter()
            .all(|(_, said)| said.contains("too old")),
        "{:?}",
        report.inapplicable
    );
    assert!(report.is_right(), "{:?}", report.findings);
}

#[test]
fn parsing_a_spec_cannot_touch_the_machine() {
    let Some(sandbox) = &sandbox() else { return };
    let promises = promises();
    let spec = put("", "").replace("Summary: A spec", "%define leak %((id -u; ls /home /root /etc/shadow 2>&1; touch /usr/leak 2>&1) | tr '\\\\n' ' ')\nSummary: %{leak} A spec");
    let queried = query(
        sandbox,
        &spec,
        &promises.variant[0],
        &promises,
        MACROS,
        None,
    )
    .unwrap();
    let parsed = queried.parsed.join("\n");
    assert!(
        parsed.contains("cannot access '/home'") && parsed.contains("Read-only file system"),
        "{parsed}"
    );
}

#[test]
fn what_bubblewrap_shows_unshare_shows_too() {
    if sandbox().is_none() {
        return;
    }
    let mut promises = promises();
    promises.variant.truncate(1);
    promises.case.retain(|case| !case.once);
    let (Ok(first), Ok(second)) = (Sandbox::bubblewrap(), Sandbox::unshare()) else {
        println!("skipped: one of bubblewrap and unshare does not work here");
        return;
    };
    for fix in [
        format!("find {DIR} -xdev -mindepth 1 -delete || :\n"),
        format!("[ -L {DIR} ] || rm -rf {DIR}/*\n"),
    ] {
        let spec = (put("", ""), put(&fix, ""));
        let ask = |sandbox: &Sandbox| {
            let report = check(
                sandbox,
                &promises,
                MACROS,
                (&spec.0, &spec.1),
                &inserted("%post daemon", &fix),
            )
            .unwrap();
            (report.findings, report.trials)
        };
        assert_eq!(ask(&first), ask(&second));
    }
}

#[test]
fn without_a_sandbox_specs_are_compared_and_no_case_is_played() {
    if sandbox().is_none() {
        return;
    }
    let mut promises = promises();
    promises.variant.truncate(1);
    let plain = Sandbox::plain().unwrap();
    let fix = "%if 0\n:\n%endif\n";
    let spec = (put("", ""), put(fix, ""));
    let report = check(
        &plain,
        &promises,
        MACROS,
        (&spec.0, &spec.1),
        &inserted("%post daemon", fix),
    )
    .unwrap();
    assert_eq!(
        report
            .findings
            .iter()
            .map(|finding| finding.code)
            .collect::<Vec<_>>(),
        ["scriptlet-not-reached"]
    );
    assert!(report.trials.is_empty() && report.unplayed.is_some());
}

#[test]
fn a_spec_is_the_same_whenever_it_is_read() {
    let Some(sandbox) = &sandbox() else { return };
    let promises = promises();
    let spec = put("", "").replace(
        "License: MIT",
        "License: %(date +%%s.%%N)-%{lua: print(os.tmpname())}",
    );
    let ask = || {
        query(
            sandbox,
            &spec,
            &promises.variant[0],
            &promises,
            MACROS,
            None,
        )
        .unwrap()
    };
    assert_eq!(ask(), ask());
}

#[test]
fn continued_arguments_of_a_distribution_macro_make_a_sound_script() {
    let Some(sandbox) = &sandbox() else { return };
    let promises = promises();
    let queried = query(
        sandbox,
        &put("", ""),
        &promises.variant[0],
        &promises,
        MACROS,
        None,
    )
    .unwrap();
    let text = &queried.packages["sample-daemon"].scriptlets["POSTIN"].text;
    assert!(
        text.contains("systemctl") && text.contains("sampled.service"),
        "{text}"
    );
    assert_eq!(objections(sandbox, &[text]).unwrap(), []);
}

fn fragment() -> Inserted {
    inserted(
        "%post daemon",
        &format!(
            "    %if %{{with_qemu}}\n# Whatever this machine could do, it may do something else now.\nfind {DIR} -xdev -mindepth 1 \\\n     -delete >/dev/null 2>&1 || :\n    %endif\n"
        ),
    )
}

fn assert_real(name: &str, spec: &str, inserted: &Inserted) {
    let Some(sandbox) = &sandbox() else { return };
    let opening = format!("\n{}\n", inserted.header);
    let spec = spec.replace("@VERSION@", "1.0.0");
    assert_eq!(spec.matches(&opening).count(), 1, "{name}");
    let after = spec.replace(&opening, &format!("{opening}{}", inserted.text));
    let begun = Instant::now();
    let report = check(sandbox, &promises(), MACROS, (&spec, &after), inserted).unwrap();
    println!(
        "{name}: {:?}, {} trials, for {:?}, not for {:?}",
        begun.elapsed(),
        report.trials.len(),
        report.applicable,
        report.inapplicable
    );
    let wrong: Vec<_> = report
        .trials
        .iter()
        .filter(|trial| !trial.is_right())
        .collect();
    assert!(
        report.is_right(),
        "{name}: {:#?} {wrong:#?}",
        report.findings
    );
    assert!(report.trials.iter().any(Trial::was_wrong), "{name}");
}

#[test]
fn the_fix_is_right_in_real_specs_of_the_history() {
    let Some(git) = std::env::var_os("PATCHWRIGHT_LIBVIRT_GIT") else {
        println!("skipped: PATCHWRIGHT_LIBVIRT_GIT names no history");
        return;
    };
    for tag in ["v1.2.3", "v1.2.15", "v4.0.0"] {
        let shown = Command::new("git")
            .arg("-C")
            .arg(&git)
            .args(["show", &format!("{tag}:libvirt.spec.in")])
            .output()
            .unwrap();
        assert_real(tag, &String::from_utf8(shown.stdout).unwrap(), &fragment());
    }
}

#[test]
fn the_fix_is_right_in_a_spec_of_today() {
    let Some(tree) = std::env::var_os("PATCHWRIGHT_LIBVIRT_TREE") else {
        println!("skipped: PATCHWRIGHT_LIBVIRT_TREE names no tree");
        return;
    };
    let spec = std::fs::read_to_string(PathBuf::from(tree).join("libvirt.spec.in")).unwrap();
    let mut inserted = fragment();
    inserted.header = "%post daemon-driver-qemu".to_owned();
    assert_real("the tree", &spec, &inserted);
}
