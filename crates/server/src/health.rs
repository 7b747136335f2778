//! Whether the server is alive and ready, and what it has counted.

use std::sync::atomic::{AtomicBool, Ordering};

use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use keyward_node::Node;
use keyward_rest::{ElasticError, Reply};
use keyward_security::action::Action;
use keyward_security::decide::{Asker, decide};
use keyward_security::index_names::IndexNames;
use keyward_security::request::{ActionRequest, Detail, Targets};
use serde_json::json;

use crate::metrics::Metrics;
use crate::services::Asked;

/// The API name of the metrics endpoint.
pub(crate) const METRICS: &str = "keyward.metrics";
/// Its path.
pub(crate) const METRICS_PATH: &str = "/_keyward/metrics";
/// Its action: covered by the cluster privilege `monitor`.
const METRICS_ACTION: &str = "cluster:monitor/keyward/metrics";

/// Whether the server is on its way out.
#[derive(Debug, Default)]
pub(crate) struct State {
    stopping: AtomicBool,
}

impl State {
    /// From now on it is not ready.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// The answer to a question about health, if it is one.
pub(crate) fn answer(parts: &Parts, state: &State, node: &Node) -> Option<Reply> {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return None;
    }
    match parts.uri.path() {
        "/_keyward/health/alive" => Some(Reply::ok(json!({ "status": "alive" }))),
        "/_keyward/health/ready" => {
            let ready = node.is_ready() && !state.stopping.load(Ordering::Relaxed);
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            Some(Reply::json(status, json!({ "status": if ready { "ready" } else { "not ready" } })))
        }
        _ => None,
    }
}

/// The metrics, for somebody who may monitor.
pub(crate) fn metrics(asked: &Asked, metrics: &Metrics) -> Result<Reply, ElasticError> {
    let asker = Asker {
        who: &asked.authentication,
        role: &asked.role,
        run_as_by: asked.run_as_by.as_deref(),
        workflow: asked.call.endpoint.workflow,
    };
    let request =
        ActionRequest { action: Action::from_static(METRICS_ACTION), targets: Targets::None, detail: Detail::None };
    decide(asker, &request, &IndexNames::default()).permit()?;
    metrics_text(metrics)
}

/// The metrics.
pub(crate) fn metrics_text(metrics: &Metrics) -> Result<Reply, ElasticError> {
    let text = metrics.text().map_err(ElasticError::internal)?;
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok(Reply::text(text).with_header(CONTENT_TYPE, kind))
}
