//! The node from outside, over a memory store.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod authentication;
mod bootstrap;
mod following;
mod keys;
mod roles;
mod simulation;
mod support;
mod unsteady;
mod writing;
