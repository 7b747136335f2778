//! `_source`: which parts of a document are shown.

use keyward_xcontent::{Kind, Value};
use serde_json::{Map, Value as Json};

use crate::error::{ParseError, ParseResult};

/// Which parts of a document are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFilter {
    /// Whether anything is.
    pub enabled: bool,
    /// Paths and patterns of what is shown; empty: everything.
    pub includes: Vec<String>,
    /// Paths and patterns of what is not.
    pub excludes: Vec<String>,
}

impl Default for SourceFilter {
    fn default() -> Self {
        Self { enabled: true, includes: Vec::new(), excludes: Vec::new() }
    }
}

impl SourceFilter {
    /// Reads `_source`: a boolean, a path, an array of paths, or an object of `includes` and `excludes`.
    pub fn parse(value: &Value<'_>) -> ParseResult<Self> {
        let mut filter = Self::default();
        match &value.kind {
            Kind::Bool(enabled) => filter.enabled = *enabled,
            Kind::String(_) | Kind::Array(_) => filter.includes = Self::paths(value)?,
            Kind::Object(object) => {
                for option in object {
                    match option.name.as_ref() {
                        "includes" | "include" => filter.includes = Self::paths(&option.value)?,
                        "excludes" | "exclude" => filter.excludes = Self::paths(&option.value)?,
                        name => {
                            return Err(ParseError::parsing(
                                option.value.location,
                                format!("Unknown key for a {} in [{name}].", option.value.token()),
                            ));
                        }
                    }
                }
            }
            _ => {
                return Err(ParseError::parsing(
                    value.location,
                    format!(
                        "Expected one of [VALUE_BOOLEAN, VALUE_STRING, START_ARRAY, START_OBJECT] but found [{}]",
                        value.token()
                    ),
                ));
            }
        }
        Ok(filter)
    }

    fn paths(value: &Value<'_>) -> ParseResult<Vec<String>> {
        let items = match &value.kind {
            Kind::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        items
            .into_iter()
            .map(|item| match item.as_str() {
                Some(path) => Ok(path.to_owned()),
                None => {
                    Err(ParseError::parsing(item.location, format!("Unknown key for a {} in [_source].", item.token())))
                }
            })
            .collect()
    }

    /// The filter that the parameters `_source`, `_source_includes` and `_source_excludes` make; nothing if none is given.
    pub fn of_parameters(source: Option<&str>, includes: Option<&str>, excludes: Option<&str>) -> Option<Self> {
        if source.is_none() && includes.is_none() && excludes.is_none() {
            return None;
        }
        let list = |text: &str| text.split(',').filter(|path| !path.is_empty()).map(str::to_owned).collect();
        let mut filter = Self::default();
        match source {
            None | Some("true" | "") => {}
            Some("false") => filter.enabled = false,
            Some(paths) => filter.includes = list(paths),
        }
        if let Some(includes) = includes {
            filter.includes = list(includes);
        }
        if let Some(excludes) = excludes {
            filter.excludes = list(excludes);
        }
        Some(filter)
    }

    /// Whether everything is shown as it is.
    pub fn is_everything(&self) -> bool {
        self.enabled && self.includes.is_empty() && self.excludes.is_empty()
    }

    /// The parts of a document that are shown.
    pub fn apply(&self, document: &Map<String, Json>) -> Map<String, Json> {
        self.object("", document, self.includes.is_empty())
    }

    fn object(&self, path: &str, object: &Map<String, Json>, included: bool) -> Map<String, Json> {
        let mut kept = Map::new();
        for (name, value) in object {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if self.excludes.iter().any(|pattern| matches(pattern, &path)) {
                continue;
            }
            let included = included || self.includes.iter().any(|pattern| matches(pattern, &path));
            if !included && !self.includes.iter().any(|pattern| matches_below(pattern, &path)) {
                continue;
            }
            if let Some(value) = self.value(&path, value, included) {
                kept.insert(name.clone(), value);
            }
        }
        kept
    }

    /// What is kept of a value that is not excluded. `included`: all of it, but for what is excluded in it.
    fn value(&self, path: &str, value: &Json, included: bool) -> Option<Json> {
        match value {
            Json::Object(inner) => {
                let kept = self.object(path, inner, included);
                // An object that was not asked for itself stays only for what is in it.
                (included || !kept.is_empty()).then_some(Json::Object(kept))
            }
            Json::Array(items) => {
                let kept: Vec<Json> = items.iter().filter_map(|item| self.value(path, item, included)).collect();
                (included || !kept.is_empty()).then_some(Json::Array(kept))
            }
            other => included.then(|| other.clone()),
        }
    }
}

/// Whether a pattern with `*` matches the whole of a path.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.as_bytes(), path.as_bytes());
    // Where to go on if the last star has to take one byte more.
    let mut back: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), path.split_first()) {
            (None, None) => return true,
            (Some((b'*', rest)), _) => {
                back = Some((rest, path));
                pattern = rest;
            }
            (Some((expected, pattern_rest)), Some((found, path_rest))) if expected == found => {
                pattern = pattern_rest;
                path = path_rest;
            }
            _ => match back {
                Some((after_star, tried)) if !tried.is_empty() => {
                    let next = tried.split_first().map(|(_, rest)| rest).unwrap_or_default();
                    back = Some((after_star, next));
                    pattern = after_star;
                    path = next;
                }
                _ => return false,
            },
        }
    }
}

