//! An RPM spec cut into sections, with the stack of `%if`s around each line. Does not expand macros.
//!
//! Format facts: rpm recognises a section by its keyword, in large or small letters, at the very start of a line and a conditional after
//! blanks (rpm's own documentation, "Spec file format"; that letters do not matter, rpm 4.18).

use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::text::{Source, Span};

/// A spec seen as sections.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The file.
    pub source: Source,
    /// Its sections in order; what stands before the first heading is the preamble and not listed.
    pub sections: Vec<Section>,
}

/// One section: a heading and what follows up to the next heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// Keyword without its percent sign: `post`, `files`, `package`.
    pub keyword: String,
    /// The package that it is for.
    pub package: Package,
    /// Interpreter given with `-p`.
    pub program: Option<String>,
    /// The heading, its line end included.
    pub heading: Span,
    /// Everything after the heading up to the next one.
    pub body: Span,
    /// The conditionals around the heading, outermost first.
    pub conditions: Vec<Condition>,
}

/// Which package a section belongs to, as the heading names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Package {
    /// The package that the spec is named for.
    Main,
    /// A sub-package: `daemon` for `NAME-daemon`.
    Sub(String),
    /// A package under its full name (`-n`).
    Named(String),
}

impl Package {
    /// Returns the package's full name, given the spec's own.
    pub fn full_name(&self, spec_name: &str) -> String {
        match self {
            Package::Main => spec_name.to_owned(),
            Package::Sub(sub) => format!("{spec_name}-{sub}"),
            Package::Named(name) => name.clone(),
        }
    }
}

/// A branch of a conditional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The condition as it stands: `%{with_qemu}`, or `arch x86_64` for `%ifarch x86_64`.
    pub text: String,
    /// Whether this is the `%else` of it.
    pub otherwise: bool,
}

impl Condition {
    /// Returns whether the branch can never be taken, whatever the macros are.
    pub fn is_dead(&self) -> bool {
        let never = matches!(self.text.as_str(), "0" | "!1" | "! 1");
        let always = matches!(self.text.as_str(), "1" | "!0" | "! 0");
        if self.otherwise { always } else { never }
    }
}

/// A line of a section and the conditionals around it, outermost first.
#[derive(Clone, Debug)]
pub struct Line {
    /// The line, its end included.
    pub span: Span,
    /// All conditionals that it stands in, those around its section too.
    pub conditions: Vec<Condition>,
    /// Whether it is `%if`, `%else` or `%endif` itself.
    pub directive: bool,
}

static HEADING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"^(?i)%(package|description|prep|generate_buildrequires|conf|build|install|check|clean|preun|postun|pretrans|posttrans|",
        r"preuntrans|postuntrans|pre|post|verifyscript|files|changelog|sourcelist|patchlist|",
        r"trigger(?:un|in|prein|postun)?|(?:trans)?filetrigger(?:in|un|postun)?)(?:[ \t]+(.*))?$"
    ))
    .ok()
});
static DIRECTIVE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[ \t]*%(if|ifarch|ifnarch|ifos|ifnos|elif|elifarch|elifos|else|endif)\b(.*)$")
        .ok()
});

/// Returns whether rpm has a section of that name, as it is written behind the `%`.
pub fn is_section(keyword: &str) -> bool {
    HEADING.as_ref().is_some_and(|heading| {
        let written = format!("%{keyword}");
        heading
            .captures(&written)
            .is_some_and(|found| &found[1] == keyword)
    })
}

impl Spec {
    /// Cuts a text into sections. Never fails: a text without headings has none.
    pub fn scan(source: &Source) -> Self {
        let mut sections: Vec<Section> = Vec::new();
        each_line(
            source.text(),
            source.whole(),
            Vec::new(),
            |span, conditions, directive| {
                // Most lines are none; the expression would cost more than all else.
                let text = source.slice(span).trim_end();
                let heading = HEADING
                    .as_ref()
                    .filter(|_| !directive && text.starts_with('%'));
                if let Some(heading) = heading.and_then(|re| re.captures(text)) {
                    let (package, program) = arguments(heading.get(2).map_or("", |m| m.as_str()));
                    sections.push(Section {
                        keyword: heading[1].to_ascii_lowercase(),
                        package,
                        program,
                        heading: span,
                        body: Span::new(span.end, span.end),
                        conditions: conditions.to_vec(),
                    });
                } else if let Some(last) = sections.last_mut() {
                    last.body.end = span.end;
                }
            },
        );
        Spec {
            source: source.clone(),
            sections,
        }
    }

