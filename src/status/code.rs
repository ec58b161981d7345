//! The status of a patch of C code: every use of the function that decides is right, wrong, neutral, or keeps the status open.

use super::effect::idle;
use super::masked::masks;
use super::ways::{self, Followed, Told};
use super::{Ground, Status, open};
use crate::locate::{self, FunctionTree};
use crate::series::Patch;
use crate::series::judge::CodeJudge;
use crate::series::step::{Edit, Expression};
use crate::syntax::c::{self, CFile, Function};
use crate::syntax::pattern::Pattern;
use crate::target::Tree;
use crate::text::{Site, Source, Span};

/// The uses found so far.
#[derive(Default)]
struct Uses {
    right: Vec<(String, Site)>,
    wrong: Vec<(String, Site)>,
    /// Right in form, without effect for a reason.
    idle: Vec<(String, Site, &'static str)>,
    open: Vec<(String, Site)>,
    /// What the ways of the functions tell that hold these uses, with the path of their file.
    followed: Vec<(String, Followed)>,
    /// Uses in functions that were not followed.
    strays: usize,
}

pub(super) fn judge(judge: &CodeJudge, patch: &Patch, tree: &Tree, revision: &str) -> Ground {
    let step = patch.steps.iter().find(|step| step.id.value == judge.step);
    let Some((step, Edit::Expression(wanted))) = step.map(|step| (step, &step.edit)) else {
        return Ground::new(
            Status::Undetermined,
            "no-decision",
            "the series does not say what to look for",
        );
    };
    let mut uses = Uses::default();
    // A wrong form in another file would undo a right one in the first.
    let looked = match tree.list(&step.elsewhere) {
        Ok(others) => {
            let others = others.into_iter().filter(|path| !step.files.contains(path));
            let paths: Vec<String> = step.files.iter().cloned().chain(others).collect();
            uses.look((judge, wanted, patch), tree, revision, &paths)
        }
        Err(fault) => {
            return Ground::new(Status::Undetermined, "target-unreadable", fault.to_string());
        }
    };
    match looked {
        Ok(()) => uses.ground(judge),
        Err(ground) => *ground,
    }
}

/// Returns the uses in a file that are right, wrong, idle or open: all but those that decide nothing.
pub(super) fn uses(judge: &CodeJudge, wanted: &Expression, file: &CFile) -> Vec<Span> {
    let mut uses = Uses::default();
    uses.collect(judge, wanted, "", file);
    uses.all().map(|(_, site)| site.span).collect()
}

/// Returns the uses in a file whose form is wrong, or is not known to be right.
pub(super) fn unsettled(judge: &CodeJudge, wanted: &Expression, file: &CFile) -> Vec<Span> {
    let mut uses = Uses::default();
    uses.collect(judge, wanted, "", file);
    let found = uses.wrong.iter().chain(&uses.open);
    found.map(|(_, site)| site.span).collect()
}

impl Uses {
    fn look(
        &mut self,
        (judge, wanted, patch): (&CodeJudge, &Expression, &Patch),
        tree: &Tree,
        revision: &str,
        paths: &[String],
    ) -> Result<(), Box<Ground>> {
        for path in paths {
            if let Some(source) = open(tree, path, revision)?
                && source.text().contains(judge.subject.as_str())
            {
                let file = CFile::scan(&source);
                self.collect(judge, wanted, path, &file);
                self.follow(judge, patch, path, &file);
            }
        }
        Ok(())
    }

    /// All but those that decide nothing, with the path of their file.
    fn all(&self) -> impl Iterator<Item = (&String, &Site)> {
        let told = self.right.iter().chain(&self.wrong).chain(&self.open);
        let idle = self.idle.iter().map(|(path, site, _)| (path, site));
        told.map(|(path, site)| (path, site)).chain(idle)
    }

