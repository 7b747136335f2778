//! Every endpoint of the catalogue that is not the program's own: nothing reaches an engine for a caller who may do
//! nothing, and what reaches it for a superuser carries a permit.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod common;

use std::collections::BTreeSet;

use common::{Recorder, Scene};
use keyward_gateway::GatewayOptions;
use keyward_rest::{Endpoint, Owner, catalog};

/// What everybody may ask an engine: the list of cat routes, and to follow up on something by an id that only who made
/// it can know.
const OPEN_TO_ALL: &[&str] =
    &["async_search.delete", "async_search.get", "cat.help", "clear_scroll", "close_point_in_time"];

/// Bodies of which one fits any endpoint.
const BODIES: &[&str] = &[
    "",
    "{}",
    "{\"index\":{\"_index\":\"logs-a1\",\"_id\":\"1\"}}\n{}\n",
    "{\"index\":\"logs-a1\"}\n{}\n",
    r#"{"docs":[{"_index":"logs-a1","_id":"1"}]}"#,
    r#"{"source":{"index":"logs-a1"},"dest":{"index":"metrics-1"}}"#,
    r#"{"actions":[{"add":{"index":"logs-a1","alias":"x"}}]}"#,
    r#"{"scroll_id":"x"}"#,
    r#"{"id":"x"}"#,
];

fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    catalog().endpoints().iter().filter(|endpoint| endpoint.owner != Owner::Keyward)
}

fn url(endpoint: &Endpoint) -> String {
    let segments = endpoint.path.split('/').map(|segment| match segment {
        "{index}" | "{name}" | "{alias}" => "logs-a1",
        "{*}" => "x",
        placeholder if placeholder.starts_with('{') => "x1",
        literal => literal,
    });
    segments.collect::<Vec<_>>().join("/")
}

fn methods(endpoint: &Endpoint) -> &str {
    endpoint.method.as_ref().map_or("GET", |method| method.as_str())
}

#[test]
fn whoever_may_do_nothing_reaches_no_engine() {
    let scene = Scene::new("C[none]");
    for endpoint in endpoints() {
        for body in BODIES {
            if let Err(error) = scene.asks(methods(endpoint), &url(endpoint), body) {
                let status = error.status().as_u16();
                assert!([400, 403, 501].contains(&status), "{} {}: {error}", endpoint.api, endpoint.path);
            }
        }
    }
    let reached: BTreeSet<String> = scene.given().into_iter().map(|given| given.api).collect();
    let expected: BTreeSet<String> = OPEN_TO_ALL.iter().map(|api| (*api).to_owned()).collect();
    assert_eq!(reached, expected);
}

#[test]
fn a_powerless_caller_is_told_403_before_501() {
    let nothing =
        Recorder { unsupported: catalog().endpoints().iter().map(|row| row.api).collect(), ..Recorder::default() };
    let scene = Scene::with("C[none]", nothing, GatewayOptions::default());
    let mut told = BTreeSet::new();
    for endpoint in endpoints() {
        for body in BODIES {
            match scene.asks(methods(endpoint), &url(endpoint), body) {
                Ok(_) => panic!("{} is answered", endpoint.api),
                Err(error) if error.status().as_u16() == 501 => {
                    told.insert(endpoint.api);
                }
                Err(_) => {}
            }
        }
    }
    // Those that everybody may ask for, were they served.
    for api in &told {
        let open = OPEN_TO_ALL.contains(api)
            || endpoints()
                .any(|row| row.api == *api && row.actions.every_action().iter().all(|action| is_open(action)));
        assert!(open, "{api} says that it is not served to somebody who may not ask for it");
    }
}

/// Actions on something that exists already, which go by its id.
fn is_open(action: &str) -> bool {
    let name = action.rsplit('/').next().expect("a part");
    action.starts_with("indices:data/read/") && matches!(name, "get" | "delete" | "stop" | "close_cursor" | "submit")
}

#[test]
fn what_reaches_an_engine_for_a_superuser_carries_the_action_of_its_endpoint() {
    let scene = Scene::with(
        "ALL",
        Recorder::default(),
        GatewayOptions { destructive_requires_name: false, ..GatewayOptions::default() },
    );
    for endpoint in endpoints() {
        for body in BODIES {
            let before = scene.given().len();
            let answer = scene.asks(methods(endpoint), &url(endpoint), body);
            let given = scene.given();
            let Some(given) = given.get(before) else { continue };
            assert!(answer.is_ok(), "{}", endpoint.api);
            assert_eq!(endpoint.owner, Owner::Engine, "{}: nobody serves this", endpoint.api);
            let actions = endpoint.actions.every_action();
            assert!(
                actions.contains(&given.action.as_str()) || endpoint.api == "cat.help",
                "{}: {given:?}",
                endpoint.api
            );
        }
    }
}
