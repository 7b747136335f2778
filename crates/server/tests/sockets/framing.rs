//! Malformed requests over real sockets: every one is answered and ends its connection.

use std::time::Duration;

use crate::common::{ELASTIC, ask, connect, get, start};

#[tokio::test]
async fn malformed_heads_are_told_in_the_envelope_and_close() {
    let server = start(|_| {}).await;
    let auth = format!("GET /_security/user HTTP/1.1\r\nHost: x\r\n{ELASTIC}");
    let cases: Vec<(Vec<u8>, u16, &str)> = vec![
        (b"nonsense\r\n\r\n".to_vec(), 400, "the request line"),
        (b"GET / HTTP/1.0\r\n\r\n".to_vec(), 505, "only HTTP/1.1"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 505, "only HTTP/1.1"),
        (b"GET http://evil/ HTTP/1.1\r\n\r\n".to_vec(), 400, "the target"),
        (b"GET /caf\xc3\xa9 HTTP/1.1\r\n\r\n".to_vec(), 400, "the target"),
        (b"KEYWARD-REFUSED /host HTTP/1.1\r\n\r\n".to_vec(), 400, "the method"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n".to_vec(), 400, "carriage return"),
        (format!("{auth}Bad Header: x\r\n\r\n").into_bytes(), 400, "a header line"),
        (format!("{auth}X : x\r\n\r\n").into_bytes(), 400, "a header line"),
        (format!("{auth}X: a\r\n b\r\n\r\n").into_bytes(), 400, "a header line"),
        (format!("{auth}X: a\nY: b\r\n\r\n").into_bytes(), 400, "carriage return"),
        (format!("{auth}Host: y\r\n\r\n").into_bytes(), 400, "[Host]"),
        (format!("{auth}Content-Length: 1\r\nContent-Length: 2\r\n\r\n").into_bytes(), 400, "[Content-Length]"),
        (format!("{auth}Content-Length: 1x\r\n\r\n").into_bytes(), 400, "[Content-Length]"),
        (format!("{auth}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{{}}").into_bytes(), 400, "both"),
        (format!("{auth}Transfer-Encoding: gzip\r\n\r\n").into_bytes(), 400, "[Transfer-Encoding]"),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(5000)).into_bytes(), 400, "An HTTP line is larger than 4096"),
        (format!("{auth}X: {}\r\n\r\n", "a".repeat(30_000)).into_bytes(), 400, "HTTP header is larger than 16384"),
        (format!("{auth}{}\r\n", "X: a\r\n".repeat(200)).into_bytes(), 400, "more than 100 lines"),
    ];
    for (request, status, text) in cases {
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        let mut client = connect(server.address).await;
        client.send(&request).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
        assert!(answer.text().contains(text), "{shown}: {}", answer.text());
        assert_eq!(answer.header("connection"), Some("close"), "{shown}");
        assert!(client.is_closed().await, "{shown}");
    }
    assert_eq!(get(server.address, "/_security/_authenticate").await.status, 200);
}

