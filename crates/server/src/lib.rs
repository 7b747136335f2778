//! Listeners and the pipeline of a request.

mod config;
mod transport;

pub use config::{Limits, ServerConfig, TlsPem};
pub use transport::tls::TlsError;
