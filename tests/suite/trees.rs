//! Trees that drifted, were disguised, or are half fixed. What each does is told from its code by a reader; what `gate` says of it is
//! that, or that it can't tell.

use crate::support::{Bench, have, missing};

const FILE: &str = "src/qemu/qemu_capabilities.c";
const SPEC: &str = "libvirt.spec.in";
const WRONG: &str = "selfctime < virGetSelfLastChanged()";
const RIGHT: &str = "selfctime != virGetSelfLastChanged()";
const NOW: &str = "virGetSelfLastChanged()";
const FUNCTION: &str =
    "static int\nvirQEMUCapsInitCached(virQEMUCapsPtr qemuCaps, const char *cacheDir)\n{";
const DECISION: &str = "    /* Ask again if what was kept is older than QEMU binary */\n    if (qemuctime != qemuCaps->ctime ||\n        selfctime < virGetSelfLastChanged()) {";
const DIR: &str = "%{_localstatedir}/cache/libvirt/qemu/capabilities";

/// What a tree does with the defect of a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Right,
    Wrong,
}
use Does::{Right, Wrong};

/// A tree: what it is, which patch it is about, what it does, what is said of it, and its files that are not the sample's.
struct Tree {
    name: &'static str,
    patch: usize,
    does: Does,
    said: &'static str,
    files: Vec<(&'static str, String)>,
}

/// The sample's two files, to make trees of.
struct Texts {
    code: String,
    spec: String,
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

impl Texts {
    fn code(&self, name: &'static str, does: Does, said: &'static str, text: String) -> Tree {
        assert_ne!((name, &text), ("", &self.code));
        let files = vec![(FILE, text)];
        Tree {
            name,
            patch: 1,
            does,
            said,
            files,
        }
    }

    /// The comparison in another form.
    fn form(&self, name: &'static str, does: Does, said: &'static str, form: &str) -> Tree {
        self.code(name, does, said, replaced(&self.code, WRONG, form))
    }

    /// The right comparison, with more around it.
    fn mended(&self) -> String {
        replaced(&self.code, WRONG, RIGHT)
    }

    fn scriptlet(&self, name: &'static str, does: Does, said: &'static str, lines: &str) -> Tree {
        self.section(name, does, said, "%post daemon", lines)
    }

    /// Lines at the front of a section.
    fn section(
        &self,
        name: &'static str,
        does: Does,
        said: &'static str,
        heading: &str,
        lines: &str,
    ) -> Tree {
        let heading = format!("\n{heading}\n");
        let text = replaced(&self.spec, &heading, &format!("{heading}{lines}\n"));
        self.spec(name, does, said, text)
    }

