//! The sandbox keeps what it promises, by every way of making one that this machine has.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use super::*;

fn private() -> Vec<Sandbox> {
    [Sandbox::bubblewrap(), Sandbox::unshare()]
        .into_iter()
        .filter_map(|opened| match opened {
            Ok(sandbox) => Some(sandbox),
            Err(unavailable) => {
                assert!(
                    std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none(),
                    "{}",
                    unavailable.reason
                );
                println!("skipped: {}: {}", unavailable.reason, unavailable.how);
                None
            }
        })
        .collect()
}

fn sh(script: &str) -> Job {
    Job::new(["/bin/sh", "-c", script])
}

fn out(ran: &Ran) -> String {
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

fn every(check: impl Fn(&Sandbox)) {
    for sandbox in private() {
        println!("in {}", sandbox.name());
        check(&sandbox);
    }
}

#[test]
fn a_job_hands_back_its_status_and_both_streams() {
    every(|sandbox| {
        let ran = sandbox.run(&sh("echo a; echo b >&2; exit 7")).unwrap();
        assert_eq!(
            (ran.status, out(&ran).as_str(), ran.stderr.as_slice()),
            (7, "a\n", &b"b\n"[..])
        );
        assert_eq!((ran.stopped, ran.dropped), (None, 0));
        let ran = sandbox.run(&sh("kill -9 $$")).unwrap();
        assert_eq!((ran.status, ran.stderr.len()), (137, 0));
    });
}

#[test]
fn there_is_no_network() {
    every(|sandbox| {
        let ran = sandbox
            .run(&sh("cat /proc/net/dev; cat /proc/net/route"))
            .unwrap();
        assert_eq!(ran.status, 0, "{ran:?}");
        let text = out(&ran);
        let devices: Vec<_> = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.trim())
            .collect();
        assert!(
            devices
                .iter()
                .all(|name| ["lo", "sit0", "tunl0", "ip6tnl0"].contains(name)),
            "{devices:?}"
        );
        let ran = sandbox
            .run(&Job::new(["/bin/bash", "-c", ": </dev/tcp/192.0.2.1/80"]))
            .unwrap();
        assert!(
            String::from_utf8_lossy(&ran.stderr).contains("unreachable"),
            "{ran:?}"
        );
    });
}

#[test]
fn nothing_of_the_user_is_visible() {
    every(|sandbox| {
        let ran = sandbox
            .run(&sh(
                "ls -A /; echo; env; echo ~; ls /etc; cat /dev/stdin; ls /proc | grep -c '^[0-9]'",
            ))
            .unwrap();
        let text = out(&ran);
        let (roots, rest) = text.split_once("\n\n").unwrap();
        for absent in ["home", "root", "var", "mnt", "srv", "opt", "sys", ".old"] {
            assert!(!roots.lines().any(|name| name == absent), "{roots}");
        }
        assert!(!rest.contains("HOME=") && !rest.contains("CARGO"), "{rest}");
        assert!(
            !rest
                .lines()
                .any(|name| name == "shadow" || name == "hostname"),
            "{rest}"
        );
        let processes: u32 = rest.lines().last().unwrap().parse().unwrap();
        assert!(processes < 8, "{processes} processes are visible");
    });
}

#[test]
fn nothing_outside_the_scratch_can_be_written() {
    every(|sandbox| {
        for place in [
            "/usr/x",
            "/bin/x",
            "/x",
            "/dev/x",
            "/etc/x",
            "/etc/passwd",
            "/proc/sys/kernel/hostname",
        ] {
            let ran = sandbox.run(&sh(&format!("echo x >{place}"))).unwrap();
            assert_ne!(ran.status, 0, "{place} was written");
        }
        let ran = sandbox
            .run(&sh(
                "mount -o remount,rw,bind /usr; umount -l /usr; touch /usr/x",
            ))
            .unwrap();
        assert_ne!(ran.status, 0, "{ran:?}");
        let ran = sandbox
            .run(&sh(
                "for d in /tmp /run /dev/shm; do echo x >$d/x || exit 1; done; echo x >/dev/null",
            ))
            .unwrap();
        assert_eq!(ran.status, 0, "{ran:?}");
    });
}

#[test]
fn what_a_job_leaves_running_is_gone_when_it_returns() {
    every(|sandbox| {
        let scratch = Scratch::new().unwrap();
        let job = sh("(setsid sh -c 'while :; do echo >>/out/beats; sleep 0.05; done' >/dev/null 2>&1 </dev/null &); sleep 0.2")
            .lending(scratch.path(), "/out");
        assert_eq!(sandbox.run(&job).unwrap().status, 0);
        let beats = fs::read(scratch.path().join("beats")).unwrap().len();
        std::thread::sleep(Duration::from_millis(300));
        assert!(beats > 0);
        assert_eq!(fs::read(scratch.path().join("beats")).unwrap().len(), beats);
    });
}

