//! Who may do what: privileges, roles, decisions. Pure.
