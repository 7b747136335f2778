//! Many documents, and many requests at once.

mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::Node;
use serde_json::json;

fn bulk(index: &str, ids: std::ops::Range<u32>) -> String {
    ids.map(|id| {
        format!(
            "{{\"index\":{{\"_index\":\"{index}\",\"_id\":\"{id}\"}}}}\n{{\"id\":{id},\"name\":\"record number {id}\",\"team\":\"t{}\",\"when\":\"2024-01-{:02}\",\"score\":{}.5}}\n",
            id % 7, id % 28 + 1, id % 100
        )
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_thousand_two_hundred_and_one_records() {
    let directory = tempfile::tempdir().unwrap();
    let node = Arc::new(Node::open(directory.path()));
    // Twelve requests at once, overlapping nowhere.
    let loads: Vec<_> = (0..12)
        .map(|part: u32| {
            let node = Arc::clone(&node);
            tokio::spawn(async move {
                let ids = part * 267..((part + 1) * 267).min(3201);
                node.call("POST /_bulk?refresh=wait_for", bulk("records", ids)).await
            })
        })
        .collect();
    for load in loads {
        let answer = load.await.unwrap();
        assert_eq!((answer.status, &answer.body["errors"]), (200, &json!(false)), "{answer:?}");
    }
    assert_eq!(node.call("GET /_cat/count/records", "").await.rows()[0][2], "3201");
    drop(node);
    let node = Node::open(directory.path());
    assert_eq!(node.call("GET /_cat/count/records", "").await.rows()[0][2], "3201");
    assert_eq!(node.call("GET /records/_doc/3200", "").await.body["_source"]["team"], "t1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_deletions_of_indices_and_refreshes_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let node = Arc::new(Node::open(directory.path()));
    let until = Instant::now() + Duration::from_secs(3);
    let mut tasks = Vec::new();
    for writer in 0..3u32 {
        let node = Arc::clone(&node);
        tasks.push(tokio::spawn(async move {
            let mut written = 0;
            while Instant::now() < until {
                let refresh = ["", "?refresh=true", "?refresh=wait_for"][writer as usize];
                let answer = node.call(&format!("POST /_bulk{refresh}"), bulk("victim", 0..20)).await;
                assert_eq!(answer.status, 200, "{answer:?}");
                for item in answer.body["items"].as_array().unwrap() {
                    // Between its being found and its being written to, the index may have gone.
                    let status = item["index"]["status"].as_u64().unwrap();
                    assert!([200, 201, 404].contains(&status), "{item}");
                    written += u64::from(status != 404);
                }
            }
            written
        }));
    }
    for (line, fine) in [
        ("DELETE /victim", [200, 404]),
        ("POST /_refresh", [200, 404]),
        ("GET /victim/_doc/5", [200, 404]),
        ("GET /_cat/indices", [200, 404]),
        ("PUT /victim", [200, 400]),
    ] {
        let node = Arc::clone(&node);
        tasks.push(tokio::spawn(async move {
            while Instant::now() < until {
                let answer = node.call(line, "").await;
                assert!(fine.contains(&answer.status), "{line}: {answer:?}");
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
            1
        }));
    }
    for task in tasks {
        assert!(task.await.unwrap() > 0);
    }
    assert!(node.engine.is_healthy());
    node.call("DELETE /victim?ignore_unavailable=true", "").await;
    assert_eq!(node.call("POST /_bulk?refresh", bulk("victim", 0..50)).await.body["errors"], false);
    assert_eq!(node.call("GET /_cat/count/victim", "").await.rows()[0][2], "50");
    drop(node);
    let node = Node::open(directory.path());
    assert_eq!(node.call("GET /_cat/count/victim", "").await.rows()[0][2], "50");
    assert_eq!(std::fs::read_dir(directory.path().join("indices")).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_becomes_visible_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /i/_doc/1", "{}").await;
    let written = Instant::now();
    while node.call("GET /_cat/count/i", "").await.rows()[0][2] != "1" {
        assert!(written.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_fails_stops_writes_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let config = keyward_engine_tantivy::EngineConfig { translog_file_bytes: 300, ..Default::default() };
    let node = Node::open_with(directory.path(), config);
    node.call("PUT /i/_doc/1?refresh", r#"{"a":1}"#).await;
    std::fs::rename(directory.path().join("translog"), directory.path().join("elsewhere")).unwrap();
    let mut status = 0;
    for _ in 0..20 {
        let answer = node.call("PUT /i/_doc/2?refresh=wait_for", r#"{"a":2}"#).await;
        status = answer.status;
        if status == 503 {
            break;
        }
    }
    assert_eq!(status, 503);
    assert!(!node.engine.is_healthy());
    assert_eq!(node.call("PUT /j", "").await.status, 503);
    assert_eq!(node.call("POST /_bulk", bulk("i", 0..2)).await.body["items"][0]["index"]["status"], 503);
    assert_eq!(node.call("GET /i/_doc/1", "").await.status, 200);
}
