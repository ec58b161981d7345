//! Scripts, and what each of the ways runs that they may go.

use super::run::{World, ways};

struct Caps;

impl World for Caps {
    fn names(&self, command: &str) -> bool {
        command.contains("/d/caps")
    }

    fn is_there(&self, path: &str) -> bool {
        ["/d", "/d/caps"].contains(&path)
    }

    fn is_it(&self, path: &str) -> bool {
        path == "/d/caps"
    }

    fn may_be(&self, command: &str) -> Option<String> {
        command
            .starts_with("rm \0")
            .then(|| command.replace('\0', ""))
    }

    fn hints(&self, name: &str) -> bool {
        name.contains("empty-caps")
    }
}

/// Each way's commands, one way behind the other; those that are not sure with a question mark, those that fail with a point.
fn told(script: &str) -> String {
    let Some(found) = ways(script, &["1"], &Caps) else {
        return "unreadable".to_owned();
    };
    let ways = found.ways.iter().map(|way| {
        let runs = way.runs.iter().map(|run| {
            let sign = if run.unsure.is_some() { "?" } else { "" };
            format!("{}{sign}", run.text)
        });
        let sign = if way.fails.is_some() { "!" } else { "" };
        format!("{}{sign}", runs.collect::<Vec<_>>().join("; "))
    });
    let mut ways: Vec<String> = ways.collect();
    ways.sort();
    if found.open.is_some() {
        ways.push("open".to_owned());
    }
    ways.join(" | ")
}

fn all_are_told(cases: &[(&str, &str)]) {
    for (script, expected) in cases {
        assert_eq!(told(script), *expected, "{script}");
    }
}

#[test]
fn values_are_put_in_where_they_are_known() {
    all_are_told(&[
        ("x /d/caps >/dev/null 2>&1 || :", "x /d/caps"),
        ("a=/d; b=$a/caps\nx \"$b\" \"${b}\"", "x /d/caps /d/caps"),
        (
            "a='/d/caps y'; x $a; x \"$a\"",
            "x /d/caps y; x '/d/caps y'",
        ),
        ("a=/d/caps; x '$a'", ""),
        ("a=/d/caps; a=/e; x $a", ""),
        ("(a=/d/caps); x $a", ""),
        ("x ${A:-/d/caps} ${b-/d/caps}", "x /d/caps /d/caps"),
        (": ${a:=/d/caps}; x $a", "x /d/caps"),
        ("a=$(echo /d/caps); b=`echo $a`; x $b", "x /d/caps"),
        ("x /d/{caps,b}/{1,2}", "x /d/caps/1 /d/caps/2 /d/b/1 /d/b/2"),
        ("x '/d/caps{1,2}' /d/caps{1}", "x /d/caps{1,2} /d/caps{1}"),
        ("cd /d && x caps ./caps -n 1", "x /d/caps /d/caps -n 1"),
        ("c=/usr/bin/x; $c /d/ca\\ps", "x /d/caps"),
        ("%{__x} %{_d}/d/caps", "x %{_d}/d/caps"),
        ("x /d/caps # not /d/caps2\n# y /d/caps", "x /d/caps"),
        ("x \\\n /d/caps \\\n  y", "x /d/caps y"),
        ("f=$(find /d/caps); rm $f", "rm $(find /d/caps)"),
        ("rm $UNKNOWN", "rm $UNKNOWN?"),
    ]);
}

