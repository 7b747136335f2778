//! The program as a whole, as a user runs it: how soon it is ready with a million keys and what they cost in memory, and
//! how many keys a second it makes durable for 64 clients over HTTP.
//!
//! `cargo bench -p keyward --bench program [-- KEYS]`. Everything happens in a folder of its own under the temporary
//! directory (`TMPDIR`), on loopback.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measurement that fails is to fall over"
)]

mod load;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyward_node::Entropy;
use keyward_security::api_key::{API_KEY_VERSION, ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::{Json, NATIVE_REALM, NATIVE_REALM_TYPE, RealmRef};
use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_state::{Record, RecordKey, Txn, Write};
use keyward_store::{FileStore, FileStoreOptions, Store};

const PASSWORD: &str = "correct-horse-battery";
const OWNERS: usize = 1000;
const NOW: i64 = 1_800_000_000_000;

fn main() {
    let keys = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let folder = std::env::temp_dir().join(format!("keyward-program-{}", std::process::id()));
    let empty = Running::start(&folder.join("empty"));
    let base = empty.resident();
    println!("empty server: ready in {:.2} s, {} MiB resident", empty.ready.as_secs_f64(), base >> 20);
    creates(&empty);
    drop(empty);
    for own in [false, true] {
        let data = folder.join(if own { "own" } else { "shared" });
        // A first start makes the folder as the program does, with its password.
        drop(Running::start(&data));
        fill(&data.join("security"), keys, own);
        let running = Running::start(&data);
        let resident = running.resident();
        println!(
            "{keys} keys of {OWNERS} owners, descriptors {}: ready in {:.2} s, {} bytes a key",
            if own { "of their own" } else { "shared" },
            running.ready.as_secs_f64(),
            resident.saturating_sub(base) / keys.max(1),
        );
        drop(running);
    }
    std::fs::remove_dir_all(&folder).expect("the folder removed");
}

/// Keys made durable in a second, by clients that each wait for their answer.
fn creates(server: &Running) {
    let credentials = STANDARD.encode(format!("elastic:{PASSWORD}"));
    let body = r#"{"name":"bench","role_descriptors":{"r":{"indices":[{"names":["logs-*"],"privileges":["read"]}]}},"metadata":{"team":"billing"}}"#;
    let request = format!(
        "POST /_security/api_key HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {credentials}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    for clients in [1, 64, 256] {
        let measured = load::run(server.address, clients, Duration::from_secs(5), request.clone().into_bytes());
        println!(
            "durable creates, {clients} clients: {:.0}/s, p50 {:.2} ms, p99 {:.2} ms",
            measured.per_second(),
            measured.percentile(50).as_secs_f64() * 1e3,
            measured.percentile(99).as_secs_f64() * 1e3,
        );
    }
}

/// A server process, ended when dropped.
struct Running {
    process: Child,
    address: SocketAddr,
    ready: Duration,
}

impl Running {
    fn start(data: &Path) -> Self {
        std::fs::create_dir_all(data.parent().expect("a parent")).expect("a folder");
        let began = Instant::now();
        let mut process = Command::new(env!("CARGO_BIN_EXE_keyward"))
            .args(["serve", "--http-listen", "127.0.0.1:0", "--log-level", "error", "--data-dir"])
            .arg(data)
            .env("ELASTIC_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = process.stdout.take().expect("standard output");
        let mut address = None;
        for line in BufReader::new(out).lines() {
            let line = line.expect("a line");
            if let Some(url) = line.trim().strip_prefix("API") {
                address = url.trim().trim_start_matches("http://").parse().ok();
            }
            if line == "ready" {
                break;
            }
        }
        Self { process, address: address.expect("the program told its address"), ready: began.elapsed() }
    }

    /// Bytes of memory that the process holds.
    fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("the status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") << 10
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        let _told = Command::new("kill").args(["-TERM", &id]).status();
        let _ended = self.process.wait();
    }
}

fn fill(directory: &Path, keys: usize, own: bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let store = FileStore::open(directory, FileStoreOptions::default()).expect("the store");
        let entropy = Entropy::system();
        let creators: Vec<_> = (0..OWNERS).map(creator).collect();
        let limited_by = Arc::new(DescriptorSet::from_stored(
            r#"{"reader":{"cluster":["monitor"],"indices":[{"names":["logs-*","metrics-*"],"privileges":["read"]}]}}"#,
        ));
        let shared = Arc::new(DescriptorSet::from_stored(
            r#"{"r":{"indices":[{"names":["logs-*"],"privileges":["read"]}]}}"#,
        ));
        let mut txn = Txn::default();
        for number in 0..keys {
            let descriptors = if own {
                Arc::new(DescriptorSet::from_stored(format!(
                    r#"{{"r":{{"indices":[{{"names":["logs-{number}-*","orders-{number}"],"privileges":["read","view_index_metadata"]}}]}}}}"#
                )))
            } else {
                Arc::clone(&shared)
            };
            let created = Timestamp::from_millis(NOW + i64::try_from(number).expect("a small number"));
            let key = ApiKey {
                id: ApiKeyId::from_drawn(created, entropy.draw().expect("entropy")),
                name: format!("nightly-export-{number}").into(),
                kind: KeyType::Rest,
                hash: Hash::make(Algorithm::Ssha256, &Secret::new("s"), Drawn::new(entropy.draw().expect("entropy"))),
                creation: created,
                expiration: None,
                invalidation: None,
                creator: Arc::clone(&creators[number % OWNERS]),
                role_descriptors: descriptors,
                limited_by: Arc::clone(&limited_by),
                metadata: Some(format!(r#"{{"team":"billing","tier":{}}}"#, number % 7).into()),
                certificate_identity: None,
                version: API_KEY_VERSION,
            };
            let name = RecordKey::api_key(&key.id).expect("an id of ours");
            txn.write.push(Write::Put(name, Arc::new(Record::ApiKey(Arc::new(key)))));
            if txn.write.len() == 5000 || number + 1 == keys {
                store.commit(std::mem::take(&mut txn)).await.expect("a commit");
            }
        }
        store.close().await;
    });
}

fn creator(number: usize) -> Arc<Creator> {
    Arc::new(Creator {
        principal: format!("user-{number}").into(),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        realm: RealmRef::new(NATIVE_REALM, NATIVE_REALM_TYPE),
    })
}
