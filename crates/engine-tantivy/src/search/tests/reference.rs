//! A search as one would write it without an index: every document is looked at, value by value.

use keyward_query::query::{Operator, Query, QueryKind};
use keyward_query::{Scalar, date};
use serde_json::Value as Json;

use crate::mapping::{FieldKind, Mapping};

/// A value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Words(Vec<String>),
    Text(String),
    Number(f64),
}

/// The values of a field of a document.
pub(super) fn values(mapping: &Mapping, document: &Json, path: &str) -> Vec<Value> {
    let Some(field) = mapping.field(path) else { return Vec::new() };
    let top = path.strip_suffix(".keyword").unwrap_or(path);
    let mut found = Vec::new();
    fn each(value: &Json, found: &mut Vec<Json>) {
        match value {
            Json::Array(items) => items.iter().for_each(|item| each(item, found)),
            Json::Null => {}
            other => found.push(other.clone()),
        }
    }
    each(&document[top], &mut found);
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    found
        .iter()
        .map(|value| match field.kind {
            FieldKind::Text => Value::Words(words(&text(value))),
            FieldKind::Keyword => Value::Text(text(value)),
            FieldKind::Boolean => Value::Number(f64::from(u8::from(text(value) == "true"))),
            FieldKind::Date => Value::Number(millis(&text(value), date::Fill::Earliest) as f64),
            kind if kind.is_integral() => Value::Number(text(value).parse::<f64>().unwrap().trunc()),
            kind => Value::Number(kind.round(text(value).parse().unwrap())),
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

fn millis(text: &str, fill: date::Fill) -> i64 {
    date::DateFormat::default().read(text, fill, &date::Zone::utc()).unwrap()
}

/// The numbers that a field has for a value of a request: from, to.
fn ends(kind: FieldKind, value: &Scalar) -> (f64, f64) {
    match kind {
        FieldKind::Date => {
            let at = |fill| millis(value.text(), fill) as f64;
            (at(date::Fill::Earliest), at(date::Fill::Latest))
        }
        FieldKind::Boolean => {
            let number = f64::from(u8::from(value.text() == "true"));
            (number, number)
        }
        kind => {
            let number = kind.round(value.text().parse().unwrap());
            (number, number)
        }
    }
}

/// Whether a query matches a document.
pub(super) fn matches(mapping: &Mapping, id: &str, document: &Json, query: &Query) -> bool {
    let has = |path: &str, test: &dyn Fn(&Value) -> bool| values(mapping, document, path).iter().any(test);
    let kind = |path: &str| mapping.field(path).map(|field| field.kind);
    let holds = |query: &Query| matches(mapping, id, document, query);
    let term = |path: &str, value: &Scalar| match kind(path) {
        None => false,
        Some(FieldKind::Text) => {
            has(path, &|found| matches!(found, Value::Words(words) if words.iter().any(|word| word == value.text())))
        }
        Some(FieldKind::Keyword) => has(path, &|found| *found == Value::Text(value.text().to_owned())),
        Some(kind) => {
            let (from, to) = ends(kind, value);
            has(path, &|found| matches!(found, Value::Number(number) if from <= *number && *number <= to))
        }
    };
    match &query.kind {
        QueryKind::MatchAll => true,
        QueryKind::MatchNone => false,
        QueryKind::Ids(ids) => ids.iter().any(|other| other == id),
        QueryKind::Term(query) => term(&query.field, &query.value),
        QueryKind::Terms(query) => query.values.iter().any(|value| term(&query.field, value)),
        QueryKind::Exists { field } => !values(mapping, document, field).is_empty(),
        QueryKind::Match(query) if kind(&query.field) == Some(FieldKind::Text) => {
            let wanted = words(query.query.text());
            let present = |word: &&String| term(&query.field, &Scalar::string(word.as_str()));
            let count = wanted.iter().filter(present).count();
            let needed = match (&query.minimum_should_match, query.operator) {
                (_, Operator::And) => wanted.len(),
                (Some(minimum), _) if wanted.len() > 1 => minimum.of(wanted.len()).max(1),
                _ => 1,
            };
            !wanted.is_empty() && count >= needed
        }
        QueryKind::Match(query) => term(&query.field, &query.query),
        QueryKind::MatchPhrase(query) if kind(&query.field) == Some(FieldKind::Text) => {
            let wanted = words(query.query.text());
            !wanted.is_empty()
                && has(
                    &query.field,
                    &|found| matches!(found, Value::Words(words) if words.windows(wanted.len()).any(|part| *part == *wanted)),
                )
        }
        QueryKind::Prefix(query) => has(&query.field, &|found| match found {
            Value::Words(words) => words.iter().any(|word| word.starts_with(&query.value)),
            Value::Text(text) => text.starts_with(&query.value),
            Value::Number(_) => false,
        }),
        QueryKind::Wildcard(query) => has(&query.field, &|found| match found {
            Value::Words(words) => words.iter().any(|word| like(&query.value, word)),
            Value::Text(text) => like(&query.value, text),
            Value::Number(_) => false,
        }),
        QueryKind::Range(query) => {
            let Some(kind) = kind(&query.field) else { return false };
            has(&query.field, &|found| match found {
                Value::Number(number) => {
                    let from = query.from.as_ref().is_none_or(|end| {
                        let (first, last) = ends(kind, &end.value);
                        if end.inclusive { *number >= first } else { *number > last }
                    });
                    from && query.to.as_ref().is_none_or(|end| {
                        let (first, last) = ends(kind, &end.value);
                        if end.inclusive { *number <= last } else { *number < first }
                    })
                }
                Value::Text(text) => in_range(text, query),
                Value::Words(words) => words.iter().any(|word| in_range(word, query)),
            })
        }
        QueryKind::ConstantScore(query) => holds(query),
        QueryKind::DisMax(query) => query.queries.iter().any(holds),
        QueryKind::Bool(query) => {
            let should = query.should.iter().filter(|query| holds(query)).count();
            let needed = match &query.minimum_should_match {
                Some(minimum) => minimum.of(query.should.len()),
                None => usize::from(query.must.is_empty() && query.filter.is_empty() && !query.should.is_empty()),
            };
            query.must.iter().all(holds)
                && query.filter.iter().all(holds)
                && !query.must_not.iter().any(holds)
                && (query.should.is_empty() || should >= needed)
        }
        other => panic!("the reference has no {other:?}"),
    }
}

fn in_range(text: &str, query: &keyward_query::query::RangeQuery) -> bool {
    let from = query.from.as_ref().is_none_or(|end| {
        let value = end.value.text();
        text > value || (end.inclusive && text == value)
    });
    from && query.to.as_ref().is_none_or(|end| {
        let value = end.value.text();
        text < value || (end.inclusive && text == value)
    })
}

/// A pattern with `*` and `?`, the slow way.
fn like(pattern: &str, text: &str) -> bool {
    fn like(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, first) => first.is_none(),
            (Some(('*', rest)), first) => like(rest, text) || first.is_some_and(|(_, text)| like(pattern, text)),
            (Some((expected, pattern)), Some((found, text))) => {
                (*expected == '?' || expected == found) && like(pattern, text)
            }
            (Some(_), None) => false,
        }
    }
    let characters = |text: &str| text.chars().collect::<Vec<_>>();
    like(&characters(pattern), &characters(text))
}
