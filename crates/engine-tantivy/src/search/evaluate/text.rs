//! Queries for analyzed text: words in any order.

use keyward_query::Scalar;
use keyward_query::query::{Fuzziness, FuzzyOptions, MatchQuery, Operator, TermQuery, ZeroTerms};
use tantivy::DocSet;
use tantivy::postings::{Postings, TermInfo};
use tantivy::schema::IndexRecordOption;

use super::super::analysis::words;
use super::super::failure::Failure;
use super::super::matched::{Combine, Matched};
use super::super::shard::Shard;
use super::super::similarity::Bm25;
use super::super::values::{single, unsigned_to_double};
use super::{Answer, Evaluator};
use crate::mapping::{FieldKind, LeafField};

/// An analyzed field, and the words that are looked for in it with their positions.
type AnalyzedText = (LeafField, Vec<(u32, String)>);

impl Evaluator<'_, '_> {
    pub(super) fn match_query(&self, query: &MatchQuery, boost: f32) -> Answer {
        let Some((field, words)) = self.words_of(&query.field, &query.query, query.analyzer.as_deref())? else {
            return self.as_term(query, boost);
        };
        if words.is_empty() {
            return Ok(self.nothing_said(query.zero_terms, boost));
        }
        let parts = words.iter().map(|(_, word)| self.one_word(query, field.kind, word, boost));
        self.combine_words(query, words.len(), parts)
    }

    pub(super) fn match_bool_prefix(&self, query: &MatchQuery, boost: f32) -> Answer {
        let Some((field, mut words)) = self.words_of(&query.field, &query.query, query.analyzer.as_deref())? else {
            return self.as_term(query, boost);
        };
        let Some((_, last)) = words.pop() else { return Ok(self.nothing_said(query.zero_terms, boost)) };
        let parts = words.iter().map(|(_, word)| self.one_word(query, field.kind, word, boost));
        let last = std::iter::once_with(|| self.beginning_with(&query.field, field.kind, &last, boost));
        self.combine_words(query, words.len() + 1, parts.chain(last))
    }

    fn one_word(&self, query: &MatchQuery, kind: FieldKind, word: &str, boost: f32) -> Answer {
        match query.fuzzy {
            Some(fuzzy) if fuzzy.fuzziness != Fuzziness::Edits(0) => {
                self.fuzzy_word(&query.field, kind, word, fuzzy, boost)
            }
            _ => self.word(&query.field, kind, word, boost),
        }
    }

    fn combine_words(&self, query: &MatchQuery, count: usize, parts: impl Iterator<Item = Answer>) -> Answer {
        match (query.operator, &query.minimum_should_match) {
            (Operator::And, _) => self.all_of(parts),
            // One word is needed whatever is said about several.
            (Operator::Or, Some(minimum)) if count > 1 => self.any_of(parts, minimum.of(count).max(1), Combine::Sum),
            (Operator::Or, _) => self.any_of(parts, 1, Combine::Sum),
        }
    }

    pub(super) fn nothing_said(&self, zero_terms: ZeroTerms, boost: f32) -> Vec<Matched> {
        match zero_terms {
            ZeroTerms::None => self.none(),
            ZeroTerms::All => self.all(boost),
        }
    }

