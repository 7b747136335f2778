//! Requests with items: each is decided for itself, and a refused one is answered in its place.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod common;

use common::{Recorder, Scene};
use keyward_gateway::GatewayOptions;
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn refused_items_are_answered_in_their_places() {
    let scene = Scene::new("I[logs-* : create_doc]");
    let body = "{\"create\":{\"_index\":\"logs-a1\",\"_id\":\"1\"}}\n{}\n{\"index\":{\"_index\":\"logs-a1\",\"_id\":\"2\"}}\n{}\n\
                {\"delete\":{\"_index\":\"logs-a1\",\"_id\":\"3\"}}\n{\"create\":{\"_index\":\"metrics-1\"}}\n{}\n\
                {\"create\":{\"_index\":\"logs-a2\"}}\n{}\n";
    let answer = scene.answer("POST", "/_bulk", body);
    assert_eq!(answer["errors"], true);
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items[0], json!({ "create": { "at": 0, "status": 201 } }));
    assert_eq!(items[4], json!({ "create": { "at": 4, "status": 201 } }));
    for (at, keyword, id, action, granted) in [
        (1, "index", json!("2"), "indices:data/write/index:op_type/index", "create,index,write,all"),
        (2, "delete", json!("3"), "indices:data/write/delete", "delete,write,all"),
        (3, "create", Value::Null, "indices:data/write/bulk[s]", "create_doc,create,delete,index,write,all"),
    ] {
        let item = &items[at][keyword];
        assert_eq!((&item["status"], &item["_id"]), (&json!(403), &id));
        assert_eq!(item["error"]["type"], "security_exception");
        let reason = item["error"]["reason"].as_str().unwrap();
        assert!(reason.starts_with(&format!("action [{action}] is unauthorized")), "{reason}");
        assert!(reason.ends_with(&format!("granted by the index privileges [{granted}]")), "{reason}");
        assert!(item["error"].get("root_cause").is_none());
    }
    let given = scene.given();
    assert_eq!(given[0].items.iter().map(|(position, ..)| *position).collect::<Vec<_>>(), [0, 4]);
    assert_eq!(given[0].body, body.as_bytes());
}

