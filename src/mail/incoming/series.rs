//! Mails into a series: sorted by the numbers in their subjects, of the latest version, nothing missing and nothing double. Does not
//! know where the mails were found, or what their patches do.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::received::Received;
use crate::text::Problem;

/// A series as it was mailed.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Its version, 1 where the subjects tell none.
    pub version: u32,
    /// The cover letter.
    pub cover: Option<Received>,
    /// The patches, in order.
    pub patches: Vec<Member>,
    /// Mails that are no part of it, and why.
    pub left_out: Vec<(Received, LeftOut)>,
}

/// A patch of a series.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its place, from 1.
    pub position: usize,
    /// Whether it is of an older version, and was not sent again.
    pub is_older: bool,
    /// Its mail.
    pub mail: Received,
}

/// Why a mail is no part of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeftOut {
    /// An answer.
    Reply,
    /// It holds no patch.
    NoPatch,
    /// A part of a version before.
    Older,
    /// The same mail again.
    Double,
}

impl LeftOut {
    /// Returns the reason in words.
    pub fn words(self) -> &'static str {
        match self {
            LeftOut::Reply => "an answer",
            LeftOut::NoPatch => "no patch in it",
            LeftOut::Older => "of an older version",
            LeftOut::Double => "the same mail again",
        }
    }
}

/// Missing numbers that are told one by one.
const TOLD: usize = 8;

/// Puts mails in order.
///
/// # Errors
/// `received-nothing` where no mail holds a patch; `series-several`, `series-double`, `series-incomplete`, `series-empty-patch`.
pub fn series(mails: Vec<Received>) -> Result<Series, Vec<Problem>> {
    let mut made = Series::default();
    let kept = without_doubles(mails, &mut made.left_out);
    let kept = parts(kept, &mut made.left_out)?;
    let version = |mail: &Received| mail.tags.version.unwrap_or(1);
    made.version = kept.iter().map(version).max().unwrap_or(1);
    let (latest, older): (Vec<Received>, Vec<Received>) = kept
        .into_iter()
        .partition(|mail| version(mail) == made.version);
    related(&latest, &older).map_err(|problem| vec![problem])?;
    let mut numbered = in_order(&latest)?;
    let missing = missing(&numbered);
    let sent_again = (!missing.is_empty())
        .then(|| not_sent_again(&numbered, &missing, &older))
        .flatten();
    let (mut taken, is_reroll) = (HashSet::new(), sent_again.is_some());
    for (number, mail) in sent_again.into_iter().flatten() {
        taken.insert(key(&mail));
        numbered.insert(number, (mail, true));
    }
    if !missing.is_empty() && !is_reroll {
        return Err(vec![incomplete(&numbered, &missing)]);
    }
    let older = older.into_iter().filter(|mail| !taken.contains(&key(mail)));
    made.left_out
        .extend(older.map(|mail| (mail, LeftOut::Older)));
    made.place(numbered)?;
    Ok(made)
}

/// A mail, by its place.
fn key(mail: &Received) -> (String, usize) {
    (mail.source.name().to_owned(), mail.span.start)
}

fn has_patch(mail: &Received) -> bool {
    !mail.patch.bytes().is_empty()
}

/// Drops mails that came twice, as over two lists.
fn without_doubles(mails: Vec<Received>, left_out: &mut Vec<(Received, LeftOut)>) -> Vec<Received> {
    let mut seen: HashMap<String, Vec<usize>> = HashMap::new();
    let mut kept: Vec<Received> = Vec::new();
    for mail in mails {
        let id = mail.message_id.clone().unwrap_or_default();
        let same = |at: &&usize| {
            let other = &kept[**at];
            // The next version may have a patch again as it was.
            other.tags == mail.tags
                && other.info == mail.info
                && other.patch.bytes() == mail.patch.bytes()
        };
        let known = seen.entry(id).or_default();
        if known.iter().any(|at| same(&at)) {
            left_out.push((mail, LeftOut::Double));
        } else {
            known.push(kept.len());
            kept.push(mail);
        }
    }
    kept
}

