//! A search over several indices, from what is asked to the answer.

use std::time::Instant;

use keyward_query::SearchBody;
use keyward_query::body::TrackTotalHits;
use keyward_rest::error::ElasticError;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::aggregate::{self, Universe};
use super::collect::{self, Found, Hit};
use super::failure::{self, Failure};
use super::hits::{self, NamedQueries, ShownHit, View};
use super::shard::Shard;
use super::sort::{Lane, score_json};
use crate::snapshot::IndexSnapshot;

/// How many hits can be reached by counting them off.
const MAX_RESULT_WINDOW: usize = 10_000;

/// What is asked of the form of the answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Form {
    /// The total as a number.
    pub(super) total_as_int: bool,
    /// The types of aggregations before their names.
    pub(super) typed_keys: bool,
}

/// The answer to a search.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    took: u64,
    timed_out: bool,
    #[serde(rename = "_shards")]
    shards: Json,
    hits: ShownHits,
    #[serde(skip_serializing_if = "Option::is_none")]
    aggregations: Option<Json>,
}

#[derive(Debug, Serialize)]
struct ShownHits {
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Json>,
    max_score: Json,
    hits: Vec<ShownHit>,
}

/// Searches indices.
pub(super) fn search(
    snapshots: &[IndexSnapshot],
    body: &SearchBody,
    form: Form,
    now: i64,
) -> Result<Answer, ElasticError> {
    let begun = Instant::now();
    check(body)?;
    let mut failures: Vec<(String, Failure)> = Vec::new();
    let mut shards: Vec<Shard<'_>> = Vec::new();
    let mut lanes: Vec<Vec<Lane>> = Vec::new();
    let mut found: Vec<Found> = Vec::new();
    let wants_documents = !body.aggregations.is_empty();
    for snapshot in snapshots {
        let shard = Shard::new(snapshot, now);
        match search_one(&shard, shards.len(), body, wants_documents) {
            Ok((own_lanes, own)) => {
                lanes.push(own_lanes);
                found.push(own);
                shards.push(shard);
            }
            Err(failure) => failures.push((snapshot.name.to_string(), failure)),
        }
    }
    if !failures.is_empty() && shards.is_empty() {
        return Err(failure::all_failed(failures));
    }
    let aggregations = if wants_documents && !shards.is_empty() {
        let documents: Vec<_> = found.iter().flat_map(|found| found.documents.iter().copied()).collect();
        let universe = Universe::new(&shards, &documents, &body.aggregations);
        let places = documents.iter().map(|(place, _)| *place).collect();
        let computed = aggregate::compute(&universe, &body.aggregations, places);
        let computed = computed.map_err(|failure| all_failed(snapshots, failure))?;
        Some(aggregate::show(&body.aggregations, &computed, form.typed_keys))
    } else {
        None
    };
    let total: u64 = found.iter().map(|found| found.total).sum();
    let max_score = found.iter().filter_map(|found| found.max_score).reduce(f32::max);
    let hits: Vec<Hit> = found.into_iter().flat_map(|found| found.hits).collect();
    let shown = show_hits(&shards, &lanes, hits, body).map_err(|failure| all_failed(snapshots, failure))?;
    let scored = collect::scores_are_shown(body);
    Ok(Answer {
        took: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        timed_out: false,
        shards: shown_shards(snapshots.len(), failures)?,
        hits: ShownHits {
            total: shown_total(total, body.track_total_hits, form.total_as_int),
            max_score: match max_score {
                Some(score) if scored && (collect::by_score_alone(body) || body.track_scores) && body.size > 0 => {
                    score_json(score)
                }
                _ => Json::Null,
            },
            hits: shown,
        },
        aggregations,
    })
}

fn all_failed(snapshots: &[IndexSnapshot], failure: Failure) -> ElasticError {
    let name = snapshots.first().map(|snapshot| snapshot.name.to_string()).unwrap_or_default();
    failure::all_failed(vec![(name, failure)])
}

/// What can be refused before any index is looked at.
fn check(body: &SearchBody) -> Result<(), ElasticError> {
    if let Some(after) = &body.search_after {
        if body.from > 0 {
            return Err(ElasticError::validation(["`from` parameter must be set to 0 when `search_after` is used"]));
        }
        let sorts = body.sort.len();
        if sorts == 0 {
            return Err(ElasticError::illegal_argument("Sort must contain at least one field."));
        }
        if sorts != after.len() {
            return Err(ElasticError::illegal_argument(format!(
                "search_after has {} value(s) but sort has {sorts}.",
                after.len()
            )));
        }
    }
    Ok(())
}

