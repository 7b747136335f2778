//! Every endpoint of the catalogue, asked by nobody and by somebody who may do nothing.
//!
//! Nobody is answered 401. Somebody without any privilege is answered 403, with the exceptions of `uncovered.txt`:
//! endpoints that everybody may use about oneself, and a few whose answer comes before the decision.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod bodies;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use keyward_api::{Api, ApiConfig, LicenceType, NodeAddresses};
use keyward_engine::{DataCall, Engine, EngineError};
use keyward_gateway::{Gateway, GatewayOptions};
use keyward_node::{Clock, Entropy, Node, NodeConfig};
use keyward_rest::{BodyKind, Endpoint, Reply, catalog};
use keyward_security::decide::Permitted;
use keyward_security::index_names::{IndexFlags, IndexNames};
use keyward_security::secret::Secret;
use keyward_server::{Server, ServerConfig, Services};
use keyward_store::MemoryStore;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const EXCEPTIONS: &str = include_str!("uncovered.txt");
const ELASTIC: &str = "Authorization: Basic ZWxhc3RpYzpjaGFuZ2VtZQ==\r\n";
/// `nobody:powerless`
const POWERLESS: &str = "Authorization: Basic bm9ib2R5OnBvd2VybGVzcw==\r\n";

/// Serves everything it is asked to, and remembers nothing.
struct Yes;

impl Engine for Yes {
    fn call(&self, _: Permitted<DataCall>, _: Bytes) -> keyward_engine::BoxFuture<'_, Result<Reply, EngineError>> {
        Box::pin(async { Ok(Reply::ok(json!({ "served": true }))) })
    }

    fn names(&self) -> Arc<IndexNames> {
        Arc::new(IndexNames::builder().index("logs", IndexFlags::default()).build())
    }

    fn supports(&self, _: &str) -> bool {
        true
    }
}

async fn start() -> SocketAddr {
    let config = NodeConfig { bootstrap_password: Some(Secret::new("changeme")), ..NodeConfig::default() };
    let clock = Clock::system();
    let started = clock.now();
    let node = Node::start(Arc::new(MemoryStore::new()), config, clock, Entropy::system()).await.unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let api = Api::new(
        Arc::clone(&node),
        ApiConfig {
            cluster_name: "test".to_owned(),
            cluster_uuid: "test-test-test-test-te".to_owned(),
            node_name: "test".to_owned(),
            node_id: "test-test-test-test-te".to_owned(),
            addresses: NodeAddresses { bound: vec![address], publish: address },
            max_content_length: 100 << 20,
            https: false,
            licence: LicenceType::default(),
            build_hash: "0".repeat(40),
            build_date: "2026-06-01T00:00:00.000000000Z".to_owned(),
            started,
        },
    );
    let gateway = Gateway::new(Arc::new(Yes), GatewayOptions::default());
    let services = Services { node, own: Arc::new(api), data: Arc::new(gateway) };
    let server = Server::bind(ServerConfig { listen: address, ..ServerConfig::default() }, services).await.unwrap();
    let address = server.address();
    tokio::spawn(server.serve(CancellationToken::new()));
    address
}

/// One request on a connection of its own; the status and the body of the answer.
async fn ask(address: SocketAddr, method: &str, target: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request =
        format!("{method} {target} HTTP/1.1\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

fn target(endpoint: &Endpoint) -> String {
    let segment = |part: &str| match part {
        "{index}" | "{target}" | "{source}" | "{alias}" => "logs".to_owned(),
        "{new_index}" | "{target_index}" | "{dest}" => "new".to_owned(),
        "{type}" => "mytype".to_owned(),
        "{block}" => "write".to_owned(),
        "{application}" => "myapp".to_owned(),
        "{metric}" => "http".to_owned(),
        "{*}" => "a/b".to_owned(),
        placeholder if placeholder.starts_with('{') => "x1".to_owned(),
        literal => literal.to_owned(),
    };
    let path = endpoint.path.split('/').map(segment).collect::<Vec<_>>().join("/");
    match bodies::query(endpoint.api) {
        Some(query) => format!("{path}?{query}"),
        None => path,
    }
}

fn content_type(endpoint: &Endpoint) -> &'static str {
    match endpoint.body {
        BodyKind::Ndjson | BodyKind::NdjsonSource => "Content-Type: application/x-ndjson\r\n",
        _ => "Content-Type: application/json\r\n",
    }
}

/// The lines of the exceptions, without their reasons.
fn exceptions() -> BTreeSet<String> {
    let lines = EXCEPTIONS.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_endpoint_refuses_who_may_not_use_it() {
    let address = start().await;
    let nobody = r#"{"password":"powerless","roles":[]}"#;
    let json = format!("{ELASTIC}Content-Type: application/json\r\n");
    assert_eq!(ask(address, "PUT", "/_security/user/nobody", &json, nobody).await.0, 200);
    let (mut found, mut details) = (BTreeSet::new(), Vec::new());
    for endpoint in catalog().endpoints() {
        let method = endpoint.method.as_ref().map_or("GET", http::Method::as_str);
        let target = target(endpoint);
        let (anonymous, text) = ask(address, method, &target, "", "").await;
        let is_health = endpoint.api.starts_with("keyward.") && endpoint.api != "keyward.metrics";
        assert_eq!(anonymous, if is_health { 200 } else { 401 }, "{method} {target}: {text}");
        let body = bodies::body(endpoint);
        let headers = format!("{POWERLESS}{}", content_type(endpoint));
        let (status, text) = ask(address, method, &target, &headers, body).await;
        if status != 403 {
            found.insert(format!("{status} {method} {} {}", endpoint.path, endpoint.api));
            details.push(format!("{status} {method} {} {} # {text}", endpoint.path, endpoint.api));
        }
    }
    let known = exceptions();
    let news: Vec<&String> =
        details.iter().filter(|line| !known.iter().any(|known| line.starts_with(known.as_str()))).collect();
    let gone: Vec<&String> = known.difference(&found).collect();
    assert!(news.is_empty() && gone.is_empty(), "not in the list: {news:#?}\nno longer so: {gone:#?}");
}