    fn spec(&self, name: &'static str, does: Does, said: &'static str, text: String) -> Tree {
        let files = vec![(SPEC, text)];
        Tree {
            name,
            patch: 0,
            does,
            said,
            files,
        }
    }
}

/// Right comparisons, in other words and other places.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn code_that_is_right(texts: &Texts) -> Vec<Tree> {
    let mended = texts.mended();
    let form = |name, said, form: &str| texts.form(name, Right, said, form);
    let code = |name, said, text| texts.code(name, Right, said, text);
    let helper = "static bool\nvirQEMUCapsIsStale(time_t selfctime)\n{\n    return selfctime != virGetSelfLastChanged();\n}\n\n\n";
    let calls = replaced(&texts.code, WRONG, "virQEMUCapsIsStale(selfctime)");
    let macro_ = "#define CHANGED(when) ((when) != virGetSelfLastChanged())\n\n";
    let expands = replaced(&texts.code, WRONG, "CHANGED(selfctime)");
    let kept = "    {\n        const time_t now = virGetSelfLastChanged();\n        differs = memcmp(&now, &selfctime, sizeof(now)) != 0;\n    }\n";
    let memcmp = replaced(
        &replaced(&texts.code, WRONG, "differs"),
        DECISION.split_once("    if").unwrap().0,
        kept,
    );
    let memcmp = replaced(
        &memcmp,
        "    time_t selfctime;\n    struct stat sb;",
        "    time_t selfctime;\n    bool differs;\n    struct stat sb;",
    );
    let effects = effects(&texts.code);
    let two = format!(
        "    if (qemuctime != qemuCaps->ctime) {{\n{effects}    }}\n\n    if ({RIGHT}) {{\n{effects}    }}\n"
    );
    let whole = format!("{DECISION}\n{effects}    }}\n");
    let split = replaced(&texts.code, &whole, &two);
    let knr = "static int\nvirQEMUCapsInitCached(qemuCaps, cacheDir)\n    virQEMUCapsPtr qemuCaps;\n    const char *cacheDir;\n{";
    let at = texts.code.find("/* Returns 1 when the cache").unwrap();
    let moved = [
        (FILE, texts.code[..at].to_owned()),
        ("src/qemu/qemu_capscache.c", mended.clone()),
    ];
    let mut trees = vec![
        form("turned", "fixed", "virGetSelfLastChanged() != selfctime"),
        form(
            "negated equality",
            "fixed",
            "!(selfctime == virGetSelfLastChanged())",
        ),
        form(
            "more brackets",
            "fixed",
            "((selfctime != virGetSelfLastChanged()))",
        ),
        form(
            "cast",
            "fixed",
            "selfctime != (time_t)virGetSelfLastChanged()",
        ),
        form(
            "split lines",
            "fixed",
            "selfctime\n            !=\n            virGetSelfLastChanged()",
        ),
        form(
            "a comment in it",
            "fixed",
            "selfctime /* kept */ != /* own */ virGetSelfLastChanged()",
        ),
        form(
            "a condition more",
            "fixed",
            "qemuCaps->binary == NULL || selfctime != virGetSelfLastChanged()",
        ),
        form(
            "two orders",
            "fixed",
            "selfctime < virGetSelfLastChanged() || selfctime > virGetSelfLastChanged()",
        ),
        form(
            "ternary",
            "fixed",
            "(selfctime == virGetSelfLastChanged() ? 0 : 1)",
        ),
        form(
            "difference",
            "fixed",
            "(selfctime - virGetSelfLastChanged())",
        ),
        form(
            "bits",
            "fixed",
            "(selfctime ^ virGetSelfLastChanged()) != 0",
        ),
        form(
            "a library function",
            "fixed",
            "difftime(selfctime, virGetSelfLastChanged()) != 0",
        ),
        code("tabs", "fixed", mended.replace("    ", "\t")),
        code("carriage returns", "fixed", mended.replace('\n', "\r\n")),
        code(
            "no blanks",
            "fixed",
            mended.replace(RIGHT, "selfctime!=virGetSelfLastChanged()"),
        ),
        code(
            "renamed",
            "fixed",
            mended.replace("selfctime", "libvirtCtime"),
        ),
        code(
            "renamed otherwise",
            "undetermined",
            mended.replace("selfctime", "kept"),
        ),
        code(
            "a helper",
            "fixed",
            replaced(&calls, FUNCTION, &format!("{helper}{FUNCTION}")),
        ),
        code(
            "a macro",
            "undetermined",
            replaced(&expands, FUNCTION, &format!("{macro_}{FUNCTION}")),
        ),
        code("memcmp", "fixed", memcmp),
        code("two conditions", "fixed", split),
        code(
            "an old heading",
            "undetermined",
            replaced(&mended, FUNCTION, knr),
        ),
        code(
            "a log line more",
            "fixed",
            replaced(
                &mended,
                DECISION.split_once('\n').unwrap().0,
                "    VIR_DEBUG(\"own %lld\", (long long)virGetSelfLastChanged());",
            ),
        ),
    ];
    trees.push(Tree {
        name: "moved to another file",
        patch: 1,
        does: Right,
        said: "fixed",
        files: moved.to_vec(),
    });
    trees
}

/// The statements that are run where the cache is outdated.
fn effects(code: &str) -> String {
    let from = code.find(DECISION).unwrap() + DECISION.len() + 1;
    let length = code[from..].find("    }\n").unwrap();
    code[from..from + length].to_owned()
}

/// Comparisons that are wrong, or right ones that do nothing.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn code_that_is_wrong(texts: &Texts) -> Vec<Tree> {
    let mended = texts.mended();
    let form = |name, said, form: &str| texts.form(name, Wrong, said, form);
    let code = |name, said, text| texts.code(name, Wrong, said, text);
    let before = |text: &str, put: &str| replaced(text, DECISION.split_once('\n').unwrap().0, put);
    let effects = effects(&texts.code);
    let instead = |effects_: &str| replaced(&mended, &effects, effects_);
    let unused = format!(
        "static bool\nvirQEMUCapsIsStale(time_t selfctime)\n{{\n    if ({RIGHT})\n        return false;\n    return true;\n}}\n\n\n{FUNCTION}"
    );
    let at = texts.code.find("/* Returns 1 when the cache").unwrap();
    let moved = vec![
        (FILE, texts.code[..at].to_owned()),
        ("src/qemu/qemu_capscache.c", texts.code.clone()),
    ];
    let other = format!(
        "int virQEMUCapsOther(long selfctime)\n{{\n    if ({WRONG})\n        return 1;\n    return 0;\n}}\n"
    );
    let mut trees = vec![
        code("as it was", "missing", format!("{}\n", texts.code)),
        form("in a comment", "missing", &format!("{WRONG} /* {RIGHT} */")),
        form(
            "in a string",
            "missing",
            &format!("{WRONG} || !\"{RIGHT}\""),
        ),
        form(
            "in a dead branch",
            "missing",
            &format!("\n#if 0\n{RIGHT}\n#else\n{WRONG}\n#endif\n"),
        ),
        form(
            "behind a switch",
            "missing",
            &format!("\n#ifdef NEVER\n{RIGHT}\n#else\n{WRONG}\n#endif\n"),
        ),
        form(
            "in a branch that is left out",
            "missing",
            &format!("\n#if 1\n{WRONG}\n#else\n{RIGHT}\n#endif\n"),
        ),
        form(
            "older than",
            "missing",
            "selfctime > virGetSelfLastChanged()",
        ),
        form(
            "not newer",
            "missing",
            "selfctime <= virGetSelfLastChanged()",
        ),
        form(
            "not older",
            "missing",
            "selfctime >= virGetSelfLastChanged()",
        ),
        form("equal", "missing", "selfctime == virGetSelfLastChanged()"),
        form(
            "doubly negated",
            "missing",
            "!(selfctime != virGetSelfLastChanged())",
        ),
        form(
            "compared with nothing",
            "missing",
            "(selfctime != virGetSelfLastChanged()) == 0",
        ),
        form(
            "never",
            "missing",
            "(0 && selfctime != virGetSelfLastChanged())",
        ),
        form(
            "the last of a list",
            "missing",
            "(selfctime != virGetSelfLastChanged(), 0)",
        ),
        form(
            "a condition that must hold as well",
            "undetermined",
            "(selfctime != virGetSelfLastChanged() && qemuCaps->nmachineTypes == 0)",
        ),
        form(
            "the value alone",
            "missing",
            "(selfctime && !virGetSelfLastChanged())",
        ),
        form(
            "the other date",
            "undetermined",
            "qemuctime != virGetSelfLastChanged() + 0 * selfctime",
        ),
        form("gone", "undetermined", "0"),
        code(
            "both must hold",
            "missing",
            replaced(
                &mended,
                "qemuctime != qemuCaps->ctime ||",
                "qemuctime != qemuCaps->ctime &&",
            ),
        ),
        code(
            "nothing follows",
            "missing",
            instead("        VIR_DEBUG(\"out of date\");\n"),
        ),
        code(
            "used all the same",
            "missing",
            instead("        ignore_value(unlink(capsfile));\n"),
        ),
        code(
            "told that it is good",
            "missing",
            instead(
                "        ignore_value(unlink(capsfile));\n        ret = 1;\n        goto cleanup;\n",
            ),
        ),
        code(
            "left before",
            "missing",
            before(&mended, "    ret = 1;\n    goto cleanup;\n"),
        ),
        code(
            "left before on a condition",
            "missing",
            before(
                &mended,
                "    if (qemuctime == qemuCaps->ctime) {\n        ret = 1;\n        goto cleanup;\n    }\n",
            ),
        ),
        code(
            "made equal before",
            "missing",
            before(&mended, "    selfctime = virGetSelfLastChanged();\n"),
        ),
        code(
            "made equal where it differs",
            "missing",
            before(
                &mended,
                &format!("    if ({RIGHT})\n        selfctime = {NOW};\n"),
            ),
        ),
        code(
            "set to something else before",
            "undetermined",
            before(&mended, "    selfctime = qemuCaps->ctime;\n"),
        ),
        code(
            "in a function that nobody calls",
            "missing",
            replaced(&texts.code, FUNCTION, &unused),
        ),
        code("once of twice", "missing", format!("{mended}\n{other}")),
    ];
    trees.push(Tree {
        name: "moved to another file as it was",
        patch: 1,
        does: Wrong,
        said: "missing",
        files: moved,
    });
    let elsewhere = vec![(FILE, mended), ("src/qemu/qemu_other.c", other)];
    trees.push(Tree {
        name: "once of two files",
        patch: 1,
        does: Wrong,
        said: "missing",
        files: elsewhere,
    });
    trees
}