/// Tells what can be a part of a series from answers and talk.
fn parts(
    mails: Vec<Received>,
    left_out: &mut Vec<(Received, LeftOut)>,
) -> Result<Vec<Received>, Vec<Problem>> {
    let answered: HashSet<String> = mails
        .iter()
        .filter(|mail| has_patch(mail))
        .flat_map(|mail| mail.references.iter().chain(&mail.in_reply_to).cloned())
        .collect();
    // Where there are answers alone, somebody gave the patch that is in one.
    let only_answers = !mails
        .iter()
        .any(|mail| has_patch(mail) && !mail.tags.is_reply);
    let mut kept = Vec::new();
    for mail in mails {
        let is_cover = mail.tags.says_patch()
            || mail
                .message_id
                .as_ref()
                .is_some_and(|id| answered.contains(id));
        if mail.tags.is_reply && !(only_answers && has_patch(&mail)) {
            left_out.push((mail, LeftOut::Reply));
        } else if has_patch(&mail) || is_cover {
            kept.push(mail);
        } else {
            left_out.push((mail, LeftOut::NoPatch));
        }
    }
    if kept.iter().any(has_patch) {
        return Ok(kept);
    }
    let mut problem = Problem::new("received-nothing", "none of the mails holds a patch");
    let first = kept.first().or(left_out.first().map(|(mail, _)| mail));
    if let Some(mail) = first {
        problem = problem.at(&mail.source, mail.line, "no diff follows here");
    }
    Err(vec![problem.help("name the mails that hold the patches")])
}

/// Refuses older versions that have nothing to do with the latest: they are another series.
fn related(latest: &[Received], older: &[Received]) -> Result<(), Problem> {
    let traits = |mail: &Received| {
        let ids = mail
            .references
            .iter()
            .chain(&mail.in_reply_to)
            .chain(&mail.message_id);
        let mut traits: Vec<String> = ids.map(|id| format!("<{id}>")).collect();
        traits.push(mail.subject.to_lowercase());
        // Who sends a change of the same file again, under other titles and in a thread of its own.
        let author = mail
            .author
            .as_ref()
            .map(|author| author.email.to_lowercase());
        let files = author.iter().flat_map(|author| {
            let paths = paths(mail.patch.bytes());
            paths.map(move |path| format!("{author} +++ {}", String::from_utf8_lossy(path)))
        });
        traits.extend(files);
        traits
    };
    let known: HashSet<String> = latest.iter().flat_map(traits).collect();
    let is_related = |version: u32| {
        let mut mails = older
            .iter()
            .filter(|mail| mail.tags.version.unwrap_or(1) == version);
        mails.any(|mail| traits(mail).iter().any(|one| known.contains(one)))
    };
    // Versions hang together by their titles and threads, or what one author changes, each with some later one.
    match older
        .iter()
        .find(|mail| !is_related(mail.tags.version.unwrap_or(1)))
    {
        None => Ok(()),
        Some(stranger) => match latest.first() {
            Some(mail) => Err(several(mail, stranger)),
            None => Ok(()),
        },
    }
}

/// The files that a patch names as changed or created.
fn paths(patch: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = patch.split(|&byte| byte == b'\n');
    lines
        .filter_map(|line| line.strip_prefix(b"+++ "))
        .filter(|path| !path.starts_with(b"/dev/null"))
}

/// Returns the mails of a series whose Message-ID another has: an archive keeps one of them, and b4 reads one.
pub fn of_one_id<'m>(
    mails: impl IntoIterator<Item = &'m Received>,
) -> Vec<(&'m Received, Problem)> {
    let mut known: HashMap<&str, &Received> = HashMap::new();
    let mut found = Vec::new();
    for mail in mails {
        let Some(id) = mail.message_id.as_deref() else {
            continue;
        };
        let Some(other) = known.get(id) else {
            known.insert(id, mail);
            continue;
        };
        let problem = Problem::new(
            "received-same-id",
            format!("two mails of the series have the Message-ID `{id}`"),
        )
        .at(&mail.source, mail.line, "this mail")
        .at(&other.source, other.line, "and this one")
        .help("send the series again, with a Message-ID for each mail");
        found.push((mail, problem));
    }
    found
}

fn several(one: &Received, other: &Received) -> Problem {
    Problem::new(
        "series-several",
        "there is more than one series here, and none is a later version of the others",
    )
    .at(&one.source, one.line, "of one series")
    .at(&other.source, other.line, "of another")
    .help("name the mails of one series")
}

