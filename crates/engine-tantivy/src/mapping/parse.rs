//! Reading a mapping from a request's body.
//!
//! What Elasticsearch would refuse is refused with its text; what Elasticsearch knows and Keyward does not is refused
//! too, naming it.

use std::collections::BTreeMap;

use keyward_query::date::DateFormat;
use keyward_xcontent::{Kind, Object, Value};
use thiserror::Error;

use super::{Dynamic, FieldKind, LeafField, Mapping, ObjectField, Properties, Property};

/// The deepest nesting of objects, as `index.mapping.depth.limit`.
pub(crate) const DEPTH_LIMIT: usize = 20;

/// The longest name of a field, in bytes, with or without dots in it.
const LONGEST_NAME: usize = 1024;

/// Field types that Elasticsearch has and Keyward has not.
const UNSUPPORTED_TYPES: &[&str] = &[
    "nested",
    "join",
    "geo_point",
    "geo_shape",
    "point",
    "shape",
    "binary",
    "flattened",
    "object_range",
    "integer_range",
    "long_range",
    "float_range",
    "double_range",
    "date_range",
    "ip_range",
    "date_nanos",
    "scaled_float",
    "wildcard",
    "constant_keyword",
    "match_only_text",
    "completion",
    "search_as_you_type",
    "token_count",
    "dense_vector",
    "sparse_vector",
    "rank_feature",
    "rank_features",
    "rank_vectors",
    "percolator",
    "histogram",
    "exponential_histogram",
    "aggregate_metric_double",
    "alias",
    "version",
    "murmur3",
    "annotated_text",
    "semantic_text",
    "passthrough",
    "counted_keyword",
    "unsigned_integer",
    "pattern_text",
];

/// Why a mapping is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum MappingError {
    /// It is not a mapping by Elasticsearch's rules.
    #[error("{0}")]
    Malformed(String),
    /// It asks for something that this engine does not do.
    #[error("{0}")]
    Unsupported(String),
}

impl Mapping {
    /// Reads the body of `mappings`.
    pub(crate) fn parse(value: &Value<'_>) -> Result<Self, MappingError> {
        let object = value
            .as_object()
            .ok_or_else(|| malformed(format!("Expected map for property [mappings] but got {}", describe(value))))?;
        let mut mapping = Self::default();
        for field in object {
            match field.name.as_ref() {
                "dynamic" => mapping.dynamic = Some(dynamic(&field.value)?),
                "date_detection" => mapping.date_detection = Some(boolean("date_detection", &field.value)?),
                "numeric_detection" => mapping.numeric_detection = Some(boolean("numeric_detection", &field.value)?),
                "_meta" => mapping.meta = Some(free_form("_meta", &field.value)?),
                "properties" => mapping.properties = properties(&field.value, 1)?,
                "_source" => source(&field.value)?,
                "_routing" => routing(&field.value)?,
                name @ ("dynamic_templates"
                | "dynamic_date_formats"
                | "runtime"
                | "_field_names"
                | "_size"
                | "_data_stream_timestamp"
                | "subobjects"
                | "_doc") => {
                    if !is_empty(&field.value) {
                        return Err(unsupported(format!("mapping parameter [{name}] is not supported")));
                    }
                }
                name => {
                    let shown = field.value.to_json();
                    return Err(malformed(format!(
                        "Root mapping definition has unsupported parameters:  [{name} : {}]",
                        java_style(&shown)
                    )));
                }
            }
        }
        Ok(mapping)
    }
}

fn properties(value: &Value<'_>, depth: usize) -> Result<Properties, MappingError> {
    let Some(object) = value.as_object() else {
        // An empty list is what some clients send for no fields.
        return match value.as_array() {
            Some([]) => Ok(Properties::new()),
            _ => Err(malformed(format!("Expected map for property [properties] but got {}", describe(value)))),
        };
    };
    if depth > DEPTH_LIMIT {
        return Err(malformed(format!("Limit of mapping depth [{DEPTH_LIMIT}] has been exceeded")));
    }
    let mut properties = Properties::new();
    for field in object {
        let property = property(&field.name, &field.value, depth)?;
        insert(&mut properties, &field.name, property)?;
    }
    Ok(properties)
}

