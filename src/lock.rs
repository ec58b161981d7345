//! Locks that survive a panic: whoever panics elsewhere leaves what they guard whole. Knows nothing of what is guarded.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for a lock and takes it, also where a thread has panicked with it: what is kept behind locks here is put there finished.
pub fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
