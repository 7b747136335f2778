//! A document as YAML. Only writing is needed, and only of what JSON can hold, so it is done here: strings always in
//! double quotes (with JSON's escapes, which YAML shares), so that nothing can be read as another type.

use serde_json::Value;

/// The text of a document.
pub(super) fn text(value: &Value) -> String {
    let mut out = "---".to_owned();
    match value {
        Value::Object(members) if !members.is_empty() => out.push('\n'),
        Value::Array(items) if !items.is_empty() => out.push('\n'),
        _ => out.push(' '),
    }
    write(value, 0, &mut out);
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(members) if members.is_empty() => out.push_str("{}\n"),
        Value::Array(items) if items.is_empty() => out.push_str("[]\n"),
        Value::Object(members) => {
            for (index, (name, member)) in members.iter().enumerate() {
                // The first member of an object in a list stands on the line of its dash.
                if index > 0 || out.ends_with('\n') {
                    indent(depth, out);
                }
                out.push_str(&key(name));
                out.push(':');
                nested(member, depth, out);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 || out.ends_with('\n') {
                    indent(depth, out);
                }
                out.push_str("- ");
                write(item, depth.saturating_add(1), out);
            }
        }
        scalar => {
            out.push_str(&scalar.to_string());
            out.push('\n');
        }
    }
}

/// The value of a member: a list stands at the member's own depth, an object one deeper, anything else on the line.
fn nested(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('\n');
            write(value, depth.saturating_add(1), out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            write(value, depth, out);
        }
        other => {
            out.push(' ');
            write(other, depth, out);
        }
    }
}

fn indent(depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("  ");
    }
}

fn key(name: &str) -> String {
    let plain = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&name.to_ascii_lowercase().as_str());
    if plain { name.to_owned() } else { Value::from(name).to_string() }
}
