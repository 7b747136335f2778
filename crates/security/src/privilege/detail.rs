//! What request-aware rules look at, beside the action: the few facts of a request that can decide about it.

use std::sync::Arc;

use crate::request::Content;
use crate::role::descriptor::RoleDescriptor;

/// The facts of a request that decide about it together with its action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Detail {
    /// Nothing but the action counts.
    #[default]
    None,
    /// Create an API key for oneself.
    CreateApiKey,
    /// Change one or several API keys; whose they are is checked when it is done.
    UpdateApiKey,
    /// Look at API keys.
    GetApiKey {
        /// Of this id.
        id: Option<String>,
        /// Of this name.
        name: Option<String>,
        /// Owned by this user.
        username: Option<String>,
        /// Owned within this realm.
        realm: Option<String>,
        /// Owned by the caller.
        owner: bool,
        /// Together with the owner's permissions.
        with_limited_by: bool,
    },
    /// Search API keys.
    QueryApiKey {
        /// Whether only the caller's own can be found. Set when the same request has been refused without.
        only_mine: bool,
        /// Together with the owners' permissions.
        with_limited_by: bool,
    },
    /// Invalidate API keys.
    InvalidateApiKey {
        /// Of these ids; empty when none was given.
        ids: Vec<String>,
        /// Of this name.
        name: Option<String>,
        /// Owned by this user.
        username: Option<String>,
        /// Owned within this realm.
        realm: Option<String>,
        /// Owned by the caller.
        owner: bool,
    },
    /// Something about one user that the user may do without privileges: authenticate, check and list privileges.
    SameUser {
        /// The user.
        username: String,
    },
    /// Change a user's password.
    ChangePassword {
        /// The user.
        username: String,
    },
    /// Something about the privileges of applications; empty when all are meant.
    Applications(Vec<String>),
    /// Write profile data under these application keys.
    ProfileData {
        /// The applications.
        applications: Vec<String>,
    },
    /// Write a role.
    PutRole {
        /// Its name.
        name: String,
        /// Its contents.
        descriptor: Arc<RoleDescriptor>,
    },
    /// Delete a role.
    DeleteRole {
        /// Its name.
        name: String,
    },
    /// What an index request contains; cluster privileges never look at it.
    Content(Content),
}
