//! Bearer tokens, as a node without any answers them: every one is unknown.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use keyward_security::authentication::AuthenticationFailure;
use keyward_security::credentials::Credentials;
use keyward_security::time::Timestamp;
use keyward_state::View;
use zeroize::Zeroizing;

use super::{Attempt, Authenticator, Then};

/// What a service account's token begins with.
const PREFIX: [u8; 4] = [0, 1, 0, 1];

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Service accounts. A token of theirs names itself, so it is nobody else's to judge.
#[derive(Debug)]
pub(crate) struct ServiceAccounts;

/// OAuth2 tokens.
#[derive(Debug)]
pub(crate) struct Tokens;

impl Authenticator for ServiceAccounts {
    fn authenticate(&self, _view: &View, credentials: &Credentials, _now: Timestamp) -> Attempt {
        let Credentials::Bearer(token) = credentials else { return Attempt::NotRequested };
        let Ok(decoded) = BASE64.decode(token.expose()).map(Zeroizing::new) else { return Attempt::NotRequested };
        let Some(rest) = decoded.strip_prefix(&PREFIX) else { return Attempt::NotRequested };
        let Some((account, token_name)) = names(rest) else { return Attempt::NotRequested };
        Attempt::failed(AuthenticationFailure::ServiceToken { account, token_name }, Then::Stop)
    }
}

impl Authenticator for Tokens {
    fn authenticate(&self, _view: &View, credentials: &Credentials, _now: Timestamp) -> Attempt {
        let Credentials::Bearer(_) = credentials else { return Attempt::NotRequested };
        let details = vec!["oauth2 token: invalid token".to_owned()];
        Attempt::failed(AuthenticationFailure::Rejected { details }, Then::Continue)
    }
}

/// `namespace/service` and the token's name out of `namespace/service/name:secret`.
fn names(text: &[u8]) -> Option<(String, String)> {
    let (names, _secret) = std::str::from_utf8(text).ok()?.split_once(':')?;
    let (account, token_name) = names.rsplit_once('/')?;
    let (namespace, service) = account.split_once('/')?;
    let fine = !namespace.is_empty() && !service.is_empty() && !service.contains('/') && !token_name.is_empty();
    fine.then(|| (account.to_owned(), token_name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn tokens_name_themselves() {
        let named = |account: &str, token: &str| Some((account.to_owned(), token.to_owned()));
        assert_eq!(names(b"elastic/fleet-server/token1:secret"), named("elastic/fleet-server", "token1"));
        assert_eq!(names(b"a/b/c:d:e/f"), named("a/b", "c"));
        for bad in ["elastic/fleet-server/token1", "elastic/token1:s", "/b/c:d", "a//c:d", "a/b/:d", "a/b/x/c:d", ""] {
            assert_eq!(names(bad.as_bytes()), None, "{bad}");
        }
    }
}
