//! A problem drawn: what is wrong, the lines it is about with a caret below, and the way out.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::BTreeMap;

use crate::text::{Label, Problem, Span};

/// Draws a problem, ending in a newline. `styled` adds colors.
pub fn draw(problem: &Problem, styled: bool) -> String {
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let title = Level::ERROR
        .primary_title(problem.message.as_str())
        .id(problem.code);
    if problem.labels.is_empty() {
        // Without lines to show, a gutter would be drawn for nothing.
        let mut drawn = format!("{}\n", renderer.render(&[Group::with_title(title)]));
        if let Some(help) = &problem.help {
            let help = Group::with_title(Level::HELP.primary_title(help.as_str()));
            drawn.push_str(&format!("{}\n", renderer.render(&[help])));
        }
        return drawn;
    }
    let mut group = Group::with_title(title);
    for (name, labels) in by_source(problem) {
        let window = Window::around(&labels);
        let mut snippet = Snippet::source(window.text)
            .line_start(window.line)
            .path(name)
            .fold(true);
        for (first, label) in labels {
            let kind = if first {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let span = label.site.span;
            let span = span.start - window.start..span.end - window.start;
            snippet = snippet.annotation(kind.span(span).label(label.text.as_str()));
        }
        group = group.element(snippet);
    }
    let mut groups = vec![group];
    if let Some(help) = &problem.help {
        groups.push(Group::with_title(
            Level::HELP.secondary_title(help.as_str()),
        ));
    }
    format!("{}\n", renderer.render(&groups))
}

/// The lines that labels are in, with some around them: a mailbox is large, and whoever draws reads all that he is given.
struct Window<'w> {
    text: &'w str,
    /// Where it begins in the source.
    start: usize,
    /// Number of its first line.
    line: usize,
}

impl<'w> Window<'w> {
    /// Lines before and behind those of the labels.
    const AROUND: usize = 3;

    fn around(labels: &[(bool, &'w Label)]) -> Self {
        let source = &labels[0].1.site.source;
        let spans = || labels.iter().map(|(_, label)| label.site.span);
        let first = spans().map(|span| span.start).min().unwrap_or(0);
        let last = spans().map(|span| span.end).max().unwrap_or(0);
        let line = source.place(first).line.saturating_sub(Self::AROUND).max(1);
        let start = source.line(line).start;
        let end = source.line(source.place(last).line + Self::AROUND).end;
        Window {
            text: source.slice(Span::new(start, end)),
            start,
            line,
        }
    }
}

/// The labels of each text, in the order in which the texts come; told with whether it is the problem's first.
fn by_source(problem: &Problem) -> Vec<(&str, Vec<(bool, &Label)>)> {
    let mut order: Vec<&str> = Vec::new();
    let mut labels: BTreeMap<&str, Vec<(bool, &Label)>> = BTreeMap::new();
    for (at, label) in problem.labels.iter().enumerate() {
        let name = label.site.source.name();
        if !order.contains(&name) {
            order.push(name);
        }
        labels.entry(name).or_default().push((at == 0, label));
    }
    order
        .into_iter()
        .map(|name| (name, labels.remove(name).unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    #[test]
    fn a_place_in_a_long_text_is_drawn_by_its_own_number() {
        let text: String = (1..=200).map(|line| format!("line {line}\n")).collect();
        let long = Source::new("long", text.as_bytes());
        let drawn = |offset: usize, len: usize| {
            let span = Span::new(offset, offset + len);
            draw(&Problem::new("x", "y").at(&long, span, "here"), false)
        };
        let at = text.find("line 150").unwrap();
        let expected =
            "error[x]: y\n   --> long:150:6\n    |\n150 | line 150\n    |      ^^^ here\n";
        assert_eq!(drawn(at + 5, 3), expected);
        assert!(drawn(0, 4).contains("long:1:1") && drawn(0, 4).contains("1 | line 1\n"));
        assert!(drawn(text.len() - 1, 0).contains("long:200:9"));
        assert!(drawn(text.len(), 0).contains("here"));
    }

    #[test]
    fn a_problem_shows_its_places_with_carets_and_the_way_out() {
        let manifest = Source::new("patch.toml", &b"a = 1\nplaces = \"1\"\n"[..]);
        let target = Source::new("x.c@v1", &b"int a;\nint b;\n"[..]);
        let problem = Problem::new("place-ambiguous", "2 places, expected 1")
            .at(&manifest, Span::new(15, 18), "so many are expected")
            .at(&target, Span::new(0, 5), "first")
            .at(&target, Span::new(7, 12), "second")
            .help("narrow the step");
        let drawn = draw(&problem, false);
        for part in [
            "error[place-ambiguous]: 2 places, expected 1",
            "patch.toml:2:10",
            "places = \"1\"",
            "^^^ so many are expected",
            "x.c@v1:1:1",
            "----- second",
            "help: narrow the step",
        ] {
            assert!(drawn.contains(part), "{part} is missing in\n{drawn}");
        }
    }
}
