//! Which part of a document's source an answer has.

use keyward_rest::error::ElasticError;
use keyward_xcontent::{Field, Kind, Object, Value};

/// Which part of a source is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceFilter {
    is_wanted: bool,
    includes: Vec<String>,
    excludes: Vec<String>,
}

// === impl SourceFilter ===

impl SourceFilter {
    /// All of it.
    pub(super) fn all() -> Self {
        Self { is_wanted: true, includes: Vec::new(), excludes: Vec::new() }
    }

    /// Reads the query parameters `_source`, `_source_includes`, `_source_excludes`.
    pub(super) fn from_params(params: &keyward_rest::params::Params) -> Self {
        let list = |name: &str| -> Vec<String> {
            params.list(name).unwrap_or_default().into_iter().map(str::to_owned).collect()
        };
        let mut filter =
            Self { is_wanted: true, includes: list("_source_includes"), excludes: list("_source_excludes") };
        match params.get("_source") {
            None | Some("true" | "") => {}
            Some("false") => filter.is_wanted = false,
            Some(_) => filter.includes.extend(list("_source")),
        }
        filter
    }

    /// Reads the member `_source` of a body: a boolean, a pattern, patterns, or an object with includes and excludes.
    pub(super) fn from_value(value: &Value<'_>) -> Result<Self, ElasticError> {
        let mut filter = Self::all();
        match &value.kind {
            Kind::Bool(is_wanted) => filter.is_wanted = *is_wanted,
            Kind::String(_) | Kind::Array(_) => filter.includes = patterns(value)?,
            Kind::Object(object) => {
                for field in object {
                    match field.name.as_ref() {
                        "includes" | "include" => filter.includes = patterns(&field.value)?,
                        "excludes" | "exclude" => filter.excludes = patterns(&field.value)?,
                        other => {
                            let text = format!("Unknown key for a {} in [{other}].", field.value.token());
                            return Err(ElasticError::parse(text));
                        }
                    }
                }
            }
            _ => return Err(ElasticError::parse(format!("unexpected token [{}] for [_source]", value.token()))),
        }
        Ok(filter)
    }

    /// The wanted part of a source; `None`: nothing is wanted.
    pub(super) fn apply(&self, source: &[u8]) -> Option<Vec<u8>> {
        if !self.is_wanted {
            return None;
        }
        if self.includes.is_empty() && self.excludes.is_empty() {
            return Some(source.to_vec());
        }
        let value = keyward_xcontent::parse(source, keyward_xcontent::Limits::default()).ok()?;
        let mut kept = Vec::with_capacity(source.len());
        match value.as_object() {
            Some(object) => {
                let is_in = self.includes.is_empty();
                if !self.object("", object, source, is_in, &mut kept) {
                    kept.extend_from_slice(b"{}");
                }
            }
            None => kept.extend_from_slice(source),
        }
        Some(kept)
    }

    /// Writes what is kept of an object; says whether that is anything. `is_in`: a path above it is included.
    fn object(&self, prefix: &str, object: &Object<'_>, source: &[u8], is_in: bool, into: &mut Vec<u8>) -> bool {
        let start = into.len();
        into.push(b'{');
        let mut is_empty = true;
        for Field { name, value, .. } in object {
            let path = if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
            let before = into.len();
            if !is_empty {
                into.push(b',');
            }
            // Writing a string into memory cannot fail.
            let _ = serde_json::to_writer(&mut *into, name.as_ref());
            into.push(b':');
            if self.value(&path, value, source, is_in, into) {
                is_empty = false;
            } else {
                into.truncate(before);
            }
        }
        if is_empty && !(is_in && object.is_empty()) {
            into.truncate(start);
            return false;
        }
        into.push(b'}');
        true
    }

    fn value(&self, path: &str, value: &Value<'_>, source: &[u8], is_in: bool, into: &mut Vec<u8>) -> bool {
        if self.excludes.iter().any(|pattern| matches(pattern, path)) {
            return false;
        }
        let is_in = is_in || self.includes.iter().any(|pattern| matches(pattern, path));
        match &value.kind {
            Kind::Object(object) => self.object(path, object, source, is_in, into),
            Kind::Array(items) if items.iter().any(|item| matches!(item.kind, Kind::Object(_) | Kind::Array(_))) => {
                let start = into.len();
                into.push(b'[');
                let mut is_empty = true;
                for item in items {
                    let before = into.len();
                    if !is_empty {
                        into.push(b',');
                    }
                    if self.value(path, item, source, is_in, into) {
                        is_empty = false;
                    } else {
                        into.truncate(before);
                    }
                }
                if is_empty {
                    into.truncate(start);
                    return false;
                }
                into.push(b']');
                true
            }
            _ if is_in => {
                into.extend_from_slice(value.raw(source));
                true
            }
            _ => false,
        }
    }
}

fn patterns(value: &Value<'_>) -> Result<Vec<String>, ElasticError> {
    let items = value.as_array().unwrap_or(std::slice::from_ref(value));
    items
        .iter()
        .map(|item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or_else(|| ElasticError::parse(format!("unexpected token [{}] for [_source]", item.token())))
        })
        .collect()
}

/// Whether a pattern (with `*`) matches a whole path.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"{"a":1.50,"o":{"x":[1, 2],"y":{"z":true}},"l":[{"p":1,"q":2},{"q":3}],"e":{}}"#;

    fn filtered(includes: &[&str], excludes: &[&str]) -> String {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let filter = SourceFilter { is_wanted: true, includes: owned(includes), excludes: owned(excludes) };
        String::from_utf8(filter.apply(SOURCE.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn paths_are_kept_and_dropped() {
        assert_eq!(filtered(&[], &[]), SOURCE);
        assert_eq!(filtered(&["a"], &[]), r#"{"a":1.50}"#);
        assert_eq!(filtered(&["o.x", "l.p"], &[]), r#"{"o":{"x":[1, 2]},"l":[{"p":1}]}"#);
        assert_eq!(filtered(&["o"], &["o.y"]), r#"{"o":{"x":[1, 2]}}"#);
        assert_eq!(filtered(&[], &["o", "l", "a"]), r#"{"e":{}}"#);
        assert_eq!(filtered(&["*.z"], &[]), r#"{"o":{"y":{"z":true}}}"#);
        assert_eq!(filtered(&["nothing"], &[]), "{}");
    }

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, text, expected) in [
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*b*c", "aXbYc", true),
            ("*", "", true),
            ("a", "ab", false),
            ("ab*b", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
