//! The security API without a network: what is asked, by whom, and what is seen.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that fails is to fall over")]

mod api_keys;
mod changed_keys;
mod errors;
mod found_keys;
mod harness;
mod info;
mod users;
