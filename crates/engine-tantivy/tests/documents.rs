//! Documents through the API: written, read, updated, deleted, refused.

mod common;

use common::Node;
use serde_json::json;

#[tokio::test]
async fn one_document_from_creation_to_deletion() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    let source = "{ \"name\" : \"Ada\",\n \"n\": 1.50 }";
    let created = node.call("PUT /people/_doc/1", source).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(
        created.body,
        json!({ "_index": "people", "_id": "1", "_version": 1, "result": "created",
            "_shards": { "total": 2, "successful": 1, "failed": 0 }, "_seq_no": 0, "_primary_term": 1 })
    );
    let location = &created.reply.as_ref().unwrap().headers[0];
    assert_eq!((location.0.as_str(), location.1.to_str().unwrap()), ("location", "/people/_doc/1"));

    let got = node.call("GET /people/_doc/1", "").await;
    assert_eq!(
        got.text,
        format!(
            "{{\"_index\":\"people\",\"_id\":\"1\",\"_version\":1,\"_seq_no\":0,\"_primary_term\":1,\"found\":true,\"_source\":{source}}}"
        )
    );
    assert_eq!(node.call("GET /people/_source/1", "").await.text, source);
    assert_eq!(node.call("HEAD /people/_doc/1", "").await.status, 200);
    assert_eq!(node.call("HEAD /people/_source/2", "").await.status, 404);
    assert_eq!(node.call("GET /people/_doc/1?_source=n", "").await.body["_source"], json!({ "n": 1.5 }));
    assert_eq!(node.call("GET /people/_doc/1?_source=false", "").await.body.get("_source"), None);

    let updated = node.call("PUT /people/_doc/1?refresh", r#"{"name":"Grace"}"#).await;
    assert_eq!((updated.status, &updated.body["forced_refresh"]), (200, &json!(true)));
    let deleted = node.call("DELETE /people/_doc/1", "").await;
    assert_eq!(
        (deleted.status, &deleted.body["result"], &deleted.body["_version"]),
        (200, &json!("deleted"), &json!(3))
    );
    let again = node.call("DELETE /people/_doc/1", "").await;
    assert_eq!((again.status, &again.body["result"]), (404, &json!("not_found")));
    let missing = node.call("GET /people/_doc/1", "").await;
    assert_eq!((missing.status, missing.body), (404, json!({ "_index": "people", "_id": "1", "found": false })));
    let missing = node.call("GET /people/_source/1", "").await;
    assert_eq!(missing.error(), ("resource_not_found_exception", "Document not found [people]/[1]"));
}

#[tokio::test]
async fn conflicts_and_conditions() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /i/_create/1", "{}").await;
    let conflict = node.call("PUT /i/_create/1", "{}").await;
    assert_eq!(conflict.status, 409);
    assert_eq!(
        conflict.error(),
        ("version_conflict_engine_exception", "[1]: version conflict, document already exists (current version [1])")
    );
    assert_eq!((&conflict.body["error"]["shard"], &conflict.body["error"]["index"]), (&json!("0"), &json!("i")));
    assert_eq!(node.call("PUT /i/_doc/1?if_seq_no=0&if_primary_term=1", "{}").await.status, 200);
    assert_eq!(node.call("PUT /i/_doc/1?if_seq_no=0&if_primary_term=1", "{}").await.status, 409);
    assert_eq!(node.call("DELETE /i/_doc/1?if_seq_no=0&if_primary_term=1", "").await.status, 409);
    let half = node.call("PUT /i/_doc/1?if_seq_no=0", "{}").await;
    assert_eq!(half.error().0, "action_request_validation_exception");
    let internal = node.call("PUT /i/_doc/1?version=3", "{}").await;
    assert_eq!(internal.status, 400);
    assert_eq!(node.call("PUT /i/_doc/9?version=7&version_type=external", "{}").await.body["_version"], 7);
    assert_eq!(node.call("PUT /i/_doc/9?version=7&version_type=external", "{}").await.status, 409);
    assert_eq!(node.call("PUT /i/_doc/9?version=7&version_type=external_gte", "{}").await.status, 200);
    assert_eq!(node.call("GET /i/_doc/9?version=6", "").await.status, 409);
}

