//! JSON spread over lines as Elasticsearch spreads it: two blanks a level, a blank on both sides of the colon, one blank
//! inside empty brackets, one line break at the end.

use serde_json::Value;

/// The text of a document.
pub(super) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out.push('\n');
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let inner = depth.saturating_add(1);
    match value {
        Value::Object(members) if members.is_empty() => out.push_str("{ }"),
        Value::Array(items) if items.is_empty() => out.push_str("[ ]"),
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                new_line(index > 0, inner, out);
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push_str(" : ");
                write(member, inner, out);
            }
            new_line(false, depth, out);
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                new_line(index > 0, inner, out);
                write(item, inner, out);
            }
            new_line(false, depth, out);
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn new_line(comma: bool, depth: usize, out: &mut String) {
    out.push_str(if comma { ",\n" } else { "\n" });
    for _ in 0..depth {
        out.push_str("  ");
    }
}
