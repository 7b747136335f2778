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

    /// The same documents, all equally good.
    pub(super) fn with_score(self, score: f32) -> Self {
        Self { docs: self.docs, scores: Scores::Same(score) }
    }

    /// The documents that are in every part; their scores are added up.
    pub(super) fn and(parts: Vec<Self>, max_doc: DocId) -> Self {
        let mut intersection = Intersection::default();
        parts.into_iter().for_each(|part| intersection.add(part, max_doc));
        intersection.finish()
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
}

/// Documents that are in every set of several, which come one after the other.
#[derive(Debug, Default)]
pub(super) struct Intersection {
    /// Those so far; nothing as long as all sets were everything.
    pairs: Option<Vec<(DocId, f64)>>,
    /// What the sets that are everything add to each score.
    everywhere: f64,
}

impl Intersection {
    /// Takes one more set.
    pub(super) fn add(&mut self, part: Matched, max_doc: DocId) {
        match (&mut self.pairs, &part) {
            (_, Matched { docs: Docs::All, scores: Scores::Same(score) }) => self.everywhere += f64::from(*score),
            (Some(pairs), _) => part.keep(pairs, true),
            (None, _) => {
                let pairs = part.pairs(max_doc).into_iter().map(|(doc, score)| (doc, f64::from(score)));
                self.pairs = Some(pairs.collect());
            }
        }
    }

    /// The documents that are in all of them; without any set, everything.
    pub(super) fn finish(self) -> Matched {
        match self.pairs {
            None => Matched::all(single(self.everywhere)),
            Some(pairs) => {
                let scored = pairs.into_iter().map(|(doc, score)| (doc, single(score + self.everywhere)));
                Matched::scored(scored.collect())
            }
        }
    }
}

/// Documents that are in some sets of several, which come one after the other.
///
/// However many sets there are, no more is kept than an entry for each document and a bounded rest.
#[derive(Debug, Default)]
pub(super) struct Union {
    /// The only set so far, as it was.
    first: Option<Matched>,
    parts: usize,
    /// In order of documents.
    entries: Vec<Entry>,
    /// What has not been put in order yet.
    pending: Vec<(DocId, f32)>,
    /// What the sets that are everything give each document.
    everywhere: Entry,
}

/// A document of a union.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    doc: DocId,
    /// In how many sets it is.
    count: usize,
    sum: f64,
    best: f32,
}

/// How scores of several sets become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Combine {
    /// They are added up.
    Sum,
    /// The best one, and a share of the others.
    Best(f32),
}

impl Entry {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.best = self.best.max(other.best);
    }

    fn score(&self, combine: Combine) -> f32 {
        match combine {
            Combine::Sum => single(self.sum),
            Combine::Best(share) => {
                let best = f64::from(self.best);
                single(best + (self.sum - best) * f64::from(share))
            }
        }
    }
}

impl Union {
    /// What waits to be put in order at most, beside a multiple of what is in order.
    const PENDING: usize = 65_536;

    /// Takes one more set.
    pub(super) fn add(&mut self, part: Matched, max_doc: DocId) {
        self.parts += 1;
        if self.parts == 1 {
            self.first = Some(part);
            return;
        }
        if let Some(first) = self.first.take() {
            self.spread(first, max_doc);
        }
        self.spread(part, max_doc);
    }

    fn spread(&mut self, part: Matched, max_doc: DocId) {
        if let (Docs::All, Scores::Same(score)) = (&part.docs, &part.scores) {
            self.everywhere.add(Entry { doc: 0, count: 1, sum: f64::from(*score), best: *score });
            return;
        }
        self.pending.extend(part.pairs(max_doc));
        if self.pending.len() > Self::PENDING.max(self.entries.len()) {
            self.settle();
        }
    }

