//! What the program prints for people and pipes.

use std::io::Write;

/// Writes text to standard output. Whoever reads it may stop reading: that is no failure of the program.
pub(crate) fn print_all(text: &str) {
    let mut out = std::io::stdout().lock();
    let _written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
