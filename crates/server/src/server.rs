//! The server as a whole: bound, serving, stopping.

use std::any::Any;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use bytes::Bytes;
use http::header::{ACCEPT, HeaderName, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use keyward_rest::{ElasticError, Reply, catalog, render};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::body::BodyRoom;
use crate::config::{ServerConfig, TlsPem};
use crate::health;
use crate::metrics::Metrics;
use crate::pipeline::{Known, Pipeline, early_options};
use crate::respond::Delivery;
use crate::services::Services;
use crate::transport::connection::{Handler, Origin};
use crate::transport::listener::Listener;
use crate::transport::tls::{Tls, TlsError};

/// A server that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// A server that listens.
pub struct Server {
    door: Arc<Door>,
    main: Listener<Door>,
    admin: Option<Listener<Door>>,
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    tls: Option<Arc<Tls>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Replaces the certificate of a running server.
#[derive(Clone, Debug)]
pub struct TlsReload(Option<Arc<Tls>>);

impl TlsReload {
    /// Uses another certificate from the next connection on. A bad one changes nothing.
    pub fn replace(&self, pem: &TlsPem) -> Result<(), TlsError> {
        match &self.0 {
            Some(tls) => tls.replace(pem),
            None => Err(TlsError::Certificates("the server does not use TLS".to_owned())),
        }
    }
}

impl Server {
    /// Binds the listeners.
    pub async fn bind(config: ServerConfig, services: Services) -> Result<Self, BindError> {
        // The endpoint table is read now, not by the first request.
        tracing::debug!(endpoints = catalog().endpoints().len(), "endpoint table read");
        let limits = Arc::new(config.limits.clone());
        let tls = config.tls.as_ref().map(Tls::new).transpose()?;
        let acceptor = tls.as_ref().map(Tls::acceptor).transpose()?;
        let compression = config.compression.unwrap_or(tls.is_none());
        let (listen, admin) = (config.listen, config.admin);
        let pipeline = Pipeline {
            metrics: Metrics::new(Arc::clone(&services.node)),
            room: BodyRoom::new(&limits),
            state: health::State::default(),
            services,
            config,
        };
        let door = Arc::new(Door { pipeline, compression, requests: AtomicU64::new(0) });
        let failed = |address| move |source| BindError::Address { address, source };
        let main = Listener::bind(listen, acceptor, Arc::clone(&limits), Arc::clone(&door), false);
        let main = main.map_err(failed(listen))?;
        let address = main.address().map_err(failed(listen))?;
        let (admin, admin_address) = match admin {
            None => (None, None),
            Some(admin) => {
                let listener = Listener::bind(admin, None, limits, Arc::clone(&door), true);
                let listener = listener.map_err(failed(admin))?;
                let address = listener.address().map_err(failed(admin))?;
                (Some(listener), Some(address))
            }
        };
        Ok(Self { door, main, admin, address, admin_address, tls })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for administrators.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// What replaces the certificate.
    pub fn tls_reload(&self) -> TlsReload {
        TlsReload(self.tls.clone())
    }

    /// Serves until `shutdown` and until then running requests have ended, or their time is over. Tells whether all of
    /// them ended.
    pub async fn serve(self, shutdown: CancellationToken) -> bool {
        let (tasks, drain) = (TaskTracker::new(), self.door.pipeline.config.drain_timeout);
        // Whoever asks for health is answered to the end of the drain.
        let stop_admin = CancellationToken::new();
        if let Some(admin) = self.admin {
            tokio::spawn(admin.run(TaskTracker::new(), stop_admin.clone()));
        }
        self.main.run(tasks.clone(), shutdown).await;
        self.door.pipeline.state.stop();
        tasks.close();
        let drained = tokio::time::timeout(drain, tasks.wait()).await.is_ok();
        if !drained {
            tracing::warn!(running = tasks.len(), "some requests were still running at the end of the drain");
        }
        stop_admin.cancel();
        drained
    }
}

/// Where requests come in and answers go out.
#[derive(Debug)]
struct Door {
    pipeline: Pipeline,
    compression: bool,
    requests: AtomicU64,
}

impl Handler for Door {
    async fn handle(self: Arc<Self>, request: Request<Incoming>, origin: Origin) -> Response<Full<Bytes>> {
        let (started, id) = (Instant::now(), self.requests.fetch_add(1, Ordering::Relaxed));
        let mut delivery = Delivery::of(request.method(), request.headers(), self.compression);
        let (accept, uri) = (request.headers().get(ACCEPT).cloned(), request.uri().clone());
        let mut known = Known::default();
        let outcome = self.guarded(request, origin, &mut known).await;
        let reply = match outcome {
            Ok(reply) => reply,
            Err(error) => self.refuse(error, id),
        };
        let (status, took) = (reply.status, started.elapsed());
        self.pipeline.metrics.answered(known.endpoint, status, took);
        tracing::debug!(
            request = id,
            peer = %origin.peer,
            api = known.endpoint.map_or("-", |endpoint| endpoint.api),
            status = status.as_u16(),
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "request answered"
        );
        delivery.close = known.close;
        let options = known.options.unwrap_or_else(|| early_options(accept.as_ref(), uri.query()));
        delivery.respond(render(reply, &options))
    }
}

impl Door {
    /// Runs the pipeline; a defect in it ends this request and nothing else.
    async fn guarded(
        &self,
        request: Request<Incoming>,
        origin: Origin,
        known: &mut Known,
    ) -> Result<Reply, ElasticError> {
        let mut run = pin!(self.pipeline.run(request, origin, known));
        let outcome = std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(outcome)) => Poll::Ready(Ok(outcome)),
            Err(panic) => Poll::Ready(Err(panic)),
        });
        outcome.await.unwrap_or_else(|panic| {
            self.pipeline.metrics.panicked();
            Err(ElasticError::internal(format!("a handler panicked: {}", words(&*panic))))
        })
    }

    /// The answer to a failed request. What went wrong inside is told to the log, under the request's number.
    fn refuse(&self, error: ElasticError, id: u64) -> Reply {
        let server_error = error.status().is_server_error();
        match error.internal_source() {
            Some(source) if server_error => tracing::error!(request = id, error = %source, "request failed"),
            Some(source) => tracing::debug!(request = id, error = %source, "request refused"),
            None => {}
        }
        let mut reply = error.into_reply(self.pipeline.config.detailed_errors);
        if server_error {
            reply.headers.push((HeaderName::from_static("x-keyward-request-id"), HeaderValue::from(id)));
        }
        reply
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a word")
}