#[tokio::test]
async fn updates() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    let missing = node.call("POST /i/_update/1", r#"{"doc":{"a":1}}"#).await;
    assert_eq!((missing.status, missing.error()), (404, ("document_missing_exception", "[1]: document missing")));
    let upserted = node.call("POST /i/_update/1", r#"{"doc":{"a":1},"doc_as_upsert":true}"#).await;
    assert_eq!((upserted.status, &upserted.body["result"]), (201, &json!("created")));
    let updated = node.call("POST /i/_update/1", r#"{"doc":{"b":{"c":2}}}"#).await;
    assert_eq!((updated.status, &updated.body["_version"]), (200, &json!(2)));
    let noop = node.call("POST /i/_update/1", r#"{"doc":{"b":{"c":2}}}"#).await;
    assert_eq!((&noop.body["result"], &noop.body["_shards"]["total"]), (&json!("noop"), &json!(0)));
    assert_eq!(
        node.call("POST /i/_update/1", r#"{"doc":{"a":1},"detect_noop":false}"#).await.body["result"],
        "updated"
    );
    assert_eq!(node.call("GET /i/_source/1", "").await.text, r#"{"a":1,"b":{"c":2}}"#);
    let script = node.call("POST /i/_update/1", r#"{"script":"ctx.op = 'delete'"}"#).await;
    assert_eq!((script.status, script.error().1), (400, "[script] of an update is not supported"));
    let unknown = node.call("POST /i/_update/1", r#"{"dok":{}}"#).await;
    assert_eq!(unknown.error(), ("x_content_parse_exception", "[1:2] [UpdateRequest] unknown field [dok]"));
    assert_eq!(node.call("POST /i/_update/1", "{}").await.error().1, "Validation Failed: 1: script or doc is missing;");
}

#[tokio::test]
async fn a_bulk_request_answers_item_by_item() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /strict", r#"{"mappings":{"dynamic":"strict","properties":{"n":{"type":"integer"}}}}"#).await;
    let body = concat!(
        "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":1}\n",
        "{\"create\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":2}\n",
        "{\"index\":{\"_index\":\"a\"}}\n{\"x\":3}\n",
        "{\"index\":{\"_index\":\"strict\",\"_id\":\"s\"}}\n{\"n\":\"abc\"}\n",
        "{\"index\":{\"_index\":\"strict\",\"_id\":\"t\"}}\n{\"m\":1}\n",
        "{\"index\":{\"_index\":\"a\",\"_id\":\"bad\"}}\n{\"x\":\n",
        "{\"update\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"doc\":{\"y\":true}}\n",
        "{\"delete\":{\"_index\":\"a\",\"_id\":\"nope\"}}\n",
        "{\"delete\":{\"_index\":\"missing\",\"_id\":\"1\"}}\n",
        "{\"index\":{\"_index\":\"a\",\"_id\":\"r\",\"routing\":\"x\"}}\n{}\n",
    );
    let answer = node.call("POST /_bulk?refresh=wait_for", body).await;
    assert_eq!((answer.status, &answer.body["errors"]), (200, &json!(true)), "{answer:?}");
    let items = answer.body["items"].as_array().unwrap();
    let shown: Vec<(u64, &str)> = items
        .iter()
        .map(|item| {
            let item = item.as_object().unwrap().values().next().unwrap();
            let what = item["result"].as_str().or_else(|| item["error"]["type"].as_str()).unwrap();
            (item["status"].as_u64().unwrap(), what)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (201, "created"),
            (409, "version_conflict_engine_exception"),
            (201, "created"),
            (400, "document_parsing_exception"),
            (400, "strict_dynamic_mapping_exception"),
            (400, "document_parsing_exception"),
            (200, "updated"),
            (404, "not_found"),
            (404, "index_not_found_exception"),
            (400, "illegal_argument_exception"),
        ]
    );
    assert_eq!(items[2]["index"]["_id"].as_str().unwrap().len(), 20);
    let parsing = &items[3]["index"]["error"];
    assert_eq!(
        parsing["reason"],
        "[1:6] failed to parse field [n] of type [integer] in document with id 's'. Preview of field's value: 'abc'"
    );
    assert_eq!(parsing["caused_by"]["reason"], "For input string: \"abc\"");
    assert_eq!(
        items[4]["index"]["error"]["reason"],
        "[1:2] mapping set to strict, dynamic introduction of [m] within [_doc] is not allowed"
    );
    // It waited: a count sees them.
    assert_eq!(node.call("GET /_cat/count/a", "").await.rows()[0][2], "2");
}

#[tokio::test]
async fn many_documents_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /a/_doc/1", r#"{"x":1.0,"y":2}"#).await;
    node.call("PUT /b/_doc/2", r#"{"x":2}"#).await;
    let body =
        r#"{"docs":[{"_id":"1","_source":["y"]},{"_index":"b","_id":"2"},{"_id":"3"},{"_index":"zzz","_id":"1"}]}"#;
    let answer = node.call("POST /a/_mget", body).await;
    let docs = answer.body["docs"].as_array().unwrap();
    assert_eq!(docs[0]["_source"], json!({ "y": 2 }));
    assert_eq!(docs[1]["_source"], json!({ "x": 2 }));
    assert_eq!(docs[2], json!({ "_index": "a", "_id": "3", "found": false }));
    assert_eq!(docs[3]["error"]["type"], "index_not_found_exception");
    assert!(answer.text.contains(r#""_source":{"y":2}"#));
    let ids = node.call("GET /a/_mget", r#"{"ids":["1"]}"#).await;
    assert!(ids.text.contains(r#""_source":{"x":1.0,"y":2}"#), "{}", ids.text);
    let refused = node.call("POST /a/_mget", r#"{"docs":[{"_id":"1","stored_fields":["x"]}]}"#).await;
    assert_eq!(refused.error().1, "[stored_fields] of a document is not supported");
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /i/_doc/1", "{}").await;
    for (line, body, text) in [
        ("PUT /i/_doc/1?routing=x", "{}", "[routing] of a write is not supported"),
        ("PUT /i/_doc/1?pipeline=p", "{}", "[pipeline] of a write is not supported"),
        (
            "PUT /i/_doc/1?wait_for_active_shards=2",
            "{}",
            "value [2] of the query parameter [wait_for_active_shards] is not supported",
        ),
        ("GET /i/_doc/1?routing=x", "", "query parameter [routing] is not supported"),
        ("GET /i/_doc/1?stored_fields=x", "", "query parameter [stored_fields] is not supported"),
        ("POST /i/_update/1", r#"{"doc":{},"_source":true}"#, "[_source] of an update is not supported"),
        (
            "PUT /n",
            r#"{"mappings":{"properties":{"a":{"type":"nested"}}}}"#,
            "field type [nested], declared on field [a], is not supported",
        ),
        (
            "PUT /n",
            r#"{"settings":{"analysis":{"analyzer":{}},"index.codec":"best_compression"}}"#,
            "value [best_compression] of setting [index.codec] is not supported",
        ),
        ("PUT /n", r#"{"aliases":{"x":{"filter":{"match_all":{}}}}}"#, "[filter] of an alias is not supported"),
    ] {
        let answer = node.call(line, body).await;
        assert_eq!((answer.status, answer.error().1), (400, text), "{line}");
    }
    for (line, body, kind, text) in [
        (
            "PUT /i/_doc/1",
            "[1]",
            "document_parsing_exception",
            "[1:1] Malformed content, must start with an object, found START_ARRAY",
        ),
        (
            "PUT /i/_doc/1",
            r#"{"_id":"x"}"#,
            "document_parsing_exception",
            "[1:2] Field [_id] is a metadata field and cannot be added inside a document. Use the index API request parameters.",
        ),
        ("PUT /i/_doc/1", r#"{"a":1,"a":2}"#, "document_parsing_exception", "[1:11] failed to parse"),
        ("PUT /i/_doc/1?refresh=maybe", "{}", "illegal_argument_exception", "Unknown value for refresh: [maybe]."),
        (
            "POST /i/_update/1?require_alias=true",
            r#"{"doc":{}}"#,
            "index_not_found_exception",
            "no such index [i] and [require_alias] request flag is [true] and [i] is not an alias",
        ),
    ] {
        let answer = node.call(line, body).await;
        assert_eq!(answer.error(), (kind, text), "{line} {body}");
    }
}

#[tokio::test]
async fn the_right_to_add_fields_and_to_make_indices_is_needed_only_where_it_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let mut node = Node::open(directory.path());
    node.call("PUT /i/_doc/1", r#"{"a":1}"#).await;
    // Read and write by raw actions: no rights on mappings come with them.
    node.restrict(r#"{"r":{"indices":[{"names":["*"],"privileges":["indices:data/write/*","indices:data/read/*"]}]}}"#);
    assert_eq!(node.call("PUT /i/_doc/2", r#"{"a":2}"#).await.status, 201);
    let refused = node.call("PUT /i/_doc/3", r#"{"b":2}"#).await;
    assert_eq!((refused.status, refused.error().0), (403, "security_exception"));
    assert!(
        refused.error().1.starts_with("action [indices:admin/mapping/auto_put] is unauthorized for"),
        "{refused:?}"
    );
    let refused = node.call("PUT /new/_doc/3", "{}").await;
    assert_eq!(refused.status, 403, "{refused:?}");
    let bulk = "{\"index\":{\"_index\":\"i\",\"_id\":\"4\"}}\n{\"c\":1}\n{\"index\":{\"_index\":\"new\"}}\n{}\n{\"index\":{\"_index\":\"i\",\"_id\":\"5\"}}\n{\"a\":1}\n";
    let answer = node.call("POST /_bulk", bulk).await;
    let statuses: Vec<_> =
        answer.body["items"].as_array().unwrap().iter().map(|item| &item["index"]["status"]).collect();
    assert_eq!(statuses, [403, 403, 201]);
    assert_eq!(node.call("GET /i/_doc/4", "").await.status, 404);
}

#[tokio::test]
async fn nesting_as_deep_as_can_be_read_does_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path());
    node.call("PUT /i", r#"{"mappings":{"properties":{"n":{"type":"long"},"off":{"enabled":false}}}}"#).await;
    let nested = |name: &str, open: &str, core: &str, close: &str, depth: usize| {
        format!("{{\"{name}\":{}{core}{}}}", open.repeat(depth), close.repeat(depth))
    };
    let off = nested("off", "{\"a\":[", "1", "]}", 480);
    assert_eq!(node.call("PUT /i/_doc/1", &off).await.status, 201);
    assert_eq!(node.call("PUT /i/_doc/2", nested("n", "[", "5", "]", 980)).await.status, 201);
    assert_eq!(node.call("PUT /i/_doc/3", nested("new", "[", "\"x\"", "]", 980)).await.status, 201);
    assert_eq!(node.call("PUT /i/_doc/4", nested("n", "[", "{}", "]", 980)).await.status, 400);
    assert_eq!(node.call("PUT /i/_doc/4", nested("n", "{\"a\":", "5", "}", 980)).await.status, 400);
    assert_eq!(node.call("PUT /i/_doc/4", nested("n", "[", "5", "]", 5000)).await.status, 400);
    assert_eq!(node.call("PUT /i/_doc/4", nested("deep", "{\"a\":", "5", "}", 980)).await.status, 400);
    let update = format!("{{\"doc\":{off}}}");
    assert_eq!(node.call("POST /i/_update/1", update).await.body["result"], "noop");
    assert_eq!(node.call("GET /i/_doc/1?_source_excludes=x", "").await.status, 200);
    let name = "x".repeat(2000);
    assert_eq!(node.call("PUT /i/_doc/5", format!("{{\"{name}\":1}}")).await.status, 400);
    assert_eq!(node.call("PUT /i/_doc/5", format!("{{\"t\":\"{}\"}}", name.repeat(100))).await.status, 201);
    let meta = nested("_meta", "{\"a\":", "1", "}", 480);
    assert_eq!(node.call("PUT /i/_mapping", meta).await.status, 400);
}