#[test]
fn a_job_is_ended_with_all_its_children_when_its_time_is_over() {
    every(|sandbox| {
        let scratch = Scratch::new().unwrap();
        let mut job = sh("(setsid sh -c 'while :; do echo >>/out/beats; sleep 0.05; done' &); echo begun; sleep 60")
            .lending(scratch.path(), "/out");
        job.limits.time = Duration::from_millis(500);
        let begun = Instant::now();
        let ran = sandbox.run(&job).unwrap();
        assert_eq!((ran.stopped, out(&ran).as_str()), (Some("time"), "begun\n"));
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{:?}",
            begun.elapsed()
        );
        let beats = fs::read(scratch.path().join("beats")).unwrap().len();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(fs::read(scratch.path().join("beats")).unwrap().len(), beats);
    });
}

#[test]
fn a_job_that_nobody_waits_for_any_more_when_it_is_started_begins_nothing() {
    every(|sandbox| {
        let scratch = Scratch::new().unwrap();
        let mark = scratch.path().join("mark");
        let job = sh("echo >/out/mark").lending(scratch.path(), "/out");
        let mut command = sandbox.command(&job).unwrap();
        // Nobody answers, as when whoever would has ended.
        let ended = command.stdin(Stdio::null()).output().unwrap();
        assert_eq!(
            (ended.status.code(), ended.stdout.as_slice()),
            (Some(125), &b"\n"[..])
        );
        assert!(!mark.exists());
        assert_eq!(sandbox.run(&job).unwrap().status, 0);
        assert!(mark.exists());
    });
}

#[test]
fn output_past_the_limit_is_dropped_and_counted() {
    every(|sandbox| {
        let mut job = sh("head -c 3000000 /dev/zero; echo end >&2");
        job.limits.output = 1000;
        let ran = sandbox.run(&job).unwrap();
        assert_eq!(
            (ran.status, ran.stdout.len(), ran.dropped),
            (0, 1000, 2_999_000)
        );
        assert_eq!(ran.stderr, b"end\n");
    });
}

#[test]
fn scratch_file_systems_and_files_are_limited() {
    every(|sandbox| {
        let scratch = Scratch::new().unwrap();
        let mut job = sh("head -c 3000000 /dev/zero >/out/large").lending(scratch.path(), "/out");
        job.limits.disk = 1 << 20;
        let ran = sandbox.run(&job).unwrap();
        assert_eq!(ran.stopped, Some("file size"), "{ran:?}");
        assert!(fs::metadata(scratch.path().join("large")).unwrap().len() <= 1 << 20);
        for place in ["/tmp", "/run", "/dev/shm"] {
            let mut job = sh(&format!(
                "for n in 1 2 3 4; do head -c 500000 /dev/zero >{place}/$n || exit 9; done"
            ));
            job.limits.disk = 1 << 20;
            assert_eq!(sandbox.run(&job).unwrap().status, 9, "{place}");
        }
    });
}

#[test]
fn each_process_is_held_to_every_limit() {
    every(|sandbox| {
        let mut job = sh("cat /proc/self/limits");
        job.limits.time = Duration::from_secs(9);
        job.limits.memory = 300 << 20;
        job.limits.disk = 3 << 20;
        job.limits.processes = 123;
        let told = out(&sandbox.run(&job).unwrap());
        for (name, value) in [
            ("Max cpu time", "10"),
            ("Max address space", "314572800"),
            ("Max file size", "3145728"),
            ("Max processes", "123"),
            ("Max open files", "1024"),
            ("Max core file size", "0"),
        ] {
            let line = told.lines().find(|line| line.starts_with(name)).unwrap();
            let values: Vec<_> = line[name.len()..].split_whitespace().take(2).collect();
            assert_eq!(values, [value, value], "{line}");
        }
    });
}

#[test]
fn memory_is_limited() {
    every(|sandbox| {
        let mut job = Job::new([
            "/bin/bash",
            "-c",
            "a=x; for n in {1..30}; do a=$a$a; done; echo ${#a}",
        ]);
        job.limits.memory = 200 << 20;
        let ran = sandbox.run(&job).unwrap();
        assert_ne!(ran.status, 0, "{}", out(&ran));
        assert!(out(&ran).is_empty());
    });
}

#[test]
fn a_job_that_forks_without_end_is_ended_whoever_started_it() {
    every(|sandbox| {
        for bomb in [
            "bomb() { bomb | bomb & }; bomb; sleep 60",
            "while :; do sleep 60 & done",
            "while :; do (setsid sleep 60 &); done",
        ] {
            let scratch = Scratch::new().unwrap();
            let script = format!("echo >/out/begun; {bomb}");
            let mut job = Job::new(["/bin/bash", "-c", &script]).lending(scratch.path(), "/out");
            job.limits.processes = 100;
            let begun = Instant::now();
            let ran = sandbox.run(&job).unwrap();
            assert_eq!(ran.stopped, Some("processes"), "{bomb}: {ran:?}");
            assert!(
                begun.elapsed() < Duration::from_secs(15),
                "{:?}",
                begun.elapsed()
            );
        }
    });
}

