//! Wrong and right cleanups of the cache, generated for the spec that a tree has: commands, directories, sections, conditions.

use super::Mutant;

const DIR: &str = "%{_localstatedir}/cache/libvirt/qemu/capabilities";
const QUIET: &str = ">/dev/null 2>&1 || :";
const HEADING: &str = "%post daemon\n";

fn empties(dir: &str) -> String {
    format!("find {dir} -xdev -mindepth 1 -delete {QUIET}")
}

fn at(text: &str, heading: &str, lines: &str) -> String {
    let start = format!("\n{heading}");
    let from = text.find(&start).unwrap() + start.len();
    format!("{}{}\n{}", &text[..from], lines, &text[from..])
}

/// The wrong cleanups of a spec.
pub(super) fn wrong(path: &str, text: &str) -> Vec<Mutant> {
    let mut all = Vec::new();
    let mut put = |kind: &'static str, name: String, text: String| {
        all.push(Mutant {
            kind,
            name,
            path: path.to_owned(),
            text,
        });
    };
    let kinds: [(&'static str, Vec<String>); 10] = [
        ("too much", too_much()),
        ("too little", too_little()),
        ("wrong directory", elsewhere()),
        ("misspelt macro", misspelt()),
        ("wrong argument", arguments()),
        ("dead condition", dead()),
        ("some distributions", some()),
        ("broken shell", broken(text)),
        ("failing", failing()),
        ("following links", links()),
    ];
    for (kind, forms) in kinds {
        for lines in forms {
            put(kind, lines.clone(), at(text, HEADING, &lines));
        }
    }
    for heading in scriptlets(text) {
        let name = heading.trim_end().to_owned();
        put("wrong section", name, at(text, &heading, &empties(DIR)));
    }
    all
}

/// The headings of all scriptlets that do not run when the daemon's package is installed.
fn scriptlets(text: &str) -> Vec<String> {
    let own = ["%post daemon", "%pre daemon", "%posttrans daemon"];
    let mut all: Vec<String> = text
        .lines()
        .filter(|line| {
            let first = line.split_whitespace().next().unwrap_or_default();
            let scriptlet = ["%pre", "%post", "%preun", "%postun", "%posttrans"].contains(&first);
            scriptlet && !own.contains(line) && !line.contains(" -p ")
        })
        .map(|line| format!("{line}\n"))
        .collect();
    all.dedup();
    all
}

fn too_much() -> Vec<String> {
    let mut forms = Vec::new();
    let mut dir = DIR;
    while let Some((above, _)) = dir.rsplit_once('/') {
        forms.push(empties(above));
        forms.push(format!("rm -rf {above}/* {QUIET}"));
        forms.push(format!(
            "find {above} -xdev -mindepth 1 -type f -delete {QUIET}"
        ));
        dir = above;
    }
    for rest in [
        "%{_sysconfdir}/libvirt",
        "%{_localstatedir}/lib/libvirt",
        "%{_localstatedir}/log/libvirt",
    ] {
        forms.push(format!("{}\n{}", empties(DIR), empties(rest)));
    }
    // The directory itself belongs to a package.
    forms.extend([
        format!("find {DIR} -delete {QUIET}"),
        format!("find {DIR} -depth -mindepth 0 -delete {QUIET}"),
        format!("rm -rf {DIR}"),
        format!("{}\nrmdir {DIR} {QUIET}", empties(DIR)),
        format!("{}\nmv {DIR} {DIR}.old {QUIET}", empties(DIR)),
        format!("mv {DIR} {DIR}.old {QUIET}"),
        format!("rm -rf {DIR} {QUIET}\n: >{DIR}"),
        format!(
            "{}\nchmod 0700 %{{_localstatedir}}/lib/libvirt",
            empties(DIR)
        ),
        format!(
            "{}\n: >%{{_localstatedir}}/lib/libvirt/qemu/new",
            empties(DIR)
        ),
    ]);
    forms
}

fn too_little() -> Vec<String> {
    let predicates = [
        "-name '*.xml'",
        "-name '[0-9]*'",
        "! -name '.*'",
        "-type f",
        "-type d",
        "-maxdepth 1 -type f",
        "-mindepth 2",
        "-empty",
        "-mtime +1",
        "-size +100",
        "-user nobody",
        "-name '*.cache'",
        "-newer /etc/passwd -name x",
        "! -name '*.xml'",
        "! -name '* *'",
        "-perm 0600",
        "-regex '.*/[0-9a-f]*[.]xml'",
    ];
    let mut forms: Vec<String> = predicates
        .iter()
        .map(|predicate| format!("find {DIR} -mindepth 1 {predicate} -delete {QUIET}"))
        .collect();
    forms.extend([
        format!("find {DIR} -mindepth 1 -print {QUIET}"),
        format!("find {DIR} -mindepth 1 -quit -delete {QUIET}"),
        format!("rm -f {DIR}/*.xml {QUIET}"),
        format!("rm -f {DIR}/* {QUIET}"),
        format!("ls -A {DIR} {QUIET}"),
        format!("echo '{}'", empties(DIR).replace('\'', "")),
        format!("# {}", empties(DIR)),
        format!(": {}", empties(DIR)),
        format!("touch {DIR} {QUIET}"),
        format!("truncate -s 0 {DIR}/*.xml {QUIET}"),
        format!("false && {}", empties(DIR)),
        format!("empty() {{\n    {}\n}}", empties(DIR)),
        format!("cat >/dev/null <<END\n{}\nEND", empties(DIR)),
        format!("at now {QUIET}\n[ -e /nothing ] && {}", empties(DIR)),
    ]);
    forms
}