#[test]
fn conditions_that_are_known_are_followed_and_others_both_ways() {
    all_are_told(&[
        ("if true; then x /d/caps; else y /d/caps; fi", "x /d/caps"),
        ("false && x /d/caps; false || y /d/caps", "y /d/caps"),
        ("[ $1 -ge 1 ] && x /d/caps", "x /d/caps"),
        ("[ \"$1\" = 2 ] && x /d/caps", ""),
        (
            "if (( $1 > 1 || 2 == 1 + 1 )); then x /d/caps; fi",
            "x /d/caps",
        ),
        ("[[ $1 == [2-9] || -L /d/caps ]] && x /d/caps", ""),
        ("test -d /d/caps -a ! -h /d/caps && x /d/caps", "x /d/caps"),
        (
            "case $1 in 0) ;; 1|2) x /d/caps ;; *) y /d/caps ;; esac",
            "x /d/caps",
        ),
        ("if grep q f; then x /d/caps; fi", " | x /d/caps"),
        ("grep q f || x /d/caps", " | x /d/caps"),
        (
            "grep q f; if [ $? = 0 ]; then x /d/caps; fi",
            " | x /d/caps",
        ),
        ("exit 0\nx /d/caps", ""),
        ("(exit 1) || x /d/caps", "x /d/caps"),
        ("set -e\nfalse || :\nx /d/caps", "x /d/caps | x /d/caps!"),
        ("set -e\nfalse\nx /d/caps", ""),
        ("set -e\ngrep q f\nx /d/caps", " | x /d/caps | x /d/caps!"),
        ("! x /d/caps", "x /d/caps"),
        ("x /d/caps &", "x /d/caps?"),
        ("x /d/caps & wait", "x /d/caps"),
        ("trap 'x /d/caps' EXIT; exit 1", "x /d/caps"),
    ]);
}

#[test]
fn loops_functions_and_scripts_in_texts_are_followed() {
    all_are_told(&[
        ("for d in /d /e; do x $d/caps; done", "x /d/caps"),
        (
            "for d in a b; do [ $d = a ] && continue; x /d/caps/$d; break; done",
            "x /d/caps/b",
        ),
        (
            "while read -r d e; do x $d; done <<EOF\n/d/caps z\n/e\nEOF\n",
            "x /d/caps",
        ),
        (
            "i=0; while [ $i -lt 3 ]; do i=$((i + 1)); x /d/caps/$i; done",
            "x /d/caps/1; x /d/caps/2; x /d/caps/3",
        ),
        (
            "while true; do x /d/caps; break; done; y /d/caps",
            "x /d/caps; y /d/caps",
        ),
        ("until true; do x /d/caps; done", ""),
        (
            "f() { [ -n \"$1\" ] || return; x $1/caps; }\nf; f /d",
            "x /d/caps",
        ),
        ("f() { x /d/caps; }", ""),
        ("x() { :; }\nx /d/caps; command x /d/caps", "x /d/caps"),
        ("f() { f; }\nf", " | open"),
        (
            "sh -c 'x $1' s /d/caps; eval \"y /d/caps\"",
            "x /d/caps; y /d/caps",
        ),
        (
            "sh <<'EOF'\nx /d/caps\nEOF\necho 'y /d/caps' | bash -s",
            "x /d/caps; y /d/caps",
        ),
        ("cat <<EOF >f\nx /d/caps\nEOF\n: <<E\nx /d/caps\nE\n", ""),
        (
            "echo /d/caps | xargs -I@ x @ y; printf '%s\\n' /d/caps /e | xargs -n1 y",
            "x /d/caps y; y /d/caps",
        ),
        (
            "nice -n 9 env A=1 timeout 5 x /d/caps; exec y /d/caps; z /d/caps",
            "x /d/caps; y /d/caps",
        ),
        (
            "alias x=true; x /d/caps; PATH=/e; /bin/y /d/caps; z /d/caps",
            "x /d/caps?; y /d/caps; z /d/caps?",
        ),
    ]);
}

#[test]
fn what_a_shell_can_not_read_is_not_read_and_what_grows_is_given_up() {
    for script in [
        "x '",
        "if x",
        "x )",
        "case a in",
        "a=(1 2",
        "select a in b; do x; done",
        "x $(",
        "x ${a",
        "fi",
        "((",
    ] {
        assert_eq!(told(script), "unreadable", "{script}");
    }
    let nested = format!("{}x{}", "( ".repeat(200), ")".repeat(200));
    assert_eq!(told(&nested), "unreadable");
    for script in [
        "a=aaaaaaaaaaaaaaaa; while :; do a=$a$a; done".to_owned(),
        (0..20).fold(String::new(), |script, n| format!("{script}q && a{n}=1\n")),
        "while q; do i=$i.; done".to_owned(),
        "for a in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0; do ".repeat(6)
            + "x"
            + &"; done".repeat(6),
    ] {
        assert!(told(&script).ends_with("open"), "{script}");
    }
}

