//! What a function does with a value, told by following every way through it in each case that the series brings: without running it,
//! and whatever form it has. Does not know where the functions are used.

mod eval;
mod value;
mod walk;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::masked::masks;
use crate::series::harness::{Case, Shape};
use crate::series::judge::CodeJudge;
use crate::series::{Patch, Rules};
use crate::syntax::body::Body;
use crate::syntax::c::{self, CFile, Function};
use crate::text::{Site, Span};
use value::Value;
use walk::{Lost, Walk, Way, World};

/// What the ways of a function tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// In every case it does what it should, whatever else is the case.
    Right,
    /// In a case it does not, whatever else is the case: the title of the case.
    Wrong(String),
    /// In a case it does not where something else holds: the title, and what.
    Partly(String, String),
    /// It does not even where there is nothing to find: the title of the case.
    Never(String),
    /// That could not be told, and why.
    Open(String),
}

impl Told {
    /// Whether it does what it should not, whatever else is the case.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self, Told::Wrong(_))
    }

    /// Whether it is no fix, though not wrong in every way.
    pub(super) fn is_doubtful(&self) -> bool {
        matches!(self, Told::Partly(..) | Told::Never(_))
    }
}

/// A function, and what its ways tell.
#[derive(Clone, Debug)]
pub(super) struct Followed {
    /// Its name.
    pub(super) function: String,
    /// Where it stands.
    pub(super) site: Site,
    /// What they tell.
    pub(super) told: Told,
    /// The functions that were followed with it.
    pub(super) with: BTreeSet<String>,
}

impl Followed {
    /// Returns what is told of the function, in words.
    pub(super) fn reason(&self) -> String {
        let function = &self.function;
        match &self.told {
            Told::Right => {
                format!("`{function}` decides rightly in every case, on every way through it")
            }
            Told::Wrong(case) => format!("`{function}` uses it where {case}"),
            Told::Partly(case, condition) => {
                format!("`{function}` uses it where {case} and {condition}")
            }
            Told::Never(case) => format!("`{function}` does not use it even where {case}"),
            Told::Open(why) => format!("what `{function}` does could not be told: {why}"),
        }
    }
}

/// The word that a case expects where the value is used, and the one for what may be used never.
const USED: &str = "used";
const DISCARDED: &str = "discarded";

/// How many callers up a function is looked for whose answer is known to the series.
const FURTHEST: usize = 3;

/// Follows the functions that hold these places of a file, each once: the function itself where its answer is known by its body, else
/// those that call it.
pub(super) fn follow(
    judge: &CodeJudge,
    patch: &Patch,
    file: &CFile,
    places: &[Span],
) -> Vec<Followed> {
    let Some(rules) = &patch.harness else {
        return Vec::new();
    };
    let follower = Follower::new(judge, rules, file);
    let mut roots: BTreeMap<usize, &Shape> = BTreeMap::new();
    for (at, function) in follower.functions.iter().enumerate() {
        if places.iter().any(|place| function.span.contains(*place)) {
            roots.extend(follower.roots(at));
        }
    }
    roots
        .into_iter()
        .map(|(at, shape)| follower.followed(at, shape))
        .collect()
}

struct Follower<'f> {
    judge: &'f CodeJudge,
    rules: &'f Rules,
    file: &'f CFile,
    functions: Vec<Function>,
    /// Names of the functions that read the cache.
    readers: Vec<String>,
    /// Macros that stand for a type or only mark what is declared.
    type_macros: Vec<String>,
    /// Parameters and expansion of each macro that takes arguments, as often as it is defined; read when one is looked for.
    macros: OnceCell<HashMap<String, Vec<Expansion>>>,
    bodies: RefCell<HashMap<String, Option<Rc<Body>>>>,
}

/// The parameters of a macro, and what it expands to.
type Expansion = (Vec<String>, String);