#[tokio::test]
async fn nothing_is_read_after_a_refused_head() {
    let server = start(|_| {}).await;
    let mut client = connect(server.address).await;
    let good = format!("GET /_security/_authenticate HTTP/1.1\r\nHost: x\r\n{ELASTIC}\r\n");
    client.send(format!("{good}GET / HTTP/1.1\nHost: x\r\n\r\n{good}")).await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(client.answer().await.status, 400);
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn requests_may_follow_each_other_without_waiting() {
    let server = start(|_| {}).await;
    let mut client = connect(server.address).await;
    let body = r#"{"name":"a"}"#;
    let request = format!(
        "GET /_security/_authenticate HTTP/1.1\r\nHost: x\r\n{ELASTIC}\r\n\
         POST /_security/api_key HTTP/1.1\r\nHost: x\r\n{ELASTIC}Content-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}\
         POST /_security/api_key HTTP/1.1\r\nHost: x\r\n{ELASTIC}Content-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"nam\r\n7\r\ne\":\"a\"}}\r\n0\r\n\r\n\
         HEAD /_security/_authenticate HTTP/1.1\r\nHost: x\r\n{ELASTIC}\r\n\
         GET /_security/user HTTP/1.1\r\nHost: x\r\n{ELASTIC}\r\n",
        body.len()
    );
    client.send(request).await;
    assert_eq!(client.answer().await.json()["api"], "security.authenticate");
    assert_eq!(client.answer().await.json()["body"], body);
    assert_eq!(client.answer().await.json()["body"], body);
    let head = client.answer_to(true).await.unwrap();
    assert_eq!(head.status, 405);
    assert_ne!(head.header("content-length"), Some("0"));
    assert_eq!(client.answer().await.json()["api"], "security.get_user");
}

#[tokio::test]
async fn a_head_may_come_in_pieces_but_not_forever() {
    let server = start(|config| {
        config.limits.header_timeout = Duration::from_millis(300);
        config.limits.idle_timeout = Duration::from_millis(900);
    })
    .await;
    let mut client = connect(server.address).await;
    for piece in ["GET /_security/_auth", "enticate HTTP/1.1\r\nHo", "st: x\r\n", ELASTIC, "\r\n"] {
        client.send(piece).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(client.answer().await.status, 200);
    // One byte now and then does not help.
    for _ in 0..8 {
        client.send("G").await;
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    let answer = client.answer().await;
    assert_eq!(answer.status, 408);
    assert!(client.is_closed().await);
    // A connection without a request is closed without a word.
    let mut idle = connect(server.address).await;
    assert!(idle.is_closed().await);
}

#[tokio::test]
async fn waiting_for_a_long_answer_is_no_idleness() {
    let server = start(|config| config.limits.idle_timeout = Duration::from_millis(100)).await;
    let answer = get(server.address, "/_security/settings").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let server = start(|config| config.limits.stall_timeout = Duration::from_millis(200)).await;
    let head = format!("POST /_security/api_key HTTP/1.1\r\nHost: x\r\n{ELASTIC}Content-Type: application/json\r\n");
    let mut client = connect(server.address).await;
    client.send(format!("{head}Content-Length: 100\r\n\r\n{{")).await;
    let answer = client.answer_to(false).await;
    assert!(answer.is_none_or(|answer| answer.status == 408));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_malformed_chunk_is_no_body() {
    let server = start(|_| {}).await;
    let head = format!("POST /_security/api_key HTTP/1.1\r\nHost: x\r\n{ELASTIC}Content-Type: application/json\r\n");
    for chunks in ["zz\r\n{}\r\n0\r\n\r\n", "2\n{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n"] {
        let mut client = connect(server.address).await;
        client.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}")).await;
        let answer = client.answer_to(false).await;
        assert!(answer.is_none_or(|answer| answer.status == 400), "{chunks}");
        assert!(client.is_closed().await, "{chunks}");
    }
}

#[tokio::test]
async fn a_client_is_told_to_go_on_only_after_it_was_let_in() {
    let server = start(|_| {}).await;
    let mut client = connect(server.address).await;
    let head = "POST /_security/api_key HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n";
    client.send(format!("{head}Expect: 100-continue\r\n\r\n")).await;
    assert_eq!(client.answer().await.status, 401);
    let mut client = connect(server.address).await;
    client.send(format!("{head}{ELASTIC}Expect: 100-continue\r\n\r\n")).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.send("{}").await;
    assert_eq!(client.answer().await.json()["body"], "{}");
    let answer = ask(server.address, format!("{head}{ELASTIC}Expect: a miracle\r\n\r\n{{}}")).await;
    assert_eq!((answer.status, answer.body.len()), (417, 0));
    assert_eq!(answer.header("connection"), Some("close"));
}
