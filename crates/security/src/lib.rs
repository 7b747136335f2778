//! Who may do what: privileges, roles, decisions. Pure.

pub mod action;
pub mod privilege;
pub mod role;
