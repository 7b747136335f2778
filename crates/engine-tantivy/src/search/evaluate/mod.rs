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
use super::matched::{Combine, Intersection, Matched, Union};
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
                let parts = query.queries.iter().map(|query| self.query(query, boost, scored));
                self.any_of(parts, 1, Combine::Best(query.tie_breaker))
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
                        let mut both = Union::default();
                        both.add(positive.without(&negative, max_doc), max_doc);
                        both.add(Matched::scored(worse), max_doc);
                        both.finish(1, Combine::Sum, max_doc)
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

    /// The documents that are in at least `minimum` of the answers, which are asked for one after the other.
    pub(super) fn any_of(&self, answers: impl IntoIterator<Item = Answer>, minimum: usize, combine: Combine) -> Answer {
        let mut unions: Vec<Union> = self.shard.segments().iter().map(|_| Union::default()).collect();
        for answer in answers {
            for ((segment, union), part) in unions.iter_mut().enumerate().zip(answer?) {
                union.add(part, self.shard.max_doc(segment));
            }
        }
        let each = unions.into_iter().enumerate();
        Ok(each.map(|(segment, union)| union.finish(minimum, combine, self.shard.max_doc(segment))).collect())
    }

    /// The documents that are in all of the answers, which are asked for one after the other.
    pub(super) fn all_of(&self, answers: impl IntoIterator<Item = Answer>) -> Answer {
        let mut parts: Vec<Intersection> = self.shard.segments().iter().map(|_| Intersection::default()).collect();
        for answer in answers {
            for ((segment, intersection), part) in parts.iter_mut().enumerate().zip(answer?) {
                intersection.add(part, self.shard.max_doc(segment));
            }
        }
        Ok(parts.into_iter().map(Intersection::finish).collect())
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
        // Without any `should` the number says nothing.
        if minimum > query.should.len() && !query.should.is_empty() {
            return Ok(self.none());
        }
        // With nothing but what must not be, everything else is meant, and none of it is good.
        let mut result = self.all_of(query.must.iter().map(|query| self.query(query, boost, scored)))?;
        for filter in &query.filter {
            let filter = self.query(filter, 1.0, false)?;
            result = result.into_iter().zip(filter).map(|(result, filter)| result.filter(&filter)).collect();
        }
        for excluded in &query.must_not {
            let excluded = self.query(excluded, 1.0, false)?;
            let both = result.into_iter().zip(excluded).enumerate();
            result = both
                .map(|(segment, (result, excluded))| result.without(&excluded, self.shard.max_doc(segment)))
                .collect();
        }
        if !query.should.is_empty() {
            let should = query.should.iter().map(|query| self.query(query, boost, scored));
            let optional = self.any_of(should, minimum.max(1), Combine::Sum)?;
            let both = result.into_iter().zip(optional).enumerate();
            result = both
                .map(|(segment, (result, optional))| {
                    let max_doc = self.shard.max_doc(segment);
                    let both = Matched::and(vec![result.clone(), optional.clone()], max_doc);
                    if minimum > 0 {
                        return both;
                    }
                    // They only make documents better.
                    let mut all = Union::default();
                    all.add(both, max_doc);
                    all.add(result.without(&optional, max_doc), max_doc);
                    all.finish(1, Combine::Sum, max_doc)
                })
                .collect();
        }
        Ok(result)
    }
}
