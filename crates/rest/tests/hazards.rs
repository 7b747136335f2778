//! The hazards of the route sheet (its section 11), one by one: requests that two readers could understand differently.
//!
//! Paths, queries and bodies are read here. Headers and framing (11.2), codings and media types of bodies are read by
//! the server, whose own tests have them.

#![expect(clippy::panic, reason = "a test tells what is wrong by panicking")]

use bytes::Bytes;
use http::Method;
use keyward_rest::{ElasticError, Requirements, classify, requirements};
use keyward_security::time::Timestamp;
use keyward_xcontent::Limits;

const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn read(method: Method, url: &str, body: &[u8]) -> Result<Requirements, String> {
    let (path, query) = url.split_once('?').map_or((url, None), |(path, query)| (path, Some(query)));
    let call = classify(&method, path, query).map_err(|unroutable| format!("{:?}", unroutable.into_reply()))?;
    let read = |body: Bytes| requirements(&call, &body, NOW, Limits::default());
    call.body(Bytes::copy_from_slice(body)).and_then(read).map_err(|error: ElasticError| error.to_string())
}

#[track_caller]
fn refused(hazard: &str, method: Method, url: &str, body: &str) {
    if let Ok(requirements) = read(method, url, body.as_bytes()) {
        panic!("{hazard}: [{url}] with [{body}] is read as {requirements:?}");
    }
}

#[track_caller]
fn names(method: Method, url: &str, body: &str) -> Vec<String> {
    match read(method, url, body.as_bytes()) {
        Ok(requirements) => requirements.whole.iter().flat_map(|needed| needed.names.clone()).collect(),
        Err(error) => panic!("{url}: {error}"),
    }
}

#[test]
fn paths() {
    for (hazard, url) in [
        ("encoded slash in a name", "/logs%2Fa/_search"),
        ("double encoding", "/logs%252Da/_search"),
        ("double percent", "/logs%%41/_search"),
        ("broken escape", "/logs%/_search"),
        ("broken escape", "/logs%4/_search"),
        ("broken escape", "/logs%zz/_search"),
        ("NUL", "/logs%00/_search"),
        ("control character", "/logs%0a/_search"),
        ("control character", "/logs%7f/_search"),
        ("invalid UTF-8", "/logs%ff/_search"),
        ("overlong UTF-8", "/l%C0%AFogs/_search"),
        ("surrogate in UTF-8", "/l%ed%a0%80/_search"),
        ("backslash", "/logs\\a/_search"),
        ("encoded backslash", "/logs%5Ca/_search"),
        ("dot segment", "/logs/../_search"),
        ("dot segment", "/./_search"),
        ("encoded dot segment", "/logs/%2e%2e/_search"),
        ("half encoded dot segment", "/logs/.%2e/_search"),
        ("encoded dot segment", "/%2e/_search"),
        ("empty segment", "//_search"),
        ("empty segment", "/logs//_search"),
        ("two trailing slashes", "/logs/_search//"),
        ("encoded route word", "/%5Fsearch"),
        ("encoded route word", "/logs/%5Fsearch"),
        ("encoded route word", "/logs/%5f%73earch"),
        ("absolute form", "http://other/logs/_search"),
        ("no path", "logs/_search"),
        ("asterisk form", "*"),
        ("raw number sign", "/logs#/_search"),
        ("empty part of a list", "/logs,,metrics/_search"),
        ("empty part of a list", "/,logs/_search"),
        ("white space around a part", "/logs,%20metrics/_search"),
        ("white space around a name", "/logs%20/_search"),
        ("wildcard in a document's address", "/logs*/_doc/1"),
        ("list in a document's address", "/logs,metrics/_doc/1"),
        ("everything in a document's address", "/_all/_doc/1"),
        ("broken date math", "/%3Clogs-%7Bnow%3E/_search"),
    ] {
        refused(hazard, Method::GET, url, "");
    }
    refused("list in a write's address", Method::PUT, "/a%2Cb/_doc/1", "{}");
    refused("wildcard in a new index's name", Method::PUT, "/new*", "");
    refused("everything as a new index's name", Method::PUT, "/_all", "");
    refused("wildcard in a copy's name", Method::POST, "/a/_clone/b*", "");
    refused("nothing to delete", Method::DELETE, "/", "");
    refused("a very long name", Method::GET, &format!("/{}/_search", "x".repeat(256)), "");
}

