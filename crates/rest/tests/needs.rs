//! What holds for the needs of any call: they are worked out or refused, and no call goes without.

#![expect(clippy::panic, reason = "a test tells what is wrong by panicking")]

use http::Method;
use keyward_rest::catalog::Scope;
use keyward_rest::{Call, catalog, classify, requirements};
use keyward_security::time::Timestamp;
use keyward_xcontent::Limits;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_711_151_970_500);

fn calls() -> Vec<Call> {
    let mut calls = Vec::new();
    for endpoint in catalog().endpoints() {
        let segments = endpoint.path.split('/').map(|segment| if segment.starts_with('{') { "x1" } else { segment });
        let path = segments.collect::<Vec<_>>().join("/");
        let method = endpoint.method.clone().unwrap_or(Method::GET);
        match classify(&method, &path, None) {
            Ok(call) => calls.push(call),
            Err(unroutable) => panic!("{path}: {:?}", unroutable.into_reply()),
        }
    }
    calls
}

#[test]
fn no_call_goes_without_needs() {
    for call in calls() {
        let endpoint = call.endpoint;
        let Ok(found) = requirements(&call, b"", NOW, Limits::default()) else { continue };
        let none = found.whole.is_empty() && found.items.is_empty() && found.document.is_none();
        assert!(!none || found.is_unclassified || endpoint.scope == Scope::None, "{} {}", endpoint.api, endpoint.path);
    }
}

#[test]
fn template_actions_go_by_cluster_privileges_without_names() {
    for call in calls() {
        let Ok(found) = requirements(&call, b"", NOW, Limits::default()) else { continue };
        for needed in found.whole.iter().filter(|needed| needed.action.is_cluster()) {
            assert!(needed.names.is_empty(), "{}: {needed:?}", call.endpoint.api);
        }
    }
}

/// Bodies that look like those of requests, with names wherever some could be.
fn body() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "\"a\"",
        "\"b-*\"",
        "[\"c\",\"d\"]",
        "\"<e-{now/d}>\"",
        "1",
        "null",
        "{}",
        "\"\"",
        "\"f,,g\"",
    ]);
    let key = prop::sample::select(vec![
        "index",
        "_index",
        "indices",
        "_id",
        "id",
        "docs",
        "ids",
        "actions",
        "add",
        "alias",
        "source",
        "dest",
        "query",
        "terms",
        "user",
        "path",
        "pit",
        "scroll_id",
        "aliases",
        "wrapper",
        "percolate",
        "script",
        "create",
        "delete",
        "update",
        "data_stream",
        "cursor",
    ]);
    let leaf = name.prop_map(str::to_owned);
    let value = leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec((key.clone(), inner.clone()), 0..4).prop_map(|fields| {
                let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
            prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    });
    prop::collection::vec(value, 1..4).prop_flat_map(|lines| {
        prop_oneof![Just(lines.concat()), Just(lines.iter().map(|line| format!("{line}\n")).collect::<String>())]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_body_is_read_or_refused(body in body()) {
        for call in calls() {
            let Ok(found) = requirements(&call, body.as_bytes(), NOW, Limits::default()) else { continue };
            let items = found.items.iter().chain(&found.document).flat_map(|item| &item.needs);
            for needed in found.whole.iter().chain(items) {
                prop_assert!(!needed.names.iter().any(|name| name.is_empty() || name.contains(['<', ','])), "{:?}", needed);
            }
            for item in &found.items {
                prop_assert!(call.endpoint.api == "simulate.ingest" || !item.needs.is_empty(), "{:?}", item);
            }
        }
    }
}
