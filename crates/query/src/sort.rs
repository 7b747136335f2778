//! `sort` and `search_after`: the order of hits, and where to go on.

use keyward_xcontent::{Field, Kind, Object, Value};

use crate::error::{ParseError, ParseErrorKind, ParseResult};
use crate::read;
use crate::scalar::Scalar;

/// By what hits are ordered, the first one first.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// What is compared.
    pub key: SortKey,
    /// In which direction.
    pub order: Order,
    /// Where hits without a value go.
    pub missing: Missing,
    /// Which of several values counts; not said: the one that comes first in that order.
    pub mode: Option<SortMode>,
    /// The type of the field where it is not mapped; not said: that is an error.
    pub unmapped_type: Option<String>,
    /// The type that numbers are compared as.
    pub numeric_type: Option<NumericType>,
    /// How dates are shown.
    pub format: Option<String>,
}

/// What is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SortKey {
    /// `_score`
    Score,
    /// `_doc`: whatever order is easiest.
    Doc,
    /// The values of a field.
    Field(String),
}

/// A direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// Where hits without a value go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// Behind all others.
    Last,
    /// Before all others.
    First,
    /// As if they had this value.
    Value(Scalar),
}

/// Which of several values counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortMode {
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Their sum.
    Sum,
    /// Their mean.
    Avg,
    /// The one in the middle.
    Median,
}

/// The type that numbers are compared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumericType {
    /// 64-bit integers.
    Long,
    /// Doubles.
    Double,
    /// Dates in milliseconds.
    Date,
}

/// A value of `search_after`. `None` stands for `null`.
pub type SearchAfterValue = Option<Scalar>;

const FIELD_OPTIONS: &[&str] =
    &["order", "missing", "mode", "unmapped_type", "numeric_type", "format", "nested", "nested_path", "nested_filter"];

// === impl Sort ===

impl Sort {
    /// By a field, or by `_score` or `_doc`, in the direction that is usual for it.
    pub fn by(name: &str) -> Self {
        let (key, order) = match name {
            "_score" => (SortKey::Score, Order::Descending),
            "_doc" => (SortKey::Doc, Order::Ascending),
            field => (SortKey::Field(field.to_owned()), Order::Ascending),
        };
        Self { key, order, missing: Missing::Last, mode: None, unmapped_type: None, numeric_type: None, format: None }
    }
}

/// Reads `sort`: a name, an object, or an array of them.
pub fn parse_sort(value: &Value<'_>) -> ParseResult<Vec<Sort>> {
    match &value.kind {
        Kind::String(name) => Ok(vec![Sort::by(name)]),
        Kind::Object(object) => objects(object),
        Kind::Array(items) => {
            let mut sorts = Vec::new();
            for item in items {
                match &item.kind {
                    Kind::String(name) => sorts.push(Sort::by(name)),
                    Kind::Object(object) => sorts.extend(objects(object)?),
                    _ => {
                        return Err(ParseError::illegal_argument(
                            "malformed sort format, within the sort array, an object, or an actual string are allowed",
                        ));
                    }
                }
            }
            Ok(sorts)
        }
        _ => Err(ParseError::illegal_argument(
            "malformed sort format, either start with array, object, or an actual string",
        )),
    }
}

/// Reads the parameter `sort`: `name` and `name:desc`, with commas between.
pub fn parse_uri_sort(text: &str) -> ParseResult<Vec<Sort>> {
    text.split(',')
        .map(|one| match one.rsplit_once(':') {
            None => Ok(Sort::by(one)),
            Some((name, "asc")) => Ok(Sort { order: Order::Ascending, ..Sort::by(name) }),
            Some((name, "desc")) => Ok(Sort { order: Order::Descending, ..Sort::by(name) }),
            Some((_, order)) => Err(ParseError::illegal_argument(format!("Unknown sort order [{order}]"))),
        })
        .collect()
}

fn objects(object: &Object<'_>) -> ParseResult<Vec<Sort>> {
    object.iter().map(one).collect()
}

