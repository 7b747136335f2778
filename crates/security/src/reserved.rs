//! The built-in users. They always exist; the store keeps only their passwords and whether they are enabled.

use std::sync::Arc;

use serde_json::Value;

use crate::authentication::Json;
use crate::user::User;

/// The superuser that exists from the start.
pub const ELASTIC: &str = "elastic";

/// Name and roles of each, in the order in which they are listed.
const USERS: [(&str, &[&str]); 7] = [
    (ELASTIC, &["superuser"]),
    ("kibana", &["kibana_system"]),
    ("kibana_system", &["kibana_system"]),
    ("logstash_system", &["logstash_system"]),
    ("beats_system", &["beats_system"]),
    ("apm_system", &["apm_system"]),
    ("remote_monitoring_user", &["remote_monitoring_collector", "remote_monitoring_agent"]),
];

/// The names of the built-in users.
pub fn reserved_usernames() -> impl Iterator<Item = &'static str> {
    USERS.iter().map(|(name, _)| *name)
}

/// Whether a name is a built-in user's.
pub fn is_reserved_username(name: &str) -> bool {
    reserved_usernames().any(|reserved| reserved == name)
}

/// A built-in user as it is before anything is stored about it.
pub fn reserved_user(name: &str, enabled: bool) -> Option<User> {
    let (name, roles) = USERS.iter().find(|(reserved, _)| *reserved == name)?;
    let mut metadata = Json::new();
    if *name == "kibana" {
        metadata.insert("_deprecated".to_owned(), Value::Bool(true));
        let reason = "Please use the [kibana_system] user instead.";
        metadata.insert("_deprecated_reason".to_owned(), Value::String(reason.to_owned()));
    }
    metadata.insert("_reserved".to_owned(), Value::Bool(true));
    Some(User {
        username: Arc::from(*name),
        roles: roles.iter().map(|role| Arc::from(*role)).collect(),
        full_name: None,
        email: None,
        metadata: Arc::new(metadata),
        enabled,
    })
}

#[cfg(test)]
mod tests {
    use super::{is_reserved_username, reserved_user, reserved_usernames};

    #[test]
    fn all_are_marked() {
        for name in reserved_usernames() {
            let user = reserved_user(name, true).unwrap();
            assert_eq!(user.metadata.get("_reserved"), Some(&serde_json::Value::Bool(true)));
            assert!(is_reserved_username(name) && user.enabled && !user.roles.is_empty());
        }
        assert!(!is_reserved_username("ada") && reserved_user("Elastic", true).is_none());
    }
}
