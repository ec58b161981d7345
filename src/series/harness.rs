//! What `harness.toml` of a patch says: how its file is compiled, and the cases its functions are played with. Does not compile.

use serde::Deserialize;
use std::collections::BTreeMap;

/// How the C side of a patch is checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// The compiler and what it is asked to warn of.
    pub compiler: Compiler,
    /// How the whole file is compiled.
    #[serde(default)]
    pub whole_file: WholeFile,
    /// Values read from the tree for stand-ins and headers.
    #[serde(default, rename = "value")]
    pub values: Vec<Value>,
    /// How a function is compiled alone.
    pub harness: Harness,
    /// How the file is linked with the code of its tree that it calls, where it can be.
    pub linked: Option<Linked>,
    /// What a process can ask its surroundings for, and what answers in their place.
    pub surroundings: Option<Surroundings>,
    /// Role of a field or parameter: a regular expression on its name.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// The shapes that a function under test may have; the first that fits is taken.
    #[serde(rename = "shape")]
    pub shapes: Vec<Shape>,
    /// Value of each input that a case does not give.
    pub defaults: BTreeMap<String, i64>,
    /// The cases.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// The compiler and its options.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Compiler {
    /// Program, understanding GCC's options.
    pub program: String,
    /// Standards to try in order, as in `-std=`.
    pub standards: Vec<String>,
    /// Warnings to switch on, as in `-W`.
    pub warnings: Vec<String>,
    /// Warnings to switch off, as in `-Wno-`.
    #[serde(default)]
    pub silenced: Vec<String>,
}

/// How the whole file is compiled without the tree's own build. What is not told is looked for beside the file alone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct WholeFile {
    /// Include directories in order, relative to the tree.
    pub includes: Vec<String>,
    /// How many of `includes`, from the first, an angled include is looked for in.
    pub angled: usize,
    /// pkg-config packages whose flags are added where installed.
    pub packages: Vec<String>,
    /// Directory the stand-ins are laid in; one of `includes`.
    pub stand_in_folder: String,
    /// Names of the stand-ins, texts beside the templates.
    pub stand_ins: Vec<String>,
    /// Suffix of a text that a missing header is made of by filling values in; empty where none is.
    pub filled_in: String,
    /// How other missing headers are generated.
    pub generated: Option<Generated>,
}

/// How a header is generated from another text of the tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generated {
    /// Suffix that stands where the header has `.h`.
    pub from: String,
    /// Program and arguments; the path of the text follows, the header is what it prints.
    pub command: Vec<String>,
}

/// A value read from the tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Value {
    /// Name, standing as `@NAME@` where it is put in.
    pub name: String,
    /// Where it may be read; the first that matches is taken.
    pub from: Vec<ValueSource>,
    /// What its groups are made into.
    pub parts: Parts,
}

/// A place a value may be read from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ValueSource {
    /// Path in the tree.
    pub file: String,
    /// Regular expression with the groups that are the value's parts.
    pub pattern: String,
}

/// What the groups of a value's pattern are made into.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Parts {
    /// One text after another.
    Text,
    /// One number, each group but the first counting three decimal digits.
    Thousands,
}

/// How a function is compiled alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Harness {
    /// Name of the template.
    pub template: String,
    /// Regular expression on the body of a callee that reads the cache; it is replaced, after its own prototype.
    #[serde(default = "nothing")]
    pub reads_cache: String,
    /// Regular expression on the text of a function; its group is the name of an entry of the cache.
    #[serde(default = "nothing")]
    pub entries: String,
    /// Regular expression on the body of a callee that is part of the judgement; it is kept as it stands.
    #[serde(default = "nothing")]
    pub judges: String,
    /// Warnings switched off in harnesses, as in `-Wno-`.
    #[serde(default)]
    pub silenced: Vec<String>,
    /// Macros whose argument is a type.
    #[serde(default)]
    pub type_macros: Vec<String>,
    /// Macros that stand before a type and only mark what is declared.
    #[serde(default)]
    pub marks: Vec<String>,
    /// Functions and macros of the tree that give an input of the cases, and which.
    #[serde(default)]
    pub gives: BTreeMap<String, String>,
    /// Effects, and the functions that have them.
    #[serde(default)]
    pub shows: BTreeMap<String, Vec<String>>,
    /// Regular expression on the names of functions that return a text.
    #[serde(default = "nothing")]
    pub gives_text: String,
    /// Names that the C library declares.
    #[serde(default)]
    pub libc: Vec<String>,
}

