//! A real server on a free port, with a memory store, handlers that tell what they were given, and a client that sends
//! exactly the bytes it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use keyward_node::{Clock, Entropy, Node, NodeConfig};
use keyward_rest::{ElasticError, Endpoint, Reply};
use keyward_security::secret::Secret;
use keyward_server::{Asked, BoxFuture, Serve, Server, ServerConfig, Services, TlsReload};
use keyward_store::MemoryStore;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// `elastic:changeme`
pub(crate) const ELASTIC: &str = "Authorization: Basic ZWxhc3RpYzpjaGFuZ2VtZQ==\r\n";

pub(crate) struct Harness {
    pub(crate) address: SocketAddr,
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) tls: TlsReload,
    pub(crate) shutdown: CancellationToken,
    pub(crate) serving: JoinHandle<bool>,
}

/// Answers with what it was given; a few endpoints misbehave on purpose.
struct Echo;

impl Serve for Echo {
    fn check_gates(&self, endpoint: &Endpoint) -> Result<(), ElasticError> {
        match endpoint.feature {
            Some(feature @ "advanced-remote-cluster-security") => Err(ElasticError::licence(feature)),
            _ => Ok(()),
        }
    }

    fn serve(&self, asked: Asked) -> BoxFuture<'_, Result<Reply, ElasticError>> {
        Box::pin(async move {
            match asked.call.endpoint.api {
                "security.get_stats" => panic!("on purpose"),
                "security.get_settings" => tokio::time::sleep(Duration::from_millis(400)).await,
                "security.get_builtin_privileges" => return Err(ElasticError::internal("the hidden cause")),
                "license.get" => return Ok(Reply::ok(json!({ "text": "x".repeat(4_000_000) }))),
                _ => {}
            }
            Ok(Reply::ok(json!({
                "api": asked.call.endpoint.api,
                "user": &*asked.authentication.effective.user.username,
                "length": asked.body.len(),
                "body": String::from_utf8_lossy(asked.body.get(..asked.body.len().min(100)).unwrap_or_default()),
            })))
        })
    }
}

pub(crate) async fn node() -> Arc<Node> {
    let config = NodeConfig { bootstrap_password: Some(Secret::new("changeme")), ..NodeConfig::default() };
    let store = Arc::new(MemoryStore::new());
    Node::start(store, config, Clock::system(), Entropy::system()).await.unwrap()
}

pub(crate) async fn start(change: impl FnOnce(&mut ServerConfig)) -> Harness {
    let mut config = ServerConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..ServerConfig::default() };
    change(&mut config);
    let echo: Arc<dyn Serve> = Arc::new(Echo);
    let services = Services { node: node().await, own: Arc::clone(&echo), data: echo };
    let server = Server::bind(config, services).await.unwrap();
    let (address, admin, tls) = (server.address(), server.admin_address(), server.tls_reload());
    let shutdown = CancellationToken::new();
    let serving = tokio::spawn(server.serve(shutdown.clone()));
    Harness { address, admin, tls, shutdown, serving }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Client<S> {
    stream: S,
    received: Vec<u8>,
}

pub(crate) async fn connect(address: SocketAddr) -> Client<TcpStream> {
    Client::over(TcpStream::connect(address).await.unwrap())
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self { stream, received: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // The server may have said its last word already; what it said is what counts.
        let _ = self.stream.write_all(bytes.as_ref()).await;
        let _ = self.stream.flush().await;
    }

    async fn more(&mut self) -> bool {
        let mut piece = vec![0; 65_536];
        let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut piece)).await;
        match read.expect("the server answers in time") {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.received.extend_from_slice(&piece[..count]);
                true
            }
        }
    }

    /// The next answer; `None` when the connection ends before it.
    pub(crate) async fn answer_to(&mut self, head: bool) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end;
            }
            if !self.more().await {
                return None;
            }
        };
        let text = String::from_utf8(self.received.drain(..end + 4).collect()).unwrap();
        let mut lines = text.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        if status == 100 {
            return Box::pin(self.answer_to(head)).await;
        }
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length: usize = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if !head {
            while self.received.len() < length {
                assert!(self.more().await, "the body is cut off");
            }
            answer.body = self.received.drain(..length).collect();
        }
        Some(answer)
    }

    pub(crate) async fn answer(&mut self) -> Answer {
        self.answer_to(false).await.expect("an answer")
    }

    /// Whether the server has closed the connection without another word.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.received.is_empty() && !self.more().await
    }
}

/// One request on a connection of its own.
pub(crate) async fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    let mut client = connect(address).await;
    client.send(request).await;
    client.answer().await
}

/// A request by `elastic` without a body.
pub(crate) async fn get(address: SocketAddr, target: &str) -> Answer {
    ask(address, format!("GET {target} HTTP/1.1\r\nHost: x\r\n{ELASTIC}\r\n")).await
}

/// A request by `elastic` with a JSON body.
pub(crate) async fn send(address: SocketAddr, method: &str, target: &str, headers: &str, body: &[u8]) -> Answer {
    let mut request =
        format!("{method} {target} HTTP/1.1\r\nHost: x\r\n{ELASTIC}{headers}Content-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    request.extend_from_slice(body);
    ask(address, request).await
}
