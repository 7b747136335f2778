//! Queries that stand for many terms: prefixes, wildcards, regular expressions, similar words.

use keyward_query::query::{FuzzyOptions, FuzzyQuery, PatternQuery};
use keyward_rest::ErrorType;
use tantivy::DocSet;
use tantivy::schema::{Field, IndexRecordOption};

use super::super::analysis::words;
use super::super::failure::Failure;
use super::super::matched::Matched;
use super::super::shard::SegmentTerm;
use super::super::values::{count_to_double, single};
use super::super::wildcard::{Wildcard, regexp};
use super::{Answer, Evaluator};
use crate::mapping::FieldKind;

impl Evaluator<'_, '_> {
    /// The kind of a field whose terms are strings. `None`: nothing can match.
    fn string_kind(&self, what: &str, path: &str, lenient: bool) -> Result<Option<FieldKind>, Failure> {
        let Some(field) = self.shard.field(path) else { return Ok(None) };
        match field.kind {
            FieldKind::Text | FieldKind::Keyword => {
                if field.kind == FieldKind::Text {
                    self.must_be_indexed(path, field)?;
                }
                Ok(Some(field.kind))
            }
            _ if lenient => Ok(None),
            kind => Err(Failure::refused(format!(
                "Can only use {what} queries on keyword, text and wildcard fields - not on [{path}] which is of type [{}]",
                kind.as_str()
            ))),
        }
    }

    /// The pattern as it is held against terms.
    fn normalized(query: &PatternQuery, kind: FieldKind) -> String {
        if query.normalize && kind == FieldKind::Text { query.value.to_lowercase() } else { query.value.clone() }
    }

    pub(super) fn prefix(&self, query: &PatternQuery, boost: f32) -> Answer {
        if query.field == "_index" {
            return Ok(self.if_index(self.shard.snapshot.name.starts_with(&query.value), boost));
        }
        let Some(kind) = self.string_kind("prefix", &query.field, query.lenient)? else { return Ok(self.none()) };
        let value = Self::normalized(query, kind);
        if query.case_insensitive {
            let wanted = value.to_ascii_lowercase();
            return self
                .any_term(&query.field, kind, "", boost, &mut |text| text.to_ascii_lowercase().starts_with(&wanted));
        }
        self.beginning_with(&query.field, kind, &value, boost)
    }

    /// The documents with terms that begin so, all equally good.
    pub(super) fn beginning_with(&self, path: &str, kind: FieldKind, prefix: &str, boost: f32) -> Answer {
        self.any_term(path, kind, prefix, boost, &mut |_| true)
    }

    pub(super) fn wildcard(&self, query: &PatternQuery, boost: f32) -> Answer {
        let pattern = |value: &str| Wildcard::new(value, query.case_insensitive);
        if query.field == "_index" {
            return Ok(self.if_index(pattern(&query.value).matches(&self.shard.snapshot.name), boost));
        }
        let Some(kind) = self.string_kind("wildcard", &query.field, query.lenient)? else { return Ok(self.none()) };
        let pattern = pattern(&Self::normalized(query, kind));
        self.any_term(&query.field, kind, &pattern.prefix(), boost, &mut |text| pattern.matches(text))
    }

    pub(super) fn regexp(&self, query: &PatternQuery, boost: f32) -> Answer {
        let Some(kind) = self.string_kind("regexp", &query.field, query.lenient)? else { return Ok(self.none()) };
        if query.case_insensitive {
            return Err(Failure::query(ErrorType::IllegalArgument, "[case_insensitive] of [regexp] is not supported"));
        }
        let expression = regexp(&Self::normalized(query, kind))
            .map_err(|problem| Failure::query(ErrorType::IllegalArgument, problem))?;
        self.any_term(&query.field, kind, "", boost, &mut |text| expression.matches(text))
    }

    pub(super) fn fuzzy(&self, query: &FuzzyQuery, boost: f32) -> Answer {
        let Some(kind) = self.string_kind("fuzzy", &query.field, query.lenient)? else { return Ok(self.none()) };
        let mut value = query.value.text().to_owned();
        if query.normalize && kind == FieldKind::Text {
            value = words(None, &value)?.into_iter().next().map(|(_, word)| word).unwrap_or(value);
        }
        self.fuzzy_word(&query.field, kind, &value, query.options, boost)
    }

