//! Reads `scenarios.toml`; every mistake is told at its place. Does not know how a history is played.

use toml::Spanned;

use super::raw::{
    Named, Raw, RawBuild, RawCache, RawClean, RawDecide, RawGroup, RawProbed, RawScenario, RawStep,
    RawTime, RawWalk, RawWay, Text,
};
use super::{
    Build, Cache, Clean, Decide, Directory, Event, Group, Labels, Probed, Scenario, Scenarios,
    Step, Time, Walk, Way,
};
use crate::text::{Problem, Source};

type Range = std::ops::Range<usize>;

/// More orders of a walk than anybody waits for.
const MOST_ORDERS: u64 = 200_000;

impl Scenarios {
    /// Reads a manifest of histories; `patches` are the ids of the series' patches.
    ///
    /// # Errors
    /// `series-manifest` where TOML or the format objects, else a `series-scenario` for every mistake, each at its place.
    pub fn read(source: &Source, patches: &[String]) -> Result<Self, Vec<Problem>> {
        let raw: Raw = crate::series::load::parse(source).map_err(|problem| vec![problem])?;
        let mut reader = Reader {
            source,
            problems: Vec::new(),
        };
        let scenarios = reader.scenarios(raw, patches);
        match (scenarios, reader.problems.is_empty()) {
            (Some(scenarios), true) => Ok(scenarios),
            _ => Err(reader.problems),
        }
    }
}

/// The words that steps may use: ids, each in the order of its list.
struct Words {
    builds: Vec<String>,
    probed: Vec<String>,
    ways: Vec<String>,
    caches: Vec<String>,
    parts: Vec<String>,
    pace: i64,
}

