//! API keys: found by id, checked by one fast hash, judged by state and time. In that order, which shows outside.

use keyward_security::api_key::KeyType;
use keyward_security::authentication::{Authentication, AuthenticationFailure};
use keyward_security::credentials::Credentials;
use keyward_security::time::Timestamp;
use keyward_state::{KeyRef, View};

use super::{Attempt, Authenticator, Checked, Failed, SecretCheck, Then};

/// Accepts API keys that are for requests over HTTP.
#[derive(Debug)]
pub(crate) struct ApiKeyRealm;

impl Authenticator for ApiKeyRealm {
    fn authenticate(&self, view: &View, credentials: &Credentials, now: Timestamp) -> Attempt {
        let Credentials::ApiKey(shown) = credentials else { return Attempt::NotRequested };
        let id = &shown.id;
        let Some(key) = view.api_key(id) else {
            return refused(format!("unable to find apikey with id {id}"));
        };
        if key.is_invalidated() {
            return refused(format!("api key [{id}] has been invalidated"));
        }
        let wrong = || format!("invalid credentials for API key [{id}]");
        match key.verify_fast(&shown.secret) {
            Some(true) => match accept(key, now) {
                Ok(authentication) => Attempt::Authenticated(Box::new(authentication)),
                Err(failed) => Attempt::Failed(failed),
            },
            Some(false) => refused(wrong()),
            None => match key.hash() {
                Some(hash) => Attempt::Verify(Box::new(SecretCheck {
                    subject: Checked::Other(hash),
                    secret: shown.secret.clone(),
                    right: accept(key, now),
                    wrong: Failed { failure: AuthenticationFailure::api_key(wrong()), then: Then::Continue },
                })),
                None => refused(wrong()),
            },
        }
    }
}

/// Judges a key whose secret is right.
fn accept(key: KeyRef<'_>, now: Timestamp) -> Result<Authentication, Failed> {
    if key.kind() != KeyType::Rest {
        let failure = AuthenticationFailure::WrongKeyType { id: key.id(), actual: key.kind(), expected: KeyType::Rest };
        return Err(Failed { failure, then: Then::Stop });
    }
    if key.is_expired(now) {
        return Err(Failed { failure: AuthenticationFailure::api_key("api key is expired"), then: Then::Continue });
    }
    Ok(Authentication::api_key(key.to_api_key()))
}

fn refused(detail: String) -> Attempt {
    Attempt::failed(AuthenticationFailure::api_key(detail), Then::Continue)
}
