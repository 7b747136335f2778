//! The stream between the socket and the HTTP library: it lets through only what the framing rules allow, and only as
//! fast as the time limits ask. A refused head is replaced by a substitute request, which the server answers with the
//! reason, and nothing after it is ever passed on.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::config::Limits;
use crate::transport::fault::Fault;
use crate::transport::framing::{ChunkReader, Framing, HeadReader, SUBSTITUTE};
use crate::transport::stall::Stall;

/// How much is read from the socket at once.
const READ: usize = 16 << 10;

/// How many requests of a connection are being answered: while there is one, waiting for the next is no idleness.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<AtomicUsize>);

/// One request of a connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Busy(InFlight);

impl InFlight {
    /// Counts a request.
    pub(crate) fn enter(&self) -> Busy {
        self.0.fetch_add(1, Ordering::Relaxed);
        Busy(self.clone())
    }

    fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
enum Phase {
    Head(HeadReader),
    Length(u64),
    Chunks(ChunkReader),
    /// A substitute was passed on: the end.
    Refused,
    /// A chunk was malformed: the body ends in an error.
    Broken,
}

/// A guarded stream.
#[derive(Debug)]
pub(crate) struct Guard<S> {
    io: S,
    limits: Arc<Limits>,
    in_flight: InFlight,
    phase: Phase,
    /// What was checked and not yet passed on.
    checked: BytesMut,
    reading: Stall,
    writing: Stall,
}

impl<S> Guard<S> {
    pub(crate) fn new(io: S, limits: Arc<Limits>, in_flight: InFlight) -> Self {
        Self {
            io,
            limits,
            in_flight,
            phase: Phase::Head(HeadReader::default()),
            checked: BytesMut::new(),
            reading: Stall::default(),
            writing: Stall::default(),
        }
    }

    /// The stream itself, and whether the client may still be sending something that nobody will read.
    pub(crate) fn into_inner(self) -> (S, bool) {
        let clean = matches!(&self.phase, Phase::Head(head) if head.is_empty());
        (self.io, !clean || !self.checked.is_empty())
    }

    fn refuse(&mut self, fault: Fault) {
        let substitute = format!("{SUBSTITUTE} /{} HTTP/1.1\r\nconnection: close\r\n\r\n", fault.word());
        self.checked.extend_from_slice(substitute.as_bytes());
        self.phase = Phase::Refused;
    }

    /// Checks what came and keeps what may be passed on.
    fn check(&mut self, mut input: &[u8]) {
        while !input.is_empty() {
            match &mut self.phase {
                Phase::Head(reader) => match reader.push(input, &self.limits, &mut self.checked) {
                    Ok((taken, framing)) => {
                        input.advance(taken.min(input.len()));
                        if let Some(framing) = framing {
                            self.phase = match framing {
                                Framing::Length(0) => Phase::Head(HeadReader::default()),
                                Framing::Length(length) => Phase::Length(length),
                                Framing::Chunked => Phase::Chunks(ChunkReader::default()),
                            };
                        }
                    }
                    Err(fault) => return self.refuse(fault),
                },
                Phase::Length(left) => {
                    let here = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                    self.checked.extend_from_slice(input.get(..here).unwrap_or_default());
                    input.advance(here);
                    *left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
                    if *left == 0 {
                        self.phase = Phase::Head(HeadReader::default());
                    }
                }
                Phase::Chunks(reader) => match reader.push(input) {
                    Ok((taken, complete)) => {
                        let taken = taken.min(input.len());
                        self.checked.extend_from_slice(input.get(..taken).unwrap_or_default());
                        input.advance(taken);
                        if complete {
                            self.phase = Phase::Head(HeadReader::default());
                        }
                    }
                    Err(_) => {
                        self.phase = Phase::Broken;
                        return;
                    }
                },
                Phase::Refused | Phase::Broken => return,
            }
        }
    }

    /// Nothing came: whether that has lasted too long, and what it means then.
    fn check_time(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (allowed, idle) = match &self.phase {
            Phase::Head(head) if head.is_empty() => (self.limits.idle_timeout, true),
            Phase::Head(_) => (self.limits.header_timeout, false),
            _ => (self.limits.stall_timeout, false),
        };
        if idle && self.in_flight.is_busy() {
            // The time begins when the answer is out.
            self.reading.moved();
        }
        if !self.reading.is_over(allowed, cx) {
            return Poll::Pending;
        }
        match &self.phase {
            Phase::Head(_) if idle => Poll::Ready(Ok(())),
            Phase::Head(_) => {
                self.refuse(Fault::TooSlow);
                Poll::Ready(Ok(()))
            }
            _ => Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the body did not arrive in time"))),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if !this.checked.is_empty() {
                let here = this.checked.len().min(buf.remaining());
                buf.put_slice(this.checked.get(..here).unwrap_or_default());
                this.checked.advance(here);
                return Poll::Ready(Ok(()));
            }
            match this.phase {
                // The answer to the substitute closes the connection; until then nothing more is to be read.
                Phase::Refused => return Poll::Pending,
                Phase::Broken => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "a chunk is malformed")));
                }
                Phase::Head(_) | Phase::Length(_) | Phase::Chunks(_) => {}
            }
            let mut array = [const { MaybeUninit::<u8>::uninit() }; READ];
            let mut piece = ReadBuf::uninit(&mut array);
            match Pin::new(&mut this.io).poll_read(cx, &mut piece) {
                Poll::Ready(Ok(())) if piece.filled().is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => {
                    // The time for a head counts from its first byte, however often one more comes.
                    if !matches!(&this.phase, Phase::Head(head) if !head.is_empty()) {
                        this.reading.moved();
                    }
                    this.check(piece.filled());
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    ready!(this.check_time(cx))?;
                    if this.checked.is_empty() {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> Guard<S> {
    /// The outcome of a write, unless it has waited too long for the client.
    fn written<T>(&mut self, outcome: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.writing.moved();
            return outcome;
        }
        if self.writing.is_over(self.limits.stall_timeout, cx) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not take the answer")));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.io).poll_write(cx, buf);
        this.written(outcome, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.written(outcome, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.io).poll_flush(cx);
        this.written(outcome, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.io).poll_shutdown(cx);
        this.written(outcome, cx)
    }
}
