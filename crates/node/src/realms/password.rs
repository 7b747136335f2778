//! Names with passwords: the built-in users, and those of the native realm.
//!
//! Unknown user, wrong password, no password set, user disabled: one failure, after one check of a hash.

use keyward_security::authentication::{
    Authentication, AuthenticationFailure, NATIVE_REALM_TYPE, RESERVED_REALM, RealmRef,
};
use keyward_security::credentials::Credentials;
use keyward_security::hash::Hash;
use keyward_security::reserved::is_reserved_username;
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_state::View;

use super::{Attempt, Authenticator, Checked, Failed, SecretCheck, Then};

/// The built-in users. What it says about their names is the last word.
#[derive(Debug)]
pub(crate) struct ReservedRealm;

/// Users managed through the API.
#[derive(Debug)]
pub(crate) struct NativeRealm {
    pub(crate) realm: RealmRef,
}

impl Authenticator for ReservedRealm {
    fn authenticate(&self, view: &View, credentials: &Credentials, _now: Timestamp) -> Attempt {
        let Credentials::Basic { username, password } = credentials else { return Attempt::NotRequested };
        if !is_reserved_username(username) {
            return Attempt::NotRequested;
        }
        let hash = view.reserved_user_state(username).and_then(|state| state.value.password.clone());
        let known = hash.zip(view.reserved_user(username));
        check(known, RealmRef::synthetic(RESERVED_REALM), RESERVED_REALM, username, password, Then::Stop)
    }
}

impl Authenticator for NativeRealm {
    fn authenticate(&self, view: &View, credentials: &Credentials, _now: Timestamp) -> Attempt {
        let Credentials::Basic { username, password } = credentials else { return Attempt::NotRequested };
        let known = view.user(username).map(|stored| (stored.value.password.clone(), stored.value.user.clone()));
        check(known, self.realm.clone(), NATIVE_REALM_TYPE, username, password, Then::Continue)
    }
}

fn check(
    known: Option<(Hash, User)>,
    realm: RealmRef,
    realm_kind: &'static str,
    username: &str,
    password: &Secret,
    then: Then,
) -> Attempt {
    let failed = || Failed { failure: AuthenticationFailure::User { username: username.to_owned() }, then };
    let (subject, right) = match known {
        None => (Checked::Nobody, Err(failed())),
        Some((hash, user)) => {
            let right = if user.enabled { Ok(Authentication::realm(user, realm)) } else { Err(failed()) };
            (Checked::User { realm: realm_kind, username: username.to_owned(), hash }, right)
        }
    };
    Attempt::Verify(Box::new(SecretCheck { subject, secret: password.clone(), right, wrong: failed() }))
}