/// Mails by their number; those without count from 1 as they came. The cover letter is 0.
type Numbered = BTreeMap<usize, (Received, bool)>;

fn in_order(mails: &[Received]) -> Result<Numbered, Vec<Problem>> {
    let mut numbered = Numbered::new();
    let mut next = 1;
    let is_counted = |mail: &&Received| mail.tags.number.is_some();
    let counts = mails.iter().any(|mail| is_counted(&mail));
    if let (Some(one), Some(other)) = (
        mails.iter().find(|mail| is_counted(mail)),
        mails
            .iter()
            .find(|mail| !is_counted(mail) && has_patch(mail)),
    ) {
        return Err(vec![several(one, other)]);
    }
    for mail in mails {
        let number = match mail.tags.number {
            Some(number) => number as usize,
            None if counts || !has_patch(mail) => 0,
            None => {
                next += 1;
                next - 1
            }
        };
        match numbered.get(&number) {
            None => {
                numbered.insert(number, (mail.clone(), false));
            }
            Some((other, _)) => return Err(vec![twice(other, mail, number)]),
        }
    }
    let of = |mail: &Received| mail.tags.of;
    if let Some((first, _)) = numbered.values().next()
        && let Some((other, _)) = numbered.values().find(|(mail, _)| of(mail) != of(first))
        && counts
        && of(other).is_some()
        && of(first).is_some()
    {
        return Err(vec![several(first, other)]);
    }
    Ok(numbered)
}

fn twice(one: &Received, other: &Received, number: usize) -> Problem {
    let root = |mail: &Received| {
        mail.references
            .first()
            .or(mail.in_reply_to.as_ref())
            .cloned()
    };
    if one.tags.of != other.tags.of || root(one) != root(other) {
        return several(one, other);
    }
    let what = match number {
        0 => "the cover letter".to_owned(),
        number => format!("patch {number}"),
    };
    Problem::new(
        "series-double",
        format!("two different mails are {what} of the series"),
    )
    .at(&one.source, one.line, "one")
    .at(&other.source, other.line, "another")
    .help("leave out the one that is not meant")
}

/// Returns the numbers that the subjects count and no mail has.
fn missing(numbered: &Numbered) -> Vec<usize> {
    let of = numbered
        .values()
        .filter_map(|(mail, _)| mail.tags.of)
        .max()
        .unwrap_or(0) as usize;
    // A hostile subject may count to four billion.
    (1..=of)
        .filter(|number| !numbered.contains_key(number))
        .take(TOLD + 1)
        .collect()
}

/// Returns the patches of an older version that stand in for the missing, where a few patches alone were sent again, each as the
/// answer to the one that it replaces.
fn not_sent_again(
    numbered: &Numbered,
    missing: &[usize],
    older: &[Received],
) -> Option<Vec<(usize, Received)>> {
    let of = |mail: &Received| mail.tags.of;
    let at = |number: usize| {
        let mut found: Vec<&Received> = older
            .iter()
            .filter(|mail| mail.tags.number.is_some_and(|n| n as usize == number))
            .collect();
        found.sort_by_key(|mail| mail.tags.version.unwrap_or(1));
        found.pop()
    };
    let is_answer = |number: usize, mail: &Received| {
        let replaced = at(number)?;
        (mail.in_reply_to.is_some()
            && mail.in_reply_to == replaced.message_id
            && of(mail) == of(replaced))
        .then_some(())
    };
    for (number, (mail, _)) in numbered {
        is_answer(*number, mail)?;
    }
    missing
        .iter()
        .map(|&number| Some((number, at(number)?.clone())))
        .collect()
}

fn incomplete(numbered: &Numbered, missing: &[usize]) -> Problem {
    let told: Vec<String> = missing.iter().take(TOLD).map(ToString::to_string).collect();
    let more = if missing.len() > TOLD {
        " and more"
    } else {
        ""
    };
    let mut problem = Problem::new(
        "series-incomplete",
        format!("the series lacks patch {}{more}", told.join(", ")),
    );
    if let Some((mail, _)) = numbered.values().next() {
        let of = mail.tags.of.unwrap_or(0);
        problem = problem.at(&mail.source, mail.line, format!("counts {of} patches"));
    }
    problem.help("add the mails that are missing")
}

