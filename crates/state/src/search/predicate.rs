//! A query as a predicate over keys.

use std::collections::HashSet;

use keyward_query::date::{DEFAULT_FORMAT, DateFormat, Rounding, Zone, parse_math};
use keyward_query::query::{BoolQuery, PatternQuery, QueryStringQuery, RangeEnd, RangeQuery};
use keyward_query::{Query, QueryKind, Scalar};
use keyward_security::api_key::ApiKeyId;
use keyward_security::time::Timestamp;

use super::KeySearchError;
use super::field::{FieldKind, KeyField, KeyFieldNames};
use super::text::{Glob, TextTest};
use crate::keys::KeyRef;

/// What a search looks for.
#[derive(Clone, Debug)]
pub struct KeyPredicate(Test);

#[derive(Clone, Debug)]
enum Test {
    All,
    Nothing,
    Ids(HashSet<ApiKeyId>),
    Text(KeyField, TextTest),
    Metadata(KeyField, TextTest),
    /// From the first to the last millisecond, both included.
    Time(KeyField, i64, i64),
    Flag(bool),
    Every(Vec<Test>),
    AtLeast(usize, Vec<Test>),
    Not(Box<Test>),
}

impl KeyPredicate {
    /// What every key passes.
    pub const fn all() -> Self {
        Self(Test::All)
    }

    /// Compiles a query. `now` is for date mathematics.
    pub fn compile(query: &Query, now: Timestamp) -> Result<Self, KeySearchError> {
        Compiler { now }.test(query).map(Self)
    }

    /// Whether a key passes.
    pub fn matches(&self, key: &KeyRef<'_>) -> bool {
        self.0.passes(key)
    }
}

impl Test {
    fn passes(&self, key: &KeyRef<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Nothing => false,
            Self::Ids(ids) => ids.contains(&key.id()),
            Self::Text(field, test) => test.passes(field.text(key)),
            Self::Metadata(field, test) => field.any_in_metadata(key, &mut |text| test.passes(text)),
            Self::Time(field, from, to) => {
                field.time(key).is_some_and(|time| (*from..=*to).contains(&time.as_millis()))
            }
            Self::Flag(wanted) => key.is_invalidated() == *wanted,
            Self::Every(tests) => tests.iter().all(|test| test.passes(key)),
            Self::AtLeast(needed, tests) => {
                tests.iter().filter(|test| test.passes(key)).take(*needed).count() == *needed
            }
            Self::Not(test) => !test.passes(key),
        }
    }
}

struct Compiler {
    now: Timestamp,
}

impl Compiler {
    fn test(&self, query: &Query) -> Result<Test, KeySearchError> {
        let refused = |name| Err(KeySearchError::QueryType(name));
        match &query.kind {
            QueryKind::MatchAll => Ok(Test::All),
            QueryKind::MatchNone => Ok(Test::Nothing),
            QueryKind::Ids(ids) => Ok(Test::Ids(ids.iter().map(|id| ApiKeyId::parse(id)).collect())),
            QueryKind::Bool(query) => self.bool(query, Self::test),
            QueryKind::Term(query) => self.equals(&query.field, &query.value, query.case_insensitive, query.lenient),
            QueryKind::Terms(query) => self.one_of(&query.field, &query.values),
            QueryKind::Match(query) if query.analyzer.is_some() => Err(KeySearchError::Unsupported("analyzer")),
            QueryKind::Match(query) if query.fuzzy.is_some() => Err(KeySearchError::Unsupported("fuzziness")),
            QueryKind::Match(query) => self.equals(&query.field, &query.query, false, query.lenient),
            QueryKind::Exists { field } => exists(field),
            QueryKind::Prefix(query) => pattern(query, "prefix", TextTest::prefix),
            QueryKind::Wildcard(query) => {
                pattern(query, "wildcard", |text, folded| TextTest::Glob(Glob::new(text, folded)))
            }
            QueryKind::Range(query) => self.range(query),
            QueryKind::SimpleQueryString(query) => self.simple(query),
            QueryKind::MatchPhrase(_) => refused("match_phrase"),
            QueryKind::MatchPhrasePrefix(_) => refused("match_phrase_prefix"),
            QueryKind::MatchBoolPrefix(_) => refused("match_bool_prefix"),
            QueryKind::MultiMatch(_) => refused("multi_match"),
            QueryKind::Regexp(_) => refused("regexp"),
            QueryKind::Fuzzy(_) => refused("fuzzy"),
            QueryKind::ConstantScore(_) => refused("constant_score"),
            QueryKind::DisMax(_) => refused("dis_max"),
            QueryKind::Boosting(_) => refused("boosting"),
            QueryKind::QueryString(_) => refused("query_string"),
        }
    }

