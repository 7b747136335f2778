//! A request to make a key, and what is wrong with it whoever asks.

use crate::names::check_api_key_name;
use crate::role::{RoleDescriptor, RoleDescriptors};
use crate::secret::Secret;
use crate::time::Timestamp;

use super::{ApiKeyCredential, ApiKeyId};
use crate::authentication::Json;

/// A request to make a key for its owner.
#[derive(Clone, Debug, Default)]
pub struct CreateApiKey {
    /// The name; need not be unique.
    pub name: String,
    /// The descriptors of the key; with none it has its owner's permissions.
    pub role_descriptors: RoleDescriptors,
    /// In how many seconds it ends; never, when absent. Zero and less make a key that has ended already.
    pub lifetime: Option<i64>,
    /// Metadata; absent is not the same as empty when a key is updated later.
    pub metadata: Option<Json>,
}

/// What the owner of a new key is told. The secret is told this once.
#[derive(Clone, Debug)]
pub struct CreatedApiKey {
    /// The id.
    pub id: ApiKeyId,
    /// The name.
    pub name: String,
    /// When it ends.
    pub expiration: Option<Timestamp>,
    /// The secret.
    pub secret: Secret,
}

impl CreatedApiKey {
    /// Id and secret in the form that goes into a header.
    pub fn encoded(&self) -> Secret {
        ApiKeyCredential { id: self.id.clone(), secret: self.secret.clone() }.encode()
    }
}

impl CreateApiKey {
    /// What is wrong with the request, in the order of its members.
    pub fn validate(&self) -> Vec<String> {
        let mut problems: Vec<String> = check_api_key_name(&self.name).map(str::to_owned).into_iter().collect();
        problems.extend(check_metadata(self.metadata.as_ref()));
        problems.extend(check_descriptors(&self.role_descriptors));
        problems
    }
}

/// The rule that metadata of a key breaks.
pub fn check_metadata(metadata: Option<&Json>) -> Option<String> {
    let reserved = metadata?.keys().any(|name| name.starts_with('_'));
    reserved.then(|| "API key metadata keys may not start with [_]".to_owned())
}

/// What is wrong with the descriptors of a key.
pub fn check_descriptors(descriptors: &RoleDescriptors) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, descriptor) in descriptors.iter() {
        if name.is_empty() {
            problems.push("role name is missing".to_owned());
        }
        problems.extend(descriptor.validate());
    }
    problems
}

/// Whether a descriptor says nothing at all. Keys that are made with a key can have only such ones.
pub fn is_empty_descriptor(descriptor: &RoleDescriptor) -> bool {
    let RoleDescriptor {
        cluster,
        global,
        indices,
        applications,
        run_as,
        metadata,
        remote_indices,
        remote_cluster,
        restriction,
        description: _,
        transient: _,
    } = descriptor;
    cluster.is_empty()
        && global.is_empty()
        && indices.is_empty()
        && applications.is_empty()
        && run_as.is_empty()
        && metadata.is_empty()
        && remote_indices.is_empty()
        && remote_cluster.is_empty()
        && !is_restricted(restriction.as_ref())
}

fn is_restricted(restriction: Option<&crate::role::Restriction>) -> bool {
    restriction.is_some_and(|restriction| !restriction.workflows.is_empty())
}

/// The rule about restrictions that the descriptors of a key break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestrictionError {
    /// The owner has a role with one.
    #[error("owner user role descriptors must not include restriction")]
    Owner,
    /// Two or more.
    #[error("more than one role descriptor with restriction is not supported")]
    Several,
    /// One among others.
    #[error("combining role descriptors with and without restriction is not supported")]
    Mixed,
}

/// Holds a key's descriptors against the rules about restrictions.
pub fn check_restrictions(descriptors: &RoleDescriptors, owner: &RoleDescriptors) -> Result<(), RestrictionError> {
    let restricted = |descriptors: &RoleDescriptors| {
        descriptors.iter().filter(|(_, descriptor)| is_restricted(descriptor.restriction.as_ref())).count()
    };
    if restricted(owner) > 0 {
        return Err(RestrictionError::Owner);
    }
    match restricted(descriptors) {
        0 => Ok(()),
        1 if descriptors.len() == 1 => Ok(()),
        1 => Err(RestrictionError::Mixed),
        _ => Err(RestrictionError::Several),
    }
}
