//! A mapping as it is shown, and as it is stored: the two are the same text.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{LeafField, Mapping, ObjectField, Properties, Property};

impl Mapping {
    /// The body of `"mappings"`: `{}` for an index without any.
    pub(crate) fn to_json(&self) -> Value {
        let mut shown = Map::new();
        if let Some(dynamic) = self.dynamic {
            shown.insert("dynamic".to_owned(), dynamic.as_str().into());
        }
        if let Some(detection) = self.date_detection {
            shown.insert("date_detection".to_owned(), detection.into());
        }
        if let Some(detection) = self.numeric_detection {
            shown.insert("numeric_detection".to_owned(), detection.into());
        }
        if let Some(meta) = &self.meta {
            shown.insert("_meta".to_owned(), meta.clone());
        }
        if !self.properties.is_empty() {
            shown.insert("properties".to_owned(), properties(&self.properties));
        }
        Value::Object(shown)
    }
}

impl LeafField {
    /// What the mapping says of the field.
    pub(crate) fn to_json(&self) -> Value {
        leaf(self)
    }
}

fn properties(properties: &Properties) -> Value {
    Value::Object(
        properties
            .iter()
            .map(|(name, property)| {
                let shown = match property {
                    Property::Object(field) => object(field),
                    Property::Leaf(field) => leaf(field),
                };
                (name.clone(), shown)
            })
            .collect(),
    )
}

fn object(field: &ObjectField) -> Value {
    let mut shown = Map::new();
    if let Some(dynamic) = field.dynamic {
        shown.insert("dynamic".to_owned(), dynamic.as_str().into());
    }
    if let Some(enabled) = field.enabled {
        shown.insert("enabled".to_owned(), enabled.into());
    }
    if field.properties.is_empty() {
        // Without fields there is nothing else to tell an object by.
        shown.insert("type".to_owned(), "object".into());
    } else {
        shown.insert("properties".to_owned(), properties(&field.properties));
    }
    Value::Object(shown)
}

fn leaf(field: &LeafField) -> Value {
    let mut shown = Map::new();
    shown.insert("type".to_owned(), field.kind.as_str().into());
    let mut flag = |name: &str, value: Option<bool>| {
        if let Some(value) = value {
            shown.insert(name.to_owned(), value.into());
        }
    };
    flag("index", field.index);
    flag("ignore_malformed", field.ignore_malformed);
    flag("coerce", field.coerce);
    if let Some(limit) = field.ignore_above {
        shown.insert("ignore_above".to_owned(), json!(limit));
    }
    if let Some(format) = &field.format {
        shown.insert("format".to_owned(), format.as_str().into());
    }
    if let Some(value) = &field.null_value {
        shown.insert("null_value".to_owned(), value.clone());
    }
    if let Some(meta) = &field.meta {
        shown.insert("meta".to_owned(), meta.clone());
    }
    if !field.fields.is_empty() {
        shown.insert("fields".to_owned(), multi_fields(&field.fields));
    }
    Value::Object(shown)
}

fn multi_fields(fields: &BTreeMap<String, LeafField>) -> Value {
    Value::Object(fields.iter().map(|(name, field)| (name.clone(), leaf(field))).collect())
}