#[test]
fn all_processes_together_are_held_to_the_memory() {
    every(|sandbox| {
        let script = "for n in 1 2 3 4 5 6; do (a=x; for n in {1..26}; do a=$a$a; done; sleep 60) & done; wait";
        let mut job = Job::new(["/bin/bash", "-c", script]);
        job.limits.memory = 256 << 20;
        let ran = sandbox.run(&job).unwrap();
        assert_eq!(ran.stopped, Some("memory"), "{ran:?}");
    });
}

#[test]
fn what_is_lent_cannot_be_filled_without_end() {
    every(|sandbox| {
        for script in [
            "n=0; while :; do head -c 1000000 /dev/zero >/out/$n; n=$((n+1)); done",
            "mkdir -p /out/a/b; n=0; while :; do head -c 1000000 /dev/zero >/out/a/b/$n; n=$((n+1)); done",
        ] {
            let scratch = Scratch::new().unwrap();
            let mut job = sh(script).lending(scratch.path(), "/out");
            job.limits.disk = 32 << 20;
            let ran = sandbox.run(&job).unwrap();
            assert_eq!(ran.stopped, Some("disk"), "{ran:?}");
        }
    });
}

#[test]
fn a_file_can_stand_over_a_program_whose_real_self_is_elsewhere() {
    every(|sandbox| {
        let scratch = Scratch::new().unwrap();
        let wrapper = scratch.path().join("rm");
        fs::write(&wrapper, "#!/bin/sh\necho wrapped\nexec /real/rm \"$@\"\n").unwrap();
        fs::set_permissions(
            &wrapper,
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )
        .unwrap();
        let rm = tool::find("rm").unwrap().canonicalize().unwrap();
        let job = sh("echo >/tmp/x; rm /tmp/x; ls /tmp")
            .showing(&rm, "/real/rm")
            .showing(&wrapper, &rm);
        let ran = sandbox.run(&job).unwrap();
        assert_eq!(
            (ran.status, out(&ran).as_str()),
            (0, "wrapped\n"),
            "{ran:?}"
        );
    });
}

#[test]
fn a_folder_of_a_lent_folder_can_be_read_only() {
    every(|sandbox| {
        let scratch = Scratch::new().unwrap();
        fs::create_dir_all(scratch.path().join("a/b")).unwrap();
        let job = sh("echo >/var/a/x && ! echo >/var/a/b/x")
            .lending(scratch.path(), "/var")
            .showing(scratch.path().join("a/b"), "/var/a/b");
        assert_eq!(sandbox.run(&job).unwrap().status, 0);
        assert!(scratch.path().join("a/x").exists() && !scratch.path().join("a/b/x").exists());
    });
}

#[test]
fn a_job_may_have_files_of_its_own_in_etc_or_all_of_it() {
    every(|sandbox| {
        let scratch = Scratch::new().unwrap();
        fs::write(scratch.path().join("own"), "own").unwrap();
        let job = sh("cat /etc/own; id -un").showing(scratch.path().join("own"), "/etc/own");
        assert_eq!(out(&sandbox.run(&job).unwrap()), "ownroot\n");
        let job = sh("ls /etc").showing(scratch.path(), "/etc");
        assert_eq!(out(&sandbox.run(&job).unwrap()), "own\n");
    });
}

#[test]
fn a_compiler_works_inside() {
    if tool::find("cc").is_none() {
        assert!(
            std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none(),
            "no cc"
        );
        println!("skipped: no cc: {}", tool::how_to_get("cc"));
        return;
    }
    every(|sandbox| {
        let ran = sandbox
            .run(&sh(
                "echo 'int main(void){return 3;}' >a.c && cc a.c -o a && ./a",
            ))
            .unwrap();
        assert_eq!(ran.status, 3, "{ran:?}");
    });
}

#[test]
fn without_a_sandbox_only_jobs_without_their_own_file_system_run() {
    let plain = Sandbox::plain().unwrap();
    let refused = plain.run(&sh("true").showing("/usr", "/var")).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
    assert!(refused.to_string().contains("`/var`"), "{refused}");
    let mut job = sh("echo $HOME; sleep 60 & sleep 60");
    job.limits.time = Duration::from_millis(300);
    let begun = Instant::now();
    let ran = plain.run(&job).unwrap();
    assert_eq!((ran.stopped, out(&ran).as_str()), (Some("time"), "\n"));
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "a child held the streams open"
    );
}

#[test]
fn a_job_may_be_another_user_who_is_nobodys_superuser() {
    every(|sandbox| {
        let folder = Scratch::new().unwrap();
        fs::write(folder.path().join("locked"), "secret").unwrap();
        let locked = std::os::unix::fs::PermissionsExt::from_mode(0o0);
        fs::set_permissions(folder.path().join("locked"), locked).unwrap();
        let script = "id -u; id -un; grep CapEff /proc/self/status; echo >/tmp/a && stat -c %u /tmp/a; cat /lent/locked";
        let mut job = sh(script).showing(folder.path(), "/lent");
        job.user = NOBODY;
        let ran = sandbox.run(&job).unwrap();
        let told = "65534\nnobody\nCapEff:\t0000000000000000\n65534\n";
        assert_eq!((out(&ran).as_str(), ran.status), (told, 1), "{ran:?}");
    });
}
