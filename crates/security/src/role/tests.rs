//! Compiling: what merges, what splits, what the sides of a limited role grant together.

use std::sync::Arc;

use keyward_xcontent::{Limits, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::descriptor::DescriptorContext;
use super::*;
use crate::authentication::RealmRef;
use crate::privilege::SelectorClass;
use crate::user::User;

fn compile(descriptors: &Value) -> Result<Role, RoleError> {
    let text = descriptors.to_string();
    let value = parse(text.as_bytes(), Limits::default()).unwrap();
    let descriptors = RoleDescriptors::parse(&value, DescriptorContext::Stored).unwrap();
    Role::compile(&descriptors, &ApplicationPrivileges::default())
}

fn role(descriptors: Value) -> Role {
    compile(&descriptors).unwrap()
}

fn indices(entries: Value) -> Role {
    role(json!({"r": {"indices": entries}}))
}

fn covers(role: &Role, name: &str, action: &'static str) -> bool {
    role.covers(&NameRef::plain(name), Selector::Data, &Action::from_static(action))
}

const SEARCH: &str = "indices:data/read/search";

fn bob() -> Authentication {
    let user = User {
        username: "bob".into(),
        roles: Arc::from([]),
        full_name: None,
        email: None,
        metadata: Arc::default(),
        enabled: true,
    };
    Authentication::realm(user, RealmRef::new("native1", "native"))
}

#[test]
fn entries_of_the_same_names_become_one_group() {
    let role = role(json!({
        "one": {"indices": [{"names": ["b", "a"], "privileges": ["read"], "query": "1"}]},
        "two": {"indices": [
            {"names": ["a", "b"], "privileges": ["write"], "query": "2"},
            {"names": ["a"], "privileges": ["none"]},
            {"names": ["a", "b"], "privileges": ["monitor"], "query": "3", "allow_restricted_indices": true},
        ]},
    }));
    let groups = role.sides().next().unwrap().groups();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0].queries().unwrap().len(), 2);
    assert_eq!(groups[0].privileges().len(), 2);
    assert!(groups[1].allows_restricted());
    assert_eq!(role.names().iter().map(|name| &**name).collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn an_entry_without_query_or_fields_lifts_them_from_its_group() {
    let role = indices(json!([
        {"names": ["a"], "privileges": ["read"], "query": "1", "field_security": {"grant": ["x"]}},
        {"names": ["a"], "privileges": ["read"], "field_security": {"grant": ["y"]}},
        {"names": ["b"], "privileges": ["read"], "query": "1", "field_security": {"grant": ["x"]}},
        {"names": ["b"], "privileges": ["read"], "query": "2", "field_security": {"grant": ["*"]}},
    ]));
    let groups = role.sides().next().unwrap().groups();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[0].queries(), None);
    let fields = groups[0].fields().unwrap();
    assert!(fields.automaton.matches("x") && fields.automaton.matches("y") && fields.automaton.matches("_id"));
    assert!(!fields.automaton.matches("z"));
    assert_eq!(groups[1].queries().unwrap().len(), 2);
    assert!(groups[1].fields().is_none());
}

#[test]
fn excepted_fields_include_metadata_fields() {
    let role = indices(json!([
        {"names": ["a"], "privileges": ["read"], "field_security": {"grant": ["*"], "except": ["ssn", "_x"]}},
        {"names": ["b"], "privileges": ["read"], "field_security": {"grant": []}},
    ]));
    let groups = role.sides().next().unwrap().groups();
    let all_but = &groups[0].fields().unwrap().automaton;
    assert!(all_but.matches("name") && all_but.matches("_id") && !all_but.matches("ssn") && !all_but.matches("_x"));
    let none = &groups[1].fields().unwrap().automaton;
    assert!(none.matches("_id") && !none.matches("name"));
}

