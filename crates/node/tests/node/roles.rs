//! Compiled roles: right at every revision, and remembered.

use std::sync::Arc;

use keyward_node::{AnonymousUser, Node, NodeConfig};
use keyward_security::action::Action;
use keyward_security::api_key::{ApiKey, DescriptorSet};
use keyward_security::authentication::{Authentication, RealmRef};
use keyward_security::privilege::Detail;
use keyward_security::role::{Role, RoleDescriptor};
use keyward_state::{Record, RecordKey, StoredRole, View, Write};

use crate::support::{config, key, node, node_on, put_user, store, user, write};

const MONITOR: &str = "cluster:monitor/main";
const MANAGE: &str = "cluster:admin/settings/update";

fn put_role(name: &str, cluster: &[&str]) -> Write {
    let cluster = cluster.iter().map(|name| Arc::from(*name)).collect();
    let descriptor = Arc::new(RoleDescriptor { cluster, ..RoleDescriptor::default() });
    let role = StoredRole { name: name.into(), descriptor };
    Write::Put(RecordKey::role(name), Arc::new(Record::Role(Arc::new(role))))
}

fn allows(role: &Role, action: &'static str, who: &Authentication) -> bool {
    role.check_cluster(&Action::new(action), &Detail::None, who)
}

fn native(name: &str, roles: &[&str]) -> Authentication {
    Authentication::realm(user(name, roles), RealmRef::new("default_native", "native"))
}

fn view(node: &Node) -> Arc<View> {
    Arc::clone(&node.view())
}

#[tokio::test]
async fn a_changed_role_counts_at_once_and_old_views_keep_the_old_one() {
    let (node, _, store) = node().await;
    write(&node, &store, vec![put_role("ops", &["monitor"])]).await;
    let ada = native("ada", &["ops", "missing"]);
    let before = view(&node);
    let role = node.role_of(&before, &ada).unwrap();
    assert!(allows(&role, MONITOR, &ada) && !allows(&role, MANAGE, &ada));
    write(&node, &store, vec![put_role("ops", &["manage"])]).await;
    assert!(allows(&node.role_of(&view(&node), &ada).unwrap(), MANAGE, &ada));
    assert!(!allows(&node.role_of(&before, &ada).unwrap(), MANAGE, &ada));
    write(&node, &store, vec![Write::Delete(RecordKey::role("ops"))]).await;
    assert!(!allows(&node.role_of(&view(&node), &ada).unwrap(), MONITOR, &ada));
    write(&node, &store, vec![put_role("ops", &["monitor"])]).await;
    assert!(allows(&node.role_of(&view(&node), &ada).unwrap(), MONITOR, &ada));
}

#[tokio::test]
async fn a_role_is_compiled_once() {
    let (node, _, store) = node().await;
    write(&node, &store, vec![put_role("ops", &["monitor"])]).await;
    let ada = native("ada", &["ops"]);
    for _ in 0..10 {
        node.role_of(&view(&node), &ada).unwrap();
        node.role_of(&view(&node), &native("bea", &["ops"])).unwrap();
        // What does not go into it does not matter.
        write(&node, &store, vec![put_user(user("cleo", &[]), "x")]).await;
    }
    assert_eq!(node.metrics().role_misses.get(), 1);
}

#[tokio::test]
async fn reserved_roles_cannot_be_replaced_by_stored_ones() {
    let (node, _, store) = node().await;
    write(&node, &store, vec![put_role("superuser", &[])]).await;
    let elastic = native("elastic", &["superuser"]);
    assert!(allows(&node.role_of(&view(&node), &elastic).unwrap(), MANAGE, &elastic));
}

#[tokio::test]
async fn a_key_never_exceeds_what_its_owner_could() {
    let (node, _, _) = node().await;
    let stored = |text: &str| Arc::new(DescriptorSet::from_stored(text));
    let of = |role_descriptors: &str, limited_by: &str| {
        let key = ApiKey { role_descriptors: stored(role_descriptors), limited_by: stored(limited_by), ..key(1) };
        Authentication::api_key(Arc::new(key))
    };
    let can = |who: &Authentication| {
        let role = node.role_of(&view(&node), who).unwrap();
        (allows(&role, MONITOR, who), allows(&role, MANAGE, who))
    };
    let (monitor, all) = (r#"{"a":{"cluster":["monitor"]}}"#, r#"{"b":{"cluster":["all"]}}"#);
    assert_eq!(can(&of("{}", all)), (true, true));
    assert_eq!(can(&of("{}", monitor)), (true, false));
    assert_eq!(can(&of(monitor, all)), (true, false));
    assert_eq!(can(&of(all, monitor)), (true, false));
    // A derived key: no descriptors, no owner to take any from.
    assert_eq!(can(&of("{}", "{}")), (false, false));
    assert_eq!(can(&of(all, "{}")), (false, false));
    assert_eq!(can(&of(r#"{"none":{}}"#, all)), (false, false));
    // What cannot be read allows nothing.
    assert!(node.role_of(&view(&node), &of("{}", "not json")).is_err());
    assert!(node.role_of(&view(&node), &of("not json", all)).is_err());
}

#[tokio::test]
async fn everybody_has_what_anonymous_requests_have() {
    let store = store();
    let anonymous = AnonymousUser { username: "_anonymous".into(), roles: vec!["base".into()], authz_exception: true };
    let (node, _) = node_on(Arc::new(store.clone()), NodeConfig { anonymous: Some(anonymous), ..config() }).await;
    write(&node, &store, vec![put_role("base", &["monitor"])]).await;
    let ada = native("ada", &[]);
    assert!(allows(&node.role_of(&view(&node), &ada).unwrap(), MONITOR, &ada));
    let limited = Arc::new(DescriptorSet::from_stored("{}"));
    let key = Authentication::api_key(Arc::new(ApiKey { limited_by: limited, ..key(1) }));
    assert!(!allows(&node.role_of(&view(&node), &key).unwrap(), MONITOR, &key));
}
