//! Use cases of roles that were put. How roles are compiled and remembered is in `roles`.

use std::sync::Arc;

use keyward_security::role::RoleDescriptor;
use keyward_state::plan::{self, DeleteRoleError, PutRoleError};

use crate::node::Node;
use crate::use_case::UseCaseError;

impl Node {
    /// Makes or replaces a role; tells whether it is new.
    pub async fn put_role(
        &self,
        name: &str,
        descriptor: &Arc<RoleDescriptor>,
    ) -> Result<bool, UseCaseError<PutRoleError>> {
        self.perform(|view| plan::put_role(view, name, descriptor).map_err(UseCaseError::Refused)).await
    }

    /// Deletes a role; tells whether there was one.
    pub async fn delete_role(&self, name: &str) -> Result<bool, UseCaseError<DeleteRoleError>> {
        self.perform(|view| plan::delete_role(view, name).map_err(UseCaseError::Refused)).await
    }
}
