//! The tables of named privileges, compiled in from `data/`.
//!
//! The tables are the contract: names, patterns, and the rank that a name has in the lists of a denial. Tests compute
//! the ranks anew from the patterns and compare.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::SelectorClass;

const CLUSTER: &str = include_str!("../../data/cluster-privileges.json");
const INDEX: &str = include_str!("../../data/index-privileges.json");

/// A row of the table of cluster privileges.
#[derive(Debug, Deserialize)]
pub(super) struct ClusterRow {
    #[serde(borrow)]
    pub(super) allow: Vec<&'static str>,
    #[serde(borrow)]
    pub(super) except: Vec<&'static str>,
    pub(super) rank: usize,
    #[serde(default)]
    pub(super) request_aware: bool,
    #[serde(default)]
    serverless_only: bool,
    since: Option<&'static str>,
}

/// A row of the table of index privileges.
#[derive(Debug, Deserialize)]
pub(super) struct IndexRow {
    #[serde(borrow)]
    pub(super) allow: Vec<&'static str>,
    selectors: &'static str,
    pub(super) rank: Option<usize>,
    pub(super) rank_failures: Option<usize>,
}

impl ClusterRow {
    /// Whether the built-in listing shows it: neither serverless privileges nor those of a version to come.
    pub(super) fn is_listed(&self) -> bool {
        !self.serverless_only && self.since != Some("9.6")
    }
}

impl IndexRow {
    pub(super) fn class(&self) -> SelectorClass {
        match self.selectors {
            "every" => SelectorClass::Every,
            "data+failures" => SelectorClass::DataAndFailures,
            "failures" => SelectorClass::Failures,
            _ => SelectorClass::Data,
        }
    }
}

pub(super) fn cluster() -> BTreeMap<&'static str, ClusterRow> {
    read(CLUSTER)
}

pub(super) fn index() -> BTreeMap<&'static str, IndexRow> {
    read(INDEX)
}

#[expect(clippy::expect_used, reason = "the text is part of the program and every test reads it")]
fn read<T: Deserialize<'static>>(text: &'static str) -> BTreeMap<&'static str, T> {
    serde_json::from_str(text).expect("the table of privileges is valid")
}