impl<'f> Follower<'f> {
    fn new(judge: &'f CodeJudge, rules: &'f Rules, file: &'f CFile) -> Self {
        let harness = &rules.manifest.harness;
        let mut functions = file.functions();
        functions.retain(|function| !function.name.is_empty());
        let body = |function: &Function| &file.code[function.body.start..function.body.end];
        let readers = functions.iter();
        let readers = readers.filter(|one| rules.reads_cache.is_match(body(one)));
        Follower {
            judge,
            rules,
            file,
            readers: readers.map(|one| one.name.clone()).collect(),
            functions,
            type_macros: harness
                .type_macros
                .iter()
                .chain(&harness.marks)
                .cloned()
                .collect(),
            macros: OnceCell::new(),
            bodies: RefCell::default(),
        }
    }

    fn code(&self, function: &Function) -> &str {
        &self.file.code[function.body.start..function.body.end]
    }

    /// The text of a function with what stands in its strings.
    fn live(&self, function: &Function) -> &str {
        &self.file.live[function.body.start..function.body.end]
    }

    /// Whether a name is called anywhere in the file.
    fn calls(&self, name: &str) -> bool {
        let code = &self.file.code;
        let mut behind = c::words(code, name).map(|at| &code[at + name.len()..]);
        behind.any(|behind| behind.trim_start().starts_with('('))
    }

