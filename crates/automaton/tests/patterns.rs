//! What the three dialects match, example by example.

#![expect(clippy::unwrap_used, reason = "the helper of these tests")]

use keyward_automaton::{Automaton, PatternError, RequestPattern, StringMatcher};

fn matches(pattern: &str, name: &str) -> bool {
    Automaton::patterns([pattern]).unwrap().matches(name)
}

#[test]
fn wildcards_and_escapes() {
    for (pattern, name, expected) in [
        ("logs-*", "logs-", true),
        ("logs-*", "logs-ü", true),
        ("logs-*", "xlogs-", false),
        ("logs-?", "logs-1", true),
        ("logs-?", "logs-ü", true),
        ("logs-?", "logs-12", false),
        ("logs-?", "logs-", false),
        ("logs", "logs-1", false),
        ("Logs-*", "logs-a", false),
        ("*", "", true),
        ("", "", true),
        ("", "a", false),
        ("a*b*c", "abbcc", true),
        ("a*b*c", "abbccd", false),
        ("*a?", "aaa", true),
        ("*?*", "", false),
        ("*?*", "x", true),
        (r"logs\-a1", "logs-a1", true),
        (r"logs\*", "logs*", true),
        (r"logs\*", "logs-1", false),
        (r"logs\", r"logs\", true),
        (r"\/a/", "/a/", true),
        ("[a]", "[a]", true),
    ] {
        assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
    }
}

#[test]
fn regular_expressions() {
    for (pattern, name, expected) in [
        ("/logs-[0-9]{4}/", "logs-2024", true),
        ("/logs-[0-9]{4}/", "logs-20245", false),
        ("/~(([.]|ilm-history-).*)/", "logs", true),
        ("/~(([.]|ilm-history-).*)/", ".kibana", false),
        ("/~(([.]|ilm-history-).*)/", "ilm-history-1", false),
        ("/metrics-(beats|kibana).*/", "metrics-kibana-x", true),
        ("//", "", true),
        ("//", "a", false),
        ("/a?b+/", "bb", true),
        ("/a?b+/", "aab", false),
        ("/a{2,}/", "aaaa", true),
        ("/a{2,}/", "a", false),
        ("/a{1,3}/", "aaaa", false),
        ("/a{0}/", "", true),
        ("/[^a-c]x/", "dx", true),
        ("/[^a-c]x/", "bx", false),
        ("/a&b/", "a", false),
        ("/.*a.*&.*b.*/", "xbya", true),
        ("/.*a.*&.*b.*/", "xa", false),
        ("/~ab*/", "bb", true),
        ("/~ab*/", "a", false),
        ("/~ab*/", "ab", true),
        ("/\"a.b\"c/", "a.bc", true),
        ("/\"a.b\"c/", "axbc", false),
        ("/a@b/", "a--b", true),
        ("/a#/", "a", false),
        ("/()/", "", true),
        ("/a/b/", "a/b", true),
        (r"/\d+\w/", "12_", true),
        (r"/\D/", "1", false),
        (r"/[\d.]+/", "1.2", true),
        (r"/\./", "x", false),
        ("/^a$/", "a", false),
        ("/^a$/", "^a$", true),
        ("/<1-12>/", "7", true),
        ("/<1-12>/", "007", true),
        ("/<1-12>/", "12", true),
        ("/<1-12>/", "13", false),
        ("/<1-12>/", "0", false),
        ("/<1-12>/", "", false),
        ("/<01-12>/", "07", true),
        ("/<01-12>/", "7", false),
        ("/<12-1>/", "3", true),
        ("/<0-100>/", "000", true),
        ("/<0-100>/", "0100", true),
        ("/<0-100>/", "101", false),
        ("/a||b/", "|b", true),
        ("/[]]/", "]", true),
        ("/.../", "äöü", true),
    ] {
        assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
    }
}

#[test]
fn malformed_patterns_are_refused() {
    for (pattern, text) in [
        (
            "/abc",
            "invalid pattern [/abc]. patterns starting with '/' indicate regular expression pattern and therefore must \
             also end with '/'. other patterns (those that do not start with '/') will be treated as simple wildcard \
             patterns",
        ),
        ("/a|/", "unexpected end-of-string"),
        ("/(a/", "expected ')' at position 2"),
        ("/[a/", "expected ']' at position 2"),
        ("/a)/", "end-of-string expected at position 1"),
        ("/a{/", "integer expected at position 2"),
        ("/a{2,1}/", "invalid repetition range(out of order): 2..1"),
        ("/a{99999999999}/", "number out of range at position 2"),
        ("/[z-a]/", "invalid range: from (122) cannot be > to (97)"),
        ("/<1-x>/", "interval syntax error at position 4"),
        ("/<1/", "expected '>' at position 2"),
        (r"/\q/", r"invalid character class \q"),
    ] {
        let error = Automaton::patterns([pattern]).unwrap_err();
        assert_eq!(error.to_string(), text, "{pattern}");
    }
    assert!(matches!(Automaton::patterns(["/"]), Err(PatternError::Unterminated(_))));
    let deep = format!("/{}a{}/", "(".repeat(100_000), ")".repeat(100_000));
    assert!(matches!(Automaton::patterns([deep]), Err(PatternError::Regex { .. })));
    let deep = format!("/{}a/", "~".repeat(100_000));
    assert!(Automaton::patterns([deep]).unwrap().matches("a"));
}

#[test]
fn no_patterns_match_nothing() {
    let none = Automaton::patterns::<&str>([]).unwrap();
    assert!(none.is_empty() && !none.matches("") && !none.is_total());
    assert!(!StringMatcher::new::<&str>([]).unwrap().matches(""));
}

#[test]
fn names_of_roles_are_literal_unless_they_hold_a_wildcard() {
    let matcher = StringMatcher::new([r"logs\-a1", "b*", r"c\?*", "/x[0-9]/"]).unwrap();
    assert!(!matcher.matches("logs-a1"));
    assert!(matcher.matches(r"logs\-a1"));
    assert!(matcher.matches("b1"));
    assert!(matcher.matches("c?1"));
    assert!(!matcher.matches("cc1"));
    assert!(matcher.matches("x7"));
    assert!(!matcher.is_total());
    assert!(StringMatcher::new(["a", "*"]).unwrap().is_total());
    assert!(!StringMatcher::new(["**"]).unwrap().is_total());
}

#[test]
fn request_expressions_know_only_the_star() {
    for (pattern, name, expected) in [
        ("logs-*", "logs-", true),
        ("logs-?", "logs-1", false),
        ("*", "", true),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("*b*b*", "ab-b", true),
        ("*b*b*", "ab", false),
        ("a**b", "ab", true),
        ("/a*/", "/ab/", true),
        ("a", "a", true),
        ("a", "ab", false),
    ] {
        assert_eq!(RequestPattern::new(pattern).matches(name), expected, "{pattern} on {name}");
    }
}

#[test]
fn what_would_explode_is_refused() {
    // The n-th character from the end: 2^n states.
    let pattern = "*a????????????????????????????????????????";
    assert!(matches!(Automaton::patterns([pattern]), Err(PatternError::TooComplex(_))));
    assert!(matches!(Automaton::patterns(["/((a{1000}){1000}){1000}/"]), Err(PatternError::TooComplex(_))));
    // Many exact names are not complex.
    let names: Vec<String> = (0..20_000).map(|i| format!("index-{i:05}")).collect();
    let exact = Automaton::patterns(&names).unwrap();
    assert!(exact.matches("index-00017") && !exact.matches("index-20000"));
    let rest = Automaton::patterns(["index-*"]).unwrap().minus(&exact).unwrap();
    assert!(!rest.matches("index-00017") && rest.matches("index-20000"));
}
