//! The table and its delta against a plain sorted map, through the view that they are part of.

use std::collections::BTreeMap;
use std::sync::Arc;

use keyward_security::api_key::{ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::RealmRef;
use keyward_security::hash::{Algorithm, Drawn, Hash, SaltedSha256};
use keyward_security::secret::Secret;
use keyward_security::time::Timestamp;
use proptest::prelude::*;

use super::KeyRef;
use crate::record::{ApiKeyStatus, Record, RecordKey};
use crate::revision::Revision;
use crate::txn::{Commit, Write};
use crate::view::View;

const OWNERS: u8 = 3;

/// A key with small numbers for everything.
fn key(number: u8, variant: u8) -> Arc<ApiKey> {
    let creator = Creator {
        principal: format!("user{}", number % OWNERS).into(),
        full_name: (variant.is_multiple_of(2)).then(|| "Full Name".into()),
        email: None,
        metadata: Arc::default(),
        realm: RealmRef::new(if number.is_multiple_of(2) { "even" } else { "odd" }, "native"),
    };
    let secret = Secret::new(format!("secret{number}"));
    let hash = if number % 5 == 4 {
        Hash::make(Algorithm::parse("bcrypt4").unwrap(), &secret, Drawn::new([variant; 32]))
    } else {
        Hash::from_ssha256(SaltedSha256::make(&secret, *b"saltsalt"))
    };
    Arc::new(ApiKey {
        id: id(number),
        name: format!("name-{number}-{variant}").into(),
        kind: if number % 7 == 6 { KeyType::CrossCluster } else { KeyType::Rest },
        hash,
        // Not in the order of the ids, and not all different.
        creation: Timestamp::from_millis(i64::from(number ^ 5) / 2),
        expiration: (variant.is_multiple_of(3)).then(|| Timestamp::from_millis(i64::from(variant))),
        invalidation: None,
        creator: Arc::new(creator),
        role_descriptors: Arc::new(DescriptorSet::from_stored(format!(r#"{{"r{}":{{}}}}"#, variant % 2))),
        limited_by: Arc::new(DescriptorSet::empty()),
        metadata: (variant % 2 == 1).then(|| format!(r#"{{"v":{variant}}}"#).into()),
        certificate_identity: (number % 7 == 6).then(|| "CN=x".into()),
        version: 1,
    })
}

fn id(number: u8) -> ApiKeyId {
    ApiKeyId::from_drawn(Timestamp::from_millis(i64::from(number)), [number; 9])
}

fn shown(key: KeyRef<'_>) -> String {
    let (at, status_at) = (key.modified(), key.status_modified());
    format!("{:?} {} {at:?} {status_at:?}", key.to_api_key(), key.hash().unwrap().to_stored())
}

/// Everything that can be seen of the keys of a view.
fn dump(view: &View) -> String {
    let mut out = vec![format!("{} of {:?}", view.api_keys().len(), view.revision())];
    out.extend(view.api_keys().iter().map(shown));
    let mut backwards: Vec<String> = view.api_keys().iter().rev().map(shown).collect();
    backwards.reverse();
    assert_eq!(out[1..], backwards);
    for owner in 0..OWNERS {
        for realms in [&["even"][..], &["odd"], &["even", "odd"], &[]] {
            out.push(format!("{owner} {realms:?}"));
            out.extend(view.api_keys_of(&format!("user{owner}"), realms).map(|key| key.id().to_string()));
        }
    }
    for number in 0..16 {
        out.push(format!("{number} {:?}", view.api_key(&id(number)).map(shown)));
    }
    out.join("\n")
}

#[derive(Clone, Debug)]
enum Op {
    Put(u8, u8),
    Delete(u8),
    Invalidate(u8, u8),
    Restore(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..16_u8, 0..6_u8).prop_map(|(number, variant)| Op::Put(number, variant)),
        (0..16_u8).prop_map(Op::Delete),
        (0..16_u8, 0..9_u8).prop_map(|(number, at)| Op::Invalidate(number, at)),
        (0..16_u8).prop_map(Op::Restore),
    ]
}

fn write(op: &Op) -> Write {
    let (key_name, status_name) = {
        let number = match op {
            Op::Put(number, _) | Op::Delete(number) | Op::Invalidate(number, _) | Op::Restore(number) => *number,
        };
        (RecordKey::api_key(&id(number)).unwrap(), RecordKey::api_key_status(&id(number)).unwrap())
    };
    match op {
        Op::Put(number, variant) => Write::Put(key_name, Arc::new(Record::ApiKey(key(*number, *variant)))),
        Op::Delete(_) => Write::Delete(key_name),
        Op::Invalidate(_, at) => {
            let invalidation = Timestamp::from_millis(i64::from(*at));
            Write::Put(status_name, Arc::new(Record::ApiKeyStatus(ApiKeyStatus { invalidation })))
        }
        Op::Restore(_) => Write::Delete(status_name),
    }
}

/// What a store would hold: the same records in a plain map.
#[derive(Default)]
struct Model(BTreeMap<RecordKey, (Revision, Arc<Record>)>);

impl Model {
    fn apply(&mut self, commit: &Commit) {
        for write in &commit.writes {
            match write {
                Write::Put(key, record) => {
                    self.0.insert(key.clone(), (commit.revision, Arc::clone(record)));
                }
                Write::Delete(key) => {
                    self.0.remove(key);
                }
            }
        }
    }

    fn view(&self, revision: Revision) -> View {
        // Through bytes, as a store would.
        let records = self
            .0
            .iter()
            .map(|(key, (modified, record))| (key.clone(), *modified, Record::decode(key, &record.encode()).unwrap()));
        View::from_snapshot(revision, records).unwrap()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// However a history is cut into snapshot, commits and compactions, the same keys are seen.
    #[test]
    fn every_way_to_a_state_shows_the_same_keys(
        commits in prop::collection::vec(prop::collection::vec(op(), 0..6), 1..12),
        snapshot_at in 0..12_usize,
        compact_at in 0..12_usize,
        adopt_after in 0..4_usize,
    ) {
        let mut model = Model::default();
        let mut applied = View::empty();
        let mut from_middle = None;
        let mut compacted: Option<(usize, View)> = None;
        let mut adopting = View::empty();
        for (number, ops) in commits.iter().enumerate() {
            let commit = Commit { revision: Revision::new(number as u64 + 1), writes: ops.iter().map(write).collect() };
            model.apply(&commit);
            applied = applied.apply(&commit).unwrap();
            adopting = adopting.apply(&commit).unwrap();
            from_middle = match from_middle {
                None if number == snapshot_at => Some(model.view(commit.revision)),
                None => None,
                Some(view) => Some(View::apply(&view, &commit).unwrap()),
            };
            if number == compact_at {
                compacted = Some((number, adopting.compacted()));
            }
            if let Some((at, base)) = &compacted && number >= at + adopt_after {
                adopting = adopting.adopting(base);
            }
            let expected = dump(&model.view(commit.revision));
            prop_assert_eq!(&dump(&applied), &expected);
            prop_assert_eq!(&dump(&adopting), &expected);
            prop_assert_eq!(&dump(&applied.compacted()), &expected);
            if let Some(view) = &from_middle {
                prop_assert_eq!(&dump(view), &expected);
            }
        }
    }

    /// One commit of many writes does what many commits of one do, but for the revisions.
    #[test]
    fn batching_changes_nothing(ops in prop::collection::vec(op(), 0..40)) {
        let revision = Revision::new(1);
        let at_once = Commit { revision, writes: ops.iter().map(write).collect() };
        let at_once = View::empty().apply(&at_once).unwrap();
        let mut one_by_one = View::empty();
        for (number, op) in ops.iter().enumerate() {
            let commit = Commit { revision: Revision::new(number as u64 + 1), writes: vec![write(op)] };
            one_by_one = one_by_one.apply(&commit).unwrap();
        }
        let keys = |view: &View| view.api_keys().iter().map(|key| format!("{:?}", key.to_api_key())).collect::<Vec<_>>();
        prop_assert_eq!(keys(&at_once), keys(&one_by_one));
    }
}

#[test]
fn an_older_compaction_is_not_adopted_over_a_newer_one() {
    let commit =
        |number: u8| Commit { revision: Revision::new(u64::from(number)), writes: vec![write(&Op::Put(number, 0))] };
    let first = View::empty().apply(&commit(1)).unwrap();
    let old = first.compacted();
    let second = first.apply(&commit(2)).unwrap();
    let newer = second.compacted();
    let adopted = second.adopting(&newer).adopting(&old);
    assert_eq!(dump(&adopted), dump(&second));
    assert_eq!(adopted.api_keys().delta_len(), 0);
    // And one from the future is none of ours.
    assert_eq!(dump(&first.adopting(&newer)), dump(&first));
}

#[test]
fn secrets_are_checked_where_the_key_lies() {
    let put = |number| write(&Op::Put(number, 0));
    let commit = Commit { revision: Revision::new(1), writes: vec![put(1), put(4)] };
    let changed = View::empty().apply(&commit).unwrap();
    for view in [&changed, &changed.compacted()] {
        let fast = view.api_key(&id(1)).unwrap();
        assert_eq!(fast.verify_fast(&Secret::new("secret1")), Some(true));
        assert_eq!(fast.verify_fast(&Secret::new("secret4")), Some(false));
        let slow = view.api_key(&id(4)).unwrap();
        assert_eq!(slow.verify_fast(&Secret::new("secret4")), None);
        assert!(slow.hash().unwrap().verify(&Secret::new("secret4")));
        assert!(view.api_key(&id(2)).is_none() && view.api_key(&ApiKeyId::parse("nope")).is_none());
    }
}
