//! Vectors of checks, and the texts of bodies that cannot be checked.

use keyward_xcontent::{Limits, parse};
use serde_json::{Value, json};

use super::*;
use crate::privilege::ApplicationPrivilege;
use crate::role::descriptor::{DescriptorContext, RoleDescriptors};

fn role(descriptor: &Value, stored: &ApplicationPrivileges) -> Role {
    let text = json!({"r": descriptor}).to_string();
    let value = parse(text.as_bytes(), Limits::default()).unwrap();
    Role::compile(&RoleDescriptors::parse(&value, DescriptorContext::Stored).unwrap(), stored).unwrap()
}

fn wanted(body: &Value) -> PrivilegesToCheck {
    let text = body.to_string();
    PrivilegesToCheck::parse(&parse(text.as_bytes(), Limits::default()).unwrap(), "bob").unwrap()
}

fn stored() -> ApplicationPrivileges {
    let privilege = ApplicationPrivilege {
        application: "kibana-.kibana".into(),
        name: "feature.x.read".into(),
        actions: vec!["saved:x/get".into(), "login:".into()],
        metadata: Map::new(),
    };
    [Arc::new(privilege)].into_iter().collect()
}

fn check(descriptor: &Value, body: &Value) -> Value {
    let stored = stored();
    role(descriptor, &stored).check_privileges(&wanted(body), &stored).unwrap().to_json("bob")
}

fn index(entries: Value, name: &str, privileges: Value) -> Value {
    let body = json!({"index": [{"names": [name], "privileges": privileges}]});
    check(&json!({"indices": entries}), &body)["index"][name].clone()
}

fn entry(names: &str, privileges: &[&str]) -> Value {
    json!({"names": [names], "privileges": privileges})
}

#[test]
fn groups_that_cover_the_name_combine() {
    let both = json!([entry("logs-*", &["read"]), entry("logs-a*", &["write"])]);
    assert_eq!(index(both, "logs-a1", json!(["read", "write"])), json!({"read": true, "write": true}));
}

#[test]
fn groups_do_not_combine_over_names() {
    let both = json!([entry("a*", &["read"]), entry("b*", &["read"])]);
    assert_eq!(index(both, "/[ab].*/", json!(["read"])), json!({"read": false}));
}

#[test]
fn the_whole_pattern_must_be_covered() {
    assert_eq!(index(json!([entry("logs-*", &["read"])]), "log*", json!(["read"])), json!({"read": false}));
    assert_eq!(index(json!([entry("logs-*", &["read"])]), "logs-?", json!(["read"])), json!({"read": true}));
}

#[test]
fn restricted_names_are_left_out_on_both_sides() {
    let all = json!([entry("*", &["all"])]);
    assert_eq!(index(all.clone(), "*", json!(["all"])), json!({"all": true}));
    assert_eq!(index(all.clone(), ".security-7", json!(["read"])), json!({"read": false}));
    let body = json!({"index": [{"names": ["*"], "privileges": ["all"], "allow_restricted_indices": true}]});
    assert_eq!(check(&json!({"indices": all}), &body)["index"]["*"], json!({"all": false}));
    let flagged = json!({"indices": [{"names": ["*"], "privileges": ["all"], "allow_restricted_indices": true}]});
    assert_eq!(check(&flagged, &body)["index"]["*"], json!({"all": true}));
    // Nothing but restricted names: nothing is left to be asked about.
    assert_eq!(index(json!([entry("*", &["all"])]), ".kibana_*", json!(["read"])), json!({"read": false}));
}

#[test]
fn failure_stores_are_asked_about_as_such() {
    let read = json!([entry("ds", &["read"])]);
    assert_eq!(
        index(read, "ds", json!(["read", "read_failure_store"])),
        json!({"read": true, "read_failure_store": false})
    );
    let failures = json!([entry("ds", &["read_failure_store"])]);
    assert_eq!(
        index(failures, "ds", json!(["read", "read_failure_store"])),
        json!({"read": false, "read_failure_store": true})
    );
    let all = json!([entry("ds", &["all"])]);
    assert_eq!(
        index(all, "ds", json!(["manage_failure_store", "manage"])),
        json!({"manage_failure_store": true, "manage": true})
    );
}

#[test]
fn raw_actions_are_asked_about_as_they_grant() {
    let raw = json!([entry("a", &["indices:data/read/get"])]);
    assert_eq!(
        index(raw, "a", json!(["indices:data/read/get", "indices:data/read/get[s]", "indices:data/read/", "read"])),
        json!({
            "indices:data/read/get": true, "indices:data/read/get[s]": true, "indices:data/read/": false, "read": false,
        })
    );
}

#[test]
fn both_sides_must_grant() {
    let none = ApplicationPrivileges::default();
    let limited =
        Role::limited(&role(&json!({"cluster": ["all"]}), &none), &role(&json!({"cluster": ["monitor"]}), &none));
    let result = limited.check_privileges(&wanted(&json!({"cluster": ["monitor", "manage"]})), &none).unwrap();
    assert_eq!(
        result.to_json("bob").to_string(),
        r#"{"username":"bob","has_all_requested":false,"cluster":{"monitor":true,"manage":false},"index":{},"application":{}}"#
    );
    let split = role(&json!({"indices": [entry("logs-a*", &["read"]), entry("logs-b*", &["read"])]}), &none);
    let one = role(&json!({"indices": [entry("logs-*", &["read"])]}), &none);
    let body = wanted(&json!({"index": [{"names": "logs-*", "privileges": ["read"]}]}));
    assert!(one.check_privileges(&body, &none).unwrap().has_all_requested());
    assert!(!Role::limited(&one, &split).check_privileges(&body, &none).unwrap().has_all_requested());
}

