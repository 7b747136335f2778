//! Queries for values as they are: terms, ranges, existence, ids.

use keyward_query::Scalar;
use keyward_query::query::{RangeEnd, RangeQuery, TermQuery, TermsQuery};
use keyward_rest::ErrorType;

use super::super::failure::Failure;
use super::super::matched::{Combine, Matched};
use super::super::shard::{SegmentTerm, Shard};
use super::super::similarity::{Bm25, FieldStatistics};
use super::super::values::Values;
use super::super::wildcard;
use super::number::{self, NumberSet, Numbers};
use super::{Answer, Evaluator};
use crate::mapping::{FieldKind, LeafField};
use crate::value::ip_term;

impl Evaluator<'_, '_> {
    pub(super) fn term_query(&self, query: &TermQuery, boost: f32) -> Answer {
        match query.field.as_str() {
            "_id" => return self.ids(&[query.value.text().to_owned()], boost),
            "_index" => return Ok(self.if_index(self.is_index(query.value.text()), boost)),
            _ => {}
        }
        let Some(field) = self.shard.field(&query.field) else { return Ok(self.none()) };
        let answer = self.term(&query.field, field, query, boost);
        match answer {
            Err(Failure::Shard(_)) if query.lenient => Ok(self.none()),
            answer => answer,
        }
    }

    fn is_index(&self, pattern: &str) -> bool {
        wildcard::matches(pattern, &self.shard.snapshot.name)
    }

    fn term(&self, path: &str, field: &LeafField, query: &TermQuery, boost: f32) -> Answer {
        match field.kind {
            FieldKind::Text | FieldKind::Keyword if query.case_insensitive => {
                let wanted = query.value.text();
                self.any_term(path, field.kind, "", boost, &mut |text| text.eq_ignore_ascii_case(wanted))
            }
            FieldKind::Text => {
                self.must_be_indexed(path, field)?;
                self.word(path, field.kind, query.value.text(), boost)
            }
            FieldKind::Keyword => self.word(path, field.kind, query.value.text(), boost),
            FieldKind::Boolean => {
                let wanted = number::boolean(&query.value)?;
                let matched = self.numbers(path, &Numbers::Whole(wanted, wanted).into(), 1.0)?;
                self.score_boolean(path, matched, boost)
            }
            FieldKind::Date => {
                let end = |_| Some(RangeEnd { value: query.value.clone(), inclusive: true });
                self.numbers(
                    path,
                    &number::dates(self.shard, path, field, &range(path, end(()), end(())))?.into(),
                    boost,
                )
            }
            FieldKind::Ip => self.addresses(path, query.value.text(), boost),
            kind => self.numbers(path, &number::equal(kind, &query.value)?.into(), boost),
        }
    }

    /// Booleans are terms, so the rarer of the two is the better one.
    fn score_boolean(&self, path: &str, matched: Vec<Matched>, boost: f32) -> Answer {
        let columns = self.shard.column(path)?;
        let mut documents = 0;
        for (segment, values) in columns.iter().enumerate() {
            documents += (0..self.shard.max_doc(segment)).filter(|doc| values.has(*doc)).count();
        }
        let documents = u64::try_from(documents).unwrap_or(0);
        let frequency: usize =
            matched.iter().enumerate().map(|(segment, one)| one.pairs(self.shard.max_doc(segment)).len()).sum();
        let statistics = FieldStatistics { documents, terms: documents };
        let scorer = Bm25::new(boost, statistics, &[u64::try_from(frequency).unwrap_or(0)]);
        Ok(matched.into_iter().map(|matched| matched.with_score(scorer.score(1.0, 1))).collect())
    }

