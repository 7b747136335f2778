//! The threads that do the engine's work: a fixed number of them, with a bounded queue before them.
//!
//! The runtime's own blocking threads are not taken for this: a document may nest a thousand levels deep, which needs
//! more stack than they have.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use thiserror::Error;
use tokio::sync::oneshot;

/// Room for the deepest document in the largest frames, those of a build without optimisation. It is taken from the
/// address space, and from memory only as far as it is used.
pub(crate) const STACK: usize = 32 * 1024 * 1024;

type Job = Box<dyn FnOnce() + Send>;

/// The threads. Dropping them lets them finish what is waiting.
#[derive(Debug)]
pub(crate) struct Workers {
    jobs: Option<SyncSender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum NotWorked {
    /// The queue is full.
    #[error("too much work is waiting")]
    Full,
    /// The work panicked, or the threads are gone.
    #[error("the work did not come to its end")]
    Broken,
}

// === impl Workers ===

impl Workers {
    /// Starts so many threads with room for so many jobs before them.
    pub(crate) fn start(count: usize, queue: usize) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel::<Job>(queue);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = (0..count).map(|number| {
            let waiting = Arc::clone(&waiting);
            let builder = std::thread::Builder::new().name(format!("engine-{number}")).stack_size(STACK);
            builder.spawn(move || work(&waiting))
        });
        Ok(Self { jobs: Some(jobs), threads: threads.collect::<io::Result<_>>()? })
    }

    /// Does the work on one of the threads. It is done to its end, whether the future is dropped or not.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotWorked> {
        let (done, result) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Nobody may be waiting any more.
            let _ = done.send(work());
        });
        match self.jobs.as_ref().map(|jobs| jobs.try_send(job)) {
            Some(Ok(())) => result.await.map_err(|_| NotWorked::Broken),
            Some(Err(TrySendError::Full(_))) => Err(NotWorked::Full),
            Some(Err(TrySendError::Disconnected(_))) | None => Err(NotWorked::Broken),
        }
    }
}

fn work(waiting: &Mutex<Receiver<Job>>) {
    loop {
        // Only one of the threads waits at the channel, the others wait for it.
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // A panic ends its own request: the answer's channel is dropped with it. Locks that it held are poisoned, and
        // what they guard is given up there.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a call to the engine has panicked");
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            // They do not panic: what they run is caught.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_is_done_and_a_panic_ends_only_itself() {
        let workers = Workers::start(2, 4).unwrap();
        assert_eq!(workers.run(|| 5).await, Ok(5));
        for _ in 0..4 {
            assert_eq!(workers.run(|| -> u32 { panic!("on purpose") }).await, Err(NotWorked::Broken));
        }
        assert_eq!(workers.run(|| 6).await, Ok(6));
    }

    #[tokio::test]
    async fn what_has_no_room_is_refused() {
        let workers = Arc::new(Workers::start(1, 1).unwrap());
        let (release, held) = mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let first = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move {
                let work = move || {
                    let _ = begun.send(());
                    let _ = held.recv();
                };
                workers.run(work).await
            }
        });
        has_begun.await.unwrap();
        let second = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { workers.run(|| ()).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(workers.run(|| ()).await, Err(NotWorked::Full));
        release.send(()).unwrap();
        assert_eq!((first.await.unwrap(), second.await.unwrap()), (Ok(()), Ok(())));
    }
}
