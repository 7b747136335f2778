//! One connection from its first byte to its last.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use crate::config::Limits;
use crate::transport::drain::Drain;
use crate::transport::guard::{Guard, InFlight};

/// What answers requests.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Answers one request. Never fails: what goes wrong is an answer too.
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        origin: Origin,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// The other end.
    pub(crate) peer: SocketAddr,
    /// Whether it came by the listener for administrators.
    pub(crate) admin: bool,
}

/// How long, and how much, is read after the last answer from a client that is still sending: if the connection were
/// just closed, the answer could be lost on its way.
const LINGER: (Duration, u64) = (Duration::from_secs(2), 4 << 20);

/// Serves a connection until it ends, or until the drain begins and the running request is answered.
pub(crate) async fn serve<S, H>(io: S, origin: Origin, limits: Arc<Limits>, handler: Arc<H>, drain: Drain)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: Handler,
{
    let in_flight = InFlight::default();
    let guard = Guard::new(io, Arc::clone(&limits), in_flight.clone());
    let service = service_fn(move |request| {
        let (handler, busy) = (Arc::clone(&handler), in_flight.enter());
        let answer: Pin<Box<dyn Future<Output = Result<_, std::convert::Infallible>> + Send>> = Box::pin(async move {
            let answer = handler.handle(request, origin).await;
            drop(busy);
            Ok(answer)
        });
        answer
    });
    // The guard has its own time limits; head sizes are bounded there as well, well below what is allowed here.
    let mut builder = http1::Builder::new();
    // Up to its own default the library keeps headers on the stack.
    if limits.header_count > 100 {
        builder.max_headers(limits.header_count);
    }
    let mut connection = builder
        .auto_date_header(false)
        .header_read_timeout(None)
        .max_buf_size(limits.headers.saturating_add(limits.request_line).saturating_mul(2).max(64 << 10))
        .serve_connection(TokioIo::new(guard), service);
    let (mut draining, mut drain) = (false, drain.watch());
    let ended = poll_fn(|cx| {
        loop {
            if let Poll::Ready(ended) = Pin::new(&mut connection).poll(cx) {
                return Poll::Ready(ended);
            }
            if draining || !drain.has_begun(cx) {
                return Poll::Pending;
            }
            draining = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
    })
    .await;
    if let Err(error) = &ended {
        tracing::debug!(peer = %origin.peer, %error, "connection ended with an error");
    }
    // The library has said its last word and closed its side; the stream itself is still whole.
    let (io, unread) = connection.into_parts().io.into_inner().into_inner();
    if unread && ended.is_ok() {
        linger(io).await;
    }
}

async fn linger<S: AsyncRead + Unpin>(io: S) {
    let mut rest = io.take(LINGER.1);
    let mut nowhere = tokio::io::sink();
    let read = tokio::io::copy(&mut rest, &mut nowhere);
    let _ = tokio::time::timeout(LINGER.0, read).await;
}
