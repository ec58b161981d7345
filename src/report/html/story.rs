//! A history as a drawing that one can follow: steps down, combinations of patches across, in each cell what the cache holds and
//! whether a start reads it or probes. Decides nothing.

use serde::Serialize;

use crate::check::scenario::{Decision, History, Outcome, Played, Scene, Started, Told};
use crate::report::answer::Answer;
use crate::series::Scenarios;
use crate::series::scenario::{Directory, Event, Scenario};

/// How many colors builds are told apart by.
const COLORS: usize = 6;

/// A history as it is drawn.
#[derive(Serialize)]
pub(super) struct Story<'s> {
    id: &'s str,
    title: &'s str,
    heads: Vec<Head<'s>>,
    steps: Vec<Step<'s>>,
}

/// What came of it in a combination.
#[derive(Serialize)]
struct Head<'s> {
    heading: &'s str,
    word: &'s str,
    is_right: bool,
    /// The distributions where it goes wrong, where it does not on all.
    wrong_on: &'s [String],
}

#[derive(Serialize)]
struct Step<'s> {
    told: String,
    clock: String,
    installed: Vec<Token<'s>>,
    cells: Vec<Vec<Cell<'s>>>,
}

/// A build, or what is probed, as a small colored box.
#[derive(Serialize)]
struct Token<'s> {
    text: &'s str,
    color: usize,
    /// The part that it is of, where not all parts are.
    part: Option<&'s str>,
}

/// A cache in a combination after a step.
#[derive(Serialize)]
struct Cell<'s> {
    /// Whose cache, where there are several.
    of: Option<&'s str>,
    tokens: Vec<Token<'s>>,
    /// What there is to say where it holds nothing.
    state: &'static str,
    act: Option<Act<'s>>,
    why: String,
}

/// What happened to a cache in a step.
#[derive(Serialize)]
struct Act<'s> {
    verb: &'static str,
    word: &'s str,
    kind: &'static str,
}

/// Tells the histories of the group with this number.
pub(super) fn stories<'s>(played: &'s Played, answer: &'s Answer, group: usize) -> Vec<Story<'s>> {
    let tale = &played.scenarios;
    let histories = played.histories.iter();
    let histories = histories.filter(|history| tale.scenarios[history.at].group == group);
    histories
        .map(|history| story(played, answer, history))
        .collect()
}

fn story<'s>(played: &'s Played, answer: &'s Answer, history: &'s History) -> Story<'s> {
    let (tale, variants) = (&played.scenarios, played.with.variants.len());
    let scenario = &tale.scenarios[history.at];
    let outcomes: Vec<(&str, &Outcome)> = answer
        .columns()
        .map(|(heading, at)| (heading, &history.outcomes[at]))
        .collect();
    let heads = outcomes.iter().map(|(heading, outcome)| Head {
        heading,
        word: match outcome.right {
            true => &tale.labels.right,
            false => &tale.labels.wrong,
        },
        is_right: outcome.right,
        wrong_on: match outcome.wrong_on.len() < variants {
            true => &outcome.wrong_on,
            false => &[],
        },
    });
    let view = View::of(tale, scenario);
    Story {
        id: &scenario.id,
        title: &scenario.title,
        heads: heads.collect(),
        steps: (0..scenario.steps.len())
            .map(|at| view.step(at, &outcomes))
            .collect(),
    }
}

/// What of a machine a history is about.
struct View<'s> {
    tale: &'s Scenarios,
    scenario: &'s Scenario,
    caches: Vec<usize>,
    probes: bool,
}

impl<'s> View<'s> {
    fn of(tale: &'s Scenarios, scenario: &'s Scenario) -> Self {
        let events = || scenario.steps.iter().map(|step| &step.event);
        let is_about = |wanted: usize| {
            events().any(|event| match event {
                Event::Start { cache } | Event::Write { cache } => *cache == wanted,
                _ => false,
            })
        };
        View {
            tale,
            scenario,
            caches: (0..tale.caches.len()).filter(|at| is_about(*at)).collect(),
            probes: events().any(|event| matches!(event, Event::Probe { .. })),
        }
    }

    fn step(&self, at: usize, outcomes: &[(&str, &'s Outcome)]) -> Step<'s> {
        let step = &self.scenario.steps[at];
        let scene = outcomes
            .first()
            .and_then(|(_, outcome)| outcome.scenes.get(at));
        Step {
            told: sentence(&self.tale.told(step)),
            clock: scene.map_or(String::new(), |scene| moment(scene.clock)),
            installed: scene.map_or(Vec::new(), |scene| self.installed(scene)),
            cells: outcomes
                .iter()
                .map(|(_, outcome)| self.cells(at, outcome))
                .collect(),
        }
    }

    fn installed(&self, scene: &Scene) -> Vec<Token<'s>> {
        let builds: Vec<usize> = scene
            .parts
            .iter()
            .flatten()
            .map(|(build, _)| *build)
            .collect();
        let mut tokens = match builds.len() == scene.parts.len() {
            true => self.tokens(&builds),
            false => Vec::new(),
        };
        if self.probes {
            tokens.push(self.probed(scene.probed));
        }
        tokens
    }

    /// One token where all parts are of one build, else one for each part.
    fn tokens(&self, builds: &[usize]) -> Vec<Token<'s>> {
        let token = |build: usize, part: Option<&'s str>| {
            let told = &self.tale.builds[build];
            Token {
                text: &told.id,
                color: told.content % COLORS,
                part,
            }
        };
        match builds {
            [] => Vec::new(),
            [first, rest @ ..] if rest.iter().all(|build| build == first) => {
                vec![token(*first, None)]
            }
            _ => {
                let parts = builds.iter().zip(&self.tale.parts);
                parts
                    .map(|(build, part)| token(*build, Some(part)))
                    .collect()
            }
        }
    }

