//! A series on a revision as a page: the answer first, then its patches with what was asked of each, the histories one can follow,
//! what all of it rests on. Decides nothing.

use rayon::prelude::{IntoParallelIterator, ParallelIterator};
use serde::Serialize;

use super::{Link, diff, story};
use crate::check::scenario::{Histories, Played};
use crate::check::{Evidence, Finding, Outcome, Severity};
use crate::report::answer::Answer;
use crate::status::Status;
use crate::text::Problem;
use crate::verdict::{Account, PatchAccount, Verdict, fails};

const TEMPLATE: &str = include_str!("../../../templates/report/series.html.j2");

/// So many findings of one code are shown at once.
const SHOWN: usize = 4;

/// What a page tells beside an account.
pub struct Beside<'t> {
    /// What is known of the series.
    pub account: &'t Account,
    /// The diff of each patch that is put on the tree, in their order.
    pub diffs: &'t [String],
    /// A command line that does the same again; `--check NAME` behind it asks for one check.
    pub again: &'t str,
    /// The command that the check `build` runs, as a word for a shell.
    pub build: Option<String>,
    /// One that does so from the mails alone, in their folder, where there are any.
    pub from_mails: Option<&'t str>,
    /// What was used: name and version.
    pub tools: &'t [(String, String)],
    /// The files of the evidence, relative to its folder.
    pub files: &'t [String],
    /// Whether the page lies in the folder of the evidence, so that links to its files lead somewhere.
    pub is_at_home: bool,
}

#[derive(Serialize)]
struct Page<'p> {
    title: String,
    runs: Vec<Run<'p>>,
}

#[derive(Serialize)]
struct Run<'p> {
    title: &'p str,
    revision: &'p str,
    commit: Option<&'p str>,
    verdict: Chip<'p>,
    skipped: usize,
    answer: Option<Answered<'p>>,
    unplayed: Option<&'p str>,
    patches: Vec<Patch<'p>>,
    left: Vec<Left<'p>>,
    fixes: Vec<Fix<'p>>,
    again: &'p str,
    build: Option<&'p str>,
    from_mails: Option<&'p str>,
    tools: &'p [(String, String)],
    files: Vec<Link>,
    is_at_home: bool,
}

/// A word with the color that goes with it.
#[derive(Serialize)]
struct Chip<'p> {
    word: &'p str,
    kind: &'static str,
}

/// What the histories came to.
#[derive(Serialize)]
struct Answered<'p> {
    count: usize,
    sentence: String,
    headings: Vec<Heading<'p>>,
    groups: Vec<Group<'p>>,
    needless: Vec<usize>,
    walk: Option<String>,
    shortest: Vec<Shortest>,
    right: &'p str,
    decides: String,
    cleans: Option<String>,
    variants: &'p [String],
    inapplicable: &'p [String],
    blobs: &'p [(String, String)],
    decisions: usize,
    real_decisions: usize,
    stand_in: Option<&'p str>,
    cleanings: usize,
}

/// A column of the table: what it is called there, and what that is.
#[derive(Serialize)]
struct Heading<'p> {
    word: String,
    means: Option<&'p str>,
}

#[derive(Serialize)]
struct Group<'p> {
    id: &'p str,
    title: &'p str,
    cells: Vec<Counted>,
    stories: Vec<story::Story<'p>>,
}

#[derive(Serialize)]
struct Counted {
    word: String,
    kind: &'static str,
}

#[derive(Serialize)]
struct Shortest {
    heading: String,
    steps: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Patch<'p> {
    number: usize,
    subject: &'p str,
    file: Option<Link>,
    source: Option<&'p str>,
    reason: &'p str,
    places: Vec<String>,
    absent: &'p [(String, String)],
    checks: Vec<Check<'p>>,
    /// HTML.
    diff: String,
}

/// A patch that is not put on the tree.
#[derive(Serialize)]
struct Left<'p> {
    subject: &'p str,
    status: Chip<'p>,
    reason: &'p str,
}

#[derive(Serialize)]
struct Fix<'p> {
    patch: &'p str,
    before: Chip<'p>,
    after: Chip<'p>,
    reason: &'p str,
}

#[derive(Serialize)]
struct Check<'p> {
    name: &'p str,
    before: Option<Chip<'p>>,
    outcome: Chip<'p>,
    is_skipped: bool,
    detail: &'p str,
    ground: Option<&'p str>,
    findings: Vec<Found<'p>>,
    files: Vec<Link>,
}

