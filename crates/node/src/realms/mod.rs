//! Authentication: mechanisms in order, each asked what it makes of the credentials.
//!
//! A mechanism looks at the view and answers at once; none of them awaits. One that needs a slow hash checked says so
//! as a value, [`Attempt::Verify`], and the node goes on when it knows. So a request with an API key never waits for
//! anything, however many passwords are being checked.

mod api_key;
mod bearer;
mod password;
mod run_as;

use keyward_security::authentication::{Authentication, AuthenticationFailure};
use keyward_security::credentials::Credentials;
use keyward_security::hash::Hash;
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use keyward_state::View;

pub(crate) use api_key::ApiKeyRealm;
pub(crate) use bearer::{ServiceAccounts, Tokens};
pub(crate) use password::{NativeRealm, ReservedRealm};
pub(crate) use run_as::{Lookup, is_unresolved, run_as};

/// One mechanism.
pub(crate) trait Authenticator: std::fmt::Debug + Send + Sync {
    /// What it makes of the credentials.
    fn authenticate(&self, view: &View, credentials: &Credentials, now: Timestamp) -> Attempt;
}

/// What a mechanism makes of credentials.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// They are not for it.
    NotRequested,
    /// They are, and it does not accept them.
    Failed(Failed),
    /// It depends on a slow check.
    Verify(Box<SecretCheck>),
    /// They are good.
    Authenticated(Box<Authentication>),
}

/// Credentials that were not accepted.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) failure: AuthenticationFailure,
    pub(crate) then: Then,
}

/// What happens after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// The failure is noted and the next mechanism is asked.
    Continue,
    /// Nobody else is asked.
    Stop,
}

/// A slow check, and what each outcome means.
#[derive(Debug)]
pub(crate) struct SecretCheck {
    pub(crate) subject: Checked,
    pub(crate) secret: Secret,
    pub(crate) right: Result<Authentication, Failed>,
    pub(crate) wrong: Failed,
}

/// What a secret is checked against.
#[derive(Debug)]
pub(crate) enum Checked {
    /// The password of a user.
    User { realm: &'static str, username: String, hash: Hash },
    /// Something else with a hash.
    Other(Hash),
    /// Nothing, in the same time: there is no such user.
    Nobody,
}

/// What the mechanisms said so far, for when none of them accepts.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    details: Vec<String>,
    last: Option<AuthenticationFailure>,
}

// === impl Attempt ===

impl Attempt {
    fn failed(failure: AuthenticationFailure, then: Then) -> Self {
        Self::Failed(Failed { failure, then })
    }
}

// === impl Notes ===

impl Notes {
    /// Notes a failure after which others are asked.
    pub(crate) fn note(&mut self, failure: AuthenticationFailure) {
        match failure {
            AuthenticationFailure::Rejected { details } => self.details.extend(details),
            other => self.last = Some(other),
        }
    }

    /// What to answer when nobody accepted: keys and tokens with all that was noted, a password with its own failure.
    /// `None` when nobody was asked.
    pub(crate) fn into_failure(self) -> Option<AuthenticationFailure> {
        if self.details.is_empty() {
            self.last
        } else {
            Some(AuthenticationFailure::Rejected { details: self.details })
        }
    }
}