#[test]
fn what_looks_like_a_hazard_and_is_none() {
    assert_eq!(names(Method::GET, "/logs+old/_search", ""), ["logs+old"], "a plus sign in a path is itself");
    assert_eq!(names(Method::GET, "/lo%67s/_search", ""), ["logs"]);
    assert_eq!(names(Method::GET, "/logs/_search/", ""), ["logs"]);
    assert_eq!(names(Method::GET, "/%3Clogs-%7Bnow%2Fd%7D%3E/_search", ""), ["logs-2024.03.22"]);
    assert_eq!(names(Method::GET, "/LOGS/_search", ""), ["LOGS"], "no folding of case");
    assert_eq!(names(Method::GET, "/e%CC%81/_search", ""), ["e\u{301}"], "no normalisation");
    assert_eq!(names(Method::GET, "/logs/_doc/x%2Fy", ""), ["logs"], "ids may hold slashes");
}

#[test]
fn query_strings() {
    for (hazard, url) in [
        ("semicolon", "/logs/_search?q=a;index=b"),
        ("repeated key", "/_cat/recovery?index=a&index=b"),
        ("repeated key", "/logs/_search?size=1&size=2"),
        ("repeated key, encoded", "/logs/_search?size=1&%73ize=2"),
        ("placeholder name", "/_search?index=secret"),
        ("placeholder name", "/logs/_doc/1?index=secret"),
        ("placeholder name", "/logs/_doc/1?id=2"),
        ("unknown parameter", "/logs/_search?extra_filters=x"),
        ("unknown parameter", "/logs/_search?search_pipeline=x"),
        ("method override", "/logs/_search?_method=DELETE"),
        ("broken escape", "/logs/_search?q=%"),
        ("invalid UTF-8", "/logs/_search?q=%ff"),
        ("NUL", "/logs/_search?q=%00"),
        ("unknown word", "/logs/_search?expand_wildcards=some"),
        ("source without its type", "/logs/_search?source=%7B%7D"),
        ("source of another type", "/logs/_search?source=%7B%7D&source_content_type=application/yaml"),
        (
            "source with a doubled key",
            "/logs/_search?source=%7B%22a%22:1,%22a%22:2%7D&source_content_type=application/json",
        ),
    ] {
        refused(hazard, Method::GET, url, "");
    }
    let both = "/logs/_search?source=%7B%7D&source_content_type=application/json";
    refused("source and a body", Method::POST, both, "{}");
    refused("unknown op_type", Method::PUT, "/logs/_doc/1?op_type=upsert", "{}");
}

