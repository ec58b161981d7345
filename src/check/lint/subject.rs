//! The subject of a message. Does not know what stands below it.

use super::{Finding, WIDTH, error, note};

/// Looks at a subject, its lines joined.
pub(super) fn findings(title: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if title.trim().is_empty() {
        return vec![error("subject-empty", None, "the message has no subject")];
    }
    // What `git am` takes off, in any order and number (`mailinfo.c`, `cleanup_subject`).
    let is_reply = title
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    // A bracket that nothing closes stays.
    let is_tagged = title.starts_with('[') && title.contains(']');
    if is_reply || is_tagged || title.starts_with(':') {
        findings.push(error(
            "subject-bracket",
            Some(1),
            format!("the subject begins with what `git am` takes off: `{title}`"),
        ));
    }
    if title.contains("=?") {
        let message = format!("the subject holds `=?`, as encoded words do: `{title}`");
        findings.push(error("subject-encoded-word", Some(1), message));
    }
    if title.contains(|c: char| c.is_whitespace() && !matches!(c, ' ' | '\t')) {
        let message = "the subject holds a blank of another kind".to_owned();
        findings.push(note("subject-blanks", Some(1), message));
    }
    let columns = title.chars().count();
    if columns > WIDTH {
        findings.push(note(
            "subject-long",
            Some(1),
            format!("the subject has {columns} columns, expected at most {WIDTH}"),
        ));
    }
    if title.ends_with('.') {
        findings.push(note(
            "subject-period",
            Some(1),
            "the subject ends in a period",
        ));
    }
    findings
}
