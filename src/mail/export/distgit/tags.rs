//! The patches that a spec names, and where and how the next ones are named. Does not know how they are applied.
//!
//! Format facts (rpm's own documentation, "Spec file format"): `PatchN: FILE` stands in the preamble; a `Patch:` without a number
//! has that of the one before it and one more, 0 if it is the first; a section `%patchlist` has a file a line and goes on counting.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

use crate::edit::Edit;
use crate::syntax::spec::{Line, Spec};
use crate::text::{Problem, Span};

/// A patch that the spec names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its number, whether it is told or counted.
    pub number: u32,
    /// Its file, without the folders or the address in front of it.
    pub file: String,
    /// Whether it stands in no conditional.
    pub always: bool,
    /// Where it is told.
    spot: Spot,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Spot {
    /// A tag: which line of the preamble, and where in it the number and the value stand.
    Tag {
        line: usize,
        number: Range<usize>,
        value: usize,
    },
    /// A line of `%patchlist`.
    List,
}

/// The lines that name new patches.
#[derive(Clone, Debug)]
pub struct Named {
    /// What is put into the spec.
    pub edit: Edit,
    /// Number of each.
    pub numbers: Vec<u32>,
}

static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^[ \t]*(source|patch)(\d*)[ \t]*:[ \t]*(\S+)").ok());

/// Returns the patches that a spec names, in order.
pub fn patches(spec: &Spec) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    let next = |tags: &[Tag]| tags.last().map_or(0, |tag| tag.number.saturating_add(1));
    for (at, line) in spec.preamble().iter().enumerate() {
        let Some((kind, number, value)) = tag(spec, line) else {
            continue;
        };
        if kind != "patch" {
            continue;
        }
        let text = spec.source.slice(line.span);
        tags.push(Tag {
            number: text[number.clone()].parse().unwrap_or_else(|_| next(&tags)),
            file: file_of(&text[value.clone()]),
            always: line.conditions.is_empty(),
            spot: Spot::Tag {
                line: at,
                number,
                value: value.start,
            },
        });
    }
    for section in spec.sections.iter().filter(|s| s.keyword == "patchlist") {
        for line in spec.lines(section) {
            let text = spec.source.slice(line.span).trim();
            if line.directive || text.is_empty() || text.starts_with('#') {
                continue;
            }
            tags.push(Tag {
                number: next(&tags),
                file: file_of(text),
                always: line.conditions.is_empty(),
                spot: Spot::List,
            });
        }
    }
    tags
}

/// Returns what a line tells, `source` or `patch`, and where its number and its value stand in it.
fn tag(spec: &Spec, line: &Line) -> Option<(String, Range<usize>, Range<usize>)> {
    let found = TAG.as_ref()?.captures(spec.source.slice(line.span))?;
    let kind = found[1].to_ascii_lowercase();
    Some((kind, found.get(2)?.range(), found.get(3)?.range()))
}

fn file_of(value: &str) -> String {
    value.rsplit('/').next().unwrap_or(value).to_owned()
}

/// Names `count` more patches behind those that are there: in `%patchlist` where there is one, else as tags in the style of the
/// last one that stands in no conditional, with the next numbers that are free. `file` tells the file for a number.
///
/// # Errors
/// `dist-git-no-place` where the spec names neither a patch nor a source.
pub fn name(
    spec: &Spec,
    tags: &[Tag],
    count: usize,
    mut file: impl FnMut(u32) -> String,
) -> Result<Named, Problem> {
    let style = Style::of(spec, tags)?;
    let mut numbers: Vec<u32> = Vec::new();
    let mut next = style.next;
    while numbers.len() < count {
        if tags.iter().all(|tag| tag.number != next) || style.counted {
            numbers.push(next);
        }
        next = next.saturating_add(1);
    }
    let mut text = String::new();
    for number in &numbers {
        text.push_str(&style.head(*number));
        text.push_str(&file(*number));
        text.push_str(style.end);
    }
    let before = &spec.source.text()[..style.at];
    if !before.is_empty() && !before.ends_with('\n') {
        text.insert_str(0, style.end);
    }
    Ok(Named {
        edit: Edit {
            span: Span::new(style.at, style.at),
            text,
        },
        numbers,
    })
}