    pub(super) fn terms_query(&self, query: &TermsQuery, boost: f32) -> Answer {
        match query.field.as_str() {
            "_id" => {
                let ids: Vec<String> = query.values.iter().map(|value| value.text().to_owned()).collect();
                return self.ids(&ids, boost);
            }
            "_index" => {
                return Ok(self.if_index(query.values.iter().any(|value| self.is_index(value.text())), boost));
            }
            _ => {}
        }
        let Some(field) = self.shard.field(&query.field) else { return Ok(self.none()) };
        let numbers = |value: &Scalar| -> Result<Option<Numbers>, Failure> {
            Ok(Some(match field.kind {
                FieldKind::Text | FieldKind::Keyword | FieldKind::Ip => return Ok(None),
                FieldKind::Boolean => {
                    let wanted = number::boolean(value)?;
                    Numbers::Whole(wanted, wanted)
                }
                FieldKind::Date => {
                    let end = Some(RangeEnd { value: value.clone(), inclusive: true });
                    number::dates(self.shard, &query.field, field, &range(&query.field, end.clone(), end))?
                }
                kind => number::equal(kind, value)?,
            }))
        };
        let wanted = query.values.iter().map(numbers).collect::<Result<Option<Vec<_>>, _>>()?;
        if let Some(wanted) = wanted {
            // One look at each document, however many values are asked for.
            return self.numbers(&query.field, &NumberSet::new(wanted), boost);
        }
        let parts = query.values.iter().map(|value| {
            let term =
                TermQuery { field: query.field.clone(), value: value.clone(), case_insensitive: false, lenient: false };
            self.term(&query.field, field, &term, boost)
        });
        let any = self.any_of(parts, 1, Combine::Sum)?;
        Ok(any.into_iter().map(|matched| matched.with_score(boost)).collect())
    }

    pub(super) fn range_query(&self, query: &RangeQuery, boost: f32) -> Answer {
        let Some(field) = self.shard.field(&query.field) else {
            return if query.field == "_id" {
                Err(Failure::query(
                    ErrorType::IllegalArgument,
                    "Field [_id] of type [_id] does not support range queries",
                ))
            } else {
                Ok(self.none())
            };
        };
        if query.relation {
            return Err(Failure::query(ErrorType::IllegalArgument, "[relation] of [range] is not supported"));
        }
        match self.range(&query.field, field, query, boost) {
            Err(Failure::Shard(_)) if query.lenient => Ok(self.none()),
            answer => answer,
        }
    }

    fn range(&self, path: &str, field: &LeafField, query: &RangeQuery, boost: f32) -> Answer {
        if field.kind != FieldKind::Date && (query.format.is_some() || query.time_zone.is_some()) {
            let what = if query.format.is_some() { "DateMathParser" } else { "[time_zone]" };
            return Err(Failure::query(
                ErrorType::IllegalArgument,
                format!("Field [{path}] of type [{}] does not support custom {what}", field.kind.as_str()),
            ));
        }
        match field.kind {
            FieldKind::Text | FieldKind::Keyword => {
                if field.kind == FieldKind::Text {
                    self.must_be_indexed(path, field)?;
                }
                let ends = |text: &str| in_ends(text, query.from.as_ref(), query.to.as_ref(), |value| value.to_owned());
                self.any_term(path, field.kind, "", boost, &mut |text| ends(text))
            }
            FieldKind::Ip => {
                let address = |end: &Option<RangeEnd>| -> Result<Option<RangeEnd>, Failure> {
                    let Some(end) = end else { return Ok(None) };
                    let term = ip_term(end.value.text()).ok_or_else(|| not_an_address(end.value.text()))?;
                    Ok(Some(RangeEnd { value: Scalar::string(term), inclusive: end.inclusive }))
                };
                let (from, to) = (address(&query.from)?, address(&query.to)?);
                self.any_term(path, FieldKind::Keyword, "", boost, &mut |text| {
                    in_ends(text, from.as_ref(), to.as_ref(), |value| value.to_owned())
                })
            }
            FieldKind::Date => self.numbers(path, &number::dates(self.shard, path, field, query)?.into(), boost),
            FieldKind::Boolean => {
                let end = |end: &Option<RangeEnd>, otherwise: i128, inward: i128| match end {
                    None => Ok(otherwise),
                    Some(end) if end.inclusive => number::boolean(&end.value),
                    Some(end) => number::boolean(&end.value).map(|value| value + inward),
                };
                self.numbers(path, &Numbers::Whole(end(&query.from, 0, 1)?, end(&query.to, 1, -1)?).into(), boost)
            }
            kind => self.numbers(path, &number::between(kind, query)?.into(), boost),
        }
    }

    /// The documents with a number among these, all equally good.
    fn numbers(&self, path: &str, wanted: &NumberSet, boost: f32) -> Answer {
        let columns = self.shard.column(path)?;
        let mut matched = Vec::new();
        for (segment, values) in columns.iter().enumerate() {
            let all = 0..self.shard.max_doc(segment);
            let docs = match values {
                Values::Signed(column) => {
                    all.filter(|doc| column.values_for_doc(*doc).any(|value| wanted.has_whole(value.into()))).collect()
                }
                Values::Unsigned(column) => {
                    all.filter(|doc| column.values_for_doc(*doc).any(|value| wanted.has_whole(value.into()))).collect()
                }
                Values::Fractional(column) => {
                    all.filter(|doc| column.values_for_doc(*doc).any(|value| wanted.has_fractional(value))).collect()
                }
                Values::Boolean(column) => {
                    all.filter(|doc| column.values_for_doc(*doc).any(|value| wanted.has_whole(value.into()))).collect()
                }
                Values::None | Values::Text(_) => Vec::new(),
            };
            matched.push(Matched::these(docs, boost));
        }
        Ok(matched)
    }