/// Cleanups that are right, in other words and other places.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn specs_that_are_right(texts: &Texts) -> Vec<Tree> {
    let find = format!("find {DIR} -xdev -mindepth 1 -delete >/dev/null 2>&1 || :");
    let post = |name, said, lines: &str| texts.scriptlet(name, Right, said, lines);
    let branches =
        format!("\n%if 0%{{?fedora}}\n%post daemon\n{find}\n%else\n%post daemon\n{find}\n%endif\n");
    let defined = format!("%global empty_cache {find}\n\n{}", texts.spec);
    let used = replaced(
        &defined,
        "\n%post daemon\n",
        "\n%post daemon\n%{empty_cache}\n",
    );
    let from_file = replaced(
        &texts.spec,
        "\n%post daemon\n",
        "\n%post daemon -f post-daemon.sh\n",
    );
    let includes = replaced(
        &texts.spec,
        "\n%post daemon\n",
        "\n%post daemon\n%include post-daemon.sh\n",
    );
    let from_file = vec![(SPEC, from_file), ("post-daemon.sh", format!("{find}\n"))];
    let includes = vec![(SPEC, includes), ("post-daemon.sh", format!("{find}\n"))];
    let nested = format!(
        "%define caps {DIR}\n%global empty_cache find %{{caps}} -xdev -mindepth 1 -delete || :\n\n{}",
        texts.spec
    );
    let nested = replaced(
        &nested,
        "\n%post daemon\n",
        "\n%post daemon\n%{?empty_cache}\n",
    );
    let after = format!("\n%posttrans daemon\n{find}\n\n%post daemon\n");
    vec![
        post("as it is mailed", "fixed", &find),
        post(
            "in quotes",
            "fixed",
            &format!("find \"{DIR}\" -mindepth 1 -delete 2>/dev/null || true"),
        ),
        post(
            "by its path",
            "fixed",
            &format!("/usr/bin/find {DIR} -mindepth 1 -xdev -delete || :"),
        ),
        post(
            "without macros",
            "fixed",
            "find /var/cache/libvirt/qemu/capabilities -mindepth 1 -delete || :",
        ),
        post(
            "over lines",
            "fixed",
            &format!("find {DIR} \\\n\t-xdev -mindepth 1 \\\n\t-delete || :"),
        ),
        post(
            "indented, comments around",
            "fixed",
            &format!("  # first\n\t{find}\n  # last"),
        ),
        post(
            "with QEMU",
            "fixed",
            &format!("%if %{{with_qemu}}\n{find}\n%endif"),
        ),
        post(
            "by a variable",
            "fixed",
            &format!("dir={DIR}\nfind \"$dir\" -xdev -mindepth 1 -delete || :"),
        ),
        post(
            "by a function",
            "fixed",
            &format!("empty() {{\n    {find}\n}}\nempty"),
        ),
        texts.spec(
            "in each branch",
            Right,
            "fixed",
            replaced(&texts.spec, "\n%post daemon\n", &branches),
        ),
        texts.spec("by a macro", Right, "fixed", used),
        texts.spec("by a macro of a macro", Right, "fixed", nested),
        Tree {
            name: "in a file",
            patch: 0,
            does: Right,
            said: "undetermined",
            files: from_file,
        },
        Tree {
            name: "in a file that is included",
            patch: 0,
            does: Right,
            said: "undetermined",
            files: includes,
        },
        texts.spec(
            "after the transaction",
            Right,
            "undetermined",
            replaced(&texts.spec, "\n%post daemon\n", &after),
        ),
        texts.spec(
            "by a shell that is named",
            Right,
            "fixed",
            replaced(
                &texts.spec,
                "\n%post daemon\n",
                &format!("\n%post daemon -p /bin/bash\n{find}\n"),
            ),
        ),
    ]
}

