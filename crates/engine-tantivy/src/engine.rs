//! The engine as the gateway sees it: calls in, answers out, the work on a bounded number of threads.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use keyward_engine::{BoxFuture, DataCall, Engine, EngineError};
use keyward_rest::error::ElasticError;
use keyward_rest::reply::Reply;
use keyward_security::decide::{Permit, Permitted};
use keyward_security::index_names::IndexNames;

use crate::api::{self, Outcome, Request};
use crate::indices::{Indices, OpenError};
use crate::log::ROLL_AT;
use crate::workers::{self, NotWorked, Workers};

/// How often new writes become visible, idle writers go, and old parts of the log are let go.
const HOUSEKEEPING: Duration = Duration::from_secs(1);

/// How the engine works.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The name that the cluster says it has.
    pub cluster_name: String,
    /// How many calls are worked on at the same time.
    pub workers: usize,
    /// How many more may wait; beyond, they are answered with 429.
    pub queue: usize,
    /// How long a file of the translog may get before the next one is begun.
    pub translog_file_bytes: u64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            cluster_name: "keyward".to_owned(),
            workers: cores * 3 / 2 + 1,
            queue: 1000,
            translog_file_bytes: ROLL_AT,
        }
    }
}

/// The embedded engine.
///
/// Dropping it ends the housekeeping, writes what is waiting for the log, and gives the directory free.
#[derive(Debug)]
pub struct TantivyEngine {
    indices: Arc<Indices>,
    cluster_name: Arc<str>,
    workers: Workers,
    housekeeper: Housekeeper,
}

#[derive(Debug)]
struct Housekeeper {
    /// Dropping it ends the thread.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Set when the thread ends without being told.
    has_died: Arc<AtomicBool>,
}

// === impl TantivyEngine ===

impl TantivyEngine {
    /// Opens the engine in a directory of its own, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When the directory is in use, cannot be read, or has lost something that was acknowledged.
    pub fn open(directory: &Path, config: EngineConfig) -> Result<Self, OpenError> {
        let no_thread = |source| OpenError::Io { action: "start a thread for", path: directory.to_owned(), source };
        let indices = open_with_room(directory, config.translog_file_bytes, no_thread)?;
        let workers = Workers::start(config.workers.clamp(1, 512), config.queue).map_err(no_thread)?;
        let housekeeper = Housekeeper::start(Arc::clone(&indices)).map_err(no_thread)?;
        Ok(Self { indices, cluster_name: config.cluster_name.into(), workers, housekeeper })
    }

    /// Whether everything that should run does: the log is writable and new writes become visible.
    pub fn is_healthy(&self) -> bool {
        !self.indices.log().has_failed() && !self.housekeeper.has_died.load(Ordering::Acquire)
    }

    async fn serve(&self, call: DataCall, permit: Permit, body: Bytes) -> Result<Reply, EngineError> {
        let indices = Arc::clone(&self.indices);
        let cluster_name = Arc::clone(&self.cluster_name);
        let work = move || -> Result<Outcome, ElasticError> {
            let request =
                Request { indices: &indices, call: &call, permit: &permit, body: &body, cluster_name: &cluster_name };
            api::serve(&request)
        };
        let outcome = self.workers.run(work).await.map_err(|error| match error {
            NotWorked::Full => EngineError::Overloaded,
            NotWorked::Broken => EngineError::Failed(error.into()),
        })??;
        if let Some(batch) = outcome.durable {
            let durable = self.indices.log().durable(batch).await;
            durable.map_err(|error| EngineError::Unavailable(error.into()))?;
        }
        for (index, below) in outcome.visible {
            index.visible(below).await.map_err(|error| EngineError::Unavailable(error.into()))?;
        }
        Ok(outcome.reply)
    }
}

/// Opens the indices on a thread with as much stack as the documents in the log may need.
fn open_with_room(
    directory: &Path,
    roll_at: u64,
    no_thread: impl Fn(std::io::Error) -> OpenError,
) -> Result<Arc<Indices>, OpenError> {
    std::thread::scope(|scope| {
        let opening = std::thread::Builder::new()
            .name("engine-open".to_owned())
            .stack_size(workers::STACK)
            .spawn_scoped(scope, || Indices::open(directory, roll_at))
            .map_err(&no_thread)?;
        let opened = opening.join().map_err(|_| no_thread(std::io::Error::other("it panicked")))?;
        opened.map(Arc::new)
    })
}

impl Engine for TantivyEngine {
    fn call(&self, call: Permitted<DataCall>, body: Bytes) -> BoxFuture<'_, Result<Reply, EngineError>> {
        let (call, permit) = call.into_parts();
        Box::pin(self.serve(call, permit, body))
    }

    fn names(&self) -> Arc<IndexNames> {
        Arc::clone(self.indices.catalogue().names())
    }

    fn supports(&self, api: &str) -> bool {
        api::serves(api)
    }
}

// === impl Housekeeper ===

impl Housekeeper {
    fn start(indices: Arc<Indices>) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let has_died = Arc::new(AtomicBool::new(false));
        let died = Arc::clone(&has_died);
        let thread = std::thread::Builder::new().name("engine-refresh".to_owned()).spawn(move || {
            let alarm = Alarm(died);
            while stopped.recv_timeout(HOUSEKEEPING) == Err(RecvTimeoutError::Timeout) {
                indices.keep_house();
            }
            // What tantivy has on disk need not be read from the log at the next start.
            indices.keep_house();
            std::mem::forget(alarm);
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread), has_died })
    }
}

impl Drop for Housekeeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If it panicked, that was told when it happened.
            let _ = thread.join();
        }
    }
}

/// Raised when the thread that holds it ends by a panic.
struct Alarm(Arc<AtomicBool>);

impl Drop for Alarm {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{Conditions, Operation, Rights};
    use crate::indices::NewIndex;

    #[test]
    fn the_deepest_document_is_read_from_the_log_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let write = || {
            let indices = Indices::open(path, ROLL_AT).unwrap();
            let (index, _) = indices.create("i", NewIndex::default(), 0).unwrap();
            let source = format!("{{\"n\":{}1{}}}", "[".repeat(990), "]".repeat(990));
            let operation = Operation::Index { source: source.as_bytes() };
            let rights = Rights { may_update_mapping: true };
            index.write(indices.log(), "1", operation, Conditions::default(), rights).unwrap();
            // No refresh: only the log has it.
        };
        std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(workers::STACK);
            builder.spawn_scoped(scope, write).unwrap().join().unwrap();
        });
        let engine = TantivyEngine::open(path, EngineConfig::default()).unwrap();
        assert_eq!(engine.indices.catalogue().index("i").unwrap().visible_documents(), 1);
        assert!(engine.is_healthy());
    }
}