impl Series {
    fn place(&mut self, numbered: Numbered) -> Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        for (number, (mail, is_older)) in numbered {
            if number == 0 {
                self.cover = Some(mail);
                continue;
            }
            if !has_patch(&mail) {
                let problem = Problem::new(
                    "series-empty-patch",
                    format!("patch {number} of the series has no diff in it"),
                )
                .at(&mail.source, mail.line, "expected a patch below this")
                .help("ask for it again; a client may have dropped the diff");
                problems.push(problem);
            }
            let position = self.patches.len() + 1;
            self.patches.push(Member {
                position,
                is_older,
                mail,
            });
        }
        // Of a series that counts no patches, what stands in the place of the cover letter is the patch.
        if self.patches.is_empty()
            && let Some(mail) = self.cover.take()
        {
            self.patches.push(Member {
                position: 1,
                is_older: false,
                mail,
            });
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::incoming::{Reading, take};
    use crate::text::Source;

    const DIFF: &str = "---\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n";

    /// A mail: subject, id, what it replies to.
    fn mail(subject: &str, id: &str, to: &str, body: &str) -> Received {
        let text = format!(
            "From: A U Thor <a@b.c>\nMessage-ID: <{id}>\nIn-Reply-To: <{to}>\nSubject: {subject}\n\nWhy.\n{body}"
        );
        take(&Source::new(id, text.into_bytes()), Reading::default()).remove(0)
    }

    fn subjects(series: &Series) -> Vec<&str> {
        series
            .patches
            .iter()
            .map(|member| member.mail.subject.as_str())
            .collect()
    }

    fn code(mails: Vec<Received>) -> &'static str {
        series(mails).unwrap_err()[0].code
    }

    #[test]
    fn patches_stand_in_the_order_of_their_numbers_below_their_cover_letter() {
        let series = series(vec![
            mail("[PATCH 10/10] j", "10", "0", DIFF),
            mail("[PATCH 00/10] title", "0", "", "no diff\n"),
            mail("Re: [PATCH 02/10] b", "r", "2", DIFF),
            mail("[PATCH 02/10] b", "2", "0", DIFF),
            mail("[PATCH 01/10] a", "1", "0", DIFF),
            mail("lunch?", "l", "", ""),
        ]);
        assert_eq!(
            series.unwrap_err()[0].to_string(),
            "the series lacks patch 3, 4, 5, 6, 7, 8, 9; 0:4:1: counts 10 patches"
        );
        let all = (1..=3)
            .rev()
            .map(|n| mail(&format!("[PATCH {n}/3] {n}"), &n.to_string(), "0", DIFF));
        let mut all: Vec<Received> = all.collect();
        all.push(mail("[PATCH 0/3] title", "0", "", "no diff\n"));
        all.push(mail("Re: [PATCH 2/3] 2", "r", "2", DIFF));
        all.push(mail("[PATCH 1/3] 1", "1", "0", DIFF));
        all.push(mail("lunch?", "l", "", ""));
        let series = super::series(all).unwrap();
        assert_eq!(subjects(&series), ["1", "2", "3"]);
        assert_eq!(series.cover.as_ref().unwrap().subject, "title");
        let why: Vec<LeftOut> = series.left_out.iter().map(|(_, why)| *why).collect();
        assert_eq!(why, [LeftOut::Double, LeftOut::Reply, LeftOut::NoPatch]);
    }

    #[test]
    fn the_latest_version_is_taken() {
        let series = series(vec![
            mail("[PATCH 1/2] a", "1", "", DIFF),
            mail("[PATCH 2/2] b", "2", "1", DIFF),
            mail("[PATCHv10 1/2] a", "3", "", DIFF),
            mail("[PATCHv10 2/2] c", "4", "3", DIFF),
            mail("[PATCH v9 1/2] a", "5", "", DIFF),
        ])
        .unwrap();
        assert_eq!(series.version, 10);
        assert_eq!(subjects(&series), ["a", "c"]);
        assert_eq!(series.left_out.len(), 3);
    }