/// How the next patch is named.
struct Style {
    /// Where its line goes.
    at: usize,
    /// Number of the first new one.
    next: u32,
    /// Whether numbers are not told but counted.
    counted: bool,
    /// What stands in front of the number; none in a list.
    word: Option<String>,
    /// Digits that a number has at least.
    width: usize,
    /// Column of the value.
    column: usize,
    /// What ends a line.
    end: &'static str,
}

impl Style {
    fn of(spec: &Spec, tags: &[Tag]) -> Result<Self, Problem> {
        let end = if spec.source.text().contains("\r\n") {
            "\r\n"
        } else {
            "\n"
        };
        let next = tags.last().map_or(0, |tag| tag.number.saturating_add(1));
        if let Some(list) = spec
            .sections
            .iter()
            .rev()
            .find(|s| s.keyword == "patchlist")
        {
            let lines = spec.lines(list);
            let last = lines
                .iter()
                .rev()
                .find(|line| !spec.source.slice(line.span).trim().is_empty());
            return Ok(Style {
                at: last.map_or(list.heading.end, |line| line.span.end),
                next,
                counted: true,
                word: None,
                width: 0,
                column: 0,
                end,
            });
        }
        let lines = spec.preamble();
        // Where numbers are counted, one more in the middle would move those behind it.
        let counted =
            |tag: &&Tag| matches!(&tag.spot, Spot::Tag { number, .. } if number.is_empty());
        let model = match tags.iter().find(counted) {
            Some(_) => tags.last(),
            None => tags.iter().rev().find(|tag| tag.always).or(tags.last()),
        };
        let Some((
            model,
            Spot::Tag {
                line,
                number,
                value,
            },
        )) = model.map(|tag| (tag, &tag.spot))
        else {
            return Self::behind_sources(spec, &lines, end);
        };
        let text = spec.source.slice(lines[*line].span);
        let digits = &text[number.clone()];
        Ok(Style {
            at: behind(&lines, *line, 0),
            next: model.number.saturating_add(1),
            counted: digits.is_empty(),
            word: Some(text[..number.start].to_owned()),
            width: if digits.starts_with('0') {
                digits.len()
            } else {
                0
            },
            column: text[..*value].chars().count(),
            end,
        })
    }

    /// The first patch of a spec stands below its sources, and its file where theirs do.
    fn behind_sources(spec: &Spec, lines: &[Line], end: &'static str) -> Result<Self, Problem> {
        let mut sources = lines.iter().enumerate().filter_map(|(at, line)| {
            let (_, _, value) = tag(spec, line)?;
            Some((at, value.start))
        });
        let Some((line, value)) = sources.next_back() else {
            return Err(Problem::new(
                "dist-git-no-place",
                "the spec names neither a patch nor a source, so there is no place for a patch",
            )
            .at(&spec.source, Span::new(0, 0), "no `Source:`, no `Patch:`")
            .help("name the source in the spec first"));
        };
        let before = &spec.source.slice(lines[line].span)[..value];
        Ok(Style {
            at: behind(lines, line, 0),
            next: 1,
            counted: false,
            word: Some("Patch".to_owned()),
            width: 0,
            column: before.chars().count(),
            end,
        })
    }

    fn head(&self, number: u32) -> String {
        let Some(word) = &self.word else {
            return String::new();
        };
        let mut head = word.clone();
        if !self.counted {
            head.push_str(&format!("{number:0width$}", width = self.width));
        }
        head.push(':');
        let blanks = self.column.saturating_sub(head.chars().count()).max(1);
        head + &" ".repeat(blanks)
    }
}