    fn probed(&self, at: usize) -> Token<'s> {
        Token {
            text: &self.tale.probed[at].id,
            color: (self.tale.builds.len() + at) % COLORS,
            part: None,
        }
    }

    fn cells(&self, at: usize, outcome: &'s Outcome) -> Vec<Cell<'s>> {
        let cell = |&cache: &usize| self.cell(at, cache, outcome);
        self.caches.iter().filter_map(cell).collect()
    }

    fn cell(&self, at: usize, cache: usize, outcome: &'s Outcome) -> Option<Cell<'s>> {
        let scene = outcome.scenes.get(at)?;
        let held = &scene.caches[cache];
        let before = at.checked_sub(1).and_then(|at| outcome.scenes.get(at));
        let before = before.and_then(|scene| scene.caches[cache].entry.as_ref());
        let started = outcome
            .starts
            .iter()
            .find(|(step, started)| *step == at && started.cache == cache)
            .map(|(_, started)| started);
        let (act, why) = match started {
            Some(started) => (Some(self.act(started)), self.reason(started, scene, before)),
            None => self.happened(at, cache, before.is_some(), held.entry.is_some()),
        };
        let entry = held.entry.as_ref();
        Some(Cell {
            of: (self.caches.len() > 1).then(|| self.tale.caches[cache].id.as_str()),
            tokens: entry.map_or(Vec::new(), |told| self.told(told)),
            state: match (entry, held.directory) {
                (Some(_), Directory::Linked) => "behind a link",
                (Some(_), _) => "",
                (None, Directory::Missing) => "no cache",
                (None, Directory::Linked) => "a link, no file",
                (None, Directory::Plain | Directory::Full) => "empty",
            },
            act,
            why,
        })
    }

    fn told(&self, told: &Told) -> Vec<Token<'s>> {
        let mut tokens = self.tokens(&told.parts);
        if self.probes {
            tokens.push(self.probed(told.probed));
        }
        tokens
    }

    fn act(&self, started: &Started) -> Act<'s> {
        let labels = &self.tale.labels;
        let (verb, word, kind) = match (started.used, started.right, started.needless) {
            (true, true, _) => ("reads", labels.right.as_str(), "good"),
            (_, false, _) => ("reads", labels.wrong.as_str(), "bad"),
            (false, true, false) => ("probes", "", "good"),
            (false, true, true) => ("probes", "needlessly", "open"),
        };
        Act { verb, word, kind }
    }

    fn reason(&self, started: &Started, scene: &Scene, before: Option<&Told>) -> String {
        let Some(decision) = &started.decision else {
            return "There is no cache: it probes, and writes one.".to_owned();
        };
        let seen = seen(decision);
        if !started.used {
            return format!("{seen}: it does not use the cache, probes, and writes it anew.");
        }
        if started.right {
            return format!("{seen}: it uses the cache, which is that of what is installed.");
        }
        let names = |tokens: &[Token]| {
            let names = tokens.iter().map(|token| match token.part {
                Some(part) => format!("{} ({part})", token.text),
                None => token.text.to_owned(),
            });
            names.collect::<Vec<_>>().join(", ")
        };
        let cached = before.map_or(String::new(), |told| names(&self.told(told)));
        let installed = names(&self.installed(scene));
        format!(
            "{seen}: it uses the cache, which is that of {cached}, and {installed} is installed."
        )
    }

    /// What a step that is no start did to a cache.
    fn happened(&self, at: usize, cache: usize, was: bool, is: bool) -> (Option<Act<'s>>, String) {
        let event = &self.scenario.steps[at].event;
        let act = |verb| {
            let (word, kind) = ("", "none");
            Some(Act { verb, word, kind })
        };
        let cleans = match (event, &self.tale.clean) {
            (Event::Install { way, parts, .. }, Some(clean)) => {
                self.tale.ways[*way].scriptlet && parts.contains(&clean.part)
            }
            _ => false,
        };
        match event {
            _ if cleans && was && !is => (
                act("emptied"),
                "The scriptlet of the package empties the cache.".to_owned(),
            ),
            _ if cleans && was => (
                None,
                "The scriptlet of the package leaves the cache.".to_owned(),
            ),
            Event::Write { cache: of } if *of == cache => (
                act("written"),
                "The old daemon writes what it knows.".to_owned(),
            ),
            Event::Install { way, .. } if self.tale.ways[*way].restores => {
                (None, "The cache comes back with the machine.".to_owned())
            }
            _ => (None, String::new()),
        }
    }
}

/// What a daemon sees when it decides.
fn seen(decision: &Decision) -> String {
    let mut seen = match decision.own == decision.cached_own {
        true => format!("The daemon and the cache are of {}", moment(decision.own)),
        false => format!(
            "The daemon is of {}, the cache was written by one of {}",
            moment(decision.own),
            moment(decision.cached_own)
        ),
    };
    if decision.probed != decision.cached_probed {
        seen.push_str(&format!(
            "; what it probes is of {}, in the cache of {}",
            moment(decision.probed),
            moment(decision.cached_probed)
        ));
    }
    if decision.version != decision.cached_version {
        seen.push_str("; their versions differ");
    }
    seen
}

/// A time of the model, in the one form that sorts and needs no zone.
fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| seconds.to_string(),
        |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

fn sentence(told: &str) -> String {
    let mut characters = told.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
