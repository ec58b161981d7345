//! Specs of many styles, and what one more patch needs in each.

use super::*;
use crate::edit;
use crate::text::Source;

/// Returns `%prep` with what patches of these numbers need, and whether git applies them.
fn more(tags: &str, prep: &str, numbers: &[u32]) -> Result<(String, bool), Problem> {
    let text = format!("Name: x\nSource: s\n{tags}%prep\n{prep}%build\n");
    let source = Source::new("x.spec", text.as_bytes());
    let spec = Spec::scan(&source);
    let applied = apply(&spec, &tags::patches(&spec), numbers)?;
    let edits: Vec<Edit> = applied.edit.into_iter().collect();
    let edited = edit::apply(&source, &edits).unwrap();
    let new = String::from_utf8(edited.bytes).unwrap();
    let (_, new) = new.split_once("%prep\n").unwrap();
    let new = new.strip_suffix("%build\n").unwrap().to_owned();
    Ok((new, applied.by_git))
}

/// Asserts that a `%prep` needs nothing for one more patch, and who applies it.
fn needs_nothing(tags: &str, prep: &str, by_git: bool) {
    let (new, git) = more(tags, prep, &[2]).unwrap();
    assert_eq!((new.as_str(), git), (prep, by_git), "{prep}");
}

/// Asserts what stands below a line of `%prep` that applies patch 1 once patch 2 is there too.
fn is_followed(line: &str, by: &str) {
    let prep = format!("%setup -q\n{line}\nautoreconf\n");
    let (new, by_git) = more("Patch1: a\n", &prep, &[2]).unwrap();
    assert_eq!(new, format!("%setup -q\n{line}\n{by}\nautoreconf\n"));
    assert!(!by_git, "{prep}");
}

#[test]
fn what_applies_every_patch_needs_no_line() {
    let one = "Patch1: a.patch\n";
    needs_nothing(one, "%autosetup -p1\n", false);
    needs_nothing("", "%autosetup -n x -p 1\n", false);
    needs_nothing(one, "%autosetup -S git_am -n %{name}-%{version}\n", true);
    needs_nothing(one, "%autosetup \\\n    -Sgit\n", true);
    needs_nothing(one, "%setup -q\n%autopatch -p1\n", false);
    needs_nothing(one, "%autosetup -N -S git\n%autopatch\n", true);
    let ranges = "%autosetup -N\n%autopatch -p1 -M 1\n%autopatch -p1 -m2\n";
    needs_nothing(one, ranges, false);
    let own = "%setup -q\nfor p in %{patches}; do patch -p1 <$p; done\n";
    needs_nothing(one, own, false);
    let lua = "%setup -q\n%{lua:\n  for i, p in ipairs(patches) do\n f:write(p)\n end\n}\nxargs git am <$L\n";
    needs_nothing(one, lua, true);
    needs_nothing("", lua, true);
}

#[test]
fn a_patch_that_is_applied_by_its_number_is_followed_by_another() {
    is_followed("%patch1 -p1", "%patch2 -p1");
    is_followed("%patch0001 -p1 -b .cve", "%patch0002 -p1");
    is_followed("%patch -P1 -p0", "%patch -P2 -p1");
    is_followed("%patch -p1 -P 1", "%patch -p1 -P 2");
    is_followed("%patch 1 -p1", "%patch 2 -p1");
    is_followed("%patch1", "%patch2 -p1");
    is_followed("patch -p0 < %{PATCH1}", "patch -p1 < %{PATCH2}");
    is_followed("%autopatch -p1 1", "%autopatch -p1 2");
    let ranged = "%autopatch -p1 -M 0\n%patch -P 1 -p1";
    is_followed(ranged, "%patch -P 2 -p1");
}

#[test]
fn conditionals_are_passed_as_those_of_the_tags_are() {
    let prep = "%setup\n%if 0%{?fedora}\n%patch1 -p1\n%endif\nx\n";
    let (new, _) = more("Patch1: a\n", prep, &[2]).unwrap();
    assert_eq!(
        new,
        "%setup\n%if 0%{?fedora}\n%patch1 -p1\n%endif\n%patch2 -p1\nx\n"
    );
    let tags = "Patch1: a\n%if 1\nPatch9: b\n%endif\n";
    let prep = "%setup\n%patch1 -p1\n%if 1\n%patch9 -p1\n%endif\n";
    let (new, _) = more(tags, prep, &[2]).unwrap();
    assert_eq!(
        new,
        "%setup\n%patch1 -p1\n%patch2 -p1\n%if 1\n%patch9 -p1\n%endif\n"
    );
}

#[test]
fn the_first_patches_are_applied_below_what_unpacks() {
    let two = "%patch -P 1 -p1\n%patch -P 2 -p1\n";
    let (new, _) = more("", "%setup -q\nautoreconf\n", &[1, 2]).unwrap();
    assert_eq!(new, format!("%setup -q\n{two}autoreconf\n"));
    for prep in ["%setup -q -T \\\n  -b 0\n", "%autosetup -N\n"] {
        let (new, _) = more("", prep, &[1, 2]).unwrap();
        assert_eq!(new, format!("{prep}{two}"));
    }
}

#[test]
fn comments_and_dead_branches_apply_nothing() {
    let prep = "%setup -q\n#%patch1 -p1\n%if 0\n%autosetup -p1\n%endif\n";
    let problem = more("Patch1: a\n", prep, &[2]).unwrap_err();
    assert_eq!(problem.code, "dist-git-prep-unknown");
}

#[test]
fn what_is_not_known_is_a_problem() {
    for (tags, prep, code) in [
        (
            "Patch1: a\n",
            "%setup -q\n./apply-all\n",
            "dist-git-prep-unknown",
        ),
        (
            "Patch1: a\n",
            "%setup -q\n%autopatch -p1 -M 1\n",
            "dist-git-prep-unknown",
        ),
        ("", "tar xf s\n", "dist-git-prep-unknown"),
        ("Patch1: a\n", "%autosetup\n", "dist-git-strip"),
        ("Patch1: a\n", "%autosetup -p0\n", "dist-git-strip"),
        (
            "Patch1: a\n",
            "%autosetup -p2 -S git_am\n",
            "dist-git-strip",
        ),
    ] {
        assert_eq!(more(tags, prep, &[2]).unwrap_err().code, code, "{prep}");
    }
}
