//! What a series is put on: a revision of the target, or for dist-git the source that a packaging repository packages, with its spec.

use std::path::{Path, PathBuf};

use super::Wish;
use crate::check::inquiry::Place;
use crate::check::prep::{self, Package, Unpacked};
use crate::cli::args::{ExportForm, Generate};
use crate::compose::{Stage, downstream};
use crate::mail::export::Exported;
use crate::mail::export::distgit::{self, Packaging};
use crate::mail::{Commit, Options};
use crate::report::progress::Event;
use crate::series::Series;
use crate::syntax::spec::Spec;
use crate::target::{Blob, Revision, Target, Tree};
use crate::text::{Globs, Problem, Source};
use crate::verdict::Account;

/// What a series is put on.
pub(super) struct Ground {
    /// The tree, and the commit that it is told by.
    pub(super) revision: Revision,
    /// The packaging around it.
    pub(super) package: Option<Downstream>,
}

/// A packaging repository.
pub(super) struct Downstream {
    packaging: Packaging,
    /// The spec as it is there.
    spec: Blob,
    /// What tells the date of the patches, and the path that does.
    dated: Revision,
    /// Where the result goes.
    home: PathBuf,
    /// What was unpacked here, to be tried again with the result.
    unpacked: Option<(Package, Unpacked)>,
}

/// The code of a result that does not unpack to what was checked.
const UNPROVEN: &str = "dist-git-unproven";

/// The mistakes that naming a packaging repository can have: code, meaning, what to do.
pub(in crate::cli) const CODES: &[(&str, &str, &str)] = &[
    (
        "dist-git-option",
        "An option is for packaging repositories alone, or not for them.",
        "Give `--source` and `--spec` together with `--export dist-git` only, and no `--branch` then.",
    ),
    (
        "dist-git-spec",
        "The packaging repository has no spec, or several and none that the series names, or it can't be read.",
        "Name the repository with `--repo`; where the target is the source itself, name the spec with `--spec FILE`.",
    ),
    (
        "dist-git-unproven",
        "With its new patches the package does not unpack to what was checked.",
        "See how `%prep` of the spec applies its patches; `%autosetup -p1` needs nothing more.",
    ),
];

/// Refuses options that don't go together.
pub(super) fn check(typed: &Generate, revisions: usize) -> Result<(), Problem> {
    let wrong =
        |message: &str, help: &str| Err(Problem::new("dist-git-option", message).help(help));
    if typed.export != ExportForm::DistGit {
        return match (&typed.source, &typed.spec) {
            (None, None) => Ok(()),
            _ => wrong(
                "--source and --spec are for packaging repositories",
                "add --export dist-git",
            ),
        };
    }
    if typed.commits.is_some() {
        return wrong(
            "commits that exist are not put on what a packaging repository packages",
            "leave --commits out, or write them with --export quilt",
        );
    }
    if typed.branch.is_some() {
        return wrong(
            "a packaging repository keeps no branch of its source",
            "leave --branch out",
        );
    }
    if typed.source.is_some() && revisions > 1 {
        return wrong(
            "one source can't be that of several revisions",
            "run `generate` once for each, or leave --source out where the repository's folder holds their sources",
        );
    }
    Ok(())
}

