//! `patchwright gate`: judges whether revisions carry the fixes.

mod judging;
mod require;

use super::args::{Format, Gate};
use super::subject::Subject;
use super::{Stop, print, use_color};
use crate::report::json::{self as document, Judged};
use crate::report::progress::Progress;
use crate::report::terminal;
use crate::verdict::Exit;

pub(super) fn run(typed: &Gate) -> Result<Exit, Stop> {
    use_color(typed.common.color);
    let subject = Subject::open(&typed.common, &typed.revisions)?;
    let require = require::required(&subject.series, typed.require.as_deref())?;
    let files = super::reports::files(&typed.common.reports)?;
    let revisions = subject.resolve()?;
    super::reports::probe(&files)?;
    let progress = Progress {
        quiet: typed.common.quiet,
    };
    let answers = judging::judge(&subject, revisions, progress)?;
    let judged: Vec<Judged> = answers
        .into_iter()
        .map(|answer| Judged {
            ok: require::is_ok(&require, &answer.judgements),
            revision: answer.revision,
            commit: answer.commit,
            judgements: answer.judgements,
        })
        .collect();
    let document = document::gate(&subject.series.name, &require::told(&require), &judged);
    super::reports::write(&files, &document)?;
    match typed.common.format {
        Format::Json => print(&format!("{document:#}\n"))?,
        Format::Terminal => print(&terminal::matrix(&judged, typed.common.verbose))?,
    }
    Ok(if judged.iter().all(|judged| judged.ok) {
        Exit::Good
    } else {
        Exit::Failed
    })
}
