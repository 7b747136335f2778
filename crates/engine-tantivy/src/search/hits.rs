//! Hits as they are shown.

use keyward_query::body::{FetchField, SourceFilter};
use keyward_query::query::Query;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json};
use tantivy::schema::Value as _;
use tantivy::{DocAddress, TantivyDocument};

use super::collect::{Hit, Place};
use super::evaluate::Evaluator;
use super::failure::Failure;
use super::fetch;
use super::matched::{Docs, Matched};
use super::shard::Shard;
use super::sort::{Lane, score_json};

/// A hit as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct ShownHit {
    #[serde(rename = "_index")]
    index: String,
    #[serde(rename = "_id", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(rename = "_version", skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(rename = "_seq_no", skip_serializing_if = "Option::is_none")]
    seq_no: Option<u64>,
    #[serde(rename = "_primary_term", skip_serializing_if = "Option::is_none")]
    primary_term: Option<u64>,
    #[serde(rename = "_score")]
    score: Json,
    #[serde(rename = "_source", skip_serializing_if = "Option::is_none")]
    source: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    fields: Map<String, Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sort: Vec<Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matched_queries: Vec<String>,
}

/// What is shown of hits.
#[derive(Debug)]
pub(super) struct View<'v> {
    pub(super) source: &'v SourceFilter,
    pub(super) fields: &'v [FetchField],
    pub(super) docvalue_fields: &'v [FetchField],
    pub(super) version: bool,
    pub(super) seq_no_primary_term: bool,
    /// Whether hits have scores.
    pub(super) scores: bool,
    /// Whether hits have sort values.
    pub(super) sort: bool,
    /// `stored_fields: _none_`
    pub(super) bare: bool,
}

/// The queries with names of a request, and what each matches in an index.
pub(super) struct NamedQueries {
    matched: Vec<(String, Vec<Matched>)>,
}

impl NamedQueries {
    pub(super) fn new(shard: &Shard<'_>, queries: &[&Query]) -> Result<Self, Failure> {
        let mut named = Vec::new();
        for query in queries {
            query.try_visit(&mut |query| {
                if let Some(name) = &query.name {
                    named.push((name.clone(), Evaluator::new(shard).query(query, 1.0, false)?));
                }
                Ok::<_, Failure>(())
            })?;
        }
        Ok(Self { matched: named })
    }

    /// No query has a name.
    pub(super) fn none() -> Self {
        Self { matched: Vec::new() }
    }

    fn of(&self, place: Place) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (name, matched) in &self.matched {
            let matches = match matched.get(place.segment).map(|matched| &matched.docs) {
                Some(Docs::All) => true,
                Some(Docs::These(docs)) => docs.binary_search(&place.doc).is_ok(),
                None => false,
            };
            if matches && !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }
}

/// The document of a hit: its id and its source.
pub(super) fn document(shard: &Shard<'_>, place: Place) -> Result<(String, Vec<u8>), Failure> {
    let segment = u32::try_from(place.segment).unwrap_or(u32::MAX);
    let document: TantivyDocument = shard.snapshot.searcher.doc(DocAddress::new(segment, place.doc))?;
    let id = document.get_first(shard.snapshot.fields.id).and_then(|value| value.as_str()).unwrap_or_default();
    let source = document.get_first(shard.snapshot.fields.source).and_then(|value| value.as_bytes());
    Ok((id.to_owned(), source.unwrap_or_default().to_vec()))
}

/// A number that the engine gave to a document.
pub(super) fn number(shard: &Shard<'_>, name: &str, place: Place) -> Result<u64, Failure> {
    let columns = shard.named_column(name.to_owned())?;
    let value = columns.get(place.segment).and_then(|values| values.first_whole(place.doc));
    Ok(value.and_then(|value| u64::try_from(value).ok()).unwrap_or_default())
}

/// A hit as it is shown.
pub(super) fn show(
    shard: &Shard<'_>,
    hit: &Hit,
    lanes: &[Lane],
    view: &View<'_>,
    named: &NamedQueries,
) -> Result<ShownHit, Failure> {
    let place = hit.place;
    let (id, source) = document(shard, place)?;
    let mut fields = Map::new();
    if !view.fields.is_empty() {
        fields = fetch::fields(shard, view.fields, &source)?;
    }
    for (name, values) in fetch::docvalue_fields(shard, view.docvalue_fields, place)? {
        fields.insert(name, values);
    }
    let version = if view.version { Some(number(shard, "_version", place)?) } else { None };
    let (seq_no, primary_term) = if view.seq_no_primary_term {
        (Some(number(shard, "_seq_no", place)?), Some(number(shard, "_primary_term", place)?))
    } else {
        (None, None)
    };
    Ok(ShownHit {
        index: shard.snapshot.name.to_string(),
        id: (!view.bare).then_some(id),
        version,
        seq_no,
        primary_term,
        score: if view.scores { score_json(hit.score) } else { Json::Null },
        source: if view.bare { None } else { filtered(view.source, source) },
        fields,
        sort: if view.sort {
            lanes.iter().zip(&hit.sort).map(|(lane, value)| lane.show(value)).collect()
        } else {
            Vec::new()
        },
        matched_queries: named.of(place),
    })
}

/// The parts of a source that are shown. All of it is shown as it was given, to the letter.
fn filtered(filter: &SourceFilter, source: Vec<u8>) -> Option<Box<RawValue>> {
    if !filter.enabled {
        return None;
    }
    let text = if filter.is_everything() {
        String::from_utf8(source).ok()?
    } else {
        let document: Map<String, Json> = serde_json::from_slice(&source).ok()?;
        serde_json::to_string(&filter.apply(&document)).ok()?
    };
    RawValue::from_string(text).ok()
}
