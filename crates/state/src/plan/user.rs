//! Users: making, changing and deleting them, their passwords, and whether they may sign in.

use std::sync::Arc;

use keyward_security::authentication::{Authentication, Json, NATIVE_REALM_TYPE, RESERVED_REALM, SubjectKind};
use keyward_security::hash::Hash;
use keyward_security::names::{RoleName, check_role_name, check_user_name};
use keyward_security::reserved::is_reserved_username;
use keyward_security::user::{NativeUser, ReservedUserState, User};

use crate::record::{Record, RecordKey};
use crate::revision::Revision;
use crate::txn::{Expect, Txn, Write};
use crate::view::{Stored, View};

/// A request to make or change a native user.
#[derive(Clone, Debug)]
pub struct PutUser {
    /// The name.
    pub username: String,
    /// The hash of a new password. With it the user is replaced, without it changed.
    pub password: Option<Hash>,
    /// The names of its roles; they need not exist.
    pub roles: Vec<RoleName>,
    /// The full name.
    pub full_name: Option<String>,
    /// The mail address.
    pub email: Option<String>,
    /// Metadata; absent clears it.
    pub metadata: Option<Json>,
    /// Whether the user may sign in.
    pub enabled: bool,
}

/// Why a user is not put.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutUserError {
    /// Rules that the request breaks.
    #[error("{}", .0.join("; "))]
    Invalid(Vec<String>),
    /// A new user needs a password.
    #[error("password must be specified unless you are updating an existing user")]
    PasswordMissing,
}

/// Makes or changes a native user; tells whether it is new.
pub fn put_user(view: &View, who: &Authentication, request: &PutUser) -> Result<(Txn, bool), PutUserError> {
    let problems = check_put(who, request);
    if !problems.is_empty() {
        return Err(PutUserError::Invalid(problems));
    }
    let existing = view.user(&request.username);
    let (password, metadata) = match (&request.password, existing) {
        (Some(password), _) => (password.clone(), request.metadata.clone().unwrap_or_default()),
        (None, None) => return Err(PutUserError::PasswordMissing),
        (None, Some(existing)) => {
            let metadata = request.metadata.as_ref().map(|added| {
                let mut merged = Json::clone(&existing.value.user.metadata);
                merge(&mut merged, added);
                merged
            });
            (existing.value.password.clone(), metadata.unwrap_or_default())
        }
    };
    let user = User {
        username: request.username.as_str().into(),
        roles: request.roles.iter().cloned().collect(),
        full_name: request.full_name.as_deref().map(Arc::from),
        email: request.email.as_deref().map(Arc::from),
        metadata: Arc::new(metadata),
        enabled: request.enabled,
    };
    Ok((put(existing, NativeUser { user, password }), existing.is_none()))
}

fn check_put(who: &Authentication, request: &PutUser) -> Vec<String> {
    let name = &request.username;
    let mut problems = Vec::new();
    if !request.enabled && is_own_account(who, name, &[NATIVE_REALM_TYPE]) {
        let rule = "native and reserved realm users may not update the enabled status of their own account";
        problems.push(rule.to_owned());
    }
    if is_reserved_username(name) {
        problems.push(format!("user [{name}] is reserved and only the password can be changed"));
    } else {
        problems.extend(check_user_name(name));
    }
    problems.extend(request.roles.iter().filter_map(|role| check_role_name(role)));
    problems
}

