//! The steps of a patch and what judges it, read from its manifest. Does not know the files beside it.

use regex::Regex;
use toml::Spanned;

use super::super::judge::{CodeJudge, Judge, ScriptletJudge, beginnings};
use super::super::manifest::{RawComment, RawExpression, RawInsert, RawJudge, RawStep};
use super::super::step::{Comment, Edit, Expression, Insert, Places, Rewrite, SectionChoice, Step};
use super::super::{Library, Told};
use super::reader::Reader;
use crate::syntax::spec::is_section;
use crate::text::Problem;

impl Reader<'_> {
    pub(super) fn step(&mut self, library: &Library, raw: RawStep) -> Option<Step> {
        let places = self.places(&raw);
        let edit = match (raw.expression, raw.comment, raw.insert) {
            (Some(expression), None, None) => Some(Edit::Expression(self.expression(expression))),
            (None, Some(comment), None) => self.comment(library, comment),
            (None, None, Some(insert)) => self.insert(library, insert),
            _ => {
                let message = "a step has exactly one of `expression`, `comment` and `insert`";
                self.mistake("series-step", message, raw.id.span(), "this step");
                None
            }
        };
        Some(Step {
            id: self.told(&raw.id),
            elsewhere: self.globs(&raw.elsewhere),
            files: raw.files,
            places: Told {
                value: places?,
                source: self.source.clone(),
                span: raw.places.span().into(),
            },
            why: raw.why,
            edit: edit?,
        })
    }

    fn places(&mut self, raw: &RawStep) -> Option<Places> {
        let places = Places::parse(raw.places.get_ref());
        if places.is_none() {
            let message = "`places` is a number or a range: `1`, `1..`, `0..1`";
            self.mistake("series-places", message, raw.places.span(), "found this");
        }
        if places.is_some_and(|places| places.least == 0) && raw.why.is_none() {
            let message = "a step that may have no place says `why`";
            self.mistake("series-places", message, raw.places.span(), "allows none");
        }
        places
    }

    fn expression(&mut self, raw: RawExpression) -> Expression {
        let mut rewrites = Vec::new();
        for rewrite in raw.rewrite {
            let wanted = holes_of(rewrite.becomes.get_ref());
            let given = holes_of(rewrite.pattern.get_ref());
            if let Some(hole) = wanted.iter().find(|hole| !given.contains(hole)) {
                let message = format!("the hole `{hole}` is not in the pattern");
                self.mistake(
                    "series-pattern",
                    message,
                    rewrite.becomes.span(),
                    "used here",
                );
            }
            if let Some(pattern) = self.pattern(&rewrite.pattern) {
                let pattern = Told {
                    value: pattern,
                    source: self.source.clone(),
                    span: rewrite.pattern.span().into(),
                };
                rewrites.push(Rewrite {
                    pattern,
                    becomes: rewrite.becomes.into_inner(),
                });
            }
        }
        Expression {
            rewrites,
            holes: self.holes(raw.holes),
            within: raw.within,
        }
    }

    fn comment(&mut self, library: &Library, raw: RawComment) -> Option<Edit> {
        let template = self.template(library, &raw.template);
        let matches = self.regex(&raw.matches);
        Some(Edit::Comment(Comment {
            above: raw.above.into_inner(),
            matches: matches?,
            template: template?,
        }))
    }

    fn insert(&mut self, library: &Library, raw: RawInsert) -> Option<Edit> {
        let template = self.template(library, &raw.template);
        let sections = raw
            .section
            .into_iter()
            .map(|section| SectionChoice {
                keyword: self.keyword(section.keyword),
                package: section.package,
                ships: section.ships.as_ref().and_then(|text| self.regex(text)),
            })
            .collect();
        Some(Edit::Insert(Insert {
            sections,
            template: template?,
        }))
    }

    /// Takes the name of a section, which rpm must know.
    fn keyword(&mut self, keyword: Spanned<String>) -> String {
        if !is_section(keyword.get_ref()) {
            let bare = keyword.get_ref().trim_start_matches('%');
            let bare = bare.split_whitespace().next().unwrap_or_default();
            let help = match is_section(bare) {
                true => format!("write `keyword = \"{bare}\"`, and the package in `package`"),
                false => "name a section as it is written behind the `%`, as `post`".to_owned(),
            };
            let message = format!("specs have no section `%{}`", keyword.get_ref());
            self.problems.push(
                Problem::new("series-step", message)
                    .at(self.source, keyword.span().into(), "no section")
                    .help(help),
            );
        }
        keyword.into_inner()
    }

    pub(super) fn comments_follow_their_steps(&mut self, steps: &[Step]) {
        for (at, step) in steps.iter().enumerate() {
            let Edit::Comment(comment) = &step.edit else {
                continue;
            };
            let known = steps[..at].iter().any(|before| {
                before.id.value == comment.above && matches!(before.edit, Edit::Expression(_))
            });
            if !known {
                let message = format!(
                    "`above` names no earlier `expression` step: `{}`",
                    comment.above
                );
                self.problems.push(Problem::new("series-step", message).at(
                    &step.id.source,
                    step.id.span,
                    "in this step",
                ));
            }
        }
    }

    pub(super) fn judge(&mut self, raw: Spanned<RawJudge>, steps: &[Step]) -> Option<Judge> {
        let span = raw.span();
        let raw = raw.into_inner();
        let step = raw.step.get_ref().clone();
        let of_code = steps
            .iter()
            .find(|known| known.id.value == step)
            .map(|step| matches!(step.edit, Edit::Expression(_)));
        match (raw.code, raw.scriptlet, of_code) {
            (Some(code), None, Some(true)) => Some(Judge::Code(CodeJudge {
                subject: code.subject,
                step,
                right: self.patterns(&code.right),
                holes: self.holes(code.holes),
                neutral: self.patterns(&code.neutral),
                keepers: code.keepers.as_ref().and_then(|text| self.regex(text)),
                guards: self.patterns(&code.guards),
                around: self.patterns(&code.around),
                consequences: self.patterns(&code.consequences),
            })),
            (None, Some(scriptlet), Some(false)) => Some(Judge::Scriptlet(ScriptletJudge {
                step,
                begins: beginnings(scriptlet.names.get_ref()),
                names: self.regex(&scriptlet.names)?,
                right: scriptlet
                    .right
                    .iter()
                    .filter_map(|text| self.regex(text))
                    .collect(),
                wrong: scriptlet
                    .wrong
                    .into_iter()
                    .filter_map(|wrong| Some((self.regex(&wrong.matches)?, wrong.why)))
                    .collect(),
                neutral: scriptlet
                    .neutral
                    .iter()
                    .filter_map(|text| self.regex(text))
                    .collect(),
                paths: scriptlet.paths,
                conditions: scriptlet
                    .conditions
                    .iter()
                    .filter_map(|text| self.regex(text))
                    .collect(),
                hint: scriptlet.hint.as_ref().and_then(|text| self.regex(text)),
            })),
            _ => {
                let message = "`judge` has `code` for an `expression` step or `scriptlet` for an `insert` step, and names it";
                self.mistake("series-judge", message, span, "this one");
                None
            }
        }
    }
}

/// Returns the single holes of a pattern: `$NAME`.
fn holes_of(pattern: &str) -> Vec<String> {
    let Ok(regex) = Regex::new(r"\$([A-Z_][A-Z0-9_]*)") else {
        return Vec::new();
    };
    regex
        .captures_iter(pattern)
        .map(|hole| hole[1].to_owned())
        .collect()
}
