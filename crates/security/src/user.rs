//! Users: the native ones, as stored, and the user that a subject acts as.

use std::sync::Arc;

use crate::authentication::Json;
use crate::hash::Hash;
use crate::names::RoleName;

/// A user without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name, unique in its realm.
    pub username: Arc<str>,
    /// The names of its roles, in the order given; they need not exist.
    pub roles: Arc<[RoleName]>,
    /// The full name.
    pub full_name: Option<Arc<str>>,
    /// The mail address.
    pub email: Option<Arc<str>>,
    /// Metadata.
    pub metadata: Arc<Json>,
    /// Whether the user may sign in.
    pub enabled: bool,
}

/// A user of the native realm, with the hash of its password.
#[derive(Clone, Debug)]
pub struct NativeUser {
    /// The user.
    pub user: User,
    /// The hash of the password.
    pub password: Hash,
}

/// What is stored about a reserved user: only what differs from how it is built in.
#[derive(Clone, Debug)]
pub struct ReservedUserState {
    /// The hash of the password; a reserved user without one cannot sign in.
    pub password: Option<Hash>,
    /// Whether the user may sign in.
    pub enabled: bool,
}