fn elsewhere() -> Vec<String> {
    let parts: Vec<&str> = DIR.split('/').collect();
    let mut forms = Vec::new();
    for at in 1..parts.len() {
        let with = |part: Option<String>| {
            let mut other: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
            match part {
                Some(part) => other[at] = part,
                None => drop(other.remove(at)),
            }
            empties(&other.join("/"))
        };
        let own = parts[at];
        // Without its last part it is the directory above, which is too much.
        if at + 1 < parts.len() {
            forms.push(with(None));
        }
        forms.push(with(Some(own[..own.len() - 1].to_owned())));
        forms.push(with(Some(format!("{own}s"))));
        forms.push(with(Some(own.to_uppercase())));
    }
    for root in [
        "/srv",
        "/usr/local/var",
        "%{_sysconfdir}",
        "%{_datadir}",
        "%{_sharedstatedir}",
        "$HOME",
        ".",
    ] {
        forms.push(empties(&DIR.replace("%{_localstatedir}", root)));
    }
    forms.push(empties(&DIR.replace("qemu", "lxc")));
    forms
}

fn misspelt() -> Vec<String> {
    let name = "_localstatedir";
    let mut forms: Vec<String> = (0..name.len())
        .step_by(2)
        .map(|at| format!("{}{}", &name[..at], &name[at + 1..]))
        .map(|wrong| empties(&DIR.replace(name, &wrong)))
        .collect();
    for wrong in [
        "%{?_localstatdir}",
        "{_localstatedir}",
        "${_localstatedir}",
        "%%{_localstatedir}",
        "$localstatedir",
        "@localstatedir@",
        "%{localstatedir}",
        "%_localstatedirs",
    ] {
        forms.push(empties(&DIR.replace("%{_localstatedir}", wrong)));
    }
    forms
}

fn arguments() -> Vec<String> {
    let tests = [
        "$1 -eq 1",
        "$1 -ne 1",
        "$1 -gt 1",
        "$1 -ge 2",
        "$1 -eq 2",
        "$1 -lt 2",
        "$1 -eq 0",
        "$1 -lt 1",
        "$1 -gt 2",
        "-z \"$1\"",
        "\"$1\" = upgrade",
        "\"$1\" = configure",
        "$2 -ge 1",
        "$# -eq 0",
        "$# -gt 1",
    ];
    let mut forms: Vec<String> = tests
        .iter()
        .map(|test| format!("if [ {test} ] 2>/dev/null; then\n    {}\nfi", empties(DIR)))
        .collect();
    forms.push(format!("case \"$1\" in\n0) {};;\nesac", empties(DIR)));
    forms.push(format!("case \"$1\" in\n1) {};;\nesac", empties(DIR)));
    forms
}

fn dead() -> Vec<String> {
    let conditions = [
        "%if 0",
        "%if 0%{?patchwright_nothing}",
        "%if ! 1",
        "%if 1 && 0",
        "%if 0%{?rhel} && 0%{?fedora}",
        "%ifarch aarch64",
        "%ifnarch x86_64",
        "%ifos darwin",
        "%if \"a\" == \"b\"",
    ];
    conditions
        .iter()
        .map(|condition| format!("{condition}\n{}\n%endif", empties(DIR)))
        .collect()
}

fn some() -> Vec<String> {
    let conditions = [
        "%if 0%{?fedora}",
        "%if 0%{?rhel}",
        "%if 0%{?fedora} >= 26",
        "%if 0%{?rhel} >= 7",
        "%if 0%{?fedora} && 0%{?fedora} < 30",
        "%if ! 0%{?rhel}",
        "%if ! 0%{?fedora}",
        "%if \"%{?dist}\" == \".fc20\"",
        "%if \"%{?dist}\" != \".el6\"",
        "%if 0%{?rhel} != 6",
    ];
    conditions
        .iter()
        .map(|condition| format!("{condition}\n{}\n%endif", empties(DIR)))
        .collect()
}

