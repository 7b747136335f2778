//! Forgetting keys that have been useless for long.

use keyward_security::time::Timestamp;

use crate::record::RecordKey;
use crate::txn::{Expect, Txn, Write};
use crate::view::View;

/// Deletes up to `limit` keys that expired or were invalidated at or before `until`, oldest first. Nothing is left to do
/// when the change is empty.
pub fn delete_inactive_api_keys(view: &View, until: Timestamp, limit: usize) -> Txn {
    let mut txn = Txn::default();
    let useless = view.api_keys().iter().filter(|key| {
        let ended = [key.expiration(), key.invalidation()];
        ended.into_iter().flatten().any(|end| end <= until)
    });
    for key in useless.take(limit) {
        let id = key.id();
        let (Some(name), Some(status)) = (RecordKey::api_key(&id), RecordKey::api_key_status(&id)) else { continue };
        // An update may be giving it a new end.
        txn.expect.push(Expect::At(name.clone(), key.modified()));
        txn.write.push(Write::Delete(name));
        txn.write.push(Write::Delete(status));
    }
    txn
}
