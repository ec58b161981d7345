//! Where in a text a step has its places, by structure. Text in, places out: knows no git and no disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::series::step::{Expression, Insert, SectionChoice};
use crate::syntax::c::{self, CFile, Function};
use crate::syntax::pattern::{Language, Pattern, Tree};
use crate::syntax::spec::{Condition, Package, Section, Spec};
use crate::text::{Problem, Site, Source, Span};
use regex::Regex;

/// An expression that a step looks for.
#[derive(Clone, Debug)]
pub struct Found {
    /// The whole expression.
    pub site: Site,
    /// Which of the step's rewrites it is.
    pub rewrite: usize,
    /// What stands in the holes.
    pub holes: BTreeMap<String, Span>,
    /// The statement that it is part of.
    pub statement: Span,
    /// The function that it is in.
    pub function: String,
}

/// A use of code in a function, with the way up from it.
#[derive(Clone, Debug)]
pub struct Use {
    /// The match.
    pub span: Span,
    /// What stands in the holes.
    pub holes: BTreeMap<String, Span>,
}

/// A function's syntax tree, its offsets being those of the file.
pub struct FunctionTree {
    /// The function.
    pub function: Function,
    tree: Tree,
}

impl FunctionTree {
    /// Parses one function of a file; dead branches are blank in it.
    pub fn parse(file: &CFile, function: &Function) -> Self {
        let text = &file.live[function.span.start..function.span.end];
        FunctionTree {
            function: function.clone(),
            tree: Tree::parse(Language::C, text),
        }
    }

    /// Returns the matches of a pattern whose holes fit, outside of nothing: also those inside a wider match.
    pub fn uses(
        &self,
        source: &Source,
        pattern: &Pattern,
        holes: &BTreeMap<String, Regex>,
    ) -> Vec<Use> {
        let found = self.all_uses(source, &[pattern], holes).into_iter();
        found.map(|(_, found)| found).collect()
    }

    /// Returns the matches of several patterns, each with the pattern's number, as [`FunctionTree::uses`] does those of one.
    pub fn all_uses(
        &self,
        source: &Source,
        patterns: &[&Pattern],
        holes: &BTreeMap<String, Regex>,
    ) -> Vec<(usize, Use)> {
        let shift = self.function.span.start;
        let fits = |found: &BTreeMap<String, Span>| {
            holes.iter().all(|(name, regex)| {
                found
                    .get(name)
                    .is_none_or(|span| regex.is_match(source.slice(*span)))
            })
        };
        let found = self.tree.all_matches(patterns).into_iter();
        let shifted = found.map(|(number, found)| {
            let holes = found.holes.into_iter();
            let found = Use {
                span: found.span.shifted(shift),
                holes: holes
                    .map(|(name, span)| (name, span.shifted(shift)))
                    .collect(),
            };
            (number, found)
        });
        shifted.filter(|(_, found)| fits(&found.holes)).collect()
    }

    /// Returns the chain of nodes around a place, innermost first, with spans of the file.
    pub fn ancestors(&self, span: Span) -> Vec<crate::syntax::pattern::Ancestor> {
        let shift = self.function.span.start;
        let inner = Span::new(span.start - shift, span.end - shift);
        let mut chain = self.tree.ancestors(inner);
        for ancestor in &mut chain {
            ancestor.span = ancestor.span.shifted(shift);
        }
        chain
    }

    /// Returns the innermost statement around a place, blocks not counted; the place itself where there is none.
    pub fn statement(&self, span: Span) -> Span {
        statement_around(self, span)
    }

    /// Returns a field of the node at `span`, such as the `condition` of an `if`, as a span of the file.
    pub fn field(&self, span: Span, field: &str) -> Option<Span> {
        let shift = self.function.span.start;
        let inner = Span::new(span.start - shift, span.end - shift);
        self.tree
            .field(inner, field)
            .map(|span| span.shifted(shift))
    }

