//! What runs data calls: a permitted call in, an answer out.
//!
//! Keyward decides; an [`Engine`] does. An engine is handed nothing but [`Permitted`] calls and has no way to ask for
//! more: its indices are those of the permit, whatever the path says, and for requests with items each item carries a
//! permit of its own. What was refused never reaches an engine.
//!
//! An engine also tells which names there are ([`Engine::names`]): a decision about wildcards is a decision about
//! those.
//!
//! What is *not* here: deciding, splicing refused items into an answer (both `gateway`), and any particular engine.

mod error;

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use keyward_rest::classify::Call;
use keyward_rest::reply::Reply;
use keyward_rest::requirements::Item;
use keyward_security::decide::{Denial, Permit, Permitted};
use keyward_security::index_names::IndexNames;
use keyward_security::time::Timestamp;

pub use error::EngineError;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A call that an engine is to carry out.
#[derive(Debug)]
pub struct DataCall {
    /// The call as it was classified.
    pub call: Call,
    /// When it was made.
    pub now: Timestamp,
    /// For requests with items (`_bulk`, `_mget`, `_msearch`): those that are permitted, in order. For requests that
    /// write one document: exactly one.
    pub items: Vec<CallItem>,
    /// The names of aliases that the asker may see or change by this call: the existing aliases that match the call's
    /// alias expressions (all, where it has none), and every name that the call gives outright, an alias or not.
    pub aliases: Vec<Arc<str>>,
}

/// A permitted item of a call.
#[derive(Debug)]
pub struct CallItem {
    /// What it asks for. Its index is taken from the permit.
    pub item: Item,
    /// How far it may go.
    pub permit: Permit,
    /// Whether its index may be made if it does not exist.
    pub may_create_index: Result<(), Denial>,
    /// Whether it may add fields to its index's mapping.
    pub may_update_mapping: Result<(), Denial>,
}

/// What runs data calls.
pub trait Engine: Send + Sync + 'static {
    /// Carries out a call. The work goes on when the future is dropped: a write that has begun is finished.
    fn call(&self, call: Permitted<DataCall>, body: Bytes) -> BoxFuture<'_, Result<Reply, EngineError>>;

    /// The indices, aliases and data streams that there are.
    fn names(&self) -> Arc<IndexNames>;

    /// Whether the engine carries out calls of this api. Others are answered with 501, after authorization.
    fn supports(&self, api: &str) -> bool;
}