    #[test]
    fn a_patch_that_was_sent_again_alone_replaces_the_one_that_it_answers() {
        let series = series(vec![
            mail("[PATCH 1/2] a", "1", "0", DIFF),
            mail("[PATCH 2/2] b", "2", "0", DIFF),
            mail("[PATCH v2 2/2] b better", "3", "2", DIFF),
        ])
        .unwrap();
        assert_eq!(subjects(&series), ["a", "b better"]);
        assert!(series.patches[0].is_older && !series.patches[1].is_older);
    }

    #[test]
    fn a_version_of_fewer_patches_and_other_titles_is_one_where_its_author_changes_a_file_again() {
        let first = || {
            [
                mail("[PATCH 1/3] a", "1", "", DIFF),
                mail("[PATCH 2/3] b", "2", "1", DIFF),
                mail("[PATCH 3/3] c", "3", "1", DIFF),
            ]
        };
        let again = mail("[PATCH v2 1/1] other", "4", "", DIFF);
        let series = series([&first()[..], &[again]].concat()).unwrap();
        assert_eq!((series.version, subjects(&series)), (2, vec!["other"]));
        assert_eq!(series.left_out.len(), 3);
        let elsewhere = mail("[PATCH v2 1/1] other", "4", "", &DIFF.replace("b/a", "b/z"));
        assert_eq!(
            code([&first()[..], &[elsewhere]].concat()),
            "series-several"
        );
        let mut somebody = mail("[PATCH v2 1/1] other", "4", "", DIFF);
        somebody.author.as_mut().unwrap().email = "x@y.z".to_owned();
        assert_eq!(code([&first()[..], &[somebody]].concat()), "series-several");
    }

    #[test]
    fn mails_of_one_id_are_told_with_both_places() {
        let mails = [
            mail("[PATCH 1/3] a", "1", "", DIFF),
            mail("[PATCH 2/3] b", "2", "", DIFF),
            mail("[PATCH 3/3] c", "1", "", DIFF),
        ];
        let found = of_one_id(&mails);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0.subject, "c");
        assert_eq!(found[0].1.labels.len(), 2);
    }

    #[test]
    fn a_patch_in_the_place_of_a_cover_letter_is_the_patch() {
        let series = series(vec![mail("[PATCH 0/0] a", "1", "", DIFF)]).unwrap();
        assert_eq!(
            (subjects(&series), series.cover.is_none()),
            (vec!["a"], true)
        );
    }

    #[test]
    fn patches_without_numbers_stay_as_they_came() {
        let series = series(vec![
            mail("[PATCH] b", "1", "", DIFF),
            mail("a", "2", "", DIFF),
        ])
        .unwrap();
        assert_eq!(subjects(&series), ["b", "a"]);
    }

    #[test]
    fn what_is_missing_double_or_of_two_series_is_told() {
        assert_eq!(
            code(vec![mail("[PATCH 2/2] b", "1", "", DIFF)]),
            "series-incomplete"
        );
        assert_eq!(
            code(vec![mail("[PATCH 1/4000000000] b", "1", "", DIFF)]),
            "series-incomplete"
        );
        let one = || mail("[PATCH 1/1] a", "1", "0", DIFF);
        assert_eq!(
            code(vec![one(), mail("[PATCH 1/1] b", "2", "0", DIFF)]),
            "series-double"
        );
        assert_eq!(
            code(vec![one(), mail("[PATCH 1/1] b", "2", "9", DIFF)]),
            "series-several"
        );
        assert_eq!(
            code(vec![one(), mail("[PATCH 1/2] b", "2", "0", DIFF)]),
            "series-several"
        );
        assert_eq!(
            code(vec![one(), mail("[PATCH] b", "2", "0", DIFF)]),
            "series-several"
        );
        assert_eq!(
            code(vec![
                one(),
                mail(
                    "[PATCH v2 1/1] other",
                    "2",
                    "9",
                    &DIFF.replace("b/a", "b/z")
                )
            ]),
            "series-several"
        );
        assert_eq!(
            code(vec![mail("[PATCH 1/1] a", "1", "0", "")]),
            "received-nothing"
        );
        assert_eq!(
            code(vec![
                mail("[PATCH 1/2] a", "1", "0", DIFF),
                mail("[PATCH 2/2] b", "2", "0", "")
            ]),
            "series-empty-patch"
        );
        assert_eq!(code(vec![mail("Re: x", "1", "", "")]), "received-nothing");
    }
}
