//! Privileges: named sets of actions.
//!
//! Cluster and index privileges are names of a table or patterns over actions; application privileges are names that
//! applications store, or patterns over actions of their own; `global` privileges carry arguments. What a role makes of
//! them is the business of [`crate::role`].

mod application;
mod cluster;
mod detail;
mod index;
mod named;
pub(crate) mod own_api_key;
pub(crate) mod remote;
mod selector;
mod stored;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use application::is_privilege_name;
pub use application::{
    ApplicationNameError, NamedIn, check_application_name, check_privilege_name, check_privilege_or_action,
};
pub use cluster::{ClusterPrivilege, NamedClusterPrivilege, cluster_privileges, listed_cluster_privileges};
pub use detail::Detail;
pub use index::{
    IndexPrivilege, NamedIndexPrivilege, index_privileges, index_privileges_granting, listed_index_privileges,
};
pub(crate) use named::compiled_in;
pub use named::{ActionPattern, PrivilegeError};
pub use remote::REMOTE_CLUSTER_PRIVILEGES;
pub use selector::{Selector, SelectorClass};
pub use stored::{ApplicationPrivilege, ApplicationPrivileges, PrivilegeBodyError};