    fn bool(
        &self,
        query: &BoolQuery,
        test: impl Fn(&Self, &Query) -> Result<Test, KeySearchError>,
    ) -> Result<Test, KeySearchError> {
        let all = |clauses: &[Query]| clauses.iter().map(|one| test(self, one)).collect::<Result<Vec<_>, _>>();
        let mut every = all(&query.must)?;
        every.extend(all(&query.filter)?);
        let should = all(&query.should)?;
        let needed = match &query.minimum_should_match {
            Some(minimum) => minimum.of(should.len()),
            None => usize::from(every.is_empty() && !should.is_empty()),
        };
        if needed > 0 {
            every.push(Test::AtLeast(needed, should));
        }
        every.extend(all(&query.must_not)?.into_iter().map(|test| Test::Not(Box::new(test))));
        Ok(Test::Every(every))
    }

    fn equals(&self, name: &str, value: &Scalar, folded: bool, lenient: bool) -> Result<Test, KeySearchError> {
        let field = KeyField::parse(name)?;
        let test = match field.kind() {
            FieldKind::Text => Ok(Test::Text(field, TextTest::equals(value.text(), folded))),
            FieldKind::Metadata => Ok(Test::Metadata(field, TextTest::equals(value.text(), folded))),
            FieldKind::Flag => flag(name, value).map(Test::Flag),
            FieldKind::Time => self.day(value).map(|(from, to)| Test::Time(field, from, to)),
        };
        if lenient { Ok(test.unwrap_or(Test::Nothing)) } else { test }
    }

    fn one_of(&self, name: &str, values: &[Scalar]) -> Result<Test, KeySearchError> {
        let field = KeyField::parse(name)?;
        let texts = || TextTest::OneOf(values.iter().map(|value| value.text().to_owned()).collect());
        match field.kind() {
            FieldKind::Text => Ok(Test::Text(field, texts())),
            FieldKind::Metadata => Ok(Test::Metadata(field, texts())),
            FieldKind::Flag | FieldKind::Time => {
                let each = values.iter().map(|value| self.equals(name, value, false, false));
                Ok(Test::AtLeast(1, each.collect::<Result<_, _>>()?))
            }
        }
    }

    fn range(&self, query: &RangeQuery) -> Result<Test, KeySearchError> {
        if query.relation {
            return Err(KeySearchError::RangeRelation);
        }
        let field = KeyField::parse(&query.field)?;
        let end = |end: &Option<RangeEnd>| end.as_ref().map(|end| (end.value.text().to_owned(), end.inclusive));
        let between = || TextTest::Between { from: end(&query.from), to: end(&query.to) };
        match field.kind() {
            FieldKind::Text => Ok(Test::Text(field, between())),
            FieldKind::Metadata => Ok(Test::Metadata(field, between())),
            FieldKind::Flag => {
                let inside = |value: bool| between().passes(if value { "true" } else { "false" });
                let options = [true, false].into_iter().filter(|value| inside(*value)).map(Test::Flag).collect();
                Ok(Test::AtLeast(1, options))
            }
            FieldKind::Time => {
                let read = |end: &RangeEnd, rounding| self.date(&end.value, query, rounding);
                let from = match &query.from {
                    None => i64::MIN,
                    Some(end) if end.inclusive => read(end, Rounding::Down)?,
                    Some(end) => read(end, Rounding::Up)?.saturating_add(1),
                };
                let to = match &query.to {
                    None => i64::MAX,
                    Some(end) if end.inclusive => read(end, Rounding::Up)?,
                    Some(end) => read(end, Rounding::Down)?.saturating_sub(1),
                };
                Ok(Test::Time(field, from, to))
            }
        }
    }

