//! The form of a manifest as it stands in its file, every value with its place. Knows nothing of what the values mean.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

pub(super) type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSeries {
    pub(super) title: Text,
    pub(super) require: Spanned<RawRequire>,
    pub(super) patches: Vec<Text>,
    pub(super) templates: String,
    pub(super) cover: Text,
    pub(super) project: RawProject,
    pub(super) about: RawAbout,
    #[serde(default)]
    pub(super) placeholder: Vec<RawPlaceholder>,
    pub(super) downstream: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawRequire {
    Word(String),
    These(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProject {
    pub(super) name: String,
    pub(super) mark: Vec<RawMark>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMark {
    pub(super) path: String,
    pub(super) matches: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAbout {
    pub(super) title: String,
    pub(super) words: Vec<String>,
    pub(super) first: Vec<String>,
    #[serde(default)]
    pub(super) elsewhere: Vec<Text>,
    #[serde(default)]
    pub(super) inert: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPlaceholder {
    pub(super) file: String,
    pub(super) text: String,
    pub(super) value: Vec<RawMark>,
    pub(super) otherwise: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPatch {
    pub(super) subject: Text,
    pub(super) step: Vec<RawStep>,
    pub(super) judge: Spanned<RawJudge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) id: Text,
    #[serde(default)]
    pub(super) files: Vec<String>,
    #[serde(default)]
    pub(super) elsewhere: Vec<Text>,
    pub(super) places: Text,
    pub(super) why: Option<String>,
    pub(super) expression: Option<RawExpression>,
    pub(super) comment: Option<RawComment>,
    pub(super) insert: Option<RawInsert>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpression {
    pub(super) rewrite: Vec<RawRewrite>,
    #[serde(default)]
    pub(super) holes: BTreeMap<String, Text>,
    #[serde(default)]
    pub(super) within: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRewrite {
    pub(super) pattern: Text,
    pub(super) becomes: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawComment {
    pub(super) above: Text,
    pub(super) matches: Text,
    pub(super) template: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInsert {
    pub(super) section: Vec<RawSection>,
    pub(super) template: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSection {
    pub(super) keyword: Spanned<String>,
    #[serde(default)]
    pub(super) package: String,
    pub(super) ships: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJudge {
    pub(super) step: Text,
    pub(super) code: Option<RawCodeJudge>,
    pub(super) scriptlet: Option<RawScriptletJudge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCodeJudge {
    pub(super) subject: String,
    pub(super) right: Vec<Text>,
    #[serde(default)]
    pub(super) holes: BTreeMap<String, Text>,
    #[serde(default)]
    pub(super) neutral: Vec<Text>,
    pub(super) keepers: Option<Text>,
    #[serde(default)]
    pub(super) guards: Vec<Text>,
    #[serde(default)]
    pub(super) around: Vec<Text>,
    pub(super) consequences: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScriptletJudge {
    pub(super) names: Text,
    pub(super) right: Vec<Text>,
    #[serde(default)]
    pub(super) wrong: Vec<RawWrong>,
    #[serde(default)]
    pub(super) neutral: Vec<Text>,
    #[serde(default)]
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) conditions: Vec<Text>,
    pub(super) hint: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWrong {
    pub(super) matches: Text,
    pub(super) why: String,
}
