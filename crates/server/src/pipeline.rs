//! The life of a request: one function, in the order that clients rely on.
//!
//! Headers are authenticated before a path is looked at; a malformed body is an error for everyone, before
//! authorization says what the caller may do; nothing is decided here, and nothing is done without a decision.

use std::sync::Arc;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode};
use hyper::body::{Body, Incoming};
use keyward_rest::classify::route;
use keyward_rest::{Cause, ElasticError, Endpoint, MediaTypes, Params, RenderOptions, Reply, Unroutable};
use keyward_security::authentication::{Authentication, AuthenticationFailure, AuthenticationType};
use keyward_security::credentials::Credentials;
use keyward_security::time::Timestamp;
use keyward_state::View;

use crate::body::{BodyRoom, Received, Unreceived};
use crate::config::ServerConfig;
use crate::headers::{self, RUN_AS, SECONDARY};
use crate::health;
use crate::metrics::Metrics;
use crate::services::{Asked, Services};
use crate::transport::connection::Origin;
use crate::transport::fault::Fault;
use crate::transport::framing::SUBSTITUTE;

/// Everything that is needed to answer a request.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) services: Services,
    pub(crate) config: ServerConfig,
    pub(crate) room: BodyRoom,
    pub(crate) metrics: Metrics,
    pub(crate) state: health::State,
}

/// What becomes known of a request on its way, for its answer.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The form of the answer; until it is known, [`early_options`] says what can be said.
    pub(crate) options: Option<RenderOptions>,
    /// The row of the catalogue.
    pub(crate) endpoint: Option<&'static Endpoint>,
    /// Whether the connection cannot be used after the answer.
    pub(crate) close: bool,
}

impl Pipeline {
    /// Answers a request.
    pub(crate) async fn run(
        &self,
        request: Request<Incoming>,
        origin: Origin,
        known: &mut Known,
    ) -> Result<Reply, ElasticError> {
        let (mut parts, body) = request.into_parts();
        let line = parts.uri.clone();
        let uri = line.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        self.check_framing(&parts, known)?;

        // Open to everybody: whether the server is alive and ready.
        if let Some(reply) = health::answer(&parts, &self.state, &self.services.node) {
            return Ok(reply);
        }
        if origin.admin {
            return self.administrate(&parts, uri);
        }

        headers::check(&mut parts.headers)?;
        let (now, view) = (self.services.node.clock().now(), Arc::clone(&self.services.node.view()));

        // Who asks is settled before it is looked at what is asked.
        let authentication = match parts.method {
            Method::OPTIONS => None,
            _ => Some(self.authenticate(&parts.headers, &view, now, uri).await?),
        };
        if authentication.is_none() && !body.is_end_stream() && body.size_hint().exact() != Some(1) {
            known.close = true;
            return Err(refused_options());
        }
        let Received { bytes, room: _room } = match self.room.receive(&parts.headers, body).await {
            Ok(received) => received,
            Err(Unreceived(error)) => {
                known.close = true;
                return Err(error);
            }
        };

        // What is asked: media types, escapes, the parameters of all endpoints, then path and method.
        let types = MediaTypes::read(
            headers::text(&parts.headers, &ACCEPT)?,
            headers::text(&parts.headers, &CONTENT_TYPE)?,
            !bytes.is_empty(),
        )?;
        self.check_traces(parts.uri.query())?;
        let call = match route(&parts.method, parts.uri.path(), parts.uri.query()) {
            Ok(call) => call,
            Err(Unroutable::Error(error)) => return Err(error),
            Err(options @ Unroutable::Options(_)) => return Ok(options.into_reply()),
        };
        known.endpoint = Some(call.endpoint);
        // `OPTIONS` is never routed to an endpoint; whoever gets here has been authenticated.
        let Some(authentication) = authentication else { return Err(refused_options()) };
        known.options = Some(RenderOptions::of(&call, &types)?);
        if !bytes.is_empty() {
            types.check_body(call.endpoint.body)?;
        }
        self.check_secondary(&parts.headers, &view, now, uri).await?;
        self.services.of(call.endpoint).check_gates(call.endpoint)?;
        call.check_parameters()?;
        let body = call.body(bytes)?;

        // What the one who asks may do; the decision itself is made by whoever answers.
        let node = &self.services.node;
        let role = node.role_of(&view, &authentication).map_err(ElasticError::internal)?;
        let run_as_by = node.run_as_role_of(&view, &authentication).map_err(ElasticError::internal)?;
        let endpoint = call.endpoint;
        let asked = Asked { view, authentication: Arc::clone(&authentication), role, run_as_by, call, body, now };
        let answer = match endpoint.api {
            health::METRICS => health::metrics(&asked, &self.metrics),
            _ => self.services.of(endpoint).serve(asked).await,
        };
        answer.map_err(|error| self.ask_for_credentials(error, &authentication, endpoint))
    }

