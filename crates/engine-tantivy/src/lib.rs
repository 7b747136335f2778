//! The embedded search engine: translog, mappings, search.
//!
//! An [`Engine`](keyward_engine::Engine) that keeps its indices in a directory of its own. How it works, from a write to
//! a search:
//!
//! 1. A write is checked against the newest version of its document and gets the next sequence number of its index
//!    (`index`).
//! 2. It goes into the translog, one log for all indices, on disk before it is acknowledged (`log`, `record`).
//! 3. What its values mean is said by the index's mapping, which the document may let grow (`mapping`, `document`).
//! 4. It goes into tantivy, whose schema is the same for every index (`schema`), and becomes visible to searches at the
//!    next refresh, after a second at the latest; reading by id sees it at once.
//! 5. Which indices and aliases there are is an immutable value (`catalogue`), changed through the same log
//!    (`indices`, `metadata`) and written out from time to time (`checkpoint`).
//!
//! `api` has what clients see: the calls, their answers, and the refusal, by name, of what is not supported.

mod api;
mod catalogue;
mod checkpoint;
mod document;
mod engine;
mod error;
mod ids;
mod index;
mod indices;
mod log;
mod mapping;
mod metadata;
mod names;
mod record;
mod schema;
mod search;
mod settings;
mod snapshot;
mod tokenizer;
mod value;
mod workers;

pub use checkpoint::CheckpointError;
pub use engine::{EngineConfig, TantivyEngine};
pub use index::OpenIndexError;
pub use indices::OpenError;
pub use log::LogError;