fn one(field: &Field<'_>) -> ParseResult<Sort> {
    let name = field.name.as_ref();
    match name {
        "_script" => return Err(ParseError::unsupported("_script] in [sort")),
        "_geo_distance" | "_geoDistance" => return Err(ParseError::unsupported("_geo_distance] in [sort")),
        _ => {}
    }
    let mut sort = Sort::by(name);
    match &field.value.kind {
        Kind::String(order) => sort.order = order_of(order)?,
        Kind::Object(options) => {
            let parser = if sort.key == SortKey::Score { "_score" } else { "field_sort" };
            for option in options {
                parse_option(parser, option, &mut sort)?;
            }
        }
        _ => {
            return Err(ParseError::illegal_argument(
                "malformed sort format, within the sort array, an object, or an actual string are allowed",
            ));
        }
    }
    Ok(sort)
}

fn parse_option(parser: &str, option: &Field<'_>, sort: &mut Sort) -> ParseResult<()> {
    let value = &option.value;
    let name = option.name.as_ref();
    let failed = |cause| ParseError::failed_field(parser, name, value, cause);
    if parser == "_score" && name != "order" {
        return Err(ParseError::unknown_field(parser, option, &["order"]));
    }
    match name {
        "order" => sort.order = read::text(parser, name, value).and_then(|text| order_of(&text)).map_err(failed)?,
        "missing" => {
            sort.missing = match Scalar::of(value) {
                Some(Scalar::String(text)) if text.as_ref() == "_last" => Missing::Last,
                Some(Scalar::String(text)) if text.as_ref() == "_first" => Missing::First,
                Some(value) => Missing::Value(value),
                None => return Err(failed(read::unexpected(parser, name, value))),
            };
        }
        "mode" => {
            let text = read::text(parser, name, value).map_err(failed)?;
            sort.mode = Some(match text.to_ascii_lowercase().as_str() {
                "min" => SortMode::Min,
                "max" => SortMode::Max,
                "sum" => SortMode::Sum,
                "avg" => SortMode::Avg,
                "median" => SortMode::Median,
                _ => return Err(failed(ParseError::illegal_argument(format!("Unknown SortMode [{text}]")))),
            });
        }
        "unmapped_type" => sort.unmapped_type = Some(read::text(parser, name, value).map_err(failed)?),
        "numeric_type" => {
            let text = read::text(parser, name, value).map_err(failed)?;
            sort.numeric_type = Some(match text.as_str() {
                "long" => NumericType::Long,
                "double" => NumericType::Double,
                "date" => NumericType::Date,
                "date_nanos" => return Err(ParseError::unsupported("numeric_type=date_nanos] in [sort")),
                _ => {
                    return Err(failed(ParseError::illegal_argument(format!(
                        "invalid value for [numeric_type], must be [long, double, date, date_nanos], got {text}"
                    ))));
                }
            });
        }
        "format" => sort.format = Some(read::text(parser, name, value).map_err(failed)?),
        "nested" | "nested_path" | "nested_filter" => return Err(ParseError::unsupported("nested] in [sort")),
        _ => return Err(ParseError::unknown_field(parser, option, FIELD_OPTIONS)),
    }
    Ok(())
}

fn order_of(text: &str) -> ParseResult<Order> {
    match text.to_ascii_lowercase().as_str() {
        "asc" => Ok(Order::Ascending),
        "desc" => Ok(Order::Descending),
        _ => Err(ParseError::illegal_argument(format!(
            "No enum constant org.elasticsearch.search.sort.SortOrder.{}",
            text.to_uppercase()
        ))),
    }
}

/// Reads `search_after`.
pub fn parse_search_after(value: &Value<'_>) -> ParseResult<Vec<SearchAfterValue>> {
    let Kind::Array(items) = &value.kind else {
        return Err(ParseError::parsing(
            value.location,
            format!("Expected [START_ARRAY] in [search_after] but found [{}] inside search_after", value.token()),
        ));
    };
    if items.is_empty() {
        return Err(ParseError::illegal_argument("Values must contains at least one value."));
    }
    items
        .iter()
        .map(|item| match &item.kind {
            Kind::Null => Ok(None),
            _ => Scalar::of(item).map(Some).ok_or_else(|| {
                ParseError::new(
                    ParseErrorKind::Parsing,
                    format!(
                        "Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [{}] \
                         inside search_after.",
                        item.token()
                    ),
                )
            }),
        })
        .collect()
}