    /// The documents with an address, or with one of a network.
    fn addresses(&self, path: &str, text: &str, boost: f32) -> Answer {
        let (from, to) = match text.split_once('/') {
            None => {
                let term = ip_term(text).ok_or_else(|| not_an_address(text))?;
                (term.clone(), term)
            }
            Some((network, bits)) => network_ends(network, bits).ok_or_else(|| not_an_address(text))?,
        };
        self.any_term(path, FieldKind::Keyword, "", boost, &mut |text| from.as_str() <= text && text <= to.as_str())
    }

    pub(super) fn exists(&self, field: &str, boost: f32) -> Answer {
        if ["_id", "_index", "_source", "_seq_no", "_version"].contains(&field) {
            return Ok(self.all(boost));
        }
        let below = format!("{field}.");
        let pattern = field.contains('*');
        let is_leaf = self.shard.field(field).is_some();
        let names = self.shard.snapshot.fields.field_names;
        let terms = self.shard.scan(names, &[], 0, &mut |name| {
            name == field || (!is_leaf && name.starts_with(&below)) || (pattern && wildcard::matches(field, name))
        })?;
        self.documents_of(names, &terms, boost)
    }

    pub(super) fn ids(&self, ids: &[String], boost: f32) -> Answer {
        let field = self.shard.snapshot.fields.id;
        let parts = ids.iter().map(|id| {
            let infos = self.shard.term(field, id.as_bytes())?;
            let terms: Vec<_> = infos
                .into_iter()
                .map(|info| info.map(|info| SegmentTerm { text: String::new(), info }).into_iter().collect())
                .collect();
            self.documents_of(field, &terms, boost)
        });
        let any = self.any_of(parts, 1, Combine::Sum)?;
        Ok(any.into_iter().map(|matched| matched.with_score(boost)).collect())
    }
}

fn range(path: &str, from: Option<RangeEnd>, to: Option<RangeEnd>) -> RangeQuery {
    RangeQuery { field: path.to_owned(), from, to, format: None, time_zone: None, relation: false, lenient: false }
}

/// Whether a string is between two ends.
fn in_ends(text: &str, from: Option<&RangeEnd>, to: Option<&RangeEnd>, read: impl Fn(&str) -> String) -> bool {
    let from_fits = from.is_none_or(|end| {
        let value = read(end.value.text());
        text > value.as_str() || (end.inclusive && text == value)
    });
    let to_fits = to.is_none_or(|end| {
        let value = read(end.value.text());
        text < value.as_str() || (end.inclusive && text == value)
    });
    from_fits && to_fits
}

fn not_an_address(text: &str) -> Failure {
    Failure::query(ErrorType::IllegalArgument, format!("'{text}' is not an IP string literal."))
}

/// The first and the last address of a network, as they are indexed.
fn network_ends(network: &str, bits: &str) -> Option<(String, String)> {
    let first = u128::from_str_radix(&ip_term(network)?, 16).ok()?;
    let bits: u32 = bits.parse().ok()?;
    let own = if network.contains(':') { 128 } else { 32 };
    let free = if bits > own { return None } else { own - bits };
    let mask = if free == 128 { u128::MAX } else { (1_u128 << free) - 1 };
    Some((format!("{:032x}", first & !mask), format!("{:032x}", first | mask)))
}

/// An address as it is shown.
pub(in crate::search) fn show_address(term: &str) -> String {
    let Ok(bits) = u128::from_str_radix(term, 16) else { return term.to_owned() };
    let address = std::net::Ipv6Addr::from_bits(bits);
    address.to_ipv4_mapped().map_or_else(|| address.to_string(), |address| address.to_string())
}

/// The statistics are the shard's own.
impl Shard<'_> {
    /// How a value of a request is indexed in a field of strings.
    pub(in crate::search) fn indexed_string(field: &LeafField, text: &str) -> String {
        if field.kind == FieldKind::Ip { ip_term(text).unwrap_or_default() } else { text.to_owned() }
    }
}
