//! Sets of documents with scores, in one segment, and what can be done with them.
//!
//! A query is answered set by set: each part of it gives all its documents at once, in order. That is exact, needs no
//! state between documents, and costs no more than reading the postings, which counting the hits needs anyway.

use tantivy::DocId;

use super::values::single;

/// Documents of a segment and how good they are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matched {
    pub(super) docs: Docs,
    pub(super) scores: Scores,
}

/// Documents of a segment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Docs {
    /// Every one.
    All,
    /// These, ascending.
    These(Vec<DocId>),
}

/// How good documents are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scores {
    /// All the same.
    Same(f32),
    /// Each its own, in the order of the documents, which are then listed.
    Each(Vec<f32>),
}

impl Matched {
    /// No document.
    pub(super) fn none() -> Self {
        Self { docs: Docs::These(Vec::new()), scores: Scores::Same(0.0) }
    }

    /// Every document, equally good.
    pub(super) fn all(score: f32) -> Self {
        Self { docs: Docs::All, scores: Scores::Same(score) }
    }

    /// These documents, equally good.
    pub(super) fn these(docs: Vec<DocId>, score: f32) -> Self {
        Self { docs: Docs::These(docs), scores: Scores::Same(score) }
    }

    /// These documents with their scores.
    pub(super) fn scored(pairs: Vec<(DocId, f32)>) -> Self {
        let (docs, scores) = pairs.into_iter().unzip();
        Self { docs: Docs::These(docs), scores: Scores::Each(scores) }
    }

    /// The documents with their scores.
    pub(super) fn pairs(&self, max_doc: DocId) -> Vec<(DocId, f32)> {
        match (&self.docs, &self.scores) {
            (Docs::All, Scores::Same(score)) => (0..max_doc).map(|doc| (doc, *score)).collect(),
            (Docs::All, Scores::Each(scores)) => (0..max_doc).zip(scores.iter().copied()).collect(),
            (Docs::These(docs), Scores::Same(score)) => docs.iter().map(|doc| (*doc, *score)).collect(),
            (Docs::These(docs), Scores::Each(scores)) => docs.iter().copied().zip(scores.iter().copied()).collect(),
        }
    }

    /// How many documents there are at most.
    fn len(&self, max_doc: DocId) -> usize {
        match &self.docs {
            Docs::All => usize::try_from(max_doc).unwrap_or(usize::MAX),
            Docs::These(docs) => docs.len(),
        }
    }

    /// The same documents, all equally good.
    pub(super) fn with_score(self, score: f32) -> Self {
        Self { docs: self.docs, scores: Scores::Same(score) }
    }

    /// The documents that are in every part; their scores are added up.
    pub(super) fn and(mut parts: Vec<Self>, max_doc: DocId) -> Self {
        parts.sort_by_key(|part| part.len(max_doc));
        let mut parts = parts.into_iter();
        let Some(first) = parts.next() else { return Self::all(0.0) };
        let mut sums: Vec<(DocId, f64)> = match (&first.docs, &first.scores) {
            (Docs::All, Scores::Same(score)) => {
                // The smallest part is everything: so are the others.
                let sum: f64 = parts.map(|part| part.same_score()).sum::<f64>() + f64::from(*score);
                return Self::all(single(sum));
            }
            _ => first.pairs(max_doc).into_iter().map(|(doc, score)| (doc, f64::from(score))).collect(),
        };
        for part in parts {
            part.keep(&mut sums, true);
        }
        Self::scored(sums.into_iter().map(|(doc, score)| (doc, single(score))).collect())
    }

    fn same_score(&self) -> f64 {
        match &self.scores {
            Scores::Same(score) => f64::from(*score),
            Scores::Each(_) => 0.0,
        }
    }

