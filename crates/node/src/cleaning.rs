//! Deleting keys that ended long ago. Begun by an invalidation and by nothing else, as clients of Elasticsearch know
//! it: where nobody invalidates, expired keys stay to be looked at.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use keyward_state::plan;

use crate::node::Node;
use crate::use_case::UseCaseError;

/// How many keys are deleted in one transaction.
const BATCH: usize = 5000;

/// When the last clean-up began, and whether it goes on.
#[derive(Debug, Default)]
pub(crate) struct Cleaning(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    begun: Option<Duration>,
    running: bool,
}

// === impl Cleaning ===

impl Cleaning {
    /// Whether a clean-up may begin now. If so, it is taken to have begun.
    fn begin(&self, now: Duration, interval: Duration) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = state.begun.is_none_or(|begun| now.saturating_sub(begun) >= interval);
        if state.running || !due {
            return false;
        }
        *state = State { begun: Some(now), running: true };
        true
    }

    fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).running = false;
    }
}

impl Node {
    /// Begins a clean-up unless one goes on or the last one is not long ago. Does not wait for it.
    pub(crate) fn clean_up(&self) {
        let interval = self.config().api_keys.delete_interval;
        if !self.cleaning().begin(self.clock().monotonic(), interval) {
            return;
        }
        let Some(node) = self.me() else { return };
        tokio::spawn(async move {
            match node.delete_inactive_api_keys().await {
                Ok(count) => tracing::debug!(count, "keys that ended long ago were deleted"),
                Err(error) => tracing::error!(%error, "keys that ended long ago could not be deleted"),
            }
            node.cleaning().end();
        });
    }

    /// Deletes every key that ended longer ago than keys are kept; tells how many.
    pub async fn delete_inactive_api_keys(&self) -> Result<usize, UseCaseError<Infallible>> {
        let kept = i64::try_from(self.config().api_keys.retention.as_millis()).unwrap_or(i64::MAX);
        let until = self.clock().now().plus_millis(kept.saturating_neg());
        let mut deleted = 0;
        loop {
            let count = self
                .perform(|view| {
                    let txn = plan::delete_inactive_api_keys(view, until, BATCH);
                    // A key is two records: what it is, and what was done to it.
                    let count = txn.expect.len();
                    Ok((txn, count))
                })
                .await?;
            if count == 0 {
                return Ok(deleted);
            }
            deleted += count;
        }
    }
}
