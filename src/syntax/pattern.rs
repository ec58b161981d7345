//! Patterns with holes, in the syntax of C and of shell, matched on syntax trees. The only door to ast-grep.

use ast_grep_core::matcher::{Matcher, MatcherExt, Pattern as AstPattern};
use ast_grep_core::meta_var::MetaVariable;
use ast_grep_core::tree_sitter::{LanguageExt, StrDoc};
use ast_grep_core::{AstGrep, Language as _, Node, NodeMatch};
use ast_grep_language::SupportLang;
use std::collections::BTreeMap;

use crate::text::Span;

/// A language that has syntax trees here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// C.
    C,
    /// Shell, as bash reads it.
    Shell,
}

impl Language {
    fn grammar(self) -> SupportLang {
        match self {
            Language::C => SupportLang::C,
            Language::Shell => SupportLang::Bash,
        }
    }

    /// Texts that a snippet is tried in, `@` standing for the snippet: alone it may parse as something else.
    fn contexts(self) -> &'static [&'static str] {
        match self {
            Language::C => &["void p(void) { if (@) {} }", "void p(void) { @ }", "@"],
            Language::Shell => &["@", "@\n"],
        }
    }
}

/// A snippet of a language with holes: `$NAME` stands for one node, `$$$NAME` for any number.
#[derive(Clone, Debug)]
pub struct Pattern {
    language: Language,
    text: String,
    matcher: AstPattern,
}

/// Where a pattern matched, as offsets in the text of the [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// The whole match.
    pub span: Span,
    /// What stands in each single hole.
    pub holes: BTreeMap<String, Span>,
}

/// Why a pattern can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is not a piece of its language.
    #[error("`{0}` is not a complete expression, statement or command")]
    NotASnippet(String),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Where the text is not one expression, statement or command of the language.
    pub fn new(language: Language, text: &str) -> Result<Self, PatternError> {
        let error = || PatternError::NotASnippet(text.to_owned());
        if text.trim().is_empty() {
            return Err(error());
        }
        let grammar = language.grammar();
        let prepared = grammar.pre_process_pattern(text).into_owned();
        for context in language.contexts() {
            let Some((before, after)) = context.split_once('@') else {
                continue;
            };
            let whole = format!("{before}{prepared}{after}");
            let tree = grammar.ast_grep(&whole);
            let Some(kind) = kind_at(&tree, before.len(), before.len() + prepared.len()) else {
                continue;
            };
            let raw = format!("{before}{text}{after}");
            if let Ok(matcher) = AstPattern::contextual(&raw, &kind, grammar) {
                return Ok(Pattern {
                    language,
                    text: text.to_owned(),
                    matcher,
                });
            }
        }
        Err(error())
    }

    /// Returns the pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Kind of the outermost error-free node that covers exactly `start..end`.
fn kind_at(tree: &AstGrep<StrDoc<SupportLang>>, start: usize, end: usize) -> Option<String> {
    let root = tree.root();
    let found = root.dfs().find(|node| {
        node.range() == (start..end)
            && node.is_named()
            && !matches!(&*node.kind(), "program" | "translation_unit")
    })?;
    let broken = found.dfs().any(|node| node.is_error() || node.is_missing());
    (!broken).then(|| found.kind().into_owned())
}

/// The syntax tree of a piece of text.
pub struct Tree {
    language: Language,
    tree: AstGrep<StrDoc<SupportLang>>,
}

/// One node above another, and which of its children leads down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// Grammar's name of the node: `if_statement`.
    pub kind: String,
    /// The node.
    pub span: Span,
    /// Grammar's name of the field that leads down, where it has one: `condition`.
    pub field: Option<String>,
    /// The operator of a binary or unary expression.
    pub operator: Option<String>,
}

/// A node of a syntax tree with all below it, as plain data.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The grammar's name for it: for a word or sign of the language, the word itself.
    pub kind: String,
    /// Its name in the node above, where it has one.
    pub field: Option<String>,
    /// The whole node.
    pub span: Span,
    /// Whether it is more than a word or sign of the language.
    pub is_named: bool,
    /// The nodes below it, comments left out; none below [`DEEPEST`].
    pub parts: Vec<Branch>,
}

/// Nodes further down than this are left out, whoever nested them.
pub const DEEPEST: usize = 120;

