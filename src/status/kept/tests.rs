//! Tests of what is kept: made-up answers, by no tree.

use super::*;
use crate::series::{Library, Series};

fn series() -> Series {
    Series::load(&Library::find("capabilities-cache").unwrap()).unwrap()
}

fn id(number: usize) -> Id {
    Id::from_hex(&format!("{number:040x}")).unwrap()
}

/// Answers for a tree, told from contents of a number.
fn told(series: &Series, number: usize) -> Vec<(Option<Matter>, Judgement)> {
    let of = |(patch, own): (usize, &crate::series::Patch)| {
        let files = vec![("a/b".to_owned(), id(number))];
        let answer = Judgement {
            patch: own.id.clone(),
            status: Status::Missing,
            applies: true,
            code: "comparison-wrong",
            reason: format!("reason {number}"),
            places: vec![Spot {
                path: "a/b".to_owned(),
                begins: Place { line: 1, column: 2 },
                ends: Place { line: 3, column: 4 },
            }],
            problems: Vec::new(),
        };
        (Some(Matter { patch, files }), answer)
    };
    series.patches.iter().enumerate().map(of).collect()
}

fn reasons(answers: Option<Vec<Grounded>>) -> Vec<String> {
    let answers = answers.unwrap_or_default();
    answers
        .into_iter()
        .map(|(_, answer)| answer.reason)
        .collect()
}

#[test]
fn what_is_kept_reads_back_by_tree_and_by_what_it_was_told_from() {
    let (series, place) = (series(), tempfile::tempdir().unwrap());
    let folder = Folder::new(place.path(), &series).unwrap();
    let mut kept = folder.read(&series);
    assert!(kept.tree(id(1)).is_none());
    kept.learn(id(1), told(&series, 1));
    // Equal contents in another tree share the answer.
    kept.learn(id(2), told(&series, 1));
    folder.write(kept, &series).unwrap();
    let mut kept = folder.read(&series);
    let first = kept.tree(id(1)).unwrap();
    assert_eq!(first[0].1.places, told(&series, 1)[0].1.places);
    assert_eq!(reasons(kept.tree(id(2))), ["reason 1", "reason 1"]);
    assert_eq!(kept.matters().len(), 2);
    assert!(kept.tree(id(3)).is_none());
}

#[test]
fn what_is_damaged_or_of_another_form_is_nothing() {
    let (series, place) = (series(), tempfile::tempdir().unwrap());
    let folder = Folder::new(place.path(), &series).unwrap();
    let file = || {
        let mut entries = std::fs::read_dir(place.path().join("gate")).unwrap();
        entries.next().unwrap().unwrap().path()
    };
    let write = || {
        let mut kept = Kept::default();
        kept.learn(id(1), told(&series, 1));
        folder.write(kept, &series).unwrap();
        assert!(folder.read(&series).tree(id(1)).is_some());
    };
    write();
    let whole = std::fs::read(file()).unwrap();
    let mut flipped = whole.clone();
    let at = flipped.len() - 20;
    flipped[at] ^= 1;
    for damaged in [&whole[..whole.len() / 2], &flipped, b"", b"\n", b"\xff\xfe"] {
        std::fs::write(file(), damaged).unwrap();
        assert!(folder.read(&series).tree(id(1)).is_none());
        write();
    }
    assert!(Kept::read(br#"{"answers":[],"trees":[["00",[7]]]}"#, &series).is_none());
    let short = format!(r#"{{"answers":[],"trees":[["{}",[]]]}}"#, id(1));
    assert!(Kept::read(short.as_bytes(), &series).is_none());
}

#[test]
fn what_could_not_be_read_is_not_kept() {
    let series = series();
    let mut kept = Kept::default();
    let mut answers = told(&series, 1);
    answers[1].1.code = "target-unreadable";
    kept.learn(id(1), answers);
    assert!(kept.tree(id(1)).is_none());
}

#[test]
fn what_another_run_kept_meanwhile_stays() {
    let (series, place) = (series(), tempfile::tempdir().unwrap());
    let folder = Folder::new(place.path(), &series).unwrap();
    let (mut one, mut other) = (folder.read(&series), folder.read(&series));
    one.learn(id(1), told(&series, 1));
    other.learn(id(2), told(&series, 2));
    folder.write(one, &series).unwrap();
    folder.write(other, &series).unwrap();
    let mut kept = folder.read(&series);
    assert_eq!(reasons(kept.tree(id(1))), ["reason 1", "reason 1"]);
    assert_eq!(reasons(kept.tree(id(2))), ["reason 2", "reason 2"]);
}

#[test]
fn where_there_is_no_room_what_was_asked_for_stays() {
    let series = series();
    let mut earlier = Kept::default();
    for number in 0..100 {
        earlier.learn(id(number), told(&series, number));
        earlier.earlier.push(id(number));
    }
    earlier.asked.clear();
    assert!(earlier.tree(id(77)).is_some());
    let text = earlier.write(3000).unwrap();
    assert!(text.len() < 3300, "{}", text.len());
    let mut kept = Kept::read(&text, &series).unwrap();
    assert_eq!(reasons(kept.tree(id(77))), ["reason 77", "reason 77"]);
    assert!(kept.tree(id(0)).is_some() && kept.tree(id(99)).is_none());
}

#[test]
fn the_oldest_files_go_and_what_is_not_ours_stays() {
    let (series, place) = (series(), tempfile::tempdir().unwrap());
    let gate = place.path().join("gate");
    std::fs::create_dir(&gate).unwrap();
    for number in 0..80 {
        let file = std::fs::File::create(gate.join(format!("{number:040x}"))).unwrap();
        let age = std::time::Duration::from_secs(1000 + number);
        file.set_modified(std::time::SystemTime::now() - age)
            .unwrap();
    }
    std::fs::write(gate.join("README"), "").unwrap();
    let left = std::fs::File::create(gate.join(".new-1")).unwrap();
    left.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    std::fs::write(gate.join(".new-2"), "").unwrap();
    let mut kept = Kept::default();
    kept.learn(id(1), told(&series, 1));
    let folder = Folder::new(place.path(), &series).unwrap();
    folder.write(kept, &series).unwrap();
    let names = std::fs::read_dir(&gate)
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    assert_eq!(names.len(), 64 + 2, "{names:?}");
    let has = |name: &str| names.iter().any(|other| other == name);
    assert!(has("README") && has(".new-2") && !has(".new-1"));
    assert!(has(&format!("{:040x}", 0)) && !has(&format!("{:040x}", 79)));
    assert!(folder.read(&series).tree(id(1)).is_some());
}
