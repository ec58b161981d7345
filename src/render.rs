//! Templates into text; the only door to minijinja. Knows no tree and no git.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

use crate::text::{Problem, Source, Span};

/// Renders a template. What is not defined is a mistake, and lines that hold a block alone leave none behind.
///
/// # Errors
/// `template` at the place in the template that can't be read or filled in.
pub fn render(template: &Source, context: impl Serialize) -> Result<String, Problem> {
    environment()
        .template_from_named_str(template.name(), template.text())
        .and_then(|parsed| parsed.render(Value::from(Serde(&context))))
        .map_err(|error| mistake(template, &error))
}

/// Renders a template of HTML: what is put in is escaped.
///
/// # Errors
/// As [`render`].
pub fn html(template: &Source, context: impl Serialize) -> Result<String, Problem> {
    let mut environment = environment();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    environment
        .template_from_named_str(template.name(), template.text())
        .and_then(|parsed| parsed.render(Value::from(Serde(&context))))
        .map_err(|error| mistake(template, &error))
}

/// Reads a template without rendering it.
///
/// # Errors
/// `template` at the place that can't be read.
pub fn parse(template: &Source) -> Result<(), Problem> {
    let environment = environment();
    let parsed = environment.template_from_named_str(template.name(), template.text());
    parsed
        .map(|_| ())
        .map_err(|error| mistake(template, &error))
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(blocks_leave_nothing());
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_debug(true);
    environment.add_filter("wrap", wrap);
    environment
}

/// Fills a paragraph anew to at most `width` columns, each line `indent` columns in; a longer word stands alone.
fn wrap(text: &str, width: usize, indent: Option<usize>) -> String {
    let margin = " ".repeat(indent.unwrap_or(0).min(width));
    let width = width - margin.len();
    let mut filled = margin.clone();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length <= width {
            filled.push(' ');
            column += 1;
        } else if column > 0 {
            filled.push('\n');
            filled.push_str(&margin);
            column = 0;
        }
        filled.push_str(word);
        column += length;
    }
    filled.push('\n');
    filled
}

fn blocks_leave_nothing() -> SyntaxConfig {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    // Only custom delimiters can be refused, and there are none.
    syntax.unwrap_or_default()
}

fn mistake(template: &Source, error: &minijinja::Error) -> Problem {
    let span = error
        .range()
        .map_or_else(|| line_span(template, error.line()), Span::from);
    let detail = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    Problem::new(
        "template",
        format!("the template can't be rendered: {detail}"),
    )
    .at(template, span, error.kind().to_string())
    .help("mend the template; patches/README.md lists what it may use")
}

fn line_span(template: &Source, line: Option<usize>) -> Span {
    let wanted = line.unwrap_or(1).max(1);
    let start = template
        .text()
        .split_inclusive('\n')
        .take(wanted - 1)
        .map(str::len)
        .sum();
    let len = template.text()[start..].lines().next().map_or(0, str::len);
    Span::new(start, start + len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn template(text: &str) -> Source {
        Source::new("t", text.as_bytes())
    }

    #[test]
    fn a_line_that_holds_a_block_alone_leaves_nothing() {
        let text = "{% if yes %}\n  {{ word }}\n{% endif %}\nend\n";
        let context = BTreeMap::from([("yes", "1"), ("word", "%{x}")]);
        assert_eq!(render(&template(text), context).unwrap(), "  %{x}\nend\n");
    }

    #[test]
    fn what_is_put_into_html_is_escaped() {
        let context = BTreeMap::from([("word", "<b>\"&")]);
        let drawn = html(&template("<i>{{ word }}</i>"), context).unwrap();
        assert_eq!(drawn, "<i>&lt;b&gt;&quot;&amp;</i>");
    }

    #[test]
    fn a_paragraph_is_filled_anew_for_what_was_put_into_it() {
        let text = "{% filter wrap(10) %}\none {{ word }} two\nthree\n{% endfilter %}\n";
        let context = BTreeMap::from([("word", "extraordinary")]);
        assert_eq!(
            render(&template(text), context).unwrap(),
            "one\nextraordinary\ntwo three\n"
        );
    }

    #[test]
    fn what_is_not_defined_is_a_mistake_at_its_place() {
        let problem = render(&template("a\n{{ nothing }}\n"), ()).unwrap_err();
        assert_eq!(problem.labels[0].site.place().line, 2);
        assert_eq!(problem.labels[0].site.text(), "nothing");
    }
}
