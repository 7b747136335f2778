//! Several nodes on one store, links that break and heal, clocks that jump, and chance. Whatever happens:
//!
//! 1. No node accepts a key once it has applied the key's revocation, or once its clock has seen the key's end.
//! 2. A node accepts every other key that it knows.
//! 3. A change that was answered is in the store, and reaches every node whose link is whole in the end.
//! 4. A node whose link is broken says so before long.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use keyward_node::{Clock, Entropy, Node, NodeConfig};
use keyward_security::api_key::{ApiKeyId, CreateApiKey, InvalidateApiKeys};
use keyward_security::authentication::{Authentication, NATIVE_REALM, NATIVE_REALM_TYPE, RealmRef};
use keyward_security::role::RoleDescriptors;
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_state::Revision;
use keyward_store::{MemoryStore, MemoryStoreOptions, Store};

use crate::support::{NOW, config, shown, user};
use crate::unsteady::{Unsteady, eventually};

const NODES: usize = 3;
const STEPS: u32 = 120;
const MAX_STALENESS: Duration = Duration::from_millis(300);

/// A small generator of numbers, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick(&mut self, count: usize) -> usize {
        usize::try_from(self.roll(count as u64)).unwrap()
    }
}

struct Server {
    node: Arc<Node>,
    clock: Clock,
    link: Arc<Unsteady>,
    /// The latest time that its clock ever told.
    seen: Timestamp,
}

struct Known {
    secret: Secret,
    /// The revision by which it was made at the latest.
    made: Revision,
    ends: Option<Timestamp>,
    /// The revision by which it was revoked at the latest.
    revoked: Option<Revision>,
}

async fn server(store: &MemoryStore, number: u64) -> Server {
    let link = Unsteady::over(store.clone());
    // Clocks differ by minutes.
    let clock = Clock::fixed(NOW.plus_seconds(i64::try_from(number).unwrap() * 120));
    let config = NodeConfig { max_staleness: MAX_STALENESS, ..config() };
    let node =
        Node::start(Arc::clone(&link) as Arc<dyn Store>, config, clock.clone(), Entropy::system()).await.unwrap();
    Server { node, seen: clock.now(), clock, link }
}

fn ada() -> Authentication {
    Authentication::realm(user("ada", &[]), RealmRef::new(NATIVE_REALM, NATIVE_REALM_TYPE))
}

async fn check(server: &mut Server, keys: &BTreeMap<ApiKeyId, Known>, context: &str) {
    let view = Arc::clone(&server.node.view());
    let now = server.clock.now();
    assert!(now >= server.seen, "{context}: the clock ran back");
    server.seen = now;
    for (id, known) in keys {
        let accepted = server.node.authenticate(&view, &shown(id, known.secret.expose()), None, now).await.is_ok();
        let ended = known.ends.is_some_and(|end| end <= now);
        let at = view.revision();
        if known.revoked.is_some_and(|revoked| revoked <= at) || ended {
            assert!(!accepted, "{context}: a key was accepted at {at} that must not be");
        } else if known.revoked.is_none() && known.made <= at {
            assert!(accepted, "{context}: a good key was refused at {at}");
        }
    }
}

async fn run(seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let options = MemoryStoreOptions { kept_commits: 6, progress: Duration::from_millis(10) };
    let store = MemoryStore::with_options(options);
    let mut servers = Vec::new();
    for number in 0..NODES as u64 {
        servers.push(server(&store, number).await);
    }
    let mut keys: BTreeMap<ApiKeyId, Known> = BTreeMap::new();
    let ada = ada();
    for number in 0..12 {
        let request = CreateApiKey {
            name: format!("early {number}"),
            role_descriptors: RoleDescriptors::default(),
            lifetime: None,
            metadata: None,
        };
        let server = &servers[number % NODES];
        let key = server.node.create_api_key(&ada, request).await.unwrap();
        let made = server.node.view().revision();
        keys.insert(key.id, Known { secret: key.secret, made, ends: None, revoked: None });
    }
    for step in 0..STEPS {
        let context = format!("seed {seed}, step {step}");
        let server = &mut servers[dice.pick(NODES)];
        match dice.roll(20) {
            0..=6 => {
                let lifetime = (dice.roll(2) == 0).then(|| i64::try_from(dice.roll(400)).unwrap());
                let role_descriptors = RoleDescriptors::default();
                let request = CreateApiKey { name: format!("k{step}"), role_descriptors, lifetime, metadata: None };
                let made = tokio::time::timeout(Duration::from_millis(40), server.node.create_api_key(&ada, request));
                if let Ok(Ok(key)) = made.await {
                    let made = server.node.view().revision();
                    let known = Known { secret: key.secret, made, ends: key.expiration, revoked: None };
                    keys.insert(key.id, known);
                }
            }
            7..=11 if !keys.is_empty() => {
                let id = keys.keys().nth(dice.pick(keys.len())).unwrap().clone();
                let known_here = server.node.view().api_key(&id).is_some();
                let request = InvalidateApiKeys {
                    ids: vec![id.to_string()],
                    name: None,
                    realm_name: None,
                    username: None,
                    owner: false,
                };
                let asked = server.node.invalidate_api_keys(&ada, request, true);
                match tokio::time::timeout(Duration::from_millis(40), asked).await {
                    // By now this node shows it, so it was revoked at the node's revision at the latest.
                    Ok(Ok(_)) if known_here => {
                        let at = server.node.view().revision();
                        let revoked = &mut keys.get_mut(&id).unwrap().revoked;
                        *revoked = Some(revoked.map_or(at, |before| before.min(at)));
                    }
                    Ok(Ok(_)) => {}
                    // Refused, or made but not seen in time. Then it is not known, and either is right.
                    Ok(Err(_)) | Err(_) => drop(keys.remove(&id)),
                }
            }
            12 => server.link.disappear(true),
            13..=15 => server.link.disappear(false),
            16..=17 => server.clock.advance(Duration::from_secs(dice.roll(60))),
            _ => server.clock.set(NOW.plus_seconds(i64::try_from(dice.roll(300)).unwrap() - 150)),
        }
        tokio::time::sleep(Duration::from_millis(dice.roll(6))).await;
        for server in &mut servers {
            check(server, &keys, &context).await;
        }
    }
    // A node that is cut off says so.
    servers[0].link.disappear(true);
    eventually("unreadiness of a node without a store", || !servers[0].node.is_ready()).await;
    // And when all links are whole, all nodes have the same state.
    for server in &servers {
        server.link.disappear(false);
    }
    let head = store.snapshot().await.unwrap().revision();
    for server in &mut servers {
        server.node.wait_for(head).await.unwrap();
        assert_eq!(server.node.view().revision(), head, "seed {seed}");
        check(server, &keys, &format!("seed {seed}, at the end")).await;
        eventually("readiness", || server.node.is_ready()).await;
    }
    assert!(keys.len() > 3, "seed {seed}: only {} keys were followed", keys.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_key_is_never_accepted_again() {
    let seeds: Vec<_> = (1..=12).map(|seed| tokio::spawn(run(seed))).collect();
    for seed in seeds {
        seed.await.unwrap();
    }
}
