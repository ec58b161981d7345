//! Failing cases as SARIF 2.1.0 (OASIS standard): one result each, its rule the code that `explain` knows. Decides nothing.

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, MultiformatMessageString, PhysicalLocation, PropertyBag,
    Region, ReportingDescriptor, Result as Finding, ResultLevel, Run, RunAutomationDetails, Sarif,
    Tool, ToolComponent,
};
use std::collections::BTreeMap;

use super::cases::{Case, Place, Suite};
use super::reference::relative;

/// Where the schema is published; GitHub and editors know it by this address.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What a code means, and what to do.
pub type Explain<'e> = &'e dyn Fn(&str) -> Option<(&'static str, &'static str)>;

/// Returns the document of the failing cases. `of` names what was run, as `gate/SERIES`.
///
/// # Errors
/// Where serde can't write it, which it tells of no such account.
pub fn draw(of: &str, suites: &[Suite], explain: Explain) -> Result<String, serde_json::Error> {
    let failing: Vec<(&Suite, &Case)> = suites
        .iter()
        .flat_map(|suite| suite.cases.iter().map(move |case| (suite, case)))
        .filter(|(_, case)| case.is_failing())
        .collect();
    let mut codes: Vec<&str> = failing.iter().map(|(_, case)| case.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    let results: Vec<Finding> = failing
        .iter()
        .map(|(suite, case)| result(suite, case, &codes))
        .collect();
    let driver = ToolComponent::builder()
        .name("patchwright")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(
            codes
                .iter()
                .map(|code| rule(code, explain))
                .collect::<Vec<_>>(),
        )
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(
            RunAutomationDetails::builder()
                .id(format!("patchwright/{of}/"))
                .build(),
        )
        .results(results)
        .build();
    let document = Sarif::builder()
        .schema(SCHEMA)
        .version(json!("2.1.0"))
        .runs(vec![run])
        .build();
    Ok(format!("{}\n", serde_json::to_string_pretty(&document)?))
}

fn rule(code: &str, explain: Explain) -> ReportingDescriptor {
    let text = |text: &str| MultiformatMessageString::builder().text(text).build();
    let (meaning, what_to_do) = explain(code).unwrap_or((code, ""));
    ReportingDescriptor::builder()
        .id(code)
        .short_description(text(meaning))
        .full_description(text(meaning))
        .help(text(&format!("{meaning}\n\nWhat to do: {what_to_do}")))
        .build()
}

fn result(suite: &Suite, case: &Case, codes: &[&str]) -> Finding {
    let about = match case.check {
        Some(check) => format!("{}/{}/{check}", suite.name, case.patch),
        None => format!("{}/{}", suite.name, case.patch),
    };
    let mut properties: BTreeMap<String, Value> = BTreeMap::new();
    properties.insert("revision".to_owned(), json!(suite.name));
    properties.insert("commit".to_owned(), json!(suite.commit));
    properties.insert("patch".to_owned(), json!(case.patch));
    if let Some(check) = case.check {
        properties.insert("check".to_owned(), json!(check));
    }
    let rule = codes.iter().position(|code| *code == case.code);
    let what = case
        .check
        .map_or(String::new(), |check| format!(", {check}"));
    let text = format!("{}{what} at {}: {}", case.patch, suite.name, case.reason);
    Finding::builder()
        .rule_id(case.code.as_str())
        .rule_index(rule.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1))
        .level(ResultLevel::Error)
        .message(Message::builder().text(text).build())
        .locations(locations(&case.places))
        .partial_fingerprints(BTreeMap::from([("patchwright/v1".to_owned(), about)]))
        .properties(
            PropertyBag::builder()
                .additional_properties(properties)
                .build(),
        )
        .build()
}

/// What shows a result needs a place; what has none stands for the tree as a whole.
fn locations(places: &[Place]) -> Vec<Location> {
    if places.is_empty() {
        return vec![location(".", None)];
    }
    places
        .iter()
        .map(|place| location(&relative(&place.path), Some(place)))
        .collect()
}

fn location(uri: &str, place: Option<&Place>) -> Location {
    let artifact = ArtifactLocation::builder().uri(uri).build();
    let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let physical = PhysicalLocation::builder().artifact_location(artifact);
    let physical = match place.map(|place| (number(place.line), place.column.map(number))) {
        None => physical.build(),
        Some((line, None)) => physical
            .region(Region::builder().start_line(line).build())
            .build(),
        Some((line, Some(column))) => {
            let region = Region::builder()
                .start_line(line)
                .start_column(column)
                .build();
            physical.region(region).build()
        }
    };
    Location::builder().physical_location(physical).build()
}