/// Whether a pattern may match something below a path.
fn matches_below(pattern: &str, path: &str) -> bool {
    // The part of the pattern for each object on the way; a star may stand for several.
    let path = format!("{path}.");
    let mut end = 0;
    for (at, byte) in pattern.bytes().enumerate() {
        match byte {
            b'*' => {
                let before = pattern.get(..at).unwrap_or_default();
                return path.starts_with(before) || matches(&format!("{before}*"), &path) || before.starts_with(&path);
            }
            b'.' => end = at + 1,
            _ => {}
        }
        if end == at + 1 && pattern.get(..end) == Some(path.as_str()) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn apply(includes: &[&str], excludes: &[&str], document: Json) -> Json {
        let owned = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        let filter = SourceFilter { enabled: true, includes: owned(includes), excludes: owned(excludes) };
        Json::Object(filter.apply(document.as_object().unwrap()))
    }

    #[test]
    fn paths_and_patterns_choose() {
        let document = json!({"a": 1, "b": {"c": 2, "d": {"e": 3}}, "list": [{"x": 1, "y": 2}, 5], "abc": null});
        for (includes, excludes, expected) in [
            (&[][..], &[][..], document.clone()),
            (&["a"], &[], json!({"a": 1})),
            (&["b"], &[], json!({"b": {"c": 2, "d": {"e": 3}}})),
            (&["b.c"], &[], json!({"b": {"c": 2}})),
            (&["b.*"], &["b.d"], json!({"b": {"c": 2}})),
            (&["*.e"], &[], json!({"b": {"d": {"e": 3}}})),
            (&["a*"], &[], json!({"a": 1, "abc": null})),
            (&["list.x"], &[], json!({"list": [{"x": 1}]})),
            (&[], &["list.x", "b"], json!({"a": 1, "list": [{"y": 2}, 5], "abc": null})),
            (&["b"], &["*.e"], json!({"b": {"c": 2, "d": {}}})),
            (&["zzz"], &[], json!({})),
            (&["*"], &["*"], json!({})),
        ] {
            assert_eq!(apply(includes, excludes, document.clone()), expected, "{includes:?} {excludes:?}");
        }
    }

    #[test]
    fn patterns_match_whole_paths() {
        for (pattern, path, expected) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("*b*", "abc", true),
            ("a**", "a", true),
            ("", "a", false),
            ("ab*ab", "abab", true),
            ("ab*ab", "aab", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
