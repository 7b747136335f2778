//! Documents and tables as bytes.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use http::{Method, StatusCode};
use keyward_rest::render::filter_path::FilterPath;
use keyward_rest::render::table::{Cell, Column, Table, human_bytes, human_millis};
use keyward_rest::{ElasticError, MediaTypes, RenderOptions, Reply, classify, render};
use proptest::prelude::*;
use serde_json::{Value, json};

fn options(uri: &str, accept: Option<&str>) -> RenderOptions {
    let (path, query) = uri.split_once('?').map_or((uri, None), |(path, query)| (path, Some(query)));
    let call = classify(&Method::GET, path, query).unwrap();
    RenderOptions::of(&call, &MediaTypes::read(accept, None, false).unwrap()).unwrap()
}

fn text(reply: Reply, options: &RenderOptions) -> String {
    String::from_utf8(render(reply, options).body.to_vec()).unwrap()
}

#[test]
fn pretty_has_its_own_shape() {
    let value = json!({"a": 1, "b": [], "c": {}, "d": ["x", {"e": null}], "f": "q\"\u{1}é"});
    let shown = text(Reply::ok(value.clone()), &options("/_security/user?pretty", None));
    assert_eq!(
        shown,
        "{\n  \"a\" : 1,\n  \"b\" : [ ],\n  \"c\" : { },\n  \"d\" : [\n    \"x\",\n    {\n      \"e\" : null\n    }\n  \
         ],\n  \"f\" : \"q\\\"\\u0001é\"\n}\n"
    );
    assert_eq!(text(Reply::ok(value.clone()), &options("/_security/user", None)), value.to_string());
    assert!(text(Reply::ok(json!({"a": 1})), &options("/", None)).starts_with("{\n"));
    assert_eq!(text(Reply::ok(json!({"a": 1})), &options("/?pretty=false", None)), r#"{"a":1}"#);
}

#[test]
fn yaml_keeps_types_apart() {
    let value =
        json!({"name": "no", "count": 1, "on": true, "list": ["a", {"b": 1, "c": [[]]}], "none": [], "o": {"p": null}});
    let shown = text(Reply::ok(value), &options("/_security/user?format=yaml", None));
    assert_eq!(
        shown,
        "---\nname: \"no\"\ncount: 1\n\"on\": true\nlist:\n- \"a\"\n- b: 1\n  c:\n  - []\nnone: []\no:\n  p: null\n"
    );
    let reply = render(Reply::ok(json!({})), &options("/_security/user", Some("application/yaml")));
    assert_eq!(reply.body, "--- {}\n");
    assert!(reply.headers.iter().any(|(name, value)| name == "content-type" && value == "application/yaml"));
}

#[test]
fn raw_documents_are_passed_on_unless_another_form_is_asked_for() {
    let reply = || Reply::raw(StatusCode::OK, r#"{"a":1,"b":{"c":2}}"#);
    assert_eq!(text(reply(), &options("/_security/user", None)), r#"{"a":1,"b":{"c":2}}"#);
    assert_eq!(text(reply(), &options("/_security/user?filter_path=b.*", None)), r#"{"b":{"c":2}}"#);
    assert_eq!(text(reply(), &options("/_security/user?format=yaml", None)), "---\na: 1\nb:\n  c: 2\n");
}

#[test]
fn filter_path_includes_and_excludes() {
    let value = json!({"a": {"b": 1, "c": 2}, "d": [{"e": 1, "f": 2}, {"f": 3}], "x": {"y": {"e": 5}}, "dot.ted": 1});
    let filter = |text: &str| FilterPath::parse(text).unwrap().apply(value.clone());
    assert_eq!(filter("a.b"), json!({"a": {"b": 1}}));
    assert_eq!(filter("a"), json!({"a": {"b": 1, "c": 2}}));
    assert_eq!(filter("d.f"), json!({"d": [{"f": 2}, {"f": 3}]}));
    assert_eq!(filter("d.e"), json!({"d": [{"e": 1}]}));
    assert_eq!(filter("**.e"), json!({"d": [{"e": 1}], "x": {"y": {"e": 5}}}));
    assert_eq!(filter("*.y.*"), json!({"x": {"y": {"e": 5}}}));
    assert_eq!(filter("x.**"), json!({"x": {"y": {"e": 5}}}));
    assert_eq!(filter("-a,-d,-x"), json!({"dot.ted": 1}));
    assert_eq!(filter("a,-a.b"), json!({"a": {"c": 2}}));
    assert_eq!(filter("-**.e"), json!({"a": {"b": 1, "c": 2}, "d": [{"f": 2}, {"f": 3}], "dot.ted": 1}));
    assert_eq!(filter(r"dot\.ted"), json!({"dot.ted": 1}));
    assert_eq!(filter("nothing"), json!({}));
    assert_eq!(FilterPath::parse(" , "), None);
}

#[test]
fn errors_are_not_filtered() {
    let error = ElasticError::illegal_argument("no");
    assert!(
        text(error.into(), &options("/_security/user?filter_path=zz", None)).contains("illegal_argument_exception")
    );
}

fn table() -> Table {
    let column = |name, aliases, right, default| Column { name, aliases, description: "what it is", right, default };
    Table {
        columns: vec![
            column("index", &["i", "idx"], false, true),
            column("docs.count", &["dc"], true, true),
            column("store.size", &["ss"], true, true),
            column("uptime", &[], true, false),
        ],
        rows: vec![
            vec![Cell::Text("beta".into()), Cell::Number(12), Cell::Bytes(1536), Cell::Millis(1500)],
            vec![Cell::Text("a".into()), Cell::Number(3), Cell::Bytes(10), Cell::Absent],
        ],
    }
}

#[test]
fn tables_are_text_for_people() {
    let show = |uri: &str| text(Reply::table(table()), &options(uri, None));
    assert_eq!(show("/_cat/indices"), "beta 12 1.5kb\na     3   10b\n");
    assert_eq!(
        show("/_cat/indices?v&s=i"),
        "index docs.count store.size\na              3        10b\nbeta          12      1.5kb\n"
    );
    assert_eq!(show("/_cat/indices?h=dc,uptime&s=dc:desc&time=ms"), "12 1500\n 3     \n");
    assert_eq!(show("/_cat/indices?h=d*&bytes=b"), "12\n 3\n");
    assert!(show("/_cat/indices?help").starts_with("index      | i,idx | what it is\n"));
    let bad = text(Reply::table(table()), &options("/_cat/indices?s=nope", None));
    assert!(bad.contains("Unable to sort by unknown sort key `nope`"), "{bad}");
}

#[test]
fn tables_are_documents_for_programs() {
    let expected = "[{\"index\":\"beta\",\"docs.count\":\"12\",\"store.size\":\"1.5kb\"},\
                    {\"index\":\"a\",\"docs.count\":\"3\",\"store.size\":\"10b\"}]";
    assert_eq!(text(Reply::table(table()), &options("/_cat/indices?format=json", None)), expected);
    assert_eq!(text(Reply::table(table()), &options("/_cat/indices", Some("application/json"))), expected);
    let absent = text(Reply::table(table()), &options("/_cat/indices?format=json&h=uptime", None));
    assert_eq!(absent, r#"[{"uptime":"1.5s"},{"uptime":null}]"#);
}

#[test]
fn sizes_and_times_for_people() {
    assert_eq!(human_bytes(1023), "1023b");
    assert_eq!(human_bytes(1024), "1kb");
    assert_eq!(human_bytes(5 << 30), "5gb");
    assert_eq!(human_millis(999), "999ms");
    assert_eq!(human_millis(90_000), "1.5m");
}

fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é\n]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("[a-c.]{1,3}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn pretty_means_the_same(value in documents()) {
        let shown = text(Reply::ok(value.clone()), &options("/_security/user?pretty", None));
        prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
    }

    #[test]
    fn everything_and_nothing(value in documents()) {
        prop_assume!(value.is_object());
        let all = FilterPath::parse("**").unwrap().apply(value.clone());
        prop_assert_eq!(&all, &value);
        prop_assert_eq!(FilterPath::parse("-**").unwrap().apply(value.clone()), json!({}));
        prop_assert_eq!(FilterPath::parse("zz").unwrap().apply(value), json!({}));
    }
}
