//! Ids for documents that come without one.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Tells ids of the same millisecond apart.
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A new id: 20 characters that begin alike when they are drawn together, which keeps the index small, and that nobody
/// can guess.
pub(crate) fn draw(now_millis: i64) -> Result<String, getrandom::Error> {
    let mut bytes = [0u8; 15];
    let (time, rest) = bytes.split_at_mut(5);
    let millis = now_millis.to_be_bytes();
    time.copy_from_slice(millis.get(3..).unwrap_or(&[0; 5]));
    let (count, random) = rest.split_at_mut(2);
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    count.copy_from_slice(counter.get(2..).unwrap_or(&[0; 2]));
    getrandom::fill(random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_have_twenty_characters() {
        let ids: std::collections::HashSet<String> = (0..1000).map(|_| draw(1_700_000_000_000).unwrap()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 20));
    }
}
