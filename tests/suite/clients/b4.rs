//! b4, offline: `b4 am` and `b4 shazam` of a mailbox and of a maildir.

use std::process::Command;

use super::meant::Meant;
use crate::support::{have, missing};

/// The first b4 that reads subjects which fold.
const FIRST: [u32; 2] = [0, 16];

/// Returns a b4 that is new enough; none where there is none.
pub(super) fn b4() -> Option<String> {
    let named = std::env::var("PATCHWRIGHT_B4").unwrap_or_else(|_| "b4".to_owned());
    let output = Command::new(&named).arg("--version").output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let numbers: Vec<u32> = version
        .iter()
        .flat_map(|version| version.split('.').map_while(|part| part.parse().ok()))
        .collect();
    if numbers.as_slice() < &FIRST[..] {
        missing("no b4 of 0.16 or later on this machine");
        return None;
    }
    Some(named)
}

#[test]
fn b4_makes_an_mbox_of_the_series_that_git_applies() {
    if !have(&["git"]) {
        return;
    }
    let Some(b4) = b4() else { return };
    for meant in Meant::all() {
        makes_an_mbox(&b4, &meant);
    }
}

fn makes_an_mbox(b4: &str, meant: &Meant) {
    for (form, from) in [("mbox", "mbox/series.mbox"), ("maildir", "maildir")] {
        let _ = meant.generate(form, &["--export", form]).ends_with(0);
        let clone = format!("clone-{form}");
        meant.clone(&clone);
        let am = format!("'{b4}' --offline-mode am -m ../{from} -o ../b4-{form} -n series 2>&1");
        let told = meant.shell(&clone, &am);
        assert!(told.contains("Total patches: 2"), "{told}");
        assert!(
            !told.contains("ERROR") && !told.contains("incomplete"),
            "{told}"
        );
        assert_eq!(
            meant.bench.names(&format!("b4-{form}")),
            ["series.cover", "series.mbx"]
        );
        meant.shell(&clone, &format!("git am -q ../b4-{form}/series.mbx"));
        meant.arrived(&clone);
    }
}

#[test]
fn b4_puts_the_series_straight_into_a_repository() {
    if !have(&["git"]) {
        return;
    }
    let Some(b4) = b4() else { return };
    for meant in Meant::all() {
        puts_straight(&b4, &meant);
    }
}

fn puts_straight(b4: &str, meant: &Meant) {
    for (form, from) in [("mbox", "mbox/series.mbox"), ("maildir", "maildir")] {
        let _ = meant.generate(form, &["--export", form]).ends_with(0);
        let clone = format!("clone-{form}");
        meant.clone(&clone);
        meant.shell(
            &clone,
            &format!("'{b4}' --offline-mode shazam -m ../{from}"),
        );
        meant.arrived(&clone);
    }
}
