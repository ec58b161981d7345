//! What is going on, while it goes on: one line an event on standard error. Decides nothing.

use anstyle::{AnsiColor, Style};
use std::io::Write;

/// Something that began or was noticed.
#[derive(Clone, Debug)]
pub enum Event<'e> {
    /// A revision is read and judged.
    Judging(&'e str),
    /// A packaged source is unpacked.
    Unpacking(&'e str),
    /// A check is asked of a patch.
    Checking {
        /// The patch.
        patch: &'e str,
        /// The check.
        check: &'e str,
    },
    /// The histories of a series are played.
    Playing,
    /// Files are written.
    Writing(&'e str),
    /// Something the user should know.
    Notice(&'e str),
}

/// Hears events; silent when told to be.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Whether it says nothing but notices.
    pub quiet: bool,
}

impl Progress {
    /// Tells an event.
    pub fn tell(&self, event: &Event) {
        let (verb, text) = match event {
            Event::Judging(revision) => ("Judging", (*revision).to_owned()),
            Event::Checking { patch, check } => ("Checking", format!("{check} of {patch}")),
            Event::Playing => ("Playing", "the histories of the series".to_owned()),
            Event::Unpacking(spec) => ("Unpacking", format!("the source of {spec}")),
            Event::Writing(path) => ("Writing", (*path).to_owned()),
            Event::Notice(text) => ("Note", (*text).to_owned()),
        };
        if self.quiet && !matches!(event, Event::Notice(_)) {
            return;
        }
        let style = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
        // Nobody can be told that standard error is closed.
        let _ = writeln!(anstream::stderr(), "{style}{verb:>10}{style:#} {text}");
    }
}
