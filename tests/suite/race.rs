//! The cleanup that is mailed, run for real while somebody swaps the directory for a link, as fast as they can.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{Bench, have};

/// The command of the mailed spec patch, its directory replaced.
fn mailed_command(bench: &Bench, dir: &Path) -> String {
    let _ = bench
        .run(&["generate", "--sample", "--check", "lint"])
        .ends_with(0);
    let mail = bench
        .names("outgoing")
        .into_iter()
        .find(|name| name.starts_with("0001-"))
        .unwrap();
    let mail = bench.read(&format!("outgoing/{mail}"));
    let added: Vec<&str> = mail
        .lines()
        .filter_map(|line| line.strip_prefix('+'))
        .collect();
    let start = added
        .iter()
        .position(|line| line.starts_with("find "))
        .unwrap();
    let mut command = String::new();
    for line in &added[start..] {
        command.push_str(line.trim_end_matches('\\'));
        if !line.ends_with('\\') {
            break;
        }
    }
    command.replace(
        "%{_localstatedir}/cache/libvirt/qemu/capabilities",
        dir.to_str().unwrap(),
    )
}

/// Runs a command again and again while the directory is swapped, and returns whether the victim lost a file.
fn victim_loses(bench: &Bench, command: &str, rounds: usize) -> bool {
    let (dir, aside, victim) = (
        bench.path("cache"),
        bench.path("aside"),
        bench.path("victim"),
    );
    for folder in [&dir, &victim] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::fs::rename(&dir, &aside).unwrap();
                std::os::unix::fs::symlink(&victim, &dir).unwrap();
                std::thread::yield_now();
                std::fs::remove_file(&dir).unwrap();
                std::fs::rename(&aside, &dir).unwrap();
            }
        });
        let lost = (0..rounds).any(|_| {
            for name in ["a.xml", ".hidden", "sub"] {
                std::fs::write(victim.join(name), "precious").unwrap();
                // The directory may be the link right now: then its own file is missing, and that is no matter.
                let _ = std::fs::write(aside.join(name), "stale");
            }
            assert!(
                Command::new("sh")
                    .args(["-c", command])
                    .status()
                    .unwrap()
                    .success()
            );
            ["a.xml", ".hidden", "sub"]
                .iter()
                .any(|name| !victim.join(name).exists())
        });
        done.store(true, Ordering::Relaxed);
        lost
    })
}

#[test]
fn the_mailed_cleanup_never_follows_a_link_that_is_put_there_while_it_runs() {
    if !have(&["sh", "find", "rm"]) {
        return;
    }
    let bench = Bench::new();
    let command = mailed_command(&bench, &bench.path("cache"));
    assert!(!victim_loses(&bench, &command, 300), "{command}");
    // The same test sees what a careless cleanup does, so it can fail.
    let careless = format!(
        "rm -rf {}/* >/dev/null 2>&1 || :",
        bench.path("cache").display()
    );
    assert!(
        victim_loses(&bench, &careless, 3000),
        "the careless cleanup was never caught"
    );
}
