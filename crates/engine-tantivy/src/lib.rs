//! The embedded search engine: translog, mappings, search.