/// Cleanups that are none, or that do harm.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn specs_that_are_wrong(texts: &Texts) -> Vec<Tree> {
    let find = format!("find {DIR} -xdev -mindepth 1 -delete >/dev/null 2>&1 || :");
    let post = |name, said, lines: &str| texts.scriptlet(name, Wrong, said, lines);
    let section = |name, said, heading: &str| texts.section(name, Wrong, said, heading, &find);
    let lua = format!("\n%post daemon -p <lua>\n{find}\n\n%post daemon\n");
    let branch =
        format!("\n%if 0%{{?fedora}}\n%post daemon\n{find}\n%else\n%post daemon\n:\n%endif\n");
    vec![
        post("as it was", "missing", ":"),
        post("in a comment", "missing", &format!("# {find}")),
        post(
            "in a branch that is left out",
            "missing",
            &format!("%if 0\n{find}\n%endif"),
        ),
        post("told only", "missing", &format!("echo {find}")),
        post(
            "in a text",
            "missing",
            &format!("cat >/dev/null <<EOF\n{find}\nEOF"),
        ),
        post("in a value", "missing", &format!("command=\"{find}\"")),
        post("behind the end", "missing", &format!("exit 0\n{find}")),
        post(
            "behind what fails",
            "missing",
            &format!("set -e\nfalse\n{find}"),
        ),
        post(
            "on the first install",
            "missing",
            &format!("if [ $1 -eq 1 ]; then\n    {find}\nfi"),
        ),
        post(
            "in one case",
            "missing",
            &format!("case \"$1\" in\n1)\n    {find}\n    ;;\nesac"),
        ),
        post(
            "never",
            "missing",
            &format!("if false; then\n    {find}\nfi"),
        ),
        post(
            "never, by a loop",
            "missing",
            &format!("while false; do\n    {find}\ndone"),
        ),
        post(
            "never, by what stands before",
            "missing",
            &format!("false && {find}"),
        ),
        post(
            "never, as what stands before is right",
            "missing",
            &format!("true || {find}"),
        ),
        post(
            "by a find that is none",
            "missing",
            &format!("find() {{ :; }}\n{find}"),
        ),
        post(
            "in a macro that is not expanded",
            "undetermined",
            &format!("%{{?never:\n{find}\n}}"),
        ),
        post(
            "on one distribution",
            "undetermined",
            &format!("%if 0%{{?rhel}}\n{find}\n%endif"),
        ),
        post("through a link", "missing", &format!("rm -rf {DIR}/* || :")),
        post(
            "through a link, by a slash",
            "missing",
            &format!("find {DIR}/ -mindepth 1 -delete || :"),
        ),
        post(
            "through links",
            "missing",
            &format!("find -L {DIR} -mindepth 1 -delete || :"),
        ),
        post(
            "after a look",
            "missing",
            &format!("[ -L {DIR} ] || find {DIR} -delete || :"),
        ),
        post(
            "the directory too",
            "missing",
            &format!("find {DIR} -delete || :"),
        ),
        post(
            "some of it",
            "undetermined",
            &format!("find {DIR} -mindepth 1 -name '*.xml' -delete || :"),
        ),
        post(
            "another directory",
            "missing",
            "find %{_localstatedir}/cache/libvirt/lxc/capabilities -mindepth 1 -delete || :",
        ),
        section("of another package", "undetermined", "%post client"),
        section("when it goes", "missing", "%preun daemon"),
        texts.spec(
            "by a language that is another",
            Wrong,
            "undetermined",
            replaced(&texts.spec, "\n%post daemon\n", &lua),
        ),
        texts.spec(
            "in one branch",
            Wrong,
            "missing",
            replaced(&texts.spec, "\n%post daemon\n", &branch),
        ),
        texts.spec(
            "in the description",
            Wrong,
            "missing",
            replaced(
                &texts.spec,
                "\n%description daemon\n",
                &format!("\n%description daemon\n{find}\n"),
            ),
        ),
    ]
}

