//! The form of `scenarios.toml`, as TOML gives it. Does not know what its words mean.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

pub(super) type Text = Spanned<String>;
pub(super) type Named<T> = BTreeMap<String, Spanned<T>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Raw {
    pub(super) labels: RawLabels,
    pub(super) clock: i64,
    pub(super) pace: i64,
    pub(super) first_probed: Text,
    pub(super) decide: RawDecide,
    pub(super) clean: Option<RawClean>,
    pub(super) build: Named<RawBuild>,
    pub(super) probed: Named<RawProbed>,
    pub(super) way: Named<RawWay>,
    pub(super) cache: Named<RawCache>,
    pub(super) group: Vec<RawGroup>,
    pub(super) scenario: Vec<RawScenario>,
    pub(super) walk: Option<RawWalk>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLabels {
    pub(super) right: String,
    pub(super) wrong: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawDecide {
    pub(super) patch: Text,
    pub(super) part: Text,
    pub(super) used: String,
    pub(super) own: String,
    pub(super) cached_own: String,
    pub(super) probed: String,
    pub(super) cached_probed: String,
    pub(super) version: Option<String>,
    pub(super) cached_version: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClean {
    pub(super) patch: Text,
    pub(super) part: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawBuild {
    pub(super) title: String,
    pub(super) parts: BTreeMap<String, i64>,
    pub(super) version: Option<i64>,
    pub(super) same_as: Option<Text>,
    #[serde(default = "yes")]
    pub(super) patched: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProbed {
    pub(super) title: String,
    pub(super) time: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWay {
    pub(super) title: String,
    pub(super) time: Spanned<RawTime>,
    #[serde(default)]
    pub(super) scriptlet: bool,
    pub(super) cache: Option<Text>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawTime {
    Word(String),
    Fixed(i64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCache {
    pub(super) daemon: String,
    pub(super) directory: Text,
    pub(super) file: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawGroup {
    pub(super) id: Text,
    pub(super) title: String,
    #[serde(default)]
    pub(super) mended_by: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawScenario {
    pub(super) id: Text,
    pub(super) title: String,
    pub(super) group: Text,
    pub(super) steps: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWalk {
    pub(super) length: Spanned<usize>,
    pub(super) steps: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) after: Option<Spanned<i64>>,
    pub(super) install: Option<Text>,
    pub(super) probe: Option<Text>,
    pub(super) by: Option<Text>,
    pub(super) parts: Option<Vec<Text>>,
    pub(super) start: Option<Text>,
    pub(super) write: Option<Text>,
    pub(super) clock: Option<i64>,
    pub(super) directory: Option<Text>,
    pub(super) of: Option<Text>,
}