#[test]
fn bodies() {
    let deep = format!("{}1{}", "[".repeat(1001), "]".repeat(1001));
    for (hazard, body) in [
        ("doubled key", r#"{"size":1,"size":2}"#),
        ("doubled key, escaped", r#"{"size":1,"\u0073ize":2}"#),
        ("doubled key, deep inside", r#"{"query":{"bool":{"filter":[],"filter":[]}}}"#),
        ("content after the value", r#"{"query":{"match_all":{}}} {"size":0}"#),
        ("comment before", "/* c */ {}"),
        ("comment inside", "{\"a\":/* c */1}"),
        ("comment after", "{} // c"),
        ("trailing comma", "{\"size\":1,}"),
        ("single quotes", "{'size':1}"),
        ("bare name", "{size:1}"),
        ("not a number", "{\"size\":NaN}"),
        ("number that nothing holds", "{\"size\":1e999}"),
        ("lone surrogate", "{\"a\":\"\\ud800\"}"),
        ("control character in a string", "{\"a\":\"\u{1}\"}"),
        ("byte order mark", "\u{feff}{}"),
        ("nesting", &deep),
        ("cut off", "{\"query\":{"),
        ("point in time beside a path", r#"{"pit":{"id":"x"}}"#),
        ("wrapped query that cannot be read", r#"{"query":{"wrapper":{"query":"%%%"}}}"#),
        ("lookup with a name of another kind", r#"{"query":{"terms":{"u":{"index":["a",1],"id":"1"}}}}"#),
    ] {
        refused(hazard, Method::POST, "/logs/_search", body);
    }
    assert!(read(Method::POST, "/logs/_search", b"{\"a\":\"\xff\"}").is_err(), "invalid UTF-8");
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(Method::POST, "/logs/_search", &utf16).is_err(), "UTF-16");
}

#[test]
fn bodies_of_requests_that_name_indices() {
    for (hazard, method, url, body) in [
        ("two spellings", Method::POST, "/_msearch", "{\"index\":\"a\",\"indices\":\"b\"}\n{}\n"),
        ("unknown key in a header", Method::POST, "/_msearch", "{\"_index\":\"a\"}\n{}\n"),
        ("no final line feed", Method::POST, "/_msearch", "{}\n{}"),
        ("lone carriage return", Method::POST, "/_msearch", "{}\r{}\r"),
        ("point in time in a multi search", Method::POST, "/_msearch", "{}\n{\"pit\":{\"id\":\"x\"}}\n"),
        ("no final line feed", Method::POST, "/_bulk", "{\"delete\":{\"_index\":\"a\",\"_id\":\"1\"}}"),
        ("other line separators", Method::POST, "/_bulk", "{\"index\":{\"_index\":\"a\"}}\u{2028}{}\n"),
        ("lone carriage return", Method::POST, "/_bulk", "{\"index\":{\"_index\":\"a\"}}\r{}\r\n"),
        ("another spelling of _index", Method::POST, "/a/_bulk", "{\"index\":{\"index_id\":\"b\"}}\n{}\n"),
        ("list as a target", Method::POST, "/_bulk", "{\"index\":{\"_index\":\"a,b\"}}\n{}\n"),
        ("unknown key", Method::POST, "/_mget", r#"{"docs":[{"_index":"a","_id":"1","index":"b"}]}"#),
        ("docs and ids", Method::POST, "/a/_mget", r#"{"docs":[{"_id":"1"}],"ids":["2"]}"#),
        ("name of another kind", Method::POST, "/_mget", r#"{"docs":[{"_index":["a"],"_id":"1"}]}"#),
        ("no index at all", Method::POST, "/_mget", r#"{"ids":["1"]}"#),
        ("name of another kind", Method::POST, "/_reindex", r#"{"source":{"index":{"a":1}},"dest":{"index":"b"}}"#),
        (
            "two actions in one",
            Method::POST,
            "/_aliases",
            r#"{"actions":[{"add":{"index":"a","alias":"b"},"remove":{"index":"a","alias":"c"}}]}"#,
        ),
        (
            "two spellings",
            Method::POST,
            "/_aliases",
            r#"{"actions":[{"add":{"index":"a","indices":["b"],"alias":"c"}}]}"#,
        ),
        ("unknown key", Method::POST, "/_aliases", r#"{"actions":[{"add":{"index":"a","alias":"b","target":"c"}}]}"#),
        ("unknown key", Method::POST, "/_aliases", r#"{"actions":[],"index":"a"}"#),
        ("unknown action", Method::POST, "/_aliases", r#"{"actions":[{"move":{"index":"a","alias":"b"}}]}"#),
        ("alias on two paths", Method::PUT, "/a/_alias/b", r#"{"alias":"c"}"#),
        ("index on two paths", Method::PUT, "/a/_alias/b", r#"{"index":"c"}"#),
        ("aliases of another kind", Method::PUT, "/a", r#"{"aliases":["b"]}"#),
        ("id of another kind", Method::POST, "/_search/scroll", r#"{"scroll_id":{"a":1}}"#),
    ] {
        refused(hazard, method, url, body);
    }
}

#[test]
fn operations_whose_kind_stands_in_a_key_hide_no_name() {
    let body = r#"{"actions":[{"add_backing_index":{"data_stream":"a","index":"b"},"remove_backing_index":{"data_stream":"c","index":"d"}}]}"#;
    assert_eq!(names(Method::POST, "/_data_stream/_modify", body), ["a", "c", "b", "d"]);
}
