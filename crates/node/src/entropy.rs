//! The only source of randomness.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

/// Draws bits: from the system, or for tests from a counter. Clones share the counter.
#[derive(Clone)]
pub struct Entropy(Source);

#[derive(Clone)]
enum Source {
    System,
    Counted(Arc<AtomicU64>),
}

/// The system gave no random bits. Nothing that needs any is done then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bits")]
pub struct NoEntropy;

// === impl Entropy ===

impl Entropy {
    /// The system's.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Bits that look random but are the same in every run. For tests only: anybody can guess them.
    pub fn counted() -> Self {
        Self(Source::Counted(Arc::default()))
    }

    /// Fills `out`.
    pub fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        match &self.0 {
            Source::System => getrandom::fill(out).map_err(|_| NoEntropy),
            Source::Counted(counter) => {
                for chunk in out.chunks_mut(32) {
                    let digest = Sha256::digest(counter.fetch_add(1, Ordering::Relaxed).to_be_bytes());
                    for (to, from) in chunk.iter_mut().zip(digest) {
                        *to = from;
                    }
                }
                Ok(())
            }
        }
    }

    /// Draws `N` bytes.
    pub fn draw<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Entropy(system)",
            Source::Counted(_) => "Entropy(counted)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Entropy;

    #[test]
    fn draws_differ() {
        for entropy in [Entropy::system(), Entropy::counted()] {
            let one: [u8; 40] = entropy.draw().unwrap();
            let other: [u8; 40] = entropy.draw().unwrap();
            assert_ne!(one, other, "{entropy:?}");
        }
        assert_eq!(Entropy::counted().draw::<16>(), Entropy::counted().draw::<16>());
    }
}
