//! Which revisions are asked for: by name, by globs over refs. Does not know what they are judged by.

use std::collections::HashSet;

use crate::cli::Stop;
use crate::cli::args::Wish;
use crate::cli::subject::Subject;
use crate::report::progress::{Event, Progress};
use crate::target::Target;
use crate::target::refs::{End, Ref, Refs, by_version};
use crate::text::{Globs, Problem};

/// A revision that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// The name under which it is told.
    pub(super) name: String,
    /// The full name of its ref, where it has one.
    pub(super) full_name: Option<String>,
    /// Its commit; none for a directory.
    pub(super) commit: Option<String>,
    /// Why it can't be read, where it is a ref that leads nowhere.
    pub(super) broken: Option<String>,
}

/// Returns the revisions that are asked for, in that order; those of a glob in the order of versions, a ref once.
///
/// # Errors
/// Every name and every glob that names nothing.
pub(super) fn select(
    subject: &Subject,
    wishes: &[Wish],
    progress: Progress,
) -> Result<Vec<Asked>, Stop> {
    let defaults: Vec<Wish> = subject.revisions.iter().cloned().map(Wish::Name).collect();
    let wishes = if wishes.is_empty() { &defaults } else { wishes };
    let has_globs = wishes.iter().any(|wish| !matches!(wish, Wish::Name(_)));
    let refs = if has_globs {
        subject.target.refs().map_err(|problem| vec![problem])?
    } else {
        Refs::default()
    };
    let mut asked: Vec<Asked> = Vec::new();
    let mut problems = Vec::new();
    for wish in wishes {
        let found = match wish {
            Wish::Name(name) => named(subject, name).map(|one| vec![one]),
            glob => matched(&subject.target, &refs, glob, progress),
        };
        match (found, wish) {
            (Ok(found), Wish::Name(_)) => asked.extend(found),
            (Ok(found), _) => add_new(&mut asked, found),
            (Err(problem), _) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(asked)
    } else {
        Err(problems)
    }
}

/// What a glob finds and another has found is listed once.
fn add_new(asked: &mut Vec<Asked>, found: Vec<Asked>) {
    let known: HashSet<String> = asked.iter().map(|one| one.name.clone()).collect();
    asked.extend(found.into_iter().filter(|one| !known.contains(&one.name)));
}

fn named(subject: &Subject, name: &str) -> Result<Asked, Problem> {
    let revision = subject.revision(name)?;
    Ok(Asked {
        name: revision.name,
        full_name: subject.target.full_name(name),
        commit: revision.commit.map(|base| base.id),
        broken: None,
    })
}

/// Returns the refs that a glob matches and that can be judged.
fn matched(
    target: &Target,
    refs: &Refs,
    wish: &Wish,
    progress: Progress,
) -> Result<Vec<Asked>, Problem> {
    let told = told(wish);
    if let Target::Directory { path } = target {
        let message = format!("`{}` is a plain directory and has no refs", path.display());
        return Err(Problem::new("revision-in-directory", message).help(format!(
            "leave {told} out, or name a git repository with `--repo`"
        )));
    }
    if matches!(wish, Wish::AllTags | Wish::AllBranches)
        && let Some((why, how)) = target.narrow()
    {
        return Err(not_all(wish, &told, &why, &how));
    }
    let is_match = matcher(wish)?;
    let matching: Vec<&Ref> = refs.iter().filter(|one| is_match(&one.name)).collect();
    let names: HashSet<&str> = matching.iter().map(|one| one.name.as_str()).collect();
    let mut asked = Vec::new();
    for one in &matching {
        let (commit, broken) = match &one.end {
            End::Commit(id) => (Some(id.clone()), None),
            End::Broken(id, why) => (id.clone(), Some(why.clone())),
            End::Other(what) => {
                let text = format!(
                    "{} leads to {what} and not to a commit; it is left out",
                    one.name
                );
                progress.tell(&Event::Notice(&text));
                continue;
            }
            // It is another name of what is there already.
            End::Ref(to) if names.contains(to.as_str()) => continue,
            End::Ref(to) => match refs
                .iter()
                .find(|other| other.name == *to)
                .map(|other| &other.end)
            {
                Some(End::Commit(id)) => (Some(id.clone()), None),
                _ => {
                    let text = format!(
                        "{} leads to `{to}`, which leads nowhere; it is left out",
                        one.name
                    );
                    progress.tell(&Event::Notice(&text));
                    continue;
                }
            },
        };
        asked.push(Asked {
            name: refs.shortest(&one.name),
            full_name: Some(one.name.clone()),
            commit,
            broken,
        });
    }
    if asked.is_empty() {
        return Err(nothing(wish, &told, refs, matching.is_empty()));
    }
    asked.sort_by(|left, right| by_version(&left.name, &right.name));
    Ok(asked)
}

/// What is not there can't be judged, and to judge the rest would be to call it all.
fn not_all(wish: &Wish, told: &str, why: &str, how: &str) -> Problem {
    let what = match wish {
        Wish::AllTags => "tags",
        _ => "heads",
    };
    let message = format!("{told} can't be known to be all: {why}");
    Problem::new("refs-narrow", message).help(format!(
        "{how}; `--refs 'refs/{what}/*'` takes those that are there"
    ))
}

fn nothing(wish: &Wish, told: &str, refs: &Refs, matches_none: bool) -> Problem {
    let message = if matches_none {
        format!("{told} matches no ref")
    } else {
        format!("{told} matches no ref that leads to a commit")
    };
    let problem = Problem::new("refs-unmatched", message);
    match wish {
        Wish::Refs(glob) if !glob.starts_with("refs/") => {
            let guess = ["refs/tags/", "refs/heads/", "refs/remotes/"]
                .map(|prefix| Wish::Refs(format!("{prefix}{glob}")))
                .into_iter()
                .find(|wish| matcher(wish).is_ok_and(|is_match| refs.iter().any(|one| is_match(&one.name))));
            match guess {
                Some(Wish::Refs(guess)) => problem.help(format!("write the full name: `--refs '{guess}'`")),
                _ => problem.help("a full name begins with `refs/tags/`, `refs/heads/` or `refs/remotes/`; `git for-each-ref` lists them"),
            }
        }
        _ => problem.help("`git for-each-ref` lists what there is; a shallow clone may have no tags: `git fetch --tags`"),
    }
}

fn told(wish: &Wish) -> String {
    match wish {
        Wish::Name(name) => format!("`{name}`"),
        Wish::Refs(glob) => format!("`--refs {glob}`"),
        Wish::AllTags => "`--all-tags`".to_owned(),
        Wish::AllBranches => "`--all-branches`".to_owned(),
    }
}

/// Tells whether a full name matches.
type Matcher = Box<dyn Fn(&str) -> bool>;

/// Returns what tells whether a full name matches. A text without wildcards matches the ref itself and those below it, as in git.
fn matcher(wish: &Wish) -> Result<Matcher, Problem> {
    let below = |prefixes: &'static [&'static str]| -> Matcher {
        Box::new(move |name| prefixes.iter().any(|prefix| name.starts_with(prefix)))
    };
    match wish {
        Wish::Name(name) => {
            let name = name.clone();
            Ok(Box::new(move |other| other == name))
        }
        Wish::AllTags => Ok(below(&["refs/tags/"])),
        Wish::AllBranches => Ok(below(&["refs/heads/", "refs/remotes/"])),
        Wish::Refs(glob) if has_wildcard(glob) => {
            let globs = Globs::across(glob).map_err(|why| {
                Problem::new("refs-glob", format!("`{glob}` is no glob: {why}"))
                    .help("write it as 'refs/tags/v1.2.*', in quotes")
            })?;
            Ok(Box::new(move |name| globs.matches(name)))
        }
        Wish::Refs(plain) => {
            let plain = plain.trim_end_matches('/').to_owned();
            Ok(Box::new(move |name| {
                let rest = name.strip_prefix(plain.as_str());
                !plain.is_empty()
                    && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }))
        }
    }
}

/// Returns whether a text is a glob.
pub(super) fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}