/// How the file is linked with the code of its tree, and asked with real files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Linked {
    /// Name of the template of the program that includes the file.
    pub driver: String,
    /// Texts of C beside the templates, compiled as they stand: what libraries would bring that are not part of the tree.
    pub functions: Vec<String>,
    /// Files of the tree that are compiled where they are there.
    pub sources: Vec<String>,
    /// pkg-config packages whose libraries are linked where installed.
    pub libraries: Vec<String>,
    /// Inputs that are times of files, two and two: the one that is now, and the one that was written.
    pub times: Vec<[String; 2]>,
    /// Whether the program takes those that no file has as they are told, as `NAME_at`.
    #[serde(default)]
    pub tells_times: bool,
    /// Those of them that are 0 where there is no file.
    pub absent: Vec<String>,
    /// Inputs that are the same in every process, two and two; where a case tells them apart it can't be brought about for real.
    #[serde(default)]
    pub same: Vec<[String; 2]>,
    /// Inputs that are handed to the program as they are; what else a case gives can't be brought about for real.
    pub inputs: Vec<String>,
    /// Effects that can be seen.
    pub sees: Vec<String>,
}

/// What answers in the place of a process's surroundings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Surroundings {
    /// Name of a text of C beside the templates, put into both programs as `surroundings`.
    pub text: String,
    /// Functions that `__wrap_NAME` of that text stands for, wherever they are called.
    pub stands_for: Vec<String>,
}

/// A shape of the function under test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shape {
    /// Name, as cases refer to it.
    pub id: String,
    /// What such a function does.
    pub title: String,
    /// Regular expression that its name must match.
    #[serde(default)]
    pub name: Option<String>,
    /// Regular expression that its body must match.
    #[serde(default)]
    pub body: Option<String>,
    /// Regular expression that its return type must match.
    #[serde(default)]
    pub result: Option<String>,
    /// Whether it must call a function that reads the cache.
    #[serde(default)]
    pub calls_reader: bool,
    /// What each returned number means.
    pub returns: BTreeMap<String, String>,
    /// Effects that can be seen here.
    #[serde(default)]
    pub sees: Vec<String>,
    /// C expression that fields and parameters of a role hold before the call.
    #[serde(default)]
    pub given: BTreeMap<String, String>,
    /// C expression that reading the cache gives to fields, out-parameters and entries of a role.
    #[serde(default)]
    pub read: BTreeMap<String, String>,
}

/// One situation, and what is right in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// Name, unique in the manifest, without blanks.
    pub id: String,
    /// The situation in plain words.
    pub title: String,
    /// Inputs that differ from the defaults.
    #[serde(default)]
    pub given: BTreeMap<String, i64>,
    /// Results that are right.
    pub expect: Vec<String>,
    /// Effects that there must be (`true`) or must not be (`false`); asked only where the shape shows them.
    #[serde(default)]
    pub effects: BTreeMap<String, bool>,
    /// Role of a value that the function must know of, judged by the base; where it does not, the case is not for it.
    #[serde(default)]
    pub needs: Option<String>,
    /// Shapes the case is for; empty for all.
    #[serde(default)]
    pub shapes: Vec<String>,
}

/// A regular expression that matches nothing: no function is of a kind that is not told.
fn nothing() -> String {
    r"[^\s\S]".to_owned()
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// What is wrong with the TOML or its schema.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_that_ships_is_read_and_consistent() {
        let text = include_str!("../../patches/capabilities-cache/ctime-comparison/harness.toml");
        let manifest = Manifest::parse(text).unwrap();
        let shapes: Vec<_> = manifest.shapes.iter().map(|s| s.id.as_str()).collect();
        let mut ids: Vec<_> = manifest.cases.iter().map(|c| c.id.as_str()).collect();
        for case in &manifest.cases {
            assert!(
                case.given
                    .keys()
                    .all(|key| manifest.defaults.contains_key(key)),
                "{}",
                case.id
            );
            assert!(
                case.shapes.iter().all(|id| shapes.contains(&id.as_str())),
                "{}",
                case.id
            );
            assert!(
                !case.expect.is_empty() && !case.id.contains(' '),
                "{}",
                case.id
            );
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), manifest.cases.len());
        for shape in &manifest.shapes {
            let mut roles = shape.given.keys().chain(shape.read.keys());
            assert!(
                roles.all(|role| manifest.roles.contains_key(role)),
                "{}",
                shape.id
            );
        }
        assert!(
            manifest
                .whole_file
                .includes
                .contains(&manifest.whole_file.stand_in_folder)
        );
    }
}