    /// Returns the sections with a keyword and a package, in order: a spec may have one in each branch of a conditional.
    pub fn sections<'s>(
        &'s self,
        keyword: &'s str,
        package: &'s Package,
    ) -> impl Iterator<Item = &'s Section> + 's {
        let name = self.tag("name").unwrap_or_default();
        let full_name = move |package: &Package| {
            let full = package.full_name(name);
            if !full.contains('%') {
                return full;
            }
            let name_macro = ["%{name}", "%name"];
            let full = name_macro
                .iter()
                .fold(full, |full, m| full.replace(m, name));
            self.with_plain_macros(full)
        };
        let wanted = full_name(package);
        // `daemon` and `-n NAME-daemon` are the same package.
        self.sections
            .iter()
            .filter(move |section| section.keyword == keyword)
            .filter(move |section| {
                section.package == *package || full_name(&section.package) == wanted
            })
    }

    /// A name in which the macros have given way that the preamble defines once, as a word.
    fn with_plain_macros(&self, name: String) -> String {
        let mut text = name;
        for line in self.source.text().lines() {
            let definition = ["%define ", "%global "]
                .iter()
                .find_map(|word| line.strip_prefix(word));
            let mut words = definition.unwrap_or_default().split_whitespace();
            if let (Some(macro_), Some(value), None) = (words.next(), words.next(), words.next()) {
                text = text.replace(&format!("%{{{macro_}}}"), value);
            }
        }
        text
    }

    /// Returns the lines of a section, each with its conditionals.
    pub fn lines(&self, section: &Section) -> Vec<Line> {
        lines_of(self.source.text(), section.body, section.conditions.clone())
    }

    /// Returns all lines, each with its conditionals.
    pub fn all_lines(&self) -> Vec<Line> {
        lines_of(self.source.text(), self.source.whole(), Vec::new())
    }

    /// Returns the lines in front of the first section, each with its conditionals.
    pub fn preamble(&self) -> Vec<Line> {
        let text = self.source.text();
        let end = self.sections.first();
        let end = end.map_or(text.len(), |section| section.heading.start);
        lines_of(text, Span::new(0, end), Vec::new())
    }

    /// Returns the names of the macros that the spec uses: `with_qemu` of `%{with_qemu}` and `%{?with_qemu}`.
    pub fn macros(&self) -> BTreeSet<String> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let behind = self.source.text().split('%').skip(1);
        let names = behind.map(|text| {
            let text = text.strip_prefix('{').unwrap_or(text);
            let text = text.trim_start_matches(['?', '!']);
            &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
        });
        let is_name = |name: &&str| name.starts_with(|c: char| !c.is_ascii_digit());
        names.filter(is_name).map(str::to_owned).collect()
    }

    /// Returns the value of a tag of the preamble, such as `Name`.
    pub fn tag(&self, tag: &str) -> Option<&str> {
        let text = self.source.text();
        let end = self
            .sections
            .first()
            .map_or(text.len(), |section| section.heading.start);
        text[..end].lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case(tag).then(|| value.trim())
        })
    }
}

fn arguments(text: &str) -> (Package, Option<String>) {
    let mut package = Package::Main;
    let mut program = None;
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            // What a trigger watches follows.
            "--" => break,
            "-n" => {
                package = words
                    .next()
                    .map_or(Package::Main, |name| Package::Named(name.to_owned()));
            }
            "-p" => program = words.next().map(str::to_owned),
            "-f" | "-l" | "-P" => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word if package == Package::Main => package = Package::Sub(word.to_owned()),
            _ => {}
        }
    }
    (package, program)
}

fn lines_of(text: &str, within: Span, around: Vec<Condition>) -> Vec<Line> {
    let mut lines = Vec::new();
    each_line(text, within, around, |span, conditions, directive| {
        lines.push(Line {
            span,
            conditions: conditions.to_vec(),
            directive,
        });
    });
    lines
}