fn search_one(
    shard: &Shard<'_>,
    number: usize,
    body: &SearchBody,
    wants_documents: bool,
) -> Result<(Vec<Lane>, Found), Failure> {
    let window = body.from.saturating_add(body.size);
    if window > MAX_RESULT_WINDOW {
        return Err(Failure::illegal(format!(
            "Result window is too large, from + size must be less than or equal to: [{MAX_RESULT_WINDOW}] but was \
             [{window}]. See the scroll api for a more efficient way to request large data sets. This limit can be \
             set by changing the [index.max_result_window] index level setting."
        )));
    }
    let lanes = collect::sorts(body).iter().map(|sort| Lane::new(shard, sort)).collect::<Result<Vec<_>, _>>()?;
    let found = collect::collect(shard, number, body, &lanes, wants_documents)?;
    Ok((lanes, found))
}

fn show_hits(
    shards: &[Shard<'_>],
    lanes: &[Vec<Lane>],
    mut hits: Vec<Hit>,
    body: &SearchBody,
) -> Result<Vec<ShownHit>, Failure> {
    let Some(first) = lanes.first() else { return Ok(Vec::new()) };
    collect::sort_hits(&mut hits, first);
    let view = View {
        source: &body.source,
        fields: &body.fields,
        docvalue_fields: &body.docvalue_fields,
        version: body.version,
        seq_no_primary_term: body.seq_no_primary_term,
        scores: collect::scores_are_shown(body),
        sort: !collect::by_score_alone(body),
        bare: body.no_stored_fields,
    };
    let queries: Vec<_> = body.query.iter().chain(&body.post_filter).collect();
    let named = shards.iter().map(|shard| NamedQueries::new(shard, &queries)).collect::<Result<Vec<_>, _>>()?;
    hits.iter()
        .skip(body.from)
        .take(body.size)
        .filter_map(|hit| {
            let number = hit.place.shard;
            let (shard, lanes, named) = (shards.get(number)?, lanes.get(number)?, named.get(number)?);
            Some(hits::show(shard, hit, lanes, &view, named))
        })
        .collect()
}

fn shown_total(total: u64, track: TrackTotalHits, as_int: bool) -> Option<Json> {
    match (track, as_int) {
        (TrackTotalHits::No, true) => Some((-1).into()),
        (TrackTotalHits::No, false) => None,
        (_, true) => Some(total.into()),
        (TrackTotalHits::UpTo(bound), false) if total > bound => Some(json!({ "value": bound, "relation": "gte" })),
        (_, false) => Some(json!({ "value": total, "relation": "eq" })),
    }
}

/// How many indices took part, and which of them failed.
pub(super) fn shown_shards(total: usize, failures: Vec<(String, Failure)>) -> Result<Json, ElasticError> {
    let failed = failures.len();
    let mut shards = json!({
        "total": total, "successful": total.saturating_sub(failed), "skipped": 0, "failed": failed,
    });
    let mut shown = Vec::new();
    for (index, failure) in failures {
        match failure {
            Failure::Engine(error) => return Err(ElasticError::internal(error)),
            Failure::Shard(cause) => shown.push(failure::shard_failure(&index, &failure::with_index(cause, &index))),
        }
    }
    if let (Json::Object(members), false) = (&mut shards, shown.is_empty()) {
        members.insert("failures".to_owned(), shown.into());
    }
    Ok(shards)
}

/// How many documents a query matches, and which indices failed. All of them failing is an error.
pub(super) fn count_hits(
    snapshots: &[IndexSnapshot],
    body: &SearchBody,
    now: i64,
) -> Result<(u64, Vec<(String, Failure)>), ElasticError> {
    let (mut total, mut failures) = (0, Vec::new());
    for snapshot in snapshots {
        let shard = Shard::new(snapshot, now);
        match collect::collect(&shard, 0, body, &[], false) {
            Ok(found) => total += found.total,
            Err(failure) => failures.push((snapshot.name.to_string(), failure)),
        }
    }
    if !failures.is_empty() && failures.len() == snapshots.len() {
        return Err(failure::all_failed(failures));
    }
    Ok((total, failures))
}
