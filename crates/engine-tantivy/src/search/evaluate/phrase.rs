//! Queries for words in their order.

use std::collections::BTreeMap;

use keyward_query::query::{MatchPhrasePrefixQuery, MatchPhraseQuery, TermQuery};
use tantivy::postings::{Postings, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet};

use super::super::failure::Failure;
use super::super::matched::{Combine, Matched};
use super::super::shard::Shard;
use super::super::similarity::Bm25;
use super::super::values::{count_to_double, single, unsigned_to_double};
use super::{Answer, Evaluator};
use crate::mapping::FieldKind;

/// A place in a phrase, and the words that may stand there.
struct Place {
    position: u32,
    words: Vec<String>,
}

impl Evaluator<'_, '_> {
    pub(super) fn match_phrase(&self, query: &MatchPhraseQuery, boost: f32) -> Answer {
        let Some((_, words)) = self.words_of(&query.field, &query.query, query.analyzer.as_deref())? else {
            return self.phrase_as_term(query, boost);
        };
        let places: Vec<Place> =
            words.into_iter().map(|(position, word)| Place { position, words: vec![word] }).collect();
        self.places(query, &places, boost)
    }

    pub(super) fn match_phrase_prefix(&self, query: &MatchPhrasePrefixQuery, boost: f32) -> Answer {
        let phrase = &query.phrase;
        let Some((field, words)) = self.words_of(&phrase.field, &phrase.query, phrase.analyzer.as_deref())? else {
            return match self.shard.field(&phrase.field) {
                Some(field) if field.kind == FieldKind::Keyword => {
                    self.beginning_with(&phrase.field, field.kind, phrase.query.text(), boost)
                }
                Some(field) if !phrase.lenient => Err(Failure::refused(format!(
                    "Can only use phrase prefix queries on text fields - not on [{}] which is of type [{}]",
                    phrase.field,
                    field.kind.as_str()
                ))),
                _ => Ok(self.none()),
            };
        };
        let mut places: Vec<Place> =
            words.into_iter().map(|(position, word)| Place { position, words: vec![word] }).collect();
        if let Some(last) = places.last_mut() {
            let prefix = last.words.pop().unwrap_or_default();
            let terms = self.shard.terms(self.shard.terms_field(field.kind), &phrase.field, &prefix, &mut |_| true)?;
            let mut all: Vec<String> = terms.into_iter().flatten().map(|term| term.text).collect();
            all.sort();
            all.dedup();
            all.truncate(query.max_expansions);
            if all.is_empty() {
                return Ok(self.none());
            }
            last.words = all;
        }
        self.places(phrase, &places, boost)
    }

    fn phrase_as_term(&self, query: &MatchPhraseQuery, boost: f32) -> Answer {
        let term = TermQuery {
            field: query.field.clone(),
            value: query.query.clone(),
            case_insensitive: false,
            lenient: query.lenient,
        };
        self.term_query(&term, boost)
    }

    fn places(&self, query: &MatchPhraseQuery, places: &[Place], boost: f32) -> Answer {
        let path = &query.field;
        match places {
            [] => Ok(self.nothing_said(query.zero_terms, boost)),
            [one] => {
                let parts = one.words.iter().map(|word| self.word(path, FieldKind::Text, word, boost));
                self.any_of(parts, 1, Combine::Sum)
            }
            _ => self.phrase(path, places, query.slop, boost),
        }
    }

    fn phrase(&self, path: &str, places: &[Place], slop: u32, boost: f32) -> Answer {
        let field = self.shard.terms_field(FieldKind::Text);
        // For each place and word: the term in each segment.
        let mut terms: Vec<Vec<Vec<Option<TermInfo>>>> = Vec::new();
        let mut frequencies = Vec::new();
        for place in places {
            let mut of_place = Vec::new();
            for word in &place.words {
                let infos = self.shard.term(field, &Shard::string_key(field, path, word))?;
                let frequency: u64 = infos.iter().flatten().map(|info| u64::from(info.doc_freq)).sum();
                if frequency > 0 {
                    frequencies.push(frequency);
                    of_place.push(infos);
                }
            }
            if of_place.is_empty() {
                return Ok(self.none());
            }
            terms.push(of_place);
        }
        let scorer = Bm25::new(boost, self.shard.statistics(path, FieldKind::Text)?, &frequencies);
        let lengths = self.shard.lengths(path)?;
        let mut matched = Vec::new();
        for (segment, lengths) in lengths.iter().enumerate() {
            let mut documents: Option<BTreeMap<DocId, Vec<Vec<u32>>>> = None;
            for of_place in &terms {
                let here = self.positions(segment, field, of_place)?;
                documents = Some(match documents {
                    None => here.into_iter().map(|(doc, positions)| (doc, vec![positions])).collect(),
                    Some(mut before) => {
                        before.retain(|doc, places| match here.get(doc) {
                            Some(positions) => {
                                places.push(positions.clone());
                                true
                            }
                            None => false,
                        });
                        before
                    }
                });
            }
            let mut pairs = Vec::new();
            for (doc, positions) in documents.unwrap_or_default() {
                let offsets: Vec<u32> = places.iter().map(|place| place.position).collect();
                let frequency = frequency(&positions, &offsets, slop);
                if frequency > 0.0 {
                    let length = lengths.first_whole(doc).and_then(|length| u64::try_from(length).ok());
                    pairs.push((doc, scorer.score(frequency, length.unwrap_or(1))));
                }
            }
            matched.push(Matched::scored(pairs));
        }
        Ok(matched)
    }