    /// Returns the spans of all nodes of a kind, in the file.
    pub fn nodes(&self, kind: &str) -> Vec<Span> {
        self.tree
            .nodes(kind)
            .into_iter()
            .map(|span| span.shifted(self.function.span.start))
            .collect()
    }

    /// Returns how many places of the function could not be parsed.
    pub fn errors(&self) -> usize {
        self.tree.errors().len()
    }

    /// Returns the places of the function that could not be parsed, as spans of the file.
    pub fn error_spans(&self) -> Vec<Span> {
        let shift = self.function.span.start;
        let errors = self.tree.errors().into_iter();
        errors.map(|span| span.shifted(shift)).collect()
    }
}

/// Finds the places of an expression step in a C file.
pub fn expressions(file: &CFile, wanted: &Expression) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let words: Vec<Vec<String>> = wanted
        .rewrites
        .iter()
        .map(|rewrite| words_of(rewrite.pattern.value.text()))
        .collect();
    for function in file.functions() {
        if !wanted.within.is_empty() && !wanted.within.contains(&function.name) {
            continue;
        }
        let code = &file.code[function.span.start..function.span.end];
        // Parsing is what costs, so only a function that has all the words of a pattern is parsed.
        let likely: Vec<usize> = (0..wanted.rewrites.len())
            .filter(|&at| words[at].iter().all(|word| has_word(code, word)))
            .collect();
        if likely.is_empty() {
            continue;
        }
        let tree = FunctionTree::parse(file, &function);
        let patterns: Vec<&Pattern> = likely
            .iter()
            .map(|at| &wanted.rewrites[*at].pattern.value)
            .collect();
        for (number, hit) in tree.all_uses(&file.source, &patterns, &wanted.holes) {
            found.push(Found {
                site: file.source.site(hit.span),
                rewrite: likely[number],
                statement: statement_around(&tree, hit.span),
                holes: hit.holes,
                function: function.name.clone(),
            });
        }
    }
    found.sort_by_key(|found| found.site.span);
    found.dedup_by_key(|found| found.site.span);
    found
}

/// Returns whether a text has all the words of one of the patterns: a plain search, before anything is scanned.
pub fn likely(wanted: &Expression, text: &str) -> bool {
    let has_all = |pattern: &Pattern| {
        words_of(pattern.text())
            .iter()
            .all(|word| text.contains(word.as_str()))
    };
    wanted
        .rewrites
        .iter()
        .any(|rewrite| has_all(&rewrite.pattern.value))
}

/// Returns a word of each pattern, the longest: a text without any of them has no place. `None` where a pattern has no word.
pub fn rarest(wanted: &Expression) -> Option<Vec<String>> {
    let longest = |pattern: &Pattern| {
        let words = words_of(pattern.text()).into_iter();
        words.max_by_key(String::len)
    };
    let patterns = wanted.rewrites.iter().map(|rewrite| &rewrite.pattern.value);
    patterns.map(longest).collect()
}

fn has_word(code: &str, word: &str) -> bool {
    c::words(code, word).next().is_some()
}

/// The identifiers of a pattern that are not holes.
fn words_of(pattern: &str) -> Vec<String> {
    static WORD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\$+[A-Z0-9_]*|[A-Za-z_]\w*").ok());
    let Some(word) = WORD.as_ref() else {
        return Vec::new();
    };
    let words = word.find_iter(pattern).map(|found| found.as_str());
    words
        .filter(|word| !word.starts_with('$'))
        .map(str::to_owned)
        .collect()
}

fn statement_around(tree: &FunctionTree, span: Span) -> Span {
    let chain = tree.ancestors(span);
    let statement = chain.iter().find(|node| {
        (node.kind.ends_with("_statement") && node.kind != "compound_statement")
            || node.kind == "declaration"
    });
    statement.map_or(span, |node| node.span)
}

