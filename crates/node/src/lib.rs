//! The use cases over view and store, with the only clock and the only entropy.

mod clock;
mod entropy;
mod hasher;
mod metrics;

pub use clock::Clock;
pub use entropy::{Entropy, NoEntropy};
pub use hasher::{Checked, Hasher, HasherConfig, HasherError, Holder};
pub use metrics::{Counter, Metrics};
