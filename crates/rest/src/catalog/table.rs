//! Reading `data/routes.tsv` and `data/params.tsv`.

use std::collections::HashMap;
use std::fmt;

use crate::catalog::rule::Rule;
use crate::catalog::source::IndexSource;
use crate::catalog::{BodyKind, Confidence, Documents, Endpoint, Owner, Parameter, Scope, TargetKind};

const ROUTES: &str = include_str!("../../data/routes.tsv");
const PARAMETERS: &str = include_str!("../../data/params.tsv");

/// A row of the table that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogError {
    line: usize,
    what: String,
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the endpoint table: {}", self.line, self.what)
    }
}

impl std::error::Error for CatalogError {}

/// Every row, or the first one that is wrong.
pub(super) fn read() -> Result<Vec<Endpoint>, CatalogError> {
    let parameters = parameters()?;
    let mut endpoints = Vec::new();
    for (index, row) in ROUTES.lines().enumerate().skip(1) {
        let endpoint =
            endpoint(row, &parameters).map_err(|what| CatalogError { line: index.saturating_add(1), what })?;
        endpoints.push(endpoint);
    }
    Ok(endpoints)
}

fn parameters() -> Result<HashMap<&'static str, &'static [Parameter]>, CatalogError> {
    let mut by_api: HashMap<&'static str, Vec<Parameter>> = HashMap::new();
    for (index, row) in PARAMETERS.lines().enumerate().skip(1) {
        let mut columns = row.split('\t');
        let (Some(api), Some(name), Some(kind), None) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            return Err(CatalogError { line: index.saturating_add(1), what: "not three columns".to_owned() });
        };
        by_api.entry(api).or_default().push(Parameter { name, kind });
    }
    Ok(by_api.into_iter().map(|(api, list)| (api, &*Vec::leak(list))).collect())
}

fn endpoint(row: &'static str, parameters: &HashMap<&'static str, &'static [Parameter]>) -> Result<Endpoint, String> {
    let columns: Vec<&'static str> = row.split('\t').collect();
    let [method, path, api, owner, action, scope, source, target, documents, body, workflow, feature, confidence] =
        *columns
    else {
        return Err(format!("{} columns", columns.len()));
    };
    Ok(Endpoint {
        api,
        method: match method {
            "*" => None,
            "GET" | "POST" | "PUT" | "DELETE" | "HEAD" => Some(method.parse().map_err(|_| unknown(method))?),
            _ => return Err(unknown(method)),
        },
        path,
        owner: match owner {
            "keyward" => Owner::Keyward,
            "engine" => Owner::Engine,
            "unserved" => Owner::Unserved,
            _ => return Err(unknown(owner)),
        },
        actions: Rule::parse(action).map_err(|error| error.to_string())?,
        scope: match scope {
            "cluster" => Scope::Cluster,
            "index" => Scope::Index,
            "index-multi-item" => Scope::IndexMultiItem,
            "own" => Scope::Own,
            "none" => Scope::None,
            _ => return Err(unknown(scope)),
        },
        index_source: IndexSource::parse(source).map_err(|error| error.to_string())?,
        target_kind: match target {
            "index" => TargetKind::Index,
            "alias" => TargetKind::Alias,
            "data_stream" => TargetKind::DataStream,
            "any" => TargetKind::Any,
            "n/a" => TargetKind::NotApplicable,
            _ => return Err(unknown(target)),
        },
        documents: match documents {
            "supported" => Documents::Supported,
            "rewrite-body" => Documents::RewriteBody,
            "must-deny" => Documents::MustDeny,
            "n/a" => Documents::NotApplicable,
            _ => return Err(unknown(documents)),
        },
        body: match body {
            "none" => BodyKind::None,
            "optional" => BodyKind::Optional,
            "required" => BodyKind::Required,
            "source" => BodyKind::Source,
            "required-source" => BodyKind::RequiredSource,
            "ndjson" => BodyKind::Ndjson,
            "ndjson-source" => BodyKind::NdjsonSource,
            "text" => BodyKind::Text,
            "binary" => BodyKind::Binary,
            "any" => BodyKind::Any,
            _ => return Err(unknown(body)),
        },
        workflow: (workflow != "-").then_some(workflow),
        feature: (feature != "-").then_some(feature),
        confidence: match confidence {
            "verified" => Confidence::Verified,
            "derived" => Confidence::Derived,
            "unknown" => Confidence::Unknown,
            _ => return Err(unknown(confidence)),
        },
        placeholders: placeholders(path),
        parameters: parameters.get(api).copied().unwrap_or_default(),
    })
}

fn unknown(value: &str) -> String {
    format!("unknown value [{value}]")
}

fn placeholders(path: &'static str) -> Vec<&'static str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
}
