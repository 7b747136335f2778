//! Indices, mappings, aliases and tables through the API.

mod common;

use common::Node;
use serde_json::json;

#[tokio::test]
async fn an_index_from_creation_to_deletion() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    let body = r#"{"settings":{"number_of_replicas":0,"index":{"hidden":true}},
        "mappings":{"properties":{"b":{"type":"date"},"a":{"properties":{"x":{"type":"long"}}}}},
        "aliases":{"al":{"is_hidden":true}}}"#;
    let created = node.call("PUT /logs", body).await;
    assert_eq!(created.body, json!({ "acknowledged": true, "shards_acknowledged": true, "index": "logs" }));
    let again = node.call("PUT /logs", "").await;
    assert_eq!(again.error().0, "resource_already_exists_exception");
    assert!(again.error().1.starts_with("index [logs/") && again.error().1.ends_with("] already exists"));
    assert_eq!(node.call("HEAD /logs", "").await.status, 200);
    assert_eq!(node.call("HEAD /nope", "").await.status, 404);
    let got = node.call("GET /logs", "").await;
    let index = &got.body["logs"];
    assert_eq!(index["aliases"], json!({ "al": { "is_hidden": true } }));
    assert_eq!(index["mappings"]["properties"]["a"], json!({ "properties": { "x": { "type": "long" } } }));
    let settings = &index["settings"]["index"];
    assert_eq!((&settings["hidden"], &settings["number_of_replicas"]), (&json!("true"), &json!("0")));
    assert_eq!(settings["creation_date"], common::NOW.to_string());
    let flat = node.call("GET /logs/_settings/index.number*?flat_settings", "").await;
    assert_eq!(
        flat.body,
        json!({ "logs": { "settings": { "index.number_of_replicas": "0", "index.number_of_shards": "1" } } })
    );
    // Hidden: wildcards pass over it.
    assert_eq!(node.call("GET /*/_mapping", "").await.body, json!({}));
    let by_alias = node.call("DELETE /al", "").await;
    assert_eq!(
        by_alias.error(),
        (
            "illegal_argument_exception",
            "The provided expression [al] matches an alias, specify the corresponding concrete indices instead."
        )
    );
    assert_eq!(node.call("DELETE /logs", "").await.body, json!({ "acknowledged": true }));
    assert_eq!(node.call("GET /logs", "").await.error(), ("index_not_found_exception", "no such index [logs]"));
    assert_eq!(node.call("DELETE /logs", "").await.status, 404);
    assert_eq!(node.call("DELETE /logs?ignore_unavailable=true", "").await.status, 200);
}

#[tokio::test]
async fn names_that_no_index_can_have() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    let upper = node.call("PUT /Logs", "").await;
    assert_eq!(upper.error(), ("invalid_index_name_exception", "Invalid index name [Logs], must be lowercase"));
    let bulk = node.call("POST /_bulk", "{\"index\":{\"_index\":\"Logs\"}}\n{}\n").await;
    assert_eq!(bulk.body["items"][0]["index"]["error"]["type"], "invalid_index_name_exception");
    node.call("PUT /i", r#"{"aliases":{"a":{}}}"#).await;
    let taken = node.call("PUT /a", "").await;
    assert_eq!(taken.error(), ("invalid_index_name_exception", "Invalid index name [a], already exists as alias"));
    let alias = node.call("PUT /i/_alias/i", "").await;
    assert_eq!(
        alias.error(),
        (
            "invalid_alias_name_exception",
            "Invalid alias name [i]: an index or data stream exists with the same name as the alias"
        )
    );
}

