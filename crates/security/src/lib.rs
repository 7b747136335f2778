//! Who may do what: privileges, roles, decisions. Pure.

pub mod action;
pub mod api_key;
pub mod authentication;
pub mod credentials;
pub mod has_privileges;
pub mod hash;
pub mod names;
pub mod privilege;
pub mod reserved;
pub mod role;
pub mod secret;
pub mod time;
pub mod user;