impl Wish<'_> {
    /// Returns what the series is put on at a revision.
    pub(super) fn ground(&self, revision: &Revision, place: &Place) -> Result<Ground, Problem> {
        if self.typed.export != ExportForm::DistGit {
            return Ok(Ground {
                revision: revision.clone(),
                package: None,
            });
        }
        match &self.typed.spec {
            Some(spec) => self.around_source(revision, spec),
            None => self.around_packaging(revision, place),
        }
    }

    /// The target is the source, and the spec a file on this machine.
    fn around_source(&self, revision: &Revision, spec: &Path) -> Result<Ground, Problem> {
        let home = spec.parent().filter(|parent| *parent != Path::new(""));
        let home = home.unwrap_or(Path::new(".")).to_owned();
        let name = spec
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let beside = Target::Directory { path: home.clone() }.revision(".")?;
        let blob = beside.tree.read(&name)?.ok_or_else(|| {
            Problem::new("dist-git-spec", format!("`{}` is no file", spec.display()))
                .help("name the spec with --spec")
        })?;
        let files = names(&beside.tree, "")?;
        let packaging = self.packaging(name, String::new(), files);
        let package = Downstream {
            packaging,
            spec: blob,
            dated: revision.clone(),
            home,
            unpacked: None,
        };
        self.joined(&revision.tree, package)
    }

    /// The target is the packaging repository, and the source what its spec makes of the archives, or a folder.
    fn around_packaging(&self, revision: &Revision, place: &Place) -> Result<Ground, Problem> {
        let series = &self.subject.series;
        let (path, blob) = spec_of(series, revision)?;
        let folder = if path.contains('/') { "SOURCES" } else { "" };
        let files = names(&revision.tree, folder)?;
        let packaging = self.packaging(path, folder.to_owned(), files);
        let source = self.typed.source.as_deref();
        let home = self.subject.target.work_folder().unwrap_or_default();
        let unpacked = match source.filter(|source| source.is_dir()) {
            Some(_) => None,
            None => {
                self.progress.tell(&Event::Unpacking(&packaging.path));
                let package = package(revision, &packaging, &blob, source, &home)?;
                let unpacked = prep::unpack(place, &package)?;
                Some((package, unpacked))
            }
        };
        let root = match (&unpacked, source) {
            (Some((_, unpacked)), _) => unpacked.root().to_owned(),
            (None, source) => source.unwrap_or(Path::new(".")).to_owned(),
        };
        let source = Target::Directory { path: root }.revision(".")?;
        let package = Downstream {
            packaging,
            spec: blob,
            dated: revision.clone(),
            home,
            unpacked,
        };
        self.joined(&source.tree, package)
    }

    fn packaging(&self, path: String, folder: String, files: Vec<String>) -> Packaging {
        let name = path.rsplit('/').next().unwrap_or(&path);
        let inside = downstream::place_of_spec(&self.subject.series, name);
        Packaging {
            path,
            folder,
            files,
            inside: Some(inside),
        }
    }

    /// Puts the spec of a package into the source that its patches are for.
    fn joined(&self, source: &Tree, package: Downstream) -> Result<Ground, Problem> {
        let packaging = &package.packaging;
        let inside = packaging.inside.as_deref().unwrap_or(&packaging.path);
        let series = &self.subject.series;
        let tree = downstream::joined(series, source, inside, package.spec.clone())?;
        Ok(Ground {
            revision: Revision {
                tree,
                ..package.dated.clone()
            },
            package: Some(package),
        })
    }
}

/// Returns whether a problem says that the packaging does not take the series, which is no mistake of who asked for it.
pub(super) fn is_unfit(problem: &Problem) -> bool {
    problem.code == UNPROVEN
        || distgit::CODES
            .iter()
            .any(|(code, _, _)| *code == problem.code)
}

impl Ground {
    /// Tells an account that the packaging does not take the patches that change more than its spec.
    pub(super) fn refuse(&self, stages: &[Stage], problem: Problem, account: &mut Account) {
        let package = self.package.as_ref();
        let spec = package.and_then(|package| package.packaging.inside.as_deref());
        let changes_source = |stage: &&Stage| {
            stage
                .changes
                .iter()
                .any(|change| Some(change.path.as_str()) != spec)
        };
        let mut problem = Some(problem);
        for stage in stages.iter().filter(changes_source) {
            let of_stage = account
                .patches
                .iter_mut()
                .find(|patch| patch.patch == stage.patch.id);
            if let Some(patch) = of_stage {
                patch.judgement.applies = false;
                patch.judgement.problems.extend(problem.take());
            }
        }
    }

    /// What the patches take their date from where nobody gives one: the revision and `paths`, downstream the spec alone, since
    /// what was unpacked is as old as this run.
    pub(super) fn dated<'g>(&'g self, paths: &[String]) -> (&'g Revision, Vec<String>) {
        match &self.package {
            None => (&self.revision, paths.to_vec()),
            Some(package) => (&package.dated, vec![package.packaging.path.clone()]),
        }
    }
}

impl Downstream {
    /// Writes the patches and the changed spec of a series that ends in a tree.
    pub(super) fn export(
        &self,
        commits: &[Commit],
        end: &Tree,
        options: &Options,
    ) -> Result<Exported, Problem> {
        let packaging = &self.packaging;
        // Patches that are put on the source alone leave the spec as it is there.
        let spec = match packaging.inside.as_deref() {
            Some(inside) => end.source(inside, &self.dated.name)?.ok_or_else(|| {
                let message = format!("the series removes `{}`", packaging.path);
                Problem::new("dist-git-spec", message)
            })?,
            None => Source::new(packaging.path.as_str(), self.spec.bytes.clone()),
        };
        distgit::export(packaging, &spec, commits, options)
    }

