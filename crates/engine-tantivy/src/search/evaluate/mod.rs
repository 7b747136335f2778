//! Queries against an index: from a tree to sets of documents.

mod exact;
mod expand;
mod number;
mod phrase;
mod text;

use keyward_query::query::{BoolQuery, Query, QueryKind};

pub(super) use exact::show_address;
pub(super) use number::millis;

use super::failure::Failure;
use super::matched::Matched;
use super::shard::Shard;

/// What a query matches, segment by segment.
pub(super) type Answer = Result<Vec<Matched>, Failure>;

/// Answers queries on one index.
pub(super) struct Evaluator<'e, 's> {
    pub(super) shard: &'e Shard<'s>,
}

impl<'e, 's> Evaluator<'e, 's> {
    pub(super) fn new(shard: &'e Shard<'s>) -> Self {
        Self { shard }
    }

    /// What a query matches. Scores are multiplied with `boost`; without `scored` they mean nothing.
    pub(super) fn query(&self, query: &Query, boost: f32, scored: bool) -> Answer {
        let boost = boost * query.boost;
        match &query.kind {
            QueryKind::MatchAll => Ok(self.all(boost)),
            QueryKind::MatchNone => Ok(self.none()),
            QueryKind::Match(query) => self.match_query(query, boost),
            QueryKind::MatchBoolPrefix(query) => self.match_bool_prefix(query, boost),
            QueryKind::MatchPhrase(query) => self.match_phrase(query, boost),
            QueryKind::MatchPhrasePrefix(query) => self.match_phrase_prefix(query, boost),
            QueryKind::MultiMatch(query) => self.query(&query.lower(self.shard), boost, scored),
            QueryKind::QueryString(query) => self.query(&query.lower(self.shard), boost, scored),
            QueryKind::SimpleQueryString(query) => self.query(&query.lower_simple(self.shard), boost, scored),
            QueryKind::Term(query) => self.term_query(query, boost),
            QueryKind::Terms(query) => self.terms_query(query, boost),
            QueryKind::Range(query) => self.range_query(query, boost),
            QueryKind::Exists { field } => self.exists(field, boost),
            QueryKind::Prefix(query) => self.prefix(query, boost),
            QueryKind::Wildcard(query) => self.wildcard(query, boost),
            QueryKind::Regexp(query) => self.regexp(query, boost),
            QueryKind::Fuzzy(query) => self.fuzzy(query, boost),
            QueryKind::Ids(ids) => self.ids(ids, boost),
            QueryKind::Bool(query) => self.bool_query(query, boost, scored),
            QueryKind::ConstantScore(query) => {
                let matched = self.query(query, 1.0, false)?;
                Ok(matched.into_iter().map(|matched| matched.with_score(boost)).collect())
            }
            QueryKind::DisMax(query) => {
                let parts = self.each(&query.queries, boost, scored)?;
                Ok(self.zip(parts, |parts, max_doc| Matched::best(parts, query.tie_breaker, max_doc)))
            }
            QueryKind::Boosting(query) => {
                let positive = self.query(&query.positive, boost, scored)?;
                let negative = self.query(&query.negative, 1.0, false)?;
                let segments = positive.into_iter().zip(negative).enumerate();
                Ok(segments
                    .map(|(segment, (positive, negative))| {
                        let max_doc = self.shard.max_doc(segment);
                        let worse = positive.clone().filter(&negative).pairs(max_doc).into_iter();
                        let worse = worse.map(|(doc, score)| (doc, score * query.negative_boost)).collect();
                        let rest = positive.without(&negative, max_doc);
                        Matched::or(vec![rest, Matched::scored(worse)], 1, max_doc)
                    })
                    .collect())
            }
        }
    }

    /// Every document.
    pub(super) fn all(&self, score: f32) -> Vec<Matched> {
        self.shard.segments().iter().map(|_| Matched::all(score)).collect()
    }

    /// No document.
    pub(super) fn none(&self) -> Vec<Matched> {
        self.shard.segments().iter().map(|_| Matched::none()).collect()
    }

    fn each(&self, queries: &[Query], boost: f32, scored: bool) -> Result<Vec<Vec<Matched>>, Failure> {
        queries.iter().map(|query| self.query(query, boost, scored)).collect()
    }

    /// The parts of each segment as one.
    fn zip(&self, parts: Vec<Vec<Matched>>, combine: impl Fn(Vec<Matched>, u32) -> Matched) -> Vec<Matched> {
        let mut parts: Vec<_> = parts.into_iter().map(Vec::into_iter).collect();
        let segments = 0..self.shard.segments().len();
        segments
            .map(|segment| {
                let in_segment = parts.iter_mut().filter_map(Iterator::next).collect();
                combine(in_segment, self.shard.max_doc(segment))
            })
            .collect()
    }

    fn bool_query(&self, query: &BoolQuery, boost: f32, scored: bool) -> Answer {
        if [&query.must, &query.filter, &query.should, &query.must_not].iter().all(|clauses| clauses.is_empty()) {
            return Ok(self.all(boost));
        }
        let needed = !query.must.is_empty() || !query.filter.is_empty();
        let minimum = match &query.minimum_should_match {
            Some(minimum) => minimum.of(query.should.len()),
            None => usize::from(!needed),
        };
        if minimum > query.should.len() && !(query.should.is_empty() && query.minimum_should_match.is_none()) {
            // More are needed than there are. Without any `should` the number says nothing.
            if !query.should.is_empty() {
                return Ok(self.none());
            }
        }
        let must = self.each(&query.must, boost, scored)?;
        let filter = self.each(&query.filter, 1.0, false)?;
        let should = self.each(&query.should, boost, scored)?;
        let must_not = self.each(&query.must_not, 1.0, false)?;
        // With nothing but what must not be, everything else is meant, and none of it is good.
        let mut result = self.zip(must, Matched::and);
        if !query.should.is_empty() {
            let optional = self.zip(should, |parts, max_doc| Matched::or(parts, minimum.max(1), max_doc));
            let required = needed || minimum == 0;
            let both = result.into_iter().zip(optional).enumerate();
            result = both
                .map(|(segment, (result, optional))| {
                    let max_doc = self.shard.max_doc(segment);
                    if minimum > 0 && !required {
                        optional
                    } else if minimum > 0 {
                        Matched::and(vec![result, optional], max_doc)
                    } else {
                        // They only make documents better.
                        let better = Matched::and(vec![result.clone(), optional.clone()], max_doc);
                        let others = result.without(&optional, max_doc);
                        Matched::or(vec![better, others], 1, max_doc)
                    }
                })
                .collect();
        }
        for filter in filter {
            result = result.into_iter().zip(filter).map(|(result, filter)| result.filter(&filter)).collect();
        }
        for excluded in must_not {
            let both = result.into_iter().zip(excluded).enumerate();
            result = both
                .map(|(segment, (result, excluded))| result.without(&excluded, self.shard.max_doc(segment)))
                .collect();
        }
        Ok(result)
    }
}
