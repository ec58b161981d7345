//! The date of a mail, in the forms that git takes. Does not know which header it stood in.
//!
//! Ours and not those of jiff or mail-parser: git takes the parts of a date in any order, leap seconds, an hour 24 and zones by name.

use jiff::civil;

use crate::target::When;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Names of zones (RFC 5322, section 4.3), in minutes east of UTC.
const ZONES: [(&str, i32); 11] = [
    ("gmt", 0),
    ("utc", 0),
    ("z", 0),
    ("ut", 0),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("pst", -480),
    ("pdt", -420),
];
/// Seconds since 1970 have at least as many digits; what has fewer is a part of a date.
const EPOCH_DIGITS: usize = 9;
/// A zone with more hours or minutes than these is none (git calls those UTC).
const FARTHEST: (i32, i32) = (23, 59);

/// Returns the moment that a `Date:` header tells, none where it tells none. Without a zone it is taken for UTC.
pub(super) fn when(text: &str) -> Option<When> {
    let mut parts = Parts::default();
    for word in without_comments(text).split([' ', '\t', ',']) {
        parts.word(word)?;
    }
    parts.moment()
}

/// Git takes dates between 1970 and 2099.
fn fit(seconds: i64, offset_minutes: i32) -> Option<When> {
    let last = civil::date(2100, 1, 1)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?
        .timestamp()
        .as_second();
    (0..last)
        .contains(&seconds)
        .then_some(When::at(seconds, offset_minutes))
}

fn without_comments(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[derive(Default)]
struct Parts {
    epoch: Option<i64>,
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    time: Option<(i64, i64, i64)>,
    zone: Option<i32>,
}

impl Parts {
    /// Takes a word of a date; `None` where it can be no part of one.
    fn word(&mut self, word: &str) -> Option<()> {
        if word.is_empty() {
            return Some(());
        }
        if let Some(seconds) = word.strip_prefix('@') {
            self.epoch = Some(seconds.parse().ok()?);
            return Some(());
        }
        if let Some((date, time)) = word.split_once('T').filter(|(date, _)| date.contains('-')) {
            self.word(date)?;
            return self.word(time);
        }
        if word.starts_with(['+', '-']) {
            self.zone = Some(offset(word)?);
            return Some(());
        }
        if word.contains(':') {
            return self.time(word);
        }
        if word.contains('-') {
            let mut fields = word.splitn(3, '-');
            let mut next = || fields.next();
            self.year = Some(next()?.parse().ok()?);
            self.month = Some(next()?.parse().ok()?);
            self.day = Some(next()?.parse().ok()?);
            return Some(());
        }
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            match word.len() {
                4 => self.year = Some(word.parse().ok()?),
                1 | 2 if self.day.is_none() => self.day = Some(word.parse().ok()?),
                len if len >= EPOCH_DIGITS => self.epoch = Some(word.parse().ok()?),
                _ => return None,
            }
            return Some(());
        }
        self.name(&word.to_ascii_lowercase())
    }

    /// Takes `8:05`, `08:05:17`, `08:05:17.25`, `08:05:17Z` or `08:05:17+02:00`.
    fn time(&mut self, word: &str) -> Option<()> {
        let end = word.find(['+', '-', 'Z', 'z']).unwrap_or(word.len());
        let (time, zone) = word.split_at(end);
        let time = time.split('.').next()?;
        let mut fields = time.split(':').map(str::parse::<i64>);
        let (hour, minute) = (fields.next()?.ok()?, fields.next()?.ok()?);
        let second = fields.next().transpose().ok()?.unwrap_or(0);
        // A leap second is one more; git takes an hour 24 too.
        if hour > 24 || minute > 59 || second > 60 || fields.next().is_some() {
            return None;
        }
        self.time = Some((hour, minute, second));
        if !zone.is_empty() {
            self.zone = Some(if zone.eq_ignore_ascii_case("z") {
                0
            } else {
                offset(zone)?
            });
        }
        Some(())
    }

    fn name(&mut self, word: &str) -> Option<()> {
        if word.len() >= 3
            && let Some(at) = MONTHS.iter().position(|month| month.starts_with(word))
        {
            self.month = i8::try_from(at + 1).ok();
            return Some(());
        }
        if let Some((_, zone)) = ZONES.iter().find(|(name, _)| *name == word) {
            self.zone = Some(*zone);
            return Some(());
        }
        // The day of the week says nothing that the date does not.
        let days = [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ];
        let is_day = word.len() >= 3 && days.iter().any(|day| day.starts_with(word));
        is_day.then_some(())
    }

    fn moment(self) -> Option<When> {
        let zone = self.zone.unwrap_or(0);
        if let Some(seconds) = self.epoch {
            return fit(seconds, zone);
        }
        let date = civil::Date::new(self.year?, self.month?, self.day?).ok()?;
        let midnight = date
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_second();
        let (hour, minute, second) = self.time?;
        fit(
            midnight + hour * 3600 + minute * 60 + second - i64::from(zone) * 60,
            zone,
        )
    }
}

