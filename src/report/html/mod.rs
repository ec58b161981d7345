//! Pages that stand by themselves: one file, nothing loaded, light and dark. Decides nothing.

mod diff;
mod gate;
mod series;
mod story;

use serde::Serialize;

use crate::render;
use crate::text::{Problem, Source};

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
            href: leads.then(|| encoded(path)),
        }
    }
}

/// Returns a relative path as a reference: what means something in one is escaped.
fn encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_is_a_relative_reference_whatever_it_is_called() {
        assert_eq!(
            super::encoded("javascript:a/b c?#%ü.json"),
            "javascript%3Aa/b%20c%3F%23%25%C3%BC.json"
        );
    }
}
