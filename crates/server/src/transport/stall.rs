//! A deadline that moves with every step of progress, at the price of one clock reading each: the timer itself is only
//! moved when it fires too early, or when the deadline comes nearer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

#[derive(Debug, Default)]
pub(super) struct Stall {
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    /// There was progress: the next wait begins anew.
    pub(super) fn moved(&mut self) {
        self.deadline = None;
    }

    /// Whether the present wait has lasted longer than allowed; the task is woken when it has.
    pub(super) fn is_over(&mut self, allowed: Duration, cx: &mut Context<'_>) -> bool {
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + allowed);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(cx) == Poll::Ready(()) {
            if Instant::now() >= deadline {
                return true;
            }
            timer.as_mut().reset(deadline);
        }
        false
    }
}
