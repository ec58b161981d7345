//! The object id of a file, made of its content when somebody asks. Does not know where the file stands.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::object::{Kind, id_of};

/// The object id of a blob, 40 hex digits: told by who read it, or made of its content once, for clones too.
#[derive(Clone)]
pub struct BlobId(Arc<Known>);

struct Known {
    id: OnceLock<String>,
    content: Arc<[u8]>,
}

impl BlobId {
    /// Returns the id that git gives a file of this content.
    pub fn of_content(content: &Arc<[u8]>) -> Self {
        BlobId(Arc::new(Known {
            id: OnceLock::new(),
            content: Arc::clone(content),
        }))
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        let known = &self.0;
        known.id.get_or_init(|| id_of(Kind::Blob, &known.content))
    }
}

impl From<String> for BlobId {
    fn from(id: String) -> Self {
        BlobId(Arc::new(Known {
            id: OnceLock::from(id),
            content: Arc::default(),
        }))
    }
}

impl Deref for BlobId {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for BlobId {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.0, &other.0);
        if Arc::ptr_eq(one, two) {
            return true;
        }
        match (one.id.get(), two.id.get()) {
            // Contents are compared faster than ids are made.
            (None, None) => one.content == two.content,
            _ => self.as_str() == other.as_str(),
        }
    }
}

impl Eq for BlobId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_that_of_the_content_whoever_asks_first() {
        let of = |text: &str| BlobId::of_content(&Arc::from(text.as_bytes()));
        assert_eq!(of("x\n"), of("x\n"));
        assert_ne!(of("x\n"), of("y\n"));
        let told = BlobId::from("587be6b4c3f93f93c489c0111bba5596147a26cb".to_owned());
        assert_eq!(of("x\n"), told);
        assert_ne!(of("y\n"), told);
        assert_eq!(of("x\n").to_string(), told.to_string());
    }
}