/// Where lines go into a spec, and what the place looks like.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The section's heading.
    pub heading: Site,
    /// Where the lines go; empty.
    pub at: Span,
    /// The section.
    pub section: Section,
    /// The package's full name, the spec's own name as in its preamble.
    pub package: String,
    /// Indentation of the spec's conditionals there.
    pub indent: String,
}

/// Finds the sections that an insert step puts its lines into: those of the first choice that fits.
pub fn openings(spec: &Spec, wanted: &Insert) -> Vec<Opening> {
    let Some(choice) = wanted.sections.iter().find(|choice| fits(spec, choice)) else {
        return Vec::new();
    };
    let package = package_of(choice);
    // What stands in a branch that is never taken is no part of the spec.
    let is_live = |section: &&Section| !section.conditions.iter().any(Condition::is_dead);
    spec.sections(&choice.keyword, &package)
        .filter(is_live)
        .map(|section| opening(spec, section))
        .collect()
}

fn package_of(choice: &SectionChoice) -> Package {
    if choice.package.is_empty() {
        Package::Main
    } else {
        Package::Sub(choice.package.clone())
    }
}

/// Whether a choice's package ships what it must.
fn fits(spec: &Spec, choice: &SectionChoice) -> bool {
    let package = package_of(choice);
    let ships = |regex: &Regex| {
        spec.sections("files", &package)
            .any(|files| regex.is_match(spec.source.slice(files.body)))
    };
    choice.ships.as_ref().is_none_or(ships)
}

fn opening(spec: &Spec, section: &Section) -> Opening {
    let lines = spec.lines(section);
    let text = |span: Span| spec.source.slice(span);
    let first = lines.iter().find(|line| !text(line.span).trim().is_empty());
    let at = first.map_or(section.heading.end, |line| line.span.start);
    let indent = lines
        .iter()
        .find(|line| line.directive && text(line.span).trim_start().starts_with("%if"))
        .map(|line| text(line.span))
        .map_or("", |line| &line[..line.len() - line.trim_start().len()])
        .to_owned();
    Opening {
        heading: spec.source.site(section.heading),
        at: Span::new(at, at),
        section: section.clone(),
        package: section
            .package
            .full_name(spec.tag("name").unwrap_or_default()),
        indent,
    }
}

/// Says why no section fits, with the sections that are there.
pub fn no_opening(spec: &Spec, wanted: &Insert) -> Problem {
    let names: Vec<String> = wanted
        .sections
        .iter()
        .map(|choice| {
            format!("%{} {}", choice.keyword, choice.package)
                .trim()
                .to_owned()
        })
        .collect();
    let message = format!(
        "no section to put the lines into: expected {}",
        names.join(" or ")
    );
    let mut problem = Problem::new("section-missing", message);
    let keywords: BTreeSet<&str> = wanted
        .sections
        .iter()
        .map(|choice| choice.keyword.as_str())
        .collect();
    for section in spec
        .sections
        .iter()
        .filter(|section| keywords.contains(section.keyword.as_str()))
        .take(12)
    {
        problem = problem.at(
            &spec.source,
            trimmed(&spec.source, section.heading),
            "a candidate",
        );
    }
    if problem.labels.is_empty() {
        problem = problem.at(
            &spec.source,
            Span::new(0, 0),
            "no section of that kind in this spec",
        );
    }
    problem.help("leave the patch out with `--only`, or add the package's section to the step in a series of your own")
}

/// Returns a span without the blanks at its end.
pub fn trimmed(source: &Source, span: Span) -> Span {
    Span::new(span.start, span.start + source.slice(span).trim_end().len())
}

/// Returns the texts of conditions, `%else` branches negated.
pub fn condition_texts(conditions: &[Condition]) -> Vec<String> {
    conditions
        .iter()
        .map(|condition| {
            if condition.otherwise {
                format!("!({})", condition.text)
            } else {
                condition.text.clone()
            }
        })
        .collect()
}