#[derive(Serialize)]
struct Found<'p> {
    code: &'p str,
    kind: &'static str,
    /// The first of what was found.
    some: Vec<&'p str>,
    more: Vec<&'p str>,
}

/// Returns the page of one series on a revision, or of several.
///
/// # Errors
/// `template` where it can't be rendered, which is a bug.
pub fn draw(told: &[Beside], strict: bool) -> Result<String, Problem> {
    let answers: Vec<Option<(Answer, &Played)>> = told
        .iter()
        .map(|one| {
            let played = one.account.histories.played()?;
            Some((Answer::new(played, &mailed(one.account)), played))
        })
        .collect();
    let runs = told.iter().zip(&answers);
    let runs: Vec<Run> = runs
        .map(|(one, answer)| run(one, answer.as_ref(), strict))
        .collect();
    let title = match told {
        [one] => format!("{} on {}", one.account.title, one.account.revision),
        many => format!("{} revisions", many.len()),
    };
    super::page(
        "templates/report/series.html.j2",
        TEMPLATE,
        Page { title, runs },
    )
}

fn mailed(account: &Account) -> Vec<&str> {
    account.mailed().map(|patch| patch.patch.as_str()).collect()
}

fn run<'p>(one: &'p Beside, answer: Option<&'p (Answer, &'p Played)>, strict: bool) -> Run<'p> {
    let account = one.account;
    let commit = account.commit.as_deref();
    let diffs = one
        .diffs
        .iter()
        .map(String::as_str)
        .chain(std::iter::repeat(""));
    let patches = (1..).zip(account.mailed()).zip(diffs);
    let left = account
        .patches
        .iter()
        .filter(|patch| patch.places.is_empty());
    Run {
        title: &account.title,
        revision: &account.revision,
        commit: commit.filter(|commit| !commit.starts_with(&account.revision)),
        verdict: verdict(account.verdict(strict)),
        skipped: account.skipped(),
        answer: answer.map(|(answer, played)| answered(account, answer, played)),
        unplayed: match &account.histories {
            Histories::Unplayed(reason) => Some(reason),
            Histories::Unasked | Histories::Played(_) => None,
        },
        patches: patches
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|((number, patch), diff)| shown(number, patch, diff, one.is_at_home, strict))
            .collect(),
        left: left.map(left_out).collect(),
        fixes: account.fixes.iter().flatten().map(fix).collect(),
        again: one.again,
        build: one.build.as_deref(),
        from_mails: one.from_mails,
        tools: one.tools,
        files: one
            .files
            .iter()
            .map(|file| Link::new(file, file, one.is_at_home))
            .collect(),
        is_at_home: one.is_at_home,
    }
}

fn verdict(verdict: Verdict) -> Chip<'static> {
    let kind = match verdict {
        Verdict::Ready => "good",
        Verdict::NothingToDo => "none",
        Verdict::Failed | Verdict::DoesNotApply | Verdict::BaseFails => "bad",
    };
    let word = verdict.word();
    Chip { word, kind }
}

fn status(status: Status) -> Chip<'static> {
    let kind = match status {
        Status::Fixed => "good",
        Status::NotAffected => "none",
        Status::Missing => "bad",
        Status::Undetermined => "open",
    };
    let word = status.word();
    Chip { word, kind }
}

fn answered<'p>(account: &'p Account, answer: &'p Answer, played: &'p Played) -> Answered<'p> {
    let tale = &played.scenarios;
    let subject = |column: usize| {
        let id = &played.columns[column];
        let patch = account.patches.iter().find(|patch| patch.patch == *id);
        patch.map(|patch| patch.subject.as_str())
    };
    let headings = answer.columns().map(|(word, at)| Heading {
        word: word.to_owned(),
        means: subject(at),
    });
    let groups = answer.rows().into_iter().map(|row| Group {
        id: &tale.groups[row.group].id,
        title: &tale.groups[row.group].title,
        cells: row
            .right
            .iter()
            .map(|&(right, count)| Counted {
                word: answer.cell((right, count)),
                kind: match right {
                    _ if right == count => "good",
                    0 => "bad",
                    _ => "open",
                },
            })
            .collect(),
        stories: story::stories(played, answer, row.group),
    });
    let shortest = answer
        .shortest()
        .into_iter()
        .map(|(heading, steps)| Shortest {
            heading: heading.to_owned(),
            steps,
        });
    let with = &played.with;
    let (path, functions) = &with.functions;
    let (spec, section) = &with.section;
    Answered {
        count: played.histories.len(),
        sentence: answer.explained(),
        headings: headings.collect(),
        groups: groups.collect(),
        needless: answer.needless(),
        walk: answer.walk(),
        shortest: shortest.collect(),
        right: &tale.labels.right,
        decides: format!("{} of {path}", functions.join(", ")),
        cleans: (!spec.is_empty()).then(|| format!("{section} of {spec}")),
        variants: &with.variants,
        inapplicable: &with.inapplicable,
        blobs: &with.blobs,
        decisions: with.decisions,
        real_decisions: with.real_decisions,
        stand_in: with.stand_in.as_deref(),
        cleanings: with.cleanings,
    }
}

