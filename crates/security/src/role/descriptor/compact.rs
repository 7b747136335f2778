//! A value that was read, written again without blanks.
//!
//! Role queries are kept as text; going through `serde_json` would change numbers that do not fit its types.

use keyward_xcontent::{Kind, Value};

/// A query as compact text, its numbers as they were written.
pub(super) fn compact(value: &Value<'_>) -> String {
    let mut out = String::new();
    write_compact(value, &mut out);
    out
}

fn write_compact(value: &Value<'_>, out: &mut String) {
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(true) => out.push_str("true"),
        Kind::Bool(false) => out.push_str("false"),
        Kind::Number(number) => out.push_str(number.text()),
        Kind::String(text) => write_string(text, out),
        Kind::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_compact(item, out);
            }
            out.push(']');
        }
        Kind::Object(object) => {
            out.push('{');
            for (at, field) in object.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_string(&field.name, out);
                out.push(':');
                write_compact(&field.value, out);
            }
            out.push('}');
        }
    }
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
