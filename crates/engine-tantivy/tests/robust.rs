//! Bodies that are almost right: whatever stands where, the answer is an answer and never a failure of the server.

#![expect(clippy::unwrap_used, reason = "a test may fail so")]

mod common;

use common::Node;
use serde_json::{Value, json};

/// What is put in the place of each value.
fn odd() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("*"),
        json!("<x-{now/d}>"),
        json!("a,b"),
        json!("é\u{0}\n\u{1}\u{202e}"),
        json!("x".repeat(3000)),
        json!([]),
        json!([[], [null]]),
        json!({}),
        json!({ "": { "": 1 } }),
        json!({ "a.b.c": [{ "d": {} }], ".": 1 }),
        json!({ "type": "keyword" }),
    ]
}

/// The body with each of its values, in turn, replaced by each odd one; and with a member more in each object.
fn variations(body: &Value) -> Vec<Value> {
    fn places(value: &Value, path: String, into: &mut Vec<String>) {
        into.push(path.clone());
        match value {
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| places(item, format!("{path}/{at}"), into));
            }
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| places(value, format!("{path}/{name}"), into));
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    places(body, String::new(), &mut found);
    let mut variations = Vec::new();
    for place in found {
        for odd in odd() {
            let mut variation = body.clone();
            *variation.pointer_mut(&place).unwrap() = odd;
            variations.push(variation);
        }
        let mut variation = body.clone();
        if let Some(object) = variation.pointer_mut(&place).unwrap().as_object_mut() {
            object.insert("unknown".to_owned(), json!(1));
            variations.push(variation);
        }
    }
    variations
}

#[tokio::test]
async fn almost_right_bodies_are_refused_or_served() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /i", r#"{"mappings":{"properties":{"n":{"type":"long"},"k":{"type":"keyword"},"d":{"type":"date"},"o":{"properties":{"b":{"type":"boolean"},"ip":{"type":"ip"}}}}}}"#).await;
    node.call("PUT /i/_doc/1", r#"{"n":1}"#).await;
    let document =
        json!({ "n": [1, "2"], "k": "x", "d": "2024-01-01", "o": { "b": true, "ip": "::1" }, "new": { "x": [1.5] } });
    let requests = [
        ("PUT /i/_doc/2", document.clone()),
        ("PUT /fresh/_create/2?refresh", document.clone()),
        (
            "POST /i/_update/1",
            json!({ "doc": { "n": 2, "o": { "b": false } }, "upsert": { "n": 1 }, "detect_noop": true }),
        ),
        ("POST /i/_update/9", json!({ "doc": { "n": 2 }, "doc_as_upsert": true })),
        (
            "PUT /made",
            json!({ "settings": { "index": { "number_of_replicas": 1 }, "hidden": false }, "aliases": { "al": { "is_write_index": true } },
                "mappings": { "dynamic": "strict", "_meta": { "a": 1 }, "date_detection": true, "_source": { "enabled": true },
                    "properties": { "t": { "type": "text", "fields": { "raw": { "type": "keyword", "ignore_above": 5, "null_value": "x" } } },
                        "d": { "type": "date", "format": "yyyy" }, "f": { "type": "half_float", "coerce": false } } } }),
        ),
        (
            "PUT /i/_mapping",
            json!({ "properties": { "z": { "type": "integer", "index": false }, "o": { "properties": { "y": { "type": "ip" } } } } }),
        ),
        ("PUT /i/_settings", json!({ "index": { "number_of_replicas": 2 }, "hidden": "true" })),
        (
            "POST /_aliases",
            json!({ "actions": [{ "add": { "index": "i", "alias": "al2", "is_hidden": true } }, { "remove": { "indices": ["i"], "aliases": ["al*"], "must_exist": false } }] }),
        ),
        ("PUT /i/_alias/al3", json!({ "is_write_index": true })),
        (
            "POST /_mget",
            json!({ "docs": [{ "_index": "i", "_id": "1", "_source": { "includes": ["n"], "excludes": "o" } }] }),
        ),
    ];
    for (line, body) in requests {
        for variation in variations(&body) {
            let answer = node.call(line, variation.to_string()).await;
            assert!(answer.status < 500, "{line} {variation}: {answer:?}");
            if line == "PUT /made" && answer.status == 200 {
                let gone = node.call("DELETE /made", "").await;
                assert_eq!(gone.status, 200, "{variation}: {gone:?}");
            }
        }
    }
    for line in document.as_object().unwrap().keys() {
        for odd in odd() {
            let bulk = format!(
                "{{\"index\":{{\"_index\":\"i\"}}}}\n{}\n{{\"update\":{{\"_index\":\"i\",\"_id\":\"1\"}}}}\n{}\n",
                json!({ line: odd }),
                json!({ "doc": odd })
            );
            let answer = node.call("POST /_bulk", bulk).await;
            assert!(answer.status < 500, "{answer:?}");
            for item in answer.body["items"].as_array().into_iter().flatten() {
                let item = item.as_object().unwrap().values().next().unwrap();
                assert!(item["status"].as_u64().unwrap() < 500, "{item}");
            }
        }
    }
    assert!(node.engine.is_healthy());
    assert_eq!(node.call("POST /_refresh", "").await.status, 200);
    // And all of it can be read again.
    drop(node);
    Node::open(directory.path());
}