fn broken(text: &str) -> Vec<String> {
    let find = empties(DIR);
    let start = text.find(HEADING).unwrap() + HEADING.len();
    let section = text[start..].split("\n%post").next().unwrap_or_default();
    let mut forms = vec![
        format!("if [ -d {DIR} ]; then\n{find}"),
        format!("{find}\nfi"),
        format!("for dir in {DIR}; do\n{find}"),
        format!("{find}\ndone"),
        format!("({find}"),
        format!("{find})"),
        format!("{{ {find}"),
        format!("{find} '"),
        format!("{find} \""),
        format!("&& {find}"),
        format!("{find} ;; "),
        format!("case $1 in\n{find}"),
        format!("if {find}; fi"),
        format!("while {find}"),
        format!("%if 1\n{find}"),
        format!("{find}\n%endif"),
        format!("%if\n{find}\n%endif"),
        format!("%{{\n{find}"),
        format!("cat <<END\n{find}"),
        format!("{find}\n%post daemon"),
        format!("{find}\n%files daemon"),
        format!("{find}\n%description"),
    ];
    // One that an apostrophe further down closes swallows what is between: in some trees nothing but a comment.
    forms.retain(|form| !form.ends_with(['\'', '"']) || !section.contains(&form[form.len() - 1..]));
    forms
}

fn failing() -> Vec<String> {
    let find = empties(DIR);
    vec![
        format!("{find}\nexit 1"),
        format!("{find}\nexit 3"),
        format!("find {DIR} -mindepth 1 -delete || exit 1"),
        format!("set -e\nfind {DIR} -mindepth 1 -delete"),
        format!("set -e\nfalse\n{find}"),
        format!("{find}\nkill -9 $$"),
        format!("set -u\necho $nothing\n{find}"),
        format!("{find}\nexec false"),
        format!("exit 0\n{find}"),
        format!("exec true\n{find}"),
        format!("{find}\nsleep 1000"),
        format!("{find}\nwhile :; do :; done"),
        format!("trap 'exit 1' EXIT\n{find}"),
        format!("{find}\n[ -d {DIR} ] || exit 1"),
    ]
}

fn links() -> Vec<String> {
    let mut forms: Vec<String> = [
        "find DIR/ -mindepth 1 -delete",
        "find DIR/. -mindepth 1 -delete",
        "find -L DIR -mindepth 1 -delete",
        "find -H DIR -mindepth 1 -delete",
        "find DIR -follow -mindepth 1 -delete",
        "find DIR/* -delete",
        "find $(readlink -f DIR) -mindepth 1 -delete",
        "find \"$(realpath DIR)\" -mindepth 1 -delete",
        "cd DIR && find . -mindepth 1 -delete",
        "cd DIR && rm -rf * .[!.]*",
        "pushd DIR && find . -mindepth 1 -delete",
        "rm -rf DIR/*",
        "rm -rf DIR/* DIR/.[!.]*",
        "rm -rf DIR/. DIR/*",
        "[ -L DIR ] || find DIR/ -mindepth 1 -delete",
        "[ -L DIR ] || rm -rf DIR/* DIR/.[!.]*",
        "test -h DIR || { cd DIR && find . -mindepth 1 -delete; }",
        "[ -d DIR ] && [ ! -L DIR ] && rm -rf DIR/* DIR/.[!.]*",
        "[ \"$(stat -c %%F DIR)\" = directory ] && find DIR/ -mindepth 1 -delete",
        "[ \"$(readlink -f DIR)\" = DIR ] && find DIR/ -mindepth 1 -delete",
        "ls -A DIR | while read -r name; do rm -rf \"DIR/$name\"; done",
        "find DIR -mindepth 1 -print0 | xargs -0 rm -rf",
        "find DIR -mindepth 1 -exec rm -rf {} +",
        "find DIR -mindepth 1 -maxdepth 1 -exec rm -rf {} \\;",
    ]
    .iter()
    .map(|form| format!("{} {QUIET}", form.replace("DIR", DIR)))
    .collect();
    forms.push(format!(
        "for file in {DIR}/* {DIR}/.[!.]*; do\n    rm -rf \"$file\" {QUIET}\ndone"
    ));
    forms
}

/// Right cleanups in other forms.
pub(super) fn right(path: &str, text: &str) -> Vec<Mutant> {
    let find = empties(DIR);
    let forms = [
        find.clone(),
        format!("find {DIR} -mindepth 1 -delete 2>/dev/null || true"),
        format!("/usr/bin/find -P {DIR} -mindepth 1 -depth -delete 2>/dev/null || :"),
        format!("cache={DIR}\nfind \"$cache\" -mindepth 1 -delete {QUIET}"),
        format!("if [ -d {DIR} ]; then\n    {find}\nfi"),
        format!("for dir in {DIR}; do\n    find $dir -mindepth 1 -delete {QUIET}\ndone"),
        format!("empty() {{\n    find \"$1\" -mindepth 1 -delete {QUIET}\n}}\nempty {DIR}"),
        format!("if [ $1 -ge 1 ]; then\n    {find}\nfi"),
        format!("%if 1\n{find}\n%endif"),
        format!("# The cache is of the build before.\n{find}"),
    ];
    forms
        .into_iter()
        .map(|lines| Mutant {
            kind: "right",
            name: lines.clone(),
            path: path.to_owned(),
            text: at(text, HEADING, &lines),
        })
        .collect()
}
