//! Nodes over a memory store, with a clock that stands still, and the shortest ways to put things into their state.

use std::sync::Arc;
use std::time::Duration;

use keyward_node::{Clock, Entropy, HasherConfig, Node, NodeConfig};
use keyward_security::api_key::{API_KEY_VERSION, ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::{Json, RealmRef};
use keyward_security::credentials::{ApiKeyCredential, Credentials};
use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_security::user::{NativeUser, User};
use keyward_state::{ApiKeyStatus, Record, RecordKey, Revision, Txn, Write};
use keyward_store::{MemoryStore, MemoryStoreOptions, Outcome, Store};

/// When all tests take place.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

pub(crate) fn bcrypt4() -> Algorithm {
    Algorithm::parse("bcrypt4").unwrap()
}

pub(crate) fn config() -> NodeConfig {
    let hasher = HasherConfig { algorithm: bcrypt4(), threads: 1, queue: 4, ..HasherConfig::default() };
    NodeConfig { hasher, bootstrap_password: Some(Secret::new("elastic-password")), ..NodeConfig::default() }
}

pub(crate) fn store() -> MemoryStore {
    MemoryStore::with_options(MemoryStoreOptions { kept_commits: 4096, progress: Duration::from_millis(20) })
}

pub(crate) async fn node_on(store: Arc<dyn Store>, config: NodeConfig) -> (Arc<Node>, Clock) {
    let clock = Clock::fixed(NOW);
    let node = Node::start(store, config, clock.clone(), Entropy::counted()).await.unwrap();
    (node, clock)
}

pub(crate) async fn node() -> (Arc<Node>, Clock, MemoryStore) {
    let store = store();
    let (node, clock) = node_on(Arc::new(store.clone()), config()).await;
    (node, clock, store)
}

/// Writes to the store behind the node's back, and waits until the node has it.
pub(crate) async fn write(node: &Node, store: &dyn Store, writes: Vec<Write>) -> Revision {
    match store.commit(Txn { expect: Vec::new(), write: writes }).await.unwrap() {
        Outcome::Committed(revision) => {
            node.wait_for(revision).await.unwrap();
            revision
        }
        Outcome::Conflict(key) => panic!("conflict at {key}"),
    }
}

pub(crate) fn hash(algorithm: Algorithm, text: &str) -> Hash {
    Hash::make(algorithm, &Secret::new(text), Drawn::new([7; 32]))
}

pub(crate) fn user(name: &str, roles: &[&str]) -> User {
    User {
        username: name.into(),
        roles: roles.iter().map(|role| Arc::from(*role)).collect(),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        enabled: true,
    }
}

pub(crate) fn put_user(user: User, password: &str) -> Write {
    let key = RecordKey::user(&user.username);
    Write::Put(key, Arc::new(Record::User(Arc::new(NativeUser { user, password: hash(bcrypt4(), password) }))))
}

/// A key with the given number, secret `secret-N`, made by ada.
pub(crate) fn key(number: u8) -> ApiKey {
    ApiKey {
        id: ApiKeyId::from_drawn(NOW, [number; 9]),
        name: format!("key {number}").into(),
        kind: KeyType::Rest,
        hash: hash(Algorithm::Ssha256, &format!("secret-{number}")),
        creation: NOW,
        expiration: None,
        invalidation: None,
        creator: Arc::new(Creator {
            principal: "ada".into(),
            full_name: None,
            email: None,
            metadata: Arc::new(Json::new()),
            realm: RealmRef::new("default_native", "native"),
        }),
        role_descriptors: Arc::new(DescriptorSet::empty()),
        limited_by: Arc::new(DescriptorSet::from_stored(r#"{"r":{"cluster":["all"]}}"#)),
        metadata: None,
        certificate_identity: None,
        version: API_KEY_VERSION,
    }
}

pub(crate) fn put_key(key: ApiKey) -> Write {
    Write::Put(RecordKey::api_key(&key.id).unwrap(), Arc::new(Record::ApiKey(Arc::new(key))))
}

pub(crate) fn invalidate(id: &ApiKeyId, at: Timestamp) -> Write {
    let status = Record::ApiKeyStatus(ApiKeyStatus { invalidation: at });
    Write::Put(RecordKey::api_key_status(id).unwrap(), Arc::new(status))
}

pub(crate) fn shown(id: &ApiKeyId, secret: &str) -> Credentials {
    Credentials::ApiKey(ApiKeyCredential { id: id.clone(), secret: Secret::new(secret) })
}

pub(crate) fn basic(username: &str, password: &str) -> Credentials {
    Credentials::Basic { username: username.to_owned(), password: Secret::new(password) }
}
