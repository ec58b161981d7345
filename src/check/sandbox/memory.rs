//! What was found out already, by all that it depends on: equal questions are run once. Does not know what is asked.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use crate::lock::locked;
use crate::target::object::{Kind, id_of};

type Held = Arc<OnceLock<Box<dyn Any + Send + Sync>>>;

/// Answers by kind and content of the question.
#[derive(Default)]
pub struct Memory {
    held: Mutex<HashMap<(&'static str, String), Held>>,
}

impl Memory {
    /// Returns the answer to a question of a kind, found by `find` where it was not asked before.
    ///
    /// Whoever asks while it is being found waits for it. `question` names all that the answer depends on, and a kind has answers
    /// of one type; were it another, it is found anew.
    pub fn once<T: Clone + Send + Sync + 'static>(
        &self,
        kind: &'static str,
        question: &[&str],
        find: impl Fn() -> T,
    ) -> T {
        let place = self.place(kind, question);
        let held = place.get_or_init(|| Box::new(find()));
        held.downcast_ref::<T>().cloned().unwrap_or_else(find)
    }

    /// As [`Memory::once`], for what may fail: that is remembered too, by its words.
    ///
    /// # Errors
    /// What `find` said, whoever asked first.
    pub fn tried<T: Clone + Send + Sync + 'static>(
        &self,
        kind: &'static str,
        question: &[&str],
        find: impl Fn() -> io::Result<T>,
    ) -> io::Result<T> {
        let answer: Result<T, String> =
            self.once(kind, question, || find().map_err(|error| error.to_string()));
        answer.map_err(io::Error::other)
    }

    /// Keeps an answer that was found on another way.
    pub fn keep<T: Clone + Send + Sync + 'static>(
        &self,
        kind: &'static str,
        question: &[&str],
        answer: T,
    ) {
        self.once(kind, question, || answer.clone());
    }

    fn place(&self, kind: &'static str, question: &[&str]) -> Held {
        let mut whole = String::new();
        for part in question {
            // Told apart from other parts that are the same when joined.
            whole.push_str(&format!("{} ", part.len()));
            whole.push_str(part);
        }
        let key = (kind, id_of(Kind::Blob, whole.as_bytes()));
        // A panic elsewhere leaves answers that are whole or absent.
        let mut held = locked(&self.held);
        held.entry(key).or_default().clone()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_question_is_asked_once_and_another_anew() {
        let (memory, asked) = (Memory::default(), AtomicUsize::new(0));
        let ask = |question: &[&str]| {
            memory.once("k", question, || asked.fetch_add(1, Ordering::Relaxed))
        };
        assert_eq!([ask(&["ab", "c"]), ask(&["ab", "c"])], [0, 0]);
        assert_eq!(ask(&["a", "bc"]), 1);
        let fail = || {
            let words = format!("failed {}", asked.fetch_add(1, Ordering::Relaxed));
            Err::<(), _>(io::Error::other(words))
        };
        let mut fails = (0..2).map(|_| memory.tried("t", &["x"], fail).unwrap_err().to_string());
        assert_eq!(fails.next(), fails.next());
        memory.keep("k", &["known"], 9usize);
        assert_eq!(ask(&["known"]), 9);
        assert_eq!(memory.once("other", &["known"], || 3usize), 3);
    }
}