    /// The words that are looked for, if the field is analyzed text. An unmapped field has none that match.
    pub(super) fn words_of(
        &self,
        path: &str,
        text: &Scalar,
        analyzer: Option<&str>,
    ) -> Result<Option<AnalyzedText>, Failure> {
        match self.shard.field(path) {
            Some(field) if field.kind == FieldKind::Text => {
                self.must_be_indexed(path, field)?;
                Ok(Some((field.clone(), words(analyzer, text.text())?)))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn must_be_indexed(&self, path: &str, field: &LeafField) -> Result<(), Failure> {
        if field.is_indexed() {
            return Ok(());
        }
        Err(Failure::query(
            keyward_rest::ErrorType::IllegalArgument,
            format!("Cannot search on field [{path}] since it is not indexed."),
        ))
    }

    /// What `match` means on a field whose values are matched as they are.
    fn as_term(&self, query: &MatchQuery, boost: f32) -> Answer {
        if let Some(fuzzy) = query.fuzzy
            && fuzzy.fuzziness != Fuzziness::Edits(0)
            && let Some(field) = self.shard.field(&query.field)
            && field.kind == FieldKind::Keyword
        {
            return self.fuzzy_word(&query.field, field.kind, query.query.text(), fuzzy, boost);
        }
        let term = TermQuery {
            field: query.field.clone(),
            value: query.query.clone(),
            case_insensitive: false,
            lenient: query.lenient,
        };
        self.term_query(&term, boost)
    }

    /// The documents with a word (or a keyword), and how good they are.
    pub(super) fn word(&self, path: &str, kind: FieldKind, word: &str, boost: f32) -> Answer {
        let field = self.shard.terms_field(kind);
        let infos = self.shard.term(field, &Shard::string_key(field, path, word))?;
        let frequency = infos.iter().flatten().map(|info| u64::from(info.doc_freq)).sum();
        if frequency == 0 {
            return Ok(self.none());
        }
        let scorer = Bm25::new(boost, self.shard.statistics(path, kind)?, &[frequency]);
        self.score_terms(path, kind, &infos, &scorer)
    }

    /// The documents of a term in each segment, scored.
    pub(super) fn score_terms(&self, path: &str, kind: FieldKind, infos: &[Option<TermInfo>], scorer: &Bm25) -> Answer {
        let field = self.shard.terms_field(kind);
        let lengths = if kind == FieldKind::Text { Some(self.shard.lengths(path)?) } else { None };
        let mut matched = Vec::new();
        for (segment, info) in infos.iter().enumerate() {
            let (Some(info), Some(index)) = (info, self.shard.index(segment, field)?) else {
                matched.push(Matched::none());
                continue;
            };
            let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::WithFreqs)?;
            let mut pairs = Vec::new();
            let lengths = lengths.as_ref().and_then(|lengths| lengths.get(segment));
            while postings.doc() != tantivy::TERMINATED {
                let doc = postings.doc();
                let (frequency, length) = match lengths {
                    // How often a keyword is there, and beside how many others, does not count.
                    None => (1.0, 1),
                    Some(lengths) => {
                        let length = lengths.first_whole(doc).and_then(|length| u64::try_from(length).ok());
                        (single(unsigned_to_double(postings.term_freq().into())), length.unwrap_or(1))
                    }
                };
                pairs.push((doc, scorer.score(frequency, length)));
                postings.advance();
            }
            matched.push(Matched::scored(pairs));
        }
        Ok(matched)
    }

    /// The documents with words a few edits away.
    pub(super) fn fuzzy_word(
        &self,
        path: &str,
        kind: FieldKind,
        word: &str,
        options: FuzzyOptions,
        boost: f32,
    ) -> Answer {
        let edits = options.fuzziness.edits(word);
        if edits == 0 {
            return self.word(path, kind, word, boost);
        }
        let similar = self.similar_words(path, kind, word, edits, options)?;
        let Some(most) = similar.iter().map(|(_, _, frequency)| *frequency).max() else { return Ok(self.none()) };
        let statistics = self.shard.statistics(path, kind)?;
        let field = self.shard.terms_field(kind);
        let parts = similar.iter().map(|(text, similarity, _)| {
            let infos = self.shard.term(field, &Shard::string_key(field, path, text))?;
            // All of them count as the most frequent one: a rare misspelling is not better than the word.
            let scorer = Bm25::new(boost * similarity, statistics, &[most]);
            self.score_terms(path, kind, &infos, &scorer)
        });
        self.any_of(parts, 1, Combine::Sum)
    }
}