#[tokio::test]
async fn mappings_grow_and_never_change() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /i", r#"{"mappings":{"properties":{"n":{"type":"long"}}}}"#).await;
    let put = node.call("PUT /i/_mapping", r#"{"properties":{"o.p":{"type":"keyword","ignore_above":9}}}"#).await;
    assert_eq!(put.body, json!({ "acknowledged": true }));
    let conflict = node.call("PUT /i/_mapping", r#"{"properties":{"n":{"type":"text"}}}"#).await;
    assert_eq!(
        conflict.error(),
        ("illegal_argument_exception", "mapper [n] cannot be changed from type [long] to [text]")
    );
    let unknown = node.call("PUT /i/_mapping", r#"{"properties":{"z":{"type":"lnog"}}}"#).await;
    assert_eq!(unknown.error().0, "mapper_parsing_exception");
    node.call(
        "PUT /i/_doc/1",
        r#"{"t":"some text","d":"2024-05-06","f":1.5,"b":true,"l":[1,2],"e":null,"k":{"v":"2024/05/06"}}"#,
    )
    .await;
    let mapping = node.call("GET /i/_mapping", "").await.body["i"]["mappings"]["properties"].clone();
    let keyword = json!({ "type": "keyword", "ignore_above": 256 });
    assert_eq!(
        mapping,
        json!({
            "b": { "type": "boolean" },
            "d": { "type": "date" },
            "f": { "type": "float" },
            "k": { "properties": { "v": { "type": "date", "format": "yyyy/MM/dd HH:mm:ss||yyyy/MM/dd||epoch_millis" } } },
            "l": { "type": "long" },
            "n": { "type": "long" },
            "o": { "properties": { "p": { "type": "keyword", "ignore_above": 9 } } },
            "t": { "type": "text", "fields": { "keyword": keyword } },
        })
    );
    // What dynamic mapping may not add is kept in the source only.
    node.call("PUT /i/_mapping", r#"{"dynamic":false}"#).await;
    node.call("PUT /i/_doc/2", r#"{"new":{"x":1}}"#).await;
    assert_eq!(node.call("GET /i/_mapping", "").await.body["i"]["mappings"]["dynamic"], "false");
    assert!(node.call("GET /i/_mapping", "").await.body["i"]["mappings"]["properties"].get("new").is_none());
    let many: String = (0..1001).map(|n| format!("\"f{n}\":1,")).collect();
    let many = format!("{{{}}}", many.trim_end_matches(','));
    let limit = node.call("PUT /j/_doc/1", many).await;
    assert_eq!(
        limit.error(),
        ("illegal_argument_exception", "Limit of total fields [1000] has been exceeded while adding new fields [1001]")
    );
}

#[tokio::test]
async fn aliases_are_added_shown_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    for name in ["a-1", "a-2", "b"] {
        node.call(&format!("PUT /{name}"), "").await;
    }
    let actions = r#"{"actions":[
        {"add":{"index":"a-*","alias":"all"}},
        {"add":{"index":"b","aliases":["all","only"],"is_write_index":true}}]}"#;
    assert_eq!(node.call("POST /_aliases", actions).await.body, json!({ "acknowledged": true }));
    assert_eq!(
        node.call("GET /_alias/on*", "").await.body,
        json!({ "b": { "aliases": { "only": { "is_write_index": true } } } })
    );
    let shown = node.call("GET /_alias", "").await.body;
    assert_eq!(shown.as_object().unwrap().len(), 3);
    let missing = node.call("GET /_alias/nope,only", "").await;
    assert_eq!((missing.status, &missing.body["error"]), (404, &json!("alias [nope] missing")));
    assert!(missing.body.get("b").is_some());
    assert_eq!(node.call("HEAD /_alias/all", "").await.status, 200);
    assert_eq!(node.call("HEAD /b/_alias/nope", "").await.status, 404);
    // Writes to an alias go to its write index, reads need one index.
    let written = node.call("PUT /all/_doc/1?refresh", "{}").await;
    assert_eq!((written.status, &written.body["_index"]), (201, &json!("b")));
    let several = node.call("GET /all/_doc/1", "").await;
    assert_eq!(
        several.error().1,
        "alias [all] has more than one index associated with it [a-1, a-2, b], can't execute a single index op"
    );
    assert_eq!(node.call("GET /only/_doc/1", "").await.body["_index"], "b");
    assert_eq!(node.call("GET /_cat/aliases?s=index", "").await.rows().len(), 4);
    let resolved = node.call("GET /_resolve/index/*", "").await;
    assert_eq!(resolved.body["indices"].as_array().unwrap().len(), 3);
    assert_eq!(resolved.body["aliases"][0], json!({ "name": "all", "indices": ["a-1", "a-2", "b"] }));

    let swap = r#"{"actions":[{"remove":{"index":"b","alias":"all"}},{"remove_index":{"index":"a-2"}}]}"#;
    assert_eq!(node.call("POST /_aliases", swap).await.status, 200);
    assert_eq!(node.call("DELETE /a-1/_alias/all", "").await.status, 200);
    let gone = node.call("DELETE /a-1/_alias/all", "").await;
    assert_eq!((gone.status, gone.error()), (404, ("aliases_not_found_exception", "aliases [all] missing")));
    let absent = node.call("PUT /all/_doc/1", "{}").await;
    assert_eq!((absent.status, &absent.body["_index"]), (201, &json!("all")), "the alias is gone, so an index is made");
    let refused = node.call("POST /_aliases", r#"{"actions":[{"remove_index":{"index":"a*"}}]}"#).await;
    assert_eq!(refused.error().1, "a wildcard in [remove_index] is not supported, found [a*]");
}

#[tokio::test]
async fn an_alias_without_a_write_index_takes_no_writes() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /a", r#"{"aliases":{"x":{}}}"#).await;
    assert_eq!(node.call("PUT /x/_doc/1", "{}").await.body["_index"], "a");
    node.call("PUT /b", r#"{"aliases":{"x":{}}}"#).await;
    let refused = node.call("PUT /x/_doc/1", "{}").await;
    assert_eq!(refused.status, 400);
    assert!(refused.error().1.starts_with("no write index is defined for alias [x]"), "{refused:?}");
}

#[tokio::test]
async fn health_and_tables() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    let health = node.call("GET /_cluster/health", "").await;
    assert_eq!((health.status, &health.body["status"]), (200, &json!("green")));
    node.call("PUT /i/_doc/1?refresh", r#"{"a":1}"#).await;
    let health = node.call("GET /_cluster/health?level=indices", "").await;
    assert_eq!((&health.body["status"], &health.body["unassigned_shards"]), (&json!("yellow"), &json!(1)));
    assert_eq!(health.body["indices"]["i"]["active_shards"], 1);
    let waited = node.call("GET /_cluster/health?wait_for_status=green&timeout=1s", "").await;
    assert_eq!((waited.status, &waited.body["timed_out"]), (408, &json!(true)));
    assert_eq!(node.call("GET /_cluster/health/i?wait_for_status=yellow&wait_for_nodes=>=1", "").await.status, 200);
    assert_eq!(node.call("GET /_cluster/health/nope", "").await.status, 408);
    let rows = node.call("GET /_cat/indices", "").await.rows();
    assert_eq!((rows[0][0].as_str(), rows[0][2].as_str(), rows[0][6].as_str()), ("yellow", "i", "1"));
    assert_eq!(node.call("GET /_cat/health", "").await.rows()[0][3], "yellow");
    let shards = node.call("POST /_refresh", "").await;
    assert_eq!(shards.body, json!({ "_shards": { "total": 2, "successful": 1, "failed": 0 } }));
    assert_eq!(node.call("POST /i/_flush", "").await.status, 200);
    assert_eq!(node.call("POST /nope/_refresh", "").await.status, 404);
}

#[tokio::test]
async fn who_sees_an_index_does_not_see_its_other_aliases() {
    let directory = tempfile::tempdir().unwrap();
    let mut node = Node::open(directory.path());
    node.call("PUT /logs", r#"{"aliases":{"logs-public":{},"secret":{}}}"#).await;
    node.restrict(r#"{"r":{"cluster":["monitor"],"indices":[{"names":["logs*"],"privileges":["all"]}]}}"#);
    assert_eq!(node.call("GET /logs", "").await.body["logs"]["aliases"], json!({ "logs-public": {} }));
    assert_eq!(node.call("GET /logs/_alias", "").await.body["logs"]["aliases"], json!({ "logs-public": {} }));
    assert_eq!(node.call("GET /logs/_alias/*", "").await.body["logs"]["aliases"], json!({ "logs-public": {} }));
    assert_eq!(node.call("GET /_cat/aliases", "").await.rows().len(), 1);
    assert_eq!(node.call("GET /_resolve/index/*", "").await.body["indices"][0]["aliases"], json!(["logs-public"]));
    assert_eq!(node.call("DELETE /logs/_alias/*", "").await.status, 200);
    node.restrict(r#"{"r":{"indices":[{"names":["*"],"privileges":["all"]}]}}"#);
    assert_eq!(node.call("GET /logs", "").await.body["logs"]["aliases"], json!({ "secret": {} }));
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    {
        let node = Node::open(directory.path());
        node.call("PUT /i", r#"{"aliases":{"x":{}},"mappings":{"dynamic":"strict","properties":{"a":{"type":"ip"}}}}"#)
            .await;
        node.call("PUT /i/_doc/1", r#"{"a":"10.0.0.1"}"#).await;
        node.call("PUT /gone/_doc/1", "{}").await;
        node.call("DELETE /gone", "").await;
    }
    let node = Node::open(directory.path());
    assert_eq!(node.call("GET /x/_doc/1", "").await.body["_source"]["a"], "10.0.0.1");
    assert_eq!(node.call("PUT /i/_doc/2", r#"{"b":1}"#).await.error().0, "strict_dynamic_mapping_exception");
    assert_eq!(node.call("HEAD /gone", "").await.status, 404);
    assert_eq!(node.call("PUT /i/_doc/1", "{}").await.body["_primary_term"], 2);
}

#[tokio::test]
async fn settings_and_fields() {
    let directory = tempfile::tempdir().unwrap();
    {
        let node = Node::open(directory.path());
        node.call("PUT /i/_doc/1", r#"{"o":{"name":"x"}}"#).await;
        let put = node.call("PUT /i/_settings", r#"{"index":{"number_of_replicas":0,"hidden":true}}"#).await;
        assert_eq!(put.body, json!({ "acknowledged": true }), "{put:?}");
        assert_eq!(node.call("GET /_cluster/health", "").await.body["status"], "green");
        assert_eq!(node.call("GET /*/_settings", "").await.body, json!({}), "it is hidden now");
        let fixed = node.call("PUT /i/_settings", r#"{"number_of_shards":2}"#).await;
        assert_eq!((fixed.status, fixed.error().0), (400, "illegal_argument_exception"));
        let block = node.call("PUT /i/_settings", r#"{"settings":{"index.blocks.write":true}}"#).await;
        assert_eq!(block.error().1, "setting [index.blocks.write] is not supported");
        let fields = node.call("GET /i/_mapping/field/o.name,keyword", "").await;
        assert_eq!(
            fields.body["i"]["mappings"]["o.name.keyword"],
            json!({ "full_name": "o.name.keyword", "mapping": { "keyword": { "type": "keyword", "ignore_above": 256 } } })
        );
        assert_eq!(fields.body["i"]["mappings"].as_object().unwrap().len(), 2);
    }
    let node = Node::open(directory.path());
    assert_eq!(node.call("GET /i/_settings?flat_settings", "").await.body["i"]["settings"]["index.hidden"], "true");
}
