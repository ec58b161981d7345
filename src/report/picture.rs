//! A problem drawn: what is wrong, the lines it is about with a caret below, and the way out.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::collections::BTreeMap;

use crate::text::{Label, Problem};

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
        let mut snippet = Snippet::source(labels[0].1.site.source.text())
            .path(name)
            .fold(true);
        for (first, label) in labels {
            let kind = if first {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let span = label.site.span;
            snippet =
                snippet.annotation(kind.span(span.start..span.end).label(label.text.as_str()));
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
    use crate::text::{Source, Span};

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
