//! What every store must pass, written once. A store's tests hand over a [`Subject`] and run [`CASES`].
//!
//! The cases take nothing for granted but the [`Store`](crate::Store) trait. A failure is a sentence, so that any
//! test harness can carry it.

mod commits;
mod concurrency;
mod reopening;
mod sample;
mod watches;

use std::sync::Arc;

use crate::{BoxFuture, Store, StoreError};

/// Makes the stores that are tried.
pub trait Subject: Send + Sync {
    /// An empty store.
    fn fresh(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Failure>>;

    /// An empty store that keeps at most about `commits` commits for watches.
    fn forgetful(&self, commits: usize) -> BoxFuture<'_, Result<Arc<dyn Store>, Failure>>;

    /// Closes the store and opens it again on the same data. `None` for stores that end with the process.
    fn reopen(&self, store: Arc<dyn Store>) -> BoxFuture<'_, Result<Option<Arc<dyn Store>>, Failure>>;
}

/// What did not hold.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// One promise, tried.
#[derive(Clone, Copy)]
pub struct Case {
    /// What is promised.
    pub name: &'static str,
    run: for<'a> fn(&'a dyn Subject) -> BoxFuture<'a, Result<(), Failure>>,
}

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => {
        /// Every case.
        pub const CASES: &[Case] = &[$(Case {
            name: concat!(stringify!($module), "::", stringify!($case)),
            run: |subject| Box::pin($module::$case(subject)),
        }),*];
    };
}

cases![
    commits::an_empty_store_has_nothing,
    commits::a_commit_is_in_the_next_snapshot,
    commits::a_snapshot_is_complete_and_in_order,
    commits::an_absent_key_is_expected_absent,
    commits::a_record_is_expected_at_its_revision,
    commits::a_conflict_writes_nothing,
    commits::deleting_what_is_not_there_is_no_conflict,
    commits::a_key_written_twice_is_refused,
    commits::a_large_transaction_is_one_commit,
    watches::a_watch_tells_every_commit_in_order,
    watches::a_watch_starts_where_it_is_told,
    watches::a_watch_waits_for_what_comes,
    watches::progress_is_told_when_caught_up_and_while_quiet,
    watches::progress_reaches_the_impatient,
    watches::an_unknown_revision_is_compacted,
    watches::a_forgotten_revision_is_compacted_or_complete,
    watches::a_slow_watch_has_no_gap,
    watches::a_dropped_wait_loses_nothing,
    concurrency::no_update_is_lost,
    concurrency::all_watches_tell_the_same,
    concurrency::snapshot_and_watch_fit,
    concurrency::a_dropped_commit_leaves_order,
    reopening::everything_is_there_again,
    reopening::revisions_go_on,
    reopening::watches_go_on,
];

// === impl Case ===

impl Case {
    /// Tries it.
    pub async fn run(&self, subject: &dyn Subject) -> Result<(), Failure> {
        (self.run)(subject).await.map_err(|failure| Failure(format!("{}: {}", self.name, failure.0)))
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Case").field(&self.name).finish()
    }
}

// === impl Failure ===

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(format!("the store failed: {error}"))
    }
}

/// Fails with a sentence unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Failure(format!($($text)+)));
        }
    };
}
use ensure;
