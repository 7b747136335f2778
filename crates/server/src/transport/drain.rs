//! Telling connections that the server stops. Every step of every connection asks, so asking must cost next to nothing:
//! a flag, and the token's own future only when there is reason to poll it. That future takes a lock which all
//! connections share.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The beginning of the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drain {
    begun: Arc<AtomicBool>,
    token: CancellationToken,
}

/// One connection's view of it.
pub(super) struct Watch {
    begun: Arc<AtomicBool>,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
    /// The task that the token wakes.
    woken: Option<Waker>,
}

impl Drain {
    /// Wakes every connection; from now on they end as soon as they can.
    pub(crate) fn begin(&self) {
        // INVARIANT: the flag is up before anybody is woken, so that whoever wakes sees it.
        self.begun.store(true, Ordering::Release);
        self.token.cancel();
    }

    pub(super) fn watch(&self) -> Watch {
        let cancelled = Box::pin(self.token.clone().cancelled_owned());
        Watch { begun: Arc::clone(&self.begun), cancelled, woken: None }
    }
}

impl Watch {
    /// Whether the drain has begun; the task is woken when it does.
    pub(super) fn has_begun(&mut self, cx: &mut Context<'_>) -> bool {
        let known = self.woken.as_ref().is_some_and(|woken| woken.will_wake(cx.waker()));
        if known && !self.begun.load(Ordering::Acquire) {
            return false;
        }
        self.woken = Some(cx.waker().clone());
        self.cancelled.as_mut().poll(cx).is_ready()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;
    use std::time::Duration;

    use super::Drain;

    #[tokio::test]
    async fn whoever_waits_is_woken_by_the_beginning_of_the_drain() {
        let drain = Drain::default();
        let mut watch = drain.watch();
        let waiting = tokio::spawn(async move {
            poll_fn(|cx| if watch.has_begun(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waiting.is_finished());
        drain.begin();
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn whoever_comes_after_it_sees_it_at_once() {
        let drain = Drain::default();
        drain.begin();
        let mut watch = drain.watch();
        poll_fn(|cx| if watch.has_begun(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    #[tokio::test]
    async fn a_watch_that_moves_to_another_task_is_woken_there() {
        let drain = Drain::default();
        let mut watch = drain.watch();
        assert!(!poll_fn(|cx| Poll::Ready(watch.has_begun(cx))).await);
        let moved = tokio::spawn(async move {
            poll_fn(|cx| if watch.has_begun(cx) { Poll::Ready(()) } else { Poll::Pending }).await;
        });
        tokio::task::yield_now().await;
        drain.begin();
        moved.await.unwrap();
    }
}
