//! TLS, replacing its certificate, the cap on connections, and stopping in peace.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Client, ELASTIC, ask, connect, start};
use keyward_server::TlsPem;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const ONE: (&[u8], &[u8]) = (include_bytes!("tls/one.pem"), include_bytes!("tls/one.key"));
const TWO: (&[u8], &[u8]) = (include_bytes!("tls/two.pem"), include_bytes!("tls/two.key"));

fn pem((certificates, key): (&[u8], &[u8])) -> TlsPem {
    TlsPem { certificates: certificates.to_vec(), key: key.to_vec() }
}

async fn connect_trusting(
    address: std::net::SocketAddr,
    trusted: &[u8],
) -> Result<Client<TlsStream<TcpStream>>, std::io::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    Ok(Client::over(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}

#[tokio::test]
async fn a_certificate_is_replaced_while_connections_run() {
    let server = start(|config| config.tls = Some(pem(ONE))).await;
    let request = format!("GET /_security/_authenticate HTTP/1.1\r\n{ELASTIC}\r\n");
    let mut old = connect_trusting(server.address, ONE.0).await.unwrap();
    old.send(&request).await;
    assert_eq!(old.answer().await.status, 200);
    assert!(connect_trusting(server.address, TWO.0).await.is_err());

    // A certificate with another's key changes nothing.
    assert!(server.tls.replace(&pem((TWO.0, ONE.1))).is_err());
    assert!(server.tls.replace(&pem((b"", TWO.1))).is_err());
    assert!(connect_trusting(server.address, ONE.0).await.is_ok());

    server.tls.replace(&pem(TWO)).unwrap();
    let mut new = connect_trusting(server.address, TWO.0).await.unwrap();
    new.send(&request).await;
    assert_eq!(new.answer().await.status, 200);
    assert!(connect_trusting(server.address, ONE.0).await.is_err());
    old.send(&request).await;
    assert_eq!(old.answer().await.status, 200);

    // Plain text on a TLS port gets no answer, a silent client no patience.
    let mut plain = connect(server.address).await;
    plain.send(&request).await;
    assert!(plain.answer_to(false).await.is_none());
    // Under TLS answers are not compressed unless it is asked for: their length would tell of their content.
    new.send(format!("GET /_license HTTP/1.1\r\n{ELASTIC}Accept-Encoding: gzip\r\n\r\n")).await;
    assert_eq!(new.answer().await.header("content-encoding"), None);
}

#[tokio::test]
async fn a_handshake_may_not_take_forever() {
    let server = start(|config| {
        config.tls = Some(pem(ONE));
        config.limits.handshake_timeout = Duration::from_millis(100);
    })
    .await;
    let mut silent = connect(server.address).await;
    assert!(silent.is_closed().await);
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let server = start(|config| config.limits.connections = 1).await;
    let request = format!("GET /_security/_authenticate HTTP/1.1\r\n{ELASTIC}\r\n");
    let mut first = connect(server.address).await;
    first.send(&request).await;
    assert_eq!(first.answer().await.status, 200);
    let mut second = connect(server.address).await;
    second.send(&request).await;
    let early = tokio::time::timeout(Duration::from_millis(200), second.answer_to(false)).await;
    assert!(early.is_err());
    drop(first);
    assert_eq!(second.answer().await.status, 200);
}

#[tokio::test]
async fn stopping_lets_running_requests_end() {
    let server = start(|_| {}).await;
    let mut idle = connect(server.address).await;
    idle.send(format!("GET /_security/_authenticate HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    assert_eq!(idle.answer().await.status, 200);
    let mut running = connect(server.address).await;
    running.send(format!("GET /_security/settings HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    server.shutdown.cancel();
    assert!(idle.is_closed().await);
    let answer = running.answer().await;
    assert_eq!(answer.status, 200);
    assert!(running.is_closed().await);
    assert!(server.serving.await.unwrap(), "everything ended");
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_forever() {
    let server = start(|config| {
        config.drain_timeout = Duration::from_millis(50);
        config.admin = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let mut running = connect(server.address).await;
    running.send(format!("GET /_security/settings HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let ready = ask(server.admin.unwrap(), "GET /_keyward/health/ready HTTP/1.1\r\n\r\n").await;
    assert_eq!(ready.status, 200);
    server.shutdown.cancel();
    assert!(!server.serving.await.unwrap(), "one request was still running");
}

#[tokio::test]
async fn the_last_answer_of_a_connection_arrives_whole() {
    let server = start(|config| config.limits.body = 1000).await;
    let mut client = connect(server.address).await;
    client.send(format!("GET /_license HTTP/1.1\r\n{ELASTIC}Connection: close\r\n\r\n")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(client.answer().await.body.len() > 4_000_000);
    assert!(client.is_closed().await);
    // Also when the client is still sending.
    let mut client = connect(server.address).await;
    client.send(format!("POST /_security/api_key HTTP/1.1\r\n{ELASTIC}Content-Length: 3000000\r\n\r\n")).await;
    client.send(vec![b'x'; 3_000_000]).await;
    assert_eq!(client.answer().await.status, 413);
}
