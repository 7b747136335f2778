//! What can go wrong with a store. Not here: conflicts, which are an ordinary outcome of a commit.

use std::io;
use std::sync::Arc;

/// Why a store did not do what it was asked.
///
/// A commit that ends in any of these was not acknowledged. Only [`StoreError::Uncertain`] leaves it open whether
/// the commit may still appear in the watch; every other one says that it did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The medium is full. Later commits work again as soon as there is room.
    #[error("no space is left where the store keeps its data: free some, then try again")]
    Full,
    /// The medium, or the way to it, failed.
    #[error("the store could not {doing}: {cause}")]
    Io {
        /// What was being done, as an infinitive.
        doing: &'static str,
        /// The failure as the system told it.
        cause: Arc<io::Error>,
    },
    /// The stored data is not what was written.
    #[error("the stored data is damaged ({0}): restore the data directory from a backup")]
    Damaged(String),
    /// The transaction is larger than the store accepts.
    #[error("the transaction holds {size} bytes, more than the {limit} that the store takes at once")]
    TooLarge {
        /// Its size when encoded.
        size: usize,
        /// The most that is accepted.
        limit: usize,
    },
    /// A record of the transaction could not be encoded, or names one key twice.
    #[error("the transaction is not valid: {0}")]
    Invalid(String),
    /// What was being read was interrupted by a recovery; asking again is right.
    #[error("reading was interrupted while the store recovered: try again")]
    Interrupted,
    /// The outcome of the commit is not known; the watch will tell.
    #[error("it is not known whether the commit took effect: {0}")]
    Uncertain(String),
    /// The store has stopped for good because it can no longer promise durability.
    #[error("the store has stopped because the system could not make data durable ({0}): check the disk, then restart")]
    Stopped(Arc<str>),
}

impl StoreError {
    /// Wraps a failure of the medium; a full one gets its own variant.
    pub fn io(doing: &'static str, cause: io::Error) -> Self {
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io { doing, cause: Arc::new(cause) },
        }
    }

    /// Whether the commit that ended so may still have taken effect.
    pub fn is_uncertain(&self) -> bool {
        matches!(self, Self::Uncertain(_) | Self::Stopped(_))
    }
}
