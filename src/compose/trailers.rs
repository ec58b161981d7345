//! The trailers at the end of a message: where they begin, and adding to them. Does not know what any of them means.

/// What git itself writes there (git-interpret-trailers(1)).
const GENERATED: [&str; 2] = ["Signed-off-by: ", "(cherry picked from commit "];

/// Returns the message with trailers added, as `git interpret-trailers --if-exists addIfDifferent` adds them: to the block that is
/// there, else below a blank line, and none that is there already.
///
/// Each trailer is `Key: value`. With any the message ends in a line feed; without it stays as it is.
pub fn with(message: &str, trailers: &[String]) -> String {
    if trailers.is_empty() {
        return message.to_owned();
    }
    let mut out = message.trim_end_matches(is_blank).to_owned();
    out.push('\n');
    let mut known: Vec<(String, String)> = Vec::new();
    let start = block(&out);
    if let Some(start) = start {
        known.extend(
            unfolded(&out[start..])
                .iter()
                .filter_map(|line| parts(line)),
        );
    }
    let mut has_block = start.is_some();
    for trailer in trailers {
        let Some(new) = parts(trailer).filter(|new| !known.contains(new)) else {
            continue;
        };
        if !has_block {
            out.push('\n');
            has_block = true;
        }
        out.push_str(trailer);
        out.push('\n');
        known.push(new);
    }
    out
}

/// Returns where the trailers of a message begin: its last paragraph, where that is not the title, and all of it are trailers, or a
/// quarter and one of them git's own.
fn block(message: &str) -> Option<usize> {
    let (mut start, mut offset, mut paragraphs) = (0, 0, 0);
    let mut after_blank = true;
    for line in message.split_inclusive('\n') {
        let is_empty = line.trim_matches(is_blank).is_empty();
        if after_blank && !is_empty {
            start = offset;
            paragraphs += 1;
        }
        after_blank = is_empty;
        offset += line.len();
    }
    let (mut trailers, mut others, mut own) = (0, 0, false);
    let mut within = None;
    for line in message[start..].lines() {
        let is_own = GENERATED.iter().any(|start| line.starts_with(start));
        own |= is_own;
        if is_own || separator(line).is_some() {
            trailers += 1;
            within = Some(true);
        } else if line.starts_with([' ', '\t']) && within.is_some() {
            // A trailer that goes on, or another line that does.
            others += usize::from(within == Some(false));
        } else {
            others += 1;
            within = Some(false);
        }
    }
    let is_block = trailers > 0 && (others == 0 || own && trailers * 3 >= others);
    (paragraphs > 1 && is_block).then_some(start)
}

/// The lines of a block, each with those that go on with it.
fn unfolded(block: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in block.lines() {
        match lines.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(last) => {
                last.push(' ');
                last.push_str(line.trim_matches(is_blank));
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Returns the key in lower case, and the value.
fn parts(line: &str) -> Option<(String, String)> {
    let at = separator(line)?;
    let (key, value) = (&line[..at], &line[at + 1..]);
    Some((
        key.trim_matches(is_blank).to_ascii_lowercase(),
        value.trim_matches(is_blank).to_owned(),
    ))
}

/// Returns where the colon of a trailer stands: behind a key of letters, digits and dashes, and blanks.
fn separator(line: &str) -> Option<usize> {
    let at = line.find(':').filter(|at| *at > 0)?;
    let key = line[..at].trim_end_matches([' ', '\t']);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (!key.is_empty() && key.bytes().all(fits)).then_some(at)
}

fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}
