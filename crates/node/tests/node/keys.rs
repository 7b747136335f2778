//! The life of keys through the use cases.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use keyward_node::{Node, NodeConfig};
use keyward_security::api_key::{ApiKeyId, CreateApiKey, CreatedApiKey, InvalidateApiKeys};
use keyward_security::authentication::{Authentication, NATIVE_REALM, NATIVE_REALM_TYPE, RealmRef};
use keyward_security::hash::Algorithm;
use keyward_security::role::RoleDescriptors;
use keyward_state::plan::PutUser;

use crate::support::{NOW, basic, bcrypt4, config, hash, node, node_on, shown, store, user};

fn ada() -> Authentication {
    Authentication::realm(user("ada", &["superuser"]), RealmRef::new(NATIVE_REALM, NATIVE_REALM_TYPE))
}

fn named(name: &str, lifetime: Option<i64>) -> CreateApiKey {
    CreateApiKey { name: name.to_owned(), role_descriptors: RoleDescriptors::default(), lifetime, metadata: None }
}

fn of(ids: &[&ApiKeyId]) -> InvalidateApiKeys {
    InvalidateApiKeys {
        ids: ids.iter().map(ToString::to_string).collect(),
        name: None,
        realm_name: None,
        username: None,
        owner: false,
    }
}

fn all_of_ada() -> InvalidateApiKeys {
    InvalidateApiKeys { username: Some("ada".to_owned()), ..of(&[]) }
}

async fn may(node: &Node, key: &CreatedApiKey) -> bool {
    let view = Arc::clone(&node.view());
    node.authenticate(&view, &shown(&key.id, key.secret.expose()), None, node.clock().now()).await.is_ok()
}

