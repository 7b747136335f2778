//! Who is asking: the subject that showed a credential, and the one it acts as. And why somebody was not let in.

mod failure;

use std::sync::Arc;

pub use failure::AuthenticationFailure;

use crate::api_key::ApiKey;
use crate::user::User;

/// Free-form metadata of users and roles.
pub type Json = serde_json::Map<String, serde_json::Value>;

/// Name and type of the realm of an API key's authentication.
pub const API_KEY_REALM: &str = "_es_api_key";
/// Name and type of the realm of service accounts.
pub const SERVICE_ACCOUNT_REALM: &str = "_service_account";
/// Name and type of the realm of the anonymous user.
pub const ANONYMOUS_REALM: &str = "__anonymous";
/// Name and type of the realm of built-in users.
pub const RESERVED_REALM: &str = "reserved";
/// Type of the realm of users that are managed through the API.
pub const NATIVE_REALM_TYPE: &str = "native";
/// Name of that realm, unless it is configured otherwise.
pub const NATIVE_REALM: &str = "default_native";

/// Which realm a user comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RealmRef {
    /// The name, unique among realms.
    pub name: Arc<str>,
    /// The type.
    pub kind: Arc<str>,
    /// The domain that joins this realm with others.
    pub domain: Option<Arc<RealmDomain>>,
}

impl RealmRef {
    /// A realm outside any domain.
    pub fn new(name: &str, kind: &str) -> Self {
        Self { name: name.into(), kind: kind.into(), domain: None }
    }

    /// A realm whose type is called like itself: those that need no configuration.
    pub fn synthetic(name: &str) -> Self {
        let name: Arc<str> = name.into();
        Self { kind: Arc::clone(&name), name, domain: None }
    }

    /// The names of all realms whose users of one name are the same person: those of the domain, or just this one.
    pub fn owner_realms(&self) -> impl Iterator<Item = &str> {
        let domain = self.domain.as_ref().map(|domain| domain.realms.as_slice()).unwrap_or_default();
        let alone = domain.is_empty().then_some(&*self.name);
        alone.into_iter().chain(domain.iter().map(|realm| &**realm))
    }
}

/// Realms whose users of one name are one person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RealmDomain {
    /// The name of the domain.
    pub name: Arc<str>,
    /// The names of its realms.
    pub realms: Vec<Arc<str>>,
}

/// What kind of credential was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthenticationType {
    /// A user and something that a realm checked.
    Realm,
    /// An API key.
    ApiKey,
    /// A token.
    Token,
    /// None; the anonymous user.
    Anonymous,
    /// None; the server itself.
    Internal,
}

impl AuthenticationType {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Realm => "realm",
            Self::ApiKey => "api_key",
            Self::Token => "token",
            Self::Anonymous => "anonymous",
            Self::Internal => "internal",
        }
    }
}

/// What a subject is, beyond a user with a realm.
#[derive(Clone, Debug)]
pub enum SubjectKind {
    /// A user.
    User,
    /// An API key; the user is the key's owner as it was when the key was made.
    ApiKey(Arc<ApiKey>),
    /// A service account with one of its tokens.
    ServiceAccount {
        /// The token's name.
        token_name: Arc<str>,
        /// Where the token is kept: `_service_account_index` or `_service_account_file`.
        token_source: Arc<str>,
    },
}

/// Somebody or something that acts.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The user that it is or belongs to.
    pub user: User,
    /// Where that user comes from.
    pub realm: RealmRef,
    /// What it is.
    pub kind: SubjectKind,
}

impl Subject {
    /// A user of a realm.
    pub const fn user(user: User, realm: RealmRef) -> Self {
        Self { user, realm, kind: SubjectKind::User }
    }

    /// An API key.
    pub fn api_key(key: Arc<ApiKey>) -> Self {
        Self { user: key.creator.to_user(), realm: RealmRef::synthetic(API_KEY_REALM), kind: SubjectKind::ApiKey(key) }
    }

    /// The key, when the subject is one.
    pub const fn as_api_key(&self) -> Option<&Arc<ApiKey>> {
        match &self.kind {
            SubjectKind::ApiKey(key) => Some(key),
            SubjectKind::User | SubjectKind::ServiceAccount { .. } => None,
        }
    }

    /// Names of the realms whose keys and tokens of the same user name belong to this subject. For an API key that is
    /// the realm recorded in the key, and only that one.
    pub fn owner_realms(&self) -> Vec<&str> {
        match &self.kind {
            SubjectKind::ApiKey(key) => vec![&*key.creator.realm.name],
            SubjectKind::User | SubjectKind::ServiceAccount { .. } => self.realm.owner_realms().collect(),
        }
    }

    /// Whether something made by `principal` of the realm called `realm` belongs to this subject.
    pub fn owns(&self, principal: &str, realm: &str) -> bool {
        *self.user.username == *principal && self.owner_realms().contains(&realm)
    }
}

/// The outcome of authenticating a request.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// Whose credential it was.
    pub authenticating: Subject,
    /// Who acts; another one than `authenticating` under run-as only.
    pub effective: Subject,
    /// What was shown.
    pub kind: AuthenticationType,
}

impl Authentication {
    /// A user who proved it to a realm.
    pub fn realm(user: User, realm: RealmRef) -> Self {
        Self::of(Subject::user(user, realm), AuthenticationType::Realm)
    }

    /// A valid API key.
    pub fn api_key(key: Arc<ApiKey>) -> Self {
        Self::of(Subject::api_key(key), AuthenticationType::ApiKey)
    }

    /// The server itself, acting under a name of its own.
    pub fn internal(user: User) -> Self {
        Self::of(Subject::user(user, RealmRef::synthetic("__attach")), AuthenticationType::Internal)
    }

    /// A subject that acts for itself.
    pub fn of(subject: Subject, kind: AuthenticationType) -> Self {
        Self { authenticating: subject.clone(), effective: subject, kind }
    }

    /// The same credential, acting as somebody else. Whether it may is for authorization to say.
    #[must_use]
    pub fn run_as(self, effective: Subject) -> Self {
        Self { effective, ..self }
    }

    /// Whether it acts as somebody else.
    pub fn is_run_as(&self) -> bool {
        let (one, other) = (&self.authenticating, &self.effective);
        one.user.username != other.user.username
            || one.realm != other.realm
            || one.as_api_key().map(|key| &key.id) != other.as_api_key().map(|key| &key.id)
    }

    /// The key, when the one who acts is one.
    pub const fn as_api_key(&self) -> Option<&Arc<ApiKey>> {
        self.effective.as_api_key()
    }
}