    /// Where any of some words stand, in each document of a segment that has one.
    fn positions(
        &self,
        segment: usize,
        field: tantivy::schema::Field,
        words: &[Vec<Option<TermInfo>>],
    ) -> Result<BTreeMap<DocId, Vec<u32>>, Failure> {
        let mut found: BTreeMap<DocId, Vec<u32>> = BTreeMap::new();
        let Some(index) = self.shard.index(segment, field)? else { return Ok(found) };
        let mut positions = Vec::new();
        for info in words.iter().filter_map(|infos| infos.get(segment).and_then(Option::as_ref)) {
            let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::WithFreqsAndPositions)?;
            while postings.doc() != tantivy::TERMINATED {
                postings.positions(&mut positions);
                found.entry(postings.doc()).or_default().extend(&positions);
                postings.advance();
            }
        }
        if words.len() > 1 {
            found.values_mut().for_each(|positions| positions.sort_unstable());
        }
        Ok(found)
    }
}

/// How often a phrase is there; looser ones count less.
fn frequency(places: &[Vec<u32>], offsets: &[u32], slop: u32) -> f32 {
    // Where the phrase would begin, for each place: the phrase is where all of these are the same.
    let starts: Vec<Vec<i64>> = places
        .iter()
        .zip(offsets)
        .map(|(positions, offset)| positions.iter().map(|at| i64::from(*at) - i64::from(*offset)).collect())
        .collect();
    if slop == 0 {
        let Some((first, others)) = starts.split_first() else { return 0.0 };
        let exact = first.iter().filter(|start| others.iter().all(|place| place.binary_search(start).is_ok()));
        return single(count_to_double(exact.count()));
    }
    sloppy(&starts, i64::from(slop))
}

/// Goes through the places in step: the hindmost is moved on until it is not the hindmost any more.
fn sloppy(starts: &[Vec<i64>], slop: i64) -> f32 {
    let mut at: Vec<usize> = vec![0; starts.len()];
    let here = |at: &[usize], place: usize| -> Option<i64> { starts.get(place)?.get(*at.get(place)?).copied() };
    let mut frequency = 0.0_f64;
    let Some(mut end) = (0..starts.len()).filter_map(|place| here(&at, place)).max() else { return 0.0 };
    loop {
        let mut order: Vec<(i64, usize)> =
            (0..starts.len()).filter_map(|place| Some((here(&at, place)?, place))).collect();
        if order.len() < starts.len() {
            break;
        }
        order.sort_unstable();
        let (Some((hindmost, place)), Some((next, _))) = (order.first().copied(), order.get(1).copied()) else { break };
        let mut spread = end - hindmost;
        let mut finished = true;
        loop {
            if let Some(step) = at.get_mut(place) {
                *step += 1;
            }
            let Some(moved) = here(&at, place) else { break };
            end = end.max(moved);
            if moved > next {
                finished = false;
                break;
            }
            spread = spread.min(end - moved);
        }
        if spread <= slop {
            frequency += 1.0 / (1.0 + unsigned_to_double(spread.unsigned_abs()));
        }
        if finished {
            break;
        }
    }
    single(frequency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_counted() {
        // quick(0) brown(1) fox(2) … quick(10) fox(12)
        let places = [vec![0, 10], vec![2, 12]];
        assert_eq!(frequency(&places, &[0, 1], 0), 0.0);
        assert_eq!(frequency(&places, &[0, 2], 0), 2.0);
        assert_eq!(frequency(&places, &[0, 1], 1), 1.0);
        assert_eq!(frequency(&[vec![0], vec![1]], &[0, 1], 5), 1.0);
        // The other way round it is two moves.
        assert_eq!(frequency(&[vec![1], vec![0]], &[0, 1], 1), 0.0);
        assert!((frequency(&[vec![1], vec![0]], &[0, 1], 2) - 1.0 / 3.0).abs() < 1e-6);
    }
}
