use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use keyward_security::api_key::{ApiKey, ApiKeyId, Creator, DescriptorSet, KeyType};
use keyward_security::authentication::{RealmDomain, RealmRef};
use keyward_security::hash::Hash;
use keyward_security::role::RoleDescriptors;
use keyward_security::time::Timestamp;
use keyward_security::user::{NativeUser, ReservedUserState, User};

use super::{ApiKeyStatus, DecodeError, Record, RecordKey, RecordKind, StoredApplicationPrivilege, StoredRole};

fn json(text: &str) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(text).unwrap()
}

/// One record of every kind, with everything set that can be.
pub(crate) fn full_records() -> Vec<(RecordKey, Record)> {
    let id = ApiKeyId::parse("kW7xT5gBq3LmZp0aUd9Y");
    let fast = Hash::parse("{SSHA256}AbCdEf121cKRXjaHOaAp5N9fbvrOWr2tvJRZBdygIIGU6swVups=").unwrap();
    let slow = Hash::parse("$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i").unwrap();
    let domain = RealmDomain { name: "d".into(), realms: vec!["default_native".into(), "saml1".into()] };
    let realm = RealmRef { domain: Some(Arc::new(domain)), ..RealmRef::new("default_native", "native") };
    let creator = Creator {
        principal: "ines".into(),
        full_name: Some("Ines Duarte".into()),
        email: Some("ines@example.org".into()),
        metadata: Arc::new(json(r#"{"dept":"billing"}"#)),
        realm,
    };
    let key = ApiKey {
        id: id.clone(),
        name: "nightly-export".into(),
        kind: KeyType::CrossCluster,
        hash: fast.clone(),
        creation: Timestamp::from_millis(1_786_868_000_123),
        expiration: Some(Timestamp::from_millis(1_789_460_000_123)),
        invalidation: None,
        creator: Arc::new(creator),
        role_descriptors: Arc::new(DescriptorSet::from_stored(r#"{"r":{"cluster":["monitor"]}}"#)),
        limited_by: Arc::new(DescriptorSet::empty()),
        metadata: Some(r#"{"team":"billing"}"#.into()),
        certificate_identity: Some("CN=.*".into()),
        version: 1,
    };
    let user = User {
        username: "ada".into(),
        roles: ["ops", "viewer"].map(Arc::from).into(),
        full_name: Some("Ada L.".into()),
        email: None,
        metadata: Arc::new(json(r#"{"team":7}"#)),
        enabled: true,
    };
    let privilege = StoredApplicationPrivilege {
        application: "app".into(),
        name: "read".into(),
        actions: vec!["data:read/*".into(), "action:login".into()],
        metadata: json(r#"{"description":"reads"}"#),
    };
    let role = r#"{"cluster":["monitor"],"indices":[{"names":["a-*"],"privileges":["read"],"query":"{\"term\":{\"x\":1}}",
        "field_security":{"grant":["*"],"except":["s"]},"allow_restricted_indices":true}],"run_as":["b"],"metadata":{"m":1},
        "applications":[{"application":"a","privileges":["p"],"resources":["*"]}],"description":"d",
        "global":{"application":{"manage":{"applications":["x"]}}},
        "remote_indices":[{"names":["r"],"privileges":["read"],"clusters":["c"]}],
        "remote_cluster":[{"privileges":["monitor_enrich"],"clusters":["c"]}]}"#;
    let role = RoleDescriptors::parse_stored(&format!(r#"{{"ops":{role}}}"#)).unwrap();
    let role = StoredRole { name: "ops".into(), descriptor: Arc::clone(role.get("ops").unwrap()) };
    vec![
        (RecordKey::api_key(&id).unwrap(), Record::ApiKey(Arc::new(key))),
        (
            RecordKey::api_key_status(&id).unwrap(),
            Record::ApiKeyStatus(ApiKeyStatus { invalidation: Timestamp::from_millis(1_786_868_000_999) }),
        ),
        (RecordKey::user("ada"), Record::User(Arc::new(NativeUser { user, password: slow.clone() }))),
        (
            RecordKey::reserved_user("elastic"),
            Record::ReservedUser(Arc::new(ReservedUserState { password: Some(slow), enabled: false })),
        ),
        (RecordKey::application_privilege("app", "read"), Record::ApplicationPrivilege(Arc::new(privilege))),
        (RecordKey::role("ops"), Record::Role(Arc::new(role))),
        (RecordKey::setting("a.b"), Record::Setting(Arc::new(serde_json::json!({"a": [1, "x", null]})))),
    ]
}

#[test]
fn every_kind_reads_back() {
    for (key, record) in full_records() {
        let bytes = record.encode();
        let read = Record::decode(&key, &bytes).unwrap();
        assert_eq!(read.kind(), key.kind());
        assert_eq!(format!("{read:?}"), format!("{record:?}"));
        assert_eq!(read.encode(), bytes);
    }
}

#[test]
fn damage_is_noticed() {
    for (key, record) in full_records() {
        let bytes = record.encode();
        for end in 0..bytes.len() {
            assert!(Record::decode(&key, &bytes[..end]).is_err(), "{key} cut at {end}");
        }
        assert_eq!(Record::decode(&key, &[&bytes[..], &[0]].concat()).unwrap_err(), DecodeError::Trailing);
        assert_eq!(Record::decode(&key, &[&[9], &bytes[1..]].concat()).unwrap_err(), DecodeError::Version(9));
    }
    let (_, user) = full_records().swap_remove(2);
    assert_eq!(Record::decode(&RecordKey::user("eve"), &user.encode()).unwrap_err(), DecodeError::Name);
    assert_eq!(Record::decode(&RecordKey::role("ada"), &user.encode()).unwrap_err(), DecodeError::Kind);
}

#[test]
fn names_of_records_read_back() {
    let id = ApiKeyId::parse("kW7xT5gBq3LmZp0aUd9Y");
    for key in [
        RecordKey::api_key(&id).unwrap(),
        RecordKey::api_key_status(&id).unwrap(),
        RecordKey::user("a/b ä"),
        RecordKey::reserved_user("elastic"),
        RecordKey::role("r"),
        RecordKey::application_privilege("app", "a/b"),
        RecordKey::setting("x.y"),
    ] {
        let read = RecordKey::parse(key.as_bytes()).unwrap();
        assert_eq!((&read, read.kind(), read.name()), (&key, key.kind(), key.name()));
    }
    assert_eq!(RecordKey::api_key(&id).unwrap().api_key_id(), Some(id.clone()));
    assert_eq!(RecordKey::application_privilege("app", "a/b").application_and_privilege(), Some(("app", "a/b")));
    assert_eq!(RecordKey::api_key(&ApiKeyId::parse("nope")), None);
    for bad in [
        "",
        "key/",
        "key/xyz",
        "user/",
        "privilege/app",
        "privilege//x",
        "other/x",
        "key/915BF14F9801AB72E6669D1A51DF58",
    ] {
        assert!(RecordKey::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(RecordKey::parse(b"user/\xff").is_err());
    assert_eq!(RecordKind::ApiKey.prefix(), "key/");
}

#[test]
fn names_of_keys_sort_by_creation() {
    let made = |millis, drawn| {
        let id = ApiKeyId::from_drawn(Timestamp::from_millis(millis), [drawn; 9]);
        RecordKey::api_key(&id).unwrap()
    };
    assert!(made(1_700_000_000_000, 255) < made(1_700_000_000_001, 0));
    assert!(made(255, 0) < made(256, 0));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_reading_fall_over(bytes: Vec<u8>, tag in 1_u8..8) {
        let keys = full_records().into_iter().map(|(key, _)| key);
        for key in keys {
            let _ = Record::decode(&key, &bytes);
            let _ = Record::decode(&key, &[&[1, tag], &bytes[..]].concat());
        }
        let _ = RecordKey::parse(&bytes);
    }
}

/// Each exhibit is a record as some version wrote it: its name and its bytes in hexadecimal. They are never changed; a
/// new form gets exhibits of its own beside the old ones.
#[test]
fn every_form_ever_written_still_reads() {
    let museum = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats");
    let expected: HashMap<RecordKey, Record> = full_records().into_iter().collect();
    let mut seen = HashSet::new();
    for version in std::fs::read_dir(museum).unwrap() {
        for exhibit in std::fs::read_dir(version.unwrap().path()).unwrap() {
            let path = exhibit.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let [name, hex] = text.lines().collect::<Vec<_>>()[..] else { panic!("{path:?}") };
            let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
            let bytes: Vec<u8> =
                hex.as_bytes().as_chunks().0.iter().map(|[high, low]| (digit(*high) << 4) | digit(*low)).collect();
            let key = RecordKey::parse(name.as_bytes()).unwrap();
            let record = Record::decode(&key, &bytes).unwrap();
            assert_eq!(format!("{record:?}"), format!("{:?}", expected[&key]), "{path:?}");
            if bytes[0] == super::encode::VERSION {
                assert_eq!(record.encode(), bytes, "the newest form has changed without a new version: {path:?}");
            }
            seen.insert(key);
        }
    }
    assert_eq!(seen.len(), expected.len(), "a record has no exhibit");
}
