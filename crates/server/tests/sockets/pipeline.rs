//! The order of checks, and what every answer has in common.

use std::io::{Read, Write};
use std::time::Duration;

use crate::common::{ELASTIC, ask, connect, get, send, start};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

const JSON: &str = "Content-Type: application/json\r\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn nobody_learns_what_exists_before_saying_who_they_are() {
    let server = start(|_| {}).await;
    for request in [
        "GET /_security/nope HTTP/1.1\r\nHost: x\r\n\r\n",
        "PATCH /_security/user HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /_security/user?pretty=maybe HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nAccept: nonsense\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /_security/api_key HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n",
        "GET /_keyward/metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Foo bar\r\n\r\n",
    ] {
        let answer = ask(server.address, request).await;
        assert_eq!(answer.status, 401, "{request}");
        assert_eq!(answer.header("x-elastic-product"), None);
        let target = request.split(' ').nth(1).unwrap();
        let reason = answer.json()["error"]["reason"].as_str().unwrap().to_owned();
        assert_eq!(reason, format!("missing authentication credentials for REST request [{target}]"));
    }
    let answer = ask(server.address, "GET / HTTP/1.1\r\nAuthorization: Basic ZWxhc3RpYzp3cm9uZw==\r\n\r\n").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"]["reason"], "unable to authenticate user [elastic] for REST request [/]");
    let offered: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "www-authenticate").collect();
    assert_eq!(offered.len(), 2);
    assert_eq!(answer.json()["error"]["header"]["WWW-Authenticate"][1], "ApiKey");
}

#[tokio::test]
async fn answers_have_the_headers_that_clients_look_for() {
    let server = start(|_| {}).await;
    let answer = ask(
        server.address,
        format!("GET /_security/_authenticate HTTP/1.1\r\nHost: x\r\n{ELASTIC}X-Opaque-Id: my-id\r\n\r\n"),
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-elastic-product"), Some("Elasticsearch"));
    assert_eq!(answer.header("x-opaque-id"), Some("my-id"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("date"), None);
    assert_eq!(answer.header("server"), None);
    assert_eq!(answer.json()["user"], "elastic");
    let refused = ask(server.address, "GET / HTTP/1.1\r\nX-Opaque-Id: my-id\r\n\r\n").await;
    assert_eq!(refused.header("x-opaque-id"), Some("my-id"));
    let vendor = ask(
        server.address,
        format!(
            "GET /_security/_authenticate HTTP/1.1\r\n{ELASTIC}Accept: application/vnd.elasticsearch+json; compatible-with=9\r\n\r\n"
        ),
    )
    .await;
    assert_eq!(vendor.header("content-type"), Some("application/vnd.elasticsearch+json;compatible-with=9"));
}

#[tokio::test]
async fn headers_that_contradict_themselves_are_refused() {
    let server = start(|_| {}).await;
    let twice = format!("GET / HTTP/1.1\r\n{ELASTIC}Authorization: ApiKey abc\r\n\r\n");
    let answer = ask(server.address, twice).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["reason"], "multiple values for single-valued header [Authorization].");
    let same = format!("GET /_security/_authenticate HTTP/1.1\r\n{ELASTIC}{ELASTIC}\r\n");
    assert_eq!(ask(server.address, same).await.status, 200);
    let other = format!("POST /_search HTTP/1.1\r\n{ELASTIC}X-HTTP-Method-Override: DELETE\r\n\r\n");
    assert_eq!(ask(server.address, other).await.status, 400);
    let secondary = format!("GET / HTTP/1.1\r\n{ELASTIC}es-secondary-authorization: Basic eDp5\r\n\r\n");
    let answer = ask(server.address, secondary).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["error"]["reason"], "Failed to authenticate secondary user");
    let latin = [b"GET / HTTP/1.1\r\n", ELASTIC.as_bytes(), b"Accept: \xe9\r\n\r\n"].concat();
    assert_eq!(ask(server.address, latin).await.status, 400);
}

