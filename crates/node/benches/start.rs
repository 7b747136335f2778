//! How long a server with many keys takes to start: opening the file with and without verification, and reading the
//! whole state.
//!
//! `cargo bench -p keyward-node --bench start [-- DIRECTORY] [KEYS]`; 1,000,000 keys unless told otherwise.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that fails has nothing to say")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyward_node::{Clock, Entropy, HasherConfig, Node, NodeConfig};
use keyward_security::api_key::{API_KEY_VERSION, ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::{Json, NATIVE_REALM, NATIVE_REALM_TYPE, RealmRef};
use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_state::{Record, RecordKey, Txn, Write};
use keyward_store::{FileStore, FileStoreOptions, Store};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn main() {
    let mut parent = std::env::temp_dir();
    let mut keys = 1_000_000_u64;
    for argument in std::env::args().skip(1).filter(|argument| !argument.starts_with('-')) {
        match argument.parse() {
            Ok(number) => keys = number,
            Err(_) => parent = PathBuf::from(argument),
        }
    }
    let directory = parent.join(format!("keyward-start-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let start = Instant::now();
    runtime.block_on(fill(&directory, keys));
    println!("filled with {keys} keys in {:.1} s", start.elapsed().as_secs_f64());
    for verify in [false, true] {
        let start = Instant::now();
        let options = FileStoreOptions { verify, ..FileStoreOptions::default() };
        let store = Arc::new(FileStore::open(&directory, options).unwrap());
        println!("opened, verify: {verify}, in {:.2} s", start.elapsed().as_secs_f64());
        let start = Instant::now();
        let node = runtime.block_on(node(Arc::clone(&store) as Arc<dyn Store>));
        println!("read {} keys in {:.2} s", node.view().api_keys().len(), start.elapsed().as_secs_f64());
        drop(node);
        // The task that follows the store ends a moment after the node, and only then is the directory free.
        while Arc::strong_count(&store) > 1 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

async fn node(store: Arc<dyn Store>) -> Arc<Node> {
    let hasher = HasherConfig { algorithm: Algorithm::parse("bcrypt4").unwrap(), ..HasherConfig::default() };
    let config = NodeConfig { hasher, ..NodeConfig::default() };
    Node::start(store, config, Clock::system(), Entropy::system()).await.unwrap()
}

async fn fill(directory: &Path, keys: u64) {
    let store = FileStore::open(directory, FileStoreOptions::default()).unwrap();
    let creator = Arc::new(Creator {
        principal: "ada".into(),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        realm: RealmRef::new(NATIVE_REALM, NATIVE_REALM_TYPE),
    });
    let limited_by = Arc::new(DescriptorSet::from_stored(r#"{"monitoring_user":{"cluster":["monitor"]}}"#));
    let entropy = Entropy::system();
    let mut txn = Txn::default();
    for number in 0..keys {
        let millis = i64::try_from(number).unwrap();
        let key = ApiKey {
            id: ApiKeyId::from_drawn(NOW.plus_millis(millis), entropy.draw().unwrap()),
            name: format!("export-{number}").into(),
            kind: KeyType::Rest,
            hash: Hash::make(Algorithm::Ssha256, &Secret::new("s"), Drawn::new(entropy.draw().unwrap())),
            creation: NOW.plus_millis(millis),
            expiration: None,
            invalidation: None,
            creator: Arc::clone(&creator),
            role_descriptors: Arc::new(DescriptorSet::empty()),
            limited_by: Arc::clone(&limited_by),
            metadata: Some(r#"{"team":"billing"}"#.into()),
            certificate_identity: None,
            version: API_KEY_VERSION,
        };
        let name = RecordKey::api_key(&key.id).unwrap();
        txn.write.push(Write::Put(name, Arc::new(Record::ApiKey(Arc::new(key)))));
        if txn.write.len() == 5000 || number + 1 == keys {
            store.commit(std::mem::take(&mut txn)).await.unwrap();
        }
    }
    store.close().await;
}
