//! Cases as JUnit XML: a revision is a suite. Decides nothing. Validates against the schema that Jenkins keeps (junit-10.xsd of its
//! xunit plugin).

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::cases::{Case, CaseResult, Suite};

/// Returns the document, without times: the same account has the same bytes.
///
/// # Errors
/// Where the XML can't be written, which is told of no such account.
pub fn draw(series: &str, suites: &[Suite]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new(series);
    for suite in suites {
        let mut told = TestSuite::new(suite.name.as_str());
        if let Some(commit) = &suite.commit {
            told.add_property(Property::new("commit", commit.as_str()));
        }
        told.add_test_cases(suite.cases.iter().map(|case| test_case(series, case)));
        report.add_test_suite(told);
    }
    let skipped = format!(" skipped=\"{}\"", report.skipped);
    // The schema knows no such attribute of the root, which comes first; each suite has its own.
    Ok(report.to_string()?.replacen(&skipped, "", 1))
}

fn test_case(series: &str, case: &Case) -> TestCase {
    let mut status = match case.result {
        CaseResult::Good => TestCaseStatus::success(),
        CaseResult::Failing => TestCaseStatus::non_success(NonSuccessKind::Failure),
        CaseResult::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        CaseResult::LetPass => TestCaseStatus::skipped(),
    };
    if case.result != CaseResult::Good {
        status.set_message(case.reason.as_str());
        status.set_type(case.code.as_str());
        let text = details(case);
        if !text.is_empty() {
            status.set_description(text);
        }
    }
    let (name, class) = match case.check {
        Some(check) => (check, case.patch.as_str()),
        None => (case.patch.as_str(), series),
    };
    let mut told = TestCase::new(name, status);
    told.set_classname(class);
    told
}

fn details(case: &Case) -> String {
    let places = case.places.iter().map(|place| match place.column {
        Some(column) => format!("{}:{}:{column}", place.path, place.line),
        None => format!("{}:{}", place.path, place.line),
    });
    let lines: Vec<String> = places.chain(case.details.iter().cloned()).collect();
    lines.join("\n")
}
