//! Accounts and judgements as JSON documents, in the form that the command line promises.

use serde_json::{Value, json};

use crate::check::Evidence;
use crate::check::given::Fix;
use crate::habit::{Fate, Habit};
use crate::verdict::gate::Matrix;
use crate::verdict::{Account, PatchAccount};

/// Returns the document of one series on one revision: schema `patchwright/series/1`.
pub fn series(account: &Account, strict: bool) -> Value {
    let mut document = json!({
        "schema": "patchwright/series/1",
        "series": account.series,
        "base": {"revision": account.revision, "commit": account.commit},
        "verdict": account.verdict(strict).word(),
        "patches": account.patches.iter().map(patch).collect::<Vec<_>>(),
        "habits": account.habits.found.iter().map(habit).collect::<Vec<_>>(),
        "scenarios": [],
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
