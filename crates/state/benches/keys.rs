//! A million keys of a thousand owners: how long it takes to read them in, how much memory they hold, and how long one
//! is looked up and checked. Prints what it measures; run with `cargo bench -p keyward-state`, optionally with another
//! number of keys as the argument.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement that fails is to fall over"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use keyward_security::api_key::{ApiKey, ApiKeyCredential, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::RealmRef;
use keyward_security::credentials::Credentials;
use keyward_security::hash::{Hash, SaltedSha256};
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_state::{ApiKeyStatus, Commit, Decoder, Record, RecordKey, Revision, View, Write};

const OWNERS: usize = 1000;
const START: i64 = 1_786_868_000_000;
const LIMITED_BY: &str = r#"{"viewer":{"cluster":["monitor"],"indices":[{"names":["logs-*","metrics-*","traces-*"],"privileges":["read","view_index_metadata"]}],"applications":[{"application":"kibana-.kibana","privileges":["feature_discover.read"],"resources":["space:default"]}]}}"#;

fn id(number: usize) -> ApiKeyId {
    let mut drawn = [0; 9];
    for (to, from) in drawn.iter_mut().zip((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()) {
        *to = from;
    }
    ApiKeyId::from_drawn(Timestamp::from_millis(START + number as i64 / 3), drawn)
}

fn secret(number: usize) -> Secret {
    Secret::new(format!("secret-of-key-{number:08}"))
}

/// The stored bytes of a key, whose descriptors are its own or empty.
fn record(number: usize, own_descriptors: bool) -> (RecordKey, Vec<u8>) {
    let creator = Creator {
        principal: format!("user-{}", number % OWNERS).into(),
        full_name: Some("Some Body".into()),
        email: None,
        metadata: Arc::default(),
        realm: RealmRef::new("default_native", "native"),
    };
    let own = format!(
        r#"{{"export":{{"cluster":["monitor"],"indices":[{{"names":["orders-{number}-*","customers-{number}"],"privileges":["read","view_index_metadata"]}},{{"names":["audit-{number}"],"privileges":["create_doc"]}}]}}}}"#
    );
    let id = id(number);
    let key = ApiKey {
        id: id.clone(),
        name: format!("nightly-export-{number}").into(),
        kind: KeyType::Rest,
        hash: Hash::from_ssha256(SaltedSha256::make(&secret(number), *b"saltsalt")),
        creation: Timestamp::from_millis(START + number as i64 / 3),
        expiration: Some(Timestamp::from_millis(START + 1_000_000_000 + number as i64)),
        invalidation: None,
        creator: Arc::new(creator),
        role_descriptors: Arc::new(if own_descriptors {
            DescriptorSet::from_stored(own)
        } else {
            DescriptorSet::empty()
        }),
        limited_by: Arc::new(DescriptorSet::from_stored(LIMITED_BY)),
        metadata: Some(format!(r#"{{"team":"billing","tier":{}}}"#, number % 7).into()),
        certificate_identity: None,
        version: 1,
    };
    (RecordKey::api_key(&id).expect("an id of ours"), Record::ApiKey(Arc::new(key)).encode())
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok()).unwrap_or(0) * 1024
}

/// Seconds of processor time spent so far: what a busy machine does not change.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> = stat.split(' ').skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    fields.iter().sum::<f64>() / 100.0
}

/// All records in one block, so that their own memory is easy to tell from the view's.
fn records(count: usize, own_descriptors: bool) -> (Vec<u8>, Vec<(usize, usize)>) {
    let mut block = Vec::new();
    let mut spans = Vec::with_capacity(count);
    for number in 0..count {
        let (_, bytes) = record(number, own_descriptors);
        spans.push((block.len(), bytes.len()));
        block.extend_from_slice(&bytes);
    }
    block.shrink_to_fit();
    (block, spans)
}

fn load(block: &[u8], spans: &[(usize, usize)]) -> View {
    let mut decoder = Decoder::new();
    let decoded = spans.iter().enumerate().map(|(number, (at, length))| {
        let key = RecordKey::api_key(&id(number)).expect("an id of ours");
        let record = decoder.decode(&key, &block[*at..at + length]).expect("a record of ours");
        (key, Revision::new(1), record)
    });
    View::from_snapshot(Revision::new(1), decoded).expect("a state of ours")
}

fn percentiles(name: &str, mut nanos: Vec<u128>) {
    nanos.sort_unstable();
    let at = |part: usize| nanos[(nanos.len() - 1) * part / 1000];
    println!("{name:<34} p50 {:>6} ns   p99 {:>6} ns   p99.9 {:>6} ns", at(500), at(990), at(999));
}

/// A walk over the keys that no prefetcher foresees.
fn scattered(count: usize) -> impl Iterator<Item = usize> {
    (0..200_000_usize).map(move |step| step.wrapping_mul(2_654_435_761) % count)
}

fn look_up(name: &str, view: &View, count: usize) {
    let now = Timestamp::from_millis(START + 5_000);
    let headers: Vec<(usize, Vec<u8>)> = scattered(count)
        .map(|number| {
            let key = ApiKeyCredential { id: id(number), secret: secret(number) };
            (number, format!("ApiKey {}", key.encode().expose()).into_bytes())
        })
        .collect();
    let mut whole = Vec::with_capacity(headers.len());
    let mut check = Vec::with_capacity(headers.len());
    for (_, header) in &headers {
        let start = Instant::now();
        let Ok(Credentials::ApiKey(shown)) = Credentials::parse(Some(header)) else { panic!("a header of ours") };
        let parsed = Instant::now();
        let key = view.api_key(&shown.id).expect("a key of ours");
        let fine = !key.is_invalidated() && key.verify_fast(&shown.secret) == Some(true) && !key.is_expired(now);
        let checked = Instant::now();
        assert!(black_box(fine));
        check.push((checked - parsed).as_nanos());
        whole.push((checked - start).as_nanos());
    }
    percentiles(&format!("{name}: find and check"), check);
    percentiles(&format!("{name}: with reading the header"), whole);
}

fn main() {
    let count = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(1_000_000);
    for own in [false, true] {
        let title = if own { "own descriptors" } else { "shared descriptors" };
        println!("\n{count} keys of {OWNERS} owners, {title}");
        let (block, spans) = records(count, own);
        let (before, processor_before) = (resident(), processor());
        let start = Instant::now();
        let view = load(&block, &spans);
        let (took, worked) = (start.elapsed(), processor() - processor_before);
        let held = resident().saturating_sub(before);
        println!(
            "records {} MB, read in {:.2} s ({worked:.2} s of processor), resident {} bytes a key",
            block.len() >> 20,
            took.as_secs_f64(),
            held / count
        );
        if own {
            continue;
        }
        look_up("base", &view, count);

        // Revoke a twentieth, in commits of a hundred.
        let revoked: Vec<usize> = scattered(count).take(count / 20).collect();
        let start = Instant::now();
        let mut changed = view.clone();
        for batch in revoked.chunks(100) {
            let status = Arc::new(Record::ApiKeyStatus(ApiKeyStatus { invalidation: Timestamp::from_millis(START) }));
            let put = |number: &usize| {
                Write::Put(RecordKey::api_key_status(&id(*number)).expect("an id"), Arc::clone(&status))
            };
            let commit = Commit { revision: changed.revision().next(), writes: batch.iter().map(put).collect() };
            changed = changed.apply(&commit).expect("a commit of ours");
        }
        println!(
            "{} revocations in batches of 100: {:.2} us each",
            revoked.len(),
            start.elapsed().as_secs_f64() * 1e6 / revoked.len() as f64
        );
        let one = Commit {
            revision: changed.revision().next(),
            writes: vec![Write::Delete(RecordKey::api_key(&id(1)).expect("an id"))],
        };
        let start = Instant::now();
        for _ in 0..1000 {
            black_box(changed.apply(&one).expect("a commit of ours"));
        }
        println!("one write alone: {:.2} us", start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let dense = changed.compacted();
        println!("compacted in {:.2} s", start.elapsed().as_secs_f64());
        assert_eq!(dense.api_keys().len(), count);
        let start = Instant::now();
        let active = changed.api_keys().iter().filter(|key| !key.is_invalidated()).count();
        println!("walked over {count} keys, {active} active, in {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let own = changed.api_keys_of("user-7", &["default_native"]).count();
        println!("{own} keys of one owner in {:.0} us", start.elapsed().as_secs_f64() * 1e6);
    }
}
