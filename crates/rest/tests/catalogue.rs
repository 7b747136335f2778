//! The endpoint table as a whole: every row is readable, every row is reached by its own path.

use std::collections::HashSet;

use http::Method;
use keyward_rest::catalog::rule::Rule;
use keyward_rest::catalog::{Scope, verify};
use keyward_rest::{Endpoint, Owner, catalog, classify};

fn example(path: &str) -> String {
    let segment = |part: &str| match part {
        "{index}" | "{target}" | "{target_index}" | "{new_index}" | "{source}" | "{dest}" | "{alias}" => {
            "logs".to_owned()
        }
        "{type}" => "mytype".to_owned(),
        "{*}" => "a/b".to_owned(),
        placeholder if placeholder.starts_with('{') => "x1".to_owned(),
        literal => literal.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn methods(endpoint: &Endpoint) -> Vec<Method> {
    endpoint.method.clone().map_or_else(|| vec![Method::GET, Method::POST, Method::PATCH], |method| vec![method])
}

#[test]
fn every_row_is_readable() {
    verify().unwrap();
    assert!(catalog().endpoints().len() > 950);
}

#[test]
fn every_row_is_reached_by_its_path() {
    for endpoint in catalog().endpoints() {
        for method in methods(endpoint) {
            let call = classify(&method, &example(endpoint.path), None)
                .unwrap_or_else(|error| panic!("{method} {}: {error:?}", endpoint.path));
            // Rows that differ in the name of a placeholder alone share one place; there any of them may answer, as
            // long as it asks for the same actions.
            assert_eq!(call.endpoint.actions, endpoint.actions, "{method} {} is {}", endpoint.path, call.endpoint.api);
        }
    }
}

#[test]
fn every_action_expression_names_actions() {
    for endpoint in catalog().endpoints() {
        let free = endpoint.scope == Scope::None;
        if endpoint.actions.is_unknown() {
            assert!(free || endpoint.owner != Owner::Keyward, "{} has no action", endpoint.path);
        }
        for action in endpoint.actions.every_action() {
            assert!(action.starts_with("cluster:") || action.starts_with("indices:"), "{action}");
        }
    }
    assert!(Rule::parse("nonsense").is_err());
    assert!(Rule::parse("if{whatever: cluster:a}").is_err());
    assert!(Rule::parse("item{frob=>indices:a}").is_err());
}

#[test]
fn every_security_api_is_ours() {
    let foreign: HashSet<_> = catalog()
        .endpoints()
        .iter()
        .filter(|endpoint| endpoint.api.starts_with("security.") && endpoint.owner != Owner::Keyward)
        .map(|endpoint| endpoint.api)
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn no_method_of_a_path_stands_twice() {
    let mut seen = HashSet::new();
    for endpoint in catalog().endpoints() {
        assert!(seen.insert((endpoint.method.clone(), endpoint.path)), "{:?} {}", endpoint.method, endpoint.path);
    }
}
