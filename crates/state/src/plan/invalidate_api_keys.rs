//! Revoking keys.

use std::sync::Arc;

use keyward_security::api_key::{InvalidateApiKeys, InvalidatedApiKeys, KeyType};
use keyward_security::authentication::Authentication;
use keyward_security::time::Timestamp;

use crate::record::{ApiKeyStatus, Record, RecordKey};
use crate::select::KeySelection;
use crate::txn::{Expect, Txn, Write};
use crate::view::View;

/// Invalidates the keys that a request means and that are not yet. Keys between clusters are left alone unless
/// `manages_security`: being their maker is not enough.
///
/// The request is valid in itself (`InvalidateApiKeys::validate`), and `who` may ask it.
pub fn invalidate_api_keys(
    view: &View,
    who: &Authentication,
    request: &InvalidateApiKeys,
    manages_security: bool,
    now: Timestamp,
) -> (Txn, InvalidatedApiKeys) {
    let mut txn = Txn::default();
    let mut answer = InvalidatedApiKeys::default();
    let status = Arc::new(Record::ApiKeyStatus(ApiKeyStatus { invalidation: now }));
    for key in KeySelection::of_invalidate(request, who).select(view) {
        if key.is_invalidated() {
            continue;
        }
        let id = key.id();
        if key.kind() == KeyType::CrossCluster && !manages_security {
            answer.refused.push(id);
            continue;
        }
        // INVARIANT: the key is in the view, so its id has a record name.
        let Some(name) = RecordKey::api_key_status(&id) else { continue };
        // Somebody else may be about to do the same; then this is planned again and finds nothing left to do.
        txn.expect.push(Expect::Absent(name.clone()));
        txn.write.push(Write::Put(name, Arc::clone(&status)));
        answer.invalidated.push(id);
    }
    (txn, answer)
}