impl Branch {
    /// Returns the part of this name.
    pub fn part(&self, field: &str) -> Option<&Branch> {
        self.parts
            .iter()
            .find(|part| part.field.as_deref() == Some(field))
    }

    /// Returns the parts that are more than words and signs, in order.
    pub fn named(&self) -> impl Iterator<Item = &Branch> {
        self.parts.iter().filter(|part| part.is_named)
    }
}

impl Tree {
    /// Returns the whole tree as plain data.
    pub fn branch(&self) -> Branch {
        branch_of(&self.tree.root(), None, 0)
    }

    /// Parses a text. Never fails: what can't be parsed becomes error nodes.
    pub fn parse(language: Language, text: &str) -> Self {
        Tree {
            language,
            tree: language.grammar().ast_grep(text),
        }
    }

    /// Returns all matches of a pattern, in order of their place.
    pub fn matches(&self, pattern: &Pattern) -> Vec<Match> {
        let found = self.all_matches(&[pattern]).into_iter();
        found.map(|(_, found)| found).collect()
    }

    /// Returns all matches of several patterns, each with the pattern's number: those of the first, in order of their place, then
    /// those of the next. The tree is gone through once.
    pub fn all_matches(&self, patterns: &[&Pattern]) -> Vec<(usize, Match)> {
        let kinds: Vec<_> = patterns
            .iter()
            .map(|pattern| pattern.matcher.potential_kinds())
            .collect();
        let may_match = |number: usize, kind: u16| {
            let kinds = kinds[number].as_ref();
            kinds.is_none_or(|kinds| kinds.contains(kind.into()))
        };
        let mut found: Vec<(usize, Match)> = Vec::new();
        for node in self.tree.root().dfs() {
            for (number, pattern) in patterns.iter().enumerate() {
                debug_assert_eq!(self.language, pattern.language);
                if may_match(number, node.kind_id())
                    && let Some(matched) = pattern.matcher.match_node(node.clone())
                {
                    found.push((number, match_of(&matched)));
                }
            }
        }
        found.sort_by_key(|(number, found)| (*number, found.span.start, found.span.end));
        found.dedup();
        found
    }

    /// Returns the smallest chain of nodes around `span`, innermost first.
    pub fn ancestors(&self, span: Span) -> Vec<Ancestor> {
        let root = self.tree.root();
        let Some(mut node) = root
            .dfs()
            .filter(|node| Span::from(node.range()).contains(span))
            .last()
        else {
            return Vec::new();
        };
        let mut chain = Vec::new();
        while let Some(parent) = node.parent() {
            chain.push(ancestor_of(&parent, &node));
            node = parent;
        }
        chain
    }

    /// Returns the spans of the error nodes.
    pub fn errors(&self) -> Vec<Span> {
        self.tree
            .root()
            .dfs()
            .filter(|node| node.is_error() || node.is_missing())
            .map(|node| node.range().into())
            .collect()
    }

    /// Returns the leaves (tokens) of the text inside `span`, comments left out.
    pub fn tokens(&self, span: Span) -> Vec<Span> {
        self.tree
            .root()
            .dfs()
            .filter(|node| node.is_leaf() && &*node.kind() != "comment")
            .map(|node| Span::from(node.range()))
            .filter(|token| span.contains(*token) && token.start < token.end)
            .collect()
    }

    /// Returns the spans of all nodes of a kind, in order.
    pub fn nodes(&self, kind: &str) -> Vec<Span> {
        self.tree
            .root()
            .dfs()
            .filter(|node| *node.kind() == *kind)
            .map(|node| node.range().into())
            .collect()
    }

    /// Returns the span of a field of the outermost node at exactly `span`.
    pub fn field(&self, span: Span, field: &str) -> Option<Span> {
        let root = self.tree.root();
        let node = root
            .dfs()
            .find(|node| Span::from(node.range()) == span && node.field(field).is_some())?;
        node.field(field).map(|child| child.range().into())
    }
}

fn branch_of(node: &Node<StrDoc<SupportLang>>, field: Option<String>, depth: usize) -> Branch {
    let inner = node.get_inner_node();
    let children = node.children().enumerate();
    let parts = children
        .filter(|(_, child)| depth < DEEPEST && !child.is_extra())
        .filter_map(|(at, child)| {
            let field = inner.field_name_for_child(u32::try_from(at).ok()?);
            Some(branch_of(&child, field.map(str::to_owned), depth + 1))
        });
    Branch {
        kind: node.kind().into_owned(),
        field,
        span: node.range().into(),
        is_named: node.is_named(),
        parts: parts.collect(),
    }
}