/// Shows each line, the conditionals that it stands in, and whether it is one of their own.
fn each_line(
    text: &str,
    within: Span,
    around: Vec<Condition>,
    mut look: impl FnMut(Span, &[Condition], bool),
) {
    // A branch is left by as many conditions as it was entered by: those of the branches before it, and its own.
    let mut depths = vec![1; around.len()];
    let mut stack = around;
    let mut at = within.start;
    for line in text[within.start..within.end].split_inclusive('\n') {
        let span = Span::new(at, at + line.len());
        at = span.end;
        let may_be = line.trim_start_matches([' ', '\t']).starts_with('%');
        let directive = DIRECTIVE
            .as_ref()
            .filter(|_| may_be)
            .and_then(|re| re.captures(line.trim_end()));
        if let Some(directive) = &directive {
            turn(&mut stack, &mut depths, &directive[1], directive[2].trim());
        }
        look(span, &stack, directive.is_some());
    }
}

fn turn(stack: &mut Vec<Condition>, depths: &mut Vec<usize>, keyword: &str, condition: &str) {
    let close = |stack: &mut Vec<Condition>| {
        if let Some(top) = stack.last_mut() {
            top.otherwise = true;
        }
    };
    // `%else` and `%endif` take no condition, but old specs write a comment there.
    match keyword {
        "endif" => {
            let depth = depths.pop().unwrap_or(0);
            stack.truncate(stack.len().saturating_sub(depth));
        }
        "else" => close(stack),
        _ => {
            let is_other = keyword.starts_with("elif");
            if is_other {
                close(stack);
            }
            match depths.last_mut() {
                Some(depth) if is_other => *depth += 1,
                _ => depths.push(1),
            }
            let kind = keyword.trim_start_matches("el").trim_start_matches("if");
            let text = if kind.is_empty() {
                condition.to_owned()
            } else {
                format!("{kind} {condition}")
            };
            stack.push(Condition {
                text,
                otherwise: false,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "Name: tool\n%package daemon\nSummary: x\n%if %{with_d}\n    %if %{with_s}\n%post daemon\n        %if 0\nrm x\n        %else\nls\n        %endif\n    %endif # %{with_s}\n%files daemon\n%{_sbindir}/toold\n%endif\n%post -n other -p /sbin/ldconfig\n%postun\n";

    fn spec() -> Spec {
        Spec::scan(&Source::new("tool.spec", SPEC.as_bytes()))
    }

    #[test]
    fn sections_are_found_with_package_program_and_conditions() {
        let spec = spec();
        let keywords: Vec<_> = spec.sections.iter().map(|s| s.keyword.as_str()).collect();
        assert_eq!(keywords, ["package", "post", "files", "post", "postun"]);
        let post = &spec.sections[1];
        assert_eq!(post.package, Package::Sub("daemon".into()));
        assert_eq!(post.package.full_name("tool"), "tool-daemon");
        assert_eq!(
            post.conditions
                .iter()
                .map(|c| c.text.as_str())
                .collect::<Vec<_>>(),
            ["%{with_d}", "%{with_s}"]
        );
        assert_eq!(spec.sections[3].package, Package::Named("other".into()));
        assert_eq!(spec.sections[3].program.as_deref(), Some("/sbin/ldconfig"));
        assert_eq!(spec.tag("name"), Some("tool"));
    }

    #[test]
    fn lines_know_the_conditionals_around_them_and_a_dead_branch_is_dead() {
        let spec = spec();
        let lines = spec.lines(&spec.sections[1]);
        let of = |text: &str| {
            lines
                .iter()
                .find(|line| spec.source.slice(line.span).trim() == text)
                .unwrap()
        };
        assert!(of("rm x").conditions.last().unwrap().is_dead());
        assert!(!of("ls").conditions.last().unwrap().is_dead());
        assert_eq!(of("ls").conditions.len(), 3);
        // The conditional that closes behind the section is gone from the stack by then.
        assert_eq!(spec.sections[2].conditions.len(), 1);
    }

    #[test]
    fn macros_are_listed_by_name() {
        assert!(spec().macros().contains("with_d"));
        assert!(!spec().macros().contains("with_qemu"));
    }

    #[test]
    fn what_is_not_a_spec_has_no_sections() {
        for text in ["", "%endif\n%else\n", "%posting\n", " %post\n", "\u{e9}%if"] {
            assert!(
                Spec::scan(&Source::new("x", text.as_bytes()))
                    .sections
                    .is_empty(),
                "{text}"
            );
        }
    }
}
