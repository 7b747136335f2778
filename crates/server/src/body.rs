//! Bodies in: collected whole, bounded in size and time, decompressed when they are compressed.

use std::io::Read;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT};
use http::{HeaderMap, StatusCode};
use hyper::body::{Body, Incoming};
use keyward_rest::{Cause, ElasticError, ErrorType};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;

/// What all bodies together may take, in units of this many bytes.
const UNIT: usize = 4096;
/// From this compressed size on, decompressing leaves the threads that serve connections.
const LARGE: usize = 256 << 10;

/// How much is decompressed at once.
const PIECE: usize = 32 << 10;

/// The room that a body takes.
type Room = Option<OwnedSemaphorePermit>;

/// The room for bodies of all requests.
#[derive(Clone, Debug)]
pub(crate) struct BodyRoom {
    units: Arc<Semaphore>,
    limits: Arc<Limits>,
}

/// A body with the room that it takes; keep it until the request is answered.
#[derive(Debug)]
pub(crate) struct Received {
    /// The bytes, decompressed.
    pub(crate) bytes: Bytes,
    /// The room.
    pub(crate) room: Room,
}

/// A body that was not received; the connection cannot be used after it.
#[derive(Debug)]
pub(crate) struct Unreceived(pub(crate) ElasticError);

impl BodyRoom {
    pub(crate) fn new(limits: &Arc<Limits>) -> Self {
        let units = (limits.bodies_in_flight / UNIT).min(Semaphore::MAX_PERMITS);
        Self { units: Arc::new(Semaphore::new(units)), limits: Arc::clone(limits) }
    }

    /// Receives a body. What its headers say is checked before the first byte is asked for.
    pub(crate) async fn receive(&self, headers: &HeaderMap, body: Incoming) -> Result<Received, Unreceived> {
        if let Some(expectation) = headers.get(EXPECT)
            && !expectation.as_bytes().eq_ignore_ascii_case(b"100-continue")
        {
            return Err(Unreceived(ElasticError::empty(StatusCode::EXPECTATION_FAILED)));
        }
        let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > self.limits.body) {
            return Err(too_large());
        }
        if body.is_end_stream() {
            return Ok(Received { bytes: Bytes::new(), room: None });
        }
        let compressed = is_compressed(headers)?;
        let collected = self.collect(body, declared.unwrap_or(0));
        let (bytes, room) = match tokio::time::timeout(self.limits.body_timeout, collected).await {
            Ok(received) => received?,
            Err(_) => return Err(too_slow()),
        };
        if !compressed || bytes.is_empty() {
            return Ok(Received { bytes, room });
        }
        let (bytes, room) = self.decompress(bytes, room).await?;
        Ok(Received { bytes, room })
    }

    async fn collect(&self, mut body: Incoming, declared: usize) -> Result<(Bytes, Room), Unreceived> {
        let (mut collected, mut first, mut room) = (BytesMut::new(), Bytes::new(), None);
        self.reserve(&mut room, declared)?;
        loop {
            let frame = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await;
            let data = match frame {
                None => break,
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => data,
                    // Trailers say nothing that anybody here reads.
                    Err(_) => continue,
                },
                Some(Err(error)) => return Err(broken(&error)),
            };
            let total = collected.len().saturating_add(first.len()).saturating_add(data.len());
            if total > self.limits.body {
                return Err(too_large());
            }
            self.reserve(&mut room, total)?;
            // A body that comes in one piece is not copied.
            if first.is_empty() && collected.is_empty() {
                first = data;
            } else {
                if collected.is_empty() {
                    collected.reserve(declared.max(total));
                    collected.extend_from_slice(&first);
                    first = Bytes::new();
                }
                collected.extend_from_slice(&data);
            }
        }
        Ok((if collected.is_empty() { first } else { collected.freeze() }, room))
    }

    /// Makes the room that a body holds as large as the body.
    fn reserve(&self, room: &mut Room, bytes: usize) -> Result<(), Unreceived> {
        let held = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(UNIT).saturating_sub(held);
        let Ok(units) = u32::try_from(more) else { return Err(too_large()) };
        if units == 0 {
            return Ok(());
        }
        let Ok(permit) = Arc::clone(&self.units).try_acquire_many_owned(units) else {
            return Err(self.no_room(bytes));
        };
        match room {
            Some(room) => room.merge(permit),
            None => *room = Some(permit),
        }
        Ok(())
    }

    fn no_room(&self, wanted: usize) -> Unreceived {
        let limit = self.limits.bodies_in_flight;
        let reason =
            format!("[http] Data too large, data for requests in flight would be larger than the limit of [{limit}]");
        let cause = Cause::new(ErrorType::CircuitBreaking, reason)
            .with_extra("bytes_wanted", wanted)
            .with_extra("bytes_limit", limit)
            .with_extra("durability", "TRANSIENT");
        Unreceived(cause.into())
    }

    async fn decompress(&self, bytes: Bytes, room: Room) -> Result<(Bytes, Room), Unreceived> {
        if bytes.len() < LARGE {
            return self.inflate(&bytes, room);
        }
        let rooms = self.clone();
        let work = tokio::task::spawn_blocking(move || rooms.inflate(&bytes, room));
        work.await.unwrap_or_else(|error| Err(Unreceived(ElasticError::internal(error))))
    }

    /// Decompresses; room is taken as the content grows, so that no more is ever held than was allowed.
    fn inflate(&self, bytes: &[u8], mut room: Room) -> Result<(Bytes, Room), Unreceived> {
        let (mut decoder, mut out, mut piece) = (MultiGzDecoder::new(bytes), Vec::new(), vec![0; PIECE]);
        loop {
            let read = match decoder.read(&mut piece) {
                Ok(0) => return Ok((Bytes::from(out), room)),
                Ok(read) => read,
                Err(error) => {
                    let error = ElasticError::illegal_argument("the body is not in gzip format").with_internal(error);
                    return Err(Unreceived(error));
                }
            };
            let total = out.len().saturating_add(read);
            if total > self.limits.body {
                return Err(too_large());
            }
            self.reserve(&mut room, total)?;
            out.extend_from_slice(piece.get(..read).unwrap_or_default());
        }
    }
}

/// Whether a body is compressed, by the one coding that is taken, applied once.
fn is_compressed(headers: &HeaderMap) -> Result<bool, Unreceived> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let (first, second) = (codings.next(), codings.next());
    let text = first.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase());
    match (text.as_deref(), second) {
        (None | Some("" | "identity"), None) => Ok(false),
        (Some("gzip" | "x-gzip"), None) => Ok(true),
        (text, _) => Err(Unreceived(ElasticError::illegal_argument(format!(
            "Content-Encoding [{}] is not supported",
            text.unwrap_or_default()
        )))),
    }
}

fn too_large() -> Unreceived {
    Unreceived(ElasticError::empty(StatusCode::PAYLOAD_TOO_LARGE))
}

fn too_slow() -> Unreceived {
    Unreceived(ElasticError::simple(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time"))
}

/// The client went away, stalled, or sent a malformed chunk.
fn broken(error: &hyper::Error) -> Unreceived {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    match source.map(std::io::Error::kind) {
        Some(std::io::ErrorKind::TimedOut) => too_slow(),
        _ => Unreceived(ElasticError::illegal_argument("the body is malformed or incomplete")),
    }
}
