//! Request lines: what they lead to, and the exact answers of those that lead nowhere.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test may fail by panicking")]

use http::Method;
use keyward_rest::{Call, RenderOptions, Reply, Unroutable, classify, render};
use proptest::prelude::*;

fn call(method: &str, uri: &str) -> Result<Call, Unroutable> {
    let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
    classify(&method.parse::<Method>().unwrap(), path, query)
}

fn answer(method: &str, uri: &str) -> (u16, String, Vec<(String, String)>) {
    let reply: Reply = call(method, uri).expect_err("no call").into_reply();
    let rendered = render(reply, &RenderOptions::default());
    let headers = rendered.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (rendered.status.as_u16(), String::from_utf8(rendered.body.to_vec()).unwrap(), headers.collect())
}

fn reason(method: &str, uri: &str) -> String {
    let (status, body, _) = answer(method, uri);
    assert_eq!(status, 400, "{body}");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["error"]["type"], "illegal_argument_exception");
    body["error"]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn literal_segments_win_over_placeholders() {
    assert_eq!(call("PUT", "/_security/user/_password").unwrap().endpoint.api, "security.change_password");
    assert_eq!(call("PUT", "/_security/user/ada").unwrap().path.get("username"), Some("ada"));
    assert_eq!(call("GET", "/_data_stream/_stats").unwrap().endpoint.api, "indices.data_streams_stats");
    assert_eq!(call("GET", "/_snapshot/_status").unwrap().endpoint.api, "snapshot.status");
    assert_eq!(call("POST", "/_tasks/_cancel").unwrap().endpoint.api, "tasks.cancel");
    // A literal is not given up for a placeholder because of the method.
    assert_eq!(answer("GET", "/_security/user/_password").0, 405);
    assert_eq!(answer("GET", "/_snapshot/_status/x").0, 400);
}

#[test]
fn a_trailing_slash_means_nothing() {
    assert_eq!(call("GET", "/_security/user/").unwrap().endpoint.api, "security.get_user");
    assert_eq!(call("GET", "/").unwrap().endpoint.api, "info");
    assert!(call("GET", "/_security/user//").is_err());
}

