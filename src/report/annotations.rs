//! Failing cases as the annotations that GitHub and GitLab show beside a change. Decides nothing.

use serde_json::{Value, json};
use std::fmt::Write;

use super::cases::{Case, Place, Suite};

/// Returns a workflow command for each failing case, which GitHub Actions shows in the diff (its documentation, "Workflow commands").
pub fn github(suites: &[Suite]) -> String {
    let mut out = String::new();
    for (suite, case) in failing(suites) {
        let title = property(&title(suite, case));
        let reason = data(&case.reason);
        match case.places.as_slice() {
            [] => {
                let _ = writeln!(out, "::error title={title}::{reason}");
            }
            places => {
                for place in places {
                    let path = property(&place.path);
                    let column = place
                        .column
                        .map_or(String::new(), |column| format!(",col={column}"));
                    let line = place.line;
                    let _ = writeln!(
                        out,
                        "::error file={path},line={line}{column},title={title}::{reason}"
                    );
                }
            }
        }
    }
    out
}

/// Returns a code quality report, which GitLab shows in a merge request (its documentation, "Code Quality report format").
///
/// # Errors
/// Where serde can't write it, which it tells of no such account.
pub fn gitlab(suites: &[Suite]) -> Result<String, serde_json::Error> {
    let tree = [Place {
        path: ".".to_owned(),
        line: 1,
        column: None,
    }];
    let mut issues: Vec<Value> = Vec::new();
    for (suite, case) in failing(suites) {
        let places = if case.places.is_empty() {
            &tree[..]
        } else {
            &case.places
        };
        for (at, place) in places.iter().enumerate() {
            issues.push(json!({
                "description": format!("{}: {}", title(suite, case), case.reason),
                "check_name": case.code,
                "fingerprint": format!("{}/{}/{}/{at}", suite.name, case.patch, case.check.unwrap_or("status")),
                "severity": "major",
                "location": {"path": place.path, "lines": {"begin": place.line}},
            }));
        }
    }
    Ok(format!("{}\n", serde_json::to_string_pretty(&issues)?))
}

fn failing(suites: &[Suite]) -> impl Iterator<Item = (&Suite, &Case)> {
    suites
        .iter()
        .flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
        .filter(|(_, case)| case.is_failing())
}

fn title(suite: &Suite, case: &Case) -> String {
    match case.check {
        Some(check) => format!("{check} of {} at {}", case.patch, suite.name),
        None => format!("{} at {}", case.patch, suite.name),
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::cases::CaseResult;
    use super::*;

    #[test]
    fn what_would_end_a_workflow_command_is_escaped() {
        let case = Case {
            patch: "p".to_owned(),
            check: None,
            result: CaseResult::Failing,
            code: "c".to_owned(),
            reason: "50%\n::error::x".to_owned(),
            details: Vec::new(),
            places: vec![Place {
                path: "a,b:c".to_owned(),
                line: 3,
                column: Some(2),
            }],
        };
        let suite = Suite {
            name: "v1\n".to_owned(),
            commit: None,
            cases: vec![case],
        };
        assert_eq!(
            github(&[suite]),
            "::error file=a%2Cb%3Ac,line=3,col=2,title=p at v1%0A::50%25%0A::error::x\n"
        );
    }
}
