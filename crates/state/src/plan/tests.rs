use std::sync::Arc;

use keyward_security::api_key::{ApiKeyId, CreateApiKey, InvalidateApiKeys, KeyType, RestrictionError};
use keyward_security::authentication::{Authentication, Json, RealmDomain, RealmRef};
use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::reserved::reserved_user;
use keyward_security::role::RoleDescriptors;
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_security::user::User;

use super::*;
use crate::record::{Record, RecordKey, StoredRole};
use crate::{Commit, Expect, Revision, Txn, View, Write};

const NOW: Timestamp = Timestamp::from_millis(1_786_868_000_123);

fn hash(password: &str) -> Hash {
    Hash::make(Algorithm::parse("bcrypt4").unwrap(), &Secret::new(password), Drawn::new([1; 32]))
}

fn drawn(number: u8) -> DrawnApiKey {
    DrawnApiKey::fast([number; 9], [number; 16], Drawn::new([number; 32]))
}

fn descriptors(text: &str) -> RoleDescriptors {
    RoleDescriptors::parse_stored(text).unwrap()
}

fn user(name: &str, roles: &[&str]) -> User {
    User {
        username: name.into(),
        roles: roles.iter().map(|role| Arc::from(*role)).collect(),
        full_name: Some("Full Name".into()),
        email: None,
        metadata: Arc::default(),
        enabled: true,
    }
}

fn native(name: &str, roles: &[&str]) -> Authentication {
    Authentication::realm(user(name, roles), RealmRef::new("default_native", "native"))
}

fn elastic() -> Authentication {
    Authentication::realm(reserved_user("elastic", true).unwrap(), RealmRef::synthetic("reserved"))
}

/// Makes the change as a store would, expectations included.
fn commit(view: &View, txn: Txn) -> View {
    for expect in &txn.expect {
        assert!(matches!(expect, Expect::Absent(_) | Expect::At(..)));
    }
    view.apply(&Commit { revision: view.revision().next(), writes: txn.write }).unwrap()
}

