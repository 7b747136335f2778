//! What the node counts, as plain numbers. Not here: their names outside, and how they get there.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counters since the node started.
        #[derive(Debug, Default)]
        pub struct Metrics {
            $($(#[$doc])* pub $name: Counter,)*
        }

        impl Metrics {
            /// Every counter with its name.
            pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name.get()),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Requests let in by an API key.
    api_key_accepted,
    /// API keys that were not accepted, for whatever reason.
    api_key_refused,
    /// Requests let in by a password.
    password_accepted,
    /// Passwords that were not accepted, for whatever reason.
    password_refused,
    /// Passwords that were known to be right from a moment ago.
    password_remembered,
    /// Requests turned away because too many passwords were being checked.
    password_overloaded,
    /// Transactions handed to the store.
    commits,
    /// Of these, the ones that lost a race and were planned again.
    conflicts,
    /// Requests given up after losing too many races.
    contended,
    /// Requests refused because the view may be out of date.
    refused_stale,
    /// Commits applied to the view.
    applied,
    /// Whole snapshots loaded.
    snapshots,
    /// Times that the watch broke off.
    watch_ends,
    /// Roles found compiled.
    role_hits,
    /// Roles that had to be compiled.
    role_misses,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

// === impl Counter ===

impl Counter {
    /// One more.
    pub fn increment(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