/// Puts a property under its name; a dotted name is an object with a field.
fn insert(properties: &mut Properties, name: &str, property: Property) -> Result<(), MappingError> {
    check_name(name)?;
    match name.split_once('.') {
        None => {
            if properties.insert(name.to_owned(), property).is_some() {
                return Err(malformed(format!("field [{name}] is declared twice")));
            }
            Ok(())
        }
        Some((object, rest)) => {
            let parent =
                properties.entry(object.to_owned()).or_insert_with(|| Property::Object(ObjectField::default()));
            match parent {
                Property::Object(parent) => insert(&mut parent.properties, rest, property),
                Property::Leaf(_) => Err(malformed(format!("field [{object}] is declared twice"))),
            }
        }
    }
}

/// Refuses names that cannot be the name of a field.
pub(crate) fn check_name(name: &str) -> Result<(), MappingError> {
    if name.is_empty() {
        return Err(malformed("field name cannot be an empty string".to_owned()));
    }
    if name.len() > LONGEST_NAME {
        return Err(unsupported(format!("field names of more than [{LONGEST_NAME}] bytes are not supported")));
    }
    if name.contains(|c: char| c.is_control()) {
        return Err(unsupported(format!(
            "field names with control characters are not supported, found [{}]",
            name.escape_debug()
        )));
    }
    if name.split('.').any(|part| part.trim().is_empty()) {
        return Err(malformed(format!(
            "field name cannot contain only whitespaces, or start or end with a dot: [{name}]"
        )));
    }
    Ok(())
}

fn property(name: &str, value: &Value<'_>, depth: usize) -> Result<Property, MappingError> {
    let Some(object) = value.as_object() else {
        return Err(malformed(format!(
            "Expected map for property [fields] on field [{name}] but got {}",
            describe(value)
        )));
    };
    let kind = match object.get("type") {
        None => {
            if object.get("properties").is_none()
                && !object.is_empty()
                && object.get("enabled").is_none()
                && object.get("dynamic").is_none()
            {
                return Err(malformed(format!("No type specified for field [{name}]")));
            }
            "object"
        }
        Some(kind) => kind.as_str().ok_or_else(|| malformed(format!("No type specified for field [{name}]")))?,
    };
    if kind == "object" {
        return Ok(Property::Object(object_field(name, object, depth)?));
    }
    Ok(Property::Leaf(leaf(name, kind, object, false)?))
}

fn object_field(name: &str, object: &Object<'_>, depth: usize) -> Result<ObjectField, MappingError> {
    let mut field = ObjectField::default();
    for entry in object {
        match entry.name.as_ref() {
            "type" => {}
            "dynamic" => field.dynamic = Some(dynamic(&entry.value)?),
            "enabled" => field.enabled = Some(boolean("enabled", &entry.value)?),
            "properties" => field.properties = properties(&entry.value, depth + 1)?,
            parameter @ ("subobjects" | "synthetic_source_keep") => {
                return Err(unsupported(format!("parameter [{parameter}] on object [{name}] is not supported")));
            }
            parameter => {
                return Err(malformed(format!(
                    "Mapping definition for [{name}] has unsupported parameters:  [{parameter} : {}]",
                    java_style(&entry.value.to_json())
                )));
            }
        }
    }
    Ok(field)
}

fn leaf(name: &str, kind: &str, object: &Object<'_>, is_multi_field: bool) -> Result<LeafField, MappingError> {
    let Some(kind) = FieldKind::parse(kind) else {
        if UNSUPPORTED_TYPES.contains(&kind) {
            return Err(unsupported(format!("field type [{kind}], declared on field [{name}], is not supported")));
        }
        return Err(malformed(format!(
            "The mapper type [{kind}] declared on field [{name}] does not exist. It might have been created within a future version or requires a plugin to be installed. Check the documentation."
        )));
    };
    let mut field = LeafField::new(kind);
    for entry in object {
        parameter(name, &mut field, entry.name.as_ref(), &entry.value, is_multi_field)?;
    }
    Ok(field)
}

