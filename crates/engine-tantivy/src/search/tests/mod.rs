//! Searches over small indices in memory.

mod against_reference;
mod aggregations;
mod any_request;

mod reference;
mod searches;

use std::sync::Arc;

use keyward_query::{SearchBody, parse_search_body};
use keyward_xcontent::{Limits, parse};
use serde_json::{Value as Json, json};
use tantivy::indexer::NoMergePolicy;

use super::execute::{Form, search};
use crate::document::{self, Stamp};
use crate::mapping::Mapping;
use crate::schema::{register_analyzers, schema};
use crate::snapshot::IndexSnapshot;

/// 2020-02-29T13:30:45.678Z
pub(super) const NOW: i64 = 1_582_983_045_678;

/// An index in memory with these documents, a segment for every few of them. Ids are numbers from zero on.
pub(super) fn index(name: &str, documents: &[Json], per_segment: usize) -> IndexSnapshot {
    let (tantivy_schema, fields) = schema();
    let mut index = tantivy::Index::create_in_ram(tantivy_schema);
    register_analyzers(&mut index);
    let mut writer = index.writer_with_num_threads(1, 15_000_000).unwrap();
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let mut mapping = Mapping::default();
    for (number, source) in documents.iter().enumerate() {
        let text = source.to_string();
        let value = parse(text.as_bytes(), Limits::default()).unwrap();
        let id = number.to_string();
        let mut parsed = document::parse(&mapping, &id, value.as_object().unwrap()).unwrap();
        if let Some(grown) = parsed.grown.take() {
            mapping = grown;
        }
        let stamp = Stamp { seq_no: number as u64, primary_term: 1, version: 1 };
        writer.add_document(parsed.into_tantivy(&fields, &id, text.as_bytes(), stamp)).unwrap();
        if (number + 1) % per_segment == 0 {
            writer.commit().unwrap();
        }
    }
    writer.commit().unwrap();
    let searcher = index.reader().unwrap().searcher();
    IndexSnapshot { name: name.into(), mapping: Arc::new(mapping), searcher, fields }
}

pub(super) fn body(body: &Json) -> SearchBody {
    let text = body.to_string();
    parse_search_body(&parse(text.as_bytes(), Limits::default()).unwrap())
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The answer to a search, without the time that it took.
pub(super) fn run(indices: &[IndexSnapshot], request: &Json) -> Json {
    match search(indices, &body(request), Form::default(), NOW) {
        Ok(answer) => {
            let mut answer = serde_json::to_value(answer).unwrap();
            answer.as_object_mut().unwrap().shift_remove("took");
            answer
        }
        Err(error) => error.to_json().unwrap(),
    }
}

/// The ids of the hits, in order.
pub(super) fn ids(indices: &[IndexSnapshot], request: &Json) -> Vec<String> {
    let answer = run(indices, request);
    let hits = answer["hits"]["hits"].as_array().unwrap_or_else(|| panic!("{request}: {answer}"));
    hits.iter().map(|hit| hit["_id"].as_str().unwrap().to_owned()).collect()
}

/// The ids of what a query finds, in order of writing.
pub(super) fn found(indices: &[IndexSnapshot], query: Json) -> Vec<String> {
    ids(indices, &json!({ "query": query, "sort": "_doc", "size": 1000 }))
}