    /// Answers a head that was refused before it became a request.
    fn check_framing(&self, parts: &Parts, known: &mut Known) -> Result<(), ElasticError> {
        if parts.method.as_str() != SUBSTITUTE {
            return Ok(());
        }
        known.close = true;
        known.options = Some(RenderOptions::default());
        let fault = Fault::of_word(parts.uri.path().trim_start_matches('/'));
        Err(fault.unwrap_or(Fault::RequestLine).into_error(&self.config.limits))
    }

    async fn authenticate(
        &self,
        headers: &HeaderMap,
        view: &View,
        now: Timestamp,
        uri: &str,
    ) -> Result<Arc<Authentication>, ElasticError> {
        let node = &self.services.node;
        let run_as = headers::text(headers, &RUN_AS)?;
        let outcome = match Credentials::parse(headers.get(AUTHORIZATION).map(http::HeaderValue::as_bytes)) {
            Ok(credentials) => node.authenticate(view, &credentials, run_as, now).await,
            Err(error) => Err(AuthenticationFailure::from(error)),
        };
        outcome.map(Arc::new).map_err(|failure| ElasticError::authentication(&failure, uri, &self.schemes()))
    }

    /// A second identity is checked wherever it is shown. No endpoint here acts under it.
    async fn check_secondary(
        &self,
        headers: &HeaderMap,
        view: &View,
        now: Timestamp,
        uri: &str,
    ) -> Result<(), ElasticError> {
        let Some(value) = headers.get(SECONDARY) else { return Ok(()) };
        let outcome = match Credentials::parse(Some(value.as_bytes())) {
            Ok(credentials) => self.services.node.authenticate(view, &credentials, None, now).await,
            Err(error) => Err(AuthenticationFailure::from(error)),
        };
        let Err(failure) = outcome else { return Ok(()) };
        let inner: Cause = ElasticError::authentication(&failure, uri, &self.schemes()).into();
        Err(ElasticError::unauthorized("Failed to authenticate secondary user", &[], &self.schemes()).caused_by(inner))
    }

    /// The schemes that are offered to those who are not let in, in order.
    fn schemes(&self) -> Vec<String> {
        let config = self.services.node.config();
        let mut schemes = vec![r#"Basic realm="security", charset="UTF-8""#.to_owned()];
        if config.tokens {
            schemes.push(r#"Bearer realm="security""#.to_owned());
        }
        if config.api_keys.enabled {
            schemes.push("ApiKey".to_owned());
        }
        schemes
    }

    /// An anonymous caller who may not do something is asked to sign in, where that is how it is set.
    fn ask_for_credentials(
        &self,
        error: ElasticError,
        authentication: &Authentication,
        endpoint: &Endpoint,
    ) -> ElasticError {
        let tells = self.services.node.config().anonymous.as_ref().is_none_or(|anonymous| anonymous.authz_exception);
        if tells || error.status() != StatusCode::FORBIDDEN || authentication.kind != AuthenticationType::Anonymous {
            return error;
        }
        let action = endpoint.actions.every_action().first().copied().unwrap_or(endpoint.api);
        ElasticError::unauthorized(format!("action [{action}] requires authentication"), &[], &self.schemes())
    }

    /// Traces are never told; asking for them is an error only where details are withheld.
    fn check_traces(&self, query: Option<&str>) -> Result<(), ElasticError> {
        if self.config.detailed_errors || !Params::parse(query)?.bool_or("error_trace", false)? {
            return Ok(());
        }
        Err(ElasticError::simple(StatusCode::BAD_REQUEST, "error traces in responses are disabled."))
    }

    /// The listener for administrators serves what it is for, and nothing else.
    fn administrate(&self, parts: &Parts, uri: &str) -> Result<Reply, ElasticError> {
        if parts.method == Method::GET && parts.uri.path() == health::METRICS_PATH {
            return health::metrics_text(&self.metrics);
        }
        Err(ElasticError::unknown_route(uri, &parts.method))
    }
}

/// The form of the answers to requests that are not understood.
pub(crate) fn early_options(accept: Option<&http::HeaderValue>, query: Option<&str>) -> RenderOptions {
    RenderOptions::early(accept.and_then(|value| value.to_str().ok()), query)
}

fn refused_options() -> ElasticError {
    let cause = Cause::new(keyward_rest::ErrorType::Status, "OPTIONS requests with a payload body are not supported");
    cause.into()
}