    /// Follows the ways of the functions that hold the uses of a file.
    fn follow(&mut self, judge: &CodeJudge, patch: &Patch, path: &str, file: &CFile) {
        let own = self.all().filter(|(of, _)| *of == path);
        let places: Vec<Span> = own.map(|(_, site)| site.span).collect();
        if places.is_empty() {
            return;
        }
        let followed = ways::follow(judge, patch, file, &places);
        let functions = file.functions();
        let is_covered = |place: &&Span| {
            let function = functions.iter().find(|one| one.span.contains(**place));
            function.is_some_and(|function| {
                let mut all = followed.iter();
                all.any(|one| one.with.contains(&function.name)) || file.is_unused(function)
            })
        };
        self.strays += places.iter().filter(|place| !is_covered(place)).count();
        let followed = followed.into_iter();
        self.followed
            .extend(followed.map(|one| (path.to_owned(), one)));
    }

    /// What the ways tell, where they tell enough: by them alone where they were all followed, else beside what the form tells.
    fn by_ways(&self, by_form: &Ground) -> Option<Ground> {
        let find = |is: fn(&Told) -> bool| self.followed.iter().find(|(_, one)| is(&one.told));
        let is_right = |(_, one): &(String, Followed)| one.told == Told::Right;
        let (status, code, (path, found)) = if let Some(found) = find(Told::is_wrong) {
            (Status::Missing, "comparison-wrong", found)
        } else if self.strays == 0 && self.followed.iter().all(is_right) {
            (Status::Fixed, "comparison-right", self.followed.first()?)
        } else {
            let found = find(Told::is_doubtful).filter(|_| by_form.status != Status::Missing)?;
            (Status::Undetermined, "comparison-partly", found)
        };
        let own = self
            .all()
            .filter(|(of, site)| *of == path && found.site.span.contains(site.span));
        let mut own: Vec<(String, Site)> =
            own.map(|(of, site)| (of.clone(), site.clone())).collect();
        if own.is_empty() {
            own.push((path.clone(), found.site.clone()));
        }
        Some(Ground::new(status, code, found.reason()).at(own))
    }

    /// The form tells where it agrees with the ways: it says which comparison it is.
    fn ground(self, judge: &CodeJudge) -> Ground {
        let by_form = self.by_form(judge);
        match self.by_ways(&by_form) {
            Some(by_ways)
                if by_ways.status != by_form.status || by_form.status == Status::Undetermined =>
            {
                by_ways
            }
            _ => by_form,
        }
    }

    fn by_form(&self, judge: &CodeJudge) -> Ground {
        let subject = &judge.subject;
        if !self.wrong.is_empty() {
            let reason = format!("`{}` is a wrong form", one_line(&self.wrong[0].1));
            return Ground::new(Status::Missing, "comparison-wrong", reason).at(self.wrong.clone());
        }
        if let Some((_, site, why)) = self.idle.first() {
            let reason = format!("`{}` is right, but {why}", one_line(site));
            let places = self
                .idle
                .iter()
                .map(|(path, site, _)| (path.clone(), site.clone()))
                .collect();
            return Ground::new(Status::Undetermined, "comparison-idle", reason).at(places);
        }
        if !self.open.is_empty() {
            let reason = format!(
                "`{subject}` is used in a way that structure alone can't tell right from wrong"
            );
            return Ground::new(Status::Undetermined, "comparison-unknown", reason)
                .at(self.open.clone());
        }
        if self.right.is_empty() {
            let reason = format!("no comparison with `{subject}` was found");
            return Ground::new(Status::Undetermined, "comparison-missing", reason);
        }
        let reason = format!(
            "`{}` is a right form, where it decides",
            one_line(&self.right[0].1)
        );
        Ground::new(Status::Fixed, "comparison-right", reason).at(self.right.clone())
    }