struct Reader<'s> {
    source: &'s Source,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn mistake(&mut self, message: impl Into<String>, at: Range) {
        let problem = Problem::new("series-scenario", message).at(self.source, at.into(), "here");
        self.problems
            .push(problem.help("see patches/README.md for what a history may say"));
    }

    fn scenarios(&mut self, raw: Raw, patches: &[String]) -> Option<Scenarios> {
        let words = Words {
            builds: raw.build.keys().cloned().collect(),
            probed: raw.probed.keys().cloned().collect(),
            ways: raw.way.keys().cloned().collect(),
            caches: raw.cache.keys().cloned().collect(),
            parts: parts(&raw.build),
            pace: raw.pace,
        };
        let decide = self.decide(raw.decide, patches, &words);
        let clean = raw
            .clean
            .and_then(|clean| self.clean(clean, patches, &words));
        let first = self.known("probed", &raw.first_probed, &words.probed);
        let builds = self.builds(raw.build, &words);
        let ways = raw
            .way
            .into_iter()
            .filter_map(|(id, way)| self.way(id, way.into_inner()))
            .collect();
        let caches = raw
            .cache
            .into_iter()
            .map(|(id, cache)| self.cache(id, cache.into_inner()))
            .collect();
        let groups = self.ids("group", raw.group.iter().map(|group| &group.id));
        for patch in raw.group.iter().flat_map(|group| &group.mended_by) {
            self.patch(patch, patches);
        }
        self.ids("scenario", raw.scenario.iter().map(|scenario| &scenario.id));
        let told = raw.scenario.into_iter();
        let scenarios = told
            .filter_map(|scenario| self.scenario(scenario, &groups, &words))
            .collect();
        Some(Scenarios {
            source: self.source.clone(),
            labels: Labels {
                right: raw.labels.right,
                wrong: raw.labels.wrong,
            },
            clock: raw.clock,
            pace: raw.pace,
            probed_first: first?,
            decide: decide?,
            clean,
            builds,
            probed: raw
                .probed
                .into_iter()
                .map(|(id, probed)| probed_of(id, probed.into_inner()))
                .collect(),
            ways,
            caches,
            groups: raw.group.into_iter().map(group_of).collect(),
            scenarios,
            walk: raw.walk.map(|walk| self.walk(walk, &words)),
            parts: words.parts,
        })
    }

    fn decide(&mut self, raw: RawDecide, patches: &[String], words: &Words) -> Option<Decide> {
        self.patch(&raw.patch, patches);
        let part = self.known("part", &raw.part, &words.parts)?;
        Some(Decide {
            patch: raw.patch.into_inner(),
            part,
            used: raw.used,
            own: raw.own,
            cached_own: raw.cached_own,
            probed: raw.probed,
            cached_probed: raw.cached_probed,
            versions: raw.version.zip(raw.cached_version),
        })
    }

    fn clean(&mut self, raw: RawClean, patches: &[String], words: &Words) -> Option<Clean> {
        self.patch(&raw.patch, patches);
        let part = self.known("part", &raw.part, &words.parts)?;
        Some(Clean {
            patch: raw.patch.into_inner(),
            part,
        })
    }

    fn patch(&mut self, id: &Text, patches: &[String]) {
        if !patches.contains(id.get_ref()) {
            self.mistake(
                format!("`{}` is no patch of the series", id.get_ref()),
                id.span(),
            );
        }
    }

    fn known(&mut self, kind: &str, id: &Text, ids: &[String]) -> Option<usize> {
        let found = ids.iter().position(|known| known == id.get_ref());
        if found.is_none() {
            let message = format!(
                "there is no {kind} `{}`: expected one of `{}`",
                id.get_ref(),
                ids.join("`, `")
            );
            self.mistake(message, id.span());
        }
        found
    }

    fn ids<'i>(&mut self, kind: &str, ids: impl Iterator<Item = &'i Text>) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        for id in ids {
            if seen.contains(id.get_ref()) {
                self.mistake(format!("`{}` names two of {kind}", id.get_ref()), id.span());
            }
            seen.push(id.get_ref().clone());
        }
        seen
    }

    fn builds(&mut self, raw: Named<RawBuild>, words: &Words) -> Vec<Build> {
        let mut builds = Vec::new();
        for (at, (id, build)) in raw.into_iter().enumerate() {
            let span = build.span();
            let build = build.into_inner();
            if build.parts.keys().ne(words.parts.iter()) {
                let message = format!(
                    "the build `{id}` has other parts than the first: expected `{}`",
                    words.parts.join("`, `")
                );
                self.mistake(message, span);
            }
            let content = build
                .same_as
                .as_ref()
                .and_then(|id| self.known("build", id, &words.builds));
            builds.push(Build {
                id,
                title: build.title,
                times: build.parts.into_values().collect(),
                version: build.version,
                content: content.unwrap_or(at),
                patched: build.patched,
            });
        }
        builds
    }

    fn way(&mut self, id: String, raw: RawWay) -> Option<Way> {
        let time = match raw.time.get_ref() {
            RawTime::Word(word) if word == "now" => Time::Now,
            RawTime::Word(word) if word == "kept" => Time::Kept,
            RawTime::Fixed(time) => Time::Fixed(*time),
            RawTime::Word(word) => {
                let message =
                    format!("`{word}` is no time: expected `now`, `kept` or a number of seconds");
                self.mistake(message, raw.time.span());
                return None;
            }
        };
        if let Some(cache) = raw
            .cache
            .as_ref()
            .filter(|cache| cache.get_ref() != "restored")
        {
            self.mistake(
                "a way leaves caches alone, or has them `restored`",
                cache.span(),
            );
        }
        Some(Way {
            id,
            title: raw.title,
            time,
            scriptlet: raw.scriptlet,
            restores: raw.cache.is_some(),
        })
    }

    fn cache(&mut self, id: String, raw: RawCache) -> Cache {
        if !crate::series::scriptlet::is_own(raw.directory.get_ref()) {
            let message = "expected an absolute path outside /usr, /proc, /dev, /tmp and the like";
            self.mistake(message, raw.directory.span());
        }
        if raw.file.get_ref().is_empty() || raw.file.get_ref().contains('/') {
            self.mistake("expected the name of a file", raw.file.span());
        }
        Cache {
            id,
            daemon: raw.daemon,
            directory: raw.directory.into_inner(),
            file: raw.file.into_inner(),
        }
    }

    fn scenario(&mut self, raw: RawScenario, groups: &[String], words: &Words) -> Option<Scenario> {
        let span = raw.id.span();
        let group = self.known("group", &raw.group, groups);
        let steps = self.steps(raw.steps, words);
        let starts = |step: &Step| matches!(step.event, Event::Start { .. } | Event::Write { .. });
        let installs = |step: &Step| matches!(step.event, Event::Install { .. });
        let complete = |step: &Step| matches!(&step.event, Event::Install { parts, .. } if parts.len() == words.parts.len());
        if !steps
            .iter()
            .any(|step| matches!(step.event, Event::Start { .. }))
        {
            self.mistake(
                "nothing starts in this history, so that it asks nothing",
                span.clone(),
            );
        }
        let first = steps.iter().position(complete);
        let early = |step: &Step| starts(step) || (installs(step) && !complete(step));
        if steps.iter().take(first.unwrap_or(steps.len())).any(early) {
            self.mistake(
                "something happens here before a whole build is installed",
                span.clone(),
            );
        }
        Some(Scenario {
            id: raw.id.into_inner(),
            title: raw.title,
            group: group?,
            steps,
            span: span.into(),
        })
    }

    fn walk(&mut self, raw: RawWalk, words: &Words) -> Walk {
        let (span, length) = (raw.length.span(), raw.length.into_inner());
        let steps = self.steps(raw.steps, words);
        let orders = (1..=length).try_fold(0u64, |sum, length| {
            let orders = u64::try_from(steps.len())
                .ok()?
                .checked_pow(u32::try_from(length).ok()?)?;
            sum.checked_add(orders)
        });
        if orders.is_none_or(|orders| orders > MOST_ORDERS) {
            self.mistake(
                format!("more than {MOST_ORDERS} orders of these steps"),
                span,
            );
        }
        Walk { length, steps }
    }

    fn steps(&mut self, raw: Vec<Spanned<RawStep>>, words: &Words) -> Vec<Step> {
        raw.into_iter()
            .filter_map(|step| self.step(step, words))
            .collect()
    }

    fn step(&mut self, raw: Spanned<RawStep>, words: &Words) -> Option<Step> {
        let span = raw.span();
        let raw = raw.into_inner();
        let after = raw
            .after
            .as_ref()
            .map_or(words.pace, |after| *after.get_ref());
        if after < 0 {
            self.mistake(
                "time does not pass backwards; set the `clock` back",
                span.clone(),
            );
        }
        let event = self.event(raw, span, words)?;
        Some(Step { after, event })
    }

    fn event(&mut self, raw: RawStep, span: Range, words: &Words) -> Option<Event> {
        let with = (raw.by.as_ref(), raw.parts, raw.of.as_ref());
        let verbs = (
            raw.install,
            raw.probe,
            raw.start,
            raw.write,
            raw.clock,
            raw.directory,
        );
        let event = match (verbs, with) {
            ((Some(build), None, None, None, None, None), (Some(way), parts, None)) => {
                let parts = self.some_parts(parts, words);
                let build = self.known("build", &build, &words.builds);
                Event::Install {
                    way: self.known("way", way, &words.ways)?,
                    build: build?,
                    parts,
                }
            }
            ((None, Some(probed), None, None, None, None), (Some(way), None, None)) => {
                let probed = self.known("probed", &probed, &words.probed);
                Event::Probe {
                    way: self.known("way", way, &words.ways)?,
                    probed: probed?,
                }
            }
            ((None, None, Some(cache), None, None, None), (None, None, None)) => Event::Start {
                cache: self.known("cache", &cache, &words.caches)?,
            },
            ((None, None, None, Some(cache), None, None), (None, None, None)) => Event::Write {
                cache: self.known("cache", &cache, &words.caches)?,
            },
            ((None, None, None, None, Some(by), None), (None, None, None)) => Event::Clock { by },
            ((None, None, None, None, None, Some(state)), (None, None, Some(cache))) => {
                let named = Directory::named(state.get_ref());
                if named.is_none() {
                    let message = "a directory is `missing`, `empty`, `full` or `linked`";
                    self.mistake(message, state.span());
                }
                Event::Directory {
                    cache: self.known("cache", cache, &words.caches)?,
                    state: named?,
                }
            }
            _ => {
                let message = "a step is one of `install` and `probe` (with `by`), `start`, `write`, `clock`, and `directory` (with `of`)";
                self.mistake(message, span);
                return None;
            }
        };
        Some(event)
    }

    fn some_parts(&mut self, parts: Option<Vec<Text>>, words: &Words) -> Vec<usize> {
        match parts {
            None => (0..words.parts.len()).collect(),
            Some(parts) => parts
                .iter()
                .filter_map(|part| self.known("part", part, &words.parts))
                .collect(),
        }
    }
}

fn probed_of(id: String, raw: RawProbed) -> Probed {
    Probed {
        id,
        title: raw.title,
        time: raw.time,
    }
}

fn group_of(raw: RawGroup) -> Group {
    Group {
        id: raw.id.into_inner(),
        title: raw.title,
        mended_by: raw.mended_by.into_iter().map(Spanned::into_inner).collect(),
    }
}

/// The parts of the first build; all have the same.
fn parts(builds: &Named<RawBuild>) -> Vec<String> {
    let first = builds.values().next();
    first
        .map(|build| build.get_ref().parts.keys().cloned().collect())
        .unwrap_or_default()
}
