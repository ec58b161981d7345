//! `patchwright completions` and `patchwright man`: for those who package it.

use clap::CommandFactory;

use super::args::Arguments;
use super::{Stop, print};
use crate::text::Problem;
use crate::verdict::Exit;

pub(super) fn completions(shell: clap_complete::Shell) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "patchwright", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(Exit::Good)
}

pub(super) fn man() -> Result<Exit, Stop> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .map_err(|error| vec![Problem::new("page", format!("the page can't be written: {error}"))])?;
    print(&String::from_utf8_lossy(&page));
    Ok(Exit::Good)
}
