//! `GET /_security/_authenticate` with an API key, against a server of the same HTTP library that says hello and nothing
//! else. Both run in this process and take turns, so that the machine's moods hit both alike.
//!
//! `cargo bench -p keyward-server --bench authenticate`; the goal is at least 0.7 of the bare server's rate.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use keyward_api::{Api, ApiConfig, LicenceType, NodeAddresses};
use keyward_node::{Clock, Entropy, Node, NodeConfig};
use keyward_security::secret::Secret;
use keyward_server::{Server, ServerConfig, Services};
use keyward_store::MemoryStore;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 6;
const ROUND: Duration = Duration::from_secs(2);

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Result<(), Failure> {
    let bare = bare().await?;
    let (keyward, key) = keyward().await?;
    let hello = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned();
    let who =
        format!("GET /_security/_authenticate HTTP/1.1\r\nHost: localhost\r\nAuthorization: ApiKey {key}\r\n\r\n");
    measure(bare, &hello, ROUND).await?;
    measure(keyward, &who, ROUND).await?;
    let (mut hellos, mut answers) = (0.0, 0.0);
    for round in 1..=ROUNDS {
        let (hello, answer) = (measure(bare, &hello, ROUND).await?, measure(keyward, &who, ROUND).await?);
        println!("round {round}: bare {hello:>9.0}/s   _authenticate {answer:>9.0}/s   ratio {:.2}", answer / hello);
        hellos += hello;
        answers += answer;
    }
    println!("overall: ratio {:.2}", answers / hellos);
    Ok(())
}

/// How many requests a second `CONNECTIONS` clients get answered, each sending one after the other.
async fn measure(address: SocketAddr, request: &str, during: Duration) -> Result<f64, Failure> {
    let (count, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let started = Instant::now();
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let (request, count, stop) = (request.to_owned(), Arc::clone(&count), Arc::clone(&stop));
        clients.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let mut answer = vec![0; 16 << 10];
            while !stop.load(Ordering::Relaxed) {
                stream.write_all(request.as_bytes()).await?;
                // Answers are small and come in one piece on the loopback.
                let length = stream.read(&mut answer).await?;
                if !answer.get(..length).is_some_and(|answer| answer.starts_with(b"HTTP/1.1 200 ")) {
                    return Err(Failure::from("not answered with 200"));
                }
                count.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Failure>(())
        }));
    }
    tokio::time::sleep(during).await;
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await??;
    }
    let count = u32::try_from(count.load(Ordering::Relaxed))?;
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

async fn bare() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if stream.set_nodelay(true).is_err() {
                continue;
            }
            let hello =
                service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"hello")))) });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), hello));
        }
    });
    Ok(address)
}

/// A server with one API key; its encoded form comes along.
async fn keyward() -> Result<(SocketAddr, String), Failure> {
    let config = NodeConfig { bootstrap_password: Some(Secret::new("changeme")), ..NodeConfig::default() };
    let clock = Clock::system();
    let node = Node::start(Arc::new(MemoryStore::new()), config, clock.clone(), Entropy::system()).await?;
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let api = Arc::new(Api::new(Arc::clone(&node), api_config(address, clock.now())));
    let services = Services { node, own: Arc::clone(&api) as _, data: api };
    let server = Server::bind(ServerConfig { listen: address, ..ServerConfig::default() }, services).await?;
    let address = server.address();
    tokio::spawn(server.serve(CancellationToken::new()));
    let body = r#"{"name":"bench"}"#;
    let request = format!(
        "POST /_security/api_key HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic ZWxhc3RpYzpjaGFuZ2VtZQ==\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    let created: serde_json::Value = serde_json::from_str(body)?;
    let key = created.get("encoded").and_then(serde_json::Value::as_str).ok_or("no key")?;
    Ok((address, key.to_owned()))
}

fn api_config(address: SocketAddr, started: keyward_security::time::Timestamp) -> ApiConfig {
    ApiConfig {
        cluster_name: "bench".to_owned(),
        cluster_uuid: "bench-bench-bench-benc".to_owned(),
        node_name: "bench".to_owned(),
        node_id: "bench-bench-bench-benc".to_owned(),
        addresses: NodeAddresses { bound: vec![address], publish: address },
        max_content_length: 100 << 20,
        https: false,
        licence: LicenceType::default(),
        build_hash: "0".repeat(40),
        build_date: "2026-06-01T00:00:00.000000000Z".to_owned(),
        started,
    }
}
