//! Restarts, conflicts, deletions: the engine below its API.

use std::path::Path;

use super::*;
use crate::index::{Conditions, External, IndexError, Operation, Rights, Update, WriteResult, Written};
use crate::log::ROLL_AT;

const ALL: Rights = Rights { may_update_mapping: true };

fn open(directory: &Path) -> Indices {
    Indices::open(directory, ROLL_AT).unwrap()
}

fn put(indices: &Indices, index: &str, id: &str, source: &str) -> Result<Written, IndexError> {
    let index = Arc::clone(indices.catalogue().index(index).unwrap());
    index.write(indices.log(), id, Operation::Index { source: source.as_bytes() }, Conditions::default(), ALL)
}

fn get(indices: &Indices, index: &str, id: &str) -> Option<String> {
    let index = Arc::clone(indices.catalogue().index(index).unwrap());
    index.get(id, true).unwrap().map(|found| String::from_utf8(found.source.to_vec()).unwrap())
}

#[test]
fn documents_survive_a_restart_with_and_without_a_refresh() {
    let directory = tempfile::tempdir().unwrap();
    {
        let indices = open(directory.path());
        indices.create("logs", NewIndex::default(), 5).unwrap();
        let first = put(&indices, "logs", "1", r#"{"a": 1,  "t":"x"}"#).unwrap();
        assert_eq!((first.result, first.stamp.version, first.stamp.seq_no), (WriteResult::Created, 1, 0));
        let index = Arc::clone(indices.catalogue().index("logs").unwrap());
        index.refresh(indices.log()).unwrap();
        assert_eq!(index.visible_documents(), 1);
        let second = put(&indices, "logs", "1", r#"{"a":2}"#).unwrap();
        assert_eq!((second.result, second.stamp.version, second.stamp.seq_no), (WriteResult::Updated, 2, 1));
        let third = put(&indices, "logs", "2", r#"{"b":"2024-01-01"}"#).unwrap();
        indices.log().durable_blocking(third.batch.unwrap()).unwrap();
        assert_eq!(index.visible_documents(), 1);
    }
    for round in 2..5 {
        let indices = open(directory.path());
        let index = Arc::clone(indices.catalogue().index("logs").unwrap());
        assert_eq!(index.primary_term, round);
        assert_eq!(get(&indices, "logs", "1").unwrap(), r#"{"a":2}"#);
        assert_eq!(get(&indices, "logs", "2").unwrap(), r#"{"b":"2024-01-01"}"#);
        assert_eq!(index.visible_documents(), 2);
        let mapping = index.mapping().to_json();
        assert_eq!(mapping["properties"]["b"]["type"], "date");
        assert_eq!(mapping["properties"]["t"]["fields"]["keyword"]["ignore_above"], 256);
    }
    let indices = open(directory.path());
    assert_eq!(put(&indices, "logs", "1", "{}").unwrap().stamp.seq_no, 3);
}

#[test]
fn conditions_are_checked_with_elasticsearchs_texts() {
    let directory = tempfile::tempdir().unwrap();
    let indices = open(directory.path());
    indices.create("i", NewIndex::default(), 0).unwrap();
    let index = Arc::clone(indices.catalogue().index("i").unwrap());
    let write = |operation, conditions| index.write(indices.log(), "1", operation, conditions, ALL);
    let create = Operation::Create { source: b"{}", is_fresh: false };
    let at = |seq_no| Conditions { at: Some((seq_no, 1)), external: None };
    let external = |version, or_equal| Conditions { at: None, external: Some(External { version, or_equal }) };
    let text = |result: Result<Written, IndexError>| result.unwrap_err().to_string();

    assert_eq!(
        text(write(Operation::Delete, at(0))),
        "[1]: version conflict, required seqNo [0], primary term [1]. but no document was found"
    );
    write(create, Conditions::default()).unwrap();
    assert_eq!(
        text(write(create, Conditions::default())),
        "[1]: version conflict, document already exists (current version [1])"
    );
    assert_eq!(
        text(write(Operation::Index { source: b"{}" }, at(7))),
        "[1]: version conflict, required seqNo [7], primary term [1]. current document has seqNo [0] and primary term [1]"
    );
    let deleted = write(Operation::Delete, at(0)).unwrap();
    assert_eq!((deleted.result, deleted.stamp.version), (WriteResult::Deleted, 2));
    let again = write(Operation::Delete, Conditions::default()).unwrap();
    assert_eq!((again.result, again.stamp.version), (WriteResult::NotFound, 3));
    // A deletion is remembered, refreshed or not.
    index.refresh(indices.log()).unwrap();
    assert_eq!(write(create, Conditions::default()).unwrap().stamp.version, 4);
    assert_eq!(
        text(write(Operation::Index { source: b"{}" }, external(4, false))),
        "[1]: version conflict, current version [4] is higher or equal to the one provided [4]"
    );
    assert_eq!(write(Operation::Index { source: b"{}" }, external(4, true)).unwrap().stamp.version, 4);
    assert_eq!(write(Operation::Index { source: b"{}" }, external(90, false)).unwrap().stamp.version, 90);
}

#[test]
fn updates_join_and_upserts_create() {
    let directory = tempfile::tempdir().unwrap();
    let indices = open(directory.path());
    indices.create("i", NewIndex::default(), 0).unwrap();
    let index = Arc::clone(indices.catalogue().index("i").unwrap());
    let body = br#"{"doc":{"a":{"y":2}},"upsert":{"a":{"x":1}}}"#;
    let value = keyward_xcontent::parse(body, keyward_xcontent::Limits::default()).unwrap();
    let update = Update {
        part: value.get("doc"),
        upsert: value.get("upsert"),
        body,
        part_as_upsert: false,
        detect_noop: true,
        conditions: Conditions::default(),
    };
    let missing = index.update(indices.log(), "1", Update { upsert: None, ..update }, ALL).unwrap_err();
    assert_eq!(missing.to_string(), "[1]: document missing");
    let results: Vec<_> = (0..3).map(|_| index.update(indices.log(), "1", update, ALL).unwrap().result).collect();
    assert_eq!(results, [WriteResult::Created, WriteResult::Updated, WriteResult::Noop]);
    assert_eq!(get(&indices, "i", "1").unwrap(), r#"{"a":{"x":1,"y":2}}"#);
}

#[test]
fn who_may_not_update_the_mapping_adds_no_fields() {
    let directory = tempfile::tempdir().unwrap();
    let indices = open(directory.path());
    indices.create("i", NewIndex::default(), 0).unwrap();
    let index = Arc::clone(indices.catalogue().index("i").unwrap());
    let may_not = Rights { may_update_mapping: false };
    let write = |source: &'static [u8]| {
        index.write(indices.log(), "1", Operation::Index { source }, Conditions::default(), may_not)
    };
    assert!(matches!(write(br#"{"a":1}"#), Err(IndexError::MappingUpdateDenied)));
    assert!(index.mapping().properties.is_empty());
    assert_eq!(get(&indices, "i", "1"), None);
    write(b"{}").unwrap();
    put(&indices, "i", "2", r#"{"a":1}"#).unwrap();
    assert_eq!(write(br#"{"a":[2,null]}"#).unwrap().stamp.seq_no, 2);
}

#[test]
fn indices_and_aliases_survive_a_restart_and_deletions_do_too() {
    let directory = tempfile::tempdir().unwrap();
    let alias = |name: &str| Arc::<str>::from(name);
    {
        let indices = open(directory.path());
        for name in ["a", "b", "c"] {
            indices.create(name, NewIndex::default(), 0).unwrap();
        }
        let properties = crate::metadata::Alias::default();
        let write = crate::metadata::Alias { is_write_index: Some(true), is_hidden: None };
        let add = |index: &str, properties| AliasAction::Add { index: alias(index), alias: alias("all"), properties };
        indices.update_aliases(&[add("a", properties), add("b", write)]).unwrap();
        assert_eq!(
            indices.update_aliases(&[add("a", write)]).unwrap_err().to_string(),
            "alias [all] has more than one write index [a,b]"
        );
        let swap = [
            AliasAction::RemoveIndex { index: alias("c") },
            AliasAction::Remove { index: alias("a"), alias: alias("all") },
        ];
        let batch = indices.update_aliases(&swap).unwrap().unwrap();
        indices.log().durable_blocking(batch).unwrap();
        assert!(matches!(indices.create("all", NewIndex::default(), 0), Err(ChangeError::ExistsAsAlias(_))));
        assert!(matches!(indices.create("a", NewIndex::default(), 0), Err(ChangeError::Exists { .. })));
        assert!(matches!(indices.delete(&[alias("a"), alias("zzz")]), Err(ChangeError::NoSuchIndex(_))));
    }
    let indices = open(directory.path());
    let catalogue = indices.catalogue();
    let names: Vec<&str> = catalogue.entries().map(|entry| &*entry.index.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(catalogue.aliases()["all"].keys().map(|name| &**name).collect::<Vec<_>>(), ["b"]);
    assert_eq!(std::fs::read_dir(directory.path().join(INDICES)).unwrap().count(), 2);
    assert!(catalogue.names().get("all").is_some());
}

#[test]
fn a_directory_has_one_engine() {
    let directory = tempfile::tempdir().unwrap();
    let _indices = open(directory.path());
    assert!(matches!(Indices::open(directory.path(), ROLL_AT), Err(OpenError::Locked { .. })));
}

#[test]
fn old_parts_of_the_log_go_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let files = || std::fs::read_dir(directory.path().join(TRANSLOG)).unwrap().count();
    {
        let indices = Indices::open(directory.path(), 200).unwrap();
        indices.create("i", NewIndex::default(), 0).unwrap();
        for number in 0..20 {
            let batch = put(&indices, "i", &number.to_string(), r#"{"n":1}"#).unwrap().batch.unwrap();
            indices.log().durable_blocking(batch).unwrap();
        }
        assert!(files() > 5, "{}", files());
        indices.keep_house();
        assert_eq!(files(), 1);
        put(&indices, "i", "last", r#"{"n":1}"#).unwrap();
    }
    let indices = open(directory.path());
    assert_eq!(indices.catalogue().index("i").unwrap().visible_documents(), 21);
}

#[test]
fn a_lost_index_directory_is_not_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let id = {
        let indices = open(directory.path());
        indices.create("i", NewIndex::default(), 0).unwrap().0.id
    };
    std::fs::remove_dir_all(directory.path().join(INDICES).join(id.to_string())).unwrap();
    let error = Indices::open(directory.path(), ROLL_AT).unwrap_err();
    assert!(matches!(error, OpenError::Index(OpenIndexError::Missing { .. })), "{error}");
}

/// What cannot be read any more is told, never passed over: an engine that starts has everything.
#[test]
fn damage_to_what_was_acknowledged_keeps_the_engine_from_starting() {
    let directory = tempfile::tempdir().unwrap();
    {
        let indices = open(directory.path());
        indices.create("i", NewIndex::default(), 0).unwrap();
        for id in 0..3 {
            let batch = put(&indices, "i", &id.to_string(), r#"{"a":1}"#).unwrap().batch.unwrap();
            indices.log().durable_blocking(batch).unwrap();
        }
    }
    let log = std::fs::read_dir(directory.path().join(TRANSLOG)).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&log).unwrap();
    let refused = |path: &Path, bytes: &[u8]| {
        std::fs::write(path, bytes).unwrap();
        Indices::open(directory.path(), ROLL_AT).unwrap_err().to_string()
    };
    for at in [16, 60, whole.len() / 2] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        let error = refused(&log, &damaged);
        assert!(error.contains("is damaged at byte") && error.contains("Restore the data directory"), "{error}");
    }
    std::fs::write(&log, &whole).unwrap();
    let metadata = directory.path().join("metadata");
    let text = std::fs::read_to_string(&metadata).unwrap();
    let error = refused(&metadata, text.replace("\"batch\":0", "\"batch\":1").as_bytes());
    assert!(error.contains("its checksum is wrong"), "{error}");
    let error = refused(&metadata, b"something else");
    assert!(error.contains("not a metadata file of a known version"), "{error}");
    std::fs::write(&metadata, &text).unwrap();
    // The last document cut off in the middle could have been unfinished.
    std::fs::write(&log, &whole[..whole.len() - 1]).unwrap();
    assert_eq!(open(directory.path()).catalogue().index("i").unwrap().visible_documents(), 2);
}
