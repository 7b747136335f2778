//! Searching keys; the numbers are those of the cases in the contract's sheet.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{ELASTIC, Harness, NOW};

const QUERY: &str = "POST /_security/_query/api_key";

fn names(found: &Value) -> Vec<&str> {
    found["api_keys"].as_array().unwrap().iter().map(|key| key["name"].as_str().unwrap()).collect()
}

/// Keys of two users: one, two, three of `ada` and four of `boss`; two ends, three was invalidated.
async fn four_keys() -> (Harness, String, Vec<String>) {
    let harness = Harness::new().await;
    harness.role("owners", r#"{"cluster":["manage_own_api_key"]}"#).await;
    harness.role("managers", r#"{"cluster":["manage_api_key"]}"#).await;
    let (ada, boss) = (harness.user("ada", &["owners"]).await, harness.user("boss", &["managers"]).await);
    let mut ids = Vec::new();
    for (who, body) in [
        (&ada, r#"{"name":"one","metadata":{"letter":"b","tag":2,"env":{"stage":"prod"}}}"#),
        (&ada, r#"{"name":"two","expiration":"10d","metadata":{"letter":"a","list":["x","y"]}}"#),
        (&ada, r#"{"name":"three"}"#),
        (&boss, r#"{"name":"Four","expiration":"40d","metadata":{"letter":"c"}}"#),
    ] {
        ids.push(harness.key(who, body).await.0);
        harness.pass(Duration::from_secs(60));
    }
    harness.call(&boss, "DELETE /_security/api_key", &json!({"ids": ids[2]}).to_string()).await.ok();
    (harness, ada, ids)
}

#[tokio::test]
async fn what_is_found() {
    let (harness, _, ids) = four_keys().await;
    let found = async |query: Value| {
        let found = harness.call("boss:password", QUERY, &json!({"query": query}).to_string()).await.ok();
        assert_eq!(found["total"], found["count"]);
        names(&found).join(" ")
    };
    for (query, expected) in [
        (json!({"match_all": {}}), "one two three Four"),
        (json!({"term": {"username": "ada"}}), "one two three"),
        (json!({"term": {"name": {"value": "FOUR", "case_insensitive": true}}}), "Four"),
        (json!({"terms": {"name": ["one", "Four", "none"]}}), "one Four"),
        (json!({"match": {"name": "two"}}), "two"),
        (json!({"term": {"name": "ada"}}), ""),
        (json!({"term": {"type": "rest"}}), "one two three Four"),
        (json!({"bool": {"must_not": {"term": {"type": "cross_cluster"}}}}), "one two three Four"),
        (json!({"prefix": {"name": "t"}}), "two three"),
        (json!({"wildcard": {"name": "*o*"}}), "one two Four"),
        (json!({"ids": {"values": [ids[0], "nope"]}}), "one"),
        (json!({"term": {"invalidated": true}}), "three"),
        (json!({"term": {"invalidated": "false"}}), "one two Four"),
        (json!({"exists": {"field": "expiration"}}), "two Four"),
        (json!({"exists": {"field": "invalidation"}}), "three"),
        (json!({"exists": {"field": "metadata.letter"}}), "one two Four"),
        (json!({"range": {"expiration": {"gte": "now+35d/d"}}}), "Four"),
        (json!({"range": {"creation": {"gt": NOW.as_millis(), "lte": NOW.as_millis() + 120_000}}}), "two three"),
        (json!({"range": {"username": {"gte": "b"}}}), "Four"),
        (json!({"term": {"metadata.tag": 2}}), "one"),
        (json!({"term": {"metadata.tag": "2"}}), "one"),
        (json!({"term": {"metadata.env.stage": "prod"}}), "one"),
        (json!({"term": {"metadata.env": "prod"}}), ""),
        (json!({"term": {"metadata": "prod"}}), "one"),
        (json!({"term": {"metadata.list": "y"}}), "two"),
        (json!({"wildcard": {"metadata.letter": "?"}}), "one two Four"),
        (
            json!({"bool": {"filter": [{"term": {"username": "ada"}}], "must_not": [{"term": {"invalidated": true}}]}}),
            "one two",
        ),
        (json!({"bool": {"should": [{"term": {"name": "one"}}, {"term": {"name": "Four"}}]}}), "one Four"),
        (
            json!({"bool": {"filter": {"term": {"username": "ada"}}, "should": [{"term": {"name": "one"}}]}}),
            "one two three",
        ),
        (
            json!({"bool": {"should": [{"prefix": {"name": "t"}}, {"term": {"invalidated": true}}], "minimum_should_match": 2}}),
            "three",
        ),
        (json!({"simple_query_string": {"query": "-re*", "fields": ["ty*"]}}), ""),
        (json!({"simple_query_string": {"query": "x", "fields": ["api_key_hash"]}}), ""),
        (json!({"simple_query_string": {"query": "one | Four", "fields": ["name"]}}), "one Four"),
        (json!({"simple_query_string": {"query": "boss"}}), "Four"),
    ] {
        assert_eq!(found(query.clone()).await, expected, "{query}");
    }
}

#[tokio::test]
async fn who_finds_what_41_to_43() {
    let (harness, ada, ids) = four_keys().await;
    let own = harness.call(&ada, "GET /_security/_query/api_key", "").await.ok();
    assert_eq!((names(&own), &own["total"]), (vec!["one", "two", "three"], &json!(3)));
    let limited = harness.call(&ada, "POST /_security/_query/api_key?with_limited_by=true", "{}").await.ok();
    assert!(limited["api_keys"][0]["limited_by"][0].get("owners").is_some());
    let nothing = harness.call(&ada, QUERY, r#"{"query":{"term":{"username":"boss"}}}"#).await.ok();
    assert_eq!(nothing.to_string(), r#"{"total":0,"count":0,"api_keys":[]}"#);
    // A key finds itself and nothing else.
    let (id, key) = harness.key(&ada, r#"{"name":"self"}"#).await;
    let own = harness.call(&key, QUERY, "{}").await.ok();
    assert_eq!(own["api_keys"][0]["id"], id);
    assert_eq!(own["total"], 1);
    assert_eq!(harness.call(&key, "POST /_security/_query/api_key?with_limited_by=true", "{}").await.status, 403);
    let eve = harness.user("eve", &[]).await;
    assert_eq!(harness.call(&eve, QUERY, "{}").await.status, 403);
    let all = harness.call(ELASTIC, QUERY, "").await.ok();
    assert_eq!(all["total"], json!(ids.len() + 1));
    assert!(all["api_keys"][0].get("_sort").is_none());
}

#[tokio::test]
async fn orders_and_pages_50_51() {
    let (harness, _, _) = four_keys().await;
    let ask = async |body: Value| harness.call(ELASTIC, QUERY, &body.to_string()).await.ok();
    let zero = ask(json!({"size": 0})).await;
    assert_eq!(zero.to_string(), r#"{"total":4,"count":0,"api_keys":[]}"#);
    for (sort, expected) in [
        (json!(["name"]), "Four one three two"),
        (json!([{"name": "desc"}]), "two three one Four"),
        (json!({"creation": {"order": "desc"}}), "Four three two one"),
        (json!(["_doc"]), "one two three Four"),
        (json!(["expiration"]), "two Four one three"),
        (json!([{"expiration": {"order": "desc"}}]), "Four two one three"),
        (json!([{"expiration": {"missing": "_first"}}]), "one three two Four"),
        (json!(["metadata.letter"]), "two one Four three"),
        (json!(["invalidated", {"username": "desc"}]), "Four one two three"),
    ] {
        assert_eq!(names(&ask(json!({"sort": sort})).await).join(" "), expected, "{sort}");
    }
    let middle = ask(json!({"sort": ["name"], "from": 1, "size": 2})).await;
    assert_eq!((names(&middle), &middle["total"], &middle["count"]), (vec!["one", "three"], &json!(4), &json!(2)));
    let first = ask(json!({"sort": ["expiration", "username"], "size": 1})).await;
    assert_eq!(first["api_keys"][0]["_sort"], json!([NOW.as_millis() + 60_000 + 864_000_000, "ada"]));

    let sort = json!(["expiration", "name"]);
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let mut body = json!({"sort": sort, "size": 1});
        if let Some(after) = after {
            body["search_after"] = after;
        }
        let page = ask(body).await;
        assert_eq!(page["total"], 4);
        let Some(key) = page["api_keys"].get(0) else { break };
        walked.push(key["name"].as_str().unwrap().to_owned());
        after = Some(key["_sort"].clone());
    }
    assert_eq!(walked, ["two", "Four", "one", "three"]);
    let formatted = ask(json!({"sort": [{"creation": {"format": "strict_date_optional_time"}}], "size": 1})).await;
    assert_eq!(formatted["api_keys"][0]["_sort"][0], "2026-08-16T08:13:20.123Z");
}

#[tokio::test]
async fn searches_that_are_refused_44_to_47_52() {
    let (harness, _, _) = four_keys().await;
    let field = |name: &str| format!("Field [{name}] is not allowed for querying or aggregation");
    let kind = |name: &str| format!("Query type [{name}] is not currently supported in this context");
    let illegal = "illegal_argument_exception";
    for (body, reason) in [
        (json!({"query": {"term": {"doc_type": "api_key"}}}), field("doc_type")),
        (json!({"query": {"prefix": {"api_key_hash": "{"}}}), field("api_key_hash")),
        (json!({"query": {"term": {"realm": "x"}}}), field("realm")),
        (json!({"query": {"bool": {"must_not": [{"term": {"id": "x"}}]}}}), field("id")),
        (
            json!({"query": {"exists": {"field": "na*"}}}),
            "Field name pattern [na*] is not allowed for querying or aggregation".to_owned(),
        ),
        (json!({"query": {"match_phrase": {"name": "x"}}}), kind("match_phrase")),
        (json!({"query": {"constant_score": {"filter": {"match_all": {}}}}}), kind("constant_score")),
        (json!({"query": {"query_string": {"query": "x"}}}), kind("query_string")),
        (
            json!({"query": {"range": {"creation": {"gte": 1, "relation": "within"}}}}),
            "range query with relation is not currently supported in this context".to_owned(),
        ),
        (
            json!({"query": {"terms": {"name": {"index": "i", "id": "1", "path": "p"}}}}),
            "terms query with terms lookup is not currently supported in this context".to_owned(),
        ),
        (json!({"sort": ["metadata_flattened.letter"]}), field("metadata_flattened.letter")),
        (json!({"sort": [1]}), "mal-formatted sort object".to_owned()),
        (
            json!({"sort": [{"name": {"nested": {"path": "x"}}}]}),
            "nested sorting is not currently supported in this context".to_owned(),
        ),
        (
            json!({"from": 9_999, "size": 2}),
            "Result window is too large, from + size must be less than or equal to: [10000] but was [10001]".to_owned(),
        ),
        (
            json!({"aggs": {"a": {"terms": {"field": "name"}}}}),
            "[aggs] is not supported when searching API keys".to_owned(),
        ),
        (
            json!({"sort": ["name"], "search_after": ["a", "b"]}),
            "search_after has 2 value(s) but sort has 1.".to_owned(),
        ),
    ] {
        harness.call(ELASTIC, QUERY, &body.to_string()).await.refused(400, illegal, &reason);
    }
    for (name, text) in [("from", "-1"), ("size", "-5")] {
        let seen = harness.call(ELASTIC, QUERY, &format!(r#"{{"{name}":{text}}}"#)).await;
        let text = format!("Validation Failed: 1: [{name}] parameter cannot be negative but was [{text}];");
        seen.refused(400, "action_request_validation_exception", &text);
    }
    let date = harness.call(ELASTIC, QUERY, r#"{"query":{"range":{"creation":{"gte":"soon"}}}}"#).await;
    assert_eq!(date.status, 400, "{}", date.body);
}