#[test]
fn values_are_made_as_the_shell_makes_them() {
    all_are_told(&[
        (
            "a=(/d/caps /e); x ${a[0]}; x \"${a[@]}\"",
            "x /d/caps; x /d/caps /e",
        ),
        (
            "a=(/e); a+=(/d/caps)\nfor i in \"${a[@]}\"; do x $i; done",
            "x /d/caps",
        ),
        ("a=(/d/caps)\nx ${a[1]} ${#a[@]}", ""),
        ("a=/d; a+=/caps; x $a", "x /d/caps"),
        ("a=/d/caps; b=a; x ${!b}", "x /d/caps"),
        ("a=/d/caps/; x ${a%/} ${a%/*}", "x /d/caps /d/caps"),
        ("x $'/d/caps' $\"/d/caps\"", "x /d/caps /d/caps"),
        (
            "printf -v a '%s/%s' /d caps; printf -v b '%s' /d/caps; x $b",
            "x /d/caps",
        ),
        ("f() { local a=/d/caps; x $a; }; f; x $a", "x /d/caps"),
        ("a=/d/caps; sh -c 'x $a'", ""),
        ("export a=/d/caps; sh -c 'x $a'", "x /d/caps"),
        ("a=/d/caps sh -c 'x $a'; sh -c 'x $a'", "x /d/caps"),
        ("env a=/d/caps sh -c 'x $a'", "x /d/caps"),
        ("x /d//./caps", "x /d/caps"),
        ("fi''x /d/caps", "fix /d/caps"),
    ]);
}

#[test]
fn what_ends_a_script_ends_it() {
    all_are_told(&[
        ("set -u\necho $a\nx /d/caps", ""),
        ("a=\nset -u\necho $a\nx /d/caps", "x /d/caps"),
        ("echo ${a:?}\nx /d/caps", ""),
        ("set -n\nx /d/caps", ""),
        ("sh -n <<E\nx /d/caps\nE", ""),
        ("trap 'x /d/caps' EXIT\nexec true", ""),
        ("x /d/caps\nkill -9 $$", "x /d/caps!"),
        ("kill -0 $$ && x /d/caps", " | x /d/caps"),
        ("local a=/d/caps\nx $a", ""),
        ("readonly a=/e\na=/d/caps\nx $a", ""),
        ("x /d/caps\nwhile :; do :; done", "x /d/caps!"),
        (". /e/f\nx /d/caps", "x /d/caps?"),
        ("while read a; do x /d/caps; done </dev/null", ""),
    ]);
}

#[test]
fn loops_that_count_and_cases_that_fall_through_are_followed() {
    all_are_told(&[
        (
            "for ((i = 0; i < 2; i++)); do x /d/caps$i; done",
            "x /d/caps0; x /d/caps1",
        ),
        ("for ((i = 2; i < 2; i++)); do x /d/caps; done", ""),
        (
            "case $1 in\n1) : ;&\n2) x /d/caps;;\n*) x /d/caps/b;;\nesac",
            "x /d/caps",
        ),
        (
            "case $1 in\n1) : ;;&\n2) x /d/caps;;\n*) x /d/caps/b;;\nesac",
            "x /d/caps/b",
        ),
        ("time -p x /d/caps", "x /d/caps"),
        ("empty-caps", "empty-caps?"),
        ("eval \"$(y)\"", "eval $(y)?"),
        ("echo 'x /d/caps' | at now", "at now '/x /d/caps\n'"),
        (
            "if command -v find >/dev/null && [ -x /usr/bin/find ]; then x /d/caps; fi",
            "x /d/caps",
        ),
        ("[ \"$(id -u)\" = 0 ] && x /d/caps", "x /d/caps"),
        (
            "[ -n \"$(ls -A /d/caps)\" ] && x /d/caps",
            "ls -A /d/caps; x /d/caps",
        ),
    ]);
}
