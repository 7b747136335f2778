//! Who is let in, who is not, and what each is told.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use crate::support::{
    NOW, basic, bcrypt4, config, hash, invalidate, key, node, node_on, put_key, put_user, shown, store, user, write,
};
use keyward_node::{AnonymousUser, HasherConfig, Node, NodeConfig};
use keyward_security::api_key::{ApiKey, ApiKeyId, KeyType};
use keyward_security::authentication::{Authentication, AuthenticationFailure, AuthenticationType};
use keyward_security::credentials::Credentials;
use keyward_security::hash::Algorithm;
use keyward_security::secret::Secret;
use keyward_security::user::User;
use keyward_state::{Record, RecordKey, Write};

async fn ask(node: &Node, credentials: &Credentials) -> Result<Authentication, AuthenticationFailure> {
    let view = Arc::clone(&node.view());
    node.authenticate(&view, credentials, None, node.clock().now()).await
}

async fn run_as(node: &Node, credentials: &Credentials, name: &str) -> Result<Authentication, AuthenticationFailure> {
    let view = Arc::clone(&node.view());
    node.authenticate(&view, credentials, Some(name), node.clock().now()).await
}

fn detail(result: Result<Authentication, AuthenticationFailure>) -> String {
    match result.unwrap_err() {
        AuthenticationFailure::Rejected { details } => details.join(" | "),
        other => panic!("{other:?}"),
    }
}

fn no_such_user(result: Result<Authentication, AuthenticationFailure>, name: &str) {
    assert_eq!(result.unwrap_err(), AuthenticationFailure::User { username: name.to_owned() });
}

#[tokio::test]
async fn keys_are_judged_in_the_order_that_shows() {
    let (node, clock, store) = node().await;
    let good = key(1);
    let expiring = ApiKey { expiration: Some(NOW.plus_seconds(60)), ..key(2) };
    let revoked = key(3);
    let remote = ApiKey { kind: KeyType::CrossCluster, ..key(4) };
    let slow = ApiKey { hash: hash(bcrypt4(), "secret-5"), ..key(5) };
    let writes = [good.clone(), expiring.clone(), revoked.clone(), remote.clone(), slow.clone()].map(put_key);
    write(&node, &store, writes.into()).await;
    write(&node, &store, vec![invalidate(&revoked.id, NOW)]).await;

    let authentication = ask(&node, &shown(&good.id, "secret-1")).await.unwrap();
    assert_eq!(authentication.kind, AuthenticationType::ApiKey);
    assert_eq!(authentication.as_api_key().unwrap().id, good.id);
    assert_eq!(&*authentication.effective.user.username, "ada");
    for wrong in ["secret-2", "", "secret-1 "] {
        let told = detail(ask(&node, &shown(&good.id, wrong)).await);
        assert_eq!(told, format!("API key: invalid credentials for API key [{}]", good.id));
    }
    let told = detail(ask(&node, &shown(&ApiKeyId::parse("kw0000000000000000id"), "x")).await);
    assert_eq!(told, "API key: unable to find apikey with id kw0000000000000000id");

    // Invalidation is told before the secret is looked at, expiry only after.
    for secret in ["secret-3", "wrong"] {
        let told = detail(ask(&node, &shown(&revoked.id, secret)).await);
        assert_eq!(told, format!("API key: api key [{}] has been invalidated", revoked.id));
    }
    assert!(ask(&node, &shown(&expiring.id, "secret-2")).await.is_ok());
    clock.advance(Duration::from_millis(59_999));
    assert!(ask(&node, &shown(&expiring.id, "secret-2")).await.is_ok());
    clock.advance(Duration::from_millis(1));
    assert_eq!(detail(ask(&node, &shown(&expiring.id, "secret-2")).await), "API key: api key is expired");
    let told = detail(ask(&node, &shown(&expiring.id, "wrong")).await);
    assert_eq!(told, format!("API key: invalid credentials for API key [{}]", expiring.id));

    let failure = ask(&node, &shown(&remote.id, "secret-4")).await.unwrap_err();
    let (actual, expected) = (KeyType::CrossCluster, KeyType::Rest);
    assert_eq!(failure, AuthenticationFailure::WrongKeyType { id: remote.id.clone(), actual, expected });
    let told = detail(ask(&node, &shown(&remote.id, "wrong")).await);
    assert_eq!(told, format!("API key: invalid credentials for API key [{}]", remote.id));

    assert!(ask(&node, &shown(&slow.id, "secret-5")).await.is_ok());
    let told = detail(ask(&node, &shown(&slow.id, "wrong")).await);
    assert_eq!(told, format!("API key: invalid credentials for API key [{}]", slow.id));
}

