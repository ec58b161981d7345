//! Accounts and judgements as JSON documents, in the form that the command line promises.

use serde_json::{Map, Value, json};

use crate::check::Evidence;
use crate::check::given::Fix;
use crate::check::scenario::{Histories, History, Played};
use crate::habit::{Fate, Habit};
use crate::verdict::gate::Matrix;
use crate::verdict::{Account, PatchAccount};

/// The forms of the documents, as JSON Schemas: the name of each, and its text.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("gate", include_str!("schema/gate.json")),
    ("series", include_str!("schema/series.json")),
];

/// Returns the document of one series on one revision: schema `patchwright/series/1`.
pub fn series(account: &Account, strict: bool) -> Value {
    let mut document = json!({
        "schema": "patchwright/series/1",
        "series": account.series,
        "base": {"revision": account.revision, "commit": account.commit},
        "verdict": account.verdict(strict).word(),
        "patches": account.patches.iter().map(patch).collect::<Vec<_>>(),
        "habits": account.habits.found.iter().map(habit).collect::<Vec<_>>(),
        "scenarios": account.histories.played().map_or_else(Vec::new, scenarios),
        "scenarios_skipped": skipped(&account.histories),
        "scenarios_played": account.histories.played().map(ground),
        "walk": account.histories.played().and_then(walk),
    });
    if let Some(fixes) = &account.fixes {
        document["fixes"] = fixes.iter().map(fix).collect();
    }
    document
}

fn fix(fix: &Fix) -> Value {
    json!({
        "patch": fix.patch,
        "before": fix.before.status.word(),
        "after": fix.after.status.word(),
        "code": fix.after.code,
        "reason": fix.after.reason,
    })
}

fn habit(habit: &Habit) -> Value {
    let (fate, why) = match &habit.fate {
        Fate::Used => ("used", None),
        Fate::Overridden(by) => ("overridden", Some(by.as_str())),
        Fate::Unused(why) => ("unused", Some(*why)),
    };
    json!({
        "what": habit.what.word(),
        "key": habit.key,
        "value": habit.value,
        "origin": habit.origin,
        "fate": fate,
        "why": why,
    })
}

fn skipped(histories: &Histories) -> Option<&str> {
    match histories {
        Histories::Unplayed(reason) => Some(reason),
        Histories::Unasked | Histories::Played(_) => None,
    }
}

/// What decided in the histories: the tree's own code, or a stand-in.
fn ground(played: &Played) -> Value {
    let with = &played.with;
    json!({
        "real": with.stand_in.is_none(),
        "because": with.stand_in,
        "decisions": with.decisions,
        "real_decisions": with.real_decisions,
    })
}

fn scenarios(played: &Played) -> Vec<Value> {
    let labels = &played.scenarios.labels;
    let by_column = |values: Vec<Value>| -> Map<String, Value> {
        played.columns.iter().cloned().zip(values).collect()
    };
    let told = |history: &History| {
        let scenario = &played.scenarios.scenarios[history.at];
        let outcomes = history.outcomes.iter();
        json!({
            "scenario": scenario.id,
            "title": scenario.title,
            "group": played.scenarios.groups[scenario.group].id,
            "labels": {"right": labels.right, "wrong": labels.wrong},
            "outcomes": by_column(outcomes.clone().map(|outcome| word(outcome.right).into()).collect()),
            "needless": by_column(outcomes.map(|outcome| outcome.needless().into()).collect()),
        })
    };
    played.histories.iter().map(told).collect()
}

fn word(right: bool) -> &'static str {
    if right { "right" } else { "wrong" }
}

fn walk(played: &Played) -> Option<Value> {
    let walk = played.scenarios.walk.as_ref()?;
    let told = |at: &usize| played.scenarios.told(&walk.steps[*at]);
    let columns = played
        .columns
        .iter()
        .zip(&played.walked)
        .map(|(column, walked)| {
            let shortest = walked.shortest.as_ref();
            let shortest = shortest.map(|steps| steps.iter().map(told).collect::<Vec<_>>());
            (
                column.clone(),
                json!({"wrong": walked.wrong, "shortest": shortest}),
            )
        });
    Some(json!({
        "length": walk.length,
        "orders": played.walked.first()?.orders,
        "columns": columns.collect::<Map<String, Value>>(),
    }))
}

fn patch(patch: &PatchAccount) -> Value {
    let judgement = &patch.judgement;
    let mut document = json!({
        "patch": patch.patch,
        "subject": patch.subject,
        "status": judgement.status.word(),
        "applies": judgement.applies,
        "wanted": patch.wanted,
        "code": judgement.code,
        "reason": judgement.reason,
        "file": patch.file,
        "places": patch.places.iter().map(|place| json!({
            "step": place.step, "path": place.path, "line": place.line, "within": place.within,
        })).collect::<Vec<_>>(),
        "absent": patch.absent.iter().map(|(step, why)| json!({"step": step, "why": why})).collect::<Vec<_>>(),
        "problems": judgement.problems.iter().map(|problem| json!({
            "code": problem.code, "message": problem.message, "help": problem.help,
            "places": problem.labels.iter().map(|label| {
                let place = label.site.place();
                json!({"path": label.site.source.name(), "line": place.line, "column": place.column, "text": label.text})
            }).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "checks": patch.evidence.iter().map(check).collect::<Vec<_>>(),
    });
    if let Some(origin) = &patch.origin {
        document["author"] = json!(format!("{} <{}>", origin.author.name, origin.author.email));
        document["message_id"] = json!(origin.message_id);
        document["source"] = json!(origin.source);
    }
    document
}

fn check(evidence: &Evidence) -> Value {
    json!({
        "check": evidence.check,
        "outcome": evidence.outcome.word(),
        "detail": evidence.detail,
        "before": evidence.before.map(|outcome| outcome.word()),
        "after": evidence.after.map(|outcome| outcome.word()),
        "played": evidence.ground.as_ref().map(|ground| json!({
            "real": ground.is_real,
            "with": ground.told,
        })),
        "findings": evidence.findings.iter().map(|finding| json!({
            "code": finding.code,
            "severity": match finding.severity {
                crate::check::Severity::Note => "note",
                crate::check::Severity::Error => "error",
            },
            "message": finding.message,
        })).collect::<Vec<_>>(),
    })
}

/// Returns the text of the document of judged revisions: schema `patchwright/gate/1`.
///
/// # Errors
/// Where serde can't write it, which it tells of no such account.
pub fn gate(matrix: &Matrix) -> Result<String, serde_json::Error> {
    Ok(format!("{}\n", serde_json::to_string_pretty(matrix)?))
}
