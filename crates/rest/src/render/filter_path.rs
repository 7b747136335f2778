//! `filter_path`: which parts of a document are answered.
//!
//! Paths are names joined by dots; `*` stands for any part of one name, `**` for any number of names. A path that
//! begins with `-` takes away. Arrays are looked through.

use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Any number of names.
    Deep,
    /// One name; `*` inside stands for any characters.
    Name(String),
}

type Path = Vec<Step>;

/// The paths of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterPath {
    include: Vec<Path>,
    exclude: Vec<Path>,
}

impl FilterPath {
    /// Reads the parameter; nothing when it holds no path.
    pub fn parse(text: &str) -> Option<Self> {
        let mut filter = Self::default();
        for path in text.split(',').map(str::trim).filter(|path| !path.is_empty()) {
            match path.strip_prefix('-') {
                Some(path) => filter.exclude.push(steps(path)),
                None => filter.include.push(steps(path)),
            }
        }
        (filter != Self::default()).then_some(filter)
    }

    /// The parts of a document that the paths leave; an object at the top stays one, even when it is empty.
    pub fn apply(&self, value: Value) -> Value {
        let empty = match &value {
            Value::Array(_) => Value::Array(Vec::new()),
            _ => Value::Object(Map::new()),
        };
        let kept = if self.include.is_empty() {
            Some(value)
        } else {
            include(value, &self.include.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        let kept = match kept {
            Some(value) if !self.exclude.is_empty() => {
                exclude(value, &self.exclude.iter().map(Vec::as_slice).collect::<Vec<_>>())
            }
            other => other,
        };
        kept.unwrap_or(empty)
    }
}

fn steps(path: &str) -> Path {
    let (mut steps, mut name, mut escaped) = (Vec::new(), String::new(), false);
    let mut finish = |name: &mut String| {
        let name = std::mem::take(name);
        match name.as_str() {
            "" => {}
            // Two in a row mean the same as one.
            "**" if steps.last() == Some(&Step::Deep) => {}
            "**" => steps.push(Step::Deep),
            _ => steps.push(Step::Name(name)),
        }
    };
    for character in path.chars() {
        match character {
            '\\' if !escaped => escaped = true,
            '.' if !escaped => finish(&mut name),
            other => {
                if escaped && other != '.' {
                    name.push('\\');
                }
                name.push(other);
                escaped = false;
            }
        }
    }
    finish(&mut name);
    steps
}

/// What is left of each path below a name, and whether one of them ends there.
fn descend<'p>(paths: &[&'p [Step]], name: &str) -> (Vec<&'p [Step]>, bool) {
    let (mut below, mut ends) = (Vec::new(), false);
    for path in paths {
        match path {
            [Step::Deep, rest @ ..] => {
                below.push(*path);
                ends |= rest.is_empty();
                if let [Step::Name(pattern), after @ ..] = rest
                    && wildcard(pattern, name)
                {
                    ends |= after.is_empty();
                    below.push(after);
                }
            }
            [Step::Name(pattern), rest @ ..] if wildcard(pattern, name) => {
                ends |= matches!(rest, [] | [Step::Deep]);
                below.push(rest);
            }
            _ => {}
        }
    }
    below.retain(|path| !path.is_empty());
    (below, ends)
}

fn include(value: Value, paths: &[&[Step]]) -> Option<Value> {
    match value {
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, member) in members {
                let (below, ends) = descend(paths, &name);
                let member = if ends { Some(member) } else { include(member, &below) };
                kept.extend(member.map(|member| (name, member)));
            }
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) => {
            let kept: Vec<Value> = items.into_iter().filter_map(|item| include(item, paths)).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        _ => None,
    }
}

fn exclude(value: Value, paths: &[&[Step]]) -> Option<Value> {
    match value {
        Value::Object(members) => {
            let had = !members.is_empty();
            let mut kept = Map::new();
            for (name, member) in members {
                let (below, ends) = descend(paths, &name);
                let member = if ends { None } else { exclude(member, &below) };
                kept.extend(member.map(|member| (name, member)));
            }
            (!had || !kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) => {
            let had = !items.is_empty();
            let kept: Vec<Value> = items.into_iter().filter_map(|item| exclude(item, paths)).collect();
            (!had || !kept.is_empty()).then_some(Value::Array(kept))
        }
        scalar => Some(scalar),
    }
}

/// Whether a name fits a pattern in which `*` stands for any characters.
pub(super) fn wildcard(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut left) = name.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(tail)
}
