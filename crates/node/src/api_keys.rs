//! The use cases of API keys.

use std::convert::Infallible;

use keyward_security::api_key::{CreateApiKey, CreatedApiKey, InvalidateApiKeys, InvalidatedApiKeys};
use keyward_security::authentication::Authentication;
use keyward_security::hash::{Algorithm, Drawn};
use keyward_security::role::RoleName;
use keyward_state::plan::{self, CreateApiKeyError, DrawnApiKey};

use crate::node::Node;
use crate::use_case::UseCaseError;

impl Node {
    /// Makes a key for the one who acts.
    pub async fn create_api_key(
        &self,
        who: &Authentication,
        request: CreateApiKey,
    ) -> Result<CreatedApiKey, UseCaseError<CreateApiKeyError>> {
        let everybody = self.everybodys_roles();
        let entropy = self.entropy();
        let hashed = match self.config().api_keys.algorithm {
            Algorithm::Ssha256 => None,
            slow @ (Algorithm::Pbkdf2 { .. } | Algorithm::Bcrypt { .. }) => {
                let secret = DrawnApiKey::secret(entropy.draw()?);
                let hash = self.hasher().make_with(slow, &secret).await?;
                Some((secret, hash))
            }
        };
        self.perform(|view| {
            // Drawn anew for every attempt: an id that is taken is not tried again.
            let id = entropy.draw()?;
            let drawn = match &hashed {
                None => DrawnApiKey::fast(id, entropy.draw()?, Drawn::new(entropy.draw()?)),
                Some((secret, hash)) => DrawnApiKey::hashed(id, secret.clone(), hash.clone()),
            };
            plan::create_api_key(view, who, everybody, &request, self.clock().now(), drawn)
                .map_err(UseCaseError::Refused)
        })
        .await
    }

    /// Invalidates the keys that a request means. `manages_security`: whether keys between clusters are among them.
    pub async fn invalidate_api_keys(
        &self,
        who: &Authentication,
        request: InvalidateApiKeys,
        manages_security: bool,
    ) -> Result<InvalidatedApiKeys, UseCaseError<Infallible>> {
        let outcome = self
            .perform(|view| Ok(plan::invalidate_api_keys(view, who, &request, manages_security, self.clock().now())))
            .await?;
        if !outcome.invalidated.is_empty() {
            self.clean_up();
        }
        Ok(outcome)
    }

    /// The roles that every user has.
    pub(crate) fn everybodys_roles(&self) -> &[RoleName] {
        self.config().anonymous.as_ref().map_or(&[], |anonymous| &anonymous.roles)
    }
}