#[test]
fn privileges_split_by_selector_class() {
    let classes = |privileges: Value| -> Vec<SelectorClass> {
        let role = indices(json!([{"names": ["ds"], "privileges": privileges}]));
        role.sides().next().unwrap().groups().iter().map(IndicesGroup::class).collect()
    };
    assert_eq!(classes(json!(["read", "indices:admin/get"])), [SelectorClass::Data]);
    assert_eq!(classes(json!(["read", "read_failure_store"])), [SelectorClass::Data, SelectorClass::Failures]);
    assert_eq!(classes(json!(["manage", "read"])), [SelectorClass::Data, SelectorClass::DataAndFailures]);
    assert_eq!(classes(json!(["read_failure_store", "all", "read"])), [SelectorClass::Every]);
}

#[test]
fn names_reach_parts_of_data_streams() {
    let grants = |role: &Role, name, stream, selector| {
        role.covers(&NameRef { name, stream }, selector, &Action::from_static(SEARCH))
    };
    let data = indices(json!([{"names": ["ds-web"], "privileges": ["read"]}]));
    let failures = indices(json!([{"names": ["ds-web"], "privileges": ["read_failure_store"]}]));
    let backing = StreamPart::BackingOf("ds-web");
    let failed = StreamPart::FailuresOf("ds-web");
    assert!(grants(&data, "ds-web", StreamPart::Stream, Selector::Data));
    assert!(!grants(&data, "ds-web", StreamPart::Stream, Selector::Failures));
    assert!(grants(&data, ".ds-1", backing, Selector::Data));
    assert!(!grants(&data, ".fs-1", failed, Selector::Data));
    assert!(grants(&failures, "ds-web", StreamPart::Stream, Selector::Failures));
    assert!(!grants(&failures, "ds-web", StreamPart::Stream, Selector::Data));
    assert!(!grants(&failures, ".ds-1", backing, Selector::Data));
    assert!(grants(&failures, ".fs-1", failed, Selector::Data));
    let by_index = indices(json!([{"names": [".ds-*"], "privileges": ["read"]}]));
    assert!(grants(&by_index, ".ds-1", backing, Selector::Data));
    assert!(!grants(&by_index, "ds-web", StreamPart::Stream, Selector::Data));
}

#[test]
fn restricted_names_need_the_flag_and_the_name() {
    let plain = indices(json!([{"names": ["*", ".security-7"], "privileges": ["all"]}]));
    assert!(!covers(&plain, ".security-7", SEARCH) && covers(&plain, ".hid", SEARCH));
    let flagged =
        indices(json!([{"names": [".security-7"], "privileges": ["read"], "allow_restricted_indices": true}]));
    assert!(covers(&flagged, ".security-7", SEARCH));
    let elsewhere = indices(json!([{"names": ["logs-*"], "privileges": ["read"], "allow_restricted_indices": true}]));
    assert!(!covers(&elsewhere, ".security-7", SEARCH));
    assert!(!covers(&Role::limited(&flagged, &plain), ".security-7", SEARCH));
    assert!(covers(superuser_role(), ".security-7", SEARCH));
    assert!(!covers(superuser_role(), ".security-7", "indices:data/write/index"));
}

#[test]
fn names_without_wildcards_are_compared_literally() {
    let role = indices(json!([{"names": ["logs\\-a1", "<logs-{now/d}>", "/x[0-9]/"], "privileges": ["read"]}]));
    assert!(covers(&role, "logs\\-a1", SEARCH) && covers(&role, "<logs-{now/d}>", SEARCH));
    assert!(!covers(&role, "logs-a1", SEARCH));
    assert!(covers(&role, "x1", SEARCH) && !covers(&role, "x12", SEARCH));
}

#[test]
fn the_legacy_rule_covers_mapping_updates_outside_data_streams() {
    let role = indices(json!([{"names": ["a"], "privileges": ["create_doc"]}]));
    let (put, auto) = ("indices:admin/mapping/put", "indices:admin/mapping/auto_put");
    assert!(covers(&role, "a", put) && covers(&role, "a", auto) && !covers(&role, "b", put));
    assert!(!covers(&role, "a", "indices:admin/settings/update"));
    let stream = NameRef { name: "a", stream: StreamPart::Stream };
    let backing = NameRef { name: ".ds-a", stream: StreamPart::BackingOf("a") };
    for name in [stream, backing] {
        assert!(!role.covers(&name, Selector::Data, &Action::from_static(auto)), "{name:?}");
    }
    assert!(role.allows_somewhere(&Action::from_static(auto)));
    let side = role.sides().next().unwrap();
    let grant = |action| side.legacy_mapping_grant(&NameRef::plain("a"), Selector::Data, &Action::from_static(action));
    assert_eq!(grant(auto), Some("create_doc"));
    assert_eq!(grant("indices:data/write/bulk"), None);
    let write = indices(json!([{"names": ["a"], "privileges": ["write"]}]));
    let side = write.sides().next().unwrap();
    let name = NameRef::plain("a");
    assert_eq!(side.legacy_mapping_grant(&name, Selector::Data, &Action::from_static(auto)), None);
    assert_eq!(side.legacy_mapping_grant(&name, Selector::Data, &Action::from_static(put)), Some("write"));
}

