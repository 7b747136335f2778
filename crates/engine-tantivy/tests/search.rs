//! Searches through the API: parameters, bodies, several indices, refusals.

mod common;

use common::Node;
use serde_json::json;

async fn films(directory: &std::path::Path) -> Node {
    let node = Node::open(directory);
    let lines = [
        r#"{"index":{"_index":"films","_id":"a"}}"#,
        r#"{"title":"The Land Girls","gross":146083,"rating":6.1}"#,
        r#"{"index":{"_index":"films","_id":"b"}}"#,
        r#"{"title":1776,"gross":0,"rating":7}"#,
        r#"{"index":{"_index":"films","_id":"c"}}"#,
        r#"{"title":"Land of Plenty","gross":null,"rating":null}"#,
        r#"{"index":{"_index":"books","_id":"a"}}"#,
        r#"{ "title" : "Land",  "pages" : 1e2 }"#,
    ];
    let body = lines.join("\n") + "\n";
    let answer = node.call("POST /_bulk?refresh=true", &body).await;
    assert_eq!(answer.body.get("errors"), Some(&json!(false)), "{}", answer.text);
    node
}

#[tokio::test]
async fn parameters_say_what_bodies_can() {
    let directory = tempfile::tempdir().unwrap();
    let node = films(directory.path()).await;
    let answer = node.call("GET /films/_search?q=title:land&sort=gross:desc&_source=title&size=1&version", "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        answer.body["hits"],
        json!({"total": {"value": 2, "relation": "eq"}, "max_score": null, "hits": [
            {"_index": "films", "_id": "a", "_version": 1, "_score": null, "_source": {"title": "The Land Girls"}, "sort": [146083]}]})
    );
    // The parameters win over the body.
    let answer = node.call("POST /films/_search?size=0&rest_total_hits_as_int=true", r#"{"size":5}"#).await;
    assert_eq!(answer.body["hits"], json!({"total": 3, "max_score": null, "hits": []}));
    let typed = node
        .call(
            "POST /films/_search?typed_keys&size=0",
            r#"{"aggs":{"g":{"sum":{"field":"gross"}},"t":{"terms":{"field":"title.keyword"}}}}"#,
        )
        .await;
    assert_eq!(typed.body["aggregations"]["sum#g"]["value"], 146083.0);
    assert_eq!(typed.body["aggregations"]["sterms#t"]["buckets"].as_array().unwrap().len(), 3);
    assert_eq!(node.call("GET /films/_count?q=title:1776", "").await.body["count"], 1);
    assert_eq!(node.call("POST /films/_count", r#"{"query":{"range":{"gross":{"gt":0}}}}"#).await.body["count"], 1);
    let source = "GET /films/_count?source=%7B%22query%22%3A%7B%22match_none%22%3A%7B%7D%7D%7D&source_content_type=application/json";
    assert_eq!(node.call(source, "").await.body["count"], 0);
}

#[tokio::test]
async fn sources_are_shown_to_the_letter() {
    let directory = tempfile::tempdir().unwrap();
    let node = films(directory.path()).await;
    let answer = node.call("GET /books/_search", "").await;
    assert!(answer.text.contains(r#""_source":{ "title" : "Land",  "pages" : 1e2 }"#), "{}", answer.text);
    let nothing = node.call("POST /books/_search", r#"{"_source":false}"#).await;
    assert_eq!(nothing.body["hits"]["hits"][0].get("_source"), None);
}

#[tokio::test]
async fn several_indices_and_none() {
    let directory = tempfile::tempdir().unwrap();
    let node = films(directory.path()).await;
    let answer = node.call("GET /_search?q=land", "").await;
    assert_eq!(answer.body["hits"]["total"]["value"], 3);
    assert_eq!(answer.body["_shards"], json!({"total": 2, "successful": 2, "skipped": 0, "failed": 0}));
    assert_eq!(node.call("GET /b*/_search", "").await.body["hits"]["total"]["value"], 1);
    assert_eq!(node.call("GET /x*/_search", "").await.body["hits"]["total"]["value"], 0);
    assert_eq!(node.call("GET /none/_search", "").await.error(), ("index_not_found_exception", "no such index [none]"));
    assert_eq!(
        node.call("GET /none,books/_search?ignore_unavailable=true", "").await.body["hits"]["total"]["value"],
        1
    );
    let caps = node.call("GET /_field_caps?fields=title,pages&include_unmapped", "").await;
    assert_eq!(caps.body["indices"], json!(["books", "films"]));
    assert_eq!(
        caps.body["fields"]["pages"],
        json!({"float": {"type": "float", "metadata_field": false, "searchable": true, "aggregatable": true, "indices": ["books"]},
            "unmapped": {"type": "unmapped", "metadata_field": false, "searchable": false, "aggregatable": false, "indices": ["films"]}})
    );
}

#[tokio::test]
async fn many_searches_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let node = films(directory.path()).await;
    let body = concat!(
        "{\"index\":\"films\"}\n{\"query\":{\"match\":{\"title\":\"land\"}},\"size\":1}\n",
        "{\"index\":\"books\"}\n{}\n",
        "{\"index\":\"films\"}\n{\"size\":0,\"sort\":\"none\"}\n",
        "{\"index\":\"books\"}\n{\"query\":{\"mtch\":{}}}\n",
    );
    let answer = node.call("POST /_msearch", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let responses = answer.body["responses"].as_array().unwrap();
    assert_eq!(responses[0]["hits"]["total"]["value"], 2);
    assert_eq!(responses[0]["status"], 200);
    assert_eq!(responses[1]["hits"]["hits"][0]["_source"]["pages"], 100.0);
    assert_eq!(responses[2]["error"]["type"], "search_phase_execution_exception");
    assert_eq!(responses[3]["error"]["reason"], "unknown query [mtch] did you mean [match]?");
    assert_eq!(responses[3]["status"], 400);
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let node = films(directory.path()).await;
    for (line, body, reason) in [
        ("POST /films/_search", r#"{"highlight":{}}"#, "[highlight] is not supported"),
        ("POST /films/_search", r#"{"query":{"geo_distance":{}}}"#, "[geo_distance] query is not supported"),
        ("POST /films/_search?scroll=1m", "", "[scroll] is not supported"),
        ("POST /films/_search?routing=x", "", "query parameter [routing] is not supported"),
        ("POST /films/_search", r#"{"aggs":{"a":{"nested":{}}}}"#, "Aggregation type [nested] of [a] is not supported"),
        ("POST /films/_count", r#"{"size":1}"#, "request does not support [size]"),
    ] {
        let answer = node.call(line, body).await;
        assert_eq!((answer.status, answer.error().1), (400, reason), "{line} {body} {}", answer.text);
    }
    let valid = node.call("POST /films/_validate/query", r#"{"query":{"match":{"title":"x"}}}"#).await;
    assert_eq!(valid.body["valid"], true);
    let invalid = node.call("POST /films/_validate/query", r#"{"query":{"term":{"gross":"x"}}}"#).await;
    assert_eq!(invalid.body["valid"], false);
}

#[tokio::test]
async fn restricted_documents_and_fields_are_not_searched() {
    let directory = tempfile::tempdir().unwrap();
    let mut node = films(directory.path()).await;
    for restriction in [r#""query":{"term":{"rating":7}}"#, r#""field_security":{"grant":["title"]}"#] {
        node.restrict(&format!(r#"{{"r":{{"indices":[{{"names":["*"],"privileges":["all"],{restriction}}}]}}}}"#));
        for line in ["GET /films/_search", "GET /films/_count", "GET /films/_field_caps?fields=*"] {
            let answer = node.call(line, "").await;
            assert_eq!(answer.status, 403, "{line} {}", answer.text);
        }
        let answer = node.call("POST /_msearch", "{\"index\":\"films\"}\n{}\n").await;
        assert_eq!(answer.status, 403, "{}", answer.text);
    }
}

#[tokio::test]
async fn deleted_documents_are_not_found() {
    let directory = tempfile::tempdir().unwrap();
    let node = films(directory.path()).await;
    node.call("DELETE /films/_doc/a?refresh=true", "").await;
    node.call("PUT /films/_doc/b?refresh=true", r#"{"title":"1776 again"}"#).await;
    let answer = node
        .call("POST /films/_search", r#"{"query":{"bool":{"must_not":{"term":{"title":"nothing"}}}},"aggs":{"t":{"terms":{"field":"title.keyword"}},"g":{"global":{}}},"sort":"_doc"}"#)
        .await;
    let ids: Vec<&str> =
        answer.body["hits"]["hits"].as_array().unwrap().iter().map(|hit| hit["_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["c", "b"]);
    assert_eq!(answer.body["aggregations"]["g"]["doc_count"], 2);
    assert_eq!(answer.body["aggregations"]["t"]["buckets"].as_array().unwrap().len(), 2);
}