/// Reads `+0200`, `-04:00`, `+02`.
fn offset(word: &str) -> Option<i32> {
    let (sign, told) = word.split_at_checked(1)?;
    let is_short = told.contains(':') && told.len() != "00:00".len();
    let digits = told.replace(':', "");
    let value: i32 = digits
        .parse()
        .ok()
        .filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (hours, minutes) = match digits.len() {
        1 | 2 => (value, 0),
        _ => (value / 100, value % 100),
    };
    let is_zone = !is_short && hours <= FARTHEST.0 && minutes <= FARTHEST.1;
    let minutes = if is_zone { hours * 60 + minutes } else { 0 };
    Some(if sign == "-" { -minutes } else { minutes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_git_takes() {
        // What `GIT_AUTHOR_DATE=… git var GIT_AUTHOR_IDENT` made of each with git 2.47.
        for (text, seconds, offset) in [
            ("Wed, 20 May 2015 08:05:17 -0400", 1_432_123_517, -240),
            ("20 May 2015 08:05:17 -0400", 1_432_123_517, -240),
            ("2015-05-20 08:05:17 -0400", 1_432_123_517, -240),
            ("2015-05-20T08:05:17Z", 1_432_109_117, 0),
            ("2015-05-20T08:05:17-04:00", 1_432_123_517, -240),
            ("@123 +0200", 123, 120),
            ("1432123517 -0400", 1_432_123_517, -240),
            ("Wed, 20 May 2015 08:05:17 GMT", 1_432_109_117, 0),
            ("Wed, 20 May 2015 08:05:17 EDT", 1_432_123_517, -240),
            ("Wed, 20 May 2015 08:05:17 -0400 (EDT)", 1_432_123_517, -240),
            ("Wed May 20 08:05:17 2015 -0400", 1_432_123_517, -240),
            ("Thu, 20 May 2015 08:05:17 +0530", 1_432_089_317, 330),
            ("Wed, 20 May 2015 8:5:17 +0000", 1_432_109_117, 0),
            ("Wed, 20 May 2015 08:05:17 +9999", 1_432_109_117, 0),
            ("Wed, 20 May 2015 08:05:17 +2359", 1_432_022_777, 1439),
            ("Wed, 20 May 2015 08:05:17 -2400", 1_432_109_117, 0),
            ("Wed, 20 May 2015 08:05:17 -0060", 1_432_109_117, 0),
            ("Wed, 20 May 2015 08:05:17 +51800", 1_432_109_117, 0),
            ("Wed, 20 May 2015 08:05:17 +5:30", 1_432_109_117, 0),
            ("Wed, 20 May 2015 24:05:17 +0000", 1_432_166_717, 0),
            ("Wed, 20 May 2015 08:05:60 +0000", 1_432_109_160, 0),
            ("Wed, 20 May 2015 08:05:17.123 -0400", 1_432_123_517, -240),
        ] {
            let expected = When::at(seconds, offset);
            assert_eq!(when(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "nonsense",
            "Wed, 20 May 2115 08:05:17 +0000",
            "Wed, 20 May 1915 08:05:17 +0000",
            "20 May",
            "8:05",
        ] {
            assert_eq!(when(text), None, "{text}");
        }
    }
}
