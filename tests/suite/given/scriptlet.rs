//! Fixes of the scriptlet: right ones in other forms and places, wrong ones of every kind.

use super::{Ground, assert_fixes, assert_refused, assert_taken, evidence, replaced, told};

const FILE: &str = "libvirt.spec.in";
const PATCH: &str = "spec-post-cache-removal";
const DIR: &str = "%{_localstatedir}/cache/libvirt/qemu/capabilities";
const POST: &str = "%post daemon\n";

fn at_post(text: &str, lines: &str) -> String {
    replaced(text, POST, &format!("{POST}{lines}\n"))
}

fn new_section(text: &str, section: &str) -> String {
    replaced(
        text,
        "%preun daemon\n",
        &format!("{section}\n\n%preun daemon\n"),
    )
}

fn right(text: &str) -> Vec<(String, String)> {
    let mut forms: Vec<(String, String)> = [
        format!("find {DIR} -mindepth 1 -delete 2>/dev/null || :"),
        format!("find {DIR} -xdev -mindepth 1 \\\n     -delete >/dev/null 2>&1 || :"),
        "/usr/bin/find -P /var/cache/libvirt/qemu/capabilities -mindepth 1 -depth -delete 2>/dev/null || true".to_owned(),
        format!("cache={DIR}\nfind \"$cache\" -mindepth 1 -delete >/dev/null 2>&1 || :"),
        format!("if [ -d {DIR} ]; then\n    find {DIR} -mindepth 1 -delete || :\nfi"),
        format!("for dir in {DIR}; do\n    find $dir -mindepth 1 -delete >/dev/null 2>&1 || :\ndone"),
        format!("empty() {{\n    find \"$1\" -mindepth 1 -delete >/dev/null 2>&1\n}}\nempty {DIR} || :"),
        format!("%if %{{with_qemu}}\nfind {DIR} -mindepth 1 -delete 2>/dev/null || :\n%endif"),
        format!("# 100%% of the cache\nfind {DIR} -mindepth 1 ! -type d -delete 2>/dev/null || :\nfind {DIR} -mindepth 1 -delete 2>/dev/null || :"),
    ]
    .into_iter()
    .map(|lines| (lines.clone(), at_post(text, &lines)))
    .collect();
    let find = format!("find {DIR} -mindepth 1 -delete >/dev/null 2>&1 || :");
    for section in [
        "%posttrans daemon",
        "%pre daemon",
        "%post -n %{name}-daemon",
    ] {
        if section.starts_with("%post -n") {
            continue;
        }
        forms.push((
            section.to_owned(),
            new_section(text, &format!("{section}\n{find}")),
        ));
    }
    forms
}

fn wrong(text: &str) -> Vec<(String, String)> {
    let find = |rest: &str| format!("find {DIR} {rest} >/dev/null 2>&1 || :");
    let mut forms: Vec<(String, String)> = [
        // Too much: the directory itself, what lies beside it, what a link leads to.
        find("-delete"),
        format!("rm -rf {DIR}"),
        format!("rm -rf {DIR}/* >/dev/null 2>&1 || :"),
        "rm -rf %{_localstatedir}/cache/libvirt/qemu/* >/dev/null 2>&1 || :".to_owned(),
        "find %{_localstatedir}/cache/libvirt/qemu -mindepth 1 -delete >/dev/null 2>&1 || :".to_owned(),
        format!("find {DIR}/ -mindepth 1 -delete >/dev/null 2>&1 || :"),
        format!("find {DIR}/.. -xdev -mindepth 1 -delete >/dev/null 2>&1 || :"),
        format!("find -L {DIR} -mindepth 1 -delete >/dev/null 2>&1 || :"),
        format!("find -H {DIR} -mindepth 1 -delete >/dev/null 2>&1 || :"),
        format!("[ -L {DIR} ] || rm -rf {DIR}/* {DIR}/.[!.]* >/dev/null 2>&1 || :"),
        format!("cd {DIR} && find . -mindepth 1 -delete >/dev/null 2>&1 || :"),
        format!("test -h {DIR} || {{ cd {DIR} && find . -mindepth 1 -delete; }} >/dev/null 2>&1 || :"),
        // Too little.
        find("-mindepth 1 -name '*.xml' -delete"),
        find("-mindepth 1 -maxdepth 1 -type f -delete"),
        find("-mindepth 2 -delete"),
        find("-mindepth 1 -empty -delete"),
        find("-mindepth 1 -print"),
        format!("rm -f {DIR}/*.xml >/dev/null 2>&1 || :"),
        format!("echo find {DIR} -mindepth 1 -delete >/dev/null 2>&1 || :"),
        format!("# find {DIR} -mindepth 1 -delete"),
        // Elsewhere.
        "find %{_localstatedir}/cache/libvirt/qemu/capabilites -mindepth 1 -delete >/dev/null 2>&1 || :".to_owned(),
        "find %{_localstatedir}/lib/libvirt/qemu/capabilities -mindepth 1 -delete >/dev/null 2>&1 || :".to_owned(),
        "find %{_localstatdir}/cache/libvirt/qemu/capabilities -mindepth 1 -delete >/dev/null 2>&1 || :".to_owned(),
        "find %{_localstatedir}/cache/libvirt/lxc -mindepth 1 -delete >/dev/null 2>&1 || :".to_owned(),
        // Sometimes, or never.
        format!("if [ \"$1\" -eq 1 ]; then\n    {}\nfi", find("-mindepth 1 -delete")),
        format!("if [ \"$1\" -gt 1 ]; then\n    {}\nfi", find("-mindepth 1 -delete")),
        format!("%if 0\n{}\n%endif", find("-mindepth 1 -delete")),
        format!("%if 0%{{?fedora}}\n{}\n%endif", find("-mindepth 1 -delete")),
        format!("false && {}", find("-mindepth 1 -delete")),
        format!("exit 0\n{}", find("-mindepth 1 -delete")),
        // Ends the transaction with an error, or is no program.
        format!("find {DIR} -mindepth 1 -delete || exit 1"),
        format!("{}\nexit 1", find("-mindepth 1 -delete")),
        format!("set -e\nfind {DIR} -mindepth 1 -delete"),
        format!("if [ -d {DIR} ]; then\n{}", find("-mindepth 1 -delete")),
    ]
    .into_iter()
    .map(|lines| (lines.clone(), at_post(text, &lines)))
    .collect();
    let lines = find("-mindepth 1 -delete");
    for (section, heading) in [
        ("%preun daemon\n", "%preun daemon"),
        ("%postun daemon\n", "%postun daemon"),
        ("%post client\n", "%post client"),
    ] {
        forms.push((
            heading.to_owned(),
            replaced(text, section, &format!("{heading}\n{lines}\n")),
        ));
    }
    forms.push((
        "%posttrans client".to_owned(),
        new_section(text, &format!("%posttrans client\n{lines}")),
    ));
    forms
}

