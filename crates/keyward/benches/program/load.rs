//! A load generator: many connections, each sending one request after the other, on a runtime of its own.
//! It speaks just enough HTTP/1.1 that the client costs little beside the server under test.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Answers with status 200.
    pub(crate) answers: usize,
    /// Time of the run.
    pub(crate) elapsed: Duration,
    /// Time of each answer, ascending.
    pub(crate) latencies: Vec<Duration>,
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        self.answers as f64 / self.elapsed.as_secs_f64()
    }

    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let at = (self.latencies.len() * percent / 100).min(self.latencies.len().saturating_sub(1));
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

/// Sends the request from `clients` connections for `time`, after a tenth of it as warm-up. Panics on any other status
/// than 200: a benchmark of errors measures nothing.
pub(crate) fn run(address: SocketAddr, clients: usize, time: Duration, request: Vec<u8>) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let stop = Arc::new(AtomicBool::new(false));
    let counting = Arc::new(AtomicBool::new(false));
    let all = Arc::new(Mutex::new(Vec::new()));
    runtime.block_on(async {
        let request: Arc<[u8]> = request.into();
        let tasks: Vec<_> = (0..clients)
            .map(|_| {
                tokio::spawn(client(
                    address,
                    Arc::clone(&request),
                    Arc::clone(&stop),
                    Arc::clone(&counting),
                    Arc::clone(&all),
                ))
            })
            .collect();
        tokio::time::sleep(time / 10).await;
        counting.store(true, Ordering::Relaxed);
        let began = Instant::now();
        tokio::time::sleep(time).await;
        let elapsed = began.elapsed();
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            task.await.expect("a client ended early");
        }
        let mut latencies = std::mem::take(&mut *all.lock().expect("latencies"));
        latencies.sort_unstable();
        Measured { answers: latencies.len(), elapsed, latencies }
    })
}

async fn client(
    address: SocketAddr,
    request: Arc<[u8]>,
    stop: Arc<AtomicBool>,
    counting: Arc<AtomicBool>,
    all: Arc<Mutex<Vec<Duration>>>,
) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut buffer = Vec::with_capacity(16 << 10);
    let mut mine = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        stream.write_all(&request).await.expect("a request sent");
        let status = answer(&mut stream, &mut buffer).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&buffer));
        if counting.load(Ordering::Relaxed) && !stop.load(Ordering::Relaxed) {
            mine.push(began.elapsed());
        }
    }
    all.lock().expect("latencies").extend(mine);
}

/// Reads one answer with a `content-length` and gives its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> u16 {
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.expect("an answer") > 0, "the server closed the connection");
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map_or(0, |length| length.trim().parse().expect("a length"));
            while buffer.len() < end + 4 + length {
                assert!(stream.read_buf(buffer).await.expect("a body") > 0, "the server closed the connection");
            }
            return head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        }
    }
}
