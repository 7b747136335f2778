//! What the pipeline calls once it knows who asks for what.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use keyward_api::{Api, Context};
use keyward_gateway::Gateway;
use keyward_node::Node;
use keyward_rest::{Call, ElasticError, Endpoint, Owner, Reply};
use keyward_security::authentication::Authentication;
use keyward_security::decide::Asker;
use keyward_security::role::Role;
use keyward_security::time::Timestamp;
use keyward_state::View;

/// A future behind a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A request that is understood and whose sender is known. Nothing is decided yet.
#[derive(Clone)]
pub struct Asked {
    /// The security state that everything about this request is answered from.
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
    /// The time of the request.
    pub now: Timestamp,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").field("api", &self.call.endpoint.api).finish_non_exhaustive()
    }
}

/// Something that decides about calls and answers them.
pub trait Serve: Send + Sync + 'static {
    /// Refuses calls of endpoints that are switched off or not covered by the licence: before their parameters and body
    /// are looked at.
    fn check_gates(&self, endpoint: &Endpoint) -> Result<(), ElasticError> {
        let _ = endpoint;
        Ok(())
    }

    /// Answers a call.
    fn serve(&self, asked: Asked) -> BoxFuture<'_, Result<Reply, ElasticError>>;
}

/// Everything behind the pipeline.
#[derive(Clone)]
pub struct Services {
    /// Who somebody is, and what somebody may do.
    pub node: Arc<Node>,
    /// Answers the calls of the program's own endpoints.
    pub own: Arc<dyn Serve>,
    /// Answers all other calls.
    pub data: Arc<dyn Serve>,
}

impl Services {
    /// Who answers calls of an endpoint.
    pub(crate) fn of(&self, endpoint: &Endpoint) -> &dyn Serve {
        match endpoint.owner {
            Owner::Keyward => &*self.own,
            Owner::Engine | Owner::Unserved => &*self.data,
        }
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}

impl Serve for Api {
    fn check_gates(&self, endpoint: &Endpoint) -> Result<(), ElasticError> {
        Api::check_gates(self, endpoint)
    }

    fn serve(&self, asked: Asked) -> BoxFuture<'_, Result<Reply, ElasticError>> {
        let Asked { view, authentication, role, run_as_by, call, body, now } = asked;
        Box::pin(self.handle(Context { view, authentication, role, run_as_by, call, body, now }))
    }
}

impl Serve for Gateway {
    fn serve(&self, asked: Asked) -> BoxFuture<'_, Result<Reply, ElasticError>> {
        Box::pin(async move {
            let Asked { view: _, authentication, role, run_as_by, call, body, now } = asked;
            let asker = Asker {
                who: &authentication,
                role: &role,
                run_as_by: run_as_by.as_deref(),
                workflow: call.endpoint.workflow,
            };
            self.handle(asker, call, body, now).await
        })
    }
}
