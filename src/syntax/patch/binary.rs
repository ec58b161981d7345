//! Binary changes: `GIT binary patch`, its letters decoded and unpacked (gitformat-pack tells the deltas). Does not know the file.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{Lines, Malformed, Raw};
use crate::text::Span;

/// What becomes of the bytes of a file, and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// What makes the file after of the file before.
    pub forward: Delta,
    /// What makes the file before of the file after, where the patch tells.
    pub reverse: Option<Delta>,
    /// What git calls the bytes before and after, all hex digits; zeros where there is no file.
    pub ids: (String, String),
}

/// How bytes are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delta {
    /// They are told whole.
    Literal(Vec<u8>),
    /// They are put together of the other version.
    Delta(Vec<u8>),
}

/// Bytes of a file at most: no source file is as large, and a patch may be hostile.
const LARGEST: usize = 64 << 20;

impl Delta {
    /// Returns the bytes that are made of `base`; none where they can't be made of it.
    pub fn applied(&self, base: &[u8]) -> Option<Vec<u8>> {
        match self {
            Delta::Literal(bytes) => Some(bytes.clone()),
            Delta::Delta(script) => followed(script, base),
        }
    }
}

/// Reads the one or two parts behind `GIT binary patch`; `ids` are those of the line `index`.
pub(super) fn read(lines: &mut Lines, ids: (String, String)) -> Result<Binary, Malformed> {
    let forward = part(lines)?.ok_or_else(|| Malformed {
        span: lines.peek().map_or(lines.end(), |line| line.span),
        message: "a binary change must go on with `literal` or `delta` and its size".to_owned(),
    })?;
    let reverse = part(lines)?;
    Ok(Binary {
        forward,
        reverse,
        ids,
    })
}

fn part(lines: &mut Lines) -> Result<Option<Delta>, Malformed> {
    let Some(line) = lines.peek() else {
        return Ok(None);
    };
    let text = std::str::from_utf8(line.trimmed()).unwrap_or_default();
    let (is_literal, size) = match (text.strip_prefix("literal "), text.strip_prefix("delta ")) {
        (Some(size), _) => (true, size),
        (_, Some(size)) => (false, size),
        _ => return Ok(None),
    };
    lines.next();
    let wrong = |span: Span, message: &str| Malformed {
        span,
        message: message.to_owned(),
    };
    let size: usize = size
        .parse()
        .ok()
        .filter(|size| *size <= LARGEST)
        .ok_or_else(|| {
            wrong(
                line.span,
                "a binary change of no size, or of more than 64 MiB",
            )
        })?;
    let mut packed = Vec::new();
    loop {
        // The blank line belongs to it: git takes a change without it for none.
        let line = lines
            .next()
            .ok_or_else(|| wrong(lines.end(), "the patch breaks off inside a binary change"))?;
        if line.bytes == b"\n" {
            break;
        }
        decode(line, &mut packed)
            .ok_or_else(|| wrong(line.span, "a line of a binary change can't be decoded"))?;
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(size + 1).unwrap_or(u64::MAX);
    let unpacked = ZlibDecoder::new(packed.as_slice())
        .take(limit)
        .read_to_end(&mut bytes);
    if unpacked.is_err() || bytes.len() != size {
        return Err(wrong(
            line.span,
            "a binary change does not unpack to the size that it tells",
        ));
    }
    Ok(Some(match is_literal {
        true => Delta::Literal(bytes),
        false => Delta::Delta(bytes),
    }))
}

/// The letters that git writes 32 bits in (base 85, five letters for four bytes).
const LETTERS: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

fn decode(line: Raw, out: &mut Vec<u8>) -> Option<()> {
    let (len, letters) = line.trimmed().split_first()?;
    let len = match len {
        b'A'..=b'Z' => usize::from(len - b'A') + 1,
        b'a'..=b'z' => usize::from(len - b'a') + 27,
        _ => return None,
    };
    if letters.len() != len.div_ceil(4) * 5 {
        return None;
    }
    let mut bytes = Vec::with_capacity(letters.len());
    for group in letters.chunks(5) {
        let mut value: u32 = 0;
        for letter in group {
            let digit = LETTERS.iter().position(|known| known == letter)?;
            let digit = u32::try_from(digit).ok()?;
            value = value.checked_mul(85)?.checked_add(digit)?;
        }
        bytes.extend(value.to_be_bytes());
    }
    out.extend(bytes.get(..len)?);
    Some(())
}

/// Follows a delta: sizes of both versions, then copies from the one before and insertions.
fn followed(script: &[u8], base: &[u8]) -> Option<Vec<u8>> {
    let mut script = script.iter().copied();
    if size(&mut script)? != base.len() {
        return None;
    }
    let wanted = size(&mut script).filter(|size| *size <= LARGEST)?;
    let mut out = Vec::new();
    while let Some(command) = script.next() {
        if command & 0x80 != 0 {
            let mut number = |bits: std::ops::Range<u32>| -> Option<usize> {
                let mut number = 0;
                for (at, bit) in bits.enumerate() {
                    if command & (1 << bit) != 0 {
                        number |= usize::from(script.next()?) << (8 * at);
                    }
                }
                Some(number)
            };
            let start = number(0..4)?;
            let len = number(4..7)?;
            let len = if len == 0 { 0x10000 } else { len };
            out.extend(base.get(start..start.checked_add(len)?)?);
        } else if command > 0 {
            for _ in 0..command {
                out.push(script.next()?);
            }
        } else {
            return None;
        }
        if out.len() > wanted {
            return None;
        }
    }
    (out.len() == wanted).then_some(out)
}

fn size(script: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut size = 0_usize;
    for shift in (0..35).step_by(7) {
        let byte = script.next()?;
        size |= usize::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Body, parse};
    use super::*;

    #[test]
    fn a_literal_of_git_is_decoded() {
        // `printf 'a\0b' > f`, as git 2.47 mails it.
        let text = b"diff --git a/f b/f\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..20b5be9ac32e8d6f1fc2d4a8b4d1cd5ebd5a1e5f\nGIT binary patch\nliteral 3\nKcmYdfNCE%>hycU@\n\nliteral 0\nHcmV?d00001\n\n";
        let files = parse(text).unwrap();
        let Body::Binary(binary) = &files[0].body else {
            panic!()
        };
        assert_eq!(binary.forward, Delta::Literal(b"a\0b".to_vec()));
        assert_eq!(binary.reverse, Some(Delta::Literal(Vec::new())));
    }

    #[test]
    fn a_delta_copies_and_inserts_and_refuses_another_base() {
        // 5 bytes before, 6 after: copy 2 from 1, insert 4.
        let script = [5, 6, 0x91, 1, 2, 4, b'w', b'x', b'y', b'z'];
        let delta = Delta::Delta(script.to_vec());
        assert_eq!(delta.applied(b"abcde").unwrap(), b"bcwxyz");
        assert_eq!(delta.applied(b"abcd"), None);
        assert_eq!(Delta::Delta(vec![5, 6, 0x91, 9, 2]).applied(b"abcde"), None);
    }
}