#[tokio::test]
async fn an_expired_key_stays_expired_when_the_clock_steps_back() {
    let (node, clock, store) = node().await;
    let expiring = ApiKey { expiration: Some(NOW.plus_seconds(60)), ..key(1) };
    write(&node, &store, vec![put_key(expiring.clone())]).await;
    clock.advance(Duration::from_secs(120));
    assert!(ask(&node, &shown(&expiring.id, "secret-1")).await.is_err());
    clock.set(NOW);
    assert!(ask(&node, &shown(&expiring.id, "secret-1")).await.is_err());
    // A later start with the clock still wrong knows from what was stored since.
    write(&node, &store, vec![invalidate(&key(9).id, NOW.plus_seconds(120))]).await;
    let (later, _) = node_on(Arc::new(store), config()).await;
    assert!(ask(&later, &shown(&expiring.id, "secret-1")).await.is_err());
}

#[tokio::test]
async fn revocation_counts_from_the_revision_on() {
    let (node, _, store) = node().await;
    write(&node, &store, vec![put_key(key(1))]).await;
    let before = Arc::clone(&node.view());
    write(&node, &store, vec![invalidate(&key(1).id, NOW)]).await;
    assert!(ask(&node, &shown(&key(1).id, "secret-1")).await.is_err());
    // A request that loaded the view before is judged by that view: one revision per request.
    assert!(node.authenticate(&before, &shown(&key(1).id, "secret-1"), None, NOW).await.is_ok());
}

#[tokio::test]
async fn passwords_of_both_realms() {
    let (node, _, store) = node().await;
    let disabled = User { enabled: false, ..user("bea", &[]) };
    write(&node, &store, vec![put_user(user("ada", &["ops"]), "ada-password"), put_user(disabled, "bea-password")])
        .await;
    let ada = ask(&node, &basic("ada", "ada-password")).await.unwrap();
    assert_eq!((&*ada.effective.realm.name, &*ada.effective.realm.kind), ("default_native", "native"));
    assert_eq!(ada.kind, AuthenticationType::Realm);
    let elastic = ask(&node, &basic("elastic", "elastic-password")).await.unwrap();
    assert_eq!((&*elastic.effective.realm.name, &*elastic.effective.realm.kind), ("reserved", "reserved"));
    for (name, password) in [
        ("ada", "wrong"),
        ("ada", ""),
        ("bea", "bea-password"),
        ("elastic", "wrong"),
        ("kibana_system", ""),
        ("kibana_system", "elastic-password"),
        ("nobody", "ada-password"),
        ("", ""),
    ] {
        no_such_user(ask(&node, &basic(name, password)).await, name);
    }
}

#[tokio::test]
async fn a_user_under_a_built_in_name_is_never_asked() {
    let (node, _, store) = node().await;
    write(&node, &store, vec![put_user(user("kibana_system", &["superuser"]), "usurper")]).await;
    no_such_user(ask(&node, &basic("kibana_system", "usurper")).await, "kibana_system");
    let open = NodeConfig { reserved_realm: false, ..config() };
    let (node, _) = node_on(Arc::new(store), open).await;
    no_such_user(ask(&node, &basic("elastic", "elastic-password")).await, "elastic");
}

#[tokio::test]
async fn a_remembered_password_ends_with_the_password() {
    let (node, _, store) = node().await;
    write(&node, &store, vec![put_user(user("ada", &[]), "first-password")]).await;
    for _ in 0..2 {
        assert!(ask(&node, &basic("ada", "first-password")).await.is_ok());
    }
    assert_eq!(node.metrics().password_remembered.get(), 1);
    write(&node, &store, vec![put_user(user("ada", &[]), "other-password")]).await;
    no_such_user(ask(&node, &basic("ada", "first-password")).await, "ada");
    assert!(ask(&node, &basic("ada", "other-password")).await.is_ok());
    write(&node, &store, vec![put_user(User { enabled: false, ..user("ada", &[]) }, "other-password")]).await;
    no_such_user(ask(&node, &basic("ada", "other-password")).await, "ada");
    write(&node, &store, vec![Write::Delete(RecordKey::user("ada"))]).await;
    no_such_user(ask(&node, &basic("ada", "other-password")).await, "ada");
}

