//! The conformance suite, run by the memory store and the file store.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use keyward_store::conformance::{CASES, Failure, Subject};
use keyward_store::{BoxFuture, FileStore, FileStoreOptions, MemoryStore, MemoryStoreOptions, Store};

const PROGRESS: Duration = Duration::from_millis(50);

struct Memory;

impl Subject for Memory {
    fn fresh(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Failure>> {
        self.forgetful(10_000)
    }

    fn forgetful(&self, commits: usize) -> BoxFuture<'_, Result<Arc<dyn Store>, Failure>> {
        let options = MemoryStoreOptions { kept_commits: commits, progress: PROGRESS };
        Box::pin(async { Ok(Arc::new(MemoryStore::with_options(options)) as Arc<dyn Store>) })
    }

    fn reopen(&self, _store: Arc<dyn Store>) -> BoxFuture<'_, Result<Option<Arc<dyn Store>>, Failure>> {
        Box::pin(async { Ok(None) })
    }
}

/// Directories under one that goes away at the end.
struct Files {
    root: PathBuf,
    made: AtomicU32,
}

impl Files {
    fn new() -> Self {
        let root = std::env::temp_dir().join(format!("keyward-conformance-{}", std::process::id()));
        std::fs::create_dir_all(&root).unwrap();
        Self { root, made: AtomicU32::new(0) }
    }

    fn newest(&self) -> PathBuf {
        self.root.join(self.made.load(Ordering::Relaxed).to_string())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

impl Subject for Files {
    fn fresh(&self) -> BoxFuture<'_, Result<Arc<dyn Store>, Failure>> {
        self.forgetful(10_000)
    }

    fn forgetful(&self, commits: usize) -> BoxFuture<'_, Result<Arc<dyn Store>, Failure>> {
        self.made.fetch_add(1, Ordering::Relaxed);
        let options = FileStoreOptions { log_commits: commits, progress: PROGRESS, ..FileStoreOptions::default() };
        Box::pin(async move {
            let store = FileStore::open(self.newest(), options).map_err(|error| Failure(error.to_string()))?;
            Ok(Arc::new(store) as Arc<dyn Store>)
        })
    }

    fn reopen(&self, store: Arc<dyn Store>) -> BoxFuture<'_, Result<Option<Arc<dyn Store>>, Failure>> {
        Box::pin(async move {
            drop(store);
            let store = FileStore::open(self.newest(), FileStoreOptions::default());
            Ok(Some(Arc::new(store.map_err(|error| Failure(error.to_string()))?) as Arc<dyn Store>))
        })
    }
}

async fn run_all(subject: &dyn Subject) {
    let mut failures = Vec::new();
    for case in CASES {
        if let Err(failure) = case.run(subject).await {
            failures.push(failure.to_string());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_memory_store_conforms() {
    run_all(&Memory).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_store_conforms() {
    run_all(&Files::new()).await;
}
