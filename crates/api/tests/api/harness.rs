//! A node over a memory store, asked as the pipeline asks it: credentials, request line, body.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use bytes::Bytes;
use http::Method;
use keyward_api::{Api, ApiConfig, Context, LicenceType, NodeAddresses};
use keyward_node::{AnonymousUser, Clock, Entropy, HasherConfig, Node, NodeConfig};
use keyward_rest::{ElasticError, Payload, Reply, Unroutable, classify};
use keyward_security::credentials::Credentials;
use keyward_security::hash::Algorithm;
use keyward_security::role::RoleDescriptors;
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_state::plan;
use keyward_store::MemoryStore;
use serde_json::Value;

pub(crate) const ELASTIC: &str = "elastic:changeme";
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_786_868_000_123);

pub(crate) struct Harness {
    pub(crate) api: Api,
    pub(crate) clock: Clock,
}

/// What a client sees, but for the form of the text.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Seen {
    pub(crate) fn reason(&self) -> &str {
        self.body["error"]["reason"].as_str().unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> &str {
        self.body["error"]["type"].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Holds type and text of a refusal.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, kind: &str, reason: &str) {
        assert_eq!((self.status, self.kind(), self.reason()), (status, kind, reason), "{}", self.body);
    }
}

impl Harness {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    pub(crate) async fn with(node: impl FnOnce(&mut NodeConfig), api: impl FnOnce(&mut ApiConfig)) -> Self {
        let clock = Clock::fixed(NOW);
        let algorithm = Algorithm::parse("bcrypt4").unwrap();
        let mut config = NodeConfig {
            hasher: HasherConfig { algorithm, ..HasherConfig::default() },
            bootstrap_password: Some(Secret::new("changeme")),
            ..NodeConfig::default()
        };
        node(&mut config);
        let store = Arc::new(MemoryStore::new());
        let node = Node::start(store, config, clock.clone(), Entropy::counted()).await.unwrap();
        let address = "127.0.0.1:9200".parse().unwrap();
        let mut config = ApiConfig {
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
        };
        api(&mut config);
        Self { api: Api::new(node, config), clock }
    }

    /// Anonymous access with these roles.
    pub(crate) fn anonymous(config: &mut NodeConfig, roles: &[&str]) {
        let roles = roles.iter().map(|role| Arc::from(*role)).collect();
        config.anonymous = Some(AnonymousUser { username: "_anonymous".into(), roles, authz_exception: true });
    }

    pub(crate) async fn role(&self, name: &str, descriptor: &str) {
        let parsed = RoleDescriptors::parse_stored(&format!(r#"{{"{name}":{descriptor}}}"#)).unwrap();
        let descriptor = parsed.get(name).unwrap();
        let put = |view: &keyward_state::View| {
            Ok::<_, keyward_node::UseCaseError<std::convert::Infallible>>(
                plan::put_role(view, name, descriptor).unwrap(),
            )
        };
        self.api.node().perform(put).await.unwrap();
    }

    /// Makes a user whose password is `password`, with roles; gives its credentials.
    pub(crate) async fn user(&self, name: &str, roles: &[&str]) -> String {
        let body = serde_json::json!({"password": "password", "roles": roles}).to_string();
        self.call(ELASTIC, &format!("PUT /_security/user/{name}"), &body).await.ok();
        format!("{name}:password")
    }

    /// Makes a key; gives its id and its credentials.
    pub(crate) async fn key(&self, who: &str, body: &str) -> (String, String) {
        let created = self.call(who, "POST /_security/api_key", body).await.ok();
        (created["id"].as_str().unwrap().to_owned(), format!("ApiKey {}", created["encoded"].as_str().unwrap()))
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Sends a request. `who` is `name:password`, a whole header, or nothing.
    pub(crate) async fn call(&self, who: &str, line: &str, body: &str) -> Seen {
        self.call_as(who, None, line, body).await
    }

    pub(crate) async fn call_as(&self, who: &str, run_as: Option<&str>, line: &str, body: &str) -> Seen {
        let reply = match self.answer(who, run_as, line, body).await {
            Ok(reply) => reply,
            Err(error) => error.into_reply(true),
        };
        let body = match reply.payload {
            Payload::Json(value) | Payload::Error(value) => value,
            Payload::Raw { json } => serde_json::from_slice(&json).unwrap(),
            other => panic!("{other:?}"),
        };
        Seen { status: reply.status.as_u16(), body }
    }

    async fn answer(&self, who: &str, run_as: Option<&str>, line: &str, body: &str) -> Result<Reply, ElasticError> {
        let node = self.api.node();
        let (view, now) = (Arc::clone(&node.view()), node.clock().now());
        let (method, uri) = line.split_once(' ').unwrap();
        let header = match who {
            "" => None,
            header if header.contains(' ') => Some(header.to_owned()),
            pair => Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))),
        };
        let refused = |failure| ElasticError::authentication(&failure, uri, &["ApiKey".to_owned()]);
        let credentials =
            Credentials::parse(header.as_deref().map(str::as_bytes)).map_err(|error| refused(error.into()))?;
        let authentication = node.authenticate(&view, &credentials, run_as, now).await.map_err(refused)?;
        let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let call = match classify(&method, path, query) {
            Ok(call) => call,
            Err(Unroutable::Error(error)) => return Err(error),
            Err(other) => panic!("{other:?}"),
        };
        self.api.check_gates(call.endpoint)?;
        let body = call.body(Bytes::copy_from_slice(body.as_bytes()))?;
        let role = node.role_of(&view, &authentication).unwrap();
        let run_as_by = node.run_as_role_of(&view, &authentication).unwrap();
        let context = Context { view, authentication: Arc::new(authentication), role, run_as_by, call, body, now };
        self.api.handle(context).await
    }
}
