//! Making a key like another one, for whoever shows that other one.

use std::sync::Arc;

use keyward_security::api_key::{ApiKey, ApiKeyId, CloneApiKey, CloneExpiration, CreatedApiKey};
use keyward_security::authentication::Json;
use keyward_security::time::Timestamp;

use super::create_api_key::{DrawnApiKey, put_new};
use super::update_api_keys::json_text;
use crate::txn::Txn;

/// Where a copied key comes from, in its metadata.
const SOURCE: &str = "_cloned_from";

/// Makes a key with the owner and the permissions of `source`, which the caller has shown. Nothing is taken anew.
pub fn clone_api_key(
    source: &ApiKey,
    request: &CloneApiKey,
    now: Timestamp,
    drawn: DrawnApiKey,
) -> (Txn, CreatedApiKey) {
    let (bits, secret, hash) = drawn.into_parts();
    let id = ApiKeyId::from_drawn(now, bits);
    let expiration = match request.expiration {
        CloneExpiration::AsSource => source.expiration,
        CloneExpiration::Never => None,
        CloneExpiration::In(seconds) => Some(now.plus_seconds(seconds)),
    };
    let inherited = || source.metadata.as_deref().and_then(|text| serde_json::from_str::<Json>(text).ok());
    let mut metadata = request.metadata.clone().or_else(inherited).unwrap_or_default();
    metadata.insert(SOURCE.to_owned(), source.id.to_string().into());
    let key = ApiKey {
        id: id.clone(),
        name: request.name.as_str().into(),
        hash,
        creation: now,
        expiration,
        invalidation: None,
        metadata: Some(json_text(&metadata)),
        creator: Arc::clone(&source.creator),
        ..source.clone()
    };
    (put_new(key), CreatedApiKey { id, name: request.name.clone(), expiration, secret })
}
