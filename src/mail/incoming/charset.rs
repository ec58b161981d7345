//! Bytes of any charset into UTF-8, and what carries bytes in ASCII back into bytes. Does not know headers or bodies.
//!
//! Base64 and quoted-printable are ours and not those of mail-parser: git decodes each line on its own, and reads over what is no
//! code, where mail-parser refuses the whole.

use mail_parser::decoders::charsets::map::charset_decoder;
use std::borrow::Cow;

/// Why a text can't be read in a charset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// No such charset is known.
    Unknown(String),
    /// The bytes are not of that charset.
    Unfit(String),
    /// What begins like an encoded word goes on as none.
    Word,
}

/// Returns text of a charset as UTF-8; as it is where it says to be UTF-8 or nothing: git does not look then.
pub(super) fn to_utf8<'t>(bytes: &'t [u8], charset: &str) -> Result<Cow<'t, [u8]>, Unreadable> {
    let name = charset.trim().to_ascii_lowercase();
    match name.as_str() {
        "" | "utf-8" | "utf8" => Ok(Cow::Borrowed(bytes)),
        // The crate reads these as browsers do, with the letters of Windows in between; git asks iconv, which has none there.
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "l1" => {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            Ok(Cow::Owned(text.into_bytes()))
        }
        "us-ascii" | "ascii" | "ansi_x3.4-1968" if bytes.is_ascii() => Ok(Cow::Borrowed(bytes)),
        "us-ascii" | "ascii" | "ansi_x3.4-1968" => Err(Unreadable::Unfit(name)),
        _ => match charset_decoder(name.as_bytes()) {
            None => Err(Unreadable::Unknown(name)),
            Some(decode) => {
                let text = decode(bytes);
                if text.contains('\u{fffd}') {
                    return Err(Unreadable::Unfit(name));
                }
                Ok(Cow::Owned(text.into_bytes()))
            }
        },
    }
}

/// To git an encoded text ends at a NUL.
fn encoded(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == 0);
    &bytes[..end.unwrap_or(bytes.len())]
}

/// Decodes a line of quoted-printable, or the `Q` of an encoded word, where `_` is a blank.
pub(super) fn quoted_printable(bytes: &[u8], is_word: bool) -> Vec<u8> {
    let hex = |at: usize| {
        bytes
            .get(at)
            .and_then(|&byte| char::from(byte).to_digit(16))
    };
    let bytes = encoded(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'=' => match (bytes.get(at), hex(at), hex(at + 1)) {
                // The end of the line: it goes on in the next one.
                (None | Some(b'\n'), _, _) => break,
                (_, Some(high), Some(low)) => {
                    out.extend(u8::try_from(high * 16 + low));
                    at += 2;
                }
                _ => out.push(b'='),
            },
            b'_' if is_word => out.push(b' '),
            byte => out.push(byte),
        }
    }
    out
}

/// Decodes base64, reading over what is none.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0);
    for value in encoded(bytes).iter().filter_map(|&byte| value(byte)) {
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.extend(u8::try_from(held >> bits & 0xff));
        }
    }
    out
}

/// Decodes the encoded words of a header (RFC 2047), raw bytes between them left as they are.
///
/// The error says why git would refuse the header.
pub(super) fn words(raw: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    let mut is_first = true;
    while let Some(start) = find(rest, b"=?") {
        let between = &rest[..start];
        // Blanks between two encoded words are a fold, and no part of the text.
        if is_first || !between.iter().all(|&byte| super::space::is_space(byte)) {
            out.extend_from_slice(between);
        }
        let word = Word::of(&rest[start + 2..]).ok_or(Unreadable::Word)?;
        let decoded = match word.encoding {
            b'b' | b'B' => base64(word.text),
            b'q' | b'Q' => quoted_printable(word.text, true),
            _ => return Err(Unreadable::Word),
        };
        let charset = String::from_utf8_lossy(word.charset);
        out.extend_from_slice(&to_utf8(&decoded, &charset)?);
        rest = word.after;
        is_first = false;
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// An encoded word, without its `=?`.
struct Word<'w> {
    charset: &'w [u8],
    encoding: u8,
    text: &'w [u8],
    after: &'w [u8],
}

impl<'w> Word<'w> {
    /// Splits `charset?q?text?=rest`.
    fn of(bytes: &'w [u8]) -> Option<Self> {
        let end = find(bytes, b"?")?;
        let charset = &bytes[..end];
        let [encoding, b'?', rest @ ..] = &bytes[end + 1..] else {
            return None;
        };
        let end = find(rest, b"?=")?;
        Some(Word {
            charset,
            encoding: *encoding,
            text: &rest[..end],
            after: &rest[end + 2..],
        })
    }
}

/// Returns where `needle` begins first.
pub(super) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(raw: &str) -> String {
        String::from_utf8(words(raw.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn encoded_words_are_read_and_the_fold_between_two_of_them_is_none_of_the_text() {
        assert_eq!(read("=?UTF-8?q?A=20=C3=9A?= Thor"), "A Ú Thor");
        assert_eq!(read("=?UTF-8?q?a?= =?iso-8859-1?Q?=E9_b?="), "aé b");
        assert_eq!(read("x =?utf-8?B?w6k=?="), "x é");
    }

    #[test]
    fn a_word_that_cannot_be_read_is_told() {
        for raw in ["a =? b", "=?utf-8?x?a?=", "=?utf-8?q?a", "=?utf-8"] {
            assert_eq!(words(raw.as_bytes()), Err(Unreadable::Word), "{raw}");
        }
        assert_eq!(
            words(b"=?no-such?q?a?=").unwrap_err(),
            Unreadable::Unknown("no-such".into())
        );
    }

    #[test]
    fn a_charset_that_lies_is_told() {
        assert_eq!(
            to_utf8(b"caf\xe9", "us-ascii").unwrap_err(),
            Unreadable::Unfit("us-ascii".into())
        );
        assert_eq!(&*to_utf8(b"caf\xe9", "").unwrap(), b"caf\xe9");
        assert_eq!(&*to_utf8(b"caf\xe9", "utf-8").unwrap(), b"caf\xe9");
        assert_eq!(
            &*to_utf8(b"\x93", "iso-8859-1").unwrap(),
            "\u{93}".as_bytes()
        );
        assert_eq!(&*to_utf8(b"\xa4", "iso-8859-15").unwrap(), "€".as_bytes());
        assert_eq!(
            &*to_utf8(b"\x93", "windows-1252").unwrap(),
            "\u{201c}".as_bytes()
        );
    }

    #[test]
    fn a_line_of_quoted_printable_ends_in_a_soft_break_or_in_its_own_feed() {
        assert_eq!(quoted_printable(b"a=3Db=\n", false), b"a=b");
        assert_eq!(quoted_printable(b"a=zz_\n", false), b"a=zz_\n");
        assert_eq!(base64(b"aGk K\n"), b"hi\n");
    }
}
