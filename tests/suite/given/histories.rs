//! The histories of a machine, for patches that were given.

use super::{Ground, replaced};
use patchwright::check::scenario::Histories;
use patchwright::report::json;
use patchwright::verdict::Account;

const CODE: &str = "src/qemu/qemu_capabilities.c";
const SPEC: &str = "libvirt.spec.in";
const CLEANUP: &str =
    "find %{_localstatedir}/cache/libvirt/qemu/capabilities -xdev -mindepth 1 -delete || :\n";

fn compared(text: &str) -> String {
    replaced(text, "selfctime < virGetSelf", "selfctime != virGetSelf")
}

fn cleaned(text: &str) -> String {
    replaced(text, "%post daemon\n", &format!("%post daemon\n{CLEANUP}"))
}

fn outcome(account: &Account, id: &str) -> Vec<(String, String)> {
    let document = json::series(account, false);
    let told = document["scenarios"].as_array().unwrap();
    let found = told.iter().find(|told| told["scenario"] == id).unwrap();
    let outcomes = found["outcomes"].as_object().unwrap().iter();
    outcomes
        .map(|(column, word)| (column.clone(), word.as_str().unwrap().to_owned()))
        .collect()
}

fn columns(outcomes: &[(&str, &str)]) -> Vec<(String, String)> {
    outcomes
        .iter()
        .map(|(column, word)| ((*column).to_owned(), (*word).to_owned()))
        .collect()
}

#[test]
fn given_patches_are_played_alone_and_together() {
    let Some(ground) = Ground::at("mainline").map(Ground::with_histories) else {
        return;
    };
    let (code, spec) = (ground.text(CODE), ground.text(SPEC));
    let account = ground.judge(vec![
        vec![(CODE, Some(code.clone()), Some(compared(&code)))],
        vec![(SPEC, Some(spec.clone()), Some(cleaned(&spec)))],
    ]);
    let (right, wrong) = ("right", "wrong");
    assert_eq!(
        outcome(&account, "older-mainline-by-link"),
        columns(&[("none", wrong), ("1", right), ("2", wrong), ("all", right)])
    );
    assert_eq!(
        outcome(&account, "two-installs-in-one-second"),
        columns(&[("none", wrong), ("1", wrong), ("2", right), ("all", right)])
    );
}

#[test]
fn a_patch_that_needs_the_one_before_it_is_not_played_alone() {
    let Some(ground) = Ground::at("mainline").map(Ground::with_histories) else {
        return;
    };
    let first = ground.text(CODE);
    let elsewhere = format!("{first}\n/* More. */\n");
    // Right above the comparison, so that it is among the lines that the second patch needs.
    let beside: String = first
        .split_inclusive('\n')
        .map(|line| match line.contains("selfctime <") {
            true => format!("/* More. */\n{line}"),
            false => line.to_owned(),
        })
        .collect();
    let (right, wrong) = ("right", "wrong");
    for (second, told) in [
        (beside, vec![("none", wrong), ("1", wrong), ("all", right)]),
        (
            elsewhere,
            vec![("none", wrong), ("1", wrong), ("2", right), ("all", right)],
        ),
    ] {
        let account = ground.judge(vec![
            vec![(CODE, Some(first.clone()), Some(second.clone()))],
            vec![(CODE, Some(second.clone()), Some(compared(&second)))],
        ]);
        assert_eq!(outcome(&account, "older-mainline-by-link"), columns(&told));
    }
}

#[test]
fn patches_that_have_nothing_to_do_with_the_defect_are_not_played() {
    let Some(ground) = Ground::at("mainline").map(Ground::with_histories) else {
        return;
    };
    let readme = ground.text("README");
    let account = ground.change("README", &format!("{readme}More.\n"));
    assert!(matches!(account.histories, Histories::Unasked));
    let Some(ground) = Ground::at("fixed").map(Ground::with_histories) else {
        return;
    };
    let code = ground.text(CODE);
    let account = ground.change(CODE, &format!("{code}\n/* More. */\n"));
    assert!(matches!(account.histories, Histories::Unasked));
}