#[tokio::test]
async fn no_credential_and_unknown_ones() {
    let (node, _, store) = node().await;
    let unknown = Credentials::Unknown { scheme: "Digest".to_owned() };
    let bearer = Credentials::Bearer(Secret::new("46ToAxZ"));
    for credentials in [&Credentials::None, &unknown, &bearer] {
        assert_eq!(ask(&node, credentials).await.unwrap_err(), AuthenticationFailure::Missing);
    }
    let anonymous =
        AnonymousUser { username: "_anonymous".into(), roles: vec!["viewer".into()], authz_exception: true };
    let config = NodeConfig { anonymous: Some(anonymous), tokens: true, ..config() };
    let (node, _) = node_on(Arc::new(store), config).await;
    for credentials in [&Credentials::None, &unknown] {
        let nobody = ask(&node, credentials).await.unwrap();
        assert_eq!((&*nobody.effective.user.username, nobody.kind), ("_anonymous", AuthenticationType::Anonymous));
    }
    // What was shown and refused is no reason to be taken for nobody.
    assert_eq!(detail(ask(&node, &bearer).await), "oauth2 token: invalid token");
    no_such_user(ask(&node, &basic("ada", "x")).await, "ada");
    assert!(ask(&node, &shown(&key(1).id, "x")).await.is_err());
}

#[tokio::test]
async fn service_tokens_are_refused_by_name() {
    let (node, _, _) = node().await;
    let token = Credentials::Bearer(Secret::new("AAEAAWVsYXN0aWMvZmxlZXQtc2VydmVyL3Rva2VuMTpzZWNyZXQ"));
    let (account, token_name) = ("elastic/fleet-server".to_owned(), "token1".to_owned());
    assert_eq!(ask(&node, &token).await.unwrap_err(), AuthenticationFailure::ServiceToken { account, token_name });
}

#[tokio::test]
async fn keys_can_be_switched_off() {
    let store = store();
    let mut off = config();
    off.api_keys.enabled = false;
    let (node, _) = node_on(Arc::new(store.clone()), off).await;
    write(&node, &store, vec![put_key(key(1))]).await;
    assert_eq!(ask(&node, &shown(&key(1).id, "secret-1")).await.unwrap_err(), AuthenticationFailure::Missing);
}

