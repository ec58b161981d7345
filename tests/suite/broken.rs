//! Sources that hold anything: a tree is judged without a panic, whatever its two files have become.

use patchwright::series::{Library, Series};
use patchwright::status::judge;
use patchwright::target::{Revision, Target, Tree, sample};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

const CODE: &str = "src/qemu/qemu_capabilities.c";
const SPEC: &str = "libvirt.spec.in";

/// What is put into sources; each could end or open something that the other text is part of.
const PARTS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    ";",
    ",",
    "\"",
    "'",
    "\\\n",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{feff}",
    "é",
    "/*",
    "*/",
    "//",
    "&&",
    "||",
    "!",
    "!=",
    "<",
    ">=",
    "==",
    ">> 32",
    "? 1 : 0",
    "if (",
    "else ",
    "while (0)",
    "do {",
    "goto out;",
    "return",
    "#define a(x) x\n",
    "#if 0\n",
    "\n#ifdef A\n",
    "\n#else\n",
    "\n#ifdef A\n}\n#else\n",
    "\n#else\n{\n#endif\n",
    "\n#elif B\n",
    "\n#endif\n",
    "\n#include \"a.c\"\n",
    "selfctime",
    "virGetSelfLastChanged()",
    "static int\nf(void)\n{",
    "%if 0\n",
    "%if %{a}\n",
    "%else\n",
    "%endif\n",
    "\n%post\n",
    "\n%post daemon -p /sbin/ldconfig\n",
    "\n%post -p <lua>\n",
    "\n%files\n",
    "\n%changelog\n",
    "%{",
    "%{?",
    "%(",
    "%%",
    "%define a b\\\n",
    "\n%global b() %{1}\n",
    "%include x\n",
    "rm -rf /var/cache/libvirt/qemu/capabilities/\n",
    "find %{_localstatedir}/cache/libvirt/qemu/capabilities -mindepth 1 -delete\n",
    "exit 0\n",
    "<<EOF\n",
    "|| :",
];

/// What becomes of a text: near one of the places that matter, or anywhere.
#[derive(Clone, Debug)]
enum Change {
    Insert(usize, &'static str),
    Remove(usize, usize),
    Double(usize, usize),
    Bytes(usize, Vec<u8>),
    Cut(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = || any::<u32>().prop_map(|at| at as usize);
    prop_oneof![
        12 => (at(), select(PARTS)).prop_map(|(at, part)| Change::Insert(at, part)),
        4 => (at(), 1..60_usize).prop_map(|(at, len)| Change::Remove(at, len)),
        4 => (at(), 1..400_usize).prop_map(|(at, len)| Change::Double(at, len)),
        2 => (at(), vec(any::<u8>(), 1..6)).prop_map(|(at, bytes)| Change::Bytes(at, bytes)),
        1 => at().prop_map(Change::Cut),
    ]
}

/// Puts changes into a text; three of four stand within 80 bytes of a word that the series looks for.
fn changed(text: &[u8], words: &[&str], changes: &[Change]) -> Vec<u8> {
    let mut text = text.to_vec();
    for change in changes {
        let place = |at: usize| {
            let found = words
                .get(at / 4 % (words.len() + 1))
                .filter(|_| !at.is_multiple_of(4))
                .and_then(|word| memchr::memmem::find(&text, word.as_bytes()));
            match found {
                Some(found) => (found + at / 64 % 160).saturating_sub(80).min(text.len()),
                None => at % (text.len() + 1),
            }
        };
        match change {
            Change::Insert(at, part) => {
                let at = place(*at);
                drop(text.splice(at..at, part.bytes()));
            }
            Change::Bytes(at, bytes) => {
                let at = place(*at);
                drop(text.splice(at..at, bytes.iter().copied()));
            }
            Change::Remove(at, len) => {
                let at = place(*at);
                drop(text.drain(at..(at + len).min(text.len())));
            }
            Change::Double(at, len) => {
                let at = place(*at);
                let part = text[at..(at + len).min(text.len())].to_vec();
                drop(text.splice(at..at, part));
            }
            Change::Cut(at) => text.truncate(place(*at)),
        }
    }
    text
}

#[test]
fn no_source_makes_the_judge_panic() {
    // A tree takes as long as a hundred mails.
    let asked = std::env::var("PATCHWRIGHT_FUZZ").ok();
    let asked = asked.and_then(|mails| mails.parse::<u32>().ok());
    let cases = asked.map_or(150, |mails| mails / 100);
    let series = Series::load(&Library::find("capabilities-cache").unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    sample::write(&dir.path().join("sample"), false).unwrap();
    let target = Target::open(&dir.path().join("sample")).unwrap();
    let revision = target.revision("mainline").unwrap();
    let read = |path: &str| revision.tree.read(path).unwrap().unwrap();
    let (code, spec) = (read(CODE), read(SPEC));
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let strategy = (vec(change(), 0..7), vec(change(), 0..7));
    let run = TestRunner::new(config).run(&strategy, |(of_code, of_spec)| {
        let code = changed(
            &code.bytes,
            &["ctime", "LastChanged", "InitCached"],
            &of_code,
        );
        let spec = changed(
            &spec.bytes,
            &["%post", "cache/libvirt", "%if", "%files"],
            &of_spec,
        );
        let tree: Tree = revision
            .tree
            .with(CODE, code, 0o100_644)
            .with(SPEC, spec, 0o100_644);
        let judged = judge(
            &series,
            &Revision {
                tree,
                ..revision.clone()
            },
        );
        assert_eq!(judged.len(), series.patches.len());
        Ok(())
    });
    run.unwrap();
}
