//! Pages that stand by themselves: one file, nothing loaded, light and dark. Decides nothing.

mod diff;
mod gate;

use serde::Serialize;

use crate::render;
use crate::text::{Problem, Source};

pub use gate::draw as gate;

/// What all pages look like.
const STYLE: &str = include_str!("../../../templates/report/page.css");

/// What every page has, beside its own.
#[derive(Serialize)]
struct Page<P> {
    style: &'static str,
    version: &'static str,
    #[serde(flatten)]
    own: P,
}

/// Renders a page from its template.
///
/// # Errors
/// `template` where it can't be rendered, which is a bug.
fn page(name: &str, template: &str, own: impl Serialize) -> Result<String, Problem> {
    let page = Page {
        style: STYLE,
        version: env!("CARGO_PKG_VERSION"),
        own,
    };
    render::html(&Source::new(name, template.as_bytes()), page)
}