#[tokio::test]
async fn routes_types_and_parameters_are_checked_in_order() {
    let server = start(|_| {}).await;
    let at = server.address;
    let answer = get(at, "/_security/nope?x=1").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.text(), r#"{"error":"no handler found for uri [/_security/nope?x=1] and method [GET]"}"#);
    let answer = send(at, "DELETE", "/_security/_authenticate", "", b"").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET")));
    let answer = send(at, "POST", "/_security/api_key?foo", "", b"{}").await;
    assert_eq!(answer.text(), r#"{"error":"Content-Type header is missing","status":406}"#);
    assert_eq!(send(at, "POST", "/_security/api_key", "Content-Type: text/xml\r\n", b"{}").await.status, 406);
    assert_eq!(send(at, "POST", "/_security/api_key", "Content-Type: application/cbor\r\n", b"{}").await.status, 406);
    assert_eq!(send(at, "POST", "/_security/api_key", "Content-Type: nonsense\r\n", b"{}").await.status, 400);
    let answer = send(at, "POST", "/_security/api_key?foo", JSON, b"{}").await;
    assert!(answer.text().contains("unrecognized parameter: [foo]"), "{}", answer.text());
    let answer = send(at, "GET", "/_security/_authenticate", JSON, b"{}").await;
    assert!(answer.text().contains("does not support having a body"), "{}", answer.text());
    let answer = send(at, "POST", "/_security/api_key", JSON, b"").await;
    assert_eq!(answer.json()["error"]["reason"], "request body is required");
    let answer = get(at, "/_search?source=%7B%22a%22:1%7D&source_content_type=application/json").await;
    assert_eq!(answer.json()["body"], r#"{"a":1}"#);
    let answer = get(at, "/_security/_authenticate?pretty&filter_path=api").await;
    assert_eq!(answer.text(), "{\n  \"api\" : \"security.authenticate\"\n}\n");
    let answer = get(at, "/_security/nope?pretty").await;
    assert!(answer.text().starts_with("{\n  \"error\" : "), "{}", answer.text());
    let answer = get(at, "/_security/_authenticate?format=yaml").await;
    assert!(answer.text().starts_with("---\napi: \"security.authenticate\"\n"), "{}", answer.text());
}

#[tokio::test]
async fn options_are_told_without_credentials() {
    let server = start(|_| {}).await;
    let answer = ask(server.address, "OPTIONS /_security/user/a HTTP/1.1\r\n\r\n").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("allow"), Some("GET,POST,PUT,DELETE"));
    let answer = ask(server.address, "OPTIONS /_security/user/a HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["error"]["type"], "status_exception");
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let server = start(|_| {}).await;
    let mut client = connect(server.address).await;
    client.send(format!("HEAD / HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    let head = client.answer_to(true).await.unwrap();
    assert_eq!(head.status, 200);
    assert!(head.header("content-length").unwrap().parse::<usize>().unwrap() > 10);
    client.send(format!("GET /_security/_authenticate HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn bodies_are_bounded_declared_or_not() {
    let server = start(|config| config.limits.body = 1000).await;
    let at = server.address;
    let answer = send(at, "POST", "/_security/api_key", JSON, &[b'x'; 1000]).await;
    assert_eq!(answer.json()["length"], 1000);
    let answer = send(at, "POST", "/_security/api_key", JSON, &vec![b'x'; 500_000]).await;
    assert_eq!((answer.status, answer.body.len()), (413, 0));
    assert_eq!(answer.header("content-length"), Some("0"));
    assert_eq!(answer.header("connection"), Some("close"));
    let mut chunked = format!("POST /_security/api_key HTTP/1.1\r\n{ELASTIC}{JSON}Transfer-Encoding: chunked\r\n\r\n");
    for _ in 0..50 {
        chunked.push_str(&format!("64\r\n{}\r\n", "x".repeat(100)));
    }
    chunked.push_str("0\r\n\r\n");
    let answer = ask(at, chunked).await;
    assert_eq!((answer.status, answer.body.len()), (413, 0));
}

#[tokio::test]
async fn compressed_bodies_are_bounded_by_what_they_hold() {
    let server = start(|config| config.limits.body = 1 << 20).await;
    let at = server.address;
    let zip = format!("{JSON}Content-Encoding: gzip\r\n");
    let answer = send(at, "POST", "/_security/api_key", &zip, &gzip(br#"{"name":"a"}"#)).await;
    assert_eq!(answer.json()["body"], r#"{"name":"a"}"#);
    let bomb = gzip(&vec![b'x'; 64 << 20]);
    assert!(bomb.len() < 100_000);
    assert_eq!(send(at, "POST", "/_security/api_key", &zip, &bomb).await.status, 413);
    let large = gzip(&(0..1_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>());
    assert_eq!(send(at, "POST", "/_security/api_key", &zip, &large).await.json()["length"], 1_000_000);
    assert_eq!(send(at, "POST", "/_security/api_key", &zip, b"not gzip").await.status, 400);
    for coding in ["br", "deflate", "gzip, gzip"] {
        let headers = format!("{JSON}Content-Encoding: {coding}\r\n");
        assert_eq!(send(at, "POST", "/_security/api_key", &headers, b"{}").await.status, 400, "{coding}");
    }
}

#[tokio::test]
async fn all_bodies_together_are_bounded() {
    let server = start(|config| {
        config.limits.body = 1 << 20;
        config.limits.bodies_in_flight = 1 << 20;
    })
    .await;
    let mut slow = connect(server.address).await;
    slow.send(format!("POST /_security/api_key HTTP/1.1\r\n{ELASTIC}{JSON}Content-Length: 900000\r\n\r\n{{")).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let answer = send(server.address, "POST", "/_security/api_key", JSON, &vec![b'x'; 500_000]).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.json()["error"]["type"], "circuit_breaking_exception");
    assert_eq!(send(server.address, "POST", "/_security/api_key", JSON, b"{}").await.status, 200);
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_take_it() {
    let server = start(|_| {}).await;
    let request = |accept: &str| format!("GET /_license HTTP/1.1\r\n{ELASTIC}Accept-Encoding: {accept}\r\n\r\n");
    let answer = ask(server.address, request("gzip")).await;
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(answer.body.len() < 50_000);
    let mut text = String::new();
    GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).unwrap();
    assert!(text.len() > 4_000_000);
    assert_eq!(ask(server.address, request("gzip;q=0")).await.header("content-encoding"), None);
    assert_eq!(ask(server.address, request("br")).await.header("content-encoding"), None);
    let off = start(|config| config.compression = Some(false)).await;
    assert_eq!(ask(off.address, request("gzip")).await.header("content-encoding"), None);
}

#[tokio::test]
async fn a_defect_ends_its_request_and_nothing_else() {
    let server = start(|_| {}).await;
    let mut client = connect(server.address).await;
    client.send(format!("GET /_security/stats HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.json()["error"]["type"], "exception");
    assert!(!answer.text().contains("on purpose"));
    assert!(answer.header("x-keyward-request-id").is_some());
    client.send(format!("GET /_security/privilege/_builtin HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 500);
    assert!(!answer.text().contains("hidden"));
    client.send(format!("GET /_security/_authenticate HTTP/1.1\r\n{ELASTIC}\r\n")).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn features_beyond_the_licence_are_refused_before_the_body_is_read() {
    let server = start(|_| {}).await;
    let answer = send(server.address, "POST", "/_security/cross_cluster/api_key?foo", JSON, b"{broken").await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json()["error"]["license.expired.feature"], "advanced-remote-cluster-security");
}

#[tokio::test]
async fn details_of_errors_can_be_withheld() {
    let server = start(|config| config.detailed_errors = false).await;
    let answer = get(server.address, "/_security/user?foo").await;
    assert_eq!(
        answer.text(),
        "{\"error\":{\"type\":\"illegal_argument_exception\",\"reason\":\"request [/_security/user] contains \
         unrecognized parameter: [foo]\"},\"status\":400}"
    );
    let answer = get(server.address, "/_security/user?error_trace=true").await;
    assert_eq!(answer.text(), r#"{"error":"error traces in responses are disabled.","status":400}"#);
}

#[tokio::test]
async fn health_is_open_and_metrics_are_not() {
    let server = start(|config| config.admin = Some(([127, 0, 0, 1], 0).into())).await;
    for path in ["/_keyward/health/alive", "/_keyward/health/ready"] {
        let answer = ask(server.address, format!("GET {path} HTTP/1.1\r\n\r\n")).await;
        assert_eq!(answer.status, 200);
    }
    get(server.address, "/_security/_authenticate").await;
    let answer = get(server.address, "/_keyward/metrics").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text();
    assert!(
        text.contains(r#"keyward_http_answers_total{family="security",status="2xx",outcome="served"} 1"#),
        "{text}"
    );
    assert!(text.contains("keyward_view_revision "), "{text}");
    assert!(text.contains(r#"keyward_node_events_total{event="password_accepted"} "#), "{text}");
    assert!(text.ends_with("# EOF\n"));
    let admin = server.admin.unwrap();
    assert_eq!(ask(admin, "GET /_keyward/metrics HTTP/1.1\r\n\r\n").await.status, 200);
    assert_eq!(ask(admin, format!("GET /_security/user HTTP/1.1\r\n{ELASTIC}\r\n")).await.status, 400);
}
