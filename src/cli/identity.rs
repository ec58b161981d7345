//! Who sends a series and when: from what was typed, else from git's configuration and the base commit.

use super::args::Generate;
use super::subject::Subject;
use crate::mail::ident;
use crate::target::{Ident, Revision, When};
use crate::text::Problem;

/// Returns the sender: `--from`, else git's configured identity, else for the sample one of its own.
pub(super) fn sender(typed: &Generate, subject: &Subject) -> Result<Ident, Problem> {
    if let Some(from) = &typed.from {
        return ident::parse(from);
    }
    if subject.is_sample {
        return Ok(Ident {
            name: "Pat Wright".to_owned(),
            email: "pat@example.org".to_owned(),
        });
    }
    let found = subject.target.identity().ok_or_else(|| {
        Problem::new("sender-unknown", "nobody is known to send the mails: git has no name and address configured")
            .help("give --from 'Your Name <you@example.org>', or set user.name and user.email with `git config`")
    })?;
    ident::check(&found)?;
    Ok(found)
}

/// Returns the author: `--author`, else the sender.
pub(super) fn author(typed: &Generate, sender: &Ident) -> Result<Ident, Problem> {
    typed
        .author
        .as_deref()
        .map_or_else(|| Ok(sender.clone()), ident::parse)
}

/// Returns the date of the first patch: `--date`, else SOURCE_DATE_EPOCH, else a second after the base commit's. A directory
/// has no commit: there it is the newest of the files that identify the project.
pub(super) fn date(
    typed: &Generate,
    revision: &Revision,
    paths: &[String],
    epoch: Option<&str>,
) -> Result<When, Problem> {
    if let Some(stated) = stated_date(typed, epoch)? {
        return Ok(stated);
    }
    let base = revision.commit.as_ref().map(|base| base.committed);
    let base = base
        .or_else(|| revision.tree.newest(paths))
        .unwrap_or_default();
    Ok(When {
        seconds: base.seconds + 1,
        ..base
    })
}

/// Returns the date of `--date`, else SOURCE_DATE_EPOCH.
pub(super) fn stated_date(typed: &Generate, epoch: Option<&str>) -> Result<Option<When>, Problem> {
    if let Some(text) = &typed.date {
        let date = parse(text).ok_or_else(|| wrong_date("--date", text))?;
        return Ok(Some(date));
    }
    let Some(text) = epoch else {
        return Ok(None);
    };
    let seconds = text.trim().parse();
    let seconds = seconds.map_err(|_| wrong_date("SOURCE_DATE_EPOCH", text))?;
    Ok(Some(When::at(seconds, 0)))
}

fn wrong_date(what: &str, text: &str) -> Problem {
    Problem::new("date", format!("`{text}` in {what} is no date"))
        .help("write it as `Wed, 20 May 2015 08:05:17 -0400`, `2015-05-20T08:05:17-04:00`, or in seconds since 1970")
}

fn parse(text: &str) -> Option<When> {
    let text = text.trim();
    if let Ok(seconds) = text.trim_start_matches('@').parse::<i64>() {
        return Some(When::at(seconds, 0));
    }
    let zoned = |moment: jiff::Timestamp, seconds: i32| When::at(moment.as_second(), seconds / 60);
    if let Ok(moment) = jiff::fmt::rfc2822::parse(text) {
        return Some(zoned(moment.timestamp(), moment.offset().seconds()));
    }
    let pieces = jiff::fmt::temporal::Pieces::parse(text).ok()?;
    let offset = match pieces.offset()? {
        jiff::fmt::temporal::PiecesOffset::Numeric(offset) => offset.offset().seconds(),
        _ => 0,
    };
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(|moment| zoned(moment, offset))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::target::When;

    #[test]
    fn dates_are_read_in_three_forms() {
        let expected = When::at(1_432_123_517, -240);
        assert_eq!(parse("Wed, 20 May 2015 08:05:17 -0400"), Some(expected));
        assert_eq!(parse("2015-05-20T08:05:17-04:00"), Some(expected));
        assert_eq!(
            parse("1432123517"),
            Some(When {
                zone: 0,
                ..expected
            })
        );
        for bad in ["", "yesterday", "2015-05-20", "20 May"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
