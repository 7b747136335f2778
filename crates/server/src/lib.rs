//! Listeners and the pipeline of a request.
//!
//! Bytes become requests under rules stricter than the HTTP library's own ([`transport`](self)), requests run through
//! one function in the order that clients rely on, and every outcome leaves through one envelope. What a request means
//! is read by `keyward_rest`, who sends it is asked of the node, and whether it is allowed is decided by those who
//! answer it: behind [`Services`].

mod body;
mod config;
mod headers;
mod health;
mod metrics;
mod pipeline;
mod respond;
mod server;
mod services;
mod transport;

pub use config::{Limits, ServerConfig, TlsPem};
pub use server::{BindError, Server, TlsReload};
pub use services::{Asked, BoxFuture, Serve, Services};
pub use transport::tls::TlsError;