#[test]
fn a_request_whose_items_are_all_refused_does_not_reach_the_engine() {
    let scene = Scene::new("I[logs-a1 : read,create_doc]");
    let bulk = scene.answer("POST", "/_bulk", "{\"create\":{\"_index\":\"metrics-1\"}}\n{}\n");
    assert_eq!((&bulk["errors"], bulk["items"].as_array().map(Vec::len)), (&json!(true), Some(1)));
    let mget = scene.answer("POST", "/metrics-1/_mget", r#"{"ids":["1","2"]}"#);
    assert_eq!(mget["docs"][1]["error"]["root_cause"][0]["type"], "security_exception");
    assert_eq!((&mget["docs"][1]["_index"], &mget["docs"][1]["_id"]), (&json!("metrics-1"), &json!("2")));
    let searches = scene.answer("POST", "/_msearch", "{\"index\":\"metrics-1\"}\n{}\n");
    assert_eq!(searches["responses"][0]["status"], 403);
    assert!(scene.given().is_empty());
}

#[test]
fn a_request_that_is_granted_nowhere_is_refused_as_a_whole() {
    let scene = Scene::new("I[logs-a1 : indices:data/read/get]");
    for (method, url, body, action) in [
        ("GET", "/_mget", r#"{"docs":[{"_index":"logs-a1","_id":"1"}]}"#, "indices:data/read/mget"),
        ("POST", "/_bulk", "{\"index\":{\"_index\":\"logs-a1\"}}\n{}\n", "indices:data/write/bulk"),
        ("POST", "/_msearch", "{\"index\":\"logs-a1\"}\n{}\n", "indices:data/read/msearch"),
    ] {
        let (status, text) = scene.refuses(method, url, body);
        assert_eq!(status, 403);
        assert!(text.starts_with(&format!("action [{action}] is unauthorized")), "{text}");
    }
}

#[test]
fn documents_and_searches_are_decided_one_by_one() {
    let scene = Scene::new("I[logs-a1 : read]");
    let docs = r#"{"docs":[{"_index":"logs-sec","_id":"1"},{"_index":"logs-a1","_id":"1"}]}"#;
    let answer = scene.answer("GET", "/_mget", docs);
    assert_eq!(answer["docs"][1], json!({ "at": 1 }));
    assert_eq!(answer["docs"][0]["error"]["type"], "security_exception");
    let searches = "{\"index\":\"logs-a1\"}\n{}\n{\"index\":\"logs-sec\"}\n{}\n{\"index\":\"logs-*\"}\n{}\n{\"index\":\"nope-*\"}\n{}\n\
                    {\"index\":\"nope-*\",\"allow_no_indices\":false}\n{}\n\
                    {\"index\":\"logs-a1\"}\n{\"query\":{\"terms\":{\"u\":{\"index\":\"logs-sec\",\"id\":\"1\",\"path\":\"p\"}}}}\n";
    let answer = scene.answer("POST", "/_msearch", searches);
    let statuses: Vec<_> = answer["responses"].as_array().unwrap().iter().map(|item| item["status"].as_u64()).collect();
    assert_eq!(statuses, [None, Some(403), None, None, Some(404), Some(403)]);
    let given = scene.given();
    let targets: Vec<_> = given[1].items.iter().map(|(position, _, targets)| (*position, targets.clone())).collect();
    let one = vec!["logs-a1".to_owned()];
    assert_eq!(targets, [(0, one.clone()), (2, one), (3, Vec::new())]);
}

#[test]
fn items_that_could_show_what_is_hidden_are_refused() {
    let scene = Scene::new("I[logs-a1 : all]+q;I[logs-a2 : all]");
    let bulk = "{\"update\":{\"_index\":\"logs-a1\",\"_id\":\"1\"}}\n{}\n{\"index\":{\"_index\":\"logs-a1\"}}\n{}\n";
    let answer = scene.answer("POST", "/_bulk", bulk);
    assert_eq!(answer["items"][0]["update"]["status"], 400);
    let reason = answer["items"][0]["update"]["error"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("Can't execute a bulk item request with update requests embedded"), "{reason}");
    assert_eq!(answer["items"][1]["index"]["status"], 201);
    let answer =
        scene.answer("POST", "/_mget", r#"{"docs":[{"_index":"logs-a1","_id":"1"},{"_index":"logs-a2","_id":"1"}]}"#);
    assert!(answer["docs"][0]["error"]["reason"].as_str().unwrap().contains("not enforced by this server's engine"));
    assert_eq!(answer["docs"][1], json!({ "at": 1 }));
    let answer = scene.answer(
        "POST",
        "/_msearch",
        "{\"index\":\"logs-a1\"}\n{\"suggest\":{}}\n{\"index\":\"logs-*\"}\n{}\n{}\n{}\n",
    );
    let statuses: Vec<_> = answer["responses"].as_array().unwrap().iter().map(|item| item["status"].as_u64()).collect();
    assert_eq!(statuses, [Some(400), Some(403), Some(403)]);
}

#[test]
fn an_engine_that_loses_an_item_is_not_believed() {
    for writes_text in [false, true] {
        let recorder = Recorder { loses_items: true, writes_text, ..Recorder::default() };
        let scene = Scene::with("I[logs-a1 : write]", recorder, GatewayOptions::default());
        let body = "{\"index\":{\"_index\":\"logs-a1\"}}\n{}\n{\"index\":{\"_index\":\"logs-sec\"}}\n{}\n";
        assert_eq!(scene.asks("POST", "/_bulk", body).unwrap_err().status().as_u16(), 500);
    }
}

#[test]
fn what_the_engine_wrote_as_text_stays_as_it_was() {
    let recorder = Recorder { writes_text: true, ..Recorder::default() };
    let scene = Scene::with("I[logs-a1 : write]", recorder, GatewayOptions::default());
    let body = "{\"index\":{\"_index\":\"logs-a1\"}}\n{}\n{\"index\":{\"_index\":\"logs-sec\",\"_id\":\"x\"}}\n{}\n";
    let reply = scene.asks("POST", "/_bulk", body).unwrap();
    let keyward_rest::Payload::Raw { json } = reply.payload else { panic!("text") };
    let text = std::str::from_utf8(&json).unwrap();
    assert!(
        text.starts_with("{\"took\":12345678901234567890123,\"errors\":true,\"items\":[{\"index\":{\"at\":0"),
        "{text}"
    );
    assert!(text.contains("\"_id\":\"x\",\"status\":403"), "{text}");
}

/// What a bulk body of these items must be answered with: the position for a permitted one, 403 for a refused one.
fn bulk(items: &[(&str, &str)]) -> String {
    let lines = items.iter().map(|(keyword, index)| {
        let source = if *keyword == "delete" { "" } else { "{}\n" };
        format!("{{\"{keyword}\":{{\"_index\":\"{index}\",\"_id\":\"1\"}}}}\n{source}")
    });
    lines.collect()
}

fn permits(keyword: &str, index: &str) -> bool {
    match index {
        "logs-a1" => keyword == "create",
        "logs-a2" => matches!(keyword, "create" | "index" | "update"),
        "metrics-1" => true,
        _ => false,
    }
}

proptest! {
    #[test]
    fn items_keep_their_places(
        items in prop::collection::vec((
            prop::sample::select(vec!["index", "create", "update", "delete"]),
            prop::sample::select(vec!["logs-a1", "logs-a2", "metrics-1", "logs-sec", "nope"]),
        ), 1..30),
        writes_text: bool,
    ) {
        let recorder = Recorder { writes_text, ..Recorder::default() };
        let role = "I[logs-a1 : create_doc];I[logs-a2 : index];I[metrics-1 : write]";
        let scene = Scene::with(role, recorder, GatewayOptions::default());
        let answer = scene.answer("POST", "/_bulk", &bulk(&items));
        let answered = answer["items"].as_array().unwrap();
        prop_assert_eq!(answered.len(), items.len());
        for (at, ((keyword, index), item)) in items.iter().zip(answered).enumerate() {
            let item = &item[keyword];
            if permits(keyword, index) {
                prop_assert_eq!(item, &json!({ "at": at, "status": 201 }));
            } else {
                prop_assert_eq!(&item["status"], &json!(403));
                prop_assert_eq!(&item["_index"], &json!(index));
            }
        }
        prop_assert_eq!(&answer["errors"], &json!(items.iter().any(|(keyword, index)| !permits(keyword, index))));
        // What reached the engine is exactly what is permitted, each with a permit for its own index.
        let expected: Vec<_> = items.iter().enumerate().filter(|(_, (keyword, index))| permits(keyword, index))
            .map(|(at, (_, index))| (at, vec![(*index).to_owned()])).collect();
        let given: Vec<_> = scene.given().into_iter().flat_map(|given| given.items)
            .map(|(position, _, targets)| (position, targets)).collect();
        prop_assert_eq!(given, expected);
    }
}