fn parameter(
    name: &str,
    field: &mut LeafField,
    parameter: &str,
    value: &Value<'_>,
    is_multi_field: bool,
) -> Result<(), MappingError> {
    let kind = field.kind;
    let is_number = kind.is_number();
    match parameter {
        "type" => {}
        "index" => field.index = Some(boolean(parameter, value)?),
        "ignore_above" if kind == FieldKind::Keyword => {
            let limit = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
            field.ignore_above = Some(
                limit
                    .and_then(|limit| u32::try_from(limit).ok())
                    .filter(|limit| i32::try_from(*limit).is_ok())
                    .ok_or_else(|| {
                        malformed(format!("[ignore_above] must be positive, got [{}]", java_style(&value.to_json())))
                    })?,
            );
        }
        "ignore_malformed" if is_number || matches!(kind, FieldKind::Date | FieldKind::Ip | FieldKind::Boolean) => {
            field.ignore_malformed = Some(boolean(parameter, value)?);
        }
        "coerce" if is_number && kind != FieldKind::UnsignedLong => field.coerce = Some(boolean(parameter, value)?),
        "format" if kind == FieldKind::Date => {
            let text =
                value.as_str().ok_or_else(|| malformed(format!("[format] of field [{name}] must be a string")))?;
            DateFormat::parse(text).map_err(|error| malformed(format!("{error}, on field [{name}]")))?;
            field.format = Some(text.to_owned());
        }
        "null_value" if kind != FieldKind::Text => {
            if !value.is_null() {
                crate::value::check_null_value(field, value)
                    .map_err(|reason| malformed(format!("Failed to parse [null_value] of field [{name}]: {reason}")))?;
                field.null_value = Some(value.to_json());
            }
        }
        "meta" => field.meta = Some(free_form("meta", value)?),
        "fields" if !is_multi_field => field.fields = multi_fields(name, value)?,
        "fields" => {
            return Err(malformed(format!("Type [{}] cannot be used in multi field", kind.as_str())));
        }
        // These change nothing at their defaults; another value is refused, naming it.
        "doc_values" if kind != FieldKind::Text => only(name, parameter, value, &["true"])?,
        "store" => only(name, parameter, value, &["false"])?,
        "norms" if kind == FieldKind::Text => only(name, parameter, value, &["true"])?,
        "norms" if kind == FieldKind::Keyword => only(name, parameter, value, &["false"])?,
        "fielddata" | "index_phrases" if kind == FieldKind::Text => only(name, parameter, value, &["false"])?,
        "eager_global_ordinals" if matches!(kind, FieldKind::Text | FieldKind::Keyword) => {
            only(name, parameter, value, &["false"])?
        }
        "analyzer" | "search_analyzer" | "search_quote_analyzer" if kind == FieldKind::Text => {
            only(name, parameter, value, &["standard", "default"])?
        }
        "similarity" if kind == FieldKind::Text => only(name, parameter, value, &["BM25"])?,
        "index_options" if kind == FieldKind::Text => only(name, parameter, value, &["positions"])?,
        "index_options" if kind == FieldKind::Keyword => only(name, parameter, value, &["docs"])?,
        "term_vector" if kind == FieldKind::Text => only(name, parameter, value, &["no"])?,
        "position_increment_gap" if kind == FieldKind::Text => only(name, parameter, value, &["100"])?,
        "locale" if kind == FieldKind::Date => only(name, parameter, value, &["ENGLISH", "en", "ROOT", ""])?,
        "split_queries_on_whitespace" if kind == FieldKind::Keyword => only(name, parameter, value, &["false"])?,
        "copy_to"
        | "script"
        | "on_script_error"
        | "time_series_dimension"
        | "time_series_metric"
        | "normalizer"
        | "index_prefixes"
        | "fielddata_frequency_filter"
        | "synthetic_source_keep"
        | "boost" => {
            return Err(unsupported(format!(
                "parameter [{parameter}] on field [{name}] of type [{}] is not supported",
                kind.as_str()
            )));
        }
        _ => {
            return Err(malformed(format!(
                "unknown parameter [{parameter}] on mapper [{name}] of type [{}]",
                kind.as_str()
            )));
        }
    }
    Ok(())
}

fn multi_fields(name: &str, value: &Value<'_>) -> Result<BTreeMap<String, LeafField>, MappingError> {
    let object = value.as_object().ok_or_else(|| {
        malformed(format!("expected map for property [fields] on field [{name}] but got {}", describe(value)))
    })?;
    let mut fields = BTreeMap::new();
    for entry in object {
        if entry.name.contains('.') {
            return Err(malformed(format!(
                "Field name [{}] which is a multi field of [{name}] cannot contain '.'",
                entry.name
            )));
        }
        check_name(&entry.name)?;
        let Some(object) = entry.value.as_object() else {
            return Err(malformed(format!(
                "illegal field [{}], only fields can be specified inside fields",
                entry.name
            )));
        };
        let kind = object
            .get("type")
            .and_then(Value::as_str)
            .ok_or_else(|| malformed(format!("no type specified for property [{}]", entry.name)))?;
        if kind == "object" || kind == "nested" {
            return Err(malformed(format!("Type [{kind}] cannot be used in multi field")));
        }
        fields.insert(entry.name.clone().into_owned(), leaf(&entry.name, kind, object, true)?);
    }
    Ok(fields)
}

