//! A spec that a build system makes of the template beside it: it changes when the template does, and is not judged by itself.
//!
//! Format facts: what `configure` makes of `NAME.in` is `NAME`, each `@VARIABLE@` in it replaced (Autoconf's manual, "Configuration
//! Files"); meson's `configure_file` does the same. Archives of a release hold both.

use regex::Regex;
use std::sync::LazyLock;

use crate::locate;
use crate::series::step::Insert;
use crate::syntax::spec::Spec;
use crate::text::{Span, diff};

static VARIABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("@[A-Za-z_][A-Za-z0-9_]*@").ok());

/// Returns whether one path names what is made of the other.
pub(super) fn is_named_for(product: &str, template: &str) -> bool {
    template.strip_suffix(".in") == Some(product)
}

/// Returns whether a spec is what was made of a template, or of the template as it was with other lines in the sections that a step
/// puts its own into: nothing else differs but the variables.
pub(super) fn is_made_of(template: &Spec, product: &Spec, wanted: &Insert) -> bool {
    let specs = [template, product];
    let lines = specs.map(|spec| lines(spec, wanted));
    let texts = [0, 1].map(|side| -> Vec<&str> {
        lines[side]
            .iter()
            .map(|(span, _)| specs[side].source.slice(*span))
            .collect()
    });
    diff::replacements(&texts[0], &texts[1])
        .into_iter()
        .all(|(before, after)| {
            let [mut old, mut new] = [&lines[0][before.clone()], &lines[1][after.clone()]];
            let [mut was, mut is] = [&texts[0][before], &texts[1][after]];
            while let ([was_first, was_rest @ ..], [is_first, is_rest @ ..]) = (was, is)
                && is_filled(was_first, is_first)
            {
                (was, is, old, new) = (was_rest, is_rest, &old[1..], &new[1..]);
            }
            while let ([was_rest @ .., was_last], [is_rest @ .., is_last]) = (was, is)
                && is_filled(was_last, is_last)
            {
                (was, is) = (was_rest, is_rest);
                (old, new) = (&old[..was.len()], &new[..is.len()]);
            }
            old.iter().chain(new).all(|(_, is_wanted)| *is_wanted)
        })
}

/// The lines of a spec, and whether each is one of a section that the step puts its lines into.
fn lines(spec: &Spec, wanted: &Insert) -> Vec<(Span, bool)> {
    let bodies: Vec<Span> = locate::openings(spec, wanted)
        .into_iter()
        .map(|opening| opening.section.body)
        .collect();
    let mut start = 0;
    let cut = spec.source.text().split_inclusive('\n').map(|line| {
        let span = Span::new(start, start + line.len());
        start = span.end;
        (span, bodies.iter().any(|body| body.contains(span)))
    });
    cut.collect()
}

/// Whether a line is another with its variables replaced.
fn is_filled(template: &str, line: &str) -> bool {
    let Some(variable) = VARIABLE.as_ref().filter(|re| re.is_match(template)) else {
        return false;
    };
    let fixed: Vec<String> = variable.split(template).map(regex::escape).collect();
    Regex::new(&format!("^{}$", fixed.join(".*"))).is_ok_and(|re| re.is_match(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::step::SectionChoice;
    use crate::text::Source;

    const TEMPLATE: &str =
        "Name: tool\nVersion: @VERSION@\n%files\n/usr/bin/tool\n%post\nfirst\nexit 0\n%changelog\n";

    fn is_made(template: &str, product: &str) -> bool {
        let [template, product] =
            [template, product].map(|text| Spec::scan(&Source::new("tool.spec", text.as_bytes())));
        let section = SectionChoice {
            keyword: "post".into(),
            package: String::new(),
            ships: None,
        };
        let wanted = Insert {
            sections: vec![section],
            template: Source::new("lines", *b""),
        };
        is_made_of(&template, &product, &wanted)
    }

    #[test]
    fn a_product_differs_in_variables_and_in_the_section_that_is_judged() {
        let product = TEMPLATE.replace("@VERSION@", "1.0 beta");
        assert!(is_made(TEMPLATE, &product));
        let fixed = TEMPLATE.replace("first\n", "first\nfind /var -delete\n");
        assert!(is_made(&fixed, &product));
        assert!(is_made(TEMPLATE, &product.replace("exit 0\n", "")));
        let literal = TEMPLATE.replace("@VERSION@", "1.0");
        assert!(is_made(&literal, &literal));
    }

    #[test]
    fn a_spec_of_its_own_is_no_product() {
        let product = TEMPLATE.replace("@VERSION@", "1.0");
        for (from, to) in [
            ("Name: tool\n", "Name: tool\nRelease: 1\n"),
            ("/usr/bin/tool\n", ""),
            ("%changelog\n", "%changelog\n- ours\n"),
            ("Version: 1.0\n", "Version 1.0\n"),
            ("%post\n", "%post other\n"),
        ] {
            let own = product.replace(from, to);
            assert!(!is_made(TEMPLATE, &own), "{own}");
        }
    }

    #[test]
    fn a_template_and_its_product_are_known_by_their_names() {
        assert!(is_named_for("a/tool.spec", "a/tool.spec.in"));
        assert!(!is_named_for("tool.spec", "a/tool.spec.in"));
        assert!(!is_named_for("tool.spec.in", "tool.spec"));
    }
}
