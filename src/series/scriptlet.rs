//! What a patch of an RPM spec promises of its scriptlet: the distributions to read the spec for, and cases to play. Plays nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// What is promised of the scriptlet that a patch changes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scriptlet {
    /// The section that is changed, as it is written in a spec: `%post`.
    pub section: String,
    /// The processor the spec is read for.
    pub target: String,
    /// A file of macros under `templates/`, for those that distributions define and rpm itself does not.
    pub macros: String,
    /// Names for paths; `{name}` stands for the path in everything below.
    #[serde(default)]
    pub place: BTreeMap<String, String>,
    /// Commands that are never run, but stood in for by one that succeeds.
    #[serde(default)]
    pub stub: Vec<String>,
    /// The distributions to read the spec for.
    pub variant: Vec<Variant>,
    /// What stands, and must stay, in every case that is not `bare`.
    #[serde(default)]
    pub common: Layout,
    /// The case whose files stand before each transaction of real packages.
    pub packaged: Option<String>,
    /// The cases to play.
    pub case: Vec<Case>,
}

/// A distribution, as its macros tell it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Short name for reports.
    pub id: String,
    /// Macros: name, blank, value.
    pub define: Vec<String>,
}

/// Files before a scriptlet runs, and what must have become of them after it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Layout {
    /// Folders; those above a path are made without being named.
    pub dirs: Vec<String>,
    /// Files; each holds its own path as its text.
    pub files: Vec<String>,
    /// Symbolic links and what they say.
    pub links: BTreeMap<String, String>,
    /// Paths that must not exist afterwards.
    pub gone: Vec<String>,
    /// Paths that must be as they were, with all below them that is not `gone` or in an `empty` folder.
    pub kept: Vec<String>,
    /// Paths that must be folders, not links to one, and hold nothing.
    pub empty: Vec<String>,
}

/// One case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Short name for reports.
    pub id: String,
    /// What happens, in plain words.
    pub title: String,
    /// The argument rpm gives: how many instances of the package there will be.
    pub arg: u32,
    /// Leaves out what is common.
    #[serde(default)]
    pub bare: bool,
    /// Plays it with one text, in one shell, with the patch only: for a case that costs much and cannot differ.
    #[serde(default)]
    pub once: bool,
    /// Files before and after.
    #[serde(default)]
    pub layout: Layout,
    /// Many files, beside those of the layout.
    pub many: Option<Many>,
    /// Places on a read-only file system.
    #[serde(default)]
    pub read_only: Vec<String>,
    /// A folder that somebody replaces by a link while the scriptlet runs.
    pub swap: Option<Swap>,
}

/// Many empty files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// The folder they are in.
    pub dir: String,
    /// How many.
    pub count: u32,
    /// What their names end in, after the number.
    pub suffix: String,
}

/// A folder replaced by a symbolic link, before each of the programs that the scriptlet runs in turn: one run for each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swap {
    /// The folder.
    pub dir: String,
    /// What the link says.
    pub victim: String,
}

impl Scriptlet {
    /// Reads the data, puts the paths in for their names, and checks that it makes sense.
    ///
    /// # Errors
    /// A sentence fragment for what is wrong, with the place in the text where TOML tells one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut scriptlet: Scriptlet = toml::from_str(text).map_err(|error| error.to_string())?;
        let places = scriptlet.place.clone();
        scriptlet.common.resolve(&places);
        for case in &mut scriptlet.case {
            case.resolve(&places);
        }
        scriptlet.validate()?;
        Ok(scriptlet)
    }

    /// Returns the files of a case with what is common to all.
    pub fn layout(&self, case: &Case) -> Layout {
        let mut layout = case.layout.clone();
        if !case.bare {
            let common = self.common.clone();
            layout.dirs.extend(common.dirs);
            layout.files.extend(common.files);
            layout.links.extend(common.links);
            layout.gone.extend(common.gone);
            layout.kept.extend(common.kept);
            layout.empty.extend(common.empty);
        }
        layout
    }

    /// Returns the case whose files stand before each transaction of real packages: the one that is named, else the first that
    /// expects something to go in an upgrade.
    pub fn packaged_case(&self) -> Option<&Case> {
        let mut cases = self.case.iter().filter(|case| case.is_lasting());
        match &self.packaged {
            Some(id) => cases.find(|case| case.id == *id),
            None => cases.find(|case| {
                let layout = self.layout(case);
                case.arg > 1 && !(layout.gone.is_empty() && layout.empty.is_empty())
            }),
        }
    }

    fn validate(&self) -> Result<(), String> {
        if self.variant.is_empty() {
            return Err(
                "no `variant`: expected at least one distribution to read the spec for".to_owned(),
            );
        }
        let mut ids = BTreeSet::new();
        for id in self
            .variant
            .iter()
            .map(|v| &v.id)
            .chain(self.case.iter().map(|c| &c.id))
        {
            if !ids.insert(id) {
                return Err(format!("`{id}` names two variants or cases"));
            }
        }
        if let Some(id) = &self.packaged
            && self.packaged_case().is_none()
        {
            return Err(format!(
                "`packaged` names `{id}`: expected a case without `many`, `read_only` and `swap`"
            ));
        }
        for case in &self.case {
            let layout = self.layout(case);
            if let Some(path) = layout
                .paths()
                .chain(case.read_only.iter())
                .find(|path| !is_own(path))
            {
                return Err(format!(
                    "case `{}`: `{}` is not a place that a case may lay out: expected an absolute path outside /usr, /proc, /dev, /tmp and the like",
                    case.id,
                    path.escape_default()
                ));
            }
            let stands = layout.standing();
            if let Some(path) = layout
                .gone
                .iter()
                .chain(&layout.kept)
                .chain(&layout.empty)
                .find(|path| !stands.contains(path.as_str()))
            {
                return Err(format!(
                    "case `{}`: `{}` is expected afterwards, but the case does not lay it out",
                    case.id,
                    path.escape_default()
                ));
            }
        }
        Ok(())
    }
}

