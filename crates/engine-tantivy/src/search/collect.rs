//! From the documents that a query matches to the hits that are shown.

use std::collections::BinaryHeap;

use keyward_query::SearchBody;
use keyward_query::query::Query;
use keyward_query::sort::{Order, Sort, SortKey};
use tantivy::DocId;

use super::evaluate::Evaluator;
use super::failure::Failure;
use super::shard::Shard;
use super::sort::{Lane, SortValue};

/// A document among all indices that are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    /// The number of the index.
    pub(super) shard: usize,
    /// The number of its segment.
    pub(super) segment: usize,
    /// The document.
    pub(super) doc: DocId,
}

/// A document that may be shown.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) place: Place,
    pub(super) score: f32,
    /// What it was sorted by; nothing if by score alone.
    pub(super) sort: Vec<SortValue>,
    /// When it was written: of two that are equal the earlier one comes first.
    written: i128,
}

/// What was found in one index.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Every document that the query matches: what aggregations are computed over.
    pub(super) documents: Vec<(Place, f32)>,
    /// How many hits there are, after the post filter.
    pub(super) total: u64,
    /// The best of them.
    pub(super) hits: Vec<Hit>,
    /// The best score.
    pub(super) max_score: Option<f32>,
}

impl Hit {
    /// A document with what it is sorted by.
    pub(super) fn new(shard: &Shard<'_>, place: Place, score: f32, lanes: &[Lane]) -> Result<Self, Failure> {
        let written = shard.named_column("_seq_no".to_owned())?;
        let written = written.get(place.segment).and_then(|values| values.first_whole(place.doc));
        let values = lanes.iter().map(|lane| lane.value(place.segment, place.doc, score));
        Ok(Self { place, score, sort: values.collect::<Result<_, _>>()?, written: written.unwrap_or(0) })
    }
}

/// The order that a search asks for: by score if it says nothing.
pub(super) fn sorts(body: &SearchBody) -> Vec<Sort> {
    if body.sort.is_empty() { vec![Sort::by("_score")] } else { body.sort.clone() }
}

/// Whether the order is by score alone: then hits have scores and no sort values.
pub(super) fn by_score_alone(body: &SearchBody) -> bool {
    match body.sort.as_slice() {
        [] => true,
        [one] => one.key == SortKey::Score && one.order == Order::Descending && body.search_after.is_none(),
        _ => false,
    }
}

/// Whether scores are shown.
pub(super) fn scores_are_shown(body: &SearchBody) -> bool {
    body.track_scores || sorts(body).iter().any(|sort| sort.key == SortKey::Score)
}

/// A candidate within a segment, the one that is thrown away first the greatest.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    keys: Vec<i128>,
    written: i128,
    doc: DocId,
    score_bits: u32,
}

/// Searches one index.
pub(super) fn collect(
    shard: &Shard<'_>,
    number: usize,
    body: &SearchBody,
    lanes: &[Lane],
    wants_documents: bool,
) -> Result<Found, Failure> {
    let evaluator = Evaluator::new(shard);
    let scored =
        lanes.iter().any(Lane::needs_scores) || body.track_scores || body.min_score.is_some() || wants_documents;
    let everything = Query::match_all();
    let matched = evaluator.query(body.query.as_ref().unwrap_or(&everything), 1.0, scored)?;
    let post_filter = body.post_filter.as_ref().map(|query| evaluator.query(query, 1.0, false)).transpose()?;
    let written = shard.named_column("_seq_no".to_owned())?;
    let wanted = body.from.saturating_add(body.size);
    let mut found = Found::default();
    for (segment, matched) in matched.into_iter().enumerate() {
        let Some(reader) = shard.segments().get(segment) else { continue };
        let max_doc = reader.max_doc();
        let is_hit = |score: f32| body.min_score.is_none_or(|least| score >= least);
        let alive = |doc: DocId| !reader.is_deleted(doc);
        if wants_documents {
            let documents = matched.pairs(max_doc).into_iter().filter(|(doc, score)| alive(*doc) && is_hit(*score));
            found.documents.extend(documents.map(|(doc, score)| (Place { shard: number, segment, doc }, score)));
        }
        let shown = match post_filter.as_ref().and_then(|filter| filter.get(segment)) {
            Some(filter) => matched.filter(filter),
            None => matched,
        };
        let after = match &body.search_after {
            None => None,
            Some(after) => Some(after_keys(shard, segment, body, lanes, after)?),
        };
        let mut best: BinaryHeap<Candidate> = BinaryHeap::new();
        for (doc, score) in shown.pairs(max_doc) {
            if !alive(doc) || !is_hit(score) {
                continue;
            }
            found.total += 1;
            found.max_score = Some(found.max_score.map_or(score, |best| best.max(score)));
            if wanted == 0 {
                continue;
            }
            let keys: Vec<i128> = lanes.iter().map(|lane| lane.key(segment, doc, score)).collect();
            if after.as_ref().is_some_and(|after| keys <= *after) {
                continue;
            }
            let written = written.get(segment).and_then(|values| values.first_whole(doc)).unwrap_or(0);
            let candidate = Candidate { keys, written, doc, score_bits: score.to_bits() };
            if best.len() < wanted {
                best.push(candidate);
            } else if best.peek().is_some_and(|worst| candidate < *worst) {
                best.pop();
                best.push(candidate);
            }
        }
        for candidate in best {
            let score = f32::from_bits(candidate.score_bits);
            let values = lanes.iter().map(|lane| lane.value(segment, candidate.doc, score));
            found.hits.push(Hit {
                place: Place { shard: number, segment, doc: candidate.doc },
                score,
                sort: values.collect::<Result<_, _>>()?,
                written: candidate.written,
            });
        }
    }
    sort_hits(&mut found.hits, lanes);
    found.hits.truncate(wanted);
    Ok(found)
}

fn after_keys(
    shard: &Shard<'_>,
    segment: usize,
    body: &SearchBody,
    lanes: &[Lane],
    after: &[Option<keyward_query::Scalar>],
) -> Result<Vec<i128>, Failure> {
    let names = sorts(body).into_iter().map(|sort| match sort.key {
        SortKey::Score => "_score".to_owned(),
        SortKey::Doc => "_doc".to_owned(),
        SortKey::Field(name) => name,
    });
    lanes
        .iter()
        .zip(after)
        .zip(names)
        .map(|((lane, value), name)| lane.after_key(shard, segment, value.as_ref(), &name))
        .collect()
}

/// Puts hits in order: by what was asked for, then by index, then by when they were written.
pub(super) fn sort_hits(hits: &mut [Hit], lanes: &[Lane]) {
    hits.sort_by(|left, right| {
        let pairs = left.sort.iter().zip(&right.sort);
        lanes
            .iter()
            .zip(pairs)
            .map(|(lane, (left, right))| lane.compare(left, right))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
            .then_with(|| left.place.shard.cmp(&right.place.shard))
            .then_with(|| left.written.cmp(&right.written))
    });
}