    fn function(&self, name: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.name == name)
    }

    /// The shape of a function, and whether its body tells it and not its name or type alone.
    fn shape(&self, function: &Function) -> Option<(&'f Shape, bool)> {
        let body = self.code(function);
        let calls = |name: &String| c::words(body, name).next().is_some();
        let calls_reader = self.readers.iter().any(calls);
        let shape = self.rules.shape(function, body, calls_reader)?;
        Some((shape, shape.body.is_some() || shape.calls_reader))
    }

    /// The functions whose answers tell what comes of a use in this one.
    fn roots(&self, at: usize) -> Vec<(usize, &'f Shape)> {
        let own = self.shape(&self.functions[at]);
        if let Some((shape, true)) = own {
            return vec![(at, shape)];
        }
        let mut callers = BTreeSet::from([at]);
        for _ in 0..FURTHEST {
            let up: BTreeSet<usize> = callers.iter().flat_map(|at| self.callers(*at)).collect();
            let shaped = up.iter().filter_map(|at| {
                let (shape, is_sure) = self.shape(&self.functions[*at])?;
                is_sure.then_some((*at, shape))
            });
            let shaped: Vec<(usize, &Shape)> = shaped.collect();
            if !shaped.is_empty() {
                return shaped;
            }
            callers = up;
        }
        let by_callers = self.callers(at).into_iter().filter_map(|at| {
            let (shape, _) = self.shape(&self.functions[at])?;
            Some((at, shape))
        });
        let by_callers: Vec<(usize, &Shape)> = by_callers.collect();
        match own {
            Some((shape, _)) if self.callers(at).is_empty() => vec![(at, shape)],
            _ => by_callers,
        }
    }

    fn callers(&self, at: usize) -> Vec<usize> {
        let name = &self.functions[at].name;
        let calls = |one: &Function| c::words(self.code(one), name).next().is_some();
        let others = self.functions.iter().enumerate();
        others
            .filter(|(other, one)| *other != at && calls(one))
            .map(|(other, _)| other)
            .collect()
    }

    fn followed(&self, at: usize, shape: &Shape) -> Followed {
        let function = &self.functions[at];
        let mut with = BTreeSet::new();
        let told = self.told(function, shape, &mut with);
        // By its macros it may be something else than what was followed.
        let is_masked =
            |one: &&Function| with.contains(&one.name) && masks(self.file, one).is_some();
        let told = match self.functions.iter().find(is_masked) {
            Some(masked) => Err(format!("a macro makes `{}` another", masked.name)),
            None => told,
        };
        Followed {
            function: function.name.clone(),
            site: self.file.source.site(function.span),
            told: told.unwrap_or_else(Told::Open),
            with,
        }
    }

    fn told(
        &self,
        function: &Function,
        shape: &Shape,
        with: &mut BTreeSet<String>,
    ) -> Result<Told, String> {
        let body = self.read(function);
        let cases = self.rules.manifest.cases.iter();
        let mut cases: Vec<&Case> = cases.filter(|case| self.is_asked(case, shape)).collect();
        // Of what stays the same in all of them, nothing that is compared with it can hide what they ask.
        let varied = cases.iter().flat_map(|case| case.given.keys());
        let varied: BTreeSet<&str> = varied.map(String::as_str).collect();
        // Where the value is to be used tells which ways lead there.
        cases.sort_by_key(|case| expects(case) != Some(USED));
        let mut used: Vec<Way> = Vec::new();
        // What drops the value even there drops it for something else.
        let mut dropped: Vec<Vec<(Rc<str>, bool)>> = Vec::new();
        let mut told = Told::Right;
        let mut never = None;
        for case in cases {
            let scene = Scene {
                follower: self,
                shape,
                case,
                varied: &varied,
            };
            let mut walk = Walk::new(&scene);
            let ways = walk.follow(&function.name, &body).map_err(why)?;
            with.append(&mut walk.followed);
            let mut answers: Vec<(Way, &str)> = ways
                .into_iter()
                .map(|way| answer(shape, &way).map(|meaning| (way, meaning)))
                .collect::<Result<_, _>>()?;
            if expects(case) == Some(USED) {
                let (here, elsewhere): (Vec<_>, Vec<_>) = answers
                    .into_iter()
                    .partition(|(_, meaning)| *meaning == USED);
                if here.is_empty() {
                    never = never.or_else(|| Some(case.title.clone()));
                }
                used.extend(here.into_iter().map(|(way, _)| way));
                dropped.extend(elsewhere.into_iter().map(|(way, _)| way.choices));
                continue;
            }
            if never.is_some() {
                // What is used here and not where it should be is the wrong way round.
                if answers.iter().any(|(_, meaning)| *meaning == USED) {
                    return Ok(Told::Wrong(case.title.clone()));
                }
                continue;
            }
            answers.retain(|(way, meaning)| *meaning == USED || !dropped.contains(&way.choices));
            match judged(case, shape, &used, &answers)? {
                wrong @ Told::Wrong(_) => return Ok(wrong),
                partly if told == Told::Right => told = partly,
                _ => {}
            }
        }
        match (never, used.is_empty()) {
            (Some(title), _) => Ok(Told::Never(title)),
            (None, true) => Err("the series has no case in which the value is used".to_owned()),
            (None, false) => Ok(told),
        }
    }

    /// Whether a case asks about the values that are known here, and nothing else.
    fn is_asked(&self, case: &Case, shape: &Shape) -> bool {
        let input = |expression: &String| expression.strip_prefix("world.").map(str::to_owned);
        let given = shape.given.values().chain(shape.read.values());
        let mut inputs: BTreeSet<String> = given.filter_map(input).collect();
        inputs.extend(self.rules.manifest.harness.gives.values().cloned());
        let of_shape = case.shapes.is_empty() || case.shapes.contains(&shape.id);
        of_shape
            && case.needs.is_none()
            && expects(case).is_some()
            && case.given.keys().all(|input| inputs.contains(input))
    }

    fn read(&self, function: &Function) -> Body {
        Body::of(self.file, function, &self.type_macros)
    }

    fn body(&self, name: &str) -> Option<Rc<Body>> {
        if let Some(known) = self.bodies.borrow().get(name) {
            return known.clone();
        }
        let body = match self.function_like(name) {
            Some(body) => Some(body),
            None => {
                let is_followed = |one: &&Function| !self.readers.contains(&one.name);
                let function = self.function(name).filter(is_followed);
                function.map(|function| self.read(function))
            }
        };
        let body = body.map(Rc::new);
        self.bodies
            .borrow_mut()
            .insert(name.to_owned(), body.clone());
        body
    }

    /// A macro of the file that takes arguments, where it is an expression.
    fn function_like(&self, name: &str) -> Option<Body> {
        let macros = self.macros.get_or_init(|| function_like(&self.file.live));
        let defined = macros.get(name)?.iter();
        let mut defined =
            defined.filter_map(|(params, expansion)| Body::of_macro(params, expansion));
        let found = defined.next();
        // Defined twice, it is not known which is meant.
        found.filter(|_| defined.next().is_none())
    }
}