#[test]
fn cluster_privileges_imply_each_other() {
    let implies = |held: &str, asked: &str| {
        check(&json!({"cluster": [held]}), &json!({"cluster": [asked]}))["cluster"][asked] == true
    };
    for held in ["all", "manage_security", "manage_api_key", "manage_own_api_key"] {
        assert!(implies(held, "manage_own_api_key"), "{held}");
    }
    assert!(!implies("manage_own_api_key", "manage_api_key"));
    assert!(!implies("manage", "manage_own_api_key"));
    assert!(implies("manage", "monitor") && !implies("monitor", "manage"));
    assert!(implies("monitor", "cluster:monitor/nodes/stats"));
    assert_eq!(check(&json!({}), &json!({"cluster": ["none"]}))["cluster"]["none"], false);
}

fn application(app: &str, privileges: &[&str], resources: &[&str]) -> Value {
    json!({"application": app, "privileges": privileges, "resources": resources})
}

#[test]
fn stored_application_privileges_are_sets_of_actions() {
    let held = json!({"applications": [application("kibana-.kibana", &["feature.x.read"], &["space:default"])]});
    let asks = |privilege: &str, resource: &str| {
        let body = json!({"application": [application("kibana-.kibana", &[privilege], &[resource])]});
        check(&held, &body)["application"]["kibana-.kibana"][resource][privilege] == true
    };
    assert!(asks("saved:x/get", "space:default"));
    assert!(asks("feature.x.read", "space:default"));
    assert!(!asks("saved:x/get", "*"));
    assert!(!asks("saved:x/put", "space:default"));
    assert!(!asks("unknown", "space:default"));
}

#[test]
fn unknown_application_privileges_are_granted_by_their_name_or_everything() {
    let asks = |held: &[&str], asked: &str| {
        let held = json!({"applications": [application("app", held, &["*"])]});
        check(&held, &json!({"application": [application("app", &[asked], &["*"])]}))["application"]["app"]["*"][asked]
            == true
    };
    assert!(asks(&["foo"], "foo") && !asks(&["foo"], "bar"));
    assert!(!asks(&["foo", "bar"], "foo"));
    assert!(asks(&["*"], "foo"));
    let none = ApplicationPrivileges::default();
    let side = |privilege| role(&json!({"applications": [application("app", &[privilege], &["*"])]}), &none);
    let both = Role::limited(&side("*"), &side("foo"));
    let ask = |name| wanted(&json!({"application": [application("app", &[name], &["*"])]}));
    assert!(!both.check_privileges(&ask("bar"), &none).unwrap().has_all_requested());
    assert!(both.check_privileges(&ask("foo"), &none).unwrap().has_all_requested());
}

#[test]
fn application_patterns_of_roles_mean_stored_applications() {
    let held = json!({"applications": [application("kibana-*", &["feature.x.read"], &["*"])]});
    let body = json!({"application": [application("kibana-.kibana", &["login:"], &["x"]), application("other", &["a"], &["y"])]});
    let answer = check(&held, &body);
    assert_eq!(answer["application"], json!({"kibana-.kibana": {"x": {"login:": true}}, "other": {"y": {"a": false}}}));
    let super_user = json!({"applications": [application("*", &["*"], &["*"])]});
    let body = json!({"application": [application("other", &["a"], &["y"])]});
    let none = ApplicationPrivileges::default();
    assert!(role(&super_user, &none).check_privileges(&wanted(&body), &none).unwrap().has_all_requested());
}

#[test]
fn names_asked_twice_are_answered_once() {
    let body = json!({"index": [
        {"names": ["b", "a"], "privileges": ["read"]},
        {"names": "a", "privileges": ["write"], "allow_restricted_indices": true},
    ]});
    let answer = check(&json!({"indices": [entry("a", &["all"])]}), &body);
    assert_eq!(answer["index"].to_string(), r#"{"a":{"read":true,"write":true},"b":{"read":false}}"#);
}

#[test]
fn bodies_are_refused_in_known_words() {
    let refused = |text: &str| {
        PrivilegesToCheck::parse(&parse(text.as_bytes(), Limits::default()).unwrap(), "bob").unwrap_err().to_string()
    };
    let cases = [
        ("[]", "failed to parse privileges check [bob]. expected an object but found [START_ARRAY] instead"),
        (r#"{"indices":[]}"#, "failed to parse privileges check [bob]. unexpected field [indices]"),
        ("{}", "failed to parse privileges check [bob]. All privilege fields [cluster,index,applications] are missing"),
        (
            r#"{"index":[{"names":"a","privileges":["read"],"query":"x"}]}"#,
            "Field [query] is not supported in a has_privileges request",
        ),
        (
            r#"{"index":[{"names":"a","privileges":["read"],"field_security":{}}]}"#,
            "Field [field_security] is not supported in a has_privileges request",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected, "{text}");
    }
    assert_eq!(wanted(&json!({"cluster": []})).validate(), ["must specify at least one privilege"]);
    assert_eq!(
        wanted(&json!({"applications": [application("app*", &["a"], &["*"])]})).validate(),
        ["Application names may not contain '*' (found 'app*')"]
    );
    let role = Role::empty();
    let none = ApplicationPrivileges::default();
    let unknown = role.check_privileges(&wanted(&json!({"cluster": ["x"]})), &none).unwrap_err();
    assert!(unknown.to_string().starts_with("unknown cluster privilege [x]."));
}
