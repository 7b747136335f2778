//! `fields` and `docvalue_fields`: the values of a hit, flat and in the form of their mapping.

use keyward_query::body::FetchField;
use keyward_query::date::{DateFormat, Fill, Zone};
use serde_json::{Map, Value as Json};

use super::collect::Place;
use super::evaluate::show_address;
use super::failure::Failure;
use super::shard::Shard;
use super::sort::{fielddata_text, whole_json};
use super::values::truncate;
use super::wildcard::matches;
use crate::mapping::{FieldKind, LeafField};

/// The values that `fields` asks for, from the source of a hit.
pub(super) fn fields(shard: &Shard<'_>, wanted: &[FetchField], source: &[u8]) -> Result<Map<String, Json>, Failure> {
    let document: Map<String, Json> = serde_json::from_slice(source).unwrap_or_default();
    let mut shown = Map::new();
    let mapped = shard.snapshot.mapping.fields();
    for (path, field) in &mapped {
        let Some(wanted) = wanted.iter().find(|wanted| matches(&wanted.field, path)) else { continue };
        // A field below one with values has the values of that one.
        let is_sub = path.rsplit_once('.').is_some_and(|(parent, _)| shard.field(parent).is_some());
        let from = if is_sub { path.rsplit_once('.').map_or(path.as_str(), |(parent, _)| parent) } else { path };
        let format = format_of(field, wanted)?;
        let mut values = Vec::new();
        values_at(&document, from, &mut values);
        let shown_values: Vec<Json> =
            values.into_iter().filter_map(|value| show_value(field, &format, value)).collect();
        if !shown_values.is_empty() {
            shown.insert(path.clone(), shown_values.into());
        }
    }
    if wanted.iter().any(|wanted| wanted.include_unmapped) {
        let mut leaves = Vec::new();
        leaves_of(&document, "", &mut leaves);
        for (path, value) in leaves {
            let asked = wanted.iter().any(|wanted| wanted.include_unmapped && matches(&wanted.field, &path));
            if asked && shard.field(&path).is_none() {
                match shown.entry(path).or_insert_with(|| Json::Array(Vec::new())) {
                    Json::Array(values) => values.push(value.clone()),
                    _ => continue,
                }
            }
        }
    }
    Ok(shown)
}

fn format_of(field: &LeafField, wanted: &FetchField) -> Result<DateFormat, Failure> {
    match &wanted.format {
        None => Ok(Shard::date_format(field)),
        Some(_) if field.kind != FieldKind::Date => Err(Failure::illegal(format!(
            "Field [{}] of type [{}] doesn't support formats.",
            wanted.field,
            field.kind.as_str()
        ))),
        Some(format) => DateFormat::parse(format).map_err(|error| Failure::illegal(error.to_string())),
    }
}

/// The values at a dotted path, through objects and arrays.
fn values_at<'d>(object: &'d Map<String, Json>, path: &str, into: &mut Vec<&'d Json>) {
    for (name, value) in object {
        if name == path {
            flatten(value, into);
        } else if let Some(rest) = path.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('.')) {
            below(value, rest, into);
        }
    }
}

fn below<'d>(value: &'d Json, path: &str, into: &mut Vec<&'d Json>) {
    match value {
        Json::Object(object) => values_at(object, path, into),
        Json::Array(items) => items.iter().for_each(|item| below(item, path, into)),
        _ => {}
    }
}

fn flatten<'d>(value: &'d Json, into: &mut Vec<&'d Json>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| flatten(item, into)),
        Json::Null => {}
        other => into.push(other),
    }
}

fn leaves_of<'d>(object: &'d Map<String, Json>, prefix: &str, into: &mut Vec<(String, &'d Json)>) {
    for (name, value) in object {
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        let mut values = Vec::new();
        flatten(value, &mut values);
        for value in values {
            match value {
                Json::Object(inner) => leaves_of(inner, &path, into),
                other => into.push((path.clone(), other)),
            }
        }
    }
}

/// A value of the source as its field has it.
fn show_value(field: &LeafField, format: &DateFormat, value: &Json) -> Option<Json> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(value) => value.to_string(),
        _ => return None,
    };
    match field.kind {
        FieldKind::Text => Some(text.into()),
        FieldKind::Keyword => {
            let limit = field.ignore_above.and_then(|limit| usize::try_from(limit).ok());
            let kept = limit.is_none_or(|limit| text.encode_utf16().count() <= limit);
            kept.then(|| text.into())
        }
        FieldKind::Boolean => match text.as_str() {
            "true" => Some(true.into()),
            "false" | "" => Some(false.into()),
            _ => None,
        },
        FieldKind::Date => {
            let millis = Shard::date_format(field).read(&text, Fill::Earliest, &Zone::utc())?;
            Some(format.print(millis, &Zone::utc()).into())
        }
        FieldKind::Ip => Some(show_address(&crate::value::ip_term(&text)?).into()),
        kind if kind.is_integral() => {
            let whole = text.trim().parse::<i128>().ok();
            whole.or_else(|| text.trim().parse::<f64>().ok().map(truncate)).map(whole_json)
        }
        kind => text.trim().parse::<f64>().ok().map(|number| shown_fraction(kind, kind.round(number))),
    }
}

/// A number of a field with fractions: the shortest digits that stand for it in the field's precision.
fn shown_fraction(kind: FieldKind, number: f64) -> Json {
    if kind == FieldKind::Double {
        return number.into();
    }
    super::sort::score_json(super::values::single(number))
}

/// The values that `docvalue_fields` asks for, from the columns.
pub(super) fn docvalue_fields(
    shard: &Shard<'_>,
    wanted: &[FetchField],
    place: Place,
) -> Result<Vec<(String, Json)>, Failure> {
    let mut shown = Vec::new();
    for one in wanted {
        for (path, field) in shard.snapshot.mapping.fields() {
            if !matches(&one.field, &path) {
                continue;
            }
            if field.kind == FieldKind::Text {
                if one.field.contains('*') {
                    continue;
                }
                return Err(Failure::illegal(fielddata_text(&path, &shard.snapshot.name)));
            }
            let columns = shard.column(&path)?;
            let Some(values) = columns.get(place.segment) else { continue };
            let format = if field.kind == FieldKind::Date { format_of(field, one)? } else { DateFormat::default() };
            let list: Vec<Json> = match field.kind {
                FieldKind::Keyword | FieldKind::Ip => {
                    let texts = values.ords(place.doc).into_iter().map(|ord| values.string(ord));
                    let texts = texts.collect::<tantivy::Result<Vec<_>>>()?.into_iter();
                    let address = field.kind == FieldKind::Ip;
                    texts.map(|text| if address { show_address(&text).into() } else { text.into() }).collect()
                }
                FieldKind::Boolean => values.integers(place.doc).into_iter().map(|value| (value != 0).into()).collect(),
                FieldKind::Date => {
                    let millis = values.integers(place.doc).into_iter().filter_map(|value| i64::try_from(value).ok());
                    millis.map(|millis| format.print(millis, &Zone::utc()).into()).collect()
                }
                kind if kind.is_integral() => values.integers(place.doc).into_iter().map(whole_json).collect(),
                _ => values.doubles(place.doc).into_iter().map(Json::from).collect(),
            };
            if !list.is_empty() {
                shown.push((path, list.into()));
            }
        }
    }
    Ok(shown)
}
