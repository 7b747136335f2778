//! Requests to change a key and to copy one, and what is wrong with them whoever asks.

use super::create::{check_descriptors, check_metadata};
use crate::authentication::Json;
use crate::names::check_api_key_name;
use crate::role::RoleDescriptors;

/// A request to change keys. What is absent stays, except the owner's permissions: those are taken anew.
#[derive(Clone, Debug, Default)]
pub struct UpdateApiKey {
    /// The descriptors to have instead.
    pub role_descriptors: Option<RoleDescriptors>,
    /// The metadata to have instead.
    pub metadata: Option<Json>,
    /// In how many seconds from now the key ends; a key that ends cannot be made to live for ever.
    pub lifetime: Option<i64>,
    /// Whether the time asked for was no time at all, or less: it need not fill a second to be some.
    pub ends_at_once: bool,
}

impl UpdateApiKey {
    /// What is wrong with the request.
    pub fn validate(&self) -> Vec<String> {
        let mut problems: Vec<String> = check_metadata(self.metadata.as_ref()).into_iter().collect();
        if let Some(descriptors) = &self.role_descriptors {
            problems.extend(check_descriptors(descriptors));
        }
        if self.ends_at_once {
            problems.push("API key expiration must be in the future".to_owned());
        }
        problems
    }
}

/// When a copied key ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CloneExpiration {
    /// When its source does.
    #[default]
    AsSource,
    /// Never.
    Never,
    /// In so many seconds from now.
    In(i64),
}

/// A request to make a key like another one.
#[derive(Clone, Debug, Default)]
pub struct CloneApiKey {
    /// The name of the new key.
    pub name: String,
    /// When it ends.
    pub expiration: CloneExpiration,
    /// The metadata to have instead of the source's.
    pub metadata: Option<Json>,
}

impl CloneApiKey {
    /// What is wrong with the request.
    pub fn validate(&self) -> Vec<String> {
        let mut problems: Vec<String> = check_api_key_name(&self.name).map(str::to_owned).into_iter().collect();
        problems.extend(check_metadata(self.metadata.as_ref()));
        problems
    }
}
