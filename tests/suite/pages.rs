//! The pages that reports write, as a browser shows them: at a desk and on a phone, light and dark, with the keyboard alone.

use crate::support::browser::{Browser, DESKTOP, PHONE};
use crate::support::{Bench, have};

/// A page of judged revisions: a run to unfold, single ones, a name that would be a tag of HTML.
fn judged(bench: &Bench) {
    bench.sample("repo");
    for at in 1..=9 {
        bench.git("repo", &["tag", &format!("v1.{at}"), "mainline"]);
    }
    bench.git("repo", &["tag", "x<img/src=x/onerror=alert(1)>", "fixed"]);
    let args = ["gate", "-q", "--repo", "repo", "--all-tags", "before-cache"];
    let _ = bench
        .run(&[&args[..], &["maintenance", "--report=html=gate.html"]].concat())
        .ends_with(1);
}

#[test]
fn the_matrix_is_read_with_the_keyboard_alone() {
    let bench = Bench::new();
    if !have(&["git"]) {
        return;
    }
    judged(&bench);
    let Some(mut page) = Browser::open(&bench, "gate.html", DESKTOP) else {
        return;
    };
    page.picture("gate-desktop");
    let shown = "[...document.querySelectorAll('.row, .fold')].filter(it => it.checkVisibility()).map(it => it.querySelector('.names').textContent.replace(/[0-9a-f]{12}$/, '').trim())";
    assert_eq!(
        page.value(shown),
        serde_json::json!([
            "v1.1 … v1.9 9",
            "x<img/src=x/onerror=alert(1)>",
            "before-cache",
            "maintenance"
        ])
    );
    // A run unfolds, and a missing cell shows the diff that would fix it.
    page.tab_to("it.textContent.startsWith('v1.1')");
    page.press(&["Enter"]);
    assert_eq!(page.value(&format!("{shown}.length")), 5);
    page.tab_to("it.textContent == 'missing'");
    page.press(&["Enter"]);
    let dialog = page.value("document.querySelector('dialog[open]').innerText");
    let dialog = dialog.as_str().unwrap();
    assert!(
        dialog.starts_with("v1.9: spec-post-cache-removal")
            || dialog.starts_with("v1.1 … v1.9: spec-post-cache-removal"),
        "{dialog}"
    );
    assert!(dialog.contains("\n+find %{_localstatedir}"), "{dialog}");
    page.picture("gate-diff");
    page.press(&["Escape"]);
    assert_eq!(page.value("document.querySelector('dialog').open"), false);
    // What is searched for is found, and what is filtered.
    page.press(&["/", "v", "1", ".", "3"]);
    assert_eq!(
        page.value("[...document.querySelectorAll('.names span')].filter(it => it.checkVisibility()).map(it => it.textContent)"),
        serde_json::json!(["v1.3"])
    );
    page.press(&["z"]);
    assert_eq!(
        page.value("document.getElementById('nothing').checkVisibility()"),
        true
    );
    page.value("search.value = ''; search.dispatchEvent(new Event('input'))");
    page.tab_to("it.dataset.filter == 'fixed'");
    page.press(&["Enter"]);
    assert_eq!(
        page.value(shown),
        serde_json::json!(["x<img/src=x/onerror=alert(1)>"])
    );
    assert_eq!(page.faint(), serde_json::json!([]));
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn the_matrix_is_read_on_a_phone() {
    let bench = Bench::new();
    if !have(&["git"]) {
        return;
    }
    judged(&bench);
    let Some(mut page) = Browser::open(&bench, "gate.html", PHONE) else {
        return;
    };
    page.picture("gate-phone");
    assert_eq!(page.sticks_out(), 0);
    page.value("document.querySelector('.fold button').click()");
    assert_eq!(page.sticks_out(), 0);
    page.value("[...document.querySelectorAll('.row .chip')].find(it => it.textContent == 'missing').click()");
    page.picture("gate-phone-diff");
    assert_eq!(page.sticks_out(), 0);
    let ground = page.value("getComputedStyle(document.body).backgroundColor");
    assert_eq!(ground, "rgb(13, 17, 23)");
    assert_eq!(page.faint(), serde_json::json!([]));
    assert_eq!(page.complaints, [""; 0]);
}

/// Where the page of a series lies that was generated for the sample.
const PAGE: &str = "out/evidence/report.html";

/// Generates the series for the sample; false where it can't be checked here.
fn generated(bench: &Bench) -> bool {
    if !have(&["git", "gcc", "rpmspec", "bwrap"]) {
        return false;
    }
    bench.sample("repo");
    let args = ["generate", "-q", "--repo", "repo", "-o", "out"];
    let _ = bench
        .run(&[&args[..], &["--from", "É <e@example.org>"]].concat())
        .ends_with(0);
    true
}

#[test]
fn the_page_of_a_series_answers_first_and_its_histories_are_followed_with_the_keyboard() {
    let bench = Bench::new();
    if !generated(&bench) {
        return;
    }
    let Some(mut page) = Browser::open(&bench, PAGE, DESKTOP) else {
        return;
    };
    page.picture("series-desktop");
    // The answer and the table are there without scrolling.
    for first in [".answer", ".table tfoot"] {
        let below = page.value(&format!(
            "document.querySelector('{first}').getBoundingClientRect().bottom <= innerHeight"
        ));
        assert_eq!(below, true, "{first}");
    }
    page.tab_to("it.matches('#s-older-mainline-by-link summary')");
    page.press(&["Enter"]);
    page.tab_to("it.dataset.by == '1'");
    page.press(&[
        "Enter",
        "ArrowRight",
        "ArrowRight",
        "ArrowRight",
        "ArrowLeft",
        "ArrowRight",
    ]);
    page.picture("series-story");
    let told = page.value("document.querySelector('.because').innerText");
    let told = told.as_str().unwrap();
    assert!(
        told.contains("is that of maintenance, and mainline is installed"),
        "{told}"
    );
    assert!(told.contains("it does not use the cache, probes"), "{told}");
    let now = page.value("document.querySelector('.now').innerText");
    assert!(now.as_str().unwrap().contains("reads: stale"), "{now}");
    // Every link leads to a file that is there, or to a place on the page.
    let links = page.value(
        "[...document.querySelectorAll('a')].map(it => it.getAttribute('href').startsWith('#') \
         ? [it.hash, document.getElementById(it.hash.slice(1)) ? '' : 'nowhere'] : [decodeURIComponent(it.getAttribute('href')), ''])",
    );
    let links = links.as_array().unwrap();
    assert!(links.len() > 20, "{links:?}");
    for link in links {
        let (href, wrong) = (link[0].as_str().unwrap(), link[1].as_str().unwrap());
        assert_eq!(wrong, "", "{href}");
        assert!(
            href.starts_with('#') || bench.path("out/evidence").join(href).is_file(),
            "{href}"
        );
    }
    assert_eq!(page.faint(), serde_json::json!([]));
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn the_page_of_a_series_is_read_on_a_phone() {
    let bench = Bench::new();
    if !generated(&bench) {
        return;
    }
    let Some(mut page) = Browser::open(&bench, PAGE, PHONE) else {
        return;
    };
    page.picture("series-phone");
    assert_eq!(page.sticks_out(), 0);
    page.value("document.querySelectorAll('.story').forEach(it => { it.open = true; it.querySelector('[data-by=\"1\"]').click(); })");
    assert_eq!(page.sticks_out(), 0);
    page.value("document.getElementById('s-older-mainline-by-link').scrollIntoView()");
    page.picture("series-phone-story");
    let ground = page.value("getComputedStyle(document.body).backgroundColor");
    assert_eq!(ground, "rgb(13, 17, 23)");
    assert_eq!(page.faint(), serde_json::json!([]));
    assert_eq!(page.complaints, [""; 0]);
}

#[test]
fn several_revisions_are_on_one_page_and_every_place_has_a_name_of_its_own() {
    let bench = Bench::new();
    if !have(&["git"]) {
        return;
    }
    let args = [
        "generate",
        "-q",
        "--sample",
        "--check",
        "lint",
        "--report=html=all.html",
    ];
    let revisions = ["mainline", "maintenance", "fixed"];
    let _ = bench.run(&[&args[..], &revisions].concat()).ends_with(6);
    let Some(mut page) = Browser::open(&bench, "all.html", PHONE) else {
        return;
    };
    let names = page.value(
        "[...document.querySelectorAll('[id]')].map(it => it.id).filter((id, at, all) => all.indexOf(id) != at)",
    );
    assert_eq!(names, serde_json::json!([]));
    page.tab_to("it.hash == '#r3'");
    page.press(&["Enter"]);
    let told = page.value("document.querySelector('header:target').innerText");
    assert!(
        told.as_str().unwrap().contains("nothing-to-do on fixed"),
        "{told}"
    );
    assert_eq!(page.sticks_out(), 0);
    assert_eq!(page.faint(), serde_json::json!([]));
    assert_eq!(page.complaints, [""; 0]);
}
