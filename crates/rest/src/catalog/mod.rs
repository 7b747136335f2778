//! The endpoint table: one row for each method and path template, read once from `data/routes.tsv`.
//!
//! The table is data, not code: what an endpoint is called, which actions it needs, where the names of indices stand,
//! who serves it. Handlers bind to it by `api`. A row that cannot be read is a defect of the build, which a test finds;
//! at run time such a table serves nothing at all.

pub mod rule;
pub mod source;
mod table;
pub(crate) mod trie;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::catalog::rule::Rule;
use crate::catalog::source::IndexSource;
use crate::catalog::trie::Trie;

pub use table::CatalogError;

/// Who answers calls of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// This program's own code (`api`, health, metrics).
    Keyward,
    /// The engine behind the gateway.
    Engine,
    /// Known, authorised, and then refused with 501.
    Unserved,
}

/// What decides about an endpoint's actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Cluster privileges alone.
    Cluster,
    /// All names come from one place; one decision covers them.
    Index,
    /// The body has items, or several roles of names.
    IndexMultiItem,
    /// Tied to the caller: an own key, scroll, asynchronous result.
    Own,
    /// Nothing to check.
    None,
}

/// What a name of an endpoint may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// A concrete index.
    Index,
    /// An alias.
    Alias,
    /// A data stream.
    DataStream,
    /// Any of them.
    Any,
    /// The endpoint names none.
    NotApplicable,
}

/// How document and field level security bear on an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Documents {
    /// Works unchanged, or by filtering the answer.
    Supported,
    /// Can be enforced by changing the request.
    RewriteBody,
    /// To be refused when any target is restricted.
    MustDeny,
    /// No documents are returned.
    NotApplicable,
}

/// What kind of body an endpoint takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// None; a body is refused.
    None,
    /// One document, or none.
    Optional,
    /// One document.
    Required,
    /// One document, in the body or in the parameter `source`, or none.
    Source,
    /// One document, in the body or in the parameter `source`.
    RequiredSource,
    /// Lines of JSON.
    Ndjson,
    /// Lines of JSON, in the body or in the parameter `source`.
    NdjsonSource,
    /// Text lines of any kind.
    Text,
    /// A binary format that is not looked into.
    Binary,
    /// Whatever it is, it is never looked at: the endpoint is not served.
    Any,
}

/// How far the facts of a row are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// Seen.
    Verified,
    /// Inferred.
    Derived,
    /// Not known: for superusers only.
    Unknown,
}

/// A query parameter that an endpoint knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its type in the words of the API's definition (`boolean`, `Duration`, `string[]`, …).
    pub kind: &'static str,
}

/// One row of the catalogue.
#[derive(Debug)]
pub struct Endpoint {
    /// The name of the API; several rows share it.
    pub api: &'static str,
    /// The method; nothing means any.
    pub method: Option<http::Method>,
    /// The path template as written.
    pub path: &'static str,
    /// Who answers.
    pub owner: Owner,
    /// The actions to be granted.
    pub actions: Rule,
    /// What decides.
    pub scope: Scope,
    /// Where names of indices stand.
    pub index_source: IndexSource,
    /// What those names may be.
    pub target_kind: TargetKind,
    /// Document and field level security.
    pub documents: Documents,
    /// The body.
    pub body: BodyKind,
    /// The workflow that calls of this endpoint belong to.
    pub workflow: Option<&'static str>,
    /// The licensed feature that gates the endpoint before its body is read.
    pub feature: Option<&'static str>,
    /// How far the row is known.
    pub confidence: Confidence,
    /// The names in the path template, in order.
    pub placeholders: Vec<&'static str>,
    /// The query parameters that the endpoint reads, beside those that all read.
    pub parameters: &'static [Parameter],
}

impl Endpoint {
    /// Whether the answer is made for people: text unless JSON is asked for, with the parameters of the cat family.
    pub fn is_cat(&self) -> bool {
        self.api.starts_with("cat.")
    }

    /// Whether the answer is pretty unless asked otherwise.
    pub fn is_pretty_by_default(&self) -> bool {
        matches!(self.api, "info" | "license.get")
    }

    /// Whether the endpoint reads a query parameter of this name.
    pub fn reads(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|known| known.name == parameter)
    }
}

/// The table with its lookup structures.
#[derive(Debug)]
pub struct Catalog {
    endpoints: &'static [Endpoint],
    by_api: HashMap<&'static str, Vec<&'static Endpoint>>,
    trie: Trie,
}

impl Catalog {
    fn of(endpoints: Vec<Endpoint>) -> Self {
        let endpoints: &'static [Endpoint] = Vec::leak(endpoints);
        let mut by_api: HashMap<&'static str, Vec<&'static Endpoint>> = HashMap::new();
        let mut trie = Trie::default();
        for endpoint in endpoints {
            by_api.entry(endpoint.api).or_default().push(endpoint);
            trie.insert(endpoint);
        }
        Self { endpoints, by_api, trie }
    }

    /// Every row, in the order of the file.
    pub fn endpoints(&self) -> &'static [Endpoint] {
        self.endpoints
    }

    /// The rows of one API.
    pub fn api(&self, api: &str) -> &[&'static Endpoint] {
        self.by_api.get(api).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn trie(&self) -> &Trie {
        &self.trie
    }
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::of(table::read().unwrap_or_default()));

/// The catalogue of this program.
pub fn catalog() -> &'static Catalog {
    &CATALOG
}

/// Reads the table again and tells what is wrong with it, for the check at start.
pub fn verify() -> Result<(), CatalogError> {
    table::read().map(|_| ())
}
