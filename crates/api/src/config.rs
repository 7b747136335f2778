//! What the API says about the server that it runs in.

use std::net::SocketAddr;

use keyward_security::time::Timestamp;

/// What can be set about the API.
#[derive(Clone, Debug)]
pub struct ApiConfig {
    /// The name of the cluster.
    pub cluster_name: String,
    /// The id of the cluster: 22 characters.
    pub cluster_uuid: String,
    /// The name of this node.
    pub node_name: String,
    /// The id of this node: 22 characters.
    pub node_id: String,
    /// Where this node listens.
    pub addresses: NodeAddresses,
    /// The largest body taken, in bytes.
    pub max_content_length: u64,
    /// Whether HTTP is spoken over TLS.
    pub https: bool,
    /// The licence that is shown, and that gates features.
    pub licence: LicenceType,
    /// The revision of the source that the program was built from.
    pub build_hash: String,
    /// When it was built, as `2026-06-01T00:00:00.000000000Z`.
    pub build_date: String,
    /// When this node started.
    pub started: Timestamp,
}

/// Where a node listens.
#[derive(Clone, Debug)]
pub struct NodeAddresses {
    /// The addresses that it is bound to.
    pub bound: Vec<SocketAddr>,
    /// The address that others reach it at.
    pub publish: SocketAddr,
}

/// The kinds of licence that Elasticsearch has. Nothing has to be bought here; one is shown because clients look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LicenceType {
    /// Everything free.
    Basic,
    /// Tokens too.
    Standard,
    /// Outside directories too.
    Gold,
    /// Single sign-on, documents and fields too.
    Platinum,
    /// Everything.
    #[default]
    Enterprise,
    /// Everything, for a while.
    Trial,
}

impl LicenceType {
    /// Reads the name that settings use.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Basic, Self::Standard, Self::Gold, Self::Platinum, Self::Enterprise, Self::Trial]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Standard => "standard",
            Self::Gold => "gold",
            Self::Platinum => "platinum",
            Self::Enterprise => "enterprise",
            Self::Trial => "trial",
        }
    }

    /// Whether a feature that gates an endpoint is included. One that is not known here is not.
    pub fn includes(self, feature: &str) -> bool {
        let least = match feature {
            "user-profile-collaboration" => Self::Basic,
            "security-token-service" | "security tokens" => Self::Standard,
            "security-ip-filtering" | "security-auditing" => Self::Gold,
            "security-dls"
            | "security-fls"
            | "field and document level security"
            | "security-delegated-authorization"
            | "security-authorization-engine"
            | "security-roles-provider" => Self::Platinum,
            "operator-privileges" | "advanced-remote-cluster-security" => Self::Enterprise,
            _ => return false,
        };
        self >= least
    }
}

#[cfg(test)]
mod tests {
    use super::LicenceType;

    #[test]
    fn licences_include_what_smaller_ones_do() {
        assert!(LicenceType::Trial.includes("advanced-remote-cluster-security"));
        assert!(LicenceType::Enterprise.includes("advanced-remote-cluster-security"));
        assert!(!LicenceType::Platinum.includes("advanced-remote-cluster-security"));
        assert!(!LicenceType::Basic.includes("security-token-service"));
        assert!(LicenceType::Basic.includes("user-profile-collaboration"));
        assert!(!LicenceType::Trial.includes("unheard-of"));
        assert_eq!(LicenceType::parse("gold"), Some(LicenceType::Gold));
    }

    #[test]
    fn every_feature_of_the_catalogue_is_known() {
        for endpoint in keyward_rest::catalog().endpoints() {
            if let Some(feature) = endpoint.feature {
                assert!(LicenceType::Trial.includes(feature), "{feature}");
            }
        }
    }
}
