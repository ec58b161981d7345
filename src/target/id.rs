//! Ids of objects as git writes them: 20 bytes in a repository of SHA-1, 32 in one of SHA-256. Computes none.

use git2::Oid;
use std::fmt;

/// Id of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    bytes: [u8; 32],
    len: u8,
}

impl Id {
    /// Reads an id from its bytes; `None` where they are neither 20 nor 32.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if !matches!(bytes.len(), 20 | 32) {
            return None;
        }
        let mut id = Id {
            bytes: [0; 32],
            len: u8::try_from(bytes.len()).ok()?,
        };
        id.bytes[..bytes.len()].copy_from_slice(bytes);
        Some(id)
    }

    /// Reads an id from 40 or 64 hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if !matches!(digits.len(), 40 | 64) {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Id::from_bytes(&bytes[..digits.len() / 2])
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub(super) fn of_git(oid: Oid) -> Self {
        let mut id = Id {
            bytes: [0; 32],
            len: 20,
        };
        id.bytes[..20].copy_from_slice(&oid.as_bytes()[..20]);
        id
    }

    /// Returns the id as libgit2 has it; zeros for one that it can't hold.
    pub(super) fn to_git(self) -> Oid {
        Oid::from_bytes(self.as_bytes()).unwrap_or(Oid::ZERO_SHA1)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        for text in ["0a75b69605fc01234567890abcdefABCDEF00112", &"ab".repeat(32)] {
            let id = Id::from_hex(text).unwrap();
            assert_eq!(id.to_string(), text.to_lowercase());
            assert_eq!(Id::from_bytes(id.as_bytes()), Some(id));
        }
        for text in ["", "0a", &"g".repeat(40), &"\u{e9}".repeat(20)] {
            assert_eq!(Id::from_hex(text), None, "{text}");
        }
    }
}
