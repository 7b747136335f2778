//! A harness for tests: the real server on a port of its own, with its state in memory.
//!
//! A [`Harness`] is everything that the program is, but for settings and files: listener, pipeline, API, gateway and
//! node, over a [`MemoryStore`](keyward_store::MemoryStore), with a clock that stands still and random bits that are
//! the same in every run. Behind it is any engine: the embedded one in a temporary directory ([`embedded_engine`]), or a
//! [`RecordingEngine`] that has the [`fixture_names`] of the decision vectors and writes down what it was permitted.
//!
//! Whatever fails here fails the test that uses it.

#![expect(clippy::expect_used, clippy::panic, reason = "what fails here fails the test")]

mod client;
mod engines;
mod harness;
mod names;
mod recording;

pub use client::{Answer, Who};
pub use engines::{EmbeddedEngine, embedded_engine};
pub use harness::{Harness, HarnessOptions, NATIVE_REALM, NOW};
pub use names::{fixture_names, open_indices};
pub use recording::{Recorded, RecordingEngine};
