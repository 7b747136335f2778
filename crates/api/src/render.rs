//! What answers look like, where several handlers share it.

use std::collections::HashMap;
use std::fmt::Write;

use keyward_security::api_key::{DescriptorSet, KeyType};
use keyward_security::role::descriptor::DescriptorForm;
use keyward_security::role::{RoleDescriptor, RoleDescriptorsId};
use keyward_security::time::Timestamp;
use keyward_security::user::User;
use keyward_state::KeyRef;
use serde_json::{Map, Value, json};

use crate::config::ApiConfig;

/// `2026-01-01T00:00:00.000Z`.
pub(crate) fn iso_time(time: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(time.as_millis()) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        Err(_) => time.as_millis().to_string(),
    }
}

/// The head of answers that nodes give together.
pub(crate) fn nodes_header(config: &ApiConfig, nodes: usize) -> Map<String, Value> {
    let mut head = Map::new();
    head.insert("_nodes".to_owned(), json!({"total": nodes, "successful": nodes, "failed": 0}));
    head.insert("cluster_name".to_owned(), config.cluster_name.as_str().into());
    head
}

/// The answer to a call that clears caches: the nodes that did.
pub(crate) fn cleared(config: &ApiConfig) -> Value {
    let mut answer = nodes_header(config, 1);
    let mut nodes = Map::new();
    nodes.insert(config.node_id.clone(), json!({"name": config.node_name}));
    answer.insert("nodes".to_owned(), Value::Object(nodes));
    Value::Object(answer)
}

/// A user as it is listed.
pub(crate) fn user(user: &User) -> Value {
    let roles: Vec<&str> = user.roles.iter().map(AsRef::as_ref).collect();
    json!({
        "username": user.username.as_ref(),
        "roles": roles,
        "full_name": user.full_name.as_deref(),
        "email": user.email.as_deref(),
        "metadata": user.metadata.as_ref(),
        "enabled": user.enabled,
    })
}

/// Writes API keys as JSON text: there may be very many, and most share their descriptors.
#[derive(Debug, Default)]
pub(crate) struct ApiKeyWriter {
    descriptors: HashMap<RoleDescriptorsId, String>,
}

impl ApiKeyWriter {
    /// Appends one key. `limited_by` adds the owner's permissions, where a key has them.
    pub(crate) fn write(&mut self, out: &mut String, key: &KeyRef<'_>, limited_by: bool) {
        let creator = key.creator();
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            r#"{{"id":{},"name":{},"type":"{}","creation":{}"#,
            text(&key.id().to_string()),
            text(key.name()),
            key.kind().as_str(),
            key.creation().as_millis()
        );
        if let Some(expiration) = key.expiration() {
            let _ = write!(out, r#","expiration":{}"#, expiration.as_millis());
        }
        let _ = write!(out, r#","invalidated":{}"#, key.is_invalidated());
        if let Some(invalidation) = key.invalidation() {
            let _ = write!(out, r#","invalidation":{}"#, invalidation.as_millis());
        }
        let _ = write!(
            out,
            r#","username":{},"realm":{},"realm_type":{},"metadata":{}"#,
            text(&creator.principal),
            text(&creator.realm.name),
            text(&creator.realm.kind),
            key.metadata().unwrap_or("{}")
        );
        if let Some(identity) = key.certificate_identity() {
            let _ = write!(out, r#","certificate_identity":{}"#, text(identity));
        }
        let _ = write!(out, r#","role_descriptors":{}"#, self.descriptors(key.role_descriptors()));
        match key.kind() {
            KeyType::CrossCluster => {
                let _ = write!(out, r#","access":{}"#, access(key.role_descriptors()));
            }
            KeyType::Rest if limited_by => {
                let _ = write!(out, r#","limited_by":[{}]"#, self.descriptors(key.limited_by()));
            }
            KeyType::Rest => {}
        }
        out.push('}');
    }

    fn descriptors(&mut self, set: &DescriptorSet) -> &str {
        self.descriptors.entry(set.id()).or_insert_with(|| match set.parse() {
            Ok(descriptors) => descriptors.to_json(DescriptorForm::Api).to_string(),
            // INVARIANT: what is stored was written from parsed descriptors.
            Err(_) => "{}".to_owned(),
        })
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

/// What a key between clusters was asked to reach, read back from what it was turned into.
fn access(set: &DescriptorSet) -> Value {
    let mut search = Vec::new();
    let mut replication = Vec::new();
    let descriptors = set.parse().unwrap_or_default();
    let entries = descriptors
        .get("cross_cluster")
        .map_or(&[][..], |descriptor: &std::sync::Arc<RoleDescriptor>| descriptor.indices.as_slice());
    for entry in entries {
        let mut shown = entry.to_json();
        if let Some(shown) = shown.as_object_mut() {
            shown.shift_remove("privileges");
        }
        let searching = ["read", "read_cross_cluster", "view_index_metadata"];
        if entry.privileges.iter().map(AsRef::as_ref).eq(searching) {
            search.push(shown);
        } else {
            replication.push(shown);
        }
    }
    let mut access = Map::new();
    for (name, entries) in [("search", search), ("replication", replication)] {
        if !entries.is_empty() {
            access.insert(name.to_owned(), Value::Array(entries));
        }
    }
    Value::Object(access)
}