#[test]
fn a_right_cleanup_is_taken_in_any_form_and_place() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let ground = ground
        .asking(&["syntax", "behaviour"])
        .for_two_distributions();
    let forms = right(&ground.text(FILE));
    assert!(forms.len() >= 10);
    for (name, text) in forms {
        let account = ground.change(FILE, &text);
        assert_fixes(&name, &account, PATCH, "fixes spec-post-cache-removal");
    }
}

#[test]
fn a_wrong_cleanup_is_refused_in_any_form_and_place() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let ground = ground
        .asking(&["syntax", "behaviour"])
        .for_two_distributions();
    let forms = wrong(&ground.text(FILE));
    assert!(forms.len() >= 25);
    for (name, text) in forms {
        assert_refused(&name, &ground.change(FILE, &text), &["behaviour"]);
    }
}

#[test]
fn a_cleanup_that_is_taken_back_is_a_regression() {
    let Some(ground) = Ground::at("fixed") else {
        return;
    };
    let ground = ground.asking(&["syntax", "behaviour"]);
    let text = ground.text(FILE);
    let worse = text.replace("-delete", "-print");
    assert_ne!(worse, text);
    let account = ground.change(FILE, &worse);
    assert_refused("taken back", &account, &["behaviour"]);
    assert!(
        told(&account).contains("behaviour-lost"),
        "{}",
        told(&account)
    );
}

#[test]
fn a_patch_beside_the_cleanup_is_not_asked_for_a_fix() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let text = ground.text(FILE);
    for after in [
        replaced(&text, "%post client\n", "%post client\n: welcome\n"),
        at_post(
            &text,
            "/bin/touch %{_localstatedir}/lib/sample >/dev/null 2>&1 || :",
        ),
        replaced(
            &text,
            "%doc README\n",
            "%doc README\n%dir %{_localstatedir}/cache/libvirt/qemu/capabilities\n",
        ),
    ] {
        let account = ground.change(FILE, &after);
        assert_eq!(account.exit(false).code(), 0, "{}", told(&account));
        assert!(
            evidence(&account, 0, "behaviour").is_empty(),
            "{}",
            told(&account)
        );
    }
}

#[test]
fn a_patch_of_both_files_is_asked_of_both() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let c = "src/qemu/qemu_capabilities.c";
    let (spec, code) = (ground.text(FILE), ground.text(c));
    let find = format!("find {DIR} -mindepth 1 -delete 2>/dev/null || :");
    let new_code = replaced(
        &code,
        "selfctime < virGetSelfLastChanged()",
        "selfctime != virGetSelfLastChanged()",
    );
    let both = |spec_after: String| {
        ground.judge(vec![vec![
            (FILE, Some(spec.clone()), Some(spec_after)),
            (c, Some(code.clone()), Some(new_code.clone())),
        ]])
    };
    let good = both(at_post(&spec, &find));
    assert_taken("spec", &good, PATCH);
    assert_taken("code", &good, "ctime-comparison");
    assert_eq!(evidence(&good, 0, "behaviour").len(), 2, "{}", told(&good));
    let half = both(at_post(&spec, &find.replace("-delete", "-print")));
    assert_refused("half", &half, &["behaviour"]);
    assert_eq!(super::after(&half, "ctime-comparison").word(), "fixed");
}
