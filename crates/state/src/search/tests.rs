use super::text::Glob;
use super::{KeyField, KeySearchError};

#[test]
fn patterns() {
    for (pattern, text) in
        [("*", ""), ("a*c", "abbc"), ("a?c", "abc"), ("*b*", "abc"), ("a\\*", "a*"), ("a*b*c", "aXbXbXc"), ("??", "äö")]
    {
        assert!(Glob::new(pattern, false).matches(text), "{pattern} {text}");
    }
    for (pattern, text) in [("a", "ab"), ("a?c", "ac"), ("a\\*", "ab"), ("*b", "abc"), ("A*", "ab"), ("", "a")] {
        assert!(!Glob::new(pattern, false).matches(text), "{pattern} {text}");
    }
    assert!(Glob::new("A*C", true).matches("abC"));
}

#[test]
fn only_fields_that_may_be_asked() {
    for name in [
        "id",
        "realm",
        "doc_type",
        "api_key_hash",
        "creator.realm",
        "metadata.",
        "metadata_flattened.x",
        "runtime_key_type",
    ] {
        assert_eq!(KeyField::parse(name), Err(KeySearchError::Field(name.to_owned())));
    }
    assert_eq!(KeyField::parse("na*"), Err(KeySearchError::FieldPattern("na*".to_owned())));
    assert_eq!(KeyField::parse("metadata.a.b"), Ok(KeyField::Metadata(Some("a.b".to_owned()))));
}
