//! `patchwright explain`: what a problem code means and what to do. The codes of the parts are kept beside the parts.

use super::{Stop, print};
use crate::check::{code, sandbox};
use crate::mail::{self, outgoing};
use crate::text::Problem;
use crate::verdict::Exit;

/// Codes of a part: code, meaning, what to do.
type Codes = &'static [(&'static str, &'static str, &'static str)];

/// The codes that are told by modules too small to keep a table.
const OWN: Codes = &[];

pub(super) fn run(code: Option<&str>) -> Result<Exit, Stop> {
    let Some(wanted) = code else {
        let list: String = all()
            .map(|(code, meaning, _)| format!("{code}\n    {meaning}\n"))
            .collect();
        print(&list);
        return Ok(Exit::Good);
    };
    let found = all().find(|(code, _, _)| *code == wanted).ok_or_else(|| {
        vec![
            Problem::new("code-unknown", format!("there is no code `{wanted}`"))
                .help("`patchwright explain` lists all of them"),
        ]
    })?;
    print(&format!(
        "{}\n\n{}\n\nWhat to do: {}\n",
        found.0, found.1, found.2
    ));
    Ok(Exit::Good)
}

fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let parts: [Codes; 5] = [
        OWN,
        code::CODES,
        sandbox::CODES,
        mail::CODES,
        outgoing::CODES,
    ];
    parts.into_iter().flatten().copied()
}
