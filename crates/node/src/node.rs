//! One server's share of the security state: the current view, who somebody is, what somebody may do, and the way to
//! change the state. Not here: routes, statuses, texts of answers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use keyward_security::authentication::{
    ANONYMOUS_REALM, Authentication, AuthenticationFailure, AuthenticationType, Json, RealmRef, Subject,
};
use keyward_security::credentials::Credentials;
use keyward_security::privilege::ApplicationPrivileges;
use keyward_security::role::{Role, RoleDescriptors, RoleName};
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_state::{Revision, View};
use keyward_store::{Store, StoreError};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::bootstrap::{Bootstrap, BootstrapError, bootstrap};
use crate::cleaning::Cleaning;
use crate::clock::Clock;
use crate::config::NodeConfig;
use crate::entropy::{Entropy, NoEntropy};
use crate::feed::{Feed, LoadError, Phase, Standing, load};
use crate::hasher::{Checked as PasswordCheck, Hasher, HasherError, Holder};
use crate::metrics::Metrics;
use crate::realms::{
    ApiKeyRealm, Attempt, Authenticator, Checked, Failed, Lookup, NativeRealm, Notes, ReservedRealm, SecretCheck,
    ServiceAccounts, Then, Tokens, run_as,
};
use crate::roles::{RoleResolutionError, Roles};

/// A running node.
pub struct Node {
    config: NodeConfig,
    store: Arc<dyn Store>,
    view: Arc<ArcSwap<View>>,
    revision: watch::Receiver<Revision>,
    standing: Arc<Standing>,
    clock: Clock,
    entropy: Entropy,
    metrics: Arc<Metrics>,
    hasher: Hasher,
    realms: Vec<Box<dyn Authenticator>>,
    lookup: Lookup,
    roles: Roles,
    bootstrap: Mutex<Option<Bootstrap>>,
    lane: tokio::sync::Mutex<()>,
    cleaning: Cleaning,
    me: Weak<Self>,
    _stop: DropGuard,
}

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The first password cannot be set.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// The state cannot be followed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random bits.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
    /// The work was cut short.
    #[error("the start was interrupted")]
    Interrupted,
}

// === impl Node ===

