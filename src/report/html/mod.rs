//! Pages that stand by themselves: one file, nothing loaded, light and dark. Decides nothing.

mod diff;
mod gate;
mod series;
mod story;

use serde::Serialize;

use super::reference::relative;
use crate::render;
use crate::text::{Problem, Source};

pub use diff::shown;
pub use gate::draw as gate;
pub use series::{Beside, draw as series};

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

/// The name of a file, and where a link to it leads, where it leads anywhere.
#[derive(Serialize)]
struct Link {
    text: String,
    href: Option<String>,
}

impl Link {
    /// Names a file by its path from the page, which is a link where it `leads` there.
    fn new(text: &str, path: &str, leads: bool) -> Self {
        Link {
            text: text.to_owned(),
            href: leads.then(|| relative(path)),
        }
    }
}