impl Case {
    /// Whether its files can be laid out again and again.
    fn is_lasting(&self) -> bool {
        self.many.is_none() && self.read_only.is_empty() && self.swap.is_none()
    }

    fn resolve(&mut self, places: &BTreeMap<String, String>) {
        self.layout.resolve(places);
        for path in &mut self.read_only {
            *path = resolved(path, places);
        }
        if let Some(many) = &mut self.many {
            many.dir = resolved(&many.dir, places);
        }
        if let Some(swap) = &mut self.swap {
            swap.dir = resolved(&swap.dir, places);
            swap.victim = resolved(&swap.victim, places);
        }
    }
}

impl Layout {
    fn resolve(&mut self, places: &BTreeMap<String, String>) {
        for paths in [
            &mut self.dirs,
            &mut self.files,
            &mut self.gone,
            &mut self.kept,
            &mut self.empty,
        ] {
            for path in paths {
                *path = resolved(path, places);
            }
        }
        self.links = std::mem::take(&mut self.links)
            .into_iter()
            .map(|(path, target)| (resolved(&path, places), resolved(&target, places)))
            .collect();
    }

    /// Returns the paths that are laid out.
    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.dirs.iter().chain(&self.files).chain(self.links.keys())
    }

    // With the folders above each path.
    fn standing(&self) -> BTreeSet<&str> {
        self.paths()
            .flat_map(|path| {
                path.match_indices('/')
                    .map(|(at, _)| &path[..at])
                    .chain([path.as_str()])
            })
            .collect()
    }
}

fn resolved(path: &str, places: &BTreeMap<String, String>) -> String {
    places.iter().fold(path.to_owned(), |path, (name, place)| {
        path.replace(&format!("{{{name}}}"), place)
    })
}

/// Returns whether a case may lay out what stands at a path: it is absolute, and outside what the system has.
pub(crate) fn is_own(path: &str) -> bool {
    let mut parts = path.split('/');
    let absolute = parts.next() == Some("");
    let top = parts.next().unwrap_or_default();
    let system = [
        "", "usr", "bin", "sbin", "proc", "sys", "dev", "tmp", "run", "play",
    ];
    absolute
        && !system.contains(&top)
        && !top.starts_with("lib")
        && path
            .split('/')
            .skip(1)
            .all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "section = '%post'\ntarget = 'x86_64'\nmacros = 'm'\nplace.cache = '/var/c'\n\
                        [[variant]]\nid = 'f'\ndefine = ['fedora 20']\n\
                        [common]\nfiles = ['/etc/x']\nkept = ['/etc/x']\n\
                        [[case]]\nid = 'a'\ntitle = 't'\narg = 1\nlayout.files = ['{cache}/x']\n";

    #[test]
    fn names_of_places_are_replaced_and_what_is_common_is_in_every_case() {
        let data = Scriptlet::parse(&format!("{DATA}layout.gone = ['{{cache}}/x']\n")).unwrap();
        let layout = data.layout(&data.case[0]);
        assert_eq!(layout.gone, ["/var/c/x"]);
        assert_eq!(layout.files, ["/var/c/x", "/etc/x"]);
    }

    #[test]
    fn a_path_that_is_expected_but_not_laid_out_is_refused() {
        let refused =
            Scriptlet::parse(&format!("{DATA}layout.gone = ['{{cache}}/y']\n")).unwrap_err();
        assert!(refused.contains("case `a`: `/var/c/y`"), "{refused}");
        assert!(Scriptlet::parse(&format!("{DATA}layout.empty = ['{{cache}}']\n")).is_ok());
    }

    #[test]
    fn a_case_lays_nothing_out_where_the_system_stands() {
        for path in [
            "/usr/x",
            "/lib64/x",
            "var/x",
            "/var/../usr/x",
            "/",
            "/var//x",
        ] {
            let refused =
                Scriptlet::parse(&format!("{DATA}layout.dirs = ['{path}']\n")).unwrap_err();
            assert!(refused.contains("not a place"), "{path}: {refused}");
        }
    }

    #[test]
    fn packages_stand_on_a_case_whose_files_can_be_laid_out_again() {
        let data = Scriptlet::parse(DATA).unwrap();
        assert!(
            data.packaged_case().is_none(),
            "nothing is to go in an upgrade"
        );
        let upgrade = "[[case]]\nid = 'b'\ntitle = 't'\narg = 2\nlayout.files = ['{cache}/x']\nlayout.empty = ['{cache}']\n";
        let data = Scriptlet::parse(&format!("{DATA}{upgrade}")).unwrap();
        assert_eq!(data.packaged_case().unwrap().id, "b");
        let named = format!("packaged = 'a'\n{DATA}{upgrade}");
        assert_eq!(
            Scriptlet::parse(&named)
                .unwrap()
                .packaged_case()
                .unwrap()
                .id,
            "a"
        );
        let refused = Scriptlet::parse(&format!("packaged = 'none'\n{DATA}")).unwrap_err();
        assert!(refused.contains("`packaged` names `none`"), "{refused}");
    }
}