/// Reads the macros of a file that take arguments.
fn function_like(live: &str) -> HashMap<String, Vec<Expansion>> {
    let mut macros: HashMap<String, Vec<Expansion>> = HashMap::new();
    let text = live.replace("\\\n", " ");
    let defined = text.lines().filter_map(|line| {
        let line = line.trim_start().strip_prefix('#')?.trim_start();
        let (head, expansion) = line.strip_prefix("define")?.split_once(')')?;
        let (name, params) = head.split_once('(')?;
        let params = params.split(',').map(|param| param.trim().to_owned());
        Some((name.trim_start(), (params.collect(), expansion.to_owned())))
    });
    for (name, expansion) in defined {
        macros.entry(name.to_owned()).or_default().push(expansion);
    }
    macros
}

/// What a case says that is right: that the value is used, or that it is not.
fn expects(case: &Case) -> Option<&'static str> {
    match case.expect.as_slice() {
        [one] if one == USED => Some(USED),
        [one] if one == DISCARDED => Some(DISCARDED),
        _ => None,
    }
}

fn why(lost: Lost) -> String {
    match lost {
        Lost::Unknown(code) => format!("`{code}` is not understood"),
        Lost::Depends(term) => format!("what `{term}` gives is not known"),
        Lost::Many => "there are too many ways through it".to_owned(),
    }
}

/// What a way's answer means, in the words of the shape.
fn answer<'s>(shape: &'s Shape, way: &Way) -> Result<&'s str, String> {
    let Some(Value::Number(number, _)) = &way.answer else {
        return Err("an answer is not known".to_owned());
    };
    let meaning = shape.returns.get(&number.to_string());
    meaning
        .map(String::as_str)
        .ok_or_else(|| format!("what an answer of {number} means is not known"))
}

/// Judges a case in which the value is not to be used by those ways that would use it elsewhere: others have nothing to decide.
fn judged(
    case: &Case,
    shape: &Shape,
    used: &[Way],
    answers: &[(Way, &str)],
) -> Result<Told, String> {
    let mut first_wrong: Option<&Way> = None;
    let mut is_always = true;
    for way in used {
        let same = answers.iter().filter(|(other, _)| walk::agree(way, other));
        let (wrong, right): (Vec<_>, Vec<_>) = same.partition(|(_, meaning)| *meaning == USED);
        for (way, _) in &right {
            lacks(case, shape, way)?;
        }
        is_always &= right.is_empty() && !wrong.is_empty();
        first_wrong = first_wrong.or(wrong.first().map(|(way, _)| way));
    }
    Ok(match first_wrong {
        None => Told::Right,
        Some(_) if is_always => Told::Wrong(case.title.clone()),
        Some(wrong) => Told::Partly(case.title.clone(), parting(wrong, answers)),
    })
}

/// What parts a wrong way from the right one that goes with it longest.
fn parting(wrong: &Way, answers: &[(Way, &str)]) -> String {
    let shared = |way: &Way| {
        let both = way.choices.iter().zip(&wrong.choices);
        both.take_while(|(one, other)| one == other).count()
    };
    let right = answers.iter().filter(|(_, meaning)| *meaning != USED);
    let longest = right.map(|(way, _)| shared(way)).max();
    match wrong.choices.get(longest.unwrap_or(0)) {
        None => "something else holds".to_owned(),
        Some((text, truth)) => {
            let text = walk::without_calls(text);
            let verb = if *truth { "holds" } else { "does not hold" };
            format!("`{text}` {verb}")
        }
    }
}