#[tokio::test]
async fn a_key_works_when_it_is_answered_and_not_after_it_is_revoked() {
    let (node, _, store) = node().await;
    let (other, _) = node_on(Arc::new(store), config()).await;
    let mut ids = BTreeSet::new();
    for n in 0..30 {
        let key = node.create_api_key(&ada(), named(&format!("k{n}"), None)).await.unwrap();
        assert!(ids.insert(key.id.clone()));
        assert!(may(&node, &key).await);
        other.wait_for(node.view().revision()).await.unwrap();
        assert!(may(&other, &key).await);
        let outcome = node.invalidate_api_keys(&ada(), of(&[&key.id]), true).await.unwrap();
        assert_eq!(outcome.invalidated, std::slice::from_ref(&key.id));
        assert!(!may(&node, &key).await);
        other.wait_for(node.view().revision()).await.unwrap();
        assert!(!may(&other, &key).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_made_and_revoked_at_the_same_time_are_revoked_once_each() {
    let store = store();
    let (one, _) = node_on(Arc::new(store.clone()), config()).await;
    let (two, _) = node_on(Arc::new(store), config()).await;
    let mut tasks = Vec::new();
    for task in 0..8 {
        let node = Arc::clone(if task % 2 == 0 { &one } else { &two });
        tasks.push(tokio::spawn(async move {
            let mut revoked = Vec::new();
            let mut made = Vec::new();
            for n in 0..20 {
                let key = node.create_api_key(&ada(), named(&format!("k{task}-{n}"), None)).await.unwrap();
                let request = if n % 5 == 4 { all_of_ada() } else { of(&[&key.id]) };
                revoked.extend(node.invalidate_api_keys(&ada(), request, true).await.unwrap().invalidated);
                assert!(!may(&node, &key).await, "a revoked key is accepted by the node that revoked it");
                made.push(key.id);
            }
            (made, revoked)
        }));
    }
    let (mut made, mut revoked) = (Vec::new(), Vec::new());
    for task in tasks {
        let (some_made, some_revoked) = task.await.unwrap();
        made.extend(some_made);
        revoked.extend(some_revoked);
    }
    made.sort();
    revoked.sort();
    assert_eq!(made.len(), 160);
    assert_eq!(made, revoked, "every key is reported as revoked exactly once");
    // What the other node wrote is on its way.
    one.wait_for(two.view().revision()).await.unwrap();
    assert!(one.view().api_keys().iter().all(|key| key.is_invalidated()));
}

#[tokio::test]
async fn a_key_ends_when_its_time_is_over_whatever_the_wall_clock_does() {
    let (node, clock, _) = node().await;
    let key = node.create_api_key(&ada(), named("short", Some(10))).await.unwrap();
    assert_eq!(key.expiration, Some(NOW.plus_seconds(10)));
    clock.advance(Duration::from_secs(9));
    assert!(may(&node, &key).await);
    clock.advance(Duration::from_secs(1));
    assert!(!may(&node, &key).await);
    clock.set(NOW);
    assert!(!may(&node, &key).await);
    let ended = node.create_api_key(&ada(), named("ended", Some(0))).await.unwrap();
    assert!(!may(&node, &ended).await);
}

#[tokio::test]
async fn secrets_are_hashed_as_configured() {
    let mut slow = config();
    slow.api_keys.algorithm = Algorithm::parse("pbkdf2_1000").unwrap();
    let (node, _) = node_on(Arc::new(store()), slow).await;
    let key = node.create_api_key(&ada(), named("k", None)).await.unwrap();
    assert_eq!(node.view().api_key(&key.id).unwrap().hash().unwrap().algorithm_name(), "pbkdf2_1000");
    assert!(may(&node, &key).await);
    let other = node.create_api_key(&ada(), named("k", None)).await.unwrap();
    assert!(!may(&node, &CreatedApiKey { id: key.id.clone(), ..other }).await);
}

#[tokio::test]
async fn keys_that_ended_long_ago_go_when_something_is_revoked() {
    let mut quick = config();
    quick.api_keys.retention = Duration::from_secs(100);
    quick.api_keys.delete_interval = Duration::from_secs(1000);
    let (node, clock) = node_on(Arc::new(store()), NodeConfig { ..quick }).await;
    let expiring = node.create_api_key(&ada(), named("expiring", Some(10))).await.unwrap();
    let lasting = node.create_api_key(&ada(), named("lasting", None)).await.unwrap();
    let revoked = node.create_api_key(&ada(), named("revoked", None)).await.unwrap();
    let settled = || async {
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        node.view().api_keys().len()
    };
    node.invalidate_api_keys(&ada(), of(&[&revoked.id]), true).await.unwrap();
    assert_eq!(settled().await, 3, "nothing ended long ago yet");
    clock.advance(Duration::from_secs(500));
    let more = node.create_api_key(&ada(), named("more", None)).await.unwrap();
    node.invalidate_api_keys(&ada(), of(&[&more.id]), true).await.unwrap();
    assert_eq!(settled().await, 4, "the last clean-up is not long ago");
    clock.advance(Duration::from_secs(501));
    node.invalidate_api_keys(&ada(), of(&[&expiring.id]), true).await.unwrap();
    assert_eq!(settled().await, 1, "what ended long ago is gone");
    assert!(node.view().api_key(&lasting.id).is_some());
}

#[tokio::test]
async fn users_and_passwords_through_the_use_cases() {
    let (node, _, _) = node().await;
    let request = |password: Option<&str>| PutUser {
        username: "ada".to_owned(),
        password: password.map(|password| hash(bcrypt4(), password)),
        roles: vec!["ops".into()],
        full_name: None,
        email: None,
        metadata: None,
        enabled: true,
    };
    let may = async |password: &str| {
        let view = Arc::clone(&node.view());
        node.authenticate(&view, &basic("ada", password), None, NOW).await.is_ok()
    };
    let admin = Authentication::realm(user("elastic", &["superuser"]), RealmRef::synthetic("reserved"));
    assert!(node.put_user(&admin, request(None)).await.is_err());
    assert!(node.put_user(&admin, request(Some("first-password"))).await.unwrap());
    assert!(may("first-password").await && may("first-password").await);
    node.change_password("ada", hash(bcrypt4(), "second-password")).await.unwrap();
    assert!(!may("first-password").await && may("second-password").await);
    node.set_user_enabled(&admin, "ada", false).await.unwrap();
    assert!(!may("second-password").await);
    node.set_user_enabled(&admin, "ada", true).await.unwrap();
    assert!(may("second-password").await);
    assert!(node.delete_user("ada").await.unwrap());
    assert!(!may("second-password").await);
    assert!(!node.delete_user("ada").await.unwrap());
}
