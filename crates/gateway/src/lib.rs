//! Data traffic: what a call asks for is worked out, decided, and only then handed to the engine.
//!
//! ```text
//! Call, body ── rest::requirements ──► what is needed     400
//!            ── security::decide   ──► permits            403, 404, 400
//!            ── items, one by one  ──► allowed, refused
//!            ── Engine::call       ──► answer             501 where the engine does not serve it
//!            ── refused items put back into their places
//! ```
//!
//! An engine is never handed anything but a permitted call. Where documents or fields of an index are hidden from the
//! caller, reading it is refused as long as engines do not hide them.
//!
//! What is *not* here: working out needs (`rest`), deciding (`security`), carrying out (`engine`).

mod authorize;
mod empty;
mod hidden;
mod items;
mod reserved;
mod splice;
mod traits;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use keyward_engine::{CallItem, DataCall, Engine};
use keyward_rest::requirements::{OpaqueKind, Requirements, requirements};
use keyward_rest::targets::is_all;
use keyward_rest::{Call, ElasticError, Owner, Reply};
use keyward_security::action::Action;
use keyward_security::decide::{Asker, Permitted};
use keyward_security::time::Timestamp;
use keyward_xcontent::Limits;

use crate::authorize::{Authorized, Authorizer};
use crate::splice::Refused;

/// Decides about data calls and has an engine carry them out.
#[derive(Clone)]
pub struct Gateway {
    engine: Arc<dyn Engine>,
    options: GatewayOptions,
}

/// How a [`Gateway`] behaves.
#[derive(Debug, Clone, Copy)]
pub struct GatewayOptions {
    /// Whether deleting, opening and closing indices takes their names, and no wildcards
    /// (`action.destructive_requires_name`).
    pub destructive_requires_name: bool,
    /// What a body may cost.
    pub limits: Limits,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self { destructive_requires_name: true, limits: Limits::default() }
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway before an engine.
    pub fn new(engine: Arc<dyn Engine>, options: GatewayOptions) -> Self {
        Self { engine, options }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// Answers a call. `body` is the body that counts: the one sent, or the parameter in its place
    /// (`keyward_rest::Call::body`).
    ///
    /// # Errors
    ///
    /// 400 for what cannot be read, 403 for what is not allowed, 404 for what is not there, 501 for what is not served,
    /// and whatever the engine says.
    pub async fn handle(
        &self,
        asker: Asker<'_>,
        call: Call,
        body: Bytes,
        now: Timestamp,
    ) -> Result<Reply, ElasticError> {
        let decided = self.decide(asker, call, &body, now)?;
        match decided {
            Decided::Answered(reply) => Ok(reply),
            Decided::Permitted { call, refused } => {
                let (api, permitted) = (call.value().call.endpoint.api, call.value().items.len());
                let reply = self.engine.call(*call, body).await?;
                splice::into_reply(api, reply, permitted, refused)
            }
        }
    }

    /// Everything up to the engine. Nothing here waits.
    fn decide(&self, asker: Asker<'_>, call: Call, body: &[u8], now: Timestamp) -> Result<Decided, ElasticError> {
        let mut requirements = requirements(&call, body, now, self.options.limits)?;
        let (document, waiting) = (requirements.document.take(), std::mem::take(&mut requirements.items));
        let names = self.engine.names();
        let authorizer = Authorizer { asker, call: &call, requirements: &requirements, names: &names };
        if requirements.is_unclassified {
            authorizer.superuser()?;
            return Err(ElasticError::unsupported_route(call.endpoint.api));
        }
        self.check_wildcards(&call, &requirements)?;
        check_ids(&requirements)?;
        let Authorized { permit, aliases, is_empty, hidden } = authorizer.whole()?;
        let (mut items, mut refused): (Vec<CallItem>, Vec<Refused>) = (Vec::new(), Vec::new());
        if let Some(document) = document {
            items.push(authorizer.item(document)?);
        } else {
            authorizer.items(waiting, &mut items, &mut refused);
        }
        if call.endpoint.owner != Owner::Engine || !self.engine.supports(call.endpoint.api) {
            return Err(ElasticError::unsupported_route(call.endpoint.api));
        }
        hidden?;
        hidden::check(&call, &permit)?;
        hidden::check_items(&call, &mut items, &mut refused)?;
        if is_empty && let Some(reply) = empty::answer(&call, &requirements)? {
            return Ok(Decided::Answered(reply));
        }
        if items.is_empty() && !refused.is_empty() {
            return splice::all_refused(call.endpoint.api, refused).map(Decided::Answered);
        }
        let data = DataCall { call, now, items, aliases };
        Ok(Decided::Permitted { call: Box::new(Permitted::new(data, permit)), refused })
    }

    /// Whoever deletes, opens or closes has to name what, unless the operator says otherwise.
    fn check_wildcards(&self, call: &Call, requirements: &Requirements) -> Result<(), ElasticError> {
        const DESTRUCTIVE: [&str; 3] = ["indices:admin/delete", "indices:admin/close", "indices:admin/open"];
        let is_destructive = |action: &Action| DESTRUCTIVE.contains(&action.as_str());
        let by_pattern = requirements.whole.iter().any(|needed| {
            is_destructive(&needed.action)
                && (is_all(&needed.names) || needed.names.iter().any(|name| name.contains('*') || name == "_all"))
        });
        if by_pattern && self.options.destructive_requires_name && call.endpoint.owner == Owner::Engine {
            return Err(ElasticError::illegal_argument("Wildcard expressions or all indices are not allowed"));
        }
        Ok(())
    }
}

/// What came of deciding.
enum Decided {
    /// The answer is known without the engine.
    Answered(Reply),
    /// The engine is to carry it out; refused items are put into its answer.
    Permitted { call: Box<Permitted<DataCall>>, refused: Vec<Refused> },
}

/// Searches within a point in time have no names of their own. No engine keeps points in time yet, so there is nothing
/// that an id could stand for.
fn check_ids(requirements: &Requirements) -> Result<(), ElasticError> {
    let is_search = requirements.whole.iter().any(|needed| needed.action.as_str() == "indices:data/read/search");
    let pit = requirements.opaque.iter().find(|opaque| opaque.kind == OpaqueKind::PointInTime);
    match pit {
        Some(_) if is_search => Err(ElasticError::unsupported_construct("[pit] is not supported in a search")),
        _ => Ok(()),
    }
}