fn match_of(found: &NodeMatch<StrDoc<SupportLang>>) -> Match {
    let environment = found.get_env();
    let holes = environment
        .get_matched_variables()
        .filter_map(|variable| match variable {
            MetaVariable::Capture(name, _) => {
                let node = environment.get_match(&name)?;
                Some((name, node.range().into()))
            }
            _ => None,
        });
    Match {
        span: found.range().into(),
        holes: holes.collect(),
    }
}

fn ancestor_of<'t>(
    parent: &Node<'t, StrDoc<SupportLang>>,
    child: &Node<'t, StrDoc<SupportLang>>,
) -> Ancestor {
    let field = [
        "condition",
        "consequence",
        "alternative",
        "body",
        "left",
        "right",
        "argument",
        "operand",
    ]
    .into_iter()
    .find(|name| {
        parent
            .field(name)
            .is_some_and(|node| node.node_id() == child.node_id())
    });
    Ancestor {
        kind: parent.kind().into_owned(),
        span: parent.range().into(),
        field: field.map(str::to_owned),
        operator: parent
            .field("operator")
            .map(|node| node.text().into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(language: Language, pattern: &str, text: &str) -> Vec<String> {
        let pattern = Pattern::new(language, pattern).unwrap();
        Tree::parse(language, text)
            .matches(&pattern)
            .iter()
            .map(|m| text[m.span.start..m.span.end].to_owned())
            .collect()
    }

    #[test]
    fn a_c_expression_matches_across_lines_and_names_and_not_in_strings() {
        let text = "int f(void) {\n  // a < now()\n  if (b != c ||\n      caps->a\n        < now()) { log(\"a < now()\", now()); }\n}";
        assert_eq!(
            spans(Language::C, "$A < now()", text),
            ["caps->a\n        < now()"]
        );
    }

    #[test]
    fn a_hole_tells_what_stands_in_it() {
        let text = "int f(void) { return caps->when < now(); }";
        let pattern = Pattern::new(Language::C, "$A < now()").unwrap();
        let found = Tree::parse(Language::C, text).matches(&pattern);
        let hole = found[0].holes["A"];
        assert_eq!(&text[hole.start..hole.end], "caps->when");
    }

    #[test]
    fn negations_statements_and_calls_are_patterns_too() {
        let text = "int f(void) { if (!(a == now())) goto out; unlink(p); return 0; }";
        assert_eq!(
            spans(Language::C, "!($A == now())", text),
            ["!(a == now())"]
        );
        assert_eq!(spans(Language::C, "goto out;", text), ["goto out;"]);
        assert_eq!(spans(Language::C, "unlink($P)", text), ["unlink(p)"]);
        assert_eq!(spans(Language::C, "return $X;", text), ["return 0;"]);
    }

    #[test]
    fn a_shell_command_matches_with_any_arguments() {
        let text = "if true; then\n  find /a/b -xdev -mindepth 1 -delete 2>/dev/null || :\nfi\n";
        assert_eq!(
            spans(Language::Shell, "find $DIR $$$REST -delete", text),
            ["find /a/b -xdev -mindepth 1 -delete"]
        );
    }

    #[test]
    fn what_is_no_snippet_is_refused() {
        for text in ["", "$A <", "if (", "a b c"] {
            assert!(Pattern::new(Language::C, text).is_err(), "{text}");
        }
    }

    #[test]
    fn ancestors_tell_the_way_up_to_the_condition() {
        let text = "int f(void) { if (a || (b && c)) x(); }";
        let c = text.rfind("c)").unwrap();
        let kinds: Vec<String> = Tree::parse(Language::C, text)
            .ancestors(Span::new(c, c + 1))
            .into_iter()
            .map(|a| {
                format!(
                    "{}{}",
                    a.kind,
                    a.operator.map(|o| format!(" {o}")).unwrap_or_default()
                )
            })
            .take_while(|kind| kind != "if_statement")
            .collect();
        assert_eq!(
            kinds,
            [
                "binary_expression &&",
                "parenthesized_expression",
                "binary_expression ||",
                "parenthesized_expression"
            ]
        );
    }
}
