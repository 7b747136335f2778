//! Restricted indices: names that no entry reaches unless it says so.
//!
//! The names are those that Elasticsearch's features register for themselves. This server has no such indices; the
//! names stay reserved, so that nothing created under them is open to roles that never meant them.

use std::sync::LazyLock;

use keyward_automaton::Automaton;

use crate::privilege::compiled_in;

static RESTRICTED: LazyLock<Automaton> = LazyLock::new(|| {
    compiled_in(&[
        // security
        ".security",
        "/\\.security-[0-9]+.*/",
        ".security-tokens",
        "/\\.security-tokens-[0-9]+.*/",
        ".security-profile",
        "/\\.security-profile-[0-9]+.*/",
        // other features
        ".apm-agent-configuration*",
        ".apm-custom-link*",
        ".async-search*",
        ".connector-secrets*",
        ".enrich-*",
        ".fleet-*",
        ".geoip_databases*",
        ".inference*",
        ".kibana_*",
        ".logstash*",
        ".ml-config*",
        ".ml-inference*",
        ".query-rules-*",
        ".search-app-*",
        ".secrets-inference*",
        ".synonyms-*",
        ".tasks*",
        ".transform-internal-*",
        ".triggered_watches*",
        ".watches*",
    ])
});

/// Whether a name is restricted.
pub fn is_restricted(name: &str) -> bool {
    // All of them are hidden names; the check saves ordinary names the walk.
    name.starts_with('.') && RESTRICTED.matches(name)
}

/// All restricted names.
pub(crate) fn restricted_names() -> &'static Automaton {
    &RESTRICTED
}

#[cfg(test)]
mod tests {
    use super::is_restricted;

    #[test]
    fn security_names_are_restricted_with_and_without_suffix() {
        for name in [".security", ".security-7", ".security-7-reindexed", ".security-tokens-7", ".kibana_1"] {
            assert!(is_restricted(name), "{name}");
        }
        for name in ["security-7", ".security-x", ".securityx", "logs", ".hid-1", ".kibana"] {
            assert!(!is_restricted(name), "{name}");
        }
    }
}
