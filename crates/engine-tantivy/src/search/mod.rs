//! Searching: from a request to its answer.
//!
//! 1. `serve` reads parameters and body into what `keyward_query` gives, and takes the indices from the permit.
//! 2. For each index, `evaluate` answers the query: sets of documents with scores (`matched`, `similarity`), segment by
//!    segment. `collect` keeps the best of them, in the order that `sort` makes.
//! 3. `aggregate` computes over all documents, `hits` and `fetch` show the few that are asked for, and `execute` puts the
//!    answer together.
//!
//! An index is one shard here. What one of several indices refuses is told beside the hits of the others; what all of
//! them refuse is an error.

mod aggregate;
mod analysis;
mod collect;
mod evaluate;
mod execute;
mod failure;
mod fetch;
mod hits;
mod matched;
mod serve;
mod shard;
mod similarity;
mod sort;
#[cfg(test)]
mod tests;
mod values;
mod wildcard;

pub(crate) use serve::{count, field_caps, msearch, search, validate};

/// The name of the only node, in answers.
const NODE: &str = "keyward";
/// What stands for the unique id of an index in answers of failures.
const UNKNOWN_UUID: &str = "_na_";