/// Two specs side by side: one made of the other, and one of its own.
fn specs_beside_a_template(texts: &Texts) -> Vec<Tree> {
    let find = format!("\n%post daemon\nfind {DIR} -mindepth 1 -delete || :\n");
    let product = replaced(&texts.spec, "@VERSION@", "1.2.15");
    let [fixed, fixed_product] =
        [&texts.spec, &product].map(|text| replaced(text, "\n%post daemon\n", &find));
    let own = replaced(&product, "\nRelease: ", "\nRelease: 1.2.");
    let beside = |name, does, said, template: &String, made: String| Tree {
        files: vec![(SPEC, template.clone()), ("libvirt.spec", made)],
        ..texts.spec(name, does, said, String::new())
    };
    vec![
        beside(
            "with what was made of it",
            Right,
            "fixed",
            &fixed,
            fixed_product.clone(),
        ),
        beside(
            "with what was made before",
            Right,
            "fixed",
            &fixed,
            product.clone(),
        ),
        beside(
            "what was made of it once",
            Wrong,
            "missing",
            &texts.spec,
            fixed_product,
        ),
        beside(
            "beside a spec of its own",
            Wrong,
            "undetermined",
            &fixed,
            own,
        ),
    ]
}

fn trees(texts: &Texts) -> Vec<Tree> {
    let mut trees = code_that_is_right(texts);
    trees.extend(specs_beside_a_template(texts));
    trees.extend(code_that_is_wrong(texts));
    trees.extend(specs_that_are_right(texts));
    trees.extend(specs_that_are_wrong(texts));
    trees
}