    fn collect(&mut self, judge: &CodeJudge, wanted: &Expression, path: &str, file: &CFile) {
        let source = &file.source;
        let at = |span: Span| (path.to_owned(), source.site(span));
        let functions = file.functions();
        for found in locate::expressions(file, wanted) {
            let span = found.site.span;
            match is_joined(judge, file, &functions, span) {
                true => self.open.push(at(span)),
                false => self.wrong.push((path.to_owned(), found.site)),
            }
        }
        for function in &functions {
            let code = &file.code[function.span.start..function.span.end];
            let used: Vec<Span> = c::words(code, &judge.subject)
                .map(|start| {
                    Span::new(start, start + judge.subject.len()).shifted(function.span.start)
                })
                .collect();
            if used.is_empty() || function.name == judge.subject {
                continue;
            }
            let tree = FunctionTree::parse(file, function);
            let spans = |patterns: &[Pattern]| -> Vec<Span> {
                let patterns: Vec<&Pattern> = patterns.iter().collect();
                let found = tree.all_uses(source, &patterns, &judge.holes);
                found.into_iter().map(|(_, found)| found.span).collect()
            };
            let (right, neutral) = (spans(&judge.right), spans(&judge.neutral));
            let is_keeper = judge
                .keepers
                .as_ref()
                .is_some_and(|names| names.is_match(&function.name));
            let keeps = is_keeper && right.is_empty();
            if !right.is_empty() {
                self.open.extend(masks(file, function).map(at));
            }
            for word in used {
                let inside =
                    |spans: &[Span]| spans.iter().copied().find(|span| span.contains(word));
                let told = self.wrong.iter().chain(&self.open);
                if told
                    .into_iter()
                    .any(|(of, site)| of == path && site.span.contains(word))
                {
                    continue;
                }
                match inside(&right) {
                    Some(span) => match idle(judge, file, &tree, span) {
                        None => self.right.push(at(span)),
                        Some(why) => self.idle.push((path.to_owned(), source.site(span), why)),
                    },
                    // Kept where it is decided or loaded, a value could be made to agree with what it is compared with.
                    None if inside(&neutral).is_some() && (keeps || !is_assigned(&tree, word)) => {}
                    None => self.open.push(at(word)),
                }
            }
        }
        self.open
            .extend(in_directives(source, &judge.subject).into_iter().map(at));
        self.open
            .extend(outside(file, &functions, &judge.subject).map(at));
    }
}

/// Whether a wrong form is joined with another use in one expression: together they may be right.
fn is_joined(judge: &CodeJudge, file: &CFile, functions: &[Function], span: Span) -> bool {
    let Some(function) = functions.iter().find(|one| one.span.contains(span)) else {
        return false;
    };
    let tree = FunctionTree::parse(file, function);
    let uses = |span: Span| c::words(&file.code[span.start..span.end], &judge.subject).count();
    let own = uses(span);
    tree.ancestors(span)
        .iter()
        .take_while(|node| node.kind.ends_with("_expression") || node.kind == "argument_list")
        .any(|node| uses(node.span) > own)
}

fn one_line(site: &Site) -> String {
    site.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A macro may hide a use, so one that names the function keeps the status open.
fn in_directives(source: &Source, word: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    let mut goes_on = false;
    for line in source.text().split_inclusive('\n') {
        let begins = line.trim_start().starts_with('#');
        if (begins || goes_on) && !line.trim_start().starts_with("#include") {
            spans.extend(
                c::words(line, word).map(|start| Span::new(start, start + word.len()).shifted(at)),
            );
        }
        goes_on = (begins || goes_on) && line.trim_end().ends_with('\\');
        at += line.len();
    }
    spans
}

/// Uses in no function that the scan knows: an initialiser, or a function of a form that it can't cut out. A declaration is none.
fn outside<'f>(
    file: &'f CFile,
    functions: &'f [Function],
    word: &'f str,
) -> impl Iterator<Item = Span> + 'f {
    let is_declared = |span: &Span| {
        let before = &file.code[..span.start];
        let begins = before.rfind([';', '}', '{']).map_or(0, |at| at + 1);
        let kind = before[begins..].trim();
        let is_type = !kind.is_empty()
            && kind
                .chars()
                .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_*".contains(c));
        let rest = file.code[span.end..].trim_start();
        let statement = &rest[..rest.find([';', '{', '}', '=']).unwrap_or(rest.len())];
        let ends = rest[statement.len()..].starts_with(';');
        is_type && ends && statement.starts_with('(')
    };
    c::words(&file.code, word)
        .map(|start| Span::new(start, start + word.len()))
        .filter(|span| {
            !functions
                .iter()
                .any(|function| function.span.contains(*span))
        })
        .filter(move |span| !is_declared(span))
}

fn is_assigned(tree: &FunctionTree, word: Span) -> bool {
    for node in tree.ancestors(word) {
        match node.kind.as_str() {
            "assignment_expression" | "init_declarator" => return true,
            // Handed to another function it is that one's affair.
            "argument_list" => return false,
            _ => {}
        }
    }
    false
}