    /// Puts everything in order.
    fn settle(&mut self) {
        // Runs that are in order already: the sort only merges them. It is stable: scores stay in order of the sets.
        self.pending.sort_by_key(|(doc, _)| *doc);
        let fresh =
            self.pending.drain(..).map(|(doc, score)| Entry { doc, count: 1, sum: f64::from(score), best: score });
        let mut merged: Vec<Entry> = Vec::with_capacity(self.entries.len());
        let mut known = self.entries.drain(..).peekable();
        for entry in fresh {
            while let Some(before) = known.next_if(|known| known.doc <= entry.doc) {
                merged.push(before);
            }
            match merged.last_mut() {
                Some(last) if last.doc == entry.doc => last.add(entry),
                _ => merged.push(entry),
            }
        }
        merged.extend(known);
        self.entries = merged;
    }

    /// The documents that are in at least `minimum` of them, and in one at least.
    pub(super) fn finish(mut self, minimum: usize, combine: Combine, max_doc: DocId) -> Matched {
        if self.parts < minimum.max(1) {
            return Matched::none();
        }
        if let Some(only) = self.first {
            return only;
        }
        self.settle();
        if self.everywhere.count == 0 {
            let enough = self.entries.iter().filter(|entry| entry.count >= minimum.max(1));
            return Matched::scored(enough.map(|entry| (entry.doc, entry.score(combine))).collect());
        }
        if self.entries.is_empty() {
            let enough = self.everywhere.count >= minimum;
            return if enough { Matched::all(self.everywhere.score(combine)) } else { Matched::none() };
        }
        let mut entries = self.entries.into_iter().peekable();
        let mut pairs = Vec::new();
        for doc in 0..max_doc {
            let mut entry = Entry { doc, ..self.everywhere };
            if let Some(own) = entries.next_if(|entry| entry.doc == doc) {
                entry.add(own);
            }
            if entry.count >= minimum {
                pairs.push((doc, entry.score(combine)));
            }
        }
        Matched::scored(pairs)
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
        let union = |parts: &[&Matched], minimum, combine| {
            let mut union = Union::default();
            parts.iter().for_each(|part| union.add((*part).clone(), max));
            union.finish(minimum, combine, max)
        };
        assert_eq!(union(&[&a, &b], 1, Combine::Sum).pairs(max), [(0, 0.5), (1, 1.0), (3, 2.5), (7, 4.5), (9, 0.5)]);
        assert_eq!(union(&[&a, &b], 2, Combine::Sum).pairs(max), [(3, 2.5), (7, 4.5)]);
        assert_eq!(union(&[&a, &b], 1, Combine::Best(0.5)).pairs(max)[2], (3, 2.25));
        assert_eq!(union(&[&a, &b, &a], 3, Combine::Sum).pairs(max), [(3, 4.5), (7, 8.5)]);
        assert_eq!(union(&[&Matched::all(1.0), &a], 2, Combine::Sum).pairs(max), [(1, 2.0), (3, 3.0), (7, 5.0)]);
        assert_eq!(union(&[&Matched::all(1.0), &a], 1, Combine::Sum).pairs(max)[..3], [(0, 1.0), (1, 2.0), (2, 1.0)]);
        assert_eq!(union(&[&Matched::all(1.0), &Matched::all(0.5)], 2, Combine::Sum), Matched::all(1.5));
        assert_eq!(union(&[&a], 2, Combine::Sum), Matched::none());
        assert_eq!(union(&[], 1, Combine::Sum), Matched::none());
        assert_eq!(Matched::and(vec![Matched::all(1.0), a.clone()], max).pairs(max), [(1, 2.0), (3, 3.0), (7, 5.0)]);
        assert_eq!(Matched::all(1.0).without(&b, 5).pairs(5), [(1, 1.0), (2, 1.0), (4, 1.0)]);
        assert_eq!(Matched::all(1.0).filter(&b), Matched::these(vec![0, 3, 7, 9], 1.0));
        assert_eq!(Matched::and(vec![], max), Matched::all(0.0));
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