    fn date(&self, value: &Scalar, query: &RangeQuery, rounding: Rounding) -> Result<i64, KeySearchError> {
        let format = match (value, &query.format) {
            // A number is a number of milliseconds, whatever the format.
            (Scalar::Number(_), _) | (_, None) => DEFAULT_FORMAT,
            (_, Some(format)) => format,
        };
        let format = DateFormat::parse(format).map_err(|error| KeySearchError::Value(error.to_string()))?;
        let zone = query.time_zone.clone().unwrap_or_else(Zone::utc);
        parse_math(&format, value.text(), self.now.as_millis(), rounding, &zone)
            .map_err(|error| KeySearchError::Value(error.to_string()))
    }

    /// What a date stands for that may be written to the day only.
    fn day(&self, value: &Scalar) -> Result<(i64, i64), KeySearchError> {
        let whole = RangeQuery {
            field: String::new(),
            from: None,
            to: None,
            format: None,
            time_zone: None,
            relation: false,
            lenient: false,
        };
        Ok((self.date(value, &whole, Rounding::Down)?, self.date(value, &whole, Rounding::Up)?))
    }

    /// Fields that are not there or must not be asked are passed over; where none is left nothing is found.
    fn simple(&self, query: &QueryStringQuery) -> Result<Test, KeySearchError> {
        let mut query = query.clone();
        if !query.fields.is_empty() {
            query.fields.retain(|one| one.field.contains('*') || KeyField::parse(&one.field).is_ok());
            if query.fields.is_empty() {
                return Ok(Test::Nothing);
            }
        }
        self.lowered(&query.lower_simple(&KeyFieldNames))
    }

    /// A lowered query combines fields by `dis_max`, which is not taken from requests.
    fn lowered(&self, query: &Query) -> Result<Test, KeySearchError> {
        match &query.kind {
            QueryKind::DisMax(query) => {
                let tests = query.queries.iter().map(|one| self.lowered(one)).collect::<Result<_, _>>()?;
                Ok(Test::AtLeast(1, tests))
            }
            QueryKind::Bool(query) => self.bool(query, Self::lowered),
            QueryKind::ConstantScore(query) => self.lowered(query),
            // The whole text is one word of a keyword, with or without quotes.
            QueryKind::MatchPhrase(query) => self.equals(&query.field, &query.query, false, true),
            QueryKind::Match(query) => self.equals(&query.field, &query.query, false, true),
            QueryKind::Prefix(query) if !is_text(&query.field)? => Ok(Test::Nothing),
            _ => self.test(query),
        }
    }
}

fn is_text(name: &str) -> Result<bool, KeySearchError> {
    Ok(matches!(KeyField::parse(name)?.kind(), FieldKind::Text | FieldKind::Metadata))
}

fn exists(name: &str) -> Result<Test, KeySearchError> {
    let field = KeyField::parse(name)?;
    Ok(match field.kind() {
        FieldKind::Text | FieldKind::Flag => Test::All,
        FieldKind::Time => Test::Time(field, i64::MIN, i64::MAX),
        FieldKind::Metadata => Test::Metadata(field, TextTest::Any),
    })
}

fn pattern(
    query: &PatternQuery,
    kind: &'static str,
    test: impl Fn(&str, bool) -> TextTest,
) -> Result<Test, KeySearchError> {
    let field = KeyField::parse(&query.field)?;
    match field.kind() {
        FieldKind::Text => Ok(Test::Text(field, test(&query.value, query.case_insensitive))),
        FieldKind::Metadata => Ok(Test::Metadata(field, test(&query.value, query.case_insensitive))),
        FieldKind::Time | FieldKind::Flag if query.lenient => Ok(Test::Nothing),
        FieldKind::Time | FieldKind::Flag => {
            let name = &query.field;
            Err(KeySearchError::Value(format!("Can only use {kind} queries on keyword fields - not on [{name}]")))
        }
    }
}

fn flag(name: &str, value: &Scalar) -> Result<bool, KeySearchError> {
    match value.text() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => {
            let text =
                format!("failed to parse [{name}]: Can't parse boolean value [{other}], expected [true] or [false]");
            Err(KeySearchError::Value(text))
        }
    }
}
