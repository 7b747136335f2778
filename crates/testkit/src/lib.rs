//! A harness for tests: a real server on a port of its own.
