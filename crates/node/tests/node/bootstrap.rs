//! The first password of `elastic`, and resetting passwords.

use std::sync::Arc;

use crate::support::{NOW, basic, bcrypt4, config, node_on, put_user, store, user, write};
use keyward_node::{
    Bootstrap, BootstrapError, Clock, Entropy, Node, NodeConfig, ResetError, StartError, reset_password,
};
use keyward_security::secret::Secret;

fn given(password: Option<&str>) -> NodeConfig {
    NodeConfig { bootstrap_password: password.map(Secret::new), ..config() }
}

async fn may_sign_in(node: &Node, name: &str, password: &str) -> bool {
    let view = Arc::clone(&node.view());
    node.authenticate(&view, &basic(name, password), None, NOW).await.is_ok()
}

#[tokio::test]
async fn a_given_password_counts_on_an_empty_store_only() {
    let store = store();
    let (node, _) = node_on(Arc::new(store.clone()), given(Some("secret"))).await;
    assert!(matches!(node.take_bootstrap(), Some(Bootstrap::Given)));
    assert!(node.take_bootstrap().is_none());
    assert!(may_sign_in(&node, "elastic", "secret").await);
    drop(node);
    let (node, _) = node_on(Arc::new(store.clone()), given(Some("another"))).await;
    assert!(matches!(node.take_bootstrap(), Some(Bootstrap::Ignored)));
    assert!(may_sign_in(&node, "elastic", "secret").await);
    assert!(!may_sign_in(&node, "elastic", "another").await);
    let (node, _) = node_on(Arc::new(store), given(None)).await;
    assert!(matches!(node.take_bootstrap(), Some(Bootstrap::NotNeeded)));
}

#[tokio::test]
async fn without_one_a_password_is_made() {
    let (node, _) = node_on(Arc::new(store()), given(None)).await;
    let Some(Bootstrap::Generated(password)) = node.take_bootstrap() else { panic!("none was made") };
    assert!(may_sign_in(&node, "elastic", password.expose()).await);
    assert!(!may_sign_in(&node, "elastic", "").await);
}

#[tokio::test]
async fn a_short_password_is_refused_and_nothing_is_written() {
    let store = store();
    let clock = Clock::fixed(NOW);
    let started = Node::start(Arc::new(store.clone()), given(Some("short")), clock, Entropy::counted()).await;
    assert!(matches!(started.unwrap_err(), StartError::Bootstrap(BootstrapError::TooShort)));
    let (node, _) = node_on(Arc::new(store), given(Some("longer"))).await;
    assert!(matches!(node.take_bootstrap(), Some(Bootstrap::Given)));
}

#[tokio::test]
async fn passwords_are_reset_without_a_node() {
    let store = store();
    let entropy = Entropy::counted();
    let (node, _) = node_on(Arc::new(store.clone()), config()).await;
    write(&node, &store, vec![put_user(user("ada", &["ops"]), "ada-password")]).await;
    drop(node);
    let drawn = reset_password(&store, "elastic", None, bcrypt4(), &entropy).await.unwrap();
    let new = reset_password(&store, "ada", Some(Secret::new("new-password")), bcrypt4(), &entropy).await.unwrap();
    let error = reset_password(&store, "nobody", None, bcrypt4(), &entropy).await.unwrap_err();
    assert!(matches!(error, ResetError::UnknownUser(name) if name == "nobody"));
    let error = reset_password(&store, "ada", Some(Secret::new("short")), bcrypt4(), &entropy).await.unwrap_err();
    assert!(matches!(error, ResetError::TooShort));
    let (node, _) = node_on(Arc::new(store), config()).await;
    assert!(may_sign_in(&node, "elastic", drawn.expose()).await);
    assert!(!may_sign_in(&node, "elastic", "elastic-password").await);
    assert!(may_sign_in(&node, "ada", new.expose()).await);
    assert_eq!(node.view().user("ada").unwrap().value.user.roles.len(), 1);
}
