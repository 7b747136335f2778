//! Accepting connections, no more than allowed, and letting them end in peace.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Limits;
use crate::transport::connection::{Handler, Origin, serve};
use crate::transport::drain::Drain;

/// Connections that the system keeps until they are accepted, as far as its own limit allows. With the 128 that libraries
/// ask for, clients who come all at once wait for a second or more: their first packet is dropped.
const BACKLOG: u32 = 4096;

/// A listening socket and what is done with its connections.
pub(crate) struct Listener<H> {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: Arc<Limits>,
    handler: Arc<H>,
    admin: bool,
}

impl<H: Handler> Listener<H> {
    pub(crate) fn bind(
        address: SocketAddr,
        tls: Option<TlsAcceptor>,
        limits: Arc<Limits>,
        handler: Arc<H>,
        admin: bool,
    ) -> io::Result<Self> {
        Ok(Self { socket: listen(address)?, tls, limits, handler, admin })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Accepts until `stop`; every connection is a task of `tasks` and ends after `stop` as soon as it can.
    pub(crate) async fn run(self, tasks: TaskTracker, stop: CancellationToken) {
        let drain = Drain::default();
        self.accept(&tasks, &stop, &drain).await;
        drain.begin();
    }

    async fn accept(&self, tasks: &TaskTracker, stop: &CancellationToken, drain: &Drain) {
        let places = Arc::new(Semaphore::new(self.limits.connections));
        loop {
            // The place comes before the connection: beyond the limit, clients wait in the system's queue.
            let place = tokio::select! {
                () = stop.cancelled() => return,
                place = Arc::clone(&places).acquire_owned() => match place {
                    Ok(place) => place,
                    Err(_) => return,
                },
            };
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.socket.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file descriptors, or a connection that died while it waited: neither ends the server.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (tls, limits, handler) = (self.tls.clone(), Arc::clone(&self.limits), Arc::clone(&self.handler));
            let (stop, drain) = (stop.clone(), drain.clone());
            let origin = Origin { peer, admin: self.admin };
            tasks.spawn(async move {
                converse(stream, origin, tls, limits, handler, (stop, drain)).await;
                drop(place);
            });
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that was ended may start again at once on its address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn converse<H: Handler>(
    stream: TcpStream,
    origin: Origin,
    tls: Option<TlsAcceptor>,
    limits: Arc<Limits>,
    handler: Arc<H>,
    (stop, drain): (CancellationToken, Drain),
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(peer = %origin.peer, %error, "connection is gone");
        return;
    }
    let Some(tls) = tls else { return serve(stream, origin, limits, handler, drain).await };
    let handshake = tokio::select! {
        () = stop.cancelled() => return,
        handshake = tokio::time::timeout(limits.handshake_timeout, tls.accept(stream)) => handshake,
    };
    match handshake {
        Ok(Ok(stream)) => serve(stream, origin, limits, handler, drain).await,
        Ok(Err(error)) => tracing::debug!(peer = %origin.peer, %error, "TLS handshake failed"),
        Err(_) => tracing::debug!(peer = %origin.peer, "TLS handshake took too long"),
    }
}
