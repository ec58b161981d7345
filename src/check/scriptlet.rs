//! The checks of a spec's scriptlets: what each shows, as evidence.

use super::Evidence;
use super::inquiry::Place;
use crate::compose::{Change, Stage};
use crate::series::Series;
use crate::target::Tree;

pub(super) fn syntax(
    _: &Series,
    _: &Stage,
    _: &[&Change],
    _: &Tree,
    _: &Place,
) -> Option<Evidence> {
    None
}

pub(super) fn behaviour(
    _: &Series,
    _: &Stage,
    _: &[&Change],
    _: &Tree,
    _: &Place,
) -> Option<Evidence> {
    None
}