#[tokio::test]
async fn acting_as_somebody_else() {
    let (node, _, store) = node().await;
    let disabled = User { enabled: false, ..user("cleo", &[]) };
    let users = vec![
        put_user(user("ada", &["ops"]), "ada-password"),
        put_user(user("bea", &[]), "bea-password"),
        put_user(disabled, "x"),
    ];
    write(&node, &store, users).await;
    write(&node, &store, vec![put_key(key(1))]).await;
    let ada = basic("ada", "ada-password");
    let as_bea = run_as(&node, &ada, "bea").await.unwrap();
    assert!(as_bea.is_run_as());
    assert_eq!((&*as_bea.authenticating.user.username, &*as_bea.effective.user.username), ("ada", "bea"));
    let as_elastic = run_as(&node, &ada, "elastic").await.unwrap();
    assert_eq!(&*as_elastic.effective.realm.name, "reserved");
    let key_as_bea = run_as(&node, &shown(&key(1).id, "secret-1"), "bea").await.unwrap();
    assert!(key_as_bea.authenticating.as_api_key().is_some() && key_as_bea.as_api_key().is_none());
    no_such_user(run_as(&node, &ada, "").await, "ada");
    no_such_user(run_as(&node, &ada, "cleo").await, "ada");
    no_such_user(run_as(&node, &basic("ada", "wrong"), "bea").await, "ada");

    // Somebody unknown is found to be nobody: no role, and the one who asks may not, whatever the asker's role says.
    let view = Arc::clone(&node.view());
    let elastic = basic("elastic", "elastic-password");
    let as_unknown = run_as(&node, &elastic, "nobody").await.unwrap();
    assert!(!node.run_as_role_of(&view, &as_unknown).unwrap().unwrap().may_run_as("nobody"));
    let as_bea = run_as(&node, &elastic, "bea").await.unwrap();
    assert!(node.run_as_role_of(&view, &as_bea).unwrap().unwrap().may_run_as("bea"));
    let alone = ask(&node, &elastic).await.unwrap();
    assert!(node.run_as_role_of(&view, &alone).unwrap().is_none());

    let (node, _) = node_on(Arc::new(store), NodeConfig { run_as: false, ..config() }).await;
    assert!(!run_as(&node, &ada, "bea").await.unwrap().is_run_as());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_wrong_passwords_does_not_starve_keys() {
    let store = store();
    let algorithm = Algorithm::parse("bcrypt8").unwrap();
    let hasher = HasherConfig { algorithm, threads: 1, queue: 8, ..HasherConfig::default() };
    let (node, _) = node_on(Arc::new(store.clone()), NodeConfig { hasher, ..config() }).await;
    write(&node, &store, vec![put_key(key(1)), put_user(user("ada", &[]), "ada-password")]).await;
    assert!(ask(&node, &basic("ada", "ada-password")).await.is_ok());
    let flood: Vec<_> = (0..200)
        .map(|n| {
            let node = Arc::clone(&node);
            tokio::spawn(async move { ask(&node, &basic("nobody", &format!("guess {n}"))).await.unwrap_err() })
        })
        .collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..200 {
        let start = Instant::now();
        assert!(ask(&node, &shown(&key(1).id, "secret-1")).await.is_ok());
        // Whoever signed in a moment ago is not turned away either.
        assert!(ask(&node, &basic("ada", "ada-password")).await.is_ok());
        slowest = slowest.max(start.elapsed());
        tokio::task::yield_now().await;
    }
    let mut turned_away = 0;
    for one in flood {
        match one.await.unwrap() {
            AuthenticationFailure::Overloaded => turned_away += 1,
            failure => assert_eq!(failure, AuthenticationFailure::User { username: "nobody".to_owned() }),
        }
    }
    assert!(turned_away > 0, "nobody was turned away");
    assert_eq!(node.metrics().password_overloaded.get(), turned_away);
    // A password takes milliseconds to check; two hundred keys went through while two hundred of them came.
    assert!(slowest < Duration::from_secs(1), "the slowest key took {slowest:?}");
}

#[tokio::test]
async fn strangers_cost_what_users_cost() {
    let store = store();
    let algorithm = Algorithm::parse("bcrypt9").unwrap();
    let hasher = HasherConfig { algorithm, threads: 1, queue: 8, ..HasherConfig::default() };
    let (node, _) = node_on(Arc::new(store.clone()), NodeConfig { hasher, ..config() }).await;
    let stored = keyward_security::user::NativeUser { user: user("ada", &[]), password: hash(algorithm, "right") };
    write(&node, &store, vec![Write::Put(RecordKey::user("ada"), Arc::new(Record::User(Arc::new(stored))))]).await;
    let mut fastest = [Duration::MAX; 4];
    for _ in 0..5 {
        let names = ["ada", "nobody", "elastic", "kibana_system"];
        for (name, fastest) in names.into_iter().zip(&mut fastest) {
            let start = Instant::now();
            assert!(ask(&node, &basic(name, "wrong")).await.is_err());
            *fastest = (*fastest).min(start.elapsed());
        }
    }
    let (least, most) = (fastest.iter().min().unwrap(), fastest.iter().max().unwrap());
    assert!(*most < *least * 2, "{fastest:?}");
}

#[tokio::test]
async fn unknown_keys_do_not_touch_the_store() {
    let (node, _, store) = node().await;
    write(&node, &store, vec![put_key(key(1))]).await;
    store.close();
    for n in 0..100 {
        assert!(ask(&node, &shown(&ApiKeyId::parse(&format!("unknown-{n}")), "x")).await.is_err());
    }
    assert!(ask(&node, &shown(&key(1).id, "secret-1")).await.is_ok());
}

#[tokio::test]
async fn a_key_is_judged_without_waiting() {
    let (node, _, store) = node().await;
    let revoked = key(2);
    write(&node, &store, vec![put_key(key(1)), put_key(revoked.clone()), invalidate(&revoked.id, NOW)]).await;
    let view = Arc::clone(&node.view());
    let unknown = ApiKeyId::parse("kw0000000000000000id");
    let cases = [(&key(1).id, "secret-1"), (&key(1).id, "x"), (&revoked.id, "secret-2"), (&unknown, "x")];
    for (id, secret) in cases {
        let credentials = shown(id, secret);
        let mut asking = std::pin::pin!(node.authenticate(&view, &credentials, None, NOW));
        let polled = asking.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready(), "{id} with {secret}");
    }
}
