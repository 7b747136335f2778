//! The server and what stands behind it, put together as the program does.

use std::net::SocketAddr;
use std::sync::Arc;

use keyward_api::{Api, ApiConfig, LicenceType, NodeAddresses};
use keyward_engine::Engine;
use keyward_gateway::{Gateway, GatewayOptions};
use keyward_node::{ApiKeyConfig, Clock, Entropy, HasherConfig, Node, NodeConfig};
use keyward_security::api_key::CreateApiKey;
use keyward_security::authentication::{Authentication, Json, RealmRef};
use keyward_security::hash::{Algorithm, Drawn};
use keyward_security::role::descriptor::{DescriptorContext, RoleDescriptors};
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_server::{Server, ServerConfig, Services};
use keyward_state::{Txn, plan};
use keyward_store::{MemoryStore, Outcome, Store};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::client::{self, Answer, Who};

/// The realm of users that are managed through the API.
pub const NATIVE_REALM: &str = "native1";

/// When everything happens: 2026-08-16T08:53:20.123Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_786_868_000_123);

const PASSWORD: &str = "changeme";

/// How a harness differs from the usual.
#[derive(Debug, Default)]
pub struct HarnessOptions {
    /// The gateway.
    pub gateway: GatewayOptions,
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Harness {
    address: SocketAddr,
    node: Arc<Node>,
    store: MemoryStore,
    clock: Clock,
    stop: CancellationToken,
}

impl Drop for Harness {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Harness {
    /// Starts a server before an engine.
    pub async fn start(engine: Arc<dyn Engine>) -> Self {
        Self::with(engine, HarnessOptions::default()).await
    }

    /// Starts a server that is different.
    pub async fn with(engine: Arc<dyn Engine>, options: HarnessOptions) -> Self {
        let (store, clock) = (MemoryStore::new(), Clock::fixed(NOW));
        let shared: Arc<dyn Store> = Arc::new(store.clone());
        let node = Node::start(shared, node_config(), clock.clone(), Entropy::counted()).await.expect("a node");
        let own = Api::new(Arc::clone(&node), api_config());
        let data = Gateway::new(engine, options.gateway);
        let services = Services { node: Arc::clone(&node), own: Arc::new(own), data: Arc::new(data) };
        let config = ServerConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..ServerConfig::default() };
        let server = Server::bind(config, services).await.expect("a free port");
        let (address, stop) = (server.address(), CancellationToken::new());
        tokio::spawn(server.serve(stop.clone()));
        Self { address, node, store, clock, stop }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// The clock, which stands still until it is advanced.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The built-in superuser.
    pub fn elastic() -> Who {
        Who::user("elastic", PASSWORD)
    }

    /// Sends a request: `GET /_search`, say, with a body or without.
    pub async fn ask(&self, who: &Who, line: &str, body: &str) -> Answer {
        client::ask(self.address, who, line, body).await
    }

    /// Sends a request as `elastic`, which has to succeed.
    pub async fn set_up(&self, line: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.ask(&Self::elastic(), line, &body).await;
        assert!((200..300).contains(&answer.status), "{line} {body}: {} {}", answer.status, answer.text);
        answer.body
    }

    /// Makes or replaces a native user.
    pub async fn put_user(&self, name: &str, roles: &[String]) -> Who {
        let body = json!({ "password": PASSWORD, "roles": roles });
        self.set_up(&format!("PUT /_security/user/{name}"), &body).await;
        Who::user(name, PASSWORD)
    }

    /// Has somebody make an API key; the answer when that is refused.
    pub async fn create_key(&self, who: &Who, body: &Value) -> Result<Who, Box<Answer>> {
        let answer = self.ask(who, "POST /_security/api_key", &body.to_string()).await;
        if answer.status != 200 {
            return Err(Box::new(answer));
        }
        let text = |member: &str| answer.body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Who::ApiKey { id: text("id"), secret: text("api_key") })
    }

    /// Writes an API key of a native user into the store, whatever the user may do. Its limit is what the user's roles
    /// are now.
    pub async fn store_key(&self, owner: &str, roles: &[String], descriptors: &Value) -> Who {
        let user = User {
            username: owner.into(),
            roles: roles.iter().map(|role| Arc::from(role.as_str())).collect(),
            full_name: None,
            email: None,
            metadata: Arc::new(Json::new()),
            enabled: true,
        };
        let who = Authentication::realm(user, native_realm());
        let text = descriptors.to_string();
        let value = keyward_xcontent::parse(text.as_bytes(), keyward_xcontent::Limits::default()).expect("JSON");
        let role_descriptors = RoleDescriptors::parse(&value, DescriptorContext::ApiKey)
            .unwrap_or_else(|error| panic!("{descriptors}: {error}"));
        let request = CreateApiKey { name: "stored".to_owned(), role_descriptors, lifetime: None, metadata: None };
        let entropy = self.node.entropy();
        let salt = Drawn::new(entropy.draw().expect("bits"));
        let drawn = plan::DrawnApiKey::fast(entropy.draw().expect("bits"), entropy.draw().expect("bits"), salt);
        let view = Arc::clone(&self.node.view());
        let (txn, created) = plan::create_api_key(&view, &who, &[], &request, self.clock.now(), drawn).expect("a key");
        self.commit(txn).await;
        Who::ApiKey { id: created.id.to_string(), secret: created.secret.expose().to_owned() }
    }

    /// Writes into the store and waits until the server knows.
    pub async fn commit(&self, txn: Txn) {
        match self.store.commit(txn).await.expect("the store works") {
            Outcome::Committed(revision) => self.node.wait_for(revision).await.expect("the node follows the store"),
            Outcome::Conflict(key) => panic!("{key:?} is not as expected"),
        }
    }
}

fn native_realm() -> RealmRef {
    RealmRef::new(NATIVE_REALM, "native")
}

fn node_config() -> NodeConfig {
    // As cheap as it gets: nobody attacks passwords here.
    let algorithm = Algorithm::parse("bcrypt4").expect("an algorithm");
    NodeConfig {
        hasher: HasherConfig { algorithm, ..HasherConfig::default() },
        api_keys: ApiKeyConfig::default(),
        native_realm: native_realm(),
        bootstrap_password: Some(Secret::new(PASSWORD)),
        ..NodeConfig::default()
    }
}

fn api_config() -> ApiConfig {
    let address = SocketAddr::from(([127, 0, 0, 1], 9200));
    ApiConfig {
        cluster_name: "keyward".to_owned(),
        cluster_uuid: "c1uStErUuId22characTer".to_owned(),
        node_name: "keyward-0".to_owned(),
        node_id: "n0yWd3VbQxqS7kP1tL5mRg".to_owned(),
        addresses: NodeAddresses { bound: vec![address], publish: address },
        max_content_length: 104_857_600,
        https: false,
        licence: LicenceType::Enterprise,
        build_hash: "0000000000000000000000000000000000000000".to_owned(),
        build_date: "2026-06-01T00:00:00.000000000Z".to_owned(),
        started: NOW,
    }
}
