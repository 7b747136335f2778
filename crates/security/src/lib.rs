//! Who may do what: privileges, roles, decisions. Pure.

pub mod action;
pub mod api_key;
pub mod authentication;
pub mod credentials;
pub mod decide;
mod grants;
pub mod has_privileges;
pub mod hash;
pub mod index_names;
mod name_unions;
pub mod names;
mod ownership;
pub mod permission;
pub mod privilege;
pub mod request;
pub mod reserved;
mod resolve;
pub mod role;
pub mod secret;
pub mod time;
pub mod user;

pub use ownership::can_access_resources_of;
pub use resolve::resolve_aliases;
