//! Records to bytes, in the newest form. The first byte is the form's version, the second the kind; what follows is laid
//! out here and read in `decode.rs`, and must never change for a given version.

use std::sync::Arc;

use keyward_security::api_key::{ApiKey, Creator, KeyType};
use keyward_security::authentication::Json;
use keyward_security::hash::Hash;
use keyward_security::role::RoleDescriptors;

use super::codec::Writer;
use super::{Record, RecordKind};

pub(super) const VERSION: u8 = 1;

pub(super) const fn tag(kind: RecordKind) -> u8 {
    match kind {
        RecordKind::ApiKey => 1,
        RecordKind::ApiKeyStatus => 2,
        RecordKind::User => 3,
        RecordKind::ReservedUser => 4,
        RecordKind::Role => 5,
        RecordKind::ApplicationPrivilege => 6,
        RecordKind::Setting => 7,
    }
}

pub(super) fn encode(record: &Record) -> Vec<u8> {
    let mut out = Writer::with_capacity(64);
    out.byte(VERSION);
    out.byte(tag(record.kind()));
    match record {
        Record::ApiKey(key) => api_key(&mut out, key),
        Record::ApiKeyStatus(status) => out.int(status.invalidation.as_millis()),
        Record::User(stored) => {
            let user = &stored.user;
            out.text(&user.username);
            out.byte(u8::from(user.enabled));
            out.texts(user.roles.iter().map(Arc::as_ref));
            out.optional_text(user.full_name.as_deref());
            out.optional_text(user.email.as_deref());
            json(&mut out, &user.metadata);
            hash(&mut out, &stored.password);
        }
        Record::ReservedUser(stored) => {
            out.byte(u8::from(stored.enabled));
            out.byte(u8::from(stored.password.is_some()));
            if let Some(password) = &stored.password {
                hash(&mut out, password);
            }
        }
        Record::Role(stored) => {
            let named = vec![(Arc::clone(&stored.name), Arc::clone(&stored.descriptor))];
            out.text(&RoleDescriptors::new(named).stored_text());
        }
        Record::ApplicationPrivilege(privilege) => {
            out.text(&privilege.application);
            out.text(&privilege.name);
            out.texts(privilege.actions.iter().map(Arc::as_ref));
            json(&mut out, &privilege.metadata);
        }
        Record::Setting(value) => out.text(&value.to_string()),
    }
    out.finish()
}

fn api_key(out: &mut Writer, key: &ApiKey) {
    out.byte(match key.kind {
        KeyType::Rest => 0,
        KeyType::CrossCluster => 1,
    });
    out.count(usize::try_from(key.version).unwrap_or(usize::MAX));
    out.int(key.creation.as_millis());
    out.byte(u8::from(key.expiration.is_some()));
    if let Some(expiration) = key.expiration {
        out.int(expiration.as_millis());
    }
    hash(out, &key.hash);
    out.text(&key.name);
    out.optional_text(key.metadata.as_deref());
    out.optional_text(key.certificate_identity.as_deref());
    // What keys share comes last and each with its length, so that a reader can recognise it without reading it.
    let mut block = Writer::with_capacity(64);
    creator(&mut block, &key.creator);
    let block = block.finish();
    out.count(block.len());
    out.raw(&block);
    out.text(key.role_descriptors.text());
    out.text(key.limited_by.text());
}

fn creator(out: &mut Writer, creator: &Creator) {
    out.text(&creator.principal);
    out.optional_text(creator.full_name.as_deref());
    out.optional_text(creator.email.as_deref());
    json(out, &creator.metadata);
    out.text(&creator.realm.name);
    out.text(&creator.realm.kind);
    out.byte(u8::from(creator.realm.domain.is_some()));
    if let Some(domain) = &creator.realm.domain {
        out.text(&domain.name);
        out.texts(domain.realms.iter().map(Arc::as_ref));
    }
}

fn hash(out: &mut Writer, hash: &Hash) {
    match hash.as_ssha256() {
        Some(hash) => {
            out.byte(0);
            out.raw(&hash.salt);
            out.raw(&hash.digest);
        }
        None => {
            out.byte(1);
            out.text(&hash.to_stored());
        }
    }
}

/// Empty text for the empty object: most metadata is empty.
fn json(out: &mut Writer, map: &Json) {
    if map.is_empty() {
        out.text("");
    } else {
        out.text(&serde_json::to_string(map).unwrap_or_default());
    }
}
