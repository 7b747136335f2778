//! Roles: putting and deleting them. What a role may contain is judged before, and so is its name.

use std::sync::Arc;

use keyward_security::role::{RoleDescriptor, reserved_role};

use crate::record::{Record, RecordKey, StoredRole};
use crate::txn::{Expect, Txn, Write};
use crate::view::View;

/// Why a role is not put.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutRoleError {
    /// It is built in.
    #[error("Role [{0}] is reserved and may not be used.")]
    Reserved(String),
}

/// Why a role is not deleted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeleteRoleError {
    /// It is built in.
    #[error("role [{0}] is reserved and cannot be deleted")]
    Reserved(String),
}

/// Makes or replaces a role; tells whether it is new. Putting what is already there changes nothing.
pub fn put_role(view: &View, name: &str, descriptor: &Arc<RoleDescriptor>) -> Result<(Txn, bool), PutRoleError> {
    if reserved_role(name).is_some() {
        return Err(PutRoleError::Reserved(name.to_owned()));
    }
    let key = RecordKey::role(name);
    let existing = view.role(name);
    if existing.is_some_and(|existing| existing.value == *descriptor) {
        return Ok((Txn::default(), false));
    }
    let expect = match existing {
        None => Expect::Absent(key.clone()),
        Some(existing) => Expect::At(key.clone(), existing.modified),
    };
    let role = StoredRole { name: name.into(), descriptor: Arc::clone(descriptor) };
    let write = Write::Put(key, Arc::new(Record::Role(Arc::new(role))));
    Ok((Txn { expect: vec![expect], write: vec![write] }, existing.is_none()))
}

/// Deletes a role; tells whether there was one. Users keep its name among theirs.
pub fn delete_role(view: &View, name: &str) -> Result<(Txn, bool), DeleteRoleError> {
    if reserved_role(name).is_some() {
        return Err(DeleteRoleError::Reserved(name.to_owned()));
    }
    let Some(existing) = view.role(name) else { return Ok((Txn::default(), false)) };
    let key = RecordKey::role(name);
    let expect = vec![Expect::At(key.clone(), existing.modified)];
    Ok((Txn { expect, write: vec![Write::Delete(key)] }, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Commit, Expect};

    fn descriptor(cluster: &str) -> Arc<RoleDescriptor> {
        Arc::new(RoleDescriptor { cluster: vec![cluster.into()], ..RoleDescriptor::default() })
    }

    fn commit(view: &View, txn: Txn) -> View {
        view.apply(&Commit { revision: view.revision().next(), writes: txn.write }).unwrap()
    }

    #[test]
    fn a_role_is_made_replaced_and_deleted() {
        let view = View::empty();
        let (txn, created) = put_role(&view, "ops", &descriptor("monitor")).unwrap();
        assert!(created && matches!(&txn.expect[..], [Expect::Absent(_)]));
        let view = commit(&view, txn);
        assert_eq!(view.role("ops").unwrap().value, descriptor("monitor"));

        let (txn, created) = put_role(&view, "ops", &descriptor("monitor")).unwrap();
        assert!(!created && txn.is_empty());
        let (txn, created) = put_role(&view, "ops", &descriptor("all")).unwrap();
        assert!(!created && matches!(&txn.expect[..], [Expect::At(..)]));
        let view = commit(&view, txn);
        assert_eq!(view.role("ops").unwrap().value, descriptor("all"));

        let (txn, found) = delete_role(&view, "ops").unwrap();
        assert!(found);
        let view = commit(&view, txn);
        assert!(view.role("ops").is_none());
        let (txn, found) = delete_role(&view, "ops").unwrap();
        assert!(!found && txn.is_empty());
    }

    #[test]
    fn built_in_roles_are_left_alone() {
        let error = put_role(&View::empty(), "superuser", &descriptor("none")).unwrap_err();
        assert_eq!(error.to_string(), "Role [superuser] is reserved and may not be used.");
        let error = delete_role(&View::empty(), "superuser").unwrap_err();
        assert_eq!(error.to_string(), "role [superuser] is reserved and cannot be deleted");
    }
}
