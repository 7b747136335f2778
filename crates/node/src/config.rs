//! What can be set about a node. Not here: files, names of settings, environment.

use std::sync::Arc;
use std::time::Duration;

use keyward_security::authentication::{NATIVE_REALM, NATIVE_REALM_TYPE, RealmRef};
use keyward_security::hash::Algorithm;
use keyward_security::role::RoleName;
use keyward_security::secret::Secret;

use crate::hasher::HasherConfig;

/// What can be set about a node.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Passwords.
    pub hasher: HasherConfig,
    /// API keys.
    pub api_keys: ApiKeyConfig,
    /// Whether the built-in users can sign in.
    pub reserved_realm: bool,
    /// The realm of users managed through the API.
    pub native_realm: RealmRef,
    /// Whether OAuth2 tokens are offered.
    pub tokens: bool,
    /// Whether one user may act as another.
    pub run_as: bool,
    /// Who a request without credentials is; nobody, when absent.
    pub anonymous: Option<AnonymousUser>,
    /// The password of `elastic`, for a store that is empty.
    pub bootstrap_password: Option<Secret>,
    /// How old the view may be before the node refuses to change anything and reports itself unready.
    pub max_staleness: Duration,
    /// Whether it then lets nobody in either.
    pub fail_closed: bool,
    /// Compiled roles that are remembered.
    pub remembered_roles: usize,
}

/// What can be set about API keys.
#[derive(Clone, Debug)]
pub struct ApiKeyConfig {
    /// Whether there are any.
    pub enabled: bool,
    /// How new secrets are hashed.
    pub algorithm: Algorithm,
    /// How long keys that ended are kept.
    pub retention: Duration,
    /// The least time between two clean-ups.
    pub delete_interval: Duration,
}

/// Who a request without credentials is.
#[derive(Clone, Debug)]
pub struct AnonymousUser {
    /// The name.
    pub username: Arc<str>,
    /// The roles. Every user has them too.
    pub roles: Vec<RoleName>,
    /// Whether a denial is answered like anybody's, or by asking for credentials.
    pub authz_exception: bool,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            hasher: HasherConfig::default(),
            api_keys: ApiKeyConfig::default(),
            reserved_realm: true,
            native_realm: RealmRef::new(NATIVE_REALM, NATIVE_REALM_TYPE),
            tokens: false,
            run_as: true,
            anonymous: None,
            bootstrap_password: None,
            max_staleness: Duration::from_secs(30),
            fail_closed: false,
            remembered_roles: 2048,
        }
    }
}

impl Default for ApiKeyConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            algorithm: Algorithm::Ssha256,
            retention: Duration::from_secs(7 * 24 * 3600),
            delete_interval: Duration::from_secs(24 * 3600),
        }
    }
}
