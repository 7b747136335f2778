//! The embedded engine with a directory that goes when it goes.

use std::sync::Arc;

use bytes::Bytes;
use keyward_engine::{BoxFuture, DataCall, Engine, EngineError};
use keyward_engine_tantivy::{EngineConfig, TantivyEngine};
use keyward_rest::Reply;
use keyward_security::decide::Permitted;
use keyward_security::index_names::IndexNames;
use tempfile::TempDir;

/// The embedded engine in a temporary directory.
#[derive(Debug)]
pub struct EmbeddedEngine {
    // Dropped in this order: the engine closes its files, then they go.
    engine: TantivyEngine,
    _directory: TempDir,
}

/// Opens the embedded engine, empty, in a directory of its own.
pub fn embedded_engine() -> Arc<EmbeddedEngine> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = EngineConfig { workers: 2, ..EngineConfig::default() };
    let engine = TantivyEngine::open(directory.path(), config).expect("an engine in an empty directory");
    Arc::new(EmbeddedEngine { engine, _directory: directory })
}

impl Engine for EmbeddedEngine {
    fn call(&self, call: Permitted<DataCall>, body: Bytes) -> BoxFuture<'_, Result<Reply, EngineError>> {
        self.engine.call(call, body)
    }

    fn names(&self) -> Arc<IndexNames> {
        self.engine.names()
    }

    fn supports(&self, api: &str) -> bool {
        self.engine.supports(api)
    }
}