    /// Keeps the pairs whose documents are in this set, and adds its scores to them if asked.
    fn keep(&self, sums: &mut Vec<(DocId, f64)>, add: bool) {
        let same = match &self.scores {
            Scores::Same(score) => Some(f64::from(*score)),
            Scores::Each(_) => None,
        };
        let Docs::These(docs) = &self.docs else {
            if add {
                sums.iter_mut().for_each(|(_, sum)| *sum += same.unwrap_or(0.0));
            }
            return;
        };
        let mut at = 0;
        sums.retain_mut(|(doc, sum)| {
            at += skip_to(docs.get(at..).unwrap_or_default(), *doc);
            if docs.get(at) != Some(doc) {
                return false;
            }
            if add {
                *sum += match (&self.scores, same) {
                    (Scores::Each(scores), _) => scores.get(at).copied().map_or(0.0, f64::from),
                    (_, same) => same.unwrap_or(0.0),
                };
            }
            true
        });
    }

    /// The documents that are in `filter` too; scores stay.
    pub(super) fn filter(self, filter: &Self) -> Self {
        match (&self.docs, &filter.docs) {
            (_, Docs::All) => self,
            (Docs::All, Docs::These(docs)) => match self.scores {
                Scores::Same(score) => Self::these(docs.clone(), score),
                Scores::Each(ref scores) => {
                    let score = |doc: &DocId| usize::try_from(*doc).ok().and_then(|doc| scores.get(doc)).copied();
                    Self::scored(docs.iter().map(|doc| (*doc, score(doc).unwrap_or(0.0))).collect())
                }
            },
            (Docs::These(docs), Docs::These(_)) => {
                let mut kept: Vec<(DocId, f64)> = match &self.scores {
                    Scores::Same(_) => docs.iter().map(|doc| (*doc, 0.0)).collect(),
                    Scores::Each(scores) => docs.iter().copied().zip(scores.iter().map(|s| f64::from(*s))).collect(),
                };
                filter.keep(&mut kept, false);
                match self.scores {
                    Scores::Same(score) => Self::these(kept.into_iter().map(|(doc, _)| doc).collect(), score),
                    Scores::Each(_) => {
                        Self::scored(kept.into_iter().map(|(doc, score)| (doc, single(score))).collect())
                    }
                }
            }
        }
    }

    /// The documents that are not in `excluded`; scores stay.
    pub(super) fn without(self, excluded: &Self, max_doc: DocId) -> Self {
        let Docs::These(excluded) = &excluded.docs else { return Self::none() };
        if excluded.is_empty() {
            return self;
        }
        let same = match &self.scores {
            Scores::Same(score) => Some(*score),
            Scores::Each(_) => None,
        };
        let mut pairs = self.pairs(max_doc);
        let mut at = 0;
        pairs.retain(|(doc, _)| {
            at += skip_to(excluded.get(at..).unwrap_or_default(), *doc);
            excluded.get(at) != Some(doc)
        });
        match same {
            Some(score) => Self::these(pairs.into_iter().map(|(doc, _)| doc).collect(), score),
            None => Self::scored(pairs),
        }
    }

    /// The documents that are in at least `minimum` parts (one at least); their scores are added up.
    pub(super) fn or(parts: Vec<Self>, minimum: usize, max_doc: DocId) -> Self {
        Self::merge(parts, minimum, max_doc, |scores| scores.iter().map(|score| f64::from(*score)).sum())
    }

    /// The documents that are in any part, with the best of their scores and a share of the others.
    pub(super) fn best(parts: Vec<Self>, tie_breaker: f32, max_doc: DocId) -> Self {
        Self::merge(parts, 1, max_doc, |scores| {
            let best = scores.iter().copied().fold(0.0_f32, f32::max);
            let sum: f64 = scores.iter().map(|score| f64::from(*score)).sum();
            f64::from(best) + (sum - f64::from(best)) * f64::from(tie_breaker)
        })
    }

