//! One pure function per use case: what the rules make of a request in a given state. The answer is a change to propose
//! to the store, and what to tell the caller once it is made. Whether the caller may ask at all was decided before.

mod clone_api_key;
mod create_api_key;
mod delete_inactive_api_keys;
mod invalidate_api_keys;
mod privilege;
mod role;
mod update_api_keys;
mod user;

pub use clone_api_key::clone_api_key;
pub use create_api_key::{CreateApiKeyError, DrawnApiKey, create_api_key};
pub use delete_inactive_api_keys::delete_inactive_api_keys;
pub use invalidate_api_keys::invalidate_api_keys;
pub use privilege::{PrivilegeOutcomes, delete_privileges, put_privileges};
pub use role::{DeleteRoleError, PutRoleError, delete_role, put_role};
pub use update_api_keys::{UpdateApiKeyError, UpdateApiKeysError, UpdatedApiKeys, update_api_keys};
pub use user::{
    ChangePasswordError, DeleteUserError, PutUser, PutUserError, SetEnabledError, change_password, delete_user,
    put_user, set_user_enabled,
};

#[cfg(test)]
mod tests;
