//! From who somebody is to what somebody may do: the compiled role, remembered.
//!
//! What is remembered is found by *every* input of compilation: which descriptors, as of which revision of the roles,
//! with which application privileges. A change of any of them makes another key, so nothing is ever stale and nothing
//! needs to be thrown away by hand.

use std::sync::{Arc, Mutex, PoisonError};

use keyward_security::api_key::{ApiKey, DescriptorSet};
use keyward_security::authentication::{Authentication, Subject, SubjectKind};
use keyward_security::privilege::ApplicationPrivileges;
use keyward_security::role::descriptor::DescriptorError;
use keyward_security::role::{Role, RoleDescriptors, RoleDescriptorsId, RoleError, RoleName};
use keyward_state::{Revision, View};
use quick_cache::sync::Cache;

use crate::metrics::Metrics;
use crate::realms::is_unresolved;

/// Resolves and remembers roles.
#[derive(Debug)]
pub(crate) struct Roles {
    compiled: Cache<RoleKey, Arc<Role>>,
    privileges: Mutex<(Revision, Arc<ApplicationPrivileges>)>,
    /// What everybody has who is not an API key, because anonymous requests have it.
    for_everybody: Arc<[RoleName]>,
}

/// Descriptors that cannot be made into a role. The one who has them may do nothing.
#[derive(Debug, thiserror::Error)]
pub enum RoleResolutionError {
    /// The descriptors of a key cannot be read.
    #[error("the role descriptors of the API key cannot be read: {0}")]
    Descriptor(#[from] Arc<DescriptorError>),
    /// Descriptors cannot be compiled.
    #[error(transparent)]
    Role(#[from] RoleError),
}

/// Every input of a compilation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum RoleKey {
    Named { names: Arc<[RoleName]>, roles: Revision, privileges: Revision },
    Set { set: RoleDescriptorsId, privileges: Revision },
    Limited { base: RoleDescriptorsId, by: RoleDescriptorsId, privileges: Revision },
}

// === impl Roles ===

impl Roles {
    pub(crate) fn new(remembered: usize, for_everybody: Arc<[RoleName]>) -> Self {
        Self {
            compiled: Cache::new(remembered.max(1)),
            privileges: Mutex::new((Revision::ZERO, Arc::default())),
            for_everybody,
        }
    }

    /// The role that decides about the request.
    pub(crate) fn of_effective(
        &self,
        view: &View,
        authentication: &Authentication,
        metrics: &Metrics,
    ) -> Result<Arc<Role>, RoleResolutionError> {
        if is_unresolved(authentication) {
            return Ok(Arc::new(Role::empty()));
        }
        self.of(view, &authentication.effective, metrics)
    }

    /// Under run-as, the role that decides whether the one who signed in may act as the other. `None` otherwise.
    pub(crate) fn of_run_as(
        &self,
        view: &View,
        authentication: &Authentication,
        metrics: &Metrics,
    ) -> Result<Option<Arc<Role>>, RoleResolutionError> {
        if !authentication.is_run_as() {
            return Ok(None);
        }
        if is_unresolved(authentication) {
            return Ok(Some(Arc::new(Role::empty())));
        }
        self.of(view, &authentication.authenticating, metrics).map(Some)
    }

    /// The descriptors of a user's roles, those that exist, with what everybody has.
    pub(crate) fn descriptors_of(&self, view: &View, names: &[RoleName]) -> RoleDescriptors {
        if self.for_everybody.is_empty() {
            return view.resolve_roles(names).found;
        }
        let names: Vec<RoleName> = names.iter().chain(&*self.for_everybody).cloned().collect();
        view.resolve_roles(&names).found
    }

    fn of(&self, view: &View, subject: &Subject, metrics: &Metrics) -> Result<Arc<Role>, RoleResolutionError> {
        match &subject.kind {
            SubjectKind::ApiKey(key) => self.of_key(view, key, metrics),
            SubjectKind::User => self.of_names(view, &subject.user.roles, metrics),
            // There are none yet; and what is not known may do nothing.
            SubjectKind::ServiceAccount { .. } => Ok(Arc::new(Role::empty())),
        }
    }

    fn of_names(
        &self,
        view: &View,
        names: &Arc<[RoleName]>,
        metrics: &Metrics,
    ) -> Result<Arc<Role>, RoleResolutionError> {
        let (roles, privileges) = (view.roles_revision(), view.privileges_revision());
        self.remembered(RoleKey::Named { names: Arc::clone(names), roles, privileges }, metrics, || {
            Ok(Role::compile(&self.descriptors_of(view, names), &self.privileges(view))?)
        })
    }

    fn of_key(&self, view: &View, key: &ApiKey, metrics: &Metrics) -> Result<Arc<Role>, RoleResolutionError> {
        let privileges = view.privileges_revision();
        let (base, by) = (key.role_descriptors.id(), key.limited_by.id());
        if key.role_descriptors.is_empty() {
            return self.of_set(view, &key.limited_by, metrics);
        }
        self.remembered(RoleKey::Limited { base, by, privileges }, metrics, || {
            let base = self.of_set(view, &key.role_descriptors, metrics)?;
            let by = self.of_set(view, &key.limited_by, metrics)?;
            Ok(Role::limited(&base, &by))
        })
    }

    fn of_set(&self, view: &View, set: &DescriptorSet, metrics: &Metrics) -> Result<Arc<Role>, RoleResolutionError> {
        let key = RoleKey::Set { set: set.id(), privileges: view.privileges_revision() };
        self.remembered(key, metrics, || {
            let descriptors = set.parse().map_err(Arc::new)?;
            Ok(Role::compile(&descriptors, &self.privileges(view))?)
        })
    }

    fn remembered(
        &self,
        key: RoleKey,
        metrics: &Metrics,
        compile: impl FnOnce() -> Result<Role, RoleResolutionError>,
    ) -> Result<Arc<Role>, RoleResolutionError> {
        if let Some(role) = self.compiled.get(&key) {
            metrics.role_hits.increment();
            return Ok(role);
        }
        metrics.role_misses.increment();
        // Two that miss at once both compile: that costs less than making one wait on the other.
        let role = Arc::new(compile()?);
        self.compiled.insert(key, Arc::clone(&role));
        Ok(role)
    }

    /// The application privileges of the view in the form that compilation takes.
    pub(crate) fn privileges(&self, view: &View) -> Arc<ApplicationPrivileges> {
        let mut kept = self.privileges.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != view.privileges_revision() {
            let all = view.application_privileges().cloned();
            *kept = (view.privileges_revision(), Arc::new(all.collect()));
        }
        Arc::clone(&kept.1)
    }
}
