//! What the server says of itself, and what it does not serve.

use keyward_api::{LicenceType, UNSERVED};
use keyward_rest::BodyKind;
use serde_json::{Value, json};

use crate::harness::{ELASTIC, Harness};

#[tokio::test]
async fn who_one_is() {
    let harness = Harness::new().await;
    let me = harness.call(ELASTIC, "GET /_security/_authenticate", "").await.ok();
    assert_eq!(
        me.to_string(),
        r#"{"username":"elastic","roles":["superuser"],"full_name":null,"email":null,"metadata":{"_reserved":true},"enabled":true,"authentication_realm":{"name":"reserved","type":"reserved"},"lookup_realm":{"name":"reserved","type":"reserved"},"authentication_type":"realm"}"#
    );
    let (id, key) = harness.key(ELASTIC, r#"{"name":"ingest-7","metadata":{"a":1}}"#).await;
    let me = harness.call(&key, "GET /_security/_authenticate", "").await.ok();
    let expected = format!(
        r#"{{"username":"elastic","roles":[],"full_name":null,"email":null,"metadata":{{"_reserved":true}},"enabled":true,"authentication_realm":{{"name":"_es_api_key","type":"_es_api_key"}},"lookup_realm":{{"name":"_es_api_key","type":"_es_api_key"}},"authentication_type":"api_key","api_key":{{"id":"{id}","name":"ingest-7","managed_by":"elasticsearch"}}}}"#
    );
    assert_eq!(me.to_string(), expected);
    // A key that acts as a user is shown as that user.
    harness.user("ada", &[]).await;
    let me = harness.call_as(&key, Some("ada"), "GET /_security/_authenticate", "").await.ok();
    assert_eq!((&me["username"], &me["authentication_type"]), (&json!("ada"), &json!("api_key")));
    assert_eq!(me["authentication_realm"]["name"], "_es_api_key");
    assert!(me.get("api_key").is_none());
}

#[tokio::test]
async fn the_greeting_and_the_nodes() {
    let harness = Harness::new().await;
    let root = harness.call(ELASTIC, "GET /", "").await.ok();
    assert_eq!((&root["version"]["number"], &root["tagline"]), (&json!("9.5.0"), &json!("You Know, for Search")));
    assert_eq!(harness.call(ELASTIC, "HEAD /", "").await.status, 200);
    let eve = harness.user("eve", &[]).await;
    assert_eq!(harness.call(&eve, "GET /", "").await.status, 403);
    let node = |seen: Value| seen["nodes"]["n0yWd3VbQxqS7kP1tL5mRg"].clone();
    for path in
        ["/_nodes", "/_nodes/http", "/_nodes/_all/http", "/_nodes/keyward-0", "/_nodes/_local", "/_nodes/key*/http"]
    {
        let seen = harness.call(ELASTIC, &format!("GET {path}"), "").await.ok();
        assert_eq!(seen["_nodes"], json!({"total": 1, "successful": 1, "failed": 0}), "{path}");
        assert_eq!(node(seen)["http"]["publish_address"], "127.0.0.1:9200", "{path}");
    }
    let seen = harness.call(ELASTIC, "GET /_nodes/other/http", "").await.ok();
    assert_eq!((&seen["_nodes"]["total"], &seen["nodes"]), (&json!(0), &json!({})));
    let seen = harness.call(ELASTIC, "GET /_nodes/os", "").await.ok();
    assert!(node(seen).get("http").is_none());
    let stats = harness.call(ELASTIC, "GET /_security/stats", "").await.ok();
    assert_eq!(node(stats)["roles"]["dls"]["bit_set_cache"]["memory"], "0b");
}

#[tokio::test]
async fn licences() {
    let harness = Harness::new().await;
    let licence = harness.call(ELASTIC, "GET /_license", "").await.ok();
    assert_eq!((&licence["license"]["type"], &licence["license"]["status"]), (&json!("enterprise"), &json!("active")));
    assert_eq!(licence["license"]["issue_date"], "2026-01-01T00:00:00.000Z");
    harness.call(ELASTIC, "GET /_license?accept_enterprise=false", "").await.refused(
        400,
        "illegal_argument_exception",
        "The [accept_enterprise] parameters may not be false",
    );
    let xpack = harness.call(ELASTIC, "GET /_xpack?categories=license,features&human=false", "").await.ok();
    assert_eq!(xpack.as_object().unwrap().keys().collect::<Vec<_>>(), ["license", "features"]);
    assert_eq!(xpack["features"]["security"], json!({"available": true, "enabled": true}));
    let usage = harness.call(ELASTIC, "GET /_xpack/usage", "").await.ok();
    assert_eq!(usage["security"]["realms"]["native"]["enabled"], true);
    assert_eq!(usage["security"]["api_key_service"]["enabled"], true);

    // A licence that is missing wins over a body that is wrong and a caller that may not.
    let harness = Harness::with(|_| {}, |api| api.licence = LicenceType::Basic).await;
    let eve = harness.user("eve", &[]).await;
    let seen = harness.call(&eve, "POST /_security/cross_cluster/api_key", "{nonsense").await;
    let feature = "advanced-remote-cluster-security";
    seen.refused(403, "security_exception", &format!("current license is non-compliant for [{feature}]"));
    assert_eq!(seen.body["error"]["license.expired.feature"], feature);
    let licence = harness.call(ELASTIC, "GET /_license", "").await.ok();
    assert!(licence["license"].get("expiry_date").is_none());
}

#[tokio::test]
async fn realms_forget_passwords() {
    let harness = Harness::new().await;
    let seen = harness.call(ELASTIC, "POST /_security/realm/default_native,reserved/_clear_cache", "").await.ok();
    assert_eq!(seen["_nodes"]["successful"], 1);
    let seen = harness.call(ELASTIC, "POST /_security/realm/nowhere/_clear_cache", "").await.ok();
    assert_eq!(seen["_nodes"]["failed"], 1);
    let cause = &seen["_nodes"]["failures"][0]["caused_by"]["reason"];
    assert_eq!(cause, "could not find active realm [nowhere]");
}

#[tokio::test]
async fn the_unserved_are_told_to_those_who_could_use_them() {
    let harness = Harness::new().await;
    let eve = harness.user("eve", &[]).await;
    for api in UNSERVED {
        for row in keyward_rest::catalog().api(api) {
            let mut path = row.path.to_owned();
            for placeholder in &row.placeholders {
                path = path.replace(&format!("{{{placeholder}}}"), "x");
            }
            let line = format!("{} {path}", row.method.as_ref().unwrap());
            let body = if row.body == BodyKind::None { "" } else { "{}" };
            let (seen, refused) = (harness.call(ELASTIC, &line, body).await, harness.call(&eve, &line, body).await);
            assert_eq!((seen.status, refused.status), (501, 403), "{line}");
            assert!(seen.reason().contains(api), "{}", seen.reason());
        }
    }
}
