//! The use cases of users.

use keyward_security::authentication::Authentication;
use keyward_security::hash::Hash;
use keyward_state::plan::{self, ChangePasswordError, DeleteUserError, PutUser, PutUserError, SetEnabledError};

use crate::node::Node;
use crate::use_case::UseCaseError;

impl Node {
    /// Makes or changes a native user; tells whether it is new.
    pub async fn put_user(&self, who: &Authentication, request: PutUser) -> Result<bool, UseCaseError<PutUserError>> {
        self.perform(|view| plan::put_user(view, who, &request).map_err(UseCaseError::Refused)).await
    }

    /// Deletes a native user; tells whether there was one.
    pub async fn delete_user(&self, username: &str) -> Result<bool, UseCaseError<DeleteUserError>> {
        self.perform(|view| plan::delete_user(view, username).map_err(UseCaseError::Refused)).await
    }

    /// Gives a user another password, which [`Node::hasher`] has hashed.
    pub async fn change_password(
        &self,
        username: &str,
        password: Hash,
    ) -> Result<(), UseCaseError<ChangePasswordError>> {
        self.perform(|view| {
            let txn = plan::change_password(view, username, password.clone()).map_err(UseCaseError::Refused)?;
            Ok((txn, ()))
        })
        .await
    }

    /// Lets a user sign in, or not.
    pub async fn set_user_enabled(
        &self,
        who: &Authentication,
        username: &str,
        enabled: bool,
    ) -> Result<(), UseCaseError<SetEnabledError>> {
        self.perform(|view| {
            let txn = plan::set_user_enabled(view, who, username, enabled).map_err(UseCaseError::Refused)?;
            Ok((txn, ()))
        })
        .await
    }
}
