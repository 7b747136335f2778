//! The use cases of API keys.

use std::convert::Infallible;

use keyward_security::api_key::{
    ApiKey, CloneApiKey, CreateApiKey, CreatedApiKey, InvalidateApiKeys, InvalidatedApiKeys, UpdateApiKey,
};
use keyward_security::authentication::Authentication;
use keyward_security::hash::{Algorithm, Drawn, Hash};
use keyward_security::role::RoleName;
use keyward_security::secret::Secret;
use keyward_state::plan::{self, CreateApiKeyError, DrawnApiKey, UpdateApiKeysError, UpdatedApiKeys};

use crate::entropy::NoEntropy;
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
        let hashed = self.hashed_slowly().await?;
        self.perform(|view| {
            let drawn = self.draw_api_key(hashed.as_ref())?;
            plan::create_api_key(view, who, everybody, &request, self.clock().now(), drawn)
                .map_err(UseCaseError::Refused)
        })
        .await
    }

    /// Changes keys of the one who acts.
    pub async fn update_api_keys(
        &self,
        who: &Authentication,
        ids: &[String],
        request: UpdateApiKey,
    ) -> Result<UpdatedApiKeys, UseCaseError<UpdateApiKeysError>> {
        let everybody = self.everybodys_roles();
        self.perform(|view| {
            plan::update_api_keys(view, who, everybody, ids, &request, self.clock().now())
                .map_err(UseCaseError::Refused)
        })
        .await
    }

    /// Makes a key like one that was shown, and found valid.
    pub async fn clone_api_key(
        &self,
        source: &ApiKey,
        request: CloneApiKey,
    ) -> Result<CreatedApiKey, UseCaseError<Infallible>> {
        let hashed = self.hashed_slowly().await?;
        self.perform(|_| {
            let drawn = self.draw_api_key(hashed.as_ref())?;
            Ok(plan::clone_api_key(source, &request, self.clock().now(), drawn))
        })
        .await
    }

    /// A secret with its hash, where hashing takes time and so is done once and before.
    async fn hashed_slowly<E>(&self) -> Result<Option<(Secret, Hash)>, UseCaseError<E>> {
        match self.config().api_keys.algorithm {
            Algorithm::Ssha256 => Ok(None),
            slow @ (Algorithm::Pbkdf2 { .. } | Algorithm::Bcrypt { .. }) => {
                let secret = DrawnApiKey::secret(self.entropy().draw()?);
                let hash = self.hasher().make_with(slow, &secret).await?;
                Ok(Some((secret, hash)))
            }
        }
    }

    /// Drawn anew for every attempt: an id that is taken is not tried again.
    fn draw_api_key(&self, hashed: Option<&(Secret, Hash)>) -> Result<DrawnApiKey, NoEntropy> {
        let entropy = self.entropy();
        let id = entropy.draw()?;
        Ok(match hashed {
            None => DrawnApiKey::fast(id, entropy.draw()?, Drawn::new(entropy.draw()?)),
            Some((secret, hash)) => DrawnApiKey::hashed(id, secret.clone(), hash.clone()),
        })
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