    /// Unpacks the package again with what was written, and compares what the series changed with the tree that was checked.
    ///
    /// Returns whether it could: a source that somebody else unpacked has no archive.
    pub(super) fn prove(
        &self,
        place: &Place,
        exported: &Exported,
        commits: &[Commit],
        end: &Tree,
    ) -> Result<bool, Problem> {
        if exported.files.len() == 1 {
            // The spec alone: nothing is unpacked in another way.
            return Ok(true);
        }
        let Some((package, _)) = &self.unpacked else {
            return Ok(false);
        };
        let mut package = package.clone();
        for (path, bytes) in &exported.files {
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name == package.name {
                package.spec.clone_from(bytes);
            } else {
                package.files.push((name, bytes.clone()));
            }
        }
        let unpacked = prep::unpack(place, &package).map_err(|problem| Problem {
            code: UNPROVEN,
            ..problem
        })?;
        let path = unpacked.root().to_owned();
        let made = Target::Directory { path }.revision(".")?;
        let inside = self.packaging.inside.as_deref();
        let changes = commits.iter().flat_map(|commit| &commit.changes);
        for path in changes.map(|change| &change.path) {
            let id = |tree: &Tree| tree.entry(path).map(|blob| blob.map(|blob| blob.id));
            if inside != Some(path.as_str()) && id(&made.tree)? != id(end)? {
                let message = format!(
                    "after `rpmbuild -bp` with the new patches `{path}` is not what was checked"
                );
                return Err(Problem::new(UNPROVEN, message).help(
                    "see how `%prep` applies the patches: `%autosetup -p1` needs nothing more",
                ));
            }
        }
        Ok(true)
    }

    /// Returns the command that brings the files into the packaging repository.
    pub(super) fn copy(&self, exported: &Exported, within: impl Fn(&str) -> String) -> String {
        let home = self.home.display().to_string();
        let home = if home.is_empty() {
            "REPOSITORY"
        } else {
            home.trim_end_matches('/')
        };
        let has_folders = self.packaging.path.contains('/');
        let mut names: Vec<String> = exported
            .files
            .iter()
            .map(|(path, _)| {
                let name = path.display().to_string();
                let top = name.split('/').next().unwrap_or_default();
                within(if has_folders { top } else { &name })
            })
            .collect();
        names.dedup();
        let how = if has_folders { "cp -r" } else { "cp" };
        format!("{how} {} {}", names.join(" "), super::exports::quoted(home))
    }
}

/// Finds the spec of a packaging repository, at the top or in `SPECS`: the only one, or the one that the series names.
fn spec_of(series: &Series, revision: &Revision) -> Result<(String, Blob), Problem> {
    let wrong = |message: String| {
        Problem::new("dist-git-spec", message).help(
            "name the packaging repository with --repo; where that is the source itself, name the spec with --spec FILE",
        )
    };
    let list = |glob: &str| {
        let globs = Globs::new([glob]).map_err(|(_, why)| wrong(why))?;
        Ok::<_, Problem>(revision.tree.list(&globs)?)
    };
    let mut specs = list("*.spec")?;
    if specs.is_empty() {
        specs = list("SPECS/*.spec")?;
    }
    if specs.len() > 1 {
        let name = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
        let told = specs
            .iter()
            .find(|path| Some(name(path)) == series.downstream);
        let ours = |path: &&String| {
            let spec = revision.tree.source(path, &revision.name).ok().flatten();
            spec.is_some_and(|spec| Spec::scan(&spec).tag("name") == Some(&series.project.name))
        };
        specs = told
            .or_else(|| specs.iter().find(ours))
            .into_iter()
            .cloned()
            .collect();
        if specs.is_empty() {
            return Err(wrong(format!(
                "{} has several specs, and none of them is that of {}",
                revision.name, series.project.name
            )));
        }
    }
    let path = specs.pop().ok_or_else(|| {
        wrong(format!(
            "{} has no `*.spec`: it is no packaging repository",
            revision.name
        ))
    })?;
    let blob = revision.tree.read(&path)?;
    let blob = blob.ok_or_else(|| wrong(format!("can't read `{path}`")))?;
    Ok((path, blob))
}

/// Returns the names of the files in a folder of a tree.
fn names(tree: &Tree, folder: &str) -> Result<Vec<String>, Problem> {
    let glob = if folder.is_empty() {
        "*".to_owned()
    } else {
        format!("{folder}/*")
    };
    let globs =
        Globs::new([glob.as_str()]).map_err(|(_, why)| Problem::new("dist-git-spec", why))?;
    let paths = tree.list(&globs)?;
    let name = |path: &String| path.rsplit('/').next().map(str::to_owned);
    Ok(paths.iter().filter_map(name).collect())
}

/// Gathers what `rpmbuild` needs: what the revision has, and where archives lie, which no repository of packaging holds.
fn package(
    revision: &Revision,
    packaging: &Packaging,
    spec: &Blob,
    archive: Option<&Path>,
    home: &Path,
) -> Result<Package, Problem> {
    let mut files = Vec::new();
    for name in &packaging.files {
        let path = match packaging.folder.as_str() {
            "" => name.clone(),
            folder => format!("{folder}/{name}"),
        };
        if path != packaging.path
            && let Some(blob) = revision.tree.read(&path)?
        {
            files.push((name.clone(), blob.bytes.to_vec()));
        }
    }
    let mut places: Vec<PathBuf> = archive.map(Path::to_owned).into_iter().collect();
    if home != Path::new("") {
        places.push(home.join(&packaging.folder));
    }
    Ok(Package {
        name: packaging
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned(),
        spec: spec.bytes.to_vec(),
        files,
        places,
    })
}