#[test]
fn only_an_unbounded_group_is_total() {
    let total = |entry: Value| indices(json!([entry])).sides().next().unwrap().is_total();
    assert!(total(json!({"names": ["*"], "privileges": ["all"], "allow_restricted_indices": true})));
    assert!(!total(json!({"names": ["*"], "privileges": ["all"]})));
    assert!(!total(json!({"names": ["*"], "privileges": ["all"], "allow_restricted_indices": true, "query": "{}"})));
    assert!(!total(json!({"names": ["a*"], "privileges": ["all"], "allow_restricted_indices": true})));
    assert!(!superuser_role().sides().next().unwrap().is_total());
}

#[test]
fn cluster_privileges_are_united_after_their_exceptions() {
    let permits = |cluster: Value, action: &str, detail: &Detail| {
        role(json!({"r": {"cluster": cluster}})).check_cluster(&Action::new(action), detail, &bob())
    };
    let create = "cluster:admin/xpack/security/api_key/create";
    assert!(permits(json!(["manage"]), "cluster:admin/settings/update", &Detail::None));
    assert!(!permits(json!(["manage"]), create, &Detail::CreateApiKey));
    assert!(permits(json!(["manage", "manage_own_api_key"]), create, &Detail::CreateApiKey));
    assert!(!permits(json!(["manage", "manage_own_api_key"]), create, &Detail::None));
    assert!(permits(json!(["manage", "manage_security"]), create, &Detail::None));
    assert!(permits(json!(["cluster:monitor/nodes/"]), "cluster:monitor/nodes/stats", &Detail::None));
    assert!(!permits(json!([]), "cluster:monitor/main", &Detail::None));
}

#[test]
fn limited_roles_permit_what_both_sides_permit() {
    let base = role(
        json!({"k": {"cluster": ["all"], "run_as": ["*"], "indices": [{"names": ["logs-*"], "privileges": ["all"]}]}}),
    );
    let limit = role(json!({"owner": {"cluster": ["monitor"], "run_as": ["ada"], "indices": [
        {"names": ["logs-a*"], "privileges": ["read"]}, {"names": ["x"], "privileges": ["write"]}]}}));
    let both = Role::limited(&base, &limit);
    assert!(both.is_limited() && !base.is_limited());
    assert_eq!(both.names(), limit.names());
    assert!(both.check_cluster(&Action::new("cluster:monitor/main"), &Detail::None, &bob()));
    assert!(!both.check_cluster(&Action::new("cluster:admin/settings/update"), &Detail::None, &bob()));
    assert!(both.may_run_as("ada") && !both.may_run_as("eve"));
    assert!(covers(&both, "logs-a1", SEARCH) && !covers(&both, "logs-b", SEARCH));
    assert!(both.allows_somewhere(&Action::from_static("indices:data/write/bulk")));
    assert!(!covers(&both, "logs-a1", "indices:data/write/bulk") && !covers(&both, "x", "indices:data/write/bulk"));
    let allowed = both.allowed_actions(&NameRef::plain("logs-a1")).unwrap();
    assert!(allowed.matches(SEARCH) && !allowed.matches("indices:admin/delete"));
    assert!(Role::limited(&both, &Role::empty()).sides().len() == 3);
    assert!(!covers(&Role::limited(&both, &Role::empty()), "logs-a1", SEARCH));
}