impl Node {
    /// Reads the state from the store, gives an empty one its first password, and follows it from then on.
    pub async fn start(
        store: Arc<dyn Store>,
        config: NodeConfig,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Arc<Self>, StartError> {
        let metrics = Arc::new(Metrics::default());
        let mut first = load(&*store, &clock).await?;
        metrics.snapshots.increment();
        let given = config.bootstrap_password.as_ref();
        let (bootstrap, written) = bootstrap(&*store, &first, given, config.hasher.algorithm, &entropy).await?;
        if written.is_some() {
            first = load(&*store, &clock).await?;
        }
        let ahead = clock.ahead_of_system();
        if ahead > Duration::from_secs(5) {
            tracing::warn!(
                seconds = ahead.as_secs(),
                "the system's clock is behind times that were stored; it is not followed back"
            );
        }
        let hasher = {
            let (config, clock, entropy) = (config.hasher.clone(), clock.clone(), entropy.clone());
            tokio::task::spawn_blocking(move || Hasher::new(config, clock, entropy))
                .await
                .map_err(|_| StartError::Interrupted)??
        };
        let watch = store.watch(first.revision()).await?;
        let standing = Arc::new(Standing::new(clock.clone()));
        let (sender, revision) = watch::channel(first.revision());
        let view = Arc::new(ArcSwap::from_pointee(first));
        let feed = Feed {
            store: Arc::clone(&store),
            view: Arc::clone(&view),
            revision: sender,
            standing: Arc::clone(&standing),
            clock: clock.clone(),
            metrics: Arc::clone(&metrics),
        };
        let stop = CancellationToken::new();
        tokio::spawn(feed.run(watch, stop.clone()));
        let for_everybody = config.anonymous.iter().flat_map(|anonymous| anonymous.roles.iter().cloned()).collect();
        Ok(Arc::new_cyclic(|me| Self {
            realms: realms(&config),
            lookup: Lookup { reserved: config.reserved_realm, native: config.native_realm.clone() },
            roles: Roles::new(config.remembered_roles, for_everybody),
            bootstrap: Mutex::new(Some(bootstrap)),
            lane: tokio::sync::Mutex::new(()),
            cleaning: Cleaning::default(),
            me: Weak::clone(me),
            _stop: stop.drop_guard(),
            config,
            store,
            view,
            revision,
            standing,
            clock,
            entropy,
            metrics,
            hasher,
        }))
    }

    // === reading ===

    /// The current view. Load it once per request, so that a request sees one revision.
    pub fn view(&self) -> Guard<Arc<View>> {
        self.view.load()
    }

    /// The revisions that the view goes through.
    pub fn revisions(&self) -> watch::Receiver<Revision> {
        self.revision.clone()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The source of randomness.
    pub fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// What was set about it.
    pub fn config(&self) -> &NodeConfig {
        &self.config
    }

    /// What it has counted.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The pool for slow hashes.
    pub fn hasher(&self) -> &Hasher {
        &self.hasher
    }

    /// How long ago the view was last proven current.
    pub fn staleness(&self) -> Duration {
        self.standing.staleness()
    }

    /// Whether it may be sent requests.
    pub fn is_ready(&self) -> bool {
        self.standing.phase() != Phase::Ended && self.too_stale().is_none()
    }

    /// What became of the first password. Given once: it may hold the password.
    pub fn take_bootstrap(&self) -> Option<Bootstrap> {
        self.bootstrap.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn cleaning(&self) -> &Cleaning {
        &self.cleaning
    }

    /// The node for work that goes on after a call; `None` while it is going away.
    pub(crate) fn me(&self) -> Option<Arc<Self>> {
        self.me.upgrade()
    }

    pub(crate) fn lane(&self) -> &tokio::sync::Mutex<()> {
        &self.lane
    }

    /// The age of the view when it is too great to change anything on its grounds.
    pub(crate) fn too_stale(&self) -> Option<Duration> {
        Some(self.staleness()).filter(|age| *age > self.config.max_staleness)
    }

    // === who ===

    /// Who sends a request with these credentials; with a name in `run_as`, who it wants to act as besides.
    ///
    /// A request with an API key is answered without waiting for anything, unless its hash is a slow one.
    pub async fn authenticate(
        &self,
        view: &View,
        credentials: &Credentials,
        run_as: Option<&str>,
        now: Timestamp,
    ) -> Result<Authentication, AuthenticationFailure> {
        if self.config.fail_closed && self.too_stale().is_some() {
            self.metrics.refused_stale.increment();
            return Err(AuthenticationFailure::Unavailable);
        }
        let outcome = self.ask_realms(view, credentials, now).await;
        self.count(credentials, &outcome);
        let authentication = outcome?;
        match run_as {
            Some(target) if self.config.run_as => self.act_as(view, authentication, target),
            _ => Ok(authentication),
        }
    }

    /// Who a name and a password belong to, in whatever realm: for requests that carry them inside.
    pub async fn authenticate_password(
        &self,
        view: &View,
        username: &str,
        password: &keyward_security::secret::Secret,
        now: Timestamp,
    ) -> Result<Authentication, AuthenticationFailure> {
        let credentials = Credentials::Basic { username: username.to_owned(), password: password.clone() };
        self.authenticate(view, &credentials, None, now).await
    }

    /// The authentication as the user that a header or a body names.
    pub fn act_as(
        &self,
        view: &View,
        authentication: Authentication,
        target: &str,
    ) -> Result<Authentication, AuthenticationFailure> {
        run_as(&self.lookup, view, authentication, target)
    }

    async fn ask_realms(
        &self,
        view: &View,
        credentials: &Credentials,
        now: Timestamp,
    ) -> Result<Authentication, AuthenticationFailure> {
        let mut notes = Notes::default();
        for realm in &self.realms {
            let failed = match realm.authenticate(view, credentials, now) {
                Attempt::NotRequested => continue,
                Attempt::Authenticated(authentication) => return Ok(*authentication),
                Attempt::Failed(failed) => failed,
                Attempt::Verify(check) => match self.verify(*check).await {
                    Ok(authentication) => return Ok(authentication),
                    Err(failed) => failed,
                },
            };
            match failed.then {
                Then::Stop => return Err(failed.failure),
                Then::Continue => notes.note(failed.failure),
            }
        }
        match notes.into_failure() {
            Some(failure) => Err(failure),
            None => self.nobody(credentials),
        }
    }

    async fn verify(&self, check: SecretCheck) -> Result<Authentication, Failed> {
        let SecretCheck { subject, secret, right, wrong } = check;
        let checked = match subject {
            Checked::User { realm, username, hash } => {
                let holder = Holder { realm, username: &username };
                self.hasher.check(holder, &hash, &secret).await
            }
            Checked::Other(hash) => {
                let holder = Holder { realm: "", username: "" };
                self.hasher.check(holder, &hash, &secret).await
            }
            Checked::Nobody => self.hasher.check_nobody(&secret).await.map(|()| PasswordCheck::Wrong),
        };
        match checked {
            Ok(PasswordCheck::Right) => right,
            Ok(PasswordCheck::Remembered) => {
                self.metrics.password_remembered.increment();
                right
            }
            Ok(PasswordCheck::Wrong) => Err(wrong),
            Err(HasherError::Overloaded | HasherError::NoEntropy(_)) => {
                self.metrics.password_overloaded.increment();
                Err(Failed { failure: AuthenticationFailure::Overloaded, then: Then::Stop })
            }
        }
    }

    /// What a request is whose credentials are for no mechanism here.
    fn nobody(&self, credentials: &Credentials) -> Result<Authentication, AuthenticationFailure> {
        // A key or a token that nobody checks is still no reason to be taken for nobody.
        let shown = matches!(credentials, Credentials::ApiKey(_) | Credentials::Bearer(_) | Credentials::Basic { .. });
        match &self.config.anonymous {
            Some(anonymous) if !shown => {
                let user = User {
                    username: Arc::clone(&anonymous.username),
                    roles: anonymous.roles.as_slice().into(),
                    full_name: None,
                    email: None,
                    metadata: Arc::new(Json::new()),
                    enabled: true,
                };
                let subject = Subject::user(user, RealmRef::synthetic(ANONYMOUS_REALM));
                Ok(Authentication::of(subject, AuthenticationType::Anonymous))
            }
            _ => Err(AuthenticationFailure::Missing),
        }
    }

    fn count(&self, credentials: &Credentials, outcome: &Result<Authentication, AuthenticationFailure>) {
        let counter = match (credentials, outcome) {
            (Credentials::ApiKey(_), Ok(_)) => &self.metrics.api_key_accepted,
            (Credentials::ApiKey(_), Err(_)) => &self.metrics.api_key_refused,
            (Credentials::Basic { .. }, Ok(_)) => &self.metrics.password_accepted,
            (Credentials::Basic { .. }, Err(_)) => &self.metrics.password_refused,
            _ => return,
        };
        counter.increment();
    }

    // === what ===

    /// What the one who acts may do.
    pub fn role_of(&self, view: &View, authentication: &Authentication) -> Result<Arc<Role>, RoleResolutionError> {
        self.roles.of_effective(view, authentication, &self.metrics)
    }

    /// Under run-as, the role of the one who signed in: it says whether acting as the other is allowed. One who wants
    /// to act as somebody unknown gets a role that allows nothing. `None` when nobody acts as somebody else.
    pub fn run_as_role_of(
        &self,
        view: &View,
        authentication: &Authentication,
    ) -> Result<Option<Arc<Role>>, RoleResolutionError> {
        self.roles.of_run_as(view, authentication, &self.metrics)
    }

    /// The descriptors of these roles, those that exist, with what everybody has.
    pub fn descriptors_of(&self, view: &View, names: &[RoleName]) -> RoleDescriptors {
        self.roles.descriptors_of(view, names)
    }

    /// The application privileges in the form that compiling roles and checking privileges takes.
    pub fn application_privileges(&self, view: &View) -> Arc<ApplicationPrivileges> {
        self.roles.privileges(view)
    }
}

/// The mechanisms in the order in which they are asked.
fn realms(config: &NodeConfig) -> Vec<Box<dyn Authenticator>> {
    let mut realms: Vec<Box<dyn Authenticator>> = vec![Box::new(ServiceAccounts)];
    if config.tokens {
        realms.push(Box::new(Tokens));
    }
    if config.api_keys.enabled {
        realms.push(Box::new(ApiKeyRealm));
    }
    if config.reserved_realm {
        realms.push(Box::new(ReservedRealm));
    }
    realms.push(Box::new(NativeRealm { realm: config.native_realm.clone() }));
    realms
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("revision", &self.view().revision()).finish_non_exhaustive()
    }
}