fn with_role(view: &View, name: &str, descriptor: &str) -> View {
    let roles = descriptors(&format!(r#"{{"{name}":{descriptor}}}"#));
    let role = StoredRole { name: name.into(), descriptor: Arc::clone(roles.get(name).unwrap()) };
    let write = Write::Put(RecordKey::role(name), Arc::new(Record::Role(Arc::new(role))));
    commit(view, Txn { expect: vec![], write: vec![write] })
}

fn create(view: &View, who: &Authentication, name: &str, number: u8) -> (View, ApiKeyId) {
    let request = CreateApiKey { name: name.to_owned(), ..CreateApiKey::default() };
    let (txn, created) = create_api_key(view, who, &[], &request, NOW, drawn(number)).unwrap();
    (commit(view, txn), created.id)
}

#[test]
fn a_key_is_limited_by_its_owners_roles_of_now() {
    let view = with_role(&View::empty(), "ops", r#"{"cluster":["monitor"],"description":"what for"}"#);
    let who = native("ada", &["superuser", "ops", "ops", "gone"]);
    let request = CreateApiKey {
        name: "k".to_owned(),
        role_descriptors: descriptors(r#"{"r":{"cluster":["all"]}}"#),
        lifetime: Some(60),
        metadata: Some(serde_json::from_str(r#"{"b":1,"a":[null]}"#).unwrap()),
    };
    let (txn, created) = create_api_key(&view, &who, &[], &request, NOW, drawn(7)).unwrap();
    assert!(matches!(&txn.expect[..], [Expect::Absent(name)] if name.as_str().starts_with("key/")));
    let view = commit(&view, txn);
    let key = view.api_key(&created.id).unwrap();
    assert_eq!(created.expiration, Some(NOW.plus_seconds(60)));
    assert_eq!((key.creation(), key.expiration()), (NOW, created.expiration));
    assert_eq!((created.id.to_string().len(), created.secret.expose().len()), (20, 22));
    assert_eq!(created.encoded().expose().len(), 60);
    assert_eq!(key.verify_fast(&created.secret), Some(true));
    assert_eq!(key.metadata(), Some(r#"{"b":1,"a":[null]}"#));
    assert_eq!(key.role_descriptors().text(), r#"{"r":{"cluster":["all"]}}"#);
    let limited_by = key.limited_by().parse().unwrap();
    assert_eq!(limited_by.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["ops", "superuser"]);
    assert_eq!(limited_by.get("ops").unwrap().description, None);
    let creator = key.creator();
    assert_eq!(
        (&*creator.principal, &*creator.realm.name, creator.full_name.as_deref()),
        ("ada", "default_native", Some("Full Name"))
    );

    // A later change of the role does not reach it.
    let later = with_role(&view, "ops", "{}");
    assert_eq!(later.api_key(&created.id).unwrap().limited_by().text(), key.limited_by().text());
}

#[test]
fn a_key_made_under_run_as_belongs_to_the_one_acted_for() {
    let target = native("ada", &["superuser"]).effective;
    let (view, id) = create(&View::empty(), &elastic().run_as(target), "k", 1);
    assert_eq!(&*view.api_key(&id).unwrap().creator().principal, "ada");
}

#[test]
fn a_key_made_with_a_key_can_do_nothing() {
    let (view, parent) = create(&View::empty(), &native("ada", &["superuser"]), "parent", 1);
    let who = Authentication::api_key(view.api_key(&parent).unwrap().to_api_key());
    let request = |text: &str| CreateApiKey {
        name: "child".to_owned(),
        role_descriptors: descriptors(text),
        ..CreateApiKey::default()
    };
    for text in
        ["{}", r#"{"a":{"cluster":["monitor"]}}"#, r#"{"a":{},"b":{"cluster":["all"]}}"#, r#"{"a":{"run_as":["x"]}}"#]
    {
        let error = create_api_key(&view, &who, &[], &request(text), NOW, drawn(2)).unwrap_err();
        assert_eq!(error, CreateApiKeyError::Derived, "{text}");
    }
    let (txn, child) = create_api_key(&view, &who, &[], &request(r#"{"a":{}}"#), NOW, drawn(2)).unwrap();
    let view = commit(&view, txn);
    let key = view.api_key(&child.id).unwrap();
    assert!(key.limited_by().is_empty() && !key.role_descriptors().is_empty());
    let creator = key.creator();
    assert_eq!(
        (&*creator.principal, &*creator.realm.name, &*creator.realm.kind),
        ("ada", "_es_api_key", "_es_api_key")
    );

    // Under run-as the one acted for counts, who is no key.
    let acting = who.run_as(native("ines", &[]).effective);
    assert!(create_api_key(&view, &acting, &[], &request("{}"), NOW, drawn(3)).is_ok());
}

#[test]
fn restrictions_do_not_mix() {
    let restricted = r#"{"restriction":{"workflows":["search_application_query"]}}"#;
    let ask = |view: &View, roles: &[&str], text: &str| {
        let role_descriptors = descriptors(text);
        let request = CreateApiKey { name: "k".to_owned(), role_descriptors, ..CreateApiKey::default() };
        create_api_key(view, &native("ada", roles), &[], &request, NOW, drawn(1)).map(|_| ())
    };
    let view = with_role(&View::empty(), "limited", restricted);
    assert_eq!(ask(&view, &[], &format!(r#"{{"a":{restricted}}}"#)), Ok(()));
    assert_eq!(ask(&view, &[], r#"{"a":{"restriction":{}},"b":{}}"#), Ok(()));
    for (roles, text, error) in [
        (&[][..], format!(r#"{{"a":{restricted},"b":{{}}}}"#), RestrictionError::Mixed),
        (&[], format!(r#"{{"a":{restricted},"b":{restricted}}}"#), RestrictionError::Several),
        (&["limited"], "{}".to_owned(), RestrictionError::Owner),
    ] {
        assert_eq!(ask(&view, roles, &text), Err(CreateApiKeyError::Restriction(error)), "{text}");
    }
}

fn ids(request: &[&ApiKeyId]) -> InvalidateApiKeys {
    InvalidateApiKeys { ids: request.iter().map(ToString::to_string).collect(), ..InvalidateApiKeys::default() }
}

#[test]
fn invalidation_is_small_and_happens_once() {
    let who = elastic();
    let (view, id) = create(&View::empty(), &who, "k", 1);
    let (txn, answer) = invalidate_api_keys(&view, &who, &ids(&[&id, &id]), true, NOW);
    assert_eq!(answer.invalidated, std::slice::from_ref(&id));
    let [Write::Put(_, record)] = &txn.write[..] else { panic!("{txn:?}") };
    assert_eq!(record.encode().len(), 10);
    let view = commit(&view, txn);
    let key = view.api_key(&id).unwrap();
    assert!(key.is_invalidated() && !key.is_active(NOW) && key.to_api_key().invalidation == Some(NOW));
    let (txn, answer) = invalidate_api_keys(&view, &who, &ids(&[&id]), true, NOW);
    assert!(txn.is_empty() && answer == Default::default());
    let (txn, answer) = invalidate_api_keys(&view, &who, &ids(&[&ApiKeyId::parse("unknown")]), true, NOW);
    assert!(txn.is_empty() && answer == Default::default());
}

#[test]
fn invalidation_means_what_its_filters_say() {
    let domain = RealmDomain { name: "d".into(), realms: vec!["r1".into(), "r2".into()] };
    let domain = Some(Arc::new(domain));
    let realm = |name: &str| RealmRef { domain: domain.clone(), ..RealmRef::new(name, "ldap") };
    let ada = |name: &str| Authentication::realm(user("ada", &["superuser"]), realm(name));
    let (view, one) = create(&View::empty(), &ada("r1"), "nightly-1", 1);
    let (view, two) = create(&view, &ada("r2"), "nightly-2", 2);
    let (view, other) = create(&view, &native("ada", &[]), "weekly", 3);
    let found = |who: &Authentication, request: InvalidateApiKeys| {
        assert_eq!(request.validate(), [""; 0]);
        invalidate_api_keys(&view, who, &request, true, NOW).1.invalidated
    };
    let some = |text: &str| Some(text.to_owned());
    let all = InvalidateApiKeys::default;
    assert_eq!(
        found(&elastic(), InvalidateApiKeys { username: some("ada"), ..all() }),
        [one.clone(), two.clone(), other.clone()]
    );
    assert_eq!(found(&elastic(), InvalidateApiKeys { realm_name: some("r2"), ..all() }), std::slice::from_ref(&two));
    assert_eq!(found(&elastic(), InvalidateApiKeys { name: some("nightly*"), ..all() }), [one.clone(), two.clone()]);
    assert_eq!(found(&elastic(), InvalidateApiKeys { name: some("weekly"), ..all() }), std::slice::from_ref(&other));
    assert_eq!(found(&elastic(), InvalidateApiKeys { owner: true, ..all() }), []);
    // A domain makes its realms' users one person.
    assert_eq!(found(&ada("r1"), InvalidateApiKeys { owner: true, ..all() }), [one.clone(), two.clone()]);
    assert_eq!(found(&native("ada", &[]), InvalidateApiKeys { owner: true, ..all() }), std::slice::from_ref(&other));
    assert_eq!(found(&ada("r1"), InvalidateApiKeys { owner: true, ..ids(&[&other]) }), []);
    // A key's own owner filter is the realm recorded in it, without its domain.
    let as_key = Authentication::api_key(view.api_key(&one).unwrap().to_api_key());
    assert_eq!(found(&as_key, InvalidateApiKeys { owner: true, ..ids(&[&one]) }), std::slice::from_ref(&one));
    assert_eq!(found(&as_key, InvalidateApiKeys { owner: true, ..ids(&[&two]) }), []);
}

#[test]
fn keys_between_clusters_need_more() {
    let who = elastic();
    let (view, id) = create(&View::empty(), &who, "k", 1);
    let key = view.api_key(&id).unwrap().to_api_key();
    let key = keyward_security::api_key::ApiKey {
        kind: KeyType::CrossCluster,
        ..keyward_security::api_key::ApiKey::clone(&key)
    };
    let write = Write::Put(RecordKey::api_key(&id).unwrap(), Arc::new(Record::ApiKey(Arc::new(key))));
    let view = commit(&view, Txn { expect: vec![], write: vec![write] });
    let (txn, answer) = invalidate_api_keys(&view, &who, &ids(&[&id]), false, NOW);
    assert!(txn.is_empty() && answer.refused == std::slice::from_ref(&id) && answer.invalidated.is_empty());
    let (_, answer) = invalidate_api_keys(&view, &who, &ids(&[&id]), true, NOW);
    assert!(answer.refused.is_empty() && answer.invalidated == [id]);
}

#[test]
fn useless_keys_are_forgotten_after_a_while() {
    let who = elastic();
    let (view, kept) = create(&View::empty(), &who, "kept", 1);
    let (view, revoked) = create(&view, &who, "revoked", 2);
    let request = CreateApiKey { name: "expiring".to_owned(), lifetime: Some(10), ..CreateApiKey::default() };
    let (txn, expired) = create_api_key(&view, &who, &[], &request, NOW, drawn(3)).unwrap();
    let view = commit(&view, txn);
    let view = commit(&view, invalidate_api_keys(&view, &who, &ids(&[&revoked]), true, NOW.plus_seconds(5)).0);
    assert!(delete_inactive_api_keys(&view, NOW.plus_seconds(4), 10).is_empty());
    assert_eq!(delete_inactive_api_keys(&view, NOW.plus_seconds(10), 1).expect.len(), 1);
    let view = commit(&view, delete_inactive_api_keys(&view, NOW.plus_seconds(10), 10));
    assert!(view.api_key(&kept).is_some() && view.api_key(&revoked).is_none() && view.api_key(&expired.id).is_none());
    assert!(delete_inactive_api_keys(&view, NOW.plus_seconds(1000), 10).is_empty());
}

fn put(name: &str) -> PutUser {
    PutUser {
        username: name.to_owned(),
        password: Some(hash("abcdef")),
        roles: vec!["ops".into()],
        full_name: None,
        email: None,
        metadata: None,
        enabled: true,
    }
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

#[test]
fn users_are_made_replaced_and_changed() {
    let (txn, created) =
        put_user(&View::empty(), &elastic(), &PutUser { metadata: Some(json(r#"{"a":{"x":1},"b":1}"#)), ..put("joe") })
            .unwrap();
    assert!(created && matches!(&txn.expect[..], [Expect::Absent(_)]));
    let view = commit(&View::empty(), txn);
    // Without a password: changed, with metadata merged into what there is.
    let change = PutUser { password: None, metadata: Some(json(r#"{"a":{"y":2}}"#)), roles: vec![], ..put("joe") };
    let (txn, created) = put_user(&view, &elastic(), &change).unwrap();
    assert!(!created && txn.expect == [Expect::At(RecordKey::user("joe"), Revision::new(1))]);
    let changed = commit(&view, txn);
    let joe = &changed.user("joe").unwrap().value;
    assert!(joe.password.verify(&Secret::new("abcdef")) && joe.user.roles.is_empty());
    assert_eq!(*joe.user.metadata, json(r#"{"a":{"x":1,"y":2},"b":1}"#));
    // Absent metadata clears it; a password replaces the whole.
    for request in [PutUser { password: None, ..put("joe") }, put("joe")] {
        let (txn, _) = put_user(&view, &elastic(), &request).unwrap();
        assert!(commit(&view, txn).user("joe").unwrap().value.user.metadata.is_empty());
    }
    let (txn, _) = put_user(&view, &elastic(), &PutUser { metadata: Some(json(r#"{"c":1}"#)), ..put("joe") }).unwrap();
    assert_eq!(*commit(&view, txn).user("joe").unwrap().value.user.metadata, json(r#"{"c":1}"#));
    assert_eq!(
        put_user(&view, &elastic(), &PutUser { password: None, ..put("new") }).unwrap_err(),
        PutUserError::PasswordMissing
    );
}

#[test]
fn users_that_must_not_be_put() {
    let refused = |who: &Authentication, request: PutUser| match put_user(&View::empty(), who, &request) {
        Err(PutUserError::Invalid(problems)) => problems,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(&elastic(), put("elastic")),
        ["user [elastic] is reserved and only the password can be changed"]
    );
    assert!(refused(&elastic(), put(" x"))[0].starts_with("User names must be"));
    let bad_role = PutUser { roles: vec![" r".into(), "ok".into()], ..put("x") };
    assert!(refused(&elastic(), bad_role)[0].starts_with("Role names must be"));
    let own = PutUser { enabled: false, ..put("joe") };
    assert_eq!(
        refused(&native("joe", &[]), own.clone()),
        ["native and reserved realm users may not update the enabled status of their own account"]
    );
    assert!(put_user(&View::empty(), &native("jane", &[]), &own).is_ok());
}

#[test]
fn users_are_deleted_but_not_the_built_in_ones() {
    let view = commit(&View::empty(), put_user(&View::empty(), &elastic(), &put("joe")).unwrap().0);
    let (txn, found) = delete_user(&view, "joe").unwrap();
    assert!(found && commit(&view, txn).user("joe").is_none());
    assert!(!delete_user(&view, "joey").unwrap().1);
    assert_eq!(
        delete_user(&view, "elastic").unwrap_err().to_string(),
        "user [elastic] is reserved and cannot be deleted"
    );
}

#[test]
fn passwords_and_the_right_to_sign_in() {
    let view = commit(&View::empty(), put_user(&View::empty(), &elastic(), &put("joe")).unwrap().0);
    let view = commit(&view, change_password(&view, "joe", hash("newpassword")).unwrap());
    assert!(view.user("joe").unwrap().value.password.verify(&Secret::new("newpassword")));
    assert_eq!(change_password(&view, "nobody", hash("x")).unwrap_err(), ChangePasswordError::Unknown);

    let view = commit(&view, set_user_enabled(&view, &elastic(), "joe", false).unwrap());
    assert!(!view.user("joe").unwrap().value.user.enabled);
    assert!(set_user_enabled(&view, &elastic(), "joe", false).unwrap().is_empty());
    assert_eq!(set_user_enabled(&view, &native("joe", &[]), "joe", true).unwrap_err(), SetEnabledError::OwnAccount);
    let unknown = set_user_enabled(&view, &elastic(), "nobody", false).unwrap_err();
    assert_eq!(unknown.to_string(), "only existing users can be disabled");

    // A built-in user keeps what was set before.
    let view = commit(&view, change_password(&view, "kibana_system", hash("kibana")).unwrap());
    let view = commit(&view, set_user_enabled(&view, &elastic(), "kibana_system", false).unwrap());
    let stored = &view.reserved_user_state("kibana_system").unwrap().value;
    assert!(!stored.enabled && stored.password.as_ref().unwrap().verify(&Secret::new("kibana")));
    assert!(!view.reserved_user("kibana_system").unwrap().enabled && view.reserved_user("apm_system").unwrap().enabled);
    let view = commit(&view, change_password(&view, "kibana_system", hash("other1")).unwrap());
    assert!(!view.reserved_user("kibana_system").unwrap().enabled);
    assert_eq!(set_user_enabled(&view, &elastic(), "elastic", false).unwrap_err(), SetEnabledError::OwnAccount);
    assert!(set_user_enabled(&view, &elastic(), "apm_system", true).unwrap().is_empty());
}