    pub(super) fn if_index(&self, matches: bool, boost: f32) -> Vec<Matched> {
        if matches { self.all(boost) } else { self.none() }
    }

    /// The documents with any of the terms that are accepted, all equally good.
    pub(super) fn any_term(
        &self,
        path: &str,
        kind: FieldKind,
        prefix: &str,
        boost: f32,
        accept: &mut dyn FnMut(&str) -> bool,
    ) -> Answer {
        let field = self.shard.terms_field(kind);
        let terms = self.shard.terms(field, path, prefix, accept)?;
        self.documents_of(field, &terms, boost)
    }

    /// The documents with any of these terms, all equally good.
    pub(super) fn documents_of(&self, field: Field, terms: &[Vec<SegmentTerm>], boost: f32) -> Answer {
        let mut matched = Vec::new();
        for (segment, terms) in terms.iter().enumerate() {
            let Some(index) = self.shard.index(segment, field)? else { continue };
            let mut docs = Vec::new();
            for term in terms {
                let mut postings = index.read_postings_from_terminfo(&term.info, IndexRecordOption::Basic)?;
                while postings.doc() != tantivy::TERMINATED {
                    docs.push(postings.doc());
                    postings.advance();
                }
            }
            docs.sort_unstable();
            docs.dedup();
            matched.push(Matched::these(docs, boost));
        }
        Ok(matched)
    }

    /// The words so many edits away, how similar they are, and in how many documents they are: the best ones.
    pub(super) fn similar_words(
        &self,
        path: &str,
        kind: FieldKind,
        word: &str,
        edits: u8,
        options: FuzzyOptions,
    ) -> Result<Vec<(String, f32, u64)>, Failure> {
        let wanted: Vec<char> = word.chars().collect();
        let prefix: String = wanted.iter().take(options.prefix_length).collect();
        let field = self.shard.terms_field(kind);
        let mut near = |text: &str| {
            let text: Vec<char> = text.chars().collect();
            distance(&wanted, &text, options.transpositions) <= usize::from(edits)
        };
        let mut found: Vec<(String, u64)> = Vec::new();
        for term in self.shard.terms(field, path, &prefix, &mut near)?.into_iter().flatten() {
            found.push((term.text, u64::from(term.info.doc_freq)));
        }
        found.sort();
        let mut similar: Vec<(String, f32, u64)> = Vec::new();
        for (text, frequency) in found {
            match similar.last_mut() {
                Some((last, _, sum)) if *last == text => *sum += frequency,
                _ => {
                    let letters: Vec<char> = text.chars().collect();
                    let away = distance(&wanted, &letters, options.transpositions);
                    let shorter = wanted.len().min(letters.len()).max(1);
                    let similarity = 1.0 - single(count_to_double(away) / count_to_double(shorter));
                    similar.push((text, similarity.max(0.0), frequency));
                }
            }
        }
        similar.sort_by(|(left_text, left, _), (right_text, right, _)| {
            right.total_cmp(left).then_with(|| left_text.cmp(right_text))
        });
        similar.truncate(options.max_expansions);
        Ok(similar)
    }
}

/// How many characters have to be changed, added, taken away or exchanged with their neighbour.
fn distance(one: &[char], other: &[char], transpositions: bool) -> usize {
    let width = other.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX - 1);
    for (i, left) in one.iter().enumerate() {
        let mut row = Vec::with_capacity(width);
        row.push(i + 1);
        for (j, right) in other.iter().enumerate() {
            let mut cost = (at(&last, j) + usize::from(left != right)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if transpositions && i > 0 && j > 0 && one.get(i - 1) == Some(right) && other.get(j - 1) == Some(left) {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (one, other, with, without) in [
            ("fox", "fox", 0, 0),
            ("fox", "fxo", 1, 2),
            ("", "ab", 2, 2),
            ("kitten", "sitting", 3, 3),
            ("ab", "ba", 1, 2),
        ] {
            let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            assert_eq!(distance(&one, &other, true), with);
            assert_eq!(distance(&one, &other, false), without);
            assert_eq!(distance(&other, &one, true), with);
        }
    }
}
