//! Bytes to requests and back: framing rules stricter than the HTTP library's, time limits, TLS, accepting and draining.
//! Nothing in here knows what a request means.

pub(crate) mod connection;
mod drain;
pub(crate) mod fault;
pub(crate) mod framing;
pub(crate) mod guard;
pub(crate) mod listener;
mod stall;
pub(crate) mod tls;
