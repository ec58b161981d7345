//! `patchwright completions`, `patchwright man` and `patchwright schema`: for those who package it or read what it writes.

use clap::CommandFactory;

use super::args::Arguments;
use super::{Stop, print};
use crate::report::json::SCHEMAS;
use crate::text::Problem;
use crate::verdict::Exit;

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "patchwright", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Good)
}

pub(super) fn man(of: Option<&str>) -> Result<Exit, Stop> {
    let mut root = Arguments::command();
    root.build();
    let command = match of {
        None => root,
        Some(name) => root.find_subcommand(name).cloned().ok_or_else(|| {
            vec![
                Problem::new("page", format!("there is no command `{name}`"))
                    .help("`patchwright --help` lists the commands"),
            ]
        })?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| {
            vec![Problem::new(
                "page",
                format!("the page can't be written: {error}"),
            )]
        })?;
    print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Good)
}

pub(super) fn schema(of: &str) -> Result<Exit, Stop> {
    for (_, text) in SCHEMAS.iter().filter(|(name, _)| *name == of) {
        print(text)?;
    }
    Ok(Exit::Good)
}