/// Returns where the line behind another begins, once no more than `depth` conditionals are open.
pub(super) fn behind(lines: &[Line], at: usize, depth: usize) -> usize {
    let closed = lines[at..]
        .iter()
        .find(|line| line.conditions.len() <= depth);
    closed.or(lines.last()).map_or(0, |line| line.span.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit;
    use crate::text::Source;

    fn named(text: &str, count: usize) -> (String, Vec<u32>) {
        let source = Source::new("x.spec", text.as_bytes());
        let spec = Spec::scan(&source);
        let named = name(&spec, &patches(&spec), count, |n| format!("{n}.patch")).unwrap();
        let edited = edit::apply(&source, &[named.edit]).unwrap();
        (String::from_utf8(edited.bytes).unwrap(), named.numbers)
    }

    #[test]
    fn the_next_numbers_stand_below_the_last_in_its_style() {
        let text = "Name: x\nPatch0001: a.patch\nPatch0002: b.patch\n\nBuildRequires: y\n%prep\n";
        let (new, numbers) = named(text, 2);
        assert_eq!(numbers, [3, 4]);
        let lines = "Patch0002: b.patch\nPatch0003: 3.patch\nPatch0004: 4.patch\n\n";
        assert!(new.contains(lines), "{new}");
    }

    #[test]
    fn values_stay_in_their_column() {
        let (new, _) = named("Source0:        x\nPatch9:         a.patch\n%prep\n", 1);
        assert!(new.contains("\nPatch10:        10.patch\n%prep"), "{new}");
        let (new, _) = named("Name:           x\nSource:         x.tar.gz\n\n%prep\n", 1);
        assert!(new.contains("\nPatch1:         1.patch\n\n%prep"), "{new}");
    }

    #[test]
    fn patches_in_a_conditional_are_passed_and_their_numbers_left_alone() {
        let text = "Patch1: a\nPatch2: b\n%if 0%{?rhel}\nPatch3: c\n%endif\nURL: x\n%prep\n";
        let (new, numbers) = named(text, 1);
        assert_eq!(numbers, [4]);
        assert!(new.contains("Patch2: b\nPatch4: 4.patch\n%if"), "{new}");
        let text = "Source: s\n%if 1\n%if 0%{?rhel}\nPatch3: c\n%endif\n%endif\nURL: x\n";
        let (new, numbers) = named(text, 1);
        assert_eq!(numbers, [4]);
        assert!(
            new.contains("%endif\n%endif\nPatch4: 4.patch\nURL"),
            "{new}"
        );
    }

    #[test]
    fn counted_patches_stay_counted_and_go_last() {
        let text = "Source: s\nPatch: a\n%if 1\nPatch: b\n%endif\nURL: x\n";
        let (new, numbers) = named(text, 2);
        assert_eq!(numbers, [2, 3]);
        assert!(
            new.contains("%endif\nPatch: 2.patch\nPatch: 3.patch\nURL"),
            "{new}"
        );
    }

    #[test]
    fn a_list_of_patches_goes_on() {
        let text = "Patch5: a\n%description\nx\n\n%patchlist\n# old\nb.patch\nc.patch\n\n%prep\n";
        let (new, numbers) = named(text, 1);
        assert_eq!(numbers, [8]);
        assert!(new.contains("c.patch\n8.patch\n\n%prep"), "{new}");
    }

    #[test]
    fn files_are_told_without_their_folder_and_comments_are_no_tags() {
        let text = "# Patch7: no\nPATCH3: https://example.org/a/b.patch\n%prep\nPatch9: text\n";
        let source = Source::new("x.spec", text.as_bytes());
        let tags = patches(&Spec::scan(&source));
        assert_eq!(tags.len(), 1);
        assert_eq!((tags[0].number, tags[0].file.as_str()), (3, "b.patch"));
    }

    #[test]
    fn line_ends_are_those_of_the_spec_and_a_last_line_without_one_gets_it() {
        let (new, _) = named("Source: s\r\nPatch1: a\r\n", 1);
        assert_eq!(new, "Source: s\r\nPatch1: a\r\nPatch2: 2.patch\r\n");
        let (new, _) = named("Patch1: a", 1);
        assert_eq!(new, "Patch1: a\nPatch2: 2.patch\n");
    }

    #[test]
    fn a_spec_without_a_source_has_no_place() {
        let source = Source::new("x.spec", &b"Name: x\n%prep\n"[..]);
        let spec = Spec::scan(&source);
        let problem = name(&spec, &[], 1, |_| String::new()).unwrap_err();
        assert_eq!(problem.code, "dist-git-no-place");
    }
}
