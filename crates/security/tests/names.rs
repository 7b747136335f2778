//! The names that exist, as decisions look at them.

use std::sync::Arc;

use keyward_security::index_names::{IndexFlags, IndexNames, NameKind};
use keyward_security::privilege::Selector;
use keyward_security::role::StreamPart;

fn names() -> IndexNames {
    let open = IndexFlags::default();
    IndexNames::builder()
        .index("b", open)
        .index("a", IndexFlags { closed: true, ..open })
        .data_stream("ds", [".ds-1", ".ds-2"], [".fs-1"], false)
        .alias("one", ["a"], None, false)
        .alias("two", ["b", "a", "gone"], None, true)
        .alias("chosen", ["a", "b"], Some("b"), false)
        .alias("of-stream", ["ds"], Some("ds"), false)
        .build()
}

fn texts(names: &[Arc<str>]) -> Vec<&str> {
    names.iter().map(|name| &**name).collect()
}

#[test]
fn names_are_sorted_and_found_by_prefix() {
    let names = names();
    let all: Vec<&str> = names.iter().map(|known| &**known.name()).collect();
    assert_eq!(all, [".ds-1", ".ds-2", ".fs-1", "a", "b", "chosen", "ds", "of-stream", "one", "two"]);
    let some: Vec<&str> = names.with_prefix("o").map(|known| &**known.name()).collect();
    assert_eq!(some, ["of-stream", "one"]);
    assert_eq!(names.with_prefix("x").count(), 0);
    assert_eq!((names.len(), names.is_empty(), names.get("nope").is_none()), (10, false, true));
}

#[test]
fn each_name_knows_what_is_behind_it() {
    let names = names();
    let known = |name| names.get(name).expect("it exists");
    assert_eq!(texts(known("two").concrete(Selector::Data)), ["a", "b"]);
    assert_eq!(texts(known("a").concrete(Selector::Data)), ["a"]);
    assert_eq!(texts(known("a").concrete(Selector::Failures)), [""; 0]);
    for name in ["ds", "of-stream"] {
        assert_eq!(texts(known(name).concrete(Selector::Data)), [".ds-1", ".ds-2"], "{name}");
        assert_eq!(texts(known(name).concrete(Selector::Failures)), [".fs-1"], "{name}");
        assert!(known(name).has_failures());
    }
    let written = |name| known(name).write_index().map(|index| &**index);
    assert_eq!(written("one"), Some("a"));
    assert_eq!(written("two"), None);
    assert_eq!(written("chosen"), Some("b"));
    assert_eq!(written("ds"), Some(".ds-2"));
    assert_eq!(written("of-stream"), Some(".ds-2"));
    assert_eq!(written("b"), Some("b"));
}

#[test]
fn indices_of_data_streams_know_their_stream() {
    let names = names();
    let known = |name| names.get(name).expect("it exists");
    assert_eq!(known(".ds-1").name_ref().stream, StreamPart::BackingOf("ds"));
    assert_eq!(known(".fs-1").name_ref().stream, StreamPart::FailuresOf("ds"));
    assert_eq!(known("ds").name_ref().stream, StreamPart::Stream);
    assert_eq!(known("one").name_ref().stream, StreamPart::None);
    assert!(known(".ds-1").is_hidden() && known("a").is_closed() && known("two").is_hidden());
    assert_eq!((known("ds").kind(), known("one").kind()), (NameKind::DataStream, NameKind::Alias));
}
