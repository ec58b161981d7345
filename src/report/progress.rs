//! What is going on, while it goes on: one line an event on standard error, or one line that counts. Decides nothing.

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::time::Duration;

/// More revisions than this are counted, and not told one by one.
const FEW: usize = 8;

/// Something that began or was noticed.
#[derive(Clone, Debug)]
pub enum Event<'e> {
    /// A revision is read and judged.
    Judging(&'e str),
    /// So many are.
    JudgingMany(usize),
    /// A packaged source is unpacked.
    Unpacking(&'e str),
    /// A check is asked of a patch.
    Checking {
        /// The patch.
        patch: &'e str,
        /// The check.
        check: &'e str,
    },
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
            Event::JudgingMany(count) => ("Judging", format!("{count} revisions")),
            Event::Checking { patch, check } => ("Checking", format!("{check} of {patch}")),
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

/// Revisions that are judged, told as they come: each on a line where they are few, else in a line that counts and goes away, which
/// only a terminal gets.
#[derive(Debug)]
pub struct Counting {
    progress: Progress,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins to tell of so many revisions.
    pub fn count(&self, total: usize) -> Counting {
        let many = total > FEW;
        let bar = many.then(|| {
            if self.quiet {
                return ProgressBar::hidden();
            }
            // What is no terminal is drawn nothing on.
            let bar = ProgressBar::new(total.try_into().unwrap_or(u64::MAX));
            if bar.is_hidden() {
                self.tell(&Event::JudgingMany(total));
            }
            let style =
                "{spinner} {prefix:>8.bold.green} revision {pos} of {len}, {msg} ({elapsed})";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.set_prefix("Judging");
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Counting {
            progress: *self,
            bar,
        }
    }
}

impl Counting {
    /// Tells that one begins.
    pub fn begin(&self, name: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(name.escape_debug().to_string());
                bar.inc(1);
            }
            None => self.progress.tell(&Event::Judging(name)),
        }
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
