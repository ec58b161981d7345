//! The body of a message, line by line. Does not know the subject, or what b4 makes of a trailer.

use super::{Finding, WIDTH, error, note, trailers};

const SIGN_OFF: &str = "Signed-off-by: ";
const CHERRY_PICK: &str = "(cherry picked from commit ";

/// The body of a message, in lines with their numbers.
pub(super) struct Body<'a> {
    lines: Vec<(usize, &'a str)>,
    /// Where in `lines` the trailers begin; past the end where there are none.
    trailers: usize,
    /// Where in `lines` the last paragraph begins.
    last: usize,
}

impl<'a> Body<'a> {
    /// Cuts a body into lines, of which the first has the number `first` in the message.
    pub(super) fn of(text: &'a str, first: usize) -> Self {
        let lines: Vec<(usize, &str)> = (first..).zip(text.trim_end().lines()).collect();
        let start = lines
            .iter()
            .rposition(|(_, line)| line.trim().is_empty())
            .map_or(0, |at| at + 1);
        let last = &lines[start..];
        let count = last
            .iter()
            .filter(|(_, line)| is_trailer(line) || continues(line))
            .count();
        let is_signed = last
            .iter()
            .any(|(_, line)| line.starts_with(SIGN_OFF) || line.starts_with(CHERRY_PICK));
        // As git tells them: a last paragraph of trailers, or one that git signed and of which a quarter are (`trailer.c`).
        let are_trailers = last.first().is_some_and(|(_, line)| !continues(line))
            && (count == last.len() || is_signed && count * 4 >= last.len());
        let trailers = if are_trailers { start } else { lines.len() };
        Body {
            lines,
            trailers,
            last: start,
        }
    }

    pub(super) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.trailers == 0 {
            findings.push(note("body-missing", None, "the message has no body"));
        }
        if let Some((number, line)) = self.lines.first() {
            findings.extend(header_like(line).then(|| {
                error(
                    "body-header",
                    Some(*number),
                    format!("the body begins like a header: `{line}`"),
                )
            }));
        }
        let last = self.lines.get(self.last).into_iter();
        findings.extend(last.flat_map(|&(number, line)| outdented(number, line)));
        for (at, &(number, line)) in self.lines.iter().enumerate() {
            findings.extend(breaks(line).map(|(code, what)| error(code, Some(number), what)));
            let told = if at < self.trailers {
                habits(line)
            } else {
                let above = at.checked_sub(1).filter(|above| *above >= self.trailers);
                trailers::changed(line, above.map(|above| self.lines[above].1))
            };
            findings.extend(told.map(|(code, what)| note(code, Some(number), what)));
            let is_text = at >= self.last && at < self.trailers;
            if is_text && is_trailer(line) && !is_address_line(line) {
                let message = format!("b4 would move the line to the end: `{line}`");
                findings.push(note("stray-trailer", Some(number), message));
            }
        }
        findings
    }
}

fn is_trailer(line: &str) -> bool {
    let is_key = |key: &str| {
        let mut bytes = key.bytes();
        !key.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    line.split_once(':')
        .is_some_and(|(key, value)| is_key(key) && value.starts_with(' '))
}

fn continues(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

fn header_like(line: &str) -> bool {
    let header = |name: &str| {
        line.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    ["From:", "Subject:", "Date:", "[PATCH]"]
        .into_iter()
        .any(header)
}

/// Returns what comes of the line that begins the last paragraph, off which b4 takes blanks.
fn outdented(number: usize, line: &str) -> Vec<Finding> {
    let text = line.trim_start();
    if text.len() == line.len() {
        return Vec::new();
    }
    let message = "b4 takes the blanks off that the line begins with";
    let mut findings = vec![note("body-indented", Some(number), message)];
    findings.extend(breaks(text).map(|(code, what)| error(code, Some(number), what)));
    findings
}

/// Returns how a line of the body would break the mail.
fn breaks(line: &str) -> Option<(&'static str, String)> {
    let rest = line.strip_prefix("---");
    if rest.is_some_and(|rest| rest.trim().is_empty()) {
        return Some(("message-separator", "the line ends the message".to_string()));
    }
    let names_file = rest.is_some_and(|rest| rest.starts_with(' '));
    if names_file || line.starts_with("diff -") || line.starts_with("Index: ") {
        return Some(("message-diff", format!("the line begins a diff: `{line}`")));
    }
    if line.starts_with("From ") {
        return Some((
            "message-from-line",
            format!("the line begins a mail: `{line}`"),
        ));
    }
    is_scissors(format!("{line}\n").as_bytes()).then(|| {
        (
            "message-scissors",
            format!("the line cuts the message: `{line}`"),
        )
    })
}

/// Returns whether git and b4 take a line for scissors (`git mailinfo --scissors`): scissors and dashes fill more than a third of
/// eight bytes or more, and blanks among them less than half of that. The line feed at the end of the line is one of the blanks, and a
/// NUL ends it.
pub(crate) fn is_scissors(line: &[u8]) -> bool {
    const BLANKS: &[u8] = b" \t\r\n";
    let line = line.split(|byte| *byte == 0).next().unwrap_or(line);
    let is_blank = |byte: &u8| BLANKS.contains(byte);
    let begins = line.iter().position(|byte| !is_blank(byte));
    let ends = line.iter().rposition(|byte| !is_blank(byte));
    let visible = begins
        .zip(ends)
        .map_or(0, |(begins, ends)| ends - begins + 1);
    let (mut cut, mut blanks, mut seen, mut within) = (0, 0, false, false);
    let mut rest = line;
    while let Some(byte) = rest.first() {
        let is_pair = matches!(rest, [b'>', b'8' | b'%', ..] | [b'8' | b'%', b'<', ..]);
        match byte {
            _ if is_pair => {
                seen = true;
                within = true;
                cut += 2;
            }
            b'-' => {
                within = true;
                cut += 1;
            }
            byte if is_blank(byte) => {
                blanks += usize::from(within);
                cut += usize::from(within);
            }
            _ => within = false,
        }
        rest = &rest[if is_pair { 2 } else { 1 }..];
    }
    seen && visible >= 8 && visible < cut * 3 && blanks * 2 < cut
}

/// Returns what is unusual in a line above the trailers.
fn habits(line: &str) -> Option<(&'static str, String)> {
    if line.starts_with('>') && line.trim_start_matches('>').starts_with("From ") {
        let message = format!("a mailbox reads or quotes the line otherwise: `{line}`");
        return Some(("message-quoted-from", message));
    }
    if is_address_line(line) {
        return Some((
            "stray-address",
            format!("`git send-email` would mail a copy to who stands here: `{line}`"),
        ));
    }
    let columns = line.chars().count();
    let may_be_long =
        line.starts_with([' ', '\t']) || line.contains("://") || !line.trim().contains([' ', '\t']);
    (columns > WIDTH && !may_be_long).then(|| {
        (
            "body-long-line",
            format!("the line has {columns} columns, expected at most {WIDTH}"),
        )
    })
}

/// Returns whether `git send-email` takes an address from a line of the body: `Cc:`, `Reviewed-by:` and their like.
fn is_address_line(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    let by = key.len() > 3 && key.to_ascii_lowercase().ends_with("-by");
    let is_key = key
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
        && !key.starts_with('-');
    is_key && (by || key.eq_ignore_ascii_case("cc")) && value.contains('@')
}