/// A commit for each tree, and a fix that was reverted; the names of the tags, in order.
fn bench(texts: &mut Texts) -> Option<(Bench, Vec<Tree>)> {
    if !have(&["git"]) {
        return None;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.git("repo", &["checkout", "-q", "--detach", "mainline"]);
    texts.code = bench.read(&format!("repo/{FILE}"));
    texts.spec = bench.read(&format!("repo/{SPEC}"));
    let trees = trees(texts);
    for (number, tree) in trees.iter().enumerate() {
        bench.git("repo", &["checkout", "-q", "-f", "--detach", "mainline"]);
        for (path, text) in &tree.files {
            bench.write(&format!("repo/{path}"), text);
        }
        bench.git("repo", &["add", "-A"]);
        bench.git("repo", &["commit", "-qm", tree.name]);
        bench.git("repo", &["tag", &format!("tree-{number}")]);
    }
    Some((bench, trees))
}

/// What is said of each tree of the patch that it is about.
fn said(bench: &Bench, trees: &[Tree], more: &[&str]) -> Vec<(String, String)> {
    let names: Vec<String> = (0..trees.len())
        .map(|number| format!("tree-{number}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let args = ["gate", "-q", "--repo", "repo", "--format", "json"];
    let document = bench
        .run(&[&args[..], more, &names].concat())
        .ends_with(1)
        .json();
    let rows = document["revisions"].as_array().unwrap().iter().zip(trees);
    rows.map(|(row, tree)| {
        let cell = &row["patches"][tree.patch];
        let text = |key: &str| cell[key].as_str().unwrap().to_owned();
        (text("status"), text("reason"))
    })
    .collect()
}

fn is_wrong(does: Does, said: &str) -> bool {
    match does {
        Right => !["fixed", "undetermined"].contains(&said),
        Wrong => !["missing", "undetermined"].contains(&said),
    }
}

#[test]
fn drifted_disguised_and_half_fixed_trees_are_told_apart() {
    let mut texts = Texts {
        code: String::new(),
        spec: String::new(),
    };
    let Some((bench, trees)) = bench(&mut texts) else {
        return;
    };
    assert!(trees.len() >= 60, "{}", trees.len());
    let mut wrong = Vec::new();
    for (tree, (said, why)) in trees.iter().zip(said(&bench, &trees, &[])) {
        if is_wrong(tree.does, &said) || said != tree.said {
            let (name, does, expected) = (tree.name, tree.does, tree.said);
            wrong.push(format!(
                "{name} ({}): {does:?}, {expected}, said {said}: {why}",
                tree.patch
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_fix_that_was_reverted_is_missing() {
    let mut texts = Texts {
        code: String::new(),
        spec: String::new(),
    };
    let Some((bench, _)) = bench(&mut texts) else {
        return;
    };
    bench.git("repo", &["checkout", "-q", "-f", "--detach", "fixed"]);
    bench.write(&format!("repo/{FILE}"), &texts.code);
    bench.write(&format!("repo/{SPEC}"), &texts.spec);
    bench.git("repo", &["commit", "-qam", "revert"]);
    let args = [
        "gate", "-q", "--repo", "repo", "--format", "json", "HEAD~1", "HEAD",
    ];
    let document = bench.run(&args).ends_with(1).json();
    for (row, expected) in [(0, "fixed"), (1, "missing")] {
        for patch in 0..2 {
            assert_eq!(
                document["revisions"][row]["patches"][patch]["status"],
                expected
            );
        }
    }
}

#[test]
fn played_none_of_them_is_told_wrong_and_more_are_told() {
    if std::env::var_os("PATCHWRIGHT_PLAY_TREES").is_none() {
        println!("skipped: PATCHWRIGHT_PLAY_TREES is not set");
        return;
    }
    if !have(&["git", "cc", "rpmspec", "bwrap"]) {
        return missing("what plays trees");
    }
    let mut texts = Texts {
        code: String::new(),
        spec: String::new(),
    };
    let Some((bench, trees)) = bench(&mut texts) else {
        return;
    };
    let answers = said(&bench, &trees, &["--prove"]);
    let mut wrong = Vec::new();
    for (tree, (said, why)) in trees.iter().zip(&answers) {
        if is_wrong(tree.does, said) {
            wrong.push(format!(
                "{} ({}): {:?}, said {said}: {why}",
                tree.name, tree.patch, tree.does
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let open = answers
        .iter()
        .filter(|(said, _)| said == "undetermined")
        .count();
    let open_by_structure = trees
        .iter()
        .filter(|tree| tree.said == "undetermined")
        .count();
    println!(
        "{open} of {} are open, {open_by_structure} by structure alone",
        trees.len()
    );
    assert!(open < open_by_structure);
}