    fn merge(mut parts: Vec<Self>, minimum: usize, max_doc: DocId, combine: impl Fn(&[f32]) -> f64) -> Self {
        if parts.len() < minimum {
            return Self::none();
        }
        if parts.len() == 1 {
            return parts.pop().unwrap_or_else(Self::none);
        }
        let everything = parts.iter().all(|part| part.docs == Docs::All && matches!(part.scores, Scores::Same(_)));
        if everything && !parts.is_empty() {
            let scores: Vec<f32> = parts.iter().map(|part| single(part.same_score())).collect();
            return Self::all(single(combine(&scores)));
        }
        // Runs that are in order already: the sort only merges them. It is stable: scores stay in order of the parts.
        let mut pairs: Vec<(DocId, f32)> = parts.iter().flat_map(|part| part.pairs(max_doc)).collect();
        pairs.sort_by_key(|(doc, _)| *doc);
        let mut merged = Vec::new();
        let mut scores: Vec<f32> = Vec::new();
        for group in pairs.chunk_by(|(left, _), (right, _)| left == right) {
            if group.len() < minimum {
                continue;
            }
            scores.clear();
            scores.extend(group.iter().map(|(_, score)| *score));
            if let Some((doc, _)) = group.first() {
                merged.push((*doc, single(combine(&scores))));
            }
        }
        Self::scored(merged)
    }
}

/// How many documents at the front of an ascending list are before `doc`.
fn skip_to(docs: &[DocId], doc: DocId) -> usize {
    // Usually it is near: double the step until it is passed, then halve.
    let mut step = 1;
    while docs.get(step).is_some_and(|other| *other < doc) {
        step *= 2;
    }
    let start = step / 2;
    let end = docs.len().min(step + 1);
    start.min(docs.len()) + docs.get(start..end).unwrap_or_default().partition_point(|other| *other < doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(pairs: &[(DocId, f32)]) -> Matched {
        Matched::scored(pairs.to_vec())
    }

    #[test]
    fn sets_are_combined() {
        let a = scored(&[(1, 1.0), (3, 2.0), (7, 4.0)]);
        let b = Matched::these(vec![0, 3, 7, 9], 0.5);
        let max = 10;
        assert_eq!(Matched::and(vec![a.clone(), b.clone()], max).pairs(max), [(3, 2.5), (7, 4.5)]);
        assert_eq!(a.clone().filter(&b).pairs(max), [(3, 2.0), (7, 4.0)]);
        assert_eq!(b.clone().filter(&a).pairs(max), [(3, 0.5), (7, 0.5)]);
        assert_eq!(a.clone().without(&b, max).pairs(max), [(1, 1.0)]);
        let any = Matched::or(vec![a.clone(), b.clone()], 1, max).pairs(max);
        assert_eq!(any, [(0, 0.5), (1, 1.0), (3, 2.5), (7, 4.5), (9, 0.5)]);
        assert_eq!(Matched::or(vec![a.clone(), b.clone()], 2, max).pairs(max), [(3, 2.5), (7, 4.5)]);
        assert_eq!(Matched::best(vec![a.clone(), b.clone()], 0.5, max).pairs(max)[2], (3, 2.25));
        assert_eq!(Matched::and(vec![Matched::all(1.0), a.clone()], max).pairs(max), [(1, 2.0), (3, 3.0), (7, 5.0)]);
        assert_eq!(Matched::all(1.0).without(&b, 5).pairs(5), [(1, 1.0), (2, 1.0), (4, 1.0)]);
        assert_eq!(Matched::all(1.0).filter(&b), Matched::these(vec![0, 3, 7, 9], 1.0));
        assert_eq!(Matched::and(vec![], max), Matched::all(0.0));
        assert_eq!(Matched::or(vec![], 1, max), Matched::none());
    }

    #[test]
    fn skipping_finds_the_first_that_is_not_before() {
        let docs: Vec<DocId> = (0..50).map(|doc| doc * 2).collect();
        for doc in 0..110 {
            assert_eq!(skip_to(&docs, doc), docs.iter().filter(|other| **other < doc).count());
        }
        assert_eq!(skip_to(&[], 3), 0);
    }
}