#[test]
fn restrictions_stand_alone() {
    let restriction = json!({"workflows": ["search_application_query"]});
    let restricted = role(json!({"r": {"restriction": restriction}}));
    assert!(restricted.permits_workflow(Some("search_application_query")));
    assert!(!restricted.permits_workflow(None) && !restricted.permits_workflow(Some("other")));
    assert!(role(json!({"r": {}})).permits_workflow(None));
    assert!(!Role::limited(&restricted, superuser_role()).permits_workflow(None));
    let two = compile(&json!({"a": {"restriction": restriction}, "b": {"restriction": restriction}})).unwrap_err();
    assert_eq!(two.to_string(), "more than one role descriptor with restriction is not allowed: [a,b]");
    let mixed = compile(&json!({"a": {"restriction": restriction}, "b": {}})).unwrap_err();
    assert_eq!(mixed.to_string(), "combining role descriptors with and without restriction is not allowed: [a,b]");
}

#[test]
fn what_is_no_privilege_is_not_compiled() {
    assert!(compile(&json!({"r": {"cluster": ["bogus"]}})).is_err());
    assert!(compile(&json!({"r": {"indices": [{"names": ["a"], "privileges": ["bogus"]}]}})).is_err());
    assert!(compile(&json!({"r": {"indices": [{"names": ["/a"], "privileges": ["read"]}]}})).is_err());
    assert!(compile(&json!({"r": {"run_as": ["/a"]}})).is_err());
}

#[test]
fn global_privileges_look_at_their_arguments() {
    let global = |global: Value| role(json!({"r": {"global": global}}));
    let s = |name: &str| Action::new(&format!("cluster:admin/xpack/security/{name}"));
    let manage = global(json!({"application": {"manage": {"applications": ["kibana-*"]}}}));
    let permits = |role: &Role, action: &str, detail: Detail| role.check_cluster(&s(action), &detail, &bob());
    let apps = |names: &[&str]| Detail::Applications(names.iter().map(|name| (*name).to_owned()).collect());
    assert!(permits(&manage, "privilege/put", apps(&["kibana-.kibana"])));
    assert!(!permits(&manage, "privilege/put", apps(&["kibana-.kibana", "other"])));
    assert!(!permits(&manage, "privilege/get", apps(&[])));
    assert!(!permits(&manage, "privilege/builtin/get", Detail::None));
    assert!(!permits(&manage, "role/put", apps(&["kibana-.kibana"])));
    assert!(permits(&global(json!({"application": {"manage": {"applications": ["*"]}}})), "privilege/get", apps(&[])));
    let write = global(json!({"profile": {"write": {"applications": ["kibana*"]}}}));
    let data = |name: &str| Detail::ProfileData { applications: vec![name.to_owned()] };
    assert!(permits(&write, "profile/put/data", data("kibana-x")) && !permits(&write, "profile/put/data", data("x")));
}

#[test]
fn managed_roles_stay_within_their_entries() {
    let manager = role(json!({"r": {"global": {"role": {"manage": {"indices": [
        {"names": ["a-*"], "privileges": ["read", "delete_index"]},
        {"names": ["b-*"], "privileges": ["read"]},
    ]}}}}}));
    let put = |body: Value| {
        let text = body.to_string();
        let value = parse(text.as_bytes(), Limits::default()).unwrap();
        let descriptor = Arc::new(RoleDescriptor::parse("x", &value, DescriptorContext::Role).unwrap());
        let detail = Detail::PutRole { name: "x".to_owned(), descriptor };
        manager.check_cluster(&Action::from_static("cluster:admin/xpack/security/role/put"), &detail, &bob())
    };
    assert!(put(json!({})));
    assert!(put(json!({"indices": [{"names": ["a-1*"], "privileges": ["read"]}]})));
    assert!(put(json!({"indices": [{"names": ["/[ab]-.*/"], "privileges": ["read"]}]})));
    assert!(put(json!({"indices": [{"names": ["a-1"], "privileges": ["delete_index", "read"]}]})));
    assert!(!put(json!({"indices": [{"names": ["b-1"], "privileges": ["delete_index"]}]})));
    assert!(!put(json!({"indices": [{"names": ["*"], "privileges": ["read"]}]})));
    assert!(!put(json!({"indices": [{"names": ["a-1"], "privileges": ["all"]}]})));
    assert!(!put(json!({"indices": [{"names": ["a-1"], "privileges": ["read"], "allow_restricted_indices": true}]})));
    assert!(!put(json!({"cluster": ["none"]})));
    assert!(!put(json!({"run_as": ["x"]})));
    let delete = |name: &str| {
        let detail = Detail::DeleteRole { name: name.to_owned() };
        manager.check_cluster(&Action::from_static("cluster:admin/xpack/security/role/delete"), &detail, &bob())
    };
    assert!(delete("a-1") && !delete("b-1") && !delete("c"));
}

