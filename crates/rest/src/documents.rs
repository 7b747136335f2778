//! The documents that a `_mget` or `_mtermvectors` body asks for.

use std::ops::Range;

use keyward_security::time::Timestamp;
use keyward_xcontent::{Object, Value};

use crate::bulk::text;
use crate::error::ElasticError;
use crate::targets::exact_name;

/// One document asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentItem {
    /// The index, alias or data stream: one exact name, date math evaluated.
    pub index: String,
    /// The document's id; an artificial document of term vectors has none.
    pub id: Option<String>,
    /// `routing`
    pub routing: Option<String>,
    /// The bytes of the element in the body; nothing where only an id was given.
    pub element: Option<Range<usize>>,
}

/// Which of the two requests a body belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocumentsOf {
    Get,
    TermVectors,
    /// Documents to try an ingest with.
    Simulation,
}

const GET_KEYS: &[&str] = &[
    "_index",
    "_id",
    "routing",
    "version",
    "_version",
    "version_type",
    "_version_type",
    "_source",
    "stored_fields",
    "_stored_fields",
    "fields",
];

const VECTOR_KEYS: &[&str] = &[
    "_index",
    "_id",
    "doc",
    "routing",
    "fields",
    "offsets",
    "positions",
    "payloads",
    "term_statistics",
    "field_statistics",
    "filter",
    "per_field_analyzer",
    "version",
    "version_type",
];

const SIMULATION_KEYS: &[&str] = &["_index", "_id", "_source", "routing", "_routing"];

/// Reads the documents of a body; `default` is the index of the path.
///
/// # Errors
///
/// 400 for a body of another form, an unknown key, or a document without an index.
pub(crate) fn scan(
    kind: DocumentsOf,
    body: &Value<'_>,
    default: Option<&str>,
    action: &str,
    now: Timestamp,
) -> Result<Vec<DocumentItem>, ElasticError> {
    let scanner = Scanner { kind, default, action, now };
    let object = body
        .as_object()
        .ok_or_else(|| ElasticError::parse(format!("unexpected token [{}], expected [START_OBJECT]", body.token())))?;
    let (mut items, mut problems) = (Vec::new(), Vec::new());
    for field in object {
        let elements = || {
            let wrong =
                || format!("unknown key [{}] for a {}, expected [docs] or [ids]", field.name, field.value.token());
            field.value.as_array().ok_or_else(|| ElasticError::parse(wrong()))
        };
        match (&*field.name, kind) {
            ("docs", _) => {
                for element in elements()? {
                    items.push(scanner.element(element, items.len(), &mut problems)?);
                }
            }
            ("ids", _) => {
                for element in elements()? {
                    items.push(scanner.id(element, items.len(), &mut problems)?);
                }
            }
            ("parameters", DocumentsOf::TermVectors) if field.value.as_object().is_some() => {}
            (_, DocumentsOf::Simulation) => {}
            (other, _) => {
                let text = format!("unknown key [{other}] for a {}, expected [docs] or [ids]", field.value.token());
                return Err(ElasticError::parse(text));
            }
        }
    }
    if object.get("docs").is_some() && object.get("ids").is_some() {
        return Err(ElasticError::parse("[docs] and [ids] cannot be given together"));
    }
    if items.is_empty() {
        let text = match kind {
            DocumentsOf::Get => "no documents to get",
            DocumentsOf::TermVectors => "multi term vectors: no documents requested",
            DocumentsOf::Simulation => "[docs] is missing",
        };
        problems.push(text.to_owned());
    }
    if problems.is_empty() { Ok(items) } else { Err(ElasticError::validation(problems)) }
}

struct Scanner<'s> {
    kind: DocumentsOf,
    default: Option<&'s str>,
    action: &'s str,
    now: Timestamp,
}

impl Scanner<'_> {
    fn id(&self, element: &Value<'_>, at: usize, problems: &mut Vec<String>) -> Result<DocumentItem, ElasticError> {
        let id = text(element).ok_or_else(|| ElasticError::parse("ids array element should only contain ids"))?;
        let index = self.index(None, at, problems)?;
        Ok(DocumentItem { index, id: Some(id), routing: None, element: None })
    }

    fn element(
        &self,
        element: &Value<'_>,
        at: usize,
        problems: &mut Vec<String>,
    ) -> Result<DocumentItem, ElasticError> {
        let object =
            element.as_object().ok_or_else(|| ElasticError::parse("docs array element should include an object"))?;
        let (known, request) = match self.kind {
            DocumentsOf::Get => (GET_KEYS, "multi get"),
            DocumentsOf::TermVectors => (VECTOR_KEYS, "multi term vectors"),
            DocumentsOf::Simulation => (SIMULATION_KEYS, "simulate"),
        };
        if let Some(unknown) = object.iter().find(|field| !known.contains(&&*field.name)) {
            let text = format!("failed to parse {request} request. unknown field [{}]", unknown.name);
            return Err(ElasticError::parse(text));
        }
        let id = simple(object, "_id")?;
        if id.is_none() && object.get("doc").is_none() && self.kind != DocumentsOf::Simulation {
            problems.push(format!("id is missing for doc {at}"));
        }
        let given = match object.get("_index") {
            None => None,
            Some(value) => Some(value.as_str().ok_or_else(|| {
                ElasticError::parse(format!("[_index] has to be a string, but found [{}]", value.token()))
            })?),
        };
        let index = self.index(given, at, problems)?;
        Ok(DocumentItem { index, id, routing: simple(object, "routing")?, element: Some(element.span.clone()) })
    }

    fn index(&self, given: Option<&str>, at: usize, problems: &mut Vec<String>) -> Result<String, ElasticError> {
        match given.or(self.default).filter(|name| !name.is_empty()) {
            Some(name) => exact_name(name, self.action, self.now),
            None => {
                problems.push(format!("index is missing for doc {at}"));
                Ok(String::new())
            }
        }
    }
}

fn simple(object: &Object<'_>, name: &str) -> Result<Option<String>, ElasticError> {
    match object.get(name) {
        None => Ok(None),
        Some(value) if value.is_null() => Ok(None),
        Some(value) => text(value).map(Some).ok_or_else(|| {
            ElasticError::parse(format!("[{name}] has to be a simple value, but found [{}]", value.token()))
        }),
    }
}

#[cfg(test)]
mod tests;
