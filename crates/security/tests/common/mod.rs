//! What the decision tests share: the fixture names and subjects of the decision vectors, and their short notation for
//! role descriptors.

#![allow(dead_code, clippy::allow_attributes, reason = "each test uses a part of it")]

mod notation;

use std::sync::Arc;

use keyward_security::action::Action;
use keyward_security::api_key::{API_KEY_VERSION, ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::{Authentication, Json, RealmRef};
use keyward_security::hash::Hash;
use keyward_security::index_names::{IndexFlags, IndexNames};
use keyward_security::privilege::{ApplicationPrivilege, ApplicationPrivileges};
use keyward_security::request::{ActionRequest, Detail, IndicesOptions, RequestedNames, TargetTraits};
use keyward_security::role::descriptor::{DescriptorContext, RoleDescriptors};
use keyward_security::role::{Role, reserved_role};
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_xcontent::{Limits, parse};
use serde_json::json;

pub(crate) use notation::descriptors_json;

/// The cluster of authorization vectors: indices, an alias, a data stream, a restricted index.
pub(crate) fn fixture_names() -> IndexNames {
    let open = IndexFlags::default();
    let hidden = IndexFlags { hidden: true, ..open };
    let closed = IndexFlags { closed: true, ..open };
    IndexNames::builder()
        .index("logs-a1", open)
        .index("logs-a2", open)
        .index("logs-sec", open)
        .index("metrics-1", open)
        .index(".hid-1", hidden)
        .index("logs-old", closed)
        .alias("logs", ["logs-a1", "logs-a2"], None, false)
        .data_stream("ds-web", [".ds-ds-web-2026.01.01-000001"], [".fs-ds-web-2026.01.01-000002"], false)
        .index(".security-7", open)
        .alias(".security", [".security-7"], None, true)
        .build()
}

pub(crate) fn bob() -> User {
    user("bob", &[])
}

pub(crate) fn user(name: &str, roles: &[&str]) -> User {
    User {
        username: name.into(),
        roles: roles.iter().map(|role| Arc::from(*role)).collect(),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        enabled: true,
    }
}

pub(crate) fn native() -> RealmRef {
    RealmRef::new("native1", "native")
}

/// The user bob, who proved it with a password.
pub(crate) fn as_user(roles: &[&str]) -> Authentication {
    Authentication::realm(user("bob", roles), native())
}

/// A key of bob's.
pub(crate) fn as_key(id: &str) -> Authentication {
    let creator = Creator {
        principal: "bob".into(),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        realm: native(),
    };
    Authentication::api_key(Arc::new(ApiKey {
        id: ApiKeyId::parse(id),
        name: "key".into(),
        kind: KeyType::Rest,
        hash: Hash::of_nothing(),
        creation: Timestamp::from_millis(0),
        expiration: None,
        invalidation: None,
        creator: Arc::new(creator),
        role_descriptors: Arc::new(DescriptorSet::empty()),
        limited_by: Arc::new(DescriptorSet::empty()),
        metadata: None,
        certificate_identity: None,
        version: API_KEY_VERSION,
    }))
}

/// The role of a key: what was assigned to it within what its owner had.
pub(crate) fn key_role(assigned: &str, limited_by: &str, stored: &ApplicationPrivileges) -> Role {
    let owner = role(limited_by, stored);
    if assigned == "-" || assigned == "{}" { owner } else { Role::limited(&role(assigned, stored), &owner) }
}

/// The role of descriptors in short notation; several of one side stand between `||`.
pub(crate) fn role(notation: &str, stored: &ApplicationPrivileges) -> Role {
    let descriptors = descriptors(notation);
    Role::compile(&descriptors, stored).unwrap_or_else(|error| panic!("{notation}: {error}"))
}

pub(crate) fn descriptors(notation: &str) -> RoleDescriptors {
    if notation == "ALL" {
        let superuser = reserved_role("superuser").expect("there is a superuser");
        return RoleDescriptors::new(vec![(superuser.name().clone(), superuser.descriptor().clone())]);
    }
    let text = descriptors_json(notation).to_string();
    let value = parse(text.as_bytes(), Limits::default()).expect("it is JSON");
    RoleDescriptors::parse(&value, DescriptorContext::ApiKey).unwrap_or_else(|error| panic!("{notation}: {error}"))
}

/// Stored application privileges, as `application : name : action`.
pub(crate) fn stored(privileges: &[(&str, &str, &str)]) -> ApplicationPrivileges {
    let mut stored = ApplicationPrivileges::default();
    for (application, name, action) in privileges {
        let text = json!({ "actions": [action] }).to_string();
        let value = parse(text.as_bytes(), Limits::default()).expect("it is JSON");
        stored.insert(Arc::new(ApplicationPrivilege::parse(application, name, &value).expect("it is a privilege")));
    }
    stored
}

// === requests ===

pub(crate) const SEARCH: &str = "indices:data/read/search";

fn names(text: &str) -> Vec<&str> {
    text.split(',').filter(|name| !name.is_empty()).collect()
}

/// A search; no text means all.
pub(crate) fn search(expressions: &str) -> ActionRequest {
    search_with(expressions, IndicesOptions::EXPAND_OPEN)
}

pub(crate) fn search_with(expressions: &str, options: IndicesOptions) -> ActionRequest {
    let requested = RequestedNames::new(names(expressions), options, TargetTraits::SEARCH);
    ActionRequest::on(Action::from_static(SEARCH), requested)
}

/// An action on explicit names.
pub(crate) fn on(action: &str, targets: &str) -> ActionRequest {
    ActionRequest::on(Action::new(action), RequestedNames::explicit(names(targets)))
}

/// An action with wildcards on this cluster.
pub(crate) fn across(action: &str, expressions: &str) -> ActionRequest {
    let requested =
        RequestedNames::new(names(expressions), IndicesOptions::EXPAND_OPEN_CLOSED, TargetTraits::BROADCAST);
    ActionRequest::on(Action::new(action), requested)
}

/// An action without names.
pub(crate) fn plain(action: &str) -> ActionRequest {
    ActionRequest::plain(Action::new(action))
}

/// An action of the security API, without the common beginning.
pub(crate) fn security(action: &str, detail: Detail) -> ActionRequest {
    plain(&format!("cluster:admin/xpack/security/{action}")).with_detail(detail)
}

/// A request for API keys without any filter.
pub(crate) fn get_keys() -> Detail {
    Detail::GetApiKey { id: None, name: None, username: None, realm: None, owner: false, with_limited_by: false }
}
