//! Lines of a spec's scriptlets that a patch does not take away and that stand in another section behind it. Asks no rpm.

use std::collections::BTreeMap;

use crate::syntax::spec::Spec;
use crate::text::Source;

/// The sections that hold what rpm runs.
const SCRIPTLETS: [&str; 7] = [
    "pretrans",
    "pre",
    "post",
    "preun",
    "postun",
    "posttrans",
    "verifyscript",
];

/// Lines, and how often each is there.
type Lines<'s> = BTreeMap<&'s str, usize>;

/// Tells each scriptlet that loses lines which are not `removed`: its section, and how many.
pub(super) fn cut(before: &Source, after: &Source, removed: &str) -> Vec<String> {
    let (before, after) = (Spec::scan(before), Spec::scan(after));
    let (old, new) = (scriptlets(&before), scriptlets(&after));
    let mut removed = counted(removed);
    let mut told = Vec::new();
    for (section, lines) in old {
        // A scriptlet that is gone as a whole had its heading taken away.
        let Some(kept) = new.get(&section) else {
            continue;
        };
        let mut lost = 0;
        for (line, count) in lines {
            let gone = count.saturating_sub(kept.get(line).copied().unwrap_or(0));
            let known = removed.get_mut(line);
            let taken = known.map_or(0, |left| {
                let taken = gone.min(*left);
                *left -= taken;
                taken
            });
            lost += gone - taken;
        }
        if lost > 0 {
            let lines = super::counted(lost, "line stands", "lines stand");
            told.push(format!(
                "of `{section}` {lines} in another section, and the patch does not take them away"
            ));
        }
    }
    told
}

/// The lines of each scriptlet; those of sections with one heading, as `%if` may choose, together.
fn scriptlets(spec: &Spec) -> BTreeMap<String, Lines<'_>> {
    let mut all: BTreeMap<String, Lines> = BTreeMap::new();
    let sections = spec.sections.iter();
    for section in sections.filter(|section| SCRIPTLETS.contains(&section.keyword.as_str())) {
        let heading = spec.source.slice(section.heading).trim_end().to_owned();
        let own = all.entry(heading).or_default();
        for (line, count) in counted(spec.source.slice(section.body)) {
            *own.entry(line).or_default() += count;
        }
    }
    all
}

fn counted(text: &str) -> Lines<'_> {
    let mut lines = Lines::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() && !line.starts_with('#') {
            *lines.entry(line).or_default() += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str, removed: &str) -> Vec<String> {
        let source = |text: &str| Source::new("x.spec", text.as_bytes());
        cut(&source(before), &source(after), removed)
    }

    #[test]
    fn a_heading_put_into_a_scriptlet_cuts_it() {
        let before = "Name: x\n%post daemon\na\nb\n%files\n";
        let cut = told(
            before,
            "Name: x\n%post daemon\na\n%files daemon\nb\n%files\n",
            "",
        );
        assert_eq!(cut.len(), 1);
        assert!(cut[0].contains("`%post daemon` 1 line"), "{cut:?}");
    }

    #[test]
    fn what_a_patch_takes_away_moves_or_surrounds_is_not_cut() {
        let before = "%post\na\nfi\n%files\n";
        assert!(told(before, "%post\nfi\n%files\n", "a\n").is_empty());
        assert!(
            told(
                before,
                "%post\n%if 1\n  a\n%endif\nfi\n%posttrans\nfi\n%files\n",
                ""
            )
            .is_empty()
        );
        assert!(told(before, "%posttrans\na\nfi\n%files\n", "%post\n").is_empty());
    }
}