fn only(name: &str, parameter: &str, value: &Value<'_>, supported: &[&str]) -> Result<(), MappingError> {
    let given = match value.to_json() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    if supported.contains(&given.as_str()) {
        return Ok(());
    }
    Err(unsupported(format!("value [{given}] of parameter [{parameter}] on field [{name}] is not supported")))
}

fn dynamic(value: &Value<'_>) -> Result<Dynamic, MappingError> {
    let text = match &value.kind {
        Kind::Bool(true) => "true",
        Kind::Bool(false) => "false",
        Kind::String(text) => text.as_ref(),
        _ => return Err(malformed(format!("No enum constant for dynamic [{}]", java_style(&value.to_json())))),
    };
    match text {
        "true" => Ok(Dynamic::True),
        "false" => Ok(Dynamic::False),
        "strict" => Ok(Dynamic::Strict),
        "runtime" => Err(unsupported("value [runtime] of mapping parameter [dynamic] is not supported".to_owned())),
        other => Err(malformed(format!("Could not convert [dynamic] to boolean: [{other}]"))),
    }
}

fn boolean(name: &str, value: &Value<'_>) -> Result<bool, MappingError> {
    value.as_lenient_bool().ok_or_else(|| {
        malformed(format!(
            "Failed to parse value [{}] as only [true] or [false] are allowed for [{name}].",
            java_style(&value.to_json())
        ))
    })
}

fn source(value: &Value<'_>) -> Result<(), MappingError> {
    let object = value.as_object().ok_or_else(|| malformed("[_source] config must be an object".to_owned()))?;
    for field in object {
        match (field.name.as_ref(), field.value.as_lenient_bool()) {
            ("enabled", Some(true)) => {}
            ("mode", _) if field.value.as_str() == Some("stored") => {}
            ("includes" | "excludes", _) if is_empty(&field.value) => {}
            ("enabled" | "mode" | "includes" | "excludes" | "compress" | "compress_threshold", _) => {
                return Err(unsupported(format!("setting [{}] of [_source] is not supported", field.name)));
            }
            (other, _) => return Err(malformed(format!("unknown parameter [{other}] on metadata field [_source]"))),
        }
    }
    Ok(())
}

fn routing(value: &Value<'_>) -> Result<(), MappingError> {
    let object = value.as_object().ok_or_else(|| malformed("[_routing] config must be an object".to_owned()))?;
    for field in object {
        match (field.name.as_ref(), field.value.as_lenient_bool()) {
            ("required", Some(false)) => {}
            ("required", _) => return Err(unsupported("[_routing] with [required] is not supported".to_owned())),
            (other, _) => return Err(malformed(format!("unknown parameter [{other}] on metadata field [_routing]"))),
        }
    }
    Ok(())
}

/// What the user keeps with a mapping, as it is shown. Not deeper than mappings themselves: it is written out often.
fn free_form(name: &str, value: &Value<'_>) -> Result<serde_json::Value, MappingError> {
    fn is_deeper(value: &Value<'_>, than: usize) -> bool {
        match &value.kind {
            Kind::Array(items) => than == 0 || items.iter().any(|item| is_deeper(item, than - 1)),
            Kind::Object(object) => than == 0 || object.iter().any(|field| is_deeper(&field.value, than - 1)),
            _ => false,
        }
    }
    if is_deeper(value, DEPTH_LIMIT) {
        return Err(unsupported(format!("[{name}] that nests deeper than [{DEPTH_LIMIT}] is not supported")));
    }
    Ok(value.to_json())
}

fn is_empty(value: &Value<'_>) -> bool {
    value.as_array().is_some_and(<[_]>::is_empty) || value.as_object().is_some_and(Object::is_empty) || value.is_null()
}

/// What kind of thing a value is, for texts about the wrong kind.
fn describe(value: &Value<'_>) -> &'static str {
    match value.kind {
        Kind::Null => "null",
        Kind::Bool(_) => "a class java.lang.Boolean",
        Kind::Number(_) => "a class java.lang.Number",
        Kind::String(_) => "a class java.lang.String",
        Kind::Array(_) => "a class java.util.ArrayList",
        Kind::Object(_) => "a class java.util.HashMap",
    }
}

/// A value as the texts of these errors show it: objects as `{a=1}`, strings bare.
pub(crate) fn java_style(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => {
            format!("[{}]", items.iter().map(java_style).collect::<Vec<_>>().join(", "))
        }
        serde_json::Value::Object(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", java_style(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn malformed(reason: String) -> MappingError {
    MappingError::Malformed(reason)
}

fn unsupported(reason: String) -> MappingError {
    MappingError::Unsupported(reason)
}
