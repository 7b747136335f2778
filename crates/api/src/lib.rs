//! The security API over HTTP: one handler for each endpoint of our own.
//!
//! A handler reads parameters and body, judges the request in itself, asks for the decision, and only then acts; see
//! [`Context`]. What an error looks like to a client is settled in one place, `error`; what an answer looks like is in
//! `render`.

mod config;
mod context;
mod error;
mod handlers;
mod render;
mod role_error;
mod role_query;

use std::sync::Arc;

use keyward_node::Node;
use keyward_rest::{ElasticError, Endpoint, Reply};

pub use config::{ApiConfig, LicenceType, NodeAddresses};
pub use context::Context;
pub use handlers::UNSERVED;

/// Answers the calls of the program's own endpoints.
#[derive(Clone, Debug)]
pub struct Api {
    node: Arc<Node>,
    config: Arc<ApiConfig>,
}

impl Api {
    /// The API over a node.
    pub fn new(node: Arc<Node>, config: ApiConfig) -> Self {
        Self { node, config: Arc::new(config) }
    }

    /// The node.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }

    /// What was set.
    pub fn config(&self) -> &ApiConfig {
        &self.config
    }

    /// Refuses calls of features that are switched off or not licensed. It comes before parameters and body are looked
    /// at, so a pipeline asks it earlier; [`Api::handle`] asks again.
    pub fn check_gates(&self, endpoint: &Endpoint) -> Result<(), ElasticError> {
        if handlers::is_about_api_keys(endpoint.api) && !self.node.config().api_keys.enabled {
            return Err(error::api_keys_are_off());
        }
        match endpoint.feature {
            Some(feature) if !self.config.licence.includes(feature) => Err(ElasticError::licence(feature)),
            _ => Ok(()),
        }
    }

    /// Answers a call. It is decided here whether it may be.
    pub async fn handle(&self, context: Context) -> Result<Reply, ElasticError> {
        let endpoint = context.call.endpoint;
        self.check_gates(endpoint)?;
        match handlers::find(endpoint.api) {
            Some(handler) => handler(self, &context).await,
            // Known, and not served: only whoever could use it is told so.
            None => {
                context.authorize_all()?;
                Err(ElasticError::unsupported_route(endpoint.api))
            }
        }
    }
}