/// Adds members, objects within objects too, as a partial update of a document does.
fn merge(into: &mut Json, added: &Json) {
    for (name, value) in added {
        match (into.get_mut(name), value) {
            (Some(serde_json::Value::Object(inner)), serde_json::Value::Object(added)) => merge(inner, added),
            _ => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Why a user is not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteUserError {
    /// It is built in.
    #[error("user [{0}] is reserved and cannot be deleted")]
    Reserved(String),
}

/// Deletes a native user; tells whether there was one. Its keys live on.
pub fn delete_user(view: &View, username: &str) -> Result<(Txn, bool), DeleteUserError> {
    if is_reserved_username(username) {
        return Err(DeleteUserError::Reserved(username.to_owned()));
    }
    let Some(existing) = view.user(username) else { return Ok((Txn::default(), false)) };
    let key = RecordKey::user(username);
    let expect = vec![Expect::At(key.clone(), existing.modified)];
    Ok((Txn { expect, write: vec![Write::Delete(key)] }, true))
}

/// Why a password is not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangePasswordError {
    /// Nobody has that name.
    #[error("user must exist in order to change password")]
    Unknown,
}

/// Gives a native or built-in user another password.
pub fn change_password(view: &View, username: &str, password: Hash) -> Result<Txn, ChangePasswordError> {
    if is_reserved_username(username) {
        let stored = view.reserved_user_state(username);
        let enabled = stored.is_none_or(|stored| stored.value.enabled);
        return Ok(put_reserved(username, stored, ReservedUserState { password: Some(password), enabled }));
    }
    let existing = view.user(username).ok_or(ChangePasswordError::Unknown)?;
    let user = existing.value.user.clone();
    Ok(put(Some(existing), NativeUser { user, password }))
}

/// Why a user is neither enabled nor disabled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetEnabledError {
    /// Nobody locks himself out, or lets himself in.
    #[error("users may not update the enabled status of their own account")]
    OwnAccount,
    /// Nobody has that name.
    #[error("only existing users can be {}", if *.enabled { "enabled" } else { "disabled" })]
    Unknown {
        /// What was asked.
        enabled: bool,
    },
}

/// Lets a user sign in, or not. Nothing is written if it is so already.
pub fn set_user_enabled(
    view: &View,
    who: &Authentication,
    username: &str,
    enabled: bool,
) -> Result<Txn, SetEnabledError> {
    if is_own_account(who, username, &[NATIVE_REALM_TYPE, RESERVED_REALM]) {
        return Err(SetEnabledError::OwnAccount);
    }
    if is_reserved_username(username) {
        let stored = view.reserved_user_state(username);
        if stored.is_none_or(|stored| stored.value.enabled) == enabled {
            return Ok(Txn::default());
        }
        let password = stored.and_then(|stored| stored.value.password.clone());
        return Ok(put_reserved(username, stored, ReservedUserState { password, enabled }));
    }
    let existing = view.user(username).ok_or(SetEnabledError::Unknown { enabled })?;
    if existing.value.user.enabled == enabled {
        return Ok(Txn::default());
    }
    let NativeUser { user, password } = NativeUser::clone(&existing.value);
    Ok(put(Some(existing), NativeUser { user: User { enabled, ..user }, password }))
}

/// Whether the caller is this user, signed in through one of these kinds of realm.
fn is_own_account(who: &Authentication, username: &str, realm_kinds: &[&str]) -> bool {
    let subject = &who.effective;
    matches!(subject.kind, SubjectKind::User)
        && *subject.user.username == *username
        && realm_kinds.contains(&&*subject.realm.kind)
}

fn put(existing: Option<&Stored<Arc<NativeUser>>>, user: NativeUser) -> Txn {
    let key = RecordKey::user(&user.user.username);
    replace(key, existing.map(|existing| existing.modified), Record::User(Arc::new(user)))
}

fn put_reserved(username: &str, stored: Option<&Stored<Arc<ReservedUserState>>>, state: ReservedUserState) -> Txn {
    let key = RecordKey::reserved_user(username);
    replace(key, stored.map(|stored| stored.modified), Record::ReservedUser(Arc::new(state)))
}

/// Replaces what was read, and nothing else.
fn replace(key: RecordKey, read: Option<Revision>, record: Record) -> Txn {
    let expect = match read {
        Some(revision) => Expect::At(key.clone(), revision),
        None => Expect::Absent(key.clone()),
    };
    Txn { expect: vec![expect], write: vec![Write::Put(key, Arc::new(record))] }
}
