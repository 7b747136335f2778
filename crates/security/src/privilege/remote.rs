//! Privileges on remote clusters.

/// The cluster privileges that a role can grant on a remote cluster, by alphabet.
pub const REMOTE_CLUSTER_PRIVILEGES: &[&str] = &["monitor_enrich", "monitor_stats"];

/// Whether a text of `remote_cluster` is one of them. Case does not matter.
pub(crate) fn is_cluster_privilege(text: &str) -> bool {
    REMOTE_CLUSTER_PRIVILEGES.contains(&&*text.to_lowercase())
}