fn shown<'p>(
    number: usize,
    patch: &'p PatchAccount,
    diff: &'p str,
    is_at_home: bool,
    strict: bool,
) -> Patch<'p> {
    let places = patch.places.iter();
    let origin = patch.origin.as_ref();
    let file = patch.file.as_deref();
    Patch {
        number,
        subject: &patch.subject,
        file: file.map(|file| Link::new(file, &format!("../{file}"), is_at_home)),
        source: origin.and_then(|origin| origin.source.as_deref()),
        reason: &patch.judgement.reason,
        places: places
            .map(|place| match place.within.as_str() {
                "" => format!("{}:{}", place.path, place.line),
                within => format!("{}:{}, {within}", place.path, place.line),
            })
            .collect(),
        absent: &patch.absent,
        checks: patch
            .evidence
            .iter()
            .map(|evidence| check(&patch.patch, evidence, is_at_home, strict))
            .collect(),
        diff: diff::html(diff),
    }
}

fn left_out(patch: &PatchAccount) -> Left<'_> {
    Left {
        subject: &patch.subject,
        status: status(patch.judgement.status),
        reason: match patch.wanted {
            true => &patch.judgement.reason,
            false => "not asked for",
        },
    }
}

fn fix(fix: &crate::check::given::Fix) -> Fix<'_> {
    Fix {
        patch: &fix.patch,
        before: status(fix.before.status),
        after: status(fix.after.status),
        reason: &fix.after.reason,
    }
}

/// Neighbours of one code, of which the first are shown at once.
fn found(alike: &[Finding]) -> Found<'_> {
    let mut some: Vec<&str> = alike
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    let more = some.split_off(some.len().min(SHOWN));
    Found {
        code: alike.first().map_or("", |finding| finding.code),
        kind: match alike.first().map(|finding| finding.severity) {
            Some(Severity::Error) => "bad",
            Some(Severity::Note) | None => "open",
        },
        some,
        more,
    }
}

fn check<'p>(patch: &str, evidence: &'p Evidence, is_at_home: bool, strict: bool) -> Check<'p> {
    let alike = |a: &Finding, b: &Finding| (a.code, a.severity) == (b.code, b.severity);
    let findings = evidence.findings.chunk_by(alike).map(found);
    let kind = match evidence.outcome {
        Outcome::Skipped => "open",
        _ if fails(evidence, strict) => "bad",
        _ => "good",
    };
    let records = evidence.records.iter();
    Check {
        name: evidence.check,
        before: evidence.before.map(|before| Chip {
            word: before.word(),
            kind: match before {
                Outcome::Passed => "good",
                Outcome::Skipped => "open",
                Outcome::Failed | Outcome::Error => "bad",
            },
        }),
        outcome: Chip {
            word: evidence.outcome.word(),
            kind,
        },
        is_skipped: evidence.outcome == Outcome::Skipped,
        detail: &evidence.detail,
        ground: evidence.ground.as_ref().map(|ground| ground.told.as_str()),
        findings: findings.collect(),
        files: records
            .map(|record| {
                let path = format!("{patch}/{}", record.name);
                Link::new(&record.name, &path, is_at_home)
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_findings_of_one_code_are_told_under_it_once_and_the_rest_is_a_click_away() {
        let finding = |number: usize| Finding {
            code: "code",
            severity: Severity::Note,
            message: number.to_string(),
        };
        let many: Vec<Finding> = (0..6).map(finding).collect();
        let told = found(&many);
        assert_eq!(
            (told.some.join(" "), told.more.join(" ")),
            ("0 1 2 3".to_owned(), "4 5".to_owned())
        );
        assert_eq!(found(&[finding(0)]).more, [""; 0]);
    }
}