#[test]
fn an_unknown_path_is_400_without_a_status_member() {
    let (status, body, _) = answer("GET", "/_security/nope?x=1");
    assert_eq!(status, 400);
    assert_eq!(body, r#"{"error":"no handler found for uri [/_security/nope?x=1] and method [GET]"}"#);
    assert!(answer("GET", "/_security/role_mapping/x/y").1.contains("no handler found"));
}

#[test]
fn a_wrong_method_is_405_with_the_right_ones() {
    let (status, body, headers) = answer("DELETE", "/_security/_authenticate");
    assert_eq!(status, 405);
    assert_eq!(
        body,
        "{\"error\":\"Incorrect HTTP method for uri [/_security/_authenticate] and method [DELETE], allowed: [GET]\",\
         \"status\":405}"
    );
    assert!(headers.contains(&("allow".to_owned(), "GET".to_owned())));
    let (_, body, headers) = answer("PATCH", "/_security/role/r");
    assert!(body.contains("allowed: [GET, POST, PUT, DELETE]"), "{body}");
    assert!(headers.contains(&("allow".to_owned(), "GET,POST,PUT,DELETE".to_owned())));
    assert_eq!(answer("HEAD", "/_security/_authenticate").0, 405);
    let (status, body, _) = answer("PROPFIND", "/_security/_authenticate");
    assert_eq!(status, 405);
    assert_eq!(body, r#"{"error":"Unexpected http method: PROPFIND, allowed: [GET]","status":405}"#);
}

#[test]
fn options_tells_the_methods_of_known_paths() {
    let (status, body, headers) = answer("OPTIONS", "/_security/user/ada");
    assert_eq!((status, body.as_str()), (200, ""));
    assert!(headers.contains(&("allow".to_owned(), "GET,POST,PUT,DELETE".to_owned())));
    assert!(headers.contains(&("content-type".to_owned(), "text/plain; charset=UTF-8".to_owned())));
    let (status, _, headers) = answer("OPTIONS", "/_security/nope");
    assert_eq!(status, 200);
    assert!(headers.iter().all(|(name, _)| name != "allow"));
}

#[test]
fn one_unknown_word_with_an_underscore_is_a_bad_index_name() {
    let (status, body, _) = answer("GET", "/_nope");
    assert_eq!(status, 400);
    assert!(body.contains("invalid_index_name_exception"), "{body}");
    assert!(body.contains("Invalid index name [_nope], must not start with '_'."), "{body}");
    assert_eq!(answer("POST", "/_nope").0, 405);
}

#[test]
fn index_placeholders_never_capture_words_of_the_router() {
    assert!(call("GET", "/_foo/_search").is_err());
    assert_eq!(call("GET", "/_all/_search").unwrap().path.get("index"), Some("_all"));
    assert_eq!(call("GET", "/logs+old/_search").unwrap().path.get("index"), Some("logs+old"));
}

#[test]
fn hazards_of_paths_are_refused() {
    for uri in [
        "//_search",
        "/logs//_search",
        "/%5Fsearch",
        "/logs/%5Fsearch",
        "/logs%252Ddev/_search",
        "/logs%2F_search",
        "/logs%2Fx/_search",
        "/logs/../_cluster/state",
        "/logs/%2e%2e/_cluster/state",
        "/logs/./_search",
        "/logs%00/_search",
        "/logs%/_search",
        "/logs%%41/_search",
        "/l%C0%AFogs/_search",
        "/logs%5Cx/_search",
        "/logs%0A/_search",
        "/logs/_search?q=a;index=b",
        "/logs/_search?q=a&q=b",
        "/logs/_search?q=%zz",
        "/logs/_search?q=%00",
        "/logs/_search?=x",
        "logs/_search",
    ] {
        assert_eq!(answer("GET", uri).0, 400, "{uri}");
    }
}

#[test]
fn document_ids_and_date_math_may_hold_slashes() {
    assert_eq!(call("GET", "/logs/_doc/a%2Fb%25c").unwrap().path.get("id"), Some("a/b%c"));
    let date_math = call("GET", "/%3Clogs-%7Bnow%2Fd%7D%3E/_search").unwrap();
    assert_eq!(date_math.path.get("index"), Some("<logs-{now/d}>"));
    assert_eq!(call("GET", "/_security/role/a%2Fb").unwrap().path.get("name"), Some("a/b"));
}

#[test]
fn unknown_parameters_are_told_with_suggestions() {
    assert_eq!(
        reason("GET", "/_security/_authenticate?pretyy"),
        "request [/_security/_authenticate] contains unrecognized parameter: [pretyy] -> did you mean [pretty]?"
    );
    assert_eq!(
        reason("GET", "/_security/user?foo=1&bar"),
        "request [/_security/user] contains unrecognized parameters: [bar], [foo]"
    );
    assert_eq!(
        reason("PUT", "/_security/user/x/_enable?refresh=true"),
        "request [/_security/user/x/_enable] contains unrecognized parameter: [refresh]"
    );
    // Names of placeholders do not stand in for them.
    assert!(reason("GET", "/_search?index=secret").contains("unrecognized parameter: [index]"));
    assert!(call("GET", "/_security/api_key?id=x&owner").is_ok());
    assert!(call("GET", "/_cat/indices?v&h=index&s=index:desc&bytes=kb&format=json").is_ok());
}

#[test]
fn booleans_for_all_are_read_first() {
    assert_eq!(
        reason("GET", "/_security/nope?pretty=maybe"),
        "Failed to parse value [maybe] as only [true] or [false] are allowed."
    );
    assert_eq!(call("GET", "/_security/user?pretty").unwrap().common.pretty, Some(true));
    assert_eq!(call("GET", "/?pretty=false").unwrap().common.pretty, Some(false));
}

#[test]
fn source_needs_its_type() {
    let (status, body, _) = answer("GET", "/logs/_search?source=%7B%7D");
    assert_eq!(status, 400);
    assert!(body.contains("Validation Failed: 1: source and source_content_type parameters are required;"), "{body}");
    let call = call("GET", "/logs/_search?source=%7B%7D&source_content_type=application/json").unwrap();
    assert_eq!(call.body(bytes::Bytes::new()).unwrap(), "{}");
    assert!(call.body("{}".into()).is_err());
}

#[test]
fn bodies_are_there_where_they_must_be() {
    let text = |method: &str, uri: &str, body: &'static str| {
        call(method, uri).unwrap().body(body.into()).unwrap_err().cause().reason().to_owned()
    };
    assert_eq!(
        text("GET", "/_security/_authenticate", "{}"),
        "request [GET /_security/_authenticate] does not support having a body"
    );
    assert_eq!(text("PUT", "/_security/api_key", ""), "request body is required");
    assert_eq!(text("GET", "/_security/user/_has_privileges", ""), "request body or source parameter is required");
    assert!(call("POST", "/_search").unwrap().body("".into()).unwrap().is_empty());
}

proptest! {
    #[test]
    fn nothing_that_is_sent_makes_it_fail(path in "/[ -~é\u{0}]{0,40}", query in proptest::option::of("[ -~é]{0,40}")) {
        let _ = classify(&Method::GET, &path, query.as_deref());
    }

    #[test]
    fn what_a_placeholder_captures_is_what_was_meant(name in "[a-zA-Z0-9 /%+é.~-]{1,30}") {
        prop_assume!(name != "." && name != "..");
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let call = call("GET", &format!("/_security/role/{encoded}")).unwrap();
        prop_assert_eq!(call.path.get("name"), Some(name.as_str()));
    }

    #[test]
    fn parameters_survive_encoding(value in "[ -~é&=+%;]{0,30}") {
        let encoded: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let call = call("GET", &format!("/_search?q={encoded}")).unwrap();
        prop_assert_eq!(call.params.get("q"), Some(value.as_str()));
    }
}
