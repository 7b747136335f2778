//! Acting as somebody else, named by a header. Here the target is only found; whether it may be acted as is decided
//! with everything else that needs a privilege.

use std::sync::Arc;

use keyward_security::authentication::{
    Authentication, AuthenticationFailure, AuthenticationType, Json, RESERVED_REALM, RealmRef, Subject, SubjectKind,
};
use keyward_security::user::User;
use keyward_state::View;

/// Stands for the realm of a target that no realm knows. No realm can be called so.
const UNRESOLVED: &str = "__unresolved";

/// Where targets are looked for.
#[derive(Debug)]
pub(crate) struct Lookup {
    pub(crate) reserved: bool,
    pub(crate) native: RealmRef,
}

/// Whether the one who is acted as is known to no realm. Such a one has no role, and may not be acted as by anybody.
pub(crate) fn is_unresolved(authentication: &Authentication) -> bool {
    &*authentication.effective.realm.name == UNRESOLVED
}

/// The authentication as the one that the header names.
pub(crate) fn run_as(
    lookup: &Lookup,
    view: &View,
    authentication: Authentication,
    target: &str,
) -> Result<Authentication, AuthenticationFailure> {
    let subject = &authentication.authenticating;
    let ignored = matches!(subject.kind, SubjectKind::ServiceAccount { .. })
        || matches!(authentication.kind, AuthenticationType::Anonymous | AuthenticationType::Internal)
        || authentication.is_run_as();
    if ignored {
        return Ok(authentication);
    }
    let refused = || AuthenticationFailure::User { username: subject.user.username.to_string() };
    if target.is_empty() {
        return Err(refused());
    }
    match lookup.find(view, target) {
        Some(found) if !found.user.enabled => Err(refused()),
        Some(found) => Ok(authentication.run_as(found)),
        None => Ok(authentication.run_as(unresolved(target))),
    }
}

impl Lookup {
    fn find(&self, view: &View, name: &str) -> Option<Subject> {
        if self.reserved
            && let Some(user) = view.reserved_user(name)
        {
            return Some(Subject::user(user, RealmRef::synthetic(RESERVED_REALM)));
        }
        let stored = view.user(name)?;
        Some(Subject::user(stored.value.user.clone(), self.native.clone()))
    }
}

fn unresolved(name: &str) -> Subject {
    let user = User {
        username: name.into(),
        roles: Arc::from([]),
        full_name: None,
        email: None,
        metadata: Arc::new(Json::new()),
        enabled: true,
    };
    Subject::user(user, RealmRef::synthetic(UNRESOLVED))
}
