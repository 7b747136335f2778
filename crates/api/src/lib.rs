//! The security API over HTTP.