#[test]
fn the_listing_shows_groups() {
    let role = role(json!({"r": {"cluster": ["monitor", "all"], "run_as": ["u"], "indices": [
        {"names": ["logs-*"], "privileges": ["read"], "field_security": {"grant": ["*"], "except": ["secret"]}, "query": "{}"}],
        "global": {"profile": {"write": {"applications": ["k"]}}},
        "remote_cluster": [{"privileges": ["monitor_stats"], "clusters": ["c"]}]}}));
    let expected = json!({
        "cluster": ["all", "monitor"],
        "global": [{"profile": {"write": {"applications": ["k"]}}}],
        "indices": [{"names": ["logs-*"], "privileges": ["read"],
            "field_security": [{"grant": ["*"], "except": ["secret"]}], "query": ["{}"],
            "allow_restricted_indices": false}],
        "applications": [],
        "run_as": ["u"],
        "remote_cluster": [{"privileges": ["monitor_stats"], "clusters": ["c"]}],
    });
    assert_eq!(role.list_privileges().unwrap().to_string(), expected.to_string());
    let limited = Role::limited(&role, &role).list_privileges().unwrap_err().to_string();
    assert!(limited.starts_with("Cannot retrieve privileges for API keys with assigned role descriptors. Please use"));
}

proptest! {
    /// What may be stored can be used: nothing is found out only when somebody has the role.
    #[test]
    fn valid_roles_compile(
        texts in prop::collection::vec("(/?[a-c*?.\\\\\\[\\](){}|&~@#<>\"0-9-]{0,6}/?|read|manage|indices:x|monitor)", 8),
    ) {
        let [cluster, name, privilege, field, user, resource, application, managed] = &texts[..] else { unreachable!() };
        let body = json!({
            "cluster": [cluster],
            "indices": [{"names": [name], "privileges": [privilege], "field_security": {"grant": [field]}}],
            "run_as": [user],
            "applications": [{"application": "app", "privileges": ["p"], "resources": [resource]}],
            "global": {
                "application": {"manage": {"applications": [application]}},
                "role": {"manage": {"indices": [{"names": [managed], "privileges": [privilege]}]}},
            },
        });
        let text = body.to_string();
        let value = parse(text.as_bytes(), Limits::default()).unwrap();
        if let Ok(descriptor) = RoleDescriptor::parse("r", &value, DescriptorContext::Role)
            && descriptor.validate().is_empty()
        {
            let compiled = compile(&json!({"r": body}));
            prop_assert!(compiled.is_ok());
        }
    }

    /// Intersection never grants more than either side, nor less than both.
    #[test]
    fn a_limit_is_an_intersection(
        one in prop::collection::vec(("[ab]{0,2}[*?]?", 0..4_usize), 0..3),
        two in prop::collection::vec(("[ab]{0,2}[*?]?", 0..4_usize), 0..3),
        name in "[ab.]{1,3}",
        action in 0..3_usize,
    ) {
        let privileges = ["read", "write", "all", "create_doc"];
        let build = |entries: Vec<(String, usize)>| {
            let entries = entries.into_iter().map(|(names, privilege)| json!({"names": [names], "privileges": [privileges[privilege]]}));
            indices(Value::Array(entries.collect()))
        };
        let (one, two) = (build(one), build(two));
        let action = [SEARCH, "indices:data/write/index:op_type/index", "indices:admin/mapping/auto_put"][action];
        let both = Role::limited(&one, &two);
        prop_assert_eq!(covers(&both, &name, action), covers(&one, &name, action) && covers(&two, &name, action));
    }
}
