//! The embedded search engine: translog, mappings, search.

mod catalogue;
mod checkpoint;
mod date;
mod document;
mod index;
mod indices;
mod log;
mod mapping;
mod metadata;
mod names;
mod record;
mod schema;
mod settings;
mod snapshot;
mod tokenizer;
mod value;
