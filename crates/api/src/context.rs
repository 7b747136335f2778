//! A call with everything that answering it takes.

use std::fmt;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use keyward_rest::{Call, ElasticError};
use keyward_security::action::Action;
use keyward_security::authentication::Authentication;
use keyward_security::decide::{Asker, Permit, decide};
use keyward_security::index_names::IndexNames;
use keyward_security::request::{ActionRequest, Detail, Targets};
use keyward_security::role::Role;
use keyward_security::time::Timestamp;
use keyward_state::View;
use keyward_xcontent::{Limits, Value};

/// A call that is understood and whose sender is known. Handlers take these steps in this order, because clients see
/// it: parameters and body are read, the request is judged in itself, then [`Context::authorize`], then it is done.
#[derive(Clone)]
pub struct Context {
    /// The state that everything about this call is answered from.
    pub view: Arc<View>,
    /// Who asks.
    pub authentication: Arc<Authentication>,
    /// What the one who acts may do.
    pub role: Arc<Role>,
    /// Under run-as: what the one who signed in may do.
    pub run_as_by: Option<Arc<Role>>,
    /// What is asked.
    pub call: Call,
    /// The body, or what stood in its place.
    pub body: Bytes,
    /// The time of the call.
    pub now: Timestamp,
}

/// Our own endpoints are about no index.
static NO_NAMES: LazyLock<IndexNames> = LazyLock::new(|| IndexNames::builder().build());

impl Context {
    /// Decides about the call: about its one action, with the facts of the request that may count.
    pub fn authorize(&self, detail: Detail) -> Result<Permit, ElasticError> {
        match self.call.endpoint.actions.main_action() {
            Some(action) => self.decide(action, detail),
            // INVARIANT: handlers are for endpoints with an action; a test holds that. Fail closed.
            None => Err(ElasticError::unsupported_route(self.call.endpoint.api)),
        }
    }

    /// Demands every action that any form of the call would need.
    pub(crate) fn authorize_all(&self) -> Result<(), ElasticError> {
        for action in self.call.endpoint.actions.every_action() {
            self.decide(action, Detail::None)?;
        }
        Ok(())
    }

    /// Decides about one action that the call needs beside its own.
    pub(crate) fn decide(&self, action: &str, detail: Detail) -> Result<Permit, ElasticError> {
        let request = ActionRequest { action: Action::new(action), targets: Targets::None, detail };
        let asker = Asker {
            who: &self.authentication,
            role: &self.role,
            run_as_by: self.run_as_by.as_deref(),
            workflow: self.call.endpoint.workflow,
        };
        decide(asker, &request, &NO_NAMES).permit().map_err(ElasticError::from)
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<Value<'_>, ElasticError> {
        Ok(keyward_xcontent::parse(&self.body, Limits::default())?)
    }

    /// A query parameter as text; blank text is none.
    pub fn text(&self, name: &str) -> Option<String> {
        self.call.params.get(name).filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("api", &self.call.endpoint.api).finish_non_exhaustive()
    }
}