/// Whether an effect of a case lacks on a way: then its answer alone does not tell.
fn lacks(case: &Case, shape: &Shape, way: &Way) -> Result<(), String> {
    let seen = case
        .effects
        .iter()
        .filter(|(name, _)| shape.sees.contains(name));
    for (name, is_wanted) in seen {
        if way.effects.contains(name) != *is_wanted {
            return Err(format!("whether it is {name} is not known"));
        }
    }
    Ok(())
}

/// A case in a file.
struct Scene<'s> {
    follower: &'s Follower<'s>,
    shape: &'s Shape,
    case: &'s Case,
    /// The inputs in which the cases differ.
    varied: &'s BTreeSet<&'s str>,
}

impl Scene<'_> {
    fn input(&self, name: &str) -> Option<Value> {
        let manifest = &self.follower.rules.manifest;
        let number = self
            .case
            .given
            .get(name)
            .or_else(|| manifest.defaults.get(name));
        let number = i128::from(*number?);
        Some(Value::Number(number, self.varied.contains(name)))
    }

    /// The value of an expression of the manifest: an input, a truth value, or something that is not null.
    fn expression(&self, text: &str) -> Option<Value> {
        match (text, text.strip_prefix("world.")) {
            (_, Some(input)) => self.input(input),
            ("true", _) => Some(Value::plain(1)),
            ("false", _) => Some(Value::plain(0)),
            _ => Some(Value::Pointer(text.into())),
        }
    }

    fn by_role(&self, name: &str, of: &BTreeMap<String, String>) -> Option<Value> {
        let role = self.follower.rules.role(name)?;
        of.get(role).and_then(|text| self.expression(text))
    }
}

impl World for Scene<'_> {
    fn given(&self, name: &str, is_called: bool) -> Option<Value> {
        let input = self.follower.rules.manifest.harness.gives.get(name)?;
        // A function that is not called gives nothing but where it stands.
        let is_value = is_called || !self.follower.calls(name);
        is_value.then(|| self.input(input)).flatten()
    }

    fn held(&self, name: &str) -> Option<Value> {
        let given = self.by_role(name, &self.shape.given);
        given.or_else(|| self.by_role(name, &self.shape.read))
    }

    fn read(&self, name: &str) -> Option<Value> {
        self.by_role(name, &self.shape.read)
    }

    fn parameter(&self, function: &str, at: usize) -> Option<String> {
        let function = self.follower.function(function)?;
        function.params.get(at).map(|param| param.name.clone())
    }

    fn entry(&self, text: &str) -> Option<String> {
        let found = self.follower.rules.entries.captures(text)?;
        found.get(1).map(|name| name.as_str().to_owned())
    }

    fn effect(&self, function: &str) -> Option<&str> {
        let mut shows = self.follower.rules.manifest.harness.shows.iter();
        let has = |names: &Vec<String>| names.iter().any(|name| name == function);
        shows
            .find(|(_, names)| has(names))
            .map(|(effect, _)| effect.as_str())
    }

    fn body(&self, function: &str) -> Option<Rc<Body>> {
        self.follower.body(function)
    }

    fn is_followed(&self, function: &str) -> bool {
        let Some(found) = self.follower.function(function) else {
            return self.follower.body(function).is_some();
        };
        let live = self.follower.live(found);
        let mut gives = self.follower.rules.manifest.harness.gives.keys();
        gives.any(|name| c::words(live, name).next().is_some())
    }

    fn settled(&self, text: &str) -> Option<bool> {
        let mut guards = self.follower.judge.guards.iter().map(|guard| guard.text());
        guards.find_map(|guard| match guard.strip_prefix('!') {
            Some(name) => (name == text).then_some(false),
            None => (guard == text).then_some(true),
        })
    }
}

#[cfg(test)]
mod tests;
