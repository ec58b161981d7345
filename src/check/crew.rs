//! The threads that ask: more than there are cores, since each waits for a program most of the time. Does not know what is asked.

use std::num::NonZero;
use std::sync::OnceLock;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads for a core. A sandbox that starts or ends waits for the kernel about as long as it works.
const FOR_A_CORE: usize = 2;

/// Runs what asks, with these threads for all that it does in parallel; with those of everybody where there are none.
pub(super) fn put_to_work<T: Send>(ask: impl FnOnce() -> T + Send) -> T {
    static CREW: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let crew = CREW.get_or_init(|| {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let crew = ThreadPoolBuilder::new().num_threads(FOR_A_CORE * cores);
        crew.build().ok()
    });
    match crew {
        Some(crew) => crew.install(ask),
        None => ask(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_are_at_work_than_there_are_cores() {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        assert!(put_to_work(rayon::current_num_threads) > cores);
    }
}
