//! The embedded search engine: translog, mappings, search.

mod date;
mod document;
mod mapping;
mod schema;
mod snapshot;
mod tokenizer;
mod value;
