//! What an operator may set about listening, with defaults that are safe.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// The settings of the server.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where metrics and health are open to everybody who can reach it; nowhere by default.
    pub admin: Option<SocketAddr>,
    /// The certificate, for HTTPS.
    pub tls: Option<TlsPem>,
    /// Bounds on what a client may send.
    pub limits: Limits,
    /// Whether answers are compressed for clients that take it (`http.compression`); by default without TLS only.
    pub compression: Option<bool>,
    /// Whether errors are told in full (`http.detailed_errors.enabled`).
    pub detailed_errors: bool,
    /// How long running requests may take to end once the server is told to stop.
    pub drain_timeout: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9200)),
            admin: None,
            tls: None,
            limits: Limits::default(),
            compression: None,
            detailed_errors: true,
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// A certificate chain and its key, as PEM text.
#[derive(Clone)]
pub struct TlsPem {
    /// The chain, the server's own certificate first.
    pub certificates: Vec<u8>,
    /// The private key.
    pub key: Vec<u8>,
}

impl fmt::Debug for TlsPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsPem { [redacted] }")
    }
}

/// Bounds on what a client may send, and on how long it may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The request line (`http.max_initial_line_length`).
    pub request_line: usize,
    /// All header lines together (`http.max_header_size`).
    pub headers: usize,
    /// How many header lines.
    pub header_count: usize,
    /// A body, also after it was decompressed (`http.max_content_length`).
    pub body: usize,
    /// All bodies together that are being received or worked on.
    pub bodies_in_flight: usize,
    /// Open connections; more have to wait.
    pub connections: usize,
    /// The TLS handshake.
    pub handshake_timeout: Duration,
    /// From the first byte of a request to the end of its headers.
    pub header_timeout: Duration,
    /// Between two pieces of a body, and between two pieces of an answer that the client takes.
    pub stall_timeout: Duration,
    /// A whole body.
    pub body_timeout: Duration,
    /// A connection without a request.
    pub idle_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_line: 4 << 10,
            headers: 16 << 10,
            header_count: 100,
            body: 100 << 20,
            bodies_in_flight: 1 << 30,
            connections: 10_000,
            handshake_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(30),
            stall_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(600),
            idle_timeout: Duration::from_secs(300),
        }
    }
}
