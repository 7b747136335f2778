//! Use cases of the privileges that applications define.

use std::convert::Infallible;
use std::sync::Arc;

use keyward_security::privilege::ApplicationPrivilege;
use keyward_state::plan::{self, PrivilegeOutcomes};

use crate::node::Node;
use crate::use_case::UseCaseError;

impl Node {
    /// Makes or replaces privileges, all or none; tells of each whether it is new.
    pub async fn put_privileges(
        &self,
        privileges: &[Arc<ApplicationPrivilege>],
    ) -> Result<PrivilegeOutcomes, UseCaseError<Infallible>> {
        self.perform(|view| Ok(plan::put_privileges(view, privileges))).await
    }

    /// Deletes privileges of one application; tells of each name whether there was one.
    pub async fn delete_privileges(
        &self,
        application: &str,
        names: &[&str],
    ) -> Result<PrivilegeOutcomes, UseCaseError<Infallible>> {
        self.perform(|view| Ok(plan::delete_privileges(view, application, names))).await
    }
}
