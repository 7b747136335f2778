//! How many keys per second are made durably, through the node and at the store alone.
//!
//! `cargo bench -p keyward-node --bench create [-- DIRECTORY]`. It measures the disk that the directory is on, so run
//! it where the data will be. Not a criterion bench: what counts is the throughput of many at once on a real disk.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that fails has nothing to say")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keyward_node::{Clock, Entropy, HasherConfig, Node, NodeConfig};
use keyward_security::api_key::CreateApiKey;
use keyward_security::authentication::{Authentication, Json, NATIVE_REALM, NATIVE_REALM_TYPE, RealmRef};
use keyward_security::credentials::{ApiKeyCredential, Credentials};
use keyward_security::hash::{Algorithm, Drawn};
use keyward_security::role::{RoleDescriptor, RoleDescriptors};
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_state::plan::{DrawnApiKey, create_api_key};
use keyward_state::{Txn, View};
use keyward_store::{FileStore, FileStoreOptions, Store};

const CLIENTS: usize = 64;
const TIME: Duration = Duration::from_secs(5);

fn main() {
    // `cargo bench` hands over flags of its own.
    let parent = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let parent = parent.map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = parent.join(format!("keyward-bench-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let alone = runtime.block_on(store_alone(&directory.join("store"), 1));
    println!("store, one client            {alone:>9.0} keys/s");
    let in_batches = runtime.block_on(store_in_batches(&directory.join("batches")));
    println!("store, {CLIENTS} keys a transaction {in_batches:>7.0} keys/s");
    let raw = runtime.block_on(store_alone(&directory.join("many"), CLIENTS));
    println!("store, {CLIENTS} clients           {raw:>9.0} keys/s");
    let through = runtime.block_on(through_node(&directory.join("node")));
    println!(
        "node,  {CLIENTS} clients           {through:>9.0} keys/s   ({:.0} % of the store with as many)",
        100.0 * through / raw
    );
    std::fs::remove_dir_all(&directory).unwrap();
}

fn ada() -> Authentication {
    let user = User {
        username: "ada".into(),
        roles: Arc::from([Arc::from("monitoring_user")]),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        enabled: true,
    };
    Authentication::realm(user, RealmRef::new(NATIVE_REALM, NATIVE_REALM_TYPE))
}

fn request() -> CreateApiKey {
    let descriptor = RoleDescriptor { cluster: vec!["monitor".into()], ..RoleDescriptor::default() };
    let role_descriptors = RoleDescriptors::new(vec![("reader".into(), Arc::new(descriptor))]);
    CreateApiKey { name: "nightly-export".to_owned(), role_descriptors, lifetime: Some(3600), metadata: None }
}

fn txn(view: &View, entropy: &Entropy, now: Timestamp) -> Txn {
    let salt = Drawn::new(entropy.draw().unwrap());
    let drawn = DrawnApiKey::fast(entropy.draw().unwrap(), entropy.draw().unwrap(), salt);
    create_api_key(view, &ada(), &[], &request(), now, drawn).unwrap().0
}

async fn store_alone(directory: &Path, clients: usize) -> f64 {
    let store = Arc::new(FileStore::open(directory, FileStoreOptions::default()).unwrap());
    let count = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (store, count) = (Arc::clone(&store), Arc::clone(&count));
            tokio::spawn(async move {
                let (view, entropy, clock) = (View::empty(), Entropy::system(), Clock::system());
                while start.elapsed() < TIME {
                    store.commit(txn(&view, &entropy, clock.now())).await.unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    rate(count.load(Ordering::Relaxed), start)
}

async fn store_in_batches(directory: &Path) -> f64 {
    let store = FileStore::open(directory, FileStoreOptions::default()).unwrap();
    let (view, entropy, clock) = (View::empty(), Entropy::system(), Clock::system());
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < TIME {
        let mut all = Txn::default();
        for _ in 0..CLIENTS {
            let one = txn(&view, &entropy, clock.now());
            all.expect.extend(one.expect);
            all.write.extend(one.write);
            count += 1;
        }
        store.commit(all).await.unwrap();
    }
    rate(count, start)
}

async fn through_node(directory: &Path) -> f64 {
    let store = Arc::new(FileStore::open(directory, FileStoreOptions::default()).unwrap());
    let hasher = HasherConfig { algorithm: Algorithm::parse("bcrypt4").unwrap(), ..HasherConfig::default() };
    let config = NodeConfig { hasher, ..NodeConfig::default() };
    let node = Node::start(store, config, Clock::system(), Entropy::system()).await.unwrap();
    let count = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (node, count) = (Arc::clone(&node), Arc::clone(&count));
            tokio::spawn(async move {
                let ada = ada();
                let mut last = None;
                while start.elapsed() < TIME {
                    last = Some(node.create_api_key(&ada, request()).await.unwrap());
                    count.fetch_add(1, Ordering::Relaxed);
                }
                last
            })
        })
        .collect();
    let mut last = None;
    for task in tasks {
        last = task.await.unwrap();
    }
    let made = rate(count.load(Ordering::Relaxed), start);
    authentications(&node, last.unwrap()).await;
    made
}

/// What letting one key in costs, and turning one away, among all those that were just made.
async fn authentications(node: &Node, key: keyward_security::api_key::CreatedApiKey) {
    let view = Arc::clone(&node.view());
    let unknown = keyward_security::api_key::ApiKeyId::from_bytes([7; 15]);
    let wrong = keyward_security::secret::Secret::new("wrong");
    for (what, id, secret) in
        [("accepted", &key.id, &key.secret), ("wrong secret", &key.id, &wrong), ("unknown", &unknown, &wrong)]
    {
        let credentials = Credentials::ApiKey(ApiKeyCredential { id: id.clone(), secret: secret.clone() });
        let (start, rounds) = (Instant::now(), 200_000_u32);
        for _ in 0..rounds {
            let _outcome = std::hint::black_box(node.authenticate(&view, &credentials, None, node.clock().now()).await);
        }
        let each = start.elapsed() / rounds;
        println!("node,  a key {what:<15} {:>9} ns among {} keys", each.as_nanos(), view.api_keys().len());
    }
}

fn rate(count: u64, start: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds fit")]
    let count = count as f64;
    count / start.elapsed().as_secs_f64()
}
